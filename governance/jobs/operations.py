"""Queueing, claiming, running and retrying jobs."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.errors import NotNow
from governance.jobs.models import Job, JobStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from governance.accounts.models import User

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
MAX_FAILURES_KEPT = 1000


class JobStillRunning(NotNow):
    """Only a finished or failed job can be started again."""

    code = "job_still_running"
    message = _("This job is still waiting or running.")


class LeaseLost(Exception):
    """Another worker has taken the job over; stop without writing anything."""


@dataclass(slots=True)
class Progress:
    """What a handler uses to report its steps; each report renews the lease."""

    job: Job
    clock: Callable[[], dt.datetime]
    counts: dict[str, int] = field(default_factory=dict)
    failures: list[dict[str, str]] = field(default_factory=list)

    def start(self, total: int) -> None:
        """Say how many steps the job has."""
        self._write(total=total, done=0)

    def step(self, done: int, **counts: int) -> None:
        """Say how many steps are done and add to the counts.

        Raises:
            LeaseLost: another worker holds the job now.
        """
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        self._write(done=done)

    def fail_row(self, row: str, reason: str) -> None:
        """Keep a row that could not be handled, with the reason for people; the job goes on."""
        if len(self.failures) < MAX_FAILURES_KEPT:
            self.failures.append({"row": row, "reason": reason})

    def _write(self, **changes: Any) -> None:
        changes |= {"counts": self.counts, "failures": self.failures, "lease_until": self.clock() + lease()}
        if not Job.objects.filter(pk=self.job.pk, lease_token=self.job.lease_token).update(**changes):
            raise LeaseLost
        self.job.total = changes.get("total", self.job.total)


Handler = Callable[[Progress, dict[str, Any]], None]
_HANDLERS: dict[str, Handler] = {}


def lease() -> dt.timedelta:
    """Return how long a worker may stay silent before its job is taken over."""
    return dt.timedelta(seconds=settings.JOB_LEASE_SECONDS)


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does this kind of job; used in a room's `tasks.py`."""

    def register(handler: Handler) -> Handler:
        _HANDLERS[kind] = handler
        return handler

    return register


def enqueue(
    *,
    by: User,
    kind: str,
    now: dt.datetime,
    parameters: Mapping[str, Any] | None = None,
    key: str | None = None,
    due_at: dt.datetime | None = None,
) -> Job:
    """Queue a job in the caller's transaction; with a key that exists already, return that job instead."""
    fields = {
        "kind": kind,
        "parameters": dict(parameters or {}),
        "requested_by": by,
        "requested_at": now,
        "due_at": due_at or now,
    }
    if key is None:
        return Job.objects.create(**fields)
    return Job.objects.get_or_create(key=key, defaults=fields)[0]


def claim(*, by: User, now: dt.datetime) -> Job | None:
    """Take the lease of the oldest due job: one that waits, or one whose worker has fallen silent."""
    del by
    with transaction.atomic():
        job = (
            Job.objects.select_for_update(skip_locked=True)
            .filter(
                Q(status=JobStatus.QUEUED, due_at__lte=now) | Q(status=JobStatus.RUNNING, lease_until__lt=now),
                kind__in=_HANDLERS,
            )
            .order_by("due_at", "id")
            .first()
        )
        if job is None:
            return None
        job.status = JobStatus.RUNNING
        job.started_at = job.started_at or now
        job.lease_token = uuid.uuid4()
        job.lease_until = now + lease()
        job.attempts += 1
        job.save(update_fields=["status", "started_at", "lease_token", "lease_until", "attempts"])
        return job


def run(*, by: User, job: Job, clock: Callable[[], dt.datetime]) -> Job:
    """Run a claimed job to its end and write down what came of it.

    A failure queues it again with a doubling wait, up to five attempts; then it stays FAILED for people to see and
    retry.
    """
    del by
    progress = Progress(job=job, clock=clock)
    try:
        _HANDLERS[job.kind](progress, job.parameters)
    except LeaseLost:
        logger.warning("job lease lost", extra={"job": str(job.pk)})
        return job
    except Exception as error:
        logger.exception("job failed", extra={"job": str(job.pk), "kind": job.kind})
        _finish(job, clock(), progress, error=repr(error)[:2000])
    else:
        _finish(job, clock(), progress)
    job.refresh_from_db()
    return job


def _finish(job: Job, now: dt.datetime, progress: Progress, error: str = "") -> None:
    changes: dict[str, Any] = {
        "counts": progress.counts,
        "failures": progress.failures,
        "lease_token": None,
        "lease_until": None,
        "last_error": error,
    }
    if not error:
        changes |= {"status": JobStatus.DONE, "finished_at": now, "done": job.total}
    elif job.attempts >= MAX_ATTEMPTS:
        changes |= {"status": JobStatus.FAILED, "finished_at": now}
    else:
        changes |= {"status": JobStatus.QUEUED, "due_at": now + dt.timedelta(seconds=2**job.attempts)}
    Job.objects.filter(pk=job.pk, lease_token=job.lease_token).update(**changes)


def run_due(*, by: User, clock: Callable[[], dt.datetime], limit: int = 10) -> int:
    """Claim and run due jobs, at most `limit`; return how many were run."""
    for count in range(limit):
        job = claim(by=by, now=clock())
        if job is None:
            return count
        run(by=by, job=job, clock=clock)
    return limit


def retry(*, by: User, job: Job, now: dt.datetime) -> Job:
    """Start a finished or failed job again; its effects are keyed, so nothing happens twice.

    Raises:
        JobStillRunning: the job waits or runs.
    """
    del by
    changed = Job.objects.filter(pk=job.pk, status__in=[JobStatus.DONE, JobStatus.FAILED]).update(
        status=JobStatus.QUEUED, due_at=now, attempts=0, done=0, finished_at=None, last_error=""
    )
    if not changed:
        raise JobStillRunning
    job.refresh_from_db()
    return job
