"""Filing a group: the application of its head, and the page on which community and street decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.people.queries import resident_of
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import (
    KEY_DIGITS,
    Act,
    RowForm,
    Told,
    Tried,
    keyset_page,
    printed,
    sent,
    steps_of,
    take_step,
    told_of_all,
)
from socialorgs.register.filing import operations
from socialorgs.register.filing.filters import FilingFilter
from socialorgs.register.filing.forms import DescribedForm, OpinionForm, YearForm
from socialorgs.register.filing.lifecycle import FILING, FilingStatus
from socialorgs.register.filing.models import Filing
from socialorgs.register.filing.paper import print_application, print_certificate
from socialorgs.register.filing.queries import unconfirmed
from socialorgs.register.forms import ReasonForm
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import organizations_of
from socialorgs.register.strengths.lifecycle import CapabilityStatus

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from governance.accounts.models import User

BAD_REQUEST = 400
MOST_SHOWN = 50


def _plain(operation: Any) -> Any:
    def run(row: Filing, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, filing=row, **data)

    return run


def _withdraw(row: Filing, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return lifecycle.move(row, "withdraw", by=by, now=now)


def _label(name: str) -> Any:
    return FILING.by_name[name].label


ACTS = {
    "recommend": Act(_label("recommend"), _plain(operations.recommend_filing), OpinionForm),
    "file": Act(_label("file"), _plain(operations.file_filing)),
    "send_back": Act(_label("send_back"), _plain(operations.send_filing_back), ReasonForm, is_grave=True),
    "refuse": Act(_label("refuse"), _plain(operations.refuse_filing), ReasonForm, is_grave=True),
    "withdraw": Act(_label("withdraw"), _withdraw, is_grave=True),
}


@login_required
@require_safe
def filing_list(request: HttpRequest) -> HttpResponse:
    """List one's own filings and those of the places that one works in, newest first."""
    narrowed = FilingFilter(request.GET, Filing.objects.visible_to(request.user).for_list())
    rows = narrowed.qs if narrowed.is_valid() else Filing.objects.none()
    context = {"filter": narrowed, "page": keyset_page(rows, request)}
    return render(request, "socialorgs/filing/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def filing_new(request: HttpRequest) -> HttpResponse:
    """Ask that a group be filed in a community; what is refused stays filled in."""
    place = _place(request)
    form = DescribedForm(sent(request))
    if request.method == "POST" and place is not None and form.is_valid():
        try:
            row = operations.submit_filing(
                by=acting_user(request), now=clock.now(), division=place, described=form.described()
            )
            return redirect(row)
        except DomainError as refusal:
            put_into(form, refusal)
    context = {"form": form, "place": place, "title": _("File a community organization")}
    return render(request, "socialorgs/filing/form.html", context, status=BAD_REQUEST if form.errors else None)


def _place(request: HttpRequest) -> Division | None:
    """Return the community that the address names, else the one where the person is at home."""
    text = request.GET.get("division", "")
    rows = Division.objects.filter(tier=Tier.COMMUNITY, status=DivisionStatus.ACTIVE)
    if text.isdecimal() and len(text) <= KEY_DIGITS:
        return rows.filter(pk=text).first()
    home = resident_of(request.user)
    return home.division if home else None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def filing_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a returned filing and submit it again."""
    row = _find(request, pk)
    if row.submitted_by_id != request.user.pk or row.status != FilingStatus.RETURNED:
        raise Http404
    given = {name: getattr(row, name) for name in DescribedForm.base_fields}
    form = DescribedForm(sent(request), initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            operations.resubmit_filing(by=acting_user(request), now=clock.now(), filing=row, described=form.described())
            return redirect(row)
        except DomainError as refusal:
            put_into(form, refusal)
    context = {"form": form, "place": row.division, "filing": row, "title": _("Correct the filing")}
    return render(request, "socialorgs/filing/form.html", context, status=BAD_REQUEST if form.errors else None)


class YearReport(RowForm):
    """Report what a filed organization did in a year, by those who act for it."""

    form_class = YearForm
    template_name = "socialorgs/filing/year.html"
    permission = "socialorgs.report_filed_organization"
    title = _("Report a year")

    def find(self, request: HttpRequest, pk: int) -> SocialOrganization:
        """Return the organization."""
        return get_object_or_404(SocialOrganization.objects.visible_to(request.user).for_list(), pk=pk)

    def get_initial(self) -> dict[str, Any]:
        """Propose the year before, and the members of the register."""
        return {"year": clock.today().year - 1, "members_count": self.row.members_count}

    def done(self, form: Any) -> SocialOrganization | None:
        """Report the year."""
        by, now = acting_user(self.request), clock.now()
        said = {"by": by, "now": now, "organization": self.row, **form.cleaned_data}
        return self.row if self.attempt(form, operations.report_year, **said) else None


@dataclass(frozen=True, slots=True)
class Mine:
    """An organization that one acts for, with what the floors above tell of it: contracts and what waits in them."""

    organization: SocialOrganization
    told: list[Told]


@login_required
@require_safe
def my_organizations(request: HttpRequest) -> HttpResponse:
    """Show the organizations that one acts for, with what waits for each, one's filings; ten queries."""
    keys = organizations_of(request.user)
    year, today = clock.today().year - 1, clock.today()
    held = SocialOrganization.objects.filter(pk__in=keys)
    reading = held.for_list().annotate(
        is_listed=Exists(held.listed_on(today).filter(pk=OuterRef("pk"))),
        is_unconfirmed=Exists(unconfirmed(year).filter(pk=OuterRef("pk"))),
        lacks_proof=Exists(held.filter(capabilities__status=CapabilityStatus.RETURNED, pk=OuterRef("pk"))),
    )
    rows = list(reading.prefetch_related("confirmations", "stays")[:MOST_SHOWN])
    told = told_of_all(rows, request.user)
    context = {
        "entries": [Mine(row, told[row.pk]) for row in rows],
        "year": year,
        "filings": Filing.objects.filter(submitted_by=request.user.pk).for_list()[:MOST_SHOWN],
    }
    return render(request, "socialorgs/filing/mine.html", context)


def _find(request: HttpRequest, pk: int) -> Filing:
    return get_object_or_404(Filing.objects.visible_to(request.user).for_list(), pk=pk)


@login_required
@require_safe
def filing_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a filing to its head and to staff, with what can be done now."""
    return _page(request, _find(request, pk))


def _page(request: HttpRequest, row: Filing, tried: Tried | None = None) -> HttpResponse:
    offers = [offer for offer in lifecycle.available(row, acting_user(request)) if offer.move.name in ACTS]
    names = [offer.move.name for offer in offers if offer.is_open]
    home = reverse("socialorgs:filing-detail", args=[row.pk])
    context = {
        "filing": row,
        "steps": steps_of(ACTS, names, f"{home}acts/", tried),
        "closed": [offer for offer in offers if not offer.is_open and offer.is_next],
        "may_correct": row.status == FilingStatus.RETURNED and row.submitted_by_id == request.user.pk,
        "reads_members": request.user.has_perm("socialorgs.view_filing", row),
    }
    status = BAD_REQUEST if tried else None
    return render(request, "socialorgs/filing/detail.html", context, status=status)


@require_POST
def filing_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("socialorgs:filing-detail", args=[pk]))
    row = _find(request, pk)
    if name not in ACTS:
        raise Http404
    tried = take_step(request, ACTS[name], name, row)
    return redirect(row) if tried is None else _page(request, _find(request, pk), tried)


@login_required
@require_safe
def filing_application(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the application form on paper to its head and the staff of the place."""
    row = _find(request, pk)
    shows = (row.pk, row.status, row.name, row.members, row.purpose, row.rules_text, row.opinion, row.recommended_at)
    return printed(request, shows, lambda: print_application(row), name=f"filing-{row.pk}-application.pdf")


@login_required
@require_safe
def filing_certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the certificate of a group that was filed."""
    row = _find(request, pk)
    if row.status != FilingStatus.FILED:
        raise Http404
    shows = (row.pk, row.number, row.name, row.filed_at)
    return printed(request, shows, lambda: print_certificate(row), name=f"filing-{row.pk}-certificate.pdf")
