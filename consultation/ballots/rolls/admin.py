"""The register of units, written proxies and code slips on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.notices.forms import OneFileField
from communities.notices.models import Visibility
from consultation.ballots import operations
from consultation.ballots.forms import places_of
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot, RollEntry
from consultation.ballots.rolls.models import CodeSlip, OwnedUnit, Proxy
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, StaffAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

    from governance.accounts.models import User


class ReasonForm(forms.Form):
    """Why something no longer holds."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class EndForm(forms.Form):
    """The last day of an ownership."""

    on = forms.DateField(label=_("owner until"), widget=forms.DateInput(attrs={"type": "date"}))


class UnitForm(forms.ModelForm[OwnedUnit]):
    """A unit with its owner; of the identity number only a hash is kept."""

    owner_identity = forms.CharField(
        label=_("identity number of the owner"),
        max_length=30,
        help_text=_("Not stored: only a hash, by which one owner of several units is counted once."),
    )

    class Meta:
        model = OwnedUnit
        fields = (
            "division",
            "label",
            "use",
            "certificate_number",
            "area",
            "owner_name",
            "owner_identity",
            "valid_from",
        )

    def _post_clean(self) -> None:
        """Leave the row to the operation."""


def _end(row: OwnedUnit, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.end_unit(by=by, now=now, unit=row, on=data["on"])


@admin.register(OwnedUnit)
class OwnedUnitAdmin(StaffAdmin):
    """Who owns what, by certificate."""

    view_permission = "consultation.enter_paper_vote"
    add_permission = "consultation.keep_units"
    acts: ClassVar = {
        "consultation.owned_unit.registered": _("Unit registered"),
        "consultation.owned_unit.ended": _("Ownership ended"),
    }
    form = UnitForm
    list_display = ("label", "use", "area", "owner_name", "certificate_number", "valid_to")
    list_filter = ("use", ("valid_to", admin.EmptyFieldListFilter))
    list_select_related = ("division",)
    search_fields = ("label", "owner_name", "certificate_number")
    ordering = ("division", "label", "-id")
    fields = ("division", "label", "use", "certificate_number", "area", "owner_name", "valid_from", "valid_to")
    deeds = (
        Deed(
            "end",
            _("End the ownership"),
            "consultation.keep_units",
            _end,
            EndForm,
            is_grave=True,
            is_open=lambda row: row.valid_to is None,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only for what is entered."""
        return self.fields if obj else UnitForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return self.fields if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts."""
        if db_field.name == "division":
            kwargs["queryset"] = places_of(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: Any, request: HttpRequest) -> OwnedUnit:
        """Register the unit."""
        return operations.register_unit(by=acting_user(request), now=clock.now(), **form.cleaned_data)


class ProxyForm(forms.ModelForm[Proxy]):
    """A written proxy: both numbers on the roll, how they are related, the paper."""

    principal_number = forms.IntegerField(label=_("number on the roll of who is represented"), min_value=1)
    holder_number = forms.IntegerField(label=_("number on the roll of who votes for them"), min_value=1)
    paper_file = OneFileField(label=_("photo of the written proxy"))

    class Meta:
        model = Proxy
        fields = ("ballot", "principal_number", "holder_number", "relation", "paper_file")

    controls: ClassVar = {
        "principal": "principal_number",
        "holder": "holder_number",
        "paper": "paper_file",
        "file": "paper_file",
    }

    def _post_clean(self) -> None:
        """Leave the row to the operation."""


def _revoke(row: Proxy, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.revoke_proxy(by=by, now=now, proxy=row, reason=data["reason"])


@admin.register(Proxy)
class ProxyAdmin(StaffAdmin):
    """Proxies of the ballots that are about to open; the list is posted on the ballot's page."""

    view_permission = add_permission = "consultation.enter_paper_vote"
    acts: ClassVar = {
        "consultation.proxy.registered": _("Proxy registered"),
        "consultation.proxy.revoked": _("Proxy withdrawn"),
    }
    form = ProxyForm
    list_display = ("ballot", "principal", "holder", "relation", "registered_at", "revoked_at")
    list_filter = ("relation", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("ballot__division", "principal", "holder")
    search_fields = ("ballot__question",)
    ordering = ("-id",)
    fields = ("ballot", "principal", "holder", "relation", "registered_by", "registered_at", "revoked_at")
    deeds = (
        Deed(
            "revoke",
            _("Withdraw the proxy"),
            "consultation.enter_paper_vote",
            _revoke,
            ReasonForm,
            is_grave=True,
            is_open=lambda row: row.revoked_at is None,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only for what is entered."""
        return self.fields if obj else ProxyForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return self.fields if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the ballots between freeze and opening where the person works."""
        if db_field.name == "ballot":
            entries = RollEntry.objects.visible_to(request.user).values("ballot")
            kwargs["queryset"] = Ballot.objects.filter(
                status=BallotStatus.FROZEN, rule__allows_proxies=True, pk__in=entries
            ).order_by("-pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: Any, request: HttpRequest) -> Proxy:
        """Register the proxy, and store its photo sealed; both or neither."""
        data, by, now = form.cleaned_data, acting_user(request), clock.now()
        ballot, file = data["ballot"], data["paper_file"]
        roll = {entry.number: entry for entry in RollEntry.objects.filter(ballot=ballot, number__in=_numbers(data))}
        nobody = RollEntry()
        with transaction.atomic():
            paper = notices.store_attachment(
                by=by,
                now=now,
                division=ballot.division,
                name=file.name,
                content=file.read(),
                visibility=Visibility.SEALED,
            )
            return operations.register_proxy(
                by=by,
                now=now,
                ballot=ballot,
                principal=roll.get(data["principal_number"], nobody),
                holder=roll.get(data["holder_number"], nobody),
                relation=data["relation"],
                paper=paper,
            )


def _numbers(data: dict[str, Any]) -> list[int]:
    return [data["principal_number"], data["holder_number"]]


def _void(row: CodeSlip, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.void_slip(by=by, now=now, slip=row, reason=data["reason"])


@admin.register(CodeSlip)
class CodeSlipAdmin(StaffAdmin):
    """Slips that were printed; a lost one is declared void. They are printed on the ballot's page."""

    view_permission = "consultation.enter_paper_vote"
    acts: ClassVar = {
        "consultation.code_slip.printed": _("Slip printed"),
        "consultation.code_slip.voided": _("Slip declared void"),
    }
    list_display = ("ballot", "entry", "printed_at", "voided_at")
    list_filter = (("voided_at", admin.EmptyFieldListFilter),)
    list_select_related = ("ballot__division", "entry")
    search_fields = ("=entry__number", "entry__name")
    ordering = ("-id",)
    fields = ("ballot", "entry", "printed_by", "printed_at", "voided_at", "void_reason")
    readonly_fields = fields
    deeds = (
        Deed(
            "void",
            _("Declare void"),
            "consultation.enter_paper_vote",
            _void,
            ReasonForm,
            is_grave=True,
            is_open=lambda row: row.voided_at is None,
        ),
    )
