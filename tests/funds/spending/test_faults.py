"""What page, API and desk say to a payment that must not be, and to a member who votes on their own request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from communities.bodies.models import BodyMembership
from funds.ledger.models import Journal
from funds.spending import operations
from funds.spending.models import FundResolution, Payment, SpendingRequest
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.calendar import clock
from tests.factories.socialorgs_register import CreditListingFactory, OrganizationFactory
from tests.funds.spending.conftest import approved, checked, payable, planned
from tests.funds.spending.test_surfaces import DESK, DESK_PAYMENTS, PAYMENTS, REQUESTS, page_client
from tests.people import desk_client, session_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

Told = tuple[int, str]
PLAN = {"number": 1, "amount": "3000.01", "payee": "五金店"}


def on_a_page(user: User, path: str, body: dict[str, Any]) -> Told:
    """Send a form on a page."""
    answer = page_client(user).post(path, body, follow=True)
    return answer.status_code, answer.content.decode()


def on_the_desk(user: User, path: str, body: dict[str, Any]) -> Told:
    """Send a form on the desk."""
    answer = desk_client(user).post(path, {**body, "sent": "1"}, follow=True)
    return answer.status_code, answer.content.decode()


def by_api(user: User, path: str, body: dict[str, Any]) -> Told:
    """Call the API."""
    answer = session_client(user).post(path, body, format="json", headers={"accept-language": "en"})
    return answer.status_code, f"{answer.json()['code']} {answer.json()['detail']}"


def answered(surface: str, refused: int = 409, *, is_button: bool = False) -> int:
    """Return how a surface answers a refusal: a page shows its form again, a button and the desk lead back with a message."""
    if surface == "api":
        return refused
    return 400 if surface == "page" and not is_button else 200


def unchanged(ask: Callable[[], Told]) -> Told:
    """Ask, and make sure that no money, no payment and no trail came of it."""

    def count() -> tuple[int, ...]:
        return tuple(model.objects.count() for model in (Journal, Payment, FundResolution, AuditEntry))

    before = count(), list(Payment.objects.order_by("pk").values_list("status", "amount"))
    told = ask()
    assert (count(), list(Payment.objects.order_by("pk").values_list("status", "amount"))) == before
    return told


@pytest.mark.parametrize("surface", ["page", "api", "desk"])
def test_a_payment_above_the_hold_says_what_is_left(people: SimpleNamespace, surface: str) -> None:
    row = approved(people, clock.now())
    street = people.street_officer

    status, said = unchanged(
        {
            "page": lambda: on_a_page(street, f"/requests/{row.pk}/payments/new/", PLAN),
            "api": lambda: by_api(street, PAYMENTS, {**PLAN, "request": row.pk}),
            "desk": lambda: on_the_desk(street, f"{DESK}{row.pk}/deeds/payment/", PLAN),
        }[surface]
    )

    assert status == answered(surface)
    assert "3,000.00" in said
    assert surface != "api" or said.startswith("payment_above_hold")


@pytest.mark.parametrize("surface", ["page", "api", "desk"])
@pytest.mark.parametrize("step", ["approve", "pay"])
def test_a_body_on_the_list_of_serious_breaches_is_named_and_not_paid(
    people: SimpleNamespace, surface: str, step: str
) -> None:
    now = clock.now()
    row = approved(people, now)
    organization = OrganizationFactory(division=people.community, active=True)
    ready = payable(people, now, row, "100.00", organization=organization)
    asked = planned(people, now, row, "100.00", organization=organization)
    operations.request_payment(by=people.street_officer, now=now, payment=asked)
    CreditListingFactory(organization=organization)
    slip = {"paid_on": str(clock.today()), "bank_reference": "CSH1"}
    street, officer = people.street_reviewer, people.second_officer
    move = {"move": "approve"}

    status, said = unchanged(
        {
            ("approve", "page"): lambda: on_a_page(street, f"/payments/{asked.pk}/move/", move),
            ("approve", "api"): lambda: by_api(street, f"{PAYMENTS}/{asked.pk}/approve", {}),
            ("approve", "desk"): lambda: on_the_desk(street, f"{DESK_PAYMENTS}{asked.pk}/moves/approve/", {}),
            ("pay", "page"): lambda: on_a_page(officer, f"/payments/{ready.pk}/paid/", slip),
            ("pay", "api"): lambda: by_api(officer, f"{PAYMENTS}/{ready.pk}/record_paid", slip),
            ("pay", "desk"): lambda: on_the_desk(officer, f"{DESK_PAYMENTS}{ready.pk}/moves/record_paid/", slip),
        }[step, surface]
    )

    assert status == answered(surface, is_button=step == "approve")
    assert organization.name in said
    assert surface != "api" or said.startswith("organization_hindered")


@pytest.mark.parametrize("surface", ["page", "api", "desk"])
def test_a_member_does_not_vote_on_their_own_request(people: SimpleNamespace, surface: str) -> None:
    members: list[BodyMembership] = people.members
    BodyMembership.objects.filter(pk=members[1].pk).update(user=people.community_staff)
    row = checked(people, clock.now() - dt.timedelta(minutes=1))
    meeting = {"met_on": str(clock.today()), "supervisor_opinion": "同意"}
    form = {**meeting, **{f"stand_{member.pk}": "FOR" for member in members}}
    stands = [{"membership": member.pk, "stand": "FOR"} for member in members]
    street = people.street_officer

    status, said = unchanged(
        {
            "page": lambda: on_a_page(street, f"/requests/{row.pk}/resolution/", form),
            "api": lambda: by_api(street, f"{REQUESTS}/{row.pk}/resolve", {**meeting, "stands": stands}),
            "desk": lambda: on_the_desk(street, f"{DESK}{row.pk}/moves/resolve/", form),
        }[surface]
    )

    assert status == answered(surface, 403)
    assert members[1].name in said
    assert surface != "api" or said.startswith("member_must_withdraw")
    assert SpendingRequest.objects.get(pk=row.pk).status == "CHECKED"


@pytest.mark.parametrize("surface", ["page", "api", "desk"])
@pytest.mark.parametrize("step", ["plan", "request"])
def test_a_body_on_the_list_is_neither_planned_for_nor_asked_for(
    people: SimpleNamespace, surface: str, step: str
) -> None:
    now = clock.now()
    row = approved(people, now)
    organization = OrganizationFactory(division=people.community, active=True)
    before = planned(people, now, row, "100.00", organization=organization)
    CreditListingFactory(organization=organization)
    street = people.street_officer
    plan = {"number": 2, "amount": "100", "payee": organization.name}
    move = {"move": "request"}

    status, said = unchanged(
        {
            ("plan", "page"): lambda: on_a_page(street, f"/requests/{row.pk}/payments/new/", plan),
            ("plan", "api"): lambda: by_api(street, PAYMENTS, {**plan, "request": row.pk}),
            ("plan", "desk"): lambda: on_the_desk(street, f"{DESK}{row.pk}/deeds/payment/", plan),
            ("request", "page"): lambda: on_a_page(street, f"/payments/{before.pk}/move/", move),
            ("request", "api"): lambda: by_api(street, f"{PAYMENTS}/{before.pk}/request", {}),
            ("request", "desk"): lambda: on_the_desk(street, f"{DESK_PAYMENTS}{before.pk}/moves/request/", {}),
        }[step, surface]
    )

    assert status == answered(surface, is_button=step == "request")
    assert organization.name in said
    assert surface != "api" or said.startswith("organization_hindered")


@pytest.mark.parametrize("surface", ["page", "api", "desk"])
def test_a_committee_that_is_even_says_what_to_do(people: SimpleNamespace, surface: str) -> None:
    row = checked(people, clock.now() - dt.timedelta(minutes=1))
    people.fund.committee.memberships.create(name="第六人", seat="UNIT", valid_from=dt.date(2026, 1, 1))
    members = list(people.fund.committee.voting_members(clock.today()))
    meeting = {"met_on": str(clock.today()), "supervisor_opinion": "同意"}
    form = {**meeting, **{f"stand_{member.pk}": "FOR" for member in members}}
    body = {**meeting, "stands": [{"membership": member.pk, "stand": "FOR"} for member in members]}
    street = people.street_officer

    status, said = unchanged(
        {
            "page": lambda: on_a_page(street, f"/requests/{row.pk}/resolution/", form),
            "api": lambda: by_api(street, f"{REQUESTS}/{row.pk}/resolve", body),
            "desk": lambda: on_the_desk(street, f"{DESK}{row.pk}/moves/resolve/", form),
        }[surface]
    )

    assert status == answered(surface)
    assert "must be odd" in said
    assert surface != "api" or said.startswith("fund_committee_even")
