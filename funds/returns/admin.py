"""Uses of reinvested money on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from funds.returns.models import ReinvestmentUse
from governance.accounts.queries import acting_user
from governance.staff import StaffAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(ReinvestmentUse)
class ReinvestmentUseAdmin(StaffAdmin):
    """What was solved with which order's money; named on the order's own page."""

    view_permission = "funds.view_reinvestment_use"
    acts: ClassVar = {
        "funds.reinvestment_use.recorded": _("Problem solved named"),
    }
    list_display = ("order", "matter", "amount", "recorded_at")
    list_select_related = ("order", "matter")
    search_fields = ("order__reference", "order__enterprise__name", "matter__number")
    ordering = ("-pk",)
    fields = ("order", "matter", "amount", "recorded_at", "recorded_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReinvestmentUse]:
        """Show those of the viewer's places."""
        rows: QuerySet[ReinvestmentUse] = super().get_queryset(request)
        return rows.filter(within(acting_user(request), division="order__enterprise__division"))
