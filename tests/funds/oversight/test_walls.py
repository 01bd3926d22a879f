"""Each guard of proposals and of supervisors' opinions by name: a statement that it alone refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from funds.oversight import operations
from tests.funds.oversight.test_operations import opened, scan
from tests.walls import alone, copied


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_proposals_and_opinions_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    opened(people.fund)
    (proposal,) = scan(people, dt.date(2026, 8, 1))
    opinion = operations.record_opinion(
        by=people.fund_supervisor,
        fund=people.fund,
        attended_on=dt.date(2026, 3, 3),
        occasion="第一季度管委会会议",
        opinion="程序合规，账目清楚。",
        now=now,
    )
    change = "UPDATE funds_supervisoropinion SET opinion = 'x' WHERE id = %s"

    with owner():
        alone("supervisoropinion:append_only", change, opinion.pk)
        alone("supervisoropinion:append_only", "DELETE FROM funds_supervisoropinion WHERE id = %s", opinion.pk)
        alone("supervisoropinion_says_something", copied(opinion, opinion="''"))
        decided = {"since": "since - 1", "decided_at": "now()", "decided_by_id": people.charity_officer.pk}
        alone("fundproposal:lifecycle", copied(proposal, status="'CONFIRMED'", **decided))
