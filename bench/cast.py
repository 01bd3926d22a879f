"""Casting votes: by the operation and over HTTP, spread over 2,000 ballots and all on one (goals G1 and G2).

The limit is the barest vote: two statements of psycopg2 (write the vote, add to the counter) and a commit, on tables of
their own. The product checks roll, times and marks, writes vote, trail and event, and keeps no counter. Over HTTP every
voter has a session of their own; the product is served as it is shipped, by two processes. The voters are processes of
this machine, so that they take their share of its processors.

    python3 run.py bench cast [--rounds 5] [--seconds 3] [--voters 6000] [--ballots 2000]
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import itertools
import math
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from bench import measure
from bench._people import account
from bench._web import HOST, Server, database_processes, no_files, processor_seconds, running, shipped
from communities.people.models import Post, Role
from communities.policy import operations as rules
from communities.territory.models import Division, DivisionLevel, Tier
from consultation.ballots import operations
from consultation.ballots.models import Ballot, RollEntry
from governance.accounts.models import User, UserKind
from governance.accounts.queries import system_actor
from governance.calendar import clock

CHOICES = (1, 2, 3)
ROLL = 30
"""People on the roll of each of the many ballots."""
SHEETS = 200
"""Sheets of the batch of paper votes."""
HOT = 12
"""Ballots on which all voters stand, used one after the other."""
MOST_STATEMENTS = 8
CSRF = "c" * 32
GUARDED = ("consultation_ballot", "consultation_ballotoption", "consultation_rollentry", "communities_publicnotice")

RAW = """
CREATE TABLE bench_motion (id int PRIMARY KEY, yes int NOT NULL DEFAULT 0) WITH (fillfactor = 70);
INSERT INTO bench_motion SELECT number FROM generate_series(0, %(ballots)s - 1) AS number;
CREATE TABLE bench_vote (
    id bigserial PRIMARY KEY, motion_id int NOT NULL REFERENCES bench_motion, voter_id bigint NOT NULL,
    value smallint NOT NULL, created timestamptz NOT NULL DEFAULT now(), UNIQUE (motion_id, voter_id)
);
"""
RAW_VOTE = """
INSERT INTO bench_vote (motion_id, voter_id, value) VALUES (%s, %s, 1)
ON CONFLICT (motion_id, voter_id) DO UPDATE SET value = excluded.value
"""
RAW_COUNTER = "UPDATE bench_motion SET yes = yes + 1 WHERE id = %s"


@dataclass(frozen=True)
class World:
    """Who votes where: voters by place, with their session keys, the many ballots, and those with everybody on them."""

    voters: list[int]
    sessions: list[str]
    many: list[int]
    hot: list[int]

    def spread(self, turn: int) -> tuple[int, int]:
        """Return (ballot, place of the voter) of a turn over the many ballots."""
        ballot, number = turn % len(self.many), turn // len(self.many)
        if number >= ROLL:
            message = "everybody has voted everywhere: use more ballots or fewer rounds"
            raise RuntimeError(message)
        return self.many[ballot], (ballot * 7 + number) % len(self.voters)

    def together(self, turn: int) -> tuple[int, int]:
        """Return (ballot, place of the voter) of a turn on one ballot, until everybody has voted there."""
        ballot, voter = divmod(turn, len(self.voters))
        if ballot >= len(self.hot):
            message = "everybody has voted on every hot ballot: use more voters or fewer rounds"
            raise RuntimeError(message)
        return self.hot[ballot], voter


Pair = Callable[[int], tuple[int, int]]
Caster = Callable[[World, int], Callable[[int, int], None]]


def main() -> int:
    """Measure and report against G1 and G2."""
    parser = argparse.ArgumentParser(prog="bench.cast")
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--voters", type=int, default=6_000)
    parser.add_argument("--ballots", type=int, default=2_000)
    options = parser.parse_args()
    report = measure.Report("cast", {"voters": options.voters, "ballots": options.ballots, "rounds": options.rounds})
    with measure.scratch_database("cast"), tempfile.TemporaryDirectory() as packed:
        world = fill(options.voters, options.ballots, report)
        _count_statements(world, report)
        with running(shipped(no_files(packed)), first="/healthz") as server:
            _measure(world, server, options, report)
        _batch(world, report)
        _count(world, report)
    return report.finish()


# --- The world -------------------------------------------------------------------------------------------------------


def fill(voters: int, ballots: int, report: measure.Report) -> World:
    """Bring voters in, open the hot ballots by the product's operations, copy the first one for the many."""
    by, now = system_actor(), clock.now() - dt.timedelta(hours=2)
    rules.seed_decision_rules(by=by, now=now)
    place, staff = _place(by, now)
    people = _people(place, by, voters, now)
    print("freezing …", flush=True)
    began = time.perf_counter()
    hot = [_open(place, staff, by, now) for _ in range(HOT)]
    report.line(f"freeze a roll of {voters:,}", [(time.perf_counter() - began) / HOT * 1000], unit="ms")
    many = _copies(hot[0], ballots, people)
    with connection.cursor() as cursor:
        cursor.execute(RAW, {"ballots": ballots})
        cursor.execute("ANALYZE")
    return World(people, _sessions(people), many, hot)


def _place(by: User, now: dt.datetime) -> tuple[Division, User]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('communities_division', 'id'))")
        key = cursor.fetchone()[0]
    place = Division.objects.create(
        id=key, name="社区", short_name="社区", tier=Tier.COMMUNITY, level=DivisionLevel.COMMUNITY, path=f"/{key}/"
    )
    staff = account("staff", UserKind.STAFF, now=now)
    Post.objects.create(
        user=staff,
        role=Role.COMMUNITY_STAFF,
        division=place,
        valid_from=dt.date(2020, 1, 1),
        appointed_by=by,
        appointed_at=now,
    )
    return place, staff


def _people(place: Division, by: User, count: int, now: dt.datetime) -> list[int]:
    """Insert users and confirmed residents and return the users' keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO accounts_user (password, username, kind, display_name, phone, phone_verified, is_active,
                is_elder_mode, joined_at)
            SELECT '!', 'voter-' || number, 'RESIDENT', '', '', true, true, false, %s
            FROM generate_series(1, %s) AS number RETURNING id
            """,
            [now, count],
        )
        keys = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            """
            INSERT INTO communities_resident (user_id, division_id, name, identity_number, birth_on, address,
                registered_at, registered_by_id, confirmed_at, confirmed_by_id)
            SELECT key, %s, '居民', '', '1980-01-01', '', %s, key, %s, %s FROM unnest(%s) AS key
            """,
            [place.pk, now, now, by.pk, keys],
        )
    return keys


def _open(place: Division, staff: User, by: User, now: dt.datetime) -> int:
    """Prepare, freeze and open a ballot with everybody on its roll."""
    ballot = operations.prepare_ballot(
        by=staff,
        now=now,
        division=place,
        question="是否更换路灯？",
        rule_key="council_default",
        method="FOR_AGAINST",
        options=[],
        opens_at=now + dt.timedelta(minutes=1),
        closes_at=now + dt.timedelta(days=1),
        roll_source="RESIDENTS",
    )
    operations.freeze_ballot(by=staff, now=now, today=now.date(), ballot=ballot)
    operations.open_due_ballots(by=by, now=now + dt.timedelta(minutes=1))
    return ballot.pk


def _copies(template: int, count: int, people: list[int]) -> list[int]:
    """Copy an open ballot so many times, each with a small roll of its own; the guards look away meanwhile."""
    notice, ballot = _columns("communities_publicnotice"), _columns("consultation_ballot")
    source = ", ".join("numbered.id" if name == '"notice_id"' else f"original.{name}" for name in ballot)
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            f"""
            WITH copied AS (
                INSERT INTO communities_publicnotice ({", ".join(notice)})
                SELECT {", ".join(f"original.{name}" for name in notice)}
                FROM communities_publicnotice AS original, generate_series(1, %s)
                WHERE original.id = (SELECT notice_id FROM consultation_ballot WHERE id = %s)
                RETURNING id
            ), numbered AS (SELECT id FROM copied)
            INSERT INTO consultation_ballot ({", ".join(ballot)})
            SELECT {source} FROM consultation_ballot AS original, numbered WHERE original.id = %s RETURNING id
            """,
            [count, template, template],
        )
        keys = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            """
            INSERT INTO consultation_ballotoption (ballot_id, number, title, text)
            SELECT key, number, title, text FROM unnest(%s) AS key, consultation_ballotoption WHERE ballot_id = %s
            """,
            [keys, template],
        )
        cursor.execute(
            """
            INSERT INTO consultation_rollentry (ballot_id, number, user_id, name, label)
            SELECT key, own + 1, (%s::bigint[])[1 + ((place - 1) * 7 + own) %% %s], '居民', ''
            FROM unnest(%s) WITH ORDINALITY AS copy (key, place), generate_series(0, %s - 1) AS own
            """,
            [people, len(people), keys, ROLL],
        )
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    return keys


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        names = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    return [f'"{name}"' for name in names if name != "id"]


def _sessions(people: list[int]) -> list[str]:
    """Sign everybody in."""
    store, digest = SessionStore(), User.objects.get(pk=people[0]).get_session_auth_hash()
    until = clock.now() + dt.timedelta(hours=12)
    rows = [
        Session(
            session_key=f"voter{key:027d}",
            session_data=store.encode(
                {
                    SESSION_KEY: str(key),
                    BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
                    HASH_SESSION_KEY: digest,
                }
            ),
            expire_date=until,
        )
        for key in people
    ]
    Session.objects.bulk_create(rows, batch_size=1000)
    return [row.session_key for row in rows]


# --- Voters ----------------------------------------------------------------------------------------------------------


def _raw(world: World, number: int) -> Callable[[int, int], None]:
    """Vote by two statements and a commit."""
    del number
    own = measure.raw()
    cursor = own.cursor()
    places = {key: place for place, key in enumerate(world.many)}

    def cast(ballot: int, voter: int) -> None:
        cursor.execute(RAW_VOTE, (places[ballot], voter))
        cursor.execute(RAW_COUNTER, (places[ballot],))
        own.commit()

    return cast


def _operation(world: World, number: int) -> Callable[[int, int], None]:
    """Vote by the product's operation."""
    choices = itertools.cycle(CHOICES[number % 3 :] + CHOICES[: number % 3])

    def cast(ballot: int, voter: int) -> None:
        by = User(pk=world.voters[voter], kind=UserKind.RESIDENT, is_active=True)
        now = dt.datetime.now(dt.UTC)  # the clock of the demonstration would ask the database
        operations.cast_vote(by=by, now=now, ballot=Ballot(pk=ballot), choices=[next(choices)])

    return cast


def _over_http(port: int) -> Caster:
    """Vote over HTTP on a connection that stays, each time as another person with their own session."""

    def caster(world: World, number: int) -> Callable[[int, int], None]:
        line = http.client.HTTPConnection(HOST, port, timeout=30)
        choices = itertools.cycle(CHOICES[number % 3 :] + CHOICES[: number % 3])

        def cast(ballot: int, voter: int) -> None:
            headers = {
                "Host": HOST,
                "Content-Type": "application/json",
                "Cookie": f"{settings.SESSION_COOKIE_NAME}={world.sessions[voter]}; csrftoken={CSRF}",
                "X-CSRFToken": CSRF,
                "Referer": f"https://{HOST}/",
                "X-Forwarded-Proto": "https",
                "X-Forwarded-For": "192.0.2.7",
            }
            line.request("POST", f"/api/v1/ballots/{ballot}/cast", f'{{"choices": [{next(choices)}]}}', headers)
            answer = line.getresponse()
            body = answer.read()
            if answer.status != http.client.CREATED:
                message = f"{answer.status}: {body[:400]!r}"
                raise RuntimeError(message)

        return cast

    return caster


class Runs:
    """Runs cases and remembers the slowest twentieth of each."""

    def __init__(self, world: World, seconds: float, server: Server) -> None:
        self.world, self.seconds, self.server = world, seconds, server
        self.context = multiprocessing.get_context("fork")
        self.turns = {"spread": self.context.Value("q", 0), "together": self.context.Value("q", 0)}
        self.slowest: dict[str, list[float]] = {}
        self.used: dict[str, list[dict[str, float]]] = {}

    def case(self, name: str, caster: Caster, pair: str, clients: int) -> measure.Case:
        """Make a case that returns the votes a second of so many processes."""
        turns = self.turns[pair] if caster is not _raw else self.context.Value("q", 0)
        where: Pair = self.world.together if pair == "together" else self.world.spread

        def run() -> float:
            connection.close()
            barrier, done = self.context.Barrier(clients), self.context.Queue()

            def client(number: int) -> None:
                try:
                    cast = caster(self.world, number)
                    barrier.wait()
                    done.put(self._votes(cast, turns, where))
                except BaseException as error:
                    done.put(repr(error))
                    raise

            before = self._processor_seconds()
            processes = [self.context.Process(target=client, args=(number,)) for number in range(clients)]
            for process in processes:
                process.start()
            found: list[Any] = [done.get() for _ in processes]
            for process in processes:
                process.join()
            if broken := [what for what in found if isinstance(what, str)]:
                raise RuntimeError(broken[0])
            times = sorted(value for mine in found for value in mine)
            after = self._processor_seconds()
            self.used.setdefault(name, []).append(
                {who: (after[who] - before[who]) * 1000 / len(times) for who in before}
            )
            self.slowest.setdefault(name, []).append(times[math.ceil(len(times) * 0.95) - 1] * 1000)
            return len(times) / self.seconds

        return run

    def _processor_seconds(self) -> dict[str, float]:
        """Return the processor time of the server and of the database so far; it moves less than rates do."""
        used = {"application": self.server.processor_seconds(), "database": processor_seconds(database_processes())}
        connection.close()  # the voters are forked from this process
        return used

    def _votes(self, cast: Callable[[int, int], None], turns: Any, where: Pair) -> list[float]:
        """Vote until the time is over and return how long each vote took."""
        times: list[float] = []
        began = time.perf_counter()
        until = began + self.seconds
        while began < until:
            with turns.get_lock():
                turn = turns.value
                turns.value += 1
            cast(*where(turn))
            after = time.perf_counter()
            times.append(after - began)
            began = after
        return times


def _measure(world: World, server: Server, options: argparse.Namespace, report: measure.Report) -> None:
    """Run every case in every round and report."""
    runs, over_http = Runs(world, options.seconds, server), _over_http(server.port)
    table: list[tuple[str, Caster, str, int]] = [
        ("raw, 2 clients", _raw, "spread", 2),
        ("operation, 2 clients", _operation, "spread", 2),
        ("operation, 8 on many ballots", _operation, "spread", 8),
        ("operation, 8 on one ballot", _operation, "together", 8),
        ("HTTP, 2 connections", over_http, "spread", 2),
        ("HTTP, 8 on many ballots", over_http, "spread", 8),
        ("HTTP, 8 on one ballot", over_http, "together", 8),
    ]
    cases = {name: runs.case(name, caster, pair, clients) for name, caster, pair, clients in table}
    for run in cases.values():
        run()  # warm: sessions of the server's threads, plans, caches
    runs.slowest.clear()
    runs.used.clear()
    found = measure.interleaved(cases, rounds=options.rounds)
    goals: dict[str, dict[str, Any]] = {
        "operation, 2 clients": {"limit": "raw, 2 clients"},
        "HTTP, 2 connections": {"limit": "raw, 2 clients"},
        "HTTP, 8 on many ballots": {"limit": "raw, 2 clients", "at_least": 0.15},
        "operation, 8 on one ballot": {"limit": "operation, 8 on many ballots", "at_least": 0.8},
        "HTTP, 8 on one ballot": {"limit": "HTTP, 8 on many ballots", "at_least": 0.8},
    }
    for name, values in found.items():
        report.line(name, values, unit="votes/s", **goals.get(name, {}))
    for name, values in runs.slowest.items():
        report.line(f"{name}: 95 % within", values, unit="ms")
    for name, each in runs.used.items():
        for who in ("application", "database"):
            if who == "database" or name.startswith("HTTP"):
                report.line(f"{name}: {who} CPU a vote", [one[who] for one in each], unit="ms")


def _count_statements(world: World, report: measure.Report) -> None:
    """Count the statements of one vote over HTTP, beginning and end of the transaction among them."""
    ballot, voter = world.together(len(world.voters) * len(world.hot) - 1)
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[voter]
    # The demonstration asks its clock several times, other installations never.
    with override_settings(DEMONSTRATION=False), CaptureQueriesContext(connection) as asked:
        answer = client.post(f"/api/v1/ballots/{ballot}/cast", {"choices": [1]}, content_type="application/json")
    if answer.status_code != http.client.CREATED:
        message = f"{answer.status_code}: {answer.content[:400]!r}"
        raise RuntimeError(message)
    report.line("statements of a vote over HTTP", [len(asked)], unit="statements", at_most=MOST_STATEMENTS)


def _batch(world: World, report: measure.Report) -> None:
    """Say what a batch of paper takes: each sheet entered and checked, then all of them accepted together."""
    ballot, now = Ballot.objects.get(pk=world.hot[-1]), clock.now()
    staff, second = User.objects.get(username="staff"), _second(ballot.division, now)
    count = min(SHEETS, ballot.entitled)
    batch = operations.open_batch(by=staff, now=now, ballot=ballot, channel="PAPER", signed=count)
    began = time.perf_counter()
    for entry in RollEntry.objects.filter(ballot=ballot).order_by("number")[:count]:
        paper = operations.enter_paper_vote(
            by=staff, now=now, ballot=ballot, entry=entry, serial_number=f"S{entry.number}", choices=[1], batch=batch
        )
        operations.check_paper_vote(by=second, now=now, paper=paper, choices=[1])
    entered = time.perf_counter()
    operations.accept_batch(by=second, now=now, batch=batch)
    report.line("a sheet entered and checked", [(entered - began) / count * 1000], unit="ms")
    report.line(f"a batch of {count:,} sheets accepted", [time.perf_counter() - entered], unit="s")


def _second(place: Division, now: dt.datetime) -> User:
    second = account("second", UserKind.STAFF, now=now)
    Post.objects.create(
        user=second,
        role=Role.COMMUNITY_STAFF,
        division=place,
        valid_from=dt.date(2020, 1, 1),
        appointed_by=system_actor(),
        appointed_at=now,
    )
    return second


def _count(world: World, report: measure.Report) -> None:
    """Say what the count of a hot ballot takes, and that every vote is there once."""
    ballot = Ballot.objects.get(pk=world.hot[0])
    by, staff = system_actor(), User.objects.get(username="staff")
    operations.close_due_ballots(by=by, now=ballot.closes_at)
    began = time.perf_counter()
    result = operations.count_ballot(by=staff, now=ballot.closes_at, ballot=ballot)
    report.line(f"count {result.cast:,} votes, with the recount file's hash", [time.perf_counter() - began], unit="s")


if __name__ == "__main__":
    sys.exit(main())
