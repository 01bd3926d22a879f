"""Pure rules about donations: what a promise adds, who must not be the beneficiary, who is not named."""

from __future__ import annotations

import secrets
import unicodedata
from decimal import Decimal

from governance.money import to_fen, to_yuan

NAMELESS = frozenset(
    {
        "",
        "匿名",
        "匿名用户",
        "匿名捐赠人",
        "爱心人士",
        "爱心网友",
        "爱心市民",
        "热心网友",
        "热心市民",
        "无名氏",
        "好心人",
        "未填写",
    }
)
"""What stands for a name where somebody does not want to be named."""
SHORTEST_NAME = 2
CODE_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 20


def plain(text: str) -> str:
    """Return a text as it is compared: width, case and spaces do not count."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def real_name(name: str) -> str:
    """Return a donor's name as it is kept, nothing for the words that stand for no name."""
    tidy = unicodedata.normalize("NFC", " ".join(name.split()))
    return "" if plain(tidy) in NAMELESS or set(tidy) <= {"*", "＊"} else tidy


def names_the_donor(donor: str, text: str) -> bool:
    """Tell whether a text names the donor: a use for a person who gives it themselves is no gift."""
    return len(plain(donor)) >= SHORTEST_NAME and plain(donor) in plain(text)


def matched(amount: Decimal, *, ratio: Decimal, left: Decimal, each_at_most: Decimal | None = None) -> Decimal:
    """Return what a promise adds to one donation: ratio times the amount in whole fen, never more than is left.

    Fractions of a fen are dropped, so that a promise never gives more than it says.
    """
    wanted = to_yuan(int(to_fen(amount) * ratio))
    limits = [wanted, max(left, Decimal(0)), *([] if each_at_most is None else [each_at_most])]
    return min(limits).quantize(Decimal("0.01"))


def new_code() -> str:
    """Return a code that nobody guesses, in signs that nobody mistakes for each other."""
    return "".join(secrets.choice(CODE_SIGNS) for _sign in range(CODE_LENGTH))


def shown_code(code: str) -> str:
    """Write a code in groups of five, as it is read aloud."""
    return "-".join(code[start : start + 5] for start in range(0, len(code), 5))
