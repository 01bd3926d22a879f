"""A meeting from the plan to published minutes, and what is refused on the way."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings

from communities.people.policy import PersonalNumbersFound
from communities.policy.queries import RuleNotConfirmed
from consultation.meetings import agenda, attending, minuting, operations, queries, refusals, voting
from consultation.meetings.models import Meeting
from consultation.meetings.policy import sign_in_code
from consultation.meetings.record import MeetingTask, Minutes, Resolution
from consultation.meetings.tasking import operations as tasking
from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, SamePerson
from governance.outbox.models import OutboxEvent
from tests.consultation.pictures import photo
from tests.factories.accounts import UserFactory
from tests.factories.consultation_ballots import DAY, HOUR, Place, TopicForBallotFactory, seeded_rule
from tests.factories.consultation_matters import SMALL, MatterFactory
from tests.factories.consultation_meetings import Hall


def refused(refusal: type[DomainError], call: Any, **arguments: Any) -> None:
    """Expect a refusal that leaves nothing behind."""
    rows = (Meeting, Resolution, Minutes, AuditEntry, OutboxEvent)
    before = [model.objects.count() for model in rows]
    with pytest.raises(refusal):
        call(**arguments)
    assert [model.objects.count() for model in rows] == before


def test_a_meeting_is_planned_announced_held_minuted_signed_and_published(hall: Hall) -> None:
    meeting = hall.opened()
    motion = hall.resolve(meeting, ["FOR"] * 5 + ["AGAINST"])
    hall.ended(meeting)
    done = hall.published(meeting)
    motion.refresh_from_db()

    assert done.status == "PUBLISHED"
    assert (done.entitled, done.present, done.has_quorum) == (9, 6, True)
    assert (motion.is_passed, motion.in_favor, motion.against) == (True, 5, 1)
    assert motion.published_at == meeting.held_at + DAY
    assert done.notice is not None
    assert "楼道照明" in done.notice.body


def test_people_are_told_in_time(hall: Hall) -> None:
    meeting = hall.plan(held_at=hall.place.now + 3 * DAY)
    hall.add(meeting)

    refused(refusals.NoticeTooLate, hall.invite, meeting=meeting)

    later = hall.plan(held_at=hall.place.now + 4 * DAY)
    hall.add(later)
    assert hall.invite(later).status == "INVITED"


def test_villagers_are_told_ten_days_before(place: Place) -> None:
    hall = Hall(place, size=0, form="ASSEMBLY", rule_key="village_meeting")
    place.populate(4)
    early = hall.plan(held_at=place.now + 10 * DAY)
    hall.add(early)
    refused(refusals.NoticeTooLate, hall.invite, meeting=early)
    kept = hall.plan(held_at=place.now + 11 * DAY)
    hall.add(kept)

    assert hall.invite(kept).entitled == 4


def test_a_provisional_rule_binds_nobody(place: Place) -> None:
    seeded_rule("urban_2026")
    hall = Hall(place, size=0, form="ASSEMBLY", rule_key="urban_2026")
    meeting = hall.plan()
    hall.add(meeting)

    refused(RuleNotConfirmed, hall.invite, meeting=meeting)


def test_planning_refuses_what_makes_no_meeting(hall: Hall) -> None:
    begins = hall.held_at
    refused(refusals.TimesUnfit, hall.plan, held_at=hall.place.now - HOUR)
    refused(refusals.TimesUnfit, hall.plan, ends_at=begins)
    refused(refusals.ChairRecords, hall.plan, recorder=hall.chair)
    refused(refusals.TextMissing, hall.plan, title=" ")
    refused(PersonalNumbersFound, hall.plan, title="电话13900000000")
    with pytest.raises(NotAllowed):
        operations.plan_meeting(
            by=UserFactory(),
            now=hall.place.now,
            body=hall.body,
            title="x",
            held_at=begins,
            ends_at=begins + HOUR,
            place="y",
            chair=hall.chair,
            recorder=hall.place.staff,
        )


def test_the_agenda_is_built_reordered_and_then_stays(hall: Hall) -> None:
    meeting = hall.plan()
    refused(refusals.AgendaEmpty, hall.invite, meeting=meeting)
    hall.add(meeting, title="一")
    second = hall.add(meeting, title="二")
    third = hall.add(meeting, title="三")
    by, now = hall.place.staff, hall.place.now
    agenda.raise_item(by=by, now=now, item=second)
    agenda.remove_item(by=by, now=now, item=third)
    assert [item.title for item in meeting.items.all()] == ["二", "一"]

    hall.invite(meeting)
    refused(refusals.AgendaAnnounced, agenda.remove_item, by=by, now=now, item=second)
    refused(refusals.AgendaAnnounced, agenda.raise_item, by=by, now=now, item=second)
    assert not hall.add(meeting, title="临时").is_announced


def test_items_come_from_topics_and_matters_of_the_place(hall: Hall) -> None:
    topic = TopicForBallotFactory(division=hall.division, deliberated=hall.place.now)
    elsewhere = TopicForBallotFactory(deliberated=hall.place.now)
    asleep = TopicForBallotFactory(division=hall.division)
    meeting = hall.plan()
    item = hall.add(meeting, topic)

    assert (item.origin, item.title) == ("TOPIC", topic.title)
    for other in (topic, elsewhere, asleep):
        refused(refusals.ItemUnfit, hall.add, meeting=meeting, topic=other)


def test_matters_of_the_quarter_come_by_their_summaries(hall: Hall) -> None:
    MatterFactory(division=hall.division, sorted=SMALL)
    MatterFactory(division=hall.division)
    meeting = hall.plan()
    found = agenda.add_matters_of_the_quarter(by=hall.place.staff, now=hall.place.now, meeting=meeting)

    assert [(item.origin, item.title) for item in found] == [("MATTER", SMALL[2])]
    assert agenda.add_matters_of_the_quarter(by=hall.place.staff, now=hall.place.now, meeting=meeting) == []


def test_a_meeting_is_opened_on_its_day_only(hall: Hall) -> None:
    meeting = hall.plan()
    hall.add(meeting)
    hall.invite(meeting)

    for moment in (meeting.held_at - DAY, meeting.held_at + DAY):
        refused(refusals.NotTheDay, operations.begin, by=hall.place.staff, now=moment, meeting=meeting)


def test_one_signs_in_by_the_code_that_is_shown_now(hall: Hall) -> None:
    meeting = hall.opened()
    now, member = meeting.held_at, hall.members[3]
    code = queries.code_now(meeting, now)
    late = now + dt.timedelta(minutes=5)

    refused(refusals.CodeWrong, attending.sign_in, by=member, now=now, meeting=meeting, code="AAAAAAAA")
    refused(refusals.CodeWrong, attending.sign_in, by=member, now=late, meeting=meeting, code=code)
    signed = attending.sign_in(by=member, now=now, meeting=meeting, code=code.lower())

    assert (signed.capacity, signed.signed_by) == ("MEMBER", "CODE")
    refused(refusals.SignedInAlready, attending.sign_in, by=member, now=now, meeting=meeting, code=code)
    guest = attending.sign_in(by=UserFactory(resident=True), now=now, meeting=meeting, code=code)
    assert guest.capacity == "GUEST"


def test_a_code_is_of_one_meeting_and_one_window() -> None:
    key = settings.SECRET_KEY
    assert sign_in_code(key, 1, 1000, 120) == sign_in_code(key, 1, 1070, 120)
    assert sign_in_code(key, 1, 1000, 120) != sign_in_code(key, 2, 1000, 120)
    assert sign_in_code(key, 1, 1000, 120) != sign_in_code(key, 1, 1200, 120)


def test_minors_and_strangers_come_as_guests_where_there_are_no_seats(place: Place) -> None:
    seeded_rule("council_default")
    hall = Hall(place, size=0, form="COURTYARD")
    place.populate(3)
    place.resident("小明", birth_on=dt.date(2012, 1, 1))
    meeting = hall.opened()
    code = queries.code_now(meeting, meeting.held_at)
    adult, child = place.voters[0], place.voters[3]

    def capacity(user: Any) -> str:
        return attending.sign_in(by=user, now=meeting.held_at, meeting=meeting, code=code).capacity

    assert meeting.entitled == 3
    assert (capacity(adult), capacity(child), capacity(UserFactory(resident=True))) == ("MEMBER", "GUEST", "GUEST")


def test_who_is_on_no_list_is_signed_in_by_staff_and_never_as_a_member_of_a_council(hall: Hall) -> None:
    meeting = hall.opened()
    arguments: dict[str, Any] = {"by": hall.place.staff, "now": meeting.held_at, "meeting": meeting, "name": "张大爷"}

    refused(refusals.NotEntitled, attending.add_arrival, **arguments, is_entitled=True)
    assert attending.add_arrival(**arguments, is_affected=True).capacity == "AFFECTED"


def test_nothing_unannounced_is_voted_on(hall: Hall) -> None:
    meeting = hall.opened()
    sudden = hall.add(meeting, title="临时动议")

    refused(refusals.NotAnnounced, hall.put, meeting=meeting, item=sudden)


def test_a_costly_motion_is_judged_by_the_rule_for_costly_ones(hall: Hall) -> None:
    seeded_rule("council_costly")
    meeting = hall.opened()
    rows = hall.arrive(meeting, 7)
    limit = hall.put(meeting, cost_estimate="5000.00")
    costly = hall.put(meeting, cost_estimate="5000.01")

    assert (limit.rule.key, costly.rule.key) == ("council_default", "council_costly")
    assert hall.vote(limit, rows, ["FOR"] * 4 + ["AGAINST"] * 3).is_passed
    assert not hall.vote(costly, rows, ["FOR"] * 4 + ["AGAINST"] * 3).is_passed


def test_votes_are_of_those_who_are_there(hall: Hall) -> None:
    meeting = hall.opened()
    rows = hall.arrive(meeting, 6)
    absent = meeting.attendances.get(signed_in_at=None, name="议事员8")
    motion = hall.put(meeting)

    def record(votes: dict[int, tuple[str, str]]) -> Any:
        return voting.record_votes(by=hall.place.staff, now=meeting.held_at, resolution=motion, votes=votes)

    refused(refusals.NotThere, record, votes={absent.pk: ("FOR", "")})
    refused(refusals.SideUnknown, record, votes={rows[0].pk: ("MAYBE", "")})
    refused(refusals.WithdrawalWithoutReason, record, votes={rows[0].pk: ("RECUSED", " ")})
    record({rows[0].pk: ("AGAINST", "")})
    hall.vote(motion, rows, ["FOR"] * 6)
    refused(refusals.MotionJudged, record, votes={})


def test_who_withdraws_counts_for_the_quorum_and_not_among_the_votes(hall: Hall) -> None:
    meeting = hall.opened()
    motion = hall.resolve(meeting, ["FOR", "FOR", "AGAINST", "RECUSED", "RECUSED", "RECUSED"])

    assert (motion.present, motion.withdrawn, motion.has_quorum, motion.is_passed) == (6, 3, True, True)


def test_who_is_there_without_a_vote_is_still_present(hall: Hall) -> None:
    meeting = hall.opened()
    rows = hall.arrive(meeting, 6)

    assert not hall.vote(hall.put(meeting), rows, ["FOR"] * 3).is_passed


def test_the_affected_must_be_heard_where_the_council_says_so(place: Place) -> None:
    hall = Hall(place, hears_affected=True)
    meeting = hall.opened()
    rows = hall.arrive(meeting, 6)
    motion = hall.vote(hall.put(meeting), rows, ["FOR"] * 6)
    assert (motion.has_quorum, motion.is_passed) == (False, False)

    for number in range(6):
        attending.add_arrival(
            by=place.staff, now=meeting.held_at, meeting=meeting, name=f"住户{number}", is_affected=True
        )
    assert hall.vote(hall.put(meeting), rows, ["FOR"] * 6).is_passed


def test_a_hearing_resolves_nothing(place: Place) -> None:
    place.populate(2)
    hall = Hall(place, size=0, form="HEARING", rule_key="council_default")
    meeting = hall.opened()

    assert meeting.rule is None
    refused(refusals.NothingToResolve, hall.put, meeting=meeting)
    assert hall.ended(meeting).has_quorum is None


def test_figures_from_paper_are_read_by_two(place: Place) -> None:
    place.populate(6)
    hall = Hall(place, size=0, form="COURTYARD")
    meeting = hall.opened()
    motion = hall.put(meeting, method="COUNTED")
    figures = voting.Figures(present=5, in_favor=4, against=1)
    arguments: dict[str, Any] = {"by": place.staff, "now": meeting.held_at}

    def enter(figures: voting.Figures) -> Any:
        return voting.enter_sheet(
            **arguments, meeting=meeting, figures=figures, photo=("票.jpg", photo()), resolution=motion
        )

    refused(refusals.SheetMissing, voting.judge_motion, **arguments, resolution=motion)
    refused(refusals.SheetImpossible, enter, figures=voting.Figures(present=5, in_favor=4, against=2))
    refused(refusals.SheetImpossible, enter, figures=voting.Figures(present=7))
    sheet = enter(figures)
    refused(refusals.SheetExists, enter, figures=figures)
    refused(NotAllowed, voting.check_sheet, **arguments, sheet=sheet, figures=figures)
    other = {"by": place.colleague, "now": meeting.held_at, "sheet": sheet}
    refused(refusals.SheetDisagrees, voting.check_sheet, **other, figures=voting.Figures(present=5, in_favor=5))
    refused(refusals.SheetMissing, voting.judge_motion, **arguments, resolution=motion)
    voting.check_sheet(**other, figures=figures)

    assert voting.judge_motion(**arguments, resolution=motion).is_passed
    hall.count(meeting, voting.Figures(present=5, affected=3))
    ended = hall.ended(meeting)
    assert (ended.present, ended.affected_present) == (5, 3)


def test_a_wrong_sheet_is_discarded_and_entered_anew(place: Place) -> None:
    place.populate(6)
    hall = Hall(place, size=0, form="COURTYARD")
    meeting = hall.opened()
    sheet = voting.enter_sheet(
        by=place.staff,
        now=meeting.held_at,
        meeting=meeting,
        figures=voting.Figures(present=1),
        photo=("表.pdf", b"%PDF-1.4\n%%EOF\n"),
    )
    refused(refusals.SheetMissing, hall.ended, meeting=meeting)
    voting.discard_sheet(by=place.colleague, now=meeting.held_at, sheet=sheet)

    assert meeting.sheets.count() == 0


def test_a_meeting_ends_when_its_motions_are_judged(hall: Hall) -> None:
    meeting = hall.opened()
    hall.put(meeting)

    refused(refusals.MotionsOpen, hall.ended, meeting=meeting)


def test_without_a_quorum_nothing_is_published(hall: Hall) -> None:
    meeting = hall.opened()
    motion = hall.resolve(meeting, ["FOR"] * 5)
    hall.ended(meeting)
    done = hall.published(meeting)
    motion.refresh_from_db()

    assert (done.has_quorum, motion.has_quorum, motion.is_passed, motion.published_at) == (False, False, False, None)


def test_minutes_are_drafted_from_the_record_and_amended_in_versions(hall: Hall) -> None:
    meeting = hall.opened()
    attending.record_discussion(
        by=hall.place.staff,
        now=meeting.held_at,
        item=meeting.items.get(),
        discussion="多数人认为应先修三号楼。",
        outcome="AGREED",
    )
    hall.resolve(meeting, ["FOR"] * 5 + ["RECUSED"])
    hall.ended(meeting)
    by, now = hall.place.staff, meeting.held_at + DAY
    minuting.draft_minutes(by=by, now=now, meeting=meeting)
    text = meeting.minutes.get().text

    for said in ("议事员0", "多数人认为应先修三号楼。", "与承建单位有利害关系", meeting.number):
        assert said in text
    minuting.amend_minutes(by=hall.chair, now=now, meeting=meeting, text=text + "补充：下月复查。")
    assert [row.version for row in meeting.minutes.order_by("version")] == [1, 2]
    refused(refusals.WroteThem, minuting.approve_minutes, by=hall.chair, now=now, meeting=meeting)
    with pytest.raises(SamePerson):
        minuting.approve_minutes(by=by, now=now, meeting=meeting)
    approved = minuting.approve_minutes(by=hall.place.supervisor, now=now, meeting=meeting)
    assert len(approved.minutes_sha256) == 64
    refused(refusals.MinutesMissing, minuting.amend_minutes, by=hall.chair, now=now, meeting=meeting, text="改")


def test_recorder_and_chair_sign_in_this_order(hall: Hall) -> None:
    meeting = hall.opened()
    hall.ended(meeting)
    now = meeting.held_at + DAY
    minuting.draft_minutes(by=hall.place.staff, now=now, meeting=meeting)
    minuting.approve_minutes(by=hall.place.colleague, now=now, meeting=meeting)

    with pytest.raises(MoveClosed):
        minuting.sign_minutes(by=hall.chair, now=now, meeting=meeting)
    with pytest.raises(MoveForbidden):
        lifecycle.move(meeting, "countersign", by=hall.place.colleague, now=now)
    lifecycle.move(meeting, "countersign", by=hall.place.staff, now=now)
    with pytest.raises(MoveForbidden):
        minuting.sign_minutes(by=hall.members[1], now=now, meeting=meeting)
    signed = minuting.sign_minutes(by=hall.chair, now=now, meeting=meeting)
    assert signed.status == "SIGNED"
    if signed.minutes_pdf is not None:
        assert len(signed.minutes_pdf.sha256) == 64


def test_returned_minutes_lose_hash_and_signature(hall: Hall) -> None:
    meeting = hall.opened()
    hall.ended(meeting)
    now = meeting.held_at + DAY
    minuting.draft_minutes(by=hall.place.staff, now=now, meeting=meeting)
    minuting.approve_minutes(by=hall.place.colleague, now=now, meeting=meeting)
    lifecycle.move(meeting, "countersign", by=hall.place.staff, now=now)
    back = minuting.return_minutes(by=hall.chair, now=now, meeting=meeting, reason="漏记一项。")

    assert (back.status, back.minutes_sha256, back.countersigned_by) == ("MINUTED", "", None)


def test_tasks_are_given_reported_by_their_owner_and_confirmed_by_another(hall: Hall) -> None:
    meeting = hall.opened()
    now, owner = meeting.held_at, hall.members[2]
    given: dict[str, Any] = {"now": now, "meeting": meeting, "text": "联系施工单位", "owner": owner}
    refused(refusals.DueBefore, tasking.give_task, by=hall.place.staff, **given, due_on=now.date() - DAY)
    task = tasking.give_task(by=hall.place.staff, **given, due_on=now.date() + 10 * DAY)

    assert list(MeetingTask.objects.visible_to(owner)) == [task]
    assert not MeetingTask.objects.visible_to(hall.members[3]).exists()
    with pytest.raises(MoveForbidden):
        tasking.report_task(by=hall.members[3], now=now, task=task, text="做了")
    tasking.report_task(by=owner, now=now, task=task, text="已联系")
    assert lifecycle.move(task, "confirm", by=hall.place.staff, now=now).status == "CONFIRMED"


def test_enough_of_those_entitled_can_have_a_meeting_called(hall: Hall) -> None:
    given: dict[str, Any] = {
        "by": hall.place.staff,
        "now": hall.place.now,
        "body": hall.body,
        "about": "停车",
        "entitled": 9,
        "asked_on": hall.place.now.date(),
    }
    refused(refusals.CallTooFew, operations.record_call, **given, asked=1)
    call = operations.record_call(**given, asked=2)

    assert (call.needed, call.due_on) == (2, hall.place.now.date() + 30 * DAY)
    assert hall.plan(call=call).call == call
    with pytest.raises(refusals.CallUsed):
        hall.plan(call=call)


def test_costs_are_exact(hall: Hall) -> None:
    assert hall.put(hall.opened(), cost_estimate="4999.99").cost_estimate == Decimal("4999.99")
