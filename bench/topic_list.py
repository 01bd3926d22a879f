"""What residents wait for on the board of topics: the list of a community with 200, 2,000 and 20,000 topics (G3, G4).

The limit is a bare Django view of the same list (`bench/_floor.py`): two queries, no session, language or rights, under the
same gunicorn with the same processes.
The product is measured as it is shipped, where a finished page serves passers-by for some seconds, and where it makes each anew.

    python3 run.py bench topic_list [--rounds 5] [--seconds 4] [--topics 200 2000 20000]
"""

from __future__ import annotations

import sys
from urllib.parse import urlencode

from django.urls import reverse

from bench import _board as board
from bench import measure
from bench._topics import fill_topics
from governance.accounts.queries import system_actor
from governance.calendar import clock

MOST_QUERIES = (5, 7)
MOST_BYTES = 40_000


def main() -> int:
    """Measure and report against G3 and G4."""
    options = board.parsed("bench.topic_list")
    report = measure.Report("topic_list", {"topics": options.topics, "rounds": options.rounds})
    with measure.scratch_database("topic_list"):
        board.person()
        places = {}
        for number, count in enumerate(options.topics, start=1):
            places[count] = board.community(number)
            fill_topics(places[count], count, by=system_actor().pk, now=clock.now())
        board.vacuum()
        pages = {count: reverse("consultation:topic-list", args=[place.pk]) for count, place in places.items()}
        for count, path in pages.items():
            board.count_queries(report, f"{count} topics", path, most=MOST_QUERIES, most_bytes=MOST_BYTES)
        search = f"{pages[max(pages)]}?{urlencode({'q': '照明', 'list_class': 'AFFAIRS'})}"
        board.count_queries(report, f"search among {max(pages)}", search, most=MOST_QUERIES, most_bytes=MOST_BYTES)
        least, most = min(pages), max(pages)
        middle = places[sorted(places)[len(places) // 2]]
        with board.servers(f"/places/{middle.pk}/") as (product, anew, floor):
            bare = "bare floor view"
            targets = {bare: (floor, f"/places/{middle.pk}/")}
            targets |= {f"{count} topics": (product, path) for count, path in pages.items()}
            targets |= {f"{count} topics, made anew": (anew, path) for count, path in pages.items()}
            targets["search, made anew"] = (anew, search)
            found = board.visits(targets, options)
        for unit, value in (
            ("requests/s", lambda one: one.per_second),
            ("p50 ms", lambda one: one.p50),
            ("application CPU ms", lambda one: one.application_ms),
            ("database CPU ms", lambda one: one.database_ms),
        ):
            for name in targets:
                goal, limit = {}, "" if name == bare else f"{bare}: {unit}"
                if name == f"{most} topics, made anew" and unit in {"p50 ms", "database CPU ms"}:
                    goal, limit = {"at_most": 1.15}, f"{least} topics, made anew: {unit}"
                elif unit == "requests/s" and name.endswith("topics"):
                    goal = {"at_least": 0.5}
                report.line(f"{name}: {unit}", [value(one) for one in found[name]], unit=unit, limit=limit, **goal)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
