"""Queueing, claiming, running, handing out and retrying jobs."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.errors import NotNow
from governance.jobs.marks import mark
from governance.jobs.models import Job, JobStatus
from governance.jobs.queries import lease

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from governance.accounts.models import User

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
MAX_CLAIMS = 20
"""A job that has been begun this often without an end kills its workers and is given up."""

MAX_FAILURES_KEPT = 1000
LONGEST_WAKE = dt.timedelta(seconds=120)
"""After this long a worker takes no further job on one waking, well below the hard limit of a task."""

UNFINISHED = (JobStatus.QUEUED, JobStatus.RUNNING)


class JobStillRunning(NotNow):
    """Only a finished or failed job can be started again."""

    code = "job_still_running"
    message = _("This job is still waiting or running.")


class LeaseLost(Exception):
    """Another worker has taken the job over; stop without writing anything."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a large job, which any worker may do: its parameters and its number of steps."""

    parameters: Mapping[str, Any]
    total: int


@dataclass(slots=True)
class Progress:
    """What a handler uses to report its steps; each report renews the lease.

    A handler that reports a step inside the transaction of its effect counts each effect once, and goes on from `done`
    when it takes a job over from a worker that died.
    """

    job: Job
    clock: Callable[[], dt.datetime]
    done: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    failures: list[dict[str, str]] = field(default_factory=list)
    part_kind: str = ""
    parts: Sequence[Part] = ()

    @classmethod
    def of(cls, job: Job, clock: Callable[[], dt.datetime]) -> Progress:
        """Return the progress of a claimed job as it stands."""
        return cls(job=job, clock=clock, done=job.done, counts=dict(job.counts), failures=list(job.failures))

    def start(self, total: int) -> None:
        """Say how many steps the job has, and begin with none done."""
        self.done, self.counts, self.failures = 0, {}, []
        self._write(total=total, done=0)

    def expect(self, total: int) -> None:
        """Say anew how many steps the job has, where that shows only as it goes; what is done stays."""
        self._write(total=total)

    def step(self, done: int, **counts: int) -> None:
        """Say how many steps are done and add to the counts.

        Raises:
            LeaseLost: another worker holds the job now.
        """
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        self._write(done=done)
        self.done = done

    def fail_row(self, row: str, reason: str, *, label: str = "", key: object = "") -> None:
        """Keep a row that could not be handled, with the reason for people; the job goes on.

        `label` and `key` name the stored row behind it ("funds.ProfitDeclaration", 12), where there is one.
        """
        if len(self.failures) < MAX_FAILURES_KEPT:
            found = {"object": label, "key": str(key)} if label else {}
            self.failures.append({"row": row, "reason": reason, **found})

    def hand_out(self, kind: str, parts: Sequence[Part]) -> None:
        """Leave the rest to parts of this kind, which begin when the handler returns; the job is done when they are."""
        self.part_kind, self.parts = kind, parts

    def _write(self, **changes: Any) -> None:
        changes |= {"counts": self.counts, "failures": self.failures, "lease_until": self.clock() + lease()}
        if not Job.objects.filter(pk=self.job.pk, lease_token=self.job.lease_token).update(**changes):
            raise LeaseLost
        self.job.total = changes.get("total", self.job.total)


Handler = Callable[[Progress, dict[str, Any]], None]
_HANDLERS: dict[str, Handler] = {}


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
                attempts__lt=MAX_CLAIMS,
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
    mark("jobs.claimed")
    return job


def run(*, by: User, job: Job, clock: Callable[[], dt.datetime]) -> Job:
    """Run a claimed job to its end and write down what came of it.

    A failure queues it again with a doubling wait, up to five attempts; then it stays FAILED for people to see and
    retry. A job that was taken over by another worker is left alone.
    """
    del by
    progress = Progress.of(job, clock)
    try:
        _HANDLERS[job.kind](progress, job.parameters)
    except LeaseLost:
        logger.warning("job lease lost", extra={"job": str(job.pk)})
        return job
    except Exception as error:
        logger.exception("job failed", extra={"job": str(job.pk), "kind": job.kind})
        _finish(job, clock(), progress, error=repr(error)[:2000])
    else:
        mark("jobs.handled")
        _finish(job, clock(), progress)
    job.refresh_from_db()
    return job


def _finish(job: Job, now: dt.datetime, progress: Progress, error: str = "") -> None:
    """Write the end of one attempt, if this worker still holds the lease, and wake or end what depends on it."""
    changes: dict[str, Any] = {
        "counts": progress.counts,
        "failures": progress.failures,
        "lease_token": None,
        "lease_until": None,
        "last_error": error,
    }
    if error and job.attempts < MAX_ATTEMPTS:
        changes |= {"status": JobStatus.QUEUED, "due_at": now + dt.timedelta(seconds=2**job.attempts)}
    elif error:
        changes |= {"status": JobStatus.FAILED, "finished_at": now}
    elif not progress.parts:
        changes |= {"status": JobStatus.DONE, "finished_at": now, "done": job.total}
    with transaction.atomic():
        held = Job.objects.filter(pk=job.pk, lease_token=job.lease_token).update(**changes)
        if held and not error and progress.parts:
            _begin_parts(job, now, progress)
        if held and job.parent_id is not None and changes.get("finished_at"):
            _finish_parent(job.parent_id, now)


def _begin_parts(job: Job, now: dt.datetime, progress: Progress) -> None:
    """Queue the parts; the job itself stays running without a lease until the last of them ends."""
    Job.objects.bulk_create(
        Job(
            kind=progress.part_kind,
            parent=job,
            parameters=dict(part.parameters),
            total=part.total,
            requested_by_id=job.requested_by_id,
            requested_at=job.requested_at,
            due_at=now,
        )
        for part in progress.parts
    )


def _finish_parent(pk: uuid.UUID, now: dt.datetime) -> None:
    """End the whole when its last part has ended; the lock makes two last parts take turns."""
    parent = Job.objects.select_for_update().get(pk=pk)
    states = set(parent.parts.values_list("status", flat=True))
    if parent.status == JobStatus.RUNNING and not states.intersection(UNFINISHED):
        parent.status = JobStatus.FAILED if JobStatus.FAILED in states else JobStatus.DONE
        parent.finished_at = now
        parent.save(update_fields=["status", "finished_at"])


def run_due(*, by: User, clock: Callable[[], dt.datetime], limit: int = 10) -> int:
    """Claim and run due jobs, at most `limit` and none after two minutes; return how many were run."""
    began = clock()
    _give_up(began)
    for count in range(limit):
        job = claim(by=by, now=clock()) if clock() - began < LONGEST_WAKE else None
        if job is None:
            return count
        run(by=by, job=job, clock=clock)
    return limit


def _give_up(now: dt.datetime) -> None:
    """Fail the jobs whose worker has died again and again, so that people see them."""
    killers = Job.objects.filter(status=JobStatus.RUNNING, lease_until__lt=now, attempts__gte=MAX_CLAIMS)
    for job in killers:
        with transaction.atomic():
            changes = {"status": JobStatus.FAILED, "finished_at": now, "lease_token": None, "lease_until": None}
            held = Job.objects.filter(pk=job.pk, lease_token=job.lease_token).update(
                **changes, last_error="its worker died every time"
            )
            if held and job.parent_id is not None:
                _finish_parent(job.parent_id, now)


def retry(*, by: User, job: Job, now: dt.datetime) -> Job:
    """Start a finished or failed job again; its effects are keyed, so nothing happens twice.

    Raises:
        JobStillRunning: the job waits or runs.
    """
    del by
    with transaction.atomic():
        changed = Job.objects.filter(pk=job.pk, status__in=[JobStatus.DONE, JobStatus.FAILED]).update(
            status=JobStatus.QUEUED,
            due_at=now,
            attempts=0,
            done=0,
            counts={},
            failures=[],
            finished_at=None,
            last_error="",
        )
        if not changed:
            raise JobStillRunning
        job.parts.all().delete()
    job.refresh_from_db()
    return job
