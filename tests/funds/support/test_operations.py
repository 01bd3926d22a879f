"""Public money by budget line: planned by one person, received by another, posted from the line's own source."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from communities.people.models import Role
from funds.charity.models import CommunityFund
from funds.ledger.models import Account, Journal
from funds.ledger.operations import IntakeSuspended, suspend_book
from funds.ledger.queries import balance_of
from funds.support import operations
from funds.support.models import Appropriation
from funds.support.queries import sources_of, tenths_of
from governance import lifecycle
from governance.errors import NotAllowed
from tests.factories.accounts import UserFactory
from tests.factories.communities import PostFactory
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_donations import DonationFactory
from tests.factories.funds_ledger import shut_month
from tests.people import House
from tests.walls import change_refused, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(house: House) -> SimpleNamespace:
    """A district's budget fund, a community's charity fund, and the people around them."""
    budget = CommunityFundFactory(
        category="BUDGET", charity=None, name="区级社区发展公益金", division=house.places["district"], active=True
    )
    second = UserFactory()
    PostFactory(user=second, role=Role.DISTRICT_OFFICER, division=house.places["district"])
    fund = CommunityFundFactory(charity=house.charity, division=house.places["community"], active=True)
    return SimpleNamespace(**house.people, budget=budget, fund=fund, second_officer=second)


LINE: dict[str, Any] = {
    "source": "WELFARE_LOTTERY",
    "fiscal_year": 2026,
    "document_number": "自财社〔2026〕8号",
    "amount": Decimal("200000.00"),
}


def test_public_money_comes_by_two_hands(people: SimpleNamespace, now: dt.datetime, today: dt.date) -> None:
    row = operations.plan_appropriation(by=people.district_officer, fund=people.budget, now=now, **LINE)

    with pytest.raises(lifecycle.SamePerson):
        operations.receive_appropriation(by=people.district_officer, appropriation=row, received_on=today, now=now)
    with pytest.raises(lifecycle.MoveForbidden):
        operations.receive_appropriation(by=people.charity_officer, appropriation=row, received_on=today, now=now)
    row = operations.receive_appropriation(by=people.second_officer, appropriation=row, received_on=today, now=now)

    source = Account.objects.get(book=people.budget.book, code="source:budget:welfare-lottery")
    assert (row.status, row.received_on, row.received_by) == ("RECEIVED", today, people.second_officer)
    assert (row.journal.kind, row.journal.key) == ("SUPPORT", f"appropriation:{row.pk}")
    assert balance_of(source) == Decimal("-200000.00")
    assert balance_of(Account.objects.get(book=people.budget.book, code="pool:free")) == Decimal("200000.00")
    with pytest.raises(lifecycle.MoveClosed):
        operations.receive_appropriation(by=people.second_officer, appropriation=row, received_on=today, now=now)
    assert Journal.objects.count() == 1


def test_what_came_in_a_closed_month_is_posted_today(people: SimpleNamespace, now: dt.datetime, today: dt.date) -> None:
    row = operations.plan_appropriation(by=people.district_officer, fund=people.budget, now=now, **LINE)
    came = dt.date(2026, 2, 27)
    shut_month(people.budget.book, came)

    row = operations.receive_appropriation(by=people.second_officer, appropriation=row, received_on=came, now=now)

    assert row.journal is not None
    assert (row.received_on, row.journal.posted_on) == (came, today)


def test_restricted_public_money_has_its_own_pool(people: SimpleNamespace, now: dt.datetime, today: dt.date) -> None:
    row = operations.plan_appropriation(
        by=people.street_officer, fund=people.fund, restricted_to="助老", now=now, **LINE
    )

    operations.receive_appropriation(by=people.charity_officer, appropriation=row, received_on=today, now=now)

    assert balance_of(Account.objects.get(book=people.fund.book, code="pool:restricted:助老")) == Decimal("200000.00")


@pytest.mark.parametrize(
    ("parts", "tenths"),
    [
        (["1512/1814", "302/1814"], [834, 166]),
        (["1/3", "1/3", "1/3"], [334, 333, 333]),
        (["9996/10000", "4/10000"], [999, 1]),
        (["1"], [1000]),
        ([], []),
    ],
)
def test_shares_sum_to_the_whole(parts: list[str], tenths: list[int]) -> None:
    assert tenths_of([Fraction(part) for part in parts]) == tenths


def test_the_sources_have_their_shares(people: SimpleNamespace, now: dt.datetime, today: dt.date) -> None:
    DonationFactory(fund=people.fund, received=True, amount=Decimal("100000.00"))
    for source in ("WELFARE_LOTTERY", "FISCAL"):
        row = operations.plan_appropriation(
            by=people.street_officer, fund=people.fund, now=now, **{**LINE, "source": source}
        )
        operations.receive_appropriation(by=people.charity_officer, appropriation=row, received_on=today, now=now)

    found = [(sourced.account.code, sourced.amount, sourced.percent) for sourced in sources_of(people.fund.book)]

    assert found == [
        ("source:budget:welfare-lottery", Decimal("200000.00"), "40.0"),
        ("source:budget:fiscal", Decimal("200000.00"), "40.0"),
        ("source:donor", Decimal("100000.00"), "20.0"),
    ]


def test_plan_appropriation_refuses(people: SimpleNamespace, now: dt.datetime) -> None:
    values = {"fund": people.fund, "now": now, **LINE}
    row = operations.plan_appropriation(by=people.street_officer, **values)

    with pytest.raises(operations.AppropriationKnown):
        operations.plan_appropriation(by=people.street_officer, **values)
    with pytest.raises(operations.AppropriationAmountMissing):
        operations.plan_appropriation(by=people.street_officer, **{**values, "amount": Decimal(0)})
    for by in (people.community_staff, people.charity_officer, people.stranger, people.other_street_officer):
        with pytest.raises(NotAllowed):
            operations.plan_appropriation(by=by, **{**values, "document_number": "另一号"})
    CommunityFund.objects.filter(pk=people.fund.pk).update(status="CLOSING")
    with pytest.raises(operations.FundTakesNoSupport):
        operations.plan_appropriation(by=people.street_officer, **{**values, "document_number": "另一号"})

    assert list(Appropriation.objects.all()) == [row]


def test_a_suspension_meets_public_money_too(people: SimpleNamespace, now: dt.datetime, today: dt.date) -> None:
    row = operations.plan_appropriation(by=people.street_officer, fund=people.fund, now=now, **LINE)
    suspend_book(by=people.street_reviewer, book=people.fund.book, flow="INTAKE", reason="核查", now=now)

    with pytest.raises(IntakeSuspended):
        operations.receive_appropriation(by=people.charity_officer, appropriation=row, received_on=today, now=now)

    row.refresh_from_db()
    assert (row.status, Journal.objects.count()) == ("PLANNED", 0)


def test_guards_of_an_appropriation(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.plan_appropriation(by=people.street_officer, fund=people.fund, now=now, **LINE)

    change_refused("appropriation_amount_is_positive", row, "amount = 0")
    change_refused("appropriation_kinds_are_known", row, "source = 'OTHER'")
    change_refused("appropriation_two_persons", row, "received_by_id = planned_by_id")
    change_refused("appropriation_received_is_posted", row, "status = 'RECEIVED'")
    refused(
        "appropriation_document_is_entered_once",
        "INSERT INTO funds_appropriation (fund_id, source, fiscal_year, document_number, amount, restricted_to, status, "
        "planned_at, planned_by_id) SELECT fund_id, source, fiscal_year, document_number, amount, restricted_to, status, "
        "planned_at, planned_by_id FROM funds_appropriation WHERE id = %s",
        row.pk,
    )
