"""A partner's whole path: two systems, an enterprise's bookkeeping and a charity's bank, over plain HTTP.

Their tokens come from the token endpoint; the people between them act through the same addresses, signed in.
"""

from __future__ import annotations

import base64
import datetime as dt
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

import funds.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
from funds.charity.models import CharityAppointment
from funds.enterprises.models import CommunityEnterprise, EnterpriseAppointment, EnterpriseRole
from funds.reinvestment import operations as reinvestment
from governance.accounts import operations as accounts
from governance.accounts.models import ApiClient, User
from governance.calendar import clock
from governance.jobs import operations as jobs
from tests.factories.communities import LONG_AGO
from tests.factories.funds_enterprises import DeclarationFactory, EnterpriseFactory, walk_to
from tests.factories.funds_reinvestment import make_policy, open_fund
from tests.people import House, session_client

pytestmark = pytest.mark.django_db

BOOKKEEPING = ["communities:read", "funds:read", "funds:write"]


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def company(house: House) -> CommunityEnterprise:
    """The company of the community, in operation, whose policy gives 60 % of its profit to the community's fund."""
    CommunityEnterprise.objects.update(registered_capital="500000.00")
    walk_to(house.enterprise, ["REGISTERED", "OPERATING"])
    fund = open_fund(house.places["community"], house.charity)
    make_policy(enterprise=house.enterprise, destinations=[(fund, "1")])
    return house.enterprise


@pytest.fixture
def bookkeeping(company: CommunityEnterprise, system: User, now: dt.datetime) -> tuple[ApiClient, str]:
    """The bookkeeping system of the company: an accountant among its appointments, with its scopes."""
    client, secret = accounts.create_api_client(by=system, name="代理记账平台", scopes=BOOKKEEPING, now=now)
    EnterpriseAppointment.objects.create(
        enterprise=company, user=client.user, role=EnterpriseRole.ACCOUNTANT, valid_from=LONG_AGO
    )
    return client, secret


@pytest.fixture
def bank(house: House, system: User, now: dt.datetime) -> tuple[ApiClient, str]:
    """The system through which the charity's bank hands its lines in."""
    client, secret = accounts.create_api_client(
        by=system, name="慈善会银企直联", scopes=["funds:read", "funds:write"], now=now
    )
    CharityAppointment.objects.create(charity=house.charity, user=client.user, valid_from=LONG_AGO)
    return client, secret


def signed_in(partner: tuple[ApiClient, str], scope: str, language: str = "en") -> APIClient:
    """Ask the token endpoint for these scopes and return a caller with the token."""
    client, secret = partner
    basic = base64.b64encode(f"{client.client_id}:{secret}".encode()).decode()
    answer = APIClient().post(
        "/oauth/token",
        {"grant_type": "client_credentials", "scope": scope},
        format="multipart",
        headers={"authorization": f"Basic {basic}"},
    )
    assert (answer.status_code, answer.json()["scope"]) == (200, scope)
    caller = APIClient()
    caller.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access_token']}", HTTP_ACCEPT_LANGUAGE=language)
    return caller


def refusal(answer: Any) -> tuple[int, str]:
    """Return status and code of a refusal, which must be problem details."""
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["type"], problem["status"]) == (f"urn:problem:{problem['code']}", answer.status_code)
    return answer.status_code, problem["code"]


def done(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def last_year(company: CommunityEnterprise, **more: Any) -> dict[str, Any]:
    """The body of a declaration: 300,000 yuan of profit, 20,000 of losses carried, the reserve nearly full."""
    year = clock.today().year - 1
    return {
        "enterprise": company.pk,
        "period_kind": "YEAR",
        "starts_on": f"{year}-01-01",
        "ends_on": f"{year + 1}-01-01",
        "revenue": "900000.00",
        "cost": "590000.00",
        "tax": "10000.00",
        "net_profit": "300000.00",
        "losses_carried": "20000.00",
        "registered_capital": "500000.00",
        "reserve_before": "240000.00",
        **more,
    }


def all_pages(caller: APIClient, address: str) -> list[list[dict[str, Any]]]:
    """Follow `next` to the end."""
    pages, following = [], address
    while following:
        answer = done(caller.get(following))
        pages.append(answer["results"])
        following = answer["next"]
    return pages


def test_a_partner_reads_the_divisions_page_by_page(bookkeeping: tuple[ApiClient, str], house: House) -> None:
    caller = signed_in(bookkeeping, "communities:read")

    pages = all_pages(caller, "/api/v1/divisions?page_size=3")

    assert [len(page) for page in pages] == [3, 3, 2]
    assert sorted(row["id"] for page in pages for row in page) == sorted(place.pk for place in house.places.values())
    assert refusal(caller.get("/api/v1/divisions?cursor=nonsense")) == (404, "not_found")


def test_a_declaration_is_entered_once_however_often_it_is_sent(
    bookkeeping: tuple[ApiClient, str], company: CommunityEnterprise
) -> None:
    caller = signed_in(bookkeeping, "funds:read funds:write")
    key = {"idempotency-key": "declaration-of-last-year"}

    first = caller.post("/api/v1/declarations", last_year(company), headers=key)
    again = caller.post("/api/v1/declarations", last_year(company), headers=key)
    other = caller.post("/api/v1/declarations", last_year(company, note="另一份"), headers=key)
    without_key = caller.post("/api/v1/declarations", last_year(company))

    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert again["Idempotency-Replayed"] == "true"
    assert refusal(other) == (422, "idempotency_key_reused")
    assert refusal(without_key) == (409, "period_declared")
    assert company.declarations.count() == 1


def test_figures_that_do_not_add_up_are_told_in_the_partners_language(
    bookkeeping: tuple[ApiClient, str], company: CommunityEnterprise
) -> None:
    told = {}
    for language in ("en", "zh-hans"):
        caller = signed_in(bookkeeping, "funds:write", language)
        answer = caller.post("/api/v1/declarations", last_year(company, net_profit="300000.01"))
        assert refusal(answer) == (400, "profit_does_not_add_up")
        assert answer["Content-Language"] == language
        assert answer.json()["field"] == "net_profit"
        told[language] = answer.json()["detail"]

    assert "300,000.00" in told["en"]
    assert "net profit is declared" in told["en"]
    assert "300,000.00" in told["zh-hans"]
    assert "declared" not in told["zh-hans"]
    assert not company.declarations.exists()


def test_what_the_token_does_not_cover_is_refused(
    bookkeeping: tuple[ApiClient, str], company: CommunityEnterprise, house: House
) -> None:
    elsewhere = EnterpriseFactory(division=house.places["far_community"], operating=True)
    hidden = DeclarationFactory(enterprise=elsewhere)
    reader = signed_in(bookkeeping, "funds:read")
    writer = signed_in(bookkeeping, "funds:read funds:write")

    assert refusal(reader.post("/api/v1/declarations", last_year(company))) == (403, "scope_missing")
    assert refusal(reader.get("/api/v1/divisions")) == (403, "scope_missing")
    assert refusal(writer.get(f"/api/v1/declarations/{hidden.pk}")) == (404, "not_found")
    assert refusal(writer.post(f"/api/v1/declarations/{hidden.pk}/submit")) == (404, "not_found")
    assert refusal(writer.post("/api/v1/declarations", last_year(elsewhere))) == (403, "not_allowed")
    assert not company.declarations.exists()


def test_an_expired_token_opens_nothing_not_even_what_is_public(
    bookkeeping: tuple[ApiClient, str], company: CommunityEnterprise
) -> None:
    caller = signed_in(bookkeeping, "communities:read funds:write")
    bookkeeping[0].accesstoken_set.update(expires=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))

    for answer in (caller.get("/api/v1/divisions"), caller.post("/api/v1/declarations", last_year(company))):
        assert refusal(answer) == (401, "invalid_token")
        assert 'error="invalid_token"' in answer["WWW-Authenticate"]
    assert APIClient().get("/api/v1/divisions").status_code == 200
    assert not company.declarations.exists()


def test_from_the_declaration_to_the_public_account(
    bookkeeping: tuple[ApiClient, str],
    bank: tuple[ApiClient, str],
    company: CommunityEnterprise,
    house: House,
    system: User,
    tmp_path: Path,
) -> None:
    people = {name: session_client(user) for name, user in house.people.items()}
    books = signed_in(bookkeeping, "funds:read funds:write")

    # The bookkeeping system declares the year; four people look at it.
    declaration = done(books.post("/api/v1/declarations", last_year(company)), 201)
    at = f"/api/v1/declarations/{declaration['id']}"
    offered = {offer["name"]: offer["open"] for offer in done(books.get(f"{at}/moves"))}
    assert offered == {"submit": True}
    assert done(books.post(f"{at}/submit"))["status"] == "SUBMITTED"
    assert refusal(books.post(f"{at}/review")) == (403, "move_forbidden")
    done(people["supervisor"].post(f"{at}/review"))
    done(people["street_officer"].post(f"{at}/check"))
    done(people["auditor"].post(f"{at}/audit", {"audit_opinion": "账实相符"}))

    # The planner proposes the order; the residents' side decides, the system may not.
    reinvestment.request_planning(by=system, now=clock.now(), today=clock.today())
    while jobs.run_due(by=system, clock=clock.now):
        pass
    (order,) = done(books.get("/api/v1/reinvestment-orders"))["results"]
    assert (order["amount"], order["status"]) == ("151200.00", "PROPOSED")
    at = f"/api/v1/reinvestment-orders/{order['id']}"
    assert refusal(books.post(f"{at}/confirm")) == (403, "move_forbidden")
    done(people["enterprise_head"].post(f"{at}/confirm"))
    decision = {"decision_reference": "居民会议决议〔2026〕3号", "decided_on": str(clock.today())}
    done(people["community_staff"].post(f"{at}/resolve", decision))
    done(people["street_reviewer"].post(f"{at}/approve"))
    payment = {"paid_on": str(clock.today()), "payment_reference": "网银20260301-17"}
    assert done(books.post(f"{at}/record_payment", payment))["status"] == "PAID"

    # The bank hands its lines in, twice; the charity's officer confirms what pays what.
    charity = signed_in(bank, "funds:read funds:write")
    line = {
        "bank_reference": "2026030100017",
        "booked_on": str(clock.today()),
        "amount": order["amount"],
        "payer": company.name,
    }
    lines = {"charity": house.charity.pk, "lines": [line]}
    assert refusal(books.post("/api/v1/bank-lines", lines)) == (403, "permission_denied")
    assert done(charity.post("/api/v1/bank-lines", lines), 201) == {"imported": 1, "repeated": 0}
    assert done(charity.post("/api/v1/bank-lines", lines), 201) == {"imported": 0, "repeated": 1}
    (row,) = done(charity.get("/api/v1/bank-lines"))["results"]
    match = done(charity.post("/api/v1/bank-matches", {"line": row["id"], "order": order["id"]}), 201)
    done(people["charity_officer"].post(f"/api/v1/bank-matches/{match['id']}/confirm"))

    # Everybody sees the money; the download agrees with itself and with the head of the book.
    assert done(APIClient().get(at))["status"] == "RECEIVED"
    (fund,) = done(APIClient().get("/api/v1/funds"))["results"]
    statement = done(APIClient().get(f"/api/v1/statements/{fund['book']}"))
    assert (statement["received"], statement["closing"]) == ("151200.00", "151200.00")
    book = done(APIClient().get(f"/api/v1/books/{fund['book']}"))
    visitor = APIClient()
    page = visitor.get(f"/funds/{fund['id']}/")
    assert "151,200.00" in page.content.decode()
    (tmp_path / "ledger.jsonl").write_bytes(body_of(visitor.get(f"/funds/{fund['id']}/ledger.jsonl")))
    (tmp_path / "verify_ledger.py").write_bytes(body_of(visitor.get("/verify_ledger.py")))
    ran = subprocess.run(
        [sys.executable, "-I", "verify_ledger.py", "ledger.jsonl", "--head", book["head_hash"]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("AGREES")
    assert Decimal(ran.stdout.splitlines()[2].split()[-1]) == Decimal("151200.00")


def body_of(answer: Any) -> bytes:
    """Return the bytes of an answer, streamed or not."""
    assert answer.status_code == 200
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)
