"""The money of contracts on the desk: spending to check, supplements, payments out of public money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin, StaffAdmin
from projects.contracts.forms import ReasonForm
from projects.contracts.terms import operations
from projects.contracts.terms.forms import PaidForm, RefundForm
from projects.contracts.terms.models import AFTER_ACCEPTANCE, AwardPayment, Expenditure, Settlement, Supplement

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


class OfContractAdmin(MovesAdmin):
    """Rows of contracts, moved by the operations of this room."""

    view_permission = "projects.view_contract_file"
    list_select_related: tuple[str, ...] = ("contract__division", "contract__organization")
    ordering = ("-pk",)
    list_filter: tuple[str, ...] = ("status",)
    row_name: ClassVar[str] = ""
    operations_of: ClassVar[dict[str, Any]] = {}
    forms_of: ClassVar[dict[str, type[forms.Form]]] = {}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show the rows of the contracts that the viewer handles."""
        return self.model.objects.inside_of(request.user)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return what the move asks for."""
        return self.forms_of.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make every move by its operation."""
        asked = {key: value for key, value in data.items() if name in self.forms_of}
        made: Model = self.operations_of[name](
            by=acting_user(request), now=clock.now(), **{self.row_name: row}, **asked
        )
        return made


@admin.register(Expenditure)
class ExpenditureAdmin(OfContractAdmin):
    """Money that organizations spent, to be checked against its invoice."""

    list_display = ("contract", "what", "amount", "spent_on", "status")
    search_fields = ("contract__number", "contract__title", "what", "payee", "invoice_number")
    row_name = "expenditure"
    operations_of: ClassVar[dict[str, Any]] = {
        "confirm": operations.confirm_expenditure,
        "reject": operations.reject_expenditure,
    }
    forms_of: ClassVar[dict[str, type[forms.Form]]] = {"reject": ReasonForm}
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.expenditure.entered": _("Spending entered")}


@admin.register(Supplement)
class SupplementAdmin(OfContractAdmin):
    """Supplements that wait for a signature."""

    list_display = ("contract", "number", "amount", "shifted", "prolonged_to", "status")
    search_fields = ("contract__number", "contract__title")
    row_name = "supplement"
    operations_of: ClassVar[dict[str, Any]] = {
        "agree": operations.agree_supplement,
        "approve": operations.approve_supplement,
        "decline": operations.decline_supplement,
    }
    forms_of: ClassVar[dict[str, type[forms.Form]]] = {"decline": ReasonForm}
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.supplement.proposed": _("Supplement proposed")}


@admin.register(AwardPayment)
class AwardPaymentAdmin(OfContractAdmin):
    """Payments out of public money: approved by one, recorded by another."""

    list_display = ("contract", "instalment", "source", "amount", "paid_on", "status")
    list_select_related = (
        "contract__division",
        "contract__organization",
        "instalment__contract",
        "source__award",
        "source__funding__fund",
        "source__funding__foundation",
    )
    search_fields = ("contract__number", "contract__title", "reference")
    row_name = "payment"
    operations_of: ClassVar[dict[str, Any]] = {
        "approve": operations.approve_award_payment,
        "record_paid": operations.record_award_payment,
        "cancel": operations.cancel_award_payment,
    }
    forms_of: ClassVar[dict[str, type[forms.Form]]] = {"record_paid": PaidForm, "cancel": ReasonForm}


def _refund(row: Settlement, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.record_refund(by=by, now=now, settlement=row, **data)


@admin.register(Settlement)
class SettlementAdmin(StaffAdmin):
    """How contracts ended early, what was left of grants, and what came back."""

    view_permission = "projects.view_contract_file"
    list_display = ("contract", "ground", "paid", "work_value", "refund", "refunded_on")
    list_select_related = ("contract__division", "contract__organization")
    list_filter = ("ground",)
    search_fields = ("contract__number", "contract__title")
    ordering = ("-pk",)
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.settlement.proposed": _("Settlement proposed"),
        "projects.settlement.refunded": _("Money paid back"),
    }
    deeds = (
        Deed(
            "refund",
            _("Record the money paid back"),
            "projects.manage_contract",
            _refund,
            form=RefundForm,
            is_open=lambda row: row.is_owed,
            waiting=lambda rows: rows.filter(refund__gt=0, refunded_on=None).filter(
                Q(contract__status="TERMINATED") | Q(contract__status="ACCEPTED", ground__in=AFTER_ACCEPTANCE)
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show the settlements of the contracts that the viewer handles."""
        return Settlement.objects.inside_of(request.user)
