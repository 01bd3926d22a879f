"""Incubators for everybody, their boards, applications, and the page of one stay for those concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import Act, RowForm, Tried, printed, sent, steps_of, take_step
from socialorgs.incubation import operations
from socialorgs.incubation.filters import IncubatorFilter
from socialorgs.incubation.forms import (
    AdmitForm,
    DoneForm,
    ExitForm,
    ExtendForm,
    GraduateForm,
    PlanForm,
    PointsForm,
    ReviewForm,
    WishForm,
)
from socialorgs.incubation.lifecycle import SHELLS, STAY, StayStatus
from socialorgs.incubation.models import ApplicantKind, IncubationStay, Incubator
from socialorgs.incubation.operations import Exit, Wish
from socialorgs.incubation.operators.queries import results_of
from socialorgs.incubation.paper import print_agreement, print_certificate
from socialorgs.incubation.promoting import FAILED_FILINGS, file_stay
from socialorgs.incubation.queries import board_of, graduates_of, next_of
from socialorgs.register.filing.forms import DescribedForm
from socialorgs.register.forms import ReasonForm
from socialorgs.register.queries import hindered, organizations_of

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from governance.accounts.models import User

BAD_REQUEST = 400
MOST_INCUBATORS = 200
MOST_PLANNED = 100


def _propose(row: IncubationStay, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.propose_stay(by=by, now=now, stay=row, points=data["points"])


def _admit(row: IncubationStay, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.admit_stay(by=by, now=now, stay=row, place=data["place"])


def _nurture(row: IncubationStay, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return lifecycle.move(row, "nurture", by=by, now=now)


def _withdraw(row: IncubationStay, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return lifecycle.move(row, "withdraw", by=by, now=now)


def _leave(row: IncubationStay, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    names = ("points", "projects_done", "has_finances", "has_party_work")
    return operations.begin_exit(by=by, now=now, stay=row, found=Exit(**{name: data[name] for name in names}))


def _graduate(row: IncubationStay, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.graduate_stay(by=by, now=now, stay=row, organization=data["organization"])


def _extend(row: IncubationStay, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.extend_stay(by=by, now=now, stay=row, **data)


def _end(move: str) -> Any:
    def run(row: IncubationStay, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operations.end_stay(by=by, now=now, stay=row, move=move, reason=data["reason"])

    return run


def _plan(row: IncubationStay, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.plan_item(by=by, now=now, stay=row, **data)


def _finish(row: IncubationStay, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del row
    return operations.finish_item(by=by, now=now, **data)


def _review(row: IncubationStay, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.review_stay(by=by, now=now, stay=row, **data)


def acts_for(row: IncubationStay) -> dict[str, Act]:
    """Return what may be done with a stay, each with its form."""

    def label(name: str) -> Any:
        return STAY.by_name[name].label

    def admit_form(*args: Any, **kwargs: Any) -> AdmitForm:
        return AdmitForm(*args, stay=row, **kwargs)

    def done_form(*args: Any, **kwargs: Any) -> DoneForm:
        return DoneForm(*args, stay=row, **kwargs)

    return {
        "propose": Act(label("propose"), _propose, PointsForm),
        "admit": Act(label("admit"), _admit, admit_form),
        "plan": Act(_("Plan what it is to learn"), _plan, PlanForm),
        "done": Act(_("Enter what is done"), _finish, done_form),
        "review": Act(_("Enter a review"), _review, ReviewForm),
        "nurture": Act(label("nurture"), _nurture),
        "begin_exit": Act(label("begin_exit"), _leave, ExitForm),
        "graduate": Act(label("graduate"), _graduate, GraduateForm),
        "extend": Act(label("extend"), _extend, ExtendForm),
        "refuse": Act(label("refuse"), _end("refuse"), ReasonForm, is_grave=True),
        "remove": Act(label("remove"), _end("remove"), ReasonForm, is_grave=True),
        "withdraw": Act(label("withdraw"), _withdraw, is_grave=True),
    }


@require_safe
def incubator_list(request: HttpRequest) -> HttpResponse:
    """Show the incubators by tier with how much room there is; two queries."""
    narrowed = IncubatorFilter(request.GET, Incubator.objects.visible_to(request.user).for_list())
    rows = narrowed.qs if narrowed.is_valid() else Incubator.objects.none()
    return render(request, "socialorgs/incubation/list.html", {"incubators": rows[:MOST_INCUBATORS]})


@require_safe
def incubator_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the board of an incubator: who is in which shell, and since when."""
    incubator = _incubator(request, pk)
    shells = board_of(incubator, request.user, clock.now(), clock.today())
    context = {
        "incubator": incubator,
        "is_open": incubator.opened_on <= clock.today() and incubator.closed_on is None,
        "shells": shells,
        "has_next": any(row.next for shell in shells for row in shell.rows),
        "graduates": graduates_of(incubator),
        "sites": Incubator.objects.filter(parent=incubator).for_list()[:MOST_INCUBATORS],
        "results": results_of(incubator, clock.today()),
        "waiting": IncubationStay.objects.visible_to(request.user)
        .filter(incubator=incubator)
        .exclude(status__in=[*SHELLS, StayStatus.GRADUATED])
        .order_by("-pk")[:MOST_INCUBATORS],
    }
    return render(request, "socialorgs/incubation/board.html", context)


def _incubator(request: HttpRequest, pk: int) -> Incubator:
    return get_object_or_404(Incubator.objects.visible_to(request.user).for_list(), pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def stay_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Apply for a stay; what is refused stays filled in."""
    incubator = _incubator(request, pk)
    form = WishForm(sent(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            row = operations.apply_for_stay(
                by=acting_user(request), now=clock.now(), incubator=incubator, wish=Wish(**form.cleaned_data)
            )
            return redirect(row)
        except DomainError as refusal:
            put_into(form, refusal)
    context = {
        "form": form,
        "incubator": incubator,
        "hindered": hindered(organizations_of(request.user), clock.today()).values(),
    }
    status = BAD_REQUEST if form.errors else None
    return render(request, "socialorgs/incubation/form.html", context, status=status)


def _find(request: HttpRequest, pk: int) -> IncubationStay:
    return get_object_or_404(IncubationStay.objects.visible_to(request.user).for_list().with_next(), pk=pk)


@login_required
@require_safe
def stay_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a stay to those concerned: scores, plan, reviews, and what can be done now."""
    return _page(request, _find(request, pk))


def _page(request: HttpRequest, row: IncubationStay, tried: Tried | None = None) -> HttpResponse:
    by = acting_user(request)
    offers = lifecycle.available(row, by)
    names = [offer.move.name for offer in offers if offer.is_open]
    if row.status in SHELLS and request.user.has_perm("socialorgs.operate_incubation", row):
        names = ["plan", "done", "review", *names]
    home = reverse("socialorgs:stay-detail", args=[row.pk])
    context = {
        "stay": row,
        "scores": row.scores.order_by("phase", "round", "pk"),
        "plan": row.plan_items.order_by("due_on", "pk"),
        "reviews": row.reviews.order_by("-held_on"),
        "today": clock.today(),
        "next": next_of(row, clock.today()),
        "has_agreement": row.admitted_on is not None,
        "has_certificate": row.status == StayStatus.GRADUATED,
        "may_file": _may_file(request, row),
        "steps": steps_of(acts_for(row), names, f"{home}acts/", tried),
        "closed": [
            # Who takes the next step is told with it; here stands why those who take it cannot do so now.
            offer
            for offer in offers
            if not offer.is_open and offer.is_next and by.has_perm(offer.move.permission, row)
        ],
    }
    return render(request, "socialorgs/incubation/stay.html", context, status=BAD_REQUEST if tried else None)


def _may_file(request: HttpRequest, row: IncubationStay) -> bool:
    """Tell whether the group may ask now to be filed."""
    is_group = row.kind != ApplicantKind.ORGANIZATION and row.organization_id is None and row.status in SHELLS
    is_free = row.filing is None or row.filing.status in FAILED_FILINGS
    return is_group and is_free and request.user.has_perm("socialorgs.apply_for_incubation", row)


class StayFiling(RowForm):
    """Ask that an incubated group be filed: the way from the shell into the register."""

    form_class = DescribedForm
    template_name = "socialorgs/incubation/file.html"
    permission = "socialorgs.apply_for_incubation"
    title = _("Ask that the group be filed")

    def find(self, request: HttpRequest, pk: int) -> IncubationStay:
        """Return the stay."""
        return _find(request, pk)

    def get_initial(self) -> dict[str, Any]:
        """Fill in what is known."""
        row: IncubationStay = self.row
        return {"name": row.name, "form": "GROUP", "purpose": row.idea, "head_name": acting_user(self.request)}

    def done(self, form: Any) -> object:
        """Ask for the filing, and lead to it."""
        said = {"by": acting_user(self.request), "now": clock.now(), "stay": self.row}
        return self.attempt(form, file_stay, described=form.described(), **said)


@login_required
@require_safe
def stay_agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the agreement of a body that was admitted, with its capacity plan, to those concerned."""
    row = _find(request, pk)
    if row.admitted_on is None:
        raise Http404
    plan = list(row.plan_items.order_by("due_on", "pk")[:MOST_PLANNED])
    shows = (row.pk, row.name, row.place_id, row.due_on, [(item.title, item.due_on) for item in plan])
    return printed(request, shows, lambda: print_agreement(row, plan), name=f"stay-{row.pk}-agreement.pdf")


@login_required
@require_safe
def stay_certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the certificate of a body that has left with success to those concerned."""
    row = _find(request, pk)
    if row.status != StayStatus.GRADUATED:
        raise Http404
    shows = (row.pk, row.name, row.organization_id, row.ended_at)
    return printed(request, shows, lambda: print_certificate(row), name=f"stay-{row.pk}-certificate.pdf")


@require_POST
def stay_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("socialorgs:stay-detail", args=[pk]))
    row = _find(request, pk)
    acts = acts_for(row)
    if name not in acts:
        raise Http404
    tried = take_step(request, acts[name], name, row)
    return redirect(row) if tried is None else _page(request, _find(request, pk), tried)
