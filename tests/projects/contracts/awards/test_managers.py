"""Who acts for one organization learns and changes nothing of another's offers, contracts and money.

The addresses are read from the resolver (`tests.socialorgs.test_managers`), so that a new page or route is asked, too. The
other one is no stranger: it bids for the same purchases.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model
from django.urls import reverse

from projects.contracts.models import Contract
from projects.contracts.terms import operations as terms
from projects.purchasing.awarding.models import PurchaseOffer
from projects.purchasing.catalogue.models import PurchaseList
from tests.factories.socialorgs_register import OrganizationAppointmentFactory
from tests.people import House
from tests.projects.contracts.awards.conftest import PDF, spend
from tests.projects.purchasing.conftest import offer_of
from tests.socialorgs.test_managers import MARK, NO, addresses, clients, of, read, standing

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["OFFERED", "RUNNING"])
def two(
    request: pytest.FixtureRequest,
    house: House,
    people: SimpleNamespace,
    walk: Callable[..., Contract],
    purchase_walk: Any,
    guidance: PurchaseList,
) -> SimpleNamespace:
    """An organization with a sealed offer and a contract, who acts for it, who did once, and who acts for a rival."""
    one = people.organizations[0]
    called = purchase_walk(
        "CALLED", bids=0, amount=Decimal(9000), procedure="MICRO", item=guidance.items.get(code="B0201")
    ).purchase
    papers = [(f"{MARK}.pdf", PDF[1])]
    offer = offer_of(people, called.called_at, called, amount=Decimal(8000), plan=MARK, team=MARK, files=papers)
    offer_of(people, called.called_at, called, 1, amount=Decimal(8500))
    rows: list[Model] = [called, offer]
    if request.param == "OFFERED":
        rows.append(walk("OFFERED", scope=MARK))
    else:
        contract = walk("RUNNING")
        more = {"amount": Decimal("100.00"), "line": contract.lines.get(number=1), "reason": "增加服务次数"}
        rows += [
            contract,
            spend(people, contract, payee=MARK, what=MARK),
            terms.propose_supplement(by=people.street_officer, now=people.now, contract=contract, **more),
        ]
    return SimpleNamespace(
        one=one,
        manager=people.managers[0],
        other=people.managers[1],
        former=OrganizationAppointmentFactory(organization=one, valid_to=dt.date(2026, 1, 1)).user,
        plain=house.people["stranger"],
        rows={type(row): row for row in rows},
    )


def asked(two: SimpleNamespace, *, of_acts: bool) -> Any:
    return addresses(two, of_acts=of_acts, floor="projects")


@pytest.mark.parametrize("who", ["other", "former"])
def test_nothing_of_an_organization_comes_out_to_a_rival(two: SimpleNamespace, who: str) -> None:
    theirs, plains = clients(getattr(two, who)), clients(two.plain)
    count = 0

    for route, row, address in asked(two, of_acts=False):
        if "GET" not in route.methods:
            continue
        found = of(address, theirs).get(address)
        assert found.status_code < 500, address
        assert MARK not in read(found), address
        if row is not None and found.status_code == HTTPStatus.OK and who == "former":
            assert of(address, plains).get(address).status_code == HTTPStatus.OK, f"{address} is not for everybody"
        count += 1

    assert count > 50


def test_the_organization_reads_its_own(two: SimpleNamespace) -> None:
    own = clients(two.manager)
    told = {
        type(row)
        for route, row, address in asked(two, of_acts=False)
        if row is not None and "GET" in route.methods and MARK in read(of(address, own).get(address))
    }

    assert {PurchaseOffer, Contract} <= told


@pytest.mark.parametrize("who", ["other", "former", "plain"])
def test_papers_of_an_offer_are_its_organizations(two: SimpleNamespace, who: str) -> None:
    """Neither by the address of the offer nor by that of the file itself, guessed or not."""
    offer = two.rows[PurchaseOffer]
    file = offer.files.get()
    theirs, own = clients(getattr(two, who))[0], clients(two.manager)[0]

    for address in (file.get_absolute_url(), file.attachment.get_absolute_url()):
        assert theirs.get(address).status_code == HTTPStatus.NOT_FOUND, address
        assert own.get(address).status_code == HTTPStatus.OK, address
    if who == "other":
        mine = two.rows[PurchaseOffer].purchase.offers.get(organization__appointments__user=two.other)
        borrowed = reverse("projects:purchase-offer-file", args=[mine.pk, file.attachment_id])
        assert theirs.get(borrowed).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("who", ["other", "former"])
def test_nothing_of_an_organization_is_written_by_a_rival(two: SimpleNamespace, who: str) -> None:
    theirs, before = clients(getattr(two, who)), standing(two)
    body = {"reason": "已经办理。", "amount": "1.00", "report": "已经办理。", "organization": two.one.pk}
    count = 0

    for route, row, address in [*asked(two, of_acts=True), *asked(two, of_acts=False)]:
        if row is None or not ({"POST"} & set(route.methods) or route.name.endswith("-act")):
            continue
        with transaction.atomic():
            found = of(address, theirs).post(address, body)
            assert found.status_code in NO, f"{address}: {found.status_code}"
            assert standing(two) == before, address
            transaction.set_rollback(True)
        count += 1

    assert count > 20
