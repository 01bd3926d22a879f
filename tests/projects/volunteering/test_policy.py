"""Whole half hours, the cap of a day, minutes within the activity."""

from __future__ import annotations

import datetime as dt

import pytest

from projects.volunteering.policy import minutes_served, points_for, within_the_day

EIGHT = dt.datetime(2026, 3, 4, 8, tzinfo=dt.UTC)
NOON = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("minutes", "points"), [(0, 0), (29, 0), (30, 1), (59, 1), (60, 2), (89, 2), (90, 3), (125, 4), (480, 16)]
)
def test_half_an_hour_is_a_point(minutes: int, points: int) -> None:
    assert points_for(minutes, 30) == points


@pytest.mark.parametrize(
    ("minutes", "already", "counts"), [(60, 0, 60), (60, 450, 30), (60, 480, 0), (481, 0, 480), (0, 9, 0)]
)
def test_a_day_has_its_cap(minutes: int, already: int, counts: int) -> None:
    assert within_the_day(minutes, already, 480) == counts


@pytest.mark.parametrize(
    ("begun", "ended", "minutes"),
    [
        (dt.timedelta(0), dt.timedelta(hours=4), 240),
        (dt.timedelta(minutes=-30), dt.timedelta(hours=1), 60),
        (dt.timedelta(hours=3), dt.timedelta(hours=5), 60),
        (dt.timedelta(0), dt.timedelta(seconds=1799), 29),
        (dt.timedelta(0), dt.timedelta(seconds=1800), 30),
        (dt.timedelta(minutes=-30), dt.timedelta(minutes=-10), 0),
    ],
)
def test_minutes_count_within_the_activity(begun: dt.timedelta, ended: dt.timedelta, minutes: int) -> None:
    assert minutes_served(EIGHT + begun, EIGHT + ended, EIGHT, NOON) == minutes
