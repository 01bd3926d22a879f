"""The statements room on the desk: months of books, proposed to be closed by one person and closed by another."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.people.queries import within
from funds.charity.models import own_charities
from funds.ledger.models import Book, Period
from funds.statements import operations
from funds.statements.checklist import LABELS, open_points
from funds.statements.forms import MonthForm
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, StaffAdmin, display

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest


@admin.register(Period)
class PeriodAdmin(StaffAdmin):
    """Months that were proposed to be closed, and closed ones."""

    view_permission = "funds.view_period"
    add_permission = "funds.propose_period_close"
    form = MonthForm
    acts: ClassVar = {
        "funds.period.proposed": gettext_lazy("Closing of the month proposed"),
        "funds.period.closed": gettext_lazy("Month closed"),
    }
    list_display = ("book", "year", "month", "proposed_by", "proposed_at", "closed_by", "closed_at")
    list_select_related = ("book__division", "proposed_by", "closed_by")
    list_filter = ("year", "month")
    search_fields = ("=book__code", "book__name")
    ordering = ("-year", "-month", "-pk")
    fields = (
        *("book", "year", "month", "standing", "proposed_by", "proposed_at", "closed_by", "closed_at"),
        *("sequence", "head_hash"),
    )
    readonly_fields = ("standing",)
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "close",
            gettext_lazy("Close the month"),
            "funds.close_period",
            lambda period, by, now, _data: operations.close_month(by=by, period=period, now=now),
            is_grave=True,
            is_open=lambda period: period.closed_at is None,
            other_than=lambda period: {period.proposed_by_id},
            waiting=lambda rows: rows.filter(closed_at=None),
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else MonthForm.Meta.fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the month before this one."""
        ended = clock.today().replace(day=1) - dt.timedelta(days=1)
        return {"year": ended.year, "month": ended.month, **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the books of the funds that the person handles."""
        if db_field.name == "book":
            user = acting_user(request)
            mine = within(user) | Q(fund__charity__in=own_charities(user))
            kwargs["queryset"] = Book.objects.filter(mine).order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: Any, request: HttpRequest) -> Model:
        """Propose to close the month."""
        return operations.propose_month(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    @display(description=gettext_lazy("stands open"))
    def standing(self, period: Period) -> str:
        """What stands open, with the way to it; for a closed month what stood open then."""
        if period.closed_at is not None:
            kept = [f"{LABELS.get(point['key'], point['key'])}: {point['count']}" for point in period.open_points]
            return "; ".join(kept) or _("Nothing stood open when it was closed.")
        points = open_points(period.book, period.year, period.month)
        if not points:
            return _("Nothing stands open.")
        rows = (
            (point.url, point.label, point.count, _("to be done first") if point.is_blocking else _("may go on"))
            for point in points
        )
        return format_html("<ul>{}</ul>", format_html_join("", '<li><a href="{}">{}: {}</a> ({})</li>', rows))
