"""The result of an evaluation to be taken along: on A4 with its calculation, and as a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from funds.statements.sheet import workbook_of
from governance.calendar import clock
from governance.pages import attached, printed
from governance.printing import render as print_paper
from projects.evaluation.explaining import Line, Picture, draw, explain
from projects.evaluation.models import EvaluationPlan, EvaluationResult
from projects.evaluation.policy import percent
from projects.evaluation.queries import is_small_sample, shown_details, shown_results

if TYPE_CHECKING:
    from django.http import HttpRequest

WIDTHS = (36, 14, 14, 14, 14, 14, 14)
NOT_KNOWN = "—"


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest version of a result that a reader may see, laid out."""

    plan: EvaluationPlan
    result: EvaluationResult
    picture: Picture
    lines: list[Line]
    is_small_sample: bool


def _shown(request: HttpRequest, pk: int) -> Shown:
    plan = get_object_or_404(EvaluationPlan.objects.visible_to(request.user).for_detail(), pk=pk)
    results = shown_results(plan, request.user)
    if not results:
        raise Http404
    today = clock.today()
    details = shown_details(plan, results[0], request.user, today)
    return Shown(plan, results[0], draw(details), explain(details), is_small_sample(plan, results[0], today))


@require_safe
def result_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the result on paper size: figures, parties, marks, the calculation line by line."""
    found = _shown(request, pk)
    address = str(settings.SITE_URL).rstrip("/") + found.plan.get_absolute_url()
    context = {
        "plan": found.plan,
        "result": found.result,
        "picture": found.picture,
        "lines": found.lines,
        "satisfaction": percent(found.result.satisfied, found.result.valid_for_satisfaction),
        "is_small_sample": found.is_small_sample,
        "address": address,
        "today": clock.today(),
    }
    return printed(
        request,
        (
            found.plan.pk,
            found.result.digest,
            found.plan.get_status_display(),
            found.lines,
            found.is_small_sample,
            clock.today(),
        ),
        lambda: print_paper("projects/evaluation/papers/result.html", context),
        name=f"evaluation-{pk}.pdf",
    )


@require_safe
def result_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the result as a workbook."""
    found = _shown(request, pk)
    content = workbook_of(found.plan.title, cells_of(found), widths=WIDTHS, bold={1}, frozen=2)
    return attached(content, name=f"evaluation-{pk}.xlsx")


def cells_of(found: Shown) -> list[list[object]]:
    """Return a result as rows of a spreadsheet: its figures, the parties, the marks, the calculation."""
    result, picture = found.result, found.picture
    satisfaction = percent(result.satisfied, result.valid_for_satisfaction)
    head: list[list[object]] = [
        [found.plan.title],
        [_("Score of 100"), _known(result.score)],
        [_("Grade"), result.get_grade_display()],
        [_("Answers"), result.answers],
        [_("Invited"), result.invited],
        [_("Satisfied answers"), result.satisfied],
        [_("Answers on satisfaction"), result.valid_for_satisfaction],
        [_("Satisfied (%)"), _known(satisfaction), *([_("small sample")] if found.is_small_sample else [])],
        [_("Version"), result.version],
        ["SHA-256", result.digest],
    ]
    parties: list[list[object]] = [
        [_("Party"), _("Weight"), _("Invited"), _("Answers"), _("Mean"), _("Satisfied"), _("Methods")],
        *(
            [
                row.label,
                row.weight,
                row.invited,
                row.answers,
                _known(row.mean),
                _known(row.satisfied),
                row.methods or NOT_KNOWN,
            ]
            for row in picture.parties
        ),
    ]
    names: list[object] = [str(mark) for mark, _color in picture.legend]
    marks: list[list[object]] = [
        [_("Question"), _("Weight"), *names],
        *(
            [f"{row.number}. {row.text}", row.weight, *(count for _mark, count in row.counts)]
            for row in picture.questions
        ),
    ]
    lines: list[list[object]] = [[line.what, line.value, line.how] for line in found.lines]
    return [*head, [""], *parties, [""], *marks, [""], [_("How the score comes about")], *lines]


def _known(value: object) -> object:
    return NOT_KNOWN if value is None else value
