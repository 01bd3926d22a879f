"""The open account (晒账): what was publicised in a place and year, how it is spread, and how it went over the years.

Reads only; the same figures stand on the page, on the sheet of paper, in the spreadsheet and in the API. Rates are
shown with what stands above and below the line, and are cut off, never rounded up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext as _

from communities.policy.queries import value
from projects.evaluation.explaining import hindrances_of
from projects.evaluation.models import EvaluationPlan, EvaluationResult, Grade, SubjectKind
from projects.evaluation.policy import FULL, SMALL_SAMPLE, is_small, percent

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from communities.territory.models import Division
    from governance.accounts.models import User

YEARS = 6
"""So many years stand in a trend."""
FEWEST = 2
"""A single result has no trend."""
WIDTH, HEIGHT, FOOT = 360, 120, 18
BAR, STEP = 20, 50


@dataclass(frozen=True, slots=True)
class GradeRow:
    """How many results have one grade, of how many."""

    grade: str
    label: str
    count: int
    of: int
    width: float
    y: int

    @property
    def share(self) -> Decimal | None:
        """In percent of all, cut off."""
        return percent(self.count, self.of)

    @property
    def label_y(self) -> int:
        """The base line of the label above the bar."""
        return self.y - 5


@dataclass(frozen=True, slots=True)
class YearRow:
    """One year: how many results, how many with a grade, how satisfied; and where it stands in the picture."""

    year: int
    plans: int
    graded: int
    passed: int
    satisfied: int
    valid: int
    x: float
    height: float

    @property
    def satisfaction(self) -> Decimal | None:
        """Content answers in percent of those on satisfaction, cut off."""
        return percent(self.satisfied, self.valid)

    @property
    def pass_rate(self) -> Decimal | None:
        """Results that pass or better in percent of those with a grade, cut off."""
        return percent(self.passed, self.graded)

    @property
    def top(self) -> float:
        """Where the bar begins."""
        return round(HEIGHT - self.height, 1)

    @property
    def label_x(self) -> float:
        """The middle of the bar."""
        return self.x + BAR


@dataclass(frozen=True, slots=True)
class Account:
    """The open account of a place and year."""

    year: int
    grades: Sequence[GradeRow]
    years: Sequence[YearRow]
    plans: int
    answers: int
    invited: int
    satisfied: int
    valid: int
    small_sample: int
    """A satisfaction of fewer answers is marked."""
    width: int = WIDTH
    height: int = HEIGHT + FOOT
    base: int = HEIGHT

    @property
    def is_small_sample(self) -> bool:
        """Whether the year's satisfaction rests on few answers."""
        return is_small(self.valid, self.small_sample)

    @property
    def satisfaction(self) -> Decimal | None:
        """Content answers in percent of those on satisfaction, cut off."""
        return percent(self.satisfied, self.valid)

    @property
    def response(self) -> Decimal | None:
        """Answers in percent of the invited, cut off."""
        return percent(self.answers, self.invited)

    @property
    def grades_height(self) -> int:
        """The height of the picture of the grades."""
        return len(self.grades) * STEP


def public_results(place: Division, kind: str = "") -> QuerySet[EvaluationResult]:
    """Return the newest public version of each publicised evaluation of the place and those below it."""
    newest = EvaluationResult.objects.filter(plan=OuterRef("plan"), computed_at__lte=OuterRef("plan__publicised_at"))
    rows = EvaluationResult.objects.filter(
        plan__publicised_at__isnull=False,
        plan__division__path__startswith=place.path,
        pk=Subquery(newest.order_by("-version").values("pk")[:1]),
    )
    return rows.filter(plan__subject_kind=kind) if kind else rows


def rows_of(place: Division, year: int, kind: str = "") -> QuerySet[EvaluationResult]:
    """Return the results of periods that ended in the year, best first, those without a grade last."""
    rows = public_results(place, kind).filter(plan__period_to__year=year)
    found = rows.select_related("plan__division", "plan__implementer", "plan__engagement")
    return found.order_by(F("score").desc(nulls_last=True), "-pk")


def account_of(place: Division, year: int, kind: str = "", *, today: dt.date) -> Account:
    """Return the account; three queries for any number of evaluations."""
    rows = public_results(place, kind)
    graded = ~Q(grade=Grade.INSUFFICIENT)
    passed = Q(grade__in=[Grade.EXCELLENT, Grade.GOOD, Grade.PASS])
    by_year = (
        rows.filter(plan__period_to__year__lte=year, plan__period_to__year__gt=year - YEARS)
        .annotate(year=ExtractYear("plan__period_to"))
        .order_by("year")
        .values("year")
        .annotate(
            plans=Count("pk"),
            graded=Count("pk", filter=graded),
            passed=Count("pk", filter=passed),
            answered=Sum("answers"),
            asked=Sum("invited"),
            content=Sum("satisfied"),
            valid=Sum("valid_for_satisfaction"),
        )
    )
    found: dict[int, dict[str, Any]] = {row["year"]: dict(row) for row in by_year}
    grades = rows.filter(plan__period_to__year=year).order_by().values_list("grade").annotate(Count("pk"))
    this: dict[str, Any] = found.get(year, {})
    return Account(
        year=year,
        grades=_grades(dict(grades)),
        years=_years(found.values()),
        plans=this.get("plans", 0),
        answers=this.get("answered", 0),
        invited=this.get("asked", 0),
        satisfied=this.get("content", 0),
        valid=this.get("valid", 0),
        small_sample=value(SMALL_SAMPLE, place, today),
    )


def _grades(counted: dict[str, int]) -> list[GradeRow]:
    total, most = sum(counted.values()), max(counted.values(), default=1)
    return [
        GradeRow(
            grade=grade,
            label=str(grade.label),
            count=counted.get(grade, 0),
            of=total,
            width=round(counted.get(grade, 0) * WIDTH / most, 1),
            y=STEP - BAR - 10 + place * STEP,
        )
        for place, grade in enumerate(Grade)
    ]


def _years(found: Iterable[dict[str, Any]]) -> list[YearRow]:
    rows = []
    for place, row in enumerate(found):
        part = Fraction(row["content"], row["valid"]) if row["valid"] else Fraction(0)
        rows.append(
            YearRow(
                year=row["year"],
                plans=row["plans"],
                graded=row["graded"],
                passed=row["passed"],
                satisfied=row["content"],
                valid=row["valid"],
                x=place * WIDTH / YEARS + 10,
                height=round(float(part) * (HEIGHT - FOOT), 1),
            )
        )
    return rows


def years_of(place: Division) -> list[int]:
    """Return the years for which there is an account, newest first; one query."""
    plans = EvaluationPlan.objects.filter(publicised_at__isnull=False, division__path__startswith=place.path)
    return sorted(set(plans.order_by().values_list("period_to__year", flat=True).distinct()), reverse=True)


def cells_of(place: Division, account: Account, rows: Iterable[EvaluationResult]) -> list[list[object]]:
    """Return the account as rows of a spreadsheet."""
    head: list[object] = [
        _("Evaluation"),
        _("What is evaluated"),
        _("Kind"),
        _("Community"),
        _("Period to"),
        _("Score"),
        _("Grade"),
        _("Answers"),
        _("Invited"),
        _("Satisfied answers"),
        _("Answers on satisfaction"),
        _("Satisfied (%)"),
        _("Small sample"),
        _("Why no grade"),
        _("Third party"),
        _("Version"),
        "SHA-256",
    ]
    title = _("Open account of evaluations: %(place)s, %(year)s") % {"place": place.name, "year": account.year}
    body: list[list[object]] = [
        [
            row.plan.title,
            row.plan.subject_name,
            str(SubjectKind(row.plan.subject_kind).label),
            row.plan.division.name,
            row.plan.period_to.isoformat(),
            "" if row.score is None else row.score,
            row.get_grade_display(),
            row.answers,
            row.invited,
            row.satisfied,
            row.valid_for_satisfaction,
            _or_nothing(percent(row.satisfied, row.valid_for_satisfaction)),
            _("small sample") if is_small(row.valid_for_satisfaction, account.small_sample) else "",
            "; ".join(hindrances_of(row.details)),
            engaged_by(row.plan),
            row.version,
            row.digest,
        ]
        for row in rows
    ]
    return [[title], head, *body]


def engaged_by(plan: EvaluationPlan) -> str:
    """Return the third party of an evaluation with its payer, or nothing."""
    row = getattr(plan, "engagement", None)
    return f"{row.agency_name} ({row.get_payer_display()})" if row else ""


def _or_nothing(value: Decimal | None) -> object:
    return "" if value is None else value


# --- One thing over the years


@dataclass(frozen=True, slots=True)
class Point:
    """One evaluation of the same thing."""

    plan: EvaluationPlan
    result: EvaluationResult
    x: float
    y: float
    change: Decimal | None
    is_small_sample: bool

    @property
    def shown_change(self) -> str:
        """The points more or less than before, with their sign."""
        return "—" if self.change is None else f"{self.change:+.2f}"

    @property
    def satisfaction(self) -> Decimal | None:
        """Content answers in percent, cut off."""
        return percent(self.result.satisfied, self.result.valid_for_satisfaction)


@dataclass(frozen=True, slots=True)
class Trend:
    """The results of one thing over the years, oldest first."""

    points: Sequence[Point]
    line: str
    width: int = WIDTH
    height: int = HEIGHT + FOOT
    base: int = HEIGHT


def trend_of(plan: EvaluationPlan, user: User | AnonymousUser, small_sample: int) -> Trend | None:
    """Return how the same thing was judged before and after, as far as it was publicised; nothing for a single one.

    Two queries. A satisfaction of fewer answers than `small_sample` is marked.
    """
    newest = EvaluationResult.objects.filter(plan=OuterRef("plan"), computed_at__lte=OuterRef("plan__publicised_at"))
    plans = EvaluationPlan.objects.visible_to(user).of_the_same(plan).filter(publicised_at__isnull=False)
    results = EvaluationResult.objects.filter(
        plan__in=plans.values("pk"), pk=Subquery(newest.order_by("-version").values("pk")[:1])
    ).select_related("plan")
    found = list(results.order_by("-plan__period_to", "-plan__pk")[:YEARS])[::-1]
    if len(found) < FEWEST:
        return None
    points: list[Point] = []
    before: Decimal | None = None
    for place, result in enumerate(found):
        score = result.score
        change = score - before if score is not None and before is not None else None
        y = HEIGHT - float((score or Decimal(0)) * (HEIGHT - FOOT) / FULL)
        x = place * (WIDTH - 60) / (YEARS - 1) + 20
        few = is_small(result.valid_for_satisfaction, small_sample)
        points.append(Point(result.plan, result, round(x, 1), round(y, 1), change, few))
        before = score
    line = " ".join(f"{point.x},{point.y}" for point in points if point.result.score is not None)
    return Trend(points, line)
