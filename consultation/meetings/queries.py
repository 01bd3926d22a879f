"""Reads over councils and meetings: who may convene, who is there, whether enough are, whether sessions are due."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.bodies.models import BodyMembership
from communities.people.models import Post
from communities.policy.meeting import judge_present
from communities.policy.queries import value
from consultation.meetings.lifecycle import MeetingStatus
from consultation.meetings.models import Council, Meeting
from consultation.meetings.policy import (
    AFFECTED_SHARE,
    CODE_SECONDS,
    CONVENE_SHARE,
    COUNCIL_SESSIONS,
    STEWARD_SESSIONS,
    VILLAGE_CONVENE_SHARE,
    Capacity,
    CouncilForm,
    is_part_reached,
    part_for,
    sign_in_code,
)
from consultation.meetings.record import Resolution, TaskPhoto
from governance.accounts.models import User
from socialorgs.register.models import OrganizationAppointment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from communities.bodies.models import Body
    from communities.notices.models import Attachment
    from communities.policy.policy import Judgement, Terms
    from communities.territory.models import Division
    from consultation.meetings.joint import MultiPartyCase
    from consultation.meetings.models import Attendance
    from consultation.meetings.record import MeetingTask

HELD = (
    MeetingStatus.OPEN,
    MeetingStatus.ENDED,
    MeetingStatus.MINUTED,
    MeetingStatus.APPROVED,
    MeetingStatus.COUNTERSIGNED,
    MeetingStatus.SIGNED,
    MeetingStatus.PUBLISHED,
)


def council_of(body: Body) -> Council | None:
    """Return what kind of council a body is, if it is one; no query where it was read along."""
    try:
        found: Council = body.council
    except Council.DoesNotExist:
        return None
    return found


def convene_share(body: Body, day: dt.date) -> Fraction:
    """Return which part of those entitled can ask for a meeting; one query."""
    is_village = body.rule_key.startswith("village")
    parts = value(VILLAGE_CONVENE_SHARE if is_village else CONVENE_SHARE, body.division, day)
    council = council_of(body)
    return part_for(parts, council.form if council else CouncilForm.RESIDENTS)


@dataclass(frozen=True, slots=True)
class Present:
    """How many are there: those entitled, all of them, and those affected."""

    members: int
    people: int
    affected: int


def present_at(meeting: Meeting) -> Present:
    """Count who is at a meeting: by a sheet that two people have read, where there is one, else by who signed in."""
    sheet = meeting.sheets.filter(resolution=None, checked_at__isnull=False).first()
    if sheet is not None:
        return Present(sheet.present, sheet.present, sheet.affected)
    rows = list(meeting.attendances.filter(signed_in_at__isnull=False).values_list("capacity", "is_affected"))
    members = sum(capacity == Capacity.MEMBER for capacity, _is_affected in rows)
    return Present(members, len(rows), sum(is_affected for _capacity, is_affected in rows))


def quorum_at(meeting: Meeting, present: int) -> bool | None:
    """Tell whether enough are there by the meeting's rule; nothing where nothing is resolved."""
    if meeting.rule is None or not meeting.entitled:
        return None
    judged = judge_present(
        meeting.rule.terms,
        entitled=meeting.entitled,
        present=min(present, meeting.entitled),
        withdrawn=0,
        in_favor=0,
        against=0,
        abstained=0,
    )
    return judged.has_quorum


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a vote, and why, in words."""

    has_quorum: bool
    is_passed: bool
    reason: str


def verdict_on(meeting: Meeting, terms: Terms, figures: dict[str, int], there: Present) -> Verdict:
    """Judge a vote by a rule, and by whether the affected were heard where they must be; in the district's language."""
    with override(settings.LANGUAGE_CODE):
        judged: Judgement = judge_present(terms, **figures)
        council = council_of(meeting.body)
        if council is None or not council.hears_affected:
            return Verdict(judged.has_quorum, judged.is_passed, judged.reason)
        part = value(AFFECTED_SHARE, meeting.division, timezone.localdate(meeting.held_at))
        if is_part_reached(part, there.affected, there.people):
            return Verdict(judged.has_quorum, judged.is_passed, judged.reason)
        text = _("%(affected)s of %(people)s present are affected; at least %(part)s is needed.")
        told = text % {"affected": there.affected, "people": there.people, "part": part}
        return Verdict(has_quorum=False, is_passed=False, reason=f"{judged.reason} {told}")


def motions_of(meeting: Meeting) -> QuerySet[Resolution]:
    """Return the motions of a meeting in the order in which they were put."""
    return Resolution.objects.filter(item__meeting=meeting).select_related("item", "rule").order_by("pk")


def code_now(meeting: Meeting, now: dt.datetime) -> str:
    """Return the code by which people sign in at this moment; one query."""
    seconds = value(CODE_SECONDS, meeting.division, timezone.localdate(now))
    return sign_in_code(settings.SECRET_KEY, meeting.pk, int(now.timestamp()), seconds)


@dataclass(frozen=True, slots=True)
class Sessions:
    """How often a council has met in a year, how often it must, how many seats are filled, and who sits."""

    held: int
    least: int
    chosen: int
    average_present: int | None

    @property
    def is_behind(self) -> bool:
        """Whether it has met too rarely for the part of the year that is over."""
        return self.held < self.least


def sessions_of(council: Council, today: dt.date) -> Sessions:
    """Return the sessions of a council in this year: those chosen and those present are two figures; three queries."""
    year = Meeting.objects.filter(body=council.body, held_at__year=today.year, status__in=HELD)
    there = [count for count in year.values_list("present", flat=True) if count is not None]
    parameter = STEWARD_SESSIONS if council.form == CouncilForm.STEWARDS else COUNCIL_SESSIONS
    due = value(parameter, council.division, today) * today.timetuple().tm_yday // 366
    chosen = council.body.voting_members(today).count()
    return Sessions(len(year), due, chosen, round(sum(there) / len(there)) if there else None)


def seats_shown(body: Body, day: dt.date) -> list[BodyMembership]:
    """Return the seats of a body on a day, chair first; one query."""
    return list(body.memberships.held_on(day).select_related("body").order_by("-is_chair", "pk")[:200])


def own_attendance(meeting: Meeting, user_pk: int | None) -> Attendance | None:
    """Return somebody's own line on the list of a meeting."""
    return meeting.attendances.filter(user=user_pk).first() if user_pk else None


def photos_of(tasks: Iterable[MeetingTask]) -> dict[int, dict[str, list[Attachment]]]:
    """Return the photos of tasks by task and by what they show, in the order in which they were added; one query."""
    found: dict[int, dict[str, list[Attachment]]] = {}
    rows = TaskPhoto.objects.filter(task__in=[task.pk for task in tasks]).select_related("photo").order_by("pk")
    for row in rows:
        found.setdefault(row.task_id, {}).setdefault(row.stage, []).append(row.photo)
    return found


def people_for_case(case: MultiPartyCase | None, division: Division, day: dt.date) -> QuerySet[User]:
    """Return who can be given a task of a case: who works in the place or above it, sits in its bodies, or acts for an
    organization that is a party."""
    seats = BodyMembership.objects.held_on(day).filter(body__division=division, user__isnull=False)
    posts = Post.objects.held_on(day).filter(division__in=division.ancestor_ids)
    found = Q(pk__in=seats.values("user")) | Q(pk__in=posts.values("user"))
    if case is not None:
        joined = case.parties.filter(left_at=None, organization__isnull=False).values("organization")
        acting = OrganizationAppointment.objects.held_on(day).filter(organization__in=joined)
        found |= Q(pk__in=acting.values("user"))
    return User.objects.filter(found, is_active=True).order_by("display_name", "pk")
