"""Grant rounds for everybody, an organization's applications, an expert's own sheets, the review board of the staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import Tried, key_in, keyset_page, sent, steps_of, take_step, told_of_all
from projects.grants import opendata, operations, submitting
from projects.grants.acts import APPLICATION_ACTS, ROUND_ACTS, SEAT_ACTS, SHEET_ACTS, Acts, bound
from projects.grants.filters import ApplicationFilter, RoundFilter
from projects.grants.forms import CopyForm, PlanForm, RepeatForm, StartForm
from projects.grants.lifecycle import ApplicationStatus, GrantRoundStatus
from projects.grants.models import (
    IN_THE_RUNNING,
    WRITABLE,
    GrantApplication,
    GrantAward,
    GrantRound,
    PanelSeat,
    Programme,
    ScoreSheet,
)
from projects.grants.policy import RoundKind
from projects.grants.queries import (
    board,
    held_back,
    others_totals,
    outcome_for_applicant,
    results_of,
    sheets_of,
    tally,
)
from projects.grants.reviewing import applicants_of
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import organizations_of

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest

BAD_REQUEST = 400
MOST_OWN = 50
TAKING = (GrantRoundStatus.PUBLISHED, GrantRoundStatus.OPEN)


# --- For everybody


@require_safe
def round_list(request: HttpRequest) -> HttpResponse:
    """Show the rounds, newest first."""
    narrowed = RoundFilter(request.GET, GrantRound.objects.visible_to(request.user).for_list())
    rows = narrowed.qs if narrowed.is_valid() else GrantRound.objects.none()
    named = key_in(request.GET.get("programme", ""))
    context = {
        "page": keyset_page(rows, request),
        "kinds": RoundKind.choices,
        "kind": request.GET.get("kind", ""),
        "programme": Programme.objects.filter(pk=named).select_related("division").first() if named else None,
    }
    return render(request, "projects/grants/list.html", context)


def _round(request: HttpRequest, pk: int) -> GrantRound:
    return get_object_or_404(GrantRound.objects.visible_to(request.user).for_detail(), pk=pk)


@require_safe
def round_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a round: guide, rules, money, and from the publicity on its results."""
    row = _round(request, pk)
    organizations = organizations_of(request.user)
    own = list(GrantApplication.objects.filter(round=row, organization__in=organizations).for_list()[:MOST_OWN])
    begun = {one.organization_id for one in own if one.status in (*IN_THE_RUNNING, *WRITABLE)}
    results = results_of(row)
    if row.is_awarded:
        awards = [one.award for one in results if hasattr(one, "award")]
        told = told_of_all(awards, request.user)
        for award in awards:
            vars(award)["told"] = told[award.pk]
    context = {
        "round": row,
        "results": results,
        "today": clock.today(),
        "may_apply": row.status in TAKING and len(begun) < len(organizations),
        "own": own,
        "may_manage": request.user.has_perm("projects.view_grant_round_file", row),
    }
    return render(request, "projects/grants/detail.html", context)


@require_safe
def round_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the results as CSV."""
    row = _with_results(request, pk)
    answer = HttpResponse(opendata.as_csv(row, results_of(row)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="grants-{row.pk}.csv"'
    return answer


@require_safe
def round_ocds(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the round and its awards as a release package of the Open Contracting Data Standard."""
    row = _with_results(request, pk)
    awards = GrantAward.objects.filter(round=row).visible_to(request.user).for_list()
    applied = row.applications.exclude(submitted_at=None).count()
    address = request.build_absolute_uri(request.path)
    package = opendata.as_ocds(row, awards, address, applied, prefix=settings.OCID_PREFIX)
    answer = JsonResponse(package, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="grants-{row.pk}.ocds.json"'
    return answer


def _with_results(request: HttpRequest, pk: int) -> GrantRound:
    row = _round(request, pk)
    if not row.has_results:
        raise Http404
    return row


# --- An organization's applications


@login_required
@require_safe
def application_list(request: HttpRequest) -> HttpResponse:
    """Show the applications of the organizations for which one acts, newest first, drafts among them."""
    own = GrantApplication.objects.filter(organization__in=organizations_of(request.user)).for_list()
    narrowed = ApplicationFilter(request.GET, own)
    rows = narrowed.qs if narrowed.is_valid() else own.none()
    open_rounds = GrantRound.objects.visible_to(request.user).filter(status__in=TAKING).for_list()[:20]
    context = {"page": keyset_page(rows, request), "open_rounds": open_rounds}
    return render(request, "projects/grants/applications.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def application_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin an application; what is refused stays filled in.

    Whom register, lists or grades keep from the round at present is told all of it first and may write a draft; whom a
    failed evaluation keeps from it to its last day gets no form to fill in vain.
    """
    row = _round(request, pk)
    own = SocialOrganization.objects.filter(pk__in=organizations_of(request.user)).order_by("name", "pk")
    if not own:
        raise PermissionDenied
    held = held_back({one: one.credit_code or "" for one in own}, row, clock.today())
    out = [key for key, one in held.items() if one.outlasts]
    able = own.exclude(pk__in=out) if out and request.method != "POST" else own
    who = StartForm(sent(request), organizations=able)
    form = PlanForm(sent(request), round_=row)
    if request.method == "POST" and who.is_valid() and form.is_valid():
        try:
            made = submitting.start_application(
                by=acting_user(request),
                now=clock.now(),
                round_=row,
                organization=who.cleaned_data["organization"],
                plan=form.as_plan(),
            )
            return redirect(made)
        except DomainError as refusal:
            put_into(form, refusal)
    context = {
        "round": row,
        "who": who,
        "form": form,
        "held": [held[one.pk].refusal(one) for one in own if one.pk in held],
        "is_vain": len(out) == len(own) and request.method != "POST",
    }
    return render(
        request, "projects/grants/write.html", context, status=BAD_REQUEST if request.method == "POST" else None
    )


def _application(request: HttpRequest, pk: int) -> GrantApplication:
    return get_object_or_404(GrantApplication.objects.visible_to(request.user).for_detail(), pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def application_write(request: HttpRequest, pk: int) -> HttpResponse:
    """Write on in a draft or correction; what is refused stays filled in, also when the round has closed meanwhile."""
    row = _application(request, pk)
    if not request.user.has_perm("projects.apply_for_grant", row):
        raise PermissionDenied
    form = PlanForm(sent(request), round_=row.round, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            saved = submitting.save_application(
                by=acting_user(request), now=clock.now(), application=row, plan=form.as_plan()
            )
            return redirect(saved)
        except DomainError as refusal:
            put_into(form, refusal)
    context = {"round": row.round, "application": row, "form": form, "held": _held(row)}
    return render(
        request, "projects/grants/write.html", context, status=BAD_REQUEST if request.method == "POST" else None
    )


def _held(row: GrantApplication) -> list[DomainError]:
    """Return what the applicant would be told if it submitted today."""
    held = held_back({row.organization: row.credit_code}, row.round, clock.today())
    return [one.refusal(row.organization) for one in held.values()]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def application_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin an application in another round with what stands in this one."""
    row = _application(request, pk)
    if not request.user.has_perm("projects.apply_for_grant", row):
        raise PermissionDenied
    rounds = GrantRound.objects.visible_to(request.user).filter(status__in=TAKING).exclude(pk=row.round_id)
    form = CopyForm(sent(request), rounds=rounds.order_by("closes_on", "pk"))

    def begin() -> GrantApplication:
        return submitting.copy_to_round(by=acting_user(request), now=clock.now(), application=row, **form.cleaned_data)

    return _begun(request, form, begin, {"application": row, "heading": _("Use it for another round")})


def _begun(request: HttpRequest, form: Any, begin: Callable[[], Any], context: dict[str, Any]) -> HttpResponse:
    """Show a form whose sending begins a row, and lead to that; what is refused stays filled in."""
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(begin())
        except DomainError as refusal:
            put_into(form, refusal)
    status = BAD_REQUEST if request.method == "POST" else None
    return render(request, "projects/grants/begin.html", {"form": form, **context}, status=status)


@login_required
@require_safe
def application_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an application to its organization, to those who check it and to the landing community."""
    return _application_page(request, _application(request, pk))


def _application_page(request: HttpRequest, row: GrantApplication, tried: Tried | None = None) -> HttpResponse:
    by = acting_user(request)
    is_own = by.has_perm("projects.apply_for_grant", row)
    handles = by.has_perm("projects.manage_grant_round", row)
    offers = lifecycle.available(row, by)
    names = [offer.move.name for offer in offers if offer.is_open and offer.move.name in APPLICATION_ACTS]
    if (
        row.status == ApplicationStatus.SUBMITTED
        and row.consented_at is None
        and by.has_perm("projects.consent_to_grant", row)
    ):
        names.insert(0, "consent")
    if row.status == ApplicationStatus.SCORED and (is_own or handles):
        names.append("optimise")
    if handles and row.status == ApplicationStatus.QUALIFIED and row.round.settled_at is None:
        names += ["assign", "defence"]
    context = {
        "application": row,
        "questions": [(asked, asked.shown(row.answers.get(str(asked.number)))) for asked in row.round.form],
        "steps": _steps(APPLICATION_ACTS, names, row, "projects:grant-application-detail", tried),
        "closed": [offer for offer in offers if not offer.is_open and offer.is_next],
        "is_own": is_own,
        "held": _held(row) if is_own and row.status in WRITABLE else [],
        "outcome": outcome_for_applicant(row) if is_own else None,
        "shows_scores": handles and row.score is not None,
        "sheets": sheets_of(row, by) if handles else [],
    }
    status = BAD_REQUEST if tried else None
    return render(request, "projects/grants/application.html", context, status=status)


def _steps(acts: Acts, names: list[str], row: Model, page: str, tried: Tried | None) -> Any:
    url = reverse(page, args=[row.pk])
    return steps_of(bound(acts, row), names, f"{url}acts/", tried)


@require_POST
def application_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with an application; what is refused stays filled in with the reason."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("projects:grant-application-detail", args=[pk]))
    row = _application(request, pk)
    if name not in APPLICATION_ACTS:
        raise Http404
    tried = take_step(request, bound(APPLICATION_ACTS, row)[name], name, row)
    return redirect(row) if tried is None else _application_page(request, _application(request, pk), tried)


# --- An expert's own pages


@login_required
@require_safe
def review_list(request: HttpRequest) -> HttpResponse:
    """Show what one has to score, and the panels in which one sits; other experts are not named."""
    by = acting_user(request)
    context = {
        "page": keyset_page(ScoreSheet.objects.of_expert(by).for_list(), request),
        "seats": PanelSeat.objects.filter(expert=by).for_list()[:20],
    }
    return render(request, "projects/grants/reviews.html", context)


def _seat(request: HttpRequest, pk: int) -> PanelSeat:
    rows = PanelSeat.objects.visible_to(request.user).select_related("round__division", "expert")
    return get_object_or_404(rows, pk=pk)


@login_required
@require_safe
def seat_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an expert's seat: first the ties are declared, then the sheets come."""
    return _seat_page(request, _seat(request, pk))


def _seat_page(request: HttpRequest, row: PanelSeat, tried: Tried | None = None) -> HttpResponse:
    is_own = row.expert_id == request.user.pk
    waits = is_own and row.declared_at is None
    context = {
        "seat": row,
        "is_own": is_own,
        "applicants": applicants_of(row.round) if waits else [],
        "ties": list(row.ties.select_related("organization")) if not waits else [],
        "steps": _steps(SEAT_ACTS, ["declare"] if waits else [], row, "projects:panel-seat-detail", tried),
    }
    return render(request, "projects/grants/seat.html", context, status=BAD_REQUEST if tried else None)


@require_POST
def seat_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Declare ties."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("projects:panel-seat-detail", args=[pk]))
    row = _seat(request, pk)
    if name not in SEAT_ACTS:
        raise Http404
    tried = take_step(request, bound(SEAT_ACTS, row)[name], name, row)
    return redirect(row) if tried is None else _seat_page(request, _seat(request, pk), tried)


def _sheet(request: HttpRequest, pk: int) -> ScoreSheet:
    """Return one's own sheet; nobody else has a page of it."""
    rows = ScoreSheet.objects.of_expert(acting_user(request)).for_list()
    return get_object_or_404(rows.prefetch_related("application__lines"), pk=pk)


@login_required
@require_safe
def sheet_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an application to an expert, without the name of the applicant, with the form for the points."""
    return _sheet_page(request, _sheet(request, pk))


def _sheet_page(request: HttpRequest, row: ScoreSheet, tried: Tried | None = None) -> HttpResponse:
    application = row.application
    names = ["hand_in", "recuse"] if row.is_open and application.round.settled_at is None else []
    context = {
        "sheet": row,
        "application": application,
        "questions": [(one, one.shown(application.answers.get(str(one.number)))) for one in application.round.form],
        "steps": _steps(SHEET_ACTS, names, row, "projects:score-sheet-detail", tried),
        "points": row.points() if row.total is not None else [],
        "others": others_totals(row),
    }
    return render(request, "projects/grants/sheet.html", context, status=BAD_REQUEST if tried else None)


@require_POST
def sheet_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Submit the score or withdraw for a tie; what is refused stays filled in."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("projects:score-sheet-detail", args=[pk]))
    row = _sheet(request, pk)
    if name not in SHEET_ACTS:
        raise Http404
    tried = take_step(request, bound(SHEET_ACTS, row)[name], name, row)
    return redirect(row) if tried is None else _sheet_page(request, _sheet(request, pk), tried)


# --- The review board


@login_required
@require_safe
def round_board(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the staff where the applications stand and how many sheets are in, and what can be done now."""
    return _board_page(request, _of_staff(request, pk))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def round_repeat(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw up the next edition of a round; what is refused stays filled in."""
    row = _of_staff(request, pk)
    if not request.user.has_perm("projects.draft_grant_round", row):
        raise PermissionDenied
    form = RepeatForm(sent(request), initial={"title": row.title})

    def begin() -> str:
        made = operations.repeat_round(by=acting_user(request), now=clock.now(), round_=row, **form.cleaned_data)
        return reverse("projects:grant-round-board", args=[made.pk])

    return _begun(request, form, begin, {"round": row, "heading": _("Draw up the next edition")})


def _of_staff(request: HttpRequest, pk: int) -> GrantRound:
    rows = GrantRound.objects.visible_to(request.user).select_related("division", "publicity")
    row = get_object_or_404(rows, pk=pk)
    if not request.user.has_perm("projects.view_grant_round_file", row):
        raise PermissionDenied
    return row


def _board_page(request: HttpRequest, row: GrantRound, tried: Tried | None = None) -> HttpResponse:
    by = acting_user(request)
    offers = lifecycle.available(row, by)
    names = [offer.move.name for offer in offers if offer.is_open and offer.move.name in ROUND_ACTS]
    if by.has_perm("projects.manage_grant_round", row) and row.settled_at is None:
        if row.status == GrantRoundStatus.DRAFT:
            names.append("fund")
        if row.status in {GrantRoundStatus.CLOSED, GrantRoundStatus.REVIEWING}:
            names += ["draw", "seat"]
        if row.status == GrantRoundStatus.REVIEWING:
            names += ["give_out", "settle"]
    status, lane, before = (request.GET.get(name, "") for name in ("status", "lane", "before"))
    context = {
        "round": row,
        "tally": tally(row),
        "board": board(row, status=status, lane=lane, before=key_in(before)),
        "status": status,
        "lane": lane,
        "seats": row.seats.select_related("expert").order_by("pk"),
        "steps": _steps(ROUND_ACTS, names, row, "projects:grant-round-board", tried),
        "closed": [offer for offer in offers if not offer.is_open and offer.is_next],
        "may_draft": by.has_perm("projects.draft_grant_round", row),
    }
    return render(request, "projects/grants/board.html", context, status=BAD_REQUEST if tried else None)


@require_POST
def round_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with a round; what is refused stays filled in with the reason."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("projects:grant-round-board", args=[pk]))
    row = _of_staff(request, pk)
    if name not in ROUND_ACTS:
        raise Http404
    tried = take_step(request, bound(ROUND_ACTS, row)[name], name, row)
    if tried is None:
        return redirect("projects:grant-round-board", pk=pk)
    return _board_page(request, _of_staff(request, pk), tried)
