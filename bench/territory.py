"""Taking in the code list of the whole country, and reading subtrees and ancestors from it.

Limits of the same run: COPY of the same file into a table of text without index; for one district, reads by plain SQL.
`python3 run.py bench territory [FILE] [--rows N] [--rounds N]`: without a file, one of the country's shape is made.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection

from bench import measure
from bench._people import account
from communities.territory import operations
from communities.territory.models import Division, DivisionCode, Tier
from governance.accounts.models import User

COUNTRY, STREETS = 665_276, 41_352
COLUMNS = "code,name,parent_code,level,kind,urban_rural_code"
NOW = dt.datetime(2026, 3, 4, 4, 0, tzinfo=dt.UTC)
SEED = 7
CITIES_PER_PROVINCE, DISTRICTS_PER_CITY, STREETS_PER_DISTRICT = 11, 9, 14
FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "东西南北中新老大小上下前后安平和顺兴隆昌盛福寿康宁清明光华文"


def country(rows: int) -> Iterator[str]:
    """Yield the lines of a list of so many rows with the country's shape: 41,352 streets to 665,276 rows."""
    dice = random.Random(SEED)
    streets = max(1, round(STREETS * rows / COUNTRY))
    districts = -(-streets // STREETS_PER_DISTRICT)
    cities = -(-districts // DISTRICTS_PER_CITY)
    provinces = -(-cities // CITIES_PER_PROVINCE)
    committees = rows - provinces - cities - districts - streets
    yield COLUMNS
    for number in range(streets):
        district, street = divmod(number, STREETS_PER_DISTRICT)
        city, own_district = divmod(district, DISTRICTS_PER_CITY)
        province, own_city = divmod(city, CITIES_PER_PROVINCE)
        above = [f"{11 + province}", f"{1 + own_city:02d}", f"{1 + own_district:02d}"]
        if street == own_district == own_city == 0:
            yield f"{_code(above[:1])},{_name(dice)}省,,1,,"
        if street == own_district == 0:
            yield f"{_code(above[:2])},{_name(dice)}市,{_code(above[:1])},2,,"
        if street == 0:
            yield f"{_code(above)},{_name(dice)}区,{_code(above[:2])},3,,"
        here = [*above, f"{100 + street:03d}"]
        yield f"{_code(here)},{_name(dice)}镇,{_code(above)},4,镇,"
        for place in range(committees * (number + 1) // streets - committees * number // streets):
            digits, word = (1 + place, "社区居委会") if place % 5 == 0 else (200 + place, "村委会")
            yield f"{_code([*here, f'{digits:03d}'])},{_name(dice)}{place}{word},{_code(here)},5,,"


def _code(parts: list[str]) -> str:
    return "".join(parts).ljust(12, "0")


def _name(dice: random.Random) -> str:
    return dice.choice(FAMILY) + dice.choice(GIVEN) + dice.choice(GIVEN)


def plain_copy(path: Path) -> None:
    """COPY the file's bytes into a table of text without index: the limit."""
    with connection.cursor() as cursor, path.open("rb") as source:
        cursor.execute("DROP TABLE IF EXISTS plain")
        cursor.execute("CREATE TABLE plain (code text, name text, parent text, level text, kind text, class text)")
        cursor.copy_expert("COPY plain FROM STDIN WITH (FORCE_NULL (kind, class), FORMAT csv, HEADER)", source)


def empty() -> None:
    """Take everything out again; the tables' owner may."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE communities_division, communities_divisioncode, communities_codeimport CASCADE")


def take_in(path: Path, by: User) -> None:
    """Take the file in by the product's operation."""
    with path.open("rb") as source:
        operations.import_divisions(
            by=by, now=NOW, source=io.BytesIO(source.read()), file_name=path.name, system="NBS", edition=2023
        )


def main() -> int:
    """Measure loading and reading and print both."""
    parser = argparse.ArgumentParser(prog="bench.territory")
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--rows", type=int, default=COUNTRY)
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, measure.scratch_database("territory"):
        path = options.file or _written(Path(folder) / "country.csv", options.rows)
        rows = sum(1 for _ in path.open("rb")) - 1
        report = measure.Report("territory", {"rows": rows, "file": options.file.name if options.file else "made"})
        _measure_loading(report, path, rows, options.rounds)
        _measure_reading(report, options.rounds)
        return report.finish()


def _written(path: Path, rows: int) -> Path:
    path.write_text("\n".join(country(rows)) + "\n", encoding="utf-8")
    return path


def _measure_loading(report: measure.Report, path: Path, rows: int, rounds: int) -> None:
    by = account(now=NOW)

    def rate(begin: object, work: object) -> measure.Case:
        def case() -> float:
            begin()
            began = time.perf_counter()
            work()
            return rows / (time.perf_counter() - began)

        return case

    found = measure.interleaved(
        {
            "plain COPY": rate(lambda: None, lambda: plain_copy(path)),
            "import of an empty country": rate(empty, lambda: take_in(path, by)),
            "the same file again": rate(lambda: None, lambda: take_in(path, by)),
        },
        rounds=rounds,
    )
    report.line("plain COPY", found["plain COPY"], unit="rows/s")
    report.line("import of an empty country", found["import of an empty country"], unit="rows/s", limit="plain COPY")
    report.line("the same file again", found["the same file again"], unit="rows/s", limit="plain COPY")


def _measure_reading(report: measure.Report, rounds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE communities_division")
    districts = Division.objects.filter(tier=Tier.DISTRICT).order_by("pk")
    district = districts[min(100, districts.count() - 1)]
    deepest = Division.objects.filter(tier=Tier.COMMUNITY, path__startswith=district.path).order_by("pk")[50]
    code = DivisionCode.objects.get(division=deepest).code

    def sql(text: str, *values: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(text, values)
            return list(cursor.fetchall())

    prefix = f"{district.path}%"
    cases = {
        "subtree, SQL": lambda: sql(
            "SELECT id, name, tier, level FROM communities_division WHERE path LIKE %s", prefix
        ),
        "subtree, ORM": lambda: list(Division.objects.subtree(district)),
        "ancestors, SQL": lambda: sql(
            "SELECT id, name FROM communities_division WHERE id = ANY(%s) ORDER BY tier", deepest.ancestor_ids
        ),
        "ancestors, ORM": lambda: list(Division.objects.ancestors(deepest)),
        "by code, ORM": lambda: Division.objects.coded("NBS", 2023, code).get(),
        "search by name, ORM": lambda: list(Division.objects.named(deepest.name[:4]).order_by("tier", "pk")[:50]),
    }
    size = Division.objects.subtree(district).count()
    report.parameters["rows of the district"] = size
    found = measure.interleaved(
        {name: measure.milliseconds(case, times=20) for name, case in cases.items()}, rounds=rounds
    )
    for name, values in found.items():
        goal = 5.0 if name.startswith(("subtree", "ancestors")) else None
        report.line(name, values, unit="ms", at_most=goal)


if __name__ == "__main__":
    sys.exit(main())
