"""The directory of social organizations, one organization, and the registrar's credit lists, for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from communities.policy.queries import RuleHere, rules_here
from communities.territory.models import Division, Tier
from governance.calendar import clock
from governance.pages import KEY_DIGITS, keyset_page, told_of
from governance.visitors import kept_for_visitors
from socialorgs.register.barring.models import OPEN_TO_ALL as BANS_TOLD
from socialorgs.register.filing.queries import year_overdue
from socialorgs.register.filters import ListingFilter, OrganizationFilter
from socialorgs.register.models import GRADED, CreditList, CreditListing, OrganizationType, SocialOrganization
from socialorgs.register.policy import FILED_LEAST_MEMBERS, THRESHOLDS
from socialorgs.register.queries import hindrances
from socialorgs.register.rules import head_for

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@kept_for_visitors
@require_safe
def organization_list(request: HttpRequest) -> HttpResponse:
    """Show the directory, narrowed by name, place, type, standing, service class and state; at most five queries."""
    narrowed = OrganizationFilter(request.GET, SocialOrganization.objects.visible_to(request.user).for_list())
    rows = narrowed.qs if narrowed.is_valid() else SocialOrganization.objects.none()
    page = keyset_page(rows, request)
    shown = SocialOrganization.objects.filter(pk__in=[row.pk for row in page.rows])
    running = CreditListing.objects.running_on(clock.today()).filter(organization__in=[row.pk for row in page.rows])
    lists = list(running.values_list("organization_id", "credit_list"))
    context = {
        "filter": narrowed,
        "page": page,
        "listed": {key for key, name in lists if name == CreditList.SERIOUS_BREACH},
        "abnormal": {key for key, name in lists if name == CreditList.ABNORMAL},
        "grades": dict(shown.graded_on(clock.today()).values_list("pk", "assessments__grade")),
        "place": _place(request),
    }
    return render(request, "socialorgs/register/list.html", context)


def _place(request: HttpRequest) -> Division | None:
    """Return the place that the address asks for, if there is one."""
    text = request.GET.get("division", "")
    return Division.objects.filter(pk=text).first() if text.isdecimal() and len(text) <= KEY_DIGITS else None


@kept_for_visitors
@require_safe
def organization_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one organization with its standing, lists and inspections."""
    rows = SocialOrganization.objects.visible_to(request.user).for_detail()
    organization = get_object_or_404(rows, pk=pk)
    user = request.user
    handles = user.is_authenticated and user.has_perm("socialorgs.view_organization_file", organization)
    context = {
        "organization": organization,
        "trail": list(Division.objects.ancestors(organization.division)),
        "head": head_for(user, organization),
        "contact": organization.contact if handles else "",
        "reasons": hindrances(organization, clock.today()),
        "listings": organization.listings.all(),
        "inspections": organization.inspections.all(),
        "classes": organization.classes.all(),
        "confirmations": [row for row in organization.confirmations.all() if row.status == "CONFIRMED"],
        "grades": organization.assessments.filter(GRADED).order_by("-valid_from", "-pk"),
        "told": told_of(organization, user),
        "bans": organization.bans.filter(status__in=BANS_TOLD).order_by("-starts_on", "-pk"),
        "today": clock.today(),
        "year_overdue": year_overdue(organization, clock.today()),
    }
    return render(request, "socialorgs/register/detail.html", context)


@dataclass(frozen=True, slots=True)
class KindRule:
    """What the rules of a place ask of one kind of organization."""

    label: str
    rules: list[RuleHere]


@require_safe
def registration_rules(request: HttpRequest) -> HttpResponse:
    """Show what each kind of organization needs in a place to be registered or filed, with the basis; four queries."""
    place = _place(request) or Division.objects.filter(tier=Tier.DISTRICT, is_stub=False).order_by("pk").first()
    here = {rule.parameter.key: rule for rule in rules_here(place, clock.today())}
    kinds = []
    for kind in OrganizationType:
        asked = THRESHOLDS[kind]
        wanted = [part.key for part in (asked.members, asked.funds, asked.approval) if part is not None]
        kinds.append(KindRule(str(kind.label), [here[key] for key in wanted]))
    kinds.append(KindRule(str(_("filed with the street")), [here[FILED_LEAST_MEMBERS.key]]))
    return render(request, "socialorgs/register/rules.html", {"kinds": kinds, "place": place})


@require_safe
def listing_list(request: HttpRequest) -> HttpResponse:
    """Show the registrar's lists, newest entry first."""
    narrowed = ListingFilter(request.GET, CreditListing.objects.visible_to(request.user).for_list())
    rows = narrowed.qs if narrowed.is_valid() else CreditListing.objects.none()
    context = {"filter": narrowed, "page": keyset_page(rows, request)}
    return render(request, "socialorgs/register/listings.html", context)
