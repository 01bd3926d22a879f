"""What the database refuses by itself: one violating statement as the application for each wall."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from projects.volunteering import operations
from projects.volunteering.models import VolunteerActivity
from tests.walls import change_refused, refused

pytestmark = pytest.mark.django_db

INSERT_HOURS = """
    INSERT INTO projects_servicehour (activity_id, volunteer_id, source, recorded_by_id, signed_in_at, signed_out_at,
        is_end_planned, minutes, points, status)
    VALUES (%s, %s, 'QR', %s, %s, %s, false, 0, 0, 'SIGNED_IN')
"""


def test_states_follow_the_tables(people: SimpleNamespace, at: Any, activity: VolunteerActivity) -> None:
    row = operations.sign_in(by=people.resident, now=at(8), activity=activity, code=activity.code)

    change_refused("servicehour_moves_by_the_table", row, "status = 'CREDITED'")
    change_refused("volunteeractivity_moves_by_the_table", activity, "status = 'PLANNED'")


def test_a_risk_is_insured(planned: Any) -> None:
    change_refused("volunteeractivity_risk_is_insured", planned(is_risky=True), "status = 'OPEN'")
    change_refused("volunteeractivity_runs_forward", planned(), "ends_at = starts_at")


def test_nobody_is_in_two_places(
    people: SimpleNamespace, at: Any, activity: VolunteerActivity, opened: Any, served: Any
) -> None:
    served(activity, people.resident, at(8), 60)
    other, third, person = opened().pk, opened().pk, people.resident.pk

    refused("servicehour_overlaps_no_other", INSERT_HOURS, other, person, person, at(8, 59), at(9, 30))
    refused("servicehour_once_each", INSERT_HOURS, activity.pk, person, person, at(10), at(11))
    operations.sign_in(by=people.stranger, now=at(8), activity=activity, code=activity.code)
    stranger = people.stranger.pk
    refused("servicehour_one_place_at_a_time", INSERT_HOURS, third, stranger, stranger, at(7), at(7, 30))


def test_another_verifies_and_points_are_posted(
    people: SimpleNamespace, at: Any, activity: VolunteerActivity, served: Any
) -> None:
    row = served(activity, people.resident, at(8), 60)

    change_refused("servicehour_verified_by_another", row, "verified_by_id = volunteer_id")
    change_refused("servicehour_verified_by_another", row, "verified_by_id = recorded_by_id")
    change_refused("servicehour_runs_forward", row, "signed_out_at = signed_in_at - interval '1 minute'")
    operations.verify_hours(by=people.community_staff, now=at(14), hours=row)
    change_refused("servicehour_credited_is_posted", row, "status = 'CREDITED', points = 2")
