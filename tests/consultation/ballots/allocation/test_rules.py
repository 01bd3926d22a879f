"""The rules of allocation: worked examples, what always holds, and counting again by another program."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation.ballots.allocation.allocate import Stage, TooManyRuns, allocate
from consultation.ballots.allocation.election import Election, Kind, PaperImpossible, Project, group, marks_of
from consultation.ballots.allocation.equal_shares import Shares, Spending
from consultation.ballots.allocation.figures import satisfaction
from consultation.ballots.allocation.greedy import admitted
from consultation.ballots.allocation.rule import Completion, Method, Rule, Threshold, Utility, rule_named
from tests.consultation.ballots.allocation.plain import by_definition, completed_by_definition, elections
from tests.properties import examples

SHARES = Rule(Method.EQUAL_SHARES)
RULES = [
    Rule(),
    Rule(stops=True),
    Rule(threshold=3),
    Rule(threshold=2, threshold_on=Threshold.SUPPORTERS),
    SHARES,
    Rule(Method.EQUAL_SHARES, utility=Utility.CARDINALITY),
    Rule(Method.EQUAL_SHARES, completion=Completion.ADD1_OVERSPENT),
    Rule(Method.EQUAL_SHARES, completion=Completion.ADD1_EXHAUSTIVE),
    Rule(Method.EQUAL_SHARES, completion=Completion.ADD1_OVERSPENT, then_greedy=True),
    Rule(Method.EQUAL_SHARES, completion=Completion.ADD1_EXHAUSTIVE, then_greedy=True, compares=True, threshold=2),
]


def election(costs: list[int], papers: dict[str, int], budget: int, **more: tuple[frozenset[str], ...]) -> Election:
    """Return an election of projects a, b, c, … with papers such as {"ab": 3}."""
    keys = "abcdefghij"[: len(costs)]
    projects = tuple(
        Project(key, cost, number=number) for number, (key, cost) in enumerate(zip(keys, costs, strict=True), 1)
    )
    return Election(
        projects,
        budget,
        group((tuple((keys.index(key), 1) for key in sorted(names)), people) for names, people in papers.items()),
        unit=1,
        **more,
    )


def names(case: Election, rule: Rule) -> str:
    return "".join(case.projects[place].key for place in allocate(case, rule).winners)


def test_greedy_passes_over_what_the_money_does_not_pay() -> None:
    case = election([60, 60, 40], {"ab": 5, "bc": 1, "a": 2}, 100)

    assert names(case, Rule()) == "ac"


def test_greedy_without_passing_over_stops_there() -> None:
    case = election([60, 60, 40], {"ab": 5, "bc": 1, "a": 2}, 100)

    assert names(case, Rule(stops=True)) == "a"


def test_a_project_that_costs_exactly_the_money_left_is_taken() -> None:
    case = election([60, 40], {"a": 2, "b": 1}, 100)

    assert names(case, Rule()) == "ab"
    assert names(election([60, 41], {"a": 2, "b": 1}, 100), Rule()) == "a"


@pytest.mark.parametrize(("threshold", "winners"), [(3, "ab"), (4, "a"), (8, "")])
def test_threshold_counts_from_its_own_figure_on(threshold: int, winners: str) -> None:
    case = election([10, 10], {"a": 4, "ab": 3}, 100)

    assert names(case, Rule(threshold=threshold)) == winners
    assert names(case, Rule(Method.EQUAL_SHARES, threshold=threshold)) == winners


def test_of_an_exclusive_set_one_is_chosen() -> None:
    case = election([10, 10, 10], {"abc": 3, "ab": 2, "a": 1}, 100, exclusions=(frozenset("ab"),))

    assert names(case, Rule()) == "ac"
    assert names(case, SHARES) == "ac"


def test_ties_go_to_more_supporters_then_lower_cost_then_the_place_on_the_ballot() -> None:
    projects = (Project("a", 50, number=1), Project("b", 40, number=2), Project("c", 40, number=3))
    even = Election(projects, 40, group([(((0, 1), (1, 1), (2, 1)), 2)]))
    pointed = Election(projects, 50, group([(((0, 1),), 2), (((1, 2),), 1)]))

    assert allocate(even, Rule()).winners == (1,)
    assert allocate(pointed, Rule()).winners == (0,)


def test_equal_shares_gives_each_group_its_part_where_greedy_gives_all_to_the_larger() -> None:
    """60 people want three projects, 40 want two others: most support first pays for the 60 only."""
    case = election([40, 30, 30, 20, 20], {"abc": 60, "de": 40}, 100)

    assert names(case, Rule()) == "bca"
    assert names(case, SHARES) == "bcde"
    assert satisfaction(case, allocate(case, Rule()).winners).with_something == 60
    assert satisfaction(case, allocate(case, SHARES).winners).with_something == 100


def test_completions_stop_where_they_say() -> None:
    """Shares of 10; `a` needs 16 of each of its 2 people, `b` needs 30 of its one.

    With 16 for everybody `a` is bought and nothing else fits into the 8 left but `c`; it takes 30 to buy `b` too,
    which overspends."""
    case = election([32, 30, 8], {"a": 2, "b": 1, "": 1}, 40)

    assert names(case, SHARES) == ""
    assert names(case, Rule(Method.EQUAL_SHARES, completion=Completion.ADD1_OVERSPENT)) == "a"
    assert allocate(case, Rule(Method.EQUAL_SHARES, completion=Completion.ADD1_OVERSPENT)).runs == 21
    assert allocate(case, Rule(Method.EQUAL_SHARES, completion=Completion.ADD1_EXHAUSTIVE)).runs == 7
    assert names(case, Rule(Method.EQUAL_SHARES, completion=Completion.ADD1_OVERSPENT, then_greedy=True)) == "ac"


def test_stopping_at_the_first_exhaustive_outcome_differs_from_stopping_before_overspending() -> None:
    """With 20 for each, `a` and then nothing fits: exhaustive. With more, others are bought instead of it."""
    found = set()
    for seed in range(40):
        rng = random.Random(seed)
        case = election(
            [rng.randint(5, 60) for _key in range(5)],
            {"".join(rng.sample("abcde", rng.randint(1, 3))): rng.randint(1, 4) for _paper in range(6)},
            100,
        )
        outcomes = [
            allocate(case, Rule(Method.EQUAL_SHARES, completion=completion))
            for completion in (Completion.ADD1_OVERSPENT, Completion.ADD1_EXHAUSTIVE)
        ]
        assert all(outcome.spent <= case.budget for outcome in outcomes)
        assert outcomes[1].runs <= outcomes[0].runs
        found.add(set(outcomes[0].winners) == set(outcomes[1].winners))

    assert found == {True, False}


def test_comparison_lets_the_greedy_outcome_stand_where_more_are_better_served() -> None:
    """Seven of ten want the dear `a`; equal shares buys `b` and `c`, which nine of ten have named less dearly."""
    case = election([70, 20, 20], {"ab": 6, "ac": 1, "bc": 3}, 90)
    compared = allocate(case, Rule(Method.EQUAL_SHARES, compares=True))
    plain = allocate(case, SHARES)

    better = allocate(case, Rule())
    assert compared.comparison is not None
    stands = better if compared.comparison.for_greedy > compared.comparison.for_shares else plain
    assert set(compared.winners) == set(stands.winners)


def test_comparison_keeps_equal_shares_where_nobody_is_better_served_otherwise() -> None:
    even = election([10, 10], {"a": 1, "b": 1}, 10)
    larger = election([10, 10], {"a": 2, "b": 1}, 10)
    rule = Rule(Method.EQUAL_SHARES, completion=Completion.ADD1_OVERSPENT, compares=True)

    assert allocate(even, rule).stage is Stage.COMPARED  # equal shares pays nothing: one of two is better served
    assert allocate(larger, rule).stage is Stage.SHARES  # both choose the same
    assert allocate(election([10], {"a": 1}, 10), rule).stage is Stage.SHARES


@given(case=elections(), utility=st.sampled_from(Utility), extra=st.integers(0, 40))
@settings(max_examples=examples(50))
def test_equal_shares_is_the_definition(case: Election, utility: Utility, extra: int) -> None:
    share = Fraction(case.budget, case.voters) + extra
    spending = Spending(Shares(case, utility, [True] * len(case.projects)), share)

    assert (list(spending.run().places), spending.moneys()) == by_definition(case, utility, share)


@given(case=elections(), rule=st.sampled_from([rule for rule in RULES if rule.completion is not Completion.NONE]))
@settings(max_examples=examples(50))
def test_runs_that_are_not_made_would_have_given_the_same(case: Election, rule: Rule) -> None:
    outcome = allocate(case, rule)

    assert (outcome.run, outcome.runs) == completed_by_definition(case, rule)


def test_a_project_that_one_person_wants_needs_no_million_runs() -> None:
    """Everybody wants `a`, one person also the dear `b`: nothing changes until the share alone pays for it."""
    case = election([10**8, 10**12], {"a": 99, "ab": 1}, 10**11)
    rule = Rule(Method.EQUAL_SHARES, completion=Completion.ADD1_OVERSPENT)
    outcome = allocate(case, rule, most_runs=20)

    assert outcome.winners == (0,)
    assert outcome.run is not None
    assert outcome.run.share == 10**12 + 10**6 - 1
    assert outcome.runs == 10**12 + 10**6 - 10**9 + 1


def test_nobody_waits_for_more_runs_than_asked_for() -> None:
    case = election([32, 30, 8], {"a": 2, "b": 1, "": 1}, 40)

    with pytest.raises(TooManyRuns):
        allocate(case, Rule(Method.EQUAL_SHARES, completion=Completion.ADD1_OVERSPENT), most_runs=3)


@given(case=elections(), rule=st.sampled_from(RULES))
@settings(max_examples=examples(50))
def test_no_budget_is_exceeded_and_no_exclusion_broken(case: Election, rule: Rule) -> None:
    outcome = allocate(case, rule)

    assert outcome.spent == case.cost_of(outcome.winners) <= case.budget
    assert len(set(outcome.winners)) == len(outcome.winners)
    assert not any(case.rivals[place] & set(outcome.winners) for place in outcome.winners)
    passes = admitted(case, rule)
    assert all(passes[place] for place in outcome.winners)


@given(case=elections(), utility=st.sampled_from(Utility))
@settings(max_examples=examples(50))
def test_nobody_pays_more_than_the_share_and_payments_make_the_costs(case: Election, utility: Utility) -> None:
    share = Fraction(case.budget, case.voters)
    spending = Spending(Shares(case, utility, [True] * len(case.projects)), share)
    bought, moneys = spending.run().places, spending.moneys()

    assert all(0 <= money <= share for money in moneys)
    spent = sum((share - money) * people for money, (_marks, people) in zip(moneys, case.papers, strict=True))
    assert spent == case.cost_of(bought)


@given(case=elections(), rule=st.sampled_from(RULES), seed=st.integers(0, 100))
@settings(max_examples=examples(50))
def test_the_order_of_papers_and_projects_changes_nothing(case: Election, rule: Rule, seed: int) -> None:
    rng = random.Random(seed)
    places = list(range(len(case.projects)))
    rng.shuffle(places)
    papers = [
        (tuple(sorted((places.index(place), weight) for place, weight in marks)), people)
        for marks, people in case.papers
    ]
    rng.shuffle(papers)
    turned = Election(
        tuple(case.projects[place] for place in places), case.budget, tuple(papers), case.unit, case.exclusions
    )

    here = [case.projects[place].key for place in allocate(case, rule).winners]
    there = [turned.projects[place].key for place in allocate(turned, rule).winners]
    assert here == there


def test_large_amounts_that_floating_point_cannot_tell_apart_are_decided_exactly() -> None:
    """`b` asks one fen less of each of its supporters than `a`, of a thousand million yuan."""
    projects = (Project("a", 100_000_000_001, number=1), Project("b", 100_000_000_000, number=2))
    papers = group([(((0, 1),), 3), (((1, 1),), 3)])
    run = Shares(Election(projects, 200_000_000_001, papers), Utility.CARDINALITY, [True, True])

    assert run.run(Fraction(100_000_000_001, 3)).places == (1, 0)
    assert run.run(Fraction(100_000_000_001, 3) - Fraction(1, 10**9)).places == (1,)


@pytest.mark.parametrize("times", [1, 10**30])
def test_amounts_of_any_size_are_counted_exactly(times: int) -> None:
    """`a` asks a third of what is left; its supporters have it to the last fen, or lack one."""
    projects = (Project("a", 3 * times, number=1), Project("b", times, number=2))
    papers = group([(((0, 1), (1, 1)), 3), (((1, 1),), 1)])
    shares = Shares(Election(projects, 5 * times, papers), Utility.CARDINALITY, [True, True])

    enough = times + Fraction(times, 4)
    assert shares.run(enough).places == (1, 0)
    assert shares.run(enough - Fraction(1, 10**60)).places == (1,)


@given(case=elections(most_weight=4), utility=st.sampled_from(Utility), people=st.integers(1, 1000))
@settings(max_examples=examples(50))
def test_equal_papers_counted_together_are_as_many_papers(case: Election, utility: Utility, people: int) -> None:
    """A thousand people who wrote the same pay as a thousand people; bounds and rounding never decide."""
    papers = tuple((marks, count * people) for marks, count in case.papers)
    larger = Election(case.projects, case.budget, papers, case.unit, case.exclusions)
    share = Fraction(case.budget, larger.voters) * 7 / 3
    spending = Spending(Shares(larger, utility, [True] * len(case.projects)), share)

    assert (list(spending.run().places), spending.moneys()) == by_definition(larger, utility, share)


def test_an_election_without_papers_chooses_by_nothing() -> None:
    case = election([10], {}, 100)

    assert names(case, SHARES) == ""
    assert names(case, Rule(threshold=1)) == ""


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_read_back_from_what_was_frozen(rule: Rule) -> None:
    assert Rule.from_document(rule.document()) == rule


def test_a_rule_with_other_ties_is_refused() -> None:
    with pytest.raises(ValueError, match="ties"):
        Rule.from_document({**Rule().document(), "ties": "by lot"})


@pytest.mark.parametrize(
    "code",
    [
        "greedy",
        "greedy-no-skip",
        "equalshares",
        "equalshares/add1",
        "equalshares/add1exhaustive",
        "equalshares/add1-greedy",
        "equalshares/add1-comparison",
        "equalshares-cardinality/add1exhaustive-greedy-comparison",
    ],
)
def test_a_rule_is_named_as_files_name_it(code: str) -> None:
    found = rule_named(code)

    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("code", ["", "unknown", "greedy-custom", "equalshares/phragmen", "greedy/add1"])
def test_words_that_name_no_rule(code: str) -> None:
    assert rule_named(code) is None


@pytest.mark.parametrize(
    ("kind", "named", "points", "places", "marks"),
    [
        (Kind.APPROVAL, [2, 0], [], 0, ((0, 1), (2, 1))),
        (Kind.KNAPSACK, [1], [], 0, ((1, 1),)),
        (Kind.POINTS, [2, 0], [0, 5], 0, ((0, 5),)),
        (Kind.RANKED, [2, 0, 1], [], 3, ((0, 2), (1, 1), (2, 3))),
        (Kind.RANKED, [2], [], 3, ((2, 3),)),
        (Kind.APPROVAL, [], [], 0, ()),
    ],
)
def test_papers_become_weights(
    kind: Kind, named: list[int], points: list[int], places: int, marks: tuple[tuple[int, int], ...]
) -> None:
    assert marks_of(kind, named, points, places) == marks


@pytest.mark.parametrize(
    ("kind", "named", "points"),
    [(Kind.APPROVAL, [1, 1], []), (Kind.POINTS, [1], []), (Kind.POINTS, [1], [-1])],
)
def test_papers_that_say_something_impossible(kind: Kind, named: list[int], points: list[int]) -> None:
    with pytest.raises(PaperImpossible):
        marks_of(kind, named, points)


def test_satisfaction_counts_people_by_what_they_got() -> None:
    case = election([40, 60, 50], {"ab": 3, "a": 1, "c": 2}, 100)

    found = satisfaction(case, [0, 1])

    assert (found.voters, found.by_number, found.with_something) == (6, (2, 1, 3), 4)
    assert found.money == Fraction(3 * 100 + 40, 600)
