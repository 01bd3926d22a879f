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
from funds.banking.models import BankLine, BankMatch
from funds.charity.models import CommunityFund
from funds.ledger.models import Journal
from funds.ledger.queries import balance_of
from funds.reinvestment.models import ReinvestmentOrder
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import DomainError
from governance.outbox.models import OutboxEvent
from tests.funds.banking.test_operations import arrived
from tests.funds.reinvestment.conftest import Plan
from tests.funds.reinvestment.test_operations import walk
from tests.people import House
from tests.workers import finish, start

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


def at_once(act: Callable[[], object]) -> tuple[int, set[str]]:
    """Do it in twenty threads at once; return how often it was done, and the codes of the refusals."""

    def attempt(_number: int) -> str:
        try:
            act()
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(THREADS) as pool:
        codes = list(pool.map(attempt, range(THREADS)))
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
