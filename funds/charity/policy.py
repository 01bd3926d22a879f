"""What the rules of community funds fix: parameters with their sources."""

from __future__ import annotations

import hashlib
import unicodedata
from fractions import Fraction
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from communities.policy.policy import decimal, declare
from governance.money import ZERO

SLUG_LENGTH = 30


def fraction(value: Any) -> Fraction:
    """Read a stored part such as "2/3" exactly."""
    return Fraction(str(value))


OPENING_MINIMUM = declare(
    "fund.opening_min",
    _("Smallest opening amount of a community fund"),
    unit="yuan",
    read=decimal,
    default=ZERO,
    basis="Practice of Wuhan: no minimum amount",
)
FEE_RATE = declare(
    "fund.fee_rate",
    _("Management fee of the host charity"),
    unit="part of the donation",
    read=decimal,
    default=decimal(0),
    basis="Practice of Wuhan: no fee",
)
FEE_CAP = declare(
    "fund.fee_cap",
    _("Highest management fee of the host charity"),
    unit="part of the donation",
    read=decimal,
    default=decimal("0.05"),
    basis="Charity Law art. 61",
)
COMMITTEE_MINIMUM = declare(
    "fund.committee.min",
    _("Smallest fund committee"),
    unit="persons",
    read=int,
    default=5,
    basis="Hunan guide on community charity funds 2025 (trial)",
)
COMMITTEE_IS_ODD = declare(
    "fund.committee.odd",
    _("A fund committee has an odd number of members"),
    unit="yes or no",
    read=bool,
    default=True,
    basis="Hunan guide on community charity funds 2025 (trial)",
)
COMMITTEE_TERM_YEARS = declare(
    "fund.committee.term_years",
    _("Term of a fund committee"),
    unit="years",
    read=int,
    default=3,
    basis="Hunan guide on community charity funds 2025 (trial)",
)
QUORUM = declare(
    "fund.quorum",
    _("Part of a fund committee that must be present"),
    unit="part of all members",
    read=fraction,
    default=Fraction(2, 3),
    basis="Hunan guide on community charity funds 2025 (trial)",
)
SPECIAL_PASS = declare(
    "fund.special_pass",
    _("Part of a fund committee that decides on opening, rules, closure and the largest uses"),
    unit="part of all members",
    read=fraction,
    default=Fraction(2, 3),
    basis="Hunan guide on community charity funds 2025 (trial)",
)
IDLE_WARN = declare(
    "fund.idle_warn",
    _("Months without activity after which a fund is warned"),
    unit="months",
    read=int,
    default=6,
    basis="Guides on community charity funds (Hubei 2023, Hunan 2025)",
)
IDLE_CLOSE = declare(
    "fund.idle_close",
    _("Months without activity after which a fund is to be closed"),
    unit="months",
    read=int,
    default=12,
    basis="Hubei guide on community charity funds 2023 (trial)",
)


FUND_SUFFIX = "慈善基金"
"""How the name of every community fund ends (Basis: Hunan guide on community charity funds 2025, trial)."""


def fund_name(charity: str, *places: str) -> str:
    """Return the name of a fund by the pattern of the guides: the charity's full name, the places, the suffix."""
    return f"{charity}{''.join(places)}{FUND_SUFFIX}"


def purpose_slug(purpose: str) -> str:
    """Return what stands for a purpose in the code of its pool; other spacing, width or case is the same purpose."""
    same = slugify(unicodedata.normalize("NFKC", purpose).casefold(), allow_unicode=True)
    if 0 < len(same) <= SLUG_LENGTH:
        return same
    return f"{same[:SLUG_LENGTH]}-{hashlib.sha256(same.encode()).hexdigest()[:8]}".strip("-")
