"""The papers of a round, what they lead to, and how that is written down."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from communities.policy.policy import SMALL_CELL
from communities.policy.queries import value
from communities.territory.models import Division
from consultation.ballots.allocation.allocate import Allocation, allocate
from consultation.ballots.allocation.election import Election, Kind
from consultation.ballots.allocation.explaining import Reason, Why, explain
from consultation.ballots.allocation.figures import satisfaction
from consultation.ballots.allocation.pabulib import BY_SCORE, BY_VOTERS, EXCLUDES, write_pb
from consultation.ballots.allocation.rule import Rule, Threshold
from consultation.ballots.allocation.sentences import Writing
from consultation.ballots.models import Ballot, RollEntry
from consultation.ballots.queries import recount_bytes
from funds.budgeting.lifecycle import RoundStatus
from funds.budgeting.models import BallotKind, BudgetRound
from funds.budgeting.policy import BANDS, frozen_election, threshold_of
from funds.charity.models import CommunityFund
from governance.money import to_yuan

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

VOTE_TYPES: dict[str, str] = {
    BallotKind.APPROVAL: "approval",
    BallotKind.POINTS: "cumulative",
    BallotKind.RANKED: "ordinal",
    BallotKind.KNAPSACK: "approval",
}
"""Vote types as files name them; a choice within the budget is an approval with a largest sum of costs."""
WEIGHED = (BallotKind.POINTS, BallotKind.RANKED)
COUNTED = (RoundStatus.ALLOCATED, RoundStatus.DECIDED, RoundStatus.DONE)


def papers_of(ballot: Ballot, user: User | AnonymousUser) -> tuple[bytes, list[tuple[int, ...]]]:
    """Return the recount file of a published ballot, and the papers in it.

    Raises:
        ResultsNotPublished: it has not been published.
    """
    data = recount_bytes(ballot, user)
    rows = [json.loads(line) for line in data.splitlines()[1:]]
    return data, [tuple(row["choices"]) for row in rows if "choices" in row]


def election_of(row: BudgetRound, user: User | AnonymousUser) -> tuple[Election, Rule]:
    """Return the election of a counted round, from what was frozen and published."""
    ballot = row.ballot
    if ballot is None:
        raise ValueError("a round without a ballot has no papers")
    _data, papers = papers_of(ballot, user)
    return frozen_election(row.frozen_text, ballot.entitled, papers)


@dataclass(frozen=True)
class Trial:
    """What a rule makes of an election, beside the rule that it is compared with."""

    election: Election
    here: Allocation
    other: Allocation
    reasons: tuple[Reason, ...]

    def document(self) -> dict[str, Any]:
        """Write it down; amounts exact, in fen."""
        happy, other = satisfaction(self.election, self.here.winners), satisfaction(self.election, self.other.winners)
        number = self._number
        comparison = self.here.comparison
        return {
            "rule": self.here.rule.document(),
            "stage": str(self.here.stage),
            "runs": self.here.runs,
            "share_fen": str(self.here.run.share) if self.here.run else None,
            "comparison": [comparison.for_shares, comparison.for_greedy] if comparison else None,
            "voters": happy.voters,
            "winners": [number(place) for place in self.here.winners],
            "spent_fen": self.here.spent,
            "with_something": happy.with_something,
            "by_number": list(happy.by_number),
            "supporters": {str(number(place)): people for place, people in enumerate(self.election.supporters)},
            "votes": {str(number(place)): votes for place, votes in enumerate(self.election.scores)},
            "reasons": [
                {
                    "number": number(reason.place),
                    "is_winner": reason.is_winner,
                    "why": str(reason.why),
                    "had": str(reason.had),
                    "short": str(reason.short),
                    "votes": reason.votes,
                    "price": str(reason.price),
                    "by": None if reason.by is None else number(reason.by),
                    "threshold": reason.threshold,
                }
                for reason in self.reasons
            ],
            "other": {
                "rule": self.other.rule.document(),
                "winners": [number(place) for place in self.other.winners],
                "spent_fen": self.other.spent,
                "with_something": other.with_something,
            },
        }

    def _number(self, place: int) -> int:
        return self.election.projects[place].number


def tried(election: Election, rule: Rule, *, most_runs: int | None = None) -> Trial:
    """Apply a rule and the one it is compared with.

    Raises:
        TooManyRuns: it takes longer than asked for.
    """
    here = allocate(election, rule, most_runs=most_runs)
    return Trial(election, here, allocate(election, rule.other, most_runs=most_runs), explain(election, here))


@dataclass(frozen=True, slots=True)
class Line:
    """One project of an outcome, as everybody reads it."""

    number: int
    title: str
    cost: Decimal
    votes: int
    is_winner: bool
    is_others: bool
    """Whether the other rule would have chosen it."""
    sentence: str


@dataclass(frozen=True)
class Shown:
    """An outcome in the reader's language."""

    lines: list[Line]
    spent: Decimal
    budget: Decimal
    voters: int
    with_something: int
    others_spent: Decimal
    others_with_something: int
    other_method: str
    by_number: list[tuple[int, int]]
    share: Decimal | None
    counts_points: bool
    """Whether support is counted in points, not in votes."""
    document: dict[str, Any]

    @property
    def winners(self) -> list[Line]:
        """What was chosen, in the order of the list."""
        return [line for line in self.lines if line.is_winner]

    @property
    def differing(self) -> list[Line]:
        """What one of the two rules chooses and the other does not."""
        return [line for line in self.lines if line.is_winner != line.is_others]


def shown(election: Election, document: dict[str, Any], kind: Kind = Kind.APPROVAL) -> Shown:
    """Return an outcome that was written down, with one sentence for each project; most votes first."""
    place = {project.number: at for at, project in enumerate(election.projects)}
    writing = Writing(election, kind, Threshold(document["rule"]["threshold_on"]))
    others = set(document["other"]["winners"])
    lines = []
    for row in document["reasons"]:
        reason = Reason(
            place[row["number"]],
            row["is_winner"],
            Why(row["why"]),
            had=Fraction(row["had"]),
            short=Fraction(row["short"]),
            votes=row["votes"],
            price=Fraction(row["price"]),
            by=None if row["by"] is None else place[row["by"]],
            threshold=row["threshold"],
        )
        project = election.projects[reason.place]
        lines.append(
            Line(
                project.number,
                project.name,
                to_yuan(project.cost),
                document["votes"][str(project.number)],
                reason.is_winner,
                project.number in others,
                writing.sentence(reason),
            )
        )
    share = document["share_fen"]
    return Shown(
        lines=sorted(lines, key=lambda line: (-line.votes, line.cost, line.number)),
        spent=to_yuan(document["spent_fen"]),
        budget=to_yuan(election.budget),
        voters=document["voters"],
        with_something=document["with_something"],
        others_spent=to_yuan(document["other"]["spent_fen"]),
        others_with_something=document["other"]["with_something"],
        other_method=document["other"]["rule"]["method"],
        by_number=list(enumerate(document["by_number"])),
        share=to_yuan(int(Fraction(share))) if share else None,
        counts_points=writing.counts_points,
        document=document,
    )


def outcome_of(row: BudgetRound) -> Shown:
    """Return the outcome of a counted round; no query. Votes are as they were written down."""
    document = row.outcome
    if document is None:
        raise ValueError("the round has not been counted")
    election, _rule = frozen_election(row.frozen_text, 0, [])
    keys = [str(project.number) for project in election.projects]
    figures = {"scores": document["votes"], "supporters": document["supporters"]}
    election.__dict__.update({name: tuple(found[key] for key in keys) for name, found in figures.items()})
    return shown(election, document, Kind(row.ballot_method))


def turnout_parts(ballot: Ballot, day: dt.date) -> dict[str, list[dict[str, Any]]]:
    """Return who is on the roll and who voted, by age band and by the places next below that of the ballot (a district's
    streets, a street's communities); what is too small is hidden with enough beside it."""
    entitled: dict[str, Counter[str]] = {"ages": Counter(), "places": Counter()}
    cast: dict[str, Counter[str]] = {"ages": Counter(), "places": Counter()}
    below = {place.path: place.name for place in Division.objects.filter(parent=ballot.division)}
    rows = RollEntry.objects.filter(ballot=ballot, resident__isnull=False).values_list(
        "resident__birth_on", "resident__division__path", "vote__pk"
    )
    for birth_on, path, vote in rows.iterator(chunk_size=2000):
        place = next((name for start, name in below.items() if path.startswith(start)), ballot.division.name)
        for kind, name in (("ages", _band(birth_on, day)), ("places", place)):
            entitled[kind][name] += 1
            cast[kind][name] += vote is not None
    least = value(SMALL_CELL, ballot.division, day)
    return {kind: _hidden(entitled[kind], cast[kind], least) for kind in entitled}


def _band(birth_on: dt.date | None, day: dt.date) -> str:
    if birth_on is None:
        return ""
    age = day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))
    return next(
        (f"{low}–{high}" if high < BANDS[-1][1] else f"{low}+" for low, high in BANDS if low <= age <= high), ""
    )


def _hidden(entitled: Counter[str], cast: Counter[str], least: int) -> list[dict[str, Any]]:
    """Write groups down, without figures where few voted or few did not; so many more are hidden beside them, the
    smallest first, that what is left when the others are taken from the whole is not small either."""
    names = sorted(entitled)
    rest = sorted(names, key=lambda name: (entitled[name], name))
    small = [name for name in rest if _fewest(entitled, cast, [name]) < least]
    rest = [name for name in rest if name not in small]
    while small and rest and _fewest(entitled, cast, small) < least:
        small.append(rest.pop(0))
    return [
        {
            "name": name,
            "entitled": None if name in small else entitled[name],
            "cast": None if name in small else cast[name],
        }
        for name in names
    ]


def _fewest(entitled: Counter[str], cast: Counter[str], names: Sequence[str]) -> int:
    """Return how many of these groups voted, or how many did not, whichever is fewer."""
    voted = sum(cast[name] for name in names)
    return min(voted, sum(entitled[name] for name in names) - voted)


@dataclass(frozen=True, slots=True)
class Part:
    """One group of people on the roll and how many of them voted, with their parts of the roll and of all who voted;
    nothing where they are too few to be shown."""

    name: str
    entitled: int | None
    cast: int | None
    of_roll: Decimal | None
    of_cast: Decimal | None


def turnout_of(row: BudgetRound) -> dict[str, list[Part]]:
    """Return who was on the roll and who voted by age band and place, as it was written down; no query."""
    if row.outcome is None or row.ballot is None:
        return {}
    whole, cast = row.ballot.entitled, row.outcome["voters"]
    return {
        kind: [
            Part(
                part["name"],
                part["entitled"],
                part["cast"],
                _percent(part["entitled"], whole),
                _percent(part["cast"], cast),
            )
            for part in parts
        ]
        for kind, parts in row.outcome["turnout"].items()
    }


def _percent(count: int | None, whole: int) -> Decimal | None:
    """Return a part in percent with one decimal, rounded half up."""
    return None if count is None or not whole else Decimal((2000 * count + whole) // (2 * whole)).scaleb(-1)


def last_counted(fund: CommunityFund) -> BudgetRound | None:
    """Return the newest counted round of a fund; one query."""
    rows = BudgetRound.objects.filter(fund=fund, status__in=COUNTED).select_related("ballot")
    return rows.order_by("-pk").first()


def rule_for(row: BudgetRound, entitled: int) -> Rule:
    """Return the rule of a round as it is drafted, for a roll of a size."""
    rule = row.rule
    return Rule.from_document({**rule.document(), "threshold": threshold_of(row.threshold_per_mille, entitled)})


def dry_run(row: BudgetRound, user: User | AnonymousUser) -> tuple[BudgetRound, Shown] | None:
    """Return what the rule of a round would have made of the last round's votes; nothing where there is none."""
    last = last_counted(row.fund)
    if last is None or last.ballot is None:
        return None
    election, _rule = election_of(last, user)
    found = tried(election, rule_for(row, last.ballot.entitled))
    return last, shown(election, found.document(), Kind(last.ballot_method))


def pb_of(row: BudgetRound, user: User | AnonymousUser) -> str:
    """Return the finished round as a `.pb` file; papers stand in the order of the recount file, without numbers of the
    roll."""
    ballot = row.ballot
    if ballot is None or row.outcome is None:
        raise ValueError("the round has not been counted")
    _data, papers = papers_of(ballot, user)
    election, rule = frozen_election(row.frozen_text, ballot.entitled, papers)
    meta = {
        "description": row.title,
        "country": "China",
        "unit": row.fund.division.name,
        "instance": str(row.pk),
        "num_projects": str(len(election.projects)),
        "num_votes": str(len(papers)),
        "budget": str(to_yuan(election.budget)),
        "vote_type": VOTE_TYPES[row.ballot_method],
        "rule": rule.code,
        "date_begin": f"{ballot.opens_at:%d.%m.%Y}",
        "date_end": f"{ballot.closes_at:%d.%m.%Y}",
        **_limits(row),
        "currency": "CNY",
        "fingerprint": ballot.fingerprint,
    }
    if rule.threshold:
        meta[BY_VOTERS if row.ballot_method in WEIGHED else BY_SCORE] = str(rule.threshold)
    winners = set(row.outcome["winners"])
    excluded = [sorted(election.projects[rival].key for rival in rivals) for rivals in election.rivals]
    projects = [
        {
            "project_id": project.key,
            "cost": str(to_yuan(project.cost)),
            "votes": str(votes),
            **({"score": str(score)} if row.ballot_method in WEIGHED else {}),
            "name": project.name,
            "selected": "1" if project.number in winners else "0",
            **({EXCLUDES: ",".join(rivals)} if any(excluded) else {}),
        }
        for project, votes, score, rivals in zip(
            election.projects, election.supporters, election.scores, excluded, strict=True
        )
    ]
    return write_pb(meta, projects, list(_voters(papers, row.ballot_method)))


def _limits(row: BudgetRound) -> dict[str, str]:
    """Return what one paper could say at most, by the names of the files."""
    document = json.loads(row.frozen_text)
    if row.ballot_method == BallotKind.POINTS:
        return {"max_sum_points": str(row.most_choices)}
    if row.ballot_method == BallotKind.KNAPSACK:
        return {"max_length": str(document["places"]), "max_sum_cost": str(row.amount)}
    return {"max_length": str(document["places"])}


def _voters(papers: Sequence[Sequence[int]], kind: str) -> Iterable[dict[str, str]]:
    for number, paper in enumerate(papers, start=1):
        if kind == BallotKind.POINTS:
            given = Counter(paper)
            points = ",".join(str(given[choice]) for choice in sorted(given))
            yield {"voter_id": str(number), "vote": ",".join(map(str, sorted(given))), "points": points}
        else:
            yield {"voter_id": str(number), "vote": ",".join(map(str, paper))}
