"""A policy tried on past years: what it would have given beside what was really ordered; nothing is written.

The rule is that of the planner (derive.sql), with this policy in the place of the one that counted. Two statements, no
matter how many declarations; more than `LONGEST` of them are refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from funds.enterprises.models import AUDITED_STATUSES, CommunityEnterprise, PeriodKind, ProfitDeclaration
from funds.reinvestment.planner import RULE, defaults
from governance.accounts.queries import require
from governance.errors import Invalid, NotNow
from governance.money import ZERO

if TYPE_CHECKING:
    from funds.reinvestment.models import DistributionPolicy
    from governance.accounts.models import User

LONGEST = 20_000
"""Declarations that one trial may read."""
SHOWN = 100
"""Declarations that a trial shows one by one: those that change most."""
MOST_YEARS = 10
FIRST_YEAR, LAST_YEAR = 1990, 2200

# As though the policy had been entered for the enterprise or the place: nearer policies go on counting, unless asked otherwise.
INSTEAD = """
    CASE
        WHEN %(everybody)s THEN %(policy)s
        WHEN own.id IS NOT NULL THEN own.id
        WHEN near.depth > %(depth)s THEN near.id
        ELSE %(policy)s
    END
"""

TRY = RULE.substitute(selected="d.id = ANY(%(declarations)s)", policy=INSTEAD) + Path(__file__).with_name(
    "trial.sql"
).read_text(encoding="utf-8")

Scope = CommunityEnterprise | Division


class YearsUnfit(Invalid):
    """The years run backward, or there are too many of them."""

    code = "years_unfit"
    message = _("Choose between 1 and %(most)s years, the first not after the last, between %(first)s and %(last)s.")


class TrialTooLarge(NotNow):
    """More statements than a page may wait for."""

    code = "trial_too_large"
    message = _("More than %(most)s statements would have to be calculated. Choose a smaller place or fewer years.")


@dataclass(frozen=True, slots=True)
class Compared:
    """What was ordered, and what the policy would have given of which base."""

    base: Decimal
    ordered: Decimal
    tried: Decimal

    @property
    def difference(self) -> Decimal:
        """What the policy would have given more."""
        return self.tried - self.ordered


@dataclass(frozen=True, slots=True)
class TrialYear(Compared):
    """One year of all enterprises of the scope."""

    year: int
    declarations: int
    touched: int
    minor: int


@dataclass(frozen=True, slots=True)
class TrialRow(Compared):
    """One statement of one enterprise."""

    declaration: int
    enterprise_key: int
    enterprise: str
    year: int
    is_touched: bool
    is_minor: bool


@dataclass(frozen=True, slots=True)
class TrialFund:
    """What one fund would have been given."""

    fund: int
    name: str
    tried: Decimal


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a trial."""

    scope: Scope
    first_year: int
    last_year: int
    years: Sequence[TrialYear]
    rows: Sequence[TrialRow]
    funds: Sequence[TrialFund]

    @property
    def total(self) -> Compared:
        """All years together."""
        return Compared(
            sum((year.base for year in self.years), ZERO),
            sum((year.ordered for year in self.years), ZERO),
            sum((year.tried for year in self.years), ZERO),
        )

    @property
    def declarations(self) -> int:
        """How many statements were calculated."""
        return sum(year.declarations for year in self.years)

    @property
    def touched(self) -> int:
        """For how many of them the policy would have counted."""
        return sum(year.touched for year in self.years)

    @property
    def minor(self) -> int:
        """For how many of them less than the main part would be given back."""
        return sum(year.minor for year in self.years)


def try_policy(
    *,
    by: User,
    policy: DistributionPolicy,
    scope: Scope,
    first_year: int,
    last_year: int,
    everybody: bool = False,
) -> Trial:
    """Calculate what a policy would have given in past years, as though it had been entered for this scope.

    Audited years count, each with its last revision. Enterprises with a nearer policy keep it, unless `everybody`.

    Raises:
        NotAllowed: no staff of the place and not of the enterprise.
        YearsUnfit, TrialTooLarge: what was asked for.
    """
    require(by, "funds.try_distribution_policy", scope)
    if not (FIRST_YEAR <= first_year <= last_year <= LAST_YEAR and last_year - first_year < MOST_YEARS):
        raise YearsUnfit(field="first_year", most=MOST_YEARS, first=FIRST_YEAR, last=LAST_YEAR)
    depth = len(scope.ancestor_ids) if isinstance(scope, Division) else 0
    parameters = {
        **defaults(),
        "declarations": _declarations(scope, first_year, last_year),
        "policy": policy.pk,
        "everybody": everybody or not depth,
        "depth": depth,
        "rows": SHOWN,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(TRY, parameters)
        years, rows, funds = cursor.fetchone()
    return Trial(
        scope,
        first_year,
        last_year,
        [_year(row) for row in years or []],
        [_row(row) for row in rows or []],
        [TrialFund(row["fund_id"], row["fund"], Decimal(row["tried"])) for row in funds or []],
    )


def _declarations(scope: Scope, first_year: int, last_year: int) -> list[int]:
    """Return the keys of the audited years of the scope, the last revision of each."""
    rows = ProfitDeclaration.objects.filter(
        status__in=AUDITED_STATUSES,
        period_kind=PeriodKind.YEAR,
        starts_on__gte=dt.date(first_year, 1, 1),
        starts_on__lte=dt.date(last_year, 12, 31),
    )
    rows = rows.filter(enterprise=scope) if isinstance(scope, CommunityEnterprise) else rows.in_division(scope)
    newest = rows.order_by("enterprise", "starts_on", "-revision").distinct("enterprise", "starts_on")
    found = list(newest.values_list("pk", flat=True)[: LONGEST + 1])
    if len(found) > LONGEST:
        raise TrialTooLarge(most=LONGEST)
    return found


def _amounts(row: dict[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(row[name]).quantize(Decimal("0.01")) for name in ("base", "ordered", "tried")}


def _year(row: dict[str, Any]) -> TrialYear:
    return TrialYear(
        **_amounts(row),
        year=row["year"],
        declarations=row["declarations"],
        touched=row["touched"],
        minor=row["minor"],
    )


def _row(row: dict[str, Any]) -> TrialRow:
    return TrialRow(
        **_amounts(row),
        declaration=row["declaration_id"],
        enterprise_key=row["enterprise_id"],
        enterprise=row["enterprise"],
        year=row["year"],
        is_touched=row["is_touched"],
        is_minor=row["is_touched"] and row["is_minor"],
    )
