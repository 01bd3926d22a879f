"""What the database refuses by itself in an election: each wall by it alone, and nothing else in its way."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from consultation.ballots.rolls.lists import ListedVoter
from consultation.conventions.elections.models import ElectionCandidate
from tests.conftest import as_owner
from tests.consultation.elections.conftest import CLEAR, Story
from tests.factories.consultation_ballots import DAY, Place
from tests.walls import alone, past_triggers, violated

pytestmark = pytest.mark.django_db(transaction=True)


def walled(wall: str, label: str, statement: str, *params: Any) -> None:
    """Expect the wall, by the guard of this label alone."""
    assert violated(statement, *params) == wall
    with as_owner():
        alone(label, statement, *params)


def trigger_of(table: str, name: str) -> str:
    """Return the label of a table's trigger."""
    return f"{table.removeprefix('consultation_')}:{name}"


ELECTION, POST, CANDIDATE = (
    f"consultation_{name}" for name in ("committeeelection", "electionpost", "electioncandidate")
)
INSERT = f"""
    INSERT INTO {CANDIDATE} (election_id, post_id, resident_id, number, name, is_woman, nominators, statement, refusal,
        status, entered_at, entered_by_id)
    SELECT election_id, %s, %s, 50, '新人', %s, 0, '', '', 'NOMINATED', entered_at, entered_by_id
    FROM {CANDIDATE} WHERE id = %s
"""


def what_was_announced_with_the_list_stays(story: Story) -> None:
    """Break these walls."""
    election = story.post()
    walled(
        "pgtrigger: Cannot update rows from consultation_committeeelection table",
        trigger_of(ELECTION, "listed_stays"),
        f"UPDATE {ELECTION} SET closes_at = closes_at + interval '1 hour' WHERE id = %s",
        election.pk,
    )
    walled(
        "electionpost_announced_with_the_list",
        trigger_of(POST, "posts_stay"),
        f"UPDATE {POST} SET seats = 1 WHERE election_id = %s",
        election.pk,
    )


def nobody_votes_before_the_days_of_the_list_are_over(story: Story) -> None:
    """Break these walls."""
    election = story.post()
    later = f"UPDATE {ELECTION} SET opens_at = %s WHERE id = %s"
    with past_triggers(ELECTION) as cursor:
        alone("committeeelection_votes_after_the_list", later, story.now + 20 * DAY, election.pk)
        cursor.execute(later, [story.now + 21 * DAY, election.pk])


def a_candidate_is_on_the_list_off_the_committee_and_stands_once(story: Story) -> None:
    """Break these walls."""
    election = story.post()
    kept, last = election.posts.get(number=2), election.posts.get(number=3)
    first = story.nominate(election.posts.get(number=1), story.residents[0])
    stranger = story.place.resident("后来者")
    walled(
        "candidate_stands_on_the_list",
        trigger_of(CANDIDATE, "stands_on_the_list"),
        INSERT,
        last.pk,
        stranger.pk,
        False,
        first.pk,
    )
    walled(
        "candidate_stands_for_its_post",
        trigger_of(CANDIDATE, "stands_for_its_post"),
        INSERT,
        kept.pk,
        story.residents[1].pk,
        False,
        first.pk,
    )
    walled(
        "electioncandidate_stands_for_one_post",
        "electioncandidate_stands_for_one_post",
        INSERT,
        last.pk,
        story.residents[0].pk,
        False,
        first.pk,
    )
    seated = story.residents[2]
    story.seat(story.committee, seated.name, user=seated.user)
    walled(
        "candidate_off_the_committee",
        "electioncandidate_apart",
        INSERT,
        last.pk,
        seated.pk,
        False,
        first.pk,
    )


def a_candidate_takes_no_seat_on_the_election_committee(story: Story) -> None:
    """Break these walls."""
    election = story.post()
    person = story.residents[0]
    story.nominate(election.posts.get(number=1), person)
    walled(
        "bodymembership_candidate_stays_out",
        "bodymembership_candidate",
        "INSERT INTO communities_bodymembership (body_id, user_id, name, seat, is_chair, valid_from) "
        "VALUES (%s, %s, '某人', 'RESIDENT', false, %s)",
        story.committee.pk,
        person.user_id,
        story.now.date(),
    )


FIX = f"UPDATE {ELECTION} SET status = 'NOMINATED', nominated_at = %s WHERE id = %s"
FIXED = "committeeelection_fixed"


def the_candidates_are_fixed_when_there_is_a_choice(story: Story) -> None:
    """Break these walls."""
    election = story.post()
    story.line_up(election, [2, 1, 2])
    story.settle(election)
    walled("committeeelection_has_a_choice", FIXED, FIX, story.now, election.pk)


def the_candidates_are_fixed_when_the_list_is_settled(story: Story) -> None:
    """Break these walls."""
    election = story.post()
    story.line_up(election)
    walled("committeeelection_list_is_settled", FIXED, FIX, story.now, election.pk)


def the_candidates_are_fixed_while_they_are_listed(story: Story) -> None:
    """Break these walls."""
    election = story.post()
    story.line_up(election)
    story.settle(election)
    ListedVoter.objects.filter(resident=story.residents[0]).update(
        struck_at=story.now, struck_by=story.place.staff, strike_reason="迁出"
    )
    walled("committeeelection_candidates_are_listed", FIXED, FIX, story.now, election.pk)


def the_candidates_are_fixed_with_seats_for_women(story: Story) -> None:
    """Break these walls."""
    election = story.post()
    story.line_up(election)
    story.settle(election)
    with past_triggers(POST) as cursor:
        cursor.execute(f"UPDATE {POST} SET for_women = false")
    walled("committeeelection_keeps_seats_for_women", FIXED, FIX, story.now, election.pk)


def fixed_candidates_and_the_used_list_stay(story: Story) -> None:
    """Break these walls."""
    election = story.fix()
    walled(
        "candidate_fixed_stays",
        trigger_of(CANDIDATE, "fixed_stays"),
        f"UPDATE {CANDIDATE} SET name = '改名' WHERE election_id = %s",
        election.pk,
    )
    walled(
        "listedvoter_corrected_before_the_vote",
        trigger_of("consultation_listedvoter", "corrected_before_the_vote"),
        "UPDATE consultation_listedvoter SET ground = 'AWAY' WHERE resident_id = %s",
        story.residents[0].pk,
    )


ELECT = f"""
    UPDATE {CANDIDATE} SET elected_in_id = round.id
    FROM consultation_electionround AS round JOIN {POST} AS post ON post.id = round.post_id
    WHERE round.id = %s AND {CANDIDATE}.election_id = post.election_id AND {CANDIDATE}.number = %s
"""
ELECTED = "electioncandidate_elected"


def voted(story: Story, choices: Any) -> list[int]:
    """Hold the first votes and return their keys; nothing is established yet."""
    election = story.fix()
    story.vote(election, choices)
    return [row.pk for row in election.rounds()]


def nobody_is_elected_without_a_published_result(story: Story) -> None:
    """Break these walls."""
    election = story.fix()
    first = election.rounds()[0].pk
    walled("candidate_elected_by_a_result", ELECTED, ELECT, first, 1)


def exactly_half_of_the_voters_elect_nobody(story: Story) -> None:
    """Break these walls."""
    half, _second, _third = voted(story, [[[1]] * 6, CLEAR, CLEAR])
    walled("candidate_elected_by_enough_voters", ELECTED, ELECT, half, 1)


def exactly_half_of_the_votes_elect_nobody(story: Story) -> None:
    """Break these walls."""
    even, _second, _third = voted(story, [[[1]] * 5 + [[2]] * 5, CLEAR, CLEAR])
    walled("candidate_elected_by_enough_votes", ELECTED, ELECT, even, 1)


def as_many_are_elected_as_there_are_seats_and_they_stay(story: Story) -> None:
    """Break these walls."""
    election = story.fix()
    story.vote(election, [[[1]] * 5 + [[2]] * 5, CLEAR, CLEAR])
    moment = election.closes_at + DAY
    election = story.establish(election, moment)
    story.call_next(election, moment)
    story.vote(election, [[[1]] * 5 + [[2]] * 5])  # both have half, which is more than a third, for one seat
    again = election.rounds().filter(is_run_off=True).get()
    walled("candidate_elected_to_a_seat", ELECTED, ELECT, again.pk, 1)
    chosen = ElectionCandidate.objects.elected().filter(election=election).order_by("pk")[0]
    walled(
        "candidate_elected_stays",
        ELECTED,
        f"UPDATE {CANDIDATE} SET elected_in_id = NULL WHERE id = %s",
        chosen.pk,
    )


COLUMNS = [
    ("committeeelection_filed_by_another", "filed_by_id = announced_by_id"),
    ("committeeelection_filed_with_a_number", "filed_at = announced_at"),
    ("committeeelection_announced_is_complete", "elected_body_id = NULL"),
    ("committeeelection_handed_over_in_the_term", "handed_over_at = now(), hand_over_on = term_from - 1"),
    ("committeeelection_runs_forward", "closes_at = opens_at"),
    ("committeeelection_held_by_another_body", "committee_id = body_id"),
]


def the_columns_agree(story: Story) -> None:
    """Break these walls."""
    election, _moment = story.announced()
    with past_triggers(ELECTION):
        for constraint, change in COLUMNS:
            alone(constraint, f"UPDATE {ELECTION} SET {change} WHERE id = %s", election.pk)


CASES = (
    (
        what_was_announced_with_the_list_stays,
        nobody_votes_before_the_days_of_the_list_are_over,
        a_candidate_is_on_the_list_off_the_committee_and_stands_once,
        a_candidate_takes_no_seat_on_the_election_committee,
    ),
    (
        the_candidates_are_fixed_when_there_is_a_choice,
        the_candidates_are_fixed_when_the_list_is_settled,
        the_candidates_are_fixed_while_they_are_listed,
        the_candidates_are_fixed_with_seats_for_women,
        fixed_candidates_and_the_used_list_stay,
    ),
    (
        nobody_is_elected_without_a_published_result,
        exactly_half_of_the_voters_elect_nobody,
        exactly_half_of_the_votes_elect_nobody,
        as_many_are_elected_as_there_are_seats_and_they_stay,
        the_columns_agree,
    ),
)
"""Several to a test: emptying the tables afterwards takes longer than the cases."""


@pytest.mark.parametrize("cases", CASES)
def test_each_wall_stands_alone(cases: Any, db: None, now: dt.datetime) -> None:
    for case in cases:
        case(Story(Place(now)))
