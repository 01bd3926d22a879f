"""What stands firm about an evaluation: its parameters, and the pure function that makes a score of answers.

The score is exact (fractions of integers) until it is written down, and then only ever cut off, never rounded up: 99.996
is 99.99, so that nothing but a full score reads 100, and a grade never contradicts the figure beside it.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import Unreadable, declare, whole
from governance.errors import Invalid

FORM, FORM_WITH_METHODS = "evaluation/1", "evaluation/2"
"""The versions of the canonical form of a calculation: the second tells which methods the template requires."""

LOWEST, HIGHEST = 1, 5
CONTENT = 4
"""From this mark on an answer to a question of satisfaction is content."""

FULL = 100
STEP = FULL // (HIGHEST - LOWEST)
"""What one mark is worth: 1 is 0 points, 5 is 100."""

PARTIES = ("PARTY_ORGANIZATION", "RESIDENTS", "THIRD_PARTY")
GRADES = ("EXCELLENT", "GOOD", "PASS")
FAILED, INSUFFICIENT = "FAIL", "INSUFFICIENT"
TOO_FEW, PARTY_MISSING, METHOD_MISSING = "TOO_FEW_ANSWERS", "PARTY_MISSING", "METHOD_MISSING"


Three = tuple[int, int, int]


def weights_of_parties(value: Any) -> Three:
    """Read the weights of the three parties in percent; a party of weight 0 is not asked."""
    found = _three(value)
    if sum(found) != FULL:
        raise Unreadable(value, _("the weights of the three parties must sum to 100"))
    return found


def falling_cuts(value: Any) -> Three:
    """Read the scores from which a result is excellent, good and passed, falling."""
    found = _three(value)
    if not FULL >= found[0] > found[1] > found[2] >= 0:
        raise Unreadable(value, _("the three scores must fall, from 100 at most to 0 at least"))
    return found


def at_least_one(value: Any) -> int:
    """Read a whole number above zero."""
    number = whole(value)
    if number < 1:
        raise Unreadable(value)
    return number


def _three(value: Any) -> Three:
    if not isinstance(value, list | tuple) or len(value) != len(PARTIES):
        raise Unreadable(value)
    first, second, third = (whole(part) for part in value)
    return first, second, third


WEIGHTS = declare(
    "evaluation.weights",
    _("Weights of party organization, residents and third party in an evaluation"),
    unit="percent",
    read=weights_of_parties,
    default=(30, 40, 30),
    basis="Rule of this platform",
)

CUTS = declare(
    "evaluation.grades",
    _("Scores from which an evaluation is excellent, good and passed"),
    unit="points of 100",
    read=falling_cuts,
    default=(90, 75, 60),
    basis="Rule of this platform",
)

MINIMUM_ANSWERS = declare(
    "evaluation.minimum_answers",
    _("Answers without which an evaluation has no grade"),
    unit="answers",
    read=at_least_one,
    default=30,
    basis="Rule of this platform",
)

SMALL_SAMPLE = declare(
    "evaluation.small_sample",
    _("A satisfaction of fewer answers is marked as a small sample"),
    unit="answers",
    read=whole,
    default=30,
    basis="Rule of this platform",
)

PUBLICITY = declare(
    "evaluation.publicity_days",
    _("The result of an evaluation is posted for at least"),
    unit="working days",
    read=at_least_one,
    default=5,
    basis="Rule of this platform",
)

TIE_YEARS = declare(
    "evaluation.tie_years",
    _("Whoever worked for an organization may not evaluate it for"),
    unit="years",
    read=whole,
    default=2,
    basis="Rule of this platform",
)


GATE_MONTHS = declare(
    "evaluation.gate_months",
    _("A body whose latest evaluation was failed applies for no grant and offers in no purchase for"),
    unit="months",
    read=whole,
    default=12,
    basis="Ministry of Finance order 102 on government purchase of services",
)

RECEIPT_DAYS = declare(
    "evaluation.receipt_days",
    _("A pushed result whose receipt is not confirmed is sent again after"),
    unit="working days",
    read=at_least_one,
    default=5,
    basis="Rule of this platform",
)

RECEIPT_REMINDERS = declare(
    "evaluation.receipt_reminders",
    _("A pushed result is sent again at most so often"),
    unit="times",
    read=whole,
    default=3,
    basis="Rule of this platform",
)

SEVERITY_POINTS = declare(
    "evaluation.severity_points",
    _("An evaluator whose marks differ from the others' by so many points on average is shown as strict or lenient"),
    unit="points of 100",
    read=at_least_one,
    default=10,
    basis="Rule of this platform",
)


class MarksUnfit(Invalid):
    """An answer has one mark from 1 to 5 for each question."""

    code = "marks_unfit"
    message = _("Please mark question %(number)s from 1 to 5; every question needs one mark.")


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a template."""

    number: int
    text: str
    weight: int = 1
    is_satisfaction: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A frozen set of questions, in the order of their numbers, and by which methods which party must have judged."""

    key: str
    version: int
    questions: tuple[Question, ...]
    required: tuple[tuple[str, str], ...] = ()

    def read_marks(self, marks: Mapping[str, Any]) -> tuple[int, ...]:
        """Return the marks of one answer in the order of the questions.

        Raises:
            MarksUnfit: a question has no mark or an impossible one, or a mark has no question.
        """
        found = []
        for question in self.questions:
            mark = marks.get(str(question.number))
            if isinstance(mark, bool) or not isinstance(mark, int) or not LOWEST <= mark <= HIGHEST:
                raise MarksUnfit(field=f"question_{question.number}", number=question.number)
            found.append(mark)
        if strange := set(marks) - {str(question.number) for question in self.questions}:
            raise MarksUnfit(number=min(strange))
        return tuple(found)


class Answer(NamedTuple):
    """One answer as the calculation sees it: its marks stand in the order of the template's questions."""

    party: str
    method: str
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers counted: alike ones together. Two tallies of parts add up to the tally of the whole."""

    counts: Counter[Answer] = field(default_factory=Counter)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.counts + other.counts)


def tally(answers: Iterable[Answer]) -> Tally:
    """Count a part of the answers."""
    return Tally(Counter(answers))


@dataclass(frozen=True, slots=True)
class Computation:
    """What follows from the answers of one evaluation; `details` hold every figure of the way there."""

    score: Decimal | None
    grade: str
    answers: int
    satisfied: int
    valid_for_satisfaction: int
    details: dict[str, Any]

    @property
    def canonical(self) -> bytes:
        """The bytes of the calculation."""
        return canonical(self.details)

    @property
    def digest(self) -> str:
        """Their SHA-256."""
        return hashlib.sha256(self.canonical).hexdigest()


def canonical(details: Mapping[str, Any]) -> bytes:
    """Return the bytes of a calculation: JSON in UTF-8 and NFC, keys sorted, no blanks, no numbers but integers."""
    text = json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return unicodedata.normalize("NFC", text).encode()


def compute(
    template: Template,
    weights: Mapping[str, int],
    answers: Iterable[Answer],
    minimum: int,
    cuts: Mapping[str, int],
    *,
    invited: Mapping[str, int] | None = None,
) -> Computation:
    """Make a score of answers (pure): any order and any division into parts gives the same bytes.

    Marks from 1 to 5 become 0 to 100; a party's mean is over its answers with the questions' weights; the score is the
    mean of the parties by their weights. Fewer answers than the minimum, none of a party that has a weight, or none of
    such a party by a method that the template requires of it: no score and no grade. Whether a party may be missing is
    said by its weight of 0, and by nothing else.
    Basis: report S0, three parties.
    """
    return conclude(template, weights, tally(answers), minimum, cuts, invited=invited)


def conclude(
    template: Template,
    weights: Mapping[str, int],
    counted: Tally,
    minimum: int,
    cuts: Mapping[str, int],
    *,
    invited: Mapping[str, int] | None = None,
) -> Computation:
    """Make a score of counted answers (pure)."""
    parties = {party: _party(template, counted, party, (invited or {}).get(party, 0)) for party in PARTIES}
    means = {party: _mean(template, found) for party, found in parties.items() if found["answers"]}
    answers = sum(found["answers"] for found in parties.values())
    hindrances = [TOO_FEW] if answers < minimum else []
    hindrances += [f"{PARTY_MISSING}:{party}" for party in PARTIES if weights[party] and party not in means]
    hindrances += [
        f"{METHOD_MISSING}:{party}:{method}"
        for party, method in template.required
        if weights[party] and party in means and method not in parties[party]["methods"]
    ]
    exact = None if hindrances else sum(means[party] * weights[party] for party in PARTIES if weights[party]) / FULL
    score = None if exact is None else cut_off(Fraction(exact), places=2)
    grade = INSUFFICIENT if exact is None else grade_of(Fraction(exact), cuts)
    details: dict[str, Any] = {
        "form": FORM_WITH_METHODS if template.required else FORM,
        "template": {
            "key": template.key,
            "version": template.version,
            "questions": [
                {
                    "number": question.number,
                    "text": question.text,
                    "weight": question.weight,
                    "satisfaction": question.is_satisfaction,
                }
                for question in template.questions
            ],
        },
        "weights": {party: weights[party] for party in PARTIES},
        "minimum": minimum,
        "cuts": {name: cuts[name] for name in GRADES},
        "parties": {
            party: {**found, "mean": str(means[party]) if party in means else None} for party, found in parties.items()
        },
        "answers": answers,
        "hindrances": hindrances,
        "exact": None if exact is None else str(exact),
        "score": None if score is None else str(score),
        "grade": grade,
    }
    if template.required:
        details["required"] = [list(pair) for pair in template.required]
    satisfied, valid = (sum(found[name] for found in parties.values()) for name in ("satisfied", "valid"))
    return Computation(score, grade, answers, satisfied, valid, details)


def _party(template: Template, counted: Tally, party: str, invited: int) -> dict[str, Any]:
    """Count what one party answered: by method, by question and mark, and how many were content."""
    methods: Counter[str] = Counter()
    marks = [[0] * HIGHEST for _question in template.questions]
    content = [place for place, question in enumerate(template.questions) if question.is_satisfaction]
    answers = satisfied = 0
    for answer, times in counted.counts.items():
        if answer.party != party:
            continue
        answers += times
        methods[answer.method] += times
        for place, mark in enumerate(answer.marks):
            marks[place][mark - LOWEST] += times
        if content and all(answer.marks[place] >= CONTENT for place in content):
            satisfied += times
    return {
        "invited": invited,
        "answers": answers,
        "methods": dict(methods),
        "marks": {str(question.number): marks[place] for place, question in enumerate(template.questions)},
        "satisfied": satisfied,
        "valid": answers if content else 0,
    }


def _mean(template: Template, found: Mapping[str, Any]) -> Fraction:
    """Return the exact mean of a party in points of 100."""
    points = sum(
        question.weight * STEP * place * times
        for question in template.questions
        for place, times in enumerate(found["marks"][str(question.number)])
    )
    return Fraction(points, found["answers"] * sum(question.weight for question in template.questions))


def grade_of(score: Fraction, cuts: Mapping[str, int]) -> str:
    """Return the best grade whose cut the exact score reaches."""
    return next((name for name in GRADES if score >= cuts[name]), FAILED)


def cut_off(value: Fraction, *, places: int) -> Decimal:
    """Write a fraction with so many decimals, cut off: never better than it is."""
    scaled = value.numerator * 10**places // value.denominator
    return Decimal(scaled).scaleb(-places)


def is_small(valid: int, small_sample: int) -> bool:
    """Tell whether a satisfaction rests on so few answers that it is marked (pure); none at all is no sample."""
    return 0 < valid < small_sample


def percent(part: int, whole: int) -> Decimal | None:
    """Return a part of a whole in percent with one decimal, cut off; 100 only for all, None of nothing."""
    return cut_off(Fraction(part * FULL, whole), places=1) if whole else None


def by_party(values: Sequence[int]) -> dict[str, int]:
    """Name weights by their parties."""
    return dict(zip(PARTIES, values, strict=True))


def by_grade(values: Sequence[int]) -> dict[str, int]:
    """Name cuts by their grades."""
    return dict(zip(GRADES, values, strict=True))
