"""By when a contract on a purchase is signed, published and filed, and what goes by the contract alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import override

from governance.calendar.days import DayKind, add_days
from governance.errors import NotAllowed
from governance.lifecycle import MoveHindered
from projects.contracts import operations
from projects.contracts.models import Contract
from projects.contracts.queries import clocks_of
from projects.contracts.refusals import FilingUnfit
from projects.purchasing.awarding import operations as awarding
from projects.purchasing.awarding import paying
from projects.purchasing.awarding.models import PurchaseAward
from projects.purchasing.awarding.paying import Paid
from projects.purchasing.awarding.refusals import GoesByTheContract
from tests.people import desk_client, session_client

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
ContractWalk = Callable[..., Contract]


def said(contract: Contract, today: dt.date) -> list[tuple[str, bool]]:
    fresh = Contract.objects.select_related("purchase__buyer").get(pk=contract.pk)
    with override("en"):
        return [(one.said, one.is_late) for one in clocks_of(fresh, today)]


def test_a_contract_tells_by_when_it_is_signed(walk: ContractWalk, award: PurchaseAward) -> None:
    row = walk("AGREED")
    assert award.sign_by is not None

    assert said(row, award.sign_by) == [(f"to be signed by {award.sign_by}", False)]
    assert said(row, award.sign_by + DAY) == [(f"to be signed by {award.sign_by}: the days are over", True)]


def test_a_signed_contract_is_published_at_once_and_filed_within_seven_working_days(
    people: SimpleNamespace, walk: ContractWalk
) -> None:
    row = walk("RUNNING")
    assert row.signed_on is not None
    publish = add_days(row.signed_on, 2, DayKind.WORKING).on
    by = add_days(row.signed_on, 7, DayKind.WORKING).on

    found = said(row, by)

    assert found[1] == (f"published here on {row.signed_on}, with the signature (at the latest by {publish})", False)
    assert found[2] == (f"copy to be filed with the finance department by {by}", False)
    assert said(row, by + DAY)[2][1] is True
    operations.record_filing(by=people.street_officer, now=people.now, contract=row, filed_on=by, number="自采备12")
    assert said(row, by + DAY)[2] == (f"copy filed on {by} under number 自采备12", False)


def test_a_late_filing_is_written_down_as_late(people: SimpleNamespace, walk: ContractWalk) -> None:
    row = walk("RUNNING")
    assert row.signed_on is not None
    late = add_days(row.signed_on, 8, DayKind.WORKING).on

    operations.record_filing(by=people.street_officer, now=people.now, contract=row, filed_on=late, number="自采备12")

    assert said(row, late)[2][1] is True


def test_a_filing_is_refused_with_its_reason(people: SimpleNamespace, walk: ContractWalk) -> None:
    unsigned = walk("AGREED")
    with pytest.raises(FilingUnfit):
        operations.record_filing(
            by=people.street_officer, now=people.now, contract=unsigned, filed_on=people.now.date(), number="1"
        )
    row = operations.join_contract(by=people.community_staff, now=people.now, contract=unsigned)
    today = timezone.localdate(people.now)
    row = operations.sign_contract(by=people.street_reviewer, now=people.now, today=today, contract=row)
    for number, day in ((" ", today), ("1", today + DAY), ("1", today - DAY)):
        with pytest.raises(FilingUnfit):
            operations.record_filing(
                by=people.street_officer, now=people.now, contract=row, filed_on=day, number=number
            )
    with pytest.raises(NotAllowed):
        operations.record_filing(by=people.manager, now=people.now, contract=row, filed_on=today, number="1")
    operations.record_filing(by=people.street_officer, now=people.now, contract=row, filed_on=today, number="1")
    with pytest.raises(FilingUnfit):
        operations.record_filing(by=people.street_officer, now=people.now, contract=row, filed_on=today, number="2")


def test_the_database_takes_no_filing_before_the_signature(walk: ContractWalk) -> None:
    row = walk("RUNNING")
    assert row.signed_on is not None
    rows = Contract.objects.filter(pk=row.pk)

    for changes in ({"filed_on": row.signed_on - DAY, "filing_number": "1"}, {"filed_on": row.signed_on}):
        with pytest.raises(IntegrityError, match="contract_filed_after_its_signature"), transaction.atomic():
            rows.update(**changes)


def test_what_a_contract_stands_on_is_paid_by_the_contract_alone(
    people: SimpleNamespace, walk: ContractWalk, award: PurchaseAward
) -> None:
    row = walk("OFFERED")
    paid = Paid(Decimal(10), timezone.localdate(people.now), "国库1", "首期")

    with override("en"), pytest.raises(GoesByTheContract, match=row.number):
        paying.record_payment(by=people.street_officer, now=people.now, award=award, paid=paid)
    with pytest.raises(GoesByTheContract):
        paying.grant_supplement(
            by=people.street_reviewer, now=people.now, award=award, amount=Decimal(10), reason="增加人次。"
        )

    assert not award.payments.exists()


def test_an_award_stands_while_its_contract_does(
    people: SimpleNamespace, walk: ContractWalk, award: PurchaseAward
) -> None:
    row = walk("OFFERED")

    with pytest.raises(MoveHindered):
        awarding.set_award_aside(by=people.street_reviewer, now=people.now, award=award, reason="拒绝签约。")

    operations.terminate_contract(by=people.street_reviewer, now=people.now, contract=row, reason="对方拒绝签约。")
    fallen = awarding.set_award_aside(by=people.street_reviewer, now=people.now, award=award, reason="拒绝签约。")
    assert fallen.status == "SET_ASIDE"


def test_the_filing_at_the_desk_over_the_api_and_on_the_page(people: SimpleNamespace, walk: ContractWalk) -> None:
    row = walk("RUNNING")
    assert row.signed_on is not None
    officer = desk_client(people.street_officer)
    address = f"/desk/projects/contract/{row.pk}"

    shown = officer.get(f"{address}/change/").content.decode()
    early = officer.post(f"{address}/deeds/file/", {"filed_on": str(row.signed_on - DAY), "number": "自采备12"})
    over = session_client(people.street_officer).post(
        f"/api/v1/contracts/{row.pk}/file", {"filed_on": str(row.signed_on), "number": ""}, format="json"
    )

    assert f"{address}/deeds/file/" in shown
    assert early.context["form"].errors
    assert over.status_code == 400
