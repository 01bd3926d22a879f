"""A fund is not settled while money is held: the operation, its page, the API and the desk say so, and what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from funds.closing import operations
from funds.closing.models import FundClosure
from funds.ledger.models import Account, Balance, Journal
from funds.ledger.operations import Line, open_account, post_journal
from governance.audit.models import AuditEntry
from tests.funds.closing.conftest import begun, told
from tests.people import desk_client, session_client, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

OPINION = {"auditor": "会计师事务所", "opinion": "相符"}
REASON = "Money still held. Complete or stop its request. (1)"


@pytest.fixture
def held(people: SimpleNamespace, now: dt.datetime) -> FundClosure:
    """The closing of a fund of which one fen is held."""
    hold = open_account(
        by=people.system, book=people.fund.book, code="hold:request:1", kind="HOLD", name="预留", now=now
    )
    free = Account.objects.get(book=people.fund.book, code="pool:free")
    post_journal(
        by=people.system,
        book=people.fund.book,
        kind="HOLD",
        key="hold",
        posted_on=now.date(),
        memo="预留",
        lines=[Line(free, hold, Decimal("0.01"))],
        now=now,
    )
    return begun(people, now)


def by_operation(people: SimpleNamespace, row: FundClosure, now: dt.datetime) -> str:
    with pytest.raises(operations.ClosingHindered) as refusal:
        operations.give_audit_opinion(by=people.auditor, closure=row, **OPINION, **told(now))
    return str(refusal.value)


def by_page(people: SimpleNamespace, row: FundClosure, now: dt.datetime) -> str:
    del now
    client = Client()
    sign_in(client, people.auditor)
    answer: Any = client.post(f"/funds/{row.fund_id}/closing/acts/audit/", OPINION)
    text: str = answer.content.decode()
    assert answer.status_code == 400
    for said in OPINION.values():
        assert said in text
    assert f"/requests/?fund={row.fund_id}" in text
    return text


def by_program(people: SimpleNamespace, row: FundClosure, now: dt.datetime) -> str:
    del now
    client = session_client(people.auditor)
    answer = client.post(f"/api/v1/fund-closures/{row.pk}/audit", OPINION, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "closing_hindered")
    return str(answer.json()["detail"])


def on_the_desk(people: SimpleNamespace, row: FundClosure, now: dt.datetime) -> str:
    del now
    answer: Any = desk_client(people.auditor).post(f"/desk/funds/fundclosure/{row.pk}/moves/audit/", OPINION)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize("ask", [by_operation, by_page, by_program, on_the_desk])
def test_a_fund_with_a_hold_is_not_settled(
    people: SimpleNamespace,
    held: FundClosure,
    now: dt.datetime,
    ask: Callable[[SimpleNamespace, FundClosure, dt.datetime], str],
) -> None:
    before = (Journal.objects.count(), AuditEntry.objects.count())

    assert REASON in ask(people, held, now)

    held.refresh_from_db()
    assert (held.status, held.audit_opinion) == ("BEGUN", "")
    assert Balance.objects.get(account__code="hold:request:1").amount == Decimal("0.01")
    assert (Journal.objects.count(), AuditEntry.objects.count()) == before
