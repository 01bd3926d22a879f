"""Who acts for which charity and sits in which fund committee today."""

from __future__ import annotations

from typing import Any

from communities.bodies.models import BodyKind, BodyMembership
from communities.people.queries import present_day
from funds.charity.models import CharityAppointment


def charities_of(user: Any) -> list[CharityAppointment]:
    """Return the charity appointments a user holds today; one query per user object and request."""
    if not getattr(user, "is_authenticated", False):
        return []
    cached: list[CharityAppointment] | None = getattr(user, "_charity_appointments_today", None)
    if cached is None:
        cached = list(CharityAppointment.objects.held_on(present_day()).filter(user=user).order_by("pk"))
        setattr(user, "_charity_appointments_today", cached)  # noqa: B010 - reaches through the lazy user of a request
    return cached


def fund_seats_of(user: Any) -> list[BodyMembership]:
    """Return the seats a user holds in fund committees today; one query per user object and request."""
    if not getattr(user, "is_authenticated", False):
        return []
    cached: list[BodyMembership] | None = getattr(user, "_fund_seats_today", None)
    if cached is None:
        seats = BodyMembership.objects.held_on(present_day()).filter(user=user, body__kind=BodyKind.FUND_COMMITTEE)
        cached = list(seats.order_by("pk"))
        setattr(user, "_fund_seats_today", cached)  # noqa: B010 - reaches through the lazy user of a request
    return cached
