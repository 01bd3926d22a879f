"""Accounts to the public: what a fund or a place owes, what is late, what was published at which journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division, Tier
from funds.charity.models import CommunityFund
from funds.disclosure import operations, queries
from funds.disclosure.forms import AccountTextForm, CorrectionForm, PublishForm, SendBackForm
from funds.disclosure.lifecycle import DISCLOSURE, DisclosureStatus
from funds.disclosure.models import Disclosure
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Act, keyset_page, steps_of, take_step

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from governance.accounts.models import User
    from governance.pages import Tried

MOST_OWED = 50


def _write(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.write_disclosure(by=by, disclosure=row, now=now, **data)


def _publish(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.publish_disclosure(by=by, disclosure=row, now=now, **data)


def _send_back(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.send_back(by=by, disclosure=row, now=now, **data)


def _correct(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.correct_disclosure(by=by, disclosure=row, now=now, **data)


ACTS = {
    "write": Act(DISCLOSURE.by_name["write"].label, _write, AccountTextForm),
    "publish": Act(DISCLOSURE.by_name["publish"].label, _publish, PublishForm),
    "send_back": Act(DISCLOSURE.by_name["send_back"].label, _send_back, SendBackForm, is_grave=True),
    "correct": Act(_("Correct the account"), _correct, CorrectionForm, is_grave=True),
}


@require_safe
def fund_disclosures(request: HttpRequest, pk: int) -> HttpResponse:
    """List what a fund owes, late ones first, and what it has published."""
    fund = get_object_or_404(CommunityFund.objects.visible_to(request.user).for_detail(), pk=pk)
    rows = Disclosure.objects.filter(fund=fund).for_list()
    context = {
        "fund": fund,
        "trail": [*Division.objects.ancestors(fund.division), fund],
        "owed": list(rows.owed().order_by("due_on", "pk")[:MOST_OWED]),
        "appeals": queries.due_appeals(fund),
        "page": keyset_page(rows.filter(status=DisclosureStatus.PUBLISHED), request),
        "today": clock.today(),
    }
    return render(request, "funds/disclosure/fund.html", context)


@require_safe
def area_disclosures(request: HttpRequest, pk: int) -> HttpResponse:
    """List what the funds of a place owe, late ones first, and what they have published."""
    place = get_object_or_404(Division.objects.filter(tier__gte=Tier.DISTRICT), pk=pk)
    rows = Disclosure.objects.visible_to(request.user).in_division(place).for_list()
    today = clock.today()
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "owed": list(rows.owed().order_by("due_on", "pk")[:MOST_OWED]),
        "late": rows.late_on(today).count(),
        "page": keyset_page(rows.filter(status=DisclosureStatus.PUBLISHED), request),
        "today": today,
    }
    return render(request, "funds/disclosure/area.html", context)


@require_safe
def disclosure_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one account: its figures as published, and what has changed since."""
    return _detail(request, _disclosure(request, pk))


def _disclosure(request: HttpRequest, pk: int) -> Disclosure:
    return get_object_or_404(Disclosure.objects.visible_to(request.user).for_detail(), pk=pk)


def _detail(request: HttpRequest, row: Disclosure, tried: Tried | None = None, status: int = 200) -> HttpResponse:
    is_published = row.status == DisclosureStatus.PUBLISHED
    figures = queries.compared(row) if is_published else []
    names = _names(request, row)
    context = {
        "row": row,
        "trail": [*Division.objects.ancestors(row.fund.division), row.fund],
        "is_published": is_published,
        "is_late": row.is_late_on(clock.today()),
        "is_handled": bool(names),
        "figures": figures,
        "has_changed": any(each.has_changed for each in figures),
        "later": queries.posted_since(row) if is_published else [],
        "preview": queries.computed(row) if names and not is_published else [],
        "steps": steps_of(ACTS, names, reverse("funds:disclosure-detail", args=[row.pk]), tried),
    }
    return render(request, "funds/disclosure/detail.html", context, status=status)


def _names(request: HttpRequest, row: Disclosure) -> list[str]:
    """Return the names of what this person may do with the account now."""
    if not request.user.is_authenticated:
        return []
    names = [offer.move.name for offer in lifecycle.available(row, acting_user(request)) if offer.is_open]
    if row.status == DisclosureStatus.PUBLISHED and not hasattr(row, "corrected_by"):
        names += ["correct"] if request.user.has_perm("funds.write_disclosure", row) else []
    return names


@require_POST
@login_required
def disclosure_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take one step with an account."""
    row = _disclosure(request, pk)
    if name not in ACTS:
        raise Http404
    tried = take_step(request, ACTS[name], name, row)
    if tried is not None:
        return _detail(request, _disclosure(request, pk), tried, status=400)
    return HttpResponseRedirect(row.get_absolute_url())
