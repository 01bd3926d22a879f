"""What everybody may read about a fund's money: its account, its vouchers, its statements, and the file to check them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.ledger.models import Account, Journal
from funds.statements import queries
from funds.statements.download import journals_csv, json_lines
from funds.statements.journals import journal_filter
from governance.calendar import clock
from governance.pages import keyset_page

if TYPE_CHECKING:
    from django.http import HttpRequest

VERIFIER = Path(__file__).with_name("verify_ledger.py")


def _fund(request: HttpRequest, pk: int) -> CommunityFund:
    """Return the fund if this person may see it."""
    return get_object_or_404(CommunityFund.objects.visible_to(request.user).for_detail(), pk=pk)


@require_safe
def fund_list(request: HttpRequest) -> HttpResponse:
    """List the funds with what lies in them."""
    funds = CommunityFund.objects.visible_to(request.user).for_list()
    page = keyset_page(funds, request)
    money = queries.money_of_books(fund.book_id for fund in page.rows)
    rows = [(fund, money[fund.book_id]) for fund in page.rows]
    return render(request, "funds/statements/fund_list.html", {"page": page, "rows": rows})


@require_safe
def journal_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the vouchers of a fund, narrowed by kind, date, amount, source and use."""
    fund = _fund(request, pk)
    narrowed = journal_filter(request.GET, fund.book, Account.objects.filter(book=fund.book).order_by("code"))
    rows = narrowed.qs if narrowed.is_valid() else Journal.objects.none()
    page = keyset_page(rows, request, key="sequence")
    context = {"fund": fund, "filter": narrowed, "page": page, "trail": [*_places(fund), fund]}
    return render(request, "funds/statements/journal_list.html", context)


@require_safe
def journal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one voucher with its lines, its hash, what it reverses and what caused it."""
    rows = Journal.objects.visible_to(request.user).for_detail()
    journal = get_object_or_404(rows.select_related("book__fund", *queries.CAUSES), pk=pk)
    fund = getattr(journal.book, "fund", None)
    trail = [*_places(journal), fund] if fund else _places(journal)
    return render(request, "funds/statements/journal_detail.html", {"journal": journal, "fund": fund, "trail": trail})


def _places(row: Any) -> list[Division]:
    """Return the places from the top down to the row's; one query."""
    return list(Division.objects.ancestors(row.division))


@require_safe
def ledger_json(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Send the whole ledger of a fund for the verifier."""
    fund = _fund(request, pk)
    lines = json_lines(fund.book, clock.now())
    answer = StreamingHttpResponse(lines, content_type="application/x-ndjson; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{fund.book.code}.jsonl"'
    return answer


@require_safe
def ledger_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Send the vouchers of a fund for a spreadsheet, narrowed as the list is."""
    fund = _fund(request, pk)
    accounts = Account.objects.filter(book=fund.book)
    narrowed = journal_filter(request.GET, fund.book, accounts, is_lean=True)
    rows = narrowed.qs if narrowed.is_valid() else Journal.objects.none()
    header: list[object] = [
        *(_("Voucher"), _("Date"), _("Kind"), _("Summary"), _("From"), _("To"), _("Amount (yuan)")),
        *(_("Reverses"), _("Hash")),
    ]
    answer = StreamingHttpResponse(journals_csv(rows, header), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{fund.book.code}.csv"'
    return answer


@require_safe
def verifier(request: HttpRequest) -> FileResponse:
    """Send the program with which anybody can check a ledger."""
    del request
    return FileResponse(
        VERIFIER.open("rb"), as_attachment=True, filename=VERIFIER.name, content_type="text/x-python; charset=utf-8"
    )
