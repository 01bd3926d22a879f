"""What the money of a fund may be used for: judged when it is asked for, when it is held and when it is paid.

Used by the operations of this room and by its pages.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from communities.policy.models import DecisionRule
from communities.policy.policy import Parameter
from funds.charity.models import CommunityFund
from funds.donations.models import Donation
from funds.donations.policy import SHORTEST_NAME, names_the_donor
from funds.ledger.models import EARMARKED, FREE
from funds.packs.models import FundRulePack
from funds.packs.queries import pack_on, rule_of
from funds.spending import refusals
from funds.spending.models import Purpose, SpendingRequest
from funds.spending.policy import (
    DECISION_FROM,
    EMERGENCY_CAP,
    EMERGENCY_DAYS,
    LADDER,
    PERMITTED_USES,
    PROHIBITED_USES,
    PURPOSE_WORDS,
    QUOTES_FROM,
    QUOTES_LEAST,
    RESIDENTS_LEAST,
    Prohibited,
    Step,
    breach_of,
    serves,
    step_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

V = TypeVar("V")

LONGEST = 50


class Rules:
    """The rules of one fund on one day: what its pack says, else what holds in its place."""

    def __init__(self, fund: CommunityFund, day: dt.date) -> None:
        self.fund, self.day = fund, day
        self.pack: FundRulePack | None = pack_on(fund.rule_pack, day)

    def value(self, parameter: Parameter[V]) -> V:
        """Return what holds; at most one query."""
        return rule_of(parameter, self.pack, self.fund.division, self.day)

    @property
    def source(self) -> str:
        """What the rules are called."""
        return self.pack.name if self.pack else self.fund.short_name

    @property
    def ladder(self) -> Sequence[Step]:
        """The steps of approval by amount."""
        return self.value(LADDER)

    def step_for(self, amount: Decimal) -> Step:
        """Return the step for an amount, with the quotes that the fund asks for."""
        step = step_for(self.ladder, amount)
        least = self.value(QUOTES_LEAST) if amount > self.value(QUOTES_FROM) else 0
        return step.with_quotes(max(step.least_quotes, least))


def check_use(row: SpendingRequest, day: dt.date, *more: str) -> None:
    """Refuse a use that the rules of the fund do not permit; `more` is what else is said of it, such as a payment's note.

    Raises:
        PurposeNotPermitted, UseProhibited: by the rules of the fund on this day.
        RestrictedElsewhere: donors have given the money of the pool for something else.
        DonorBenefits: somebody who gave into the restricted pool would get its money.
    Basis: Charity Law art. 40, 56, 58.
    """
    rules = Rules(row.fund, day)
    lines = list(row.lines.order_by("number").values_list("description", flat=True))
    permitted = rules.value(PERMITTED_USES)
    found = breach_of(
        row.purpose, row.duty, [row.title, *lines, *more], permitted=permitted, prohibited=rules.value(PROHIBITED_USES)
    )
    if found is not None and not found.kind:
        names = "、".join(str(Purpose(name).label) for name in permitted)
        raise refusals.PurposeNotPermitted(
            field="purpose", purpose=row.get_purpose_display(), permitted=names, rules=rules.source
        )
    if found is not None:
        what: Any = found.text or row.get_duty_display()
        kind = Prohibited(found.kind).label
        raise refusals.UseProhibited(field="lines" if found.text else "duty", text=what, kind=kind, rules=rules.source)
    _check_pool(row, rules, lines, more)


def _check_pool(row: SpendingRequest, rules: Rules, lines: list[str], more: Iterable[str]) -> None:
    """Refuse restricted money for another purpose, or for those who gave it."""
    pool = row.pool
    if pool is None or pool.code == FREE or pool.code.startswith(EARMARKED):
        return
    restriction = pool.purpose or pool.name
    told = " ".join([row.title, row.plan, *lines])
    if not serves(restriction, row.purpose, told, rules.value(PURPOSE_WORDS)):
        raise refusals.RestrictedElsewhere(field="pool", restriction=restriction, purpose=row.get_purpose_display())
    organization = row.organization.name if row.organization else ""
    if donor_among(row, " ".join([row.beneficiaries, organization, *more])):
        raise refusals.DonorBenefits(field="beneficiaries", restriction=restriction)


def donor_among(row: SpendingRequest, text: str) -> bool:
    """Tell whether a text names somebody who gave into the restricted pool of a request; one query."""
    into = Q(journal__transfers__target=row.pool_id) | Q(summary_journal__transfers__target=row.pool_id)
    given = Donation.objects.arrived().filter(into, fund=row.fund_id)
    squeezed = "".join(text.split())
    rows = given.annotate(told=Value(squeezed, output_field=TextField()), long=Length("donor_name")).filter(
        long__gte=SHORTEST_NAME, told__icontains=F("donor_name")
    )
    names = rows.order_by("donor_name").values_list("donor_name", flat=True).distinct()[:LONGEST]
    return any(names_the_donor(name, squeezed) for name in names)


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder, in words."""

    upper: Decimal | None
    decider: str
    demands: list[str]


def told_rules(rules: Rules) -> dict[str, Any]:
    """Return what holds for uses of a fund's money, in words for everybody; some ten queries."""
    prohibited = rules.value(PROHIBITED_USES)
    keys = [step.rule_key for step in rules.ladder if step.rule_key]
    names = dict(DecisionRule.objects.filter(key__in=keys).order_by("pk").values_list("key", "name"))
    rungs = [
        Rung(step.up_to, names.get(step.rule_key, step.rule_key) if step.rule_key else _("chair"), step.demands)
        for step in rules.ladder
    ]
    return {
        "pack": rules.pack,
        "permitted": [Purpose(name).label for name in rules.value(PERMITTED_USES)],
        "prohibited": [(Prohibited(kind).label, "、".join(words)) for kind, words in prohibited.items()],
        "rungs": rungs,
        "quotes_from": rules.value(QUOTES_FROM),
        "quotes_least": rules.value(QUOTES_LEAST),
        "decision_from": rules.value(DECISION_FROM),
        "residents_least": rules.value(RESIDENTS_LEAST),
        "emergency_cap": rules.value(EMERGENCY_CAP),
        "emergency_days": rules.value(EMERGENCY_DAYS),
    }
