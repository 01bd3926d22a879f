"""Walls of the meetings that the search finds no statement for: each alone refuses one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from communities.notices import operations as notices
from consultation.meetings import agenda, operations, voting
from consultation.meetings.calendars import make_link
from consultation.meetings.foursteps import operations as foursteps
from consultation.meetings.foursteps.models import FourStepCase
from consultation.meetings.models import MeetingCall
from consultation.meetings.stewards import operations as stewards
from consultation.meetings.tasking import operations as tasking
from tests.consultation.meetings.test_foursteps import opened, step
from tests.consultation.meetings.test_walls import ended
from tests.factories.consultation_ballots import DAY, Place, TopicForBallotFactory
from tests.factories.consultation_matters import SMALL, MatterFactory
from tests.factories.consultation_meetings import Hall
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db(transaction=True)

MEETING = "UPDATE consultation_meeting SET"
RESOLUTION = "UPDATE consultation_resolution SET"
SHEET = "UPDATE consultation_countsheet SET"

Owner = Callable[[], Any]


@pytest.fixture
def hall(now: dt.datetime) -> Hall:
    """A council of nine."""
    return Hall(Place(now))


def test_before_the_meeting(hall: Hall, owner: Owner) -> None:
    topic = TopicForBallotFactory(division=hall.division, deliberated=hall.place.now)
    planned = hall.plan()
    item = hall.add(planned, topic)
    matter = MatterFactory(division=hall.division, sorted=SMALL)
    raised = agenda.add_item(by=hall.place.staff, now=hall.place.now, meeting=planned, matter=matter)
    today = timezone.localdate(hall.place.now)
    call = operations.record_call(
        by=hall.place.staff, now=hall.place.now, body=hall.body, about="停车", entitled=9, asked=2, asked_on=today
    )
    called = hall.plan(call=call)
    with owner():
        alone("agendaitem_topic_once", copied(item, number=90))
        alone("agendaitem_matter_once", copied(raised, number=90))
        alone("consultation_meeting_call_id_key", copied(called, number="'X-1'"))
        alone("meetingcall_asked_by_enough", f"UPDATE {MeetingCall._meta.db_table} SET asked = 1")
    hall.invite(planned)
    with owner():
        alone("agendaitem:announced_stays", "UPDATE consultation_agendaitem SET title = 'x'")
        alone(
            "attendance:signed_in_while_open",
            "UPDATE consultation_attendance SET signed_in_at = now(), signed_by = 'LIST'",
        )
        alone(
            "meeting:opened_after_its_notice",
            f"{MEETING} status = 'OPEN', opened_at = held_at - interval '1 day' WHERE id = %s",
            planned.pk,
        )


def test_in_the_meeting(hall: Hall, owner: Owner) -> None:
    meeting = hall.opened()
    motion = hall.put(meeting)
    absent = meeting.attendances.get(name="议事员8")
    sudden = hall.add(meeting, title="临时")
    with owner():
        alone(
            "meetingvote:by_who_is_there",
            "INSERT INTO consultation_meetingvote (resolution_id, attendance_id, side, reason, recorded_at, "
            "recorded_by_id) VALUES (%s, %s, 'FOR', '', now(), %s)",
            motion.pk,
            absent.pk,
            hall.place.staff.pk,
        )
        alone("resolution:put_on_an_announced_item", f"{RESOLUTION} item_id = %s WHERE id = %s", sudden.pk, motion.pk)


def test_what_is_judged(hall: Hall, owner: Owner) -> None:
    meeting = hall.opened()
    motion = hall.put(meeting)
    hall.arrive(meeting, 6)
    claimed = (
        f"{RESOLUTION} entitled = 9, present = 6, in_favor = 6, against = 0, abstained = 0, withdrawn = 0, "
        "has_quorum = %s, is_passed = %s, judged_at = put_at WHERE id = %s"
    )
    with owner():
        alone("resolution:counted_as_recorded", claimed, True, True, motion.pk)
        alone(
            "resolution_passes_with_a_quorum",
            claimed,
            False,
            True,
            motion.pk,
            beside=("resolution:counted_as_recorded",),
        )
        alone(
            "resolution_published_was_judged",
            f"{RESOLUTION} published_at = now() WHERE id = %s",
            motion.pk,
            beside=("resolution:published_with_a_quorum",),
        )


def test_what_was_judged(hall: Hall, owner: Owner) -> None:
    meeting = ended(hall)
    task = tasking.give_task(
        by=hall.place.staff,
        now=meeting.held_at,
        meeting=meeting,
        text="x",
        owner=hall.chair,
        due_on=timezone.localdate(meeting.held_at),
    )
    with owner():
        alone(
            "meetingtask:lifecycle", "UPDATE consultation_meetingtask SET status = 'CONFIRMED' WHERE id = %s", task.pk
        )
        alone("resolution:judged_stays", f"{RESOLUTION} reason = 'x'")
        alone("resolution:published_with_a_quorum", f"{RESOLUTION} published_at = judged_at")
    hall.published(meeting)
    with owner():
        alone("meeting:approved_stays", f"{MEETING} present = 9")


def test_paper_sheets(now: dt.datetime, owner: Owner) -> None:
    place = Place(now)
    place.populate(4)
    hall = Hall(place, size=0, form="COURTYARD")
    meeting = hall.opened()
    hall.count(meeting, voting.Figures(present=3))
    [presence] = meeting.sheets.filter(resolution=None)
    with owner():
        alone("countsheet_read_by_two", f"{SHEET} checked_by_id = entered_by_id WHERE id = %s", presence.pk)
        alone("countsheet_adds_up", f"{SHEET} in_favor = 4 WHERE id = %s", presence.pk)
        alone("countsheet_one_for_attendance", copied(presence))
    motion = hall.put(meeting, method="COUNTED")
    hall.count(meeting, voting.Figures(present=3, in_favor=3), motion)
    voting.judge_motion(by=place.staff, now=meeting.held_at, resolution=motion)
    counted = meeting.sheets.get(resolution=motion)
    with owner():
        alone("consultation_countsheet_resolution_id_key", copied(counted))
    hall.signed(hall.ended(meeting))
    with owner():
        alone("countsheet:stays_with_the_minutes", f"{SHEET} affected = 1 WHERE id = %s", presence.pk)


def test_calendars_are_one_a_person(hall: Hall, owner: Owner) -> None:
    make_link(by=hall.members[0], now=hall.place.now)
    make_link(by=hall.members[1], now=hall.place.now)
    with owner():
        alone(
            "consultation_calendarlink_digest_key",
            "UPDATE consultation_calendarlink SET digest = (SELECT min(digest) FROM consultation_calendarlink)",
        )
        alone(
            "consultation_calendarlink_user_id_key",
            "UPDATE consultation_calendarlink SET user_id = (SELECT min(user_id) FROM consultation_calendarlink)",
        )


def test_four_steps(hall: Hall, owner: Owner) -> None:
    place = hall.place
    case = opened(place)
    [first] = case.steps.all()
    set_ = "UPDATE consultation_fourstepcase SET status = %s WHERE id = %s"
    question = foursteps.ask_question(by=hall.members[0], now=place.now, case=case, text="多少钱？")
    with owner():
        alone("fourstep_one_at_a_time", copied(first, number=2), beside=("fourstep:begins_after_the_former",))
        alone("fourstepcase:completed_after_its_steps", set_, "COMPLETED", case.pk)
        alone(
            "fourstepquestion_answered_with_words",
            "UPDATE consultation_fourstepquestion SET answered_at = asked_at WHERE id = %s",
            question.pk,
        )
    step(place, case, place.now, begin=False)
    for _number in (2, 3, 4):
        step(place, case, place.now)
    disclosed = foursteps.begin_step(by=place.staff, now=place.now, case=case)
    with owner():
        alone(
            "fourstep:disclosed_for_its_days",
            "UPDATE consultation_fourstep SET outcome = 'AGREED', closed_on = started_on WHERE id = %s",
            disclosed.pk,
        )
    again = close_disclosure(place, case, place.now)
    last = foursteps.begin_step(by=place.staff, now=again, case=case)
    with owner():
        alone(
            "consultation_fourstep_notice_id_key",
            "UPDATE consultation_fourstep SET notice_id = %s WHERE id = %s",
            disclosed.notice_id,
            last.pk,
        )
    close_disclosure(place, case, again)
    with owner():
        alone("fourstepcase:lifecycle", set_, "RUNNING", case.pk)


def close_disclosure(place: Place, case: FourStepCase, begun: dt.datetime) -> dt.datetime:
    """Let the notice of a disclosure run its days, close the step and return the day."""
    moment = begun + 8 * DAY
    notices.close_due_notices(by=place.system, now=moment, today=moment.date())
    step(place, case, moment, begin=False)
    return moment


def test_the_lot_of_stewards(now: dt.datetime, owner: Owner) -> None:
    hall = Hall(Place(now), form="STEWARDS")
    given: dict[str, Any] = {"by": hall.place.staff, "now": now}
    open_ = stewards.begin_selection(
        **given, body=hall.body, way="LOT", base_count=100, seats=2, seats_reason="首届试点"
    )
    person = stewards.put_forward(**given, selection=open_, name="候选", user=hall.members[0])
    with owner():
        alone("stewardcandidate_once", copied(person, number=9))
    for number in range(4):
        stewards.put_forward(**given, selection=open_, name=f"候选{number}")
    row = stewards.fix_list(**given, selection=open_)
    with owner():
        alone(
            "stewardselection_lot",
            "UPDATE consultation_stewardselection SET status = 'CHOSEN', seed = %s, word = 'x' WHERE id = %s",
            row.secret,
            row.pk,
        )
