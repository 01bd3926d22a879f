"""Residents who are good at something: the list by skill and place, one's own profile, and what can be done with one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Act, RowForm, Tried, keyset_page, steps_of, take_step
from projects.contracts.policy import ServiceField
from projects.market.forms import ReasonForm
from projects.market.talents import operations
from projects.market.talents.acts import WITH_TALENT, consent_of, said_of
from projects.market.talents.filters import TalentFilter
from projects.market.talents.forms import ConsentForm, PaperConsentForm, TalentForm, WordsForm
from projects.market.talents.lifecycle import ALIVE, TALENT_PROFILE, TalentStatus
from projects.market.talents.models import TalentProfile
from projects.market.talents.policy import TalentKind
from projects.market.talents.queries import figures_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from governance.accounts.models import User

DESCRIBE = "describe"
GRAVE = {"refuse", "decline", "withdraw", "remove"}
FORMS: dict[str, type[forms.Form]] = {
    "consent": ConsentForm,
    "note_consent": PaperConsentForm,
    "decline": ReasonForm,
    "remove": ReasonForm,
}


def _acts(profile: TalentProfile) -> dict[str, Act]:
    """Return what may be done with a profile; the form to say it anew begins with what it says."""
    found = {
        name: Act(TALENT_PROFILE.by_name[name].label, run, FORMS.get(name), is_grave=name in GRAVE)
        for name, run in WITH_TALENT.items()
        if name != DESCRIBE
    }
    said = {name: getattr(profile, name) for name in ("skills", "text", "times", "shown_to", "is_name_shown")}
    label = pgettext_lazy("talent", "Change my profile")
    return {**found, DESCRIBE: Act(label, WITH_TALENT[DESCRIBE], partial(WordsForm, initial=said))}


@require_safe
def talent_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who is good at something in a place and those below it, as far as they have consented to be found."""
    place = get_object_or_404(Division, pk=pk)
    rows = TalentProfile.objects.visible_to(request.user).listed().in_division(place).for_list()
    narrowed = TalentFilter(request.GET, rows)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": keyset_page(narrowed.qs if narrowed.is_valid() else rows.none(), request),
        "figures": figures_of(place),
        "skill": request.GET.get("skill", ""),
        "field": request.GET.get("field", ""),
        "kind": request.GET.get("kind", ""),
        "fields": ServiceField.choices,
        "kinds": TalentKind.choices,
        "is_filtered": any(request.GET.get(name) for name in ("skill", "field", "kind")),
    }
    return render(request, "projects/market/talents/list.html", context)


class TalentNew(RowForm):
    """State what one is good at."""

    permission = "projects.own_talent"
    title = gettext_lazy("What I am good at")
    template_name = "projects/market/talents/new.html"
    form_class = TalentForm

    def find(self, request: HttpRequest, pk: int) -> Division:
        """Return the place."""
        del request
        return get_object_or_404(Division.objects.select_related("parent"), pk=pk)

    def done(self, form: Any) -> Any:
        """State it."""
        data = form.cleaned_data
        said, consent = said_of(data), consent_of(data)
        by = acting_user(self.request)
        return self.attempt(form, operations.state_talent, by=by, now=clock.now(), said=said, consent=consent)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show where one is."""
        trail = list(Division.objects.ancestors(self.row))
        return super().get_context_data(place=self.row, trail=trail, **kwargs)


def _profile(request: HttpRequest, pk: int) -> TalentProfile:
    return get_object_or_404(TalentProfile.objects.visible_to(request.user).for_list(), pk=pk)


def _names(by: User, profile: TalentProfile, *, is_own: bool) -> list[str]:
    """Return the names of the acts that this person is offered."""
    names = [offer.move.name for offer in lifecycle.available(profile, by) if offer.is_open]
    if profile.resident.user_id is not None:
        names = [name for name in names if name != "note_consent"]
    return [*names, DESCRIBE] if is_own and profile.status in ALIVE else names


@require_safe
def talent_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a profile as the person has consented, to the person and the staff with what can be done."""
    return _page(request, _profile(request, pk))


def _page(request: HttpRequest, profile: TalentProfile, tried: Tried | None = None) -> HttpResponse:
    is_own, is_staff, names = False, False, []
    if request.user.is_authenticated:
        by = acting_user(request)
        is_own = profile.resident.user_id == by.pk
        is_staff = by.has_perm("projects.keep_talents", profile)
        names = _names(by, profile, is_own=is_own)
    context = {
        "profile": profile,
        "trail": list(Division.objects.ancestors(profile.division)),
        "is_own": is_own,
        "is_staff": is_staff,
        "name": profile.resident.name if is_own or is_staff else profile.public_name,
        "is_listed": profile.status == TalentStatus.LISTED,
        "steps": steps_of(_acts(profile), names, f"{profile.get_absolute_url()}acts/", tried),
    }
    answer = render(request, "projects/market/talents/detail.html", context, status=400 if tried else 200)
    if is_own or is_staff:
        answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
def talent_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with a profile; what is refused stays filled in with the reason."""
    profile = _profile(request, pk)
    found = _acts(profile)
    if name not in found:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(profile.get_absolute_url())
    tried = take_step(request, found[name], name, profile)
    return redirect(profile) if tried is None else _page(request, _profile(request, pk), tried)
