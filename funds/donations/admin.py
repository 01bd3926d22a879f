"""Donations, changes of their use and promises on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy

from communities.people.queries import within
from funds.charity.models import CommunityFund, own_charities, own_seats
from funds.donations import corrections, matching, operations
from funds.donations.certificate import print_certificate
from funds.donations.forms import (
    ConsentForm,
    DepositForm,
    DonationForm,
    GoodsForm,
    PromiseForm,
    PurposeForm,
    ReceiptForm,
    ReceivedForm,
    RefundForm,
)
from funds.donations.models import ARRIVED, Donation, PurposeChange
from funds.donations.promises import MatchingPromise
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.forms import offer_rows
from governance.pages import sent
from governance.staff import Deed, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


def _consent(row: Donation, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    said = {"is_name_public": data["is_name_public"], "reason": data["reason"]}
    corrections.change_consent(by=by, donation=row, now=now, **said)


def _certify(row: Donation, by: User, now: dt.datetime, _data: dict[str, Any]) -> None:
    corrections.issue_certificate(by=by, donation=row, now=now)


def _propose_refund(row: Donation, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    corrections.propose_refund(by=by, donation=row, ground=data["ground"], reason=data["reason"], now=now)


def _change_purpose(row: Donation, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    file = data["consent"]
    corrections.propose_purpose_change(
        by=by,
        donation=row,
        new_purpose=data["new_purpose"],
        consent_name=file.name,
        consent=file.read(),
        consented_on=data["consented_on"],
        now=now,
    )


def _has_arrived(row: Donation) -> bool:
    return row.status in ARRIVED


def _is_decided(row: PurposeChange) -> StrOrPromise | None:
    return gettext_lazy("It has been confirmed.") if row.confirmed_at else None


@admin.register(Donation)
class DonationAdmin(MovesAdmin):
    """Donations with their moves; the donor's name as far as the viewer may know it."""

    view_permission = "funds.view_donation_file"
    add_permission = "funds.record_donation"
    acts: ClassVar = {
        "funds.donation.recorded": gettext_lazy("Donation recorded"),
        "funds.donation.consent_changed": gettext_lazy("Consent to being named changed"),
        "funds.donation.certified": gettext_lazy("Certificate of thanks issued"),
        "funds.donation.refund_proposed": gettext_lazy("Refund proposed"),
    }
    form = DonationForm
    change_list_template = "funds/donations/desk_list.html"
    list_display = ("number", "fund", "named", "amount", "channel", "status", "received_on")
    list_select_related = ("fund__division",)
    list_filter = ("status", "channel")
    search_fields = ("reference", "receipt_number", "fund__name")
    ordering = ("-pk",)
    fields = (
        "fund",
        "donor_kind",
        "donor",
        "is_name_public",
        "channel",
        "amount",
        "reference",
        "restricted_to",
        "goods_told",
        "appeal",
        "station",
        "beneficiary",
        "interest",
        "received_on",
        "journal",
        "summary_journal",
        "receipt_number",
        "is_receipt_waived",
        "receipt_note",
        "certificate_code",
        "refund_ground",
        "refund_reason",
        "refund_proposed_by",
        "refund_journal",
        "status",
        "recorded_by",
        "received_by",
        "refunded_by",
    )
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "consent",
            gettext_lazy("Change the consent to being named"),
            "funds.change_donor_consent",
            _consent,
            form=ConsentForm,
        ),
        Deed(
            "certify",
            gettext_lazy("Issue the certificate of thanks"),
            "funds.certify_donation",
            _certify,
            is_open=lambda row: _has_arrived(row) and not row.certificate_code,
        ),
        Deed(
            "change-purpose",
            gettext_lazy("Change the agreed use"),
            "funds.receive_donation",
            _change_purpose,
            form=PurposeForm,
            is_open=lambda row: _has_arrived(row) and row.channel != "GOODS" and row.appeal_id is None,
        ),
        Deed(
            "propose-refund",
            gettext_lazy("Propose a refund"),
            "funds.receive_donation",
            _propose_refund,
            form=RefundForm,
            is_grave=True,
            is_open=_has_arrived,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Donation]:
        """Show the files of the viewer's places, charities and committees; published ones stand on the pages."""
        user = acting_user(request)
        handled = Q(charity__in=own_charities(user)) | Q(fund__committee__in=own_seats(user))
        rows: QuerySet[Donation] = super().get_queryset(request)
        return rows.filter(within(user, division="fund__division") | handled)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered; show the donor's name as far as the viewer may know it."""
        if obj is None:
            return DonationForm.Meta.fields
        knows = request.user.has_perm("funds.view_donor", obj)
        shown = [{"donor": "donor_name" if knows else "named"}.get(name, name) for name in self.fields]
        hidden = (set() if knows else {"beneficiary"}) | (set() if obj.channel == "GOODS" else {"goods_told"})  # type: ignore[attr-defined]  # a donation
        return [name for name in shown if name not in hidden]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Name the display of a donor who is not to be known."""
        return ["named", "goods_told"] if obj else super().get_readonly_fields(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the funds that take donations and that the person handles."""
        if db_field.name == "fund":
            kwargs["queryset"] = (
                CommunityFund.objects.handled_by(acting_user(request)).taking_donations().order_by("name")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, row: Donation) -> int:
        """Return the number by which the donation is found."""
        return row.pk

    @admin.display(description=gettext_lazy("donor"))
    def named(self, row: Donation) -> str:
        """Return the donor as everybody may know them."""
        return row.public_donor_name

    @admin.display(description=gettext_lazy("goods"))
    def goods_told(self, row: Donation) -> str:
        """Return the goods with their values."""
        return "; ".join(
            f"{line} · {line.value} · {line.get_valuation_display()} · {line.note}"
            for line in row.goods.order_by("number")
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the certificate, and the page on which goods are recorded."""
        wrapped = self.admin_site.admin_view
        return [
            path("<int:pk>/certificate.pdf", wrapped(self.certificate_view), name="funds_donation_certificate"),
            path("goods/", wrapped(self.goods_view), name="funds_donation_goods"),
            *super().get_urls(),
        ]

    def certificate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send the certificate of thanks to those who may know the donor."""
        row = self.row_for(request, str(pk))
        if not row.certificate_code or not request.user.has_perm("funds.view_donor", row):
            raise PermissionDenied
        answer = HttpResponse(print_certificate(row), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="certificate-{row.pk}.pdf"'
        return answer

    def goods_view(self, request: HttpRequest) -> HttpResponse:
        """Record goods; what is refused stays filled in with the reason."""
        if not request.user.has_perm(self.add_permission):
            raise PermissionDenied
        user = acting_user(request)
        form = GoodsForm(sent(request))
        offer_rows(form, fund=CommunityFund.objects.handled_by(user).taking_donations().order_by("name"))
        if request.method == "POST" and form.is_valid():
            try:
                row = operations.record_goods(by=user, now=clock.now(), **form.cleaned_data)
                return HttpResponseRedirect(reverse("admin:funds_donation_change", args=[row.pk]))
            except (DomainError, ValidationError) as refusal:
                put_into(form, refusal)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext_lazy("Record goods"),
            "form": form,
            "home": reverse("admin:funds_donation_changelist"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "funds/donations/desk_form.html", context, status=400 if form.errors else 200)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Record the donation."""
        return operations.record_donation(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the day of the money and for the receipt."""
        return {"receive": ReceivedForm, "issue_receipt": ReceiptForm}.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Receive and issue receipts through their operations."""
        by, now = acting_user(request), clock.now()
        if name == "receive":
            return operations.receive_donation(by=by, donation=row, received_on=data["received_on"], now=now)
        if name == "refund":
            return corrections.refund_donation(by=by, donation=row, now=now)
        if name == "issue_receipt":
            return operations.issue_receipt(
                by=by,
                donation=row,
                receipt_number=data["receipt_number"],
                waived_note=data["waived_note"],
                now=now,
            )
        return super().make_move(row, name, request, data)


@admin.register(PurposeChange)
class PurposeChangeAdmin(StaffAdmin):
    """Changes of the agreed use that wait for their confirmation, and those that were confirmed."""

    view_permission = "funds.view_purpose_change"
    acts: ClassVar = {
        "funds.purpose_change.entered": gettext_lazy("Change of use entered"),
        "funds.purpose_change.confirmed": gettext_lazy("Change of use confirmed"),
    }
    list_display = ("donation", "old_purpose", "new_purpose", "consented_on", "confirmed_at")
    list_select_related = ("donation__fund__division", "donation__charity")
    list_filter = (("confirmed_at", admin.EmptyFieldListFilter),)
    search_fields = ("donation__fund__name", "old_purpose", "new_purpose")
    ordering = ("-pk",)
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "confirm",
            gettext_lazy("Confirm the change of use"),
            "funds.confirm_purpose_change",
            lambda row, by, now, _data: corrections.confirm_purpose_change(by=by, change=row, now=now),
            hindrance=_is_decided,
            other_than=lambda row: {row.proposed_by_id},
            waiting=lambda rows: rows.filter(confirmed_at=None),
        ),
    )


@admin.register(MatchingPromise)
class PromiseAdmin(MovesAdmin):
    """Promises to add to donations."""

    view_permission = "funds.view_promise"
    add_permission = "funds.record_donation"
    acts: ClassVar = {
        "funds.promise.entered": gettext_lazy("Promise entered"),
        "funds.promise.added": gettext_lazy("Added to donations"),
        "funds.promise.taken_back": gettext_lazy("Addition taken back"),
    }
    form = PromiseForm
    list_display = ("fund", "public_matcher", "ratio", "cap", "used", "status")
    list_select_related = ("fund__division", "fund__charity")
    list_filter = ("status",)
    search_fields = ("fund__name", "matcher")
    ordering = ("-pk",)
    fields = (*PromiseForm.Meta.fields, "reference", "used", "status", "proposed_by", "funded_by")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else PromiseForm.Meta.fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the funds that the person handles."""
        if db_field.name == "fund":
            kwargs["queryset"] = CommunityFund.objects.handled_by(acting_user(request)).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("who adds"))
    def public_matcher(self, row: MatchingPromise) -> str:
        """Return who adds as everybody may know them."""
        return row.public_matcher

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the promise."""
        return matching.promise_matching(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the reference of the deposit."""
        return DepositForm if name == "confirm_deposit" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Confirm the deposit through its operation."""
        by, now = acting_user(request), clock.now()
        if name == "confirm_deposit":
            return matching.confirm_deposit(by=by, promise=row, reference=data["reference"], now=now)
        return super().make_move(row, name, request, data)
