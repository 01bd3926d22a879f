"""The market on the phone: what is wanted and offered, taking, the code, what is one's own, the figures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import Prefetch, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from communities.territory.spreadsheet import wholly
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import Act, RowForm, Step, Tried, attached, back_with, keyset_page, sent, steps_of, take_step
from projects.contracts.policy import ServiceField
from projects.market import acts, operations
from projects.market.drawing import draw
from projects.market.fairs.queries import conversion_of
from projects.market.filters import MicroServiceFilter
from projects.market.forms import CodeForm, RateForm, ReasonForm, ServiceForm, TakeForm
from projects.market.lifecycle import BEGUN, MICRO_SERVICE, OPEN, SERVED, SERVICE_MATCH, MatchStatus, ServiceStatus
from projects.market.models import MarketBlock, MicroService, ServiceMatch, ServiceRating, Settlement
from projects.market.policy import Choice
from projects.market.queries import (
    ALIVE,
    Reach,
    Reputation,
    figures_of,
    growth_of,
    posted_for,
    reach_for,
    reputations_of,
    residence_of,
    taken_for,
)
from projects.market.sharing.queries import hours_of
from projects.market.sheets import MOST_ROWS, workbook
from projects.market.talents.lifecycle import ALIVE as TALENT_ALIVE
from projects.market.talents.models import TalentProfile
from projects.market.talents.queries import FITTING, services_for, talents_for
from socialorgs.register.queries import hindered, organizations_of
from socialorgs.register.strengths.queries import able_to

if TYPE_CHECKING:
    from django.http import HttpRequest

    from governance.accounts.models import User

TAKE, RATE, BLOCK, PLAN_PAYMENT = "take", "rate", "block", "plan_payment"
YEARS = 3
GRAVE = {"decline", "cancel", "remove", "report_no_show"}
MATCH_FORMS: dict[str, type[forms.Form]] = {
    **dict.fromkeys(("decline", "cancel", "report_no_show"), ReasonForm),
    RATE: RateForm,
}
NAMES = {
    RATE: pgettext_lazy("market", "Rate the other side"),
    BLOCK: pgettext_lazy("market", "Block this person"),
    PLAN_PAYMENT: pgettext_lazy("market", "Plan the fund's payment"),
}

SERVICE_ACTS = {
    name: Act(MICRO_SERVICE.by_name[name].label, acts.WITH_SERVICE[name], ReasonForm, is_grave=True)
    for name in ("cancel", "remove")
}
MATCH_ACTS = {
    name: Act(
        NAMES[name] if name in NAMES else SERVICE_MATCH.by_name[name].label,
        run,
        MATCH_FORMS.get(name),
        is_grave=name in GRAVE,
    )
    for name, run in acts.WITH_MATCH.items()
}


def _service_acts(user: User) -> dict[str, Act]:
    """Return what may be done with a service; for whom it can be taken depends on who asks."""
    label = pgettext_lazy("market", "Take it")
    return {TAKE: Act(label, acts.WITH_SERVICE[TAKE], partial(TakeForm, user=user)), **SERVICE_ACTS}


@dataclass(frozen=True, slots=True)
class ShownMatch:
    """A taking as one of its sides, or the staff, sees it."""

    match: ServiceMatch
    steps: list[Step]
    reach: Reach | None
    reputation: Reputation | None
    ratings: list[ServiceRating]
    is_own: bool
    is_named: bool


# --- Lists


@require_safe
def market_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is wanted and offered in a place and those below it, newest first; what can be taken unless asked otherwise."""
    place = get_object_or_404(Division, pk=pk)
    rows = MicroService.objects.visible_to(request.user).in_division(place).for_list()
    narrowed = MicroServiceFilter(request.GET, rows if request.GET.get("status") else rows.takeable(clock.now()))
    found = narrowed.qs if narrowed.is_valid() else rows.none()
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": keyset_page(found, request),
        "side": request.GET.get("side", ""),
        "field": request.GET.get("field", ""),
        "fields": ServiceField.choices,
        "now": clock.now(),
        "has_sheet": request.user.has_perm("projects.view_market_desk", place),
    }
    return render(request, "projects/market/list.html", context)


@login_required
@require_safe
def market_mine(request: HttpRequest) -> HttpResponse:
    """Show what one has posted and taken, and whom one has blocked."""
    by = acting_user(request)
    own = organizations_of(by)
    taken = ServiceMatch.objects.filter(Q(taker=by) | Q(organization__in=own)).for_list()[:20]
    posted = MicroService.objects.filter(Q(posted_by=by) | Q(organization__in=own)).for_list()
    home = residence_of(by, clock.today())
    context = {
        "page": keyset_page(posted, request, size=10),
        "taken": taken,
        "now": clock.now(),
        "home": home.division if home else None,
        "blocks": MarketBlock.objects.filter(blocker=by).select_related("blocked").order_by("-pk")[:50],
        "reputation": reputations_of([by.pk])[by.pk],
        "fitting": services_for(by, clock.now()),
        "profiles": TalentProfile.objects.filter(resident__user=by, status__in=TALENT_ALIVE).for_list(),
    }
    return render(request, "projects/market/mine.html", context)


HEADS = (
    gettext_lazy("Number"),
    pgettext_lazy("market", "Wanted or offered"),
    pgettext_lazy("market", "Field"),
    gettext_lazy("Title"),
    gettext_lazy("Community"),
    pgettext_lazy("market", "Posted for"),
    gettext_lazy("Starts at"),
    gettext_lazy("Places"),
    gettext_lazy("Places taken"),
    pgettext_lazy("market", "What it costs"),
    pgettext_lazy("market", "Price in yuan"),
    gettext_lazy("Points"),
    gettext_lazy("Status"),
)


@login_required
@require_safe
def market_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the services of a place as a workbook to its staff; people are not named."""
    place = get_object_or_404(Division, pk=pk)
    if not request.user.has_perm("projects.view_market_desk", place):
        raise Http404
    rows: Any = MicroService.objects.visible_to(request.user).in_division(place).for_list()
    narrowed = MicroServiceFilter(request.GET, rows)
    try:
        found = wholly(narrowed.qs if narrowed.is_valid() else rows.none(), MOST_ROWS)
    except DomainError as refusal:
        return back_with(request, refusal)
    lines = (
        (
            *(row.pk, row.get_side_display(), row.get_field_display(), row.title, row.division.name),
            *(row.organization or row.get_poster_kind_display(), f"{timezone.localtime(row.starts_at):%Y-%m-%d %H:%M}"),
            *(row.places, row.taken, row.get_settlement_display(), row.price, row.points, row.get_status_display()),
        )
        for row in found
    )
    return attached(workbook(HEADS, lines), name=f"market-{place.pk}.xlsx")


def _new_year(year: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(dt.date(year, 1, 1), dt.time.min))


@require_safe
def market_figures(request: HttpRequest, pk: int) -> HttpResponse:
    """Count a year of the market of a place: postings, matches, and what came of them, each with both its numbers."""
    place = get_object_or_404(Division, pk=pk)
    this_year = clock.today().year
    asked = request.GET.get("year", "")
    years = [str(this_year - back) for back in range(YEARS)]
    year = int(asked) if asked in years else this_year
    before, first, last = (_new_year(number) for number in (year - 1, year, year + 1))
    figures = figures_of(place, first, last)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "year": year,
        "years": years,
        "figures": figures,
        "growth": growth_of(place, figures, before, first),
        "hours": hours_of(place, first.date(), last.date()),
        "fairs": conversion_of(place, first, last),
        "picture": draw(figures.lines),
    }
    return render(request, "projects/market/figures.html", context)


# --- Posting


class ServiceNew(RowForm):
    """Post what is wanted or offered in a place."""

    permission = "projects.post_micro_service"
    title = gettext_lazy("Post on the market")
    template_name = "projects/market/new.html"
    form_class = ServiceForm

    def find(self, request: HttpRequest, pk: int) -> Division:
        """Return the place."""
        del request
        return get_object_or_404(Division.objects.select_related("parent"), pk=pk)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer what this person may post for."""
        return {**super().get_form_kwargs(), "user": acting_user(self.request), "place": self.row}

    def get_initial(self) -> dict[str, Any]:
        """Begin with what the way here said."""
        asked = {name: self.request.GET.get(name, "") for name in ("side", "field")}
        return {"side": asked["side"] or "NEED", "field": asked["field"], "day": clock.today() + dt.timedelta(days=2)}

    def done(self, form: Any) -> Any:
        """Post it."""
        return self.attempt(
            form,
            operations.post_service,
            by=acting_user(self.request),
            now=clock.now(),
            division=self.row,
            terms=form.terms(),
            **form.poster_chosen(),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show where one is; who can post for nobody here, or for a body that may not, is told first."""
        trail = list(Division.objects.ancestors(self.row))
        context = super().get_context_data(place=self.row, trail=trail, **kwargs)
        by, today = acting_user(self.request), clock.today()
        if "poster" in context["form"].fields:
            return context | {"hindered": hindered(organizations_of(by), today).values()}
        try:
            operations.require_home(by=by, division=self.row, today=today)
        except DomainError as refusal:
            home = residence_of(by, today)
            context |= {"closed": str(refusal), "home": home.division if home else None}
        return context


# --- One service


def _service(request: HttpRequest, pk: int) -> MicroService:
    return get_object_or_404(MicroService.objects.visible_to(request.user).for_list(), pk=pk)


@require_safe
def service_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a service: to everybody what it is about, to its two sides the takings."""
    return _page(request, _service(request, pk))


def _page(
    request: HttpRequest,
    service: MicroService,
    tried: Tried | None = None,
    on_match: tuple[int, Tried] | None = None,
) -> HttpResponse:
    is_poster, is_staff, names, shown = False, False, [], []
    is_open = service.can_be_taken(clock.now())
    home = service.get_absolute_url()
    steps: list[Step] = []
    if request.user.is_authenticated:
        by = acting_user(request)
        is_poster = posted_for(by, service)
        is_staff = by.has_perm("projects.remove_micro_service", service)
        shown = _matches(by, service, on_match, is_poster=is_poster, is_staff=is_staff)
        has_own = any(row.is_own and row.match.status in ALIVE for row in shown)
        names += [TAKE] if is_open and not is_poster and not has_own else []
        offers = lifecycle.available(service, by)
        if not any(row.match.status in BEGUN for row in shown):
            names += [offer.move.name for offer in offers if offer.is_open and offer.move.name in SERVICE_ACTS]
        steps = steps_of(_service_acts(by), names, f"{home}acts/", tried)
    may_choose = (is_poster or is_staff) and service.status == ServiceStatus.POSTED
    able = able_to(service.capability, service.division, clock.today()).order_by("name", "pk")
    own = next((row.match for row in shown if row.is_own and row.match.status == MatchStatus.CONFIRMED), None)
    context = {
        "service": service,
        "trail": list(Division.objects.ancestors(service.division)),
        "is_poster": is_poster,
        "shows_code": is_poster and service.status in OPEN and (is_open or bool(shown)),
        "is_named": is_poster or any(row.is_own and row.reach for row in shown),
        "steps": steps,
        "matches": shown,
        "signs_in": own,
        "hindered": hindered(organizations_of(request.user), clock.today()).values() if TAKE in names else [],
        "can_be_taken": is_open,
        "now": clock.now(),
        "is_chosen": service.choice == Choice.CHOSEN,
        "talents": talents_for(service, acting_user(request)) if may_choose and service.capability == "" else [],
        "able": able[:FITTING] if may_choose and service.capability else [],
    }
    answer = render(request, "projects/market/detail.html", context, status=400 if tried or on_match else 200)
    if any(row.reach for row in shown):
        answer["Cache-Control"] = "private, no-store"
    return answer


def _matches(
    by: User, service: MicroService, tried: tuple[int, Tried] | None, *, is_poster: bool, is_staff: bool
) -> list[ShownMatch]:
    """Return the takings that this person may see, each with what can be done."""
    rows = service.matches.select_related("taker", "organization", "payment", "journal")
    rows = rows.prefetch_related(Prefetch("ratings", ServiceRating.objects.order_by("pk"))).order_by("pk")
    found = list(rows[:50] if is_poster or is_staff else rows.visible_to(by)[:5])
    waiting = [match.taker_id for match in found if match.status == MatchStatus.TAKEN] if is_poster else []
    known = reputations_of(waiting) if waiting else {}
    shown = []
    for match in found:
        match.service = service
        is_own = taken_for(by, match)
        names = _names(by, match, is_own=is_own, is_poster=is_poster, is_staff=is_staff)
        was_tried = tried[1] if tried is not None and tried[0] == match.pk else None
        steps = steps_of(MATCH_ACTS, names, f"{match.get_absolute_url()}acts/", was_tried)
        reach = reach_for(by, match)
        ratings = list(match.ratings.all())
        is_named = bool(is_own or (is_poster and reach))
        shown.append(ShownMatch(match, steps, reach, known.get(match.taker_id), ratings, is_own, is_named))
    return shown


def _names(by: User, match: ServiceMatch, *, is_own: bool, is_poster: bool, is_staff: bool) -> list[str]:
    """Return the names of the acts that this person is offered."""
    names = [offer.move.name for offer in lifecycle.available(match, by) if offer.is_open]
    begun = clock.now() >= match.service.starts_at
    hidden = {"cancel"} if begun or match.status == MatchStatus.TAKEN else {"report_no_show"}
    if not is_poster:
        hidden.add("sign_in")  # whoever took it uses the code
    serves = is_poster if match.service.is_offer else is_own
    if match.service.settlement == Settlement.OUTSIDE and not serves:
        hidden.add("settle")
    if match.service.settlement == Settlement.FUND:
        hidden.add("settle")  # the fund's payment settles it
        if is_staff and match.status == MatchStatus.DONE and match.payment is None:
            names.append(PLAN_PAYMENT)
    rated = {rating.is_by_poster for rating in match.ratings.all()}
    if match.status in SERVED and ((is_poster and True not in rated) or (is_own and False not in rated)):
        names.append(RATE)
    if by.pk in {match.taker_id, match.service.posted_by_id} and match.status not in ALIVE:
        names.append(BLOCK)
    return [name for name in names if name not in hidden]


@require_POST
def service_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with a service; what is refused stays filled in with the reason."""
    service = _service(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(service.get_absolute_url())
    found = _service_acts(acting_user(request))
    if name not in found:
        raise Http404
    tried = take_step(request, found[name], name, service)
    return redirect(service) if tried is None else _page(request, _service(request, pk), tried)


def _match(request: HttpRequest, pk: int) -> ServiceMatch:
    return get_object_or_404(ServiceMatch.objects.visible_to(request.user).for_list(), pk=pk)


@require_safe
def match_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the service of a taking."""
    return redirect(_match(request, pk).service)


@require_POST
def match_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with a taking."""
    row = _match(request, pk)
    if name not in MATCH_ACTS:
        raise Http404
    tried = take_step(request, MATCH_ACTS[name], name, row)
    if tried is None:
        return redirect(row.service)
    return _page(request, _service(request, row.service_id), on_match=(row.pk, tried))


@login_required
def service_sign_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign in to what one has taken: the code comes with the address that was scanned, or is typed; one button."""
    service = _service(request, pk)
    by = acting_user(request)
    match = next(
        (row for row in service.matches.filter(status=MatchStatus.CONFIRMED).order_by("pk") if taken_for(by, row)), None
    )
    if match is None:
        messages.error(request, _("You have not taken this service, or you are signed in already."))
        return redirect(service)
    form = CodeForm(sent(request), initial={"code": request.GET.get("code", "")})
    if request.method == "POST" and form.is_valid():
        try:
            acts.WITH_MATCH["sign_in"](match, by, clock.now(), form.cleaned_data)
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("You are signed in."))
            return redirect(service)
    context = {"service": service, "form": form, "has_code": bool(request.GET.get("code"))}
    return render(request, "projects/market/sign_in.html", context, status=400 if form.is_bound else 200)


@login_required
@require_safe
def service_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the code with which whoever took it signs in, to whoever posted it."""
    service = _service(request, pk)
    if not request.user.has_perm("projects.show_market_code", service):
        raise Http404
    address = reverse("projects:micro-service-sign-in", args=[service.pk])
    link = request.build_absolute_uri(f"{address}?code={service.code}")
    answer = render(request, "projects/market/code.html", {"service": service, "link": link})
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@login_required
def block_lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one's own block."""
    block = get_object_or_404(MarketBlock.objects.filter(blocker_id=request.user.pk), pk=pk)
    operations.unblock_person(by=acting_user(request), now=clock.now(), block=block)
    messages.success(request, _("You can make arrangements with each other again."))
    return redirect("projects:market-mine")
