"""Donations: what happens, and what every refusal leaves unchanged."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from funds.charity.models import CommunityFund
from funds.donations import operations
from funds.donations.models import Donation
from funds.ledger.models import Account, Book, BookStatus, Journal
from funds.ledger.operations import BookNotOpen, DateOutsideBook
from funds.ledger.queries import balance_of
from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.outbox.models import OutboxEvent
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_donations import DonationFactory

pytestmark = pytest.mark.django_db

PLEDGE: dict[str, Any] = {
    "donor_kind": "PERSON",
    "donor_name": "王小明",
    "channel": "BANK",
    "amount": Decimal("888.88"),
    "reference": "20260304-0001",
}


def entry(verb: str) -> AuditEntry:
    """Return the one entry with this verb."""
    return AuditEntry.objects.get(verb=verb)


def balance(fund: CommunityFund, code: str) -> Decimal:
    """Return what lies on an account of the fund."""
    return balance_of(Account.objects.get(book=fund.book, code=code))


def test_record_donation(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.record_donation(by=people.community_staff, fund=people.fund, now=now, **PLEDGE)

    row.refresh_from_db()
    written = entry("funds.donation.recorded")
    assert (row.status, row.amount, row.charity, row.recorded_by) == (
        "PLEDGED",
        Decimal("888.88"),
        people.fund.charity,
        people.community_staff,
    )
    assert written.after["amount"] == "888.88"
    assert "王小明" not in str(written.after) + written.object_name


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Decimal(0)}, "amount_missing"),
        ({"amount": Decimal("-1.00")}, "amount_missing"),
        ({"donor_name": " ", "is_name_public": True}, "donor_name_missing"),
        ({"donor_name": "", "donor_kind": "UNIT"}, "donor_name_missing"),
        ({"reference": "known"}, "donation_known"),
    ],
)
def test_record_donation_refuses(people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any], code: str) -> None:
    DonationFactory(fund=people.fund, reference="known")

    with pytest.raises(DomainError) as refusal:
        operations.record_donation(by=people.community_staff, fund=people.fund, now=now, **{**PLEDGE, **changes})

    assert refusal.value.code == code
    assert Donation.objects.count() == 1


@pytest.mark.parametrize("state", [None, "rectifying", "closing", "closed"])
def test_a_fund_that_is_not_open_takes_no_donations(
    people: SimpleNamespace, now: dt.datetime, state: str | None
) -> None:
    fund = CommunityFundFactory(
        charity=people.fund.charity, division=people.fund.division, **({state: True} if state else {})
    )

    with pytest.raises(operations.FundTakesNoDonations) as refusal:
        operations.record_donation(by=people.community_staff, fund=fund, now=now, **PLEDGE)

    assert fund.short_name in str(refusal.value)
    assert not Donation.objects.exists()


def test_a_suspended_fund_receives_nothing(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DonationFactory(fund=people.fund)
    lifecycle.move(people.fund, "demand_rectification", by=people.fund_supervisor, now=now, reason="账目不清")

    with pytest.raises(operations.FundTakesNoDonations):
        operations.receive_donation(by=people.charity_officer, donation=row, received_on=now.date(), now=now)

    row.refresh_from_db()
    assert (row.status, Journal.objects.count()) == ("PLEDGED", 0)


def test_others_record_no_donations(people: SimpleNamespace, now: dt.datetime) -> None:
    for by in (people.stranger, people.other_community_staff, people.other_officer, people.auditor, people.fund_member):
        with pytest.raises(NotAllowed):
            operations.record_donation(by=by, fund=people.fund, now=now, **PLEDGE)

    assert not Donation.objects.exists()


def test_receive_donation_posts_on_the_day_of_the_money(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.record_donation(by=people.community_staff, fund=people.fund, now=now, **PLEDGE)

    row = operations.receive_donation(by=people.charity_officer, donation=row, received_on=dt.date(2026, 3, 2), now=now)

    row.refresh_from_db()
    journal = row.journal
    assert journal is not None
    assert (row.status, row.received_by, row.received_on) == ("RECEIVED", people.charity_officer, dt.date(2026, 3, 2))
    assert (journal.key, journal.kind, journal.posted_on, journal.total) == (
        f"donation:{row.pk}",
        "DONATION",
        dt.date(2026, 3, 2),
        Decimal("888.88"),
    )
    assert "王小明" not in journal.memo
    assert balance(people.fund, "pool:free") == Decimal("888.88")
    assert OutboxEvent.objects.filter(topic="funds.donation.received").count() == 1


def test_a_restricted_donation_goes_into_the_pool_of_its_purpose(people: SimpleNamespace, now: dt.datetime) -> None:
    for reference, purpose in (("1", "助学"), ("2", "助学 "), ("3", "困难老人　慰问")):
        row = operations.record_donation(
            by=people.community_staff,
            fund=people.fund,
            now=now,
            **{**PLEDGE, "reference": reference, "restricted_to": purpose},
        )
        operations.receive_donation(by=people.charity_officer, donation=row, received_on=now.date(), now=now)

    assert balance(people.fund, "pool:restricted:助学") == Decimal("1777.76")
    assert balance(people.fund, "pool:restricted:困难老人-慰问") == Decimal("888.88")
    assert balance(people.fund, "pool:free") == Decimal("0.00")


def test_the_one_who_recorded_does_not_receive(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.record_donation(by=people.charity_officer, fund=people.fund, now=now, **PLEDGE)

    with pytest.raises(lifecycle.SamePerson):
        operations.receive_donation(by=people.charity_officer, donation=row, received_on=now.date(), now=now)

    row.refresh_from_db()
    assert (row.status, row.journal, Journal.objects.count()) == ("PLEDGED", None, 0)
    assert balance(people.fund, "pool:free") == Decimal("0.00")


def test_only_the_charity_receives(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DonationFactory(fund=people.fund)

    for by in (people.other_officer, people.community_staff, people.street_officer, people.auditor, people.stranger):
        with pytest.raises(lifecycle.MoveForbidden):
            operations.receive_donation(by=by, donation=row, received_on=now.date(), now=now)

    row.refresh_from_db()
    assert (row.status, Journal.objects.count()) == ("PLEDGED", 0)


def test_a_donation_is_received_once(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DonationFactory(fund=people.fund)
    operations.receive_donation(by=people.charity_officer, donation=row, received_on=now.date(), now=now)

    with pytest.raises(lifecycle.MoveClosed):
        operations.receive_donation(by=people.second_officer, donation=row, received_on=now.date(), now=now)

    assert Journal.objects.count() == 1


@pytest.mark.parametrize("day", [dt.date(2026, 3, 5), dt.date(2024, 12, 31)])
def test_money_is_not_received_outside_the_book(people: SimpleNamespace, now: dt.datetime, day: dt.date) -> None:
    row = DonationFactory(fund=people.fund)

    with pytest.raises(DateOutsideBook):
        operations.receive_donation(by=people.charity_officer, donation=row, received_on=day, now=now)

    row.refresh_from_db()
    assert (row.status, Journal.objects.count()) == ("PLEDGED", 0)


def test_a_frozen_book_takes_nothing(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DonationFactory(fund=people.fund)
    Book.objects.filter(pk=people.fund.book_id).update(status=BookStatus.FROZEN, status_reason="数据不符")

    with pytest.raises(BookNotOpen):
        operations.receive_donation(by=people.charity_officer, donation=row, received_on=now.date(), now=now)

    row.refresh_from_db()
    assert (row.status, Journal.objects.count()) == ("PLEDGED", 0)


def test_a_receipt_is_numbered_or_waived(people: SimpleNamespace, now: dt.datetime) -> None:
    numbered = DonationFactory(fund=people.fund, received=True)
    waived = DonationFactory(fund=people.fund, received=True)

    operations.issue_receipt(by=people.charity_officer, donation=numbered, receipt_number=" 川财0001 ", now=now)
    operations.issue_receipt(by=people.charity_officer, donation=waived, waived_note="捐赠人不索取", now=now)

    numbered.refresh_from_db()
    waived.refresh_from_db()
    assert (numbered.status, numbered.receipt_number, numbered.is_receipt_waived) == ("RECEIPTED", "川财0001", False)
    assert (waived.status, waived.receipt_number, waived.is_receipt_waived, waived.receipt_note) == (
        "RECEIPTED",
        "",
        True,
        "捐赠人不索取",
    )


@pytest.mark.parametrize("given", [{}, {"receipt_number": "1", "waived_note": "x"}, {"receipt_number": " "}])
def test_an_unclear_receipt_is_refused(people: SimpleNamespace, now: dt.datetime, given: dict[str, str]) -> None:
    row = DonationFactory(fund=people.fund, received=True)

    with pytest.raises(operations.ReceiptUnclear):
        operations.issue_receipt(by=people.charity_officer, donation=row, now=now, **given)

    row.refresh_from_db()
    assert row.status == "RECEIVED"


def test_a_receipt_number_is_used_once_by_a_charity(people: SimpleNamespace, now: dt.datetime) -> None:
    operations.issue_receipt(
        by=people.charity_officer,
        donation=DonationFactory(fund=people.fund, received=True),
        receipt_number="1",
        now=now,
    )
    same_charity = DonationFactory(
        fund=CommunityFundFactory(charity=people.fund.charity, division=people.fund.division, active=True),
        received=True,
    )

    with pytest.raises(operations.ReceiptNumberTaken):
        operations.issue_receipt(by=people.charity_officer, donation=same_charity, receipt_number="1", now=now)

    same_charity.refresh_from_db()
    assert (same_charity.status, same_charity.receipt_number) == ("RECEIVED", "")


def test_a_donation_is_published_or_withdrawn(people: SimpleNamespace, now: dt.datetime) -> None:
    shown = lifecycle.move(
        DonationFactory(fund=people.fund, receipted=True), "publish", by=people.charity_officer, now=now
    )
    gone = lifecycle.move(
        DonationFactory(fund=people.fund), "withdraw", by=people.community_staff, now=now, reason="重复登记"
    )

    assert (shown.status, gone.status) == ("PUBLISHED", "WITHDRAWN")
    with pytest.raises(lifecycle.MoveClosed):
        lifecycle.move(
            DonationFactory(fund=people.fund, received=True), "withdraw", by=people.community_staff, now=now, reason="x"
        )
