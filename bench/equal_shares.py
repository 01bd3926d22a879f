"""Equal shares, exact: seconds and memory on invented elections of given sizes and on a `.pb` file.

The limit is the same method in floating point with its plain loop (no bounds, nothing exact): what the money of the
voters costs when nobody has to answer for the last fen. Elections as in the sizes that cities have: 3 to 12 projects on
a paper, drawn by a popularity that falls with the rank to the power of 0.7, costs log-normal.

`python3 run.py bench equal_shares [--voters 100000 --projects 100] [--file FILE.pb]`
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
import tracemalloc
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from bench import measure
from consultation.ballots.allocation.allocate import allocate
from consultation.ballots.allocation.election import Election, Project
from consultation.ballots.allocation.equal_shares import Shares
from consultation.ballots.allocation.pabulib import read_pb
from consultation.ballots.allocation.rule import Completion, Method, Rule, Utility
from consultation.ballots.allocation.sides import Marks
from engines import Stack

SEED = 7
BUDGET = 10_000_000
LEAST, MOST = 20_000, 2_500_000
FEWEST, LONGEST = 3, 12
MEGABYTE = 1 << 20


def invented(voters: int, projects: int) -> Election:
    """Return an election of a size, the same each time."""
    rng = random.Random(SEED)
    costs = [min(max(int(rng.lognormvariate(12.3, 0.6)), LEAST), MOST) for _project in range(projects)]
    popularity = [1 / rank**0.7 for rank in range(1, projects + 1)]
    rng.shuffle(popularity)
    found: Counter[Marks] = Counter()
    for _voter in range(voters):
        wanted = rng.randint(FEWEST, LONGEST)
        named: set[int] = set()
        while len(named) < wanted:
            named.update(rng.choices(range(projects), popularity, k=wanted - len(named)))
        found[tuple((place, 1) for place in sorted(named))] += 1
    listed = tuple(Project(str(place), cost * 100, number=place) for place, cost in enumerate(costs))
    return Election(listed, BUDGET * 100, tuple(found.items()))


def in_floating_point(election: Election) -> list[int]:
    """Buy by the definition in floating point: every project at every purchase, its supporters sorted."""
    share = election.budget / election.voters
    money = [share] * len(election.papers)
    people = [count for _marks, count in election.papers]
    sides: list[list[int]] = [[] for _project in election.projects]
    for number, (marks, _people) in enumerate(election.papers):
        for place, _weight in marks:
            sides[place].append(number)
    waiting, bought = set(range(len(sides))), []
    while True:
        best = None
        for place in sorted(waiting):
            side, cost = sides[place], election.projects[place].cost
            missing, heads = float(cost), sum(people[number] for number in side)
            rate = 0.0
            for number in sorted(side, key=money.__getitem__):
                rate = missing / heads
                if money[number] >= rate:
                    break
                missing -= money[number] * people[number]
                heads -= people[number]
            else:
                waiting.discard(place)
                continue
            if best is None or rate / cost < best[0]:
                best = (rate / cost, place, rate)
        if best is None:
            return bought
        for number in sides[best[1]]:
            money[number] -= min(money[number], best[2])
        bought.append(best[1])
        waiting.discard(best[1])


def main() -> int:
    """Measure the sizes asked for, and the file where one is named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--voters", type=int, default=100_000)
    parser.add_argument("--projects", type=int, default=100)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--completed", action="store_true", help="with all runs of the completion, once")
    with Stack():
        return measured(parser.parse_args())


def measured(given: argparse.Namespace) -> int:
    """Measure and report."""
    if given.file:
        election = read_pb(given.file.read_text(encoding="utf-8-sig")).election
    else:
        election = invented(given.voters, given.projects)
    share = Fraction(election.budget, election.voters)
    everybody = [True] * len(election.projects)

    def exact() -> float:
        begun = time.perf_counter()
        # A copy, so that the arrangement of the papers is part of the time.
        Shares(replace(election), Utility.COST, everybody).run(share)
        return time.perf_counter() - begun

    def floating() -> float:
        begun = time.perf_counter()
        in_floating_point(election)
        return time.perf_counter() - begun

    bought = Shares(election, Utility.COST, everybody).run(share).places
    tracemalloc.start()
    Shares(replace(election), Utility.COST, everybody).run(share)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    times = measure.interleaved({"floating": floating, "exact": exact}, rounds=given.rounds)
    sizes = {
        "voters": election.voters,
        "projects": len(election.projects),
        "papers that differ": len(election.papers),
        "bought": len(bought),
        "peak MB of a run": round(peak / MEGABYTE, 1),
        "peak MB of the process": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    if given.completed:
        rule = Rule(Method.EQUAL_SHARES, completion=Completion.ADD1_OVERSPENT, then_greedy=True)
        begun = time.perf_counter()
        sizes["runs of the completion"] = allocate(election, rule).runs
        sizes["seconds of the completion"] = round(time.perf_counter() - begun, 1)
    report = measure.Report("equal_shares", sizes)
    report.line("floating point, plain loop", times["floating"], unit="s")
    report.line("exact", times["exact"], unit="s", limit="floating point, plain loop", at_most=1.0)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
