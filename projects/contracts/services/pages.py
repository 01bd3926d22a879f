"""Services for everybody: what a contract did by kind, posts that were bought, awards; and the organization's own page."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Act, Tried, keyset_page, steps_of
from projects.contracts.forms import ReasonForm
from projects.contracts.frame import TriedPart, act_on, contract_for, on, parts, with_contract
from projects.contracts.lifecycle import UNDER_WAY
from projects.contracts.models import Contract
from projects.contracts.services import operations
from projects.contracts.services.duties import tasks_of
from projects.contracts.services.forms import AwardForm, ServiceForm, VenueForm
from projects.contracts.services.lifecycle import AWARD, SERVICE_RECORD
from projects.contracts.services.models import (
    FORBIDDEN_SINCE,
    ProjectAward,
    PurchasedPosts,
    ServiceRecord,
    VenueOperation,
)
from projects.contracts.services.queries import totals_of_contract, totals_of_place
from socialorgs.register.queries import organizations_of

if TYPE_CHECKING:
    from django.http import HttpRequest

A_PAGE = 20
YEAR_DIGITS = 4

RECORD_ACTS = {
    "confirm": Act(SERVICE_RECORD.by_name["confirm"].label, on("record", operations.confirm_service)),
    "reject": Act(
        SERVICE_RECORD.by_name["reject"].label, on("record", operations.reject_service), ReasonForm, is_grave=True
    ),
}
AWARD_ACTS = {
    "confirm": Act(AWARD.by_name["confirm"].label, on("award", operations.confirm_award)),
    "reject": Act(AWARD.by_name["reject"].label, on("award", operations.reject_award), ReasonForm, is_grave=True),
}


def service_acts(contract: Contract) -> dict[str, Act]:
    """Return what can be recorded of the services of a contract."""
    return {
        "serve": Act(
            _("Record a service"), on("contract", operations.record_service), with_contract(ServiceForm, contract)
        ),
        "award": Act(_("Enter an award"), on("contract", operations.enter_award), AwardForm),
        "venue": Act(
            _("Describe the venue"), on("contract", operations.describe_venue), with_contract(VenueForm, contract)
        ),
    }


def _names(request: HttpRequest, contract: Contract, venue: VenueOperation | None) -> list[str]:
    user, names = request.user, []
    acts = user.has_perm("projects.act_for_implementer", contract)
    manages = user.has_perm("projects.manage_contract", contract)
    if acts and contract.status in UNDER_WAY:
        names.append("serve")
    if (acts or manages) and contract.signed_at is not None:
        names.append("award")
    if manages and contract.kind == "VENUE" and contract.status == "DRAFT" and venue is None:
        names.append("venue")
    return names


@require_safe
def contract_services(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was done under a contract by kind, its venue, its posts and its awards."""
    return services_page(request, contract_for(request, pk))


def services_page(
    request: HttpRequest, contract: Contract, tried: Tried | None = None, refused: TriedPart | None = None
) -> HttpResponse:
    """Show the page, with what was refused."""
    venue, posts = getattr(contract, "operation", None), getattr(contract, "purchased_posts", None)
    url = reverse("projects:contract-services", args=[contract.pk])
    is_inside = request.user.has_perm("projects.view_contract_file", contract)
    records = contract.service_records.order_by("-served_on", "-pk")
    page = Paginator(records if is_inside else records.filter(status="CONFIRMED"), A_PAGE).get_page(
        request.GET.get("page")
    )
    awards = contract.awards.order_by("-granted_on", "-pk")
    if not is_inside:
        awards = awards.filter(status="CONFIRMED")
    context = {
        "contract": contract,
        "trail": contract.division.way,
        "steps": steps_of(service_acts(contract), _names(request, contract, venue), url, tried),
        "venue": venue,
        "posts": posts,
        "forbidden_since": FORBIDDEN_SINCE,
        "totals": totals_of_contract(contract),
        "page": page,
        "records": parts(request, contract, page, RECORD_ACTS, refused),
        "awards": parts(request, contract, awards[:A_PAGE], AWARD_ACTS, refused),
        "tab": "services",
    }
    return render(request, "projects/contracts/services.html", context, status=400 if tried or refused else 200)


@require_POST
def contract_services_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Record a service or an award; what is refused stays filled in with the reason."""
    contract = contract_for(request, pk)
    address = reverse("projects:contract-services", args=[contract.pk])
    answer = act_on(request, contract, service_acts(contract), name, address)
    return answer if isinstance(answer, HttpResponse) else services_page(request, contract_for(request, pk), answer)


def _place(pk: int) -> Division:
    return get_object_or_404(Division, pk=pk)


@require_safe
def service_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show which services were done in a place this year, by kind: day care, meals, culture, comfort and the others."""
    place, today = _place(pk), clock.today()
    text = request.GET.get("year", "")
    year = int(text) if len(text) == YEAR_DIGITS and text.isdecimal() else today.year
    totals = totals_of_place(place, dt.date(max(year, 1), 1, 1), dt.date(max(year, 1), 12, 31))
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "year": year,
        "years": range(today.year, today.year - 5, -1),
        "totals": totals,
        "elderly": sum(total.people for total in totals if total.is_elderly),
        "people": sum(total.people for total in totals),
    }
    return render(request, "projects/contracts/service_list.html", context)


@require_safe
def post_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the posts that a place bought from agencies, with the warning of the law."""
    place = _place(pk)
    rows = PurchasedPosts.objects.visible_to(request.user).in_division(place).for_list()
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "totals": rows.aggregate(count=Count("pk"), posts=Sum("posts"), filled=Sum("filled"), amount=Sum("amount")),
        "forbidden_since": FORBIDDEN_SINCE,
    }
    return render(request, "projects/contracts/post_list.html", context)


@require_safe
def award_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the brand projects of a place and the awards that its projects won."""
    place = _place(pk)
    rows = ProjectAward.objects.filter(
        contract__division__path__startswith=place.path,
        contract__in=Contract.objects.visible_to(request.user),
        status="CONFIRMED",
    ).select_related("contract__division", "contract__organization")
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": Paginator(rows.order_by("-is_brand", "-granted_on", "-pk"), A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "projects/contracts/award_list.html", context)


@require_safe
@login_required
def own_contracts(request: HttpRequest) -> HttpResponse:
    """Show who acts for organizations their contracts, and what waits for them in each."""
    user = acting_user(request)
    mine = organizations_of(user)
    page = keyset_page(Contract.objects.filter(organization__in=mine).for_list(), request)
    context = {"page": page, "rows": tasks_of(list(page.rows), clock.today()), "has_any": bool(mine)}
    return render(request, "projects/contracts/own.html", context)


SERVICE_PARTS: dict[str, tuple[Any, dict[str, Act]]] = {
    "servicerecord": (ServiceRecord, RECORD_ACTS),
    "projectaward": (ProjectAward, AWARD_ACTS),
}
