"""A chain of 1,000,000 vouchers: its download, the public verifier, the nightly proof.

The limit is reading the same file and hashing its bytes.
`python3 run.py bench verify [--journals N] [--rounds N]`
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench import measure
from bench._ledger import load_chain
from bench._people import account, community
from funds.ledger.flows import BookSummary
from funds.ledger.models import Account, Book
from funds.ledger.operations import open_account, open_book
from funds.ledger.queries import differences_in
from funds.statements.download import json_lines
from funds.statements.pages import VERIFIER

NOW = dt.datetime(2026, 1, 4, 4, 0, tzinfo=dt.UTC)
MOST_MEMORY = 100.0
"""Megabytes that the verifier may take, whatever the length of the chain."""


def main() -> int:
    """Measure download, verifier and proof and print them."""
    parser = argparse.ArgumentParser(prog="bench.verify")
    parser.add_argument("--journals", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    with measure.scratch_database("verify"), tempfile.TemporaryDirectory() as folder:
        report = measure.Report("verify", {"journals": options.journals})
        book = _book(options.journals)
        file = Path(folder, "ledger.jsonl")
        report.line("download", [_download(book, file)], unit="s")
        memory: list[float] = []
        cases = {
            "hashing the file": measure.seconds(lambda: hashlib.sha256(file.read_bytes()).hexdigest()),
            "verifier": lambda: _verify(file, book.head_hash, memory),
            "nightly proof": lambda: _prove(book),
        }
        found = measure.interleaved(cases, rounds=options.rounds)
        for name, values in found.items():
            report.line(name, values, unit="s")
            report.line(f"{name}: vouchers a second", [options.journals / value for value in values], unit="vouchers/s")
        report.line("verifier: memory", memory, unit="MB", at_most=MOST_MEMORY)
        report.line("size of the file", [file.stat().st_size / 1e6], unit="MB")
        return report.finish()


def _book(journals: int) -> Book:
    by = account(now=NOW)
    place = community()
    book = open_book(by=by, code="long", name="基金", division=place, opened_on=dt.date(2023, 1, 1), now=NOW)
    open_account(by=by, book=book, code="use:environment", kind="SINK", name="环境整治", now=NOW)
    accounts = {account.code: account for account in Account.objects.filter(book=book).select_related("book")}
    free = accounts["pool:free"]
    load_chain(by, [(accounts["source:donor"], free), *[(free, accounts["use:environment"])] * 3], journals, now=NOW)
    BookSummary.objects.bring_up()
    return Book.objects.get(pk=book.pk)


def _download(book: Book, file: Path) -> float:
    """Write the file as the page sends it and return the seconds."""
    began = time.perf_counter()
    with file.open("wb") as written:
        written.writelines(json_lines(book, NOW))
    return time.perf_counter() - began


def _verify(file: Path, head: str, memory: list[float]) -> float:
    """Run the program that people download, note its highest memory and return the seconds."""
    began = time.perf_counter()
    process = psutil.Popen([sys.executable, str(VERIFIER), str(file), "--head", head], stdout=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        try:
            most = max(most, process.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.02)
    assert process.wait() == 0
    memory.append(most / 1e6)
    return time.perf_counter() - began


def _prove(book: Book) -> float:
    """Run the nightly proof and return the seconds."""
    began = time.perf_counter()
    assert differences_in(book) == []
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
