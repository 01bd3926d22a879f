"""Clubs for everybody: which there are, what they do, joining and leaving; for who leads one, all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.people.queries import resident_of
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import KEY_DIGITS, Act, RowForm, Tried, keyset_page, sent, steps_of, take_step
from socialorgs.register.clubs import operations
from socialorgs.register.clubs.filters import ClubFilter
from socialorgs.register.clubs.forms import (
    AnnounceForm,
    ClubFilingForm,
    ConsentForm,
    IdeaForm,
    JoinForm,
    RelocateForm,
    TellForm,
)
from socialorgs.register.clubs.lifecycle import CLUB, ClubStatus
from socialorgs.register.clubs.models import Club
from socialorgs.register.clubs.operations import Idea
from socialorgs.register.forms import ReasonForm

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from governance.accounts.models import User

BAD_REQUEST = 400
MOST_SHOWN = 50


def _plain(operation: Any) -> Any:
    def run(row: Club, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, club=row, **data)

    return run


def _tell(row: Club, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del row
    return operations.tell_event(by=by, now=now, **data)


def _open(row: Club, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return lifecycle.move(row, "open", by=by, now=now)


def acts_for(row: Club) -> dict[str, Act]:
    """Return what may be done with a club, each with its form."""

    def label(name: str) -> Any:
        return CLUB.by_name[name].label

    def tell_form(*args: Any, **kwargs: Any) -> TellForm:
        return TellForm(*args, club=row, **kwargs)

    def relocate_form(*args: Any, **kwargs: Any) -> RelocateForm:
        return RelocateForm(*args, club=row, **kwargs)

    return {
        "join": Act(_("Join"), _plain(operations.join_club), JoinForm),
        "announce": Act(_("Announce an event"), _plain(operations.announce_event), AnnounceForm),
        "tell": Act(_("Tell how an event was"), _tell, tell_form),
        "relocate": Act(_("Change where and when it meets"), _plain(operations.relocate_club), relocate_form),
        "open": Act(label("open"), _open),
        "grow": Act(label("grow"), _plain(operations.grow_club)),
        "consent": Act(_("Change whether I may be named"), _plain(operations.agree_to_be_named), ConsentForm),
        "leave": Act(_("Leave the club"), _plain(operations.leave_club), is_grave=True),
        "refuse": Act(label("refuse"), _plain(operations.refuse_club), ReasonForm, is_grave=True),
        "dissolve": Act(label("dissolve"), _plain(operations.dissolve_club), ReasonForm, is_grave=True),
    }


@require_safe
def club_list(request: HttpRequest) -> HttpResponse:
    """Show the clubs, narrowed by place and kind, newest first."""
    narrowed = ClubFilter(request.GET, Club.objects.visible_to(request.user).for_list())
    rows = narrowed.qs if narrowed.is_valid() else Club.objects.none()
    text = request.GET.get("division", "")
    place = Division.objects.filter(pk=text).first() if text.isdecimal() and len(text) <= KEY_DIGITS else None
    context = {"filter": narrowed, "page": keyset_page(rows, request), "place": place}
    return render(request, "socialorgs/clubs/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def club_new(request: HttpRequest) -> HttpResponse:
    """Propose a club in a community; what is refused stays filled in."""
    place = _place(request)
    form = IdeaForm(sent(request), division=place)
    if request.method == "POST" and place is not None and form.is_valid():
        try:
            row = operations.propose_club(
                by=acting_user(request), now=clock.now(), division=place, idea=Idea(**form.cleaned_data)
            )
            return redirect(row)
        except DomainError as refusal:
            put_into(form, refusal)
    context = {"form": form, "place": place}
    return render(request, "socialorgs/clubs/form.html", context, status=BAD_REQUEST if form.errors else None)


def _place(request: HttpRequest) -> Division | None:
    """Return the community that the address names, else the one where the person is at home."""
    text = request.GET.get("division", "")
    rows = Division.objects.filter(tier=Tier.COMMUNITY, status=DivisionStatus.ACTIVE)
    if text.isdecimal() and len(text) <= KEY_DIGITS:
        return rows.filter(pk=text).first()
    home = resident_of(request.user)
    return home.division if home else None


def _find(request: HttpRequest, pk: int) -> Club:
    return get_object_or_404(Club.objects.visible_to(request.user).for_list(), pk=pk)


@require_safe
def club_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a club with what it does, and what can be done now."""
    return _page(request, _find(request, pk))


def _page(request: HttpRequest, row: Club, tried: Tried | None = None) -> HttpResponse:
    user, now = request.user, clock.now()
    events = list(row.events.order_by("-starts_at")[:MOST_SHOWN])
    sees_members = user.is_authenticated and user.has_perm("socialorgs.see_club_members", row)
    offers, names, own = [], [], None
    if user.is_authenticated:
        own = row.members.present().filter(user=user.pk).first()
        offers = [offer for offer in lifecycle.available(row, acting_user(request)) if offer.move.name in acts_for(row)]
        names = [offer.move.name for offer in offers if offer.is_open]
        if row.status == ClubStatus.ACTIVE:
            names += ["consent", "leave"] if own else ["join"]
            if user.has_perm("socialorgs.lead_club", row):
                untold = any(event.told_at is None and event.starts_at <= now for event in events)
                names += ["announce", "relocate", *(["tell"] if untold else [])]
    acts = acts_for(row)
    home = reverse("socialorgs:club-detail", args=[row.pk])
    context = {
        "club": row,
        "own": own,
        "coming": [event for event in events if event.starts_at > now],
        "past": [event for event in events if event.starts_at <= now],
        "members": row.members.present().order_by("joined_at", "pk")[:MOST_SHOWN] if sees_members else [],
        "may_file": row.status == ClubStatus.ACTIVE
        and user.is_authenticated
        and user.has_perm("socialorgs.lead_club", row)
        and (row.filing is None or row.filing.status in operations.FAILED),
        "steps": steps_of(acts, [name for name in acts if name in names], f"{home}acts/", tried),
        "closed": [offer for offer in offers if not offer.is_open and offer.is_next],
    }
    return render(request, "socialorgs/clubs/detail.html", context, status=BAD_REQUEST if tried else None)


@require_POST
def club_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("socialorgs:club-detail", args=[pk]))
    row = _find(request, pk)
    acts = acts_for(row)
    if name not in acts:
        raise Http404
    tried = take_step(request, acts[name], name, row)
    return redirect(row) if tried is None else _page(request, _find(request, pk), tried)


class ClubFiling(RowForm):
    """Ask that a club be filed: what it says of itself is filled in, its members are those who agreed."""

    form_class = ClubFilingForm
    template_name = "socialorgs/clubs/file.html"
    permission = "socialorgs.lead_club"
    title = _("Ask that the club be filed")

    def find(self, request: HttpRequest, pk: int) -> Club:
        """Return the club."""
        return _find(request, pk)

    def get_initial(self) -> dict[str, Any]:
        """Fill in what is known."""
        row: Club = self.row
        return {
            "name": row.name,
            "form": "GROUP",
            "purpose": row.purpose,
            "activity_place": row.place,
            "head_name": row.proposed_by.display_name,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say how many agreed to be named."""
        row: Club = self.row
        return super().get_context_data(named=row.members.present().filter(may_be_named=True).count(), **kwargs)

    def done(self, form: Any) -> object:
        """Ask for the filing, and lead to it."""
        said = {"by": acting_user(self.request), "now": clock.now(), "club": self.row}
        return self.attempt(form, operations.file_club, described=form.described(), **said)
