"""Many at once: a hold is promised once, an instalment is released once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import pytest

from funds.spending.models import Payment
from projects.contracts import operations
from projects.contracts.models import Contract
from tests.funds.charity.test_concurrency import THREADS, afresh, codes, together

pytestmark = pytest.mark.django_db(transaction=True)
Walk = Callable[..., Contract]


def test_a_hold_is_promised_once(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    """Each draft asks for a thousand; three are held."""
    drafts = [walk("DRAFT", amount=Decimal(1000)) for _number in range(THREADS)]

    results = together(
        lambda number: operations.offer_contract(by=afresh(people.street_officer), now=now, contract=drafts[number])
    )

    assert codes(results) == ["contract_above_hold"] * (THREADS - 3)
    assert Contract.objects.filter(status="OFFERED").count() == 3


def test_an_instalment_is_released_once(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = walk("RUNNING")

    results = together(
        lambda _number: operations.release_instalment(by=afresh(people.street_officer), now=now, contract=row, number=1)
    )

    assert codes(results) == ["instalment_released"] * (THREADS - 1)
    assert Payment.objects.count() == 1
