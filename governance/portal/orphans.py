"""Points of the trace that hang on nothing: money without a decision in force, decisions without a vote, and the like.

Keys and constraints make most of them impossible; what is looked for here is what no constraint can see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from consultation.ballots.lifecycle import BallotStatus
from consultation.decisions.lifecycle import DecisionStatus
from consultation.decisions.models import Decision
from funds.ledger.models import Journal, JournalKind, Unit
from funds.spending.lifecycle import PaymentStatus, ReliefStatus, RequestStatus
from funds.spending.models import FundResolution, Payment, SpendingRequest
from projects.contracts.models import Contract, Instalment

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

IN_FORCE = (
    DecisionStatus.FINAL,
    DecisionStatus.EXECUTING,
    DecisionStatus.REPORTED,
    DecisionStatus.ACCEPTED,
    DecisionStatus.CLOSED,
)
HELD = (RequestStatus.APPROVED, RequestStatus.COMPLETED, RequestStatus.STOPPED)


@dataclass(frozen=True, slots=True)
class Check:
    """One way of hanging on nothing: the rows that are looked at, and which of them are orphans."""

    key: str
    label: StrOrPromise
    division: str
    rows: Callable[[], QuerySet[Any]]
    orphans: Callable[[QuerySet[Any]], QuerySet[Any]]


def _money_out() -> QuerySet[Any]:
    kinds = [JournalKind.PAYMENT, JournalKind.HOLD]
    return Journal.objects.filter(book__unit=Unit.YUAN, kind__in=kinds, reversed_by=None)


def _passed(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Leave those decisions out whose published ballot or resolution on the same topic passed."""
    ballot = Q(ballot__topic=F("topic"), ballot__status=BallotStatus.PUBLISHED, ballot__result__is_passed=True)
    resolution = Q(
        resolution__item__topic=F("topic"), resolution__published_at__isnull=False, resolution__is_passed=True
    )
    return rows.exclude(pk__in=rows.filter(ballot | resolution).values("pk"))


CHECKS = (
    Check(
        "money_without_request",
        _("a voucher that holds or pays money, named by no request and no payment"),
        "book__division",
        _money_out,
        lambda rows: rows.filter(payment=None, held_for=None),
    ),
    Check(
        "payment_without_decision",
        _("a payment whose decision is not in force"),
        "request__fund__division",
        lambda: Payment.objects.filter(status=PaymentStatus.PAID),
        lambda rows: rows.filter(request__decision__isnull=False).exclude(request__decision__status__in=IN_FORCE),
    ),
    Check(
        "decision_without_vote",
        _("a decision without a passed and published ballot or resolution on its topic"),
        "division",
        lambda: Decision.objects.exclude(status=DecisionStatus.DRAFT),
        _passed,
    ),
    Check(
        "hold_without_resolution",
        _("money held for a request on which no committee has resolved"),
        "fund__division",
        lambda: SpendingRequest.objects.filter(status__in=HELD),
        lambda rows: rows.exclude(
            Exists(FundResolution.objects.filter(request=OuterRef("pk"), is_passed=True, has_quorum=True))
        ).exclude(relief__status=ReliefStatus.AWAITING),
    ),
    Check(
        "contract_without_money",
        _("a signed contract on a request for which no money was held"),
        "division",
        lambda: Contract.objects.filter(signed_at__isnull=False),
        lambda rows: rows.filter(request__isnull=False, request__hold_journal=None),
    ),
    Check(
        "instalment_of_another_request",
        _("an instalment paid out of another request than the contract's"),
        "contract__division",
        lambda: Instalment.objects.filter(payment__isnull=False),
        lambda rows: rows.exclude(payment__request=F("contract__request")),
    ),
)
BY_KEY = {check.key: check for check in CHECKS}
