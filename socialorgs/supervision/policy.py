"""Days, months and points of supervision: reports of a year, rectification, grades, the mending of credit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, whole
from governance.calendar.days import months_later

UNITS = "Interim Regulations on Registration of Private Non-enterprise Units art. 23"
OWN = "Default of this platform; local rules prevail"
GRADES_BASIS = "Measures for Assessment of Social Organizations"
LISTS_BASIS = "Measures for Credit Information of Social Organizations"

SUBMIT_BY_MONTH = declare(
    "so.inspection.submit_by_month",
    _("Month by whose end the report of the year before is submitted"),
    unit="months",
    read=whole,
    default=3,
    basis=UNITS,
)
FORWARD_BY_MONTH = declare(
    "so.inspection.forward_by_month",
    _("Month by whose end it goes to the registrar"),
    unit="months",
    read=whole,
    default=5,
    basis=UNITS,
)
LEAST_DAYS = declare(
    "so.inspection.least_days",
    _("Days that a body has for its report at least, if it is asked for late"),
    unit="days",
    read=whole,
    default=30,
    basis=OWN,
)
REMIND_EVERY = declare(
    "so.inspection.remind_days",
    _("Days between two reminders of a report that is late"),
    unit="days",
    read=whole,
    default=20,
    basis=LISTS_BASIS,
)
MISSES = declare(
    "so.supervision.misses",
    _("Days missed after which a body is proposed for the list of abnormal activity"),
    unit="times",
    read=whole,
    default=3,
    basis=OWN,
)
MENDING_DAYS = declare(
    "so.rectification.days",
    _("Days for a rectification, if the order names none"),
    unit="days",
    read=whole,
    default=30,
    basis=OWN,
)
MENDING_MOST_DAYS = declare(
    "so.rectification.most_days",
    _("Days for a rectification, at most"),
    unit="days",
    read=whole,
    default=180,
    basis=OWN,
)
MENDING_REMIND = declare(
    "so.rectification.remind_days",
    _("Days between two reminders of a rectification that is late"),
    unit="days",
    read=whole,
    default=10,
    basis=OWN,
)
SERIOUS_AFTER_YEARS = declare(
    "so.listing.serious_after_years",
    _("Years on the list of abnormal activity after which the list of serious breaches is next"),
    unit="years",
    read=whole,
    default=2,
    basis=LISTS_BASIS,
)
REPAIR_MONTHS = declare(
    "so.repair.months",
    _("Months after which a listing is lifted where there is nothing to mend"),
    unit="months",
    read=whole,
    default=6,
    basis=LISTS_BASIS,
)
GRADE_YEARS = declare(
    "so.assessment.valid_years",
    _("Years for which a grade holds"),
    unit="years",
    read=whole,
    default=5,
    basis=f"{GRADES_BASIS} art. 27",
)
FIRST_AFTER_YEARS = declare(
    "so.assessment.first_after_years",
    _("Full years of registration before a first assessment"),
    unit="years",
    read=whole,
    default=2,
    basis=f"{GRADES_BASIS} art. 8",
)
UPGRADE_AFTER_YEARS = declare(
    "so.assessment.upgrade_after_years",
    _("Years in a grade before a higher one is applied for"),
    unit="years",
    read=whole,
    default=2,
    basis=f"{GRADES_BASIS} art. 28",
)
WITHDRAW_YEARS = declare(
    "so.assessment.withdraw_years",
    _("Years for which who worked for a body does not vote on its grade"),
    unit="years",
    read=whole,
    default=2,
    basis=f"{GRADES_BASIS} art. 17",
)
NOTIFY_DAYS = declare(
    "so.assessment.notify_days",
    _("The result of an assessment is notified to the body after the vote within"),
    unit="days",
    read=whole,
    default=15,
    basis=GRADES_BASIS,
)
TIPS_A_DAY = declare(
    "so.illegal.tips_a_day",
    _("Tips about illegal organizations that a place takes online in a day"),
    unit="times",
    read=whole,
    default=200,
    basis=OWN,
)
HIGHEST, MOST_POINTS = 5, 1000
LONGEST_TEXT = 5000


def points(value: Any) -> tuple[int, ...]:
    """Read the least points of the five grades, the highest first."""
    found = tuple(whole(part) for part in value)
    if len(found) != HIGHEST or list(found) != sorted(set(found), reverse=True):
        raise ValueError(value)
    return found


_CUTS: tuple[int, ...] = (951, 901, 801, 701, 601)
CUTS = declare(
    "so.assessment.cuts",
    _("Least points of the grades 5A, 4A, 3A, 2A and 1A out of 1,000"),
    unit="points of 1,000",
    read=points,
    default=_CUTS,
    basis=OWN,
)


def grade_of(score: int, cuts: Sequence[int]) -> int:
    """Return the grade that a score is worth, 5 the highest; 0 where it is worth none."""
    return next((HIGHEST - place for place, least in enumerate(cuts) if score >= least), 0)


def month_end(year: int, month: int) -> dt.date:
    """Return the last day of a month."""
    return months_later(dt.date(year, 1, 1), month) - dt.timedelta(days=1)
