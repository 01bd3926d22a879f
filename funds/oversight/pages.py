"""How a fund is run, for everybody: its rules, committee, supervisors, opinions, suspensions, sources."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from communities.bodies.models import BodyMembership, Seat
from communities.territory.models import Division
from funds.charity import operations as charity
from funds.charity.committee import fault_in_office
from funds.charity.forms import FillSeatForm
from funds.charity.lifecycle import FundStatus
from funds.charity.models import LABEL, CommunityFund
from funds.ledger.models import Suspension
from funds.ledger.operations import suspend_book
from funds.oversight import operations
from funds.oversight.forms import OpinionForm, SupervisorForm, SuspendForm
from funds.oversight.models import FundProposal, SupervisorOpinion
from funds.packs.queries import pack_on, rules_for
from funds.support.queries import sources_of
from funds.upkeep import operations as upkeep
from funds.upkeep.forms import DaysForm, InterestForm
from funds.upkeep.models import UpkeepEntry
from governance.calendar import clock
from governance.pages import Act, Tried, steps_of, take_step
from socialorgs.supervision.models import StandingAlert

if TYPE_CHECKING:
    from django.http import HttpRequest

    from governance.accounts.models import User

LATEST = 20


def _named(row: CommunityFund, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.name_supervisor(by=by, fund=row, now=now, **data)


def _opined(row: CommunityFund, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.record_opinion(by=by, fund=row, now=now, **data)


def _seated(row: CommunityFund, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return charity.fill_seat(by=by, fund=row, seated=data["seated"], valid_from=data["valid_from"], now=now)


def _suspended(row: CommunityFund, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return suspend_book(by=by, book=row.book, now=now, **data)


def _interest(row: CommunityFund, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return upkeep.enter_interest(by=by, fund=row, now=now, **data)


def _fee(row: CommunityFund, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return upkeep.enter_fee(by=by, fund=row, now=now, **data)


ACTS = {
    "record_opinion": Act(_("Record your opinion as a supervisor"), _opined, OpinionForm),
    "name_supervisor": Act(_("Name a supervisor"), _named, SupervisorForm),
    "fill_seat": Act(_("Fill a seat of the committee"), _seated, FillSeatForm),
    "enter_interest": Act(_("Enter the bank's interest"), _interest, InterestForm),
    "enter_fee": Act(_("Take the management fee"), _fee, DaysForm),
    "suspend": Act(_("Suspend money coming in or going out"), _suspended, SuspendForm, is_grave=True),
}


def _seats(fund: CommunityFund) -> list[BodyMembership]:
    """Return the seats held today, which `for_detail` has read."""
    return list(fund.committee.seats) if fund.committee else []  # type: ignore[attr-defined]  # prefetched


def _offered(request: HttpRequest, fund: CommunityFund) -> list[str]:
    """Return the acts that this person may do here."""
    user = request.user
    if not user.is_authenticated:
        return []
    supervises = any(seat.user_id == user.pk and seat.seat == Seat.SUPERVISOR for seat in _seats(fund))
    keeps = fund.status in upkeep.OPEN and user.has_perm("funds.enter_upkeep", fund)
    rights = {
        "record_opinion": supervises,
        "name_supervisor": fund.committee is not None and user.has_perm("funds.name_supervisor", fund),
        "fill_seat": fund.committee is not None
        and fund.status not in {FundStatus.CLOSING, FundStatus.CLOSED}
        and user.has_perm("funds.name_committee", fund),
        "enter_interest": keeps,
        "enter_fee": keeps and fund.fee_rate > 0,
        "suspend": user.has_perm("funds.suspend_book", fund.book),
    }
    return [name for name, may in rights.items() if may]


def _fund(request: HttpRequest, pk: int) -> CommunityFund:
    return get_object_or_404(CommunityFund.objects.visible_to(request.user).for_detail(), pk=pk)


@require_safe
def fund_governance(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how a fund is run."""
    return _page(request, _fund(request, pk))


def _page(request: HttpRequest, fund: CommunityFund, tried: Tried | None = None) -> HttpResponse:
    today = clock.today()
    pack = pack_on(fund.rule_pack, today)
    seats = _seats(fund)
    home = reverse("funds:fund-governance", args=[fund.pk])
    suspensions = Suspension.objects.filter(book=fund.book_id).order_by("-pk")
    proposals = FundProposal.objects.visible_to(request.user).filter(fund=fund).order_by("-pk")
    alerts = StandingAlert.objects.visible_to(request.user).filter(subject_label=LABEL, subject_key=str(fund.pk))
    opinions = SupervisorOpinion.objects.filter(fund=fund).for_list()
    context = {
        "fund": fund,
        "trail": [*Division.objects.ancestors(fund.division), fund],
        "pack": pack,
        "rules": rules_for(pack, fund.division, today),
        "members": [seat for seat in seats if seat.seat != Seat.SUPERVISOR],
        "supervisors": [seat for seat in seats if seat.seat == Seat.SUPERVISOR],
        "is_term_over": bool(fund.committee and fund.committee.term_to and fund.committee.term_to <= today),
        "committee_fault": fault_in_office(fund, pack, today),
        "alerts": list(alerts.order_by("-pk")[:LATEST]),
        "suspensions": list(suspensions[:LATEST]),
        "proposals": list(proposals[:LATEST]),
        "opinions": list(opinions[:LATEST]),
        "sources": sources_of(fund.book),
        "confirms_upkeep": request.user.has_perm("funds.post_upkeep", fund),
        "upkeep": list(UpkeepEntry.objects.visible_to(request.user).filter(fund=fund).for_list()[:LATEST]),
        "steps": steps_of(ACTS, _offered(request, fund), f"{home}acts/", tried),
    }
    return render(request, "funds/oversight/governance.html", context, status=400 if tried else 200)


@require_POST
def fund_governance_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Do what the page offers; what is refused stays filled in with the reason."""
    fund = _fund(request, pk)
    home = reverse("funds:fund-governance", args=[fund.pk])
    if name not in ACTS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(home)
    tried = take_step(request, ACTS[name], name, fund)
    return redirect(home) if tried is None else _page(request, _fund(request, pk), tried)
