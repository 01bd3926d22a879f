"""Many at once: places, the cap of a day and points are counted once."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from funds.ledger.models import Journal
from projects.volunteering import operations
from projects.volunteering.models import ServiceHour, VolunteerActivity
from projects.volunteering.queries import points_of
from tests.factories.accounts import UserFactory
from tests.funds.charity.test_concurrency import THREADS, codes, together

pytestmark = pytest.mark.django_db(transaction=True)


def test_places_are_taken_once(people: SimpleNamespace, at: Any, activity: VolunteerActivity) -> None:
    volunteers = [UserFactory(resident=True) for _number in range(THREADS)]

    results = together(
        lambda number: operations.sign_in(by=volunteers[number], now=at(8), activity=activity, code=activity.code)
    )

    assert codes(results) == ["activity_full"] * (THREADS - activity.places)
    assert activity.hours.count() == activity.places


def test_a_person_signs_in_once(people: SimpleNamespace, at: Any, opened: Any) -> None:
    """To one of many activities at the same time."""
    activities = [opened() for _number in range(THREADS)]

    results = together(
        lambda number: operations.sign_in(
            by=people.resident, now=at(8), activity=activities[number], code=activities[number].code
        )
    )

    assert codes(results) == ["hours_overlap"] * (THREADS - 1)
    assert ServiceHour.objects.count() == 1


def test_points_are_posted_once(people: SimpleNamespace, at: Any, activity: VolunteerActivity, served: Any) -> None:
    row = served(activity, people.resident, at(8), 90)
    operations.verify_hours(by=people.community_staff, now=at(13), hours=row)
    today: dt.date = at(14).date()

    together(lambda _number: operations.credit_verified(by=people.system, now=at(14), today=today))

    assert Journal.objects.count() == 1
    assert [points.amount for points in points_of(people.resident)] == [3]
