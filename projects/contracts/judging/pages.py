"""How a contract is watched: visits, reviews and audits for everybody; the board of a place for its staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from governance.calendar import clock
from governance.pages import Act, Tried, keyset_page, steps_of
from projects.contracts.forms import ReasonForm
from projects.contracts.frame import TriedPart, act_on, contract_for, on, parts
from projects.contracts.judging import operations
from projects.contracts.judging.forms import AnswerForm, ItemForm, ReviewForm
from projects.contracts.judging.lifecycle import REVIEW
from projects.contracts.judging.queries import watched
from projects.contracts.lifecycle import UNDER_WAY, ContractStatus
from projects.contracts.models import Contract

if TYPE_CHECKING:
    from django.http import HttpRequest

A_PAGE = 20

REVIEW_ACTS = {
    "answer": Act(REVIEW.by_name["answer"].label, on("review", operations.answer_review), AnswerForm),
    "settle": Act(REVIEW.by_name["settle"].label, on("review", operations.settle_review)),
    "return_answer": Act(
        REVIEW.by_name["return_answer"].label, on("review", operations.return_answer), ReasonForm, is_grave=True
    ),
}
ITEM_ACTS = {"judge": Act(_("Judge the item"), on("deliverable", operations.judge_item), ItemForm)}
WATCH_ACTS = {"review": Act(_("Record a visit, review or audit"), on("contract", operations.record_review), ReviewForm)}


@require_safe
def contract_watch(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the visits, reviews and audits of a contract with what was mended."""
    return watch_page(request, contract_for(request, pk))


def watch_page(
    request: HttpRequest, contract: Contract, tried: Tried | None = None, refused: TriedPart | None = None
) -> HttpResponse:
    """Show the page, with what was refused."""
    may = request.user.has_perm("projects.review_contract", contract) and contract.status in UNDER_WAY
    url = reverse("projects:contract-watch", args=[contract.pk])
    rows = contract.reviews.prefetch_related("evidence").order_by("-held_on", "-pk")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "contract": contract,
        "trail": contract.division.way,
        "steps": steps_of(WATCH_ACTS, ["review"] if may else [], url, tried),
        "page": page,
        "reviews": parts(request, contract, page, REVIEW_ACTS, refused),
        "tab": "watch",
    }
    return render(request, "projects/contracts/watch.html", context, status=400 if tried or refused else 200)


@require_POST
def contract_watch_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Record a visit or review; what is refused stays filled in with the reason."""
    contract = contract_for(request, pk)
    answer = act_on(request, contract, WATCH_ACTS, name, reverse("projects:contract-watch", args=[contract.pk]))
    return answer if isinstance(answer, HttpResponse) else watch_page(request, contract_for(request, pk), answer)


@require_safe
@login_required
def contract_board(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the staff of a place what is to be watched in its running contracts: time, spending, milestones, remarks."""
    place = get_object_or_404(Division, pk=pk)
    if not request.user.has_perm("projects.watch_contracts", place):
        raise PermissionDenied
    rows = Contract.objects.in_division(place).filter(status__in=[ContractStatus.RUNNING, ContractStatus.DELIVERED])
    page = keyset_page(rows.for_list(), request)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": page,
        "watched": watched(list(page.rows), clock.today()),
    }
    return render(request, "projects/contracts/board.html", context)
