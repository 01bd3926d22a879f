"""What the rules of participatory budgets fix, and the text that is frozen before anybody votes (all pure)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare
from consultation.ballots.allocation import rule as rules_of_allocation
from consultation.ballots.allocation.election import Election, Kind, Project, group, marks_of
from consultation.ballots.allocation.rule import Rule
from consultation.ballots.allocation.sides import Marks
from governance.money import to_fen

APPEAL_DAYS = declare(
    "budgeting.appeal_days",
    _("Working days in which a refused proposal can be appealed"),
    unit="working days",
    read=int,
    default=5,
    basis="Default of this platform",
)
LEAST_PROPOSALS = declare(
    "budgeting.least_proposals",
    _("Proposals without which a budget is not put to the vote"),
    unit="proposals",
    read=int,
    default=2,
    basis="Default of this platform",
)
MOST_OWN = declare(
    "budgeting.most_own_proposals",
    _("Proposals that one person can hand in for a round"),
    unit="proposals",
    read=int,
    default=3,
    basis="Default of this platform",
)

FORM = "allocation/1"
PER_MILLE = 1000
BANDS = ((18, 29), (30, 44), (45, 59), (60, 74), (75, 200))
"""Age bands, in whole years."""


def code_version() -> str:
    """Return what names the allocating program: its form, and the SHA-256 of the modules that decide."""
    digest = hashlib.sha256()
    here = Path(rules_of_allocation.__file__).parent
    for name in ("allocate", "election", "equal_shares", "greedy", "rule", "sides"):
        digest.update((here / f"{name}.py").read_bytes())
    return f"{FORM} {digest.hexdigest()}"


CODE_VERSION = code_version()


def threshold_of(per_mille: int, entitled: int) -> int:
    """Return the votes that a proposal needs, from the size of the roll; rounded up."""
    return -(-per_mille * entitled // PER_MILLE)


def written(document: dict[str, Any]) -> str:
    """Write a document in its one canonical form."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def frozen_document(
    *,
    name: str,
    amount: Decimal,
    rule: Rule,
    threshold_per_mille: int,
    kind: str,
    places: int,
    proposals: Sequence[tuple[int, str, Decimal]],
    exclusions: Iterable[tuple[int, int]],
) -> str:
    """Return the canonical text of everything that the allocation depends on beside the papers.

    Proposals are (number on the ballot, title, cost); exclusions pairs of such numbers. The threshold is in per mille of
    the roll, whose size is frozen with the ballot.
    """
    return written(
        {
            "form": FORM,
            "code_version": CODE_VERSION,
            "round": name,
            "budget_fen": to_fen(amount),
            "rule": rule.document(),
            "threshold_per_mille": threshold_per_mille,
            "kind": kind,
            "places": places,
            "projects": [
                {"number": number, "title": title, "cost_fen": to_fen(cost)} for number, title, cost in proposals
            ],
            "exclusions": sorted(sorted(pair) for pair in exclusions),
        }
    )


def frozen_election(frozen: str, entitled: int, papers: Iterable[Sequence[int]]) -> tuple[Election, Rule]:
    """Return the election and the rule from what was frozen and the papers (numbers on the ballot)."""
    document = json.loads(frozen)
    projects = tuple(
        Project(str(row["number"]), row["cost_fen"], row["title"], row["number"]) for row in document["projects"]
    )
    place = {row["number"]: at for at, row in enumerate(document["projects"])}
    kind = Kind(document["kind"])
    marks = group((_marks(kind, [place[number] for number in paper], document["places"]), 1) for paper in papers)
    exclusions = tuple(frozenset(str(number) for number in pair) for pair in document["exclusions"])
    threshold = threshold_of(document["threshold_per_mille"], entitled)
    applied = Rule.from_document({**document["rule"], "threshold": threshold})
    return Election(projects, document["budget_fen"], marks, exclusions=exclusions), applied


def _marks(kind: Kind, paper: Sequence[int], places: int) -> Marks:
    """Read a paper as ballots keep it: points as a number once for each point, a ranking with the best first."""
    if kind is Kind.POINTS:
        return tuple(sorted(Counter(paper).items()))
    return marks_of(kind, paper, places=places)


def sha256(text: str) -> str:
    """Return the SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
