"""Figures of a district over 10,000,000 transfers: from the months' flows and from the transfers themselves (goal G11).

Two districts of 111 communities with a fund each: one with a tenth of the transfers of the other, over three years. What
the sums cost is measured beside the bare insert of the same transfers.
`python3 run.py bench figures [--rounds N] [--transfers N]`
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time

from django.db import connection

from bench import measure
from bench._ledger import load_spread
from bench._people import account
from communities.territory.models import Division, DivisionLevel, Tier
from funds.charity.models import CommunityFund, HostCharity
from funds.ledger.flows import BookSummary
from funds.ledger.models import Account
from funds.ledger.operations import open_account, open_book
from funds.statements.place import COUNTED, money_of, sums_in
from governance.accounts.models import User

NOW = dt.datetime(2026, 1, 4, 4, 0, tzinfo=dt.UTC)
COMMUNITIES = 111
STREETS = 8
USES = ("environment", "care", "relief", "activity")
RAW = """
SELECT account.kind, account.code, sum(legs.amount)
FROM (
    SELECT target_id AS account_id, amount FROM funds_transfer
    WHERE book_id IN (SELECT book_id FROM funds_communityfund AS fund JOIN communities_division AS division
        ON division.id = fund.division_id WHERE division.path LIKE %(under)s AND fund.category = ANY(%(counted)s))
    UNION ALL
    SELECT source_id, -amount FROM funds_transfer
    WHERE book_id IN (SELECT book_id FROM funds_communityfund AS fund JOIN communities_division AS division
        ON division.id = fund.division_id WHERE division.path LIKE %(under)s AND fund.category = ANY(%(counted)s))
) AS legs JOIN funds_account AS account ON account.id = legs.account_id
GROUP BY 1, 2
"""


def main() -> int:
    """Measure the figures of a district and print them."""
    parser = argparse.ArgumentParser(prog="bench.figures")
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    parser.add_argument("--transfers", type=int, default=10_000_000)
    options = parser.parse_args()
    with measure.scratch_database("figures"):
        report = measure.Report("figures", {"transfers": options.transfers, "communities": COMMUNITIES})
        by = account(now=NOW)
        small, large = _district(by, "small"), _district(by, "large")
        _load(report, by, small, options.transfers // 10, first=1)
        _load(report, by, large, options.transfers, first=options.transfers)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        assert money_of(large).came == sum(-row[2] for row in _raw(large) if row[0] == "SOURCE")
        cases = {
            "small": measure.milliseconds(lambda: sums_in(small), times=5),
            "large": measure.milliseconds(lambda: sums_in(large), times=5),
            "a community of the large": measure.milliseconds(lambda: sums_in(_community(large)), times=5),
            "large, every transfer": measure.milliseconds(lambda: _raw(large)),
        }
        found = measure.interleaved(cases, rounds=options.rounds)
        report.line("small", found["small"], unit="ms")
        report.line("large", found["large"], unit="ms", limit="small", at_most=1.5)
        report.line("a community of the large", found["a community of the large"], unit="ms")
        report.line("large, every transfer", found["large, every transfer"], unit="ms")
        report.line(
            "large beside every transfer", found["large"], unit="ms", limit="large, every transfer", at_most=0.02
        )
        return report.finish()


def _district(by: User, name: str) -> Division:
    """Make a district of streets and communities with a fund each."""
    district = _place(name, None, Tier.DISTRICT, DivisionLevel.DISTRICT)
    charity = HostCharity.objects.create(
        name=f"{name}慈善会", credit_code=f"51510302MJCHA00{1 + (name == 'large')}XU", division=district
    )
    streets = [_place(f"{name}{number}", district, Tier.STREET, DivisionLevel.STREET) for number in range(STREETS)]
    for number in range(COMMUNITIES):
        place = _place(f"{name}-{number}", streets[number % STREETS], Tier.COMMUNITY, DivisionLevel.COMMUNITY)
        book = open_book(
            by=by, code=f"{name}-{number}", name="基金", division=place, opened_on=dt.date(2023, 1, 1), now=NOW
        )
        for use in USES:
            open_account(by=by, book=book, code=f"use:{use}", kind="SINK", name=use, now=NOW)
        CommunityFund.objects.create(
            name=f"{name}基金{number}",
            short_name=f"{name}{number}",
            charity=charity,
            division=place,
            purpose="测试",
            book=book,
            applied_at=NOW,
            applied_by=by,
        )
    return district


def _place(name: str, parent: Division | None, tier: str, level: str) -> Division:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('communities_division', 'id'))")
        key = cursor.fetchone()[0]
    path = f"{parent.path if parent else '/'}{key}/"
    return Division.objects.create(pk=key, name=name, short_name=name, tier=tier, level=level, parent=parent, path=path)


def _community(district: Division) -> Division:
    return Division.objects.filter(path__startswith=district.path, tier=Tier.COMMUNITY).order_by("pk")[0]


def _load(report: measure.Report, by: User, district: Division, transfers: int, *, first: int) -> None:
    """Bring the transfers in and sum them up; note how long each takes."""
    accounts = Account.objects.filter(book__division__path__startswith=district.path).select_related("book")
    by_place = {(account.book_id, account.code): account for account in accounts}
    books = sorted({book for book, _code in by_place})
    ends = [
        pair
        for book in books
        for pair in (
            *((by_place[book, f"source:{name}"], by_place[book, "pool:free"]) for name in ("donor", "enterprise")),
            *((by_place[book, "source:donor"], by_place[book, f"use:{use}"]) for use in USES),
        )
    ]
    began = time.perf_counter()
    load_spread(by, ends, transfers, first=first)
    loaded = time.perf_counter() - began
    began = time.perf_counter()
    assert BookSummary.objects.bring_up() == len(books)
    summed = time.perf_counter() - began
    report.line(f"insert of {transfers:,}", [loaded], unit="s")
    report.line(
        f"insert of {transfers:,} with their sums",
        [loaded + summed],
        unit="s",
        limit=f"insert of {transfers:,}",
        at_most=1.5,
    )


def _raw(district: Division) -> list[tuple[str, str, int]]:
    """Sum up every transfer of the district."""
    with connection.cursor() as cursor:
        cursor.execute(RAW, {"under": f"{district.path}%", "counted": [str(category) for category in COUNTED]})
        return list(cursor.fetchall())


if __name__ == "__main__":
    sys.exit(main())
