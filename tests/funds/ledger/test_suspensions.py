"""A suspension of a book's money: every posting meets it, in and out separately, whatever path it took."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from funds.charity.models import CommunityFund, HostCharity
from funds.ledger import operations
from funds.ledger.models import Account, Book, Journal, Suspension
from funds.ledger.operations import Line
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.outbox.models import OutboxEvent
from tests.factories.funds_charity import CommunityFundFactory, officer_of
from tests.people import House
from tests.walls import change_refused, refused

pytestmark = pytest.mark.django_db

WAYS = [
    ("source:donor", "pool:free", "INTAKE"),
    ("source:enterprise", "pool:free", "INTAKE"),
    ("source:government", "hold:1", "INTAKE"),
    ("pool:free", "hold:1", "OUTGO"),
    ("hold:1", "use:environment", "OUTGO"),
    ("pool:free", "use:environment", "OUTGO"),
    ("pool:free", "source:donor", "OUTGO"),
    ("hold:1", "pool:free", None),
    ("use:environment", "pool:free", None),
    ("use:environment", "hold:1", None),
    ("pool:free", "pool:restricted:1", None),
]
"""Every way that money moves, and which suspension it meets."""


@pytest.fixture
def fund(house: House) -> CommunityFund:
    return CommunityFundFactory.create(charity=house.charity, division=house.places["community"], active=True)


@pytest.fixture
def accounts(fund: CommunityFund, system: User, now: dt.datetime) -> dict[str, Account]:
    for code, kind in (("pool:restricted:1", "POOL"), ("hold:1", "HOLD"), ("use:environment", "SINK")):
        operations.open_account(by=system, book=fund.book, code=code, kind=kind, name=code, now=now)
    found = {account.code: account for account in Account.objects.filter(book=fund.book).select_related("book")}
    for number, (source, target) in enumerate((("source:donor", "pool:free"), ("pool:free", "hold:1"))):
        post(system, found, source, target, now, key=f"begin:{number}", amount=1000 - 500 * number)
    post(system, found, "hold:1", "use:environment", now, key="begin:2", amount=100)
    return found


def post(by: User, accounts: dict[str, Account], source: str, target: str, now: dt.datetime, **more: Any) -> Journal:
    return operations.post_journal(
        by=by,
        book=accounts[source].book,
        kind="DONATION",
        key=more.get("key", "way"),
        posted_on=now.date(),
        memo="测试",
        lines=[Line(accounts[source], accounts[target], Decimal(more.get("amount", 1)))],
        now=now,
    )


@pytest.mark.parametrize(("source", "target", "meets"), WAYS)
@pytest.mark.parametrize("flow", ["INTAKE", "OUTGO"])
def test_each_way_meets_its_own_suspension(
    *,
    house: House,
    system: User,
    accounts: dict[str, Account],
    now: dt.datetime,
    flow: str,
    source: str,
    target: str,
    meets: str | None,
) -> None:
    operations.suspend_book(
        by=house.people["street_reviewer"], book=accounts[source].book, flow=flow, reason="账目核查", now=now
    )
    before = Journal.objects.count()

    if meets == flow:
        with pytest.raises((operations.IntakeSuspended, operations.OutgoSuspended), match="账目核查"):
            post(system, accounts, source, target, now)
        assert Journal.objects.count() == before
    else:
        post(system, accounts, source, target, now)
        assert Journal.objects.count() == before + 1


def test_a_statement_by_hand_meets_it_too_and_passes_without_the_wall(
    house: House, accounts: dict[str, Account], owner: Any, now: dt.datetime
) -> None:
    del owner
    book = accounts["pool:free"].book
    operations.suspend_book(by=house.people["district_admin"], book=book, flow="INTAKE", reason="核查", now=now)
    head = Book.objects.get(pk=book.pk)
    statement = """
        WITH journal AS (
            INSERT INTO funds_journal (book_id, sequence, year, voucher_number, kind, posted_on, posted_at, posted_by_id,
                key, memo, total, previous_hash, hash)
            VALUES (%s, %s, 2026, %s, 'DONATION', '2026-03-04', now(), %s, 'hand', 'x', 1, %s, repeat('a', 64))
            RETURNING id
        )
        INSERT INTO funds_transfer (journal_id, book_id, line, source_id, target_id, amount)
        SELECT id, %s, 1, %s, %s, 1 FROM journal
    """
    values = (
        *(book.pk, head.sequence + 1, head.voucher_number + 1, house.people["resident"].pk, head.head_hash),
        *(book.pk, accounts["source:donor"].pk, accounts["pool:free"].pk),
    )

    refused("journal_intake_is_not_suspended", statement, *values)


def test_what_a_suspension_leaves_behind(house: House, accounts: dict[str, Account], now: dt.datetime) -> None:
    book = accounts["pool:free"].book

    row = operations.suspend_book(
        by=house.people["charity_officer"], book=book, flow="OUTGO", reason=" 账目  核查 ", now=now
    )

    book.refresh_from_db()
    assert (book.is_intake_stopped, book.is_outgo_stopped) == (False, True)
    assert (row.reason, row.imposed_by, str(row.fund.book)) == ("账目 核查", house.people["charity_officer"], book.name)
    assert AuditEntry.objects.get(verb="funds.suspension.imposed").reason == "账目 核查"
    assert OutboxEvent.objects.filter(topic="funds.suspension.imposed").count() == 1


def test_another_person_lifts_it(house: House, accounts: dict[str, Account], now: dt.datetime, system: User) -> None:
    book = accounts["pool:free"].book
    row = operations.suspend_book(by=house.people["charity_officer"], book=book, flow="OUTGO", reason="核查", now=now)

    with pytest.raises(lifecycle.SamePerson):
        operations.lift_suspension(by=house.people["charity_officer"], suspension=row, reason="已核清", now=now)
    with pytest.raises(lifecycle.MoveForbidden):
        operations.lift_suspension(by=house.people["community_staff"], suspension=row, reason="已核清", now=now)
    with pytest.raises(lifecycle.ReasonMissing):
        operations.lift_suspension(by=house.people["street_reviewer"], suspension=row, reason=" ", now=now)
    book.refresh_from_db()
    assert book.is_outgo_stopped

    row = operations.lift_suspension(by=house.people["street_reviewer"], suspension=row, reason="已核清", now=now)

    book.refresh_from_db()
    assert (row.status, row.lift_reason, row.lifted_by) == ("LIFTED", "已核清", house.people["street_reviewer"])
    assert not book.is_outgo_stopped
    post(system, accounts, "pool:free", "use:environment", now)


def test_suspend_book_refuses(house: House, accounts: dict[str, Account], now: dt.datetime) -> None:
    book = accounts["pool:free"].book
    values: dict[str, Any] = {"book": book, "flow": "OUTGO", "now": now}
    other = officer_of(HostCharity.objects.create(name="乙", credit_code="515103025000000153", division=book.division))

    for by in (house.people["community_staff"], house.people["stranger"], house.people["auditor"], other):
        with pytest.raises(NotAllowed):
            operations.suspend_book(by=by, reason="核查", **values)
    with pytest.raises(lifecycle.ReasonMissing):
        operations.suspend_book(by=house.people["district_admin"], reason=" ", **values)
    assert not Suspension.objects.exists()

    operations.suspend_book(by=house.people["district_admin"], reason="核查", **values)
    with pytest.raises(operations.AlreadySuspended):
        operations.suspend_book(by=house.people["street_reviewer"], reason="再查", **values)
    assert Suspension.objects.count() == 1


def test_a_fund_that_is_being_closed_takes_no_money(
    house: House, system: User, accounts: dict[str, Account], now: dt.datetime, fund: CommunityFund
) -> None:
    CommunityFund.objects.filter(pk=fund.pk).update(status="CLOSING")

    with pytest.raises(operations.IntakeSuspended):
        post(system, accounts, "source:donor", "pool:free", now)
    post(system, accounts, "hold:1", "use:environment", now)
    post(system, accounts, "use:environment", "pool:free", now, key="back")

    assert house.charity.funds.count() == 1


@pytest.mark.parametrize(
    ("guard", "change"),
    [
        ("suspension_flow_is_known", "flow = 'SIDE', status = status"),
        ("suspension_lifted_by_another", "status = 'LIFTED', lift_reason = 'x', lifted_by_id = imposed_by_id"),
        ("suspension_lifted_by_somebody", "status = 'LIFTED'"),
    ],
)
def test_guards_of_a_suspension(
    house: House, accounts: dict[str, Account], now: dt.datetime, guard: str, change: str
) -> None:
    book = accounts["pool:free"].book
    row = operations.suspend_book(by=house.people["district_admin"], book=book, flow="OUTGO", reason="核查", now=now)

    if guard == "suspension_flow_is_known":
        refused(
            guard,
            "INSERT INTO funds_suspension (book_id, flow, reason, lift_reason, status, imposed_at, imposed_by_id) "
            "VALUES (%s, 'SIDE', 'x', '', 'IMPOSED', now(), %s)",
            book.pk,
            house.people["district_admin"].pk,
        )
    else:
        change_refused(guard, row, change)
    with pytest.raises(IntegrityError, match="suspension_one_at_a_time"), transaction.atomic():
        Suspension.objects.create(
            book=book, flow="OUTGO", reason="x", imposed_at=now, imposed_by=house.people["street_reviewer"]
        )


def test_a_suspension_stays_as_it_was_imposed(house: House, accounts: dict[str, Account], now: dt.datetime) -> None:
    book = accounts["pool:free"].book
    row = operations.suspend_book(by=house.people["district_admin"], book=book, flow="OUTGO", reason="核查", now=now)

    refused("suspension_is_never_deleted", "DELETE FROM funds_suspension WHERE id = %s", row.pk)
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE funds_suspension SET reason = 'y' WHERE id = %s", [row.pk])
    with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE funds_book SET is_outgo_stopped = false WHERE id = %s", [book.pk])


@pytest.mark.parametrize("wall", ["ledger_suspension_changed"])
def test_the_wall_cannot_be_hung_on_another_table(accounts: dict[str, Account], wall: str) -> None:
    del accounts
    statement = f"""
        CREATE TEMPORARY TABLE lever (LIKE funds_suspension);
        CREATE TRIGGER pull AFTER INSERT ON lever FOR EACH ROW EXECUTE FUNCTION {wall}();
    """
    with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
