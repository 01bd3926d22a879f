"""What is owed and late, what speaks against a grade, and what stands on the page of running work."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.utils.translation import gettext as _

from communities.people.queries import within
from communities.policy.queries import value
from governance.calendar.days import MONTHS, months_later
from socialorgs.register.barring.lifecycle import BanStatus
from socialorgs.register.barring.models import ParticipationBan
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import (
    AnnualInspection,
    CreditList,
    CreditListing,
    InspectionConclusion,
    SocialOrganization,
    Standing,
)
from socialorgs.supervision.grading.lifecycle import AssessmentStatus
from socialorgs.supervision.grading.models import Assessment
from socialorgs.supervision.lifecycle import RectificationStatus, ReportStatus
from socialorgs.supervision.models import RectificationOrder, YearReport
from socialorgs.supervision.policy import (
    FIRST_AFTER_YEARS,
    REPAIR_MONTHS,
    SERIOUS_AFTER_YEARS,
    UPGRADE_AFTER_YEARS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Choices, QuerySet
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User

MOST_LATE = 50
SOON = 6
"""Months before a grade runs out in which the board names it."""
UNMENDED = (
    RectificationStatus.ISSUED,
    RectificationStatus.REPORTED,
    RectificationStatus.OVERDUE,
    RectificationStatus.LISTED,
)
OWED = (ReportStatus.DUE, ReportStatus.RETURNED, ReportStatus.MISSED, ReportStatus.LISTED)


def unreported(year: int) -> QuerySet[SocialOrganization]:
    """Return the active registered bodies that existed in a year, of which no report and no conclusion is known."""
    rows = SocialOrganization.objects.filter(standing=Standing.REGISTERED, status=OrganizationStatus.ACTIVE)
    asked = YearReport.objects.filter(year=year).values("organization")
    judged = AnnualInspection.objects.filter(year=year).values("organization")
    return rows.filter(founded_on__year__lte=year).exclude(pk__in=asked).exclude(pk__in=judged)


def against_a_grade(organization: SocialOrganization, day: dt.date) -> list[str]:
    """Return in words what keeps a body from being assessed on a day; empty when nothing. At most eight queries.

    Basis: Measures for Assessment of Social Organizations art. 8, 9, 28.
    """
    found = []
    place = organization.division
    if organization.standing != Standing.REGISTERED or organization.status != OrganizationStatus.ACTIVE:
        return [_("only active registered organizations are assessed")]
    holding = Assessment.objects.filter(organization=organization).holding_on(day).first()
    first = months_later(organization.founded_on, value(FIRST_AFTER_YEARS, place, day) * MONTHS)
    if day < first:
        found.append(_("it has not been registered for two full years before %(day)s") % {"day": first})
    if holding is not None and holding.valid_from is not None:
        earliest = months_later(holding.valid_from, value(UPGRADE_AFTER_YEARS, place, day) * MONTHS)
        if day < earliest:
            text = _("it has held %(grade)s since %(since)s and may apply again from %(day)s on")
            words = {"grade": holding.get_grade_display(), "since": holding.valid_from, "day": earliest}
            found.append(text % words)
    return found + _against_its_record(organization, day)


def _against_its_record(organization: SocialOrganization, day: dt.date) -> list[str]:
    found = []
    known = AnnualInspection.objects.filter(organization=organization, concluded_on__lte=day).order_by("-year")
    last = list(known[:2])
    if not last or last[0].year < day.year - 2:
        found.append(_("it took part in no inspection of the last year"))
    elif last[0].conclusion == InspectionConclusion.FAILED:
        found.append(_("it failed the inspection of %(year)s") % {"year": last[0].year})
    elif [row.conclusion for row in last] == [InspectionConclusion.BASICALLY_PASSED] * 2:
        found.append(_("it basically passed two inspections in a row"))
    if CreditListing.objects.running_on(day).filter(organization=organization).exists():
        found.append(_("it stands on a credit list"))
    # A penalty of the last year excludes as one that runs (Basis: Measures for Assessment of Social Organizations art. 9).
    since = months_later(day, -MONTHS)
    bans = ParticipationBan.objects.filter(organization=organization, status=BanStatus.IN_FORCE, starts_on__lte=day)
    if ban := bans.filter(ends_on__gt=since).order_by("-ends_on", "-pk").first():
        if ban.ends_on > day:
            found.append(_("it is barred from taking part"))
        else:
            free = months_later(ban.ends_on, MONTHS)
            text = _("it was barred from taking part until %(day)s and may apply from %(free)s on")
            found.append(text % {"day": ban.ends_on - dt.timedelta(days=1), "free": free})
    if RectificationOrder.objects.filter(organization=organization, status__in=UNMENDED).exists():
        found.append(_("it has a rectification under way"))
    return found


def repair_from(listing: CreditListing, day: dt.date) -> dt.date:
    """Return the day from which a listing is lifted where there was nothing to mend."""
    return months_later(listing.listed_on, value(REPAIR_MONTHS, listing.division, day))


def grades_on(keys: Sequence[int], day: dt.date) -> dict[int, str]:
    """Return the grades that bodies hold on a day; one query."""
    rows = Assessment.objects.holding_on(day).filter(organization__in=keys)
    return {row.organization_id: row.get_grade_display() for row in rows}


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the board: how many rows stand where, and the oldest that are late."""

    title: StrOrPromise
    counts: list[tuple[str, int]]
    late: list[Any]


def board_of(user: User, day: dt.date) -> list[Section]:
    """Return for the places of this person how far the year is and what is late; eleven queries."""
    reports = YearReport.objects.visible_to(user).filter(year=day.year - 1)
    orders = RectificationOrder.objects.visible_to(user)
    grades = Assessment.objects.visible_to(user).filter(within(user, division="organization__division"))
    listings = CreditListing.objects.filter(within(user, division="organization__division")).running_on(day)
    soon = months_later(day, SOON)
    long_ago = months_later(day, -value(SERIOUS_AFTER_YEARS, None, day) * MONTHS)
    late = {"due_on__lt": day}
    return [
        Section(
            _("Reports of %(year)s") % {"year": day.year - 1},
            _counted(reports, ReportStatus),
            _oldest(reports.filter(status__in=OWED, **late), "due_on"),
        ),
        Section(
            _("Rectifications"),
            _counted(orders, RectificationStatus),
            _oldest(orders.filter(status__in=UNMENDED, **late), "due_on"),
        ),
        Section(
            _("Credit lists; below: on the list of abnormal activity for so long that the next list is due"),
            _counted(listings, CreditList, "credit_list"),
            _oldest(listings.filter(credit_list=CreditList.ABNORMAL, listed_on__lte=long_ago), "listed_on"),
        ),
        Section(
            _("Grades; below: those that run out within half a year"),
            [
                (f"{grade}A", count)
                for grade, count in sorted(_by(grades.holding_on(day), "grade").items(), reverse=True)
            ],
            _oldest(grades.holding_on(day).filter(valid_to__lte=soon), "valid_to"),
        ),
        Section(
            _("Results of assessments; below: those that the organization should have been told"),
            _counted(grades.untold(), AssessmentStatus),
            _oldest(grades.untold().filter(notify_by__lt=day), "notify_by"),
        ),
    ]


def _by(rows: QuerySet[Any], column: str) -> dict[Any, int]:
    return dict(rows.order_by().values_list(column).annotate(Count("pk")))


def _counted(rows: QuerySet[Any], states: type[Choices], column: str = "status") -> list[tuple[str, int]]:
    found = _by(rows, column)
    return [(str(state.label), found[state.value]) for state in states if found.get(state.value)]


def _oldest(rows: QuerySet[Any], column: str) -> list[Any]:
    return list(rows.select_related("organization").order_by(column, "pk")[:MOST_LATE])
