"""Judging a count, and the canonical bytes that make a frozen ballot and its count checkable (all pure).

Two texts are kept in one canonical writing (JSON on one line, keys sorted, no spaces, UTF-8): the frozen ballot, whose
SHA-256 is the fingerprint, and the recount file, whose first line is that text. `verify_ballot.py` reads the file
without sharing code with this module.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext

from communities.policy import policy as judging
from communities.policy.policy import Judgement, Part, Terms, judge
from consultation.ballots import counting
from consultation.ballots.counting import (
    ABSTAIN,
    AGAINST,
    FOR,
    BallotMethod,
    ChoicesImpossible,
    Counted,
    Line,
    Round,
    count_votes,
    read_choices,
)

__all__ = [
    "ABSTAIN",
    "AGAINST",
    "FOR",
    "BallotMethod",
    "ChoicesImpossible",
    "Counted",
    "count_votes",
    "read_choices",
]

FORM = "ballot/2"
"""The form of the two texts. In the first one the result did not name the hash of the rows above it."""
FIRST_FORM = "ballot/1"
FEWEST_OPTIONS, MOST_OPTIONS = 2, 200
MOST_POINTS = 100
"""So many points can be given on one paper at most: each is a mark."""
RECEIPT_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Digits and letters that nobody confuses when they are read out."""
RECEIPT_LENGTH = 16
GROUP = 4


def code_version() -> str:
    """Return what names the counting program: its form, and the SHA-256 of the modules that count and judge."""
    digest = hashlib.sha256()
    for source in (Path(__file__), Path(counting.__file__), Path(judging.__file__)):
        digest.update(source.read_bytes())
    return f"{FORM} {digest.hexdigest()}"


CODE_VERSION = code_version()


def new_receipt() -> str:
    """Return a receipt that cannot be guessed, in groups of four signs; it says nothing of what was chosen."""
    signs = "".join(secrets.choice(RECEIPT_SIGNS) for _sign in range(RECEIPT_LENGTH))
    return "-".join(signs[start : start + GROUP] for start in range(0, RECEIPT_LENGTH, GROUP))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A count as the decision rule judges it."""

    counted: Counted
    judgement: Judgement
    decides: bool
    """Whether there is something to be judged: an option leads, or the rule lets several share the first place."""

    @property
    def has_quorum(self) -> bool:
        """Whether enough took part."""
        return self.judgement.has_quorum

    @property
    def is_passed(self) -> bool:
        """Whether something was decided: the rule is met, and there was something to be judged by it."""
        return self.judgement.is_passed and self.decides

    @property
    def reason(self) -> str:
        """The judgement in words, in the reader's language."""
        if self.decides:
            return self.judgement.reason
        tie = gettext("No option has more votes than every other.")
        return f"{tie} {self.judgement.reason}"


def judge_votes(terms: Terms, counted: Counted, entitled: int, area_entitled: int | None = None) -> Outcome:
    """Judge a count by the terms of the decision rule; with floor area where the rule asks for heads and area both.

    A rule that asks for more than none asks for no leader: of those that share the first place the first is judged.

    Raises:
        CountImpossible: the rule counts floor area and none was given.
    """
    judged = next(iter(counted.leading), None) if terms.majority.is_any else counted.winner
    count = counted.count(entitled, area_entitled if terms.is_dual else None, judged)
    return Outcome(counted, judge(terms, count), decides=counted.decides or judged is not None)


def canonical(row: dict[str, Any]) -> bytes:
    """Write an object in its one canonical form, without a line feed."""
    return unicodedata.normalize(
        "NFC", json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    ).encode()


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def grouped(fingerprint: str) -> str:
    """Write a fingerprint in groups of eight signs for people: a run of its digits could be taken for a bank card."""
    return ":".join(fingerprint[start : start + 2 * GROUP] for start in range(0, len(fingerprint), 2 * GROUP))


def text_number(fingerprint: str) -> str:
    """Return the last twelve digits of a SHA-256 written as a decimal number, which people can compare and read out."""
    digits = f"{int(fingerprint, 16) % 10**12:012d}"
    return "-".join(digits[start : start + GROUP] for start in range(0, len(digits), GROUP))


RollLine = tuple[int, int | None, int | None, str] | tuple[int, int | None, int | None, str, int | None]


def roll_digest(entries: Iterable[RollLine]) -> str:
    """Return the SHA-256 of a roll: one canonical line per entry (number, resident, log-in, name, and the floor area in
    hundredths of a square meter where it counts), by number.

    The whole roll is hashed as one, so that no single name can be tried out against it.
    """
    digest = hashlib.sha256()
    for number, resident, user, name, *more in sorted(entries, key=lambda entry: entry[0]):
        line: dict[str, Any] = {"number": number, "resident": resident, "user": user, "name": name}
        if more and more[0] is not None:
            line["area"] = more[0]
        digest.update(canonical(line) + b"\n")
    return digest.hexdigest()


def written_terms(terms: Terms) -> dict[str, Any]:
    """Write the terms of a decision rule for the frozen text."""

    def part(stated: Part) -> dict[str, Any]:
        return {
            "numerator": stated.numerator,
            "denominator": stated.denominator,
            "is_strict": stated.is_strict,
        }

    dual = {"is_dual": True} if terms.is_dual else {}
    return {"quorum": part(terms.quorum), "pass_base": terms.pass_base, "majority": part(terms.majority), **dual}


def frozen_terms(frozen: str) -> Terms:
    """Read the terms from a frozen text: what was frozen judges, whatever became of the rule since."""
    rule = json.loads(frozen)["rule"]
    return Terms(
        quorum=Part(**rule["quorum"]),
        pass_base=rule["pass_base"],
        majority=Part(**rule["majority"]),
        is_dual=rule.get("is_dual", False),
    )


def frozen_area(frozen: str) -> int | None:
    """Read the floor area of the whole roll from a frozen text; None where only heads count."""
    area: int | None = json.loads(frozen)["roll"].get("area")
    return area


@dataclass(frozen=True, slots=True)
class CastVote:
    """One vote as the recount file shows it: the number on the roll stands for the name.

    A paper of a secret ballot has no channel, and its number is that which it got when the papers were mixed.
    """

    number: int
    channel: str
    choices: tuple[int, ...]
    area: int | None = None


def recount_lines(
    frozen: str, votes: Iterable[CastVote], by_channel: Mapping[str, int], unfinished: int, outcome: Outcome
) -> Iterator[bytes]:
    """Write the recount file line by line: the frozen ballot, every vote by its number (in that order), the result.

    The result names the SHA-256 of all rows above it, so that a vote that decides nothing, such as a late place on a ranked
    paper, cannot be changed unseen either.
    """
    first = frozen.encode() + b"\n"
    digest = hashlib.sha256(first)
    yield first
    for vote in votes:
        line: dict[str, Any] = {"type": "paper", "number": vote.number, "choices": list(vote.choices)}
        if vote.channel:
            line |= {"type": "vote", "channel": vote.channel}
        if vote.area is not None:
            line["area"] = vote.area
        row = canonical(line) + b"\n"
        digest.update(row)
        yield row
    above = {} if json.loads(frozen)["form"] == FIRST_FORM else {"rows_sha256": digest.hexdigest()}
    yield (
        canonical(
            {
                "type": "result",
                "cast": outcome.counted.cast,
                "by_channel": dict(sorted(by_channel.items())),
                "counts": _written("votes", outcome.counted.counts),
                "unfinished": unfinished,
                "winner": outcome.counted.winner,
                "has_quorum": outcome.has_quorum,
                "is_passed": outcome.is_passed,
                **details_of(outcome.counted),
                **above,
            }
        )
        + b"\n"
    )


def recount_file(frozen: str, votes: Sequence[CastVote], unfinished: int, outcome: Outcome) -> bytes:
    """Return the recount file of votes recorded by name."""
    ordered = sorted(votes, key=lambda vote: vote.number)
    return b"".join(recount_lines(frozen, ordered, channels_of(ordered), unfinished, outcome))


def details_of(counted: Counted) -> dict[str, Any]:
    """Write what a count holds besides the figures of the options: those behind points, the rounds, the floor area."""
    found: dict[str, Any] = {}
    if counted.method == BallotMethod.POINTS:
        found["backed"] = _written("votes", counted.backed)
    if counted.method == BallotMethod.RANKED:
        found["rounds"] = [
            {"held": _written("votes", stage.held), "out": stage.out, "exhausted": stage.exhausted}
            for stage in counted.rounds
        ]
    if counted.area_cast:
        found |= {"area": _written("area", counted.area), "area_cast": counted.area_cast}
    return found


def counted_from(method: str, counts: Sequence[Any], cast: int, details: Mapping[str, Any]) -> Counted:
    """Read a count back from what a result keeps."""
    shown = _read("votes", counts)
    rounds = tuple(
        Round(_read("votes", stage["held"]), stage["out"], stage["exhausted"]) for stage in details.get("rounds", ())
    )
    backed = _read("votes", details["backed"]) if "backed" in details else rounds[-1].held if rounds else shown
    return Counted(
        method, shown, cast, backed, _read("area", details.get("area", ())), details.get("area_cast", 0), rounds
    )


def _written(name: str, line: Line) -> list[dict[str, int]]:
    return [{"number": number, name: figure} for number, figure in line]


def _read(name: str, rows: Sequence[Any]) -> Line:
    return tuple((row["number"], row[name]) for row in rows)


def channels_of(votes: Iterable[CastVote]) -> dict[str, int]:
    """Return the number of votes by channel, sorted by its name."""
    return dict(sorted(Counter(vote.channel for vote in votes).items()))
