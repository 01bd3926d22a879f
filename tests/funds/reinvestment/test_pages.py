"""The order's page: its derivation in words, its picture, and what the enterprise does there."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from funds.charity.models import CommunityFund
from funds.enterprises.models import CommunityEnterprise
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder, ReinvestmentRun
from funds.reinvestment.operations import receive_by_bank_line
from funds.reinvestment.queries import exact, explain, percent, picture
from governance.accounts.models import User
from governance.calendar import clock
from tests.factories.funds_reinvestment import make_policy
from tests.funds.reinvestment.conftest import Plan
from tests.funds.reinvestment.test_operations import walk
from tests.people import House, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> dt.datetime:
    """The pages read the real clock."""
    return clock.now()


@pytest.fixture
def order(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan, worked_example: dict[str, Decimal]
) -> ReinvestmentOrder:
    """The proposed order of the worked example."""
    return plan(company, **worked_example).orders.get()


def browser(user: User | None) -> Client:
    """Return the browser of a person who is signed in, or of a visitor."""
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def test_the_derivation_reads_as_sentences(order: ReinvestmentOrder) -> None:
    run = ReinvestmentRun.objects.for_detail().get(pk=order.run_id)

    with translation.override("en"):
        lines = [line.sentence for line in explain(run)]

    assert lines == [
        "The net profit declared is 300,000.00 yuan.",
        "Losses of earlier years are made good first: 20,000.00 yuan.",
        "Of the 280,000.00 yuan left, 10 % go into the statutory reserve: 28,000.00 yuan.",
        "The base, distributable profit, is 252,000.00 yuan.",
        "Of 252,000.00 yuan, 60 % are given back: 151,200.00 yuan.",
        "Given back to the community: 151,200.00 yuan.",
        "Kept by the enterprise for its development: 100,800.00 yuan.",
        f"To “{order.fund.short_name}” go 100 %: 151,200.00 yuan.",
    ]


def test_the_picture_shares_its_width_by_the_amounts(order: ReinvestmentOrder) -> None:
    segments = picture(ReinvestmentRun.objects.for_detail().get(pk=order.run_id))

    assert [(segment.amount, segment.x, segment.width) for segment in segments] == [
        (Decimal(20000), Decimal(0), Decimal("40.0")),
        (Decimal(28000), Decimal("40.0"), Decimal("56.0")),
        (Decimal(151200), Decimal("96.0"), Decimal("302.4")),
        (Decimal(100800), Decimal("398.4"), Decimal("201.6")),
    ]


@pytest.mark.parametrize(
    ("amount", "text"), [("1234.5", "1,234.50"), ("0.005", "0.005"), ("1234.567800", "1,234.5678"), ("100", "100.00")]
)
def test_amounts_keep_what_they_need(amount: str, text: str) -> None:
    assert exact(Decimal(amount)) == text


@pytest.mark.parametrize(("rate", "text"), [("0.1", "10 %"), ("0.3333", "33.33 %"), ("1", "100 %"), ("0.005", "0.5 %")])
def test_rates_are_percentages(rate: str, text: str) -> None:
    assert percent(Decimal(rate)) == text


def test_a_loss_has_no_picture(company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan) -> None:
    run = plan(company, net_profit=Decimal(-5))

    assert picture(ReinvestmentRun.objects.for_detail().get(pk=run.pk)) == []


def test_the_head_confirms_on_the_page(order: ReinvestmentOrder, house: House) -> None:
    client = browser(house.people["enterprise_head"])

    shown = client.get(order.get_absolute_url())
    done = client.post(f"/orders/{order.pk}/moves/", {"move": "confirm", "next": order.get_absolute_url()})

    assert shown.status_code == 200
    assert 'value="confirm"' in shown.content.decode()
    assert "151,200.00" in shown.content.decode()
    assert (done.status_code, done.headers["Location"]) == (302, order.get_absolute_url())
    assert ReinvestmentOrder.objects.get(pk=order.pk).status == "CONFIRMED"


def test_other_moves_are_not_made_on_the_page(order: ReinvestmentOrder, house: House) -> None:
    client = browser(house.people["street_reviewer"])

    assert client.post(f"/orders/{order.pk}/moves/", {"move": "cancel", "reason": "x"}).status_code == 404


def test_the_accountant_records_the_payment(order: ReinvestmentOrder, house: House, now: dt.datetime) -> None:
    walk(order, house, now, "APPROVED")
    client, address = browser(house.people["enterprise_accountant"]), f"/orders/{order.pk}/payment/"
    today = clock.today().isoformat()

    shown = client.get(address)
    refused = client.post(address, {"paid_on": today})
    done = client.post(address, {"paid_on": today, "payment_reference": "8801"})

    assert order.reference in shown.content.decode()
    assert refused.status_code == 400
    assert ReinvestmentOrder.objects.get(pk=order.pk).status == "PAID", refused.content.decode()
    assert done.status_code == 302


def test_visitors_read_an_order_whose_money_has_arrived(
    order: ReinvestmentOrder, house: House, now: dt.datetime
) -> None:
    visitor = browser(None)
    assert visitor.get(order.get_absolute_url()).status_code == 404
    assert visitor.get(f"/orders/{order.pk}/payment/").status_code == 404

    receive_by_bank_line(
        by=house.people["charity_officer"],
        order=walk(order, house, now, "PAID"),
        amount=order.amount,
        booked_on=clock.today(),
        now=now,
    )

    page = visitor.get(order.get_absolute_url())
    assert page.status_code == 200
    assert "回单8801" not in page.content.decode()
    assert order.reference in visitor.get("/orders/").content.decode()
    assert visitor.get(f"/orders/{order.pk}/payment/").status_code == 302
    assert visitor.post(f"/orders/{order.pk}/moves/", {"move": "confirm"}).status_code == 302


def test_the_list_shows_what_waits(order: ReinvestmentOrder, house: House) -> None:
    page = browser(house.people["enterprise_head"]).get("/orders/")

    assert page.content.decode().count(order.get_absolute_url()) == 2


@pytest.mark.parametrize("more", [1, 3])
def test_pages_take_a_fixed_number_of_queries(
    *,
    more: int,
    company: CommunityEnterprise,
    fund: CommunityFund,
    house: House,
    plan: Plan,
    django_assert_max_num_queries: Any,
) -> None:
    make_policy(enterprise=company, destinations=[(fund, "1")])
    for revision in range(1, more + 1):
        order = plan(company, net_profit=Decimal(1000) * revision, revision=revision).orders.get()
    client = browser(house.people["enterprise_head"])

    with django_assert_max_num_queries(9):
        assert client.get("/orders/").status_code == 200
    with django_assert_max_num_queries(10):
        assert client.get(order.get_absolute_url()).status_code == 200
