"""Three ways to one figure: the sum of the ledger by plain SQL, the public page, and the sheet of paper read back."""

from __future__ import annotations

import io
import re
from decimal import Decimal

from django.db import connection
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from funds.charity.models import CommunityFund
from funds.statements.policy import read_span
from governance.printing import lacking

SUMS = """
SELECT
    coalesce(sum(CASE WHEN journal.posted_on < %(start)s THEN inside(target.kind) - inside(source.kind) END * amount), 0),
    coalesce(sum(CASE WHEN journal.posted_on >= %(start)s THEN (source.kind = 'SOURCE')::int - (target.kind = 'SOURCE')::int END * amount), 0),
    coalesce(sum(CASE WHEN journal.posted_on >= %(start)s THEN (target.kind = 'SINK')::int - (source.kind = 'SINK')::int END * amount), 0),
    coalesce(sum((inside(target.kind) - inside(source.kind)) * amount), 0)
FROM funds_transfer AS transfer
JOIN funds_journal AS journal ON journal.id = transfer.journal_id
JOIN funds_account AS source ON source.id = transfer.source_id
JOIN funds_account AS target ON target.id = transfer.target_id
WHERE journal.book_id = %(book)s AND journal.posted_on < %(end)s
"""
FIGURE = re.compile(r'data-figure="(opening|received|used|closing)">\s*([-0-9,.]+)\s*<')


def by_ledger(fund: CommunityFund, period: str) -> list[Decimal]:
    """Return opening, income, uses and closing by one plain sum over the transfers."""
    span = read_span(period)
    sums = re.sub(r"inside\((\w+)\.kind\)", r"(\1.kind IN ('POOL', 'HOLD'))::int", SUMS)
    with connection.cursor() as cursor:
        cursor.execute(sums, {"book": fund.book_id, "start": span.start, "end": span.end})
        return [Decimal(amount) for amount in cursor.fetchone()]


def by_page(client: Client, fund: CommunityFund, period: str) -> list[Decimal]:
    """Read the same figures from the public page."""
    text = client.get(reverse("funds:fund-statement", args=[fund.pk]), {"period": period}).content.decode()
    found = {name: Decimal(amount.replace(",", "")) for name, amount in FIGURE.findall(text)}
    return [found[name] for name in ("opening", "received", "used", "closing")]


def by_paper(client: Client, fund: CommunityFund, period: str) -> list[Decimal]:
    """Read the same figures from the sheet of paper: the bold rows, in the order in which they stand."""
    assert lacking() == ""
    answer = client.get(
        reverse("funds:fund-statement-pdf", args=[fund.pk]), {"period": period}, headers={"accept-language": "en"}
    )
    assert answer["Content-Type"] == "application/pdf"
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    rows = {}
    for label in ("Opening balance", "All income", "All uses", "Closing balance"):
        found = re.findall(rf"{label}\s*\n?\s*(-?[0-9,]+\.[0-9]{{2}})", text)
        rows[label] = Decimal(found[-1].replace(",", ""))
    return list(rows.values())


def assert_three_ways(client: Client, fund: CommunityFund, period: str) -> list[Decimal]:
    """Compare the three, and return the figures."""
    ledger = by_ledger(fund, period)
    assert by_page(client, fund, period) == ledger
    assert by_paper(client, fund, period) == ledger
    return ledger
