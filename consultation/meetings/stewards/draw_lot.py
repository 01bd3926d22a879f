#!/usr/bin/env python3
"""Draw the lot of a choice of stewards again, from what was published, with nothing but Python.

    python3 draw_lot.py lot.json

The file is the one that the page of the choice offers. The program proves that the seed is the one whose hash was
published before the first name was put forward, that the list is the one whose hash was published before the draw, and
that the lot falls on those who were announced. It prints who was drawn and ends with 0, or says what is wrong and ends
with 1. The method: the ticket of a candidate is SHA-256 of five lines (form, seed, word, hash of the list, number); the
smallest tickets win. The word is what was called out at the draw, so that nobody who knew the seed knew the outcome.
"""

import hashlib
import json
import sys
from typing import Any

FORM = "lot/1"


def sha256(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def check(lot: dict[str, Any]) -> tuple[list[str], list[int]]:
    """Return what is wrong with a published lot, and the numbers that it falls on."""
    wrong = []
    if lot["form"] != FORM:
        return ["unknown form"], []
    if sha256(lot["seed"]) != lot["seed_sha256"]:
        wrong.append("the seed is not the one whose hash was published")
    if sha256(lot["list"]) != lot["list_sha256"]:
        wrong.append("the list is not the one whose hash was published")
    lines = lot["list"].rstrip("\n").split("\n")
    head = lines[0].split("\t")
    if head[0] != FORM:
        wrong.append("the list begins with another form")
    numbers = [int(line.split("\t", 1)[0]) for line in lines[1:]]
    if len(set(numbers)) != len(numbers):
        wrong.append("a number stands twice on the list")

    def ticket(number: int) -> tuple[str, int]:
        return sha256("\n".join([FORM, lot["seed"], lot["word"], lot["list_sha256"], str(number)])), number

    drawn = sorted(numbers, key=ticket)[: int(head[1])]
    if drawn != lot["drawn"]:
        wrong.append("the lot falls on others: " + ", ".join(map(str, drawn)))
    return wrong, drawn


def main() -> int:
    """Check the file that is named."""
    with open(sys.argv[1], encoding="utf-8") as file:
        lot = json.load(file)
    wrong, drawn = check(lot)
    for line in wrong:
        print("WRONG: " + line)
    print("drawn: " + ", ".join(map(str, drawn)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
