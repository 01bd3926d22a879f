#!/usr/bin/env python3
"""Check a published ledger on your own computer: chain, vouchers, balances and statement, without trusting the site.

    python3 verify_ledger.py ledger.jsonl
    python3 verify_ledger.py ledger.jsonl --head 5f2c…        also compare the head that you noted before

Needs nothing but Python 3.8 or newer. It shares no code with the site. Exit code 0: everything agrees. 1: a row is
wrong, and the first wrong one is named. 2: the file cannot be read.

The file has one JSON object per line (keys sorted, no spaces): first the book with its accounts, then every journal in
order, last the balances and the statement. A journal's hash is the SHA-256 of the hash before it (64 hexadecimal
digits, for the first journal zeros) followed by the journal's fields, each written as its length in bytes, a colon, its
UTF-8 bytes (Unicode NFC) and a comma. A fact that was changed afterwards changes every hash after it.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

GENESIS = "0" * 64
AMOUNT = re.compile(r"(0|[1-9][0-9]*)\.[0-9]{2}")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
LIMITED = ("POOL", "HOLD")
BRIEF = 16
BOOK_KEYS = {"type", "form", "code", "name", "unit", "division", "opened_on", "generated_at", "accounts", "digest"}
JOURNAL_KEYS = {
    *("type", "sequence", "year", "voucher_number", "kind", "key", "posted_on", "posted_at", "memo", "reverses"),
    *("total", "lines", "previous_hash", "hash"),
}
END_KEYS = {"type", "journals", "head_hash", "balances", "statement", "digest"}


class Wrong(Exception):
    """A row does not agree with what it follows from."""


def field(text: str) -> bytes:
    """Return one field of the canonical form."""
    written = unicodedata.normalize("NFC", text).encode()
    return b"%d:%s," % (len(written), written)


def fields(*texts: object) -> bytes:
    """Return several fields of the canonical form."""
    return b"".join(field(str(text)) for text in texts)


def fen(text: object) -> int:
    """Read an amount of yuan with two decimals as integer fen."""
    if not isinstance(text, str) or not AMOUNT.fullmatch(text):
        raise Wrong("%r is not an amount" % (text,))
    return int(text.replace(".", ""))


def yuan(amount: int) -> str:
    """Write integer fen as yuan."""
    return "%s%d.%02d" % ("-" if amount < 0 else "", abs(amount) // 100, abs(amount) % 100)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that has a key twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Wrong("a key stands twice")
    return found


def parse(line: bytes, keys: set[str]) -> dict[str, Any]:
    """Read one row and refuse anything but its one canonical writing."""
    try:
        row = json.loads(line.decode("utf-8"), object_pairs_hook=once)
    except ValueError as error:
        raise Wrong("not a row of a ledger (%s)" % error) from None
    if not isinstance(row, dict) or set(row) != keys:
        raise Wrong("the row has not the fields that belong here")
    if json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() != line:
        raise Wrong("the row is written differently from how the site writes it")
    return row


def is_number(value: object) -> bool:
    """Tell whether a value is a whole number (and not true or false)."""
    return isinstance(value, int) and not isinstance(value, bool)


def brief(lines: list[tuple[str, str, int]]) -> bytes:
    """Return what lines are known by, so that a ledger of any length fits into little memory."""
    return hashlib.sha256(fields(*(part for line in lines for part in line))).digest()[:BRIEF]


class Ledger:
    """What follows from the rows read so far."""

    def __init__(self) -> None:
        self.book: dict[str, Any] = {}
        self.kinds: dict[str, str] = {}
        self.received: dict[str, int] = {}
        self.given: dict[str, int] = {}
        self.head = GENESIS
        self.vouchers: dict[int, int] = {}
        self.journals = 0
        self.contents = bytearray()
        self.reversed: set[int] = set()
        self.digest = hashlib.sha256()

    def take(self, row: bytes, *, is_first: bool, is_last: bool) -> None:
        """Check the next row of the file, which ends with a line feed."""
        if not row.endswith(b"\n"):
            raise Wrong("the file does not end with a whole row")
        if is_first and is_last:
            raise Wrong("the file ends before the balances")
        check = self.begin if is_first else self.end if is_last else self.add
        check(row[:-1])
        self.digest.update(row)

    def begin(self, line: bytes) -> None:
        """Check the first row: the book and its accounts."""
        row = self.book = parse(line, BOOK_KEYS)
        if row["type"] != "book" or row["form"] != "ledger/1":
            raise Wrong("the file is not a ledger of the form ledger/1")
        named = fields(*(row[key] for key in ("form", "code", "unit", "name", "division", "opened_on", "generated_at")))
        named += fields(len(row["accounts"]))
        for account in row["accounts"]:
            if set(account) != {"code", "kind", "name"} or account["code"] in self.kinds:
                raise Wrong("the accounts are not listed once each")
            named += fields(account["code"], account["kind"], account["name"])
            self.kinds[account["code"]] = account["kind"]
            self.received[account["code"]] = self.given[account["code"]] = 0
        if hashlib.sha256(named).hexdigest() != row["digest"]:
            raise Wrong("the digest does not follow from the book and its accounts")

    def add(self, line: bytes) -> None:
        """Check one journal and take it into account."""
        row = parse(line, JOURNAL_KEYS)
        if row["type"] != "journal":
            raise Wrong("the row is not a journal")
        self.check_place(row)
        lines = self.check_lines(row)
        content = fields("journal/1", self.book["code"], self.book["unit"])
        content += fields(*(row[key] for key in ("sequence", "year", "voucher_number", "kind", "key", "posted_on")))
        content += fields(row["posted_at"], row["memo"], "" if row["reverses"] is None else row["reverses"])
        content += fields(fen(row["total"]), len(lines))
        for source, target, amount in lines:
            content += fields(source, target, amount)
        if hashlib.sha256(row["previous_hash"].encode() + content).hexdigest() != row["hash"]:
            raise Wrong("the hash does not follow from the journal and the hash before it")
        self.check_reversal(row, lines)
        self.move(lines)
        self.head = row["hash"]
        self.vouchers[row["year"]] = row["voucher_number"]
        self.journals += 1
        self.contents += brief(lines)

    def check_place(self, row: dict[str, Any]) -> None:
        """Check that the journal stands in its place."""
        numbers = [row["sequence"], row["year"], row["voucher_number"]]
        if not all(is_number(number) for number in numbers):
            raise Wrong("the numbers of the journal are not whole numbers")
        if row["sequence"] != self.journals + 1:
            raise Wrong("journal %d should be number %d" % (row["sequence"], self.journals + 1))
        if row["previous_hash"] != self.head:
            raise Wrong("the journal does not continue the one before it")
        if row["voucher_number"] != self.vouchers.get(row["year"], 0) + 1:
            raise Wrong("the voucher number is not the next one of its year")
        if not MOMENT.fullmatch(row["posted_at"]):
            raise Wrong("the moment of posting is not written as it should be")
        try:
            day = datetime.date.fromisoformat(row["posted_on"])
        except (TypeError, ValueError):
            raise Wrong("the date is not a date") from None
        if day.year != row["year"]:
            raise Wrong("the year is not that of the date")

    def check_lines(self, row: dict[str, Any]) -> list[tuple[str, str, int]]:
        """Check the lines and return them as (from, to, fen)."""
        lines = []
        for line in row["lines"]:
            if set(line) != {"source", "target", "amount"}:
                raise Wrong("a line has not the fields that belong to it")
            if line["source"] not in self.kinds or line["target"] not in self.kinds:
                raise Wrong("a line names an account that the book does not have")
            lines.append((line["source"], line["target"], fen(line["amount"])))
        if not lines or any(amount <= 0 or source == target for source, target, amount in lines):
            raise Wrong("a journal moves positive amounts between different accounts")
        if sum(amount for _source, _target, amount in lines) != fen(row["total"]):
            raise Wrong("the total is not the sum of the lines")
        return lines

    def check_reversal(self, row: dict[str, Any], lines: list[tuple[str, str, int]]) -> None:
        """Check that a reversal moves back what it names, once."""
        number = row["reverses"]
        if (number is None) == (row["kind"] == "REVERSAL"):
            raise Wrong("a reversal names what it reverses, and nothing else does")
        if number is None:
            return
        if not is_number(number) or not 0 < number < row["sequence"] or number in self.reversed:
            raise Wrong("what is reversed is not an earlier journal, or was reversed before")
        place = (number - 1) * BRIEF
        if (
            brief([(target, source, amount) for source, target, amount in lines])
            != self.contents[place : place + BRIEF]
        ):
            raise Wrong("the reversal does not move back what it names")
        self.reversed.add(number)

    def move(self, lines: list[tuple[str, str, int]]) -> None:
        """Add the lines to the balances; no pool or hold may fall below zero."""
        for source, target, amount in lines:
            self.given[source] += amount
            self.received[target] += amount
        for code in {code for source, target, _amount in lines for code in (source, target)}:
            if self.kinds[code] in LIMITED and self.received[code] < self.given[code]:
                raise Wrong("%s would fall below zero" % code)

    def statement(self) -> dict[str, Any]:
        """Return the statement that follows from the journals."""
        left = {code: self.received[code] - self.given[code] for code in self.kinds}
        of_kind = {
            kind: {code: left[code] for code in sorted(left) if self.kinds[code] == kind}
            for kind in ("SOURCE", "SINK", "POOL", "HOLD")
        }
        restricted = sum(amount for code, amount in of_kind["POOL"].items() if code != "pool:free")
        return {
            "income": {code: yuan(-amount) for code, amount in of_kind["SOURCE"].items()},
            "uses": {code: yuan(amount) for code, amount in of_kind["SINK"].items()},
            "free": yuan(of_kind["POOL"].get("pool:free", 0)),
            "restricted": yuan(restricted),
            "held": yuan(sum(of_kind["HOLD"].values())),
        }

    def end(self, line: bytes) -> None:
        """Check the last row: head, balances and statement."""
        row = parse(line, END_KEYS)
        if row["type"] != "end":
            raise Wrong("the last row is not the end of a ledger")
        if row["journals"] != self.journals or not is_number(row["journals"]):
            raise Wrong("%r journals are announced, %d are here" % (row["journals"], self.journals))
        if row["head_hash"] != self.head:
            raise Wrong("the head is not the hash of the last journal")
        balances = {
            code: {"received": yuan(self.received[code]), "given": yuan(self.given[code])} for code in self.kinds
        }
        for code in sorted(set(balances) | set(row["balances"])):
            if row["balances"].get(code) != balances.get(code):
                raise Wrong(
                    "the balance of %s is %s, from the journals follows %s"
                    % (code, row["balances"].get(code), balances.get(code))
                )
        if row["statement"] != self.statement():
            raise Wrong("the statement does not follow from the journals")
        if row["digest"] != self.digest.hexdigest():
            raise Wrong("the digest of the file does not follow from its rows")


def marked(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Give every row with whether it is the last."""
    rows = iter(lines)
    row = next(rows, None)
    while row is not None:
        following = next(rows, None)
        yield row, following is None
        row = following


def verify(lines: Iterable[bytes]) -> Ledger:
    """Check the rows of a ledger, which come one after the other, and return it.

    Raises Wrong with the number of the first row that is wrong.
    """
    ledger = Ledger()
    number = 0
    for number, (row, is_last) in enumerate(marked(lines), start=1):
        try:
            ledger.take(row, is_first=number == 1, is_last=is_last)
        except (Wrong, AttributeError, IndexError, KeyError, TypeError, RecursionError) as error:
            raise Wrong("row %d: %s" % (number, error)) from None
    if number == 0:
        raise Wrong("row 1: the file is empty")
    return ledger


def main(arguments: list[str] | None = None) -> int:
    """Verify the file named on the command line and say what came of it."""
    parser = argparse.ArgumentParser(description="Check a published ledger.")
    parser.add_argument("file", help="the downloaded ledger (.jsonl); - reads from standard input")
    parser.add_argument("--head", help="the head of the chain that you noted before")
    given = parser.parse_args(arguments)
    try:
        if given.file == "-":
            ledger = verify(sys.stdin.buffer)
        else:
            with open(given.file, "rb") as opened:
                ledger = verify(opened)
    except OSError as error:
        print("cannot read the file: %s" % error, file=sys.stderr)
        return 2
    except Wrong as error:
        print("WRONG  %s" % error)
        return 1
    if given.head and given.head != ledger.head:
        print("WRONG  the head of the chain is %s, not %s" % (ledger.head, given.head))
        return 1
    statement = ledger.statement()
    print("AGREES %s: %d journals" % (ledger.book["name"], ledger.journals))
    print("       head       %s" % ledger.head)
    for name in ("free", "restricted", "held"):
        print("       %-10s %s" % (name, statement[name]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
