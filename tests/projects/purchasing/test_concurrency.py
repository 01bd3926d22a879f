"""Many at once: a budget line is bound once, an organization offers once, an award is made once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest

from projects.purchasing import operations
from projects.purchasing.awarding import offering
from projects.purchasing.awarding.models import PurchaseOffer
from projects.purchasing.awarding.offering import Offered
from projects.purchasing.models import Purchase
from tests.funds.charity.test_concurrency import THREADS, afresh, codes, together
from tests.projects.purchasing.conftest import Walk

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_budget_line_is_bound_once(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    """Each plan asks for forty thousand; the line has a hundred."""
    plans = [walk("CHECKED", amount=Decimal(40000)).purchase for _number in range(THREADS)]

    results = together(
        lambda number: operations.approve_purchase(by=afresh(people.district_officer), now=now, purchase=plans[number])
    )

    assert codes(results) == ["purchase_above_line"] * (THREADS - 2)
    assert Purchase.objects.filter(status="APPROVED").count() == 2


def test_an_organization_offers_once(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    row = walk("CALLED", bids=0).purchase

    results = together(
        lambda _number: offering.draft_offer(
            by=afresh(people.managers[0]),
            now=now,
            purchase=row,
            organization=people.organizations[0],
            offered=Offered(Decimal(70000), "方案"),
        )
    )

    assert codes(results) == ["offer_known"] * (THREADS - 1)
    assert PurchaseOffer.objects.count() == 1
