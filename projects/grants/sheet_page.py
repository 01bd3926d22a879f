"""Grant rounds on paper and in workbooks: the application form, an expert's score sheet, the award notice, lists of a round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import printed
from governance.printing import render
from projects.grants.models import AwardSource, GrantApplication, GrantAward, GrantRound, ScoreSheet
from projects.grants.queries import shown
from projects.grants.spreadsheet import applications_sheet, scores_sheet

if TYPE_CHECKING:
    from django.http import HttpRequest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# --- Workbooks for the staff of a round


def _of_staff(request: HttpRequest, pk: int) -> GrantRound:
    row = get_object_or_404(GrantRound.objects.visible_to(request.user).select_related("division"), pk=pk)
    if not request.user.has_perm("projects.view_grant_round_file", row):
        raise PermissionDenied
    return row


def _workbook(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@login_required
@require_safe
def round_applications(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the applications of a round as a workbook."""
    row = _of_staff(request, pk)
    return _workbook(applications_sheet(row), f"grants-{row.pk}-applications.xlsx")


@login_required
@require_safe
def round_scores(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the score sheets of a round as a workbook: without any points before all are settled."""
    row = _of_staff(request, pk)
    return _workbook(scores_sheet(row, acting_user(request)), f"grants-{row.pk}-scores.xlsx")


# --- A4


@login_required
@require_safe
def application_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Print the application form (申报书) for its organization, the staff of the round and the landing community."""
    row = get_object_or_404(GrantApplication.objects.visible_to(request.user).for_detail(), pk=pk)
    lines = list(row.lines.all())
    context = {
        "application": row,
        "lines": lines,
        "questions": [(one, one.shown(row.answers.get(str(one.number)))) for one in row.round.form],
        "printed_at": clock.now(),
    }
    shows = ("grant application", row.pk, row.saved_at, row.status, row.consented_at, [line.granted for line in lines])

    def make() -> bytes:
        return render("projects/grants/papers/application.html", context)

    return printed(request, shows, make, name=f"{row.number}.pdf")


@login_required
@require_safe
def sheet_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Print a score sheet (评分表) for its expert; for the files of the round once all scores are settled. No applicant's name."""
    rows = ScoreSheet.objects.visible_to(request.user).for_list().prefetch_related("application__lines")
    row = get_object_or_404(rows, pk=pk)
    seen = shown(row, request.user)
    is_settled = row.application.round.settled_at is not None
    if not seen.is_own and not (is_settled and request.user.has_perm("projects.view_score_sheet", row)):
        raise Http404
    marks = seen.marks or {}
    context = {
        "sheet": row,
        "application": row.application,
        "points": [(one, marks.get(str(one.number))) for one in row.application.round.table],
        "total": seen.total,
        "comment": seen.comment,
        "printed_at": clock.now(),
    }
    shows = ("score sheet", row.pk, row.status, seen.total, marks, seen.comment, row.application.saved_at)

    def make() -> bytes:
        return render("projects/grants/papers/sheet.html", context)

    return printed(request, shows, make, name=f"{row.application.number}-{row.pk}.pdf")


@require_safe
def award_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Print the notice of an award (立项通知书) with who pays what; awards are public."""
    row = get_object_or_404(GrantAward.objects.visible_to(request.user).for_list(), pk=pk)
    sources = list(AwardSource.objects.filter(award=row).select_related("funding__fund", "funding__foundation"))
    context = {
        "award": row,
        "sources": sources,
        "printed_at": clock.now(),
        "address": request.build_absolute_uri(row.get_absolute_url()),
    }
    shows = ("grant award", row.pk, row.status, row.amount, [one.amount for one in sources])

    def make() -> bytes:
        return render("projects/grants/papers/award.html", context)

    return printed(request, shows, make, name=f"{row.number}.pdf")
