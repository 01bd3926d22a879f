"""What stands firm about the market of small services: days, caps, and what is counted of it."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.policy.policy import Unreadable, decimal, declare, whole

if TYPE_CHECKING:
    pass

RULE = "Rule of this platform"
STARS = (1, 2, 3, 4, 5)
FULL, ALMOST = Decimal(100), Decimal("99.9")


class Choice(models.TextChoices):
    """How the places of a service are given."""

    FIRST_COME = "FIRST_COME", _("first come, first served")
    CHOSEN = "CHOSEN", _("chosen by whoever posted it")


def a_choice(value: object) -> str:
    """Read one of the two ways in which places are given."""
    if value not in Choice.values:
        raise Unreadable(value)
    return str(value)


TAKE_DAYS = declare(
    "market.take_days",
    _("A small service that nobody takes expires after"),
    unit="days",
    read=whole,
    default=7,
    basis=RULE,
)
CHOICE = declare(
    "market.choice",
    _("How the places of a small service are given where its poster says nothing"),
    unit="key",
    read=a_choice,
    default=str(Choice.FIRST_COME),
    basis=RULE,
)
HIGHEST_PRICE = declare(
    "market.highest_price",
    _("Highest price of a small service that is paid outside the platform"),
    unit="yuan",
    read=decimal,
    default=Decimal(500),
    basis=RULE,
)
HIGHEST_POINTS = declare(
    "market.highest_points",
    _("Most points that a small service may cost"),
    unit="points",
    read=whole,
    default=20,
    basis=RULE,
)
PURCHASE_HIGHEST = declare(
    "market.purchase_highest",
    _("Highest price of a small service that a fund pays for; above it a contract is signed"),
    unit="yuan",
    read=decimal,
    default=Decimal(5000),
    basis=RULE,
)
PURCHASE_YEAR = declare(
    "market.purchase_year",
    _("Most that a community buys of one organization as small services in a year; above it a contract is signed"),
    unit="yuan",
    read=decimal,
    default=Decimal(30000),
    basis="Government Procurement Law art. 28",
)
OPEN_POSTS = declare(
    "market.open_posts",
    _("Small services that one person may have open at the same time"),
    unit="services",
    read=whole,
    default=5,
    basis=RULE,
)
OPEN_TAKES = declare(
    "market.open_takes",
    _("Small services that one person may have taken at the same time"),
    unit="services",
    read=whole,
    default=5,
    basis=RULE,
)
EARLY_MINUTES = declare(
    "market.early_sign_in_minutes",
    _("Whoever took a small service may sign in before the beginning, at most"),
    unit="minutes",
    read=whole,
    default=60,
    basis=RULE,
)
GRACE_MINUTES = declare(
    "market.no_show_minutes",
    _("Somebody counts as not having come to a small service, after its beginning by"),
    unit="minutes",
    read=whole,
    default=30,
    basis=RULE,
)
NO_SHOWS = declare(
    "market.no_shows_most",
    _("Times of not coming after which nobody may post or take small services for the days of the rule"),
    unit="times",
    read=whole,
    default=3,
    basis=RULE,
)
NO_SHOW_DAYS = declare(
    "market.no_show_days",
    _("Days for which not having come to small services counts"),
    unit="days",
    read=whole,
    default=90,
    basis=RULE,
)
RATE_DAYS = declare(
    "market.rate_days",
    _("Both sides of a small service may rate each other after it for"),
    unit="days",
    read=whole,
    default=30,
    basis=RULE,
)
FINISH_DAYS = declare(
    "market.finish_days",
    _("A small service to which somebody signed in counts as done, after its end by"),
    unit="days",
    read=whole,
    default=3,
    basis=RULE,
)


def take_by_of(posted: dt.datetime, starts_at: dt.datetime, days: int) -> dt.datetime:
    """Return until when a service may be taken: so many days after it was posted, and never after it begins."""
    return min(posted + dt.timedelta(days=days), starts_at)


def percent(numerator: int | Decimal, denominator: int | Decimal) -> Decimal | None:
    """Return a share in percent with one decimal, nothing where there is nothing to share; 99.96 never becomes 100."""
    if not denominator:
        return None
    exact = Decimal(numerator) * 100 / Decimal(denominator)
    shown = exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return ALMOST if numerator < denominator and shown == FULL else shown


def mean_of(total: int, number: int) -> Decimal | None:
    """Return the mean of so many ratings with one decimal, nothing without a rating."""
    return (Decimal(total) / number).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP) if number else None
