"""A derivation for people: each line as a sentence, and the picture of where the money goes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funds.reinvestment.lifecycle import ARRIVED, PUBLIC_STATUSES
from funds.reinvestment.models import DerivationStep, ReinvestmentOrder, ReinvestmentRun
from funds.reinvestment.policy import Direction, Rounding, Route, StepKind
from governance.money import CENT, ZERO, format_yuan

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PICTURE_WIDTH = 600

SENTENCES: dict[str, StrOrPromise] = {
    StepKind.NET_PROFIT: gettext_lazy("The net profit declared is %(amount)s yuan."),
    StepKind.LOSSES: gettext_lazy("Losses of earlier years are made good first: %(amount)s yuan."),
    StepKind.RESERVE: gettext_lazy(
        "Of the %(basis)s yuan left, %(rate)s go into the statutory reserve: %(amount)s yuan."
    ),
    StepKind.BASE: gettext_lazy("The base, %(base)s, is %(amount)s yuan."),
    StepKind.TIER: gettext_lazy("Of %(basis)s yuan, %(rate)s are given back: %(amount)s yuan."),
    StepKind.FIXED: gettext_lazy("The policy sets a fixed amount: %(amount)s yuan."),
    StepKind.MINIMUM: gettext_lazy(
        "The policy gives back at least its minimum: raised from %(basis)s to %(amount)s yuan."
    ),
    StepKind.CAP: gettext_lazy("The policy gives back at most its cap: lowered from %(basis)s to %(amount)s yuan."),
    StepKind.LIMIT: gettext_lazy(
        "No more may be given than there is to distribute: lowered from %(basis)s to %(amount)s yuan."
    ),
    StepKind.ROUNDING: gettext_lazy("Rounded once %(unit)s: from %(basis)s to %(amount)s yuan."),
    StepKind.REINVESTED: gettext_lazy("Given back to the community: %(amount)s yuan."),
    StepKind.RETAINED: gettext_lazy("Kept by the enterprise for its development: %(amount)s yuan."),
    StepKind.DESTINATION: gettext_lazy("To “%(fund)s” go %(rate)s: %(amount)s yuan."),
    StepKind.ORDERED_BEFORE: gettext_lazy("Already ordered for “%(fund)s” before: %(amount)s yuan."),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """One line of a derivation with its sentence."""

    step: DerivationStep
    sentence: str
    basis: str
    rate: str
    amount: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of the bar: what it is, how much, where it lies and its color."""

    label: StrOrPromise
    amount: Decimal
    x: Decimal
    width: Decimal
    color: str


def explain(run: ReinvestmentRun) -> list[Explained]:
    """Return the derivation of a run in sentences; the steps must have been read with their funds."""
    base = run.policy.get_base_display() if run.policy else _("net profit")
    places = run.policy.rounding_places if run.policy else Rounding.FEN
    return [_explained(step, base, places) for step in run.steps.all()]


def explain_order(order: ReinvestmentOrder) -> str:
    """Return the last sentence of an order's derivation: how its own amount follows from its fund's lines."""
    lines = {step.kind: step.amount for step in order.run.steps.all() if step.fund_id == order.fund_id}
    part, before = lines.get(StepKind.DESTINATION, ZERO), lines.get(StepKind.ORDERED_BEFORE, ZERO)
    words = {"part": format_yuan(part), "before": format_yuan(before), "amount": format_yuan(order.amount)}
    if order.direction == Direction.RETURN:
        return _("This order takes back the difference: %(before)s − %(part)s = %(amount)s yuan.") % words
    if before:
        return _("This order is over the difference: %(part)s − %(before)s = %(amount)s yuan.") % words
    return _("This order is over %(amount)s yuan.") % words


def _unit(step: DerivationStep, places: int) -> str:
    """Say to what a line was rounded: the policy's unit, or the fen where that would have left the policy's bounds."""
    unit = Decimal(1).scaleb(-places)
    return str(Rounding(places if step.amount % unit == 0 else Rounding.FEN).label)


def _explained(step: DerivationStep, base: str, places: int) -> Explained:
    amount = exact(step.amount)
    basis = exact(step.basis_amount) if step.basis_amount is not None else ""
    rate = percent(step.rate) if step.rate is not None else ""
    fund = step.fund.short_name if step.fund else ""
    unit = _unit(step, places) if step.kind == StepKind.ROUNDING else ""
    words = {"amount": amount, "basis": basis, "rate": rate, "fund": fund, "base": base, "unit": unit}
    return Explained(step, str(SENTENCES[step.kind]) % words, basis, rate, amount)


def given_so_far(order: ReinvestmentOrder) -> Decimal:
    """Return what the order's enterprise has given to its fund and not had back, by all orders; one query."""
    orders = ReinvestmentOrder.objects.filter(enterprise=order.enterprise_id, fund=order.fund_id, route=Route.DONATION)
    sums = orders.aggregate(
        given=Sum("amount", filter=Q(direction=Direction.GIVE, status__in=ARRIVED), default=ZERO),
        back=Sum("amount", filter=Q(direction=Direction.RETURN, status__in=PUBLIC_STATUSES), default=ZERO),
    )
    return Decimal(sums["given"] - sums["back"])


def exact(amount: Decimal) -> str:
    """Write an amount with two decimals, or with as many as it needs."""
    if amount == amount.quantize(CENT):
        return format_yuan(amount)
    whole, _point, part = f"{amount:,f}".partition(".")
    return f"{whole}.{part.rstrip('0')}"


def percent(rate: Decimal) -> str:
    """Write a part of 1 as a percentage without needless zeros."""
    return f"{(rate * 100).normalize():f} %"


def picture(run: ReinvestmentRun) -> list[Segment]:
    """Return the bar of a run: losses, reserve, what is given back, what is kept; nothing when there is no base."""
    amounts = {step.kind: step.amount for step in run.steps.all()}
    shows_law = run.policy is not None and run.policy.base in {"DISTRIBUTABLE_PROFIT", "FIXED_AMOUNT"}
    parts = [
        (gettext_lazy("losses made good"), amounts.get(StepKind.LOSSES, ZERO) if shows_law else ZERO, "fill-5"),
        (gettext_lazy("statutory reserve"), amounts.get(StepKind.RESERVE, ZERO) if shows_law else ZERO, "fill-3"),
        (gettext_lazy("given back"), run.reinvested, "fill-2"),
        (gettext_lazy("kept by the enterprise"), run.retained, "fill-1"),
    ]
    whole = sum((amount for _label, amount, _color in parts), ZERO)
    segments: list[Segment] = []
    x = Decimal(0)
    for label, amount, color in parts:
        if amount > 0 and run.base_amount > 0:
            width = (amount * PICTURE_WIDTH / whole).quantize(Decimal("0.1"))
            segments.append(Segment(label, amount, x, width, color))
            x += width
    return segments
