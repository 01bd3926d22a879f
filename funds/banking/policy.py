"""What a bank line's memo says about the order that it pays (pure)."""

from __future__ import annotations

import re
import unicodedata

REFERENCE = re.compile(r"FB\s?(\d{4})\s?[-\u2010–—]?\s?(\d{6,})(?!\d)", re.IGNORECASE)


def references_in(memo: str) -> set[str]:
    """Return the order references that a memo holds, however they were typed."""
    return {f"FB{year}-{number}" for year, number in REFERENCE.findall(unicodedata.normalize("NFKC", memo))}
