"""Contracts with those who run incubators, on the desk; entered on the page of the incubator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from governance.staff import Deed, StaffAdmin
from socialorgs.incubation.operators.forms import EndForm
from socialorgs.incubation.operators.models import OperatorContract
from socialorgs.incubation.operators.operations import end_contract

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

    from governance.accounts.models import User


def _end(row: OperatorContract, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    end_contract(by=by, now=now, contract=row, ends_on=data["ends_on"], reason=data["reason"])


@admin.register(OperatorContract)
class OperatorContractAdmin(StaffAdmin):
    """Contracts with their goals; what came of them stands on the incubator's board."""

    view_permission = "socialorgs.view_operator_contract"
    acts: ClassVar = {
        "socialorgs.operator_contract.entered": _("Contract with who runs the incubator entered"),
        "socialorgs.operator_contract.ended_early": _("Contract ended early"),
    }
    deeds = (
        Deed(
            "end",
            _("End it early"),
            "socialorgs.enter_operator_contract",
            _end,
            form=EndForm,
            is_grave=True,
        ),
    )
    list_display = (
        "number",
        "incubator",
        "operator",
        "amount",
        "starts_on",
        "ends_on",
        "admitted_goal",
        "graduated_goal",
    )
    list_select_related = ("incubator", "operator")
    search_fields = ("number", "incubator__name", "operator__name")
    ordering = ("-pk",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the entry to those who handle stays."""
        return request.user.is_authenticated and request.user.has_perm("socialorgs.read_stays")
