"""What no statement can do to the ledger: one violating statement for each wall, by raw SQL, as both roles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, InternalError, ProgrammingError, connection, transaction

from funds.ledger.models import Account, Balance, Book, Journal, Suspension, Transfer
from funds.ledger.policy import GENESIS
from governance.accounts.models import User
from governance.errors import constraint_of
from tests.factories.accounts import UserFactory
from tests.factories.funds_ledger import AccountFactory, BookFactory, PeriodFactory, post
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db

HASH = "f" * 64

# A journal with one transfer by one statement, as the posting writes it; the tests bend one value at a time.
JOURNAL = """
WITH journal AS (
    INSERT INTO funds_journal (
        book_id, sequence, year, voucher_number, kind, posted_on, posted_at, posted_by_id, key, memo, total,
        reverses_id, previous_hash, hash
    ) VALUES (
        %(book)s, %(sequence)s, %(year)s, %(voucher)s, %(kind)s, %(posted_on)s, now(), %(by)s, %(key)s, 'm', %(total)s,
        %(reverses)s, %(previous)s, %(hash)s
    ) RETURNING id
)
INSERT INTO funds_transfer (journal_id, book_id, line, source_id, target_id, amount)
SELECT id, %(transfer_book)s, %(line)s, %(source)s, %(target)s, %(amount)s FROM journal WHERE %(with_transfer)s
"""


@pytest.fixture
def values(system: User, donors: Account, pool: Account, now: dt.datetime) -> dict[str, Any]:
    """The values of a second journal that the walls let pass, after a first of 100 yuan."""
    first = post(system, donors, pool, "100.00", now=now, key="first")
    return {
        "book": first.book_id,
        "sequence": 2,
        "year": 2026,
        "voucher": 2,
        "kind": "DONATION",
        "posted_on": "2026-03-04",
        "by": system.pk,
        "key": "second",
        "total": "5.00",
        "reverses": None,
        "previous": first.hash,
        "hash": HASH,
        "transfer_book": first.book_id,
        "line": 1,
        "source": donors.pk,
        "target": pool.pk,
        "amount": "5.00",
        "with_transfer": True,
    }


def _figures() -> dict[str, Any]:
    return {
        "books": list(Book.objects.order_by("id").values()),
        "accounts": list(Account.objects.order_by("id").values()),
        "journals": list(Journal.objects.order_by("id").values()),
        "balances": list(Balance.objects.order_by("account").values()),
    }


def _refused(sql: str, values: Any, wall: str) -> None:
    """Expect this wall, and nothing changed."""
    before = _figures()

    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)

    assert constraint_of(refused.value) == wall
    assert isinstance(refused.value, IntegrityError)
    assert _figures() == before


def test_the_walls_let_a_right_journal_pass(values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(JOURNAL, values)

    book = Book.objects.get(pk=values["book"])
    assert (book.sequence, book.head_hash, book.voucher_number) == (2, HASH, 2)
    assert Balance.objects.get(account=values["target"]).received == 105


@pytest.mark.parametrize(
    ("change", "wall"),
    [
        ({"sequence": 3}, "journal_continues_the_chain"),
        ({"previous": GENESIS}, "journal_continues_the_chain"),
        ({"voucher": 3}, "journal_voucher_is_the_next"),
        ({"year": 2025}, "journal_year_is_that_of_its_date"),
        ({"year": 2025, "posted_on": "2025-05-01"}, "journal_voucher_is_the_next"),
        ({"year": 2024, "posted_on": "2024-12-31", "voucher": 1}, "journal_not_before_its_book"),
        ({"with_transfer": False}, "journal_has_transfers"),
        ({"total": "6.00"}, "journal_total_is_its_transfers"),
        ({"line": 2}, "journal_total_is_its_transfers"),
        ({"kind": "GIFT"}, "journal_kind_is_known"),
        ({"kind": "REVERSAL"}, "journal_reversal_names_its_target"),
        ({"key": "first"}, "journal_effect_happens_once"),
        ({"sequence": 1}, "journal_sequence_is_unique"),
        ({"voucher": 1}, "journal_voucher_is_unique"),
        ({"amount": "0.00"}, "transfer_amount_is_positive"),
        ({"amount": "-5.00"}, "transfer_amount_is_positive"),
    ],
)
def test_a_journal_continues_its_book(values: dict[str, Any], change: dict[str, Any], wall: str) -> None:
    _refused(JOURNAL, {**values, **change}, wall)


def test_a_transfer_moves_between_two_accounts(values: dict[str, Any]) -> None:
    _refused(JOURNAL, {**values, "source": values["target"]}, "transfer_moves_between_two_accounts")


def test_a_pool_never_falls_below_zero(values: dict[str, Any]) -> None:
    turned = {**values, "source": values["target"], "target": values["source"], "amount": "100.01", "total": "100.01"}

    _refused(JOURNAL, turned, "balance_never_below_zero")


@pytest.mark.parametrize("end", ["source", "target"])
def test_a_transfer_stays_in_its_book(values: dict[str, Any], end: str) -> None:
    strange = AccountFactory.create()

    _refused(JOURNAL, {**values, end: strange.pk}, f"transfer_{end}_in_its_book")


def test_a_transfer_stays_in_the_book_of_its_journal(values: dict[str, Any]) -> None:
    other = BookFactory.create()

    _refused(JOURNAL, {**values, "transfer_book": other.pk}, "transfer_journal_in_its_book")


def test_a_reversal_stays_in_its_book(values: dict[str, Any], system: User, now: dt.datetime) -> None:
    other = BookFactory.create()
    source = AccountFactory.create(book=other, source=True)
    strange = post(system, source, AccountFactory.create(book=other), "5.00", now=now)

    _refused(JOURNAL, {**values, "kind": "REVERSAL", "reverses": strange.pk}, "journal_reverses_in_its_book")


def test_a_journal_is_reversed_once(values: dict[str, Any]) -> None:
    first = Journal.objects.get(key="first")
    reversal = {**values, "kind": "REVERSAL", "reverses": first.pk}
    with connection.cursor() as cursor:
        cursor.execute(JOURNAL, reversal)

    again = {**reversal, "key": "third", "sequence": 3, "voucher": 3, "previous": HASH}
    _refused(JOURNAL, again, "funds_journal_reverses_id_key")


@pytest.mark.parametrize("status", ["FROZEN", "CLOSED"])
def test_a_book_that_is_not_open_takes_no_journal(values: dict[str, Any], status: str) -> None:
    Book.objects.filter(pk=values["book"]).update(status=status)

    _refused(JOURNAL, values, "journal_book_is_open")


def test_a_closed_month_takes_no_journal(values: dict[str, Any]) -> None:
    PeriodFactory.create(book_id=values["book"], closed=True, month=3)

    _refused(JOURNAL, values, "journal_period_is_open")


def test_no_transfer_is_added_to_a_journal_later(values: dict[str, Any]) -> None:
    first = Journal.objects.get(key="first")

    _refused(
        "INSERT INTO funds_transfer (journal_id, book_id, line, source_id, target_id, amount) VALUES (%s, %s, 2, %s,"
        " %s, 100)",
        [first.pk, first.book_id, values["source"], values["target"]],
        "journal_total_is_its_transfers",
    )


def test_an_account_without_a_balance_takes_no_transfer(values: dict[str, Any]) -> None:
    bare = AccountFactory.create(book_id=values["book"], balance=None)

    _refused(JOURNAL, {**values, "target": bare.pk}, "transfer_account_has_a_balance")


FIGURES = [
    ("UPDATE funds_balance SET received = received + 1", "balance_follows_its_transfers"),
    ("UPDATE funds_book SET sequence = 0", "book_head_follows_its_journals"),
    ("UPDATE funds_book SET head_hash = 'x'", "book_head_follows_its_journals"),
    ("UPDATE funds_book SET voucher_number = 9", "book_head_follows_its_journals"),
    ("UPDATE funds_book SET voucher_year = 2030", "book_head_follows_its_journals"),
]
IDENTITIES = [
    ("DELETE FROM funds_balance", "balance_is_never_deleted"),
    ("UPDATE funds_book SET code = 'other'", "book_identity_is_fixed"),
    ("UPDATE funds_book SET unit = 'POINTS'", "book_identity_is_fixed"),
    ("UPDATE funds_account SET code = 'pool:other' WHERE code = 'pool:free'", "account_identity_is_fixed"),
    ("UPDATE funds_account SET kind = 'SINK' WHERE code = 'pool:free'", "account_identity_is_fixed"),
]


@pytest.mark.parametrize(("statement", "wall"), IDENTITIES)
def test_identities_are_kept(values: dict[str, Any], statement: str, wall: str) -> None:
    del values

    _refused(statement, [], wall)


@pytest.mark.parametrize(("statement", "wall"), FIGURES + IDENTITIES)
@pytest.mark.django_db(transaction=True)
def test_the_owner_keeps_figures_and_identities(
    *, values: dict[str, Any], owner: Callable[[], Any], statement: str, wall: str
) -> None:
    del values

    with owner():
        _refused(statement, [], wall)


def _not_permitted(statement: str) -> None:
    """Expect that the application's role lacks the right, and nothing changed."""
    before = _figures()

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert _figures() == before


@pytest.mark.parametrize("statement", [statement for statement, _wall in FIGURES])
def test_the_application_cannot_change_figures(values: dict[str, Any], statement: str) -> None:
    del values

    _not_permitted(statement)


@pytest.mark.parametrize("statement", [statement for statement, _wall in FIGURES])
def test_a_trigger_of_ones_own_cannot_change_figures(values: dict[str, Any], statement: str) -> None:
    """A temporary table may have a trigger, whose statements come from a trigger's depth."""
    del values

    _not_permitted(
        f"""
        CREATE TEMPORARY TABLE lever (pulled integer);
        CREATE FUNCTION pg_temp.pull() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {statement}; RETURN NEW; END $$;
        CREATE TRIGGER pull AFTER INSERT ON lever FOR EACH ROW EXECUTE FUNCTION pg_temp.pull();
        INSERT INTO lever VALUES (1);
        """
    )


@pytest.mark.parametrize("wall", ["ledger_journal_added", "ledger_transfers_added"])
def test_the_walls_cannot_be_hung_on_another_table(values: dict[str, Any], wall: str) -> None:
    """What a wall does for true rows it must not do for those of a temporary table that looks like theirs."""
    del values

    _not_permitted(
        f"""
        CREATE TEMPORARY TABLE lever (LIKE funds_transfer);
        CREATE TRIGGER pull AFTER INSERT ON lever REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION {wall}();
        """
    )


def test_a_temporary_table_does_not_stand_in_for_a_period(values: dict[str, Any]) -> None:
    PeriodFactory.create(book_id=values["book"], closed=True, month=3)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE funds_period (LIKE public.funds_period)")
        cursor.execute("SELECT count(*) FROM funds_period")
        assert cursor.fetchone() == (0,)

        with pytest.raises(IntegrityError, match="The period is closed"), transaction.atomic():
            cursor.execute(JOURNAL, values)
        cursor.execute("DROP TABLE pg_temp.funds_period")


def test_a_temporary_table_does_not_take_the_money(values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE funds_balance AS SELECT * FROM public.funds_balance")
        cursor.execute(JOURNAL, values)
        cursor.execute("DROP TABLE pg_temp.funds_balance")

    assert Balance.objects.get(account=values["target"]).received == 105


def test_a_temporary_table_does_not_make_an_account_another_kind(book: Book) -> None:
    bare = AccountFactory.create(book=book, balance=None)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE funds_account AS SELECT id, 'SINK' AS kind FROM public.funds_account")

        with pytest.raises(IntegrityError, match="The kind is not that of the account"), transaction.atomic():
            cursor.execute("INSERT INTO funds_balance VALUES (%s, 'SINK', 0, 0)", [bare.pk])
        cursor.execute("DROP TABLE pg_temp.funds_account")


@pytest.mark.parametrize(
    ("columns", "wall"),
    [
        ({"received": 1}, "balance_begins_at_zero"),
        ({"given": 1}, "balance_begins_at_zero"),
        ({"kind": "SINK"}, "balance_kind_is_that_of_its_account"),
    ],
)
def test_a_balance_begins_at_zero(book: Book, columns: dict[str, Any], wall: str) -> None:
    bare = AccountFactory.create(book=book, balance=None)
    row = {"account_id": bare.pk, "kind": "POOL", "received": 0, "given": 0, **columns}

    _refused(
        "INSERT INTO funds_balance VALUES (%(account_id)s, %(kind)s, %(received)s, %(given)s)",
        row,
        wall,
    )


def test_a_book_begins_without_journals(book: Book) -> None:
    _refused(
        "INSERT INTO funds_book (code, name, unit, division_id, status, status_reason, opened_on, sequence, head_hash,"
        " voucher_year, voucher_number) SELECT 'x', name, unit, division_id, status, '', opened_on, 1, head_hash, 0, 0"
        " FROM funds_book WHERE id = %s",
        [book.pk],
        "book_begins_at_zero",
    )


@pytest.mark.parametrize(
    "statement", ["UPDATE funds_period SET closed_at = NULL, closed_by_id = NULL", "DELETE FROM funds_period"]
)
def test_a_closed_period_stays_closed(book: Book, statement: str) -> None:
    PeriodFactory.create(book=book, closed=True)

    _refused(statement, [], "period_stays_closed")


def test_one_person_does_not_close_a_period(book: Book) -> None:
    PeriodFactory.create(book=book)

    _refused(
        "UPDATE funds_period SET closed_at = now(), closed_by_id = proposed_by_id, sequence = book.sequence, "
        "head_hash = book.head_hash FROM funds_book AS book WHERE book.id = book_id",
        [],
        "period_two_persons",
    )


@pytest.mark.parametrize(
    ("statement", "wall"),
    [
        ("UPDATE funds_book SET status = 'OPEN' WHERE status = 'CLOSED'", "book_moves_by_the_table"),
        ("UPDATE funds_book SET status = 'GONE'", "book_moves_by_the_table"),
    ],
)
def test_a_book_moves_by_the_table(book: Book, statement: str, wall: str) -> None:
    Book.objects.filter(pk=book.pk).update(status="CLOSED")

    _refused(statement, [], wall)


@pytest.mark.parametrize("table", ["funds_journal", "funds_transfer"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_cannot_edit_what_is_posted(values: dict[str, Any], table: str, statement: str) -> None:
    before = _figures()

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))

    assert _figures() == before
    assert values


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["funds_journal", "funds_transfer"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_owner_cannot_edit_what_is_posted(
    *, values: dict[str, Any], owner: Callable[[], Any], table: str, statement: str
) -> None:
    before = _figures()

    with owner(), pytest.raises(InternalError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))

    assert _figures() == before
    assert values


@pytest.fixture
def switched_off() -> Iterator[None]:
    """Ask django-pgtrigger to leave every trigger out, as any session may ask."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(tgname::text) FROM pg_trigger WHERE NOT tgisinternal")
        names = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", ["{" + ",".join(names) + "}"])
        cursor.execute("SHOW pgtrigger.ignore")
        assert "lifecycle" in cursor.fetchone()[0]
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', '{}', true)")


def test_no_setting_switches_the_walls_off(values: dict[str, Any], switched_off: None) -> None:
    del switched_off

    _refused("DELETE FROM funds_balance", [], "balance_is_never_deleted")
    _refused(JOURNAL, {**values, "sequence": 3}, "journal_continues_the_chain")
    _refused("UPDATE funds_book SET status = 'GONE'", [], "book_moves_by_the_table")


# --- Each guard alone: what it refuses succeeds once it is dropped ----------------------------------------------------


def _voucher(values: dict[str, Any], **change: Any) -> str:
    with connection.cursor() as cursor:
        return str(cursor.mogrify(JOURNAL, {**values, **change}).decode())


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_vouchers_refuses_alone(values: dict[str, Any], system: User, owner: Callable[[], Any]) -> None:
    first = Journal.objects.get(book=values["book"], key="first")
    transfer = Transfer.objects.get(journal=first)
    strange_source, strange_pool = AccountFactory.create(source=True), AccountFactory.create()
    stopped = {"reason": "核查", "imposed_at": first.posted_at, "imposed_by": system}

    with owner():
        alone("journal:append_only", "UPDATE funds_journal SET memo = 'x' WHERE id = %s", first.pk)
        alone("transfer:append_only", "UPDATE funds_transfer SET amount = 1 WHERE id = %s", transfer.pk)
        alone("transfer:append_only", "DELETE FROM funds_transfer WHERE id = %s", transfer.pk)
        alone("transfer_line_is_unique", copied(transfer))
        alone("transfer_source_in_its_book", _voucher(values, source=strange_source.pk))
        alone("transfer_target_in_its_book", _voucher(values, target=strange_pool.pk))
        Suspension.objects.create(book_id=first.book_id, flow="INTAKE", **stopped)
        alone("ledger_journal_stopped", _voucher(values))


@pytest.mark.django_db(transaction=True)
def test_rows_belong_to_one_book(
    values: dict[str, Any], system: User, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    """What is refused are the foreign keys that stand upon these two, and fall with them."""
    other = BookFactory.create()
    source = AccountFactory.create(book=other, source=True)
    strange = post(system, source, AccountFactory.create(book=other), "5.00", now=now)

    with owner():
        alone("account_belongs_to_its_book", _voucher(values, source=source.pk), says="transfer_source_in_its_book")
        alone(
            "journal_belongs_to_its_book",
            _voucher(values, kind="REVERSAL", reverses=strange.pk),
            says="journal_reverses_in_its_book",
        )


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_books_refuses_alone(values: dict[str, Any], owner: Callable[[], Any]) -> None:
    book, fresh = Book.objects.get(pk=values["book"]), BookFactory.create()
    change = "UPDATE funds_book SET {} WHERE id = %s"
    name = {"code": "'another'"}

    with owner():
        alone("ledger_book_begins", copied(book, **name))
        alone("ledger_book_fixed", change.format("code = 'another'"), book.pk)
        alone("ledger_book_head_kept", change.format("sequence = 0"), book.pk)
        alone("ledger_book_head_kept", change.format("head_hash = repeat('0', 64)"), book.pk)
        alone("ledger_book_stops_kept", change.format("is_outgo_stopped = true"), book.pk)
        alone("funds_book_code_key", copied(fresh))
        alone("book_unit_is_known", copied(fresh, **name, unit="'GOLD'"))
        alone("book:lifecycle", copied(fresh, **name, status="'FROZEN'"))
        alone("book_status_is_known", change.format("status = 'LOST'"), book.pk, beside=["book:lifecycle"])


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_accounts_and_balances_refuses_alone(
    values: dict[str, Any], pool: Account, donors: Account, owner: Callable[[], Any]
) -> None:
    bare = AccountFactory.create(book_id=values["book"], balance=None)
    change = "UPDATE funds_balance SET {} WHERE account_id = %s"
    begin = "INSERT INTO funds_balance (account_id, kind, received, given) VALUES (%s, %s, %s, 0)"

    with owner():
        alone("ledger_account_fixed", "UPDATE funds_account SET kind = 'SINK' WHERE id = %s", pool.pk)
        alone("account_code_is_unique_in_book", copied(pool))
        alone("account_kind_is_known", copied(pool, code="'pool:x'", kind="'GIFT'"))
        alone("ledger_balance_kept", change.format("received = received + 1"), pool.pk)
        alone("ledger_balance_never_deleted", "DELETE FROM funds_balance WHERE account_id = %s", pool.pk)
        alone("ledger_balance_begins", begin, bare.pk, bare.kind, 5)
        alone("ledger_balance_begins", begin, bare.pk, "SOURCE", 0)
        alone("balance_totals_only_grow", change.format("received = -1"), donors.pk, beside=["ledger_balance_kept"])


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_months_and_stops_refuses_alone(
    values: dict[str, Any], system: User, owner: Callable[[], Any], now: dt.datetime
) -> None:
    closed = PeriodFactory.create(book=BookFactory.create(), closed=True)
    waiting = PeriodFactory.create(book=closed.book, month=2)
    stop = {"book_id": values["book"], "reason": "核查", "imposed_at": now, "imposed_by": system}
    intake = Suspension.objects.create(flow="INTAKE", **stop)
    lifted = Suspension.objects.create(flow="OUTGO", **stop)
    Suspension.objects.filter(pk=lifted.pk).update(
        status="LIFTED", lifted_by=UserFactory.create(), lift_reason="查清", lifted_at=now
    )
    change = "UPDATE funds_suspension SET {} WHERE id = %s"

    with owner():
        alone("ledger_period_kept", "UPDATE funds_period SET year = 2027 WHERE id = %s", closed.pk)
        alone("ledger_period_never_deleted", "DELETE FROM funds_period WHERE id = %s", closed.pk)
        alone("period_once", copied(waiting))
        alone("period_month_exists", copied(waiting, month=13))
        alone("ledger_suspension_never_deleted", "DELETE FROM funds_suspension WHERE id = %s", intake.pk)
        alone("suspension:imposed_stays", change.format("reason = '别的'"), intake.pk)
        alone("suspension_has_a_reason", copied(lifted, reason="''"), beside=["suspension:lifecycle"])
        again = "status = 'IMPOSED', lifted_by_id = NULL"
        alone("suspension:lifecycle", change.format(again), lifted.pk)
        status = change.format("status = 'LOST'")
        said_twice = ["suspension:lifecycle", "suspension_lifted_by_somebody"]
        alone("suspension_status_is_known", status, intake.pk, beside=said_twice)
