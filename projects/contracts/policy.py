"""What stands firm about contracts: the parameters, and how a sum is divided into instalments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, share, whole
from governance.errors import Invalid
from governance.money import ZERO, round_half_up

FULL = 100
MONTHS = 12

ACCEPTANCE_MINIMUM = declare(
    "contract.acceptance_minimum",
    _("Residents' opinions without which a delivery is not accepted"),
    unit="answers",
    read=whole,
    default=5,
    basis="Rule of this platform",
)

ACCEPTANCE_SHARE = declare(
    "contract.acceptance_share",
    _("Part of the residents' opinions that must be content for a delivery to be accepted"),
    unit="part of 1",
    read=share,
    default=Decimal("0.6"),
    basis="Rule of this platform",
)

TERM_MONTHS = declare(
    "contract.term_months",
    _("Longest term of a contract"),
    unit="months",
    read=whole,
    default=MONTHS,
    basis="Rule of this platform",
)


class InstalmentsUnfit(Invalid):
    """The instalments are the whole, and each is more than nothing."""

    code = "instalments_unfit"
    message = _("The instalments sum to %(total)s %% and must sum to 100 %%; each must come to at least 0.01 yuan.")


def instalment_amounts(amount: Decimal, percents: Sequence[int]) -> list[Decimal]:
    """Divide a sum by percentages, each rounded to the fen, the last one the rest.

    Raises:
        InstalmentsUnfit: no percentage, one below 1, a sum other than 100, or an instalment of nothing.
    """
    total = sum(percents)
    if not percents or min(percents) < 1 or total != FULL:
        raise InstalmentsUnfit(field="instalments", total=total)
    parts = [round_half_up(amount * percent / FULL) for percent in percents[:-1]]
    parts.append(amount - sum(parts, ZERO))
    if min(parts) <= 0:
        raise InstalmentsUnfit(field="instalments", total=total)
    return parts


def months_later(day: dt.date, months: int) -> dt.date:
    """Return the same day so many months later, or the last of that month where it is shorter."""
    year, month = divmod(day.month - 1 + months, MONTHS)
    first_after = dt.date(day.year + year + (month + 1) // MONTHS, (month + 1) % MONTHS + 1, 1)
    last = (first_after - dt.timedelta(days=1)).day
    return dt.date(day.year + year, month + 1, min(day.day, last))
