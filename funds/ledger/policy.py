"""What stands firm about a ledger: the standard accounts, and the bytes from which the chain of hashes is made.

Pure. The public verifier (`funds/statements/verifier`) and the nightly proof (`funds.ledger.queries`) compute the same
bytes on their own; a change of the form needs a new version tag and must leave old journals readable.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

GENESIS = "0" * 64
"""What the first journal of a book names as the hash before it."""

JOURNAL_FORM = "journal/1"
"""The version of the canonical form; its first field."""

STANDARD_ACCOUNTS = (
    ("source:enterprise", "SOURCE", _("community enterprises")),
    ("source:donor", "SOURCE", _("donors")),
    ("source:government", "SOURCE", _("government support")),
    ("source:interest", "SOURCE", _("interest")),
    ("pool:free", "POOL", _("free money")),
)
"""Code, kind and name of the accounts with which every book begins."""

STANDARD_NAMES = {code: name for code, _kind, name in STANDARD_ACCOUNTS} | {
    "source:residents": _("residents (crowd-funding)"),
    "source:matching": _("matching donors"),
    "source:budget:welfare-lottery": _("welfare lottery fund"),
    "source:budget:fiscal": _("fiscal funds"),
    "source:budget:community-welfare": _("community public-welfare money"),
    "use:relief": _("hardship relief"),
    "use:care": _("care for old and young"),
    "use:environment": _("environment and small repairs"),
    "use:activity": _("residents' activities"),
    "use:organization": _("fostering of community organizations"),
    "use:volunteering": _("volunteering and points"),
    "use:fee": _("management fee"),
}
"""What accounts are called in the reader's language: the standard ones, and those that other rooms open by these codes."""

CODE_PREFIX = {"SOURCE": "source:", "POOL": "pool:", "HOLD": "hold:", "SINK": "use:"}
"""How the code of an account of each kind begins."""


@dataclass(frozen=True, slots=True)
class CanonicalLine:
    """One transfer as the hash sees it: account codes and integer fen."""

    source: str
    target: str
    fen: int


@dataclass(frozen=True, slots=True)
class CanonicalJournal:
    """One journal as the hash sees it. `reverses` is the sequence number of the reversed journal, if any."""

    book: str
    unit: str
    sequence: int
    year: int
    voucher_number: int
    kind: str
    key: str
    posted_on: dt.date
    posted_at: dt.datetime
    memo: str
    reverses: int | None
    lines: Sequence[CanonicalLine]


def normalize(text: str) -> str:
    """Return the text in NFC with single plain spaces, as it is stored and hashed."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def stamp(moment: dt.datetime) -> str:
    """Write a moment as UTC with microseconds, such as 2026-03-04T04:00:00.000000Z."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(journal: CanonicalJournal) -> bytes:
    """Return the bytes of a journal.

    Every field is written as its length in bytes (decimal), a colon, its UTF-8 bytes and a comma, without anything
    between fields, so that no two journals share their bytes. The order: the version tag; code and unit of the book;
    sequence; year; voucher number; kind; business key; date (ISO 8601); moment of posting (UTC, microseconds); summary;
    sequence of the reversed journal or nothing; total in fen; number of lines; then for each line in order the codes of
    the accounts it moves from and to, and its amount in fen. Text is NFC, numbers are plain decimal integers.
    """
    place = (journal.book, journal.unit, journal.sequence, journal.year, journal.voucher_number)
    return (fields_of(JOURNAL_FORM, *place) + canonical_rest(journal)).encode()


def canonical_rest(journal: CanonicalJournal) -> str:
    """Return the fields after the voucher number: what is known of a posting before its place in the book is."""
    lines = [part for line in journal.lines for part in (line.source, line.target, line.fen)]
    return fields_of(
        journal.kind,
        journal.key,
        journal.posted_on.isoformat(),
        stamp(journal.posted_at),
        journal.memo,
        "" if journal.reverses is None else journal.reverses,
        sum(line.fen for line in journal.lines),
        len(journal.lines),
        *lines,
    )


def fields_of(*values: object) -> str:
    """Write the values one after the other, each with its length in bytes."""
    texts = [unicodedata.normalize("NFC", str(value)) for value in values]
    return "".join(f"{len(text.encode())}:{text}," for text in texts)


def chain_hash(previous: str, content: bytes) -> str:
    """Return the SHA-256 over the hash before (64 hexadecimal digits) and the canonical bytes."""
    return hashlib.sha256(previous.encode("ascii") + content).hexdigest()
