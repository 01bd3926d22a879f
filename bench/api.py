"""What a partner system waits for: fifty topics of a place with a token (goal G6).

One place with 2,000 topics, each grown from a matter, with two phases. Two hundred partner systems take turns, so that
each stays below the limit of requests a minute, which is counted as it is in earnest. The limit is `.values()` and
`json.dumps` of five columns in a bare Django view; beside it the barest list of Django REST framework of the same five.
The product shows all its fields with phases, matters and documents, and, in a further case, the five that a client names.

    python3 run.py bench api [--rounds 5] [--seconds 4] [--topics 2000]
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from oauth2_provider.models import AccessToken

from bench import measure
from bench._topics import fill_topics
from bench._web import Server, Visit, no_files, running, shipped, visit
from communities.territory.models import Division, DivisionLevel, Tier
from governance.accounts import operations as accounts
from governance.accounts.queries import system_actor
from governance.calendar import clock

PARTNERS = 200
"""Partner systems, each of which may ask 1,200 times a minute."""
MOST_QUERIES = 2
ROWS = 50
PLAIN = "plain view, .values() and json.dumps, five columns"
MODEL = "barest ModelSerializer, five columns"


def main() -> int:
    """Measure and report against G6."""
    parser = argparse.ArgumentParser(prog="bench.api")
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--topics", type=int, default=2_000)
    options = parser.parse_args()
    report = measure.Report("api", {"topics": options.topics, "rounds": options.rounds})
    with measure.scratch_database("api"), tempfile.TemporaryDirectory() as packed:
        place = fill(options.topics)
        tokens = partners()
        lists = {
            "topics of a place": f"/api/v1/topics?division={place.pk}",
            "topics": "/api/v1/topics",
            "topics, five fields by choice": "/api/v1/topics?fields=id,title,division,status,announced_at",
        }
        _count_queries(report, lists, tokens[0])
        with _servers(packed, place) as (product, floor):
            targets = {PLAIN: (floor, f"/plain/{place.pk}"), MODEL: (floor, f"/model/{place.pk}")}
            targets |= {name: (product, path) for name, path in lists.items()}
            _measure(report, targets, tokens, options)
    return report.finish()


def fill(topics: int) -> Division:
    """Insert a place with so many topics under deliberation."""
    by, now = system_actor(), clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('communities_division', 'id'))")
        key = cursor.fetchone()[0]
    place = Division.objects.create(
        id=key, name="社区", short_name="社区", tier=Tier.COMMUNITY, level=DivisionLevel.COMMUNITY, path=f"/{key}/"
    )
    fill_topics(place, topics, by=by.pk, now=now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return place


def partners() -> list[str]:
    """Make the partner systems and a token for each."""
    by, now = system_actor(), clock.now()
    until = now + dt.timedelta(hours=1)
    tokens = []
    for number in range(PARTNERS):
        client, _secret = accounts.create_api_client(
            by=by, name=f"partner-{number}", scopes=["consultation:read"], now=now
        )
        tokens.append(secrets.token_urlsafe(24))
        AccessToken.objects.create(
            application=client, token=tokens[-1], scope="consultation:read", expires=until, user=None
        )
    return tokens


def _count_queries(report: measure.Report, lists: dict[str, str], token: str) -> None:
    """Count the statements of each list, the token's own among them; none may count rows."""
    client = Client(headers={"authorization": f"Bearer {token}"})
    for name, path in lists.items():
        # The demonstration asks its clock several times, other installations never.
        with override_settings(DEMONSTRATION=False), CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        statements = [query["sql"] for query in asked.captured_queries]
        if answer.status_code != 200 or len(answer.json()["results"]) != ROWS:
            message = f"{path} answered {answer.status_code}: {answer.content[:400]!r}"
            raise RuntimeError(message)
        report.line(f"{name}: bytes", [len(answer.content)], unit="bytes")
        report.line(f"{name}: queries with the token's", [len(statements)], unit="queries", at_most=MOST_QUERIES)
        counting = sum("COUNT(*)" in statement for statement in statements)
        report.line(f"{name}: queries that count rows", [counting], unit="queries", at_most=0)


@contextmanager
def _servers(packed: str, place: Division) -> Iterator[tuple[Server, Server]]:
    """Run the product and the floor beside each other."""
    floor = Server("floor", "_floor_api:application", Path(__file__).parent, {"DJANGO_SETTINGS_MODULE": ""})
    with ExitStack() as stack:
        product = stack.enter_context(running(shipped(no_files(packed)), first="/healthz"))
        stack.enter_context(running(floor, first=f"/plain/{place.pk}"))
        yield product, floor


def _measure(
    report: measure.Report, targets: dict[str, tuple[Server, str]], tokens: list[str], options: argparse.Namespace
) -> None:
    """Ask each list in turns, the floor's first."""
    turn = itertools.cycle(tokens)
    found: dict[str, list[Visit]] = {name: [] for name in targets}

    def case(name: str) -> measure.Case:
        server, path = targets[name]

        def headers() -> dict[str, str]:
            return {"Authorization": f"Bearer {next(turn)}", "Accept": "application/json"}

        def run() -> float:
            found[name].append(visit(server, path, options.seconds, more=headers))
            return found[name][-1].per_second

        return run

    cases = {name: case(name) for name in targets}
    for run in cases.values():
        run()  # warm
    found.update({name: [] for name in targets})
    measure.interleaved(cases, rounds=options.rounds)
    for unit, value in (
        ("requests/s", lambda one: one.per_second),
        ("p95 ms", lambda one: one.p95),
        ("application CPU ms", lambda one: one.application_ms),
        ("database CPU ms", lambda one: one.database_ms),
    ):
        for name in targets:
            goal = {"at_least": 0.45} if name not in {PLAIN, MODEL} and unit == "requests/s" else {}
            limit = "" if name == PLAIN else f"{PLAIN}: {unit}"
            report.line(f"{name}: {unit}", [value(one) for one in found[name]], unit=unit, limit=limit, **goal)


if __name__ == "__main__":
    sys.exit(main())
