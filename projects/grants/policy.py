"""What stands firm about grant rounds: parameters, form and scoring table as data, and the pure functions over scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.policy import Parameter, Unreadable, declare, share, whole, words
from consultation.matters.surveys.policy import LONGEST_WORDS, Asked, fitting_answers
from governance.errors import Invalid

FULL = 100
PLACES = Decimal("0.01")
MOST_CRITERIA = 12
MOST_QUESTIONS = 30
MOST_LINES = 30
MOST_MATCHING = 200
"""Percent of what is asked for that a call can ask applicants to bring along at most."""
LONGEST_TEXT = 6000
LONGEST_ANSWER = LONGEST_WORDS


class RoundKind(models.TextChoices):
    """Whether a district or a street calls."""

    VENTURE = "VENTURE", _("venture grants of the district")
    MICRO = "MICRO", _("micro grants of a street")


class LineKind(models.TextChoices):
    """What a line of a budget pays."""

    PERSONNEL = "PERSONNEL", _("personnel")
    ADMINISTRATION = "ADMINISTRATION", _("administration")
    ACTIVITIES = "ACTIVITIES", _("activities")
    MATERIALS = "MATERIALS", _("materials")
    OTHER = "OTHER", pgettext_lazy("budget line", "other")


class ShareKind(models.TextChoices):
    """Who pays a part of a project: the round, or somebody beside it (配套资金)."""

    ROUND = "ROUND", _("money of the round")
    OWN = "OWN", _("own money of the organization")
    PARTNER = "PARTNER", _("matching partner")


class SourceKind(models.TextChoices):
    """Where money of a round comes from."""

    BUDGET_LINE = "BUDGET_LINE", _("budget line of public money")
    FUND = "FUND", _("community fund")
    FOUNDATION = "FOUNDATION", _("foundation")


NOT_A_WHOLE = _("the instalments must be whole percentages that sum to 100; for thirds 33, 33, 34")


def parts_of_whole(value: Any) -> tuple[int, ...]:
    """Read whole percentages that sum to 100, in the order in which they are paid."""
    if not isinstance(value, list | tuple) or not value:
        raise Unreadable(value)
    try:
        found = tuple(whole(part) for part in value)
    except Unreadable as error:
        raise Unreadable(value, NOT_A_WHOLE) from error
    if min(found) < 1 or sum(found) != FULL:
        raise Unreadable(value, NOT_A_WHOLE)
    return found


MEAN_OF = 3
"""Scores that every mean rests on at least: a mean of one is a score, and of two each writer could tell the other's."""


def panel(value: Any) -> int:
    """Read an odd number of persons, enough for a mean that tells nobody's score."""
    number = whole(value)
    if number % 2 == 0 or number < MEAN_OF:
        raise Unreadable(value, _("the panel must be an odd number of at least 3 experts"))
    return number


VENTURE_CAP = declare(
    "venture.cap",
    _("The most that one project gets in a venture round of a district"),
    unit="yuan",
    read=whole,
    default=100_000,
    basis="Practice of Wuhu: cap of a project",
)
MICRO_CAP = declare(
    "micro.cap",
    _("The most that one project gets in a micro round of a street"),
    unit="yuan",
    read=whole,
    default=30_000,
    basis="Practice of Choucheng: cap of a micro grant",
)
VENTURE_CLASSES: Parameter[tuple[str, ...]] = declare(
    "venture.classes",
    _("Classes of projects in grant rounds"),
    unit="list",
    read=words,
    default=("平台建设", "能力建设", "社区治理", "专业服务", "为老服务", "社区共治基金"),
    basis="Report on Baohe: six classes of projects",
)
CALL_DAYS = declare(
    "venture.call_days",
    _("Days that a call for applications stays open at least"),
    unit="days",
    read=whole,
    default=15,
    basis="Rule of this platform",
)
CORRECTION_DAYS = declare(
    "venture.correction_days",
    _("Working days to correct an application that was sent back"),
    unit="working days",
    read=whole,
    default=3,
    basis="Rule of this platform",
)
PUBLICITY_DAYS = declare(
    "venture.publicity_days",
    _("Working days of publicity before grants are awarded"),
    unit="working days",
    read=whole,
    default=5,
    basis="Rule of this platform",
)
LEAST_EXPERTS = declare(
    "venture.least_experts",
    _("Experts who score each application at least; an odd number from 3 on"),
    unit="persons",
    read=panel,
    default=5,
    basis="Rule of this platform",
)
TRIM = declare(
    "venture.trim",
    _("Highest and lowest scores left out, as many at each end, where as many as the least experts have scored"),
    unit="scores",
    read=whole,
    default=1,
    basis="Rule of this platform",
)
RECUSAL_MONTHS = declare(
    "venture.recusal_months",
    _("Months for which a past tie to an applicant keeps an expert from scoring it"),
    unit="months",
    read=whole,
    default=24,
    basis="Practice found in the field: experts of an assessment who worked there within two years withdraw",
)
INSTALMENTS: Parameter[tuple[int, ...]] = declare(
    "venture.instalments",
    _("Instalments in which a grant is paid"),
    unit="percent",
    read=parts_of_whole,
    default=(50, 30, 20),
    basis="Rule of this platform",
)
PERSONNEL_SHARE = declare(
    "venture.personnel_share",
    _("The most of a budget that goes to personnel"),
    unit="part of 1",
    read=share,
    default=Decimal("0.3"),
    basis="Rule of this platform",
)
ADMINISTRATION_SHARE = declare(
    "venture.administration_share",
    _("The most of a budget that goes to administration"),
    unit="part of 1",
    read=share,
    default=Decimal("0.1"),
    basis="Rule of this platform",
)
CONTRACT_DAYS = declare(
    "venture.contract_days",
    _("Days after the award within which the contract is signed"),
    unit="days",
    read=whole,
    default=30,
    basis="Government Procurement Law art. 46",
)
BAN_YEARS = declare(
    "venture.ban_years",
    _("Years for which a body that broke its contract gets no grant"),
    unit="years",
    read=whole,
    default=3,
    basis="Practice of Zhongshan: no grants for three years after a breach",
)


class RoundUnfit(Invalid):
    """What a round is to be does not fit together."""

    code = "grant_round_unfit"
    message = _("%(reason)s")


class MarksUnfit(Invalid):
    """Each criterion gets whole points, none more than its most."""

    code = "grant_marks_unfit"
    message = _("“%(criterion)s” gets whole points from 0 to %(most)s.")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the scoring table."""

    number: int
    title: str
    most: int


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the application form, as a round keeps it."""

    number: int
    text: str
    kind: str
    options: tuple[str, ...] = ()
    is_required: bool = False

    @property
    def asked(self) -> Asked:
        """What its answers are judged by."""
        return Asked(self.number, self.kind, self.options, self.is_required)

    def shown(self, answer: Any) -> str:
        """Return an answer in words."""
        if answer in (None, "", []):
            return ""
        if self.kind in {"ONE", "SEVERAL"}:
            chosen = answer if isinstance(answer, list) else [answer]
            return "、".join(self.options[one - 1] for one in chosen)
        return str(answer)


def read_criteria(rows: Iterable[Mapping[str, Any]]) -> list[Criterion]:
    """Read the scoring table as it is kept."""
    return [Criterion(number, row["title"], row["most"]) for number, row in enumerate(rows, start=1)]


def read_questions(rows: Iterable[Mapping[str, Any]]) -> list[Question]:
    """Read the application form as it is kept."""
    return [
        Question(number, row["text"], row["kind"], tuple(row["options"]), row["is_required"])
        for number, row in enumerate(rows, start=1)
    ]


def kept_criteria(given: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    """Return a scoring table as it is kept.

    Raises:
        RoundUnfit: no criterion, too many, one twice, or points that are not 100 together.
    """
    titles = [title.strip() for title, _most in given]
    if not 1 <= len(given) <= MOST_CRITERIA or not all(titles) or len(set(titles)) != len(titles):
        raise RoundUnfit(
            field="criteria", reason=_("Name from 1 to %(most)s criteria, each once.") % {"most": MOST_CRITERIA}
        )
    total = sum(most for _title, most in given)
    if total != FULL or min(most for _title, most in given) < 1:
        raise RoundUnfit(
            field="criteria",
            reason=_("The points of the criteria sum to %(total)s and must sum to 100.") % {"total": total},
        )
    return [{"title": title, "most": most} for title, (_title, most) in zip(titles, given, strict=True)]


def kept_questions(given: Sequence[Question]) -> list[dict[str, Any]]:
    """Return an application form as it is kept.

    Raises:
        RoundUnfit: a question without text or kind, or one to choose from without two answers.
    """
    for asked in given:
        chooses = asked.kind in {"ONE", "SEVERAL"}
        fits = asked.kind in {"ONE", "SEVERAL", "WORDS"} and bool(asked.text.strip())
        if not fits or chooses is not (len(set(asked.options)) > 1) or len(given) > MOST_QUESTIONS:
            reason = _("Question %(number)s needs a text and a kind, and answers where one is to choose.")
            raise RoundUnfit(field="questions", reason=reason % {"number": asked.number})
    return [
        {
            "text": asked.text.strip(),
            "kind": asked.kind,
            "options": list(asked.options),
            "is_required": asked.is_required,
        }
        for asked in given
    ]


def kept_answers(questions: Sequence[Question], given: Mapping[str, Any], *, is_draft: bool) -> dict[str, Any]:
    """Return the answers as they are kept; a draft may leave open what the form asks for.

    Raises:
        AnswerMissing, AnswerDoesNotFit: they do not fit.
    """
    asked = [one.asked for one in questions]
    if is_draft:
        asked = [Asked(one.number, one.kind, one.options) for one in asked]
    return fitting_answers(asked, given)


def kept_marks(criteria: Sequence[Criterion], given: Mapping[str, Any]) -> tuple[dict[str, int], int]:
    """Return the points by number of criterion, and their sum.

    Raises:
        MarksUnfit: a criterion without points, or with other than whole ones up to its most.
    """
    marks: dict[str, int] = {}
    for one in criteria:
        points = given.get(str(one.number))
        if type(points) is not int or not 0 <= points <= one.most:
            raise MarksUnfit(field=f"criterion_{one.number}", criterion=one.title, most=one.most)
        marks[str(one.number)] = points
    return marks, sum(marks.values())


SHORTEST_NAME = 2
SHORTEST_REST = 4


def telling_names(name: str, places: Iterable[str]) -> list[str]:
    """Return how a body is called: by its whole name, and by what is left of it without the places it begins with."""
    rest = name
    for place in places:
        rest = rest.removeprefix(place)
    return [name, rest] if len(rest) >= SHORTEST_REST else [name]


def named_in(text: str, names: Iterable[str]) -> str:
    """Return the first of these names that stands in a text, however it is spaced and written; nothing where none does."""
    plain = "".join(text.split()).casefold()
    for name in names:
        wanted = "".join(name.split()).casefold()
        if len(wanted) >= SHORTEST_NAME and wanted in plain:
            return name
    return ""


def left_out(count: int, *, trim: int, least: int) -> int:
    """Return how many of so many scores are left out at each end: none of fewer than `least`, and three always count."""
    return min(trim, (count - MEAN_OF) // 2) if count >= max(least, MEAN_OF) else 0


def trimmed_mean(totals: Sequence[int], *, trim: int, least: int) -> Fraction:
    """Return the exact mean; where at least `least` scored, the `trim` highest and lowest are left out.

    Of several equal extremes only so many go, whoever gave them. Three scores always count.
    """
    out = left_out(len(totals), trim=trim, least=least)
    counted = sorted(totals)[out : len(totals) - out]
    return Fraction(sum(counted), len(counted))


def written(mean: Fraction) -> Decimal:
    """Return a mean as it is written: two decimals, cut off, so that it never reads as more than it is."""
    return (Decimal(mean.numerator) / Decimal(mean.denominator)).quantize(PLACES, rounding=ROUND_DOWN)


def ranks(means: Mapping[int, Fraction]) -> dict[int, int]:
    """Return the rank of each key, the highest mean first; equal means share a rank, and the next one is left out."""
    ordered = sorted(means.values(), reverse=True)
    first: dict[Fraction, int] = {}
    for place, mean in enumerate(ordered, start=1):
        first.setdefault(mean, place)
    return {key: first[mean] for key, mean in means.items()}
