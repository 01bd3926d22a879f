"""Bans on the desk; they are proposed on the page of the organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import MovesAdmin
from socialorgs.register.barring import operations
from socialorgs.register.barring.models import ParticipationBan

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest


@admin.register(ParticipationBan)
class ParticipationBanAdmin(MovesAdmin):
    """Bans from taking part: proposed by one, imposed by another."""

    view_permission = "socialorgs.view_ban"
    acts: ClassVar = {"socialorgs.ban.proposed": _("Ban proposed")}
    recorded = (
        "proposed_by",
        "proposed_at",
        "decided_by",
        "decided_at",
        "lifted_at",
        "remark",
    )
    list_display = ("organization", "ground", "decision_number", "starts_on", "ends_on", "status")
    list_select_related = ("organization",)
    list_filter = ("status", "ground")
    search_fields = ("organization__name", "decision_number")
    ordering = ("-pk",)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Refuse through the operation, which keeps the reason for the other side."""
        if name != "refuse":
            return super().make_move(row, name, request, data)
        return operations.refuse_ban(by=acting_user(request), now=clock.now(), ban=row, reason=data["reason"])
