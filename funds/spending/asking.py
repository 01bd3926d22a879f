"""What a request must be before it is written: a final decision, an active fund, a budget that adds up.

Used by `funds.spending.operations` only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import timezone

from communities.people.policy import refuse_personal_numbers
from consultation.decisions.lifecycle import DecisionStatus
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.topics.models import Topic
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund
from funds.ledger.models import AccountKind
from funds.spending import queries, refusals
from funds.spending.models import BudgetLine, Purpose, SpendingRequest
from funds.spending.policy import DECISION_FROM, EMERGENCY_CAP
from funds.spending.uses import Rules
from governance import lifecycle
from governance.money import format_yuan

if TYPE_CHECKING:
    from funds.spending.models import Payment
    from funds.spending.papers.models import EmergencyRelief, Refund
    from governance.accounts.models import User

FINAL = (DecisionStatus.FINAL, DecisionStatus.EXECUTING, DecisionStatus.REPORTED, DecisionStatus.ACCEPTED)


def spending_fund(fund: CommunityFund) -> CommunityFund:
    """Return the fund, locked and active."""
    rows = CommunityFund.objects.select_for_update(of=("self",), no_key=True)
    locked = rows.select_related("division", "book", "committee").get(pk=fund.pk)
    if locked.status != FundStatus.ACTIVE:
        raise refusals.FundNotSpending(fund=locked.short_name, status=locked.get_status_display())
    return locked


def paying_fund(fund: CommunityFund) -> CommunityFund:
    """Return the fund, locked: active, or being closed, when what was held before is still paid."""
    rows = CommunityFund.objects.select_for_update(of=("self",), no_key=True)
    locked = rows.select_related("division", "book", "committee").get(pk=fund.pk)
    if locked.status not in {FundStatus.ACTIVE, FundStatus.CLOSING}:
        raise refusals.FundNotSpending(fund=locked.short_name, status=locked.get_status_display())
    return locked


def cited_decision(
    decision: Decision, fund: CommunityFund, amount: Decimal, request: SpendingRequest | None = None
) -> Decision:
    """Return the decision, locked, if it is final, of the fund's place, and allows the amount."""
    row = Decision.objects.select_for_update(of=("self",), no_key=True).select_related("division").get(pk=decision.pk)
    if row.status not in FINAL:
        raise refusals.DecisionNotFinal(field="decision", decision=row.number, status=row.get_status_display())
    if not row.division.path.startswith(fund.division.path):
        raise refusals.DecisionElsewhere(field="decision", decision=row.number, place=row.division.name)
    if amount <= 0:
        raise refusals.RequestAmountMissing(field="amount")
    asked = queries.asked_for(row, apart_from=request)
    if asked + amount > row.cost_estimate:
        shown = {"allowed": row.cost_estimate, "asked": asked, "amount": amount}
        raise refusals.AmountAboveDecision(field="amount", **{name: format_yuan(shown[name]) for name in shown})
    return row


def ready(row: SpendingRequest | Payment | EmergencyRelief | Refund, name: str, by: User) -> None:
    """Refuse a move before its work begins; the mover asks again when it makes it."""
    step = lifecycle.of(row).by_name[name]
    if not by.has_perm(step.permission, row):
        raise lifecycle.MoveForbidden(move=step.label)
    if row.status not in step.sources:
        raise lifecycle.MoveClosed(move=step.label, status=row.get_status_display())
    if not lifecycle.may(row, step, by):
        raise lifecycle.SamePerson(move=step.label)


@dataclass(frozen=True, slots=True)
class Source:
    """What a request comes from, and whether it cannot wait."""

    decision: Decision | None
    topic: Topic | None
    matter: Matter | None
    is_emergency: bool

    @classmethod
    def of(cls, row: SpendingRequest) -> Source:
        """The source of a written request."""
        return cls(row.decision, row.topic, row.matter, row.is_emergency)


def cited_source(
    source: Source, fund: CommunityFund, amount: Decimal, today: dt.date, request: SpendingRequest | None = None
) -> Decision | None:
    """Return the decision, locked, that a request cites; a small use and emergency relief may do without one."""
    for found in (source.topic, source.matter):
        if found is not None and not found.division.path.startswith(fund.division.path):
            name = found.title if isinstance(found, Topic) else found.number
            field = "topic" if isinstance(found, Topic) else "matter"
            raise refusals.SourceElsewhere(field=field, source=name, place=found.division.name)
    rules = Rules(fund, today)
    if amount <= 0:
        raise refusals.RequestAmountMissing(field="amount")
    if source.is_emergency and amount > (cap := rules.value(EMERGENCY_CAP)):
        raise refusals.EmergencyUnfit(field="amount", cap=format_yuan(cap))
    if source.decision is not None:
        return cited_decision(source.decision, fund, amount, request)
    if source.topic is None and source.matter is None:
        raise refusals.SourceMissing(field="decision")
    if not source.is_emergency and amount > (limit := rules.value(DECISION_FROM)):
        raise refusals.DecisionMissing(field="decision", amount=format_yuan(limit))
    return None


def next_number(fund: CommunityFund, today: dt.date) -> str:
    """Return the next number of the fund, which is locked: year, fund, count of the year."""
    beginning = f"YK{today.year}-{fund.pk:04d}-"
    count = SpendingRequest.objects.filter(fund=fund, number__startswith=beginning).count()
    return f"{beginning}{count + 1:03d}"


def write_request(row: SpendingRequest, lines: Sequence[tuple[str, Decimal]]) -> None:
    """Check and write a request with its budget."""
    spoken = " ".join(description for description, _amount in lines)
    refuse_personal_numbers(title=row.title, plan=row.plan, beneficiaries=row.beneficiaries, lines=spoken)
    if not lines or not all(description.strip() for description, _amount in lines):
        raise refusals.LinesMissing(field="lines")
    if any(amount <= 0 for _description, amount in lines):
        raise refusals.RequestAmountMissing(field="lines")
    total = sum((amount for _description, amount in lines), Decimal(0))
    if total != row.amount:
        raise refusals.LinesDoNotAddUp(field="lines", total=format_yuan(total), amount=format_yuan(row.amount))
    if row.pool is not None and (row.pool.book_id != row.fund.book_id or row.pool.kind != AccountKind.POOL):
        raise refusals.PoolUnfit(field="pool", account=row.pool.label)
    if row.is_emergency and row.purpose != Purpose.RELIEF:
        cap = Rules(row.fund, timezone.localdate(row.entered_at)).value(EMERGENCY_CAP)
        raise refusals.EmergencyUnfit(field="purpose", cap=format_yuan(cap))
    row.full_clean()
    row.save()
    row.lines.all().delete()
    BudgetLine.objects.bulk_create(
        BudgetLine(request=row, number=number, description=description.strip(), amount=amount)
        for number, (description, amount) in enumerate(lines, start=1)
    )
