"""Participatory budgets for everybody: what is called for, what is proposed, what was chosen and why."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from consultation.ballots.allocation.allocate import TooManyRuns
from consultation.ballots.allocation.pabulib import FileUnreadable, decoded, read_pb
from consultation.ballots.allocation.sentences import rule_in_words
from consultation.ballots.policy import grouped
from funds.budgeting import moving, operations, queries, refusals
from funds.budgeting.drawing import draw
from funds.budgeting.filters import BudgetRoundFilter
from funds.budgeting.forms import CostForm, ExclusionForm, ProposalForm, ReasonForm, TrialForm, VoteForm
from funds.budgeting.lifecycle import BEFORE_VOTE, PROPOSAL, ROUND
from funds.budgeting.models import BudgetProposal, BudgetRound, ProposalExclusion
from funds.charity.models import CommunityFund
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError
from governance.pages import Act, keyset_page, sent, steps_of, take_step, told_of, told_of_all

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

    from governance.accounts.models import User
    from governance.pages import Tried

MOST_FUNDS = 20
MOST_BYTES = 4 * 1024 * 1024
MOST_TRIED, MOST_PROJECTS = 20_000, 500
"""Papers and projects of a file up to which a rule is tried while somebody waits."""
MOST_RUNS = 3_000
"""Runs of equal shares made meanwhile."""


def _lead(row: Any, by: User, now: dt.datetime, data: dict[str, Any], name: str) -> object:
    return moving.lead(row, name, by=by, now=now, data=data)


def _judge(row: Any, by: User, now: dt.datetime, data: dict[str, Any], name: str) -> object:
    return moving.judge(row, name, by=by, now=now, data=data)


FORMS: dict[str, Any] = {
    "put_to_vote": VoteForm,
    "cancel": ReasonForm,
    "accept": CostForm,
    "uphold": CostForm,
    "refuse": ReasonForm,
    "appeal": ReasonForm,
    "dismiss": ReasonForm,
}
ACTS = {
    step.name: Act(step.label, partial(_lead, name=step.name), FORMS.get(step.name), is_grave=step.name == "cancel")
    for step in ROUND.moves
}
ASK = Act(
    _("Make the requests for the chosen projects"),
    lambda row, by, now, _data: operations.ask_for_chosen(by=by, now=now, budget_round=row),
)
PROPOSAL_ACTS = {
    step.name: Act(step.label, partial(_judge, name=step.name), FORMS.get(step.name)) for step in PROPOSAL.moves
}
PROPOSE = Act(
    _("Propose a project"),
    lambda row, by, now, data: operations.propose(by=by, now=now, budget_round=row, **data),
    ProposalForm,
)


@require_safe
def round_list(request: HttpRequest) -> HttpResponse:
    """List the rounds, newest first."""
    narrowed = BudgetRoundFilter(request.GET, BudgetRound.objects.visible_to(request.user).for_list())
    rows = narrowed.qs if narrowed.is_valid() else BudgetRound.objects.none()
    context = {"filter": narrowed, "page": keyset_page(rows, request), "funds": _funds_of(request)}
    return render(request, "funds/budgeting/list.html", context)


def _funds_of(request: HttpRequest) -> list[CommunityFund]:
    """Return the funds over whose money the person can draft a round, asked for by those who draft only."""
    if not request.user.is_authenticated or not request.user.has_perm("funds.manage_budget_round"):
        return []
    rows = CommunityFund.objects.handled_by(acting_user(request)).select_related("division").order_by("name", "pk")
    return [fund for fund in rows[:MOST_FUNDS] if request.user.has_perm("funds.manage_budget_round", fund)]


def _round(request: HttpRequest, pk: int) -> BudgetRound:
    return get_object_or_404(BudgetRound.objects.visible_to(request.user).for_detail(), pk=pk)


@require_safe
def round_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a round: its rule, its proposals, and when it is counted who was chosen and why."""
    return _page(request, _round(request, pk))


def _page(request: HttpRequest, row: BudgetRound, tried: Tried | None = None) -> HttpResponse:
    user, today = request.user, clock.today()
    offers = lifecycle.available(row, acting_user(request)) if user.is_authenticated else []
    url = reverse("funds:budget-round-detail", args=[row.pk])
    steps = steps_of(ACTS, [offer.move.name for offer in offers if offer.is_open], url, tried)
    proposals = list(row.proposals.for_list().select_related("request__fund__division"))
    asked = [one.request for one in proposals if one.request is not None]
    told = told_of_all(asked, user)
    if (
        user.is_authenticated
        and row.status == "DECIDED"
        and user.has_perm("funds.enter_spending_request", row.fund)
        and any(one.is_winner and not one.request_id for one in proposals)
    ):
        steps += steps_of({"ask": ASK}, ["ask"], url, tried)
    shown = queries.outcome_of(row) if row.outcome else None
    may_manage = user.is_authenticated and user.has_perm("funds.manage_budget_round", row)
    takes_proposals = row.status == "CALL" and today <= row.proposals_until
    context = {
        "row": row,
        "trail": [*Division.objects.ancestors(row.division), row.fund],
        "proposals": [(one, told.get(one.request_id or 0, [])) for one in proposals],
        "exclusions": list(
            ProposalExclusion.objects.filter(first__round=row).select_related("first", "second").order_by("pk")
        ),
        "rule": rule_in_words(row.rule),
        "fingerprint": grouped(row.fingerprint),
        "shown": shown,
        "turnout": queries.turnout_of(row),
        "picture": draw(shown) if shown else None,
        "steps": steps,
        "closed": [offer for offer in offers if may_manage and not offer.is_open and offer.is_next],
        "takes_proposals": takes_proposals,
        "may_propose": takes_proposals and user.is_authenticated and user.has_perm("funds.propose_for_budget", row),
        "may_edit": row.status == "DRAFT" and may_manage,
        "may_try": may_manage,
    }
    return render(request, "funds/budgeting/detail.html", context, status=400 if tried else 200)


@require_POST
@login_required
def round_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step that the page offers; what is refused stays filled in with the reason."""
    row = _round(request, pk)
    act = ASK if name == "ask" else ACTS.get(name)
    if act is None:
        raise Http404
    tried = take_step(request, act, name, row)
    return _page(request, _round(request, pk), tried) if tried else HttpResponseRedirect(row.get_absolute_url())


@login_required
def proposal_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a proposal in."""
    row = _round(request, pk)
    if not request.user.has_perm("funds.propose_for_budget", row):
        raise Http404
    tried = take_step(request, PROPOSE, "propose", row) if request.method == "POST" else None
    if request.method == "POST" and tried is None:
        return HttpResponseRedirect(row.get_absolute_url())
    form = tried[1] if tried else ProposalForm(auto_id="propose-%s")
    context = {
        "title": PROPOSE.label,
        "row": row,
        "form": form,
        "trail": [*Division.objects.ancestors(row.division), row.fund, row],
    }
    return render(request, "funds/budgeting/form.html", context, status=400 if tried else 200)


@require_safe
def proposal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a proposal with what became of it."""
    return _proposal_page(request, _proposal(request, pk))


def _proposal(request: HttpRequest, pk: int) -> BudgetProposal:
    rows = BudgetProposal.objects.visible_to(request.user).for_list()
    rows = rows.select_related("matter", "topic", "request__fund__division")
    return get_object_or_404(rows, pk=pk)


def _proposal_page(request: HttpRequest, row: BudgetProposal, tried: Tried | None = None) -> HttpResponse:
    offers = lifecycle.available(row, acting_user(request)) if request.user.is_authenticated else []
    url = reverse("funds:budget-proposal-detail", args=[row.pk])
    names = [offer.move.name for offer in offers if offer.is_open]
    if row.round.status in BEFORE_VOTE and request.user.has_perm("funds.examine_budget_proposal", row):
        names.append("exclude")
    context = {
        "row": row,
        "trail": [*Division.objects.ancestors(row.division), row.fund, row.round],
        "told": told_of(row.request, request.user) if row.request is not None else [],
        "steps": steps_of({**PROPOSAL_ACTS, "exclude": _exclusion(row)}, names, url, tried),
        "exclusions": list(
            ProposalExclusion.objects.filter(Q(first=row) | Q(second=row))
            .select_related("first", "second")
            .order_by("pk")
        ),
    }
    return render(request, "funds/budgeting/proposal.html", context, status=400 if tried else 200)


def _exclusion(row: BudgetProposal) -> Act:
    return Act(
        _("State that another proposal excludes it"),
        lambda one, by, now, data: operations.state_exclusion(by=by, now=now, one=one, **data),
        partial(ExclusionForm, beside=row),
    )


@require_POST
@login_required
def proposal_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with a proposal."""
    row = _proposal(request, pk)
    act = _exclusion(row) if name == "exclude" else PROPOSAL_ACTS.get(name)
    if act is None:
        raise Http404
    tried = take_step(request, act, name, row)
    if tried:
        return _proposal_page(request, _proposal(request, pk), tried)
    return HttpResponseRedirect(reverse("funds:budget-proposal-detail", args=[row.pk]))


@require_safe
def round_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out a counted round as a `.pb` file, in the form in which cities exchange them."""
    row = _round(request, pk)
    if row.outcome is None:
        raise Http404
    answer = HttpResponse(queries.pb_of(row, request.user), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="budget-{row.pk}.pb"'
    return answer


@login_required
def round_trial(request: HttpRequest, pk: int) -> HttpResponse:
    """Try the rule of a round on the last round's votes, or on a file; nothing is written down."""
    row = _round(request, pk)
    if not request.user.has_perm("funds.manage_budget_round", row):
        raise Http404
    last = shown = None
    form = TrialForm(sent(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            shown = _tried_on_file(row, form.cleaned_data["file"])
        except DomainError as refusal:
            form.add_error("file", str(refusal))
    elif request.method == "GET":
        found = queries.dry_run(row, request.user)
        last, shown = found or (None, None)
    context = {
        "row": row,
        "trail": [*Division.objects.ancestors(row.division), row.fund, row],
        "form": form,
        "last": last,
        "shown": shown,
        "picture": draw(shown) if shown else None,
        "rule": rule_in_words(row.rule),
    }
    return render(request, "funds/budgeting/trial.html", context, status=400 if form.errors else 200)


def _tried_on_file(row: BudgetRound, file: Any) -> queries.Shown:
    """Count a file that was handed in by the rule of the round.

    Raises:
        FileNotTried: it is too large or cannot be read; with the lines.
    """
    if file.size > MOST_BYTES:
        raise refusals.FileNotTried(faults=_("It is larger than 4 MB."))
    try:
        read = read_pb(decoded(file.read()))
    except FileUnreadable as refusal:
        raise refusals.FileNotTried(faults="; ".join(str(fault) for fault in refusal.faults[:5])) from refusal
    if read.election.voters > MOST_TRIED:
        raise refusals.FileNotTried(faults=_("It has more than %(most)s papers.") % {"most": MOST_TRIED})
    if len(read.election.projects) > MOST_PROJECTS:
        raise refusals.FileNotTried(faults=_("It has more than %(most)s projects.") % {"most": MOST_PROJECTS})
    rule = queries.rule_for(row, read.election.voters)
    try:
        found = queries.tried(read.election, rule, most_runs=MOST_RUNS)
    except TooManyRuns as error:
        raise refusals.FileNotTried(faults=_("Its count takes too long to wait for.")) from error
    return queries.shown(read.election, found.document(), read.kind)
