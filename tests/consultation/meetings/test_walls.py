"""What no statement can do to a meeting: each wall refuses by itself, and lets the rest pass when it is dropped."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction

from consultation.meetings import agenda, minuting, operations, voting
from consultation.meetings.foursteps import operations as foursteps
from consultation.meetings.foursteps.models import FourStep
from consultation.meetings.stewards import operations as stewards
from consultation.meetings.tasking import operations as tasking
from tests.factories.consultation_ballots import DAY, Place
from tests.factories.consultation_meetings import Hall
from tests.walls import alone, label_of, violated

MEETING = "UPDATE consultation_meeting SET"
VERSION = (
    "INSERT INTO consultation_minutes (meeting_id, version, text, written_at, written_by_id) "
    "SELECT id, 9, 'x', now(), planned_by_id FROM consultation_meeting"
)


def stays(table: str) -> str:
    """Return what a trigger says that protects rows of a table."""
    return f"pgtrigger: Cannot update rows from consultation_{table} table"


def ended(hall: Hall, count: int = 6) -> Any:
    """Return an ended meeting with a motion that passed."""
    meeting = hall.opened()
    hall.resolve(meeting, ["FOR"] * count)
    return hall.ended(meeting)


def test_a_resolution_without_a_quorum_is_never_published(hall: Hall) -> None:
    meeting = ended(hall, 5)
    hall.published(meeting)
    publish = "UPDATE consultation_resolution SET published_at = now()"

    assert violated(publish) == "resolution_published_with_a_quorum"


def test_a_quorum_that_is_only_claimed_is_counted_again(hall: Hall) -> None:
    meeting = hall.opened()
    motion = hall.put(meeting)
    rows = hall.arrive(meeting, 5)
    voting.record_votes(
        by=hall.place.staff, now=hall.held_at, resolution=motion, votes={row.pk: ("FOR", "") for row in rows}
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE consultation_resolution SET entitled = 9, present = 5, in_favor = 5, against = 0, abstained = 0, "
            "withdrawn = 0, has_quorum = true, is_passed = true, judged_at = put_at"
        )
    hall.ended(meeting)
    hall.signed(meeting)
    with connection.cursor() as cursor:
        cursor.execute(f"{MEETING} status = 'PUBLISHED', published_at = now()")

    assert violated("UPDATE consultation_resolution SET published_at = now()") == "resolution_published_with_a_quorum"


def test_figures_are_those_that_were_recorded(hall: Hall) -> None:
    meeting = hall.opened()
    motion = hall.put(meeting)
    hall.arrive(meeting, 6)
    claimed = (
        "UPDATE consultation_resolution SET entitled = 9, present = 6, in_favor = 6, against = 0, abstained = 0, "
        "withdrawn = 0, has_quorum = true, judged_at = put_at WHERE id = %s"
    )

    assert violated(claimed, motion.pk) == "resolution_counted_as_recorded"


def test_a_judged_resolution_stays(hall: Hall) -> None:
    ended(hall)

    assert violated("UPDATE consultation_resolution SET is_passed = false") == stays("resolution")


@pytest.mark.parametrize(
    ("statement", "wall"),
    [
        ("UPDATE consultation_agendaitem SET discussion = 'x'", "agendaitem_stays_with_the_minutes"),
        ("UPDATE consultation_attendance SET is_affected = true", "attendance_stays_with_the_minutes"),
        ("DELETE FROM consultation_meetingvote", "meetingvote_stays_with_the_minutes"),
        ("UPDATE consultation_resolution SET judged_by_id = NULL", "resolution_stays_with_the_minutes"),
        (VERSION, "minutes_stays_with_the_minutes"),
        (f"{MEETING} present = 9", "Cannot update rows from consultation_meeting"),
    ],
)
def test_nothing_recorded_changes_once_the_minutes_are_approved(hall: Hall, statement: str, wall: str) -> None:
    hall.signed(ended(hall))

    assert wall in violated(statement)


def test_the_hash_that_is_signed_is_that_of_the_minutes(hall: Hall) -> None:
    meeting = ended(hall)
    minuting.draft_minutes(by=hall.place.staff, now=meeting.held_at + DAY, meeting=meeting)

    assert violated(f"{MEETING} minutes_sha256 = repeat('0', 64)") == "meeting_hash_is_of_its_minutes"


def test_recorder_and_chair_are_two(hall: Hall) -> None:
    hall.signed(ended(hall))

    assert violated(f"{MEETING} signed_by_id = countersigned_by_id") == "meeting_signed_by_two"


def test_an_announced_meeting_and_its_agenda_stay(hall: Hall) -> None:
    meeting = hall.plan()
    hall.add(meeting)
    hall.invite(meeting)

    assert violated(f"{MEETING} held_at = held_at + interval '1 day'") == stays("meeting")
    assert violated("DELETE FROM consultation_agendaitem") == "agendaitem_announced_stays"
    assert violated("UPDATE consultation_agendaitem SET title = 'x'") == "agendaitem_announced_stays"


def test_a_meeting_is_opened_on_its_day_after_its_notice(hall: Hall) -> None:
    meeting = hall.plan()
    hall.add(meeting)
    hall.invite(meeting)
    opened = f"{MEETING} status = 'OPEN', opened_at = held_at"

    assert violated(f"{opened} - interval '1 day'") == "meeting_opened_after_its_notice"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE communities_publicnotice SET ends_on = ends_on + 9")
        refused = violated(opened)
        transaction.set_rollback(True)
    assert refused == "meeting_opened_after_its_notice"


def test_nobody_signs_in_before_or_after(hall: Hall) -> None:
    meeting = hall.plan()
    hall.add(meeting)
    hall.invite(meeting)
    sign = "UPDATE consultation_attendance SET signed_in_at = now(), signed_by = 'LIST'"

    assert violated(sign) == "attendance_signed_in_while_open"


def test_only_who_is_there_votes_on_an_announced_item(hall: Hall) -> None:
    meeting = hall.opened()
    motion = hall.put(meeting)
    absent = meeting.attendances.get(name="议事员8")
    vote = (
        "INSERT INTO consultation_meetingvote (resolution_id, attendance_id, side, reason, recorded_at, recorded_by_id) "
        "VALUES (%s, %s, 'FOR', '', now(), %s)"
    )
    sudden = hall.add(meeting, title="临时")
    move = "UPDATE consultation_resolution SET item_id = %s WHERE id = %s"

    assert violated(vote, motion.pk, absent.pk, hall.place.staff.pk) == "meetingvote_by_who_is_there"
    assert violated(move, sudden.pk, motion.pk) == "resolution_put_on_an_announced_item"


def test_a_sheet_is_read_by_two_and_adds_up(place: Place) -> None:
    place.populate(4)
    hall = Hall(place, size=0, form="COURTYARD")
    meeting = hall.opened()
    hall.count(meeting, voting.Figures(present=3))
    sheet = "UPDATE consultation_countsheet SET"

    assert violated(f"{sheet} checked_by_id = entered_by_id") == "countsheet_read_by_two"
    assert violated(f"{sheet} in_favor = 4") == "countsheet_adds_up"


def test_a_call_is_by_enough(hall: Hall) -> None:
    today = hall.place.now.date()
    operations.record_call(
        by=hall.place.staff, now=hall.place.now, body=hall.body, about="x", entitled=9, asked=2, asked_on=today
    )

    assert violated("UPDATE consultation_meetingcall SET asked = 1") == "meetingcall_asked_by_enough"


def test_a_task_stays_as_it_was_given(hall: Hall) -> None:
    meeting = hall.opened()
    tasking.give_task(
        by=hall.place.staff,
        now=meeting.held_at,
        meeting=meeting,
        text="x",
        owner=hall.chair,
        due_on=meeting.held_at.date(),
    )

    assert violated("UPDATE consultation_meetingtask SET due_on = due_on + 1") == stays("meetingtask")


def lot(hall: Hall, count: int = 5) -> Any:
    """Return a fixed list of candidates for two seats."""
    by, now = hall.place.staff, hall.place.now
    row = stewards.begin_selection(
        by=by, now=now, body=hall.body, way="LOT", base_count=100, seats=2, seats_reason="首届试点"
    )
    for number in range(count):
        stewards.put_forward(by=by, now=now, selection=row, name=f"候选{number}")
    return stewards.fix_list(by=by, now=now, selection=row)


def test_the_seed_the_list_and_the_lot_are_what_was_hashed(place: Place) -> None:
    hall = Hall(place, form="STEWARDS")
    row = lot(hall)
    selection = "UPDATE consultation_stewardselection SET"

    assert violated(f"{selection} seed = 'x'") == "stewardselection_seed_is_the_committed"
    assert violated(f"{selection} list_text = 'x'") == stays("stewardselection")
    assert violated("UPDATE consultation_stewardcandidate SET name = 'x'") == "stewardcandidate_listed_stays"
    assert violated("DELETE FROM consultation_stewardcandidate") == "stewardcandidate_listed_stays"
    done = stewards.draw_lot(by=hall.place.colleague, now=hall.place.now, selection=row, word="7 3 9")
    assert violated("UPDATE consultation_stewardcandidate SET is_chosen = false") == "stewardcandidate_listed_stays"
    assert violated(f"{selection} word = 'other'") == stays("stewardselection")
    assert done.status == "CHOSEN"


def test_the_lot_falls_where_it_must(place: Place) -> None:
    hall = Hall(place, form="STEWARDS")
    row = lot(hall)
    choose = "UPDATE consultation_stewardselection SET status = 'CHOSEN', seed = %s, word = 'x'"

    assert violated(choose, row.secret) == "stewardselection_fills_its_seats"
    refused = set()
    for numbers in ("(1, 2)", "(3, 4)"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE consultation_stewardcandidate SET is_chosen = true WHERE number IN {numbers}")
            try:
                refused.add(violated(choose, row.secret))
            except AssertionError:
                refused.add("drawn")
            transaction.set_rollback(True)
    assert "stewardselection_as_the_lot_fell" in refused


def test_no_step_begins_before_the_former_is_closed(place: Place) -> None:
    case = foursteps.open_case(by=place.staff, now=place.now, division=place.division, title="修路", text="修村道。")
    insert = (
        "INSERT INTO consultation_fourstep (case_id, round, number, started_on, outcome, note, recorded_by_id) "
        "VALUES (%s, %s, %s, %s, '', '', %s)"
    )
    day = place.now.date()

    assert violated(insert, case.pk, 1, 2, day, place.staff.pk) == "fourstep_begins_after_the_former"
    assert violated(insert, case.pk, 2, 1, day, place.staff.pk) == "fourstep_begins_after_the_former"
    foursteps.close_step(by=place.staff, now=place.now, case=case, outcome="AGREED", note="同意")
    assert violated(insert, case.pk, 1, 3, day, place.staff.pk) == "fourstep_begins_after_the_former"
    assert violated(insert, case.pk, 1, 2, day - dt.timedelta(days=1), place.staff.pk) == (
        "fourstep_begins_after_the_former"
    )
    assert violated("UPDATE consultation_fourstep SET outcome = 'REFUSED'") == stays("fourstep")
    assert violated("UPDATE consultation_fourstepcase SET status = 'COMPLETED'") == (
        "fourstepcase_completed_after_its_steps"
    )
    assert FourStep.objects.count() == 1


def test_matters_of_others_do_not_reach_the_agenda(hall: Hall) -> None:
    assert agenda.add_matters_of_the_quarter(by=hall.place.staff, now=hall.place.now, meeting=hall.plan()) == []


ALONE = (
    ("meeting", "invited_stays", "UPDATE consultation_meeting SET title = 'x'"),
    ("meeting", "approved_stays", "UPDATE consultation_meeting SET present = 9"),
    ("meeting", "meeting_hash_of_minutes", "UPDATE consultation_meeting SET minutes_sha256 = repeat('0', 64)"),
    ("resolution", "judged_stays", "UPDATE consultation_resolution SET reason = 'x', published_at = NULL"),
    ("agendaitem", "announced_stays", "UPDATE consultation_agendaitem SET title = 'x'"),
    ("agendaitem", "stays_with_the_minutes", "UPDATE consultation_agendaitem SET discussion = 'x'"),
    ("attendance", "stays_with_the_minutes", "UPDATE consultation_attendance SET is_affected = true"),
    ("meetingvote", "stays_with_the_minutes", "DELETE FROM consultation_meetingvote"),
    ("meetingtask", "given_stays", "UPDATE consultation_meetingtask SET due_on = due_on + 1"),
)
"""Walls that alone refuse a statement, others of the same table taken down first where they say it again."""
BESIDE = {
    "judged_stays": ("stays_with_the_minutes", "published_with_a_quorum"),
    "announced_stays": ("stays_with_the_minutes",),
}


@pytest.mark.django_db(transaction=True)
def test_each_wall_refuses_alone(now: dt.datetime, owner: Any) -> None:
    hall = Hall(Place(now))
    meeting = ended(hall)
    due_on = meeting.held_at.date()
    tasking.give_task(
        by=hall.place.staff, now=meeting.held_at, meeting=meeting, text="x", owner=hall.chair, due_on=due_on
    )
    hall.published(meeting)

    with owner():
        for table, name, statement in ALONE:
            others = [label_of(f"consultation_{table}", other) for other in BESIDE.get(name, ())]
            alone(label_of(f"consultation_{table}", name), statement, beside=others)
