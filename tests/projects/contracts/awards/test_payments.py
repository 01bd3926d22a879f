"""What a contract promises is paid by its instalments and by nothing else, so never above it and never too early."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils.translation import override

from governance.errors import DomainError
from projects.contracts import drafting, operations, refusals
from projects.contracts.frame import part_address
from projects.contracts.models import Contract
from projects.contracts.queries import contract_on_purchase
from projects.contracts.terms import operations as terms
from projects.contracts.terms.refusals import TransferNumberLong
from projects.purchasing.awarding import paying
from projects.purchasing.awarding.models import PublicPayment, PurchaseAward
from projects.purchasing.awarding.paying import Paid
from projects.purchasing.awarding.refusals import ContractFirst, GoesByTheContract
from tests.people import desk_client, session_client, sign_in
from tests.walls import alone

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]


def by_hand(people: SimpleNamespace, award: PurchaseAward, amount: str, number: str = "国库1号") -> PublicPayment:
    paid = Paid(Decimal(amount), people.now.date(), number, "首期")
    return paying.record_payment(by=people.street_officer, now=people.now, award=award, paid=paid)


def end(people: SimpleNamespace, contract: Contract, worth: str) -> None:
    """End a contract before its time, for work of this worth."""
    terms.propose_settlement(
        by=people.street_officer,
        now=people.now,
        contract=contract,
        ground="AGREED",
        done="已走访八十户。",
        work_value=Decimal(worth),
    )
    operations.terminate_contract(by=people.street_reviewer, now=people.now, contract=contract, reason="双方协商。")


def browser(user: Any) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def refused(code: str, work: Callable[[], object]) -> None:
    with pytest.raises(DomainError) as caught:
        work()
    assert caught.value.code == code


def test_nothing_is_paid_past_a_contract(people: SimpleNamespace, award: PurchaseAward, walk: Walk) -> None:
    """The whole award could else be paid before a resident was asked, and more than the contract gives."""
    row = walk("RUNNING")
    client = session_client(people.street_officer)
    given = {"amount": "78000.00", "paid_on": people.now.date().isoformat(), "document_number": "9", "purpose": "x"}

    refused("goes_by_the_contract", lambda: by_hand(people, award, "0.01"))
    answer = client.post(f"/api/v1/purchase-awards/{award.pk}/pay", given)

    assert (answer.status_code, answer.json()["code"]) == (409, "goes_by_the_contract")
    with override("zh-hans"):
        assert answer.json()["detail"] == str(GoesByTheContract(contract=row.number))
    assert not PublicPayment.objects.exists()


def test_what_an_instalment_has_paid_stands_in_the_line_once(
    people: SimpleNamespace, award: PurchaseAward, walk: Walk
) -> None:
    row = walk("RUNNING")
    payment = operations.release_instalment(by=people.street_officer, now=people.now, contract=row, number=1)
    payment = terms.approve_award_payment(by=people.street_reviewer, now=people.now, payment=payment)
    terms.record_award_payment(
        by=people.street_officer, now=people.now, payment=payment, paid_on=people.now.date(), reference="国库1号"
    )

    refused("goes_by_the_contract", lambda: by_hand(people, award, str(payment.amount)))
    refused("goes_by_the_contract", lambda: by_hand(people, award, str(payment.amount), "国库2号"))
    assert PublicPayment.objects.get().amount == payment.amount


def test_a_number_of_eighty_characters_goes_through_to_the_line_and_one_more_is_refused_everywhere(
    people: SimpleNamespace, walk: Walk
) -> None:
    row, longest = walk("RUNNING"), "库" * 80
    by: dict[str, Any] = {"by": people.street_officer, "now": people.now}
    payment = operations.release_instalment(**by, contract=row, number=1)
    payment = terms.approve_award_payment(by=people.street_reviewer, now=people.now, payment=payment)
    day = people.now.date()
    typed = {"paid_on": day.isoformat(), "reference": f"{longest}库"}

    over = session_client(people.street_officer).post(f"/api/v1/contract-payments/{payment.pk}/record_paid", typed)
    page = browser(people.street_officer).post(f"{part_address(row, payment)}record_paid/", typed)
    with override("en"), pytest.raises(TransferNumberLong, match="at most 80 characters; this one has 81"):
        terms.record_award_payment(**by, payment=payment, paid_on=day, reference=f"{longest}库")
    payment.refresh_from_db()
    kept = payment.status
    paid = terms.record_award_payment(**by, payment=payment, paid_on=day, reference=f" {longest} ")

    assert (over.status_code, page.status_code, kept) == (400, 400, "APPROVED")
    assert "80" in str(over.json())
    assert f"{longest}库" in page.content.decode()
    assert paid.reference == PublicPayment.objects.get().document_number == longest


def test_a_contract_promises_only_what_was_not_paid(
    people: SimpleNamespace, award: PurchaseAward, entry: Callable[..., dict[str, Any]], walk: Walk
) -> None:
    end(people, walk("RUNNING"), "8000.00")
    draft = walk("DRAFT")
    refused("public_payment_unfit", lambda: by_hand(people, award, "8000.01"))
    by_hand(people, award, "8000.00")

    with pytest.raises(refusals.AwardPaidFrom) as caught:
        operations.offer_contract(by=people.street_officer, now=people.now, contract=draft)
    operations.terminate_contract(by=people.street_reviewer, now=people.now, contract=draft, reason="金额有误")
    with pytest.raises(refusals.AwardPaidFrom):
        drafting.draft_contract(by=people.street_officer, now=people.now, **entry())
    lines = [("ACTIVITY", "上门服务", Decimal(70000))]
    fits = drafting.draft_contract(
        by=people.street_officer, now=people.now, **entry(amount=Decimal(70000), lines=lines)
    )

    assert caught.value.params["left"] == "70,000.00"
    assert contract_on_purchase(award)["amount"] == "70000.00"
    assert operations.offer_contract(by=people.street_officer, now=people.now, contract=fits).status == "OFFERED"


@pytest.mark.django_db(transaction=True)
def test_no_statement_pays_past_a_contract(
    people: SimpleNamespace, award: PurchaseAward, walk: Walk, owner: Any
) -> None:
    end(people, walk("RUNNING"), "1.00")
    row = walk("DRAFT")
    pay = (
        "INSERT INTO projects_publicpayment "
        "(award_id, budget_line_id, amount, paid_on, document_number, purpose, recorded_at, recorded_by_id) "
        f"VALUES ({award.pk}, {award.budget_line_id}, %s, current_date, '8', '', now(), {people.street_officer.pk})"
    )
    by_hand(people, award, "0.01")

    with owner():
        alone("wall_contract_after_payments", f"UPDATE projects_contract SET status = 'OFFERED' WHERE id = {row.pk}")
    operations.terminate_contract(by=people.street_reviewer, now=people.now, contract=row, reason="金额有误")
    walk("OFFERED", amount=Decimal(70000), lines=[("ACTIVITY", "上门服务", Decimal(70000))])
    with owner():
        alone("wall_publicpayment_by_its_contract", pay, "1.00", says="publicpayment_by_its_contract")


@pytest.mark.django_db(transaction=True)
def test_no_statement_pays_before_a_contract_nor_more_than_one_ended_with(
    people: SimpleNamespace, award: PurchaseAward, walk: Walk, owner: Any
) -> None:
    pay = (
        "INSERT INTO projects_publicpayment "
        "(award_id, budget_line_id, amount, paid_on, document_number, purpose, recorded_at, recorded_by_id) "
        f"VALUES ({award.pk}, {award.budget_line_id}, %s, current_date, '8', '', now(), {people.street_officer.pk})"
    )

    with owner():
        alone("wall_publicpayment_by_its_contract", pay, "0.01", says="publicpayment_after_a_contract")
    end(people, walk("RUNNING"), "8000.00")
    with owner():
        alone("wall_publicpayment_by_its_contract", pay, "8000.01", says="publicpayment_after_a_contract")
    with connection.cursor() as cursor:
        cursor.execute(pay, ["8000.00"])


def test_before_a_contract_nothing_is_paid_and_the_officer_reads_why(
    people: SimpleNamespace, award: PurchaseAward, walk: Walk
) -> None:
    """Neither while nothing stands on the award, nor while a draft does that nobody has signed."""
    typed = {"amount": "1.00", "paid_on": people.now.date().isoformat(), "document_number": "9", "purpose": "x"}
    desk = desk_client(people.street_officer)
    path = f"/desk/projects/purchaseaward/{award.pk}"

    refused("contract_first", lambda: by_hand(people, award, "1.00"))
    over = session_client(people.street_officer).post(f"/api/v1/purchase-awards/{award.pk}/pay", typed)
    shown = desk.get(f"{path}/change/").content.decode()
    done = desk.post(f"{path}/deeds/pay/", typed)
    walk("DRAFT")
    refused("contract_first", lambda: by_hand(people, award, "1.00"))

    assert (over.status_code, over.json()["code"], done.status_code) == (409, "contract_first", 200)
    with override("zh-hans"):
        assert str(ContractFirst(award=award.number)) in shown
    assert not PublicPayment.objects.exists()
