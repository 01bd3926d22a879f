"""How matters come in on the phone: raised, recorded for others, brought back from visits, followed by a slip."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.notices.models import Attachment
from communities.notices.operations import store_photo
from communities.people.queries import within
from communities.territory.models import Division, Tier, inside
from consultation.matters import operations as matters_room
from consultation.matters.forms import MatterForm
from consultation.matters.intake import joining, operations
from consultation.matters.intake.forms import CodeForm, RecordForm, VisitForm, WhoForm
from consultation.matters.intake.guessing import count_miss, is_guessing
from consultation.matters.intake.models import MatterSlip, Visit
from consultation.matters.intake.queries import lead_of, matter_of_code, namesakes, similar_to
from consultation.matters.intake.slip import print_slip, slip_context
from consultation.matters.models import FILE_READERS, Matter, MatterChannel, MatterKind
from consultation.matters.policy import MOST_PHOTOS
from governance.accounts.adapters import client_address
from governance.accounts.queries import acting_user, system_actor
from governance.calendar import clock
from governance.errors import DomainError
from governance.pages import Refusals, back, keyset_page, sent

if TYPE_CHECKING:
    from django.http import HttpRequest


def _place(pk: int) -> Division:
    return get_object_or_404(Division.objects.open(), pk=pk, tier=Tier.COMMUNITY)


# ------------------------------------------------------------------------------------------------------------- raising


@method_decorator(login_required, name="dispatch")
class MatterNew(Refusals, View):
    """The form by which somebody raises a matter; similar public ones are shown before it is sent."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the form."""
        form = MatterForm(initial={"is_hardship": "hardship" in request.GET})
        return self._page(request, _place(pk), form)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the matter in, or show the form again with what was typed, its photos kept, and the reason beside it."""
        place, by = _place(pk), acting_user(request)
        kept = _kept_photos(request, place)
        form = MatterForm(request.POST, request.FILES, files_kept=kept)
        similar: list[Any] = []
        if form.is_valid():
            similar = self._unseen(form, place)
            if not similar:
                made = self.attempt(
                    form,
                    matters_room.raise_matter,
                    by=by,
                    now=clock.now(),
                    division=place,
                    channel=MatterChannel.PAGE,
                    **form.given(),
                )
                if made is not None:
                    messages.success(
                        request,
                        _("Your matter has been recorded as %(number)s. It is sorted by %(day)s.")
                        % {"number": made.number, "day": made.due_on},
                    )
                    return redirect(made)
        kept += _keep_photos(request, place, form.good_photos, len(kept))
        return self._page(request, place, form, similar, kept)

    @staticmethod
    def _unseen(form: MatterForm, place: Division) -> list[Any]:
        """Return the similar matters that the writer has not been shown yet."""
        data = form.cleaned_data
        if data["kind"] == MatterKind.REPORT:  # a tip-off is compared with nothing and joined with nothing
            return []
        seen = set(data["seen"].split())
        found = similar_to(f"{data['title']}\n{data['text']}", division=place, today=clock.today())
        return found if any(str(matter.pk) not in seen for matter, _closeness in found) else []

    @staticmethod
    def _page(
        request: HttpRequest,
        place: Division,
        form: MatterForm,
        similar: list[Any] | None = None,
        kept: list[Attachment] | None = None,
    ) -> HttpResponse:
        if form.is_bound:
            _fill_again(form, request, similar or [], kept or [])
        context = {
            "place": place,
            "trail": list(Division.objects.ancestors(place)),
            "form": form,
            "similar": [matter for matter, _closeness in similar or []],
        }
        status = HTTPStatus.BAD_REQUEST if form.is_bound and form.errors else HTTPStatus.OK
        return render(request, "consultation/matters/new.html", context, status=status)


def _fill_again(form: MatterForm, request: HttpRequest, similar: list[Any], kept: list[Attachment]) -> None:
    """Make a form that was read show the photos that were kept, and remember which similar matters were seen."""
    data = request.POST.copy()
    data["seen"] = " ".join([data.get("seen", ""), *(str(matter.pk) for matter, _closeness in similar)]).strip()[-200:]
    data.setlist("kept", [str(file.pk) for file in kept])
    form.has_lost_photos = bool(form.files) and not form.good_photos
    form.offer(kept)
    form.data = data


def _kept_photos(request: HttpRequest, place: Division) -> list[Attachment]:
    """Return the photos of an earlier try that the writer still wants: their own, of this place, on no matter yet."""
    keys = [key for key in request.POST.getlist("kept") if key.isdecimal()][:MOST_PHOTOS]
    if not keys:
        return []
    own = Attachment.objects.unused().filter(uploaded_by=acting_user(request), division=place)
    return list(own.filter(pk__in=keys).order_by("pk"))


def _keep_photos(request: HttpRequest, place: Division, photos: list[Any], already: int) -> list[Attachment]:
    """Store the photos of a refused form, so that nobody has to choose them again; unused ones go after a month."""
    by, now = acting_user(request), clock.now()
    waiting = Attachment.objects.unused().filter(uploaded_by=by).count() if photos else 0
    room = max(min(MOST_PHOTOS - already, 2 * MOST_PHOTOS - waiting), 0)
    return [store_photo(by=by, now=now, division=place, photo=photo) for photo in photos[:room]]


# ---------------------------------------------------------------------------------------------- recorded for others


class ForOthers(Refusals, View):
    """A form by which those who work in a place record what somebody else says."""

    permission = ""
    form: type[WhoForm] = WhoForm
    template = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let those in who may."""
        self.place = _place(kwargs["pk"])
        if request.user.is_authenticated and not request.user.has_perm(self.permission, self.place):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the form."""
        del pk
        return self._page(request, self.form(initial={"visited_on": clock.today()}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record it, or show the form again; where the register knows the name, ask which of them it is."""
        del pk
        known = namesakes(self.place, request.POST.get("raised_for", ""))
        form = self.form(request.POST, request.FILES, namesakes=known)
        if form.is_valid():
            answer = self.done(request, form)
            if answer is not None:
                return answer
        return self._page(request, form)

    def done(self, request: HttpRequest, form: Any) -> HttpResponse | None:
        """Run the operation through `attempt` and lead on, or return None when it refused."""
        raise NotImplementedError

    def _page(self, request: HttpRequest, form: WhoForm) -> HttpResponse:
        context = {"place": self.place, "trail": list(Division.objects.ancestors(self.place)), "form": form}
        status = HTTPStatus.BAD_REQUEST if form.is_bound and form.errors else HTTPStatus.OK
        return render(request, self.template, context, status=status)


@method_decorator(login_required, name="dispatch")
class MatterRecord(ForOthers):
    """A matter for somebody without a log-in; the slip comes out at the end."""

    permission = "consultation.record_matter"
    form = RecordForm
    template = "consultation/matters/intake/record.html"

    def done(self, request: HttpRequest, form: Any) -> HttpResponse | None:
        """Record the matter and show its slip."""
        made = self.attempt(
            form,
            operations.record_matter,
            by=acting_user(request),
            now=clock.now(),
            division=self.place,
            given=form.given(),
        )
        return redirect("consultation:matter-slip", pk=made[0].pk) if made else None


@method_decorator(login_required, name="dispatch")
class VisitNew(ForOthers):
    """A visit with the needs that it brought back."""

    permission = "consultation.record_visit"
    form = VisitForm
    template = "consultation/matters/intake/visit_new.html"

    def done(self, request: HttpRequest, form: Any) -> HttpResponse | None:
        """Record the visit and show the slips of its needs."""
        made = self.attempt(
            form,
            operations.record_visit,
            by=acting_user(request),
            now=clock.now(),
            today=clock.today(),
            division=self.place,
            **form.given(),
        )
        return redirect(made[0]) if made else None


@login_required
@require_safe
def visit_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the visits of a place to those who handle its matters, and one's own; three queries."""
    place = get_object_or_404(Division, pk=pk)
    rows = Visit.objects.visible_to(request.user).filter(inside(place)).for_list()
    may_record = place.tier == Tier.COMMUNITY and request.user.has_perm("consultation.record_visit", place)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": keyset_page(rows, request),
        "may_record": may_record,
    }
    return render(request, "consultation/matters/intake/visits.html", context)


@login_required
@require_safe
def visit_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a visit with its needs, each with its slip, to those who may see it."""
    visit = get_object_or_404(Visit.objects.visible_to(request.user).select_related("division", "recorded_by"), pk=pk)
    context = {
        "visit": visit,
        "trail": list(Division.objects.ancestors(visit.division)),
        "needs": list(visit.needs.select_related("matter").order_by("pk")),
        "reads": request.user.has_perm("consultation.view_matter", visit),
    }
    return render(request, "consultation/matters/intake/visit.html", context)


# --------------------------------------------------------------------------------------------------------------- slips


def _slip(request: HttpRequest, pk: int) -> MatterSlip:
    """Return the slip of a matter that the person handles or recorded."""
    seen = within(request.user, *FILE_READERS, division="matter__division") | Q(
        matter__recorded_by=acting_user(request)
    )
    rows = MatterSlip.objects.filter(seen, revoked_at=None).select_related("matter__division", "issued_by")
    slip = get_object_or_404(rows, matter=pk)
    if not request.user.has_perm("consultation.print_slip", slip.matter):
        raise Http404
    return slip


@login_required
@require_safe
def matter_slip(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the slip, to be printed by the browser on a receipt or on A4."""
    matter = Matter.objects.handled_by(acting_user(request)).filter(pk=pk, raised_by=None, slips=None).first()
    if matter is not None:
        messages.info(request, _("No slip has been made for this matter yet. You can make one below."))
        return redirect(matter)
    slip = _slip(request, pk)
    return _private(render(request, "consultation/matters/intake/slip.html", slip_context(slip)))


@login_required
@require_safe
def matter_slip_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the slip out as PDF, where this server can make one."""
    slip = _slip(request, pk)
    answer = HttpResponse(print_slip(slip), content_type="application/pdf")
    name = content_disposition_header(as_attachment=False, filename=f"{slip.matter.number}.pdf")
    answer["Content-Disposition"] = name or "inline"
    return _private(answer)


@login_required
@require_POST
def matter_slip_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a slip in the place of the one that was lost, or the first one of a matter recorded on the desk."""
    seen = within(request.user, *FILE_READERS) | Q(recorded_by=acting_user(request))
    matter = get_object_or_404(Matter.objects.filter(seen), pk=pk)
    try:
        operations.issue_slip(by=acting_user(request), now=clock.now(), matter=matter)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return back(request, matter.get_absolute_url())
    return redirect("consultation:matter-slip", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def matter_follow(request: HttpRequest) -> HttpResponse:
    """Ask for the code of a slip and lead to the matter."""
    form = CodeForm(sent(request))
    if request.method == "POST" and form.is_valid():
        if is_guessing(client_address(request)):
            return _wait(request)
        if matter_of_code(form.cleaned_data["code"]) is not None:
            return redirect("consultation:matter-followed", code=_plain(form.cleaned_data["code"]))
        count_miss(client_address(request))
        form.add_error("code", str(joining.CodeUnknown()))
    status = HTTPStatus.BAD_REQUEST if form.is_bound else HTTPStatus.OK
    return _private(render(request, "consultation/matters/intake/follow.html", {"form": form}, status=status))


@require_http_methods(["GET", "HEAD", "POST"])
def matter_followed(request: HttpRequest, code: str) -> HttpResponse:
    """Show a matter to whoever holds its slip: where it stands, and the answer; neither names nor what was said."""
    if is_guessing(client_address(request)):
        return _wait(request)
    matter = matter_of_code(code)
    if matter is None:
        count_miss(client_address(request))
        form = CodeForm({"code": code})
        form.add_error("code", str(joining.CodeUnknown()))
        shown = render(request, "consultation/matters/intake/follow.html", {"form": form}, status=HTTPStatus.NOT_FOUND)
        return _private(shown)
    if request.method == "POST":
        _answer_by_slip(request, code)
        return _private(redirect("consultation:matter-followed", code=code))
    context = {
        "matter": matter,
        "joining": lead_of(matter),
        "topics": list(matter.topics.visible_to(request.user)) if matter.taken_up_at else [],
        "reads": False,
    }
    return _private(render(request, "consultation/matters/intake/followed.html", context))


def _answer_by_slip(request: HttpRequest, code: str) -> None:
    """Say by the slip whether the matter is handled together with the other, or take it out again."""
    said, by, now = request.POST.get("answer"), system_actor(), clock.now()
    try:
        if said == "split":
            joining.split_joining_by_slip(by=by, now=now, code=code)
        else:
            joining.answer_joining_by_slip(by=by, now=now, code=code, agrees=said == "agree")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Thank you, your answer has been recorded."))


def _plain(code: str) -> str:
    return "".join(sign for sign in code.upper() if sign.isalnum())


def _wait(request: HttpRequest) -> HttpResponse:
    """Ask for patience: too many wrong codes came from this address."""
    form = CodeForm({"code": ""})
    form.full_clean()
    form.errors.clear()
    form.add_error(
        None, _("Too many wrong codes came from here. Please wait ten minutes, or ask the community office.")
    )
    context = {"form": form}
    shown = render(request, "consultation/matters/intake/follow.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    return _private(shown)


def _private(response: HttpResponse) -> HttpResponse:
    """Keep the code out of caches and of the addresses that other sites are told."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "same-origin"
    return response
