"""Who acts for which enterprise today."""

from __future__ import annotations

from typing import Any

from communities.people.queries import present_day
from funds.enterprises.models import EnterpriseAppointment


def appointments_of(user: Any) -> list[EnterpriseAppointment]:
    """Return the appointments a user holds today; one query per user object and request."""
    if not getattr(user, "is_authenticated", False):
        return []
    cached: list[EnterpriseAppointment] | None = getattr(user, "_enterprise_appointments_today", None)
    if cached is None:
        cached = list(EnterpriseAppointment.objects.held_on(present_day()).filter(user=user).order_by("pk"))
        setattr(user, "_enterprise_appointments_today", cached)  # noqa: B010 - reaches through the lazy user of a request
    return cached
