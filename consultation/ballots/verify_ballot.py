#!/usr/bin/env python3
"""Count a published ballot again on your own computer, without trusting the site.

    python3 verify_ballot.py ballot.jsonl
    python3 verify_ballot.py ballot.jsonl --fingerprint 5f2c…    compare with what the notice printed before the vote
    python3 verify_ballot.py ballot.jsonl --sha256 91ab…         compare with the hash of the file beside the result

Needs nothing but Python 3.8 or newer. It shares no code with the site. Exit code 0: everything agrees. 1: something is
wrong, and it is named. 2: the file cannot be read.

The file has one JSON object per line (keys sorted, no spaces): first the frozen ballot, whose SHA-256 is the
fingerprint; then every vote, in the order of the numbers on the roll, which stand for the names; last the result with
the SHA-256 of all rows above it (`rows_sha256`; files of the form ballot/1 have none). Look for your own number, which stands on your receipt, to see that your vote is there and unchanged. Of a secret ballot the
file has the papers as they came out of the mixed box; their numbers are nobody's.

What may be marked: FOR_AGAINST and SINGLE one number; APPROVAL different numbers; KNAPSACK different numbers whose costs
together stay within the budget; POINTS a number once for each point; RANKED numbers with the best first, counted by
run-off: the weakest falls out, on a draw the one that was weaker in an earlier round, at last the later one on the list,
until one holds more than half of the papers that still name somebody, or two are left.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from decimal import Decimal
from typing import Any

FOR, AGAINST, ABSTAIN = 1, 2, 3
METHODS = ("FOR_AGAINST", "SINGLE", "APPROVAL", "RANKED", "POINTS", "KNAPSACK")
FORMS = ("ballot/1", "ballot/2")
TWO_LEFT = 2
FEWEST_ROWS = 2  # the ballot and the result
CHANNELS = ("WEB", "KIOSK", "PAPER", "PHONE", "VISIT")


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


def weakest(left: list[int], past: list[dict[int, int]]) -> int:
    """Return who falls out after these rounds."""
    return min(left, key=lambda number: [stage[number] for stage in reversed(past)] + [-number])


class Recount:
    """The ballot and its votes as read so far."""

    def __init__(self, line: bytes) -> None:
        self.fingerprint = hashlib.sha256(line).hexdigest()
        self.above = hashlib.sha256(line + b"\n")
        self.ballot = parse(line)
        if self.ballot.get("type") != "ballot" or self.ballot.get("form") not in FORMS:
            raise Wrong("the file is not a ballot of the form %s" % " or ".join(FORMS))
        if self.ballot["method"] not in METHODS:
            raise Wrong("the method is not known")
        self.method = self.ballot["method"]
        self.numbers = sorted(option["number"] for option in self.ballot["options"])
        self.costs = {option["number"]: Decimal(option.get("cost") or 0) for option in self.ballot["options"]}
        self.entitled = self.ballot["roll"]["entitled"]
        self.area_entitled = self.ballot["roll"].get("area")
        self.is_secret = self.ballot.get("is_secret", False)
        self.papers: dict[tuple[int, ...], int] = {}
        self.areas: dict[tuple[int, ...], int] = {}
        self.by_channel: dict[str, int] = {}
        self.cast = 0
        self.area_cast = 0
        self.last = 0

    def add(self, line: bytes) -> None:
        """Check one vote and count it."""
        row = parse(line)
        self.above.update(line + b"\n")
        keys = {"type", "number", "choices"}
        keys |= set() if self.is_secret else {"channel"}
        keys |= {"area"} if self.area_entitled is not None else set()
        if row.get("type") != ("paper" if self.is_secret else "vote") or set(row) != keys:
            raise Wrong("the row is not a vote")
        if not is_number(row["number"]) or not self.last < row["number"] <= self.entitled:
            raise Wrong("the number on the roll is not after the one before it, or not on the roll")
        if self.is_secret and row["number"] != self.last + 1:
            raise Wrong("a paper is missing before this one")
        choices = row["choices"]
        if not isinstance(choices, list) or not all(is_number(choice) for choice in choices):
            raise Wrong("the choices are not numbers")
        if choices or not self.is_secret:
            self.check(choices)
        if not self.is_secret:
            if row["channel"] not in CHANNELS:
                raise Wrong("the channel is not known")
            self.by_channel[row["channel"]] = self.by_channel.get(row["channel"], 0) + 1
        area = row.get("area", 0)
        if not is_number(area) or area < 0:
            raise Wrong("the floor area is not a number")
        marked = tuple(choices)
        self.papers[marked] = self.papers.get(marked, 0) + 1
        self.areas[marked] = self.areas.get(marked, 0) + area
        self.cast += 1
        self.area_cast += area
        self.last = row["number"]

    def check(self, choices: list[int]) -> None:
        """Refuse marks that the ballot does not allow."""
        if not choices or len(choices) > self.ballot["most_choices"] or not set(choices) <= set(self.numbers):
            raise Wrong("the ballot does not allow these choices")
        if self.method != "POINTS" and len(set(choices)) != len(choices):
            raise Wrong("the choices are not different numbers in order")
        if self.method != "RANKED" and sorted(choices) != choices:
            raise Wrong("the choices are not different numbers in order")
        if self.method == "KNAPSACK" and sum(self.costs[choice] for choice in choices) > Decimal(self.ballot["budget"]):
            raise Wrong("the choices cost more than the budget")

    def first_left(self, marked: tuple[int, ...], left: list[int]) -> int | None:
        """Return for whom a ranked paper counts."""
        return next((number for number in marked if number in left), None)

    def rounds(self) -> list[dict[str, Any]]:
        """Return the rounds of the run-off."""
        left = list(self.numbers)
        found: list[dict[str, Any]] = []
        past: list[dict[int, int]] = []
        while True:
            held = dict.fromkeys(left, 0)
            for marked, heads in self.papers.items():
                number = self.first_left(marked, left)
                if number is not None:
                    held[number] += heads
            naming = sum(held.values())
            is_over = len(left) <= TWO_LEFT or max(held.values()) * 2 > naming
            past.append(held)
            out = None if is_over else weakest(left, past)
            lines = [{"number": number, "votes": held[number]} for number in left]
            found.append({"held": lines, "out": out, "exhausted": self.cast - naming})
            if out is None:
                return found
            left.remove(out)

    def figures(self) -> tuple[dict[int, int], dict[int, int], dict[int, int], list[dict[str, Any]]]:
        """Return for each option what is shown, how many people are behind it, their floor area, and the rounds."""
        shown, backed, area = (dict.fromkeys(self.numbers, 0) for _figure in range(3))
        rounds = self.rounds() if self.method == "RANKED" else []
        final = [line["number"] for line in rounds[-1]["held"]] if rounds else []
        for marked, heads in self.papers.items():
            for number in marked[:1] if rounds else marked:
                shown[number] += heads
            behind = [left for left in [self.first_left(marked, final)] if left] if rounds else sorted(set(marked))
            for number in behind:
                backed[number] += heads
                area[number] += self.areas[marked]
        return shown, backed, area, rounds

    def result(self) -> dict[str, Any]:
        """Return the result that follows from the votes by the frozen rule."""
        rule = self.ballot["rule"]
        shown, backed, area, rounds = self.figures()
        decisive = {line["number"]: line["votes"] for line in rounds[-1]["held"]} if rounds else shown
        rivals = [number for number in decisive if self.method != "FOR_AGAINST" or number in (FOR, AGAINST)]
        most = max([decisive[number] for number in rivals] or [0])
        leading = [number for number in rivals if decisive[number] == most]
        winner = leading[0] if most and len(leading) == 1 else None
        is_any = rule["majority"]["numerator"] == 0 and rule["majority"]["is_strict"]
        judged = leading[0] if most and is_any else winner
        measures = [(self.entitled, self.cast, backed)]
        if rule.get("is_dual"):
            measures.append((self.area_entitled, self.area_cast, area))
        has_quorum = all(reaches(rule["quorum"], cast, entitled) for entitled, cast, _figure in measures)
        enough = all(self.majority(rule, judged, *measure) for measure in measures)
        decides = self.method == "FOR_AGAINST" or judged is not None
        found: dict[str, Any] = {
            "type": "result",
            "cast": self.cast,
            "counts": [{"number": number, "votes": shown[number]} for number in self.numbers],
            "winner": winner,
            "has_quorum": has_quorum,
            "is_passed": has_quorum and enough and decides,
        }
        if not self.is_secret:
            found["by_channel"] = self.by_channel
        if self.method == "POINTS":
            found["backed"] = [{"number": number, "votes": backed[number]} for number in self.numbers]
        if rounds:
            found["rounds"] = rounds
        if self.area_cast:
            found["area"] = [{"number": number, "area": area[number]} for number in self.numbers]
            found["area_cast"] = self.area_cast
        if self.ballot["form"] != FORMS[0]:
            found["rows_sha256"] = self.above.hexdigest()
        self.counts = shown
        return found

    def majority(
        self, rule: dict[str, Any], judged: int | None, entitled: int, cast: int, figure: dict[int, int]
    ) -> bool:
        """Tell whether enough were in favor, in heads or in floor area."""
        if self.method == "FOR_AGAINST":
            in_favor, against = figure[FOR], figure[AGAINST]
        else:
            in_favor = figure[judged] if judged is not None else 0
            against = cast - in_favor
        base = {
            "PRESENT": cast,
            "PARTICIPATING": cast,
            "CAST": cast,
            "ALL": entitled,
            "EXPRESSED": in_favor + against,
        }[rule["pass_base"]]
        return reaches(rule["majority"], in_favor, base)

    def end(self, line: bytes) -> None:
        """Check the last row: the result."""
        row = parse(line)
        result = self.result()
        if row.get("type") != "result" or set(row) != {*result, "unfinished", "by_channel"}:
            raise Wrong("the last row is not the result")
        unfinished = row.pop("unfinished")
        if not is_number(unfinished) or not 0 <= unfinished <= self.entitled - self.cast:
            raise Wrong("the number of unfinished votes is impossible")
        if self.is_secret and sum(row["by_channel"].values()) != self.cast:
            raise Wrong("the roll has another number of strokes than there are papers")
        for name, follows in result.items():
            if row[name] != follows:
                raise Wrong("%s is %r, from the votes follows %r" % (name, row[name], follows))


def verify(data: bytes) -> Recount:
    """Check the bytes of a recount file and return the recount.

    Raises Wrong with the number of the first row that is wrong.
    """
    rows = data.split(b"\n")
    if rows.pop() != b"":
        raise Wrong("row %d: the file does not end with a whole row" % (len(rows) + 1))
    if len(rows) < FEWEST_ROWS:
        raise Wrong("row %d: the file ends before the result" % (len(rows) + 1))
    number = 1
    try:
        recount = Recount(rows[0])
        for line in rows[1:-1]:
            number += 1
            recount.add(line)
        number = len(rows)
        recount.end(rows[-1])
    except (Wrong, ArithmeticError, AttributeError, IndexError, KeyError, TypeError, RecursionError) as error:
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
