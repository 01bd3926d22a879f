"""Vouchers for accounting systems: who gets them, that none is ever missed, that debits and credits have one sum."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.ledger.models import Account, Journal
from funds.statements.accounting import VoucherCursorUnknown, read_cursor, write_cursor
from governance.accounts.models import User
from governance.outbox.policy import BEGINNING, Cursor
from tests.factories.funds_ledger import AccountFactory, post
from tests.feeds import let_older_transactions_end
from tests.people import session_client, token_client

pytestmark = pytest.mark.django_db

FEED = "/api/v1/vouchers"


def _read(user: User | None, status: int = 200, *, waits: bool = True, **query: Any) -> Any:
    if waits and not connection.in_atomic_block:
        let_older_transactions_end()
    answer = session_client(user).get(FEED, query)
    assert answer.status_code == status
    return answer.json()


@pytest.mark.django_db(transaction=True)
def test_the_feed_tells_every_voucher_once_in_order(posted: CommunityFund, charity_officer: User) -> None:
    sequences, cursor = [], ""
    for _ in range(10):
        page = _read(charity_officer, after=cursor, limit=3)
        sequences += [row["sequence"] for row in page["results"]]
        cursor = page["cursor"]
        if not page["has_more"]:
            break

    assert sequences == list(range(1, 9))
    assert _read(charity_officer, after=cursor)["results"] == []
    assert posted.book.sequence == 8


@pytest.mark.django_db(transaction=True)
def test_nothing_appears_behind_a_cursor(
    posted: CommunityFund, accounts: dict[str, Account], charity_officer: User, system: User, now: Any
) -> None:
    """A transaction that began earlier and ends later holds the feed back."""
    before = _read(charity_officer)["cursor"]
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT txid_current()")
        post(system, accounts["source:donor"], accounts["pool:free"], "1.00", now=now, key="later")

        held_back = _read(charity_officer, after=before, waits=False)
        other.rollback()
        shown = _read(charity_officer, after=held_back["cursor"])
    finally:
        other.close()

    assert (held_back["results"], held_back["has_more"]) == ([], False)
    assert [row["key"] for row in shown["results"]] == ["later"]
    assert posted.pk


@pytest.mark.django_db(transaction=True)
def test_a_voucher_has_debits_and_credits_of_one_sum(posted: CommunityFund, charity_officer: User) -> None:
    rows = _read(charity_officer)["results"]

    for row in rows:
        sides = {
            side: sum((Decimal(entry["amount"]) for entry in row["entries"] if entry["direction"] == side), Decimal(0))
            for side in ("DEBIT", "CREDIT")
        }
        assert sides["DEBIT"] == sides["CREDIT"] == Decimal(row["total"])
    assert [before["hash"] for before in rows[:-1]] == [row["previous_hash"] for row in rows[1:]]
    hold = next(row for row in rows if row["key"] == "hold:1")
    assert [(entry["number"], entry["direction"], entry["account_code"]) for entry in hold["entries"]] == [
        (1, "DEBIT", "hold:1"),
        (2, "CREDIT", "pool:free"),
    ]
    mistake = next(row for row in rows if row["key"] == "donation:3")
    assert (rows[-1]["reverses"], rows[-1]["reverses_number"]) == (mistake["id"], mistake["number"])
    assert (hold["fund"], hold["charity"], hold["book_code"]) == (posted.pk, posted.charity_id, "sanbalu")


@pytest.mark.parametrize(("field", "seen"), [("book", 8), ("fund", 8), ("charity", 8)])
@pytest.mark.django_db(transaction=True)
def test_the_feed_is_narrowed(posted: CommunityFund, charity_officer: User, field: str, seen: int) -> None:
    key = {"book": posted.book_id, "fund": posted.pk, "charity": posted.charity_id}[field]

    assert len(_read(charity_officer, **{field: key})["results"]) == seen
    assert _read(charity_officer, **{field: key + 10_000})["results"] == []


@pytest.mark.django_db(transaction=True)
def test_the_feed_is_for_those_who_act_for_the_fund(
    *,
    posted: CommunityFund,
    community_staff: User,
    other_community_staff: User,
    district_admin: User,
    resident: User,
) -> None:
    _read(None, status=401)
    _read(resident, status=403)

    assert len(_read(community_staff)["results"]) == len(_read(district_admin)["results"]) == posted.book.sequence
    assert _read(other_community_staff)["results"] == []


@pytest.mark.parametrize(("scope", "status"), [("funds:read", 200), ("funds:write", 403), ("communities:read", 403)])
def test_a_client_needs_the_scope(charity_officer: User, scope: str, status: int) -> None:
    assert token_client(charity_officer, scope).get(FEED).status_code == status


@pytest.mark.parametrize(
    "query", [{"after": "x"}, {"after": "AAAA"}, {"after": "MS4xLjE"}, {"limit": 0}, {"limit": 501}, {"book": "a"}]
)
def test_a_strange_question_is_refused(charity_officer: User, query: dict[str, Any]) -> None:
    assert _read(charity_officer, status=400, **query)["code"] in {"voucher_cursor_unknown", "invalid"}


def test_a_cursor_is_read_back() -> None:
    assert read_cursor(write_cursor(Cursor(12, 34))) == Cursor(12, 34)
    assert read_cursor(write_cursor(BEGINNING)) == BEGINNING
    with pytest.raises(VoucherCursorUnknown):
        read_cursor("ä")


@pytest.mark.parametrize("vouchers", [1, 3])
@pytest.mark.django_db(transaction=True)
def test_the_feed_takes_the_same_queries(
    *,
    fund: CommunityFund,
    accounts: dict[str, Account],
    charity_officer: User,
    system: User,
    now: Any,
    vouchers: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(vouchers):
        post(system, accounts["source:donor"], accounts["pool:free"], "1.00", now=now, key=str(number))
    client = session_client(charity_officer)
    let_older_transactions_end()

    with django_assert_num_queries(7):
        assert len(client.get(FEED, {"fund": fund.pk}).json()["results"]) == vouchers


def _file(user: User, status: int = 200, **query: Any) -> list[list[str]]:
    answer = session_client(user).get(f"{FEED}/export", query)
    assert answer.status_code == status
    text = answer.getvalue().decode() if status == 200 else ""
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_file_of_a_month_balances(posted: CommunityFund, charity_officer: User) -> None:
    rows = _file(charity_officer, book=posted.book_id, period="2026-02")

    assert len(rows) == 1 + 2 * 2
    assert [row[5] for row in rows[1:]] == ["hold:1", "pool:free", "use:environment", "hold:1"]
    debit, credit = (sum(Decimal(row[column] or 0) for row in rows[1:]) for column in (7, 8))
    assert debit == credit == Decimal("720.00")


def test_the_file_takes_no_formula(
    posted: CommunityFund, accounts: dict[str, Account], charity_officer: User, system: User, now: Any
) -> None:
    post(system, accounts["source:donor"], accounts["pool:free"], "1.00", now=now, key="evil", memo="=1+1")

    assert [row[4] for row in _file(charity_officer, book=posted.book_id, period="2026-03")[-2:]] == ["'=1+1"] * 2


def test_the_file_is_refused_for_others_and_for_what_is_no_period(
    posted: CommunityFund, charity_officer: User, other_community_staff: User
) -> None:
    _file(charity_officer, status=400, book=posted.book_id, period="2026-13")
    _file(charity_officer, status=400, book=posted.book_id)
    _file(other_community_staff, status=404, book=posted.book_id, period="2026")


def test_money_of_nobodys_fund_is_not_fed(
    charity_officer: User, system: User, now: Any, community: Division, posted: CommunityFund
) -> None:
    """A book without a fund belongs to no charity."""
    strange = AccountFactory.create(code="source:donor", kind="SOURCE")
    target = AccountFactory.create(book=strange.book, code="pool:free", kind="POOL")
    post(system, strange, target, "1.00", now=now, key="strange")

    assert Journal.objects.filter(book=strange.book).count() == 1
    assert {row["fund"] for row in _read(charity_officer)["results"]} <= {posted.pk}
    assert community
