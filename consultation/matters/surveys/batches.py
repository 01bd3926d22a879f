"""Sheets of a questionnaire entered by a program of the staff: many at once, all of them or none, twice as well as once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consultation.matters.surveys import operations
from consultation.matters.surveys.models import AnswerSource, SurveyAnswer
from consultation.matters.surveys.policy import fitting_answers
from governance.accounts.queries import require
from governance.errors import DomainError, Invalid

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from consultation.matters.surveys.models import Survey
    from governance.accounts.models import User

MOST_SHEETS = 200
"""So many sheets come at once."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one sheet is not taken."""

    slip: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Entered:
    """How many sheets are new, and how many stood there already as they came."""

    entered: int
    repeated: int


class SheetsRefused(Invalid):
    """Sheets are entered together."""

    code = "sheets_refused"
    message = _("%(count)s of the sheets cannot be entered; none was.")

    problems: Sequence[Problem] = ()


def enter_sheets(
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
    survey: Survey,
    sheets: Sequence[tuple[int, Mapping[str, Any]]],
) -> Entered:
    """Enter sheets that came back on paper, each by the number of its slip. One that stands there already with the same
    answers is left alone, so that a batch can be sent again.

    Raises:
        NotAllowed: `by` enters no answers here.
        SheetsRefused: some sheets do not fit, or their slips have answered otherwise; `problems` says which and why.
    """
    require(by, "consultation.enter_survey_answer", survey)
    asked = [question.asked for question in survey.questions.all()]
    entered, problems = 0, []
    numbers = [number for number, _answers in sheets]
    with transaction.atomic():
        for number, answers in sheets:
            try:
                if numbers.count(number) > 1:
                    raise operations.AnsweredBefore
                if _stands(survey, number, fitting_answers(asked, answers)):
                    continue
                operations.enter_paper(by=by, now=now, today=today, survey=survey, number=number, answers=answers)
                entered += 1
            except DomainError as refusal:
                problems.append(Problem(number, refusal.code, str(refusal)))
        if problems:
            refused = SheetsRefused(field="sheets", count=len(problems))
            refused.problems = problems
            raise refused
    return Entered(entered, len(sheets) - entered)


def _stands(survey: Survey, number: int, answers: dict[str, Any]) -> bool:
    """Whether this sheet was entered before, as it is."""
    found = SurveyAnswer.objects.filter(survey=survey, slip=number, source=AnswerSource.PAPER, struck_at=None)
    return found.filter(answers=answers).exists()
