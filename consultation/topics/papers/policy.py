"""Documents in versions: how a paragraph is known again, so that comments stay with it (pure)."""

from __future__ import annotations

import hashlib
from difflib import SequenceMatcher
from itertools import count
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_DOCUMENT = 60_000
MOST_PARAGRAPHS = 300
LONGEST_COMMENT = 500
LONGEST_ANSWER = 1000
LONGEST_OFFICE = 60
LONGEST_NOTE = 200
SAME_FROM = 0.6
"""From this likeness on, a paragraph of a new version is the old one with changes."""


class Paragraph(TypedDict):
    """A paragraph of a version; `changed_in` is the version in which it took its present words."""

    anchor: str
    text: str
    changed_in: int


def paragraphs_of(text: str) -> list[str]:
    """Return the paragraphs of a text: what stands between line ends, empty ones left out."""
    return [line for raw in text.replace("\r\n", "\n").split("\n") if (line := " ".join(raw.split()))]


def _new_anchor(text: str, taken: set[str]) -> str:
    for number in count():
        anchor = hashlib.sha256(f"{number}:{text}".encode()).hexdigest()[:10]
        if anchor not in taken:
            return anchor
    raise AssertionError  # pragma: no cover - the count never ends


def anchored(texts: Sequence[str], before: Sequence[Paragraph] = (), *, number: int = 1) -> list[Paragraph]:
    """Give each paragraph of a new version its anchor: that of the old paragraph it is, or came from, else a new one.

    First those with the same words, in their order; then each remaining one takes the most alike of the remaining old
    ones, if that is alike enough. An anchor is given once, and one that has gone is never given again to other words.
    """
    found: list[Paragraph | None] = [None] * len(texts)
    left = list(before)
    for place, text in enumerate(texts):
        same = next((old for old in left if old["text"] == text), None)
        if same is not None:
            left.remove(same)
            found[place] = Paragraph(anchor=same["anchor"], text=text, changed_in=same["changed_in"])
    alike = sorted(
        (
            (-SequenceMatcher(None, old["text"], texts[place], autojunk=False).ratio(), place, index)
            for place, done in enumerate(found)
            if done is None
            for index, old in enumerate(left)
        ),
    )
    used: set[int] = set()
    for ratio, place, index in alike:
        if -ratio >= SAME_FROM and found[place] is None and index not in used:
            used.add(index)
            found[place] = Paragraph(anchor=left[index]["anchor"], text=texts[place], changed_in=number)
    taken = {old["anchor"] for old in before}
    for place, text in enumerate(texts):
        if found[place] is None:
            anchor = _new_anchor(f"{number}:{text}", taken)
            taken.add(anchor)
            found[place] = Paragraph(anchor=anchor, text=text, changed_in=number)
    return [paragraph for paragraph in found if paragraph is not None]


def anchors_of(paragraphs: Iterable[Paragraph]) -> set[str]:
    """Return the anchors of a version."""
    return {paragraph["anchor"] for paragraph in paragraphs}
