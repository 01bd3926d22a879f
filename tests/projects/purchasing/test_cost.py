"""What the pages of a purchase cost: the same for one row of each part and for three, at most ten queries for anybody."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.accounts.models import User
from projects.purchasing.awarding import paying
from projects.purchasing.awarding.paying import Paid
from tests.people import sign_in
from tests.projects.purchasing.conftest import Stage, Walk, ended_early

pytestmark = pytest.mark.django_db
MOST = 10


@pytest.fixture
def now() -> dt.datetime:
    """The pages ask the clock."""
    return timezone.now() - dt.timedelta(days=60)


def costs(people: SimpleNamespace, stage: Stage) -> dict[tuple[str, str], int]:
    award = stage.award
    assert award is not None
    addresses = [
        stage.purchase.get_absolute_url(),
        award.get_absolute_url(),
        stage.offers[0].get_absolute_url(),
        "/my/offers/",
        f"/divisions/{people.places['community'].pk}/purchases/",
    ]
    readers: dict[str, User | None] = {
        "public": None,
        "resident": people.resident,
        "manager": people.managers[0],
        "judge": people.judges[0],
        **{name: getattr(people, name) for name in ("street_officer", "street_reviewer", "district_officer")},
    }
    found = {}
    for name, user in readers.items():
        client = Client()
        if user is not None:
            sign_in(client, user)
        for number, address in enumerate(addresses):
            with CaptureQueriesContext(connection) as told:
                assert client.get(address).status_code in (200, 302, 404)
            found[str(number), name] = len(told)
    return found


def test_pages_cost_the_same_for_one_row_and_for_three(people: SimpleNamespace, walk: Walk) -> None:
    found: dict[int, dict[tuple[str, str], int]] = {}
    for count in (1, 3):
        with transaction.atomic():
            stage = walk("FINAL")
            assert stage.award is not None
            ended_early(people, stage.now, stage.award)
            for number in range(count):
                paid = Paid(Decimal(10), stage.now.date(), f"国库{number}", "首期")
                paying.record_payment(by=people.street_officer, now=stage.now, award=stage.award, paid=paid)
            for _number in range(count):
                walk("CALLED", amount=Decimal(1000), bids=0)
            found[count] = costs(people, stage)
            transaction.set_rollback(True)

    assert {key: cost for key, cost in found[3].items() if cost != found[1][key]} == {}
    assert {key: cost for key, cost in found[3].items() if cost > MOST} == {}
