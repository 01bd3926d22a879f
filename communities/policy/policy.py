"""Declaring rule parameters, and judging counts.

A room declares each number that a law or a local rule sets once, in its own `policy.py`, with `declare`. Values are
effective-dated rows (`PolicyParameter`); the declared default holds where no row does. The readers below say what a
stored value must look like; they refuse everything else, so that a wrong value cannot come into force.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db import models
from django.db.models import Choices
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from governance.errors import Invalid

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

V = TypeVar("V")

REGISTRY: dict[str, Parameter[Any]] = {}

PAIR = 2

UNSAID = frozenset({"list", "part of 1", "yes or no"})
"""Units that a value for people shows by itself."""


class Unreadable(ValueError):
    """A stored value is not what its parameter asks for; `why` says for people what it must be, where that is not plain."""

    def __init__(self, value: Any, why: StrOrPromise = "") -> None:
        super().__init__(value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Parameter(Generic[V]):
    """One rule parameter: its key, unit, how a stored value is read, its default and the source of the default."""

    key: str
    label: StrOrPromise
    unit: str
    read: Callable[[Any], V]
    default: V
    basis: str

    def check(self, value: Any) -> V:
        """Read a value that somebody wants to enter.

        Raises:
            Unreadable: it is not of the kind that the parameter asks for.
        """
        if isinstance(value, bool) is not isinstance(self.default, bool):
            raise Unreadable(value)
        if isinstance(value, list) and not isinstance(self.default, list | tuple):
            raise Unreadable(value)
        try:
            return self.read(value)
        except Unreadable:
            raise
        except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
            raise Unreadable(value) from error

    def show(self, value: Any) -> str:
        """Write a value (as read) for people, without its unit."""
        return display(value)

    def say(self, value: Any) -> str:
        """Write a value (as read) for people with its unit: parts of a whole in percent, money with thousands apart."""
        number = isinstance(value, Decimal)
        if number and self.unit.startswith(("part of", "of ")):
            shown = f"{(value * 100).normalize():f} %"
        elif number and self.unit == "yuan":
            shown = f"{value.normalize():,f}"
        else:
            shown = self.show(value)
        return shown if self.unit in UNSAID else f"{shown} {pgettext('unit', self.unit)}"


def declare(
    key: str, label: StrOrPromise, *, unit: str, read: Callable[[Any], V], default: V, basis: str
) -> Parameter[V]:
    """Declare a parameter; a key is declared once."""
    if key in REGISTRY:
        message = f"{key} is declared twice"
        raise ValueError(message)
    parameter = Parameter(key, label, unit, read, default, basis)
    REGISTRY[key] = parameter
    return parameter


def display(value: Any) -> str:
    """Write a value for people: a pair as a range, a list with commas, a number without trailing zeros."""
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {display(part)}" for name, part in value.items())
    if isinstance(value, tuple) and len(value) == PAIR and all(isinstance(part, int) for part in value):
        return f"{value[0]}–{value[1]}"
    if isinstance(value, list | tuple):
        return ", ".join(display(part) for part in value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value.label if isinstance(value, Choices) else value)


def decimal(value: Any) -> Decimal:
    """Read a stored number exactly."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Unreadable(value)
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise Unreadable(value) from error
    if not number.is_finite():
        raise Unreadable(value)
    return number


def share(value: Any) -> Decimal:
    """Read a part of a whole, from 0 to 1."""
    number = decimal(value)
    if not 0 <= number <= 1:
        raise Unreadable(value)
    return number


def fraction(value: Any) -> Fraction:
    """Read a part of a whole that is written as a fraction, exactly: 2/3."""
    if isinstance(value, bool) or not isinstance(value, str | int | Fraction):
        raise Unreadable(value)
    part = Fraction(value)
    if not 0 <= part <= 1:
        raise Unreadable(value)
    return part


def whole(value: Any) -> int:
    """Read a whole number that is not negative: days, persons, years."""
    number = decimal(value)
    if number != number.to_integral_value() or number < 0:
        raise Unreadable(value)
    return int(number)


def yes_or_no(value: Any) -> bool:
    """Read a stored truth."""
    if not isinstance(value, bool):
        raise Unreadable(value)
    return value


def whole_range(value: Any) -> tuple[int, int]:
    """Read a range of whole numbers, both ends included."""
    if not isinstance(value, list | tuple) or len(value) != PAIR:
        raise Unreadable(value)
    low, high = (whole(part) for part in value)
    if low > high:
        raise Unreadable(value)
    return low, high


def words(value: Any) -> tuple[str, ...]:
    """Read an ordered list of words without repetition."""
    if not isinstance(value, list | tuple) or not all(isinstance(part, str) and part.strip() for part in value):
        raise Unreadable(value)
    found = tuple(part.strip() for part in value)
    if not found or len(set(found)) != len(found):
        raise Unreadable(value)
    return found


LINKAGE_MODEL: Parameter[tuple[str, ...]] = declare(
    "linkage.model",
    _("The actors that work together, in order"),
    unit="list",
    read=words,
    default=("community", "social_worker", "social_organization", "community_enterprise", "community_fund"),
    basis="Report on Ziliujing 2021; other districts name other five",
)

SMALL_CELL = declare(
    "privacy.small_cell",
    _("Public tables hide counts of fewer people than"),
    unit="persons",
    read=whole,
    default=5,
    basis="Personal Information Protection Law art. 51",
)

TOPIC_NOTICE_DAYS = declare(
    "topic.notice_days",
    _("A topic is announced before it is deliberated, for at least"),
    unit="days",
    read=whole,
    default=3,
    basis="Rule of this platform",
)

TOPIC_DECISION_PUBLICITY = declare(
    "topic.decision_publicity",
    _("A decision is posted for at least"),
    unit="working days",
    read=whole,
    default=5,
    basis="Rule of this platform",
)


class RuleBase(models.TextChoices):
    """Whom a decision rule counts."""

    ADULTS = "ADULTS", _("adults")
    HOUSEHOLDS = "HOUSEHOLDS", _("households")
    REPRESENTATIVES = "REPRESENTATIVES", _("representatives")
    MEMBERS = "MEMBERS", _("members")
    VOTERS = "VOTERS", _("registered voters")
    OWNERS = "OWNERS", _("owners, by heads and by floor area")


class PassBase(models.TextChoices):
    """Of what the votes in favor must be the stated part."""

    PRESENT = "PRESENT", _("those present")
    ALL = "ALL", _("all entitled")
    CAST = "CAST", _("votes cast")
    PARTICIPATING = "PARTICIPATING", _("those taking part")
    EXPRESSED = "EXPRESSED", _("votes for and against")


class Measured(models.TextChoices):
    """What a finding counts."""

    HEADS = "HEADS", _("heads")
    AREA = "AREA", _("floor area")


class CountImpossible(Invalid):
    """The figures of a count contradict each other."""

    code = "count_impossible"
    message = _("The count contradicts itself: %(contradiction)s.")


@dataclass(frozen=True, slots=True)
class Part:
    """A stated part of a whole: "more than half" is 1/2 and strict, "two thirds or more" is 2/3 and not strict.

    Compared as integers, never as rounded percentages (Basis: Civil Code art. 1259). Of nothing there is no part.
    """

    numerator: int
    denominator: int
    is_strict: bool

    @property
    def is_any(self) -> bool:
        """Whether everything more than none is enough."""
        return self.numerator == 0 and self.is_strict

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is asked for."""
        return self.numerator == 0 and not self.is_strict

    def is_reached(self, reached: int, base: int) -> bool:
        """Tell whether `reached` of `base` is enough."""
        if self.is_nothing:
            return True
        if base <= 0:
            return False
        left, right = reached * self.denominator, base * self.numerator
        return left > right if self.is_strict else left >= right

    def __str__(self) -> str:
        if self.is_any:
            return gettext("more than none")
        words = gettext("more than %(part)s") if self.is_strict else gettext("at least %(part)s")
        return words % {"part": f"{self.numerator}/{self.denominator}"}


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a decision rule."""

    quorum: Part
    pass_base: str
    majority: Part
    is_dual: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """One measure of a count, in heads or in hundredths of a square meter.

    `present` are those who took part, `cast` the votes handed in (invalid ones included; None: all votes are valid).
    """

    entitled: int
    present: int
    in_favor: int
    against: int = 0
    abstained: int = 0
    cast: int | None = None

    def __post_init__(self) -> None:
        """Refuse figures that cannot be.

        Raises:
            CountImpossible: a figure is negative, or a part is larger than its whole.
        """
        if min(self.entitled, self.present, self.in_favor, self.against, self.abstained, self.handed_in) < 0:
            raise CountImpossible(contradiction=gettext("a figure is below zero"))
        if self.handed_in < self.in_favor + self.against + self.abstained:
            raise CountImpossible(contradiction=gettext("there are more valid votes than votes cast"))
        if self.handed_in > self.present:
            raise CountImpossible(contradiction=gettext("there are more votes than people taking part"))
        if self.present > self.entitled:
            raise CountImpossible(contradiction=gettext("more people take part than are entitled"))

    @property
    def handed_in(self) -> int:
        """The votes cast."""
        return self.in_favor + self.against + self.abstained if self.cast is None else self.cast

    def base(self, pass_base: str) -> int:
        """The figure that the votes in favor are compared with."""
        return {
            PassBase.PRESENT: self.present,
            PassBase.PARTICIPATING: self.present,
            PassBase.ALL: self.entitled,
            PassBase.CAST: self.handed_in,
            PassBase.EXPRESSED: self.in_favor + self.against,
        }[PassBase(pass_base)]


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted: heads, and for owners the floor area as well."""

    heads: Tally
    area: Tally | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One comparison of a judgement."""

    is_quorum: bool
    measured: Measured
    reached: int
    base: int
    base_name: StrOrPromise
    needed: Part

    @property
    def holds(self) -> bool:
        """Whether enough was reached."""
        return self.needed.is_reached(self.reached, self.base)

    def __str__(self) -> str:
        if self.is_quorum and self.needed.is_nothing:
            text = gettext("Taking part (%(measured)s): %(reached)s of %(base)s; no smallest number is needed.")
        elif self.is_quorum:
            text = gettext("Taking part (%(measured)s): %(reached)s of %(base)s, %(needed)s needed: %(result)s.")
        else:
            text = gettext(
                "In favor (%(measured)s): %(reached)s of %(base)s (%(base_name)s), %(needed)s needed: %(result)s."
            )
        return text % {
            "measured": self.measured.label,
            "reached": self._shown(self.reached),
            "base": self._shown(self.base),
            "base_name": self.base_name,
            "needed": self.needed,
            "result": gettext("reached") if self.holds else gettext("not reached"),
        }

    def _shown(self, figure: int) -> str:
        return f"{Decimal(figure) / 100:.2f} m²" if self.measured == Measured.AREA else str(figure)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a decision rule says of a count, comparison by comparison."""

    findings: tuple[Finding, ...]

    @property
    def has_quorum(self) -> bool:
        """Whether enough took part, in every measure."""
        return all(finding.holds for finding in self.findings if finding.is_quorum)

    @property
    def is_passed(self) -> bool:
        """Whether enough took part and enough were in favor, in every measure."""
        return all(finding.holds for finding in self.findings)

    @property
    def reason(self) -> str:
        """The outcome and every comparison in words, in the reader's language."""
        if self.is_passed:
            outcome = gettext("Passed.")
        elif not self.has_quorum:
            outcome = gettext("Not passed: too few took part.")
        else:
            outcome = gettext("Not passed: too few in favor.")
        return " ".join([outcome, *map(str, self.findings)])


def judge(terms: Terms, count: Count) -> Judgement:
    """Judge a count by the terms of a decision rule (pure).

    Raises:
        CountImpossible: the rule counts floor area as well and the count has none.
    """
    tallies = [(Measured.HEADS, count.heads)]
    if terms.is_dual:
        if count.area is None:
            raise CountImpossible(contradiction=gettext("the floor area is missing"))
        tallies.append((Measured.AREA, count.area))
    return Judgement(
        tuple(
            finding
            for measured, tally in tallies
            for finding in (
                _quorum(terms, measured, tally),
                _majority(terms, measured, tally),
            )
        )
    )


def _quorum(terms: Terms, measured: Measured, tally: Tally) -> Finding:
    return Finding(
        is_quorum=True,
        measured=measured,
        reached=tally.present,
        base=tally.entitled,
        base_name=_("all entitled"),
        needed=terms.quorum,
    )


def _majority(terms: Terms, measured: Measured, tally: Tally) -> Finding:
    return Finding(
        is_quorum=False,
        measured=measured,
        reached=tally.in_favor,
        base=tally.base(terms.pass_base),
        base_name=PassBase(terms.pass_base).label,
        needed=terms.majority,
    )


def square_meters(area: Decimal) -> int:
    """Return a floor area as whole hundredths of a square meter, for an exact count.

    Raises:
        CountImpossible: the area has more than two decimals.
    """
    hundredths = area * 100
    if hundredths != hundredths.to_integral_value():
        raise CountImpossible(contradiction=gettext("a floor area has more than two decimals"))
    return int(hundredths)
