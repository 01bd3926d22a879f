"""Conventions for everybody: what holds in a place, what changed from version to version, and who passed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from communities.policy.policy import SMALL_CELL
from communities.policy.queries import value
from communities.territory.models import Division
from consultation.ballots.policy import grouped
from consultation.ballots.queries import results_of
from consultation.conventions import operations
from consultation.conventions.filters import ConventionFilter
from consultation.conventions.forms import AdoptForm, CheckForm, FileForm, ReasonForm, VoteForm
from consultation.conventions.lifecycle import IN_FORCE, VERSION, VersionStatus
from consultation.conventions.models import Convention, ConventionVersion
from consultation.conventions.policy import ConventionKind, articles, compare, concerns
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError
from governance.pages import Act, Tried, back_with, keyset_page, steps_of, take_step

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

    from governance.accounts.models import User
    from governance.lifecycle import Offer

RIGHTS = ("consultation.manage_convention", "consultation.check_convention", "consultation.file_convention")
MOST_VERSIONS = 50


def _plain(operation: Any) -> Any:
    def run(row: ConventionVersion, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, version=row, **data)

    return run


def _checked(row: ConventionVersion, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.pass_check(by=by, now=now, version=row, opinion=data["check_opinion"])


def _announced(row: ConventionVersion, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.announce_version(by=by, now=now, today=clock.today(), version=row)


def _label(name: str) -> Any:
    return VERSION.by_name[name].label


ACTS = {
    "pass_check": Act(_label("pass_check"), _checked, CheckForm),
    "return_draft": Act(_label("return_draft"), _plain(operations.return_draft), ReasonForm, is_grave=True),
    "announce": Act(_label("announce"), _announced),
    "put_to_vote": Act(gettext_lazy("Put it to the vote"), _plain(operations.put_to_vote), VoteForm),
    "adopt": Act(_label("adopt"), _plain(operations.adopt_version), AdoptForm),
    "file": Act(_label("file"), _plain(operations.file_version), FileForm),
    "order_correction": Act(_label("order_correction"), _plain(operations.order_correction), ReasonForm, is_grave=True),
    "put_repeal_to_vote": Act(
        gettext_lazy("Put its repeal to the vote"), _plain(operations.put_repeal_to_vote), VoteForm
    ),
    "repeal": Act(_label("repeal"), _plain(operations.repeal_version), ReasonForm, is_grave=True),
    "drop": Act(_label("drop"), _plain(operations.drop_version), ReasonForm, is_grave=True),
}


@require_safe
def convention_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the conventions of a place and of those below it, newest first."""
    division = get_object_or_404(Division, pk=pk)
    rows = Convention.objects.visible_to(request.user).in_division(division).for_list()
    page = keyset_page(ConventionFilter(request.GET, rows).qs, request)
    context = {"division": division, "page": page, "trail": list(Division.objects.ancestors(division))}
    return render(request, "consultation/conventions/list.html", context)


@require_safe
def convention_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a convention by the version in force, or the latest that the residents were shown."""
    convention = get_object_or_404(Convention.objects.visible_to(request.user).for_detail(), pk=pk)
    versions = list(_versions(request, convention))
    in_force = next((row for row in versions if row.status in IN_FORCE), versions[0] if versions else None)
    if in_force is None:
        raise Http404
    return _page(request, in_force, versions)


@require_safe
def convention_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one version beside the one before it."""
    version = _version(request, pk)
    return _page(request, version, list(_versions(request, version.convention)))


def _versions(request: HttpRequest, convention: Convention) -> Any:
    rows = ConventionVersion.objects.visible_to(request.user).filter(convention=convention).for_detail()
    return rows.order_by("-number")[:MOST_VERSIONS]


def _version(request: HttpRequest, pk: int) -> ConventionVersion:
    return get_object_or_404(ConventionVersion.objects.visible_to(request.user).for_detail(), pk=pk)


def _page(
    request: HttpRequest, version: ConventionVersion, versions: list[ConventionVersion], tried: Tried | None = None
) -> HttpResponse:
    offers = _offers(request, version)
    names = [offer.move.name for offer in offers if offer.is_open]
    if offers and request.user.has_perm("consultation.manage_convention", version):
        names = _with_votes(version, names)
    before = _before(version, versions)
    home = reverse("consultation:convention-version", args=[version.pk])
    context = {
        "version": version,
        "versions": versions,
        "trail": list(Division.objects.ancestors(version.division)),
        "articles": articles(version.text),
        "changes": compare(before.text, version.text) if before else [],
        "before": before,
        "text_hash": grouped(version.text_hash),
        "results": results_of(version.ballot, request.user) if version.ballot else None,
        "concerns": concerns(version.text) if offers else [],
        "steps": steps_of(ACTS, names, f"{home}acts/", tried),
        "closed": [offer for offer in offers if not offer.is_open],
        **_joined(request, version),
    }
    return render(request, "consultation/conventions/detail.html", context)


def _with_votes(version: ConventionVersion, names: list[str]) -> list[str]:
    """Add the votes that can be prepared now."""
    if version.status == VersionStatus.ANNOUNCED and "adopt" not in names:
        return ["put_to_vote", *names]
    if version.is_in_force and "repeal" not in names:
        return [*names, "put_repeal_to_vote"]
    return names


def _before(version: ConventionVersion, versions: list[ConventionVersion]) -> ConventionVersion | None:
    """Return the version that this one changes: the last one before it that the residents have passed."""
    return next((row for row in versions if row.number < version.number and row.adopted_at is not None), None)


def _joined(request: HttpRequest, version: ConventionVersion) -> dict[str, Any]:
    """Return how many have joined an agreement, small numbers hidden, and whether the reader has."""
    if version.convention.kind != ConventionKind.AGREEMENT or not version.is_in_force:
        return {}
    count = version.joins.filter(left_at=None).count()
    least = value(SMALL_CELL, version.division, clock.today())
    user = request.user
    mine = user.is_authenticated and version.joins.filter(user=user, left_at=None).exists()
    return {"is_joinable": True, "joined": count, "is_few": 0 < count < least, "least": least, "has_joined": mine}


def _offers(request: HttpRequest, version: ConventionVersion) -> list[Offer]:
    """Return what can be done with it, for those who handle it; others only read."""
    if not request.user.is_authenticated or not any(request.user.has_perm(right, version) for right in RIGHTS):
        return []
    return lifecycle.available(version, acting_user(request))


@require_POST
def convention_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    version = _version(request, pk)
    if name not in ACTS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(version.get_absolute_url())
    tried = take_step(request, ACTS[name], name, version)
    if tried is None:
        return redirect(version)
    fresh = _version(request, pk)
    return _page(request, fresh, list(_versions(request, fresh.convention)), tried)


@require_POST
def agreement_join(request: HttpRequest, pk: int) -> HttpResponse:
    """Join an agreement, or leave it."""
    version = _version(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(version.get_absolute_url())
    is_leaving = request.POST.get("leave") == "true"
    operation = operations.leave_agreement if is_leaving else operations.join_agreement
    try:
        operation(by=acting_user(request), now=clock.now(), version=version)
    except DomainError as refusal:
        return back_with(request, refusal)
    done = _("You have left the agreement.") if is_leaving else _("You have joined the agreement.")
    messages.success(request, done)
    return redirect(version)
