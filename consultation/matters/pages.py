"""The one inbox on the phone: raise a matter, follow it, say whether it is solved; staff sort and answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from communities.notices.models import Attachment
from communities.territory.models import Division, Tier
from consultation.matters import operations
from consultation.matters.filters import MatterFilter
from consultation.matters.forms import (
    CloseForm,
    RefuseForm,
    ReplyForm,
    SortForm,
    TransferForm,
    WithdrawForm,
)
from consultation.matters.handling.desk import BESIDES, DEEDS, offered
from consultation.matters.handling.queries import beside
from consultation.matters.intake.panel import panel_of
from consultation.matters.intake.queries import people_behind, with_question, with_support
from consultation.matters.lifecycle import MATTER, MatterStatus
from consultation.matters.models import Matter
from governance import lifecycle
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import keyset_page

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Act:
    """What a button on a matter's page asks for, and the operation behind it."""

    form: Callable[..., forms.Form]
    operation: Callable[..., Matter]

    def form_for(self, name: str, matter: Matter) -> Callable[..., forms.Form]:
        """Return what builds the form for a matter; the sorting offers the reference list of the place."""
        return partial(self.form, matter=matter) if name == "sort" else self.form


ACTS = {
    "sort": Act(SortForm, operations.sort_matter),
    "refuse": Act(RefuseForm, operations.refuse_matter),
    "transfer": Act(TransferForm, operations.transfer_matter),
    "answer": Act(ReplyForm, operations.answer_matter),
    "close": Act(CloseForm, operations.close_matter),
    "withdraw": Act(WithdrawForm, operations.withdraw_matter),
}

OF_THE_PERSON = {"withdraw", "close"}
"""Steps of the person behind the matter; to others they are not announced as closed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One open move or deed with its form."""

    name: str
    label: StrOrPromise
    form: forms.Form
    is_expanded: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A matter in a list: what this reader may read of it, and whether it is late."""

    matter: Matter
    title: str
    is_own: bool
    is_late: bool
    people: int


def _all_shown(matters: list[Matter], request: HttpRequest) -> list[Shown]:
    """Return matters as a list shows them; one query for the people behind them."""
    people = people_behind(matters)
    return [_shown(matter, request, people.get(matter.pk, 1)) for matter in matters]


def _shown(matter: Matter, request: HttpRequest, people: int) -> Shown:
    reads = request.user.has_perm("consultation.view_matter_file", matter)
    return Shown(
        matter,
        matter.title if reads else matter.summary,
        is_own=request.user.is_authenticated and matter.raised_by_id == request.user.pk,
        is_late=reads and matter.is_late(clock.today()),
        people=people,
    )


@require_safe
def matter_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the matters of a place and of those below it, newest first; four queries."""
    place = get_object_or_404(Division, pk=pk)
    narrowed = MatterFilter(request.GET, Matter.objects.visible_to(request.user).in_division(place).for_list())
    page = keyset_page(narrowed.qs if narrowed.is_valid() else Matter.objects.none(), request)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": page,
        "matters": _all_shown(page.rows, request),
        "chosen": request.GET.get("three_way", ""),
        "takes_matters": place.tier == Tier.COMMUNITY and place.is_open,
    }
    return render(request, "consultation/matters/list.html", context)


@login_required
@require_safe
def matter_mine(request: HttpRequest) -> HttpResponse:
    """Show what the person has raised, newest first, with what comes next."""
    by = acting_user(request)
    page = keyset_page(with_question(Matter.objects.of(by).for_list()), request)
    context = {"page": page, "matters": _all_shown(page.rows, request)}
    return render(request, "consultation/matters/mine.html", context)


@require_safe
def matter_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a matter: its summary to everybody, the whole file to the person and those who handle it."""
    return _page(request, _matter(request, pk))


def _matter(request: HttpRequest, pk: int) -> Matter:
    rows = Matter.objects.visible_to(request.user).for_detail().with_photos()
    return get_object_or_404(with_support(rows, request.user), pk=pk)


def _photos(matter: Any) -> list[tuple[Attachment, str]]:
    """Return the photos that were read along with the matter, each with where it is fetched."""
    found = [Attachment(pk=photo["id"], name=photo["name"]) for photo in matter.shown_photos]
    return [(photo, matter.photo_url(photo)) for photo in found]


def _page(request: HttpRequest, matter: Matter, tried: tuple[str, forms.Form] | None = None) -> HttpResponse:
    reads = request.user.has_perm("consultation.view_matter_file", matter)
    offers = lifecycle.available(matter, acting_user(request)) if reads else []
    handles = request.user.has_perm("consultation.sort_matter", matter)
    is_own = request.user.is_authenticated and matter.raised_by_id == request.user.pk
    shown_beside = beside(matter) if reads else None
    context = {
        "matter": matter,
        "trail": list(Division.objects.ancestors(matter.division)),
        "reads": reads,
        "named": mask_name(matter.raised_by.display_name if matter.raised_by else matter.raised_for),
        "is_own": is_own,
        "is_late": reads and matter.is_late(clock.today()),
        "photos": _photos(matter) if reads else [],
        "topics": list(matter.topics.visible_to(request.user)) if matter.taken_up_at else [],
        "steps": [
            *_steps(matter, offers, tried, is_own=is_own),
            *(_deeds(matter, request, tried, is_own=is_own) if reads else []),
        ],
        "beside": shown_beside,
        "decides_contest": shown_beside is not None
        and shown_beside.contest is not None
        and request.user.has_perm("consultation.decide_contest", shown_beside.contest),
        "knows_who": request.user.has_perm("consultation.view_tipster", matter) if matter.is_tip else reads,
        "may_prepare_topic": matter.status == MatterStatus.SORTED and matter.route == "DELIBERATION" and handles,
        "panel": panel_of(matter, request.user, reads=reads),
        "closed": [
            offer
            for offer in offers
            if handles and not offer.is_open and offer.move.name not in OF_THE_PERSON | BESIDES and offer.is_next
        ],
    }
    status = HTTPStatus.OK if tried is None else HTTPStatus.BAD_REQUEST
    return render(request, "consultation/matters/detail.html", context, status=status)


def _deeds(matter: Matter, request: HttpRequest, tried: tuple[str, forms.Form] | None, *, is_own: bool) -> list[Step]:
    """Return what else may be done now; open is what was tried, and the question put to the person."""
    steps = []
    for name in offered(matter, request.user):
        deed = DEEDS[name]
        if deed.is_of_the_person and not (is_own or matter.raised_by_id is None):
            continue
        was_tried = tried is not None and tried[0] == name
        form = tried[1] if tried is not None and was_tried else deed.form_for(matter)(auto_id=f"{name}-%s")
        steps.append(Step(name, deed.label, form, is_expanded=was_tried or (is_own and name == "say-again")))
    return steps


def _steps(
    matter: Matter, offers: list[lifecycle.Offer], tried: tuple[str, forms.Form] | None, *, is_own: bool
) -> list[Step]:
    """Return the open moves with their forms; open is the one that was tried, and the question put to the person."""
    steps = []
    for offer in offers:
        name = offer.move.name
        if name in ACTS and offer.is_open:
            was_tried = tried is not None and tried[0] == name
            build = ACTS[name].form_for(name, matter)
            form = tried[1] if tried is not None and was_tried else build(auto_id=f"{name}-%s")
            steps.append(Step(name, offer.move.label, form, is_expanded=was_tried or (is_own and name == "close")))
    return steps


@require_POST
def matter_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    matter = _matter(request, pk)
    if name not in ACTS and name not in DEEDS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(matter.get_absolute_url())
    if name in DEEDS and not request.user.has_perm("consultation.view_matter_file", matter):
        raise Http404
    build = ACTS[name].form_for(name, matter) if name in ACTS else DEEDS[name].form_for(matter)
    form = build(request.POST, auto_id=f"{name}-%s")
    if form.is_valid() and _done(request, matter, name, form):
        label = MATTER.by_name[name].label if name in ACTS else DEEDS[name].label
        messages.success(request, _("Done: %(move)s.") % {"move": label})
        return redirect(matter)
    return _page(request, _matter(request, pk), (name, form))


def _done(request: HttpRequest, matter: Matter, name: str, form: Any) -> bool:
    """Run the operation; a refusal goes beside the field, or above the page where the form is not shown."""
    given = form.given() if hasattr(form, "given") else form.cleaned_data
    more = {"today": clock.today()} if name == "sort" else {}
    run = ACTS[name].operation if name in ACTS else DEEDS[name].operation
    try:
        run(by=acting_user(request), now=clock.now(), matter=matter, **given, **more)
    except (DomainError, ValidationError) as refusal:
        put_into(form, refusal)
        if isinstance(refusal, DomainError) and refusal.field not in form.fields:
            messages.error(request, str(refusal))
        return False
    return True


@require_safe
def matter_photo(request: HttpRequest, pk: int, photo: int) -> HttpResponse:
    """Hand a photo out to the person and to those who handle the matter."""
    matter = _matter(request, pk)
    if not request.user.has_perm("consultation.view_matter_file", matter):
        raise Http404
    row = get_object_or_404(matter.photos, pk=photo)
    try:
        with row.file.open("rb") as stored:
            answer = HttpResponse(stored.read(), content_type=row.content_type)
    except FileNotFoundError as error:
        raise Http404 from error
    answer["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=row.name) or "inline"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer
