"""What a bank line's memo says about what it pays, and which open amounts come to it together (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare

REFERENCE = re.compile(r"FB\s?(\d{4})\s?[-\u2010–—]?\s?(\d{6,})(?!\d)", re.IGNORECASE)
ACCOUNT_LABEL = re.compile(r"(?:本方|我方)?(?:账|帐)[号户]|卡号|account(?:\s?(?:no\.?|number))?", re.IGNORECASE)
ACCOUNT = re.compile(r"[\d*][\d* \-]{4,38}[\d*]")
SHORTEST_REFERENCE = 6
"""A donor's own reference must be this long to be looked for in a memo: shorter ones stand there by chance."""
MOST_TOGETHER, MOST_LOOKED_AT = 4, 20
AGES: tuple[int, ...] = (7, 30, 90)


def rising_days(raw: Any) -> tuple[int, ...]:
    """Read days such as "7, 30, 90", each later than the one before."""
    parts = raw if isinstance(raw, list | tuple) else str(raw).replace("，", ",").split(",")
    found = tuple(int(str(part).strip()) for part in parts)
    if not found or found[0] < 1 or any(later <= earlier for earlier, later in pairwise(found)):
        raise ValueError(_("Write days that rise, such as 7, 30, 90."))
    return found


AGE_DAYS = declare(
    "bank.age_days",
    _("Days after which an unmatched bank line counts as older, and who is in charge of it is reminded"),
    unit="calendar days",
    read=rising_days,
    default=AGES,
    basis="Rule of this platform",
)


def references_in(memo: str) -> set[str]:
    """Return the order references that a memo holds, however they were typed."""
    return {f"FB{year}-{number}" for year, number in REFERENCE.findall(unicodedata.normalize("NFKC", memo))}


def says(text: str, reference: str) -> bool:
    """Tell whether a text holds a reference whole, not as a part of a longer one."""
    if len(reference) < SHORTEST_REFERENCE:
        return text.strip().casefold() == reference.casefold()
    return re.search(rf"(?<!\w){re.escape(reference)}(?!\w)", text, re.IGNORECASE) is not None


def account_digits(text: str) -> str:
    """Return an account number as it is compared: digits, and stars for those that the bank hides."""
    return re.sub(r"[^\d*]", "", unicodedata.normalize("NFKC", text))


def accounts_above(rows: Sequence[Sequence[Any]]) -> set[str]:
    """Return the account numbers that stand above the headings of a statement, beside or behind their label."""
    found = set()
    for row in rows:
        texts = [unicodedata.normalize("NFKC", "" if cell is None else str(cell)) for cell in row]
        for place, text in enumerate(texts):
            label = ACCOUNT_LABEL.search(text)
            if label is None:
                continue
            rest = [text[label.end() :], *(later for later in texts[place + 1 :] if later.strip())][:2]
            found |= {account_digits(match[0]) for part in rest if (match := ACCOUNT.search(part))}
    return found


def is_account(said: str, expected: str) -> bool:
    """Tell whether a number as a bank says it, perhaps with stars, is this account."""
    pattern = re.sub(r"\*+", r"\\d*", said)
    return re.fullmatch(pattern, expected) is not None


def adding_up(total: int, parts: Sequence[int]) -> tuple[int, ...]:
    """Return the places of the fewest parts that come to the total exactly, or nothing; of equal ones the first."""
    looked_at = parts[:MOST_LOOKED_AT]
    for count in range(1, MOST_TOGETHER + 1):
        for places in combinations(range(len(looked_at)), count):
            if sum(looked_at[place] for place in places) == total:
                return places
    return ()
