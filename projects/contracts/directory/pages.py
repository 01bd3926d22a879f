"""The directory of projects for everybody: what runs and what is finished, in all places, with its money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from funds.statements.download import BYTE_ORDER_MARK, csv_lines
from funds.statements.sheet import workbook_of
from governance.calendar import clock
from governance.pages import KEY_DIGITS, attached, keyset_page
from governance.visitors import kept_for_visitors
from projects.contracts.directory.filters import ProjectFilter
from projects.contracts.directory.queries import lines_of, public_projects, steps_from, totals_kept
from projects.contracts.directory.sheet import WIDTHS, projects_table
from projects.contracts.models import PLACES_ABOVE, Contract
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

WAY_UP = PLACES_ABOVE.removeprefix("division__")


def _asked(request: HttpRequest) -> tuple[ProjectFilter, QuerySet[Contract]]:
    narrowed = ProjectFilter(request.GET, public_projects())
    return narrowed, narrowed.qs if narrowed.is_valid() else Contract.objects.none()


def _key(request: HttpRequest, name: str) -> str | None:
    text = request.GET.get(name, "")
    return text if text.isascii() and text.isdecimal() and len(text) <= KEY_DIGITS else None


@kept_for_visitors
@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    """Show the directory, narrowed and turned over; the totals stand on its first page; at most ten queries."""
    narrowed, rows = _asked(request)
    page = keyset_page(rows.only("pk"), request)
    division, organization = _key(request, "division"), _key(request, "organization")
    place = Division.objects.select_related(WAY_UP).filter(pk=division).first() if division else None
    bodies = SocialOrganization.objects.visible_to(request.user)
    context = {
        "filter": narrowed,
        "page": page,
        "projects": lines_of(page.rows),
        "totals": totals_kept(rows, clock.now()) if page.is_first else None,
        "steps": steps_from(place),
        "organization": bodies.filter(pk=organization).first() if organization else None,
    }
    return render(request, "projects/contracts/directory.html", context)


@require_safe
def projects_csv(request: HttpRequest) -> HttpResponse:
    """Send the narrowed directory for a spreadsheet."""
    cells = projects_table(_asked(request)[1])
    return attached(BYTE_ORDER_MARK + csv_lines(cells), name=f"projects-{clock.today():%Y-%m-%d}.csv")


@require_safe
def projects_xlsx(request: HttpRequest) -> HttpResponse:
    """Send the narrowed directory as a workbook."""
    cells = projects_table(_asked(request)[1])
    content = workbook_of("projects", cells, widths=WIDTHS, bold={1, 2}, frozen=2)
    return attached(content, name=f"projects-{clock.today():%Y-%m-%d}.xlsx")
