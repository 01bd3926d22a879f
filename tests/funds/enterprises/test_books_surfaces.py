"""What books, lettings, rents and shares show to whom, and what their lists cost, on the pages, the desk and the API."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from funds.enterprises.letting.models import Letting
from tests.factories.funds_enterprises import DeclarationFactory
from tests.factories.funds_letting import (
    BusinessRecordFactory,
    RentChargeFactory,
    RentReceiptFactory,
    ShareholderFactory,
)
from tests.funds.enterprises.surfaces import BASE, signed_in, text
from tests.people import desk_client, session_client

pytestmark = pytest.mark.django_db


def test_everybody_reads_assets_income_and_shares(
    people: SimpleNamespace, client: Client, letting: Letting, django_assert_num_queries: Any
) -> None:
    ShareholderFactory(enterprise=people.enterprise)
    DeclarationFactory(enterprise=people.enterprise, published=True)
    BusinessRecordFactory(enterprise=people.enterprise, amount=Decimal("300000.00"))

    with django_assert_num_queries(8):  # enterprise, places, years, shares, assets, lettings, records, rents
        shown = text(client.get(f"/enterprises/{people.enterprise.pk}/"))

    assert "芭蕉冲堆场" in shown
    assert letting.purpose in shown
    assert "300,000.00" in shown
    assert "80,000.00" in shown  # the rent of two months
    assert "520,000.00" in shown  # declared, not broken down
    assert "三八路社区居民委员会" in shown
    assert letting.lessee not in shown
    assert "40,000.00" not in shown
    assert "/books/" not in shown


@pytest.mark.parametrize("page", ["books", "lettings", "records/export", "lettings/export"])
@pytest.mark.parametrize(
    ("name", "status"),
    [
        (None, 302),
        ("stranger", 403),
        ("other_accountant", 403),
        ("accountant", 200),
        ("community_staff", 200),
        ("supervisor", 200),
        ("auditor", 200),
    ],
)
def test_contracts_and_books_are_for_those_who_handle_them(
    people: SimpleNamespace, letting: Letting, page: str, name: str | None, status: int
) -> None:
    client = signed_in(name and getattr(people, name))

    assert client.get(f"/enterprises/{people.enterprise.pk}/{page}/").status_code == status


@pytest.mark.parametrize("path", ["letting", "businessrecord", "rentcharge", "rentreceipt", "communityasset"])
@pytest.mark.parametrize("more", [1, 3])
def test_lists_of_the_desk_take_a_bounded_number_of_queries(
    people: SimpleNamespace, path: str, more: int, django_assert_max_num_queries: Any
) -> None:
    for _number in range(more):
        charge = RentChargeFactory(letting__asset__enterprise=people.enterprise)
        RentReceiptFactory(letting=charge.letting)
        BusinessRecordFactory(enterprise=people.enterprise)
    client = desk_client(people.street_officer)

    with django_assert_max_num_queries(10):
        assert client.get(f"/desk/funds/{path}/").status_code == 200


def test_what_is_public_over_http(people: SimpleNamespace, letting: Letting) -> None:
    ShareholderFactory(enterprise=people.enterprise)
    visitor, stranger = session_client(None), session_client(people.stranger)

    asset = visitor.get(f"{BASE}/community-assets").json()["results"][0]
    parts = visitor.get(f"{BASE}/enterprises/{people.enterprise.pk}/shareholders").json()

    assert (asset["name"], asset["is_let"], "right_paper" in asset) == ("芭蕉冲堆场", True, False)
    assert [part["share"] for part in parts] == ["1.000000"]
    for path in ("lettings", "rent-charges", "rent-receipts", "business-records"):
        assert visitor.get(f"{BASE}/{path}").status_code in {401, 403}
        assert stranger.get(f"{BASE}/{path}").status_code == 403
    assert session_client(people.other_accountant).get(f"{BASE}/lettings").json()["results"] == []
    assert stranger.get(f"{BASE}/lettings/{letting.pk}").status_code in {403, 404}


@pytest.mark.parametrize("more", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [("community-assets", 2), ("lettings", 6), ("rent-charges", 5), ("rent-receipts", 5), ("business-records", 6)],
)
def test_lists_of_the_api_take_a_fixed_number_of_queries(
    people: SimpleNamespace, path: str, queries: int, more: int, django_assert_num_queries: Any
) -> None:
    for _number in range(more):
        charge = RentChargeFactory(letting__asset__enterprise=people.enterprise)
        RentReceiptFactory(letting=charge.letting)
        BusinessRecordFactory(enterprise=people.enterprise)
    client = session_client(None) if path == "community-assets" else session_client(people.accountant)

    with django_assert_num_queries(queries):
        assert len(client.get(f"{BASE}/{path}").json()["results"]) == more
