"""Ballots for everybody: what is asked, how to vote, what came out, and the files to check it."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.territory.models import Division
from consultation.ballots import operations
from consultation.ballots.drawing import draw
from consultation.ballots.filters import BallotFilter
from consultation.ballots.forms import MarksForm, roll_number
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot, RollEntry, Vote
from consultation.ballots.papers.models import PaperVote
from consultation.ballots.policy import grouped
from consultation.ballots.queries import (
    ResultsNotPublished,
    ResultsTooFew,
    entry_of,
    recount_bytes,
    represented_as,
    represented_by,
    results_of,
    turnout_of,
)
from consultation.ballots.showing import has_figures, is_single, shown_options
from consultation.ballots.voting import is_running
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import back, back_with, keyset_page

if TYPE_CHECKING:
    from django.http import HttpRequest

VERIFIER = Path(__file__).with_name("verify_ballot.py")
WITH_TURNOUT = (BallotStatus.OPEN, BallotStatus.CLOSED, BallotStatus.COUNTED, BallotStatus.PUBLISHED)


def _ballot(request: HttpRequest, pk: int) -> Ballot:
    return get_object_or_404(Ballot.objects.visible_to(request.user).for_detail(), pk=pk)


@require_safe
def ballot_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the ballots of a place and of those below it, newest first."""
    division = get_object_or_404(Division, pk=pk)
    rows = Ballot.objects.visible_to(request.user).in_division(division).for_list()
    page = keyset_page(BallotFilter(request.GET, rows).qs, request)
    context = {"division": division, "page": page, "trail": list(Division.objects.ancestors(division))}
    return render(request, "consultation/ballots/list.html", context)


@require_safe
def ballot_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a ballot: question, options, rule, fingerprint; the turnout while it runs, the result once published."""
    ballot, now = _ballot(request, pk), clock.now()
    entry = entry_of(ballot, request.user)
    results = results_of(ballot, request.user)
    may_manage = request.user.is_authenticated and request.user.has_perm("consultation.view_ballot", ballot)
    context = {
        "ballot": ballot,
        "options": shown_options(ballot),
        "fingerprint": grouped(ballot.fingerprint),
        "trail": list(Division.objects.ancestors(ballot.division)),
        "turnout": turnout_of(ballot) if ballot.status in WITH_TURNOUT and results is None else None,
        "results": results,
        "picture": draw(results) if results else None,
        "recount_hash": grouped(results.row.recount_sha256) if results and not results.is_hidden else "",
        "represented": represented_by(ballot, request.user) if ballot.rule.allows_proxies else [],
        "may_take_in": may_manage and request.user.has_perm("consultation.enter_paper_vote", ballot),
        "entry": entry,
        "vote": _vote_of(entry),
        "is_open": is_running(ballot, now),
        "offers": lifecycle.available(ballot, acting_user(request)) if may_manage else [],
    }
    return render(request, "consultation/ballots/detail.html", context)


def _vote_of(entry: RollEntry | None) -> Vote | None:
    """Return the vote of an entry, or nothing."""
    return getattr(entry, "vote", None) if entry is not None else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ballot_vote(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a person on the roll mark, save and cast; afterwards show the receipt."""
    ballot = _ballot(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    if request.method == "POST":
        return _marked(request, ballot)
    return _vote_page(request, ballot, MarksForm(ballot))


def _entry(request: HttpRequest, ballot: Ballot) -> RollEntry | None:
    """Return one's own entry, or that of somebody whose proxy one holds and whom the address names."""
    number = request.GET.get("for", "")
    if not number:
        return entry_of(ballot, request.user)
    return represented_as(ballot, request.user, roll_number(number) or 0)  # nobody has number 0


def _marked(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    """Save or cast what was marked; a refusal stands above the marks, which stay."""
    form = MarksForm(ballot, request.POST)
    status = HTTPStatus.BAD_REQUEST.value
    is_draft, number = request.POST.get("act") == "save", request.GET.get("for", "")
    if is_draft and number:
        raise Http404  # marks are saved for oneself only
    if form.is_valid():
        marked = form.cleaned_data["choices"]
        by, now = acting_user(request), clock.now()
        try:
            if is_draft:
                operations.save_draft(by=by, now=now, ballot=ballot, choices=marked)
            else:
                represented = (roll_number(number) or 0) if number else None
                operations.cast_vote(by=by, now=now, ballot=ballot, choices=marked, represented=represented)
        except DomainError as refusal:
            put_into(form, refusal)
            status = refusal.status
        else:
            said = _("Your marks are saved. You have not voted yet.") if is_draft else _("Your vote has been cast.")
            messages.success(request, said)
            return redirect(request.get_full_path())
    answer = _vote_page(request, ballot, form)
    answer.status_code = status
    return answer


def _vote_page(request: HttpRequest, ballot: Ballot, form: MarksForm) -> HttpResponse:
    """Show the marks, or the receipt of who has voted. Whoever votes for somebody else does not see what these saved."""
    entry, is_proxy = _entry(request, ballot), bool(request.GET.get("for"))
    vote = _vote_of(entry)
    draft = getattr(entry, "draft", None) if entry is not None and not is_proxy else None
    context = {
        "ballot": ballot,
        "trail": [ballot],
        "entry": entry,
        "vote": vote,
        "chosen": [option for option in shown_options(ballot, vote.choices) if option.is_marked] if vote else [],
        "options": shown_options(ballot, draft.choices if draft else [], form),
        "is_single": is_single(ballot),
        "has_figures": has_figures(ballot),
        "is_proxy": is_proxy,
        "has_draft": draft is not None,
        "is_open": is_running(ballot, clock.now()),
        "form": form,
    }
    return render(request, "consultation/ballots/vote.html", context)


@require_POST
def ballot_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the move that a button asks for."""
    ballot = _ballot(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(ballot.get_absolute_url())
    name = request.POST.get("move", "")
    step = lifecycle.of(ballot).by_name.get(name)
    if step is None or step.permission == lifecycle.SYSTEM:
        raise Http404
    if not request.user.has_perm(step.permission, ballot):
        raise PermissionDenied
    try:
        _make(request, ballot, name)
    except DomainError as refusal:
        return back_with(request, refusal)
    messages.success(request, _("Done: %(move)s.") % {"move": step.label})
    return back(request, ballot.get_absolute_url())


def _make(request: HttpRequest, ballot: Ballot, name: str) -> None:
    by, now = acting_user(request), clock.now()
    if name == "freeze":
        operations.freeze_ballot(by=by, now=now, today=clock.today(), ballot=ballot)
    elif name == "count":
        operations.count_ballot(by=by, now=now, ballot=ballot)
    elif name == "publish":
        operations.publish_ballot(by=by, now=now, ballot=ballot)
    else:
        operations.cancel_ballot(by=by, now=now, ballot=ballot, reason=request.POST.get("reason", ""))


@require_safe
def ballot_frozen(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the frozen text, whose SHA-256 is the fingerprint."""
    ballot = _ballot(request, pk)
    if not ballot.frozen_text:
        raise Http404
    return _file(ballot.frozen_text.encode(), f"ballot-{ballot.pk}-frozen.json", "application/json")


@require_safe
def ballot_recount(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the recount file of a published ballot: every vote by its number on the roll."""
    ballot = _ballot(request, pk)
    try:
        found = recount_bytes(ballot, request.user)
    except (ResultsNotPublished, ResultsTooFew) as refusal:
        return HttpResponse(str(refusal), status=refusal.status, content_type="text/plain; charset=utf-8")
    return _file(found, f"ballot-{ballot.pk}.jsonl", "application/x-ndjson")


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_safe
def paper_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the photo of a sheet out to the two who entered and checked it; it shows a vote."""
    photo = get_object_or_404(PaperVote.objects.with_photo_for(request.user), pk=pk).photo
    if photo is None:
        raise Http404
    try:
        with photo.file.open("rb") as stored:
            answer = HttpResponse(stored.read(), content_type=photo.content_type)
    except FileNotFoundError as error:
        raise Http404 from error
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=photo.name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_safe
def verifier(request: HttpRequest) -> FileResponse:
    """Send the program with which anybody can count a ballot again."""
    del request
    return FileResponse(
        VERIFIER.open("rb"), as_attachment=True, filename=VERIFIER.name, content_type="text/x-python; charset=utf-8"
    )
