"""Bank lines and matches over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from funds.banking.models import BankLine, BankMatch
from funds.charity.models import HostCharity
from funds.reinvestment.models import ReinvestmentOrder
from governance.accounts.models import User
from tests.factories.communities import LONG_AGO
from tests.factories.funds_charity import CharityAppointmentFactory
from tests.factories.funds_reinvestment import BankLineFactory
from tests.funds.banking.test_operations import arrived
from tests.people import House, session_client, token_client

pytestmark = pytest.mark.django_db
BASE = "/api/v1"


def line(number: int, **more: Any) -> dict[str, Any]:
    return {
        "bank_reference": f"R{number}",
        "booked_on": "2026-03-02",
        "amount": f"{number}.50",
        "payer": "甲",
        "memo": "货款",
        **more,
    }


def test_a_partner_pushes_lines_once(house: House, charity: HostCharity) -> None:
    CharityAppointmentFactory(charity=charity, user=house.people["service_client"], valid_from=LONG_AGO)
    partner = token_client(house.people["service_client"])
    body = {"charity": charity.pk, "lines": [line(1), line(2)]}

    first = partner.post(f"{BASE}/bank-lines", body)
    again = partner.post(f"{BASE}/bank-lines", body)

    assert (first.status_code, first.json()) == (201, {"imported": 2, "repeated": 0})
    assert again.json() == {"imported": 0, "repeated": 2}
    assert partner.get(f"{BASE}/bank-lines").json()["results"][0]["amount"] == "2.50"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "invalid"),
        ([line(1, amount="1.234")], "invalid"),
        ([line(1, booked_on="2026-02-30")], "invalid"),
        ([line(1), line(1)], "rows_unreadable"),
        ([line(1, booked_on="2099-01-01")], "rows_unreadable"),
    ],
)
def test_wrong_lines_are_refused_as_a_whole(
    lines: list[dict[str, Any]], code: str, charity: HostCharity, charity_officer: User
) -> None:
    answer = session_client(charity_officer).post(f"{BASE}/bank-lines", {"charity": charity.pk, "lines": lines})

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert BankLine.objects.count() == 0


def test_lines_are_set_aside_and_taken_up(charity: HostCharity, charity_officer: User) -> None:
    row = BankLineFactory(charity=charity)
    client, address = session_client(charity_officer), f"{BASE}/bank-lines/{row.pk}"

    without_reason = client.post(f"{address}/set_aside", {})
    aside = client.post(f"{address}/set_aside", {"reason": "个人捐赠"})
    up = client.post(f"{address}/take_up")

    assert (without_reason.status_code, without_reason.json()["code"]) == (400, "reason_missing")
    assert (aside.json()["status"], up.json()["status"]) == ("SET_ASIDE", "UNMATCHED")


def test_a_match_is_rejected_with_a_reason(order: ReinvestmentOrder, importer: User, charity_officer: User) -> None:
    client = session_client(charity_officer)
    made = client.post(f"{BASE}/bank-matches", {"line": arrived(order, importer).pk, "order": order.pk})

    rejected = client.post(f"{BASE}/bank-matches/{made.json()['id']}/reject", {"reason": "另一笔"})

    assert (made.status_code, rejected.status_code) == (201, 200)
    assert rejected.json()["rejected_at"] is not None
    assert client.get(f"{BASE}/bank-matches?undecided=true").json()["results"] == []
    assert BankMatch.objects.count() == 1


def test_strangers_get_nothing(house: House, charity: HostCharity) -> None:
    BankLineFactory(charity=charity)

    assert session_client(None).get(f"{BASE}/bank-lines").status_code in {401, 403}
    assert session_client(house.people["street_officer"]).get(f"{BASE}/bank-lines").status_code == 403
    assert len(session_client(house.people["auditor"]).get(f"{BASE}/bank-lines").json()["results"]) == 1
