"""How far jobs have come, their parts included."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from governance.jobs.models import Job


def lease() -> dt.timedelta:
    """Return how long a worker may stay silent before its job is taken over."""
    return dt.timedelta(seconds=settings.JOB_LEASE_SECONDS)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job stands as a whole: its own steps and those of its parts."""

    done: int
    total: int
    counts: dict[str, int]
    failures: list[dict[str, Any]]
    parts: int


def standing_of(job: Job) -> Standing:
    """Add up a job and its parts; no query for rows of `for_list`."""
    rows = [job, *job.parts.all()]
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(row.counts)
    done, total = sum(row.done for row in rows), sum(row.total for row in rows)
    failures = [failure for row in rows for failure in row.failures]
    return Standing(done, total, dict(counts), failures, len(rows) - 1)
