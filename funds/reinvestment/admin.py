"""The reinvestment room on the desk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from communities.people.models import Role
from communities.people.queries import posts_of, within
from communities.policy.models import PolicyDocument
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division
from funds.enterprises.models import CommunityEnterprise
from funds.reinvestment import operations, owing
from funds.reinvestment.forms import (
    DestinationForm,
    OrderPaperForm,
    PayBackForm,
    PaymentForm,
    PolicyForm,
    ReceiptForm,
    ReceiveForm,
    ResolveForm,
    RetireForm,
    StandingDecisionForm,
    TierForm,
)
from funds.reinvestment.lifecycle import FRUITLESS
from funds.reinvestment.models import (
    DistributionPolicy,
    PolicyDestination,
    PolicyTier,
    ReinvestmentOrder,
    ReinvestmentRun,
    StandingDecision,
)
from funds.reinvestment.papers.checks import missing_papers
from funds.reinvestment.papers.operations import attach_order_paper
from funds.reinvestment.queries import PICTURE_WIDTH, explain, explain_order, picture
from funds.reinvestment.reach import charity_keys
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.money import ZERO, format_yuan
from governance.staff import Deed, MovesAdmin, StaffAdmin, display

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django import forms
    from django.core.exceptions import ValidationError
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponseBase

    from governance.accounts.models import User
    from governance.errors import DomainError

ENTERERS = (Role.STREET_OFFICER, Role.STREET_REVIEWER, Role.DISTRICT_ADMIN)
"""Who enters policies."""

STATES = {
    "PROPOSED": "info",
    "CONFIRMED": "info",
    "RESOLVED": "info",
    "APPROVED": "warning",
    "OVERDUE": "danger",
    "PAID": "warning",
    "OWED": "danger",
    "RECEIVED": "success",
    "RECEIPTED": "success",
    "PUBLISHED": "success",
}


def places_of(user: User) -> QuerySet[Division]:
    """Return the places at and below the posts from which policies are entered, from the top."""
    mine = Q(pk__in=[])
    for post in posts_of(user):
        if post.role in ENTERERS:
            mine |= Q(path__startswith=post.division.path)
    return Division.objects.filter(mine, status=DivisionStatus.ACTIVE).order_by("tier", "path")


class EnteredWithTheRow(TabularInline):  # type: ignore[misc]  # unfold is untyped
    """Rows that are entered together with their policy, by its operation, and only looked at afterwards."""

    extra = 3
    tab = False
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show them to whoever sees the policy."""
        del request, obj
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Offer empty rows while the policy is entered."""
        del request
        return obj is None or obj.pk is None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what has been entered stays."""
        del request
        return obj is None or obj.pk is None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        del request, obj
        return False


class TierInline(EnteredWithTheRow):
    """The tiers of a policy; none: one tier with the usual share."""

    model = PolicyTier
    form = TierForm
    readonly_fields = ("from_amount", "to_amount")

    @admin.display(description=_("from"))
    def from_amount(self, row: PolicyTier) -> str:
        """Write the lower end with thousands apart."""
        return format_yuan(row.lower)

    @admin.display(description=_("to"))
    def to_amount(self, row: PolicyTier) -> str:
        """Write the upper end with thousands apart."""
        return "-" if row.upper is None else format_yuan(row.upper)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the ends while the policy is entered, and show them afterwards."""
        is_entered = obj is not None and obj.pk is not None
        return ("from_amount", "to_amount", "share") if is_entered else ("lower", "upper", "share")


class DestinationInline(EnteredWithTheRow):
    """The funds that receive."""

    model = PolicyDestination
    form = DestinationForm


@admin.register(DistributionPolicy)
class DistributionPolicyAdmin(MovesAdmin):
    """Policies with their tiers and destinations, entered together; approved by another person."""

    view_permission = "funds.view_distribution_policy_file"
    add_permission = "funds.enter_distribution_policy"
    acts: ClassVar = {
        "funds.distribution_policy.entered": _("Distribution policy entered"),
    }
    form = PolicyForm
    inlines = (TierInline, DestinationInline)
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "try",
            _("Try on past years"),
            "funds.try_distribution_policy",
            lambda _row, _by, _now, _data: None,
            address=lambda row: reverse("funds:distribution-policy-what-if", args=[row.pk]),
        ),
    )
    list_display = ("__str__", "base", "route", "valid_from", "valid_to", "status")
    list_select_related = ("enterprise", "division")
    list_filter = ("status", "base", "route")
    search_fields = ("enterprise__name", "division__name")
    ordering = ("-valid_from", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DistributionPolicy]:
        """Show the files of the viewer's places; what is public besides stands on the pages."""
        rows: QuerySet[DistributionPolicy] = super().get_queryset(request)
        return rows.filter(within(acting_user(request)))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        entered = PolicyForm.Meta.fields
        return [*entered, "version", "status", "entered_at", "entered_by", "approved_at"] if obj else entered

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the enterprises, places and documents of the person's posts."""
        if db_field.name == "division":
            kwargs["queryset"] = places_of(acting_user(request))
        elif db_field.name == "enterprise":
            mine = within(acting_user(request), *ENTERERS)
            kwargs["queryset"] = CommunityEnterprise.objects.filter(mine).order_by("name", "pk")
        elif db_field.name == "document":
            kwargs["queryset"] = PolicyDocument.objects.order_by("-effective_on", "-pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Wait for the tiers and destinations."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Enter the policy with its tiers and destinations by the operation."""
        del change
        data = dict(form.cleaned_data)
        enterprise, division = data.pop("enterprise"), data.pop("division")
        data["minimum_amount"] = data.get("minimum_amount") or ZERO
        tiers, destinations = (
            [part.cleaned_data for part in formset.forms if part.has_changed() and part.cleaned_data]
            for formset in formsets
        )
        made = operations.enter_policy(
            by=acting_user(request),
            place=enterprise or division,
            tiers=[operations.Tier(row["lower"], row["upper"], row["share"]) for row in tiers],
            destinations=[operations.Destination(row["fund"], row["share"]) for row in destinations],
            now=clock.now(),
            **data,
        )
        form.instance.__dict__.update(made.__dict__)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's
        """Write nothing: the operation has written its audit entry."""
        del request, form, formsets, add
        return []

    def _form_again(
        self, request: HttpRequest, refusal: DomainError | ValidationError, form_url: str, extra_context: Any
    ) -> HttpResponseBase:
        """Show the tiers and destinations again as well."""
        formsets, instances = self._create_formsets(request, DistributionPolicy(), change=False)
        shown = self.get_inline_formsets(request, formsets, instances)
        more = {**(extra_context or {}), "inline_admin_formsets": shown}
        return super()._form_again(request, refusal, form_url, more)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the end of a policy that is retired."""
        return RetireForm if name == "retire" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Approve or retire by the operation."""
        by, now = acting_user(request), clock.now()
        if name == "approve":
            return operations.approve_policy(by=by, policy=row, now=now)
        return operations.retire_policy(by=by, policy=row, now=now, **data)


@admin.register(StandingDecision)
class StandingDecisionAdmin(StaffAdmin):
    """Residents' standing decisions."""

    view_permission = "funds.view_standing_decision_file"
    add_permission = "funds.record_standing_decision"
    acts: ClassVar = {
        "funds.standing_decision.recorded": _("Standing decision recorded"),
    }
    form = StandingDecisionForm
    list_display = ("document", "enterprise", "decided_on", "valid_from", "valid_to", "amount_limit")
    list_select_related = ("document", "enterprise")
    search_fields = ("document__title", "enterprise__name")
    ordering = ("-valid_from", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StandingDecision]:
        """Show the files of the viewer's places; what is public besides stands on the pages."""
        rows: QuerySet[StandingDecision] = super().get_queryset(request)
        return rows.filter(within(acting_user(request), division="enterprise__division"))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the enterprises of the person's places."""
        if db_field.name == "enterprise":
            mine = within(acting_user(request), Role.COMMUNITY_STAFF, Role.STREET_OFFICER, Role.STREET_REVIEWER)
            kwargs["queryset"] = CommunityEnterprise.objects.filter(mine).order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Record the decision."""
        return operations.record_standing_decision(
            by=acting_user(request), now=clock.now(), today=clock.today(), **form.cleaned_data
        )


@admin.register(ReinvestmentRun)
class ReinvestmentRunAdmin(StaffAdmin):
    """What the planner found, with every fen of its derivation."""

    view_permission = "funds.view_run_file"
    acts: ClassVar = {
        "funds.run.planned": _("Calculated"),
    }
    list_display = ("declaration", "outcome", "warning", "base_amount", "reinvested", "difference", "planned_at")
    list_select_related = ("declaration__enterprise",)
    list_filter = ("outcome", "warning")
    search_fields = ("enterprise__name",)
    ordering = ("-pk",)
    readonly_fields = ("derivation",)
    fields = (
        "declaration",
        "policy",
        "outcome",
        "warning",
        "base_amount",
        "reserve",
        "reinvested",
        "retained",
        "difference",
        "planned_at",
        "derivation",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReinvestmentRun]:
        """Show the files of the viewer's places; what is public besides stands on the pages."""
        rows: QuerySet[ReinvestmentRun] = super().get_queryset(request)
        return rows.filter(within(acting_user(request), division="enterprise__division"))

    @display(description=_("derivation"))
    def derivation(self, run: ReinvestmentRun) -> str:
        """Show the derivation in sentences, as picture and in figures."""
        whole = ReinvestmentRun.objects.for_detail().get(pk=run.pk)
        context = {"lines": explain(whole), "segments": picture(whole), "picture_width": PICTURE_WIDTH}
        return render_to_string("funds/reinvestment/desk_derivation.html", context)


def _pay_back(row: ReinvestmentOrder, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    given = {name: data[name] for name in ("amount", "paid_on", "payment_reference")}
    return owing.pay_debt(by=by, order=row, now=now, today=clock.today(), **given)


def _attach(row: ReinvestmentOrder, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    file = data["file"]
    attach_order_paper(by=by, order=row, kind=data["kind"], name=file.name, content=file.read(), now=now)


@admin.register(ReinvestmentOrder)
class ReinvestmentOrderAdmin(MovesAdmin):
    """Orders with their moves; each asks for what it needs."""

    view_permission = "funds.view_order_file"
    acts: ClassVar = {
        "funds.order.reminder": _("Enterprise reminded"),
        "funds.order.debt_paid": _("Debt paid back"),
        "funds.order.paper_attached": _("Paper attached"),
    }
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "pay_debt",
            _("Pay back"),
            "funds.pay_order",
            _pay_back,
            form=PayBackForm,
            is_open=lambda row: row.status == "OWED",
            other_than=lambda row: {row.approved_by_id, row.confirmed_by_id},
            waiting=lambda rows: rows.filter(status="OWED"),
        ),
        Deed(
            "attach",
            _("Attach a paper"),
            "funds.attach_order_paper",
            _attach,
            form=OrderPaperForm,
            is_open=lambda row: row.status not in FRUITLESS,
        ),
    )
    list_display = ("reference", "enterprise", "fund", "amount", "direction", "shown_status", "due_on")
    list_select_related = ("enterprise", "fund")
    list_filter = ("status", "route", "direction")
    search_fields = ("reference", "enterprise__name", "fund__name")
    ordering = ("-pk",)
    exclude = ("reminded_days",)
    readonly_fields = ("derivation", "papers", "debt")
    forms_of_moves: ClassVar[dict[str, type[forms.Form]]] = {
        "record_payment": PaymentForm,
        "receive": ReceiveForm,
        "issue_receipt": ReceiptForm,
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReinvestmentOrder]:
        """Show the files of the viewer's places and charities, with what the permissions ask about."""
        user = acting_user(request)
        mine = within(user, division="enterprise__division") | Q(fund__charity__in=charity_keys(user))
        rows: QuerySet[ReinvestmentOrder] = super().get_queryset(request)
        return rows.filter(mine).select_related("enterprise__division", "fund")

    @display(description=_("derivation"))
    def derivation(self, order: ReinvestmentOrder) -> str:
        """Show how the amount came about, in sentences, as picture and in figures."""
        whole = ReinvestmentOrder.objects.for_detail().get(pk=order.pk)
        context = {
            "lines": explain(whole.run),
            "own_sentence": explain_order(whole),
            "segments": picture(whole.run),
            "picture_width": PICTURE_WIDTH,
        }
        return render_to_string("funds/reinvestment/desk_derivation.html", context)

    @display(description=_("papers"))
    def papers(self, order: ReinvestmentOrder) -> str:
        """List the files with what they show, and what the route still misses."""
        rows = list(order.papers.select_related("file").order_by("pk"))
        context = {"order": order, "papers": rows, "missing": [kind.label for kind in missing_papers(order)]}
        return render_to_string("funds/reinvestment/_papers.html", context)

    @display(description=_("owed by the fund"))
    def debt(self, order: ReinvestmentOrder) -> str:
        """Show what the fund owes, has paid and has set aside."""
        found = owing.debt_of(order, with_vouchers=True)
        return render_to_string("funds/reinvestment/desk_debt.html", {"debt": found}) if found else "-"

    @display(description=_("status"), label=STATES)
    def shown_status(self, order: ReinvestmentOrder) -> tuple[str, str]:
        """Show the state as a colored word."""
        return order.status, order.get_status_display()

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return what the move asks for."""
        return ResolveForm if name == "resolve" else self.forms_of_moves.get(name)

    def form_for(self, row: Any, name: str) -> Callable[..., forms.Form] | None:
        """Offer the standing decisions of the order's own enterprise, and the papers of its route."""
        wanted = {"resolve": ResolveForm, "record_payment": PaymentForm}
        return partial(wanted[name], order=row) if name in wanted else self.move_form(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make the moves that have an operation by it."""
        by, now, today = acting_user(request), clock.now(), clock.today()
        given = {key: value for key, value in data.items() if key != "reason"}
        if name == "approve":
            return operations.approve_order(by=by, order=row, now=now, today=today)
        if name == "issue_receipt":
            return operations.issue_receipt(by=by, order=row, now=now, **given)
        by_name: dict[str, Any] = {
            "owe": owing.acknowledge_debt,
            "resolve": operations.resolve_order,
            "record_payment": operations.record_payment,
            "receive": operations.receive_order,
        }
        if name in by_name:
            made: Model = by_name[name](by=by, order=row, now=now, today=today, **given)
            return made
        return super().make_move(row, name, request, data)
