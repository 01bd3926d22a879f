"""How matters are compared, how slips are coded, and the days of joining (pure)."""

from __future__ import annotations

import re
import secrets
import unicodedata
import zlib
from typing import Any

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, whole

SIMILAR_PERCENT = declare(
    "matter.similar_percent",
    _("Matters are shown as similar when the character pairs they share reach"),
    unit="percent",
    read=whole,
    default=30,
    basis="Default of this platform",
)

SIMILAR_DAYS = declare(
    "matter.similar_days",
    _("Similar matters are looked for back to"),
    unit="days",
    read=whole,
    default=365,
    basis="Default of this platform",
)

JOIN_DAYS = declare(
    "matter.join_days",
    _("Without a word from the person, matters are handled together after"),
    unit="working days",
    read=whole,
    default=5,
    basis="Default of this platform",
)

PER_PHONE_DAY = declare(
    "matter.per_phone_day",
    _("From one telephone number a partner system hands in on one day at most"),
    unit="matters",
    read=whole,
    default=10,
    basis="Default of this platform",
)

SHOWN_SIMILAR = 5
FEWEST_SIGNS = 4
"""Character pairs below which a text says too little to be compared."""
CANDIDATES = 2000
"""Matters that a search looks at closely, at most; the newest, when more share a rare pair."""

CODE_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No sign that is taken for another: neither 0 nor O, neither 1 nor I."""
CODE_LENGTH = 16
"""Signs of five bits each: 80 bits, which nobody guesses."""
GROUP = 4

LONGEST_FINDINGS = 2000
LONGEST_REASON = 300
MOST_NEEDS = 10
"""Needs that one visit can bring."""

_RUNS = re.compile(r"[a-z0-9]+|[^\W\d_a-z]+")


def pairs_of(text: str) -> set[str]:
    """Return what two texts are compared by: neighboring characters of Chinese, whole words of Latin and digits.

    Width, case, spaces, punctuation and pictures make no difference. Chinese needs no dictionary of words for it, so
    traditional, rare and dialect characters count like all others.
    """
    found: set[str] = set()
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        if run.isascii() or len(run) == 1:
            found.add(run)
        else:
            found.update(run[start : start + 2] for start in range(len(run) - 1))
    return found


def grams_of(text: str) -> list[int]:
    """Return the character pairs of a text as sorted numbers of 32 bits, as the index holds them."""
    return sorted({zlib.crc32(pair.encode()) - 2**31 for pair in pairs_of(text)})


def says_something(text: str) -> bool:
    """Tell whether a text holds a letter, a character or a digit: pictures and punctuation alone say nothing."""
    return bool(_RUNS.search(unicodedata.normalize("NFKC", text).lower()))


def new_code() -> str:
    """Return the code of a slip, which cannot be guessed, in signs that nobody mistakes for each other."""
    return "".join(secrets.choice(CODE_SIGNS) for _sign in range(CODE_LENGTH))


def shown_code(code: str) -> str:
    """Write a code in groups, as it is read aloud and typed."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def read_code(text: Any) -> str:
    """Return a code as it is stored, typed with or without groups, small or full width; empty for what is none."""
    plain = unicodedata.normalize("NFKC", str(text)).upper()
    code = "".join(sign for sign in plain if sign in CODE_SIGNS)
    return code if len(code) == CODE_LENGTH and not re.search(r"[^\sA-Z0-9\-\u2010-\u2015]", plain) else ""
