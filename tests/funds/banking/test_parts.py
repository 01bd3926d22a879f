"""Lines and vouchers matched by the machine and by hand: whole, split, merged, taken back; and the walls behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from funds.banking import operations
from funds.banking.models import BankAllocation, BankLine, BankMatch
from funds.banking.policy import adding_up, says
from funds.banking.queries import choice_for
from funds.charity.models import CommunityFund, HostCharity
from funds.ledger.models import Account, Journal
from funds.ledger.operations import Line, post_journal, reverse_journal
from funds.ledger.queries import balance_of
from funds.reinvestment.models import ReinvestmentOrder
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from tests.factories.funds_donations import DonationFactory
from tests.factories.funds_reinvestment import BankLineFactory, open_fund
from tests.funds.banking.test_operations import arrived
from tests.people import House
from tests.walls import change_refused, refused, violated

pytestmark = pytest.mark.django_db
Post = Callable[..., Journal]
DAY = dt.date(2026, 3, 2)


@pytest.fixture
def posted(fund: CommunityFund, system: User, now: dt.datetime) -> Post:
    """Return what posts money of donors into the fund."""

    def post(amount: str, *, on: dt.date = DAY, into: CommunityFund = fund, reverse: bool = False) -> Journal:
        accounts = {account.code: account for account in Account.objects.filter(book=into.book)}
        line = Line(accounts["source:donor"], accounts["pool:free"], Decimal(amount))
        if reverse:
            line = Line(line.target, line.source, line.amount)
        number = Journal.objects.count()
        return post_journal(
            by=system,
            book=into.book,
            kind="DONATION",
            key=f"given:{number}",
            posted_on=on,
            memo="捐赠",
            lines=[line],
            now=now,
        )

    return post


def line_of(charity: HostCharity, importer: User, amount: str, **more: Any) -> BankLine:
    """A bank line of an amount."""
    made: BankLine = BankLineFactory(
        charity=charity, imported_by=importer, amount=Decimal(amount), payer="某单位", **more
    )
    return made


def together(by: User, lines: list[BankLine], journals: list[Journal], now: dt.datetime) -> list[BankAllocation]:
    """Match lines with vouchers."""
    return operations.match_together(by=by, lines=lines, journals=journals, now=now)


def states(*rows: BankLine) -> list[tuple[str, Decimal]]:
    """Return where lines stand, and what of them is matched."""
    return [(row.status, row.matched) for row in BankLine.objects.filter(pk__in=[r.pk for r in rows]).order_by("pk")]


# --- By the machine


def test_what_agrees_with_a_voucher_in_everything_is_matched_at_once(
    fund: CommunityFund, charity: HostCharity, importer: User, system: User, now: dt.datetime
) -> None:
    donation = DonationFactory(fund=fund, received=True, reference="GH2026030001")
    line = line_of(charity, importer, "1000", memo="捐款 GH2026030001", booked_on=donation.journal.posted_on)

    made = operations.suggest_matches(by=system, now=now)

    part = BankAllocation.objects.get()
    assert (made, part.line, part.journal, part.amount) == (1, line, donation.journal, Decimal("1000.00"))
    assert states(line) == [("MATCHED", Decimal("1000.00"))]
    assert (part.match.is_exact, part.match.confirmed_by) == (True, system)
    assert AuditEntry.objects.filter(verb="funds.bank_match.confirmed").count() == 1
    assert operations.suggest_matches(by=system, now=now) == 0


@pytest.mark.parametrize(("days", "status"), [(5, "MATCHED"), (-5, "MATCHED"), (6, "UNMATCHED"), (-6, "UNMATCHED")])
def test_five_days_around_the_voucher_agree(
    *,
    days: int,
    status: str,
    fund: CommunityFund,
    charity: HostCharity,
    importer: User,
    system: User,
    now: dt.datetime,
) -> None:
    donation = DonationFactory(fund=fund, received=True, reference="GH2026030001")
    day = donation.journal.posted_on + dt.timedelta(days=days)
    line = line_of(charity, importer, "1000", memo="GH2026030001", booked_on=day)

    operations.suggest_matches(by=system, now=now)

    assert states(line)[0][0] == status


def test_a_voucher_that_fits_by_its_amount_alone_waits_for_a_person(
    posted: Post, charity: HostCharity, importer: User, system: User, charity_officer: User, now: dt.datetime
) -> None:
    journal = posted("300")
    line = line_of(charity, importer, "300")

    operations.suggest_matches(by=system, now=now)
    match = BankMatch.objects.get()
    assert (match.journal, match.is_exact, states(line)[0][0]) == (journal, False, "SUGGESTED")
    operations.confirm_match(by=charity_officer, match=match, now=now)

    assert states(line) == [("MATCHED", Decimal("300.00"))]
    assert Journal.objects.count() == 1


def test_two_vouchers_of_one_amount_suggest_nothing(
    posted: Post, charity: HostCharity, importer: User, system: User, now: dt.datetime
) -> None:
    posted("300")
    posted("300")
    line_of(charity, importer, "300")

    assert operations.suggest_matches(by=system, now=now) == 0


def test_a_confirmed_order_leaves_its_part(
    order: ReinvestmentOrder, importer: User, system: User, charity_officer: User, now: dt.datetime
) -> None:
    match = operations.suggest_match(by=system, line=arrived(order, importer), order=order, now=now)

    operations.confirm_match(by=charity_officer, match=match, now=now)

    part = BankAllocation.objects.get()
    assert (part.match, part.journal.order, part.amount, part.made_by) == (match, order, order.amount, charity_officer)


# --- By hand


def test_one_line_over_several_vouchers(
    posted: Post, charity: HostCharity, importer: User, charity_officer: User, now: dt.datetime
) -> None:
    line = line_of(charity, importer, "600.03")
    journals = [posted("100.01"), posted("200.02"), posted("300")]

    parts = together(charity_officer, [line], journals, now)

    assert [(part.journal, part.amount) for part in parts] == [
        (journal, journal.total) for journal in sorted(journals, key=lambda row: row.pk)
    ]
    assert states(line) == [("MATCHED", Decimal("600.03"))]
    assert AuditEntry.objects.get(verb="funds.bank_line.matched").object_key == str(line.pk)


def test_several_lines_in_one_voucher_and_both_ways_at_once(
    posted: Post, charity: HostCharity, importer: User, charity_officer: User, now: dt.datetime
) -> None:
    merged = [line_of(charity, importer, amount) for amount in ("100", "200")]
    crossed = [line_of(charity, importer, amount) for amount in ("50", "70")]

    together(charity_officer, merged, [posted("300")], now)
    parts = together(charity_officer, crossed, [posted("60"), posted("60")], now)

    assert {status for status, _matched in states(*merged, *crossed)} == {"MATCHED"}
    assert [part.amount for part in parts] == [Decimal(50), Decimal(10), Decimal(60)]


def test_an_order_paid_in_two_transfers_is_posted_once(
    order: ReinvestmentOrder, fund: CommunityFund, importer: User, system: User, charity_officer: User, now: dt.datetime
) -> None:
    first = arrived(order, importer, amount=Decimal("100000.00"))
    second = arrived(order, importer, amount=order.amount - Decimal("100000.00"), booked_on=now.date())

    operations.match_together(by=charity_officer, lines=[first, second], orders=[order], now=now)

    received = ReinvestmentOrder.objects.get(pk=order.pk)
    assert (received.status, received.received_on) == ("RECEIVED", now.date())
    assert balance_of(fund.book.accounts.get(code="pool:free")) == order.amount
    assert BankAllocation.objects.filter(journal=received.journal).count() == 2
    assert operations.suggest_matches(by=system, now=now) == 0


def test_a_suggestion_gives_way_to_a_hand(
    order: ReinvestmentOrder,
    posted: Post,
    charity: HostCharity,
    importer: User,
    system: User,
    charity_officer: User,
    now: dt.datetime,
) -> None:
    line, other = arrived(order, importer), arrived(order, importer)
    operations.suggest_match(by=system, line=line, order=order, now=now)

    operations.match_together(by=charity_officer, lines=[other], orders=[order], now=now)

    assert [status for status, _matched in states(line, other)] == ["UNMATCHED", "MATCHED"]
    assert BankMatch.objects.get().rejected_by == charity_officer


@pytest.mark.usefixtures("english")
def test_sums_that_differ_by_a_fen_are_refused_with_the_difference(
    posted: Post, charity: HostCharity, importer: User, charity_officer: User, now: dt.datetime
) -> None:
    line = line_of(charity, importer, "300.01")

    with pytest.raises(operations.SumsDiffer, match=r"300\.01 yuan.*300\.00.*0\.01"):
        together(charity_officer, [line], [posted("100"), posted("200")], now)

    assert (BankAllocation.objects.count(), states(line)) == (0, [("UNMATCHED", Decimal(0))])


def test_what_cannot_be_matched_by_hand(
    posted: Post,
    charity: HostCharity,
    house: House,
    order: ReinvestmentOrder,
    importer: User,
    charity_officer: User,
    stranger: User,
    now: dt.datetime,
) -> None:
    line, journal = line_of(charity, importer, "300"), posted("300")
    far = open_fund(house.places["neighbor"])
    foreign_line, foreign = line_of(far.charity, importer, "300"), posted("300", into=far)
    aside = operations.set_line_aside(
        by=charity_officer, line=line_of(charity, importer, "300"), reason="银行差错", now=now
    )
    refusals: list[tuple[type[Exception], User, list[BankLine], dict[str, Any]]] = [
        (NotAllowed, stranger, [line], {"journals": [journal]}),
        (lifecycle.SamePerson, importer, [line], {"journals": [journal]}),
        (operations.NothingChosen, charity_officer, [line], {}),
        (operations.NothingChosen, charity_officer, [], {"journals": [journal]}),
        (operations.NothingChosen, charity_officer, [line, foreign_line], {"journals": [journal]}),
        (operations.JournalNotOpen, charity_officer, [line], {"journals": [foreign]}),
        (operations.LineNotFree, charity_officer, [aside], {"journals": [journal]}),
        (operations.SumsDiffer, charity_officer, [line], {"orders": [order]}),
    ]

    for error, by, lines, more in refusals:
        with pytest.raises(error):
            operations.match_together(by=by, lines=lines, now=now, **more)

    together(charity_officer, [line], [journal], now)
    for error, by, lines, more in [
        (operations.LineNotFree, charity_officer, [line], {"journals": [posted("300")]}),
        (operations.JournalNotOpen, charity_officer, [line_of(charity, importer, "300")], {"journals": [journal]}),
    ]:
        with pytest.raises(error):
            operations.match_together(by=by, lines=lines, now=now, **more)
    assert BankAllocation.objects.count() == 1


# --- Taking back


def test_what_was_matched_in_error_is_taken_back_by_a_row(
    posted: Post, charity: HostCharity, importer: User, charity_officer: User, stranger: User, now: dt.datetime
) -> None:
    line, right = line_of(charity, importer, "300"), posted("300")
    [first, _second] = together(charity_officer, [line], [posted("100"), posted("200")], now)
    with pytest.raises(lifecycle.ReasonMissing):
        operations.take_part_back(by=charity_officer, part=first, reason=" ", now=now)
    with pytest.raises(NotAllowed):
        operations.take_part_back(by=stranger, part=first, reason="错", now=now)

    back = operations.take_part_back(by=charity_officer, part=first, reason="不是这一笔", now=now)

    assert (back.reverses, back.amount, BankAllocation.objects.count()) == (first, first.amount, 3)
    assert states(line) == [("PARTLY", Decimal("200.00"))]
    assert AuditEntry.objects.get(verb="funds.bank_line.unmatched").reason == "不是这一笔"
    for again in (first, back):
        with pytest.raises(operations.PartTakenBack):
            operations.take_part_back(by=charity_officer, part=again, reason="再", now=now)
    together(charity_officer, [line], [first.journal], now)
    assert states(line) == [("MATCHED", Decimal("300.00"))]
    assert right.bank_parts.count() == 0


def test_a_match_that_was_taken_back_is_not_made_again_by_the_machine(
    fund: CommunityFund, charity: HostCharity, importer: User, system: User, charity_officer: User, now: dt.datetime
) -> None:
    donation = DonationFactory(fund=fund, received=True, reference="GH2026030001")
    line = line_of(charity, importer, "1000", memo="GH2026030001", booked_on=donation.journal.posted_on)
    operations.suggest_matches(by=system, now=now)

    operations.take_part_back(by=charity_officer, part=BankAllocation.objects.get(), reason="另一笔", now=now)

    assert BankMatch.objects.get().taken_back_at == now
    assert operations.suggest_matches(by=system, now=now) == 0
    assert states(line) == [("UNMATCHED", Decimal(0))]


def test_parts_of_a_reversed_voucher_are_let_go_by_the_clock(
    posted: Post,
    charity: HostCharity,
    importer: User,
    system: User,
    charity_officer: User,
    street_reviewer: User,
    now: dt.datetime,
) -> None:
    line, journal = line_of(charity, importer, "300"), posted("300")
    together(charity_officer, [line], [journal], now)
    assert operations.release_reversed(by=system, now=now) == 0

    reverse_journal(by=street_reviewer, journal=journal, posted_on=DAY, memo="重复入账", now=now)

    assert operations.release_reversed(by=system, now=now) == 1
    assert operations.release_reversed(by=system, now=now) == 0
    assert states(line) == [("UNMATCHED", Decimal(0))]
    with pytest.raises(operations.JournalNotOpen):
        together(charity_officer, [line], [journal], now)


# --- Walls


def test_the_database_alone_keeps_parts_within_lines_and_vouchers(
    posted: Post,
    charity: HostCharity,
    house: House,
    importer: User,
    charity_officer: User,
    street_reviewer: User,
    now: dt.datetime,
) -> None:
    line, big, journal = line_of(charity, importer, "300"), posted("1000"), posted("300")
    other = line_of(charity, importer, "900")
    aside = operations.set_line_aside(
        by=charity_officer, line=line_of(charity, importer, "5"), reason="银行差错", now=now
    )
    foreign = posted("300", into=open_fund(house.places["neighbor"]))
    wrong = posted("40")
    back = reverse_journal(by=street_reviewer, journal=wrong, posted_on=DAY, memo="冲正", now=now)
    out = posted("10", reverse=True)
    insert = (
        "INSERT INTO funds_bankallocation (line_id, journal_id, amount, reverses_id, reason, made_at, made_by_id)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)"
    )

    def row(
        part_line: BankLine, voucher: Journal, amount: str, taken: int | None = None, by: User | None = None
    ) -> Any:
        reason = "错" if taken else ""
        return (part_line.pk, voucher.pk, Decimal(amount), taken, reason, now, (by or charity_officer).pk)

    refused("bankallocation_amount_is_positive", insert, *row(line, journal, "0"))
    refused("bankline_never_matched_above_its_amount", insert, *row(line, big, "300.01"))
    refused("bankallocation_journal_not_above_its_own", insert, *row(other, journal, "300.01"))
    refused("bankallocation_journal_not_above_its_own", insert, *row(other, out, "1"))
    refused("bankallocation_made_by_another", insert, *row(line, journal, "1", by=importer))
    refused("bankallocation_within_its_charity", insert, *row(line, foreign, "1"))
    refused("bankallocation_journal_stands", insert, *row(line, wrong, "1"))
    refused("bankallocation_journal_stands", insert, *row(line, back, "1"))
    refused("bankallocation_line_is_in_use", insert, *row(aside, journal, "1"))

    [part] = together(charity_officer, [line], [journal], now)
    refused("bankallocation_journal_not_above_its_own", insert, *row(other, journal, "0.01"))
    refused("bankallocation_taken_back_whole", insert, *row(line, journal, "1", taken=part.pk))
    refused("bankallocation_taken_back_whole", insert, *row(other, journal, "300", taken=part.pk))
    operations.take_part_back(by=charity_officer, part=part, reason="错", now=now)
    assert "reverses_id" in violated(insert, *row(line, journal, "300", taken=part.pk))


@pytest.mark.parametrize("status", ["MATCHED", "PARTLY"])
def test_a_status_says_what_is_matched(*, status: str, charity: HostCharity, importer: User) -> None:
    change_refused("bankline_status_tells_what_is_matched", line_of(charity, importer, "300"), f"status = '{status}'")


@pytest.mark.django_db(transaction=True)
def test_nobody_writes_what_is_matched(charity: HostCharity, importer: User, owner: Callable[[], Any]) -> None:
    line = line_of(charity, importer, "300")

    assert "permission denied" in violated("UPDATE funds_bankline SET matched = 1 WHERE id = %s", line.pk)
    with owner():
        statement = "UPDATE funds_bankline SET matched = 1, status = 'PARTLY' WHERE id = %s"
        refused("bankline_matched_follows_its_parts", statement, line.pk)
        assert "Cannot" in violated("DELETE FROM funds_bankline")
    with pytest.raises(IntegrityError, match="begins unmatched"), transaction.atomic():
        line_of(charity, importer, "300", matched=Decimal(300), status="MATCHED")


# --- What comes to the same


@pytest.mark.parametrize(
    ("total", "parts", "places"),
    [
        (300, [100, 300, 200], (1,)),
        (300, [100, 50, 200], (0, 2)),
        (301, [100, 50, 200], ()),
        (0, [], ()),
        (10, [1, 2, 3, 4], (0, 1, 2, 3)),
        (15, [1, 2, 3, 4, 5], ()),
    ],
)
def test_the_fewest_that_add_up_are_found(total: int, parts: list[int], places: tuple[int, ...]) -> None:
    assert adding_up(total, parts) == places


@pytest.mark.parametrize(
    ("memo", "reference", "is_said"),
    [
        ("捐款 GH2026030001 谢谢", "GH2026030001", True),
        ("捐款gh2026030001", "GH2026030001", False),
        ("GH20260300012", "GH2026030001", False),
        ("12", "12", True),
        ("2012年", "12", False),
    ],
)
def test_a_reference_is_said_whole(*, memo: str, reference: str, is_said: bool) -> None:
    assert says(memo, reference) is is_said


def test_what_adds_up_is_ticked(posted: Post, charity: HostCharity, importer: User) -> None:
    wanted = [posted("100"), posted("250")]
    posted("90")

    choice = choice_for([line_of(charity, importer, "350")])

    assert choice.chosen_journals == {row.pk for row in wanted}
    assert len(choice.journals) == 3
