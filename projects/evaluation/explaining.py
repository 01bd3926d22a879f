"""A calculation for people: line by line in words, and as a picture. Pure; reads nothing but the stored details."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.evaluation.models import Grade, Method, Party
from projects.evaluation.policy import FULL, METHOD_MISSING, PARTIES, PARTY_MISSING, TOO_FEW, cut_off, percent

WIDTH, BAR, GAP, LABEL = 360, 20, 12, 18
MARKS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the calculation: what it is, how it comes about, what it comes to."""

    what: str
    how: str
    value: str


@dataclass(frozen=True, slots=True)
class PartyRow:
    """One party in the table under the picture."""

    label: str
    weight: int
    invited: int
    answers: int
    methods: str
    response: Decimal | None
    mean: Decimal | None
    satisfied: int | None
    valid: int | None
    is_hidden: bool

    @property
    def satisfaction(self) -> Decimal | None:
        """The content part in percent, cut off."""
        return percent(self.satisfied, self.valid) if self.satisfied is not None and self.valid else None


@dataclass(frozen=True, slots=True)
class Bar:
    """One party in the picture: its mean on a scale of 0 to 100."""

    y: int
    width: float
    color: str
    label: str
    text: str

    @property
    def label_y(self) -> int:
        """The base line of the label above the bar."""
        return self.y - 5


@dataclass(frozen=True, slots=True)
class Piece:
    """How often one mark was given to one question, as a part of a stacked bar."""

    x: float
    width: float
    color: str
    title: str


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question: how often each mark was given, in the picture and in the table under it."""

    number: int
    text: str
    weight: int
    is_satisfaction: bool
    counts: Sequence[tuple[int, int]]
    pieces: Sequence[Piece]
    y: int

    @property
    def label_y(self) -> int:
        """The base line of the label above the bar."""
        return self.y - 5


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the page draws of a result."""

    parties: Sequence[PartyRow]
    bars: Sequence[Bar]
    bars_height: int
    questions: Sequence[QuestionRow]
    questions_height: int
    width: int = WIDTH
    legend: Sequence[tuple[int, str]] = tuple((mark, f"fill-{MARKS + 1 - mark}") for mark in range(MARKS, 0, -1))


def party_label(party: str) -> str:
    """Name a party."""
    return str(Party(party).label)


def party_rows(details: Mapping[str, Any]) -> list[PartyRow]:
    """Return the parties with their figures, as far as the details tell them."""
    rows = []
    for party in PARTIES:
        found = details["parties"][party]
        methods = found["methods"] or {}
        rows.append(
            PartyRow(
                label=party_label(party),
                weight=details["weights"][party],
                invited=found["invited"],
                answers=found["answers"],
                methods=", ".join(f"{Method(name).label} {count}" for name, count in sorted(methods.items())),
                response=percent(found["answers"], found["invited"]),
                mean=_mean(found),
                satisfied=found["satisfied"],
                valid=found["valid"],
                is_hidden=found["marks"] is None,
            )
        )
    return rows


def _mean(found: Mapping[str, Any]) -> Decimal | None:
    return None if found["mean"] is None else cut_off(Fraction(found["mean"]), places=2)


def draw(details: Mapping[str, Any]) -> Picture:
    """Lay the picture out: one bar per party, one stacked bar per question."""
    rows = party_rows(details)
    bars = [
        Bar(
            y=LABEL + place * (LABEL + BAR + GAP),
            width=float((row.mean or Decimal(0)) * WIDTH / FULL),
            color=f"fill-{place + 1}",
            label=f"{row.label} {row.weight}%",
            text="—" if row.mean is None else str(row.mean),
        )
        for place, row in enumerate(rows)
    ]
    questions = [_question(details, question, place) for place, question in enumerate(details["template"]["questions"])]
    return Picture(
        parties=rows,
        bars=bars,
        bars_height=len(bars) * (LABEL + BAR + GAP),
        questions=questions,
        questions_height=len(questions) * (LABEL + BAR + GAP),
    )


def _question(details: Mapping[str, Any], question: Mapping[str, Any], place: int) -> QuestionRow:
    counts = [0] * MARKS
    for found in details["parties"].values():
        for mark, times in enumerate((found["marks"] or {}).get(str(question["number"]), [])):
            counts[mark] += times
    total, x, pieces = sum(counts), 0.0, []
    for mark in range(MARKS, 0, -1):
        width = counts[mark - 1] * WIDTH / total if total else 0.0
        if width:
            title = _("mark %(mark)s: %(count)s") % {"mark": mark, "count": counts[mark - 1]}
            pieces.append(Piece(round(x, 2), round(width, 2), f"fill-{MARKS + 1 - mark}", title))
        x += width
    return QuestionRow(
        number=question["number"],
        text=question["text"],
        weight=question["weight"],
        is_satisfaction=question["satisfaction"],
        counts=[(mark, counts[mark - 1]) for mark in range(MARKS, 0, -1)],
        pieces=pieces,
        y=LABEL + place * (LABEL + BAR + GAP),
    )


def explain(details: Mapping[str, Any]) -> list[Line]:
    """Return the calculation line by line, in the reader's language."""
    lines = [
        Line(
            _("Marks"),
            _("Each mark from 1 to 5 becomes 0, 25, 50, 75 or 100 points; questions count by their weight."),
            "",
        )
    ]
    for row in party_rows(details):
        if row.is_hidden:
            how = _("too few answers to be shown one by one")
        else:
            count = ngettext("mean of %(answers)s answer", "mean of %(answers)s answers", row.answers)
            how = count % {"answers": row.answers}
        lines.append(Line(row.label, how, "—" if row.mean is None else str(row.mean)))
    hindrances = hindrances_of(details)
    lines += [Line(_("No grade"), text, "") for text in hindrances]
    lines += [Line(_("What to do next"), text, "") for text in advice_of(details)]
    if not hindrances:
        lines += _score_lines(details)
    return lines


def hindrances_of(details: Mapping[str, Any]) -> list[str]:
    """Return in words why there is no grade; nothing where there is one."""
    return [_hindrance(text, details) for text in details["hindrances"]]


def advice_of(details: Mapping[str, Any]) -> list[str]:
    """Return in words what is to be done where there is no grade; nothing where there is one."""
    if not details["hindrances"]:
        return []
    return [*(_advice(text, details) for text in details["hindrances"]), _again()]


def _again() -> str:
    return _(
        "The collection is over and nobody adds to it: this result is published without a grade, and the office plans the"
        " evaluation again."
    )


def _advice(text: str, details: Mapping[str, Any]) -> str:
    name, *rest = text.split(":")
    if name == TOO_FEW:
        lacking = details["minimum"] - details["answers"]
        return ngettext(
            "%(count)s answer was lacking: invite more residents next time, or prolong the collection before its last day.",
            "%(count)s answers were lacking: invite more residents next time, or prolong the collection before its last day.",
            lacking,
        ) % {"count": lacking}
    if name == PARTY_MISSING:
        return _("Invite persons of the party “%(party)s” by name, and ask them before the last day.") % {
            "party": party_label(rest[0])
        }
    if name == METHOD_MISSING:
        return _("Invite the party “%(party)s” for the method “%(method)s”, and agree on a day for it.") % {
            "party": party_label(rest[0]),
            "method": Method(rest[1]).label,
        }
    return text


def _hindrance(text: str, details: Mapping[str, Any]) -> str:
    name, _colon, party = text.partition(":")
    if name == TOO_FEW:
        return _("%(answers)s answers came, %(minimum)s are needed for a grade.") % {
            "answers": details["answers"],
            "minimum": details["minimum"],
        }
    if name == PARTY_MISSING:
        return _("Nobody of the party “%(party)s” has answered.") % {"party": party_label(party)}
    if name == METHOD_MISSING:
        party, _colon, method = party.partition(":")
        names = {"party": party_label(party), "method": Method(method).label}
        return (
            _("The party “%(party)s” has not judged by the method “%(method)s”, which the template requires.") % names
        )
    return text


def _score_lines(details: Mapping[str, Any]) -> list[Line]:
    weighed = [f"{row.weight}% × {'—' if row.mean is None else row.mean}" for row in party_rows(details) if row.weight]
    cuts = details["cuts"]
    return [
        Line(
            _("Score"),
            _("%(sum)s; calculated with exact fractions (%(exact)s) and cut off after two decimals, never rounded up")
            % {"sum": " + ".join(weighed), "exact": details["exact"]},
            details["score"],
        ),
        Line(
            _("Grade"),
            _("excellent from %(excellent)s, good from %(good)s, pass from %(passed)s")
            % {"excellent": cuts["EXCELLENT"], "good": cuts["GOOD"], "passed": cuts["PASS"]},
            str(Grade(details["grade"]).label),
        ),
    ]
