"""The public account of a fund with 100,000 vouchers: its page, its list first and deep, its filters (goal G7).

Two funds differ in nothing but their number of vouchers. The pages are asked for in this process, without a server, so
that the figures are those of the product's own work; queries are counted.
`python3 run.py bench account_page [--rounds N] [--journals N] [--few N] [--times N]`
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import sys
import time

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from bench import measure
from bench._ledger import load_chain
from communities.territory.models import Division, DivisionLevel, Tier
from funds.charity.models import CommunityFund, HostCharity
from funds.ledger.flows import BookSummary
from funds.ledger.models import Account
from funds.ledger.operations import open_account, open_book
from governance.accounts.models import User, UserKind

NOW = dt.datetime(2026, 1, 4, 4, 0, tzinfo=dt.UTC)
MOST_QUERIES = 10
MOST_BYTES = 80_000
DEEP_PAGE = 4_000


def main() -> int:
    """Measure the account page and print it."""
    parser = argparse.ArgumentParser(prog="bench.account_page")
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    parser.add_argument("--journals", type=int, default=100_000)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    with measure.scratch_database("account_page"):
        report = measure.Report("account_page", {"journals": options.journals, "few": options.few})
        few, many = (_fund(number, size) for number, size in enumerate((options.few, options.journals)))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        client = Client()
        deep = max(options.journals - DEEP_PAGE * 20, 21)
        pages = {
            "few: page": reverse("funds:fund-detail", args=[few.pk]),
            "many, nothing summed up: page": reverse("funds:fund-detail", args=[many.pk]),
            "few: list": reverse("funds:fund-journals", args=[few.pk]),
            "many: list": reverse("funds:fund-journals", args=[many.pk]),
            "many: list, deep": reverse("funds:fund-journals", args=[many.pk]) + f"?before={deep}",
            "many: list of a rare use": reverse("funds:fund-journals", args=[many.pk]) + "?use=use:care",
            "many: list of a common source": reverse("funds:fund-journals", args=[many.pk]) + "?source=source:donor",
            "many: list by amount": reverse("funds:fund-journals", args=[many.pk]) + "?amount_from=5",
        }
        unsummed = pages.pop("many, nothing summed up: page")
        report.line("many, nothing summed up: page", _times(client, unsummed, 3), unit="ms")
        began = time.perf_counter()
        BookSummary.objects.bring_up()
        report.line("summing up", [time.perf_counter() - began], unit="s")
        pages["many: page"] = unsummed
        for name, address in pages.items():
            with override_settings(DEMONSTRATION=False), CaptureQueriesContext(connection) as asked:
                answer = client.get(address)
            assert answer.status_code == 200, (name, answer.status_code)
            report.line(f"{name}: queries", [len(asked)], unit="queries", at_most=MOST_QUERIES)
            report.line(f"{name}: size", [len(answer.content)], unit="bytes", at_most=MOST_BYTES)
        _measure(report, client, pages, options)
        return report.finish()


def _measure(report: measure.Report, client: Client, pages: dict[str, str], options: argparse.Namespace) -> None:
    """Take median and 95th percentile of each page, round by round."""
    found = {
        name: [_times(client, address, options.times) for _ in range(options.rounds)] for name, address in pages.items()
    }
    for name, rounds in found.items():
        report.line(f"{name}: median", [statistics.median(times) for times in rounds], unit="ms")
        report.line(f"{name}: p95", [sorted(times)[int(len(times) * 0.95)] for times in rounds], unit="ms")
    for many, limit, bound in (
        ("many: page", "few: page", 1.3),
        ("many: list", "few: list", 1.3),
        ("many: list, deep", "many: list", 1.1),
        ("many: list of a common source", "many: list", 1.5),
    ):
        values = [statistics.median(times) for times in found[many]]
        report.line(f"{many} against {limit}", values, unit="ms", limit=f"{limit}: median", at_most=bound)


def _times(client: Client, address: str, times: int) -> list[float]:
    """Return how many milliseconds each of so many requests takes."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        client.get(address)
        found.append((time.perf_counter() - began) * 1000)
    return found


def _fund(number: int, journals: int) -> CommunityFund:
    """Make a fund with so many vouchers; one in a hundred is for a rare use."""
    by, _ = User.objects.get_or_create(
        username="bench",
        defaults={"kind": UserKind.SYSTEM, "password": "!", "joined_at": NOW},
    )
    place, _ = Division.objects.get_or_create(
        path="/1/",
        defaults={"name": "测试社区", "short_name": "测试", "tier": Tier.COMMUNITY, "level": DivisionLevel.COMMUNITY},
    )
    charity, _ = HostCharity.objects.get_or_create(
        name="测试慈善会", defaults={"credit_code": "51510302MJCHA001XU", "division": place}
    )
    book = open_book(by=by, code=f"fund-{number}", name="基金", division=place, opened_on=dt.date(2023, 1, 1), now=NOW)
    for code, name in (("use:environment", "环境整治"), ("use:care", "助老")):
        open_account(by=by, book=book, code=code, kind="SINK", name=name, now=NOW)
    fund = CommunityFund.objects.create(
        name=f"测试基金{number}",
        short_name=f"测试{number}",
        charity=charity,
        division=place,
        purpose="测试",
        book=book,
        applied_at=NOW,
        applied_by=by,
    )
    CommunityFund.objects.filter(pk=fund.pk).update(status="AGREED", agreement_number="1")
    accounts = {account.code: account for account in Account.objects.filter(book=book).select_related("book")}
    free = accounts["pool:free"]
    ends = [(accounts["source:donor"], free), *[(free, accounts["use:environment"])] * 3] * 25
    ends[50] = (free, accounts["use:care"])
    load_chain(by, ends, journals, now=NOW)
    return fund


if __name__ == "__main__":
    sys.exit(main())
