"""The clock of requests and the closing of a month, killed at each marked point: every effect exactly once."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from django.utils import timezone

from communities.notices.operations import close_notice
from funds.ledger.models import Period
from funds.spending import operations
from funds.spending.models import SpendingRequest
from governance.audit.models import AuditEntry
from tests.funds.spending.conftest import resolved
from tests.workers import Nursery, survive

pytestmark = pytest.mark.django_db(transaction=True)
HEAD = """
import datetime as dt, os
from django.utils import timezone
from funds.ledger import operations as ledger
from funds.ledger.models import Book, Period
from funds.spending import operations
from governance.accounts.models import User
from governance.accounts.queries import system_actor
now = dt.datetime.fromisoformat(os.environ["NOW"])
"""
SETTLE = f"{HEAD}\noperations.settle_posted_requests(by=system_actor(), now=now, today=timezone.localdate(now))"
PROPOSE = f"""{HEAD}
by, book = User.objects.get(pk=int(os.environ["BY"])), Book.objects.get(pk=int(os.environ["BOOK"]))
ledger.propose_period_close(by=by, book=book, year=2026, month=1, now=now)
"""
CLOSE = (
    f"{HEAD}\nledger.close_period(by=User.objects.get(pk=int(os.environ['BY'])), period=Period.objects.get(), now=now)"
)
NIGHTS = [pytest.param(time, marks=pytest.mark.nightly) for time in range(1, 11)]


@pytest.mark.parametrize("time", [0, *NIGHTS])
def test_requests_are_settled_once(*, time: int, people: SimpleNamespace, nursery: Nursery, now: dt.datetime) -> None:
    before = now - dt.timedelta(days=20)
    for _number in range(2):
        row = operations.post_request(
            by=people.community_staff, now=before, today=timezone.localdate(before), request=resolved(people, before)
        )
        assert row.notice is not None
        close_notice(by=people.system, now=now, today=timezone.localdate(now), notice=row.notice)

    def check(point: str) -> None:
        cleared = SpendingRequest.objects.filter(status="CLEARED").count()
        assert AuditEntry.objects.filter(verb="funds.spending_request.cleared").count() == cleared, point

    points = ["spending.settle.moved", "spending.settle.committed"]
    survive(nursery, SETTLE, points if time else points[:1], check, NOW=now.isoformat())

    check("the end")
    assert set(SpendingRequest.objects.values_list("status", flat=True)) == {"CLEARED"}


@pytest.mark.parametrize("time", [0, *NIGHTS])
def test_a_month_is_closed_once(*, time: int, people: SimpleNamespace, nursery: Nursery, now: dt.datetime) -> None:
    book = people.fund.book
    more = {"NOW": now.isoformat(), "BOOK": str(book.pk)}

    def open_still(point: str) -> None:
        assert not Period.objects.filter(closed_at__isnull=False).exists(), point
        assert AuditEntry.objects.filter(verb="funds.period.closed").count() == 0, point

    proposer = str(people.street_officer.pk)
    survive(nursery, PROPOSE, ["ledger.period.proposed"] if time else [], open_still, BY=proposer, **more)
    survive(nursery, CLOSE, ["ledger.period.closed"], open_still, BY=str(people.street_reviewer.pk), **more)

    assert Period.objects.get().closed_by == people.street_reviewer
    assert AuditEntry.objects.filter(verb="funds.period.closed").count() == 1
