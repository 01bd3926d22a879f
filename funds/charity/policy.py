"""What the rules of community funds fix: parameters with their sources."""

from __future__ import annotations

import hashlib
import unicodedata
from fractions import Fraction
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import Seat
from communities.policy.policy import Unreadable, decimal, declare, fraction, whole
from governance.money import ZERO

SLUG_LENGTH = 30


def seats(value: Any) -> tuple[str, ...]:
    """Read a list of seats without repetition; it may be empty."""
    if not isinstance(value, list | tuple) or not set(value) <= set(SEATS) or len(set(value)) != len(value):
        raise Unreadable(value)
    return tuple(Seat(name) for name in value)


RESIDENTS: tuple[str, ...] = (Seat.RESIDENT,)
SEATS = tuple(name for name in Seat.values if name != Seat.SUPERVISOR)
"""Seats with a vote."""


RULE_PACK = declare(
    "fund.rule_pack",
    _("Rule pack of a fund that names none"),
    unit="key",
    read=str,
    default="zigong",
    basis="Default of this platform; local rules prevail",
)
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
    unit="of the donation",
    read=decimal,
    default=decimal(0),
    basis="Practice of Wuhan: no fee",
)
FEE_CAP = declare(
    "fund.fee_cap",
    _("Highest management fee of the host charity"),
    unit="of the donation",
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
COMMITTEE_SEATS = declare(
    "fund.committee.seats",
    _("Seats that a fund committee must have"),
    unit="list",
    read=seats,
    default=RESIDENTS,
    basis="Hunan guide on community charity funds 2025 (trial)",
)
SUPERVISORS_MINIMUM = declare(
    "fund.supervisor.min",
    _("Fewest supervisors beside a fund committee"),
    unit="persons",
    read=whole,
    default=1,
    basis="Hunan guide on community charity funds 2025 (trial)",
)
RENEWAL_MONTHS = declare(
    "fund.committee.renewal_months",
    _("Months before the end of its term in which a fund committee is to be renewed"),
    unit="months",
    read=whole,
    default=3,
    basis="Default of this platform; the fund's own rules prevail",
)
HOST_RAISES_PUBLICLY = declare(
    "fund.host_raises_publicly",
    _("The host charity must hold the public-fundraising certificate"),
    unit="yes or no",
    read=bool,
    default=False,
    basis="Default of this platform; local rules prevail",
)
PUBLICITY_DAYS = declare(
    "fund.closing.publicity_days",
    _("Days for which the use of a closing fund's balance is posted"),
    unit="days",
    read=whole,
    default=7,
    basis="Charity Law art. 58",
)
CLOSING_NOTICE_DAYS = declare(
    "fund.closing.notice_days",
    _("Days between the confirmed proposal to close an idle fund and the beginning of its closing"),
    unit="days",
    read=whole,
    default=30,
    basis="Default of this platform; the fund's own rules prevail",
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
    unit="of all members",
    read=fraction,
    default=Fraction(2, 3),
    basis="Hunan guide on community charity funds 2025 (trial)",
)
SPECIAL_PASS = declare(
    "fund.special_pass",
    _("Part of a fund committee that decides on opening, rules, closure and the largest uses"),
    unit="of all members",
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
