"""The ways by which money is given back, each with its papers and its hands, by API, page and desk; what falls due."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from funds.charity.models import CommunityFund
from funds.enterprises.models import CommunityEnterprise
from funds.reinvestment import operations
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder
from funds.statements.operations import close_month, propose_month
from governance.accounts.models import User
from governance.calendar import clock
from governance.outbox.models import OutboxEvent
from tests.factories.funds_enterprises import EnterpriseFactory
from tests.factories.funds_reinvestment import StandingDecisionFactory, make_policy
from tests.funds.reinvestment.conftest import Plan
from tests.funds.reinvestment.test_operations import walk
from tests.people import House, desk_client, session_client, sign_in

pytestmark = pytest.mark.django_db
BASE = "/api/v1/reinvestment-orders"


@pytest.fixture
def now() -> dt.datetime:
    """All surfaces read the real clock."""
    return clock.now()


def proposed(company: CommunityEnterprise, fund: CommunityFund, plan: Plan, route: str) -> ReinvestmentOrder:
    make_policy(enterprise=company, destinations=[(fund, "1")], route=route)
    return plan(company, net_profit=Decimal(1000)).orders.get()


@pytest.mark.parametrize(
    ("route", "receiver", "papers"),
    [
        ("DIVIDEND", "community_staff", "股东会决议2026-1；分红回单77；居委会账目第12号"),
        ("DIRECT", "street_officer", "合同3号；发票0081；验收单"),
    ],
)
def test_a_route_without_a_fund_goes_its_whole_way(
    *,
    route: str,
    receiver: str,
    papers: str,
    company: CommunityEnterprise,
    fund: CommunityFund,
    plan: Plan,
    house: House,
    now: dt.datetime,
) -> None:
    """Its papers on the page, its arrival on the desk, its receipt by the interface; nothing touches the ledger."""
    order = walk(proposed(company, fund, plan, route), house, now, "APPROVED")
    today, client = clock.today().isoformat(), Client()
    sign_in(client, house.people["enterprise_accountant"])

    without = client.post(f"/orders/{order.pk}/payment/", {"paid_on": today, "payment_reference": "88"})
    between = ReinvestmentOrder.objects.get(pk=order.pk).status
    client.post(f"/orders/{order.pk}/payment/", {"paid_on": today, "evidence": papers})
    desk = desk_client(house.people[receiver])
    desk.post(f"/desk/funds/reinvestmentorder/{order.pk}/moves/receive/", {"received_on": today})
    receipted = session_client(house.people[receiver]).post(
        f"{BASE}/{order.pk}/issue_receipt", {"receipt_number": "确认1"}
    )
    published = session_client(house.people["street_reviewer"]).post(f"{BASE}/{order.pk}/publish")

    assert (without.status_code, between) == (400, "APPROVED")
    assert (receipted.status_code, published.json()["status"]) == (200, "PUBLISHED")
    assert ReinvestmentOrder.objects.get(pk=order.pk).evidence == papers
    assert fund.book.journals.count() == 0


@pytest.mark.parametrize("person", ["charity_officer", "enterprise_head", "other_street_officer", "resident"])
def test_a_direct_payment_counts_only_after_the_street_has_confirmed_it(
    *, person: str, company: CommunityEnterprise, fund: CommunityFund, plan: Plan, house: House, now: dt.datetime
) -> None:
    paid = walk(proposed(company, fund, plan, "DIRECT"), house, now, "PAID")

    answer = session_client(house.people[person]).post(
        f"{BASE}/{paid.pk}/receive", {"received_on": clock.today().isoformat()}
    )

    assert answer.status_code in {403, 404}
    assert ReinvestmentOrder.objects.get(pk=paid.pk).status == "PAID"


def test_a_decision_of_another_enterprise_or_over_less_is_refused(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan, house: House, now: dt.datetime
) -> None:
    order = walk(plan(company, net_profit=Decimal(1000)).orders.get(), house, now, "CONFIRMED")
    client = session_client(house.people["community_staff"])
    other = StandingDecisionFactory(enterprise=EnterpriseFactory(operating=True, division=company.division))
    small = StandingDecisionFactory(enterprise=company, amount_limit=order.amount - Decimal("0.01"))

    answers = [
        client.post(f"{BASE}/{order.pk}/resolve", body)
        for body in (
            {"standing_decision": other.pk},
            {"standing_decision": small.pk},
            {"decision_reference": "第1号"},
            {},
        )
    ]

    assert [answer.status_code for answer in answers] == [400] * 4
    assert {answer.json()["code"] for answer in answers} == {"decision_does_not_cover", "consent_missing"}
    assert ReinvestmentOrder.objects.get(pk=order.pk).status == "CONFIRMED"


def test_cancelling_needs_a_reason_and_frees_the_amount_for_the_next_plan(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan, house: House
) -> None:
    order = plan(company, net_profit=Decimal(1000), registered_capital=Decimal(0)).orders.get()
    client = session_client(house.people["street_reviewer"])

    without = client.post(f"{BASE}/{order.pk}/cancel")
    done = client.post(f"{BASE}/{order.pk}/cancel", {"reason": "申报有误，重新申报"})
    again = plan(company, net_profit=Decimal(2000), registered_capital=Decimal(0), revision=2).orders.get()

    assert (without.status_code, without.json()["code"]) == (400, "reason_missing")
    assert (done.json()["status"], again.amount) == ("CANCELLED", Decimal(1200))


def test_what_falls_due_is_told_marked_and_still_payable(
    *,
    company: CommunityEnterprise,
    policy: DistributionPolicy,
    plan: Plan,
    house: House,
    system: User,
    now: dt.datetime,
) -> None:
    """Thirty days before, seven before, on the day: one reminder each; the day after it is overdue and can be paid."""
    order = walk(plan(company, net_profit=Decimal(1000)).orders.get(), house, now, "APPROVED")
    due = order.due_on
    assert due is not None

    sent = []
    for before in (30, 29, 7, 7, 1, 0):
        day = due - dt.timedelta(days=before)
        sent.append(operations.remind(by=system, now=now, today=day))
    on_the_day = operations.mark_overdue(by=system, now=now, today=due)
    after = operations.mark_overdue(by=system, now=now, today=due + dt.timedelta(days=1))

    assert sent == [1, 0, 1, 0, 0, 1]
    assert (on_the_day, after) == (0, 1)
    days = OutboxEvent.objects.filter(topic="funds.order.reminder").order_by("id").values_list("payload", flat=True)
    assert [payload["days_left"] for payload in days] == [30, 7, 0]
    accountant = Client()
    sign_in(accountant, house.people["enterprise_accountant"])
    assert order.get_absolute_url() in accountant.get("/orders/").content.decode()
    paid = session_client(house.people["enterprise_accountant"]).post(
        f"{BASE}/{order.pk}/record_payment", {"paid_on": clock.today().isoformat(), "payment_reference": "8801"}
    )
    assert paid.json()["status"] == "PAID"


def test_money_that_is_matched_after_its_month_was_closed_is_posted_today(
    *,
    company: CommunityEnterprise,
    fund: CommunityFund,
    policy: DistributionPolicy,
    plan: Plan,
    house: House,
    now: dt.datetime,
) -> None:
    """The order keeps the bank's day; the month stays as it was signed."""
    order = walk(plan(company, net_profit=Decimal(1000)).orders.get(), house, now, "PAID")
    booked_on = clock.today().replace(day=1) - dt.timedelta(days=1)
    told = {"book": fund.book, "year": booked_on.year, "month": booked_on.month, "now": now}
    month = propose_month(by=house.people["street_officer"], **told)
    close_month(by=house.people["street_reviewer"], period=month, now=now)

    received = operations.receive_by_bank_line(
        by=house.people["charity_officer"], order=order, amount=order.amount, booked_on=booked_on, now=now
    )

    assert received.journal is not None
    assert (received.received_on, received.journal.posted_on) == (booked_on, clock.today())
