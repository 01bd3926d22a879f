"""What came of a questionnaire: counts without small numbers for everybody, words for those who handle matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from communities.policy.policy import SMALL_CELL
from communities.policy.queries import value
from consultation.matters.surveys.lifecycle import SurveyStatus
from consultation.matters.surveys.models import QuestionKind, SurveyAnswer, SurveyMatter
from consultation.matters.surveys.policy import HIGHEST_MARK, Told, told

if TYPE_CHECKING:
    import datetime as dt

    from consultation.matters.surveys.models import Survey, SurveyQuestion


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What was answered to one question; `mean` of marks in tenths, nothing where a count is hidden."""

    question: SurveyQuestion
    answered: int | None
    counts: list[Told]
    mean: str = ""


@dataclass(frozen=True, slots=True)
class SurveyResult:
    """The result of a closed questionnaire: how many answered, by which way, what, and how many matters came of it."""

    answers: int | None
    by_paper: int | None
    matters: int
    questions: list[QuestionResult]


def result_of(survey: Survey, today: dt.date) -> SurveyResult | None:
    """Return what a questionnaire came to, nothing before it is closed; five queries.

    Pages, desk and API read it here and nowhere else.
    """
    if survey.status != SurveyStatus.CLOSED:
        return None
    cell = value(SMALL_CELL, survey.division, today)
    rows = list(survey.answers.filter(struck_at=None).order_by("pk").values_list("answers", "source"))
    questions = list(survey.questions.all())
    opened = dict(survey.opened_matters.values_list("question").annotate(Count("pk")).order_by("question"))
    found = []
    for question in questions:
        key = str(question.number)
        given = [answers[key] for answers, _source in rows if key in answers]
        if question.kind == QuestionKind.WORDS:
            said = len(given) + opened.get(question.pk, 0)
            found.append(QuestionResult(question, _few(said, cell), []))
            continue
        answered, counts = told(question.asked, question.labels, given, cell)
        is_whole = answered and all(row.count is not None for row in counts)  # a mean would tell what is hidden
        mean = _mean(given) if question.kind == QuestionKind.MARK and is_whole else ""
        found.append(QuestionResult(question, answered, counts, mean))
    assisted = sum(1 for _answers, source in rows if source != "WEB")
    return SurveyResult(_few(len(rows), cell), _few(assisted, cell), sum(opened.values()), found)


def _few(count: int, cell: int) -> int | None:
    return None if 0 < count < cell else count


def _mean(marks: list[int]) -> str:
    """Return the mean of marks with one decimal, never rounded up to the best."""
    tenths = min(sum(marks) * 10 // len(marks), HIGHEST_MARK * 10)
    return f"{tenths // 10}.{tenths % 10}"


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote, with the matter that was made of it; who wrote it is not known."""

    answer: SurveyAnswer
    question: SurveyQuestion
    text: str
    matter: int | None


def words_of(survey: Survey, answers: list[SurveyAnswer]) -> list[Words]:
    """Return what was written in these answers, the newest first; two queries."""
    questions = [question for question in survey.questions.all() if question.kind == QuestionKind.WORDS]
    rows = SurveyMatter.objects.filter(answer__in=answers).values_list("answer", "question", "matter")
    made = {(answer, question): matter for answer, question, matter in rows}
    return [
        Words(answer, question, answer.answers[str(question.number)], made.get((answer.pk, question.pk)))
        for answer in answers
        for question in questions
        if str(question.number) in answer.answers
    ]


def counts_so_far(survey: Survey) -> dict[str, int]:
    """Return how many answers have come in and how many of them were struck out, for those who run it; one query."""
    found: dict[str, int] = survey.answers.aggregate(
        answered=Count("pk", filter=Q(struck_at=None)),
        on_paper=Count("pk", filter=Q(struck_at=None) & ~Q(source="WEB")),
        struck=Count("pk", filter=Q(struck_at__isnull=False)),
    )
    return found
