"""The pages of supervision: a body's own reports, orders, grades and repairs; public lists; tips about illegal bodies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.forms import BaseForm
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance import lifecycle, printing
from governance.accounts.queries import acting_user, system_actor
from governance.accounts.secrets import keyed_hash
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import Act, RowForm, Tried, keyset_page, printed, sent, steps_of, take_step
from socialorgs.register.forms import ReasonForm
from socialorgs.register.models import CreditListing, SocialOrganization
from socialorgs.register.queries import organizations_of
from socialorgs.supervision import forms as asked
from socialorgs.supervision import operations
from socialorgs.supervision.filters import AssessmentFilter, IllegalCaseFilter
from socialorgs.supervision.grading import operations as grading
from socialorgs.supervision.grading.lifecycle import ASSESSMENT, HOLDING
from socialorgs.supervision.grading.models import Assessment
from socialorgs.supervision.illegal import operations as illegal
from socialorgs.supervision.illegal.models import IllegalCase, IllegalTip
from socialorgs.supervision.illegal.policy import plain_code, spaced
from socialorgs.supervision.lifecycle import RECTIFICATION, REPAIR, SAID, YEAR_REPORT, RepairStatus
from socialorgs.supervision.models import CreditRepair, RectificationOrder, YearReport
from socialorgs.supervision.queries import UNMENDED, against_a_grade, repair_from
from socialorgs.supervision.refusals import RepairTooEarly, RepairUnderWay

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse

    from governance.accounts.models import User
    from governance.lifecycle import Lifecycle

BAD_REQUEST = 400
MOST_SHOWN = 50


def acts_of(
    machine: Lifecycle,
    noun: str,
    runs: Mapping[str, Callable[..., object]],
    asks: Mapping[str, Callable[..., BaseForm]],
) -> dict[str, Act]:
    """Return the moves of a machine as a page offers them: each with what it asks for and the operation behind it."""

    def act(name: str) -> Act:
        def run(row: Model, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
            if name not in runs:
                return lifecycle.move(row, name, by=by, now=now)
            return runs[name](by=by, now=now, **{noun: row}, **data)

        move = machine.by_name[name]
        return Act(move.label, run, asks.get(name), is_grave=move.needs_reason)

    return {move.name: act(move.name) for move in machine.moves if move.permission != lifecycle.SYSTEM}


def _submit(*, report: YearReport, by: User, now: dt.datetime, **said: Any) -> YearReport:
    return operations.submit_report(by=by, now=now, report=report, said=operations.Said(**said))


@dataclass(frozen=True, slots=True)
class Paged:
    """One kind of row with a page of its own, on which its moves are made."""

    model: Any
    template: str
    url: str
    acts: dict[str, Act]
    filled: tuple[str, type[BaseForm], tuple[str, ...]] | None = None
    """The act whose form begins with what the row says, its form and its columns."""

    def acts_for(self, row: Any) -> dict[str, Act]:
        """Return the acts for one row."""
        if self.filled is None:
            return self.acts
        name, form, columns = self.filled
        initial = {column: getattr(row, column) for column in columns}
        return {**self.acts, name: replace(self.acts[name], form=partial(form, initial=initial))}


REPORTS = Paged(
    YearReport,
    "socialorgs/supervision/report.html",
    "socialorgs:year-report",
    acts_of(
        YEAR_REPORT,
        "report",
        {
            "submit": _submit,
            "forward": operations.forward_report,
            "send_back": operations.send_report_back,
            "conclude": operations.conclude_report,
            "put_on_list": lambda *, report, **given: operations.list_for_miss(row=report, **given),
        },
        {
            "submit": asked.ReportForm,
            "forward": asked.FirstOpinionForm,
            "send_back": ReasonForm,
            "conclude": asked.ConclusionForm,
            "put_on_list": asked.MissForm,
        },
    ),
    filled=("submit", asked.ReportForm, SAID),
)
ORDERS = Paged(
    RectificationOrder,
    "socialorgs/supervision/order.html",
    "socialorgs:rectification",
    acts_of(
        RECTIFICATION,
        "order",
        {
            "issue": operations.issue_rectification,
            "drop": operations.drop_rectification,
            "report": operations.report_rectification,
            "send_back": operations.send_rectification_back,
            "put_on_list": lambda *, order, **given: operations.list_for_miss(row=order, **given),
        },
        {
            "drop": ReasonForm,
            "report": asked.MendedForm,
            "send_back": asked.AgainForm,
            "put_on_list": asked.MissForm,
        },
    ),
)
REPAIRS = Paged(
    CreditRepair,
    "socialorgs/supervision/repair.html",
    "socialorgs:repair",
    acts_of(
        REPAIR,
        "repair",
        {"approve": operations.approve_repair, "refuse": operations.refuse_repair},
        {"refuse": ReasonForm},
    ),
)
NOTIFIED = "notified"


def _notified(row: Assessment, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return grading.record_notification(by=by, now=now, assessment=row, **data)


ASSESSMENTS = Paged(
    Assessment,
    "socialorgs/supervision/assessment.html",
    "socialorgs:assessment",
    acts_of(
        ASSESSMENT,
        "assessment",
        {
            "score": grading.score_assessment,
            "grant": grading.grant_grade,
            "refuse": grading.refuse_grade,
            "question": grading.question_grade,
            "keep": grading.keep_grade,
            "downgrade": grading.downgrade,
        },
        {
            "score": asked.ScoreForm,
            "grant": asked.VoteForm,
            "refuse": ReasonForm,
            "question": asked.QuestionForm,
            "keep": ReasonForm,
        },
    )
    | {NOTIFIED: Act(_("Write down that the result was notified"), _notified, asked.NotifiedForm)},
)


def _find(paged: Paged, request: HttpRequest, pk: int) -> Any:
    return get_object_or_404(paged.model.objects.visible_to(request.user).for_list(), pk=pk)


def _page(paged: Paged, request: HttpRequest, row: Any, tried: Tried | None = None) -> HttpResponse:
    user = request.user
    offers = lifecycle.available(row, acting_user(request)) if user.is_authenticated else []
    names = [offer.move.name for offer in offers if offer.is_open]
    is_untold = isinstance(row, Assessment) and row.step_due_on is not None
    if is_untold and user.has_perm("socialorgs.decide_assessment", row):
        names.append(NOTIFIED)
    home = reverse(f"{paged.url}-detail", args=[row.pk])
    is_concerned = user.is_authenticated and user.has_perm("socialorgs.view_year_report", row)
    context = {
        "row": row,
        "organization": row.organization,
        "is_concerned": is_concerned,
        "steps": steps_of(paged.acts_for(row), names, f"{home}acts/", tried),
        "closed": [offer for offer in offers if is_concerned and not offer.is_open and offer.is_next],
        "votes": row.votes.order_by("pk") if is_concerned and isinstance(row, Assessment) else (),
        "today": clock.today(),
        "is_late": is_untold and row.is_late_on(clock.today()),
    }
    return render(request, paged.template, context, status=BAD_REQUEST if tried else None)


def _act(paged: Paged, request: HttpRequest, pk: int, name: str) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(reverse(f"{paged.url}-detail", args=[pk]))
    row = _find(paged, request, pk)
    if name not in paged.acts:
        raise Http404
    tried = take_step(request, paged.acts[name], name, row)
    return redirect(row) if tried is None else _page(paged, request, _find(paged, request, pk), tried)


@login_required
@require_safe
def report_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the report of a year to the body and to staff, with what can be done now."""
    return _page(REPORTS, request, _find(REPORTS, request, pk))


@require_POST
def report_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with a report; what is refused stays filled in with the reason."""
    return _act(REPORTS, request, pk, name)


@login_required
@require_safe
def order_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an order to the body and to staff."""
    return _page(ORDERS, request, _find(ORDERS, request, pk))


@require_POST
def order_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with an order."""
    return _act(ORDERS, request, pk, name)


@login_required
@require_safe
def order_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Return an issued order as it is handed over, on A4."""
    row = _find(ORDERS, request, pk)
    if row.number is None:
        raise Http404
    context = {"row": row, "organization": row.organization}
    make = partial(printing.render, "socialorgs/supervision/order_paper.html", context)
    return printed(request, ("rectification", row.pk, row.due_on), make, name=f"{row.number}.pdf")


@login_required
@require_safe
def repair_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the repair of a listing to the body and to staff."""
    return _page(REPAIRS, request, _find(REPAIRS, request, pk))


@require_POST
def repair_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with a repair."""
    return _act(REPAIRS, request, pk, name)


@require_safe
def assessment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an assessment: what was granted to everybody, the rest to the body and to staff."""
    return _page(ASSESSMENTS, request, _find(ASSESSMENTS, request, pk))


@require_POST
def assessment_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with an assessment."""
    return _act(ASSESSMENTS, request, pk, name)


@require_safe
def assessment_list(request: HttpRequest) -> HttpResponse:
    """Show which organizations hold a grade today, for everybody; three queries."""
    rows = Assessment.objects.filter(status__in=HOLDING).holding_on(clock.today()).for_list()
    narrowed = AssessmentFilter(request.GET, rows)
    found = narrowed.qs if narrowed.is_valid() else Assessment.objects.none()
    return render(
        request, "socialorgs/supervision/grades.html", {"filter": narrowed, "page": keyset_page(found, request)}
    )


class AskForGrade(RowForm):
    """Ask for an assessment, by those who act for the body."""

    form_class = asked.StatementForm
    template_name = "socialorgs/supervision/ask.html"
    permission = "socialorgs.apply_for_grade"
    title = _("Ask for an assessment")

    def find(self, request: HttpRequest, pk: int) -> SocialOrganization:
        """Return the organization."""
        return get_object_or_404(SocialOrganization.objects.visible_to(request.user).for_list(), pk=pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what stands in the way before anything is typed."""
        return {**super().get_context_data(**kwargs), "reasons": against_a_grade(self.row, clock.today())}

    def done(self, form: Any) -> Any:
        """Apply."""
        said = {"by": acting_user(self.request), "now": clock.now(), "organization": self.row, **form.cleaned_data}
        return self.attempt(form, grading.apply_for_grade, **said)


class AskForRepair(RowForm):
    """Ask that a listing be lifted, by those who act for the body."""

    form_class = asked.RepairForm
    template_name = "socialorgs/supervision/ask.html"
    permission = "socialorgs.apply_for_repair"
    title = _("Ask that the listing be lifted")

    def find(self, request: HttpRequest, pk: int) -> CreditListing:
        """Return the listing."""
        return get_object_or_404(CreditListing.objects.visible_to(request.user).for_list(), pk=pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say first from which day on nothing has to be mended, and whether the repair was applied for already."""
        today = clock.today()
        hints: list[DomainError] = []
        if today < (earliest := repair_from(self.row, today)):
            hints.append(RepairTooEarly(day=earliest))
        if self.row.repairs.filter(status=RepairStatus.APPLIED).exists():
            hints.append(RepairUnderWay())
        return super().get_context_data(hints=hints, **kwargs)

    def done(self, form: Any) -> Any:
        """Apply."""
        said = {"by": acting_user(self.request), "now": clock.now(), "listing": self.row, **form.cleaned_data}
        return self.attempt(form, operations.apply_for_repair, **said)


@login_required
@require_safe
def my_supervision(request: HttpRequest) -> HttpResponse:
    """Show what is owed for the organizations that one acts for: reports, orders, listings, grades; seven queries."""
    keys = organizations_of(request.user)
    own = {"organization__in": keys}
    today = clock.today()
    repairs = list(CreditRepair.objects.filter(**own).for_list()[:MOST_SHOWN])
    context = {
        "organizations": SocialOrganization.objects.filter(pk__in=keys).for_list()[:MOST_SHOWN],
        "reports": YearReport.objects.filter(**own).for_list()[:MOST_SHOWN],
        "orders": RectificationOrder.objects.filter(**own).exclude(number=None).for_list()[:MOST_SHOWN],
        "listings": CreditListing.objects.filter(**own).running_on(today).for_list()[:MOST_SHOWN],
        "repairs": repairs,
        "asked": {repair.listing_id for repair in repairs if repair.status == RepairStatus.APPLIED},
        "assessments": Assessment.objects.filter(**own).for_list()[:MOST_SHOWN],
        "unmended": UNMENDED,
        "today": today,
    }
    return render(request, "socialorgs/supervision/mine.html", context)


@require_safe
def illegal_list(request: HttpRequest) -> HttpResponse:
    """Show the public list of illegal organizations, newest decision first; two queries."""
    narrowed = IllegalCaseFilter(request.GET, IllegalCase.objects.public().for_list())
    rows = narrowed.qs if narrowed.is_valid() else IllegalCase.objects.none()
    page = keyset_page(rows, request)
    return render(request, "socialorgs/supervision/illegal.html", {"filter": narrowed, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def tip_new(request: HttpRequest) -> HttpResponse:
    """Take a tip about an illegal organization from anybody; what is refused stays filled in.

    The system receives it, so that nothing names who gave it; the code is shown on this page only.
    """
    form = asked.TipForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            _row, code = illegal.give_tip(by=system_actor(), now=clock.now(), **form.cleaned_data)
            answer = render(request, "socialorgs/supervision/tip_given.html", {"code": spaced(code)})
            answer["Cache-Control"] = "no-store"
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            return answer
    status = BAD_REQUEST if form.errors else None
    return render(request, "socialorgs/supervision/tip.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def tip_follow(request: HttpRequest) -> HttpResponse:
    """Tell whoever has the code of a tip what came of it; the code stands in no address."""
    form = asked.CodeForm(sent(request))
    tip = None
    if request.method == "POST" and form.is_valid():
        digest = keyed_hash(plain_code(form.cleaned_data["code"]))
        tip = IllegalTip.objects.select_related("case").filter(code_hash=digest).first()
        if tip is None:
            form.add_error("code", _("There is no tip under this code."))
    status = BAD_REQUEST if form.errors else None
    return render(request, "socialorgs/supervision/tip_follow.html", {"form": form, "tip": tip}, status=status)
