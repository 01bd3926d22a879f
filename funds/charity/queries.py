"""Who acts for which charity today."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from funds.charity.models import CharityAppointment
from governance.calendar import clock


def charities_of(user: Any) -> list[int]:
    """Return the keys of the charities that a user acts for today; one query per user object and request."""
    if not getattr(user, "is_authenticated", False):
        return []
    cached: list[int] | None = user.__dict__.get("_charities_today")
    if cached is None:
        today = clock.today()  # noqa: TID251 - rights are asked for the present day
        held = CharityAppointment.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=today), user=user, valid_from__lte=today
        )
        cached = list(held.order_by("pk").values_list("charity_id", flat=True))
        user.__dict__["_charities_today"] = cached
    return cached
