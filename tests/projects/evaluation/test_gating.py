"""What a failed evaluation keeps a body from: the next grants and purchases of the place, for some months."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from projects.evaluation.gating import failed_hindrances, gate_of, require_not_failed
from projects.evaluation.refusals import OrganizationFailed
from socialorgs.register.models import SocialOrganization
from tests.factories.projects_evaluation import judged
from tests.factories.socialorgs_register import OrganizationFactory
from tests.people import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def body(house: House) -> SocialOrganization:
    """A body of the street."""
    row: SocialOrganization = OrganizationFactory(active=True, division=house.places["street"])
    return row


def test_a_failed_evaluation_counts_for_twelve_months(house: House, body: SocialOrganization) -> None:
    street = house.places["street"]
    plan = judged(body, house.places["community"], "FAIL", dt.date(2026, 3, 4))

    [why] = failed_hindrances(body, street, dt.date(2027, 3, 3))

    assert plan.title in why
    assert "2027-03-04" in why
    assert failed_hindrances(body, street, dt.date(2027, 3, 4)) == []
    assert failed_hindrances(OrganizationFactory(active=True), street, dt.date(2026, 4, 1)) == []
    with pytest.raises(OrganizationFailed, match=plan.title):
        require_not_failed(body, street, dt.date(2026, 4, 1))


def test_the_latest_with_a_grade_counts(house: House, body: SocialOrganization) -> None:
    street, day = house.places["street"], dt.date(2026, 6, 1)
    failed = judged(body, street, "FAIL", dt.date(2026, 3, 4))
    judged(body, street, "INSUFFICIENT", dt.date(2026, 4, 4))
    assert failed_hindrances(body, street, day) != []
    assert gate_of(failed, day) is not None

    judged(body, street, "PASS", dt.date(2026, 5, 4))

    assert failed_hindrances(body, street, day) == []
    assert gate_of(failed, day) is None


def test_it_counts_where_it_was_made_below_and_above(house: House, body: SocialOrganization) -> None:
    day = dt.date(2026, 6, 1)
    judged(body, house.places["street"], "FAIL", dt.date(2026, 3, 4))

    found = {name: bool(failed_hindrances(body, place, day)) for name, place in house.places.items()}

    assert (found["street"], found["community"], found["district"]) == (True, True, True)
    assert not any(found[name] for name in found if name.startswith("other"))


def test_it_costs_two_queries(house: House, body: SocialOrganization, django_assert_max_num_queries: Any) -> None:
    for month in (1, 2, 3):
        judged(body, house.places["street"], "FAIL", dt.date(2026, month, 4))

    with django_assert_max_num_queries(2, connection=connection):
        assert len(failed_hindrances(body, house.places["street"], dt.date(2026, 6, 1))) == 1


def test_everybody_reads_it_with_the_result(house: House, body: SocialOrganization, now: dt.datetime) -> None:
    plan = judged(body, house.places["street"], "FAIL", now.date() - dt.timedelta(days=5))

    told = Client().get(f"/api/v1/evaluations/{plan.pk}/gate").json()

    assert told["is_closed"] is True
    assert plan.title in told["reason"]
