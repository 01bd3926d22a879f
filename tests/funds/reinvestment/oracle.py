"""The rule of giving back once more, in plain Python, one declaration at a time: only to check the SQL against."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
COMPANIES = {"WHOLLY_OWNED_COMPANY", "CONTROLLED_COMPANY"}


@dataclass(frozen=True)
class Figures:
    """What was declared."""

    legal_form: str
    net_profit: Decimal
    losses: Decimal
    revenue: Decimal
    rent: Decimal
    capital: Decimal
    reserve_before: Decimal
    rent_received: Decimal = Decimal("0.00")


@dataclass(frozen=True)
class Rule:
    """The policy in force."""

    base: str
    tiers: list[tuple[Decimal, Decimal | None, Decimal]]
    shares: list[Decimal]
    fixed: Decimal | None = None
    minimum: Decimal = Decimal(0)
    cap: Decimal | None = None
    places: int = 2
    reserve_rate: Decimal = Decimal("0.10")
    reserve_cap: Decimal = Decimal("0.50")
    warn_below: Decimal = Decimal("0.50")


@dataclass(frozen=True)
class Result:
    """What the planner must find."""

    outcome: str
    base: Decimal = Decimal("0.00")
    reserve: Decimal = Decimal("0.00")
    reinvested: Decimal = Decimal("0.00")
    warning: str = ""
    parts: list[Decimal] = field(default_factory=list)

    @property
    def retained(self) -> Decimal:
        return self.base - self.reinvested


def plan(figures: Figures, rule: Rule) -> Result:
    """Plan a first declaration."""
    if figures.legal_form == "SOCIAL_SERVICE_AGENCY":
        return Result("NOT_DISTRIBUTABLE")
    company = figures.legal_form in COMPANIES
    left = figures.net_profit - (figures.losses if company else 0)
    reserve = Decimal("0.00")
    if company and left > 0 and figures.reserve_before < rule.reserve_cap * figures.capital:
        reserve = (left * rule.reserve_rate).quantize(CENT, ROUND_HALF_UP)
    distributable = max(left - reserve, Decimal("0.00"))
    base = {
        "REVENUE": figures.revenue,
        "RENT": figures.rent,
        "RENT_RECEIVED": figures.rent_received,
        "NET_PROFIT": max(figures.net_profit, Decimal("0.00")),
    }.get(rule.base, distributable)
    wanted = _wanted(base, rule) if base > 0 else Decimal(0)
    if company:
        wanted = min(wanted, distributable)
    given = _rounded(wanted, rule, min(base, distributable) if company else base)
    return Result(
        "ORDERED" if given else "NOTHING_TO_GIVE",
        base,
        reserve,
        given,
        "NOT_THE_MAIN_PART" if base > 0 and given < base * rule.warn_below else "",
        _split(given, rule.shares) if given else [],
    )


def _wanted(base: Decimal, rule: Rule) -> Decimal:
    if rule.base == "FIXED_AMOUNT":
        assert rule.fixed is not None
        wanted = rule.fixed
    else:
        wanted = Decimal(0)
        for lower, upper, share in rule.tiers:
            top = base if upper is None else min(base, upper)
            wanted += max(top - lower, Decimal(0)) * share
    wanted = max(wanted, rule.minimum)
    if rule.cap is not None:
        wanted = min(wanted, rule.cap)
    return min(wanted, base)


def _rounded(wanted: Decimal, rule: Rule, most: Decimal) -> Decimal:
    """Round to the policy's unit where that stays within its bounds, else to the fen."""
    rounded = wanted.quantize(Decimal(1).scaleb(-rule.places), ROUND_HALF_UP).quantize(CENT)
    most = most if rule.cap is None else min(most, rule.cap)
    if min(rule.minimum, wanted) <= rounded <= most:
        return rounded
    return wanted.quantize(CENT, ROUND_HALF_UP)


def _split(total: Decimal, shares: list[Decimal]) -> list[Decimal]:
    exact = [total * 100 * share for share in shares]
    fen = [int(value.to_integral_value(ROUND_FLOOR)) for value in exact]
    order = sorted(range(len(shares)), key=lambda index: (fen[index] - exact[index], index))
    for index in order[: int(total * 100) - sum(fen)]:
        fen[index] += 1
    return [Decimal(value) / 100 for value in fen]
