"""Who acts for which enterprise today, and the published years of an enterprise as a chart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from communities.bodies.models import Body, BodyKind
from communities.people.queries import present_day
from communities.policy.queries import value
from funds.enterprises.models import (
    AUDITED_STATUSES,
    FIGURES,
    AuditOccasion,
    CommunityEnterprise,
    EnterpriseAppointment,
    ProfitDeclaration,
)
from funds.enterprises.policy import TERM_AUDIT_DAYS
from governance.money import ZERO


def appointments_of(user: Any) -> list[EnterpriseAppointment]:
    """Return the appointments a user holds today; one query per user object and request."""
    if not getattr(user, "is_authenticated", False):
        return []
    cached: list[EnterpriseAppointment] | None = getattr(user, "_enterprise_appointments_today", None)
    if cached is None:
        cached = list(EnterpriseAppointment.objects.held_on(present_day()).filter(user=user).order_by("pk"))
        setattr(user, "_enterprise_appointments_today", cached)  # noqa: B010 - reaches through the lazy user of a request
    return cached


@dataclass(frozen=True, slots=True)
class TermAudit:
    """An audit that is due because the committee leaves office: whose term ends, and when."""

    body: Body
    is_over: bool


def term_audit_due(enterprise: CommunityEnterprise, today: dt.date) -> TermAudit | None:
    """Return the audit that is due at the end of the committee's term, None where there is none; three queries."""
    kinds = (BodyKind.RESIDENTS_COMMITTEE, BodyKind.VILLAGERS_COMMITTEE)
    ahead = dt.timedelta(days=value(TERM_AUDIT_DAYS, enterprise.division, today))
    bodies = Body.objects.filter(division=enterprise.division_id, kind__in=kinds, term_to__lte=today + ahead)
    body = bodies.order_by("-term_to", "-pk").first()
    if body is None or body.term_to is None or body.term_to <= enterprise.founded_on:
        return None
    audited = enterprise.declarations.filter(
        status__in=AUDITED_STATUSES, audit_occasion=AuditOccasion.TERM_END, audited_at__date__gte=body.term_to - ahead
    )
    return None if audited.exists() else TermAudit(body, is_over=body.term_to <= today)


@dataclass(frozen=True, slots=True)
class Corrected:
    """One figure of a correction beside that of the revision before, in yuan."""

    name: str
    before: Decimal
    now: Decimal

    @property
    def difference(self) -> Decimal:
        """What the correction adds."""
        return self.now - self.before


def earlier_revision(row: ProfitDeclaration) -> list[Corrected] | None:
    """Return the figures that a correction changes, None for a first declaration; one query."""
    if row.revision == 1:
        return None
    same = ProfitDeclaration.objects.filter(
        enterprise=row.enterprise_id, period_kind=row.period_kind, starts_on=row.starts_on
    )
    before = same.get(revision=row.revision - 1)
    names = {column.name: str(column.verbose_name) for column in ProfitDeclaration._meta.concrete_fields}
    pairs = [(names[name], getattr(before, name), getattr(row, name)) for name in FIGURES]
    return [Corrected(name, old, new) for name, old, new in pairs if old != new]


CHART_YEARS = 6
CHART_HEIGHT = 100
CHART_WIDTH = 340
BAR_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Bars:
    """One published year as two bars of the chart: revenue and net profit, a loss without height."""

    declaration: ProfitDeclaration
    x: int
    revenue_height: int
    profit_height: int

    @property
    def revenue_y(self) -> int:
        """Where the bar of the revenue begins."""
        return CHART_HEIGHT - self.revenue_height

    @property
    def profit_x(self) -> int:
        """Where the bar of the profit stands."""
        return self.x + BAR_WIDTH + 2

    @property
    def profit_y(self) -> int:
        """Where the bar of the profit begins."""
        return CHART_HEIGHT - self.profit_height


def published_years(enterprise: CommunityEnterprise) -> list[ProfitDeclaration]:
    """Return the last published revision of each year, the newest first; one query."""
    rows = ProfitDeclaration.objects.filter(enterprise=enterprise).published().last_revisions()
    return list(rows.order_by("-starts_on")[:CHART_YEARS])


def bars_of(years: Sequence[ProfitDeclaration]) -> list[Bars]:
    """Draw the years from left to right, the highest revenue as high as the chart (pure)."""
    highest = max([year.revenue for year in years], default=ZERO)
    step = CHART_WIDTH // CHART_YEARS

    def height(amount: Decimal) -> int:
        return int(CHART_HEIGHT * max(amount, ZERO) / highest) if highest else 0

    return [
        Bars(year, number * step, height(year.revenue), height(year.net_profit))
        for number, year in enumerate(reversed(years))
    ]
