"""Equal shares by the definition, slowly, with fractions for every voter: what the product's own must agree with."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from consultation.ballots.allocation.election import Election, Project, group
from consultation.ballots.allocation.equal_shares import Run, Shares
from consultation.ballots.allocation.greedy import admitted
from consultation.ballots.allocation.rule import Completion, Rule, Utility
from consultation.ballots.allocation.sides import Marks


def by_definition(election: Election, utility: Utility, share: Fraction) -> tuple[list[int], list[Fraction]]:
    """Return what is bought, in order, and what each group's people have left."""
    money = [share] * len(election.papers)
    waiting = {place for place in range(len(election.projects)) if election.supporters[place]}
    bought: list[int] = []
    while True:
        offers = []
        for place in waiting:
            cost = election.projects[place].cost
            rate = _rate(election, place, money)
            if rate is not None:
                price = rate / cost if utility is Utility.COST else rate
                offers.append((price, election.tie_key(place), place, rate))
        if not offers:
            return bought, money
        _price, _tie, place, rate = min(offers)
        for number, (marks, _people) in enumerate(election.papers):
            money[number] -= min(money[number], rate * dict(marks).get(place, 0))
        bought.append(place)
        waiting -= {place} | election.rivals[place]


def completed_by_definition(election: Election, rule: Rule) -> tuple[Run, int]:
    """Return the run that stands when the completion is carried out run by run, and how many there were."""
    shares = Shares(election, rule.utility, admitted(election, rule))
    stands, runs = shares.run(Fraction(election.budget, election.voters)), 1
    share = election.budget // election.voters
    while True:
        chosen = set(stands.places)
        open_ = [place for place in shares.sides if place not in chosen and not election.rivals[place] & chosen]
        left = election.budget - election.cost_of(chosen)
        fits = any(election.projects[place].cost <= left for place in open_)
        if not open_ or (rule.completion is Completion.ADD1_EXHAUSTIVE and not fits):
            return stands, runs
        share, runs = share + 1, runs + 1
        tried = shares.run(Fraction(share))
        if election.cost_of(tried.places) > election.budget:
            return stands, runs
        stands = tried


def _rate(election: Election, place: int, money: list[Fraction]) -> Fraction | None:
    """Return what a unit of weight pays, those who have less paying all they have."""
    side = [
        (money[number] / dict(marks)[place], dict(marks)[place] * people)
        for number, (marks, people) in enumerate(election.papers)
        if place in dict(marks)
    ]
    missing = Fraction(election.projects[place].cost)
    weight = sum(each for _money, each in side)
    for reach, each in sorted(side):
        rate = missing / weight
        if reach >= rate:
            return rate
        missing -= reach * each
        weight -= each
    return max(side)[0] if not missing else None


@st.composite
def elections(draw: st.DrawFn, *, most_weight: int = 3, with_exclusions: bool = True) -> Election:
    """Small elections with many ties."""
    size = draw(st.integers(1, 6))
    costs = draw(st.lists(st.integers(1, 30) | st.sampled_from([10, 20, 100]), min_size=size, max_size=size))
    marks: st.SearchStrategy[Marks] = st.dictionaries(
        st.integers(0, size - 1), st.integers(1, most_weight), max_size=size
    ).map(lambda found: tuple(sorted(found.items())))
    papers = draw(st.lists(st.tuples(marks, st.integers(1, 3)), min_size=1, max_size=12))
    pairs = st.sets(st.integers(0, size - 1), min_size=2, max_size=3)
    sets = draw(st.lists(pairs, max_size=1)) if with_exclusions and size > 1 else []
    return Election(
        tuple(Project(f"p{place}", cost, number=place + 1) for place, cost in enumerate(costs)),
        draw(st.integers(1, 150)),
        group(papers),
        unit=1,
        exclusions=tuple(frozenset(f"p{place}" for place in places) for places in sets),
    )
