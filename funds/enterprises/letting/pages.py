"""Assets, lettings and rent on the pages of those who handle them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views import View

from communities.territory.models import Division
from funds.enterprises.form_page import EnterpriseRowForm, enterprise_for
from funds.enterprises.forms import ReasonForm
from funds.enterprises.letting import operations, reminders
from funds.enterprises.letting.demand import print_demand
from funds.enterprises.letting.forms import (
    AssetForm,
    DemandForm,
    EndForm,
    LettingForm,
    NewLettingForm,
    NoticeForm,
    PaperForm,
    RentForm,
)
from funds.enterprises.letting.lifecycle import LETTING, LettingStatus
from funds.enterprises.letting.models import RENT_STATUSES, CommunityAsset, Letting, RentReceipt
from funds.enterprises.letting.policy import MonthState
from funds.enterprises.letting.queries import account_of, coming_months, late_lettings, months_of
from funds.enterprises.letting.spreadsheet import LettingSheet
from funds.enterprises.sheet_page import SheetImport, workbook
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Act, Tried, keyset_page, steps_of, take_step

if TYPE_CHECKING:
    from django.http import HttpRequest

    from funds.enterprises.models import CommunityEnterprise
    from governance.accounts.models import User


def _lettings_of(request: HttpRequest, pk: int) -> CommunityEnterprise:
    """Return the enterprise whose contracts this person may read."""
    enterprise = enterprise_for(request, pk)
    if not request.user.has_perm("funds.view_letting", enterprise):
        raise PermissionDenied
    return enterprise


class Lettings(LoginRequiredMixin, View):
    """What an enterprise lets, to whom, and what is late."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show assets, lettings and arrears."""
        enterprise = _lettings_of(request, pk)
        today = clock.today()
        rows = Letting.objects.filter(enterprise=enterprise).with_account(today).for_list()
        context = {
            "enterprise": enterprise,
            "trail": [*Division.objects.ancestors(enterprise.division), enterprise],
            "assets": list(enterprise.assets.for_list().with_letting(today)),
            "page": keyset_page(rows, request),
            "late": late_lettings(Letting.objects.filter(enterprise=enterprise), today),
            "may_keep": request.user.has_perm("funds.keep_lettings", enterprise),
        }
        return render(request, "funds/enterprises/lettings.html", context)


class ArrearsList(LoginRequiredMixin, View):
    """Late rents of the places and enterprises of a person, with their age."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them, the oldest first."""
        if not request.user.has_perm("funds.view_letting"):
            raise PermissionDenied
        rows = Letting.objects.visible_to(request.user)
        return render(request, "funds/enterprises/arrears.html", {"late": late_lettings(rows, clock.today())})


class AssetNew(EnterpriseRowForm):
    """Enter an asset."""

    form_class = AssetForm
    permission = "funds.keep_lettings"
    title = _("Enter an asset")

    def done(self, form: Any) -> Any:
        """Enter it."""
        told = {"by": acting_user(self.request), "enterprise": self.row, "now": clock.now()}
        return self.attempt(form, operations.enter_asset, **told, facts=form.facts())


class AssetEdit(EnterpriseRowForm):
    """Change what is known of an asset."""

    form_class = AssetForm
    permission = "funds.keep_lettings"
    title = _("Edit the asset")

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the asset."""
        return get_object_or_404(CommunityAsset.objects.visible_to(request.user).for_list(), pk=pk)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Begin with what stands there."""
        return {**super().get_form_kwargs(), "instance": CommunityAsset.objects.get(pk=self.row.pk)}

    def done(self, form: Any) -> Any:
        """Change it."""
        told = {"by": acting_user(self.request), "asset": self.row, "now": clock.now()}
        return self.attempt(form, operations.edit_asset, **told, facts=form.facts())


class LettingNew(EnterpriseRowForm):
    """Enter a letting."""

    form_class = NewLettingForm
    permission = "funds.keep_lettings"
    title = _("Enter a letting")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the assets of the enterprise and the decisions of its place."""
        return {**super().get_form_kwargs(), "enterprise": self.row}

    def done(self, form: Any) -> Any:
        """Enter the draft."""
        told = {"by": acting_user(self.request), "asset": form.cleaned_data["asset"], "now": clock.now()}
        return self.attempt(form, operations.enter_letting, **told, terms=form.terms())


class LettingEdit(EnterpriseRowForm):
    """Change a draft."""

    form_class = LettingForm
    permission = "funds.keep_lettings"
    title = _("Edit the letting")

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the letting."""
        return get_object_or_404(Letting.objects.visible_to(request.user).for_list(), pk=pk)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Begin with what stands there."""
        row = Letting.objects.for_list().get(pk=self.row.pk)
        return {**super().get_form_kwargs(), "instance": row, "enterprise": row.enterprise}

    def done(self, form: Any) -> Any:
        """Change it."""
        told = {"by": acting_user(self.request), "letting": self.row, "now": clock.now()}
        return self.attempt(form, operations.edit_letting, **told, terms=form.terms())


class LettingImport(SheetImport):
    """Import lettings from Excel."""

    permission = "funds.keep_lettings"
    title = _("Import lettings from Excel")
    resource_class = LettingSheet
    back_to = "funds:enterprise-lettings"


class LettingExport(LoginRequiredMixin, View):
    """The lettings as a workbook, which can be changed and imported again."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return all lettings that were not withdrawn."""
        enterprise = _lettings_of(request, pk)
        rows = Letting.objects.filter(enterprise=enterprise).exclude(status=LettingStatus.WITHDRAWN).for_list()
        return workbook(LettingSheet(), rows, enterprise, "lettings")


def _confirm(row: Letting, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.confirm_letting(by=by, letting=row, now=now, today=clock.today())


def _withdraw(row: Letting, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return lifecycle.move(row, "withdraw", by=by, now=now, reason=data["reason"])


def _terminate(row: Letting, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    last_day, reason = data["last_day"], data["reason"]
    return operations.terminate_letting(by=by, letting=row, last_day=last_day, reason=reason, now=now)


def _record_rent(row: Letting, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    file = data.pop("file")
    name, content = (file.name, file.read()) if file else ("", b"")
    return operations.record_rent(by=by, letting=row, now=now, today=clock.today(), name=name, content=content, **data)


def _attach(row: Letting, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    file = data["file"]
    return operations.attach_paper(by=by, letting=row, name=file.name, content=file.read(), now=now)


def _demand(row: Letting, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return reminders.demand_rent(by=by, letting=row, pay_by=data["pay_by"], now=now, today=clock.today())


def _notice(row: Letting, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.name_notice(by=by, letting=row, notice=data["notice"], now=now)


ACTS = {
    "record_rent": Act(_("Record rent"), _record_rent, RentForm),
    "demand": Act(_("Demand late rent"), _demand, DemandForm),
    "confirm": Act(LETTING.by_name["confirm"].label, _confirm),
    "notice": Act(_("Name the notice"), _notice, NoticeForm),
    "attach": Act(_("Attach a paper"), _attach, PaperForm),
    "terminate": Act(LETTING.by_name["terminate"].label, _terminate, EndForm, is_grave=True),
    "withdraw": Act(LETTING.by_name["withdraw"].label, _withdraw, ReasonForm, is_grave=True),
}


class LettingDetail(LoginRequiredMixin, View):
    """A letting: its terms, its months, what was received, and what can be done with it."""

    def get(self, request: HttpRequest, pk: int, name: str = "") -> HttpResponse:
        """Show it; the address of a step leads there."""
        row = self.find(request, pk)
        return redirect(row) if name else self.shown(request, row)

    def post(self, request: HttpRequest, pk: int, name: str = "") -> HttpResponse:
        """Take a step; what is refused stays filled in with the reason."""
        row = self.find(request, pk)
        if name not in ACTS:
            raise Http404
        tried = take_step(request, ACTS[name], name, row)
        return redirect(row) if tried is None else self.shown(request, self.find(request, pk), tried)

    def find(self, request: HttpRequest, pk: int) -> Letting:
        """Return the letting that this person may see."""
        return get_object_or_404(Letting.objects.visible_to(request.user).for_detail(), pk=pk)

    def shown(self, request: HttpRequest, row: Letting, tried: Tried | None = None) -> HttpResponse:
        """Render the page."""
        offers = lifecycle.available(row, acting_user(request))
        names = [offer.move.name for offer in offers if offer.is_open]
        may_keep = request.user.has_perm("funds.keep_lettings", row)
        if may_keep:
            names.append("attach")
        if may_keep and row.is_related and row.status == LettingStatus.DRAFT:
            names.append("notice")
        if row.status in RENT_STATUSES and request.user.has_perm("funds.record_rent", row):
            names.append("record_rent")
        today = clock.today()
        months = months_of(row, today)
        if may_keep and any(month.state == MonthState.OVERDUE for month in months):
            names.append("demand")
        context = {
            "letting": row,
            "trail": [*Division.objects.ancestors(row.division), row.enterprise],
            "account": account_of(row, today),
            "months": months + coming_months(row, len(months)),
            "steps": steps_of(ACTS, [name for name in ACTS if name in names], f"{row.get_absolute_url()}acts/", tried),
            "closed": [offer for offer in offers if not offer.is_open],
            "may_edit": may_keep and row.status == LettingStatus.DRAFT,
            "may_void": request.user.has_perm("funds.record_rent", row),
        }
        return render(request, "funds/enterprises/letting.html", context, status=400 if tried else 200)


class DemandLetter(LoginRequiredMixin, View):
    """The letter by which late rent was demanded, as PDF."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send it to those who keep the lettings."""
        row = get_object_or_404(Letting.objects.visible_to(request.user).for_detail(), pk=pk)
        if row.demand_until is None:
            raise Http404
        answer = HttpResponse(print_demand(row), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="demand-{row.pk}.pdf"'
        return answer


class ReceiptVoid(EnterpriseRowForm):
    """Take a receipt back."""

    form_class = ReasonForm
    permission = "funds.record_rent"
    title = _("Take the receipt back")

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the receipt."""
        return get_object_or_404(RentReceipt.objects.visible_to(request.user).for_list(), pk=pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Lead back to the letting."""
        self.row.enterprise = self.row.letting.enterprise
        back_to = reverse("funds:letting-detail", args=[self.row.letting_id])
        return super().get_context_data(back_to=back_to, **kwargs)

    def done(self, form: Any) -> Any:
        """Take it back and lead to the letting."""
        told = {"by": acting_user(self.request), "receipt": self.row, "now": clock.now()}
        row = self.attempt(form, operations.void_receipt, **told, reason=form.cleaned_data["reason"])
        return self.row.letting if row else None
