"""What the surfaces say to bad input: a clear sentence in the language of the asker, and nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from communities.notices.models import Attachment
from communities.people.models import Resident
from funds.banking.models import BankLine
from funds.enterprises.models import ProfitDeclaration
from funds.reinvestment.models import DistributionPolicy
from tests.factories.communities import PolicyDocumentFactory
from tests.factories.funds_enterprises import walk_to
from tests.factories.funds_reinvestment import open_fund
from tests.people import House, session_client, sign_in

pytestmark = pytest.mark.django_db

RIGHT = "510302198001010012"


def resident(house: House, number: str) -> dict[str, Any]:
    return {"division": house.places["community"].pk, "name": "周远", "identity_number": number}


def year(house: House, starts_on: str, ends_on: str) -> dict[str, Any]:
    figures = {"revenue": "2000.00", "cost": "1000.00", "tax": "0.00", "net_profit": "1000.00"}
    return {
        "enterprise": house.enterprise.pk,
        "period_kind": "YEAR",
        "starts_on": starts_on,
        "ends_on": ends_on,
        **figures,
    }


def split(house: House, *shares: str) -> dict[str, Any]:
    funds = [open_fund(house.places["community"], house.charity), open_fund(house.places["neighbor"], house.charity)]
    return {
        "enterprise": house.enterprise.pk,
        "base": "NET_PROFIT",
        "valid_from": "2026-01-01",
        "document": PolicyDocumentFactory().pk,
        "tiers": [{"lower": "0.00", "share": "0.6"}],
        "destinations": [{"fund": fund.pk, "share": share} for fund, share in zip(funds, shares, strict=True)],
    }


def credits(house: House, *bad: int) -> dict[str, Any]:
    """A thousand bank lines, some of them booked in the future."""
    line = {"booked_on": "2026-03-02", "amount": "10.00", "payer": "某公司"}
    lines = [{**line, "bank_reference": f"2026{number:010d}"} for number in range(1, 1001)]
    for number in bad:
        lines[number - 1]["booked_on"] = "2099-01-01"
    return {"charity": house.charity.pk, "lines": lines}


CASES: list[tuple[str, str, Callable[[House], dict[str, Any]], int, str, type[Any]]] = [
    ("stranger", "residents", lambda house: resident(house, RIGHT[:-1] + "3"), 400, "identity_wrong", Resident),
    ("stranger", "residents", lambda house: resident(house, RIGHT[:15] + "000"), 400, "identity_rounded", Resident),
    ("stranger", "residents", lambda house: resident(house, "5.10302E+17"), 400, "identity_rounded", Resident),
    (
        "enterprise_accountant",
        "declarations",
        lambda house: year(house, "1800-01-01", "1801-01-01"),
        400,
        "year_unknown",
        ProfitDeclaration,
    ),
    (
        "street_officer",
        "distribution-policies",
        lambda house: split(house, "0.5", "0.4"),
        400,
        "split_does_not_sum",
        DistributionPolicy,
    ),
    ("charity_officer", "bank-lines", lambda house: credits(house, 7, 500, 993), 400, "rows_unreadable", BankLine),
]


@pytest.mark.parametrize(("person", "path", "body", "status", "code", "model"), CASES)
def test_the_api_says_what_is_wrong(
    person: str,
    path: str,
    body: Callable[[House], dict[str, Any]],
    status: int,
    code: str,
    model: type[Any],
    house: House,
) -> None:
    walk_to(house.enterprise, ["REGISTERED", "OPERATING"])
    client, sent = session_client(house.people[person]), body(house)
    before = model.objects.count()

    told = {}
    for language in ("en", "zh-hans"):
        answer = client.post(f"/api/v1/{path}", sent, headers={"accept-language": language})
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.json()
        told[language] = answer.json()["detail"]

    assert told["en"]
    assert model.objects.count() == before


def test_all_bad_rows_of_a_thousand_are_named(house: House) -> None:
    client = session_client(house.people["charity_officer"])

    answer = client.post("/api/v1/bank-lines", credits(house, 7, 500, 993), headers={"accept-language": "en"}).json()

    assert all(str(row) in answer["detail"] + str(answer["params"]) for row in (7, 500, 993)), answer
    assert not BankLine.objects.exists()


def test_a_file_that_is_not_what_its_name_says(house: House) -> None:
    client = session_client(house.people["community_staff"])
    file = SimpleUploadedFile("公示.png", b"%PDF-1.4\n%%EOF\n", "image/png")

    answer = client.post(
        "/api/v1/attachments", {"file": file, "division": house.places["community"].pk}, format="multipart"
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "file_not_what_it_says")
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (RIGHT[:-1] + "3", "This is not a valid identity number."),
        (RIGHT[:15] + "000", "A spreadsheet has rounded this identity number"),
    ],
)
@pytest.mark.usefixtures("english")
def test_the_page_says_it_beside_the_field_and_keeps_what_was_typed(house: House, number: str, says: str) -> None:
    client = Client()
    sign_in(client, house.people["stranger"])
    address = reverse("communities:resident-register", args=[house.places["community"].pk])
    before = Resident.objects.count()

    answer = client.post(address, {"name": "周远", "identity_number": number})

    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert 'value="周远"' in answer.content.decode()
    assert Resident.objects.count() == before


def test_the_same_person_does_not_decide_twice(house: House, now: dt.datetime) -> None:
    house.people["district_admin"].refresh_from_db()
    client = session_client(house.people["district_admin"])
    body = split(house, "0.5", "0.5")
    walk_to(house.enterprise, ["REGISTERED", "OPERATING"])
    entered = client.post("/api/v1/distribution-policies", body).json()

    answer = client.post(f"/api/v1/distribution-policies/{entered['id']}/approve")

    assert (answer.status_code, answer.json()["code"]) == (403, "same_person")
    assert DistributionPolicy.objects.get().status == "DRAFT"
