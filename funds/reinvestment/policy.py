"""The words of the rule of giving back, and its numbers, declared; their values are rows per division and period."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.policy.policy import decimal, declare, yes_or_no

DEFAULT_REMINDERS: tuple[int, ...] = (30, 7, 0)


class PolicyBase(models.TextChoices):
    """What the share is taken of."""

    DISTRIBUTABLE_PROFIT = "DISTRIBUTABLE_PROFIT", _("distributable profit")
    NET_PROFIT = "NET_PROFIT", _("net profit")
    REVENUE = "REVENUE", _("revenue")
    RENT = "RENT", _("rent")
    RENT_RECEIVED = "RENT_RECEIVED", _("rent received")
    FIXED_AMOUNT = "FIXED_AMOUNT", _("a fixed amount")


class Rounding(models.IntegerChoices):
    """To what the amount is rounded, as the number of decimals kept."""

    FEN = 2, _("to the fen")
    YUAN = 0, _("to whole yuan")
    TEN = -1, _("to whole ten yuan")
    HUNDRED = -2, _("to whole hundred yuan")
    THOUSAND = -3, _("to whole thousand yuan")


class Route(models.TextChoices):
    """How the money reaches the community (Basis: report S0)."""

    DONATION = "DONATION", _("donation to the fund's account at the charity")
    DIVIDEND = "DIVIDEND", _("dividend to the committee")
    DIRECT = "DIRECT", _("direct payment of a community project")


class OrderPaperKind(models.TextChoices):
    """What a file of an order shows."""

    DECISION = "DECISION", _("residents' decision")
    RESOLUTION = "RESOLUTION", _("shareholders' resolution")
    AGREEMENT = "AGREEMENT", _("donation agreement")
    BANK_SLIP = "BANK_SLIP", _("bank slip")
    DIVIDEND_SLIP = "DIVIDEND_SLIP", _("dividend slip")
    ACCOUNT_ENTRY = "ACCOUNT_ENTRY", _("entry in the committee's account")
    CONTRACT = "CONTRACT", _("contract")
    INVOICE = "INVOICE", _("invoice")
    ACCEPTANCE = "ACCEPTANCE", _("record of acceptance")
    RECEIPT = "RECEIPT", _("receipt of the charity")
    OTHER = "OTHER", _("other paper")


PAPERS_OF: dict[str, tuple[OrderPaperKind, ...]] = {
    Route.DONATION: (OrderPaperKind.RESOLUTION, OrderPaperKind.AGREEMENT, OrderPaperKind.BANK_SLIP),
    Route.DIVIDEND: (OrderPaperKind.RESOLUTION, OrderPaperKind.DIVIDEND_SLIP, OrderPaperKind.ACCOUNT_ENTRY),
    Route.DIRECT: (OrderPaperKind.CONTRACT, OrderPaperKind.INVOICE, OrderPaperKind.ACCEPTANCE),
}
"""The papers that each route asks for (Basis: report S0; Charity Law art. 38)."""


class RunOutcome(models.TextChoices):
    """What the planner found."""

    ORDERED = "ORDERED", _("orders proposed")
    UNCHANGED = "UNCHANGED", _("no difference to what was ordered before")
    NOTHING_TO_GIVE = "NOTHING_TO_GIVE", _("nothing to give back")
    NOT_DISTRIBUTABLE = "NOT_DISTRIBUTABLE", _("may not distribute profit")


class RunWarning(models.TextChoices):
    """What people should look at; never an error."""

    NOT_THE_MAIN_PART = "NOT_THE_MAIN_PART", _("less than the main part is given back")


class StepKind(models.TextChoices):
    """One line of a derivation."""

    NET_PROFIT = "NET_PROFIT", _("net profit")
    LOSSES = "LOSSES", _("losses of earlier years made good")
    RESERVE = "RESERVE", _("statutory reserve")
    BASE = "BASE", _("base")
    TIER = "TIER", _("share of a tier")
    FIXED = "FIXED", _("fixed amount")
    MINIMUM = "MINIMUM", _("raised to the minimum")
    CAP = "CAP", _("lowered to the cap")
    LIMIT = "LIMIT", _("lowered to what may be distributed")
    ROUNDING = "ROUNDING", _("rounded")
    REINVESTED = "REINVESTED", _("reinvested")
    RETAINED = "RETAINED", _("retained")
    ORDERED_BEFORE = "ORDERED_BEFORE", _("ordered by the revision before")
    DESTINATION = "DESTINATION", _("share of a fund")


class Direction(models.TextChoices):
    """Which way the money of an order goes."""

    GIVE = "GIVE", _("to the fund")
    RETURN = "RETURN", _("back to the enterprise")


def debt_code(order: int) -> str:
    """Return the code of the account that says what a fund owes of an order."""
    return f"source:owed:{order}"


def aside_code(order: int) -> str:
    """Return the code of the hold in which money is set aside to pay it."""
    return f"hold:owed:{order}"


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
    basis="Report on Ziliujing 2021: giving back is the main part (反哺社区治理为主)",
)
WARN_BELOW = declare(
    "reinvest.warn_below",
    _("Part of the base below which giving back is not the main part"),
    unit="part of 1",
    read=decimal,
    default=Decimal("0.50"),
    basis="Report on Ziliujing 2021: giving back is the main part (反哺社区治理为主)",
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
    unit="of the registered capital",
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
    basis="Report on Ziliujing 2021",
)
MATCH_DAYS = declare(
    "reinvest.match_days",
    _("Days between payment and bank line within which they are the same"),
    unit="calendar days",
    read=whole,
    default=5,
    basis="Rule of this platform",
)
REMIND_DAYS = declare(
    "reinvest.remind_days",
    _("Days before the due day on which the enterprise is reminded"),
    unit="calendar days",
    read=days,
    default=DEFAULT_REMINDERS,
    basis="Rule of this platform",
)
FILES_REQUIRED = declare(
    "reinvest.files_required",
    _("Whether the papers of its route hang on an order as files before it counts as received"),
    unit="yes or no",
    read=yes_or_no,
    default=False,
    basis="Rules on Accounting Archives art. 6",
)
