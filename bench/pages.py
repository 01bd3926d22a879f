"""What a visitor waits for: pages a second, queries, bytes, deep lists, memory and start (goals G7 and G14).

The demonstration's districts, funds and notices are loaded by the product's own operations, then 1,000 journals are
posted to one fund and a list of a million is brought in for another. The product runs as it is shipped for people
(packed files, HTTPS behind a proxy), the limit `bench/_floor.py` under the same gunicorn with the same processes.

    python3 run.py bench pages [--rounds 5] [--seconds 4] [--journals 1000] [--deep 1000000]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path

from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from bench import measure
from bench._ledger import load
from bench._web import Server, Visit, first_visit, running, session_keys, visit
from communities.people.models import Resident
from engines.places import ROOT
from funds.charity.models import CommunityFund
from funds.ledger.models import Account, JournalKind
from funds.ledger.operations import Line, post_journal
from funds.statements.queries import causes
from governance.accounts.models import User
from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.pages import keyset_page
from governance.portal.demonstration import money, steps
from governance.portal.demonstration.steps import Scene

STORY = (
    steps.open_district,
    steps.open_calendar,
    steps.publish_rules,
    steps.seat_officials,
    steps.register_residents,
    steps.post_notices,
    money.open_charity,
    money.open_funds,
    money.receive_donations,
    money.found_enterprises,
    money.adopt_policies,
    money.declare_the_year,
    steps.load_other_districts,
)
PAGE = 20
DEEP_PAGE = 10_000
MOST_QUERIES = 10
MOST_BYTES = 80_000


def main() -> int:
    """Measure the pages and print them."""
    parser = argparse.ArgumentParser(prog="bench.pages")
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--journals", type=int, default=1_000)
    parser.add_argument("--deep", type=int, default=1_000_000)
    options = parser.parse_args()
    with measure.scratch_database("pages"):
        fund, deep = _fill(options.journals, options.deep)
        report = measure.Report("pages", {"journals": options.journals, "deep list": options.deep})
        pages = _pages(fund)
        _count_queries(report, pages)
        with _servers(fund) as (product, floor):
            bare = f"/list/{fund.book_id}/"
            _measure_visits(report, product, floor, {"bare floor view": bare, **pages}, options)
            for name, path in pages.items():
                report.line(f"{name}: first visit", [first_visit(product, path)], unit="bytes", at_most=MOST_BYTES)
            _measure_deep(report, product, deep, options)
            report.line("memory of a worker of the floor", [floor.memory()], unit="MB")
            report.line(
                "memory of a worker",
                [product.memory()],
                unit="MB",
                limit="memory of a worker of the floor",
                at_most=2.2,
            )
        _measure_start(report, fund, pages, options)
        return report.finish()


def _fill(journals: int, deep: int) -> tuple[CommunityFund, CommunityFund]:
    """Tell the demonstration's story and return a fund with so many journals and one with a long list."""
    scene = Scene(now=clock.now())
    for step in STORY:
        step(scene)
    fund, other = CommunityFund.objects.select_related("book").order_by("pk")[:2]
    by = system_actor()
    source, pool = _ends(fund)
    for number in range(journals):
        post_journal(
            by=by,
            book=fund.book,
            kind=JournalKind.DONATION,
            key=f"bench:{number}",
            posted_on=scene.today,
            memo=f"捐赠{number}",
            lines=[Line(source, pool, Decimal(5 + number % 100))],
            now=scene.now,
        )
    load(by, *_ends(other), deep)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return fund, other


def _ends(fund: CommunityFund) -> tuple[Account, Account]:
    """Return the donors and the free pool of a fund."""
    accounts = {account.code: account for account in Account.objects.filter(book=fund.book).select_related("book")}
    return accounts["source:donor"], accounts["pool:free"]


def _pages(fund: CommunityFund) -> dict[str, str]:
    """Name what a visitor of one community comes by, from the front door to the vouchers."""
    community = fund.division
    district = type(community).objects.ancestors(community).get(level="DISTRICT")
    return {
        "home": reverse("portal:home"),
        "home of the district": district.get_absolute_url(),
        "home of the community": community.get_absolute_url(),
        "account of the fund": reverse("funds:fund-detail", args=[fund.pk]),
        "vouchers of the fund": reverse("funds:fund-journals", args=[fund.pk]),
    }


def _count_queries(report: measure.Report, pages: dict[str, str]) -> None:
    """Count the statements of each page, for passers-by and for a resident with a log-in."""
    resident = User.objects.filter(pk__in=Resident.objects.values("user")).order_by("pk").first()
    if resident is None:
        message = "the demonstration has no resident with a log-in"
        raise RuntimeError(message)
    for who, visitor in (("passer-by", None), ("resident", resident)):
        client = Client()
        if visitor:
            client.force_login(visitor, backend="allauth.account.auth_backends.AuthenticationBackend")
        for name, path in pages.items():
            # The demonstration asks its clock several times a page, other installations never.
            with override_settings(DEMONSTRATION=False), CaptureQueriesContext(connection) as asked:
                answer = client.get(path)
            if answer.status_code != 200:
                message = f"{path} answered {answer.status_code}"
                raise RuntimeError(message)
            report.line(f"{name}: queries, {who}", [len(asked)], unit="queries", at_most=MOST_QUERIES)


@contextmanager
def _servers(fund: CommunityFund) -> Iterator[tuple[Server, Server]]:
    """Run the product and the floor beside each other."""
    with tempfile.TemporaryDirectory() as packed, ExitStack() as stack:
        product, floor = _product(packed), _floor()
        manage = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(manage, cwd=ROOT, env={**os.environ, **product.environment}, check=True)
        stack.enter_context(running(product, first="/healthz"))
        stack.enter_context(running(floor, first=f"/list/{fund.book_id}/"))
        yield product, floor


def _product(packed: str) -> Server:
    """Describe the product as people use it: not the demonstration, behind one proxy that speaks HTTPS."""
    return Server(
        "product",
        "governance.wsgi:application",
        ROOT,
        {
            "DEMONSTRATION": "false",
            "DATABASE_AS": "app",
            "ALLOWED_HOSTS": "127.0.0.1",
            "SITE_URL": "https://127.0.0.1",
            "TRUSTED_PROXIES": "1",
            "STATIC_ROOT": packed,
        },
    )


def _floor() -> Server:
    return Server("floor", "_floor:application", Path(__file__).parent, {"DJANGO_SETTINGS_MODULE": ""})


def _measure_visits(
    report: measure.Report, product: Server, floor: Server, pages: dict[str, str], options: argparse.Namespace
) -> None:
    """Load each page in turns, the floor's first."""
    first = next(iter(pages))
    found: dict[str, list[Visit]] = {name: [] for name in pages}

    def case(name: str, path: str) -> measure.Case:
        server = floor if name == first else product

        def run() -> float:
            found[name].append(visit(server, path, options.seconds))
            return found[name][-1].per_second

        return run

    cases = {name: case(name, path) for name, path in pages.items()}
    for run in cases.values():
        run()  # warm
    found.update({name: [] for name in pages})
    before = session_keys()
    measure.interleaved(cases, rounds=options.rounds)
    opened = len(session_keys() - before)
    for unit, value in (
        ("requests/s", lambda one: one.per_second),
        ("p95 ms", lambda one: one.p95),
        ("application CPU ms", lambda one: one.application_ms),
        ("database CPU ms", lambda one: one.database_ms),
    ):
        for name in pages:
            values = [value(one) for one in found[name]]
            is_list = name == "vouchers of the fund" and unit == "database CPU ms"
            limit = "" if name == first else f"{first}: {unit}"
            report.line(f"{name}: {unit}", values, unit=unit, limit=limit, at_most=2.0 if is_list else None)
    requests = sum(one.per_second * options.seconds for visits in found.values() for one in visits)
    report.line("sessions opened per 1,000 requests", [opened * 1000 / requests], unit="sessions", at_most=0.5)


def _measure_deep(report: measure.Report, product: Server, fund: CommunityFund, options: argparse.Namespace) -> None:
    """G7: the first and the ten-thousandth page of a long list."""
    last = causes().filter(book=fund.book).order_by("-sequence").values_list("sequence", flat=True)[0]
    before = last + 1 - min(PAGE * (DEEP_PAGE - 1), options.deep - PAGE)
    path = reverse("funds:fund-journals", args=[fund.pk])

    def rows(query: str) -> measure.Case:
        request = RequestFactory().get(path + query)
        return measure.milliseconds(
            lambda: keyset_page(causes().filter(book=fund.book), request, key="sequence"), times=100
        )

    def page(query: str) -> measure.Case:
        return measure.milliseconds(lambda: product.fetch(path + query), times=50)

    deep = f"?before={before}"
    cases = {
        "rows of page 1": rows(""),
        "rows of page 10,000": rows(deep),
        "page 1": page(""),
        "page 10,000": page(deep),
    }
    for case in cases.values():
        case()  # warm
    found = measure.interleaved(cases, rounds=options.rounds)
    report.line("rows of page 1", found["rows of page 1"], unit="ms")
    report.line("rows of page 10,000", found["rows of page 10,000"], unit="ms", limit="rows of page 1", at_most=1.3)
    report.line("page 1", found["page 1"], unit="ms")
    report.line("page 10,000", found["page 10,000"], unit="ms", limit="page 1", at_most=1.1)


def _measure_start(
    report: measure.Report, fund: CommunityFund, pages: dict[str, str], options: argparse.Namespace
) -> None:
    """G14: from exec to the first page."""
    with tempfile.TemporaryDirectory() as packed:
        manage = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        product, floor = _product(packed), _floor()
        subprocess.run(manage, cwd=ROOT, env={**os.environ, **product.environment}, check=True)

        def start(server: Server, path: str) -> measure.Case:
            def run() -> float:
                taken = server.start(first=path)
                server.stop()
                return taken

            return run

        found = measure.interleaved(
            {
                "start of the floor": start(floor, f"/list/{fund.book_id}/"),
                "start of the product": start(product, pages["account of the fund"]),
            },
            rounds=options.rounds,
        )
    report.line("start of the floor", found["start of the floor"], unit="s")
    report.line(
        "start of the product", found["start of the product"], unit="s", limit="start of the floor", at_most=4.0
    )


if __name__ == "__main__":
    sys.exit(main())
