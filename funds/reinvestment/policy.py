"""The numbers of giving back, declared; their values are rows per division and period."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import decimal, declare


def whole(value: Any) -> int:
    """Read a stored number of days."""
    return int(value)


def days(value: Any) -> tuple[int, ...]:
    """Read a stored list of numbers of days, largest first."""
    return tuple(sorted((int(day) for day in value), reverse=True))


SHARE = declare(
    "reinvest.share",
    _("Share that is given back where a policy names no tiers"),
    unit="part of 1",
    read=decimal,
    default=Decimal("0.60"),
    basis="domain.md §4.3: giving back is the main part (反哺社区治理为主)",
)
WARN_BELOW = declare(
    "reinvest.warn_below",
    _("Part of the base below which giving back is not the main part"),
    unit="part of 1",
    read=decimal,
    default=Decimal("0.50"),
    basis="domain.md §4.3: a warning, never an error",
)
RESERVE_RATE = declare(
    "reinvest.reserve_rate",
    _("Part of the profit that a company puts into the statutory reserve"),
    unit="part of 1",
    read=decimal,
    default=Decimal("0.10"),
    basis="Company Law (2023) art. 210",
)
RESERVE_CAP = declare(
    "reinvest.reserve_cap",
    _("Part of the registered capital at which the duty to form a reserve ends"),
    unit="part of the registered capital",
    read=decimal,
    default=Decimal("0.50"),
    basis="Company Law (2023) art. 210",
)
DUE_DAYS = declare(
    "reinvest.due_days",
    _("Days from the street's approval to the day an order is due"),
    unit="calendar days",
    read=whole,
    default=30,
    basis="domain.md §4.4",
)
MATCH_DAYS = declare(
    "reinvest.match_days",
    _("Days between payment and bank line within which they are the same"),
    unit="calendar days",
    read=whole,
    default=5,
    basis="domain.md §13 reinvestment.reconcile",
)
REMIND_DAYS = declare(
    "reinvest.remind_days",
    _("Days before the due day on which the enterprise is reminded"),
    unit="calendar days",
    read=days,
    default=(30, 7, 0),
    basis="domain.md §13 reinvestment.remind",
)
