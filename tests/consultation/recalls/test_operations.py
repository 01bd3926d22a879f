"""Recalls from the demand to the by-election, at the edges of every share, and every way in which they are refused."""

from __future__ import annotations

from typing import Any

import pytest

from communities.bodies import operations as bodies
from communities.bodies.models import BodyMembership
from communities.people.models import Role
from consultation.ballots.models import Ballot
from consultation.ballots.rolls.lists import VoterList
from consultation.conventions.elections.models import CommitteeElection
from consultation.conventions.recalls import operations, refusals
from consultation.conventions.recalls.models import Recall, RecallSignature
from consultation.conventions.recalls.policy import doubts_in, people_named
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveClosed, MoveHindered, ReasonMissing, SamePerson
from governance.outbox.models import OutboxEvent
from tests.consultation.recalls.conftest import DEFENSE, RecallStory, marks
from tests.factories.communities import PostFactory
from tests.factories.consultation_ballots import DAY, HOUR

ROWS = (Recall, RecallSignature, VoterList, Ballot, BodyMembership, CommitteeElection, AuditEntry, OutboxEvent)


def refused(refusal: type[DomainError], call: Any, *given: Any, **arguments: Any) -> DomainError:
    """Expect a refusal that leaves nothing behind."""
    before = [model._default_manager.count() for model in ROWS]
    with pytest.raises(refusal) as found:
        call(*given, **arguments)
    assert [model._default_manager.count() for model in ROWS] == before
    return found.value


def test_a_recall_goes_from_the_demand_to_the_by_election(story: RecallStory) -> None:
    recall = story.receive(sheet=("联名.pdf", b"%PDF-1.4\n%%EOF\n"))
    assert (recall.status, recall.entitled, recall.needed) == ("RECEIVED", 15, 3)
    assert recall.sheet is not None
    assert [one.number for one in story.sign(recall, story.residents[:4])] == [1, 2, 3, 4]
    assert story.check(recall, _4="签名与本人不符") == 4
    recall = story.verify(recall)
    assert (recall.status, recall.signed) == ("VERIFIED", 3)
    assert recall.defense_due_on == story.now.date() + 7 * DAY
    assert recall.vote_due_on == story.now.date() + 30 * DAY

    recall = story.call(story.answer(recall))
    assert (recall.status, recall.defense, recall.hearing) == ("LISTED", DEFENSE, "WRITTEN")
    recall = story.freeze(recall)
    ballot = recall.ballot
    assert ballot is not None
    assert (ballot.method, ballot.is_secret, ballot.is_binding, ballot.entitled) == ("FOR_AGAINST", True, True, 15)
    assert ballot.rule.key == "village_recall"

    moment = story.hold(recall, marks(5, 3))
    recall = story.establish(recall, moment)
    story.member.refresh_from_db()
    assert (recall.status, recall.seat_ended_on, story.member.valid_to) == ("RECALLED", moment.date(), moment.date())
    assert recall.by_election_due_on == moment.date() + 30 * DAY

    election = operations.plan_by_election(
        by=story.place.staff,
        now=moment,
        recall=recall,
        committee=story.committee,
        ordered_by=story.document,
        opens_at=moment + 25 * DAY,
        closes_at=moment + 25 * DAY + HOUR,
    )
    assert (election.kind, election.body_id) == ("BY_ELECTION", story.body.pk)
    assert list(election.posts.values_list("office", "seats", "for_women")) == [("MEMBER", 1, True)]
    verbs = AuditEntry.objects.filter(object_key=str(recall.pk), verb__startswith="consultation.recall.")
    assert [verb.rsplit(".", 1)[1] for verb in verbs.order_by("pk").values_list("verb", flat=True)] == [
        "received",
        "signatures_entered",
        "signatures_checked",
        "verified",
        "answered",
        "listed",
        "balloted",
        "recalled",
        "by_election_planned",
    ]
    assert OutboxEvent.objects.filter(topic=operations.HEARING_TOPIC).count() == 1
    refused(
        refusals.NoVacancy,
        operations.plan_by_election,
        by=story.place.staff,
        now=moment,
        recall=recall,
        committee=story.committee,
        ordered_by=story.document,
        opens_at=moment + 25 * DAY,
        closes_at=moment + 25 * DAY + HOUR,
    )


@pytest.mark.parametrize(("signers", "is_enough"), [(2, False), (3, True), (4, True)])
def test_exactly_one_fifth_of_the_voters_is_enough(story: RecallStory, signers: int, *, is_enough: bool) -> None:
    recall = story.receive()
    story.sign(recall, story.residents[:signers])
    story.check(recall)
    if is_enough:
        assert story.verify(recall).signed == signers
        return
    refusal = refused(refusals.SignaturesTooFew, story.verify, recall)
    assert "2" in str(refusal)
    assert "3" in str(refusal)


def test_one_voter_more_asks_for_one_signature_more(story: RecallStory) -> None:
    story.place.resident("新村民")
    assert (story.receive().entitled, story.receive(membership=story.chair).needed) == (16, 4)


@pytest.mark.parametrize(("seats", "needed"), [(9, 3), (10, 4), (1, 1)])
def test_exactly_one_third_of_the_representatives_is_enough(story: RecallStory, seats: int, needed: int) -> None:
    body = story.representatives(seats)
    recall = story.receive(demanders="REPRESENTATIVES", representatives=body)
    assert (recall.entitled, recall.needed) == (seats, needed)
    held = list(body.memberships.order_by("pk"))
    if needed > 1:
        story.sign(recall, held[: needed - 1])
        story.check(recall)
        refused(refusals.SignaturesTooFew, story.verify, recall)
    story.sign(recall, held[needed - 1 : needed])
    story.check(recall)
    assert story.verify(recall).signed == needed


@pytest.mark.parametrize(
    ("papers", "is_recalled"),
    [
        (marks(7, 0), False),  # 7 of 15 is not more than half
        (marks(8, 0), True),
        (marks(5, 5), False),  # exactly half of the votes cast
        (marks(5, 4), True),
        (marks(5, 4, 1), False),  # whoever abstains has voted
        (marks(0, 9), False),
    ],
)
def test_more_than_half_take_part_and_more_than_half_of_them_agree(
    story: RecallStory, papers: list[list[int]], *, is_recalled: bool
) -> None:
    recall, moment = story.voted(papers)
    if is_recalled:
        refused(MoveHindered, story.keep, recall, moment)
        assert story.establish(recall, moment).status == "RECALLED"
        return
    refused(MoveHindered, story.establish, recall, moment)
    assert story.keep(recall, moment).status == "KEPT"
    story.member.refresh_from_db()
    assert story.member.valid_to is None


def test_a_demand_is_about_a_seat_that_the_voters_filled(story: RecallStory) -> None:
    holder = story.committee.memberships.first()
    refused(refusals.SeatNotRecalled, story.receive, membership=holder)
    refused(refusals.DemandInFuture, story.receive, asked_on=story.now.date() + DAY)
    refused(refusals.DemandersUnfit, story.receive, representatives=story.committee)
    refused(refusals.DemandersUnfit, story.receive, demanders="REPRESENTATIVES")
    refused(refusals.DemandersUnfit, story.receive, demanders="REPRESENTATIVES", representatives=story.committee)
    staff = story.place.staff
    story.place.staff = story.officer
    refused(NotAllowed, story.receive)
    story.place.staff = staff
    story.receive()
    refused(refusals.RecallRunning, story.receive)
    bodies.end_membership(by=staff, now=story.now, membership=story.chair, on=story.now.date(), reason="辞职")
    refused(refusals.SeatNotRecalled, story.receive, membership=story.chair)


def test_the_member_handles_nothing_of_it(story: RecallStory) -> None:
    recall = story.receive()
    user = story.residents[14].user
    PostFactory(user=user, role=Role.COMMUNITY_STAFF, division=story.place.division, appointed_by=story.place.system)
    story.place.staff = user
    refused(refusals.OwnRecall, story.sign, recall, story.residents[:1])
    refused(refusals.OwnRecall, story.receive)


def test_who_is_entitled_signs_once_and_before_the_check_ends(story: RecallStory) -> None:
    recall = story.receive()
    child = story.place.resident("小村民", birth_on=story.now.date() - 17 * 365 * DAY)
    refused(refusals.SignerNotEntitled, story.sign, recall, [child])
    refused(refusals.SignerNotEntitled, story.sign, recall, [story.chair])
    refused(refusals.SignersMissing, story.sign, recall, [])
    refused(refusals.SignedTwice, story.sign, recall, [story.residents[0], story.residents[0]])
    story.sign(recall, story.residents[:3])
    refused(refusals.SignedTwice, story.sign, recall, story.residents[2:4])
    refused(refusals.SignaturesUnchecked, story.verify, recall)
    refused(refusals.DoubtsUnreadable, story.check, recall, _9="没有这个人")
    story.check(recall)
    refused(refusals.NothingToCheck, story.check, recall)
    recall = story.verify(recall)
    refused(refusals.SignaturesClosed, story.sign, recall, story.residents[3:4])
    refused(refusals.SignaturesClosed, story.check, recall)


def test_signatures_are_checked_and_the_demand_judged_by_others(story: RecallStory) -> None:
    PostFactory(
        user=story.place.staff,
        role=Role.STREET_REVIEWER,
        division=story.place.division,
        appointed_by=story.place.system,
    )
    story.place.staff = User.objects.get(pk=story.place.staff.pk)
    recall = story.receive()
    story.sign(recall, story.residents[:3])
    reviewer, story.reviewer = story.reviewer, story.place.staff
    refused(refusals.NothingToCheck, story.check, recall)
    story.reviewer = reviewer
    story.check(recall)
    story.reviewer = story.place.staff
    refused(SamePerson, story.verify, recall)
    refused(ReasonMissing, operations.refuse_demand, by=reviewer, now=story.now, recall=recall, reason=" ")
    ended = operations.refuse_demand(by=reviewer, now=story.now, recall=recall, reason="未写明理由")
    assert (ended.status, ended.end_reason) == ("REFUSED", "未写明理由")


def test_the_member_is_heard_or_lets_the_days_pass(story: RecallStory) -> None:
    recall = story.verified()
    refused(refusals.MemberNotHeard, story.call, recall)
    refused(refusals.MemberNotHeard, story.call, recall, days=7)
    refused(refusals.HearingUnfit, story.answer, recall, defense="")
    refused(refusals.HearingUnfit, story.answer, recall, hearing="WAIVED")
    refused(refusals.HearingUnfit, story.answer, recall, heard_on=story.now.date() - DAY)
    refused(
        NotAllowed,
        operations.record_answer,
        by=story.residents[0].user,
        now=story.now,
        recall=recall,
        hearing="WRITTEN",
        heard_on=story.now.date(),
        defense="我替他说。",
    )
    assert story.call(recall, days=8).status == "LISTED"
    refused(refusals.HearingClosed, story.answer, recall)


def test_a_member_who_waives_the_answer_is_voted_on_at_once(story: RecallStory) -> None:
    recall = story.answer(story.verified(), hearing="WAIVED", defense="")
    assert story.call(recall).status == "LISTED"


def test_the_vote_waits_for_the_list(story: RecallStory) -> None:
    recall = story.answer(story.verified())
    moment = story.now + DAY
    early = {"opens_at": moment + 5 * DAY, "closes_at": moment + 5 * DAY + HOUR}
    refusal = refused(refusals.RecallTooEarly, story.call, recall, **early)
    assert str(moment.date() + 6 * DAY) in str(refusal)
    recall = story.call(recall, opens_at=moment + 6 * DAY, closes_at=moment + 6 * DAY + HOUR)
    refused(
        MoveHindered,
        operations.freeze_vote,
        by=story.place.staff,
        now=moment,
        today=moment.date(),
        recall=recall,
    )
    refused(MoveClosed, story.call, recall)
    refused(MoveClosed, story.keep, recall, moment)


def test_a_member_who_has_left_is_not_voted_on(story: RecallStory) -> None:
    recall = story.answer(story.verified())
    bodies.end_membership(
        by=story.place.staff, now=story.now, membership=story.member, on=story.now.date() + DAY, reason="辞职"
    )
    recall = Recall.objects.get(pk=recall.pk)
    refused(refusals.SeatHasEnded, story.call, recall)
    ended = operations.drop_recall(by=story.place.staff, now=story.now + DAY, recall=recall, reason="本人已辞职")
    assert (ended.status, ended.end_reason) == ("DROPPED", "本人已辞职")


def test_a_demand_is_dropped_before_the_ballot_opens_and_not_after(story: RecallStory) -> None:
    recall = story.frozen()
    moment = story.now + 9 * DAY
    ended = operations.drop_recall(by=story.place.staff, now=moment, recall=recall, reason="联名村民撤回")
    ballot = ended.ballot
    assert ballot is not None
    assert (ended.status, ballot.status) == ("DROPPED", "CANCELLED")
    assert story.receive().status == "RECEIVED"


def test_what_people_vote_on_is_not_dropped(story: RecallStory) -> None:
    recall, moment = story.voted(marks(8, 0))
    refused(refusals.VoteRuns, operations.drop_recall, by=story.place.staff, now=moment, recall=recall, reason="撤回")
    refused(NotAllowed, operations.recall_member, by=story.officer, now=moment, today=moment.date(), recall=recall)


def test_a_line_of_the_sheet_names_one_person() -> None:
    people = [(1, "张三", "3栋201"), (2, "张三", "5栋102"), (3, "李四", "")]
    assert people_named("李四", people) == [3]
    assert people_named("张三", people) == [1, 2]
    assert people_named(" 张三 5栋 ", people) == [2]
    assert people_named("王五", people) == []


def test_doubts_are_read_line_by_line() -> None:
    assert doubts_in("3 不是本村选民\n\n12  代签") == ({3: "不是本村选民", 12: "代签"}, [])
    assert doubts_in("三 代签\n4") == ({}, ["三 代签", "4"])
