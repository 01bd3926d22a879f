"""The spending room on the desk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.people.queries import within
from consultation.decisions.models import Decision
from funds.charity.models import CommunityFund
from funds.spending import operations
from funds.spending.asking import FINAL
from funds.spending.forms import (
    DeskRequestForm,
    PaidForm,
    PaymentForm,
    QuoteForm,
    RequestForm,
    ResolutionForm,
    written,
)
from funds.spending.lifecycle import RequestStatus
from funds.spending.models import Payment, SpendingRequest
from funds.spending.moving import lead_payment, lead_request, spare_moves
from funds.spending.rules import payee_for
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.money import format_yuan
from governance.staff import Deed, MovesAdmin, Step, Wanted
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse

    from governance.accounts.models import User


def _edit(row: SpendingRequest, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    del data["reason"]
    operations.edit_request(by=by, request=row, now=now, **data)


def _quote(row: SpendingRequest, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    file = data["file"]
    operations.attach_quote(by=by, request=row, now=now, name=file.name, content=file.read())


def _plan(row: SpendingRequest, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    del data["reason"]
    operations.plan_payment(by=by, request=row, now=now, **data)


def _is_open(row: SpendingRequest) -> bool:
    return row.status in operations.OPEN


def _is_held(row: SpendingRequest) -> bool:
    return row.status == RequestStatus.APPROVED


@admin.register(SpendingRequest)
class SpendingRequestAdmin(MovesAdmin):
    """Requests with their moves, the committee's resolution, quotes and payments."""

    view_permission = "funds.view_spending_request"
    add_permission = "funds.enter_spending_request"
    form = DeskRequestForm
    list_display = ("number", "title", "fund", "amount", "purpose", "status")
    list_select_related = ("fund",)
    list_filter = ("status", "purpose")
    search_fields = ("number", "title", "fund__name")
    ordering = ("-pk",)
    fields = (
        "number",
        "fund",
        "decision",
        "title",
        "purpose",
        "plan",
        "beneficiaries",
        "amount",
        "budget",
        "pool",
        "organization",
        "status",
        "demands",
        "resolved",
        "notice",
        "hold_journal",
        "release_journal",
        "entered_by",
        "submitted_by",
        "checked_by",
        "resolved_by",
        "approved_by",
    )
    readonly_fields = ("budget", "demands", "resolved")
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
    )

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
            kwargs["queryset"] = final.order_by("-pk")
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

    def move_view(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Ask for the votes of the members; all other moves as everywhere."""
        if name not in {"resolve", "reject"}:
            return super().move_view(request, pk, name)
        row = self.row_for(request, pk)
        committee = row.fund.committee
        members = list(committee.voting_members(clock.today())) if committee else []
        build = partial(ResolutionForm, members=members, initial={"met_on": clock.today()})
        form = build(request.POST or None)

        def run(data: dict[str, Any]) -> None:
            del data
            if not form.is_valid():
                return
            told = {"by": acting_user(request), "now": clock.now(), "today": clock.today(), "request": row}
            operations.record_resolution(**told, **form.entry())

        move = lifecycle.of(row).by_name["resolve"]
        wanted = Wanted(move.label, build, run, asks=True, is_grave=False, basis=move.basis)  # type: ignore[arg-type]  # what builds a form
        return self._ask_and_do(request, row, wanted)

    def _asks(self, move: Any) -> bool:
        return move.name == "resolve" or super()._asks(move)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Submit, post, approve and end through the operations."""
        by, reason = acting_user(request), data.get("reason", "")
        return lead_request(row, name, by=by, now=clock.now(), today=clock.today(), reason=reason)

    def deed_view(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Build the forms that depend on the row."""
        if name not in {"edit", "payment"}:
            return super().deed_view(request, pk, name)
        row = self.row_for(request, pk)
        deed = next(deed for deed in self.deeds if deed.name == name)
        if not request.user.has_perm(deed.permission, row):
            raise PermissionDenied

        def run(data: dict[str, Any]) -> None:
            deed.run(row, acting_user(request), clock.now(), data)

        wanted = Wanted(deed.label, self._form(row, name), run, asks=True, is_grave=False)  # type: ignore[arg-type]  # what builds a form
        return self._ask_and_do(request, row, wanted)

    def _form(self, row: SpendingRequest, name: str) -> Callable[..., forms.Form]:
        if name == "edit":
            return partial(RequestForm, fund=row.fund, request=row, initial=written(row))
        start = {"number": row.payments.count() + 1, "organization": row.organization_id}
        return partial(PaymentForm, request=row, initial=start)


@admin.register(Payment)
class PaymentAdmin(MovesAdmin):
    """Payments with their moves; planned on the page of their request."""

    view_permission = "funds.view_payment"
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
