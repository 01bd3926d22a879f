"""The story of the loop, told by the product's own operations: a matter, a vote, money, delivery, a published account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import funds.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
import projects.tasks  # noqa: F401 - the same
from consultation.ballots.models import Ballot
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from funds.spending.models import Payment, SpendingRequest
from funds.spending.papers.models import EmergencyRelief, Refund
from governance.accounts.queries import system_actor
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.jobs import operations as jobs
from governance.portal.demonstration import delivery, loop, money, relieving, steps, tasks
from governance.portal.demonstration.steps import Scene
from projects.contracts.models import Contract
from projects.evaluation import operations as evaluation
from projects.evaluation.models import EvaluationPlan

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(db: Any) -> Scene:
    del db
    scene = Scene(now=clock.now())
    for step in (
        steps.open_district,
        steps.open_calendar,
        steps.publish_rules,
        steps.seat_officials,
        steps.register_residents,
    ):
        step(scene)
    money.open_charity(scene.ago(180))
    money.open_funds(scene.ago(180))
    money.receive_donations(scene.ago(160))
    return scene


def test_a_matter_becomes_money_work_and_a_published_account(scene: Scene) -> None:
    for tell in tasks.LOOP_STEPS:
        tell(scene)

    result = Ballot.objects.get(question=loop.QUESTION).result
    assert (result.entitled, result.cast, result.winner, result.is_passed) == (35, 29, 1, True)
    assert Decision.objects.get(topic__title=loop.TOPIC_TITLE).status == "ACCEPTED"
    assert Matter.objects.get(title=loop.MATTER_TITLE).status == "ANSWERED"
    request = SpendingRequest.objects.get(title=delivery.REQUEST_TITLE)
    assert (request.status, request.amount) == ("COMPLETED", loop.COST)
    paid = Payment.objects.filter(request=request, status="PAID")
    assert sum((row.amount for row in paid), Decimal(0)) == delivery.CONTRACT_AMOUNT
    assert Contract.objects.get(title=delivery.REQUEST_TITLE).status == "ACCEPTED"


def test_relief_comes_first_and_is_ratified(scene: Scene) -> None:
    for tell in tasks.LOOP_STEPS:
        tell(scene)

    relief = EmergencyRelief.objects.select_related("request").get()
    assert (relief.status, relief.request.status, relief.amount) == ("RATIFIED", "COMPLETED", relieving.RELIEF)
    assert relief.judged_at is not None
    assert relief.judged_at.date() <= relief.due_on
    assert Payment.objects.get(request=relief.request).paid_at < relief.judged_at
    refund = Refund.objects.get()
    assert (refund.status, refund.amount) == ("POSTED", relieving.GIVEN_BACK)
    assert SpendingRequest.objects.get(title=relieving.REFUSED_TITLE).status == "DRAFT"


def test_every_step_twice_changes_nothing(scene: Scene) -> None:
    for tell in tasks.LOOP_STEPS:
        tell(scene)
    written = AuditEntry.objects.count()
    for tell in tasks.LOOP_STEPS:
        tell(scene)

    assert AuditEntry.objects.count() == written


def test_the_account_is_published_after_its_notice(scene: Scene) -> None:
    for tell in tasks.LOOP_STEPS:
        tell(scene)
    assert not delivery.is_computed()
    _close_and_compute(scene)
    assert delivery.is_computed()

    days = delivery.publicise(scene)
    delivery.push(scene.ago(-days))

    plan = EvaluationPlan.objects.get(title=delivery.EVALUATION_TITLE)
    assert plan.status == "PUSHED"
    result = plan.results.get()
    assert (result.invited, result.answers) == (38, 36)
    assert result.score is not None


def _close_and_compute(scene: Scene) -> None:
    evaluation.close_due(by=system_actor(), now=scene.now, today=scene.today)
    evaluation.compute_due(by=system_actor(), now=scene.now)
    while jobs.run_due(by=system_actor(), clock=lambda: scene.now):
        pass
