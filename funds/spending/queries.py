"""What is asked and held, per decision and per request; and who must withdraw from a vote."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from funds.ledger.models import Balance
from funds.spending.lifecycle import PaymentStatus, RefundStatus, RequestStatus
from funds.spending.models import FundResolution, Payment, SpendingRequest, Stand
from funds.spending.papers.models import Refund
from governance.money import ZERO
from governance.pages import Told
from socialorgs.register.queries import acting_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from communities.bodies.models import BodyMembership
    from consultation.decisions.models import Decision
    from funds.charity.models import CommunityFund
    from governance.accounts.models import User
    from socialorgs.register.models import SocialOrganization

NOTHING_ASKED = (RequestStatus.REJECTED, RequestStatus.WITHDRAWN)
ENDED = (RequestStatus.COMPLETED, RequestStatus.STOPPED)
VOTING = (Stand.FOR, Stand.AGAINST, Stand.ABSTAIN)


def asked_for(decision: Decision, apart_from: SpendingRequest | None = None) -> Decimal:
    """Return what requests ask for a decision: all of a live one, what was paid of an ended one and did not come back.

    Three queries.
    """
    rows = SpendingRequest.objects.filter(decision=decision)
    if apart_from is not None:
        rows = rows.exclude(pk=apart_from.pk)
    live = rows.exclude(status__in=[*NOTHING_ASKED, *ENDED]).aggregate(total=Sum("amount"))["total"]
    ended = Payment.objects.filter(request__in=rows.filter(status__in=ENDED), status=PaymentStatus.PAID)
    back = Refund.objects.filter(payment__in=ended, status=RefundStatus.POSTED).aggregate(total=Sum("amount"))["total"]
    return Decimal(live or ZERO) + Decimal(ended.aggregate(total=Sum("amount"))["total"] or ZERO) - (back or ZERO)


def held_for(request: SpendingRequest) -> Decimal:
    """Return what lies on the hold of a request now; one query."""
    account = {"account__book": request.fund.book_id, "account__code": request.hold_code}
    found = Balance.objects.filter(**account).values_list("received", "given").first()
    return found[0] - found[1] if found else ZERO


def planned_for(request: SpendingRequest) -> Decimal:
    """Return what is planned, under way or paid of a request; one query."""
    return request.payments.live().aggregate(total=Sum("amount"))["total"] or ZERO


NOT_IN_FORCE = ("DRAFT", "TERMINATED")
"""States of a contract that promises nothing of a request."""


def promised_for(request: SpendingRequest) -> Decimal:
    """Return what contracts in force are still to pay of a request (the room above holds the foreign key); three queries."""
    in_force = request.contracts.exclude(status__in=NOT_IN_FORCE)
    asked = request.payments.live().filter(instalment__contract__in=in_force).aggregate(total=Sum("amount"))["total"]
    return held_by(in_force) - Decimal(asked or ZERO)


def held_by(contracts: QuerySet[Any]) -> Decimal:
    """Return what contracts hold of a request: the fund's part of each, and supplements where it pays all; two queries."""
    held = contracts.aggregate(total=Sum(Coalesce("fund_amount", "amount")))["total"] or ZERO
    whole = contracts.filter(Q(fund_amount=None) | Q(fund_amount=F("amount"))).filter(supplements__status="APPROVED")
    return Decimal(held + (whole.aggregate(total=Sum("supplements__amount"))["total"] or ZERO))


def money_for(decisions: Sequence[Decision], user: User | AnonymousUser) -> dict[int, list[Told]]:
    """Tell of decisions which fund was asked for their money, and what was paid; one query."""
    paid = Payment.objects.visible_to(user).filter(request=OuterRef("pk"), status=PaymentStatus.PAID)
    total = paid.order_by().values("request").annotate(total=Sum("amount")).values("total")
    rows: QuerySet[Any] = SpendingRequest.objects.visible_to(user).filter(decision__in=decisions)
    found: dict[int, list[Told]] = {}
    for row in rows.select_related("fund").annotate(paid=Subquery(total)).order_by("pk"):
        label = _("Paid by a fund") if row.paid else _("Asked of a fund")
        name = f"{row.fund.name} · {row.number} {row.title}"
        state = str(row.get_status_display())
        told = Told(label, name, state, row.get_absolute_url(), amount=row.paid or row.amount)
        found.setdefault(row.decision_id, []).append(told)
    return found


def must_withdraw(
    request: SpendingRequest, members: Iterable[BodyMembership], organization: SocialOrganization | None, day: dt.date
) -> dict[int, str]:
    """Return by membership why a member may not vote on a request; one query where an organization is named.

    Basis: Charity Law art. 40 (persons with an interest withdraw).
    """
    asking = {request.entered_by_id, request.submitted_by_id} - {None}
    acting = set(acting_for(organization, day)) if organization else set()
    found = {}
    for member in members:
        if member.user_id in asking:
            found[member.pk] = _("the request is their own")
        elif member.user_id in acting and organization is not None:
            found[member.pk] = _("they act for %(organization)s") % {"organization": organization.name}
    return found


def tied_voter(request: SpendingRequest, organization: SocialOrganization, day: dt.date) -> str:
    """Return the name of a member who acts for an organization and has voted on the request; empty when none has."""
    acting = acting_for(organization, day)
    last = FundResolution.objects.filter(request=request, is_passed=True).order_by("-attempt").first()
    if last is None or not acting:
        return ""
    tied = Q(membership__user__in=acting, stand__in=VOTING)
    return last.votes.filter(tied).order_by("pk").values_list("membership__name", flat=True).first() or ""


def chair_decisions(fund: CommunityFund, day: dt.date) -> int:
    """Return how often the chair has decided alone in the month of a day; one query."""
    first = day.replace(day=1)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    rows = FundResolution.objects.filter(request__fund=fund, rule=None, is_passed=True)
    return rows.filter(met_on__gte=first, met_on__lt=after).count()
