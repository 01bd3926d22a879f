"""What stands firm about contracts: the parameters, and how a sum is divided into instalments."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.policy import declare, share, whole
from governance.errors import Invalid
from governance.money import ZERO, round_half_up

FULL = 100
MOST_FILES = 10
"""Files of evidence of one milestone or review."""
HUNDREDTH = Decimal("0.01")


class ServiceField(models.TextChoices):
    """In which field a project, a small service, a resource or a talent serves.

    Basis: reports S0 and S3, fields of projects; report S4, five kinds of resources; report S2, fields of lecturers.
    """

    ELDERLY = "ELDERLY", _("for elderly people")
    DISABLED = "DISABLED", _("for people with disabilities")
    YOUTH = "YOUTH", _("for children and young people")
    RELIEF = "RELIEF", _("help in hardship")
    CULTURE = "CULTURE", _("culture and leisure")
    HOME = "HOME", _("help at home and small repairs")
    GOVERNANCE = "GOVERNANCE", _("community governance")
    CORRECTION = "CORRECTION", _("community correction")
    ENVIRONMENT = "ENVIRONMENT", _("environment")
    OTHER = "OTHER", pgettext_lazy("field of a project", "other")


PROJECT_FIELDS = ("", *ServiceField.values)
"""What the field of a contract may be; empty until it is named."""
FIELD_HELP = _("By it people find the project in the public directory.")


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

SAMPLE_SIZE = declare(
    "contract.sample_size",
    _("Residents on whom the lot falls to judge a delivery"),
    unit="persons",
    read=whole,
    default=20,
    basis="Rule of this platform",
)

LINE_SHIFT_SHARE = declare(
    "contract.line_shift_share",
    _("How far one line of a contract's budget may be overspent without a change of the contract"),
    unit="part of 1",
    read=share,
    default=Decimal("0.2"),
    basis="Rule of this platform",
)

PERSONNEL_SHARE = declare(
    "contract.personnel_share",
    _("Largest part of a contract that goes to personnel; above it the desk warns"),
    unit="part of 1",
    read=share,
    default=Decimal("0.3"),
    basis="Rule of this platform",
)

ADMINISTRATION_SHARE = declare(
    "contract.administration_share",
    _("Largest part of a contract that goes to administration; above it the desk warns"),
    unit="part of 1",
    read=share,
    default=Decimal("0.1"),
    basis="Rule of this platform",
)

BAN_YEARS = declare(
    "contract.ban_years",
    _("How long a body takes no part after it broke a contract"),
    unit="years",
    read=whole,
    default=3,
    basis="Rule of this platform",
)

WATCH_GAP = declare(
    "contract.watch_gap",
    _("How far the spending may run ahead of the time of a contract before the watch shows it"),
    unit="part of 1",
    read=share,
    default=Decimal("0.2"),
    basis="Rule of this platform",
)


FILING_DAYS = declare(
    "contract.filing_days",
    _("The copy of a contract on a purchase is filed with the finance department after its signature within"),
    unit="working days",
    read=whole,
    default=7,
    basis="Government Procurement Law art. 47",
)

PUBLISHING_DAYS = declare(
    "contract.publishing_days",
    _("A contract on a purchase is published after its signature within"),
    unit="working days",
    read=whole,
    default=2,
    basis="Regulations for the Government Procurement Law art. 50",
)


def plain(number: Decimal) -> str:
    """Return a number without an exponent and without zeros at its end."""
    return f"{number.normalize():f}"


class InstalmentsUnfit(Invalid):
    """The instalments are the whole, and each is more than nothing."""

    code = "instalments_unfit"
    message = _(
        "The instalments sum to %(total)s %% and must sum to 100 %%, each 1 %% or more with at most two decimals; the last one is "
        "the rest (for thirds 33.33, 33.33 and 33.34). Each must come to at least 0.01 yuan."
    )


def instalment_amounts(amount: Decimal, percents: Sequence[int | Decimal]) -> list[Decimal]:
    """Divide a sum by percentages, each rounded to the fen, the last one the rest.

    Raises:
        InstalmentsUnfit: no percentage, one below 1, a sum other than 100, or an instalment of nothing.
    """
    total = sum((Decimal(percent) for percent in percents), ZERO)
    too_fine = any(Decimal(percent) != Decimal(percent).quantize(HUNDREDTH) for percent in percents)
    if not percents or min(percents) < 1 or total != FULL or too_fine:
        raise InstalmentsUnfit(field="instalments", total=plain(total))
    parts = [round_half_up(amount * percent / FULL) for percent in percents[:-1]]
    parts.append(amount - sum(parts, ZERO))
    if min(parts) <= 0:
        raise InstalmentsUnfit(field="instalments", total=plain(total))
    return parts
