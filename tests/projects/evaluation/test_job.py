"""The computing job: by a worker that dies, by several at once, by Celery's task; and by parallel answers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

import projects.tasks
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.jobs import operations as jobs
from governance.jobs.models import Job
from governance.outbox.models import OutboxEvent
from projects.evaluation import operations
from projects.evaluation import tasks as entry_points
from projects.evaluation.models import EvaluationPlan, EvaluationResult
from tests.factories.communities import ENTERED_AT, DivisionFactory
from tests.factories.projects_evaluation import PlanFactory, closed_plan
from tests.workers import WORKER, Nursery, finish, start, survive

assert projects.tasks  # its import registers what does the jobs

POINTS = [
    "jobs.claimed",
    "evaluation.compute.begun",
    "evaluation.compute.listed",
    "jobs.handled",
    "evaluation.compute.chunk",
    "evaluation.compute.locked",
    "evaluation.compute.counted",
    "evaluation.compute.inserted",
    "evaluation.compute.moved",
    "evaluation.compute.reported",
    "evaluation.compute.committed",
]


@pytest.fixture
def plans(db: None) -> list[int]:
    division = DivisionFactory()
    return [closed_plan(division=division).pk for _number in range(3)]


def assert_computed_once(plans: list[int]) -> None:
    """Every plan has one result, one entry in the trail, one event."""
    assert sorted(EvaluationResult.objects.values_list("plan", flat=True)) == sorted(plans)
    assert set(EvaluationPlan.objects.filter(pk__in=plans).values_list("status", flat=True)) == {"COMPUTED"}
    keys = sorted(str(plan) for plan in plans)
    assert (
        sorted(OutboxEvent.objects.filter(topic="projects.evaluation.computed").values_list("object_key", flat=True))
        == keys
    )
    entries = AuditEntry.objects.filter(verb="projects.evaluation.computed")
    assert sorted(entries.values_list("object_key", flat=True)) == keys


def counts() -> dict[str, Any]:
    found: dict[str, Any] = Job.objects.get(kind="evaluation.compute.part").counts
    return found


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_at_eleven_points_leaves_exactly_one_result(
    plans: list[int], system: User, nursery: Nursery
) -> None:
    """One job survives eleven deaths, at each marked point one. Several seconds: twelve processes."""
    operations.compute_due(by=system, now=ENTERED_AT)

    def check(point: str) -> None:
        done = EvaluationResult.objects.count()
        assert EvaluationPlan.objects.filter(status="COMPUTED").count() == done, point

    survive(nursery, WORKER, POINTS, check)

    assert_computed_once(plans)
    assert set(Job.objects.values_list("status", flat=True)) == {"DONE"}
    assert counts() == {"computed": 3, "without_grade": 0}


@pytest.mark.django_db(transaction=True)
def test_two_processes_share_one_run(plans: list[int], system: User) -> None:
    """Several seconds: two processes start."""
    operations.compute_due(by=system, now=ENTERED_AT)

    processes = [start() for _number in range(2)]
    codes = [finish(process) for process in processes]

    assert codes == [0, 0]
    assert_computed_once(plans)


def test_the_clock_does_everything_when_the_days_are_over(db: None, system: User, monkeypatch: Any) -> None:
    """From the beat's entry point to the result, and nothing more when it is repeated."""
    plan = PlanFactory(closes_on=dt.date(2026, 3, 7))
    at = dt.datetime(2026, 3, 8, 0, 5, tzinfo=timezone.get_default_timezone())
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)

    for _minute in range(3):
        entry_points.tick()
        jobs.run_due(by=system, clock=lambda: at)
        jobs.run_due(by=system, clock=lambda: at)
    assert entry_points.settle() == 0

    plan.refresh_from_db()
    assert (plan.status, plan.results.get().grade) == ("COMPUTED", "INSUFFICIENT")
    assert Job.objects.filter(kind="evaluation.compute").count() == 1


def test_a_retry_does_nothing_twice(plans: list[int], system: User) -> None:
    whole = operations.compute_due(by=system, now=ENTERED_AT)
    assert whole is not None
    for _time in range(2):
        while jobs.run_due(by=system, clock=lambda: ENTERED_AT):
            pass
        assert_computed_once(plans)
        if Job.objects.get(pk=whole.pk).counts == {} and Job.objects.filter(parent=whole).exists():
            jobs.retry(by=system, job=whole, now=ENTERED_AT)
