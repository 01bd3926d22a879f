"""How long a visitor waits for the directories of 100,000 organizations and of 100,000 projects.

Searched, narrowed by place, turned over; of the projects also the first page with its totals: nothing is kept
from one request to the next, as `totals_kept` and finished pages would.

Names are made of 40 beginnings, 200 subjects and a number, as a province's register reads. The page is asked for as a browser
does, without a log-in. `python3 run.py bench directory [--organizations N] [--projects N] [--searches N]`
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
import time
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from psycopg2.extras import execute_values

from bench import measure
from bench._people import account
from bench._projects import fill_projects
from communities.territory.models import Division, DivisionLevel, Tier
from governance.accounts.models import User

NOW = dt.datetime(2026, 1, 4, 4, 0, tzinfo=dt.UTC)
STREETS, COMMUNITIES = 100, 1000
BATCH = 5000
TABLE = "socialorgs_socialorganization"
BEGINNINGS = ("东兴", "盐店", "三八路", "檀木林", "光大街", "新民", "双塘", "五星", "马吃水", "凤凰")
SUBJECTS = (
    "养老服务",
    "文化艺术",
    "邻里互助",
    "志愿服务",
    "体育健身",
    "环保公益",
    "法律援助",
    "心理关爱",
    "儿童成长",
    "残疾人帮扶",
)
ENDS = ("中心", "协会", "促进会", "服务站")
SEARCHES = (
    "养老",
    "邻里互助中心",
    "三八路",
    "东兴环保公益",
    "没有这样的名称",
    "檀木林儿童成长协会",
    "新民",
    "志愿",
    "没有",
    "备77",
)
WITHIN = 0.95
NARROWED = ("field=ELDERLY", "state=RUNNING", "project_type=FUND", "year=2022", "source=FUND", "deliverer=养老")


def fill(by: User, count: int) -> tuple[Division, list[Division], list[Division]]:
    """Insert the organizations of a district and return it, its streets and communities."""
    district = _place("测量区", None, Tier.DISTRICT, DivisionLevel.DISTRICT)
    streets = [_place(f"第{number}街道", district, Tier.STREET, DivisionLevel.STREET) for number in range(STREETS)]
    places = [
        _place(f"第{number}社区", streets[number % STREETS], Tier.COMMUNITY, DivisionLevel.COMMUNITY)
        for number in range(COMMUNITIES)
    ]
    chance = random.Random(45)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        for begin in range(0, count, BATCH):
            rows = [
                (_name(chance, number), f"备{number}", chance.choice(places).pk, by.pk)
                for number in range(begin, min(begin + BATCH, count))
            ]
            _insert(cursor, rows)
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE")
    return district, streets, places


def _name(chance: random.Random, number: int) -> str:
    return f"{chance.choice(BEGINNINGS)}{chance.choice(SUBJECTS)}{chance.choice(ENDS)}{number}"


def _place(name: str, parent: Division | None, tier: str, level: str) -> Division:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('communities_division', 'id'))")
        key = cursor.fetchone()[0]
    return Division.objects.create(
        pk=key,
        name=name,
        short_name=name,
        tier=tier,
        level=level,
        parent=parent,
        path=f"{parent.path if parent else '/'}{key}/",
        valid_from=dt.date(2000, 1, 1),
    )


def _insert(cursor: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert a batch by one statement."""
    execute_values(
        cursor,
        f"INSERT INTO {TABLE} (name, filing_number, division_id, entered_by_id, organization_type, standing, service_class,"
        " registrar, supervising_body, head_name, contact, members_count, scope, founded_on, status, entered_at) VALUES %s",
        rows,
        template="(%s, %s, %s, %s, 'COMMUNITY_ORGANIZATION', 'FILED', 'MUTUAL_HELP', '', '', '张三', '', 9, '',"
        f" '2020-05-01', 'ACTIVE', '{NOW.isoformat()}')",
        page_size=BATCH,
    )


def asked(client: Client, address: str) -> tuple[float, int]:
    """Ask for a page and return the milliseconds and the number of queries."""
    with CaptureQueriesContext(connection) as queries:
        before = time.perf_counter()
        answer = client.get(address)
        took = (time.perf_counter() - before) * 1000
    if answer.status_code != 200:
        message = f"{address}: {answer.status_code}"
        raise RuntimeError(message)
    return took, len(queries)


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="bench.directory")
    parser.add_argument("--organizations", type=int, default=100_000)
    parser.add_argument("--projects", type=int, default=100_000)
    parser.add_argument("--searches", type=int, default=200)
    options = parser.parse_args()
    with measure.scratch_database("directory"):
        by = account(now=NOW)
        district, streets, places = fill(by, options.organizations)
        fill_projects(by, district, places, options.projects, now=NOW)
        client, chance = Client(), random.Random(46)
        asked(client, "/organizations/")
        searched = [
            asked(client, f"/organizations/?q={chance.choice(SEARCHES)}") for _number in range(options.searches)
        ]
        narrowed = [
            asked(client, f"/organizations/?division={chance.choice(streets).pk}&q={chance.choice(SEARCHES)}")
            for _number in range(options.searches)
        ]
        deep = [
            asked(client, f"/organizations/?before={chance.randint(1, options.organizations)}")
            for _number in range(options.searches)
        ]
        asked(client, "/projects/")
        whole = [asked(client, "/projects/") for _number in range(max(options.searches // 10, 3))]
        named = [asked(client, f"/projects/?q={chance.choice(SEARCHES)}") for _number in range(options.searches)]
        near = [
            asked(client, f"/projects/?division={chance.choice(streets).pk}&{chance.choice(NARROWED)}")
            for _number in range(options.searches)
        ]
        older = [
            asked(client, f"/projects/?before={chance.randint(1, options.projects)}&{chance.choice(NARROWED)}")
            for _number in range(options.searches)
        ]
        sizes = {"organizations": options.organizations, "projects": options.projects, "searches": options.searches}
        report = measure.Report("directory", sizes)
        cases = (
            ("any page", deep, 150.0, ""),
            ("searched by name", searched, 150.0, "any page"),
            ("searched in a place", narrowed, 150.0, "any page"),
            ("any page of projects", older, 150.0, ""),
            ("projects with the totals of all", whole, 1000.0, ""),
            ("projects by name, with totals", named, 150.0, "any page of projects"),
            ("projects of a place, with totals", near, 150.0, "any page of projects"),
        )
        for case, found, at_most, beside in cases:
            times = sorted(took for took, _queries in found)
            report.line(case, times, unit="ms", limit=beside)
            report.line(f"{case}: 95 of 100 within", [times[int(len(times) * WITHIN)]], unit="ms", at_most=at_most)
            report.line(f"{case}: queries", [max(queries for _took, queries in found)], unit="queries", at_most=10)
        return report.finish()


if __name__ == "__main__":
    sys.exit(main())
