"""The planning job: by a worker that dies, by several at once, by Celery; and what each minute queues."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

import funds.tasks
from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.enterprises.models import ProfitDeclaration
from funds.reinvestment import operations
from funds.reinvestment.models import ReinvestmentOrder, ReinvestmentRun
from funds.reinvestment.planner import CELL, pending_cells
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.celery import app
from governance.jobs import operations as jobs
from governance.jobs.models import Job
from governance.outbox.models import OutboxEvent
from tests.factories.communities import ENTERED_AT
from tests.factories.funds_enterprises import EnterpriseFactory
from tests.factories.funds_reinvestment import declare, make_policy, open_fund
from tests.people import desk_client
from tests.workers import LEASE, ROOT, WORKER, Nursery, environment, finish, start, survive

assert funds.tasks  # its import registers what does the jobs

POINTS = [
    "jobs.claimed",
    "reinvestment.plan.begun",
    "reinvestment.plan.listed",
    "jobs.handled",
    "reinvestment.plan.chunk",
    "reinvestment.plan.locked",
    "reinvestment.plan.inserted",
    "reinvestment.plan.recorded",
    "reinvestment.plan.reported",
    "reinvestment.plan.committed",
]


def spread_declarations(division: Division, fund: CommunityFund, count: int) -> list[int]:
    """Make audited declarations of 1,000 yuan profit, each in a cell of its own; each gives 600.00 to the fund."""
    make_policy(division=division, destinations=[(fund, "1")])
    enterprises = [EnterpriseFactory(division=division, legal_form="VILLAGE_COLLECTIVE") for _number in range(count)]
    return [
        declare(enterprise, id=number * CELL, net_profit=Decimal(1000)).pk
        for number, enterprise in enumerate(enterprises, start=1)
    ]


def assert_planned_once(ids: list[int]) -> None:
    """Every declaration has one run with its steps, one order, one event."""
    runs = ReinvestmentRun.objects.filter(declaration__in=ids).prefetch_related("steps", "orders")
    assert sorted(run.declaration_id for run in runs) == sorted(ids)
    for run in runs:
        assert [step.number for step in sorted(run.steps.all(), key=lambda step: step.number)] == list(range(1, 7))
        assert [order.amount for order in run.orders.all()] == [Decimal("600.00")]
    keys = Counter(OutboxEvent.objects.filter(topic="funds.order.proposed").values_list("object_key", flat=True))
    assert keys == {str(pk): 1 for pk in ReinvestmentOrder.objects.values_list("pk", flat=True)}
    recorded = AuditEntry.objects.filter(verb="funds.run.planned").values_list("after", flat=True)
    assert sum(after["planned"] for after in recorded) == len(ids)


def counted(kind: str) -> Counter[str]:
    """Add up what the jobs of a kind say that they have done."""
    total: Counter[str] = Counter()
    for counts in Job.objects.filter(kind=kind).values_list("counts", flat=True):
        total.update(counts)
    return +total  # without the zeros


@pytest.fixture
def ids(community: Division, fund: CommunityFund) -> list[int]:
    """Twelve declarations in twelve cells: two parts."""
    return spread_declarations(community, fund, 12)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_time", [0, *(pytest.param(time, marks=pytest.mark.nightly) for time in range(1, 11))])
def test_a_worker_killed_at_ten_points_leaves_the_effect_exactly_once(
    _time: int, ids: list[int], system: User, nursery: Nursery
) -> None:
    """One job survives ten deaths, at each marked point one. Several seconds: eleven processes."""
    operations.request_planning(by=system, now=ENTERED_AT, today=ENTERED_AT.date())

    def check(point: str) -> None:
        planned = set(ReinvestmentRun.objects.values_list("declaration_id", flat=True))
        assert ReinvestmentOrder.objects.count() == len(planned), point

    survive(nursery, WORKER, POINTS, check)

    assert_planned_once(ids)
    assert {job.status for job in Job.objects.all()} == {"DONE"}
    assert counted("reinvestment.plan.part") == {"planned": 12, "ordered": 12}


@pytest.mark.django_db(transaction=True)
def test_three_processes_share_one_run(ids: list[int], system: User) -> None:
    """Several seconds: three processes start."""
    operations.request_planning(by=system, now=ENTERED_AT, today=ENTERED_AT.date())

    processes = [start() for _number in range(3)]
    codes = [finish(process) for process in processes]

    assert codes == [0, 0, 0]
    assert_planned_once(ids)
    assert counted("reinvestment.plan.part") == {"planned": 12, "ordered": 12}


@pytest.mark.django_db(transaction=True)
def test_celery_wakes_and_the_job_is_done(ids: list[int]) -> None:
    """Several seconds: a real Celery worker starts."""
    queue = f"test-{time.time_ns()}"
    command = [sys.executable, "-m", "celery", "-A", "governance.celery", "-q", "worker", "-P", "solo", "-Q", queue]
    worker = subprocess.Popen(
        [*command, "--without-mingle", "--without-gossip", "--loglevel", "error"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with app.connection_for_write() as broker:
            for task in ("reinvestment.plan", "jobs.run_due", "jobs.run_due"):
                app.send_task(task, queue=queue, connection=broker)
        until = time.monotonic() + 60
        while Job.objects.exclude(status="DONE").exists() or not Job.objects.exists():
            assert time.monotonic() < until, list(Job.objects.values("kind", "status", "last_error"))
            time.sleep(0.2)
    finally:
        worker.terminate()
        worker.wait(timeout=30)

    assert_planned_once(ids)


def run_everything(by: User, now: dt.datetime) -> None:
    """Run what is due in this process."""
    while jobs.run_due(by=by, clock=lambda: now):
        pass


def test_the_whole_job_in_one_process(ids: list[int], system: User, now: dt.datetime) -> None:
    queued = operations.request_planning(by=system, now=now, today=now.date())

    run_everything(system, now)

    assert_planned_once(ids)
    whole = Job.objects.get(pk=queued[0].pk)
    assert (whole.status, whole.parts.count(), whole.finished_at) == ("DONE", 3, now)


def test_every_minute_is_harmless(ids: list[int], system: User, now: dt.datetime) -> None:
    """A run a day over everything; one more when something was audited lately; none when nothing changes."""
    first = operations.request_planning(by=system, now=now, today=now.date())
    assert [job.pk for job in operations.request_planning(by=system, now=now, today=now.date())] == [first[0].pk]
    run_everything(system, now)
    ProfitDeclaration.objects.filter(pk=ids[0]).update(audited_at=now)
    assert len(operations.request_planning(by=system, now=now, today=now.date())) == 1

    enterprise = EnterpriseFactory(division=ReinvestmentRun.objects.earliest("id").enterprise.division)
    late = declare(enterprise, net_profit=Decimal(500))
    ProfitDeclaration.objects.filter(pk=late.pk).update(audited_at=now)
    later = [operations.request_planning(by=system, now=now, today=now.date()) for _minute in range(2)]

    assert [[job.pk for job in queued] for queued in later] == [[first[0].pk, later[0][1].pk]] * 2
    run_everything(system, now)
    assert pending_cells() == []
    tomorrow = now + dt.timedelta(days=1)
    assert operations.request_planning(by=system, now=tomorrow, today=tomorrow.date())[0].status == "QUEUED"


def test_a_new_policy_makes_a_new_run(community: Division, house: Any, system: User, now: dt.datetime) -> None:
    """Without a policy the row is named; the approval of one brings the run that plans it."""
    declare(EnterpriseFactory(division=community, name="无办法企业"), net_profit=Decimal(1000))
    operations.request_planning(by=system, now=now, today=now.date())
    run_everything(system, now)
    [part] = Job.objects.filter(kind="reinvestment.plan.part")
    assert (part.status, part.counts["without_policy"]) == ("DONE", 1)
    assert [failure["row"] for failure in part.failures] == ["无办法企业"]
    assert "2025-12-31" in part.failures[0]["reason"]

    make_policy(division=community, destinations=[(open_fund(community, house.charity), "1")])
    operations.request_planning(by=system, now=now, today=now.date())
    run_everything(system, now)

    assert ReinvestmentRun.objects.get().outcome == "ORDERED"


@pytest.mark.django_db(transaction=True)
def test_a_retry_on_the_desk_after_a_death_does_nothing_twice(
    ids: list[int], system: User, district_admin: User
) -> None:
    """A worker dies in the middle, the page shows it live, a second run ends it, a third is harmless. Three processes."""
    whole, *_more = operations.request_planning(by=system, now=ENTERED_AT, today=ENTERED_AT.date())
    client = desk_client(district_admin)
    page, again = f"/desk/jobs/job/{whole.pk}/change/", f"/desk/jobs/job/{whole.pk}/deeds/retry/"

    assert finish(start(JOBS_KILL_AT="reinvestment.plan.inserted")) == -signal.SIGKILL
    running = client.get(page)
    refused = client.post(again, follow=True)
    assert (running.status_code, running["Refresh"]) == (200, "3")
    assert Job.objects.get(pk=whole.pk).status in {"QUEUED", "RUNNING"}
    assert refused.status_code == 200
    assert finish(start(AHEAD=str(LEASE))) == 0
    before = list(ReinvestmentOrder.objects.order_by("pk").values_list("pk", "amount", "reference"))
    done = client.get(page)
    client.post(again)
    assert Job.objects.get(pk=whole.pk).status == "QUEUED"
    assert finish(start(AHEAD=str(2 * LEASE))) == 0

    assert "Refresh" not in done
    assert Job.objects.get(pk=whole.pk).status == "DONE"
    assert [part.counts for part in Job.objects.filter(parent=whole) if part.counts] == []
    assert list(ReinvestmentOrder.objects.order_by("pk").values_list("pk", "amount", "reference")) == before
    assert_planned_once(ids)


def test_the_desk_names_what_failed_and_leads_to_it(
    community: Division, district_admin: User, system: User, now: dt.datetime
) -> None:
    declaration = declare(EnterpriseFactory(division=community, name="无办法企业"), net_profit=Decimal(1000))
    [whole, *_more] = operations.request_planning(by=system, now=now, today=now.date())
    run_everything(system, now)

    text = desk_client(district_admin).get(f"/desk/jobs/job/{whole.pk}/change/").content.decode()

    assert "无办法企业" in text
    assert f"/desk/funds/profitdeclaration/{declaration.pk}/change/" in text
    assert "1. " in text


def test_a_retry_does_nothing_twice(ids: list[int], system: User, now: dt.datetime) -> None:
    [whole] = operations.request_planning(by=system, now=now, today=now.date())
    run_everything(system, now)

    jobs.retry(by=system, job=whole, now=now)
    run_everything(system, now)

    assert_planned_once(ids)
    assert Job.objects.get(pk=whole.pk).status == "DONE"
    assert Job.objects.filter(parent=whole).count() == 0
