"""The code under which somebody follows a tip without a name."""

from __future__ import annotations

CODE_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 12


def plain_code(text: str) -> str:
    """Return a code as it is compared, however it was typed."""
    return "".join(sign for sign in text.upper() if sign in CODE_SIGNS)


def spaced(code: str) -> str:
    """Return a code as it is read, in groups of four."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))
