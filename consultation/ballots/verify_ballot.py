#!/usr/bin/env python3
"""Count a published ballot again on your own computer, without trusting the site.

    python3 verify_ballot.py ballot.jsonl
    python3 verify_ballot.py ballot.jsonl --fingerprint 5f2c…    compare with what the notice printed before the vote
    python3 verify_ballot.py ballot.jsonl --sha256 91ab…         compare with the hash of the file beside the result

Needs nothing but Python 3.8 or newer. It shares no code with the site. Exit code 0: everything agrees. 1: something is
wrong, and it is named. 2: the file cannot be read.

The file has one JSON object per line (keys sorted, no spaces): first the frozen ballot, whose SHA-256 is the
fingerprint; then every vote, in the order of the numbers on the roll, which stand for the names; last the result. Look
for your own number, which stands on your receipt, to see that your vote is there and unchanged.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from typing import Any

FOR, AGAINST = 1, 2
METHODS = ("FOR_AGAINST", "SINGLE", "APPROVAL")
RESULT_KEYS = {
    *("type", "cast", "by_channel", "counts", "unfinished", "winner", "has_quorum", "is_passed"),
}


class Wrong(Exception):
    """The file does not agree with itself, or with what was printed."""


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that has a key twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Wrong("a key stands twice")
    return found


def parse(line: bytes) -> dict[str, Any]:
    """Read one row and refuse anything but its one canonical writing."""
    try:
        row = json.loads(line.decode("utf-8"), object_pairs_hook=once)
    except ValueError as error:
        raise Wrong("not a row of a ballot (%s)" % error) from None
    if not isinstance(row, dict):
        raise Wrong("not a row of a ballot")
    if json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() != line:
        raise Wrong("the row is written differently from how the site writes it")
    return row


def is_number(value: object) -> bool:
    """Tell whether a value is a whole number (and not true or false)."""
    return isinstance(value, int) and not isinstance(value, bool)


def reaches(part: dict[str, Any], reached: int, base: int) -> bool:
    """Tell whether enough was reached: compared as whole numbers, "more than" strictly; of nothing there is no part."""
    if part["numerator"] == 0 and not part["is_strict"]:
        return True
    if base <= 0:
        return False
    left, right = reached * part["denominator"], base * part["numerator"]
    return bool(left > right if part["is_strict"] else left >= right)


class Recount:
    """The ballot and its votes as read so far."""

    def __init__(self, line: bytes) -> None:
        self.fingerprint = hashlib.sha256(line).hexdigest()
        self.ballot = parse(line)
        if self.ballot.get("type") != "ballot" or self.ballot.get("form") != "ballot/1":
            raise Wrong("the file is not a ballot of the form ballot/1")
        if self.ballot["method"] not in METHODS:
            raise Wrong("the method is not known")
        self.numbers = [option["number"] for option in self.ballot["options"]]
        self.entitled = self.ballot["roll"]["entitled"]
        self.counts = dict.fromkeys(self.numbers, 0)
        self.by_channel: dict[str, int] = {}
        self.cast = 0
        self.last = 0

    def add(self, line: bytes) -> None:
        """Check one vote and count it."""
        row = parse(line)
        if row.get("type") != "vote" or set(row) != {"type", "number", "channel", "choices"}:
            raise Wrong("the row is not a vote")
        if not is_number(row["number"]) or not self.last < row["number"] <= self.entitled:
            raise Wrong("the number on the roll is not after the one before it, or not on the roll")
        choices = row["choices"]
        if not choices or not all(is_number(choice) for choice in choices) or sorted(set(choices)) != choices:
            raise Wrong("the choices are not different numbers in order")
        if len(choices) > self.ballot["most_choices"] or not set(choices) <= set(self.numbers):
            raise Wrong("the ballot does not allow these choices")
        if row["channel"] not in ("WEB", "PAPER"):
            raise Wrong("the channel is not known")
        for choice in choices:
            self.counts[choice] += 1
        self.by_channel[row["channel"]] = self.by_channel.get(row["channel"], 0) + 1
        self.cast += 1
        self.last = row["number"]

    def winner(self) -> int | None:
        """Return the option with the most votes; none where two share the first place or nobody voted."""
        is_stance = self.ballot["method"] == "FOR_AGAINST"
        rivals = [number for number in self.numbers if not is_stance or number in (FOR, AGAINST)]
        most = max([self.counts[number] for number in rivals] or [0])
        leading = [number for number in rivals if self.counts[number] == most]
        return leading[0] if most and len(leading) == 1 else None

    def result(self) -> dict[str, Any]:
        """Return the result that follows from the votes by the frozen rule."""
        rule, winner = self.ballot["rule"], self.winner()
        if self.ballot["method"] == "FOR_AGAINST":
            in_favor, against = self.counts[FOR], self.counts[AGAINST]
        else:
            in_favor = self.counts[winner] if winner is not None else 0
            against = self.cast - in_favor
        base = {
            "PRESENT": self.cast,
            "PARTICIPATING": self.cast,
            "CAST": self.cast,
            "ALL": self.entitled,
            "EXPRESSED": in_favor + against,
        }[rule["pass_base"]]
        has_quorum = reaches(rule["quorum"], self.cast, self.entitled)
        decides = self.ballot["method"] == "FOR_AGAINST" or winner is not None
        return {
            "type": "result",
            "cast": self.cast,
            "by_channel": self.by_channel,
            "counts": [{"number": number, "votes": self.counts[number]} for number in sorted(self.numbers)],
            "winner": winner,
            "has_quorum": has_quorum,
            "is_passed": has_quorum and reaches(rule["majority"], in_favor, base) and decides,
        }

    def end(self, line: bytes) -> None:
        """Check the last row: the result."""
        row = parse(line)
        if row.get("type") != "result" or set(row) != RESULT_KEYS:
            raise Wrong("the last row is not the result")
        unfinished = row.pop("unfinished")
        if not is_number(unfinished) or not 0 <= unfinished <= self.entitled - self.cast:
            raise Wrong("the number of unfinished votes is impossible")
        for name, follows in self.result().items():
            if row[name] != follows:
                raise Wrong("%s is %r, from the votes follows %r" % (name, row[name], follows))


def verify(data: bytes) -> Recount:
    """Check the bytes of a recount file and return the recount.

    Raises Wrong with the number of the first row that is wrong.
    """
    rows = data.split(b"\n")
    if rows.pop() != b"":
        raise Wrong("row %d: the file does not end with a whole row" % (len(rows) + 1))
    if len(rows) < 2:  # noqa: PLR2004 - the ballot and the result
        raise Wrong("row %d: the file ends before the result" % (len(rows) + 1))
    number = 1
    try:
        recount = Recount(rows[0])
        for line in rows[1:-1]:
            number += 1
            recount.add(line)
        number = len(rows)
        recount.end(rows[-1])
    except (Wrong, AttributeError, IndexError, KeyError, TypeError, RecursionError) as error:
        raise Wrong("row %d: %s" % (number, error)) from None
    return recount


def compare(recount: Recount, data: bytes, fingerprint: str | None, sha256: str | None) -> None:
    """Compare with what was printed."""
    if fingerprint and plain(fingerprint) != recount.fingerprint:
        raise Wrong("the fingerprint of the frozen ballot is %s" % recount.fingerprint)
    found = hashlib.sha256(data).hexdigest()
    if sha256 and plain(sha256) != found:
        raise Wrong("the hash of the file is %s" % found)


def plain(text: str) -> str:
    """Return a hash as it is computed: without the colons between its groups, in small letters."""
    return text.replace(":", "").strip().lower()


def main(arguments: list[str] | None = None) -> int:
    """Count the file named on the command line again and say what came of it."""
    parser = argparse.ArgumentParser(description="Count a published ballot again.")
    parser.add_argument("file", help="the downloaded ballot (.jsonl); - reads from standard input")
    parser.add_argument("--fingerprint", help="the fingerprint that the notice printed before the vote")
    parser.add_argument("--sha256", help="the hash of this file that stands beside the result")
    given = parser.parse_args(arguments)
    try:
        if given.file == "-":
            data = sys.stdin.buffer.read()
        else:
            with open(given.file, "rb") as opened:
                data = opened.read()
    except OSError as error:
        print("cannot read the file: %s" % error, file=sys.stderr)
        return 2
    try:
        recount = verify(data)
        compare(recount, data, given.fingerprint, given.sha256)
    except Wrong as error:
        print("WRONG  %s" % error)
        return 1
    result = recount.result()
    print("AGREES %s" % recount.ballot["question"])
    print("       fingerprint %s" % recount.fingerprint)
    print("       %d of %d entitled voted" % (recount.cast, recount.entitled))
    for option in recount.ballot["options"]:
        print("       %d %s: %d" % (option["number"], option["title"], recount.counts[option["number"]]))
    print("       %s" % ("passed" if result["is_passed"] else "not passed"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
