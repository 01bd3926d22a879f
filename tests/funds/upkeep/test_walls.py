"""Each guard of interest and fees by name: a statement that it alone refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from funds.upkeep import operations
from tests.funds.upkeep.test_upkeep import INTEREST, LAST
from tests.walls import alone, copied


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_upkeep_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    row = operations.enter_interest(by=people.charity_officer, fund=people.fund, now=now, **INTEREST)
    row = operations.post_upkeep(by=people.second_officer, entry=row, posted_on=LAST, now=now)
    later = {"covers_from": "covers_to + 1", "covers_to": "covers_to + 2", "reference": "'x'"}

    with owner():
        alone("upkeepentry:lifecycle", copied(row, **later, journal_id="NULL", status="'WITHDRAWN'"))
        begun = {"status": "'ENTERED'", "posted_by_id": "NULL", "posted_at": "NULL"}
        alone("funds_upkeepentry_journal_id_key", copied(row, **later, **begun))
