"""Importing bank lines, suggesting and confirming matches, with every refusal."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from funds.banking import operations
from funds.banking.models import BankLine, BankMatch
from funds.banking.statement_file import FileUnusable, RowsUnreadable
from funds.charity.models import CommunityFund, HostCharity
from funds.ledger.models import Journal
from funds.ledger.queries import balance_of
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.operations import AmountDiffers
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from tests.factories.funds_charity import officer_of
from tests.factories.funds_reinvestment import BankLineFactory, open_fund
from tests.people import House

HEADER = "日期,金额,付款人,附言,流水号\n"


def statement(*lines: str) -> bytes:
    return (HEADER + "".join(f"{line}\n" for line in lines)).encode()


def thousand(bad: dict[int, str]) -> bytes:
    lines = [bad.get(row, f"2026-03-02,{row}.00,甲,,R{row}") for row in range(2, 1002)]
    return statement(*lines)


def arrived(order: ReinvestmentOrder, importer: User, **more: Any) -> BankLine:
    """A bank line that pays the order, unless told otherwise."""
    charity = order.fund.charity
    values = {"memo": f"反哺款 {order.reference}", "amount": order.amount, "booked_on": order.paid_on, **more}
    line: BankLine = BankLineFactory(charity=charity, imported_by=importer, **values)
    return line


# --- Import


def test_a_file_is_imported_once(charity: HostCharity, importer: User, now: dt.datetime) -> None:
    data = thousand({})

    first = operations.import_statement_file(by=importer, charity=charity, name="a.csv", data=data, now=now)
    again = operations.import_statement_file(by=importer, charity=charity, name="b.csv", data=data, now=now)

    assert (first.imported, first.repeated, again.imported, again.repeated) == (1000, 0, 0, 1000)
    assert BankLine.objects.count() == 1000
    assert AuditEntry.objects.get(verb="funds.bank_lines.imported").after == {"lines": 1000}


def test_three_bad_rows_of_a_thousand_are_named_and_nothing_is_written(
    charity: HostCharity, importer: User, now: dt.datetime
) -> None:
    data = thousand(
        {17: "2026-02-30,1.00,甲,,R17", 300: "2026-03-02,-1.00,甲,,R300", 999: "2026-03-02,1.00,甲,,6.21E+17"}
    )

    with pytest.raises(RowsUnreadable) as refusal:
        operations.import_statement_file(by=importer, charity=charity, name="a.csv", data=data, now=now)

    assert [bad.row for bad in refusal.value.rows] == [17, 300, 999]
    assert all(f"{row}" in str(refusal.value) for row in (17, 300, 999))
    assert (BankLine.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_rows_that_contradict_are_refused(charity: HostCharity, importer: User, now: dt.datetime) -> None:
    good = "2026-03-02,1.00,甲,,R1"
    operations.import_statement_file(by=importer, charity=charity, name="a.csv", data=statement(good), now=now)
    lines = ["2026-03-02,2.00,甲,,R1", "2026-03-02,3.00,甲,,R2", "2026-03-02,3.00,甲,,R2", "2027-01-01,3.00,甲,,R3"]

    with pytest.raises(RowsUnreadable) as refusal:
        operations.import_statement_file(by=importer, charity=charity, name="a.csv", data=statement(*lines), now=now)

    assert [bad.row for bad in refusal.value.rows] == [2, 4, 5]
    assert BankLine.objects.count() == 1


def test_a_file_that_lies_about_itself_is_refused(charity: HostCharity, importer: User, now: dt.datetime) -> None:
    with pytest.raises(FileUnusable):
        operations.import_statement_file(by=importer, charity=charity, name="a.xlsx", data=statement(), now=now)


def test_only_the_charity_imports(house: House, charity: HostCharity, now: dt.datetime) -> None:
    for name, person in house.people.items():
        if name != "charity_officer":
            with pytest.raises(NotAllowed):
                operations.import_statement_file(by=person, charity=charity, name="a.csv", data=statement(), now=now)


def test_the_same_reference_of_two_charities_is_two_lines(
    house: House, charity: HostCharity, importer: User, now: dt.datetime
) -> None:
    other = open_fund(house.places["neighbor"]).charity
    for place, person in ((charity, importer), (other, officer_of(other))):
        operations.import_statement_file(
            by=person, charity=place, name="a.csv", data=statement("2026-03-02,1,甲,,R1"), now=now
        )

    assert BankLine.objects.count() == 2


# --- Suggestions


@pytest.mark.parametrize(
    ("memo", "is_exact"),
    [
        ("反哺款 {reference}", True),
        ("转账\uff46\uff422025－{number}款", True),
        ("FB 2025 {number}", True),
        ("{reference}9", False),
        ("货款", False),
    ],
)
def test_amount_reference_and_days_make_a_match_exact(
    *, memo: str, is_exact: bool, order: ReinvestmentOrder, importer: User, system: User, now: dt.datetime
) -> None:
    memo = memo.format(reference=order.reference, number=order.reference.partition("-")[2])
    line = arrived(order, importer, memo=memo)

    made = operations.suggest_matches(by=system, now=now)

    match = BankMatch.objects.get(line=line)
    assert (made, match.order, match.is_exact, match.confirmed_at) == (1, order, is_exact, None)
    assert BankLine.objects.get(pk=line.pk).status == "SUGGESTED"
    assert Journal.objects.count() == 0


@pytest.mark.parametrize(("days", "is_exact"), [(-5, True), (5, True), (6, False), (-6, False)])
def test_five_days_around_the_payment_agree(
    *, days: int, is_exact: bool, order: ReinvestmentOrder, importer: User, system: User, now: dt.datetime
) -> None:
    arrived(order, importer, booked_on=now.date() + dt.timedelta(days=days))

    operations.suggest_matches(by=system, now=now)

    assert BankMatch.objects.get().is_exact is is_exact


def test_another_amount_or_charity_suggests_nothing(
    order: ReinvestmentOrder, importer: User, house: House, system: User, now: dt.datetime
) -> None:
    arrived(order, importer, amount=order.amount + 1)
    BankLineFactory(charity=open_fund(house.places["neighbor"]).charity, memo=order.reference, amount=order.amount)

    assert operations.suggest_matches(by=system, now=now) == 0


def test_suggesting_again_changes_nothing_and_a_rejected_pair_stays_rejected(
    order: ReinvestmentOrder, importer: User, system: User, charity_officer: User, now: dt.datetime
) -> None:
    line = arrived(order, importer)
    operations.suggest_matches(by=system, now=now)
    assert operations.suggest_matches(by=system, now=now) == 0

    operations.reject_match(by=charity_officer, match=BankMatch.objects.get(), reason="另一笔", now=now)

    assert BankLine.objects.get(pk=line.pk).status == "UNMATCHED"
    assert operations.suggest_matches(by=system, now=now) == 0
    with pytest.raises(operations.AlreadyMatched):
        operations.suggest_match(by=charity_officer, line=line, order=order, now=now)


def test_one_order_takes_one_line(order: ReinvestmentOrder, importer: User, system: User, now: dt.datetime) -> None:
    for _number in range(2):
        arrived(order, importer)

    assert operations.suggest_matches(by=system, now=now) == 1


def test_a_person_may_suggest_only_what_can_be(
    order: ReinvestmentOrder, importer: User, charity_officer: User, stranger: User, now: dt.datetime
) -> None:
    line = arrived(order, importer, memo="无附言")
    with pytest.raises(NotAllowed):
        operations.suggest_match(by=stranger, line=line, order=order, now=now)
    match = operations.suggest_match(by=charity_officer, line=line, order=order, now=now)
    with pytest.raises(operations.LineNotFree):
        operations.suggest_match(by=charity_officer, line=line, order=order, now=now)
    with pytest.raises(operations.AlreadyMatched):
        operations.suggest_match(by=charity_officer, line=arrived(order, importer), order=order, now=now)
    operations.confirm_match(by=charity_officer, match=match, now=now)
    with pytest.raises(operations.OrderNotPayable):
        operations.suggest_match(by=charity_officer, line=arrived(order, importer), order=order, now=now)


# --- Confirmation


@pytest.fixture
def match(order: ReinvestmentOrder, importer: User, system: User, now: dt.datetime) -> BankMatch:
    """An exact suggestion."""
    return operations.suggest_match(by=system, line=arrived(order, importer), order=order, now=now, is_exact=True)


def test_confirming_posts_the_money_and_receives_the_order(
    match: BankMatch, order: ReinvestmentOrder, fund: CommunityFund, charity_officer: User, now: dt.datetime
) -> None:
    operations.confirm_match(by=charity_officer, match=match, now=now)

    received = ReinvestmentOrder.objects.get(pk=order.pk)
    line = BankLine.objects.get(pk=match.line_id)
    assert (received.status, received.received_by, line.status) == ("RECEIVED", charity_officer, "MATCHED")
    assert received.journal == fund.book.journals.get()
    assert balance_of(fund.book.accounts.get(code="pool:free")) == order.amount
    assert balance_of(fund.book.accounts.get(code="source:enterprise")) == -order.amount
    with pytest.raises(operations.MatchClosed):
        operations.confirm_match(by=charity_officer, match=match, now=now)
    with pytest.raises(operations.MatchClosed):
        operations.reject_match(by=charity_officer, match=match, reason="x", now=now)


def test_whoever_imported_the_line_does_not_confirm_it(match: BankMatch, importer: User, now: dt.datetime) -> None:
    with pytest.raises(lifecycle.SamePerson):
        operations.confirm_match(by=importer, match=match, now=now)
    with pytest.raises(IntegrityError, match="same person"), transaction.atomic():
        BankMatch.objects.filter(pk=match.pk).update(confirmed_by=importer)

    assert Journal.objects.count() == 0


def test_only_the_charity_confirms(match: BankMatch, house: House, now: dt.datetime) -> None:
    for name, person in house.people.items():
        if name != "charity_officer":
            with pytest.raises(NotAllowed):
                operations.confirm_match(by=person, match=match, now=now)


def test_a_refused_receipt_leaves_everything_as_it_was(
    match: BankMatch, order: ReinvestmentOrder, charity_officer: User, now: dt.datetime
) -> None:
    ReinvestmentOrder.objects.filter(pk=order.pk).update(amount=order.amount + 1)

    with pytest.raises(AmountDiffers):
        operations.confirm_match(by=charity_officer, match=match, now=now)

    assert BankMatch.objects.undecided().count() == 1
    assert (BankLine.objects.get().status, Journal.objects.count()) == ("SUGGESTED", 0)


def test_rejecting_needs_a_reason(match: BankMatch, charity_officer: User, now: dt.datetime) -> None:
    with pytest.raises(lifecycle.ReasonMissing):
        operations.reject_match(by=charity_officer, match=match, reason=" ", now=now)


def test_a_line_is_set_aside_with_a_reason_and_taken_up_again(
    order: ReinvestmentOrder, importer: User, charity_officer: User, now: dt.datetime
) -> None:
    line = arrived(order, importer)
    with pytest.raises(lifecycle.ReasonMissing):
        operations.set_line_aside(by=charity_officer, line=line, reason="", now=now)
    with pytest.raises(operations.LineNotFree):
        operations.take_line_up(by=charity_officer, line=line, now=now)

    aside = operations.set_line_aside(by=charity_officer, line=line, reason="个人捐赠", now=now)
    with pytest.raises(operations.LineNotFree):
        operations.set_line_aside(by=charity_officer, line=line, reason="个人捐赠", now=now)

    assert (aside.status, aside.set_aside_reason) == ("SET_ASIDE", "个人捐赠")
    assert operations.take_line_up(by=charity_officer, line=line, now=now).status == "UNMATCHED"


def test_the_database_keeps_lines_and_matches_as_they_are(match: BankMatch, order: ReinvestmentOrder) -> None:
    line = BankLine.objects.filter(pk=match.line_id)
    other = arrived(order, match.line.imported_by)
    now = match.suggested_at
    refused: list[Any] = [
        lambda: line.update(amount=1),
        lambda: line.update(memo="x"),
        line.delete,
        lambda: line.update(status="SET_ASIDE"),
        lambda: line.update(status="LOST"),
        lambda: BankLineFactory(charity=match.line.charity, bank_reference=match.line.bank_reference),
        lambda: BankLineFactory(charity=match.line.charity, amount=0),
        lambda: BankMatch.objects.create(line=other, order=order, suggested_at=now, suggested_by=other.imported_by),
        lambda: BankMatch.objects.create(
            line=match.line, order=order, suggested_at=now, suggested_by=other.imported_by
        ),
        lambda: BankMatch.objects.filter(pk=match.pk).update(confirmed_at=now, rejected_at=now),
    ]

    for statement_ in refused:
        with pytest.raises(DatabaseError), transaction.atomic():
            statement_()


def test_lines_are_seen_by_their_charity_and_the_auditor(
    order: ReinvestmentOrder, importer: User, house: House
) -> None:
    line = arrived(order, importer)

    for name, person in house.people.items():
        seen = BankLine.objects.visible_to(person).filter(pk=line.pk).exists()
        assert seen == (name in {"charity_officer", "auditor"}), name
        assert seen == person.has_perm("funds.view_bank_line", line), name


def test_amounts_are_read_exactly(charity: HostCharity, importer: User, now: dt.datetime) -> None:
    operations.import_statement_file(
        by=importer, charity=charity, name="a.csv", data=statement('2026-03-02,"151,200.10",甲,,R1'), now=now
    )

    assert BankLine.objects.get().amount == Decimal("151200.10")
