"""What is to be watched in running contracts: few queries for a page of them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from communities.policy.queries import by_place
from governance.money import ZERO
from projects.contracts.judging.models import ContractReview
from projects.contracts.models import LABEL, Contract, Milestone
from projects.contracts.policy import FULL, WATCH_GAP
from projects.contracts.terms.models import Expenditure
from socialorgs.register.models import CreditListing
from socialorgs.supervision.models import StandingAlert

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH = 360


@dataclass(frozen=True, slots=True)
class Watched:
    """A contract with how far its time and its spending are, and what should be looked at."""

    contract: Contract
    time: Decimal
    spent: Decimal
    confirmed: int
    milestones: int
    flags: list[str]
    alerts: list[StandingAlert]
    days: int
    days_over: int
    amount_spent: Decimal

    @property
    def time_percent(self) -> int:
        """The part of the term that is over, in whole percent."""
        return int(self.time * FULL)

    @property
    def spent_percent(self) -> int:
        """The part of the money that was spent, in whole percent."""
        return int(self.spent * FULL)

    @property
    def time_width(self) -> float:
        """The time on a picture of 360 units."""
        return round(float(min(self.time, Decimal(1))) * WIDTH, 1)

    @property
    def spent_width(self) -> float:
        """The money on a picture of 360 units."""
        return round(float(min(self.spent, Decimal(1))) * WIDTH, 1)

    @property
    def done_width(self) -> float:
        """The confirmed milestones on a picture of 360 units."""
        return round(self.confirmed / self.milestones * WIDTH, 1) if self.milestones else 0.0


def part_of_time(contract: Contract, day: dt.date) -> Decimal:
    """Return the part of the term that is over on a day, from 0 to 1."""
    whole = max((contract.last_day - contract.starts_on).days, 1)
    return min(max(Decimal((day - contract.starts_on).days) / whole, Decimal(0)), Decimal(1))


def watched(contracts: Sequence[Contract], day: dt.date) -> list[Watched]:
    """Return what is to be watched in each of these contracts; seven queries."""
    keys = [row.pk for row in contracts]
    overdue = Q(due_on__lt=day) & ~Q(status="CONFIRMED")
    steps = _by_contract(
        Milestone.objects.filter(contract__in=keys)
        .values("contract")
        .annotate(all=Count("pk"), done=Count("pk", filter=Q(status="CONFIRMED")), late=Count("pk", filter=overdue))
        .order_by("contract")
    )
    money = _by_contract(
        Expenditure.objects.filter(contract__in=keys)
        .exclude(status="REJECTED")
        .values("contract")
        .annotate(spent=Sum("amount"), unchecked=Count("pk", filter=Q(status="ENTERED")))
        .order_by("contract")
    )
    remarks = _by_contract(
        ContractReview.objects.filter(contract__in=keys)
        .values("contract")
        .annotate(
            open=Count("pk", filter=Q(status="OPEN")),
            late=Count("pk", filter=Q(status="OPEN", mend_by__lt=day)),
            failed=Count("pk", filter=Q(conclusion="FAILED")),
        )
        .order_by("contract")
    )
    bodies = {row.organization_id for row in contracts}
    listed = set(
        CreditListing.objects.running_on(day).filter(organization__in=bodies).values_list("organization", flat=True)
    )
    alerts = defaultdict(list)
    raised = StandingAlert.objects.filter(
        subject_label=LABEL, subject_key__in=[str(key) for key in keys], noted_at=None
    )
    for alert in raised.order_by("raised_at", "pk"):
        alerts[alert.subject_key].append(alert)
    gaps = by_place(WATCH_GAP, day) if contracts else []
    found = []
    for row in contracts:
        gap = next(given for path, given in gaps if row.division.path.startswith(path))
        amount_spent = Decimal(money.get(row.pk, {}).get("spent") or ZERO)
        spent = amount_spent / row.amount
        time = part_of_time(row, day)
        step, remark = steps.get(row.pk, {}), remarks.get(row.pk, {})
        flags = _flags(row, day, step, remark, money.get(row.pk, {}))
        if spent > time + gap:
            flags.append(_("The spending runs ahead of the time."))
        if row.organization_id in listed:
            flags.append(_("The organization stands on a list of the register."))
        days = (row.last_day - row.starts_on).days
        found.append(
            Watched(
                row,
                time,
                spent,
                step.get("done", 0),
                step.get("all", 0),
                flags,
                alerts[str(row.pk)],
                days,
                min(max((day - row.starts_on).days, 0), days),
                amount_spent,
            )
        )
    return found


def _by_contract(rows: Iterable[Any]) -> dict[int, Mapping[str, Any]]:
    return {row["contract"]: row for row in rows}


def _flags(
    contract: Contract,
    day: dt.date,
    step: Mapping[str, Any],
    remark: Mapping[str, Any],
    money: Mapping[str, Any],
) -> list[str]:
    told = (
        (step.get("late", 0), _("Milestones overdue: %(count)s.")),
        (remark.get("late", 0), _("Remarks not mended in time: %(count)s.")),
        (remark.get("open", 0) - remark.get("late", 0), _("Remarks to be mended: %(count)s.")),
        (remark.get("failed", 0), _("Reviews not passed: %(count)s.")),
        (money.get("unchecked", 0), _("Spending that nobody has checked: %(count)s.")),
    )
    found = [text % {"count": count} for count, text in told if count]
    if contract.status == "RUNNING" and contract.last_day < day:
        found.insert(0, _("The term is over and nothing has been delivered."))
    return found
