"""Lists of the floor over the API cost the same number of queries with one row and with three, and never more than ten.

The lists of the larger rooms are counted in their own tests; here are the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.bodies.models import BodyMembership, Seat
from funds.banking import parts
from funds.banking.models import BankMatch
from funds.charity.models import CommunityFund
from funds.donations.corrections import propose_purpose_change
from funds.intake.operations import save_mapping, upload_file
from funds.ledger.operations import suspend_book
from funds.oversight.operations import record_opinion
from funds.support.operations import plan_appropriation
from governance.accounts.models import User
from tests.factories.funds_charity import CommunityFundFactory, HostCharityFactory, committee_of
from tests.factories.funds_donations import DonationFactory, DonationStationFactory, MatchingPromiseFactory
from tests.factories.funds_reinvestment import BankLineFactory
from tests.people import House, session_client

pytestmark = pytest.mark.django_db
MOST = 10


@dataclass
class Around:
    """What the rows hang on."""

    house: House
    fund: Any
    budget: Any
    system: User
    now: dt.datetime

    def officer(self) -> User:
        """The officer of the charity."""
        return self.house.people["charity_officer"]


@pytest.fixture
def around(house: House, system: User, now: dt.datetime) -> Around:
    """A fund of the community with its committee, and a budget fund of the district."""
    fund = CommunityFundFactory(charity=house.charity, division=house.places["community"], active=True)
    committee_of(fund, house.people["resident"])
    budget = CommunityFundFactory(category="BUDGET", charity=None, division=house.places["district"], active=True)
    return Around(house, fund, budget, system, now)


def a_line(around: Around, number: int) -> Any:
    """A bank line over an amount of its own."""
    return BankLineFactory.create(charity=around.house.charity, amount=Decimal(100 + number))


def a_gift(around: Around, number: int) -> Any:
    """A donation that has arrived, over the same amount."""
    return DonationFactory.create(fund=around.fund, received=True, amount=Decimal(100 + number))


def a_match(around: Around, number: int) -> None:
    """A suggestion that a line is a voucher."""
    journal = a_gift(around, number).journal
    told = {"line": a_line(around, number), "suggested_at": around.now, "suggested_by": around.system}
    BankMatch.objects.create(journal=journal, **told)


def a_part(around: Around, number: int) -> None:
    """A line that is matched with a voucher."""
    journal = a_gift(around, number).journal
    parts.match_together(by=around.officer(), lines=[a_line(around, number)], journals=[journal], now=around.now)


def an_opinion(around: Around, number: int) -> None:
    """The opinion of the fund's supervisor on a meeting."""
    seat = BodyMembership.objects.get(body=around.fund.committee, seat=Seat.SUPERVISOR)
    told: dict[str, Any] = {"attended_on": around.now.date(), "opinion": "程序合规。", "now": around.now}
    by = around.house.people["community_staff"]
    record_opinion(by=by, fund=around.fund, membership=seat, occasion=f"第{number}次会议", **told)


def a_suspension(around: Around, number: int) -> None:
    """A stop of one way of a fund's money."""
    del number
    other: CommunityFund = CommunityFundFactory.create(
        charity=around.house.charity, division=around.house.places["community"], active=True
    )
    suspend_book(by=around.officer(), book=other.book, flow="OUTGO", reason="核对账目", now=around.now)


def an_appropriation(around: Around, number: int) -> None:
    """A budget line that gives to the budget fund."""
    plan_appropriation(
        by=around.house.people["district_officer"],
        fund=around.budget,
        source="FISCAL",
        fiscal_year=2026,
        document_number=f"自财社〔2026〕{number}号",
        amount=Decimal(1000),
        now=around.now,
    )


def a_mapping(around: Around, number: int) -> None:
    """The saved headings of a bank."""
    columns = {"booked_on": "日期", "amount": "金额", "payer": "付款人", "memo": "附言", "bank_reference": "流水号"}
    told: dict[str, Any] = {"kind": "BANK", "columns": columns, "now": around.now}
    save_mapping(by=around.officer(), charity=around.house.charity, name=f"银行{number}", **told)


def a_file(around: Around, number: int) -> None:
    """A platform's file of donations."""
    text = f"订单号,捐赠人,金额,时间\nA{number},王,1.00,2026-03-01\n"
    told: dict[str, Any] = {"file": ContentFile(text.encode()), "name": f"{number}.csv", "now": around.now}
    upload_file(by=around.officer(), fund=around.fund, **told)


def a_purpose(around: Around, number: int) -> None:
    """A donor's consent to another use."""
    told: dict[str, Any] = {"new_purpose": "助老", "consent_name": "同意书.pdf", "consent": b"%PDF-1.4\n%%EOF\n"}
    gift = a_gift(around, number)
    by = around.officer()
    propose_purpose_change(by=by, donation=gift, consented_on=around.now.date(), now=around.now, **told)


LISTS: dict[str, Callable[[Around, int], Any]] = {
    "charities": lambda _around, _number: HostCharityFactory.create(),
    "donation-stations": lambda around, _number: DonationStationFactory.create(charity=around.house.charity),
    "matching-promises": lambda around, _number: MatchingPromiseFactory.create(fund=around.fund, funded=True),
    "bank-lines": a_line,
    "bank-matches": a_match,
    "bank-parts": a_part,
    "supervisor-opinions": an_opinion,
    "suspensions": a_suspension,
    "appropriations": an_appropriation,
    "column-mappings": a_mapping,
    "donation-intakes": a_file,
    "purpose-changes": a_purpose,
}
READERS = {"appropriations": "district_officer"}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_the_same_with_one_row_and_with_three(around: Around, path: str) -> None:
    client = session_client(around.house.people[READERS.get(path, "charity_officer")])
    counted, shown = [], []
    for numbers in ((1,), (2, 3)):
        for number in numbers:
            LISTS[path](around, number)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"/api/v1/{path}")
        counted.append(len(queries))
        shown.append(len(answer.json()["results"]))

    assert shown[1] == shown[0] + 2, shown
    assert counted[0] == counted[1] <= MOST, counted
