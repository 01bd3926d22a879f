"""Receiving money when the process dies in between, and when twenty people press the button."""

from __future__ import annotations

import datetime as dt
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from funds.banking import operations
from funds.banking.models import BankAllocation, BankLine, BankMatch
from funds.charity.models import CommunityFund, HostCharity
from funds.ledger.models import Journal
from funds.ledger.queries import balance_of
from funds.reinvestment.models import ReinvestmentOrder
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import DomainError
from governance.outbox.models import OutboxEvent
from tests.funds.banking.test_operations import arrived, statement
from tests.funds.banking.test_parts import Post, line_of, posted, together
from tests.funds.reinvestment.conftest import Plan
from tests.funds.reinvestment.test_operations import walk
from tests.people import House
from tests.workers import finish, start

__all__ = ["posted"]
THREADS = 20

SUGGEST = """
import datetime as dt, os
import django
django.setup()
from funds.banking import operations
from governance.accounts.queries import system_actor
operations.suggest_matches(by=system_actor(), now=dt.datetime.fromisoformat(os.environ["NOW"]))
"""
CONFIRM = """
import datetime as dt, os
import django
django.setup()
from funds.banking import operations
from funds.banking.models import BankMatch
from governance.accounts.models import User
by = User.objects.get(username="charity_officer")
operations.confirm_match(by=by, match=BankMatch.objects.get(), now=dt.datetime.fromisoformat(os.environ["NOW"]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_death_while_matching_and_receiving_leaves_all_or_nothing(
    order: ReinvestmentOrder, fund: CommunityFund, importer: User, system: User, now: dt.datetime
) -> None:
    """A quarter of a minute: six processes start."""
    arrived(order, importer)
    assert system.pk
    assert finish(start(SUGGEST, JOBS_KILL_AT="reinvestment.match.suggested", NOW=now.isoformat())) == -signal.SIGKILL
    assert finish(start(SUGGEST, NOW=now.isoformat())) == 0
    assert BankMatch.objects.undecided().count() == 1

    for point in ("reinvestment.match.confirmed", "reinvestment.receive.posted", "reinvestment.receive.received"):
        assert finish(start(CONFIRM, JOBS_KILL_AT=point, NOW=now.isoformat())) == -signal.SIGKILL, point
        assert (Journal.objects.count(), BankMatch.objects.undecided().count()) == (0, 1), point
        assert ReinvestmentOrder.objects.get(pk=order.pk).status == "PAID", point
    assert finish(start(CONFIRM, NOW=now.isoformat())) == 0

    assert (Journal.objects.count(), BankLine.objects.get().status) == (1, "MATCHED")
    assert balance_of(fund.book.accounts.get(code="pool:free")) == Decimal("151200.00")
    assert ReinvestmentOrder.objects.get(pk=order.pk).status == "RECEIVED"


def at_once(act: Callable[[], object], threads: int = THREADS) -> tuple[int, set[str]]:
    """Do it in twenty threads at once; return how often it was done, and the codes of the refusals."""
    return each_at_once(lambda _number: act(), threads)


def each_at_once(act: Callable[[int], object], threads: int) -> tuple[int, set[str]]:
    """Do something else in each of the threads at once; return how often it was done, and the codes of the refusals."""

    def attempt(number: int) -> str:
        try:
            act(number)
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(threads) as pool:
        codes = list(pool.map(attempt, range(threads)))
    return codes.count(""), {code for code in codes if code}


@pytest.mark.django_db(transaction=True)
def test_twenty_confirmations_post_once(
    order: ReinvestmentOrder,
    fund: CommunityFund,
    importer: User,
    system: User,
    charity_officer: User,
    now: dt.datetime,
) -> None:
    match = operations.suggest_match(by=system, line=arrived(order, importer), order=order, now=now)

    done, refusals = at_once(lambda: operations.confirm_match(by=charity_officer, match=match, now=now))

    assert (done, refusals) == (1, {"match_closed"})
    assert Journal.objects.count() == 1
    assert balance_of(fund.book.accounts.get(code="pool:free")) == Decimal("151200.00")


@pytest.mark.django_db(transaction=True)
def test_twenty_clocks_suggest_once(order: ReinvestmentOrder, importer: User, system: User, now: dt.datetime) -> None:
    arrived(order, importer)

    at_once(lambda: operations.suggest_matches(by=system, now=now))

    assert BankMatch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("before", "move", "person"),
    [("PROPOSED", "confirm", "enterprise_head"), ("RESOLVED", "approve", "street_reviewer")],
)
def test_twenty_hands_on_one_button_make_one_move(
    *,
    before: str,
    move: str,
    person: str,
    house: House,
    plan: Plan,
    policy: object,
    worked_example: dict[str, Decimal],
    now: dt.datetime,
) -> None:
    row = plan(house.enterprise, **worked_example).orders.get()
    order = row if before == "PROPOSED" else walk(row, house, now, before)

    done, refusals = at_once(lambda: lifecycle.move(order, move, by=house.people[person], now=now))

    assert (done, refusals) == (1, {"move_closed"})
    verb = lifecycle.of(order).by_name[move].verb
    assert AuditEntry.objects.filter(verb=verb).count() == 1
    assert OutboxEvent.objects.filter(topic=verb).count() == 1


@pytest.mark.django_db(transaction=True)
def test_forty_hands_match_a_line_once(
    posted: Post, charity: HostCharity, importer: User, charity_officer: User, now: dt.datetime
) -> None:
    """Half of them with one voucher, half with another of the same amount."""
    line, vouchers = line_of(charity, importer, "300"), [posted("300"), posted("300")]

    done, refusals = each_at_once(lambda number: together(charity_officer, [line], [vouchers[number % 2]], now), 40)

    assert (done, refusals) == (1, {"line_not_free"})
    assert BankAllocation.objects.count() == 1
    assert BankLine.objects.get().matched == Decimal("300.00")


@pytest.mark.django_db(transaction=True)
def test_forty_lines_fill_a_voucher_once(
    posted: Post, charity: HostCharity, importer: User, charity_officer: User, now: dt.datetime
) -> None:
    """Who comes too late meets either what was read or the wall of the database."""
    lines, voucher = [line_of(charity, importer, "300") for _number in range(40)], posted("300")

    done, refusals = each_at_once(lambda number: together(charity_officer, [lines[number]], [voucher], now), 40)

    assert (done, refusals <= {"already_matched", "journal_not_open"}) == (1, True)
    assert BankAllocation.objects.count() == 1
    assert BankLine.objects.filter(status="MATCHED").count() == 1


@pytest.mark.django_db(transaction=True)
def test_forty_hands_split_and_merge_the_same_things_in_both_orders(
    posted: Post, charity: HostCharity, importer: User, charity_officer: User, now: dt.datetime
) -> None:
    """No deadlock is seen, whichever way round the lines and vouchers were chosen."""
    lines = [line_of(charity, importer, amount) for amount in ("100", "200", "300")]
    vouchers = [posted(amount) for amount in ("250", "350")]

    def act(number: int) -> object:
        ordered = (lines, vouchers) if number % 2 else (lines[::-1], vouchers[::-1])
        return together(charity_officer, *ordered, now)

    done, refusals = each_at_once(act, 40)

    assert (done, refusals) == (1, {"line_not_free"})
    assert sum(part.amount for part in BankAllocation.objects.all()) == Decimal(600)


@pytest.mark.django_db(transaction=True)
def test_a_part_is_taken_back_once(
    posted: Post, charity: HostCharity, importer: User, charity_officer: User, now: dt.datetime
) -> None:
    [part] = together(charity_officer, [line_of(charity, importer, "300")], [posted("300")], now)

    done, refusals = at_once(lambda: operations.take_part_back(by=charity_officer, part=part, reason="错", now=now), 40)

    assert (done, refusals) == (1, {"part_taken_back"})
    assert BankLine.objects.get().matched == Decimal(0)


@pytest.mark.django_db(transaction=True)
def test_two_desks_take_the_same_file_in_once(
    charity: HostCharity, importer: User, charity_officer: User, now: dt.datetime
) -> None:
    data = statement(*(f"2026-03-02,{number}.00,甲,,R{number}" for number in range(1, 51)))
    people = [importer, charity_officer]

    def take(number: int) -> object:
        return operations.import_statement_file(
            by=people[number % 2], charity=charity, name=f"{number}.csv", data=data, now=now
        )

    assert each_at_once(take, 10) == (10, set())
    assert BankLine.objects.count() == 50
    assert AuditEntry.objects.filter(verb="funds.bank_lines.imported").count() == 1
