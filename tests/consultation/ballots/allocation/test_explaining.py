"""The figures in the reasons, counted again by adding or taking away the votes that they name."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation.ballots.allocation.allocate import Stage, allocate
from consultation.ballots.allocation.election import Election, Kind, Project, group
from consultation.ballots.allocation.equal_shares import Shares
from consultation.ballots.allocation.explaining import Reason, Why, explain, flips, votes_needed
from consultation.ballots.allocation.rule import Completion, Method, Rule, Utility
from consultation.ballots.allocation.sentences import rule_in_words, sentences
from consultation.ballots.allocation.sides import Marks
from tests.consultation.ballots.allocation.plain import elections
from tests.properties import examples

GREEDY = [Rule(), Rule(stops=True), Rule(threshold=3), Rule(threshold=2, stops=True)]
MANY = 400


def with_fewer(case: Election, place: int, people: int) -> Election:
    """Return the election after so many people took a project off their papers."""
    papers: list[tuple[Marks, int]] = []
    for marks, count in case.papers:
        changed = min(people, count) if place in dict(marks) else 0
        people -= changed
        papers += [(marks, count - changed), (tuple(mark for mark in marks if mark[0] != place), changed)]
    return Election(case.projects, case.budget, group(papers), case.unit, case.exclusions)


@given(case=elections(), rule=st.sampled_from(GREEDY))
@settings(max_examples=examples(50))
def test_greedy_votes_that_are_missing_turn_the_outcome(case: Election, rule: Rule) -> None:
    for reason in explain(case, allocate(case, rule)):
        if reason.is_winner:
            continue
        if reason.votes is None:
            assert case.projects[reason.place].cost > case.budget
        else:
            assert flips(case, reason, lambda other: allocate(other, rule).winners)


@given(case=elections(most_weight=1), rule=st.sampled_from(GREEDY))
@settings(max_examples=examples(50))
def test_greedy_votes_that_a_winner_can_lose_turn_the_outcome(case: Election, rule: Rule) -> None:
    for reason in explain(case, allocate(case, rule)):
        if not reason.is_winner:
            continue
        fewer = case.supporters[reason.place] if reason.votes is None else reason.votes

        def wins(people: int, place: int = reason.place) -> bool:
            return place in allocate(with_fewer(case, place, people), rule).winners

        assert wins(fewer) is (reason.votes is None)
        assert fewer == 0 or wins(fewer - 1)


@given(case=elections(), utility=st.sampled_from(Utility), extra=st.integers(0, 40))
@settings(max_examples=examples(50))
def test_people_that_equal_shares_is_missing_turn_the_outcome(case: Election, utility: Utility, extra: int) -> None:
    share = Fraction(case.budget, case.voters) + extra
    everybody = [True] * len(case.projects)
    run = Shares(case, utility, everybody).run(share)

    def bought(place: int, people: int) -> bool:
        return place in Shares(case.with_more(place, people), utility, everybody).run(share).places

    for place, people in votes_needed(case, Rule(Method.EQUAL_SHARES, utility=utility), run)[0].items():
        if people is None:
            assert case.rivals[place]
            assert not bought(place, MANY)
        else:
            assert bought(place, people)
            assert people == 0 or not bought(place, people - 1)


@given(case=elections(), compares=st.booleans())
@settings(max_examples=examples(50))
def test_reasons_tell_the_outcome(case: Election, compares: bool) -> None:
    rule = Rule(
        Method.EQUAL_SHARES, completion=Completion.ADD1_OVERSPENT, then_greedy=True, compares=compares, threshold=2
    )
    outcome = allocate(case, rule)
    reasons = explain(case, outcome)

    assert [reason.place for reason in reasons] == list(range(len(case.projects)))
    assert {reason.place for reason in reasons if reason.is_winner} == set(outcome.winners)
    if outcome.stage is Stage.SHARES:
        out = [reason for reason in reasons if reason.why is Why.SHORT_OF_SHARES]
        assert all(reason.had + reason.short == case.projects[reason.place].cost for reason in out)
    with translation.override("en"):
        assert all(sentences(case, reasons))


def small() -> Election:
    projects = (
        Project("a", 6000, "Benches", 1),
        Project("b", 5000, "Lamps", 2),
        Project("c", 3000, "Trees", 3),
        Project("d", 90000, "Hall", 4),
    )
    papers = group([(((0, 1), (1, 1)), 6), (((0, 1),), 2), (((2, 1),), 1), (((1, 1), (3, 1)), 1)])
    return Election(projects, 10000, papers)


def test_greedy_sentences() -> None:
    case = small()

    with translation.override("en"):
        assert sentences(case, explain(case, allocate(case, Rule()))) == [
            (
                "Chosen with 8 votes: it costs 60.00 yuan, and 100.00 yuan were there at its turn. "
                "With 1 vote fewer it would not have been chosen."
            ),
            (
                "Not chosen: at its turn 40.00 yuan were left; it costs 50.00 yuan, 10.00 yuan more. "
                "1 vote more would have brought it in."
            ),
            (
                "Chosen with 1 vote: it costs 30.00 yuan, and 40.00 yuan were there at its turn. "
                "The money was enough for it with fewer votes, too."
            ),
            (
                "Not chosen: at its turn 10.00 yuan were left; it costs 900.00 yuan, 890.00 yuan more. "
                "It costs more than the whole budget."
            ),
        ]


def test_equal_shares_sentences() -> None:
    case = small()

    with translation.override("en"):
        assert sentences(case, explain(case, allocate(case, Rule(Method.EQUAL_SHARES)))) == [
            (
                "Chosen: the 8 people who named it had 80.00 yuan of their shares together, it costs 60.00 yuan "
                "(20.00 yuan less); each of them paid at most 7.50 yuan."
            ),
            (
                "Not chosen: the 7 people who named it had 25.00 yuan of their shares left together; it costs "
                "50.00 yuan, 25.00 yuan more. "
                "It would have been bought with 1 person more naming it, each with the same share."
            ),
            (
                "Not chosen: the 1 person who named it had 10.00 yuan of their shares left together; it costs "
                "30.00 yuan, 20.00 yuan more. "
                "It would have been bought with 2 people more naming it, each with the same share."
            ),
            (
                "Not chosen: the 1 person who named it had 10.00 yuan of their shares left together; it costs "
                "900.00 yuan, 890.00 yuan more. "
                "It would have been bought with 89 people more naming it, each with the same share."
            ),
        ]


def test_points_are_called_points() -> None:
    case = small()
    reason = Reason(1, is_winner=False, why=Why.STOPPED, votes=1)

    with translation.override("en"):
        assert sentences(case, [reason], Kind.POINTS) == [
            (
                "Not chosen: the money ended at a project with more support, and the rule stops there. "
                "1 point more would have brought it in."
            )
        ]


@pytest.mark.parametrize("rule", [*GREEDY, Rule(Method.EQUAL_SHARES, then_greedy=True, compares=True)])
def test_a_rule_is_said_in_words(rule: Rule) -> None:
    assert all(rule_in_words(rule))


def test_a_reason_without_a_number_flips_nothing() -> None:
    reason = Reason(1, is_winner=False, why=Why.TOO_DEAR, votes=None)

    assert flips(small(), reason, lambda other: allocate(other, Rule()).winners) is False
