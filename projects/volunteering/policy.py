"""What stands firm about hours and points."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import Unreadable, declare, whole

SECONDS = 60


def at_least_one(value: object) -> int:
    """Read a whole number above zero."""
    number = whole(value)
    if number < 1:
        raise Unreadable(value)
    return number


MINUTES_PER_POINT = declare(
    "points.minutes_per_point",
    _("Minutes of service that make one point"),
    unit="minutes",
    read=at_least_one,
    default=30,
    basis="Rule of this platform",
)

DAILY_CAP = declare(
    "volunteer.daily_cap_minutes",
    _("Minutes of service that count on one day at most"),
    unit="minutes",
    read=whole,
    default=480,
    basis="Rule of this platform",
)

EARLY_MINUTES = declare(
    "volunteer.early_sign_in_minutes",
    _("Volunteers may sign in before the beginning, at most"),
    unit="minutes",
    read=whole,
    default=60,
    basis="Rule of this platform",
)


LATE_MINUTES = declare(
    "volunteer.late_sign_out_minutes",
    _("A missing sign-out is taken from the plan, after the end by"),
    unit="minutes",
    read=whole,
    default=60,
    basis="Rule of this platform",
)


def minutes_served(signed_in: dt.datetime, signed_out: dt.datetime, begins: dt.datetime, ends: dt.datetime) -> int:
    """Return the whole minutes between sign-in and sign-out that lie within the activity; waiting does not count."""
    first, last = max(signed_in, begins), min(signed_out, ends)
    return max(int((last - first).total_seconds()) // SECONDS, 0)


def within_the_day(minutes: int, already: int, cap: int) -> int:
    """Return what still counts of the minutes on a day on which so many have counted already."""
    return max(min(minutes, cap - already), 0)


def points_for(minutes: int, minutes_per_point: int) -> int:
    """Return the points of one record: whole half hours, nothing for the rest (29: 0, 30: 1, 59: 1, 60: 2).

    Basis: report S3.
    """
    return minutes // minutes_per_point
