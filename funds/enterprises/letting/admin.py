"""Assets, lettings and rent on the desk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.people.queries import within
from communities.territory.spreadsheet import TextXLSX
from funds.enterprises.desk import SheetAdmin
from funds.enterprises.forms import ReasonForm
from funds.enterprises.letting import operations, reminders
from funds.enterprises.letting.forms import (
    AssetForm,
    DemandForm,
    DeskAssetForm,
    EndForm,
    LettingForm,
    NewLettingForm,
    NoticeForm,
    PaperForm,
    RentForm,
    WaiverForm,
)
from funds.enterprises.letting.lifecycle import LettingStatus
from funds.enterprises.letting.models import RENT_STATUSES, CommunityAsset, Letting, RentCharge, RentReceipt
from funds.enterprises.letting.refusals import NothingLate
from funds.enterprises.letting.spreadsheet import LettingSheet
from funds.enterprises.models import own
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.money import format_yuan
from governance.staff import Deed, EditsAdmin, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from funds.enterprises.letting.models import LettingQuerySet
    from governance.accounts.models import User


def _edit_asset(row: CommunityAsset, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    form = AssetForm()
    form.cleaned_data = data
    operations.edit_asset(by=by, asset=row, facts=form.facts(), now=now)


def _edit_letting(row: Letting, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    form = LettingForm(instance=row)
    form.cleaned_data = data
    operations.edit_letting(by=by, letting=row, terms=form.terms(), now=now)


def _name_notice(row: Letting, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.name_notice(by=by, letting=row, notice=data["notice"], now=now)


def _attach(row: Letting, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.attach_paper(by=by, letting=row, name=data["file"].name, content=data["file"].read(), now=now)


def record(row: Letting, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    """Record rent from a form."""
    file = data["file"]
    operations.record_rent(
        by=by,
        letting=row,
        amount=data["amount"],
        received_on=data["received_on"],
        reference=data["reference"],
        now=now,
        today=clock.today(),
        name=file.name if file else "",
        content=file.read() if file else b"",
    )


def _demand(row: Letting, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    reminders.demand_rent(by=by, letting=row, pay_by=data["pay_by"], now=now, today=clock.today())


def _waive(row: RentCharge, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.waive_rent(by=by, charge=row, amount=data["amount"], reason=data["reason"], now=now)


def _void(row: RentReceipt, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.void_receipt(by=by, receipt=row, reason=data["reason"], now=now)


def _not_a_draft(row: Letting) -> StrOrPromise | None:
    return None if row.status == LettingStatus.DRAFT else _("Only a draft can be edited.")


def _no_rent(row: Letting) -> StrOrPromise | None:
    return None if row.status in RENT_STATUSES else _("Rent is received for lettings that were confirmed.")


def _not_late(row: Any) -> StrOrPromise | None:
    return None if row.arrears else str(NothingLate())


def _late(rows: Any) -> QuerySet[Letting]:
    late: LettingQuerySet = rows.to_follow_up(clock.today())
    return late


class ArrearsFilter(admin.SimpleListFilter):
    """Lettings with rent that is late."""

    title = gettext_lazy("in arrears")
    parameter_name = "in_arrears"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer one choice."""
        del request, model_admin
        return [("1", _("yes"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        """Leave only lettings with rent that was due before today."""
        del request
        late: LettingQuerySet = queryset.in_arrears(clock.today()) if self.value() == "1" else queryset
        return late


@admin.register(CommunityAsset)
class AssetAdmin(EditsAdmin, StaffAdmin):
    """What communities have, and by what right it is let."""

    view_permission = "funds.view_letting"
    add_permission = "funds.keep_lettings"
    acts: ClassVar = {
        "funds.asset.entered": gettext_lazy("Asset entered"),
        "funds.asset.edited": gettext_lazy("Asset edited"),
    }
    form = DeskAssetForm
    list_display = ("name", "enterprise", "kind", "area_text", "right_until")
    list_select_related = ("enterprise",)
    list_filter = ("kind", "right_to_let")
    search_fields = ("name", "address", "enterprise__name")
    ordering = ("enterprise__name", "name", "pk")
    autocomplete_fields = ("enterprise",)
    deeds = (Deed("edit", gettext_lazy("Edit"), "funds.keep_lettings", _edit_asset),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CommunityAsset]:
        """Show those of the viewer's places and enterprises."""
        user = acting_user(request)
        rows: QuerySet[CommunityAsset] = super().get_queryset(request)
        return rows.filter(within(user, division="enterprise__division") | Q(enterprise__in=own(user)))

    @admin.display(description=gettext_lazy("area"))
    def area_text(self, row: CommunityAsset) -> str:
        """The area with its unit."""
        return row.area_text

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the asset."""
        facts = form.facts()  # type: ignore[attr-defined]  # DeskAssetForm
        enterprise = form.cleaned_data["enterprise"]
        return operations.enter_asset(by=acting_user(request), enterprise=enterprise, facts=facts, now=clock.now())

    def edit_form(self, row: Any) -> Callable[..., forms.BaseForm]:
        """Return what is known of it."""
        return partial(AssetForm, instance=CommunityAsset.objects.get(pk=row.pk))


@admin.register(Letting)
class LettingAdmin(SheetAdmin, EditsAdmin, MovesAdmin):
    """Lettings with their moves, their rent account, Excel in and out."""

    view_permission = "funds.view_letting"
    add_permission = "funds.keep_lettings"
    acts: ClassVar = {
        "funds.letting.entered": gettext_lazy("Letting entered"),
        "funds.letting.edited": gettext_lazy("Letting edited"),
        "funds.letting.notice_named": gettext_lazy("Notice of the letting named"),
        "funds.letting.paper_attached": gettext_lazy("Paper of the letting attached"),
        "funds.rent.charged": gettext_lazy("Rent of the months charged"),
        "funds.rent.reminded": gettext_lazy("Reminded of late rent"),
        "funds.rent.demanded": gettext_lazy("Late rent demanded"),
    }
    form = NewLettingForm
    list_display = ("asset", "enterprise", "lessee", "starts_on", "monthly_rent", "late", "is_related", "status")
    list_select_related = ("asset", "enterprise")
    list_filter = (ArrearsFilter, "status", "is_related")
    search_fields = ("asset__name", "enterprise__name", "lessee")
    ordering = ("-pk",)
    readonly_fields = ("account", "last_day")
    resource_classes = (LettingSheet,)
    formats: ClassVar = [TextXLSX]
    deeds = (
        Deed("edit", gettext_lazy("Edit the draft"), "funds.keep_lettings", _edit_letting, hindrance=_not_a_draft),
        Deed(
            "notice",
            gettext_lazy("Name the notice"),
            "funds.keep_lettings",
            _name_notice,
            form=NoticeForm,
            is_open=lambda row: row.is_related,
            hindrance=_not_a_draft,
        ),
        Deed("attach", gettext_lazy("Attach a paper"), "funds.keep_lettings", _attach, form=PaperForm),
        Deed(
            "record_rent",
            gettext_lazy("Record rent"),
            "funds.record_rent",
            record,
            form=RentForm,
            hindrance=_no_rent,
            waiting=_late,
        ),
        Deed(
            "demand",
            gettext_lazy("Demand late rent"),
            "funds.keep_lettings",
            _demand,
            form=DemandForm,
            hindrance=_not_late,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Letting]:
        """Show the rent account of today beside each."""
        rows = cast("LettingQuerySet", super().get_queryset(request))
        return rows.with_account(clock.today())

    @admin.display(description=gettext_lazy("arrears"))
    def late(self, row: Any) -> str:
        """What is due and has not arrived, in yuan."""
        return format_yuan(row.arrears) if row.arrears else "-"

    @admin.display(description=gettext_lazy("rent account"))
    def account(self, row: Any) -> str:
        """What is due, paid and late today, in yuan."""
        shown = {name: format_yuan(getattr(row, name)) for name in ("due", "paid", "arrears")}
        return _("due %(due)s, received %(paid)s, late %(arrears)s") % shown

    @admin.display(description=gettext_lazy("last day"))
    def last_day(self, row: Letting) -> str:
        """The last day of the term."""
        return row.last_day.isoformat()

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        entered = ["asset", "lessee_kind", "lessee", "purpose", "starts_on", "last_day", "monthly_rent", "deposit"]
        entered += ["days_to_pay", "document", "is_related", "relation", "recusal"]
        if obj is None:
            return entered
        more = ("demanded_on", "demand_until", "status", "entered_by", "confirmed_by", "ended_at")
        return [*entered, "notice", "papers", "account", *more]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Let the last day be typed while the letting is entered."""
        return super().get_readonly_fields(request, obj) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the assets of the person's places and enterprises."""
        if db_field.name == "asset":
            user = acting_user(request)
            reach = within(user, division="enterprise__division") | Q(enterprise__in=own(user))
            kwargs["queryset"] = CommunityAsset.objects.filter(reach).order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the letting as a draft."""
        terms = form.terms()  # type: ignore[attr-defined]  # NewLettingForm
        asset = form.cleaned_data["asset"]
        return operations.enter_letting(by=acting_user(request), asset=asset, terms=terms, now=clock.now())

    def edit_form(self, row: Any) -> Callable[..., forms.BaseForm]:
        """Return the terms of the draft."""
        instance = Letting.objects.select_related("enterprise__division").get(pk=row.pk)
        return partial(LettingForm, instance=instance, enterprise=instance.enterprise)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the last day of a letting that ends early."""
        return EndForm if name == "terminate" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Confirm and end through their operations."""
        by, now = acting_user(request), clock.now()
        if name == "confirm":
            return operations.confirm_letting(by=by, letting=row, now=now, today=clock.today())
        if name == "terminate":
            last_day, reason = data["last_day"], data["reason"]
            return operations.terminate_letting(by=by, letting=row, last_day=last_day, reason=reason, now=now)
        return super().make_move(row, name, request, data)


@admin.register(RentCharge)
class RentChargeAdmin(StaffAdmin):
    """The months of lettings, as the clock charged them."""

    view_permission = "funds.view_letting"
    acts: ClassVar = {"funds.rent.waived": gettext_lazy("Rent waived")}
    list_display = ("letting", "number", "from_on", "due_on", "amount", "waived", "reminded_at")
    list_select_related = ("letting__asset", "letting__enterprise")
    search_fields = ("letting__asset__name", "letting__enterprise__name")
    date_hierarchy = "due_on"
    ordering = ("-pk",)
    deeds = (Deed("waive", gettext_lazy("Waive rent"), "funds.waive_rent", _waive, form=WaiverForm),)


@admin.register(RentReceipt)
class RentReceiptAdmin(StaffAdmin):
    """Rent that has arrived; recorded from its letting."""

    view_permission = "funds.view_letting"
    acts: ClassVar = {
        "funds.rent.received": gettext_lazy("Rent received"),
        "funds.rent.taken_back": gettext_lazy("Receipt taken back"),
    }
    list_display = ("letting", "received_on", "amount", "reference", "voided_at")
    list_select_related = ("letting__asset", "letting__enterprise")
    search_fields = ("letting__asset__name", "letting__enterprise__name", "reference")
    date_hierarchy = "received_on"
    ordering = ("-pk",)
    deeds = (
        Deed(
            "void",
            gettext_lazy("Take the receipt back"),
            "funds.record_rent",
            _void,
            form=ReasonForm,
            is_grave=True,
            is_open=lambda row: row.voided_at is None,
        ),
    )
