"""What stands firm about shops' offers, rooms and other resources that are open to people."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.policy import declare, whole

RULE = "Rule of this platform"


class OfferKind(models.TextChoices):
    """What a shop tells of (Basis: report S3: daily discounts first, later mutual help)."""

    DISCOUNT = "DISCOUNT", pgettext_lazy("shop", "discount")
    FREE = "FREE", pgettext_lazy("shop", "free for people in need")
    MUTUAL_HELP = "MUTUAL_HELP", pgettext_lazy("shop", "neighborly help")


class ResourceKind(models.TextChoices):
    """What is open to people."""

    ROOM = "ROOM", pgettext_lazy("resource", "room or place")
    EQUIPMENT = "EQUIPMENT", pgettext_lazy("resource", "equipment")
    SERVICE = "SERVICE", pgettext_lazy("resource", "regular service")


OFFERS_A_DAY = declare(
    "market.offers_a_day",
    _("Offers that one shop may publish for one day"),
    unit="offers",
    read=whole,
    default=3,
    basis=RULE,
)
OFFER_DAYS = declare(
    "market.offer_days_ahead",
    _("A shop may publish an offer ahead of its day, at most"),
    unit="days",
    read=whole,
    default=7,
    basis=RULE,
)
OPEN_BOOKINGS = declare(
    "market.open_bookings",
    _("Bookings of rooms and resources that one person may have open at the same time"),
    unit="bookings",
    read=whole,
    default=3,
    basis=RULE,
)
BOOKING_DAYS = declare(
    "market.booking_days_ahead",
    _("Rooms and resources may be booked ahead, at most"),
    unit="days",
    read=whole,
    default=60,
    basis=RULE,
)
