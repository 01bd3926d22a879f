"""Recalls for everybody: what is demanded and why, what the member answers, how the vote went, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from consultation.ballots.queries import results_of
from consultation.conventions.recalls import lifecycle as table
from consultation.conventions.recalls import operations
from consultation.conventions.recalls.deeds import ACTS, BESIDES, besides
from consultation.conventions.recalls.filters import RecallFilter
from consultation.conventions.recalls.forms import DemandForm, representative_bodies
from consultation.conventions.recalls.lifecycle import RecallStatus
from consultation.conventions.recalls.models import Recall
from consultation.conventions.recalls.queries import miles_of, rule_of, seats_to_recall, signature_figures
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import RowForm, Tried, keyset_page, steps_of, take_step

if TYPE_CHECKING:
    from django.http import HttpRequest

    from governance.lifecycle import Offer

RIGHTS = (table.RUN, table.REVIEW)
MOST_SHOWN = 100


@require_safe
def recall_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the recalls of a place and of those below it, newest first; to the staff the seats that wait for a by-election."""
    division = get_object_or_404(Division, pk=pk)
    rows = Recall.objects.visible_to(request.user).in_division(division)
    runs_here = request.user.is_authenticated and request.user.has_perm(table.RUN, division)
    context = {
        "division": division,
        "page": keyset_page(RecallFilter(request.GET, rows.for_list()).qs, request),
        "trail": list(Division.objects.ancestors(division)),
        "vacant": list(rows.vacant().for_list()[:MOST_SHOWN]) if runs_here else [],
        "runs_here": runs_here,
    }
    return render(request, "consultation/recalls/list.html", context)


class NewRecall(RowForm):
    """The staff takes in a demand."""

    permission = table.RUN
    title = _("Take in a demand for a recall")
    form_class = DemandForm
    template_name = "consultation/recalls/new.html"

    def find(self, request: HttpRequest, pk: int) -> Division:
        """Return the place."""
        del request
        return get_object_or_404(Division, pk=pk)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the seats and the representatives' meetings of the place."""
        bodies = representative_bodies().filter(division__path__startswith=self.row.path)
        return {**super().get_form_kwargs(), "seats": seats_to_recall(self.row, clock.today()), "bodies": bodies}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show the way to the place."""
        return super().get_context_data(division=self.row, trail=list(Division.objects.ancestors(self.row)), **kwargs)

    def done(self, form: Any) -> Recall | None:
        """Take the demand in."""
        given = dict(form.cleaned_data)
        file = given.pop("sheet_file")
        found: Recall | None = self.attempt(
            form,
            operations.receive_demand,
            by=acting_user(self.request),
            now=clock.now(),
            sheet=(file.name, file.read()),
            **given,
        )
        return found


@require_safe
def recall_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one recall."""
    return _page(request, _recall(request, pk))


def _recall(request: HttpRequest, pk: int) -> Recall:
    return get_object_or_404(Recall.objects.visible_to(request.user).for_detail(), pk=pk)


def _page(request: HttpRequest, recall: Recall, tried: Tried | None = None, status: int = 200) -> HttpResponse:
    offers = _offers(request, recall)
    names = [offer.move.name for offer in offers if offer.is_open]
    more = besides(recall, acting_user(request)) if request.user.is_authenticated else []
    home = reverse("consultation:recall-detail", args=[recall.pk])
    is_new = recall.status in {RecallStatus.RECEIVED, RecallStatus.REFUSED}
    context = {
        "recall": recall,
        "trail": list(Division.objects.ancestors(recall.division)),
        "miles": miles_of(recall, clock.today()),
        "rule": rule_of(recall),
        "results": results_of(recall.ballot, request.user) if recall.ballot else None,
        "figures": signature_figures(recall) if is_new and offers else None,
        "signatures": _signatures(request, recall) if recall.status == RecallStatus.RECEIVED and offers else [],
        "most": MOST_SHOWN,
        "steps": steps_of(ACTS, [*more, *names], f"{home}acts/", tried),
        "closed": [offer for offer in offers if not offer.is_open and offer.is_next],
    }
    return render(request, "consultation/recalls/detail.html", context, status=status)


def _offers(request: HttpRequest, recall: Recall) -> list[Offer]:
    """Return what can be done with it, for those who handle it; others only read."""
    if not request.user.is_authenticated or not any(request.user.has_perm(right, recall) for right in RIGHTS):
        return []
    if recall.membership.user_id == request.user.pk:
        return []
    return lifecycle.available(recall, acting_user(request))


def _signatures(request: HttpRequest, recall: Recall) -> list[Any]:
    """Return the signatures that wait for their check, for those who see them."""
    rows = recall.signatures.visible_to(request.user).unchecked().select_related("resident", "seat", "entered_by")
    return list(rows.order_by("number")[:MOST_SHOWN])


@require_POST
def recall_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    recall = _recall(request, pk)
    if name not in ACTS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(recall.get_absolute_url())
    if name in BESIDES and name not in besides(recall, acting_user(request)):
        raise Http404
    tried = take_step(request, ACTS[name], name, recall)
    if tried is None:
        return redirect(recall)
    return _page(request, _recall(request, pk), tried, status=400)
