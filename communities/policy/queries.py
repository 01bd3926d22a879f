"""Looking rules up: the value in force in a place on a day, the decision rule of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import ExpressionWrapper, F, OuterRef, Q, Subquery, TextField
from django.utils.translation import gettext_lazy as _

from communities.policy.models import DecisionRule, PolicyParameter
from communities.policy.policy import REGISTRY, Parameter
from communities.territory.models import Division
from governance.errors import Invalid, NotNow

V = TypeVar("V")


class RuleUnknown(Invalid):
    """No decision rule of this name is in force on the day."""

    code = "rule_unknown"
    message = _("No decision rule “%(key)s” is in force on %(day)s.")


class RuleNotConfirmed(NotNow):
    """The rule is provisional (Basis: Organic Law of Urban Residents' Committees 2025, `urban_2026`)."""

    code = "rule_not_confirmed"
    message = _(
        "The rule “%(rule)s” is provisional. The district must confirm it from the text of the law before anything is "
        "decided by it."
    )


class RuleNotBinding(NotNow):
    """The rule gives an opinion and decides nothing."""

    code = "rule_not_binding"
    message = _("The rule “%(rule)s” only collects opinions; nothing can be decided by it.")


def value(parameter: Parameter[V], division: Division | None, on: dt.date) -> V:
    """Return the parameter's value in a division on a day: the nearest row up the tree, else the declared default.

    One query.
    """
    row = in_force(parameter.key, division, on)
    return parameter.default if row is None else parameter.read(row.value)


def values(parameters: Sequence[Parameter[Any]], division: Division | None, on: dt.date) -> list[Any]:
    """Return the values of several parameters as `value` does, in their order; one query."""
    keys = [parameter.key for parameter in parameters]
    rows = PolicyParameter.objects.in_force_on(on).reaching(division).filter(key__in=keys)
    nearest = {row.key: row for row in rows.order_by(F("division__tier").asc(nulls_first=True), "pk")}
    return [
        parameter.read(nearest[parameter.key].value) if parameter.key in nearest else parameter.default
        for parameter in parameters
    ]


def beside(parameter: Parameter[Any], path: str, on: dt.date) -> Subquery:
    """Return what is stored for a parameter nearest to the place of each row, to be read along with the rows.

    `path` names the path of the row's place; nothing is stored where the declared default holds.
    """
    place = ExpressionWrapper(OuterRef(path), output_field=TextField())
    rows = PolicyParameter.objects.in_force_on(on).filter(key=parameter.key).alias(place=place)
    rows = rows.filter(Q(division=None) | Q(place__startswith=F("division__path")))
    return Subquery(rows.order_by(F("division__tier").desc(nulls_last=True)).values("value")[:1])


def by_place(parameter: Parameter[V], on: dt.date) -> list[tuple[str, V]]:
    """Return the values of a parameter by the path of the place for which each was set, the nearest places first.

    Everywhere else, which stands last with an empty path, the value of the country or the declared default holds. For
    reads over rows of many places; one query.
    """
    rows = PolicyParameter.objects.in_force_on(on).filter(key=parameter.key).select_related("division")
    found = {row.division.path if row.division else "": parameter.read(row.value) for row in rows.order_by("pk")}
    everywhere = found.pop("", parameter.default)
    return [*sorted(found.items(), key=lambda pair: -len(pair[0])), ("", everywhere)]


def in_force(key: str, division: Division | None, on: dt.date) -> PolicyParameter | None:
    """Return the row behind a value, with its document, or None where the default holds."""
    return (
        PolicyParameter.objects.in_force_on(on)
        .reaching(division)
        .filter(key=key)
        .select_related("basis", "division")
        .order_by(F("division__tier").desc(nulls_last=True))
        .first()
    )


@dataclass(frozen=True, slots=True)
class RuleHere:
    """One parameter as it holds in a place: the row behind it, or none where the default holds."""

    parameter: Parameter[Any]
    row: PolicyParameter | None

    @property
    def value(self) -> Any:
        """The value in force."""
        return self.parameter.default if self.row is None else self.parameter.read(self.row.value)

    @property
    def shown(self) -> str:
        """The value for people, without its unit."""
        return self.parameter.show(self.value)

    @property
    def words(self) -> str:
        """The value for people with its unit."""
        return self.parameter.say(self.value)


def rules_here(division: Division | None, on: dt.date) -> list[RuleHere]:
    """Return every declared parameter, by key, as it holds in a place on a day; one query."""
    nearest: dict[str, PolicyParameter] = {}
    rows = PolicyParameter.objects.in_force_on(on).reaching(division).select_related("basis", "division")
    for row in rows.order_by(F("division__tier").asc(nulls_first=True), "pk"):
        nearest[row.key] = row
    return [RuleHere(parameter, nearest.get(key)) for key, parameter in sorted(REGISTRY.items())]


def rule_on(key: str, day: dt.date) -> DecisionRule:
    """Return the decision rule in force on the day of the meeting: the named one, or the one of its family.

    A body that names the rule of the 2018 text is judged by that of 2026 from the day on which the law changed, and a
    meeting held before by the older one. One query.

    Raises:
        RuleUnknown: no rule of that name or family is in force on the day.
    """
    rule = find_rule(key, day)
    if rule is None:
        raise RuleUnknown(key=key, day=day)
    return rule


def find_rule(key: str, day: dt.date) -> DecisionRule | None:
    """Return the decision rule as `rule_on` does, or nothing: for what is only shown."""
    families = DecisionRule.objects.filter(key=key).values("family")
    return DecisionRule.objects.in_force_on(day).filter(Q(family__in=families)).order_by("pk").first()


def binding_rule(key: str, day: dt.date) -> DecisionRule:
    """Return the decision rule of a day if something may be decided by it.

    Raises:
        RuleUnknown: no such rule is in force.
        RuleNotConfirmed: it is provisional.
        RuleNotBinding: it only collects opinions.
    """
    rule = rule_on(key, day)
    if rule.awaits_confirmation:
        raise RuleNotConfirmed(rule=rule.name)
    if not rule.is_binding:
        raise RuleNotBinding(rule=rule.name)
    return rule
