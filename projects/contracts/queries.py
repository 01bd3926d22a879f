"""Reads of contracts: what of a hold is promised, whether an instalment is due, what residents think."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from communities.policy.queries import value
from funds.spending.lifecycle import PaymentStatus, RequestStatus
from funds.spending.models import Payment, SpendingRequest
from governance.money import ZERO
from governance.pages import Told
from projects.contracts.lifecycle import ContractStatus, MilestoneStatus
from projects.contracts.models import Condition, Contract, Instalment
from projects.contracts.policy import ACCEPTANCE_MINIMUM, ACCEPTANCE_SHARE, FULL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User
    from socialorgs.register.models import SocialOrganization

SIGNED = (ContractStatus.RUNNING, ContractStatus.DELIVERED, ContractStatus.ACCEPTED, ContractStatus.CLOSED)
ACCEPTED = (ContractStatus.ACCEPTED, ContractStatus.CLOSED)


def bound_of(request: SpendingRequest, apart_from: Contract | None = None) -> Decimal:
    """Return what of a request is promised: by contracts that were not terminated, and by payments of none; two queries."""
    contracts = Contract.objects.filter(request=request).exclude(
        status__in=[ContractStatus.DRAFT, ContractStatus.TERMINATED]
    )
    if apart_from is not None:
        contracts = contracts.exclude(pk=apart_from.pk)
    loose = Payment.objects.live().filter(request=request).exclude(instalment__contract__in=contracts)
    if apart_from is not None:
        loose = loose.exclude(instalment__contract=apart_from)
    promised = contracts.aggregate(total=Sum("amount"))["total"] or ZERO
    return Decimal(promised) + Decimal(loose.aggregate(total=Sum("amount"))["total"] or ZERO)


def is_due(instalment: Instalment, contract: Contract) -> bool:
    """Tell whether what an instalment waits for has come; one query for milestones unless they were read along."""
    if contract.status not in SIGNED:
        return False
    if instalment.condition == Condition.MILESTONES:
        rows = list(contract.milestones.all())
        return bool(rows) and all(row.status == MilestoneStatus.CONFIRMED for row in rows)
    if instalment.condition == Condition.ACCEPTANCE:
        return contract.status in ACCEPTED
    return True


def next_due(contract: Contract) -> int | None:
    """Return the number of the first instalment that is due and not released; up to two queries."""
    waiting = (row for row in contract.instalments.all() if not is_released(row) and is_due(row, contract))
    return next((row.number for row in waiting), None)


def is_released(instalment: Instalment) -> bool:
    """Tell whether a payment of the instalment is planned, under way or made."""
    return instalment.payment is not None and instalment.payment.status != PaymentStatus.CANCELLED


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the residents think of a delivery, and what is needed."""

    given: int
    content: int
    needed: int
    needed_percent: Decimal

    @property
    def is_enough(self) -> bool:
        """Whether enough residents have spoken."""
        return self.given >= self.needed

    @property
    def is_content(self) -> bool:
        """Whether enough of those who spoke are content; compared exactly."""
        return self.content * FULL >= self.needed_percent * self.given

    @property
    def shown_percent(self) -> str:
        """The needed part in percent, without an exponent."""
        return f"{self.needed_percent:f}"

    @property
    def width(self) -> float:
        """The content part on a picture of 360 units."""
        return round(360 * self.content / self.given, 1) if self.given else 0.0


def acceptance_of(contract: Contract, day: dt.date) -> Acceptance:
    """Return how the residents' acceptance of the last delivery stands; three queries."""
    opinions = contract.opinions.filter(delivery=contract.delivery_number)
    found = opinions.aggregate(given=Count("pk"), content=Count("pk", filter=Q(is_satisfied=True)))
    part = value(ACCEPTANCE_SHARE, contract.division, day)
    return Acceptance(
        found["given"], found["content"], value(ACCEPTANCE_MINIMUM, contract.division, day), (part * FULL).normalize()
    )


def contract_for(request: SpendingRequest) -> dict[str, Any]:
    """Return what is known of a contract paid from a request."""
    return {
        "division": request.fund.division_id,
        "organization": request.organization_id,
        "request": request.pk,
        "title": request.title,
        "scope": request.plan,
        "amount": f"{request.amount:.2f}",
    }


def projects_of(requests: Sequence[SpendingRequest], user: User | AnonymousUser) -> dict[int, list[Told]]:
    """Tell of requests by which contracts they are carried out; where there is none yet, lead who drafts it to the form.

    One query, and one more for who drafts; the funds of the requests must be read along.
    """
    found: dict[int, list[Told]] = {}
    rows = Contract.objects.visible_to(user).filter(request__in=requests).select_related("organization")
    for row in rows.order_by("pk"):
        name = f"{row.number} {row.title} · {row.organization.name}"
        state = str(row.get_status_display())
        told = Told(_("Contract"), name, state, row.get_absolute_url(), on=row.signed_on, amount=row.amount)
        found.setdefault(row.request_id, []).append(told)
    waiting = [
        request
        for request in requests
        if request.status == RequestStatus.APPROVED
        and request.pk not in found
        and user.has_perm("projects.manage_contract", request.fund)
    ]
    paid = set(Payment.objects.filter(request__in=waiting).values_list("request", flat=True)) if waiting else set()
    for request in waiting:
        if request.pk not in paid:
            given = {name: value for name, value in contract_for(request).items() if value not in (None, "")}
            address = f"{reverse('admin:projects_contract_add')}?{urlencode(given)}"
            found[request.pk] = [Told(_("Contract"), _("Draft a contract"), "", address)]
    return found


MOST_TOLD = 50


def contracts_of(organizations: Sequence[SocialOrganization], user: User | AnonymousUser) -> dict[int, list[Told]]:
    """Tell of organizations which contracts they carry out, newest first; one query."""
    found: dict[int, list[Told]] = {}
    rows = Contract.objects.visible_to(user).filter(organization__in=organizations).order_by("-pk")
    for row in rows[:MOST_TOLD]:
        name, state = f"{row.number} {row.title}", str(row.get_status_display())
        told = Told(_("Contract"), name, state, row.get_absolute_url(), on=row.signed_on, amount=row.amount)
        found.setdefault(row.organization_id, []).append(told)
    return found
