"""The clocks and hands of the bank's side, killed at each of their marked points: every effect exactly once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from funds.banking import operations
from funds.banking.models import BankAllocation, BankLine, BankMatch
from funds.charity.models import CommunityFund, HostCharity
from funds.ledger.models import Journal
from funds.ledger.queries import balance_of, differences_in
from funds.reinvestment.models import ReinvestmentOrder
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.outbox.models import OutboxEvent
from tests.factories.funds_donations import DonationFactory
from tests.funds.banking.test_operations import arrived
from tests.funds.banking.test_parts import Post, line_of, posted, together
from tests.funds.reinvestment.conftest import Plan
from tests.funds.reinvestment.test_operations import walk
from tests.people import House
from tests.workers import Nursery, survive

__all__ = ["posted"]
pytestmark = pytest.mark.django_db(transaction=True)

HEAD = """
import datetime as dt, os
from django.utils import timezone
from funds.banking import operations
from funds.banking.models import BankAllocation, BankLine, BankMatch
from funds.charity.models import HostCharity
from funds.ledger.models import Journal
from funds.reinvestment import operations as reinvestment
from funds.reinvestment.models import ReinvestmentOrder
from governance.accounts.models import User
from governance.accounts.queries import system_actor
now = dt.datetime.fromisoformat(os.environ["NOW"])
today = timezone.localdate(now)
officer = User.objects.filter(username="charity_officer").first()
"""
IMPORT = f"""{HEAD}
rows = "".join(f"2026-03-02,{{number}}.00,甲,,R{{number}}\\n" for number in range(1, 601))
operations.import_statement_file(
    by=officer, charity=HostCharity.objects.get(pk=int(os.environ["CHARITY"])), name="a.csv", now=now,
    data=("日期,金额,付款人,附言,流水号\\n" + rows).encode(),
)
"""
SUGGEST = f"{HEAD}\noperations.suggest_matches(by=system_actor(), now=now)"
CONFIRM = f"{HEAD}\noperations.confirm_match(by=officer, match=BankMatch.objects.get(), now=now)"
TOGETHER = f"""{HEAD}
operations.match_together(
    by=officer, lines=list(BankLine.objects.all()), orders=list(ReinvestmentOrder.objects.all()), now=now
)
"""
TAKE_BACK = f"""{HEAD}
part = BankAllocation.objects.filter(reverses=None).get()
operations.take_part_back(by=officer, part=part, reason="错", now=now)
"""
REMIND = f"{HEAD}\noperations.remind_owners(by=system_actor(), now=now, today=today + dt.timedelta(days=40))"
DUE = f"""{HEAD}
reinvestment.remind(by=system_actor(), now=now, today=ReinvestmentOrder.objects.get().due_on)
reinvestment.mark_overdue(
    by=system_actor(), now=now, today=ReinvestmentOrder.objects.get().due_on + dt.timedelta(days=1)
)
"""
NIGHTS = [pytest.param(time, marks=pytest.mark.nightly) for time in range(1, 11)]
every_night = pytest.mark.parametrize("time", NIGHTS)
once_and_every_night = pytest.mark.parametrize("time", [0, *NIGHTS])


def chosen(time: int, points: list[str], by_day: list[str]) -> list[str]:
    """Return the points of an ordinary run (time 0), or all of them at night."""
    return points if time else by_day


@once_and_every_night
def test_a_file_is_imported_once(
    *, time: int, charity: HostCharity, charity_officer: User, nursery: Nursery, now: dt.datetime
) -> None:
    assert charity_officer

    def check(point: str) -> None:
        assert (BankLine.objects.count(), AuditEntry.objects.count()) == (0, 0), point

    points = ["banking.import.locked", "banking.import.written", "banking.import.recorded"]
    more = {"NOW": now.isoformat(), "CHARITY": str(charity.pk)}
    survive(nursery, IMPORT, chosen(time, points, ["banking.import.written"]), check, **more)
    assert nursery.run(IMPORT, **more) == 0

    assert BankLine.objects.count() == 600
    assert AuditEntry.objects.filter(verb="funds.bank_lines.imported").count() == 1


@once_and_every_night
def test_the_machine_matches_and_suggests_once(
    *,
    time: int,
    order: ReinvestmentOrder,
    fund: CommunityFund,
    charity: HostCharity,
    importer: User,
    system: User,
    nursery: Nursery,
    now: dt.datetime,
) -> None:
    assert system.pk
    donation = DonationFactory(fund=fund, received=True, reference="GH2026030001")
    exact = line_of(charity, importer, "1000", memo="GH2026030001", booked_on=donation.journal.posted_on)
    arrived(order, importer)

    def check(point: str) -> None:
        parts = BankAllocation.objects.count()
        assert BankMatch.objects.filter(confirmed_at__isnull=False).count() == parts, point
        assert BankLine.objects.filter(status="MATCHED").count() == parts, point

    points = ["banking.exact.parted", "banking.match.matched", "reinvestment.match.suggested"]
    survive(nursery, SUGGEST, chosen(time, points, ["banking.exact.parted"]), check, NOW=now.isoformat())

    assert (BankAllocation.objects.get().line, BankMatch.objects.undecided().get().order) == (exact, order)
    assert AuditEntry.objects.filter(verb="funds.bank_match.suggested").count() == 2


@once_and_every_night
def test_a_match_is_confirmed_and_posted_once(
    *,
    time: int,
    order: ReinvestmentOrder,
    fund: CommunityFund,
    importer: User,
    system: User,
    charity_officer: User,
    nursery: Nursery,
    now: dt.datetime,
) -> None:
    assert charity_officer
    operations.suggest_match(by=system, line=arrived(order, importer), order=order, now=now)

    def check(point: str) -> None:
        assert (Journal.objects.count(), BankAllocation.objects.count()) == (0, 0), point
        assert ReinvestmentOrder.objects.get().status == "PAID", point

    points = [
        "reinvestment.match.confirmed",
        "reinvestment.receive.posted",
        "reinvestment.receive.received",
        "banking.match.parted",
    ]
    by_day = ["reinvestment.receive.posted", "banking.match.parted"]
    survive(nursery, CONFIRM, chosen(time, points, by_day), check, NOW=now.isoformat())

    assert (Journal.objects.count(), BankAllocation.objects.count()) == (1, 1)
    assert balance_of(fund.book.accounts.get(code="pool:free")) == order.amount
    assert differences_in(fund.book) == []


@once_and_every_night
def test_two_lines_pay_one_order_once(
    *,
    time: int,
    order: ReinvestmentOrder,
    importer: User,
    charity_officer: User,
    nursery: Nursery,
    now: dt.datetime,
) -> None:
    assert charity_officer
    arrived(order, importer, amount=Decimal("100000.00"))
    arrived(order, importer, amount=order.amount - Decimal("100000.00"))

    def check(point: str) -> None:
        assert (Journal.objects.count(), BankAllocation.objects.count()) == (0, 0), point

    points = ["banking.together.received", "banking.together.matched"]
    survive(nursery, TOGETHER, chosen(time, points, points[:1]), check, NOW=now.isoformat())

    assert (Journal.objects.count(), BankAllocation.objects.count()) == (1, 2)
    assert AuditEntry.objects.filter(verb="funds.bank_line.matched").count() == 2


@once_and_every_night
def test_a_part_is_taken_back_once(
    *,
    time: int,
    posted: Post,
    charity: HostCharity,
    importer: User,
    charity_officer: User,
    nursery: Nursery,
    now: dt.datetime,
) -> None:
    together(charity_officer, [line_of(charity, importer, "300")], [posted("300")], now)

    def check(point: str) -> None:
        assert (BankAllocation.objects.count(), BankLine.objects.get().status) == (1, "MATCHED"), point

    survive(nursery, TAKE_BACK, ["banking.part.taken_back"], check, NOW=now.isoformat())

    assert time >= 0
    assert (BankAllocation.objects.count(), BankLine.objects.get().matched) == (2, Decimal(0))


@every_night
def test_who_is_in_charge_is_reminded_once(
    *, time: int, charity: HostCharity, importer: User, system: User, nursery: Nursery, now: dt.datetime
) -> None:
    assert time
    assert system.pk
    for _number in range(3):
        line_of(charity, importer, "5", owner=importer, booked_on=now.date())

    def check(point: str) -> None:
        assert OutboxEvent.objects.count() == BankLine.objects.exclude(reminded_days=None).count(), point

    points = ["banking.remind.emitted", "banking.remind.sent"]
    survive(nursery, REMIND, points, check, NOW=now.isoformat())

    assert OutboxEvent.objects.filter(topic="funds.bank_line.reminder").count() == 3


@every_night
def test_what_falls_due_is_told_and_marked_once(
    *,
    time: int,
    house: House,
    plan: Plan,
    policy: object,
    worked_example: dict[str, Decimal],
    nursery: Nursery,
    now: dt.datetime,
) -> None:
    assert time
    assert policy
    order = walk(plan(house.enterprise, **worked_example).orders.get(), house, now, "APPROVED")

    def check(point: str) -> None:
        told = ReinvestmentOrder.objects.exclude(reminded_days=None).count()
        assert OutboxEvent.objects.filter(topic="funds.order.reminder").count() == told, point

    points = ["reinvestment.remind.emitted", "reinvestment.overdue.marked"]
    survive(nursery, DUE, points, check, NOW=now.isoformat())

    assert ReinvestmentOrder.objects.get(pk=order.pk).status == "OVERDUE"
    assert OutboxEvent.objects.filter(topic="funds.order.reminder").count() == 1
    assert OutboxEvent.objects.filter(topic="funds.order.overdue").count() <= 1
