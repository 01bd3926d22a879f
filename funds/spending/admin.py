"""The spending room on the desk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.people.queries import within
from consultation.decisions.lifecycle import DecisionStatus
from consultation.decisions.models import Decision
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund, in_hands_of
from funds.spending import operations, quoting
from funds.spending.asking import FINAL
from funds.spending.forms import (
    DecisionField,
    DeskRequestForm,
    MatterField,
    PaidForm,
    PaymentForm,
    RequestForm,
    written,
)
from funds.spending.lifecycle import RequestStatus
from funds.spending.models import Payment, SpendingRequest
from funds.spending.moving import lead_payment, lead_request, spare_moves
from funds.spending.papers.desk import ACTS, relief_form, resolution_form
from funds.spending.papers.forms import QuoteForm
from funds.spending.rules import payee_for
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.money import format_yuan
from governance.staff import Deed, Follow, MovesAdmin, Step, Wanted
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse

    from governance.accounts.models import User


def _edit(row: SpendingRequest, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.edit_request(by=by, request=row, now=now, **data)


def _quote(row: SpendingRequest, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    file = data["file"]
    offer = {"supplier": data["supplier"], "amount": data["amount"]}
    quoting.attach_quote(by=by, request=row, now=now, name=file.name, content=file.read(), **offer)


def _plan(row: SpendingRequest, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.plan_payment(by=by, request=row, now=now, **data)


def _acting(name: str) -> Callable[[Any, User, dt.datetime, dict[str, Any]], object]:
    """Return what runs an act of the room."""

    def run(row: SpendingRequest, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
        ACTS[name].run(row, by, now, data)

    return run


def _is_open(row: SpendingRequest) -> bool:
    return row.status in operations.OPEN


def _is_held(row: SpendingRequest) -> bool:
    return row.status == RequestStatus.APPROVED


def request_for(decision: Decision) -> dict[str, Any]:
    """Return what is known of a request for a decision: the fund of its place, its topic and its cost."""
    funds = CommunityFund.objects.filter(division=decision.division_id, status=FundStatus.ACTIVE)
    fund = funds.order_by("pk").values_list("pk", flat=True).first()
    return {
        "fund": fund,
        "decision": decision.pk,
        "title": decision.topic.title,
        "plan": decision.text,
        "amount": f"{decision.cost_estimate:.2f}",
    }


@admin.register(SpendingRequest)
class SpendingRequestAdmin(MovesAdmin):
    """Requests with their moves, the committee's resolution, quotes and payments."""

    view_permission = "funds.view_spending_request"
    add_permission = "funds.enter_spending_request"
    form = DeskRequestForm
    acts: ClassVar = {
        "funds.spending_request.entered": gettext_lazy("Request drafted"),
        "funds.spending_request.edited": gettext_lazy("Request changed"),
        "funds.spending_request.quoted": gettext_lazy("Quote attached"),
        "funds.spending_request.chosen": gettext_lazy("Quote chosen"),
        "funds.spending_request.accepted": gettext_lazy("Acceptance recorded"),
        "funds.resolution.recorded": gettext_lazy("Resolution recorded"),
    }
    list_display = ("number", "title", "fund", "amount", "purpose", "status")
    list_select_related = ("fund",)
    list_filter = ("status", "purpose")
    search_fields = ("number", "title", "fund__name")
    ordering = ("-pk",)
    fields = (
        "number",
        "fund",
        "decision",
        "topic",
        "matter",
        "title",
        "purpose",
        "duty",
        "is_emergency",
        "plan",
        "beneficiaries",
        "amount",
        "budget",
        "offers",
        "pool",
        "organization",
        "status",
        "demands",
        "resolved",
        "relieved",
        "notice",
        "hold_journal",
        "release_journal",
        "entered_by",
        "submitted_by",
        "checked_by",
        "resolved_by",
        "approved_by",
        "acceptance",
        "accepted_by",
    )
    readonly_fields = ("budget", "offers", "demands", "resolved", "relieved")
    follows = (
        Follow(
            "consultation.Decision",
            "funds.SpendingRequest",
            gettext_lazy("Ask the fund for money"),
            "funds.enter_spending_request",
            waiting=lambda rows: rows.filter(
                status__in=(DecisionStatus.FINAL, DecisionStatus.EXECUTING), cost_estimate__gt=0, spending_requests=None
            ),
            given=request_for,
        ),
    )
    deeds = (
        Deed(
            "edit",
            gettext_lazy("Change the request"),
            "funds.enter_spending_request",
            _edit,
            is_open=_is_open,
        ),
        Deed(
            "quote",
            gettext_lazy("Attach a quote"),
            "funds.enter_spending_request",
            _quote,
            form=QuoteForm,
            is_open=_is_open,
        ),
        Deed("payment", gettext_lazy("Plan a payment"), "funds.request_payment", _plan, is_open=_is_held),
        *(
            Deed(name, act.label, act.permission, _acting(name), form=forms.Form, is_open=act.is_open)
            for name, act in ACTS.items()
            if name != "relieve"
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SpendingRequest]:
        """Show the requests to funds of the viewer's places, charities and committees; the pages show public ones."""
        rows: QuerySet[SpendingRequest] = super().get_queryset(request)
        return rows.filter(in_hands_of(acting_user(request))).select_related("fund__division", "fund__committee")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return self.fields if obj else [*DeskRequestForm.Meta.fields, "lines"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Name what is computed on the page of a row."""
        return self.readonly_fields if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the funds that the person handles, the decisions they reach and the bodies that are active."""
        if db_field.name == "fund":
            kwargs["queryset"] = CommunityFund.objects.handled_by(acting_user(request)).order_by("name")
        elif db_field.name == "decision":
            final = Decision.objects.filter(within(acting_user(request)), status__in=FINAL)
            kwargs |= {"queryset": final.select_related("topic").order_by("-pk"), "form_class": DecisionField}
        elif db_field.name == "topic":
            topics = Topic.objects.filter(within(acting_user(request))).exclude(status=TopicStatus.PREPARED)
            kwargs["queryset"] = topics.order_by("-pk")
        elif db_field.name == "matter":
            matters = Matter.objects.handled_by(acting_user(request)).exclude(status=MatterStatus.WITHDRAWN)
            kwargs |= {"queryset": matters.order_by("-pk"), "form_class": MatterField}
        elif db_field.name == "organization":
            active = SocialOrganization.objects.filter(status=OrganizationStatus.ACTIVE)
            kwargs["queryset"] = active.order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Draft the request."""
        return operations.enter_request(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    @admin.display(description=gettext_lazy("budget"))
    def budget(self, row: SpendingRequest) -> str:
        """Return the budget, line by line."""
        return "; ".join(f"{line.description} {format_yuan(line.amount)}" for line in row.lines.all())

    @admin.display(description=gettext_lazy("quotes"))
    def offers(self, row: SpendingRequest) -> str:
        """Return the offers, the chosen one marked."""
        return "; ".join(f"{'✓ ' if quote.is_chosen else ''}{quote}" for quote in row.quotes.all()) or "–"

    @admin.display(description=gettext_lazy("emergency relief"))
    def relieved(self, row: SpendingRequest) -> str:
        """Return where emergency relief stands."""
        relief = getattr(row, "relief", None)
        return f"{relief.get_status_display()} ({relief.due_on})" if relief else "–"

    @admin.display(description=gettext_lazy("what the ladder asks for"))
    def demands(self, row: SpendingRequest) -> str:
        """Return what the ladder asks for besides the vote."""
        return "; ".join(row.step.demands) if row.step else _("fixed when it is submitted")

    @admin.display(description=gettext_lazy("resolution"))
    def resolved(self, row: SpendingRequest) -> str:
        """Return the last judgement."""
        last = row.resolutions.order_by("-attempt").first()
        return f"{last.met_on} {last.reason}" if last else "–"

    def steps(self, request: HttpRequest, row: Model) -> list[Step]:
        """Leave out what another button does: the rule says whether the committee agreed, the ladder how it is posted."""
        return [step for step in super().steps(request, row) if not self._is_spare(row, step)]

    @staticmethod
    def _is_spare(row: Any, step: Step) -> bool:
        return any(step.url.endswith(f"/moves/{name}/") for name in spare_moves(row))

    def form_for(self, row: Any, name: str) -> Callable[..., forms.Form] | None:
        """Ask for the votes of the members who sit in the fund's committee today."""
        if name == "relieve":
            return relief_form(row)
        return resolution_form(row) if name in {"resolve", "reject"} else super().form_for(row, name)

    def _asks(self, move: Any) -> bool:
        return move.name in {"resolve", "reject", "relieve"} or super()._asks(move)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Submit, resolve, post, approve and end through the operations."""
        by, reason = acting_user(request), data.pop("reason", "")
        if name in {"resolve", "reject"}:
            told = {"by": by, "now": clock.now(), "today": clock.today(), "request": row}
            return operations.record_resolution(**told, **data)
        if name == "relieve":
            ACTS[name].run(row, by, clock.now(), data)
            return row  # type: ignore[no-any-return]  # as it came
        return lead_request(row, name, by=by, now=clock.now(), today=clock.today(), reason=reason)

    def deed_view(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Build the forms that depend on the row."""
        if name not in {"edit", "payment", *ACTS}:
            return super().deed_view(request, pk, name)
        row = self.row_for(request, pk)
        deed = next(deed for deed in self.deeds if deed.name == name)
        if not request.user.has_perm(deed.permission, row):
            raise PermissionDenied

        def run(data: dict[str, Any]) -> None:
            deed.run(row, acting_user(request), clock.now(), data)

        wanted = Wanted(deed.label, self._form(row, name), run, asks=True, is_grave=False)
        return self._ask_and_do(request, row, wanted)

    def _form(self, row: SpendingRequest, name: str) -> Callable[..., forms.Form]:
        if name in ACTS:
            return ACTS[name].form(row)
        if name == "edit":
            return partial(RequestForm, fund=row.fund, request=row, initial=written(row))
        start = {"number": row.payments.count() + 1, "organization": row.organization_id}
        return partial(PaymentForm, request=row, initial=start)


@admin.register(Payment)
class PaymentAdmin(MovesAdmin):
    """Payments with their moves; planned on the page of their request."""

    view_permission = "funds.view_payment"
    acts: ClassVar = {
        "funds.payment.planned": gettext_lazy("Payment planned"),
    }
    list_display = ("__str__", "named", "amount", "status", "paid_on")
    list_select_related = ("request__fund__division",)
    list_filter = ("status",)
    search_fields = ("request__number", "request__title", "bank_reference")
    date_hierarchy = "paid_on"
    ordering = ("-pk",)
    fields = (
        "request",
        "number",
        "amount",
        "named",
        "organization",
        "note",
        "status",
        "paid_on",
        "bank_reference",
        "journal",
        "planned_by",
        "requested_by",
        "approved_by",
        "paid_by",
    )
    readonly_fields = ("named",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        """Show the payments of funds of the viewer's places, charities and committees; the pages show public ones."""
        rows: QuerySet[Payment] = super().get_queryset(request)
        return rows.filter(in_hands_of(acting_user(request), "request__fund__")).select_related(
            "request__fund__division"
        )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show the payee and the bank slip to those who handle the fund."""
        knows = obj is not None and request.user.has_perm("funds.view_spending_file", obj)
        shown = {"named": "payee"} if knows else {"bank_reference": ""}
        return [name for name in (shown.get(field, field) for field in self.fields) if name]

    @admin.display(description=gettext_lazy("payee"))
    def named(self, row: Payment) -> str:
        """Return the payee as the public may know it."""
        return payee_for(AnonymousUser(), row)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the day and the slip."""
        return PaidForm if name == "record_paid" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Request, approve, pay and cancel through the operations."""
        by, now = acting_user(request), clock.now()
        if name == "record_paid":
            paid = {"paid_on": data["paid_on"], "bank_reference": data["bank_reference"]}
            return operations.record_paid(by=by, now=now, today=clock.today(), payment=row, **paid)
        return lead_payment(row, name, by=by, now=now, reason=data.get("reason", ""))
