"""Figures on the desk: the values of each night, what should be looked at, and what reports claim."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.indicators import operations
from governance.indicators.models import ClaimedFigure, IndicatorValue
from governance.indicators.policy import CATALOGUE, ORPHANS
from governance.indicators.queries import printed
from governance.portal.orphans import BY_KEY
from governance.staff import Deed, StaffAdmin, display

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    from governance.accounts.models import User


def _again(row: IndicatorValue, by: User, now: dt.datetime, data: dict[str, Any]) -> str:
    del row, data
    operations.recompute(by=by, now=now, day=localdate(now))
    return _("The figures of today are being computed; in a minute they stand here.")


def _orphans(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the newest counts of points that hang on nothing, where there are any."""
    newest = IndicatorValue.objects.filter(indicator=ORPHANS).newest().filter(numerator__gt=0)
    return rows.filter(pk__in=newest.values("pk"))


@admin.register(IndicatorValue)
class IndicatorValueAdmin(StaffAdmin):
    """The values of each night, newest first; those that count what should not be name the rows."""

    view_permission = "indicators.view_value"
    list_display = ("name", "division", "day", "shown_value", "numerator", "denominator")
    list_filter = ("day", "indicator")
    search_fields = ("indicator", "division__name")
    list_select_related = ("division",)
    ordering = ("-day", "division", "indicator")
    fields = ("name", "division", "day", "shown_value", "above", "below", "its_rows", "named", "computed_at")
    readonly_fields = ("name", "shown_value", "above", "below", "its_rows", "named")
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "compute-again",
            gettext_lazy("Compute the figures of today again"),
            "indicators.compute",
            _again,
            waiting=_orphans,
        ),
    )

    @display(description=gettext_lazy("indicator"))
    def name(self, row: IndicatorValue) -> str:
        """Show the name of the indicator."""
        return str(row.definition.label) if row.definition else row.indicator

    @display(description=gettext_lazy("value"))
    def shown_value(self, row: IndicatorValue) -> str:
        """Show the value with its unit."""
        return f"{row.shown} {row.definition.unit}" if row.definition and row.shown else "-"

    @display(description=gettext_lazy("numerator"))
    def above(self, row: IndicatorValue) -> str:
        """Show what stands above the line, in words."""
        return f"{row.numerator:,.2f} ({row.definition.numerator})" if row.definition else str(row.numerator)

    @display(description=gettext_lazy("denominator"))
    def below(self, row: IndicatorValue) -> str:
        """Show what stands below the line, in words."""
        if row.denominator is None or row.definition is None:
            return "-"
        return f"{row.denominator:,.2f} ({row.definition.denominator})"

    @display(description=gettext_lazy("rows it is counted from"))
    def its_rows(self, row: IndicatorValue) -> str:
        """Lead to the page with the rows."""
        return format_html('<a href="{}">{}</a>', row.rows, _("Open the rows")) if row.rows else "-"

    @display(description=gettext_lazy("rows to look at"))
    def named(self, row: IndicatorValue) -> str:
        """Show the rows that were named, each with its reason and, where it has one, its page on the desk."""
        return format_html_join("", "<p>{}: {}</p>", [_told(found) for found in row.details]) or "-"


def _told(found: dict[str, str]) -> tuple[Any, Any]:
    check = BY_KEY.get(found["check"])
    text = f"{found['object']} {found['key']}"
    app, _dot, model = found["object"].lower().partition(".")
    try:
        address = reverse(f"admin:{app}_{model}_change", args=[found["key"]])
    except NoReverseMatch:
        return (check.label if check else found["check"], text)
    return (check.label if check else found["check"], format_html('<a href="{}">{}</a>', address, text))


class ClaimForm(forms.ModelForm[ClaimedFigure]):
    """A figure as a report prints it."""

    indicator = forms.ChoiceField(
        label=gettext_lazy("Indicator"),
        choices=lambda: [("", "-"), *((each.key, f"{each.label} ({each.key})") for each in CATALOGUE.values())],
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )

    class Meta:
        model = ClaimedFigure
        fields = (
            "division",
            "source",
            "reference",
            "indicator",
            "meaning",
            "printed",
            "value",
            "qualifier",
            "unit",
            "numerator",
            "denominator",
            "note",
        )


@admin.register(ClaimedFigure)
class ClaimedFigureAdmin(StaffAdmin):
    """What reports print about places."""

    view_permission = "indicators.view_claim"
    add_permission = "indicators.enter_claim"
    form = ClaimForm
    list_display = ("reference", "meaning", "as_printed", "division", "recomputed_value", "source")
    list_filter = ("source",)
    search_fields = ("reference", "meaning", "indicator")
    list_select_related = ("division",)
    autocomplete_fields = ("division",)
    ordering = ("source", "reference")
    acts: ClassVar[dict[str, Any]] = {"indicators.claim.entered": gettext_lazy("Entered")}

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the claim."""
        return operations.enter_claim(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    @display(description=gettext_lazy("as printed"), ordering="printed")
    def as_printed(self, row: ClaimedFigure) -> str:
        """Show the figure with the sign of how exactly it is meant."""
        return printed(row)

    @display(description=gettext_lazy("from its own parts"))
    def recomputed_value(self, row: ClaimedFigure) -> str:
        """Show what the report's own parts give, with the parts."""
        if row.recomputed is None:
            return "-"
        parts = [f"{part.normalize():f}" for part in (row.numerator, row.denominator) if part is not None]
        return f"{row.recomputed} ({' / '.join(parts)})"
