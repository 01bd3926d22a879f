"""Counting, and the canonical bytes that make a frozen ballot and its count checkable (all pure).

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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.policy import policy as judging
from communities.policy.policy import Count, Judgement, Part, Tally, Terms, judge
from governance.errors import Invalid

FORM = "ballot/1"
FOR, AGAINST, ABSTAIN = 1, 2, 3
FEWEST_OPTIONS, MOST_OPTIONS = 2, 50
RECEIPT_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Digits and letters that nobody confuses when they are read out."""
RECEIPT_LENGTH = 16
GROUP = 4


class BallotMethod(models.TextChoices):
    """What a voter marks."""

    FOR_AGAINST = "FOR_AGAINST", _("for, against or abstain")
    SINGLE = "SINGLE", _("one of several options")
    APPROVAL = "APPROVAL", _("any number of options")


class ChoicesImpossible(Invalid):
    """What is marked cannot be cast."""

    code = "choices_impossible"
    message = _("%(reason)s")


def code_version() -> str:
    """Return what names the counting program: its form, and the SHA-256 of the two modules that count and judge."""
    digest = hashlib.sha256()
    for source in (Path(__file__), Path(judging.__file__)):
        digest.update(source.read_bytes())
    return f"{FORM} {digest.hexdigest()}"


CODE_VERSION = code_version()


def new_receipt() -> str:
    """Return a receipt that cannot be guessed, in groups of four signs; it says nothing of what was chosen."""
    signs = "".join(secrets.choice(RECEIPT_SIGNS) for _sign in range(RECEIPT_LENGTH))
    return "-".join(signs[start : start + GROUP] for start in range(0, RECEIPT_LENGTH, GROUP))


def read_choices(choices: Sequence[int], numbers: Sequence[int], most: int) -> list[int]:
    """Return what a voter marked, in ascending order.

    Raises:
        ChoicesImpossible: nothing, too much, something twice, or something that is no option.
    """
    marked = sorted(choices)
    if not marked:
        raise ChoicesImpossible(field="choices", reason=gettext("Please choose an option."))
    if len(set(marked)) < len(marked) or not set(marked) <= set(numbers):
        raise ChoicesImpossible(field="choices", reason=gettext("This is not an option of this ballot."))
    if len(marked) > most:
        raise ChoicesImpossible(
            field="choices", reason=gettext("At most %(most)s options can be chosen.") % {"most": most}
        )
    return marked


@dataclass(frozen=True, slots=True)
class Counted:
    """Votes added up: for each option its votes, in the order of the options, and how many people voted."""

    method: str
    counts: tuple[tuple[int, int], ...]
    cast: int

    def votes(self, number: int | None) -> int:
        """Return the votes of an option; none for no option."""
        return dict(self.counts).get(number, 0) if number is not None else 0

    @property
    def winner(self) -> int | None:
        """The option with the most votes; none where two share the first place or nobody voted. Nobody elects to
        abstain."""
        rivals = [row for row in self.counts if self.method != BallotMethod.FOR_AGAINST or row[0] in {FOR, AGAINST}]
        most = max((votes for _number, votes in rivals), default=0)
        leading = [number for number, votes in rivals if votes == most]
        return leading[0] if most and len(leading) == 1 else None

    def tally(self, entitled: int) -> Tally:
        """Return the figures that the decision rule compares: everybody who voted took part.

        Of several options the one with the most votes is judged, and every vote without it counts against it.
        """
        if self.method == BallotMethod.FOR_AGAINST:
            in_favor, against, abstained = self.votes(FOR), self.votes(AGAINST), self.votes(ABSTAIN)
        else:
            in_favor, abstained = self.votes(self.winner), 0
            against = self.cast - in_favor
        return Tally(
            entitled=entitled,
            present=self.cast,
            in_favor=in_favor,
            against=against,
            abstained=abstained,
            cast=self.cast,
        )


def count_votes(method: str, numbers: Sequence[int], votes: Iterable[Sequence[int]]) -> Counted:
    """Add votes up; the order in which they come changes nothing."""
    found: Counter[int] = Counter()
    cast = 0
    for choices in votes:
        cast += 1
        found.update(choices)
    return Counted(method, tuple((number, found[number]) for number in sorted(numbers)), cast)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A count as the decision rule judges it."""

    counted: Counted
    judgement: Judgement

    @property
    def has_quorum(self) -> bool:
        """Whether enough took part."""
        return self.judgement.has_quorum

    @property
    def is_passed(self) -> bool:
        """Whether something was decided: the rule is met, and where there are several options one of them leads."""
        decides = self.counted.method == BallotMethod.FOR_AGAINST or self.counted.winner is not None
        return self.judgement.is_passed and decides

    @property
    def reason(self) -> str:
        """The judgement in words, in the reader's language."""
        if self.counted.method == BallotMethod.FOR_AGAINST or self.counted.winner is not None:
            return self.judgement.reason
        tie = gettext("No option has more votes than every other.")
        return f"{tie} {self.judgement.reason}"


def judge_votes(terms: Terms, counted: Counted, entitled: int) -> Outcome:
    """Judge a count by the terms of the decision rule."""
    return Outcome(counted, judge(terms, Count(counted.tally(entitled))))


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


def roll_digest(entries: Iterable[tuple[int, int | None, int | None, str]]) -> str:
    """Return the SHA-256 of a roll: one canonical line per entry (number, resident, log-in, name), by number.

    The whole roll is hashed as one, so that no single name can be tried out against it.
    """
    digest = hashlib.sha256()
    for number, resident, user, name in sorted(entries, key=lambda entry: entry[0]):
        digest.update(canonical({"number": number, "resident": resident, "user": user, "name": name}) + b"\n")
    return digest.hexdigest()


def written_terms(terms: Terms) -> dict[str, Any]:
    """Write the terms of a decision rule for the frozen text."""

    def part(stated: Part) -> dict[str, Any]:
        return {
            "numerator": stated.numerator,
            "denominator": stated.denominator,
            "is_strict": stated.is_strict,
        }

    return {"quorum": part(terms.quorum), "pass_base": terms.pass_base, "majority": part(terms.majority)}


def frozen_terms(frozen: str) -> Terms:
    """Read the terms from a frozen text: what was frozen judges, whatever became of the rule since."""
    rule = json.loads(frozen)["rule"]
    return Terms(quorum=Part(**rule["quorum"]), pass_base=rule["pass_base"], majority=Part(**rule["majority"]))


@dataclass(frozen=True, slots=True)
class CastVote:
    """One vote as the recount file shows it: the number on the roll stands for the name."""

    number: int
    channel: str
    choices: tuple[int, ...]


def recount_file(frozen: str, votes: Sequence[CastVote], unfinished: int, outcome: Outcome) -> bytes:
    """Return the recount file: the frozen ballot, every vote by its number on the roll, the result that follows."""
    lines = [frozen.encode()]
    ordered = sorted(votes, key=lambda vote: vote.number)
    lines += [
        canonical({"type": "vote", "number": vote.number, "channel": vote.channel, "choices": list(vote.choices)})
        for vote in ordered
    ]
    lines.append(
        canonical(
            {
                "type": "result",
                "cast": outcome.counted.cast,
                "by_channel": channels_of(ordered),
                "counts": [{"number": number, "votes": votes_} for number, votes_ in outcome.counted.counts],
                "unfinished": unfinished,
                "winner": outcome.counted.winner,
                "has_quorum": outcome.has_quorum,
                "is_passed": outcome.is_passed,
            }
        )
    )
    return b"".join(line + b"\n" for line in lines)


def channels_of(votes: Iterable[CastVote]) -> dict[str, int]:
    """Return the number of votes by channel, sorted by its name."""
    return dict(sorted(Counter(vote.channel for vote in votes).items()))
