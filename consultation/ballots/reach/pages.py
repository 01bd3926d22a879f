"""Ballots for people who do not vote by their own phone, and results on other people's pages.

The booklet on paper, the words for a call, the kiosk and the code on a slip, the printed slip, the posted list of
proxies, and the result as a picture.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consultation.ballots import operations
from consultation.ballots.drawing import draw
from consultation.ballots.forms import MarksForm, roll_number
from consultation.ballots.models import Ballot, Channel, RollEntry
from consultation.ballots.queries import results_of
from consultation.ballots.rolls.models import Proxy
from consultation.ballots.showing import has_figures, is_single, shown_options
from consultation.ballots.voting import check_code
from governance.accounts.queries import acting_user, system_actor
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.printing import render as render_pdf

if TYPE_CHECKING:
    from django.http import HttpRequest

IDLE_SECONDS = 60
"""So long the kiosk shows a receipt, or a code that was refused, and goes back (Basis: default of this platform)."""
MARKING_SECONDS = 300
"""So long somebody may take to mark; then the kiosk goes back by itself, and nothing is cast (Basis: as above)."""
TURN_SECONDS = 86_400
"""So long a form of the kiosk that was sent is remembered, as a random number; longer than it stands open in a day."""
LONGEST_TURN = 60
FRAMED = "default-src 'none'; img-src 'self'; style-src 'self'; frame-ancestors *; sandbox allow-top-navigation-by-user-activation"


def _frozen(request: HttpRequest, pk: int) -> Ballot:
    ballot = get_object_or_404(Ballot.objects.visible_to(request.user).for_detail(), pk=pk)
    if ballot.frozen_at is None:
        raise Http404
    return ballot


def address_of(name: str, ballot: Ballot) -> str:
    """Return the public address of a page about a ballot, for paper."""
    return str(settings.SITE_URL).rstrip("/") + reverse(f"consultation:{name}", kwargs={"pk": ballot.pk})


def paper_context(ballot: Ballot) -> dict[str, object]:
    """Return what every printed paper of a ballot says: the frozen question and options, and where to find them."""
    return {
        "ballot": ballot,
        "options": [(option, option.label_in(ballot.method)) for option in ballot.options.all()],
        "address": address_of("ballot-detail", ballot),
        "code_address": address_of("ballot-code", ballot),
        "is_single": is_single(ballot),
        "has_figures": has_figures(ballot),
    }


# --- On paper --------------------------------------------------------------------------------------------------------


@require_safe
def ballot_booklet(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the booklet in large type: what is asked, the options with their explanations, how to vote, the QR code."""
    ballot = _frozen(request, pk)
    with override(settings.LANGUAGE_CODE):
        made = render_pdf("consultation/ballots/booklet.html", paper_context(ballot))
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="ballot-{ballot.pk}.pdf"'
    return answer


@require_safe
@login_required
def ballot_script(request: HttpRequest, pk: int) -> HttpResponse:
    """Show staff what to say on the telephone, word by word, and what to write down."""
    ballot = _frozen(request, pk)
    if not request.user.has_perm("consultation.enter_paper_vote", ballot):
        raise PermissionDenied
    context = {**paper_context(ballot), "trail": [ballot]}
    return render(request, "consultation/ballots/script.html", context)


@never_cache
@require_POST
@login_required
def slip_print(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a one-time code for a number on the roll and show the slip to be printed: once, it is kept nowhere."""
    ballot = _frozen(request, pk)
    entry = RollEntry.objects.filter(ballot=ballot, number=roll_number(request.POST.get("number", "")) or 0).first()
    if entry is None or not request.user.has_perm("consultation.enter_paper_vote", ballot):
        raise PermissionDenied
    _slip, code = operations.print_slip(by=acting_user(request), now=clock.now(), entry=entry)
    context = {**paper_context(ballot), "entry": entry, "code": code, "trail": [ballot]}
    return render(request, "consultation/ballots/slip.html", context)


@require_safe
def proxy_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Post the list of proxies: by numbers on the roll and masked names."""
    ballot = _frozen(request, pk)
    rows = Proxy.objects.in_force().filter(ballot=ballot).for_list().order_by("holder__number", "place")[:500]
    return render(request, "consultation/ballots/proxies.html", {"ballot": ballot, "rows": rows, "trail": [ballot]})


# --- By the code on a slip -------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ballot_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody vote by the code on their slip, on any device."""
    return _by_code(request, pk, Channel.WEB)[0]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ballot_kiosk(request: HttpRequest, pk: int) -> HttpResponse:
    """Let people vote by the codes on their slips one after the other on a device of the community.

    Nothing of the last voter stays: no address, cookie, session or stored page says who voted or what. The first page
    comes back by itself. Each form is sent once: who goes back in the browser and sends the last one's form again, with the
    code that is in it, is led to the first page.
    """
    if request.method == "POST" and not _is_new_turn(request.POST.get("turn", "")):
        return redirect("consultation:ballot-kiosk", pk=pk)
    answer, step = _by_code(request, pk, Channel.KIOSK)
    if request.method == "POST":
        answer["Refresh"] = f"{MARKING_SECONDS if step == 'marks' else IDLE_SECONDS}; url={request.path}"
    answer["Clear-Site-Data"] = '"cache"'
    answer["Referrer-Policy"] = "same-origin"
    return answer


def _is_new_turn(turn: str) -> bool:
    """Tell whether a form of the kiosk is sent for the first time; its number is remembered, and nothing else."""
    return bool(turn) and cache.add(f"kiosk-{turn[:LONGEST_TURN]}", 1, TURN_SECONDS)


def _by_code(request: HttpRequest, pk: int, channel: str) -> tuple[HttpResponse, str]:
    """Return the page and which step it shows: the code, the marks, or the receipt."""
    ballot, now = _frozen(request, pk), clock.now()
    form = MarksForm(ballot, request.POST if "act" in request.POST else None)
    code, step, vote = request.POST.get("code", "")[:60], "code", None
    try:
        if request.method == "POST":
            check_code(now=now, ballot=ballot, code=code)
            step = "marks"
        if step == "marks" and form.is_bound and form.is_valid():
            choices = form.cleaned_data["choices"]
            vote = operations.cast_by_code(
                by=system_actor(), now=now, ballot=ballot, code=code, choices=choices, channel=channel
            )
            step = "done"
    except DomainError as refusal:
        if not form.is_bound:
            form = MarksForm(ballot, {})
            form.is_valid()
        put_into(form, refusal)
    context = {
        "ballot": ballot,
        "step": step,
        "code": code if step == "marks" else "",
        "vote": vote,
        "form": form,
        "options": shown_options(ballot, form=form),
        "is_single": is_single(ballot),
        "has_figures": has_figures(ballot),
        "is_kiosk": channel == Channel.KIOSK,
        "base": "bare.html" if channel == Channel.KIOSK else "base.html",
        "turn": secrets.token_urlsafe(),
        "trail": [ballot],
    }
    status = 409 if form.is_bound and form.errors else 200
    return render(request, "consultation/ballots/code.html", context, status=status), step


# --- On other pages --------------------------------------------------------------------------------------------------


def _result(request: HttpRequest, pk: int) -> dict[str, object]:
    ballot = _frozen(request, pk)
    results = results_of(ballot, request.user)
    if results is None or results.is_hidden:
        raise Http404
    return {
        "ballot": ballot,
        "results": results,
        "picture": draw(results),
        "address": address_of("ballot-detail", ballot),
    }


@require_safe
@xframe_options_exempt
def result_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the published result as a picture that other sites may show; it names its source."""
    answer = render(request, "consultation/ballots/result.svg", _result(request, pk), content_type="image/svg+xml")
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_safe
@xframe_options_exempt
def result_frame(request: HttpRequest, pk: int) -> HttpResponse:
    """Send picture and table of the published result as a page that other sites may frame; it runs nothing."""
    answer = render(request, "consultation/ballots/embed.html", _result(request, pk))
    answer["Content-Security-Policy"] = FRAMED
    return answer


@require_safe
def secrecy(request: HttpRequest) -> HttpResponse:
    """Say in plain words what a ballot proves and what it does not (docs/ballots-threat-model.md says it at length)."""
    return render(request, "consultation/ballots/secrecy.html")
