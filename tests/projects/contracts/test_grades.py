"""What the grade of a contract's evaluation means for its last instalment, and which evaluation a contract names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.lifecycle import ReasonMissing, SamePerson
from projects.contracts import evaluating, operations, refusals
from projects.contracts.models import Contract
from projects.contracts.queries import rest_waits_for
from projects.evaluation.models import EvaluationPlan
from tests.factories.projects_evaluation import PlanFactory, judged
from tests.people import session_client
from tests.projects.contracts.conftest import deliver, opine
from tests.projects.contracts.test_operations import pay
from tests.walls import alone

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]


def ended(contract: Contract, grade: str) -> EvaluationPlan:
    """An evaluation of the contract's work whose result stands."""
    return judged(contract.organization, contract.division, grade, dt.date(2026, 3, 1))


@pytest.fixture
def accepted(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> Contract:
    """A contract that was accepted, its first half paid."""
    row = walk("RUNNING")
    pay(people, now, operations.release_instalment(by=people.street_officer, now=now, contract=row, number=1))
    row = deliver(people, now, row)
    opine(people, now, row, "+++++")
    return operations.accept_contract(by=people.supervisor, now=now, contract=row)


def test_the_last_instalment_waits_for_a_failed_evaluation_until_the_street_decides(
    people: SimpleNamespace, now: dt.datetime, accepted: Contract
) -> None:
    by: dict[str, Any] = {"now": now, "contract": accepted}
    plan = ended(accepted, "FAIL")
    evaluating.attach_evaluation(by=people.street_officer, evaluation=plan, **by)
    accepted.refresh_from_db()

    with pytest.raises(refusals.InstalmentHeldByGrade, match=plan.title):
        operations.release_instalment(by=people.street_officer, number=2, **by)
    with pytest.raises(NotAllowed):
        evaluating.pay_despite_grade(by=people.street_officer, reason="已整改。", **by)
    with pytest.raises(ReasonMissing):
        evaluating.pay_despite_grade(by=people.street_reviewer, reason=" ", **by)
    page = session_client(people.street_reviewer).get(accepted.get_absolute_url()).content.decode()
    assert "acts/pay_despite_grade/" in page

    evaluating.pay_despite_grade(by=people.street_reviewer, reason="问题已整改并复查合格。", **by)
    accepted.refresh_from_db()

    assert "问题已整改并复查合格。" in Client().get(accepted.get_absolute_url()).content.decode()
    assert Client().get(f"/api/v1/contracts/{accepted.pk}").json()["despite_grade"] == "问题已整改并复查合格。"
    [entry] = AuditEntry.objects.filter(verb=evaluating.DESPITE_GRADE)
    assert entry.reason == "问题已整改并复查合格。"
    with pytest.raises(refusals.NothingHeldByGrade):
        evaluating.pay_despite_grade(by=people.street_reviewer, reason="再次", **by)
    assert operations.release_instalment(by=people.street_officer, number=2, **by).amount == Decimal("1400.00")


def test_who_decides_does_not_release(people: SimpleNamespace, now: dt.datetime, accepted: Contract) -> None:
    by: dict[str, Any] = {"by": people.district_admin, "now": now, "contract": accepted}
    evaluating.attach_evaluation(evaluation=ended(accepted, "FAIL"), **by)
    evaluating.pay_despite_grade(reason="已整改。", **by)

    with pytest.raises(SamePerson):
        operations.release_instalment(number=2, **by)


def test_it_waits_for_a_result_that_is_not_final_and_not_for_one_without_a_grade(
    people: SimpleNamespace, now: dt.datetime, accepted: Contract
) -> None:
    by: dict[str, Any] = {"by": people.street_officer, "now": now, "contract": accepted}
    running = PlanFactory(division=accepted.division, implementer=accepted.organization, walk=["COLLECTING"])
    evaluating.attach_evaluation(evaluation=running, **by)
    accepted.refresh_from_db()

    assert running.title in rest_waits_for(accepted)
    assert running.title in Client().get(accepted.get_absolute_url()).content.decode()
    assert running.title in Client().get(f"/api/v1/contracts/{accepted.pk}").json()["rest_waits_for"]
    with pytest.raises(refusals.InstalmentHeldByGrade):
        operations.release_instalment(number=2, **by)
    with pytest.raises(refusals.EvaluationUnfit, match=running.title):
        evaluating.attach_evaluation(evaluation=ended(accepted, "GOOD"), **by)


def test_the_next_evaluation_is_named_where_the_first_has_no_grade(
    people: SimpleNamespace, now: dt.datetime, accepted: Contract
) -> None:
    by: dict[str, Any] = {"by": people.street_officer, "now": now, "contract": accepted}
    first, second = ended(accepted, "INSUFFICIENT"), ended(accepted, "GOOD")
    Contract.objects.filter(pk=accepted.pk).update(evaluation=first)
    accepted.refresh_from_db()
    assert rest_waits_for(accepted) == ""

    row = evaluating.attach_evaluation(evaluation=second, **by)

    assert row.evaluation == second
    [entry] = AuditEntry.objects.filter(verb=evaluating.NAMED)
    assert (entry.before["evaluation"], entry.after["evaluation"]) == (first.pk, second.pk)
    with pytest.raises(refusals.EvaluationUnfit, match=second.title):
        evaluating.attach_evaluation(evaluation=ended(accepted, "GOOD"), **by)
    assert operations.release_instalment(number=2, **by).amount == Decimal("1400.00")


@pytest.mark.django_db(transaction=True)
def test_no_statement_pays_the_last_instalment_before_its_evaluation_is_passed(
    people: SimpleNamespace, now: dt.datetime, accepted: Contract, owner: Any
) -> None:
    by: dict[str, Any] = {"by": people.street_officer, "now": now, "contract": accepted}
    paid = operations.release_instalment(number=2, **by).pk
    running = PlanFactory(division=accepted.division, implementer=accepted.organization, walk=["COLLECTING"])
    cancelled = PlanFactory(division=accepted.division, implementer=accepted.organization, walk=["CANCELLED"])
    held = [running, ended(accepted, "FAIL")]
    free = [None, cancelled, ended(accepted, "INSUFFICIENT"), ended(accepted, "PASS")]
    again = (
        f"UPDATE projects_instalment SET payment_id = NULL WHERE payment_id = {paid};"
        f"UPDATE projects_instalment SET payment_id = {paid} WHERE contract_id = {accepted.pk} AND number = 2"
    )

    with owner():
        for plan in held:
            Contract.objects.filter(pk=accepted.pk).update(evaluation=plan)
            alone("wall_instalment_paid", again, says="instalment_last_waits_for_its_evaluation")
        for other in free:
            Contract.objects.filter(pk=accepted.pk).update(evaluation=other)
            with connection.cursor() as cursor:
                cursor.execute(again)
    Contract.objects.filter(pk=accepted.pk).update(evaluation=held[1])
    evaluating.pay_despite_grade(by=people.street_reviewer, now=now, contract=accepted, reason="已整改。")
    with owner(), connection.cursor() as cursor:
        cursor.execute(again)
    assert accepted.instalments.get(number=2).payment_id == paid


@pytest.mark.django_db(transaction=True)
def test_no_statement_says_to_pay_despite_a_grade_without_a_reason(accepted: Contract, owner: Any) -> None:
    change = f"UPDATE projects_contract SET despite_at = now() WHERE id = {accepted.pk}"

    with owner():
        alone("contract_pays_despite_a_grade_with_a_reason", change)
