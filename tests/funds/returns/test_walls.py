"""Each guard of the uses of what came back by name: a statement that it alone refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from consultation.matters.models import Matter
from funds.reinvestment.models import ReinvestmentOrder
from tests.funds.returns.test_returns import INSERT, matter, now, order, solved_matter, use
from tests.people import House
from tests.walls import alone

__all__ = ["matter", "now", "order"]


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_uses_refuses_alone(
    *, order: ReinvestmentOrder, matter: Matter, house: House, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    staff = house.people["community_staff"]
    made = use(order, matter, staff)
    other, unsolved = (
        solved_matter(house, house.places["community"], now, is_solved=is_solved) for is_solved in (True, False)
    )

    with owner():
        alone("reinvestmentuse:append_only", "UPDATE funds_reinvestmentuse SET amount = 1 WHERE id = %s", made.pk)
        alone("reinvestmentuse:append_only", "DELETE FROM funds_reinvestmentuse WHERE id = %s", made.pk)
        # With the 1,200 that are used already, one fen above the order.
        alone("reinvestment_used", INSERT, order.pk, other.pk, "150000.01", staff.pk)
        alone("reinvestment_used", INSERT, order.pk, unsolved.pk, "1", staff.pk)
