"""Contracts on the phone: what was promised, shown, accepted and paid; residents say whether they are content."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from communities.notices.models import Attachment
from communities.territory.models import Division
from governance import lifecycle
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError
from governance.pages import Act, Step, Tried, back_with, keyset_page, printed, steps_of, take_step, told_of
from governance.printing import render as print_paper
from projects.contracts import evaluating, operations
from projects.contracts.filters import ContractFilter
from projects.contracts.forms import (
    CorrectionForm,
    EvidenceForm,
    OpinionForm,
    ReasonForm,
    ReportForm,
    WithheldForm,
    corrected,
)
from projects.contracts.frame import Part, TriedPart, act_on, part_address
from projects.contracts.grades import may_decide
from projects.contracts.judging import operations as judging
from projects.contracts.judging.forms import TakenOpinionForm
from projects.contracts.judging.models import ContractReview, Deliverable
from projects.contracts.judging.pages import ITEM_ACTS, REVIEW_ACTS, watch_page
from projects.contracts.lifecycle import CONTRACT, MILESTONE, ContractStatus
from projects.contracts.models import Contract, Instalment, Milestone
from projects.contracts.queries import (
    Acceptance,
    acceptance_of,
    chain_of,
    clocks_of,
    instalments_of,
    is_due,
    is_released,
    progress_of,
    rest_waits_for,
    waits_for,
    waits_for_grade,
)
from projects.contracts.services.pages import SERVICE_PARTS, services_page
from projects.contracts.shares import Share, shares_of
from projects.contracts.sheet import contracts_sheet
from projects.contracts.terms import operations as terms
from projects.contracts.terms.pages import MONEY_PARTS, money_page
from projects.contracts.terms.queries import lines_of
from projects.contracts.terms.spreadsheet import money_sheet
from projects.evaluation.queries import outcome_of
from socialorgs.register.barring.queries import proposal_told
from socialorgs.register.queries import organizations_of
from socialorgs.register.rules import organization_person
from socialorgs.supervision.models import StandingAlert

if TYPE_CHECKING:
    from django.http import HttpRequest

    from projects.contracts.terms.models import AwardPayment

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GIVE_OPINION = "give_opinion"
TAKE_OPINION = "take_opinion"
JOIN = "join"
DESPITE = "pay_despite_grade"
WITHHOLD = "withhold_rest"
CORRECT = "correct"


def _plain(operation: Any) -> Any:
    def run(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, contract=row, **data)

    return run


def _sign(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.sign_contract(by=by, now=now, today=clock.today(), contract=row)


def _label(name: str) -> Any:
    return CONTRACT.by_name[name].label


ACTS = {
    CORRECT: Act(gettext_lazy("Correct the draft"), _plain(corrected), CorrectionForm),
    "offer": Act(_label("offer"), _plain(operations.offer_contract)),
    "agree": Act(_label("agree"), _plain(operations.agree_contract)),
    "sign": Act(_label("sign"), _sign),
    "report_delivery": Act(_label("report_delivery"), _plain(operations.report_delivery), ReportForm),
    "return_delivery": Act(_label("return_delivery"), _plain(operations.return_delivery), ReasonForm, is_grave=True),
    "accept": Act(_label("accept"), _plain(operations.accept_contract)),
    "close": Act(_label("close"), _plain(operations.close_contract)),
    "terminate": Act(_label("terminate"), _plain(operations.terminate_contract), ReasonForm, is_grave=True),
    DESPITE: Act(
        gettext_lazy("Pay the rest although the evaluation was failed"),
        _plain(evaluating.pay_despite_grade),
        ReasonForm,
        is_grave=True,
    ),
    WITHHOLD: Act(
        gettext_lazy("Do not pay the rest: the evaluation was failed"),
        _plain(terms.withhold_rest),
        WithheldForm,
        is_grave=True,
    ),
    JOIN: Act(gettext_lazy("Sign for the community"), _plain(operations.join_contract)),
    TAKE_OPINION: Act(gettext_lazy("Take down an opinion"), _plain(judging.take_opinion), TakenOpinionForm),
    GIVE_OPINION: Act(
        gettext_lazy("Say whether you are content"), _plain(operations.give_acceptance_opinion), OpinionForm
    ),
}


def acts_of(contract: Contract) -> dict[str, Act]:
    """Return what can be done with a contract; the form of a correction shows what stands there."""
    return {**ACTS, CORRECT: replace(ACTS[CORRECT], form=partial(CorrectionForm, instance=contract))}


def _on_milestone(operation: Any) -> Any:
    def run(row: Milestone, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, milestone=row, **data)

    return run


MILESTONE_ACTS = {
    "report": Act(MILESTONE.by_name["report"].label, _on_milestone(operations.report_milestone), EvidenceForm),
    "confirm": Act(MILESTONE.by_name["confirm"].label, _on_milestone(operations.confirm_milestone)),
    "send_back": Act(
        MILESTONE.by_name["send_back"].label,
        _on_milestone(operations.return_milestone),
        ReasonForm,
        is_grave=True,
    ),
}


@dataclass(frozen=True, slots=True)
class ShownMilestone:
    """A milestone with what can be done with it."""

    milestone: Milestone
    files: list[Any]
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class ShownInstalment:
    """An instalment with whether it is due, and whether it may be released here."""

    instalment: Instalment
    is_due: bool
    waits_for: str
    may_release: bool
    public: list[AwardPayment]
    shares: list[Share]


@require_safe
def contract_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the contracts of a place and of those below it, newest first."""
    place = get_object_or_404(Division, pk=pk)
    narrowed = ContractFilter(request.GET, Contract.objects.visible_to(request.user).in_division(place).for_list())
    page = keyset_page(narrowed.qs if narrowed.is_valid() else Contract.objects.none(), request)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": page,
        "watches": request.user.is_authenticated and request.user.has_perm("projects.watch_contracts", place),
        "acts": bool(organizations_of(request.user)),
    }
    return render(request, "projects/contracts/list.html", context)


@require_safe
def contract_register(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the contracts of a place as a workbook, as far as one may see them, narrowed as the list is."""
    place = get_object_or_404(Division, pk=pk)
    narrowed = ContractFilter(request.GET, Contract.objects.visible_to(request.user).in_division(place))
    rows = narrowed.qs if narrowed.is_valid() else Contract.objects.none()
    try:
        answer = HttpResponse(contracts_sheet(rows), content_type=XLSX)
    except DomainError as refusal:
        return back_with(request, refusal)
    answer["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=gettext("Contracts in %(place)s.xlsx") % {"place": place.name}
    )
    return answer


@require_safe
def contract_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a contract with its milestones, the residents' opinions and the instalments."""
    return _page(request, _contract(request, pk))


def _contract(request: HttpRequest, pk: int) -> Contract:
    return get_object_or_404(Contract.objects.visible_to(request.user).for_page(), pk=pk)


def _page(
    request: HttpRequest,
    contract: Contract,
    tried: Tried | None = None,
    on_milestone: tuple[int, Tried] | None = None,
    refused: TriedPart | None = None,
) -> HttpResponse:
    handles = request.user.has_perm("projects.view_contract_file", contract)
    offers = lifecycle.available(contract, acting_user(request)) if handles else []
    names = [offer.move.name for offer in offers if offer.is_open]
    waits = contract.status == ContractStatus.DELIVERED
    acceptance: Acceptance | None = None
    if contract.delivery_number:
        acceptance = acceptance_of(contract, clock.today(), request.user)
        may_opine = waits and acceptance.lives_there and not acceptance.has_opined
        if may_opine and not organization_person(request.user, contract):
            names.append(GIVE_OPINION)
    if contract.status == ContractStatus.AGREED and contract.joined_at is None:
        names += [JOIN] if request.user.has_perm("projects.join_contract", contract) else []
    if acceptance is not None and acceptance.sample and waits:
        names += [TAKE_OPINION] if request.user.has_perm("projects.take_opinion", contract) else []
    if rest_waits_for(contract) and may_decide(contract) and request.user.has_perm("projects.sign_contract", contract):
        names += [DESPITE, WITHHOLD] if contract.status == ContractStatus.ACCEPTED else [DESPITE]
    if contract.status == ContractStatus.DRAFT and request.user.has_perm("projects.manage_contract", contract):
        names.insert(0, CORRECT)
    home = reverse("projects:contract-detail", args=[contract.pk])
    instalments = instalments_of(contract)
    context = {
        "contract": contract,
        "trail": contract.division.way,
        "steps": steps_of(acts_of(contract), names, f"{home}acts/", tried),
        "closed": [offer for offer in offers if not offer.is_open],
        "milestones": [
            _shown(request, contract, row, on_milestone, handles=handles) for row in contract.milestones.all()
        ],
        "instalments": _instalments(request, contract, instalments, acceptance),
        "items": _items(request, contract, refused),
        "chain": chain_of(contract),
        "clocks": clocks_of(contract, clock.today()),
        "told": told_of(contract, request.user),
        "progress": progress_of(contract, instalments, clock.today()),
        "acceptance": acceptance,
        "evaluation_result": outcome_of(contract.evaluation, request.user) if contract.evaluation else None,
        "tab": "contract",
        "has_opined": acceptance is not None and waits and acceptance.has_opined,
        "waits": waits,
        "alerts": [StandingAlert(**told) for told in contract.alerts] if handles else (),
    }
    return render(
        request, "projects/contracts/detail.html", context, status=400 if tried or on_milestone or refused else 200
    )


def _shown(
    request: HttpRequest, contract: Contract, row: Milestone, tried: tuple[int, Tried] | None, *, handles: bool
) -> ShownMilestone:
    row.contract = contract
    names = []
    if handles and contract.status == ContractStatus.RUNNING:
        offers = lifecycle.available(row, acting_user(request))
        names = [offer.move.name for offer in offers if offer.is_open]
    url = reverse("projects:milestone-detail", args=[row.pk])
    was_tried = tried[1] if tried is not None and tried[0] == row.pk else None
    files = [Attachment(**file) for file in row.files]
    return ShownMilestone(row, files, steps_of(MILESTONE_ACTS, names, f"{url}acts/", was_tried))


def _instalments(
    request: HttpRequest, contract: Contract, rows: list[Instalment], acceptance: Acceptance | None
) -> list[ShownInstalment]:
    may = request.user.has_perm("projects.manage_contract", contract)
    shares = shares_of(contract, rows) if contract.grant_id is not None else []
    found = []
    for row in rows:
        held = waits_for_grade(row, contract)
        due, of_it = not held and is_due(row, contract), [share for share in shares if share.number == row.number]
        open_yet = "" if is_due(row, contract) else waits_for(row, contract, acceptance)
        waits = " ".join(text for text in (open_yet, held) if text)
        may_release = due and may and not is_released(row)
        found.append(ShownInstalment(row, due, waits, may_release, row.public_payments, of_it))
    return found


def _items(request: HttpRequest, contract: Contract, refused: TriedPart | None) -> list[Part]:
    """Return what is promised, each to be judged by who accepts while a delivery waits."""
    may = contract.status == ContractStatus.DELIVERED and request.user.has_perm("projects.accept_contract", contract)
    found = []
    for row in contract.deliverables.all():
        url = part_address(contract, row)
        tried = refused.tried if refused and (refused.kind, refused.pk) == ("deliverable", row.pk) else None
        found.append(Part(row, steps_of(ITEM_ACTS, ["judge"] if may else [], url, tried)))
    return found


PARTS: dict[str, tuple[Any, dict[str, Act], str, Any]] = {
    **{kind: (*found, "projects:contract-money", money_page) for kind, found in MONEY_PARTS.items()},
    **{kind: (*found, "projects:contract-services", services_page) for kind, found in SERVICE_PARTS.items()},
    "contractreview": (ContractReview, REVIEW_ACTS, "projects:contract-watch", watch_page),
    "deliverable": (Deliverable, ITEM_ACTS, "projects:contract-detail", _page),
}
"""Rows that hang on a contract: their acts, the page on which they stand, and what shows it."""


@require_POST
def contract_part(request: HttpRequest, pk: int, part: str, key: int, name: str) -> HttpResponse:
    """Take a step with a row of a contract; what is refused stays filled in with the reason."""
    contract = _contract(request, pk)
    if part not in PARTS:
        raise Http404
    model, acts, address, show = PARTS[part]
    row = get_object_or_404(model, pk=key, contract=contract)
    row.contract = contract
    answer = act_on(request, row, acts, name, reverse(address, args=[contract.pk]))
    if isinstance(answer, HttpResponse):
        return answer
    shown: HttpResponse = show(request, _contract(request, pk), refused=TriedPart(part, key, answer))
    return shown


@require_POST
def contract_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    contract = _contract(request, pk)
    if name not in ACTS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(contract.get_absolute_url())
    tried = take_step(request, acts_of(contract)[name], name, contract)
    if tried is None and name == "terminate" and (said := proposal_told(contract.organization_id, contract.number)):
        messages.info(request, said)
    return redirect(contract) if tried is None else _page(request, _contract(request, pk), tried)


@require_POST
def contract_release(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Plan the payment of an instalment."""
    contract = _contract(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(contract.get_absolute_url())

    def run(row: Contract, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        del data
        return operations.release_instalment(by=by, now=now, contract=row, number=number)

    tried = take_step(request, Act(gettext_lazy("Release the instalment"), run), "release", contract)
    return redirect(contract) if tried is None else _page(request, _contract(request, pk), tried)


def _milestone(request: HttpRequest, pk: int) -> Milestone:
    contracts = Contract.objects.visible_to(request.user)
    rows = Milestone.objects.filter(contract__in=contracts)
    return get_object_or_404(rows.select_related("contract__division", "contract__organization"), pk=pk)


@require_safe
def milestone_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the milestone on its contract's page."""
    milestone = _milestone(request, pk)
    return redirect(f"{milestone.contract.get_absolute_url()}#milestone-{milestone.pk}")


@require_POST
def milestone_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with a milestone; what is refused stays filled in with the reason."""
    milestone = _milestone(request, pk)
    if name not in MILESTONE_ACTS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(milestone.contract.get_absolute_url())
    tried = take_step(request, MILESTONE_ACTS[name], name, milestone)
    if tried is None:
        return redirect(milestone.contract)
    return _page(request, _contract(request, milestone.contract_id), on_milestone=(milestone.pk, tried))


@require_safe
def contract_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Print the agreement of the three parties on A4, with its budget, items and instalments."""
    contract = _contract(request, pk)
    lines, instalments = lines_of(contract), list(contract.instalments.all())
    operation = getattr(contract, "operation", None)
    context = {
        "contract": contract,
        "lines": lines,
        "instalments": instalments,
        "milestones": list(contract.milestones.all()),
        "items": list(contract.deliverables.all()),
        "operation": operation,
        "printed_at": clock.now(),
        "address": request.build_absolute_uri(contract.get_absolute_url()),
    }
    shows = (
        contract.pk,
        contract.status,
        contract.last_day,
        [(state.line.pk, state.planned) for state in lines],
        [row.amount for row in instalments],
        operation and operation.pk,
    )

    def make() -> bytes:
        return print_paper("projects/contracts/paper.html", context)

    return printed(request, shows, make, name=f"{contract.number}.pdf")


@require_safe
def contract_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the budget against the spending of a contract as a workbook; single invoices to the staff of the place only."""
    contract = _contract(request, pk)
    is_inside = request.user.has_perm("projects.view_contract_file", contract)
    answer = HttpResponse(money_sheet(contract, with_invoices=is_inside), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{contract.number}.xlsx"'
    return answer
