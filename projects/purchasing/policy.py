"""What stands firm about the purchase of services: procedures, their clocks and limits, what may not be bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.policy import Parameter, decimal, declare, fraction, share, whole
from governance.calendar.days import DayKind
from governance.money import round_half_up

FULL = 100
PROCUREMENT_LAW = "Government Procurement Law"
ORDER_102 = "Ministry of Finance order 102 on government purchase of services"


class Procedure(models.TextChoices):
    """How a provider is found."""

    OPEN_TENDER = "OPEN_TENDER", _("open tender")
    CONSULTATION = "CONSULTATION", _("competitive consultation")
    NEGOTIATION = "NEGOTIATION", _("competitive negotiation")
    INQUIRY = "INQUIRY", _("inquiry of prices")
    SINGLE_SOURCE = "SINGLE_SOURCE", _("single source")
    MICRO = "MICRO", _("small direct purchase")


class PurchaseKind(models.TextChoices):
    """What is bought."""

    SERVICE = "SERVICE", pgettext_lazy("purchase", "service")
    HANDED_OVER = "HANDED_OVER", _("service handed over to organizations")
    PROJECT = "PROJECT", _("project carried out by others")
    FACILITY = "FACILITY", _("facility run by others")


class NegativeGround(models.TextChoices):
    """What may not be bought as a service (负面清单)."""

    OUTSIDE_DUTIES = "OUTSIDE_DUTIES", _("It lies outside the duties of government.")
    OWN_TASK = "OWN_TASK", _("Government must do it itself.")
    GOODS_OR_WORKS = "GOODS_OR_WORKS", _("It is goods or works, or works bundled with services.")
    FINANCING = "FINANCING", _("It is financing.")
    STAFF = "STAFF", _("It recruits or dispatches staff, or fills public-welfare posts.")
    EXCLUDED_BY_LAW = "EXCLUDED_BY_LAW", _("A law or the State Council excludes it.")


NO_GROUND = dict.fromkeys(NegativeGround.values, False)
"""The answers of a check that found nothing."""

COMPETITIVE = (Procedure.OPEN_TENDER, Procedure.CONSULTATION, Procedure.NEGOTIATION, Procedure.INQUIRY)
BY_INVITATION = (Procedure.NEGOTIATION, Procedure.INQUIRY)
"""Procedures that may ask bodies by name."""
NEEDS_A_REASON = (Procedure.SINGLE_SOURCE, Procedure.NEGOTIATION)

OPEN_TENDER_FROM = declare(
    "purchase.open_tender_from",
    _("A service is bought by open tender from this amount on"),
    unit="yuan",
    read=decimal,
    default=Decimal(2_000_000),
    basis=f"{PROCUREMENT_LAW} art. 27; the province sets the figure",
)
MICRO_UP_TO = declare(
    "purchase.micro_up_to",
    _("A small direct purchase goes up to"),
    unit="yuan",
    read=decimal,
    default=Decimal(50_000),
    basis="Default of this platform",
)
LEAST_INVITED = declare(
    "purchase.least_invited",
    _("Bodies that a negotiation or an inquiry asks by name, at least"),
    unit="bodies",
    read=whole,
    default=3,
    basis=f"{PROCUREMENT_LAW} art. 38, 40",
)
OFFER_FILES = declare(
    "purchase.offer_files",
    _("Papers that belong to one offer, at most"),
    unit="files",
    read=whole,
    default=10,
    basis="Default of this platform",
)
LEAST_OFFERS = declare(
    "purchase.least_offers",
    _("Offers without which a competition fails"),
    unit="offers",
    read=whole,
    default=3,
    basis=f"{PROCUREMENT_LAW} art. 36, 38, 40",
)
OBJECTION_DAYS = declare(
    "purchase.objection_days",
    _("An award can be objected to for"),
    unit="working days",
    read=whole,
    default=7,
    basis=f"{PROCUREMENT_LAW} art. 52",
)
QUERY_DAYS = declare(
    "purchase.query_days",
    _("A question on a purchase is answered within"),
    unit="working days",
    read=whole,
    default=3,
    basis=f"Regulations for the {PROCUREMENT_LAW} art. 52",
)
CHALLENGE_DAYS = declare(
    "purchase.challenge_days",
    _("A challenge to a purchase or its award is answered within"),
    unit="working days",
    read=whole,
    default=7,
    basis=f"{PROCUREMENT_LAW} art. 53",
)
PUBLISH_DAYS = declare(
    "purchase.award_publish_days",
    _("An award is published within"),
    unit="working days",
    read=whole,
    default=2,
    basis=f"Regulations for the {PROCUREMENT_LAW} art. 43",
)
SIGN_DAYS = declare(
    "purchase.sign_days",
    _("The contract is signed after the notice of the award within"),
    unit="days",
    read=whole,
    default=30,
    basis=f"{PROCUREMENT_LAW} art. 46",
)
TENDER_COMMITTEE = declare(
    "purchase.tender_committee",
    _("Members of the committee of an open tender, at least"),
    unit="persons",
    read=whole,
    default=5,
    basis="Ministry of Finance order 87 art. 47",
)
OTHER_COMMITTEE = declare(
    "purchase.other_committee",
    _("Members of the committee of another procedure, at least"),
    unit="persons",
    read=whole,
    default=3,
    basis="Ministry of Finance order 74 art. 7",
)
EXPERT_SHARE = declare(
    "purchase.expert_share",
    _("Part of a committee that are experts, at least"),
    unit="part of 1",
    read=fraction,
    default=Fraction(2, 3),
    basis="Ministry of Finance order 87 art. 47",
)
MONTHS, LONG_MONTHS = 12, 36
"""Terms that the database refuses beyond, whatever a place says."""
TERM_MONTHS = declare(
    "contract.term_months",
    _("Longest term of a contract"),
    unit="months",
    read=whole,
    default=MONTHS,
    basis=f"{ORDER_102} art. 24",
)
LONG_TERM_MONTHS = declare(
    "contract.long_term_months",
    _("Longest term of a contract with fixed content, lasting need, stable money and steady price"),
    unit="months",
    read=whole,
    default=LONG_MONTHS,
    basis=f"{ORDER_102} art. 24",
)
"""How long a service is bought for, and how long its contract runs: one rule, asked when it is planned and when it is drafted."""
SUPPLEMENT_SHARE = declare(
    "contract.supplement_share",
    _("What supplements may add to a contract in all"),
    unit="part of 1",
    read=share,
    default=Decimal("0.1"),
    basis=f"{PROCUREMENT_LAW} art. 49",
)
TENTH = Decimal("0.1")
"""What the law leaves to supplements, and the database to every place; a local rule may only leave less."""
PRICE_POINTS = declare(
    "purchase.price_points",
    _("Points out of 100 that the price of a service makes up at least"),
    unit="points",
    read=whole,
    default=10,
    basis="Ministry of Finance order 87 art. 55",
)
TIE_YEARS = declare(
    "purchase.tie_years",
    _("Who worked for a bidder within this time does not judge its offer"),
    unit="years",
    read=whole,
    default=3,
    basis=f"Regulations for the {PROCUREMENT_LAW} art. 9",
)


@dataclass(frozen=True, slots=True)
class Clock:
    """How long offers are taken at least, and in which days."""

    days: Parameter[int]
    kind: str


CLOCKS: Mapping[str, Clock] = {
    Procedure.OPEN_TENDER: Clock(
        declare(
            "purchase.call_days.open_tender",
            _("Offers to an open tender are taken for at least"),
            unit="days",
            read=whole,
            default=20,
            basis=f"{PROCUREMENT_LAW} art. 35",
        ),
        DayKind.CALENDAR,
    ),
    Procedure.CONSULTATION: Clock(
        declare(
            "purchase.call_days.consultation",
            _("Offers to a competitive consultation are taken for at least"),
            unit="days",
            read=whole,
            default=10,
            basis="Interim Measures on competitive consultation 2014 art. 10",
        ),
        DayKind.CALENDAR,
    ),
    Procedure.NEGOTIATION: Clock(
        declare(
            "purchase.call_days.negotiation",
            _("Offers to a competitive negotiation are taken for at least"),
            unit="working days",
            read=whole,
            default=3,
            basis="Ministry of Finance order 74 art. 29",
        ),
        DayKind.WORKING,
    ),
    Procedure.INQUIRY: Clock(
        declare(
            "purchase.call_days.inquiry",
            _("Answers to an inquiry of prices are taken for at least"),
            unit="working days",
            read=whole,
            default=3,
            basis="Ministry of Finance order 74 art. 45",
        ),
        DayKind.WORKING,
    ),
    Procedure.SINGLE_SOURCE: Clock(
        declare(
            "purchase.call_days.single_source",
            _("A single source is posted for at least"),
            unit="working days",
            read=whole,
            default=5,
            basis="Ministry of Finance order 74 art. 38",
        ),
        DayKind.WORKING,
    ),
    Procedure.MICRO: Clock(
        declare(
            "purchase.call_days.micro",
            _("A small direct purchase is posted for at least"),
            unit="working days",
            read=whole,
            default=1,
            basis="Default of this platform",
        ),
        DayKind.WORKING,
    ),
}


def competes(procedure: str) -> bool:
    """Tell whether several bodies compete."""
    return procedure in COMPETITIVE


def price_points(price: Decimal, lowest: Decimal, weight: int) -> Decimal:
    """Return the points of a price: the lowest gets all of them, others in proportion."""
    return round_half_up(lowest / price * weight)


def mean(points: Sequence[Decimal]) -> Decimal:
    """Return the plain mean of the members' points, to a hundredth, half up."""
    return round_half_up(sum(points, Decimal(0)) / len(points))
