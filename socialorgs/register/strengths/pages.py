"""What organizations can do, offer and belong to: who can do what here, and one organization's own page of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from governance import lifecycle
from governance.calendar import clock
from governance.pages import KEY_DIGITS, Act, Tried, keyset_page, steps_of, take_step
from socialorgs.register.centers.models import Tenancy
from socialorgs.register.forms import reach
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import hindered, organizations_of
from socialorgs.register.strengths import operations
from socialorgs.register.strengths.filters import CapabilityFilter
from socialorgs.register.strengths.forms import (
    AbilityForm,
    CapabilityReasonForm,
    EndMemberForm,
    EndOfferForm,
    MemberForm,
    OfferForm,
    OneCapabilityForm,
    OriginForm,
    UseForm,
)
from socialorgs.register.strengths.lifecycle import CapabilityStatus
from socialorgs.register.strengths.models import Capability
from socialorgs.register.strengths.operations import Ability, Origin
from socialorgs.register.strengths.queries import fields_of
from socialorgs.register.ties import operations as ties
from socialorgs.register.ties.models import UMBRELLAS, FederationMember, OfferedResource
from socialorgs.register.ties.operations import Offer, Use

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from governance.accounts.models import User

BAD_REQUEST = 400
MOST_SHOWN = 50


@require_safe
def capability_list(request: HttpRequest) -> HttpResponse:
    """Show who can do what, narrowed by field and by the place that it reaches; four queries."""
    held = Capability.objects.holding_on(clock.today()).for_list()
    narrowed = CapabilityFilter(request.GET, held)
    rows = narrowed.qs if narrowed.is_valid() else held.none()
    place = _place(request)
    context = {
        "filter": narrowed,
        "page": keyset_page(rows, request),
        "fields": fields_of(place, clock.today()),
        "chosen": request.GET.get("field", ""),
        "place": place,
    }
    return render(request, "socialorgs/strengths/list.html", context)


def _place(request: HttpRequest) -> Division | None:
    text = request.GET.get("reaching", "")
    return Division.objects.filter(pk=text).first() if text.isdecimal() and len(text) <= KEY_DIGITS else None


def _state(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.state_capability(by=by, now=now, organization=row, ability=Ability(**data))


def _check(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del row
    return operations.check_capability(by=by, now=now, **data)


def _send_back(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del row
    return operations.return_capability(by=by, now=now, **data)


def _end(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del row
    return lifecycle.move(data["capability"], "end", by=by, now=now, reason=data["reason"])


def _bring_in(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.bring_in(by=by, now=now, organization=row, origin=Origin(**data))


def _offer(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return ties.offer_resource(by=by, now=now, organization=row, offer=Offer(**data))


def _use(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del row
    resource = data.pop("resource")
    return ties.use_resource(by=by, now=now, resource=resource, use=Use(**data))


def _end_offer(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del row
    return ties.end_offer(by=by, now=now, **data)


def _add_member(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return ties.add_member(by=by, now=now, federation=row, **data)


def _end_member(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del row
    return ties.end_member(by=by, now=now, **data)


RIGHTS = {
    "state": "state_capability",
    "check": "check_capability",
    "send_back": "check_capability",
    "end": "state_capability",
    "offer": "offer_resource",
    "use": "use_resource",
    "end_offer": "offer_resource",
    "add_member": "keep_federation",
    "end_member": "keep_federation",
    "bring_in": "bring_in",
}
"""What each act asks of who looks at the page."""


def acts_for(row: SocialOrganization, user: User | Any) -> dict[str, Act]:
    """Return what may be done on the page of an organization, each with its form."""
    stated = row.capabilities.filter(status=CapabilityStatus.STATED).order_by("pk")
    alive = row.capabilities.filter(status__in=[CapabilityStatus.STATED, CapabilityStatus.CHECKED]).order_by("pk")
    offers = row.resources.order_by("-pk")
    members = row.member_ties.filter(valid_to=None).select_related("federation", "member").order_by("pk")

    def form(kind: Any, **more: Any) -> Any:
        return lambda *args, **kwargs: kind(*args, **kwargs, **more)

    return {
        "state": Act(_("State what it can do"), _state, form(AbilityForm, organization=row)),
        "check": Act(_("Confirm the capability"), _check, form(OneCapabilityForm, rows=stated)),
        "send_back": Act(_("Do not confirm it"), _send_back, form(CapabilityReasonForm, rows=stated), is_grave=True),
        "offer": Act(_("Offer something"), _offer, OfferForm),
        "use": Act(
            _("Enter what was used"),
            _use,
            form(UseForm, rows=offers, places=reach(user)),
        ),
        "add_member": Act(_("Enter a member"), _add_member, MemberForm),
        "bring_in": Act(_("Enter where it comes from"), _bring_in, form(OriginForm, organization=row)),
        "end": Act(_("End the capability"), _end, form(CapabilityReasonForm, rows=alive), is_grave=True),
        "end_offer": Act(_("End an offer"), _end_offer, form(EndOfferForm, rows=offers), is_grave=True),
        "end_member": Act(
            _("Enter that a member has left"), _end_member, form(EndMemberForm, rows=members), is_grave=True
        ),
    }


def _find(request: HttpRequest, pk: int) -> SocialOrganization:
    rows = SocialOrganization.objects.visible_to(request.user).select_related("division__parent", "brought_in")
    return get_object_or_404(rows, pk=pk)


@require_safe
def strengths(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what an organization can do, what it offers, what it belongs to and where it is placed."""
    return _page(request, _find(request, pk))


def _page(request: HttpRequest, row: SocialOrganization, tried: Tried | None = None) -> HttpResponse:
    user, today = request.user, clock.today()
    capabilities = list(Capability.objects.visible_to(user).filter(organization=row).for_list()[:MOST_SHOWN])
    resources = list(OfferedResource.objects.filter(organization=row).with_use()[:MOST_SHOWN])
    is_umbrella = row.organization_type in UMBRELLAS
    members = (
        list(FederationMember.objects.held_on(today).filter(federation=row).for_list()[: MOST_SHOWN + 1])
        if is_umbrella
        else []
    )
    context = {
        "organization": row,
        "capabilities": capabilities,
        "resources": resources,
        "is_umbrella": is_umbrella,
        "members": members[:MOST_SHOWN],
        "has_more_members": len(members) > MOST_SHOWN,
        "federations": FederationMember.objects.held_on(today).filter(member=row).for_list()[:MOST_SHOWN],
        "tenancies": Tenancy.objects.held_on(today).filter(organization=row).for_list()[:MOST_SHOWN],
        "brought_in": getattr(row, "brought_in", None),
        "today": today,
        "hindered": hindered([row.pk], today).values() if row.pk in organizations_of(user) else [],
        "steps": _steps(request, row, tried, shown=(capabilities, resources, members)),
    }
    return render(request, "socialorgs/strengths/detail.html", context, status=BAD_REQUEST if tried else None)


def _steps(request: HttpRequest, row: SocialOrganization, tried: Tried | None, shown: Any) -> Any:
    user = request.user
    if not user.is_authenticated:
        return []
    capabilities, resources, members = shown
    is_stated = any(found.status == CapabilityStatus.STATED for found in capabilities)
    is_alive = is_stated or any(found.status == CapabilityStatus.CHECKED for found in capabilities)
    fits = {
        "check": is_stated,
        "send_back": is_stated,
        "end": is_alive,
        "use": bool(resources),
        "end_offer": bool(resources),
        "add_member": row.organization_type in UMBRELLAS,
        "end_member": bool(members),
        "bring_in": not hasattr(row, "brought_in"),
    }
    acts = acts_for(row, user)
    names = [name for name in acts if fits.get(name, True) and user.has_perm(f"socialorgs.{RIGHTS[name]}", row)]
    return steps_of(acts, names, f"{reverse('socialorgs:organization-strengths', args=[row.pk])}acts/", tried)


@require_POST
def strengths_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    home = reverse("socialorgs:organization-strengths", args=[pk])
    if not request.user.is_authenticated:
        return redirect_to_login(home)
    row = _find(request, pk)
    acts = acts_for(row, request.user)
    if name not in acts:
        raise Http404
    tried = take_step(request, acts[name], name, row)
    return redirect(home) if tried is None else _page(request, _find(request, pk), tried)
