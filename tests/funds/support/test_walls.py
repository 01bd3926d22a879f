"""Each guard of public money by name: a statement that it alone refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from funds.support import operations
from tests.funds.support.test_operations import LINE, people
from tests.walls import alone, copied

__all__ = ["people"]


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_appropriations_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, owner: Callable[[], Any]
) -> None:
    row = operations.plan_appropriation(by=people.district_officer, fund=people.budget, now=now, **LINE)
    row = operations.receive_appropriation(by=people.second_officer, appropriation=row, received_on=today, now=now)
    other = {"document_number": "'另一文'"}
    planned = {"status": "'PLANNED'", "received_by_id": "NULL", "received_at": "NULL", "received_on": "NULL"}

    with owner():
        alone("appropriation:lifecycle", copied(row, **other, journal_id="NULL", status="'CANCELLED'"))
        alone("funds_appropriation_journal_id_key", copied(row, **other, **planned))
