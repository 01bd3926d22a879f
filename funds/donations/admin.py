"""Donations on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy

from communities.people.queries import within
from funds.charity.models import CommunityFund, own_charities, own_seats
from funds.donations import operations
from funds.donations.forms import DonationForm, ReceiptForm, ReceivedForm
from funds.donations.models import Donation
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import MovesAdmin

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest


@admin.register(Donation)
class DonationAdmin(MovesAdmin):
    """Donations with their moves; the donor's name as far as the viewer may know it."""

    view_permission = "funds.view_donation_file"
    add_permission = "funds.record_donation"
    acts: ClassVar = {
        "funds.donation.recorded": gettext_lazy("Donation recorded"),
    }
    form = DonationForm
    list_display = ("pk", "fund", "named", "amount", "channel", "status", "received_on")
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
        "received_on",
        "journal",
        "receipt_number",
        "is_receipt_waived",
        "receipt_note",
        "status",
        "recorded_by",
        "received_by",
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
        return [{"donor": "donor_name" if knows else "named"}.get(name, name) for name in self.fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Name the display of a donor who is not to be known."""
        return ["named"] if obj else super().get_readonly_fields(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the funds that take donations and that the person handles."""
        if db_field.name == "fund":
            kwargs["queryset"] = (
                CommunityFund.objects.handled_by(acting_user(request)).taking_donations().order_by("name")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("donor"))
    def named(self, row: Donation) -> str:
        """Return the donor as everybody may know them."""
        return row.public_donor_name

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
        if name == "issue_receipt":
            return operations.issue_receipt(
                by=by,
                donation=row,
                receipt_number=data["receipt_number"],
                waived_note=data["waived_note"],
                now=now,
            )
        return super().make_move(row, name, request, data)
