"""Elections from the plan to the hand-over, and every way in which they are refused."""

from __future__ import annotations

from typing import Any

import pytest

from communities.bodies import operations as bodies
from communities.bodies.models import Body, BodyMembership
from communities.notices import operations as notices
from consultation.ballots.models import Ballot, RollEntry
from consultation.ballots.rolls import listing
from consultation.ballots.rolls.lists import ListedVoter, VoterList
from consultation.conventions.elections import operations, refusals, results, voting
from consultation.conventions.elections.models import CommitteeElection, ElectionCandidate, ElectionRound
from consultation.conventions.elections.operations import PostPlan
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, MoveHindered, ReasonMissing, SamePerson
from governance.outbox.models import OutboxEvent
from tests.consultation.elections.conftest import CLEAR, DAYS, POSTS, Story
from tests.factories.consultation_ballots import DAY, HOUR

ROWS = (
    CommitteeElection,
    ElectionCandidate,
    ElectionRound,
    VoterList,
    ListedVoter,
    Ballot,
    Body,
    BodyMembership,
    AuditEntry,
    OutboxEvent,
)


def refused(refusal: type[DomainError], call: Any, *given: Any, **arguments: Any) -> DomainError:
    """Expect a refusal that leaves nothing behind."""
    before = [model._default_manager.count() for model in ROWS]
    with pytest.raises(refusal) as found:
        call(*given, **arguments)
    assert [model._default_manager.count() for model in ROWS] == before
    return found.value


def elected(election: CommitteeElection) -> list[str]:
    """Return who was elected, in the order of the posts."""
    return list(election.candidates.elected().order_by("post__number", "number").values_list("name", flat=True))


def test_an_election_goes_from_the_plan_to_the_hand_over(story: Story) -> None:
    election = story.post()
    assert (election.status, election.surplus, election.women_needed) == ("LISTED", 1, 1)
    assert election.voter_list is not None
    assert election.voter_list.voters.count() == len(story.residents)
    assert election.earliest_on == story.now.date() + 21 * DAY

    story.line_up(election)
    election = story.fix(election)
    ballots = list(Ballot.objects.order_by("pk"))
    assert [(row.method, row.most_choices, row.is_secret, row.is_binding, row.entitled) for row in ballots] == [
        ("SINGLE", 1, True, True, 12)
    ] * 3

    moment = story.vote(election, [CLEAR] * 3)
    election = story.establish(election, moment)
    assert elected(election) == ["村民0", "村民2", "村民4"]

    election = story.announce(election, moment)
    body = election.elected_body
    assert body is not None
    assert (body.term_number, body.term_from, body.name) == (2, moment.date(), story.body.name)
    assert body.term_to == moment.date().replace(year=moment.year + 5)
    seats = body.memberships.order_by("pk").values_list("name", "is_chair", "is_woman", "valid_from", "user")
    assert list(seats) == [
        ("村民0", True, False, moment.date(), story.residents[0].user_id),
        ("村民2", False, True, moment.date(), story.residents[2].user_id),
        ("村民4", False, False, moment.date(), story.residents[4].user_id),
    ]
    story.body.refresh_from_db()
    assert story.body.term_to == moment.date()
    assert story.body.memberships.get().valid_to == moment.date()
    assert election.hand_over_due_on == moment.date() + 10 * DAY
    assert election.notice is not None
    assert "村民0" in election.notice.body

    election = results.file_result(by=story.officer, now=moment, election=election, number="街备〔2026〕1号")
    done = results.hand_over(
        by=story.place.staff,
        now=moment + DAY,
        today=moment.date() + DAY,
        election=election,
        on=moment.date() + DAY,
        note="公章一枚、账册三本、档案十二卷",
    )
    assert (done.status, done.filing_number) == ("HANDED_OVER", "街备〔2026〕1号")
    verbs = AuditEntry.objects.filter(object_key=str(election.pk), verb__startswith="consultation.election.")
    assert [verb.rsplit(".", 1)[1] for verb in verbs.order_by("pk").values_list("verb", flat=True)] == [
        "planned",
        "listed",
        "nominated",
        "voted",
        *["evaluated"] * 3,
        "announced",
        "filed",
        "handed_over",
    ]


def test_a_plan_is_for_the_staff_with_posts_that_make_a_committee(story: Story) -> None:
    refused(refusals.VotingTimesImpossible, story.plan, opens_at=story.now)
    refused(refusals.NotElected, story.plan, body=story.committee)
    refused(refusals.CommitteeUnfit, story.plan, committee=story.body)
    for posts in (
        (),
        (PostPlan("CHAIR", 2), PostPlan("MEMBER")),
        (PostPlan("CHAIR"), PostPlan("CHAIR"), PostPlan("MEMBER")),
        (PostPlan("MEMBER", 3),),
        (PostPlan("CHAIR"), PostPlan("MEMBER")),
        (PostPlan("CHAIR"), PostPlan("MEMBER", 7)),
        (PostPlan("CHAIR"), PostPlan("MEMBER", 0), PostPlan("MEMBER", 3)),
    ):
        refused(refusals.PostsImpossible, story.plan, posts=posts)
    staff = story.place.staff
    story.place.staff = story.officer
    refused(NotAllowed, story.plan)
    story.place.staff = staff
    story.plan()
    refused(refusals.ElectionRunning, story.plan)


def test_the_vote_is_not_before_the_days_of_the_list_are_over(story: Story) -> None:
    early = story.plan(opens_at=story.now + 20 * DAY, closes_at=story.now + 20 * DAY + HOUR)

    refusal = refused(refusals.VotingTooEarly, story.post, early)
    assert str(story.now.date() + 21 * DAY) in str(refusal)

    moved = operations.move_voting(
        by=story.place.staff,
        now=story.now,
        election=early,
        opens_at=story.now + 21 * DAY,
        closes_at=story.now + 21 * DAY + HOUR,
    )
    assert story.post(moved).status == "LISTED"
    refused(
        MoveClosed,
        operations.move_voting,
        by=story.place.staff,
        now=story.now,
        election=moved,
        opens_at=story.now + 30 * DAY,
        closes_at=story.now + 31 * DAY,
    )


def test_seats_are_kept_for_women(story: Story) -> None:
    posts = (PostPlan("CHAIR"), PostPlan("MEMBER", 2))
    refused(refusals.WomenMissing, story.post, story.plan(posts=posts))


def test_the_election_committee_is_complete(story: Story) -> None:
    election = story.plan()
    chair = story.committee.memberships.get(is_chair=True)
    bodies.end_membership(by=story.place.staff, now=story.now, membership=chair, on=story.now.date(), reason="退出")
    refused(refusals.CommitteeUnfit, story.post, election)
    story.seat(story.committee, "选委新", story.now.date())
    assert "主任" in str(refused(refusals.CommitteeUnfit, story.post, election))


def test_a_candidate_stands_on_the_list(story: Story) -> None:
    election = story.post()
    first = election.posts.get(number=1)
    stranger = story.place.resident("后来者")
    refused(refusals.CandidateNotListed, story.nominate, first, stranger)

    operations.add_voter(
        by=story.place.staff,
        now=story.now,
        election=election,
        resident=stranger,
        ground="SETTLED",
        reason="居住满一年，本人申请",
    )
    assert story.nominate(first, stranger).status == "NOMINATED"

    operations.strike_voter(
        by=story.place.staff, now=story.now, election=election, resident=story.residents[0], reason="已迁出"
    )
    refused(refusals.CandidateNotListed, story.nominate, first, story.residents[0])
    refused(
        refusals.CandidateTwice,
        operations.strike_voter,
        by=story.place.staff,
        now=story.now,
        election=election,
        resident=stranger,
        reason="已迁出",
    )


def test_whoever_is_nominated_has_left_the_election_committee(story: Story) -> None:
    election = story.post()
    first, person = election.posts.get(number=1), story.residents[0]
    seat = story.seat(story.committee, person.name, user=person.user)
    refused(refusals.CandidateOnCommittee, story.nominate, first, person)
    named = story.residents[1]
    story.seat(story.committee, named.name)  # a seat without a log-in is known by its name
    refused(refusals.CandidateOnCommittee, story.nominate, first, named)

    left = (story.now + DAY).date()
    bodies.end_membership(by=story.place.staff, now=story.now, membership=seat, on=left, reason="被提名")
    assert story.nominate(first, person).number == 1


def test_nobody_stands_for_two_posts(story: Story) -> None:
    election = story.post()
    first, second, _third = election.posts.all()
    one = story.nominate(first, story.residents[0])
    refused(refusals.CandidateTwice, story.nominate, second, story.residents[0], is_woman=True)

    operations.withdraw_candidate(by=story.place.staff, now=story.now, candidate=one, reason="改选委员")
    assert story.nominate(second, story.residents[0], is_woman=True).number == 2


def test_a_kept_seat_is_for_a_woman_and_a_post_for_its_election(story: Story) -> None:
    election = story.post()
    kept = election.posts.get(number=2)
    refused(refusals.PostKeptForWomen, story.nominate, kept, story.residents[0])
    refused(DomainError, story.nominate, kept, story.residents[0], is_woman=True, statement="电话13812345678")
    fresh = CommitteeElection.objects.get(pk=election.pk)
    kept.election = fresh
    kept.election_id = fresh.pk + 1
    refused(
        refusals.PostElsewhere,
        operations.nominate,
        by=story.place.staff,
        now=story.now,
        today=story.now.date(),
        election=fresh,
        nomination=operations.Nomination(kept, story.residents[0], True),
    )


def test_candidates_come_between_the_list_and_the_vote(story: Story) -> None:
    planned = story.plan()
    refused(refusals.NominationsClosed, story.nominate, planned.posts.get(number=1), story.residents[0])
    election = story.fix(story.post(planned))
    refused(refusals.NominationsClosed, story.nominate, election.posts.get(number=1), story.residents[9])
    standing = election.candidates.get(number=1)
    refused(
        MoveHindered,
        operations.withdraw_candidate,
        by=story.place.staff,
        now=story.now,
        candidate=standing,
        reason="不选了",
    )


def test_the_street_reviews_and_names_what_is_missing(story: Story) -> None:
    election = story.post()
    one = story.nominate(election.posts.get(number=1), story.residents[0])
    refused(MoveForbidden, operations.clear_candidate, by=story.officer, now=story.now, candidate=one)
    refused(ReasonMissing, operations.refuse_candidate, by=story.reviewer, now=story.now, candidate=one, reason=" ")
    gone = operations.refuse_candidate(by=story.reviewer, now=story.now, candidate=one, reason="受过刑事处罚，未满五年")
    assert (gone.status, gone.refusal) == ("REFUSED", "受过刑事处罚，未满五年")


def test_a_post_has_more_candidates_than_seats(story: Story) -> None:
    election = story.post()
    story.line_up(election, [2, 1, 2])
    story.settle(election)
    moment = story.now + 8 * DAY
    refusal = refused(
        refusals.TooFewCandidates,
        operations.fix_candidates,
        by=story.place.staff,
        now=moment,
        today=moment.date(),
        election=election,
    )
    assert "1" in str(refusal)
    election.refresh_from_db()
    assert election.status == "LISTED"


def test_the_candidates_wait_for_the_objections_and_the_review(story: Story) -> None:
    election = story.post()
    story.line_up(election)
    moment = story.now + 8 * DAY
    fixing = {"by": story.place.staff, "now": moment, "today": moment.date(), "election": election}
    refused(MoveHindered, operations.fix_candidates, **fixing)
    story.nominate(election.posts.get(number=1), story.residents[9])
    story.settle(election)
    refused(MoveHindered, operations.fix_candidates, **fixing)


def test_an_objection_to_the_list_is_ruled_on_and_corrects_it(story: Story) -> None:
    election = story.post()
    assert election.voter_list is not None
    assert election.voter_list.notice is not None
    objection = notices.raise_objection(
        by=story.place.voters[0], now=story.now + DAY, notice=election.voter_list.notice, text="名单漏了邻居老李"
    )
    notices.answer_objection(
        by=story.place.staff, now=story.now + 2 * DAY, objection=objection, outcome="UPHELD", reply="已补登"
    )
    added = story.place.resident("老李")
    operations.add_voter(
        by=story.place.staff,
        now=story.now + 2 * DAY,
        election=election,
        resident=added,
        ground="HOME",
        reason="异议成立，补登",
    )
    story.line_up(election)
    fixed = story.fix(election)

    assert fixed.status == "NOMINATED"
    assert RollEntry.objects.filter(resident=added).count() == len(POSTS)
    with pytest.raises(refusals.NominationsClosed):
        operations.strike_voter(
            by=story.place.staff, now=story.now, election=fixed, resident=added, reason="不再是选民"
        )
    with pytest.raises(listing.ListInUse):
        listing.strike_voter(
            by=story.place.staff, now=story.now, voter=ListedVoter.objects.get(resident=added), reason="不再是选民"
        )


def test_a_voter_stands_once_and_is_of_age_on_the_voting_day(story: Story) -> None:
    eighteen = (story.now + DAYS * DAY).date().replace(year=story.now.year - 18)
    young = story.place.resident("生日在投票日", birth_on=eighteen)
    child = story.place.resident("晚一天", birth_on=eighteen + DAY)
    election = story.post()
    assert election.voter_list is not None
    listed = set(election.voter_list.voters.values_list("resident", flat=True))
    assert young.pk in listed
    assert child.pk not in listed
    adding = {"by": story.place.staff, "now": story.now, "election": election, "ground": "HOME"}
    refused(listing.VoterTooYoung, operations.add_voter, resident=child, reason="漏登", **adding)
    refused(listing.VoterListed, operations.add_voter, resident=young, reason="漏登", **adding)
    refused(DomainError, operations.add_voter, resident=young, reason=" ", **adding)


def test_nobody_runs_the_election_in_which_they_stand(story: Story) -> None:
    election = story.post()
    first, person, third = election.posts.get(number=1), story.residents[0], story.place.holder("COMMUNITY_STAFF")
    person.user = third
    person.save(update_fields=["user"])
    story.place.staff, staff = third, story.place.staff
    refused(refusals.OwnElection, story.nominate, first, person)
    story.place.staff = staff
    story.nominate(first, person)
    story.place.staff = third
    refused(refusals.OwnElection, story.nominate, first, story.residents[2])
    refused(refusals.OwnElection, results.call_off, by=third, now=story.now, election=election, reason="不选了")


# --- The count ---------------------------------------------------------------------------------------------------------


def test_turnout_of_exactly_half_elects_nobody_and_the_vote_is_repeated(story: Story) -> None:
    half, more = [[1]] * 6, [[1]] * 7
    election, moment = story.voted([half, more, more])

    assert elected(election) == ["村民2", "村民4"]
    refused(MoveHindered, story.announce, election, moment)
    (again,) = story.call_next(election, moment)
    assert (again.number, again.is_run_off, again.seats) == (2, False, 1)
    assert again.ballot.rule.key == "village_election"
    later = story.vote(election, [more])
    assert elected(story.establish(election, later)) == ["村民0", "村民2", "村民4"]


def test_votes_of_exactly_half_elect_nobody_and_a_run_off_follows(story: Story) -> None:
    even = [[1]] * 5 + [[2]] * 5
    election, moment = story.voted([even, CLEAR, CLEAR])

    assert elected(election) == ["村民2", "村民4"]
    (again,) = story.call_next(election, moment)
    assert (again.is_run_off, again.ballot.rule.key) == (True, "village_election_runoff")
    assert list(again.lineup.values_list("candidate__name", flat=True)) == ["村民0", "村民1"]
    refused(refusals.NothingToVote, story.call_next, election, moment)
    later = story.vote(election, [[[1]] * 2 + [[2]]])  # three papers: no quorum is asked of a run-off
    assert elected(story.establish(election, later)) == ["村民0", "村民2", "村民4"]
    assert story.announce(election, later).status == "ANNOUNCED"


def test_a_run_off_is_won_with_exactly_one_third(story: Story) -> None:
    split = [[1]] * 4 + [[2]] * 4 + [[3]] * 3
    election = story.post()
    story.line_up(election, [3, 2, 2])
    election = story.fix(election)
    moment = story.vote(election, [split, CLEAR, CLEAR])
    election = story.establish(election, moment)
    assert elected(election) == ["村民3", "村民5"]
    (again,) = story.call_next(election, moment)
    assert list(again.lineup.values_list("candidate__name", flat=True)) == ["村民0", "村民1"]
    assert story.vote(election, [[[1]] * 2 + [[2]]])
    election = story.establish(election, moment + 2 * DAY)
    assert elected(election)[0] == "村民0"


def test_a_tie_in_the_run_off_leaves_the_seat_to_another_vote(story: Story) -> None:
    even = [[1]] * 5 + [[2]] * 5
    election, moment = story.voted([even, CLEAR, CLEAR])
    story.call_next(election, moment)
    later = story.vote(election, [even])
    election = story.establish(election, later)
    assert elected(election) == ["村民2", "村民4"]
    refused(refusals.TooFewElected, story.announce, election, later)
    story.call_next(election, later)
    last = story.vote(election, [CLEAR])
    assert elected(story.establish(election, last)) == ["村民0", "村民2", "村民4"]


def test_a_cancelled_ballot_is_called_again(story: Story) -> None:
    election = story.fix()
    first = election.rounds().select_related("ballot")[0].ballot
    from_now = story.now + 9 * DAY
    voting.ballots.cancel_ballot(by=story.place.staff, now=from_now, ballot=first, reason="候选人姓名印错")

    (again,) = voting.call_next(
        by=story.place.staff,
        now=from_now,
        today=from_now.date(),
        election=election,
        opens_at=election.opens_at,
        closes_at=election.closes_at,
    )
    assert (again.number, again.is_run_off, again.lineup.count()) == (2, False, 2)
    moment = story.vote(election, [CLEAR] * 3)
    assert elected(story.establish(election, moment)) == ["村民0", "村民2", "村民4"]


def test_the_result_waits_for_every_ballot(story: Story) -> None:
    election = story.fix()
    refused(MoveHindered, story.establish, election, story.now)
    refused(MoveClosed, story.announce, election, story.now)
    refused(refusals.NothingToVote, story.call_next, election, story.now)


# --- After it ------------------------------------------------------------------------------------------------------------


def test_the_result_is_filed_by_another_and_handed_over_in_the_term(story: Story) -> None:
    election, moment = story.announced()
    refused(MoveForbidden, results.file_result, by=story.place.staff, now=moment, election=election, number="1")
    refused(DomainError, results.file_result, by=story.officer, now=moment, election=election, number=" ")
    election = results.file_result(by=story.officer, now=moment, election=election, number="1")
    today = moment.date()
    for on in (today - DAY, today + DAY):
        refused(
            refusals.HandOverImpossible,
            results.hand_over,
            by=story.place.staff,
            now=moment,
            today=today,
            election=election,
            on=on,
            note="公章一枚",
        )


def test_a_by_election_fills_a_seat_of_the_term(story: Story) -> None:
    refused(refusals.PostsImpossible, story.plan, kind="BY_ELECTION", posts=())
    posts = (PostPlan("MEMBER", 1, for_women=True),)
    election = story.post(kind="BY_ELECTION", posts=posts)
    assert election.women_needed == 1
    story.line_up(election)
    election = story.fix(election)
    moment = story.vote(election, [CLEAR])
    election = story.announce(story.establish(election, moment), moment)

    assert election.elected_body == story.body
    story.body.refresh_from_db()
    assert story.body.term_number == 1
    assert list(story.body.memberships.order_by("pk").values_list("name", "valid_to")) == [
        ("老主任", None),
        ("村民0", None),
    ]


def test_an_election_is_called_off_before_the_vote_only(story: Story) -> None:
    election = story.fix()
    refused(ReasonMissing, results.call_off, by=story.place.staff, now=story.now, election=election, reason="")
    off = results.call_off(by=story.place.staff, now=story.now, election=election, reason="汛期推迟")
    assert off.status == "CALLED_OFF"
    assert set(Ballot.objects.values_list("status", flat=True)) == {"CANCELLED"}


def test_an_election_whose_ballots_are_open_is_not_called_off(story: Story) -> None:
    election = story.fix()
    voting.ballots.open_due_ballots(by=story.place.system, now=election.opens_at)
    refused(
        refusals.VoteHasBegun,
        results.call_off,
        by=story.place.staff,
        now=election.opens_at,
        election=election,
        reason="汛期推迟",
    )


def test_an_invalid_election_takes_the_seats_back(story: Story) -> None:
    election, moment = story.announced()
    later = moment + 3 * DAY
    body = election.elected_body
    assert body is not None
    void = results.annul(by=story.officer, now=later, today=later.date(), election=election, reason="查实贿选")
    assert void.status == "ANNULLED"
    assert set(body.memberships.values_list("valid_to", flat=True)) == {later.date()}
    body.refresh_from_db()
    assert body.term_to == later.date()


def test_who_announced_does_not_file(story: Story) -> None:
    election, moment = story.announced()
    CommitteeElection.objects.filter(pk=election.pk).update(announced_by=story.officer)
    refused(SamePerson, results.file_result, by=story.officer, now=moment, election=election, number="1")
