"""What a visitor waits for: pages a second, queries, bytes, deep lists, memory and start (goals G5, G7 and G14).

The demonstration's districts, funds, notices and its whole loop are told by the product's own operations, then 1,000
journals are posted to one fund, a list of a million is brought in for another, 2,000 topics (one with 2 opinions, one
with 202) and 2,000 organizations. The product runs as it is shipped for people
(packed files, HTTPS behind a proxy), the limit `bench/_floor.py` under the same gunicorn with the same processes.

    python3 run.py bench pages [--rounds 5] [--seconds 4] [--journals 1000] [--deep 1000000]
"""

from __future__ import annotations

import argparse
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

import projects.tasks
from bench import measure
from bench._ledger import load
from bench._topics import fill_opinions, fill_organizations, fill_topics
from bench._web import Server, Visit, first_visit, making_anew, pack, running, session_keys, shipped, visit
from communities.people.models import Resident
from consultation.topics.models import Topic
from funds.charity.models import CommunityFund
from funds.ledger.models import Account, JournalKind
from funds.ledger.operations import Line, post_journal
from funds.statements.queries import causes
from governance.accounts.models import User
from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.jobs import operations as jobs
from governance.pages import keyset_page
from governance.portal.demonstration import delivery, loop, steps, tasks
from governance.portal.demonstration.steps import Scene
from projects.evaluation import operations as evaluation

assert projects.tasks  # its import registers what does the jobs

STORY = (*tasks.STORY_STEPS[: tasks.STORY_STEPS.index(steps.load_other_districts) + 1], *tasks.LOOP_STEPS)
TOPICS = 2_000
OPINIONS = (2, 202)
ORGANIZATIONS = 2_000
PAGE = 20
DEEP_PAGE = 10_000
MOST_QUERIES = {
    "topic with 2 opinions": (6, 10),
    "topic with 202 opinions": (6, 10),
    "topics of the community": (5, 7),
}
"""At most so many for a passer-by and a resident; the session, the person, their posts and home cost one each."""
OTHERWISE = (10, 10)
MOST_BYTES = 80_000
LIST, TOPIC = "bare floor view", "bare floor view of a topic"


def main() -> int:
    """Measure the pages and print them."""
    parser = argparse.ArgumentParser(prog="bench.pages")
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--journals", type=int, default=1_000)
    parser.add_argument("--deep", type=int, default=1_000_000)
    options = parser.parse_args()
    with measure.scratch_database("pages"):
        fund, deep, topics = _fill(options.journals, options.deep)
        report = measure.Report("pages", {"journals": options.journals, "deep list": options.deep})
        pages = _pages(fund, topics)
        _count_queries(report, pages)
        with _servers(fund) as (product, floor):
            floors = {LIST: f"/list/{fund.book_id}/", TOPIC: f"/topics/{topics[-1]}/"}
            targets = {name: (floor, path) for name, path in floors.items()}
            targets |= {name: (product, path) for name, path in pages.items()}
            _measure_visits(report, targets, options)
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


def _fill(journals: int, deep: int) -> tuple[CommunityFund, CommunityFund, list[int]]:
    """Tell the demonstration's story; return a fund with so many journals, one with a long list, and topics.

    The topics lie in the community of the first fund, each of the last ones with its number of opinions.
    """
    scene = Scene(now=clock.now())
    for step in STORY:
        step(scene)
    _publish_the_evaluation(scene)
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
    topics = fill_topics(fund.division, TOPICS, by=by.pk, now=scene.now)
    for topic, opinions in zip(topics[-len(OPINIONS) :], OPINIONS, strict=True):
        fill_opinions(topic, opinions, now=scene.now)
    fill_organizations(fund.division, ORGANIZATIONS, by=by.pk, now=scene.now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return fund, other, topics


def _publish_the_evaluation(scene: Scene) -> None:
    """Do what the worker does between the answers and the published result, so that the trace is whole."""
    by = system_actor()
    evaluation.close_due(by=by, now=scene.now, today=scene.today)
    evaluation.compute_due(by=by, now=scene.now)
    while jobs.run_due(by=by, clock=clock.now):
        pass
    delivery.publicise(scene)


def _ends(fund: CommunityFund) -> tuple[Account, Account]:
    """Return the donors and the free pool of a fund."""
    accounts = {account.code: account for account in Account.objects.filter(book=fund.book).select_related("book")}
    return accounts["source:donor"], accounts["pool:free"]


def _pages(fund: CommunityFund, topics: list[int]) -> dict[str, str]:
    """Name what a visitor of one community comes by, from the front door to the trace."""
    community = fund.division
    district = type(community).objects.ancestors(community).get(level="DISTRICT")
    return {
        "home": reverse("portal:home"),
        "home of the district": district.get_absolute_url(),
        "home of the community": community.get_absolute_url(),
        "account of the fund": reverse("funds:fund-detail", args=[fund.pk]),
        "vouchers of the fund": reverse("funds:fund-journals", args=[fund.pk]),
        "topics of the community": reverse("consultation:topic-list", args=[community.pk]),
        **{
            f"topic with {opinions} opinions": reverse("consultation:topic-detail", args=[topic])
            for topic, opinions in zip(topics[-len(OPINIONS) :], OPINIONS, strict=True)
        },
        "trace": reverse("portal:trace", args=["topic", Topic.objects.get(title=loop.TOPIC_TITLE).pk]),
        "directory of organizations": reverse("socialorgs:organization-list"),
    }


def _count_queries(report: measure.Report, pages: dict[str, str]) -> None:
    """Count the statements of each page, for passers-by and for a resident with a log-in."""
    resident = User.objects.filter(pk__in=Resident.objects.values("user")).order_by("pk").first()
    if resident is None:
        message = "the demonstration has no resident with a log-in"
        raise RuntimeError(message)
    for place, (who, visitor) in enumerate((("passer-by", None), ("resident", resident))):
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
            most = MOST_QUERIES.get(name, OTHERWISE)[place]
            report.line(f"{name}: queries, {who}", [len(asked)], unit="queries", at_most=most)


@contextmanager
def _servers(fund: CommunityFund) -> Iterator[tuple[Server, Server]]:
    """Run the product and the floor beside each other."""
    with tempfile.TemporaryDirectory() as packed, ExitStack() as stack:
        product, floor = making_anew(pack(shipped(packed))), _floor()
        stack.enter_context(running(product, first="/healthz"))
        stack.enter_context(running(floor, first=f"/list/{fund.book_id}/"))
        yield product, floor


def _floor() -> Server:
    return Server("floor", "_floor:application", Path(__file__).parent, {"DJANGO_SETTINGS_MODULE": ""})


def _measure_visits(
    report: measure.Report, targets: dict[str, tuple[Server, str]], options: argparse.Namespace
) -> None:
    """Load each page in turns, those of the floor first."""
    found: dict[str, list[Visit]] = {name: [] for name in targets}

    def case(name: str) -> measure.Case:
        server, path = targets[name]

        def run() -> float:
            found[name].append(visit(server, path, options.seconds))
            return found[name][-1].per_second

        return run

    cases = {name: case(name) for name in targets}
    for run in cases.values():
        run()  # warm
    found.update({name: [] for name in targets})
    before = session_keys()
    measure.interleaved(cases, rounds=options.rounds)
    opened = len(session_keys() - before)
    for unit, value in (
        ("requests/s", lambda one: one.per_second),
        ("p95 ms", lambda one: one.p95),
        ("application CPU ms", lambda one: one.application_ms),
        ("database CPU ms", lambda one: one.database_ms),
    ):
        for name in targets:
            beside = TOPIC if name.startswith("topic with") else LIST
            limit = "" if name in {LIST, TOPIC} else f"{beside}: {unit}"
            values = [value(one) for one in found[name]]
            report.line(f"{name}: {unit}", values, unit=unit, limit=limit, **_goal(name, unit))
    requests = sum(one.per_second * options.seconds for visits in found.values() for one in visits)
    report.line("sessions opened per 1,000 requests", [opened * 1000 / requests], unit="sessions", at_most=0.5)


def _goal(name: str, unit: str) -> dict[str, float]:
    """Return the goal of a figure, if it has one (G5, G14)."""
    if name.startswith("topic with") and unit == "requests/s":
        return {"at_least": 0.5}
    return {"at_most": 2.0} if name == "vouchers of the fund" and unit == "database CPU ms" else {}


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
        product, floor = making_anew(pack(shipped(packed))), _floor()

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
