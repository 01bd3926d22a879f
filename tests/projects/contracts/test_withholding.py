"""The end of an accepted contract whose evaluation was failed: the rest is not paid, what it held is free, it is closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from funds.spending import operations as spending
from funds.spending.models import SpendingRequest
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.lifecycle import ReasonMissing, SamePerson
from projects.contracts import evaluating, operations, refusals
from projects.contracts.models import Contract
from projects.contracts.queries import rest_waits_for
from projects.contracts.terms import operations as terms
from projects.contracts.terms.models import Settlement
from projects.contracts.terms.refusals import SettlementUnfit
from tests.people import desk_client, session_client, sign_in
from tests.projects.contracts.test_grades import accepted as accepted_of
from tests.projects.contracts.test_grades import ended
from tests.walls import alone, refused

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]
accepted = pytest.fixture(name="accepted")(accepted_of.__wrapped__)


@pytest.fixture
def failed(people: SimpleNamespace, now: dt.datetime, accepted: Contract) -> Contract:
    """A contract that was accepted, half of it paid, and whose evaluation was failed."""
    plan = ended(accepted, "FAIL")
    return evaluating.attach_evaluation(by=people.street_officer, now=now, contract=accepted, evaluation=plan)


def test_the_rest_is_withheld_with_a_reason_and_another_closes(
    people: SimpleNamespace, now: dt.datetime, failed: Contract, request_: SpendingRequest
) -> None:
    by: dict[str, Any] = {"now": now, "contract": failed}

    with pytest.raises(NotAllowed):
        terms.withhold_rest(by=people.street_officer, reason="服务未达标。", **by)
    with pytest.raises(ReasonMissing):
        terms.withhold_rest(by=people.street_reviewer, reason=" ", **by)
    with pytest.raises(refusals.PaymentsOpen):
        operations.close_contract(by=people.street_officer, **by)
    settled = terms.withhold_rest(by=people.street_reviewer, reason="服务未达标，整改无效。", **by)
    failed.refresh_from_db()

    assert (settled.ground, settled.paid, settled.work_value, settled.refund) == (
        *("FAILED", Decimal("1400.01"), Decimal("1400.01"), Decimal(0)),
    )
    assert "服务未达标，整改无效。" in rest_waits_for(failed)
    with pytest.raises(refusals.NothingHeldByGrade):
        evaluating.pay_despite_grade(by=people.street_reviewer, reason="改付", **by)
    with pytest.raises(refusals.InstalmentHeldByGrade):
        operations.release_instalment(by=people.street_officer, number=2, **by)
    closed = operations.close_contract(by=people.street_officer, **by)

    assert closed.status == "CLOSED"
    assert "服务未达标，整改无效。" in Client().get(failed.get_absolute_url()).content.decode()
    shown = Client().get(f"/api/v1/contracts/{failed.pk}").json()["settlement"]
    assert (shown["ground"], shown["done"], shown["refund"]) == ("FAILED", "服务未达标，整改无效。", "0.00")
    done = spending.complete_request(by=people.charity_officer, now=now, today=now.date(), request=request_)
    assert (done.status, done.release_journal is not None) == ("COMPLETED", True)


def test_who_decided_does_not_close(people: SimpleNamespace, now: dt.datetime, failed: Contract) -> None:
    by: dict[str, Any] = {"by": people.district_admin, "now": now, "contract": failed}
    terms.withhold_rest(reason="服务未达标。", **by)

    with pytest.raises(SamePerson):
        operations.close_contract(**by)


def test_what_was_paid_above_the_worth_comes_back_before_it_is_closed(
    people: SimpleNamespace, now: dt.datetime, failed: Contract
) -> None:
    by: dict[str, Any] = {"now": now, "contract": failed}
    decide: dict[str, Any] = {"by": people.street_reviewer, "reason": "只完成一半。", **by}
    with pytest.raises(SettlementUnfit):
        terms.withhold_rest(**decide, work_value=Decimal("1400.02"))
    settled = terms.withhold_rest(**decide, work_value=Decimal("1000.00"))

    with pytest.raises(refusals.RefundOpen, match="400"):
        operations.close_contract(by=people.street_officer, **by)
    desk = desk_client(people.street_officer)
    back = {"refunded_on": str(now.date()), "reference": "回单8"}
    desk.post(f"/desk/projects/settlement/{settled.pk}/deeds/refund/", back)
    with pytest.raises(SettlementUnfit):
        terms.withhold_rest(**decide)

    assert Settlement.objects.get().refund_reference == "回单8"
    assert operations.close_contract(by=people.street_officer, **by).status == "CLOSED"


def test_nothing_is_withheld_without_a_failed_evaluation_or_twice_over(
    people: SimpleNamespace, now: dt.datetime, accepted: Contract
) -> None:
    by: dict[str, Any] = {"by": people.street_reviewer, "now": now, "contract": accepted, "reason": "服务未达标。"}

    with pytest.raises(refusals.NothingHeldByGrade):
        terms.withhold_rest(**by)
    evaluating.attach_evaluation(
        by=people.street_officer, now=now, contract=accepted, evaluation=ended(accepted, "FAIL")
    )
    evaluating.pay_despite_grade(**by)
    with pytest.raises(refusals.NothingHeldByGrade):
        terms.withhold_rest(**by)


def test_on_the_desk_the_page_and_over_the_api(people: SimpleNamespace, failed: Contract) -> None:
    desk, page = desk_client(people.street_reviewer), Client()
    sign_in(page, people.street_reviewer)
    home, act = failed.get_absolute_url(), f"{failed.get_absolute_url()}acts/withhold_rest/"
    deed = f"/desk/projects/contract/{failed.pk}/deeds/withhold/"
    typed = {"reason": "服务未达标。", "work_value": ""}

    offered = act in page.get(home).content.decode()
    button = deed in desk.get(f"/desk/projects/contract/{failed.pk}/change/").content.decode()
    answers = [
        page.post(act, {"reason": " "}).status_code,
        page.post(act, typed).status_code,
        desk.post(deed, typed).status_code,
        session_client(people.street_reviewer)
        .post(f"/api/v1/contracts/{failed.pk}/withheld-rest", typed | {"work_value": None})
        .status_code,
        session_client(people.street_officer)
        .post(f"/api/v1/contracts/{failed.pk}/withheld-rest", {"reason": "x"})
        .status_code,
    ]

    assert (offered, button, answers) == (True, True, [400, 302, 302, 200, 403])
    assert act not in page.get(home).content.decode()
    assert AuditEntry.objects.filter(verb="projects.settlement.proposed").count() == 3


def test_the_deeds_of_the_desk_take_what_is_typed(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")
    desk, path = desk_client(people.street_officer), f"/desk/projects/contract/{row.pk}/deeds"

    field = desk.post(f"{path}/field/", {"field": "ELDERLY"})
    settlement = desk.post(f"{path}/settlement/", {"ground": "AGREED", "done": "扶手已装一半。", "work_value": "1000"})

    row.refresh_from_db()
    assert (field.status_code, settlement.status_code) == (302, 302)
    assert (row.field, Settlement.objects.get().work_value) == ("ELDERLY", Decimal("1000.00"))


@pytest.mark.django_db(transaction=True)
def test_each_wall_of_the_end_alone_refuses(
    people: SimpleNamespace, now: dt.datetime, failed: Contract, owner: Any
) -> None:
    close = f"UPDATE projects_contract SET status = 'CLOSED', closed_by_id = %s WHERE id = {failed.pk}"
    officer, reviewer = people.street_officer.pk, people.street_reviewer.pk

    with owner():
        alone("wall_contract_closed", close, officer, says="contract_closed_when_paid")
    settled = terms.withhold_rest(by=people.street_reviewer, now=now, contract=failed, reason="服务未达标。")
    despite = (
        "UPDATE projects_contract SET despite_grade = 'x', despite_at = now(), despite_by_id = "
        f"{officer} WHERE id = {failed.pk}"
    )
    with owner():
        alone("wall_contract_rest_decided", despite, says="contract_rest_is_decided_once")
        alone("wall_contract_closed", close, reviewer, says="contract_closed_by_another")
    Settlement.objects.filter(pk=settled.pk).update(refund=Decimal("0.01"), work_value=Decimal("1400.00"))
    with owner():
        alone("wall_contract_closed", close, officer, says="contract_closed_by_another")
    Settlement.objects.filter(pk=settled.pk).update(refunded_on=now.date(), refund_reference="8")
    operations.close_contract(by=people.street_officer, now=now, contract=failed)
    refused("settlement_stays", "UPDATE projects_settlement SET done = 'x' WHERE id = %s", settled.pk)


@pytest.mark.django_db(transaction=True)
def test_no_statement_withholds_the_rest_of_what_was_not_failed(
    people: SimpleNamespace, accepted: Contract, owner: Any
) -> None:
    insert = (
        "INSERT INTO projects_settlement "
        "(contract_id, ground, done, work_value, paid, refund, proposed_at, proposed_by_id, refund_reference) "
        f"VALUES ({accepted.pk}, 'FAILED', 'x', 1, 1, 0, now(), {people.street_reviewer.pk}, '')"
    )

    with owner():
        alone("wall_settlement_rest_decided", insert, says="settlement_of_a_failed_evaluation")
