"""Every constraint, unique index and trigger of ballots and meetings, each found to refuse a statement alone.

A statement is looked for that fails with the guard and succeeds once it is dropped, in a transaction that is rolled back
(`tests.prober`). What a trigger of the table refuses before a constraint sees it is tried again without the triggers.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from communities.notices import operations as notices
from communities.notices.models import Visibility
from consultation.ballots import operations
from consultation.ballots.models import Ballot
from consultation.meetings.foursteps import operations as foursteps
from consultation.meetings.tasking import operations as tasking
from tests.consultation.ballots.test_batches import opened, signed_in
from tests.consultation.ballots.test_rolls import OWNERS, proxy, unit
from tests.consultation.meetings.test_walls import lot
from tests.consultation.pictures import photo
from tests.factories.consultation_ballots import HOUR, Place, entry_of
from tests.factories.consultation_meetings import Hall
from tests.prober import Guard, Prober, guards
from tests.test_every_wall import UNPROVEN, is_found, is_named

FLOOR = r"consultation\_%"
FOUND_IN_THE_WORLD = {"meetingtask:given_while_open", "papervote_batch_of_its_ballot"}
"""The stories below have no row for these; the search over all floors (`tests/test_every_wall.py`) finds them."""
BALLOTS = (
    "ballot",
    "ballotoption",
    "rollentry",
    "vote",
    "votedraft",
    "ballotpaper",
    "ballotresult",
    "paperbatch",
    "batchsignature",
    "batchsheet",
    "papervote",
    "ownedunit",
    "proxy",
    "codeslip",
)
MEETINGS = (
    "council",
    "meetingcall",
    "meeting",
    "agendaitem",
    "attendance",
    "resolution",
    "meetingvote",
    "countsheet",
    "minutes",
    "meetingtask",
    "calendarlink",
    "fourstepcase",
    "fourstep",
    "fourstepquestion",
    "stewardselection",
    "stewardcandidate",
)


def ballots(place: Place) -> None:
    """Leave rows of every kind in every table of the ballots."""
    place.populate(8)
    place.prepare(
        method="KNAPSACK",
        options=[("甲", "", Decimal(10)), ("乙", "", Decimal(20))],
        budget=Decimal(30),
        most_choices=2,
    )
    place.freeze(place.prepare(method="APPROVAL", options=[("甲", ""), ("乙", "")], most_choices=2))
    named = place.open()
    place.cast(named, [[1], [2]])
    at = named.opens_at + HOUR
    operations.save_draft(by=place.voters[6], now=at, ballot=named, choices=[1])
    batch = opened(place, named, 1)
    for number, into in ((2, batch), (3, None), (4, None)):
        given: dict[str, Any] = {"ballot": named, "entry": entry_of(named, place.voters[number])}
        paper = operations.enter_paper_vote(
            by=place.staff, now=at, serial_number=f"A-{number}", choices=[1], batch=into, **given
        )
        if number < 4:
            operations.check_paper_vote(by=place.colleague, now=at, paper=paper, choices=[1])
    operations.accept_batch(by=place.colleague, now=at, batch=batch)
    opened(place, named, 2)
    operations.print_slip(by=place.staff, now=at, entry=entry_of(named, place.voters[5]))
    secret = place.open(is_secret=True)
    pile = signed_in(place, secret, 2)
    operations.enter_sheets(by=place.staff, now=at, batch=pile, sheets=[[1], [2]])
    counted: Ballot = place.open(is_secret=True)
    place.cast(counted, [[1]] * 5)
    owned(place)
    operations.close_due_ballots(by=place.system, now=counted.closes_at)
    operations.count_ballot(by=place.staff, now=counted.closes_at + HOUR, ballot=counted)
    place.open(is_secret=True)


def owned(place: Place) -> None:
    """Owners with a proxy, and a unit that was sold."""
    for owner in range(3):
        unit(place, f"1-10{owner}", owner, "50")
    sold = unit(place, "1-104", 4, "60")
    operations.end_unit(by=place.staff, now=place.now, unit=sold, on=sold.valid_from)
    ballot = place.freeze(place.prepare(**OWNERS))
    paper = notices.store_attachment(
        by=place.staff,
        now=place.now,
        division=place.division,
        name="proxy.jpg",
        content=photo(),
        visibility=Visibility.SEALED,
    )
    for principal in place.voters[:2]:
        proxy(place, ballot, principal, place.voters[2], paper=paper)


def meetings(now: dt.datetime) -> None:
    """Leave rows in the tables of the meetings."""
    hall = Hall(Place(now))
    meeting = hall.opened()
    hall.resolve(meeting, ["FOR"] * 6)
    hall.ended(meeting)
    tasking.give_task(
        by=hall.place.staff,
        now=meeting.held_at,
        meeting=meeting,
        text="装灯",
        owner=hall.chair,
        due_on=meeting.held_at.date(),
    )
    hall.published(meeting)
    hall.plan()
    place = hall.place
    case = foursteps.open_case(by=place.staff, now=now, division=place.division, title="修路", text="修村道。")
    foursteps.close_step(by=place.staff, now=now, case=case, outcome="AGREED", note="同意")
    lot(Hall(Place(now), form="STEWARDS"))


def not_found(tables: tuple[str, ...], fill: Callable[[], None]) -> list[Guard]:
    """Search for every guard of these tables, in a transaction that is rolled back; return the rest."""
    wanted = {f"consultation_{name}" for name in tables}
    every = [guard for guard in guards(FLOOR) if guard.table in wanted]
    unique: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for guard in every:
        if guard.kind in {"u", "i"}:
            unique[guard.table].append(guard.columns)
    with transaction.atomic():
        fill()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            probers = {table: Prober(cursor, table, unique[table]) for table in sorted(wanted)}
            left = [guard for guard in every if not is_found(guard, probers[guard.table])]
        transaction.set_rollback(True)
    return left


@pytest.mark.nightly
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("room", ["ballots", "meetings"])
def test_every_guard_alone_refuses_a_statement(
    room: str, now: dt.datetime, owner: Callable[[], Any], tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    stories: dict[str, tuple[tuple[str, ...], Callable[[], None]]] = {
        "ballots": (BALLOTS, lambda: ballots(Place(now))),
        "meetings": (MEETINGS, lambda: meetings(now)),
    }

    with owner():
        left = not_found(*stories[room])

    known = FOUND_IN_THE_WORLD | set(UNPROVEN.read_text().split())
    assert sorted(guard.label for guard in left if not is_named(guard) and guard.label not in known) == []
