"""From the call to the requests, with each kind of ballot: what is counted, what is said, what is exported and tried."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from communities.people.models import Resident
from consultation.ballots.allocation.allocate import allocate
from consultation.ballots.allocation.pabulib import read_pb
from consultation.ballots.allocation.rule import Threshold
from funds.budgeting import operations, queries
from funds.budgeting.models import BudgetRound
from tests.factories.consultation_ballots import DAY
from tests.funds.budgeting.conftest import PAPERS, Story, final
from tests.people import sign_in

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Case:
    """One kind of ballot with six papers over projects of 4,000, 3,000, 3,500 and 9,000 yuan, and 10,000 to allocate."""

    kind: str
    papers: tuple[tuple[int, ...], ...]
    scores: tuple[int, ...]
    supporters: tuple[int, ...]
    greedy: tuple[int, ...]
    served: int
    """How many people got something by most support first."""
    limits: dict[str, str]


CASES = [
    Case("APPROVAL", PAPERS, (3, 2, 2, 2), (3, 2, 2, 2), (1, 2), 3, {"max_length": "3"}),
    # Two points on 3 by one person weigh as much as one point by two.
    Case(
        "POINTS",
        ((1, 1, 2), (1, 2, 2), (3, 3, 3), (4,), (3, 3, 4), (1, 3)),
        (4, 3, 6, 2),
        (3, 2, 3, 2),
        (3, 1),
        5,
        {"max_sum_points": "3"},
    ),
    # Three places: 3 points for the first, 2 and 1 for the next.
    Case(
        "RANKED",
        ((2, 1), (2, 1, 3), (3, 2), (4,), (3, 4, 1), (3,)),
        (2 + 2 + 1, 3 + 3 + 2, 1 + 3 + 3 + 3, 3 + 2),
        (3, 3, 4, 2),
        (3, 2),
        5,
        {"max_length": "3"},
    ),
    Case(
        "KNAPSACK",
        ((1, 2), (1, 2), (1, 3), (4,), (2, 3), (3,)),
        (3, 3, 3, 1),
        (3, 3, 3, 1),
        (2, 3),
        5,
        {"max_length": "3", "max_sum_cost": "10000.00"},
    ),
]


def by_kind(case: Case) -> str:
    return case.kind


def page(user: Any, path: str, language: str) -> Any:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    if user is not None:
        sign_in(client, user)
    return client.get(path)


@pytest.mark.parametrize("case", CASES, ids=by_kind)
def test_most_support_first_with_each_kind_of_ballot(story: Story, case: Case) -> None:
    row = story.allocated(method="GREEDY", ballot_method=case.kind, papers=case.papers)

    outcome = row.outcome
    assert tuple(outcome["votes"].values()) == case.scores
    assert tuple(outcome["supporters"].values()) == case.supporters
    assert tuple(outcome["winners"]) == case.greedy
    assert (outcome["voters"], outcome["with_something"]) == (6, case.served)
    assert outcome["other"]["rule"]["method"] == "EQUAL_SHARES"


@pytest.mark.parametrize("case", CASES, ids=by_kind)
def test_a_budget_goes_from_the_call_to_its_requests(story: Story, case: Case, tmp_path: Path) -> None:
    """Two seconds for each kind: a whole round with its ballot, decision and requests, and the draft of the next one."""
    row = story.allocated(ballot_method=case.kind, papers=case.papers)

    # Why each project is in or out, in both languages, without a figure that is not there.
    for language in ("zh-hans", "en"):
        with translation.override(language):
            shown = queries.outcome_of(row)
            text = page(None, row.get_absolute_url(), language).content.decode()
            assert [line.title in text for line in shown.lines] == [True] * 4
            assert len({line.sentence for line in shown.lines}) == 4
            assert not any("%(" in line.sentence or not line.sentence for line in shown.lines)
    assert shown.counts_points is (case.kind in {"POINTS", "RANKED"})
    assert ("points" in " ".join(line.sentence for line in shown.lines)) <= shown.counts_points

    # What the other rule gives is that rule's own outcome.
    election, rule = queries.election_of(row, story.people.stranger)
    assert rule.method == "EQUAL_SHARES"
    other = [election.projects[place].number for place in allocate(election, rule.other).winners]
    assert tuple(other) == tuple(row.outcome["other"]["winners"]) == case.greedy
    assert row.outcome["other"]["with_something"] == case.served
    assert {line.number for line in shown.lines if line.is_others} == set(case.greedy)

    # The file leads to the same round again, for everybody who counts.
    file = tmp_path / "round.pb"
    file.write_text(queries.pb_of(row, story.people.stranger), encoding="utf-8")
    found = read_pb(file.read_text(encoding="utf-8"))
    assert found.rule == replace(rule, threshold_on=Threshold.SCORE)  # there is no threshold
    assert (found.election.papers, found.election.budget) == (election.papers, election.budget)
    assert (found.duplicates, found.notes) == ((), ())
    assert {name: found.meta[name] for name in case.limits} == case.limits
    out = StringIO()
    call_command("replay_pb", str(file), "--json", stdout=out)
    assert '"agrees": true' in out.getvalue()

    # The chosen ask for their money, and the rest is free again.
    row = final(story, row)
    after = story.later + 31 * DAY
    asked = operations.ask_for_chosen(by=story.people.community_staff, now=after, budget_round=row)
    row = operations.finish_round(by=story.people.community_staff, now=after, budget_round=row)
    assert [one.number for one in asked] == sorted(row.outcome["winners"])
    assert [one.request.amount for one in asked if one.request] == [one.cost for one in asked]
    assert row.status == "DONE"

    # The rule of the next round is tried on these papers.
    second = story.draft(title="下一轮", amount=Decimal(5000), method="GREEDY", proposals_until=dt.date(2027, 1, 1))
    tried = page(
        story.people.community_staff, reverse("funds:budget-round-trial", args=[second.pk]), "en"
    ).content.decode()
    last = queries.dry_run(second, story.people.community_staff)
    assert last is not None
    assert last[0] == row
    assert tuple(last[1].document["votes"].values()) == case.scores
    assert last[1].document["winners"] == [
        election.projects[place].number for place in allocate(election, rule.other).winners
    ]
    assert [line.title in tried for line in last[1].lines] == [True] * 4
    assert BudgetRound.objects.get(pk=second.pk).outcome is None


def test_a_threshold_in_people_is_said_in_people_where_points_are_counted(story: Story) -> None:
    """2 has three points of two people; of six on the roll three must name a project. One more, and it has as many as 1."""
    row = story.allocated(method="GREEDY", ballot_method="POINTS", papers=CASES[1].papers, threshold_per_mille=500)

    with translation.override("en"):
        lines = {line.number: line.sentence for line in queries.outcome_of(row).lines}
    found = read_pb(queries.pb_of(row, story.people.stranger))

    assert row.outcome["winners"] == [3, 1]
    assert lines[2] == (
        "Not chosen: 2 people named it, and 3 were needed. "
        "1 person more, each with one point for it, would have brought it in."
    )
    assert found.meta["min_project_voters_threshold"] == "3"
    assert found.rule is not None
    assert (found.rule.threshold, found.rule.threshold_on) == (3, Threshold.SUPPORTERS)
    assert allocate(found.election, found.rule).winners == (2, 0)


def test_exclusions_are_exported_and_read_again(story: Story) -> None:
    row = story.called(method="GREEDY")
    made = []
    by = story.people.community_staff
    for title, cost in (("甲", "4000.00"), ("乙", "3000.00"), ("丙", "3000.00")):
        one = story.propose(row, title, cost)
        made.append(operations.find_feasible(by=by, now=story.now, proposal=one, cost=Decimal(cost), costing="询价"))
    operations.state_exclusion(by=by, now=story.now, one=made[0], other=made[2], reason="同一处场地")
    operations.end_call(by=by, now=story.now, budget_round=row)
    row = story.counted(story.put(row), ((1, 3), (1, 3), (1, 2)))
    found = read_pb(queries.pb_of(row, story.people.stranger))

    assert row.outcome["winners"] == [1, 2]
    assert found.election.exclusions == (frozenset({"1", "3"}),)
    assert found.rule is not None
    assert allocate(found.election, found.rule).winners == (0, 1)


def test_who_voted_is_shown_by_age_and_place_against_the_roll(story: Story) -> None:
    """Twelve of 30–44 of whom six vote, six of 45–59 of whom three do: the second are too few, and hide the first."""
    for number in range(12):
        story.place.resident(f"青年{number}", birth_on=dt.date(1990, 1, 1))
    story.place.voters.sort(key=lambda user: user.pk)
    row = story.allocated(papers=(*[(1,)] * 3, *[(2,)] * 3, *[(3,)] * 6))

    ages = {part.name: (part.entitled, part.cast) for part in queries.turnout_of(row)["ages"]}
    places = queries.turnout_of(row)["places"]

    assert ages == {"45–59": (None, None), "30–44": (None, None)}
    assert [(part.name, part.entitled, part.cast, part.of_roll, part.of_cast) for part in places] == [
        (row.division.name, 18, 12, Decimal(100), Decimal(100))
    ]


def test_large_groups_are_shown_with_their_parts(story: Story) -> None:
    Resident.objects.filter(division=story.people.community).update(birth_on=dt.date(1970, 1, 1))
    for number in range(4):
        story.place.resident(f"长者{number}", birth_on=dt.date(1970, 1, 1))
    for number in range(10):
        story.place.resident(f"青年{number}", birth_on=dt.date(1990, 1, 1))
    row = story.voting()
    voters = [*story.place.voters[:5], *story.place.voters[10:15]]
    story.place.voters = voters
    row = story.counted(row, [(1,)] * 10)

    ages = {part.name: part for part in queries.turnout_of(row)["ages"]}
    text = page(None, row.get_absolute_url(), "en").content.decode()

    assert {name: (part.entitled, part.cast, part.of_roll, part.of_cast) for name, part in ages.items()} == {
        "45–59": (10, 5, Decimal("50.0"), Decimal("50.0")),
        "30–44": (10, 5, Decimal("50.0"), Decimal("50.0")),
    }
    assert "50.0 %" in text
