"""What a place may buy, by which rules and from which money, for everybody to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from governance.calendar import clock
from governance.pages import keyset_page
from projects.purchasing.awarding.queries import awards_of_items, hand_overs_of
from projects.purchasing.catalogue.models import ListKind, PublicBudgetLine, PurchaseList, PurchaseListItem
from projects.purchasing.catalogue.queries import figures_of
from projects.purchasing.catalogue.sheet import write_sheet

if TYPE_CHECKING:
    from django.http import HttpRequest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_LISTS = 30
PAGE = 50


@require_safe
def purchase_lists(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the lists that apply in a place or applied, and the public money of the place; five queries."""
    place = get_object_or_404(Division, pk=pk)
    lists = PurchaseList.objects.visible_to(request.user).reaching(place).for_list()[:MOST_LISTS]
    lines = PublicBudgetLine.objects.visible_to(request.user).around(place).for_list()
    page = keyset_page(lines, request)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "lists": lists,
        "figures": figures_of(page.rows),
        "page": page,
        "today": clock.today(),
    }
    return render(request, "projects/purchasing/lists.html", context)


def _list(request: HttpRequest, pk: int) -> PurchaseList:
    rows = PurchaseList.objects.visible_to(request.user).select_related("division", "basis")
    return get_object_or_404(rows, pk=pk)


@require_safe
def purchase_list_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an edition with its items, a page at a time; for services handed over with the agreements on them."""
    row = _list(request, pk)
    every: list[PurchaseListItem] = list(row.items.all())
    classes = sorted({item.class_shown for item in every}, key=[item.class_shown for item in every].index)
    chosen = request.GET.get("class", "")
    items = [item for item in every if item.class_shown == chosen] if chosen in classes else every
    is_handed_over = row.kind == ListKind.HANDED_OVER
    number = request.GET.get("page", "1")
    last = max((len(items) + PAGE - 1) // PAGE, 1)
    current = min(max(int(number), 1), last) if number.isdecimal() and len(number) <= len(str(last)) else 1
    shown = items[(current - 1) * PAGE : current * PAGE]
    awards = awards_of_items(shown) if is_handed_over else {}
    context = {
        "list": row,
        "trail": list(Division.objects.ancestors(row.division)),
        "place": row.division,
        "rows": [(item, awards.get(item.pk, [])) for item in shown],
        "count": len(every),
        "classes": classes,
        "chosen": chosen if chosen in classes else "",
        "figures": hand_overs_of(every) if is_handed_over else [],
        "pages": range(1, last + 1),
        "shown_page": current,
        "is_handed_over": is_handed_over,
        "next_editions": list(row.later_editions()),
        "today": clock.today(),
    }
    return render(request, "projects/purchasing/list_detail.html", context)


@require_safe
def purchase_list_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the items of an edition as a workbook."""
    row = _list(request, pk)
    answer = HttpResponse(write_sheet(row), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="purchase-list-{row.pk}.xlsx"'
    return answer
