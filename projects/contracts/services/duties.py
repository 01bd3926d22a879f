"""What waits for an organization in each of its contracts: to sign, to report, to mend, to answer; few queries for a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from projects.contracts.judging.models import ContractReview
from projects.contracts.models import Contract, Milestone
from projects.contracts.terms.models import Expenditure, Supplement


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that waits: what, where, until when."""

    text: str
    url: str
    due_on: dt.date | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Own:
    """A contract of one's own with what waits in it."""

    contract: Contract
    duties: list[Duty] = field(default_factory=list)


def tasks_of(contracts: Sequence[Contract], day: dt.date) -> list[Own]:
    """Return what waits for the organization in each of these contracts; four queries."""
    found = {row.pk: Own(row) for row in contracts}
    running = [row.pk for row in contracts if row.status == "RUNNING"]
    for row in contracts:
        if row.status == "OFFERED":
            found[row.pk].duties.append(Duty(_("Sign the contract"), row.get_absolute_url()))
    for step in Milestone.objects.filter(contract__in=running, status="PLANNED").order_by("contract", "number"):
        url = f"{found[step.contract_id].contract.get_absolute_url()}#milestone-{step.pk}"
        text = _("Report the milestone “%(title)s”") % {"title": step.title}
        found[step.contract_id].duties.append(Duty(text, url, step.due_on, is_late=step.due_on < day))
    for review in ContractReview.objects.filter(contract__in=found, status="OPEN").order_by("contract", "mend_by"):
        url = f"{found[review.contract_id].contract.get_absolute_url()}watch/#contractreview-{review.pk}"
        text = _("Report what was mended (%(kind)s)") % {"kind": review.get_kind_display()}
        late = review.mend_by is not None and review.mend_by < day
        found[review.contract_id].duties.append(Duty(text, url, review.mend_by, is_late=late))
    for more in Supplement.objects.filter(contract__in=found, status="PROPOSED").order_by("contract", "number"):
        url = f"{found[more.contract_id].contract.get_absolute_url()}money/#supplement-{more.pk}"
        text = _("Sign supplement %(number)s") % {"number": more.number}
        found[more.contract_id].duties.append(Duty(text, url))
    for spent in Expenditure.objects.filter(contract__in=running, status="REJECTED").order_by("contract", "pk")[:50]:
        url = f"{found[spent.contract_id].contract.get_absolute_url()}money/#expenditure-{spent.pk}"
        text = _("Spending was rejected: %(what)s") % {"what": spent.what}
        found[spent.contract_id].duties.append(Duty(text, url))
    return list(found.values())
