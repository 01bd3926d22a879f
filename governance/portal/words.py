"""Words that people read and that stand in no source of ours, or in one as data: here they enter the catalogue.

django-unfold brings no Chinese; units, laws and kinds of work are stored as English text and shown translated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext_lazy, pgettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

UNFOLD: tuple[StrOrPromise, ...] = (
    gettext_noop("Add row"),
    gettext_noop("All applications"),
    gettext_noop("Apply Filters"),
    gettext_noop("Choose file to upload"),
    gettext_noop("Click to cancel"),
    gettext_noop("Click to download"),
    gettext_noop("Close"),
    gettext_noop("Dark"),
    gettext_noop("Date from"),
    gettext_noop("Date to"),
    gettext_noop("Expand row"),
    ngettext_lazy(
        "\n                    Export %(len)s selected item.\n                ",
        "\n                    Export %(len)s selected items.\n                ",
        0,
    ),
    gettext_noop("False"),
    ngettext_lazy(
        "\n                Found %(counter)s result in %(time)s seconds\n            ",
        "\n                Found %(counter)s results in %(time)s seconds\n            ",
        0,
    ),
    gettext_noop("General"),
    gettext_noop("Go back"),
    gettext_noop("Image preview"),
    gettext_noop("Light"),
    gettext_noop("Loading more results..."),
    gettext_noop("More actions"),
    gettext_noop("Next"),
    gettext_noop("No data"),
    gettext_noop("No recent searches"),
    gettext_noop("No results found"),
    gettext_noop("No results matching your query"),
    gettext_noop("Not enough data."),
    gettext_noop("Previous"),
    gettext_noop("Recent searches"),
    gettext_noop("Record picture"),
    gettext_noop("Reset filters"),
    gettext_noop("Return to site"),
    gettext_noop("Run"),
    gettext_noop("Search apps and models..."),
    gettext_noop("Select action"),
    gettext_noop("Select action to run"),
    gettext_noop("Select all rows"),
    gettext_noop("Select format"),
    gettext_noop("Select record"),
    gettext_noop("Select value"),
    gettext_noop("System"),
    gettext_noop("This exporter will export the following fields"),
    gettext_noop("This item will be deleted."),
    gettext_noop("This page yielded into no results. Create a new item or reset your filters."),
    gettext_noop("Toggle password visibility"),
    gettext_noop("True"),
    gettext_noop("Type to search"),
    gettext_noop("View traceback"),
    gettext_noop("Welcome back to"),
    gettext_noop("You have been successfully logged out from the administration"),
)
"""What django-unfold says in its own templates and widgets."""

UNITS = (
    pgettext_lazy("unit", "answers"),
    pgettext_lazy("unit", "calendar days"),
    pgettext_lazy("unit", "days"),
    pgettext_lazy("unit", "key"),
    pgettext_lazy("unit", "list"),
    pgettext_lazy("unit", "minutes"),
    pgettext_lazy("unit", "months"),
    pgettext_lazy("unit", "opinions"),
    pgettext_lazy("unit", "part of 1"),
    pgettext_lazy("unit", "part of all members"),
    pgettext_lazy("unit", "part of the donation"),
    pgettext_lazy("unit", "part of the registered capital"),
    pgettext_lazy("unit", "percent"),
    pgettext_lazy("unit", "persons"),
    pgettext_lazy("unit", "points of 100"),
    pgettext_lazy("unit", "quotes"),
    pgettext_lazy("unit", "working days"),
    pgettext_lazy("unit", "years"),
    pgettext_lazy("unit", "yes or no"),
    pgettext_lazy("unit", "yuan"),
)
"""Units of rule parameters."""

BASES = (
    gettext_noop("Accounting Law"),
    gettext_noop("Charity Law"),
    gettext_noop("Civil Code"),
    gettext_noop("Company Law (2023)"),
    gettext_noop("Default of this platform"),
    gettext_noop("Default of this platform, in the range of the cities' rules for 12345 work orders"),
    gettext_noop("default of this platform: fingerprint before the first vote"),
    gettext_noop("Default of this platform: no acceptance without residents' opinions"),
    gettext_noop("Default of this platform: the community checks before the committee meets"),
    gettext_noop("Default of this platform: two persons set a template"),
    gettext_noop("Default of this platform: who approves does not pay"),
    gettext_noop("Default of this platform: who requests does not approve"),
    gettext_noop("Default of this platform: who records does not post"),
    gettext_noop("Default of this platform; five working days as in the statutes of consultation councils"),
    gettext_noop("Default of this platform; local rules prevail"),
    gettext_noop("Default of this platform; the body's own rules prevail"),
    gettext_noop("Default of this platform; the council's own rules prevail"),
    gettext_noop("Default of this platform; the fund's own rules prevail"),
    gettext_noop("Guides on community charity funds (Hubei 2023, Hunan 2025)"),
    gettext_noop("Hubei guide on community charity funds 2023 (trial)"),
    gettext_noop("Hunan guide on community charity funds 2025 (trial)"),
    gettext_noop("Opinion on urban and rural community consultation 2015"),
    gettext_noop("Organic Law of Urban Residents' Committees"),
    gettext_noop("Organic Law of Urban Residents' Committees (2018 text)"),
    gettext_noop("Organic Law of Urban Residents' Committees (2025 text, in force from 2026-01-01)"),
    gettext_noop("Organic Law of Villagers' Committees"),
    gettext_noop("Organic Law of Villagers' Committees (2018 text; amended 2025, to be checked)"),
    gettext_noop("Organic Laws of Urban Residents' and of Villagers' Committees"),
    gettext_noop("Personal Information Protection Law"),
    gettext_noop("Negative list of Chengdu's community money"),
    gettext_noop("Report S0: residents take part in the decisions of their fund"),
    gettext_noop("Practice of Wuhan: no fee"),
    gettext_noop("Practice of Wuhan: no minimum amount"),
    gettext_noop("Regulation on Foundation Administration"),
    gettext_noop("Regulation on Public Holidays for National Annual Festivals and Memorial Days"),
    gettext_noop("Regulations on Administrative Divisions (2018)"),
    gettext_noop("Regulations on Volunteer Service"),
    gettext_noop("Report on Baohe: half an hour is one point"),
    gettext_noop("Report on Pengshui: sorting in three ways"),
    gettext_noop("Report on Wuhou"),
    gettext_noop("Report on Wuhou: agreement of three parties"),
    gettext_noop("Report on Ziliujing 2021"),
    gettext_noop("Report on Ziliujing 2021: assessment results are pushed"),
    gettext_noop("Report on Ziliujing 2021: evaluation by three parties"),
    gettext_noop("Report on Ziliujing 2021: giving back is the main part (反哺社区治理为主)"),
    gettext_noop("Report on Ziliujing 2021; other districts name other five"),
    gettext_noop("Rule of this platform"),
    gettext_noop("Standard Webhooks 1.0"),
)
"""What moves, acts and rules rest on; an article's number is added by the filter `legal_basis`."""

JOBS: dict[str, StrOrPromise] = {
    "communities.import_divisions": _("Taking in a code list"),
    "donations.post_file": _("Posting a file of donations"),
    "donations.read_file": _("Reading a file of donations"),
    "evaluation.compute": _("Computing evaluations"),
    "evaluation.compute.part": _("Part of the evaluations"),
    "indicators.compute": _("Computing the figures of the day"),
    "portal.demonstration": _("Telling the demonstration's story"),
    "portal.demonstration.loop": _("Taking the demonstration's loop to its end"),
    "portal.demonstration.settlement": _("Settling the demonstration's orders"),
    "reinvestment.plan": _("Calculating what is given back"),
    "reinvestment.plan.part": _("Part of a calculation"),
}
"""Kinds of long work."""

COUNTS: dict[str, StrOrPromise] = {
    "attached": _("codes attached"),
    "bad": _("unusable"),
    "computed": _("evaluations computed"),
    "created": _("created"),
    "nothing": _("nothing to give back"),
    "ordered": _("orders proposed"),
    "planned": _("declarations calculated"),
    "refused": _("rows refused"),
    "rows": _("rows"),
    "unchanged": _("unchanged"),
    "values": _("values written"),
    "warned": _("with a warning"),
    "without_grade": _("without a grade"),
    "without_policy": _("without a policy"),
}
"""What jobs count."""
