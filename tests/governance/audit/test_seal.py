"""The daily seal names the day on which a row was changed behind everybody's back."""

from __future__ import annotations

import datetime as dt

import pytest

from governance.accounts.queries import system_actor
from governance.audit import operations, queries
from governance.audit.models import AuditSeal
from governance.audit.operations import DayNotOver
from tests.walls import past_triggers

pytestmark = pytest.mark.django_db


def _entries(now: dt.datetime, count: int) -> None:
    actor = system_actor()
    for number in range(count):
        operations.record(by=actor, verb=f"a.b.{number}", row=actor, now=now)


def test_a_day_that_is_not_over_is_not_sealed(now: dt.datetime, today: dt.date) -> None:
    with pytest.raises(DayNotOver):
        operations.seal_day(day=today, by=system_actor(), now=now)

    assert not AuditSeal.objects.exists()


def test_a_seal_counts_the_day_and_names_the_seal_before(now: dt.datetime, today: dt.date) -> None:
    _entries(now, 3)
    first = operations.seal_day(day=today, by=system_actor(), now=now + dt.timedelta(days=1))

    second = operations.seal_day(day=today + dt.timedelta(days=1), by=system_actor(), now=now + dt.timedelta(days=2))

    assert (first.count, first.previous_digest) == (3, queries.GENESIS)
    assert (second.count, second.previous_digest) == (0, first.digest)
    assert queries.broken_seals() == []


def test_sealing_twice_gives_the_first_seal(now: dt.datetime, today: dt.date) -> None:
    later = now + dt.timedelta(days=1)

    assert operations.seal_day(day=today, by=system_actor(), now=later) == operations.seal_day(
        day=today, by=system_actor(), now=later
    )


@pytest.mark.django_db(transaction=True)
def test_a_changed_row_breaks_the_seal_of_its_day(now: dt.datetime, today: dt.date) -> None:
    _entries(now, 2)
    operations.seal_day(day=today, by=system_actor(), now=now + dt.timedelta(days=1))

    with past_triggers("audit_auditentry") as cursor:
        cursor.execute("UPDATE audit_auditentry SET reason = 'x' WHERE verb = 'a.b.1'")

    assert queries.broken_seals() == [today]
