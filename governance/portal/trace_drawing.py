"""The trace as a picture: where each box, line and text lies. Pure; the template writes the SVG.

One column as wide as the text of a small phone, unit for pixel: the steps stand one under another, each with its boxes;
lines run beside them on the left, from what came before to what came of it. Lines that would run over one another keep lanes
of their own; those out of one box branch like a tree. Large type has larger letters in the same width.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import date_format

from governance.templatetags.presentation import yuan

if TYPE_CHECKING:
    from governance.portal.trace import Trace
    from governance.portal.trace_nodes import Key, Node

WIDTH = 328
LEFT, RIGHT = 46, 326
PADDING = 10
MOST_LINES, MOST_NOTES = 3, 2
BOX_GAP = 8
LANES = (36, 28, 20, 12, 4)
"""Where lines run, from the boxes outwards."""

COLORS = 5
WIDE = ("F", "W", "A")
NARROW = 0.53
"""The width of a Latin letter, in parts of a Chinese character's."""


@dataclass(frozen=True, slots=True)
class Type:
    """Sizes of letters, in the units of the picture."""

    head: int
    title: int
    note: int

    @property
    def title_line(self) -> int:
        """From one line of a title to the next."""
        return self.title + 5

    @property
    def note_line(self) -> int:
        """From one line of a note to the next."""
        return self.note + 5

    @property
    def stage_gap(self) -> int:
        """The room of a step's name above its boxes."""
        return self.head + 17


STANDARD = Type(head=13, title=14, note=12)
LARGE = Type(head=18, title=19, note=17)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text."""

    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """One point: its frame and its text."""

    node: Node
    y: int
    height: int
    color: int
    title: Sequence[Line]
    notes: Sequence[Line]

    @property
    def middle(self) -> int:
        """Where lines arrive."""
        return self.y + self.height // 2


@dataclass(frozen=True, slots=True)
class Head:
    """The name of a step above its boxes."""

    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A line from one box to another."""

    path: str
    color: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the template draws."""

    height: int
    heads: Sequence[Head]
    boxes: Sequence[Box]
    links: Sequence[Link]
    type: Type
    width: int = WIDTH
    left: int = LEFT
    box_width: int = RIGHT - LEFT
    text_x: int = LEFT + PADDING


def draw(trace: Trace, *, is_large: bool = False) -> Picture:
    """Lay a trace out from top to bottom."""
    letters = LARGE if is_large else STANDARD
    heads: list[Head] = []
    boxes: dict[Key, Box] = {}
    y = 0
    stages = list(dict.fromkeys(node.stage for node in trace.nodes))
    for number, stage in enumerate(stages):
        y += letters.stage_gap
        heads.append(Head(y - 9, str(stage.label)))
        for node in (node for node in trace.nodes if node.stage == stage):
            box = _box(node, y, number % COLORS + 1, letters)
            boxes[node.key] = box
            y = box.y + box.height + BOX_GAP
    return Picture(y, heads, list(boxes.values()), _links(list(boxes.values()), boxes), letters)


def _box(node: Node, y: int, color: int, letters: Type) -> Box:
    room = RIGHT - LEFT - 2 * PADDING
    title = wrapped(node.title, room / letters.title, MOST_LINES)
    first = y + PADDING + letters.title - 2
    lines = [Line(first + letters.title_line * number, text) for number, text in enumerate(title)]
    below = y + PADDING + letters.title_line * len(title) + letters.note - 1
    said = wrapped(_note(node), room / letters.note, MOST_NOTES)
    notes = [Line(below + letters.note_line * number, text) for number, text in enumerate(said)]
    height = 2 * PADDING + letters.title_line * len(title) + letters.note_line * len(notes) - 2
    return Box(node, y, height, color, lines, notes)


def _note(node: Node) -> str:
    """Return what stands under the title: state, day, amount."""
    day = _written(node.on) if node.on else ""
    return " · ".join(part for part in (node.state, day, _amount(node)) if part)


def _written(day: dt.date) -> str:
    return date_format(day, "Y-m-d")


def _amount(node: Node) -> str:
    return "" if node.amount is None else yuan(node.amount)


def _links(order: Sequence[Box], boxes: dict[Key, Box]) -> list[Link]:
    """Draw a line to every box from each that it hangs on, the short ones nearest to the boxes."""
    pairs = [(boxes[parent], box) for box in order for parent in box.node.parents]
    taken: dict[int, list[tuple[Box, Box]]] = {lane: [] for lane in LANES}
    links = []
    for start, end in sorted(pairs, key=lambda pair: (pair[1].middle - pair[0].middle, pair[0].middle)):
        lane = next((lane for lane in LANES if not _crosses(start, end, taken[lane])), LANES[-1])
        taken[lane].append((start, end))
        links.append(Link(_path(lane, start.middle, end.middle), start.color))
    return links


def _crosses(start: Box, end: Box, others: Sequence[tuple[Box, Box]]) -> bool:
    """Tell whether a line would run over another in its lane; lines out of one box, or into one box, may share it."""
    return any(
        start.middle < below.middle and above.middle < end.middle and start is not above and end is not below
        for above, below in others
    )


def _path(lane: int, start: int, end: int) -> str:
    """Return a line out of the left side of one box and into that of another, with rounded corners."""
    bend = 6
    return (
        f"M{LEFT} {start}H{lane + bend}Q{lane} {start} {lane} {start + bend}"
        f"V{end - bend}Q{lane} {end} {lane + bend} {end}H{LEFT}"
    )


def wrapped(text: str, room: float, most: int) -> list[str]:
    """Break a text into lines of so many Chinese characters' width; what does not fit ends with an ellipsis."""
    lines, line = [], ""
    for piece in _pieces(" ".join(text.split())):
        if line and _width((line + piece).rstrip()) > room:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    lines = [found for found in [*lines, line.rstrip()] if found] or [""]
    if len(lines) > most:
        lines = [*lines[: most - 1], _shortened(lines[most - 1], room)]
    return lines


def _pieces(text: str) -> list[str]:
    """Split a text where a line may break: after every wide character, and between words of the others.

    A closing mark never begins a line.
    """
    pieces: list[str] = []
    word = ""
    for character in text:
        if character in CLOSING and not word and pieces:
            pieces[-1] += character
        elif unicodedata.east_asian_width(character) in WIDE:
            pieces += [word, character] if word else [character]
            word = ""
        elif character == " ":
            pieces.append(word + character)
            word = ""
        else:
            word += character
            if len(word) >= LONGEST_WORD:
                pieces.append(word)
                word = ""
    return [*pieces, word] if word else pieces


LONGEST_WORD = 16
CLOSING = frozenset("，。、；：！？）》」』”’…％·")


def _width(text: str) -> float:
    return sum(1 if unicodedata.east_asian_width(character) in WIDE else NARROW for character in text)


def _shortened(line: str, room: float) -> str:
    """End a line with an ellipsis that still fits."""
    while line and _width(line) + 1 > room:
        line = line[:-1]
    return line.rstrip() + "…"
