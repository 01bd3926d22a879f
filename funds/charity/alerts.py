"""A fund learns when a body that sits in its committee is put on a credit list, barred or ended."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from communities.bodies.models import BodyMembership
from funds.charity.models import LABEL, CommunityFund
from socialorgs.supervision.alerts import Affected, changed, raise_alerts

if TYPE_CHECKING:
    from governance.outbox.models import OutboxEvent


def hear(event: OutboxEvent, now: dt.datetime) -> None:
    """Raise one alert for each fund in whose committee the body of the event sits; told again, it changes nothing."""
    change = changed(event)
    if change is None:
        return
    held = BodyMembership.objects.held_on(timezone.localdate(now))
    seats = held.filter(sits_for__organization=change.organization).values("body")
    funds = CommunityFund.objects.filter(committee__in=seats).select_related("division").order_by("pk")
    affected = (
        Affected(LABEL, row.pk, row.division, row.name, reverse("funds:fund-governance", args=[row.pk]))
        for row in funds
    )
    raise_alerts(change, affected, now)
