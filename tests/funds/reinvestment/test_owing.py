"""A correction takes back what the fund has spent: a debt with vouchers of its own, never a negative pool."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from funds.charity.models import CharityAppointment, CommunityFund
from funds.closing.queries import hindrances_of
from funds.enterprises.models import CommunityEnterprise
from funds.ledger.models import Account, Balance, Book, Journal
from funds.ledger.operations import (
    EffectRecordedDifferently,
    InsufficientAvailable,
    Line,
    open_account,
    post_journal,
    suspend_book,
)
from funds.ledger.queries import differences_in
from funds.reinvestment import operations, owing
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder
from funds.reinvestment.owing import Debt, acknowledge_debt, debt_of, pay_debt, set_aside_for_debts
from funds.statements.policy import statement_of
from funds.statements.queries import accounts_of, movements
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.errors import Invalid
from tests.factories.accounts import UserFactory
from tests.factories.communities import LONG_AGO
from tests.factories.funds_ledger import shut_month
from tests.funds.reinvestment.conftest import Plan
from tests.funds.reinvestment.test_operations import walk
from tests.people import House, desk_client, session_client
from tests.walls import refused

pytestmark = pytest.mark.django_db


def yuan(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


@pytest.fixture
def now() -> dt.datetime:
    """Desk, pages and API read the real clock."""
    return clock.now()


@pytest.fixture
def given(
    company: CommunityEnterprise,
    policy: DistributionPolicy,
    plan: Plan,
    worked_example: dict[str, Decimal],
    house: House,
    now: dt.datetime,
) -> ReinvestmentOrder:
    """151,200 yuan lie in the fund."""
    order = plan(company, **worked_example).orders.get()
    return operations.receive_by_bank_line(
        by=house.people["charity_officer"],
        order=walk(order, house, now, "PAID"),
        amount=order.amount,
        booked_on=now.date(),
        now=now,
    )


@pytest.fixture
def back(
    given: ReinvestmentOrder,
    company: CommunityEnterprise,
    plan: Plan,
    worked_example: dict[str, Decimal],
    house: House,
    now: dt.datetime,
) -> ReinvestmentOrder:
    """The declaration is corrected downwards by 100,000: 54,000 yuan go back, as the street has approved."""
    worked_example["net_profit"] -= 100000
    return walk(plan(company, **worked_example, revision=2).orders.get(), house, now, "APPROVED")


@pytest.fixture
def payer(fund: CommunityFund, given: ReinvestmentOrder) -> User:
    """A second officer of the charity."""
    person = UserFactory()
    CharityAppointment.objects.create(charity=fund.charity, user=person, valid_from=LONG_AGO)
    return person


Move = Callable[[str, str, str], Journal]


@pytest.fixture
def post(fund: CommunityFund, system: User, now: dt.datetime) -> Move:
    """Post between two accounts of the fund's book, by their codes."""

    def run(source: str, target: str, amount: str) -> Journal:
        book = fund.book
        found = [
            open_account(by=system, book=book, code=code, kind=kind, name=code, now=now)
            for code, kind in ((source, kind_of(source)), (target, kind_of(target)))
        ]
        return post_journal(
            by=system,
            book=book,
            kind="PAYMENT",
            key=f"test:{Journal.objects.count()}",
            posted_on=now.date(),
            memo="测试",
            lines=[Line(found[0], found[1], yuan(amount))],
            now=now,
        )

    return run


def kind_of(code: str) -> str:
    return {"source": "SOURCE", "pool": "POOL", "hold": "HOLD", "use": "SINK"}[code.split(":", maxsplit=1)[0]]


def debt(order: ReinvestmentOrder) -> Debt:
    found = debt_of(ReinvestmentOrder.objects.get(pk=order.pk))
    assert found is not None
    return found


def free(fund: CommunityFund) -> Decimal:
    return Balance.objects.get(account__book=fund.book, account__code="pool:free").amount


def status(order: ReinvestmentOrder) -> str:
    return str(ReinvestmentOrder.objects.values_list("status", flat=True).get(pk=order.pk))


@pytest.fixture
def owed(back: ReinvestmentOrder, payer: User, post: Move, now: dt.datetime) -> ReinvestmentOrder:
    """The fund has spent all but 1,200 yuan and owes 54,000."""
    post("pool:free", "use:environment", "150,000")
    return acknowledge_debt(by=payer, order=back, now=now, today=now.date())


def slip(
    order: ReinvestmentOrder, payer: User, now: dt.datetime, amount: str, number: str = "回单1"
) -> ReinvestmentOrder:
    return pay_debt(
        by=payer,
        order=order,
        amount=yuan(amount),
        paid_on=now.date(),
        payment_reference=number,
        now=now,
        today=now.date(),
    )


def test_upwards_is_one_more_order(
    given: ReinvestmentOrder, company: CommunityEnterprise, plan: Plan, worked_example: dict[str, Decimal]
) -> None:
    worked_example["net_profit"] += 100000

    [more] = plan(company, **worked_example, revision=2).orders.all()

    assert (more.direction, more.amount, status(given)) == ("GIVE", yuan("54,000"), "RECEIVED")


def test_a_fund_that_has_the_money_pays_it_back(
    back: ReinvestmentOrder, payer: User, fund: CommunityFund, house: House, now: dt.datetime
) -> None:
    with pytest.raises(lifecycle.MoveHindered):
        acknowledge_debt(by=payer, order=back, now=now, today=now.date())
    paid = operations.record_payment(
        by=payer, order=back, paid_on=now.date(), payment_reference="回单3", now=now, today=now.date()
    )
    operations.receive_order(
        by=house.people["charity_officer"], order=paid, received_on=now.date(), now=now, today=now.date()
    )

    assert (free(fund), status(back), debt_of(back)) == (yuan("97,200"), "RECEIVED", None)


def test_a_fund_that_has_spent_it_cannot_pay(
    back: ReinvestmentOrder, payer: User, fund: CommunityFund, post: Move, now: dt.datetime
) -> None:
    post("pool:free", "use:environment", "150,000")
    with pytest.raises(operations.FundLacksTheMoney):
        operations.record_payment(
            by=payer, order=back, paid_on=now.date(), payment_reference="回单3", now=now, today=now.date()
        )

    assert (status(back), free(fund)) == ("APPROVED", yuan("1,200"))


def test_the_debt_stands_on_vouchers_of_its_own(owed: ReinvestmentOrder, fund: CommunityFund) -> None:
    """What was left is set aside at once; income is right, the pool empty and not below."""
    assert (owed.status, free(fund)) == ("OWED", yuan("0"))
    assert debt(owed) == Debt(owed=yuan("54,000"), paid=yuan("0"), set_aside=yuan("1,200"))
    statement = statement_of(movements(fund.book, accounts_of(fund.book)))
    assert {entry.place.code: entry.amount for entry in statement.income} == {
        "source:enterprise": yuan("97,200"),
        f"source:owed:{owed.pk}": yuan("54,000"),
    }
    assert (statement.closing, statement.held) == (yuan("1,200"), yuan("1,200"))
    assert differences_in(fund.book) == []


def test_later_income_is_set_aside_the_oldest_debt_first(
    owed: ReinvestmentOrder, fund: CommunityFund, post: Move, system: User, now: dt.datetime
) -> None:
    post("source:donor", "pool:free", "20,000")

    counts = [set_aside_for_debts(by=system, now=now, today=now.date()) for _time in range(2)]

    assert counts == [1, 0]
    assert (debt(owed).set_aside, free(fund)) == (yuan("21,200"), yuan("0"))


def test_no_more_is_set_aside_than_is_owed(
    owed: ReinvestmentOrder, fund: CommunityFund, post: Move, system: User, now: dt.datetime
) -> None:
    post("source:donor", "pool:free", "60,000")

    set_aside_for_debts(by=system, now=now, today=now.date())

    assert (debt(owed).set_aside, free(fund)) == (yuan("54,000"), yuan("7,200"))


def test_a_fund_whose_money_is_stopped_waits(
    *, owed: ReinvestmentOrder, fund: CommunityFund, post: Move, house: House, system: User, now: dt.datetime
) -> None:
    post("source:donor", "pool:free", "20,000")
    book = Book.objects.get(pk=fund.book_id)
    suspend_book(by=house.people["street_reviewer"], book=book, flow="OUTGO", reason="核查", now=now)

    assert set_aside_for_debts(by=system, now=now, today=now.date()) == 0
    assert free(fund) == yuan("20,000")


def test_the_last_payment_closes_the_debt(
    *, owed: ReinvestmentOrder, payer: User, fund: CommunityFund, post: Move, system: User, now: dt.datetime
) -> None:
    half = slip(owed, payer, now, "1,200")
    post("source:donor", "pool:free", "60,000")
    set_aside_for_debts(by=system, now=now, today=now.date())
    whole = slip(owed, payer, now, "52,800", "回单2")

    assert (half.status, whole.status, whole.received_on) == ("OWED", "RECEIVED", now.date())
    assert debt(owed) == Debt(owed=yuan("54,000"), paid=yuan("54,000"), set_aside=yuan("0"))
    statement = statement_of(movements(fund.book, accounts_of(fund.book)))
    assert {entry.place.code: entry.amount for entry in statement.income} == {
        "source:donor": yuan("60,000"),
        "source:enterprise": yuan("97,200"),
    }
    acts = AuditEntry.objects.filter(verb="funds.order.debt_paid").order_by("id")
    assert [act.after["left"] for act in acts] == ["52800.00", "0.00"]


def test_a_payment_of_a_closed_month_is_posted_today_and_once(
    owed: ReinvestmentOrder, payer: User, fund: CommunityFund, now: dt.datetime
) -> None:
    slip(owed, payer, now, "500")
    shut_month(fund.book, now.date())
    slips = [{"amount": yuan(amount), "payment_reference": number} for amount, number in SLIPS]
    days = [now + dt.timedelta(days=later) for later in (40, 41)]

    for later in days:
        for told in slips:
            pay_debt(by=payer, order=owed, paid_on=now.date(), now=later, today=later.date(), **told)

    posted = Journal.objects.filter(book=fund.book, key__startswith=f"owed:{owed.pk}:paid:").order_by("sequence")
    assert [journal.posted_on for journal in posted] == [now.date(), days[0].date()]
    assert debt(owed).paid == yuan("700")


SLIPS = (("500", "回单1"), ("200", "回单2"))
"""One that was recorded before the month was closed, and one that comes after."""


def test_the_same_slip_twice_pays_once(owed: ReinvestmentOrder, payer: User, now: dt.datetime) -> None:
    for _time in range(2):
        slip(owed, payer, now, "700")
    with pytest.raises(EffectRecordedDifferently):
        slip(owed, payer, now, "500")

    assert debt(owed).paid == yuan("700")
    assert AuditEntry.objects.filter(verb="funds.order.debt_paid").count() == 1


@pytest.mark.parametrize(
    ("amount", "number", "refusal"),
    [
        ("54,000.01", "回单1", owing.MoreThanOwed),
        ("0", "回单1", owing.MoreThanOwed),
        ("-5", "回单1", owing.MoreThanOwed),
        ("100", "  ", owing.SlipMissing),
        ("1,200.01", "回单1", InsufficientAvailable),
    ],
)
def test_a_payment_that_cannot_be_right_is_refused(
    *, owed: ReinvestmentOrder, payer: User, now: dt.datetime, amount: str, number: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        slip(owed, payer, now, amount, number)

    assert (debt(owed).paid, status(owed)) == (yuan("0"), "OWED")


def test_a_payment_lies_neither_before_the_order_nor_in_the_future(
    owed: ReinvestmentOrder, payer: User, now: dt.datetime
) -> None:
    for days in (-400, 1):
        with pytest.raises(Invalid):
            pay_debt(
                by=payer,
                order=owed,
                amount=yuan("100"),
                paid_on=now.date() + dt.timedelta(days=days),
                payment_reference="回单1",
                now=now,
                today=now.date(),
            )

    assert debt(owed).paid == yuan("0")


@pytest.mark.parametrize("person", ["enterprise_accountant", "street_reviewer", "community_staff", "resident"])
def test_only_the_charity_acknowledges_and_pays(
    *, owed: ReinvestmentOrder, back: ReinvestmentOrder, house: House, now: dt.datetime, person: str
) -> None:
    with pytest.raises(lifecycle.NotAllowed):
        slip(owed, house.people[person], now, "100")
    with pytest.raises(lifecycle.NotAllowed):
        acknowledge_debt(by=house.people[person], order=back, now=now, today=now.date())


def test_what_has_not_come_is_not_taken_back(
    *,
    company: CommunityEnterprise,
    policy: DistributionPolicy,
    plan: Plan,
    worked_example: dict[str, Decimal],
    house: House,
    fund: CommunityFund,
    now: dt.datetime,
) -> None:
    """The first order was never paid: nothing goes back, and no debt arises."""
    plan(company, **worked_example)
    worked_example["net_profit"] -= 100000
    order = walk(plan(company, **worked_example, revision=2).orders.get(), house, now, "APPROVED")
    officer = house.people["charity_officer"]

    with pytest.raises(operations.NothingArrived):
        operations.record_payment(
            by=officer, order=order, paid_on=now.date(), payment_reference="回单3", now=now, today=now.date()
        )
    with pytest.raises(operations.NothingArrived):
        acknowledge_debt(by=officer, order=order, now=now, today=now.date())

    assert (status(order), fund.book.journals.count()) == ("APPROVED", 0)


def test_a_debt_hinders_the_closing_of_the_fund(owed: ReinvestmentOrder, fund: CommunityFund, now: dt.datetime) -> None:
    names = [item.name for hindrance in hindrances_of(fund, now.date()) for item in hindrance.items]

    assert any(owed.reference in name for name in names)


# --- Walls


def test_more_than_owed_is_refused_by_the_database(owed: ReinvestmentOrder, post: Move) -> None:
    post("source:donor", "pool:free", "90,000")
    with pytest.raises(IntegrityError, match="More is paid back than is owed"), transaction.atomic():
        post("pool:free", f"source:owed:{owed.pk}", "54,000.01")
    post("pool:free", f"source:owed:{owed.pk}", "54,000")

    assert debt(owed).left == 0


def test_an_open_debt_is_not_closed_by_hand(owed: ReinvestmentOrder) -> None:
    refused(
        "reinvestmentorder_debt_is_paid",
        "UPDATE funds_reinvestmentorder SET status = 'RECEIVED' WHERE id = %s",
        owed.pk,
    )


def test_a_debt_without_a_voucher_is_refused(back: ReinvestmentOrder) -> None:
    refused(
        "reinvestmentorder_owed_is_posted",
        "UPDATE funds_reinvestmentorder SET status = 'OWED' WHERE id = %s",
        back.pk,
    )


def test_a_debt_never_makes_a_pool_negative(owed: ReinvestmentOrder, post: Move) -> None:
    with pytest.raises(InsufficientAvailable):
        post("pool:free", "use:environment", "0.01")
    with pytest.raises(InsufficientAvailable):
        post(f"hold:owed:{owed.pk}", "use:environment", "1,200.01")


# --- Surfaces


def test_the_page_tells_everybody_what_is_owed(owed: ReinvestmentOrder) -> None:
    text = Client().get(owed.get_absolute_url()).content.decode()

    assert 'id="debt"' in text
    assert text.count("54,000.00") >= 2
    assert "1,200.00" in text


def test_the_desk_acknowledges_and_pays(
    *, back: ReinvestmentOrder, payer: User, post: Move, house: House, now: dt.datetime
) -> None:
    post("pool:free", "use:environment", "150,000")
    client = desk_client(house.people["charity_officer"])
    home = f"/desk/funds/reinvestmentorder/{back.pk}"

    acknowledged = client.post(f"{home}/moves/owe/")
    refused_payment = client.post(
        f"{home}/deeds/pay_debt/", {"amount": "1,000.005", "paid_on": str(now.date()), "payment_reference": "回单1"}
    )
    before = debt(back).paid
    paid = client.post(
        f"{home}/deeds/pay_debt/",
        {"amount": "\uff11\uff10\uff10\uff10", "paid_on": str(now.date()), "payment_reference": "回单1"},
    )

    assert (acknowledged.status_code, refused_payment.status_code, paid.status_code) == (302, 200, 302)
    assert (before, debt(back).paid) == (yuan("0"), yuan("1,000"))
    assert client.get(f"{home}/change/").status_code == 200


def test_the_interface_acknowledges_and_pays(
    *, back: ReinvestmentOrder, post: Move, house: House, now: dt.datetime
) -> None:
    post("pool:free", "use:environment", "150,000")
    client = session_client(house.people["charity_officer"])
    base = f"/api/v1/reinvestment-orders/{back.pk}"

    nothing = client.get(f"{base}/debt")
    acknowledged = client.post(f"{base}/owe")
    body = {"amount": "200.00", "paid_on": str(now.date()), "payment_reference": "回单1"}
    paid = client.post(f"{base}/debt-payments", body)
    told = client.get(f"{base}/debt").json()

    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_owed")
    assert (acknowledged.status_code, acknowledged.json()["status"]) == (200, "OWED")
    assert (paid.status_code, told["paid"], told["left"], told["set_aside"]) == (200, "200.00", "53800.00", "1000.00")
    assert len(told["vouchers"]) == 3


def test_a_debt_costs_the_page_two_queries(owed: ReinvestmentOrder, django_assert_num_queries: Any) -> None:
    order = ReinvestmentOrder.objects.for_detail().get(pk=owed.pk)
    with django_assert_num_queries(2):
        debt_of(order, with_vouchers=True)
    assert Account.objects.filter(code__startswith="source:owed:").count() == 1
