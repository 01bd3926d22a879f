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
from communities.territory.models import Division
from funds.api_urls import routes
from funds.banking import parts
from funds.banking.models import BankMatch
from funds.budgeting.operations import call_for_proposals, draft_round, propose
from funds.charity.models import CommunityFund
from funds.closing.operations import begin_closing
from funds.donations.corrections import propose_purpose_change
from funds.enterprises.models import CommunityEnterprise
from funds.intake.models import DonationIntake, IntakeRow, Verdict
from funds.intake.operations import save_mapping, upload_file
from funds.ledger.operations import suspend_book
from funds.oversight.models import FundProposal
from funds.oversight.operations import record_opinion
from funds.packs.operations import adopt_rule_pack, enter_rule_pack
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder, ReinvestmentRun
from funds.reinvestment.planner import pending_cells, plan_cell
from funds.support.operations import plan_appropriation
from governance.accounts.models import User
from tests.factories.consultation_ballots import TopicForBallotFactory
from tests.factories.funds_appeals import AppealFactory
from tests.factories.funds_charity import CommunityFundFactory, HostCharityFactory, committee_of
from tests.factories.funds_donations import DonationFactory, DonationStationFactory, MatchingPromiseFactory
from tests.factories.funds_enterprises import EnterpriseFactory
from tests.factories.funds_reinvestment import BankLineFactory, StandingDecisionFactory, declare, make_policy
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


def a_proposal(around: Around, number: int) -> None:
    """What the monthly clock proposes of a fund."""
    since = dt.date(2025, 1, number)
    FundProposal.objects.create(fund=around.fund, kind="CLOSE", ground="IDLE", since=since, proposed_at=around.now)


def a_row_of_a_file(around: Around, number: int) -> None:
    """A row of a platform's file that was not understood."""
    a_file(around, number)
    intake = DonationIntake.objects.latest("pk")
    IntakeRow.objects.create(intake=intake, number=number, verdict=Verdict.BAD, reason="金额看不清")


def an_account_of_an_appeal(around: Around, number: int) -> None:
    """The one account of an appeal of a month."""
    del number
    days = {"starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2026, 1, 31)}
    AppealFactory.create(fund=around.fund, opened=True, **days)


def a_pack(around: Around, number: int) -> None:
    """A version of rules that two people have put in force."""
    told: dict[str, Any] = {"name": f"{number}号规则包", "values": {"fund.idle_warn": 4}, "basis": "区民政局通知"}
    people = around.house.people
    draft = enter_rule_pack(
        by=people["district_officer"], key=f"own{number}", valid_from=around.now.date(), now=around.now, **told
    )
    adopt_rule_pack(by=people["district_admin"], pack=draft, now=around.now)


def a_closing(around: Around, number: int) -> None:
    """The closing of a fund."""
    del number
    fund: CommunityFund = CommunityFundFactory.create(
        charity=around.house.charity, division=around.house.places["community"], active=True
    )
    told = {"ground": "AGREEMENT", "reason": "协议期满", "now": around.now, "today": around.now.date()}
    begin_closing(by=around.officer(), fund=fund, **told)


def a_company(around: Around) -> CommunityEnterprise:
    """Another company of the community."""
    made: CommunityEnterprise = EnterpriseFactory.create(operating=True, division=around.house.places["community"])
    return made


def a_policy(around: Around, number: int) -> DistributionPolicy:
    """The policy of another company, by which the fund gets all that is given."""
    del number
    return make_policy(enterprise=a_company(around), destinations=[(around.fund, "1")])


def a_run(around: Around, number: int) -> ReinvestmentOrder:
    """What was planned for the year of another company."""
    enterprise = a_policy(around, number).enterprise
    assert enterprise is not None
    declared = declare(enterprise, net_profit=Decimal(100000))
    for cell, _count in pending_cells():
        plan_cell(by=around.system, cell=cell, now=around.now)
    return ReinvestmentRun.objects.get(declaration=declared).orders.get()


def a_round(around: Around, number: int) -> Any:
    """A budget round that is called."""
    people = around.house.people
    a_gift(around, number)
    told: dict[str, Any] = {"title": f"{number}号项目", "text": "请居民提出小项目。", "amount": Decimal(10), "rule": {}}
    topic = TopicForBallotFactory.create(division=around.house.places["community"], deliberated=around.now)
    told |= {"topic": topic, "proposals_until": around.now.date() + dt.timedelta(days=20)}
    draft = draft_round(by=people["community_staff"], fund=around.fund, now=around.now, **told)
    return call_for_proposals(by=people["street_officer"], budget_round=draft, now=around.now)


def a_budget_proposal(around: Around, number: int) -> None:
    """What somebody proposes in a budget round."""
    told: dict[str, Any] = {"title": "扶手", "text": "为老楼安装。", "purpose": "ENVIRONMENT", "place": "一号楼"}
    by = around.house.people["community_staff"]
    asked = a_round(around, number)
    propose(by=by, now=around.now, budget_round=asked, estimate=Decimal(5), **told)


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
    "fund-proposals": a_proposal,
    "donation-intake-rows": a_row_of_a_file,
    "appeal-reports": an_account_of_an_appeal,
    "rule-packs": a_pack,
    "fund-closures": a_closing,
    "distribution-policies": a_policy,
    "standing-decisions": lambda around, _number: StandingDecisionFactory.create(enterprise=a_company(around)),
    "reinvestment-runs": a_run,
    "reinvestment-orders": a_run,
    "budget-rounds": a_round,
    "budget-proposals": a_budget_proposal,
}
READERS = {
    "appropriations": "district_officer",
    "reinvestment-runs": "street_officer",
    "reinvestment-orders": "street_officer",
    "distribution-policies": "street_officer",
}
COUNTED_ELSEWHERE = {
    **dict.fromkeys(("books", "accounts", "journals", "periods"), "ledger.test_api"),
    **dict.fromkeys(("funds",), "charity.test_api"),
    **dict.fromkeys(("appeals",), "appeals.test_surfaces"),
    **dict.fromkeys(("donations",), "donations.test_api"),
    **dict.fromkeys(("enterprises", "declarations"), "enterprises.test_api"),
    **dict.fromkeys(
        ("community-assets", "lettings", "rent-charges", "rent-receipts", "business-records"),
        "enterprises.test_books_surfaces",
    ),
    **dict.fromkeys(("spending-requests", "payments"), "spending.test_surfaces"),
    **dict.fromkeys(("emergency-reliefs", "refunds"), "spending.test_lists"),
    **dict.fromkeys(("reinvestment-reports", "reinvestment-uses"), "returns.test_returns"),
    "upkeep-entries": "upkeep.test_upkeep",
    "disclosures": "disclosure.test_surfaces",
    "vouchers": "statements.test_accounting",
}
"""Where the lists that are not counted here are counted."""


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


def test_every_list_of_the_floor_is_counted() -> None:
    listed = {path for path, view in routes if hasattr(view, "list")}

    assert listed == LISTS.keys() | COUNTED_ELSEWHERE.keys()
    assert not LISTS.keys() & COUNTED_ELSEWHERE.keys()


@pytest.mark.parametrize("path", ["place-money/{place}", "area-statements/{place}?period=2026-03"])
def test_the_money_of_a_place_costs_the_same_with_one_fund_and_with_three(around: Around, path: str) -> None:
    place: Division = around.house.places["community"]
    client = session_client(None)
    counted, came = [], []
    for funds in (0, 2):
        a_gift(around, 1)
        for _number in range(funds):
            fund = CommunityFundFactory.create(charity=around.house.charity, division=place, active=True)
            DonationFactory.create(fund=fund, received=True, amount=Decimal(100))
        client.get(f"/api/v1/{path.format(place=place.pk)}")
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"/api/v1/{path.format(place=place.pk)}")
        counted.append(len(queries))
        came.append(answer.content)

    assert answer.status_code == 200
    assert came[0] != came[1]
    assert counted[0] == counted[1] <= MOST, counted
