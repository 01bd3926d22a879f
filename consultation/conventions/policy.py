"""What a convention may say, how its versions differ, and its days (pure)."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_stubs_ext import StrOrPromise

LONGEST_TITLE = 100
LONGEST_TEXT = 20_000
LONGEST_CHANGE = 500
LONGEST_OPINION = 2000
LONGEST_NUMBER = 60

DRAFT_NOTICE_DAYS = declare(
    "convention.draft_notice_days",
    _("The draft of a convention is shown to the residents before they vote, for at least"),
    unit="days",
    read=whole,
    default=7,
    basis="Default of this platform",
)
FILING_DAYS = declare(
    "convention.filing_days",
    _("A convention that was passed is sent to the street or the town for filing within"),
    unit="days",
    read=whole,
    default=10,
    basis="Default of this platform; Organic Law of Villagers' Committees art. 27 names no days",
)


class ConventionKind(models.TextChoices):
    """What residents give themselves (Basis: Organic Laws of committees; report S2)."""

    RESIDENTS = "RESIDENTS", _("residents' convention")
    VILLAGE = "VILLAGE", _("village rules")
    CHARTER = "CHARTER", _("charter of self-governance")
    AGREEMENT = "AGREEMENT", _("common agreement")


@dataclass(frozen=True, slots=True)
class Concern:
    """A place of a text that the person who checks it must look at."""

    article: int
    word: str
    reason: StrOrPromise


_NO_PENALTIES = _("A convention can't fine, seize or punish (Law on Administrative Penalties art. 4).")
_NO_BENEFITS_CUT = _("Relief and benefits that a law grants can't be tied to a convention.")
_NO_RIGHTS_CUT = _(
    "It may not offend personal, democratic or property rights (Organic Law of Village Committees art. 27)."
)

DOUBTFUL: tuple[tuple[str, StrOrPromise], ...] = (
    ("罚款", _NO_PENALTIES),
    ("没收", _NO_PENALTIES),
    ("处罚", _NO_PENALTIES),
    ("扣押", _NO_PENALTIES),
    ("取消低保", _NO_BENEFITS_CUT),
    ("停发", _NO_BENEFITS_CUT),
    ("扣发", _NO_BENEFITS_CUT),
    ("外嫁女", _NO_RIGHTS_CUT),
    ("出嫁女", _NO_RIGHTS_CUT),
    ("取消资格", _NO_RIGHTS_CUT),
    ("停水", _NO_RIGHTS_CUT),
    ("停电", _NO_RIGHTS_CUT),
)
"""Words at which a legal check has to look; they refuse nothing by themselves."""

_HEAD = re.compile(r"^第[〇零一二三四五六七八九十百\d]+条\s*")


def articles(text: str) -> list[str]:
    """Return the articles of a text: its lines that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def concerns(text: str) -> list[Concern]:
    """Return what a legal check must look at, in the order of the text."""
    return [
        Concern(number, word, reason)
        for number, article in enumerate(articles(text), start=1)
        for word, reason in DOUBTFUL
        if word in article
    ]


class ChangeKind(models.TextChoices):
    """What happened to an article."""

    SAME = "SAME", _("unchanged")
    ADDED = "ADDED", _("added")
    DROPPED = "DROPPED", _("dropped")
    CHANGED = "CHANGED", _("changed")


@dataclass(frozen=True, slots=True)
class Change:
    """One article beside the one that it replaces; a side that does not exist is empty."""

    kind: ChangeKind
    old: str
    new: str


ALIKE = 0.5
"""From this similarity on an article counts as changed, below it as dropped and added."""


def compare(old: str, new: str) -> list[Change]:
    """Return the articles of the new text in their order, each beside the one of the old text that it replaces.

    Articles that only moved to another number count as unchanged.
    """
    left, right = articles(old), articles(new)
    matcher = difflib.SequenceMatcher(
        None, [_plain(one) for one in left], [_plain(one) for one in right], autojunk=False
    )
    found: list[Change] = []
    for tag, low, high, first, last in matcher.get_opcodes():
        if tag == "equal":
            pairs = zip(left[low:high], right[first:last], strict=True)
            found += [Change(ChangeKind.SAME, before, after) for before, after in pairs]
        else:
            found += _paired(left[low:high], right[first:last])
    return found


def _plain(article: str) -> str:
    """Return an article without its number."""
    return _HEAD.sub("", article)


def _paired(left: Sequence[str], right: Sequence[str]) -> list[Change]:
    """Pair what was replaced: in order, each new article with the next old one that is alike."""
    found: list[Change] = []
    rest = list(left)
    for after in right:
        place = next((number for number, before in enumerate(rest) if _are_alike(before, after)), None)
        if place is None:
            found.append(Change(ChangeKind.ADDED, "", after))
            continue
        found += [Change(ChangeKind.DROPPED, before, "") for before in rest[:place]]
        found.append(Change(ChangeKind.CHANGED, rest[place], after))
        rest = rest[place + 1 :]
    return found + [Change(ChangeKind.DROPPED, before, "") for before in rest]


def _are_alike(before: str, after: str) -> bool:
    return difflib.SequenceMatcher(None, _plain(before), _plain(after), autojunk=False).ratio() >= ALIKE
