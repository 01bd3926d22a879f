"""Files of donations for those who take them in: upload, preview, confirmation, result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.intake import operations
from funds.intake.forms import ConfirmForm, DiscardForm, FileForm, PublishForm
from funds.intake.lifecycle import INTAKE, IntakeStatus
from funds.intake.models import DonationIntake, Verdict
from governance import lifecycle
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import Act, keyset_page, sent, steps_of, take_step

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.pages import Tried

PREVIEWED = 20
ACTS = {
    "confirm": Act(
        INTAKE.by_name["confirm"].label,
        lambda row, by, now, data: operations.confirm_intake(by=by, intake=row, now=now, **data),
        ConfirmForm,
    ),
    "discard": Act(
        INTAKE.by_name["discard"].label,
        lambda row, by, now, data: operations.discard_intake(by=by, intake=row, now=now, **data),
        DiscardForm,
        is_grave=True,
    ),
}
PUBLISH = Act(
    _("Publish its donations"),
    lambda row, by, now, data: operations.publish_intake(by=by, intake=row, now=now, **data),
    PublishForm,
)


@login_required
@require_safe
def intake_list(request: HttpRequest) -> HttpResponse:
    """List the files that this person may see, newest first."""
    if not request.user.has_perm("funds.view_donation_intake"):
        raise PermissionDenied
    page = keyset_page(DonationIntake.objects.visible_to(request.user).for_list(), request)
    return render(request, "funds/intake/list.html", {"page": page})


@login_required
def intake_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file in for a fund."""
    fund = get_object_or_404(CommunityFund.objects.visible_to(request.user).for_list(), pk=pk)
    if not request.user.has_perm("funds.take_donations_in", fund):
        raise PermissionDenied
    form = FileForm(sent(request), request.FILES or None, fund=fund)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            row = operations.upload_file(
                by=acting_user(request), fund=fund, now=clock.now(), name=said["file"].name, **said
            )
            return HttpResponseRedirect(row.get_absolute_url())
        except (DomainError, ValidationError) as refusal:
            put_into(form, refusal)
    context = {
        "title": _("Take in a platform's file"),
        "row": fund,
        "form": form,
        "trail": [*Division.objects.ancestors(fund.division), fund],
    }
    return render(request, "funds/appeals/form.html", context, status=400 if request.method == "POST" else 200)


def _intake(request: HttpRequest, pk: int) -> DonationIntake:
    return get_object_or_404(DonationIntake.objects.visible_to(request.user).for_list(), pk=pk)


@login_required
@require_safe
def intake_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a file holds and what became of it."""
    return _page(request, _intake(request, pk))


def _page(request: HttpRequest, row: DonationIntake, tried: Tried | None = None) -> HttpResponse:
    offers = lifecycle.available(row, acting_user(request))
    url = reverse("funds:intake-detail", args=[row.pk])
    steps = steps_of(ACTS, [offer.move.name for offer in offers if offer.is_open], url, tried)
    if (
        row.status == IntakeStatus.POSTED
        and row.has_unpublished
        and request.user.has_perm("funds.receive_donation", row)
    ):
        steps += steps_of({"publish": PUBLISH}, ["publish"], url, tried)
    context = {
        "row": row,
        "trail": [*Division.objects.ancestors(row.division), row.fund],
        "steps": steps,
        "closed": [offer for offer in offers if not offer.is_open],
        "late": row.rows.in_closed_months().count(),
        "bad_rows": _rows(row, Verdict.BAD, most=200),
        "known_rows": _rows(row, Verdict.KNOWN),
        "good_rows": _rows(row, Verdict.FRESH, Verdict.POSTED),
    }
    return render(request, "funds/intake/detail.html", context, status=400 if tried else 200)


def _rows(row: DonationIntake, *verdicts: str, most: int = PREVIEWED) -> list[Any]:
    """Return the first rows with these verdicts, donors masked unless they consent."""
    found: list[Any] = list(row.rows.filter(verdict__in=verdicts).order_by("number")[:most])
    for line in found:
        line.shown_name = line.donor_name if line.is_name_public else mask_name(line.donor_name)
    return found


@require_POST
@login_required
def intake_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step that the page offers; what is refused stays filled in with the reason."""
    row = _intake(request, pk)
    act = {**ACTS, "publish": PUBLISH}.get(name)
    if act is None:
        raise Http404
    tried = take_step(request, act, name, row)
    return _page(request, _intake(request, pk), tried) if tried else HttpResponseRedirect(row.get_absolute_url())
