"""The directory of projects: what every signed contract is called, where it runs, what it costs and how it was judged.

A project is a contract once it was signed; what it came from (a purchase, a grant, money of a fund) says of which kind it is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.models import Division, Tier
from funds.charity.models import FundCategory
from funds.spending.lifecycle import PaymentStatus
from governance.money import ZERO, YuanField
from projects.contracts.judging.models import AcceptanceSample
from projects.contracts.lifecycle import ContractStatus
from projects.contracts.models import AcceptanceOpinion, Contract, Instalment
from projects.contracts.terms.lifecycle import AwardPaymentStatus
from projects.contracts.terms.models import AwardPayment
from projects.evaluation.models import EvaluationResult
from projects.evaluation.policy import percent
from projects.grants.policy import RoundKind
from projects.purchasing.policy import PurchaseKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

TERMS = ("division", "organization", "purchase__purchase", "grant__round__programme", "request__fund")
"""What is read along with a project."""


class ProjectType(models.TextChoices):
    """What a project came from (Basis: domain of the five actors, kinds of projects)."""

    GOV_PURCHASE = "GOV_PURCHASE", _("government purchase of a service")
    OUTSOURCED = "OUTSOURCED", _("facility or project run by others")
    VENTURE = "VENTURE", _("venture grant")
    MICRO_VENTURE = "MICRO_VENTURE", _("micro grant")
    FUND = "FUND", _("paid by a community fund")
    BUDGET = "BUDGET", _("paid by a budget fund")


OUTSOURCED = (PurchaseKind.PROJECT, PurchaseKind.FACILITY)
OF_A_FUND = Q(purchase=None, grant=None)
OF_THE_BUDGET = Q(request__fund__category=FundCategory.BUDGET)
BY_TYPE: dict[str, Q] = {
    ProjectType.GOV_PURCHASE: Q(purchase__isnull=False) & ~Q(purchase__purchase__kind__in=OUTSOURCED),
    ProjectType.OUTSOURCED: Q(purchase__purchase__kind__in=OUTSOURCED),
    ProjectType.VENTURE: Q(grant__round__kind=RoundKind.VENTURE),
    ProjectType.MICRO_VENTURE: Q(grant__round__kind=RoundKind.MICRO),
    ProjectType.FUND: OF_A_FUND & ~OF_THE_BUDGET,
    ProjectType.BUDGET: OF_A_FUND & OF_THE_BUDGET,
}
"""Which contracts are of a type."""


class ProjectState(models.TextChoices):
    """Where a project stands, in the words of who looks from outside."""

    RUNNING = "RUNNING", pgettext_lazy("project", "running")
    DELIVERED = "DELIVERED", pgettext_lazy("project", "delivered, being accepted")
    FINISHED = "FINISHED", pgettext_lazy("project", "finished and accepted")
    ENDED_EARLY = "ENDED_EARLY", pgettext_lazy("project", "ended early")


BY_STATE: dict[str, tuple[ContractStatus, ...]] = {
    ProjectState.RUNNING: (ContractStatus.RUNNING,),
    ProjectState.DELIVERED: (ContractStatus.DELIVERED,),
    ProjectState.FINISHED: (ContractStatus.ACCEPTED, ContractStatus.CLOSED),
    ProjectState.ENDED_EARLY: (ContractStatus.TERMINATED,),
}
"""In which states a contract is, by the state of its project."""

PUBLIC = Q(plan__publicised_at__isnull=False, computed_at__lte=F("plan__publicised_at"))
"""Results that were published; a newer version waits until it is, too."""


def public_projects() -> QuerySet[Contract]:
    """Return the contracts that were signed, the same for whoever asks; where they ended early, too."""
    return Contract.objects.filter(signed_at__isnull=False)


def with_figures(rows: QuerySet[Contract]) -> QuerySet[Any]:
    """Return projects with their type and state, what was agreed and paid, and how satisfied those asked were.

    No query of its own. What was agreed holds approved supplements. Residents who were asked in a published evaluation
    count; where there is none, those who were asked at the acceptance, once it is made.
    """
    of_contract = {"contract": OuterRef("pk")}
    agreed = Instalment.objects.filter(**of_contract).order_by().values("contract")
    paid = agreed.filter(payment__status=PaymentStatus.PAID)
    public = AwardPayment.objects.filter(**of_contract, status=AwardPaymentStatus.PAID).order_by().values("contract")
    result = EvaluationResult.objects.filter(PUBLIC, plan__contract=OuterRef("pk")).order_by("-version")
    drawn = AcceptanceSample.objects.filter(contract=OuterRef("contract"), delivery=OuterRef("delivery"))
    told: QuerySet[Any] = AcceptanceOpinion.objects.filter(**of_contract, delivery=OuterRef("delivery_number"))
    told = told.filter(Q(sampled__isnull=False) | ~Exists(drawn)).order_by().values("contract")
    figures: dict[str, Any] = {
        "project_type": Case(
            *(When(condition, then=Value(str(name))) for name, condition in BY_TYPE.items()), output_field=CharField()
        ),
        "project_state": Case(
            *(When(status__in=states, then=Value(str(name))) for name, states in BY_STATE.items()),
            output_field=CharField(),
        ),
        "agreed_amount": Coalesce(
            Subquery(agreed.annotate(total=Sum("amount")).values("total")), ZERO, output_field=YuanField()
        ),
        "paid_by_fund": Coalesce(
            Subquery(paid.annotate(total=Sum("payment__amount")).values("total")), ZERO, output_field=YuanField()
        ),
        "paid_publicly": Coalesce(
            Subquery(public.annotate(total=Sum("amount")).values("total")), ZERO, output_field=YuanField()
        ),
        "judged_content": Subquery(result.values("satisfied")[:1]),
        "judged_valid": Subquery(result.values("valid_for_satisfaction")[:1]),
        "asked_content": Subquery(told.annotate(total=Count("pk", filter=Q(is_satisfied=True))).values("total")),
        "asked_valid": Subquery(told.annotate(total=Count("pk")).values("total")),
    }
    return rows.select_related(*TERMS).annotate(**figures)


@dataclass(frozen=True, slots=True)
class Project:
    """One line of the directory."""

    contract: Contract
    type: str
    state: str
    amount: Decimal
    paid: Decimal
    content: int
    valid: int
    is_evaluated: bool

    @property
    def type_label(self) -> str:
        """What it came from, in words."""
        return str(ProjectType(self.type).label)

    @property
    def state_label(self) -> str:
        """Where it stands, in words."""
        return str(ProjectState(self.state).label)

    @property
    def programme(self) -> str:
        """The named programme of its grant round, if there is one."""
        grant = self.contract.grant
        return grant.round.programme.name if grant is not None and grant.round.programme is not None else ""

    @property
    def paid_percent(self) -> Decimal | None:
        """How much of it is paid, in percent, cut off."""
        return _share(self.paid, self.amount)

    @property
    def satisfaction(self) -> Decimal | None:
        """Content answers in percent of those on satisfaction, cut off."""
        return percent(self.content, self.valid)


def project_of(row: Any) -> Project:
    """Return the line of a contract that was read `with_figures`; no query."""
    is_evaluated = row.judged_valid is not None
    is_accepted = row.status in BY_STATE[ProjectState.FINISHED]
    content, valid = (row.asked_content, row.asked_valid) if is_accepted else (0, 0)
    if is_evaluated:
        content, valid = row.judged_content, row.judged_valid
    return Project(
        contract=row,
        type=row.project_type,
        state=row.project_state,
        amount=row.agreed_amount,
        paid=row.paid_by_fund + row.paid_publicly,
        content=content or 0,
        valid=valid or 0,
        is_evaluated=is_evaluated,
    )


def lines_of(rows: Sequence[Contract]) -> list[Project]:
    """Return the lines of one page of contracts, in their order; one query, which reads no more than these."""
    found = with_figures(Contract.objects.filter(pk__in=[row.pk for row in rows])).in_bulk() if rows else {}
    return [project_of(found[row.pk]) for row in rows]


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return percent(int(part * 100), int(whole * 100))


@dataclass(frozen=True, slots=True)
class Totals:
    """What stands above the list: how many projects, in which states, their money, and how they were judged."""

    projects: int
    states: dict[str, int] = field(default_factory=dict)
    agreed: Decimal = ZERO
    paid: Decimal = ZERO
    paid_back: Decimal = ZERO
    judged: int = 0
    content: int = 0
    valid: int = 0
    summed_at: dt.datetime | None = None
    """When they were summed, if that was before they were asked for."""

    @property
    def by_state(self) -> list[tuple[str, str, int]]:
        """Each state with its name and number."""
        return [(str(name), str(name.label), self.states.get(name, 0)) for name in ProjectState]

    @property
    def paid_percent(self) -> Decimal | None:
        """How much of what was agreed is paid, in percent, cut off."""
        return _share(self.paid, self.agreed)

    @property
    def satisfaction(self) -> Decimal | None:
        """Content answers in percent of those on satisfaction, cut off."""
        return percent(self.content, self.valid)


# The narrowed list is found once, and everything is summed over what was found, so that the filters are not evaluated
# again for each sum. Sums read covering indexes: instalment_money, awardpayment_money, evaluationresult_told.
# Which result is public says PUBLIC above.
TOTALS = """
WITH found (id, status, evaluation_id) AS MATERIALIZED ({found})
SELECT counted.*, agreed.*, public.*, back.*, judged.*
FROM (
    SELECT jsonb_object_agg(status, number) FROM (SELECT status, count(*) AS number FROM found GROUP BY status) AS by_status
) AS counted, (
    SELECT sum(instalment.amount), sum(payment.amount)
    FROM found JOIN projects_instalment AS instalment ON instalment.contract_id = found.id
    LEFT JOIN funds_payment AS payment ON payment.id = instalment.payment_id AND payment.status = 'PAID'
) AS agreed, (
    SELECT sum(payment.amount)
    FROM found JOIN projects_awardpayment AS payment ON payment.contract_id = found.id AND payment.status = 'PAID'
) AS public, (
    SELECT sum(settlement.refund)
    FROM found JOIN projects_settlement AS settlement
        ON settlement.contract_id = found.id AND settlement.refunded_on IS NOT NULL
) AS back, (
    SELECT count(*) FILTER (WHERE valid > 0), sum(content), sum(valid)
    FROM (
        SELECT DISTINCT ON (result.plan_id) result.satisfied AS content, result.valid_for_satisfaction AS valid
        FROM found JOIN projects_evaluationplan AS plan ON plan.id = found.evaluation_id
        JOIN projects_evaluationresult AS result
            ON result.plan_id = plan.id AND result.computed_at <= plan.publicised_at
        ORDER BY result.plan_id, result.version DESC
    ) AS newest
) AS judged
"""


def totals_of(rows: QuerySet[Contract]) -> Totals:
    """Return the totals of projects, every number with what it is a part of; one query for any number of rows."""
    try:
        found, parameters = rows.order_by().values_list("pk", "status", "evaluation_id").query.sql_with_params()
    except EmptyResultSet:
        return Totals(0)
    with connection.cursor() as cursor:
        cursor.execute(TOTALS.format(found=found), parameters)
        counted, agreed, of_funds, public, back, judged, content, valid = cursor.fetchone()
    by_status: dict[str, int] = json.loads(counted) if counted else {}
    return Totals(
        projects=sum(by_status.values()),
        states={str(name): sum(by_status.get(one, 0) for one in statuses) for name, statuses in BY_STATE.items()},
        agreed=agreed or ZERO,
        paid=(of_funds or ZERO) + (public or ZERO),
        paid_back=back or ZERO,
        judged=judged,
        content=content or 0,
        valid=valid or 0,
    )


MANY = 20_000
"""Totals of more projects than this are kept, and say from when they are."""
KEPT_TOTALS = 60
"""So many seconds, where finished pages are kept at all."""


def totals_kept(rows: QuerySet[Contract], now: dt.datetime) -> Totals:
    """Return the totals of projects; those of very many were summed within the last minute, for whoever asked first."""
    if not settings.KEPT_PAGES_SECONDS or settings.DEMONSTRATION:
        return totals_of(rows)
    try:
        found, parameters = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return Totals(0)
    key = "project-totals:" + hashlib.sha256(repr((found, parameters)).encode()).hexdigest()
    kept: Totals | None = cache.get(key)
    if kept is not None:
        return kept
    totals = totals_of(rows)
    if totals.projects > MANY:
        cache.set(key, replace(totals, summed_at=now), KEPT_TOTALS)
    return totals


@dataclass(frozen=True, slots=True)
class Steps:
    """The way down to a place and the places directly below it, instead of a map."""

    place: Division | None
    way: list[Division]
    below: list[Division]


MOST_BELOW = 200


def steps_from(place: Division | None) -> Steps:
    """Return the places from the top down to a place, and those of the next step; one query.

    Without a place the districts of which the platform knows more than the name.
    """
    rows = Division.objects.open()
    below = rows.filter(parent=place) if place is not None else rows.filter(tier=Tier.DISTRICT)
    return Steps(place, place.way if place is not None else [], list(below.order_by("pk")[:MOST_BELOW]))
