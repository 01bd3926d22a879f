"""Counting a closed ballot of a million papers: by the product, beside the one SQL aggregate that it cannot go below.

The papers are those of a secret ballot, of five options with one mark, with several marks, and put in order (120 orders,
counted by run-off). The hash of the recount file, which the count of the product keeps as well, is measured on its own: it
reads every paper once.

    python3 run.py bench count [--rounds 5] [--papers 1000000]
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import sys
from collections.abc import Callable

from django.db import connection

from bench import measure
from bench.cast import _people, _place
from communities.policy import operations as rules
from communities.territory.models import Division
from consultation.ballots import operations, queries
from consultation.ballots.models import Ballot
from governance.accounts.models import User
from governance.accounts.queries import system_actor
from governance.calendar import clock

GUARDED = ("consultation_ballot", "consultation_ballotpaper")
# Where the papers' marks come from, as SQL with doubled per cent signs.
MARKS = {
    "SINGLE": ("SINGLE", 1, "ARRAY[1 + (number::bigint * 7919) %% 5]"),
    "APPROVAL": (
        "APPROVAL",
        5,
        "ARRAY(SELECT mark FROM generate_series(1, 5) AS mark WHERE (number >> mark) %% 2 = 1)",
    ),
    "RANKED": (
        "RANKED",
        5,
        "ARRAY(SELECT mark FROM generate_series(1, 5) AS mark ORDER BY (number * mark * 31 + mark * mark) %% 127, mark)",
    ),
}
AGGREGATE = "SELECT choices, count(*) FROM consultation_ballotpaper WHERE ballot_id = %s GROUP BY choices"


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="bench.count")
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    parser.add_argument("--papers", type=int, default=1_000_000)
    options = parser.parse_args()
    report = measure.Report("count", {"papers": options.papers, "rounds": options.rounds})
    with measure.scratch_database("count"):
        for kind in MARKS:
            _measure(kind, closed_ballot(kind, options.papers), options.rounds, report)
    return report.finish()


def closed_ballot(kind: str, papers: int) -> Ballot:
    """Open a secret ballot by the product's operations and fill it with papers, as if that many had been mixed."""
    method, most, marks = MARKS[kind]
    by, now = system_actor(), clock.now() - dt.timedelta(hours=2)
    rules.seed_decision_rules(by=by, now=now)
    place, staff = _world(now)
    ballot = operations.prepare_ballot(
        by=staff,
        now=now,
        division=place,
        question="？",
        rule_key="council_default",
        method=method,
        options=[(str(number), "") for number in range(1, 6)],
        most_choices=most,
        is_secret=True,
        opens_at=now + dt.timedelta(minutes=1),
        closes_at=now + dt.timedelta(hours=1),
        roll_source="RESIDENTS",
    )
    operations.freeze_ballot(by=staff, now=now, today=now.date(), ballot=ballot)
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE consultation_ballot SET status = 'CLOSED', entitled = %s, opened_at = opens_at, closed_at = closes_at "
            "WHERE id = %s",
            [papers, ballot.pk],
        )
        cursor.execute(
            "INSERT INTO consultation_ballotpaper (ballot_id, number, choices) "
            f"SELECT %s, number, {marks}::smallint[] "
            "FROM generate_series(1, %s) AS number",
            [ballot.pk, papers],
        )
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("ANALYZE consultation_ballotpaper")
    return Ballot.objects.get(pk=ballot.pk)


_made: dict[str, tuple[Division, User]] = {}


def _world(now: dt.datetime) -> tuple[Division, User]:
    """Make the community with a few voters once."""
    if not _made:
        by = system_actor()
        place, staff = _place(by, now)
        _people(place, by, 10, now)
        _made["world"] = (place, staff)
    return _made["world"]


def _measure(kind: str, ballot: Ballot, rounds: int, report: measure.Report) -> None:
    """Count in turns by SQL and by the product, then hash the recount file."""

    def aggregate() -> None:
        with connection.cursor() as cursor:
            cursor.execute(AGGREGATE, [ballot.pk])
            cursor.fetchall()

    def product() -> None:
        outcome = queries.outcome_of(ballot)
        assert outcome.counted.cast == ballot.entitled, "a paper is missing"

    def hashed() -> None:
        digest, outcome = hashlib.sha256(), queries.outcome_of(ballot)
        for line in queries.lines_of(ballot, 0, outcome, {"WEB": ballot.entitled}):
            digest.update(line)

    cases: dict[str, Callable[[], None]] = {"one SQL aggregate": aggregate, "count and judge": product}
    found = measure.interleaved({name: measure.milliseconds(run) for name, run in cases.items()}, rounds=rounds)
    limit = f"{kind}: one SQL aggregate"
    report.line(limit, found["one SQL aggregate"], unit="ms")
    report.line(f"{kind}: count and judge", found["count and judge"], unit="ms", limit=limit)
    hashing = measure.interleaved({"hash": measure.seconds(hashed)}, rounds=min(rounds, 2))
    report.line(f"{kind}: with the recount file's hash", hashing["hash"], unit="s")


if __name__ == "__main__":
    sys.exit(main())
