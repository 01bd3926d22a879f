"""Which rule holds for a fund: what its pack says, else the parameter of its place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from communities.policy.queries import RuleHere, rules_here, value
from funds.packs.models import FundRulePack
from funds.packs.seeds import PREFIX

if TYPE_CHECKING:
    from communities.policy.policy import Parameter
    from communities.territory.models import Division

V = TypeVar("V")

HIDDEN = ("fund.ladder", "fund.rule_pack", "fund.uses.permitted", "fund.uses.prohibited", "fund.uses.words")
"""Rules of funds that are told in words on pages of their own."""


def pack_on(key: str, day: dt.date) -> FundRulePack | None:
    """Return the version of a pack in force on a day; one query, none without a key."""
    return FundRulePack.objects.in_force_on(day).filter(key=key).first() if key else None


def rule_of(parameter: Parameter[V], pack: FundRulePack | None, division: Division, day: dt.date) -> V:
    """Return what the version says of a parameter, else the value of the place; at most one query."""
    if pack is not None and parameter.key in pack.values:
        return parameter.read(pack.values[parameter.key])
    return value(parameter, division, day)


@dataclass(frozen=True, slots=True)
class FundRule:
    """One rule as it holds for a fund, and whether its pack says so."""

    here: RuleHere
    stored: Any
    is_packed: bool

    @property
    def shown(self) -> str:
        """The value for people, without its unit."""
        parameter = self.here.parameter
        return parameter.show(parameter.read(self.stored)) if self.is_packed else self.here.shown

    @property
    def words(self) -> str:
        """The value for people with its unit."""
        parameter = self.here.parameter
        return parameter.say(parameter.read(self.stored)) if self.is_packed else self.here.words


def rules_for(pack: FundRulePack | None, division: Division | None, day: dt.date) -> list[FundRule]:
    """Return every rule of funds as it holds in a place under a pack, by key; one query."""
    values = pack.values if pack else {}
    return [
        FundRule(here, values.get(here.parameter.key), here.parameter.key in values)
        for here in rules_here(division, day)
        if here.parameter.key.startswith(PREFIX) and here.parameter.key not in HIDDEN
    ]
