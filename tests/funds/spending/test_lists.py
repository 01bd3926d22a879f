"""The lists of what stands beside requests take the same number of queries, however many rows there are."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from funds.spending import refunding, relieving
from tests.funds.spending.test_refunds import paid, recorded
from tests.funds.spending.test_relief import told, urgent
from tests.people import session_client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_refunds(
    people: SimpleNamespace, now: dt.datetime, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        refund = recorded(people, now, paid(people, now), "100.00", bank_reference=f"TK-{number}")
        refunding.post_refund(by=people.charity_officer, now=now, refund=refund)
    client = session_client(people.street_officer)

    with django_assert_num_queries(1):
        assert len(session_client(None).get("/api/v1/refunds").json()["results"]) == count
    with django_assert_num_queries(REFUNDS):
        assert len(client.get("/api/v1/refunds").json()["results"]) == count


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_emergency_reliefs(
    people: SimpleNamespace, now: dt.datetime, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        row = urgent(people, now, title=f"火灾临时安置{number}")
        relieving.grant_relief(request=row, now=now, **told(people, household=f"12栋{number}户"))
    client = session_client(people.street_officer)

    with django_assert_num_queries(1):
        assert session_client(None).get("/api/v1/emergency-reliefs").json()["results"] == []
    with django_assert_num_queries(RELIEFS):
        assert len(client.get("/api/v1/emergency-reliefs").json()["results"]) == count


REFUNDS = RELIEFS = 4
"""Session, person, posts, rows."""
