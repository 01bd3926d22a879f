"""Taking in a platform's file of 100,000 donations: read, judged, posted; rows a second and peak memory.

Limits of the same run: COPY of the same rows into a bare table, and COPY into a table with the keys and indexes of
donations. `python3 run.py bench donation_import [--rounds N] [--rows N]`
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import itertools
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection
from django.test import override_settings

from bench import measure
from bench._people import account, community
from funds.charity.models import CharityAppointment, CommunityFund, HostCharity
from funds.intake import operations
from funds.intake.models import DonationIntake
from funds.ledger.operations import open_book
from funds.ledger.queries import differences_in
from governance.accounts.models import UserKind

NOW = dt.datetime(2026, 9, 10, 4, 0, tzinfo=dt.UTC)
HEAD = ("订单号", "捐赠时间", "捐赠人", "捐赠金额", "是否公开", "指定用途")
NAMES = ("王小明", "李华", "欧阳兰", "㐂𠮷", "爱心网友", "赵四")
BARE = """
CREATE TABLE bare_row (
    reference text, paid_on timestamp, donor text, amount numeric(14, 2), is_public text, purpose text
);
CREATE TABLE keyed_row (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, fund_id bigint NOT NULL REFERENCES funds_communityfund,
    reference text NOT NULL, paid_on timestamp, donor text, amount numeric(14, 2) CHECK (amount > 0), is_public text,
    purpose text, UNIQUE (fund_id, reference)
);
CREATE INDEX ON keyed_row (fund_id, id);
"""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.donation_import")
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    with (
        measure.scratch_database("donation_import"),
        tempfile.TemporaryDirectory() as folder,
        override_settings(MEDIA_ROOT=folder),
    ):
        report = measure.Report("donation_import", {"rows": options.rows})
        _measure(report, _House(), options, Path(folder))
        return report.finish()


class _House:
    """A fund, somebody who uploads, somebody who confirms."""

    def __init__(self) -> None:
        self.system = account(now=NOW)
        self.uploader, self.officer = (account(name, UserKind.STAFF, now=NOW) for name in ("uploader", "officer"))
        place = community()
        charity = HostCharity.objects.create(name="慈善会", credit_code="51510302MJ0000001X", division=place)
        for person in (self.uploader, self.officer):
            CharityAppointment.objects.create(charity=charity, user=person, valid_from=dt.date(2025, 1, 1))
        book = open_book(
            by=self.system, code="fund", name="基金", division=place, opened_on=dt.date(2025, 1, 1), now=NOW
        )
        self.fund = CommunityFund.objects.create(
            name="测试慈善基金", short_name="测试基金", charity=charity, division=place, purpose="互助", book=book,
            applied_by=self.system, applied_at=NOW,
        )  # fmt: skip
        for status in ("AGREED", "ACTIVE"):
            CommunityFund.objects.filter(pk=self.fund.pk).update(status=status)
        self.fund.refresh_from_db()
        with connection.cursor() as cursor:
            cursor.execute(BARE)


def rows(count: int, run: int) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Return donations as a platform lists them, with order numbers of their own for each run."""
    for number in range(count):
        day = 5 + number % 3
        yield (
            f"TX{run:04d}{number:08d}",
            f"2026-09-{day:02d} 12:00:00",
            NAMES[number % len(NAMES)],
            f"{number % 200 + 1}.{number % 100:02d}",
            "是" if number % 2 else "否",
            "助学" if number % 10 == 0 else "",
        )


def _write(folder: Path, count: int, run: int, kind: str) -> Path:
    path = folder / f"{run}.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append(list(HEAD))
        for row in rows(count, run):
            sheet.append(list(row))
        book.save(path)
        return path
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(itertools.chain([HEAD], rows(count, run)))
    return path


def _measure(report: measure.Report, house: _House, options: argparse.Namespace, folder: Path) -> None:
    runs = itertools.count(1)
    peaks: dict[str, list[float]] = {"csv": [], "xlsx": []}
    posted: list[float] = []

    def product(kind: str) -> measure.Case:
        def case() -> float:
            path = _write(folder, options.rows, next(runs), kind)
            reading, posting, peak = _apart(lambda: _take_in(house, path))
            peaks[kind].append(peak)
            if kind == "csv":
                posted.append(options.rows / posting)
            return options.rows / (reading if kind == "xlsx" else reading + posting)

        return case

    cases = {
        "COPY into a bare table": _copy(
            "bare_row (reference, paid_on, donor, amount, is_public, purpose)", options, ""
        ),
        "COPY into a table with keys": _copy(
            "keyed_row (fund_id, reference, paid_on, donor, amount, is_public, purpose)", options, f"{house.fund.pk},"
        ),
        "CSV: read, judged and posted": product("csv"),
        "XLSX: read and judged": product("xlsx"),
    }
    found = measure.interleaved(cases, rounds=options.rounds)
    for name, values in found.items():
        limit = "" if name == "COPY into a bare table" else "COPY into a bare table"
        report.line(name, values, unit="rows/s", limit=limit)
    report.line("CSV: posted alone", posted, unit="rows/s", limit="COPY into a table with keys")
    for kind, values in peaks.items():
        report.line(f"peak memory, {kind.upper()}", values, unit="MB", at_most=300)
    report.parameters["the book agrees"] = not differences_in(house.fund.book)


def _copy(target: str, options: argparse.Namespace, before: str) -> measure.Case:
    runs = itertools.count(9000)

    def case() -> float:
        text = io.StringIO()
        csv.writer(text).writerows(rows(options.rows, next(runs)))
        text.seek(0)
        if before:
            text = io.StringIO("".join(before + line for line in text))
        own = measure.raw()
        try:
            began = time.perf_counter()
            with own, own.cursor() as cursor:
                cursor.copy_expert(f"COPY {target} FROM STDIN WITH (FORMAT csv)", text)
            return options.rows / (time.perf_counter() - began)
        finally:
            own.close()

    return case


def _take_in(house: _House, path: Path) -> tuple[float, float]:
    """Take a file in through the product's operations; return the seconds of reading and of posting."""
    with path.open("rb") as file:
        row = operations.upload_file(
            by=house.uploader, fund=house.fund, file=File(file, name=path.name), name=path.name, now=NOW
        )
    began = time.perf_counter()
    row = operations.read_file(by=house.system, intake=row, now=NOW)
    read = time.perf_counter()
    operations.confirm_intake(by=house.officer, intake=row, now=NOW)
    row = operations.post_file(by=house.system, intake=row, now=NOW)
    done = time.perf_counter()
    if row.status != "POSTED" or not row.fresh or row.bad:
        message = f"the file was not taken in: {row.status} {row.problem} {row.fresh} {row.bad}"
        raise RuntimeError(message)
    if default_storage.exists(DonationIntake.objects.get(pk=row.pk).path):
        message = "the file is still there"
        raise RuntimeError(message)
    return read - began, done - read


def _apart(work: Callable[[], tuple[float, float]]) -> tuple[float, float, float]:
    """Do the work in a process of its own, as a worker would, and add its peak memory in MB."""
    connection.close()
    context = multiprocessing.get_context("fork")
    answers: Any = context.Queue()

    def child() -> None:
        try:
            reading, posting = work()
            answers.put((reading, posting, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
        except BaseException:
            answers.put(None)
            raise

    process = context.Process(target=child)
    process.start()
    found: tuple[float, float, float] | None = answers.get()
    process.join()
    if found is None:
        message = "the work failed"
        raise RuntimeError(message)
    return found


if __name__ == "__main__":
    sys.exit(main())
