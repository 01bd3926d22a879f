"""What the clock looks at: the last posting of each living fund, and the term of its committee."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import DateField, F, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest

from communities.bodies.models import BodyMembership, Seat
from funds.charity.committee import fault_in_office
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund
from funds.charity.policy import IDLE_CLOSE, IDLE_WARN, RENEWAL_MONTHS
from funds.ledger.models import Journal
from funds.oversight.models import ProposalGround, ProposalKind
from funds.packs.queries import pack_on, rule_of
from governance.calendar.days import months_later

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from communities.bodies.models import Body
    from funds.packs.models import FundRulePack

LIVING = (FundStatus.ACTIVE, FundStatus.RECTIFYING)

Finding = tuple[str, str, dt.date]
"""What is proposed, why, and since when."""


def watched_funds() -> QuerySet[CommunityFund]:
    """Return the living funds with `last_moved_on`: the last posting, else the day of opening; one query when read."""
    last = Journal.objects.filter(book=OuterRef("book")).order_by("-posted_on").values("posted_on")[:1]
    moved = Greatest(Subquery(last, output_field=DateField()), F("opened_on"))
    rows = CommunityFund.objects.filter(status__in=LIVING).select_related("division", "committee", "book")
    return rows.annotate(last_moved_on=Coalesce(moved, F("opened_on"))).order_by("pk")


def findings_on(fund: CommunityFund, last_moved_on: dt.date | None, today: dt.date) -> list[Finding]:
    """Return what there is to propose about a fund on a day; nine queries at most."""
    pack = pack_on(fund.rule_pack, today)
    found: list[Finding] = []
    if last_moved_on is not None:
        close = rule_of(IDLE_CLOSE, pack, fund.division, today)
        warn = rule_of(IDLE_WARN, pack, fund.division, today)
        if today >= months_later(last_moved_on, close):
            found.append((ProposalKind.CLOSE, ProposalGround.IDLE, last_moved_on))
        elif today >= months_later(last_moved_on, warn) and fund.status == FundStatus.ACTIVE:
            found.append((ProposalKind.RECTIFY, ProposalGround.IDLE, last_moved_on))
    if fund.agreement_ends_on is not None and today > fund.agreement_ends_on:
        found.append((ProposalKind.CLOSE, ProposalGround.AGREEMENT, fund.agreement_ends_on))
    term = _of_term(fund, pack, today)
    if term is not None and (term[0] != ProposalKind.RECTIFY or fund.status == FundStatus.ACTIVE):
        found.append(term)
    if (term is None or term[1] != ProposalGround.TERM_OVER) and (since := _unfit_since(fund, pack, today)):
        found.append((ProposalKind.RENEW, ProposalGround.UNFIT, since))
    return found


def _of_term(fund: CommunityFund, pack: FundRulePack | None, today: dt.date) -> Finding | None:
    """Return what the term of a committee asks for, None while it runs and when it has no end."""
    term_to = fund.committee.term_to if fund.committee else None
    if term_to is None:
        return None
    if today >= term_to:
        return ProposalKind.RECTIFY, ProposalGround.TERM_OVER, term_to
    if today >= months_later(term_to, -rule_of(RENEWAL_MONTHS, pack, fund.division, today)):
        return ProposalKind.RENEW, ProposalGround.TERM_ENDING, term_to
    return None


def _unfit_since(fund: CommunityFund, pack: FundRulePack | None, today: dt.date) -> dt.date | None:
    """Return since when a committee in office is too small, even or without a seat that must be there; None when it is fit."""
    body = fund.committee
    if body is None or fault_in_office(fund, pack, today) is None:
        return None
    left: dt.date | None = body.memberships.filter(valid_to__lte=today).aggregate(last=Max("valid_to"))["last"]
    return left or body.term_from


def supervisors_of(body: Body, day: dt.date) -> QuerySet[BodyMembership]:
    """Return who supervises the fund of a committee on a day."""
    return body.memberships.held_on(day).filter(seat=Seat.SUPERVISOR).order_by("pk")
