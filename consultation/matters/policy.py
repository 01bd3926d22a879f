"""The days and limits of the one inbox, and what a resident's text must not hold (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.people.policy import PersonalNumber, find_personal_numbers, scrub
from communities.policy.policy import declare, whole
from governance.errors import Invalid

LONGEST_TITLE = 100
LONGEST_TEXT = 2000
LONGEST_PLACE = 200
LONGEST_NAME = 50
LONGEST_CONTACT = 100
LONGEST_REFERENCE = 80
LONGEST_SUMMARY = 300
LONGEST_DEPARTMENT = 100
MOST_PHOTOS = 6
AROUND = 12
"""Signs that are shown before and after a number, so that the person finds it again."""
MARK = "【{}】"

SORT_DAYS = declare(
    "matter.sort_days",
    _("A matter is sorted or turned down within"),
    unit="working days",
    read=whole,
    default=5,
    basis="product default; five working days as in the statutes of consultation councils",
)

DUE_DAYS_BIG = declare(
    "matter.due_days.big",
    _("A big matter is answered after sorting within"),
    unit="working days",
    read=whole,
    default=15,
    basis="product default, in the range of the cities' rules for 12345 work orders",
)

DUE_DAYS_SMALL = declare(
    "matter.due_days.small",
    _("A small matter is answered or taken up after sorting within"),
    unit="working days",
    read=whole,
    default=15,
    basis="product default, in the range of the cities' rules for 12345 work orders",
)

DUE_DAYS_PRIVATE = declare(
    "matter.due_days.private",
    _("A private matter is answered after sorting within"),
    unit="working days",
    read=whole,
    default=5,
    basis="product default, in the range of the cities' rules for 12345 work orders",
)

DUE_DAYS = {"BIG": DUE_DAYS_BIG, "SMALL": DUE_DAYS_SMALL, "PRIVATE": DUE_DAYS_PRIVATE}

SILENT_DAYS = declare(
    "matter.silent_days",
    _("An answered matter closes by itself when the person has said nothing for"),
    unit="working days",
    read=whole,
    default=10,
    basis="product default",
)

PER_DAY = declare(
    "matter.per_day",
    _("One person may raise on one day at most"),
    unit="matters",
    read=whole,
    default=10,
    basis="product default",
)


class WordsMissing(Invalid):
    """What was asked for was left empty."""

    code = "words_missing"
    message = _("Please write something here, in at most %(limit)s characters.")


class WordsTooLong(Invalid):
    """More was written than fits."""

    code = "words_too_long"
    message = _("This has %(length)s characters; at most %(limit)s are possible.")


class PersonalNumbersWritten(Invalid):
    """A text holds identity, mobile or card numbers; the message shows where (Basis: PIPL art. 6, 28)."""

    code = "personal_numbers_found"
    message = _("Please take out the personal numbers; whoever needs them will ask for them. Found: %(numbers)s.")


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A personal number in a text: its kind, its line (from 1), and the words around it with the number starred."""

    kind: str
    line: int
    excerpt: str

    def __str__(self) -> str:
        return gettext("%(kind)s in line %(line)s: %(excerpt)s") % {
            "kind": self.kind,
            "line": self.line,
            "excerpt": self.excerpt,
        }


def found_numbers(text: str) -> list[FoundNumber]:
    """Find the personal numbers of a text and show where each stands."""
    return [_shown(text, hit) for hit in find_personal_numbers(text)]


def _shown(text: str, hit: PersonalNumber) -> FoundNumber:
    """Show the place of one number; its first three and last two signs are enough to know it again."""
    hidden = scrub(text)
    number = text[hit.start : hit.end]
    masked = f"{number[:3]}…{number[-2:]}"
    before = hidden[max(hit.start - AROUND, 0) : hit.start]
    after = hidden[hit.end : hit.end + AROUND]
    excerpt = " ".join(f"{before}{MARK.format(masked)}{after}".split())
    cut_before = "…" if hit.start > AROUND else ""
    cut_after = "…" if hit.end + AROUND < len(text) else ""
    return FoundNumber(str(hit.kind.label), text.count("\n", 0, hit.start) + 1, f"{cut_before}{excerpt}{cut_after}")


def fitting(field: str, text: str, limit: int, *, is_required: bool = True) -> str:
    """Return a text as it is kept: without empty ends, its lines ended alike.

    Raises:
        WordsMissing, WordsTooLong: it does not fit.
    """
    said = text.replace("\r\n", "\n").strip()
    if is_required and not said:
        raise WordsMissing(field=field, limit=limit)
    if len(said) > limit:
        raise WordsTooLong(field=field, length=len(said), limit=limit)
    return said


def refuse_personal_numbers(**texts: str) -> None:
    """Refuse the first of several texts that holds personal numbers, and show where each of them stands.

    Raises:
        PersonalNumbersWritten: `field` names the text.
    """
    for field, text in texts.items():
        if hits := found_numbers(text):
            raise PersonalNumbersWritten(field=field, numbers="; ".join(map(str, hits)))
