"""Bad input of a donation on each surface: a clear answer, and nothing is recorded; odd names are kept as they are."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from funds.donations.models import Donation
from funds.ledger.models import Journal
from governance.audit.models import AuditEntry
from tests.funds.donations.test_surfaces import page
from tests.people import desk_client, session_client

pytestmark = pytest.mark.django_db
SURFACES = ("page", "api", "desk")
GIFT = {"donor_kind": "PERSON", "donor_name": "王小明", "channel": "CASH", "amount": "100", "reference": "9"}


def sent(people: SimpleNamespace, surface: str, **changes: Any) -> int:
    """Record a donation on a surface as community staff and return the status of the answer."""
    staff, body = people.community_staff, {**GIFT, **changes}
    ways: dict[str, Callable[[], Any]] = {
        "page": lambda: page(staff).post(f"/funds/{people.fund.pk}/donations/record/", body),
        "api": lambda: session_client(staff).post("/api/v1/donations", {**body, "fund": people.fund.pk}),
        "desk": lambda: desk_client(staff).post("/desk/funds/donation/add/", {**body, "fund": people.fund.pk}),
    }
    status: int = ways[surface]().status_code
    return status


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("amount", ["1,000.005", "-5", "1e5", "0", "", "十元", "NaN", "99999999999999"])
def test_an_amount_that_is_none_is_refused(people: SimpleNamespace, surface: str, amount: str) -> None:
    trail = AuditEntry.objects.count()

    status = sent(people, surface, amount=amount)

    assert status == (200 if surface == "desk" else 400)
    assert not Donation.objects.exists()
    assert AuditEntry.objects.count() == trail


@pytest.mark.parametrize("surface", ["page", "desk"])
@pytest.mark.parametrize("amount", ["１０００", "￥1000", "1,000.00", " 1000 "])  # noqa: RUF001 - as people type it
def test_an_amount_as_people_type_it_is_read(people: SimpleNamespace, surface: str, amount: str) -> None:
    assert sent(people, surface, amount=amount) == 302
    assert Donation.objects.get().amount == 1000


@pytest.mark.parametrize("surface", SURFACES)
def test_a_donor_does_not_name_themselves_as_beneficiary(people: SimpleNamespace, surface: str) -> None:
    """Basis: Charity Law art. 40."""
    status = sent(people, surface, restricted_to="资助王小明")

    assert status == (200 if surface == "desk" else 400)
    assert not Donation.objects.exists()
    assert not Journal.objects.exists()


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("name", "kept"), [("㐂乐", "㐂乐"), ("𠮷田", "𠮷田"), (" 陈先生  ", "陈先生"), ("=1+1", "=1+1")]
)
def test_odd_names_are_kept(people: SimpleNamespace, surface: str, name: str, kept: str) -> None:
    """A formula stays a text; what leaves for a spreadsheet is made harmless there."""
    assert sent(people, surface, donor_name=name) == (201 if surface == "api" else 302)
    assert Donation.objects.get().donor_name == kept


@pytest.mark.parametrize("surface", SURFACES)
def test_the_same_reference_is_recorded_once(people: SimpleNamespace, surface: str) -> None:
    first = sent(people, "api")
    again = sent(people, surface)

    assert (first, again) == (201, {"page": 400, "api": 409, "desk": 200}[surface])
    assert Donation.objects.count() == 1
