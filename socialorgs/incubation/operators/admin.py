"""Contracts with those who run incubators, on the desk; entered on the page of the incubator."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from governance.staff import StaffAdmin
from socialorgs.incubation.operators.models import OperatorContract

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(OperatorContract)
class OperatorContractAdmin(StaffAdmin):
    """Contracts with their goals; what came of them stands on the incubator's board."""

    view_permission = "socialorgs.view_operator_contract"
    acts: ClassVar = {"socialorgs.operator_contract.entered": _("Contract with who runs the incubator entered")}
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
