"""What residents wait for on the page of one topic: with 2 opinions, 202 and 1,000, each with its supporters (G5).

The limit is a bare Django view of the same topic with the newest twenty opinions (`bench/_floor.py`), under the same
gunicorn with the same processes.

    python3 run.py bench topic_page [--rounds 5] [--seconds 4] [--opinions 1000]
"""

from __future__ import annotations

import sys

from django.urls import reverse

from bench import _board as board
from bench import measure
from bench._topics import fill_opinions, fill_topics
from governance.accounts.queries import system_actor
from governance.calendar import clock

MOST_QUERIES = (6, 10)
MOST_BYTES = 80_000
FEW = (2, 202)


def main() -> int:
    """Measure and report against G5."""
    options = board.parsed("bench.topic_page")
    report = measure.Report("topic_page", {"opinions": options.opinions, "rounds": options.rounds})
    with measure.scratch_database("topic_page"):
        board.person()
        now = clock.now()
        counts = [*FEW, options.opinions]
        topics = dict(
            zip(counts, fill_topics(board.community(1), len(counts), by=system_actor().pk, now=now), strict=True)
        )
        for count, topic in topics.items():
            fill_opinions(topic, count, now=now)
        board.vacuum()
        pages = {f"{count} opinions": reverse("consultation:topic-detail", args=[key]) for count, key in topics.items()}
        for name, path in pages.items():
            board.count_queries(report, name, path, most=MOST_QUERIES, most_bytes=MOST_BYTES)
        most = topics[options.opinions]
        with board.servers(f"/topics/{most}/") as (product, anew, floor):
            bare = "bare floor view"
            targets = {bare: (floor, f"/topics/{most}/")}
            targets |= {name: (product, path) for name, path in pages.items()}
            targets |= {f"{name}, made anew": (anew, path) for name, path in pages.items()}
            found = board.visits(targets, options)
        for unit, value in (
            ("requests/s", lambda one: one.per_second),
            ("p50 ms", lambda one: one.p50),
            ("application CPU ms", lambda one: one.application_ms),
            ("database CPU ms", lambda one: one.database_ms),
        ):
            for name in targets:
                limit = "" if name == bare else f"{bare}: {unit}"
                goal = {"at_least": 0.5} if unit == "requests/s" and name in pages else {}
                report.line(f"{name}: {unit}", [value(one) for one in found[name]], unit=unit, limit=limit, **goal)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
