"""How long a worker takes to read, judge and enter a register of 50,000 rows from a workbook.

One row in a thousand has lost digits of its code. Beside it stands reading the cells alone, which nothing can be quicker than.
`python3 run.py bench excel_import [--rows N]`
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from io import BytesIO

from django.core.files.base import ContentFile
from openpyxl import load_workbook
from stdnum.cn import uscc
from tablib import Dataset

from bench import measure
from bench._people import account
from bench.directory import _place
from communities.people.models import Post, Role
from communities.territory.models import DivisionLevel, Tier
from communities.territory.spreadsheet import TextXLSX
from governance.accounts.models import UserKind
from governance.jobs.operations import run_due
from socialorgs.register.intake import operations
from socialorgs.register.models import SocialOrganization
from socialorgs.register.spreadsheet import COLUMNS

NOW = dt.datetime(2026, 1, 4, 4, 0, tzinfo=dt.UTC)
STREETS = 20
LOST = 1000
"""One row in so many has lost digits of its code."""
MEGABYTE = 1024


def workbook(streets: list[str], count: int) -> bytes:
    """Return a workbook with so many organizations, made by a child: what making it takes is not measured."""
    with multiprocessing.get_context("fork").Pool(1) as child:
        return child.apply(written, (streets, count))


def written(streets: list[str], count: int) -> bytes:
    """Return the bytes of the workbook."""
    data = Dataset(headers=list(COLUMNS))
    for number in range(count):
        begin = f"52510302{number:09d}"
        code = "5.15103E+17" if number % LOST == LOST - 1 else begin + uscc.calc_check_digit(begin)
        given = {
            "street": streets[number % len(streets)],
            "name": f"第{number}服务中心",
            "organization_type": "SOCIAL_SERVICE_AGENCY",
            "standing": "REGISTERED",
            "credit_code": code,
            "head_name": "张三",
            "members_count": "12",
            "capital": "30000.00",
            "founded_on": "2020-05-01",
            "scope": "社区养老、助残、儿童服务。",
        }
        data.append([given.get(key, "") for key in COLUMNS])
    return TextXLSX().export_data(data)


def took(work: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def cells(content: bytes) -> int:
    """Read the cells alone, row by row."""
    sheet = load_workbook(BytesIO(content), read_only=True).worksheets[0]
    return sum(1 for row in sheet.rows for cell in row if cell.value)


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="bench.excel_import")
    parser.add_argument("--rows", type=int, default=50_000)
    options = parser.parse_args()
    with measure.scratch_database("excel_import"):
        importlib.import_module("socialorgs.tasks")  # registers the handlers of the jobs, as a worker does
        system = account(now=NOW)
        people = [account(name, UserKind.STAFF, now=NOW) for name in ("uploader", "confirmer")]
        district = _place("测量区", None, Tier.DISTRICT, DivisionLevel.DISTRICT)
        streets = [_place(f"第{number}街道", district, Tier.STREET, DivisionLevel.STREET) for number in range(STREETS)]
        for person in people:
            Post.objects.create(
                user=person,
                role=Role.DISTRICT_ADMIN,
                division=district,
                valid_from=dt.date(2020, 1, 1),
                appointed_by=system,
                appointed_at=NOW,
            )
        content = workbook([street.name for street in streets], options.rows)
        sheet = operations.upload_sheet(
            by=people[0], now=NOW, division=district, file=ContentFile(content), name="register.xlsx"
        )
        alone = took(lambda: cells(content))
        read = took(lambda: run_due(by=system, clock=lambda: NOW))
        sheet.refresh_from_db()
        operations.confirm_sheet(by=people[1], now=NOW, sheet=sheet, leave_out_bad=True)
        entered = took(lambda: run_due(by=system, clock=lambda: NOW))
        sheet.refresh_from_db()
        if SocialOrganization.objects.count() != sheet.fresh or sheet.fresh + sheet.bad != options.rows:
            message = f"{sheet.fresh} entered, {sheet.bad} refused of {options.rows}"
            raise RuntimeError(message)
        report = measure.Report("excel_import", {"rows": options.rows, "bad": sheet.bad})
        report.line("cells alone", [alone], unit="s")
        report.line("read and judged", [read], unit="s", limit="cells alone", at_most=4.0)
        report.line("entered, audited, announced", [entered], unit="s")
        report.line("rows a second, all of it", [options.rows / (read + entered)], unit="rows/s")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
        report.line("most memory", [peak], unit="MB")
        return report.finish()


if __name__ == "__main__":
    sys.exit(main())
