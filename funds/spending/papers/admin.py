"""Emergency relief and refunds on the desk; both begin on the page of their request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin
from django.utils.translation import gettext_lazy

from funds.spending import relieving
from funds.spending.moving import lead_refund
from funds.spending.papers.desk import resolution_form
from funds.spending.papers.models import EmergencyRelief, Refund
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import MovesAdmin, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    from funds.spending.papers.models import RefundQuerySet, ReliefQuerySet


@admin.register(EmergencyRelief)
class ReliefAdmin(MovesAdmin):
    """Emergency relief: who answers for it, by when the committee judges it, how it did."""

    view_permission = "funds.view_emergency_relief"
    list_display = ("request", "amount", "status", "due_on")
    list_select_related = ("request__fund__division",)
    list_filter = ("status",)
    search_fields = ("request__number", "request__title")
    date_hierarchy = "due_on"
    ordering = ("-pk",)
    fields = (
        *("request", "household", "urgency", "amount", "cap", "first_member", "second_member", "supervisor"),
        *("supervisor_opinion", "due_on", "status", "resolution", "granted_by", "judged_by", "escalated_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[EmergencyRelief]:
        """Show the relief of funds that the person handles: the household is nobody else's affair."""
        rows = cast("ReliefQuerySet", super().get_queryset(request))
        return rows.handled_by(acting_user(request)).for_list()

    def steps(self, request: HttpRequest, row: Model) -> list[Step]:
        """Leave one button: the rule says whether the committee ratified it."""
        return [step for step in super().steps(request, row) if not step.url.endswith("/moves/refuse/")]

    def form_for(self, row: Any, name: str) -> Callable[..., forms.Form] | None:
        """Ask for the votes."""
        return resolution_form(row.request) if name in {"ratify", "refuse"} else super().form_for(row, name)

    def _asks(self, move: Any) -> bool:
        return move.name in {"ratify", "refuse"} or super()._asks(move)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Record the committee's judgement."""
        del name
        data.pop("reason", None)
        told: dict[str, Any] = {"by": acting_user(request), "now": clock.now(), "today": clock.today()}
        return relieving.judge_relief(**told, relief=row, **data)


@admin.register(Refund)
class RefundAdmin(MovesAdmin):
    """Money that payees give back: recorded by one, confirmed by another."""

    view_permission = "funds.view_refund"
    acts: ClassVar = {"funds.refund.recorded": gettext_lazy("Refund recorded")}
    list_display = ("payment", "amount", "received_on", "status")
    list_select_related = ("payment__request__fund__division",)
    list_filter = ("status",)
    search_fields = ("payment__request__number", "bank_reference")
    date_hierarchy = "received_on"
    ordering = ("-pk",)
    fields = (
        *("payment", "amount", "received_on", "bank_reference", "reason", "status", "journal"),
        *("recorded_by", "posted_by"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        """Show the refunds to funds that the person handles."""
        rows = cast("RefundQuerySet", super().get_queryset(request))
        return rows.handled_by(acting_user(request)).for_list()

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Confirm and cancel through the operations."""
        by, reason = acting_user(request), data.get("reason", "")
        return lead_refund(row, name, by=by, now=clock.now(), reason=reason)
