"""The open account of a place on the screen, as a spreadsheet and on paper; an organization's evaluations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from communities.territory.spreadsheet import wholly
from funds.statements.download import BYTE_ORDER_MARK, csv_lines
from funds.statements.sheet import workbook_of
from governance.calendar import clock
from governance.pages import attached, keyset_page, printed
from governance.printing import render as print_paper
from projects.evaluation.explaining import hindrances_of
from projects.evaluation.models import EvaluationPlan, PushMessage, SubjectKind
from projects.evaluation.open_account.queries import Account, account_of, cells_of, rows_of, years_of
from projects.evaluation.queries import outcome_of
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django.http import HttpRequest

ROWS_A_PAGE = 30
MOST_ROWS = 2000
"""So many results stand in a file or on paper."""
WIDTHS = (36, 24, 14, 20, 12, 10, 10, 8, 8, 8, 8, 8, 10, 40, 24, 6, 66)
FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST_MESSAGES = 20


def _place(pk: int) -> Division:
    return get_object_or_404(Division, pk=pk)


def _asked(request: HttpRequest, years: list[int]) -> tuple[int, str]:
    """Return the year and the kind that are asked for; without a year the newest that has an account."""
    kind, year = request.GET.get("kind", ""), request.GET.get("year", "")
    if kind and kind not in SubjectKind.values:
        raise Http404
    if not year:
        return (years[0] if years else clock.today().year), kind
    if not (year.isascii() and year.isdecimal()) or not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise Http404
    return int(year), kind


@require_safe
def account_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was publicised in a year: every result, how the grades are spread, how it went over the years."""
    place = _place(pk)
    years = years_of(place)
    year, kind = _asked(request, years)
    page = Paginator(rows_of(place, year, kind), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "account": account_of(place, year, kind, today=clock.today()),
        "page": page,
        "results": [(row, hindrances_of(row.details)) for row in page],
        "years": years,
        "year": year,
        "kind": kind,
        "kinds": SubjectKind.choices,
        "query": urlencode({"year": year, **({"kind": kind} if kind else {})}),
    }
    return render(request, "projects/evaluation/account.html", context)


def _cells(request: HttpRequest, pk: int) -> tuple[Division, int, list[list[object]]]:
    place = _place(pk)
    year, kind = _asked(request, years_of(place))
    return (
        place,
        year,
        cells_of(
            place, account_of(place, year, kind, today=clock.today()), wholly(rows_of(place, year, kind), MOST_ROWS)
        ),
    )


@require_safe
def account_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the open account for a spreadsheet."""
    _found, year, cells = _cells(request, pk)
    return attached(BYTE_ORDER_MARK + csv_lines(cells), name=f"open-account-{pk}-{year}.csv")


@require_safe
def account_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the open account as a workbook."""
    place, year, cells = _cells(request, pk)
    content = workbook_of(place.name, cells, widths=WIDTHS, bold={1, 2}, frozen=2)
    return attached(content, name=f"open-account-{pk}-{year}.xlsx")


@require_safe
def account_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the open account on paper size (晒账表), for the notice board."""
    place = _place(pk)
    year, kind = _asked(request, years_of(place))
    account, rows = account_of(place, year, kind, today=clock.today()), wholly(rows_of(place, year, kind), MOST_ROWS)
    path = f"{reverse('projects:open-account', args=[place.pk])}?year={year}"
    context = {
        "place": place,
        "account": account,
        "rows": rows,
        "address": str(settings.SITE_URL).rstrip("/") + path,
        "today": clock.today(),
    }
    shows = (place.pk, _figures(account), [(row.pk, row.plan.title) for row in rows], clock.today())
    return printed(
        request,
        shows,
        lambda: print_paper("projects/evaluation/papers/account.html", context),
        name=f"open-account-{pk}-{year}.pdf",
    )


def _figures(account: Account) -> tuple[Any, ...]:
    counted = (account.satisfied, account.valid, account.small_sample, account.answers, account.invited)
    return (account.year, account.plans, *counted, [row.count for row in account.grades])


@require_safe
def organization_evaluations(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how an organization and what it does were judged; its own people confirm what was pushed to it."""
    organization = get_object_or_404(SocialOrganization.objects.visible_to(request.user), pk=pk)
    rows = EvaluationPlan.objects.visible_to(request.user).filter(implementer=organization).for_detail()
    page = keyset_page(rows, request)
    found = PushMessage.objects.visible_to(request.user).filter(organization=organization).for_list()
    context = {
        "organization": organization,
        "page": page,
        "evaluations": [(plan, outcome_of(plan, request.user)) for plan in page.rows],
        "messages_unread": list(found.filter(read_at=None)[:MOST_MESSAGES])
        if request.user.has_perm("projects.read_message")
        else [],
    }
    return render(request, "projects/evaluation/organization.html", context)
