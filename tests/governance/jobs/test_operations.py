"""Jobs: keys, claims, leases, take-over, failures, parts, retry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from governance.accounts.models import User
from governance.jobs import operations
from governance.jobs.models import Job
from governance.jobs.operations import LeaseLost, Part, Progress
from tests.factories.accounts import UserFactory

KIND = "test.kind"
PIECE = "test.piece"
Handler = Callable[[Progress, dict[str, Any]], None]


class Clock:
    """A clock that a test moves by hand."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_by(self, seconds: float) -> dt.datetime:
        self.now += dt.timedelta(seconds=seconds)
        return self.now


@pytest.fixture
def clock(now: dt.datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def by(db: None) -> User:
    made: User = UserFactory()
    return made


@pytest.fixture
def handle() -> Iterator[Callable[..., None]]:
    """Register a handler for the time of the test."""
    before = dict(operations._HANDLERS)

    def register(handler: Handler, kind: str = KIND) -> None:
        operations.handles(kind)(handler)

    register(lambda progress, parameters: None)
    yield register
    operations._HANDLERS.clear()
    operations._HANDLERS.update(before)


def run_due(by: User, clock: Clock) -> int:
    return operations.run_due(by=by, clock=clock)


def test_a_key_is_queued_once(by: User, now: dt.datetime) -> None:
    first = operations.enqueue(by=by, kind=KIND, now=now, key="a", parameters={"x": 1})
    again = operations.enqueue(by=by, kind=KIND, now=now, key="a", parameters={"x": 2})
    other = operations.enqueue(by=by, kind=KIND, now=now, parameters={"x": 1})

    assert (first.pk, first.parameters) == (again.pk, {"x": 1})
    assert other.pk != first.pk
    assert (first.status, first.due_at) == ("QUEUED", now)


def test_a_job_runs_to_its_end(by: User, clock: Clock, handle: Callable[..., None]) -> None:
    def work(progress: Progress, parameters: dict[str, Any]) -> None:
        progress.start(parameters["steps"])
        for number in range(parameters["steps"]):
            progress.step(number + 1, made=2)
        progress.fail_row("第3行", "not a date")

    handle(work)
    job = operations.enqueue(by=by, kind=KIND, now=clock.now, parameters={"steps": 3})

    assert run_due(by, clock) == 1

    job.refresh_from_db()
    assert (job.status, job.done, job.total, job.counts) == ("DONE", 3, 3, {"made": 6})
    assert job.failures == [{"row": "第3行", "reason": "not a date"}]
    assert (job.attempts, job.started_at, job.finished_at) == (1, clock.now, clock.now)
    assert (job.lease_token, job.lease_until, job.percent) == (None, None, 100)


def test_what_is_not_due_or_not_ours_is_left_alone(by: User, clock: Clock, handle: Callable[..., None]) -> None:
    operations.enqueue(by=by, kind=KIND, now=clock.now, due_at=clock.now + dt.timedelta(seconds=1))
    operations.enqueue(by=by, kind="somebody.elses", now=clock.now)

    assert run_due(by, clock) == 0
    clock.pass_by(1)
    assert run_due(by, clock) == 1


def test_the_oldest_comes_first(by: User, clock: Clock, handle: Callable[..., None]) -> None:
    younger = operations.enqueue(by=by, kind=KIND, now=clock.now)
    older = operations.enqueue(by=by, kind=KIND, now=clock.now, due_at=clock.now - dt.timedelta(days=1))

    claimed = [operations.claim(by=by, now=clock.now) for _number in range(3)]

    assert claimed == [older, younger, None]


def test_a_silent_workers_job_is_taken_over(by: User, clock: Clock, handle: Callable[..., None]) -> None:
    operations.enqueue(by=by, kind=KIND, now=clock.now)
    first = operations.claim(by=by, now=clock.now)
    assert first is not None
    lease = operations.lease().total_seconds()

    assert operations.claim(by=by, now=clock.pass_by(lease)) is None
    second = operations.claim(by=by, now=clock.pass_by(0.001))

    assert second is not None
    assert (second.pk, second.attempts) == (first.pk, 2)
    assert second.lease_token != first.lease_token


def test_each_step_is_a_heartbeat(by: User, clock: Clock, handle: Callable[..., None]) -> None:
    operations.enqueue(by=by, kind=KIND, now=clock.now)
    job = operations.claim(by=by, now=clock.now)
    assert job is not None
    progress = Progress.of(job, clock)
    progress.start(2)
    for number in (1, 2):
        clock.pass_by(operations.lease().total_seconds())
        progress.step(number)

    assert operations.claim(by=by, now=clock.now) is None


def test_the_old_worker_writes_nothing_after_a_take_over(by: User, clock: Clock, handle: Callable[..., None]) -> None:
    job = operations.enqueue(by=by, kind=KIND, now=clock.now)

    def taken_over_meanwhile(progress: Progress, parameters: dict[str, Any]) -> None:
        progress.start(2)
        progress.step(1, made=1)
        clock.pass_by(operations.lease().total_seconds() + 1)
        taken = operations.claim(by=by, now=clock.now)
        assert taken is not None
        assert (taken.done, taken.counts) == (1, {"made": 1})
        progress.step(2, made=1)

    handle(taken_over_meanwhile)
    claimed = operations.claim(by=by, now=clock.now)
    assert claimed is not None
    operations.run(by=by, job=claimed, clock=clock)

    job.refresh_from_db()
    assert (job.status, job.attempts, job.done, job.counts) == ("RUNNING", 2, 1, {"made": 1})


def test_a_lost_lease_undoes_the_effect_of_its_transaction(by: User, clock: Clock, handle: Callable[..., None]) -> None:
    operations.enqueue(by=by, kind=KIND, now=clock.now)
    job = operations.claim(by=by, now=clock.now)
    assert job is not None
    Job.objects.filter(pk=job.pk).update(lease_token=None)

    def effect_with_progress() -> None:
        with transaction.atomic():
            UserFactory(username="effect")
            Progress.of(job, clock).step(1)

    with pytest.raises(LeaseLost):
        effect_with_progress()

    assert not User.objects.filter(username="effect").exists()


def test_a_failure_waits_longer_each_time_and_ends_after_five(
    by: User, clock: Clock, handle: Callable[..., None]
) -> None:
    def fail(progress: Progress, parameters: dict[str, Any]) -> None:
        message = "no disk"
        raise OSError(message)

    handle(fail)
    job = operations.enqueue(by=by, kind=KIND, now=clock.now)
    waits = []

    for _attempt in range(5):
        assert run_due(by, clock) == 1
        job.refresh_from_db()
        waits.append((job.due_at - clock.now).total_seconds() if job.status == "QUEUED" else job.status)
        clock.now = max(clock.now, job.due_at)

    assert waits == [2, 4, 8, 16, "FAILED"]
    assert "no disk" in job.last_error
    assert run_due(by, clock) == 0


def test_a_job_that_kills_its_workers_is_given_up(by: User, clock: Clock, handle: Callable[..., None]) -> None:
    handle(lambda progress, _parameters: progress.hand_out(PIECE, [Part({}, total=1)]))
    handle(lambda progress, _parameters: None, PIECE)
    whole = operations.enqueue(by=by, kind=KIND, now=clock.now)
    operations.run(by=by, job=operations.claim(by=by, now=clock.now) or whole, clock=clock)
    for _death in range(operations.MAX_CLAIMS):
        assert operations.claim(by=by, now=clock.now) is not None
        clock.pass_by(operations.lease().total_seconds() + 1)

    assert run_due(by, clock) == 0

    assert set(Job.objects.values_list("status", flat=True)) == {"FAILED"}


def test_parts_are_done_by_anybody_and_end_the_whole(by: User, clock: Clock, handle: Callable[..., None]) -> None:
    handle(lambda progress, _parameters: progress.hand_out(PIECE, [Part({"n": n}, total=2) for n in range(3)]))
    handle(lambda progress, parameters: progress.step(2, made=parameters["n"]), PIECE)
    whole = operations.enqueue(by=by, kind=KIND, now=clock.now)
    states = []

    for _job in range(4):
        operations.run(by=by, job=operations.claim(by=by, now=clock.now) or whole, clock=clock)
        whole.refresh_from_db()
        states.append(whole.status)

    assert states == ["RUNNING", "RUNNING", "RUNNING", "DONE"]
    assert sorted(part.counts["made"] for part in whole.parts.all()) == [0, 1, 2]
    assert whole.finished_at == clock.now


def test_a_failed_part_fails_the_whole(by: User, clock: Clock, handle: Callable[..., None]) -> None:
    def fail(progress: Progress, parameters: dict[str, Any]) -> None:
        if parameters["n"]:
            message = "no"
            raise OSError(message)

    handle(lambda progress, _parameters: progress.hand_out(PIECE, [Part({"n": n}, total=1) for n in range(2)]))
    handle(fail, PIECE)
    whole = operations.enqueue(by=by, kind=KIND, now=clock.now)
    for _round in range(6):
        run_due(by, clock)
        clock.pass_by(60)

    whole.refresh_from_db()
    assert whole.status == "FAILED"
    assert sorted(whole.parts.values_list("status", flat=True)) == ["DONE", "FAILED"]


def test_only_an_ended_job_is_started_again(by: User, clock: Clock, handle: Callable[..., None]) -> None:
    job = operations.enqueue(by=by, kind=KIND, now=clock.now)
    with pytest.raises(operations.JobStillRunning):
        operations.retry(by=by, job=job, now=clock.now)
    run_due(by, clock)

    again = operations.retry(by=by, job=job, now=clock.now)

    assert (again.status, again.attempts, again.finished_at) == ("QUEUED", 0, None)
    assert run_due(by, clock) == 1


def test_a_worker_takes_nothing_more_after_two_minutes(by: User, clock: Clock, handle: Callable[..., None]) -> None:
    handle(lambda progress, parameters: clock.pass_by(61) and None)
    for _job in range(5):
        operations.enqueue(by=by, kind=KIND, now=clock.now)

    assert run_due(by, clock) == 2


def test_names_are_checked_by_the_database(by: User, clock: Clock) -> None:
    job = operations.enqueue(by=by, kind=KIND, now=clock.now)
    for name, values in {"job_status_is_known": {"status": "LOST"}, "job_done_within_total": {"done": 1}}.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Job.objects.filter(pk=job.pk).update(**values)


@pytest.mark.django_db(transaction=True)
def test_claims_in_parallel_take_each_job_once(by: User, now: dt.datetime, handle: Callable[..., None]) -> None:
    queued = [operations.enqueue(by=by, kind=KIND, now=now).pk for _number in range(10)]

    def claim_all() -> list[Any]:
        found = []
        while job := operations.claim(by=by, now=now):
            found.append(job.pk)
        connection.close()
        return found

    with ThreadPoolExecutor(4) as pool:
        claims = [pk for found in [pool.submit(claim_all) for _worker in range(4)] for pk in found.result()]

    assert sorted(claims) == sorted(queued)


@pytest.mark.django_db(transaction=True)
def test_the_last_two_parts_end_the_whole_together(by: User, now: dt.datetime, handle: Callable[..., None]) -> None:
    clock = Clock(now)
    handle(lambda progress, _parameters: progress.hand_out(PIECE, [Part({}, total=1) for _n in range(8)]))
    handle(lambda progress, _parameters: progress.step(1), PIECE)
    whole = operations.enqueue(by=by, kind=KIND, now=now)
    operations.run(by=by, job=operations.claim(by=by, now=now) or whole, clock=clock)

    def work() -> int:
        done = operations.run_due(by=by, clock=clock)
        connection.close()
        return done

    with ThreadPoolExecutor(4) as pool:
        assert sum(found.result() for found in [pool.submit(work) for _worker in range(4)]) == 8

    whole.refresh_from_db()
    assert whole.status == "DONE"
