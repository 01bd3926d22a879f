"""What the measurements of topics share: places with topics, people with sessions, both servers, one table of figures."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from bench import measure
from bench._web import Server, Visit, making_anew, pack, running, shipped, visit
from communities.territory.models import Division, DivisionLevel, Tier
from governance.accounts.models import User, UserKind
from governance.calendar import clock

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def parsed(name: str) -> argparse.Namespace:
    """Read the options that both measurements have."""
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--topics", type=int, nargs="+", default=[200, 2_000, 20_000])
    parser.add_argument("--opinions", type=int, default=1_000)
    return parser.parse_args()


def community(number: int) -> Division:
    """Insert a community of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('communities_division', 'id'))")
        key = cursor.fetchone()[0]
    name = f"第{number}社区"
    return Division.objects.create(
        id=key,
        name=name,
        short_name=name,
        tier=Tier.COMMUNITY,
        level=DivisionLevel.COMMUNITY,
        path=f"/{key}/",
        valid_from="2020-01-01",
    )


def vacuum() -> None:
    """Let the planner know what there is."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def person() -> User:
    """Insert somebody who signs in."""
    return User.objects.create(username="reader", kind=UserKind.RESIDENT, display_name="王小明", joined_at=clock.now())


def count_queries(report: measure.Report, name: str, path: str, *, most: tuple[int, int], most_bytes: int) -> None:
    """Count the statements and bytes of a page for a passer-by and for somebody who is signed in."""
    for who, user, allowed in (
        ("passer-by", None, most[0]),
        ("signed in", User.objects.get(username="reader"), most[1]),
    ):
        client = Client()
        if user:
            client.force_login(user, backend=BACKEND)
        with override_settings(DEMONSTRATION=False), CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        if answer.status_code != 200:
            message = f"{path} answered {answer.status_code}"
            raise RuntimeError(message)
        report.line(f"{name}: queries, {who}", [len(asked)], unit="queries", at_most=allowed)
    report.line(f"{name}: bytes", [len(answer.content)], unit="bytes", at_most=most_bytes)


@contextmanager
def servers(first: str) -> Iterator[tuple[Server, Server, Server]]:
    """Run the product as it is shipped, the product that makes each page anew, and the floor beside each other."""
    floor = Server("floor", "_floor:application", Path(__file__).parent, {"DJANGO_SETTINGS_MODULE": ""})
    with tempfile.TemporaryDirectory() as packed, ExitStack() as stack:
        product = pack(shipped(packed))
        anew = making_anew(product)
        stack.enter_context(running(product, first="/healthz"))
        stack.enter_context(running(anew, first="/healthz"))
        stack.enter_context(running(floor, first=first))
        yield product, anew, floor


def visits(targets: Mapping[str, tuple[Server, str]], options: argparse.Namespace) -> dict[str, list[Visit]]:
    """Load each page in turns and return what came of it, round by round."""
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
    measure.interleaved(cases, rounds=options.rounds)
    return found
