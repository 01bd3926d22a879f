"""What a fund buys as a small service: out of its request, by its own payment, never in pieces."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from funds.spending import operations as spending
from funds.spending.models import Payment, SpendingRequest
from governance.accounts.models import User
from governance.errors import NotAllowed
from projects.market import delivering, operations, refusals
from projects.market.models import MicroService, ServiceMatch
from projects.market.operations import Terms
from projects.market.queries import promised_of
from tests.factories.projects_contracts import in_force
from tests.factories.socialorgs_register import OrganizationFactory, manager_of
from tests.funds.spending.conftest import approved
from tests.funds.spending.conftest import people as of_the_fund
from tests.people import House
from tests.projects.market.test_operations import refused
from tests.walls import violated

pytestmark = pytest.mark.django_db
fund_people = pytest.fixture(name="fund_people")(of_the_fund.__wrapped__)


@pytest.fixture
def people(fund_people: SimpleNamespace, house: House, system: User) -> SimpleNamespace:
    """Everybody around the fund, and an organization with its manager."""
    fund_people.organization = OrganizationFactory(active=True, division=house.places["street"])
    fund_people.manager = manager_of(fund_people.organization)
    return fund_people


@pytest.fixture
def request_(people: SimpleNamespace, now: Any) -> SpendingRequest:
    """A request of 3,000 yuan whose money is held."""
    return approved(people, now)


@pytest.fixture
def bought(people: SimpleNamespace, request_: SpendingRequest, at: Any) -> Any:
    """Post what the fund is to pay for."""

    def make(**more: Any) -> MicroService:
        said: dict[str, Any] = {
            "side": "NEED",
            "field": "CULTURE",
            "title": "重阳节书法课",
            "text": "为社区老人上两小时书法课，含笔墨。",
            "place": "社区活动室",
            "starts_at": at(9, days=3),
            "ends_at": at(11, days=3),
            "settlement": "FUND",
            "price": Decimal(1200),
            "request": request_,
        }
        return operations.post_service(
            by=people.community_staff,
            now=at(12),
            division=people.community,
            terms=Terms(**{**said, **more}),
            is_for_community=True,
        )

    return make


def pay(people: SimpleNamespace, now: Any, payment: Payment) -> Payment:
    """Ask, approve and pay, by three people."""
    payment = spending.request_payment(by=people.street_officer, now=now, payment=payment)
    payment = spending.approve_payment(by=people.charity_officer, now=now, payment=payment)
    return spending.record_paid(
        by=people.second_officer,
        now=now,
        today=timezone.localdate(now),
        payment=payment,
        paid_on=timezone.localdate(now),
        bank_reference="CSH1",
    )


def test_a_fund_pays_by_its_own_payment(
    people: SimpleNamespace, at: Any, bought: Any, request_: SpendingRequest
) -> None:
    service = bought()
    taking = {"by": people.manager, "now": at(13), "service": service, "organization": people.organization}
    match = operations.take_service(**taking)
    match = delivering.sign_in_match(by=people.manager, now=at(9, days=3), match=match, code=service.code)
    later = at(12, days=3)
    refused(
        refusals.MarketNotNow, delivering.plan_match_payment, Payment, by=people.street_officer, now=later, match=match
    )
    match = delivering.finish_match(by=people.community_staff, now=later, match=match)
    assert match.status == "DONE"
    refused(refusals.NotPaidYet, delivering.settle_match, by=people.manager, now=later, match=match)
    refused(NotAllowed, delivering.plan_match_payment, Payment, by=people.manager, now=later, match=match)
    assert (
        violated(f"UPDATE projects_servicematch SET status = 'SETTLED' WHERE id = {match.pk}")
        == "servicematch_purchase_is_paid"
    )

    payment = delivering.plan_match_payment(by=people.street_officer, now=later, match=match)
    refused(
        refusals.PaymentPlanned,
        delivering.plan_match_payment,
        Payment,
        by=people.street_officer,
        now=later,
        match=match,
    )
    assert delivering.run_market_clock(by=people.system, now=later) == 1  # the service; the payment is not made
    pay(people, later, payment)
    assert delivering.run_market_clock(by=people.system, now=later) == 1
    match.refresh_from_db()

    assert (match.status, payment.amount, payment.organization) == ("SETTLED", Decimal(1200), people.organization)
    assert payment.request == request_


def test_no_more_than_the_request(people: SimpleNamespace, at: Any, bought: Any, request_: SpendingRequest) -> None:
    bought(places=2)

    assert promised_of(request_.pk) == 2400
    assert refused(refusals.RequestUnfit, bought, MicroService, price=Decimal("600.01")).field == "request"
    assert bought(price=Decimal(600)).pk
    in_force("market.purchase_highest", "100")
    assert refused(refusals.PriceUnfit, bought, MicroService).field == "price"


def test_not_bought_in_pieces(people: SimpleNamespace, at: Any, bought: Any) -> None:
    first, second = bought(), bought()
    in_force("market.purchase_year", "2399.99")
    taking = {"by": people.manager, "now": at(13), "organization": people.organization}
    operations.take_service(**taking, service=first)

    found = refused(refusals.PurchaseSplit, operations.take_service, ServiceMatch, **taking, service=second)
    assert found.params["sum"] == 2400


def test_a_fund_buys_of_organizations_for_its_community(people: SimpleNamespace, at: Any, bought: Any) -> None:
    service = bought()

    refused(refusals.TakerUnfit, operations.take_service, ServiceMatch, by=people.resident, now=at(13), service=service)
    refused(refusals.RequestUnfit, bought, MicroService, side="OFFER")
    refused(refusals.RequestUnfit, bought, MicroService, request=None)
    assert refused(refusals.RequestUnfit, bought, MicroService, settlement="FREE", price=Decimal(0)).field == "request"
