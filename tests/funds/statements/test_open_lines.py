"""Which bank lines of a charity hold the month of a fund, and what becomes of money that is cleared up after the closing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from funds.banking.models import BankLine, BankMatch
from funds.charity.models import CommunityFund
from funds.donations.operations import receive_donation
from funds.ledger.models import Journal
from funds.statements.checklist import open_points
from funds.statements.open_lines import OpenLines, open_lines
from funds.statements.operations import close_month, propose_month
from funds.statements.periods import month_span
from governance.accounts.models import User
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_donations import DonationFactory
from tests.factories.funds_reinvestment import BankLineFactory
from tests.people import House

pytestmark = pytest.mark.django_db
NOVEMBER = month_span(2025, 11)
DAY = dt.date(2025, 11, 5)


@pytest.fixture
def neighbor(posted: CommunityFund) -> Any:
    """Another fund of the same charity."""
    return CommunityFundFactory.create(charity=posted.charity, active=True)


def line(fund: CommunityFund, **said: Any) -> BankLine:
    """Return a line of November on the account of the fund's charity; without more it points to nobody."""
    plain = {"booked_on": DAY, "payer": "李某", "memo": "捐款", "amount": Decimal("77.00")}
    found: BankLine = BankLineFactory.create(charity=fund.charity, **{**plain, **said})
    return found


def both(fund: CommunityFund, other: CommunityFund) -> tuple[OpenLines, OpenLines]:
    """Return what the month of each of two funds waits for."""
    return open_lines(fund, NOVEMBER), open_lines(other, NOVEMBER)


POINTING, NOTHING, UNCLEAR = OpenLines(1, 0), OpenLines(), OpenLines(0, 1)


def test_a_line_that_points_to_nobody_holds_nobody(posted: CommunityFund, neighbor: CommunityFund) -> None:
    line(posted)

    assert both(posted, neighbor) == (UNCLEAR, UNCLEAR)
    assert not any(point.is_blocking for point in open_points(posted.book, 2025, 11))


@pytest.mark.parametrize("column", ["name", "short_name", "agreement_number"])
def test_a_line_that_names_a_fund_holds_that_fund_only(
    posted: CommunityFund, neighbor: CommunityFund, column: str
) -> None:
    posted.refresh_from_db()
    line(posted, memo=f"爱心款（{getattr(posted, column)}）")

    assert both(posted, neighbor) == (POINTING, NOTHING)


def test_the_reference_of_an_awaited_donation_points_to_its_fund(
    posted: CommunityFund, neighbor: CommunityFund
) -> None:
    DonationFactory.create(fund=posted, reference="流水998877", amount=Decimal("5.00"), donor_name="")
    line(posted, memo="转账 流水998877")

    assert both(posted, neighbor) == (POINTING, NOTHING)


def test_a_short_reference_is_no_sign(posted: CommunityFund, neighbor: CommunityFund) -> None:
    """“12” stands in many a memo; so does an agreement that has no number."""
    DonationFactory.create(fund=posted, reference="12", amount=Decimal("5.00"))
    line(posted, memo="2025年12月捐款")

    assert both(posted, neighbor) == (UNCLEAR, UNCLEAR)


@pytest.mark.parametrize("alike", ["amount", "payer"])
def test_the_amount_or_payer_of_something_awaited_points_by_likeness(
    posted: CommunityFund, neighbor: CommunityFund, alike: str
) -> None:
    DonationFactory.create(fund=posted, donor_name="川南百货", amount=Decimal("500.00"))
    line(posted, **({"amount": Decimal("500.00")} if alike == "amount" else {"payer": "川南百货"}))

    assert both(posted, neighbor) == (POINTING, NOTHING)


def test_likeness_gives_way_to_what_the_bank_wrote_plainly(posted: CommunityFund, neighbor: CommunityFund) -> None:
    """Five hundred yuan are awaited here, but the line names the neighbor."""
    DonationFactory.create(fund=posted, amount=Decimal("500.00"))
    line(posted, amount=Decimal("500.00"), memo=neighbor.name)

    assert both(posted, neighbor) == (NOTHING, POINTING)


def test_what_was_received_is_not_awaited(posted: CommunityFund, neighbor: CommunityFund) -> None:
    DonationFactory.create(fund=neighbor, received=True, amount=Decimal("500.00"))
    line(posted, amount=Decimal("500.00"))

    assert both(posted, neighbor) == (UNCLEAR, UNCLEAR)


def test_a_suggested_match_points_to_the_fund_of_its_voucher(
    posted: CommunityFund, neighbor: CommunityFund, system: User, now: dt.datetime
) -> None:
    """The suggestion stands although the line names nobody, until a person decides it."""
    journal = Journal.objects.get(book=posted.book, key="donation:1")
    found = line(posted, amount=journal.total)
    match = BankMatch.objects.create(line=found, journal=journal, suggested_at=now, suggested_by=system)
    BankLine.objects.filter(pk=found.pk).update(status="SUGGESTED")
    before = both(posted, neighbor)

    BankMatch.objects.filter(pk=match.pk).update(rejected_at=now, rejected_by=system)

    assert before == (POINTING, NOTHING)
    assert both(posted, neighbor) == (UNCLEAR, UNCLEAR)


def test_other_months_charities_and_lines_set_aside_do_not_count(posted: CommunityFund, now: dt.datetime) -> None:
    line(posted, booked_on=dt.date(2025, 12, 1), memo=posted.name)
    BankLineFactory.create(booked_on=DAY, memo=posted.name)
    aside = line(posted, memo=posted.name)
    BankLine.objects.filter(pk=aside.pk).update(status="SET_ASIDE", set_aside_reason="会费")

    assert open_lines(posted, NOVEMBER) == NOTHING


@pytest.mark.parametrize("lines", [1, 3])
def test_asking_costs_one_query(posted: CommunityFund, lines: int, django_assert_num_queries: Any) -> None:
    for _number in range(lines):
        line(posted)

    with django_assert_num_queries(1):
        assert open_lines(posted, NOVEMBER).unclear == lines


def test_what_is_cleared_up_after_the_closing_is_posted_in_the_open_month(
    *, posted: CommunityFund, house: House, street_officer: User, street_reviewer: User, now: dt.datetime
) -> None:
    """The month stays as it was signed; the donation keeps the bank's day, its voucher bears the day of clearing up."""
    line(posted)
    row = propose_month(by=street_officer, book=posted.book, year=2025, month=11, now=now)
    close_month(by=street_reviewer, period=row, now=now)
    CommunityFund.objects.filter(pk=posted.pk).update(status="ACTIVE")
    posted.refresh_from_db()
    late = DonationFactory.create(fund=posted, amount=Decimal("77.00"))

    received = receive_donation(by=house.people["charity_officer"], donation=late, received_on=DAY, now=now)

    assert (received.received_on, received.journal.posted_on) == (DAY, now.astimezone().date())
