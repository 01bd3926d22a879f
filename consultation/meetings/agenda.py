"""Building an agenda, and the list of those who are invited besides the members."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, Route
from consultation.meetings import refusals
from consultation.meetings.lifecycle import MeetingStatus
from consultation.meetings.models import AgendaItem, Attendance, Meeting
from consultation.meetings.parts import MANAGE, locked, said, save_attendance
from consultation.meetings.policy import (
    LONGEST_NAME,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_GUESTS,
    MOST_ITEMS,
    Capacity,
    Origin,
)
from consultation.topics.lifecycle import TopicStatus
from governance.audit import operations as audit
from governance.errors import NotAllowed

if TYPE_CHECKING:
    from consultation.topics.models import Topic
    from governance.accounts.models import User

QUARTER = dt.timedelta(days=92)
OPEN_TOPICS = (TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED)


def add_item(
    *,
    by: User,
    now: dt.datetime,
    meeting: Meeting,
    title: str = "",
    text: str = "",
    topic: Topic | None = None,
    matter: Matter | None = None,
) -> AgendaItem:
    """Put an item on the agenda: a topic, a matter by its public summary, or a free one.

    After the invitation an item is still taken, marked as not announced: where the place rules so, it is not voted on.

    Raises:
        NotAllowed: `by` does not work in the place.
        AgendaAnnounced, AgendaFull, ItemUnfit, TextMissing, PersonalNumbersFound.
    """
    with transaction.atomic():
        row = locked(by, meeting)
        if row.status not in {MeetingStatus.PLANNED, MeetingStatus.INVITED, MeetingStatus.OPEN}:
            raise refusals.AgendaAnnounced
        last = row.items.aggregate(last=Max("number"))["last"] or 0
        if row.items.count() >= MOST_ITEMS:
            raise refusals.AgendaFull(most=MOST_ITEMS)
        origin = Origin.TOPIC if topic else Origin.MATTER if matter else Origin.FREE
        _check_origin(row, topic, matter)
        item = AgendaItem(
            meeting=row,
            number=last + 1,
            title=said((title or _title_of(topic, matter))[:LONGEST_TITLE], "title", LONGEST_TITLE),
            text=said(text, "text", LONGEST_TEXT) if text.strip() else "",
            origin=origin,
            topic=topic,
            matter=matter,
            is_announced=row.status == MeetingStatus.PLANNED,
        )
        item.full_clean()
        item.save()
        after = {"item": item.title, "announced": item.is_announced}
        audit.record(by=by, verb="consultation.meeting.item_added", row=row, now=now, after=after)
    return item


def _title_of(topic: Topic | None, matter: Matter | None) -> str:
    if topic is not None:
        return topic.title
    return matter.summary if matter is not None else ""


def _check_origin(row: Meeting, topic: Topic | None, matter: Matter | None) -> None:
    """Refuse what lies elsewhere, is not open, or stands on the agenda."""
    origin: Topic | Matter | None = topic or matter
    if origin is None:
        return
    is_here = row.division.path.startswith(origin.division.path) or origin.division.path.startswith(row.division.path)
    is_open = topic.status in OPEN_TOPICS if topic is not None else bool(matter and matter.summary)
    is_there = row.items.filter(topic=topic, matter=matter).exists()
    if not (is_here and is_open) or is_there or (topic is not None and matter is not None):
        raise refusals.ItemUnfit(field="topic" if topic is not None else "matter")


def add_matters_of_the_quarter(*, by: User, now: dt.datetime, meeting: Meeting) -> list[AgendaItem]:
    """Put the pressing matters of the last quarter on the agenda: sorted as small, for deliberation, not taken up yet.

    Raises:
        NotAllowed, AgendaAnnounced, AgendaFull.
    Basis: report on Jiangbei: stewards collect pressing matters each quarter and put them to their meeting.
    """
    if not by.has_perm(MANAGE, meeting):
        raise NotAllowed
    waiting = Matter.objects.filter(
        division__path__startswith=meeting.division.path,
        status=MatterStatus.SORTED,
        route=Route.DELIBERATION,
        sorted_at__gte=now - QUARTER,
    ).exclude(agenda_items__meeting=meeting)
    rows = list(waiting.exclude(summary="").select_related("division").order_by("pk")[:MOST_ITEMS])
    with transaction.atomic():
        return [add_item(by=by, now=now, meeting=meeting, matter=matter) for matter in rows]


def remove_item(*, by: User, now: dt.datetime, item: AgendaItem) -> None:
    """Take an item off an agenda that was not announced; the others close up.

    Raises:
        NotAllowed, AgendaAnnounced.
    """
    with transaction.atomic():
        row = locked(by, item.meeting)
        if row.status != MeetingStatus.PLANNED:
            raise refusals.AgendaAnnounced
        title = item.title
        AgendaItem.objects.filter(pk=item.pk).delete()
        for number, other in enumerate(row.items.order_by("number"), start=1):
            if other.number != number:
                AgendaItem.objects.filter(pk=other.pk).update(number=number)
        audit.record(by=by, verb="consultation.meeting.item_removed", row=row, now=now, before={"item": title})


def raise_item(*, by: User, now: dt.datetime, item: AgendaItem) -> None:
    """Let an item change places with the one before it, on an agenda that was not announced.

    Raises:
        NotAllowed, AgendaAnnounced.
    """
    with transaction.atomic():
        row = locked(by, item.meeting)
        if row.status != MeetingStatus.PLANNED:
            raise refusals.AgendaAnnounced
        fresh = row.items.get(pk=item.pk)
        before = row.items.filter(number__lt=fresh.number).order_by("-number").first()
        if before is None:
            return
        first, second = before.number, fresh.number
        for key, number in ((before.pk, MOST_ITEMS + second), (fresh.pk, first), (before.pk, second)):
            AgendaItem.objects.filter(pk=key).update(number=number)
        audit.record(by=by, verb="consultation.meeting.item_raised", row=row, now=now, after={"item": fresh.title})


def invite_guest(
    *,
    by: User,
    now: dt.datetime,
    meeting: Meeting,
    name: str,
    capacity: str = Capacity.GUEST,
    user: User | None = None,
    is_affected: bool = False,
) -> Attendance:
    """Put somebody besides the members on the list of those invited: affected people, experts, departments.

    Raises:
        NotAllowed, AgendaFull (list full), SeatTaken, NotEntitled, TextMissing.
    Basis: opinion on urban and rural community consultation 2015: whoever is affected is represented.
    """
    written = said(name, "name", LONGEST_NAME)
    if capacity not in Capacity.values or capacity == Capacity.MEMBER:
        raise refusals.NotEntitled(field="capacity")
    with transaction.atomic():
        row = locked(by, meeting)
        if row.status not in {MeetingStatus.PLANNED, MeetingStatus.INVITED, MeetingStatus.OPEN}:
            raise refusals.AgendaAnnounced
        if row.attendances.count() >= MOST_GUESTS:
            raise refusals.AgendaFull(most=MOST_GUESTS)
        guest = Attendance(meeting=row, user=user, name=written, capacity=capacity, is_affected=is_affected)
        save_attendance(guest)
        audit.record(by=by, verb="consultation.meeting.guest_invited", row=row, now=now, after={"capacity": capacity})
    return guest
