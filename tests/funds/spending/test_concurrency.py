"""Twenty at once: money is held once, an instalment is paid once, a hold never gives more than it has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from funds.ledger.models import Account, Journal
from funds.ledger.queries import balance_of, differences_in
from funds.spending import operations
from funds.spending.models import FundResolution, Payment
from governance.accounts.models import User
from governance.errors import DomainError
from tests.factories.funds_charity import officer_of
from tests.funds.spending.conftest import accepted, approved, checked, cleared, pay, payable, planned, resolution

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 20


def together(work: Callable[[int], Any]) -> list[Any]:
    """Run the work in threads that start together; refusals are returned by their code, everything else is raised."""
    barrier = Barrier(THREADS, timeout=60)

    def run(number: int) -> Any:
        try:
            barrier.wait()
            return work(number)
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def afresh(user: User) -> User:
    """Return the user as a request of their own would load them."""
    return User.objects.get(pk=user.pk)


def lying(people: SimpleNamespace, code: str) -> Decimal:
    """Return what lies on an account of the fund."""
    return balance_of(Account.objects.get(book=people.fund.book, code=code))


def test_money_is_held_paid_and_released_once(people: SimpleNamespace, now: dt.datetime) -> None:
    row = cleared(people, now)
    officers = [officer_of(people.fund.charity) for _number in range(THREADS)]
    today = now.date()

    held = together(
        lambda n: operations.approve_request(by=afresh(officers[n]), now=now, today=today, request=row).status
    )
    payment = payable(people, now, row, "1000.00")
    paid = together(
        lambda n: pay(people, now, payment, by=afresh(people.second_officer), bank_reference=f"B{n}").status
    )
    accepted(people, now, row)
    done = together(
        lambda n: operations.complete_request(by=afresh(officers[n]), now=now, today=today, request=row).status
    )

    assert sorted(held) == ["APPROVED"] + ["move_closed"] * (THREADS - 1)
    assert sorted(paid, key=str.islower) == ["PAID"] + ["move_closed"] * (THREADS - 1)
    assert sorted(done) == ["COMPLETED"] + ["move_closed"] * (THREADS - 1)
    assert sorted(Journal.objects.values_list("kind", flat=True)) == ["DONATION", "HOLD", "PAYMENT", "RELEASE"]
    assert (lying(people, row.hold_code), lying(people, "pool:free")) == (Decimal("0.00"), Decimal("19000.00"))
    assert differences_in(people.fund.book) == []


def test_twenty_instalments_side_by_side_stay_within_the_hold(people: SimpleNamespace, now: dt.datetime) -> None:
    row = approved(people, now)

    found = together(
        lambda n: (
            operations.plan_payment(
                by=afresh(people.street_officer),
                now=now,
                request=row,
                number=n,
                amount=Decimal("200.00"),
                payee="五金店",
            ).status
        )
    )
    waiting = list(Payment.objects.order_by("number"))
    for payment in waiting:
        asked = operations.request_payment(by=people.street_officer, now=now, payment=payment)
        operations.approve_payment(by=people.street_reviewer, now=now, payment=asked)
    paid = together(
        lambda n: (
            pay(people, now, waiting[n % len(waiting)], by=afresh(people.second_officer), bank_reference=f"B{n}").status
        )
    )

    assert (found.count("PLANNED"), found.count("payment_above_hold")) == (15, 5)
    assert (paid.count("PAID"), paid.count("move_closed")) == (15, 5)
    assert (lying(people, row.hold_code), lying(people, "use:environment")) == (Decimal("0.00"), Decimal("3000.00"))
    assert differences_in(people.fund.book) == []


def test_one_instalment_one_slip_one_resolution(people: SimpleNamespace, now: dt.datetime) -> None:
    row, waiting = approved(people, now), checked(people, now)

    planning = together(lambda n: planned(people, now, row, "10.00", number=1, note=str(n)).status)
    resolving = together(
        lambda n: (
            operations.record_resolution(
                request=waiting, **{**resolution(people, now), "by": afresh(people.street_officer), "minutes": str(n)}
            ).status
        )
    )

    assert sorted(planning) == ["PLANNED"] + ["instalment_taken"] * (THREADS - 1)
    assert sorted(resolving) == ["RESOLVED"] + ["move_closed"] * (THREADS - 1)
    assert FundResolution.objects.filter(request=waiting).count() == 1
    assert Payment.objects.count() == 1
