"""Heavy work of the territory room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.core.files.storage import default_storage
from django.db import connections

from communities.territory import importer, operations
from governance.accounts.models import User
from governance.jobs.operations import Progress, handles

Call = Callable[[Callable[..., Any]], Any]


@contextmanager
def own_connection() -> Iterator[Call]:
    """Give a way to run calls on a database connection of their own.

    The import is one transaction; its progress must be seen, and its lease renewed, while that transaction is open.
    """
    with ThreadPoolExecutor(1) as thread:
        try:
            yield lambda function: thread.submit(function).result()
        finally:
            thread.submit(connections.close_all).result()


@handles(operations.IMPORT_KIND)
def import_divisions(progress: Progress, parameters: dict[str, Any]) -> None:
    """Take in a queued code list; rows that can't be taken become the failed rows of the job, and nothing is written."""
    day = parameters["valid_from"]
    with default_storage.open(parameters["file"]) as file, own_connection() as apart:
        try:
            lines = importer.survey(file)[1]
            progress.start(2 * (lines + 1))
            outcome = operations.import_divisions(
                by=User.objects.get(pk=parameters["by"]),
                now=progress.clock(),
                source=file,
                file_name=parameters["file_name"],
                system=parameters["system"],
                edition=parameters["edition"],
                valid_from=dt.date.fromisoformat(day) if day else None,
                managed=parameters["managed"],
                report=lambda done: apart(lambda: progress.step(min(done, 2 * lines))),
            )
        except importer.RowsRefused as refusal:
            progress.counts["refused"] = refusal.params["count"]
            for problem in refusal.problems:
                progress.fail_row(f"{problem.line}: {problem.code}", problem.reason)
        except importer.FileNotReadable as refusal:
            progress.counts["refused"] = 0
            progress.fail_row("", str(refusal))
        else:
            progress.counts |= {
                "rows": outcome.rows,
                "created": outcome.created,
                "attached": outcome.attached,
                "unchanged": outcome.unchanged,
            }
