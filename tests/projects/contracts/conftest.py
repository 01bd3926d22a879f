"""A request of 3,000 yuan that is held, and the organization that is to do the work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from funds.spending.models import SpendingRequest
from governance.accounts.models import User
from projects.contracts import drafting, operations
from projects.contracts.models import Contract
from projects.contracts.terms import operations as terms
from tests.factories.accounts import UserFactory
from tests.factories.communities import ResidentFactory
from tests.factories.socialorgs_register import OrganizationFactory, manager_of
from tests.funds.spending.conftest import approved
from tests.funds.spending.conftest import people as of_the_fund
from tests.people import House

fund_people = pytest.fixture(name="fund_people")(of_the_fund.__wrapped__)


@pytest.fixture
def people(fund_people: SimpleNamespace, house: House) -> SimpleNamespace:
    """Everybody around the fund, the organization and its manager, and eight neighbors."""
    organization = OrganizationFactory(active=True, division=house.places["street"])
    fund_people.places = house.places
    fund_people.organization = organization
    fund_people.manager = manager_of(organization)
    fund_people.neighbors = [neighbor(house, number) for number in range(8)]
    return fund_people


def neighbor(house: House, number: int) -> User:
    """Return a confirmed adult resident of the community."""
    user: User = UserFactory(resident=True)
    ResidentFactory(
        user=user,
        division=house.places["community"],
        name=f"邻居{number}",
        birth_on=dt.date(1970, 1, 1),
        confirmed_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
        confirmed_by=house.people["community_staff"],
    )
    return user


@pytest.fixture
def request_(people: SimpleNamespace, now: dt.datetime) -> SpendingRequest:
    """A request of 3,000 yuan whose money is held."""
    return approved(people, now)


@pytest.fixture
def entry(people: SimpleNamespace, request_: SpendingRequest) -> Callable[..., dict[str, Any]]:
    """What is entered of a contract: two halves, one on signing and one on acceptance, one milestone."""

    def made(**more: Any) -> dict[str, Any]:
        return {
            "division": people.community,
            "organization": people.organization,
            "request": request_,
            "title": "楼梯扶手安装",
            "scope": "安装扶手并保修两年。",
            "amount": Decimal("2800.01"),
            "starts_on": dt.date(2026, 3, 4),
            "ends_on": dt.date(2026, 6, 30),
            "instalments": [(50, "SIGNING"), (50, "ACCEPTANCE")],
            "milestones": [("扶手安装完成", dt.date(2026, 5, 1))],
            **more,
        }

    return made


@pytest.fixture
def walk(people: SimpleNamespace, now: dt.datetime, entry: Callable[..., dict[str, Any]]) -> Callable[..., Contract]:
    """Take a contract to a state by the operations, each by who makes it."""

    def to(state: str, **more: Any) -> Contract:
        row = drafting.draft_contract(by=people.street_officer, now=now, **entry(**more))
        steps: dict[str, Callable[[Contract], Contract]] = {
            "OFFERED": lambda row: operations.offer_contract(by=people.street_officer, now=now, contract=row),
            "AGREED": lambda row: operations.agree_contract(by=people.manager, now=now, contract=row),
            "RUNNING": lambda row: operations.sign_contract(
                by=people.street_reviewer, now=now, today=now.date(), contract=row
            ),
            "DELIVERED": lambda row: deliver(people, now, row),
        }
        for name, step in steps.items():
            if row.status == state:
                return row
            row = step(row)
            assert row.status == name
        return row

    return to


def deliver(people: SimpleNamespace, now: dt.datetime, contract: Contract) -> Contract:
    """Report and confirm every milestone, then the delivery."""
    for milestone in contract.milestones.filter(status="PLANNED"):
        operations.report_milestone(by=people.manager, now=now, milestone=milestone, report="已完成。")
    for milestone in contract.milestones.filter(status="REPORTED"):
        operations.confirm_milestone(by=people.community_staff, now=now, milestone=milestone)
    return operations.report_delivery(by=people.manager, now=now, contract=contract, report="全部完成。")


def reckon(people: SimpleNamespace, now: dt.datetime, contract: Contract, ground: str = "AGREED", **more: Any) -> None:
    """Let the street propose how a contract ends early."""
    said = {"ground": ground, "done": "扶手尚未安装。", "work_value": Decimal(0), **more}
    terms.propose_settlement(by=people.street_officer, now=now, contract=contract, **said)


def opine(people: SimpleNamespace, now: dt.datetime, contract: Contract, text: str) -> None:
    """Let neighbors say what they think: + content, - not."""
    for person, sign in zip(people.neighbors, text, strict=False):
        operations.give_acceptance_opinion(by=person, now=now, contract=contract, is_satisfied=sign == "+")
