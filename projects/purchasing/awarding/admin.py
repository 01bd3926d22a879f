"""Offers and awards on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.money import format_yuan
from governance.staff import Deed, MovesAdmin, StaffAdmin, display
from projects.evaluation.gating import failed_hindrances
from projects.purchasing.awarding import offering, operations, paying, refusals
from projects.purchasing.awarding.forms import PaymentForm, PublishForm, ReasonForm, SupplementForm
from projects.purchasing.awarding.lifecycle import AwardStatus
from projects.purchasing.awarding.models import PublicPayment, PurchaseAward, PurchaseOffer
from projects.purchasing.awarding.paying import Paid
from projects.purchasing.awarding.queries import owed_of, paid_of, stage_of
from projects.purchasing.inviting.queries import able_for
from socialorgs.register.queries import hindrances

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


@admin.register(PurchaseOffer)
class PurchaseOfferAdmin(MovesAdmin):
    """Opened offers, to be admitted or not; sealed ones are not shown to anybody."""

    view_permission = "projects.view_offer"
    list_display = ("purchase", "organization", "amount", "stage", "submitted_at")
    list_select_related = ("purchase__buyer", "organization")
    list_filter = ("status",)
    search_fields = ("purchase__number", "purchase__title", "organization__name")
    ordering = ("-pk",)
    fields = (
        *("purchase", "organization", "amount", "plan", "team", "papers", "ability", "remark", "stage"),
        *("submitted_at", "judged_by"),
    )
    readonly_fields = ("papers", "ability", "stage")
    acts: ClassVar = {
        "projects.purchase_offer.drafted": _("Offer drafted"),
        "projects.purchase_offer.revised": _("Offer changed"),
        "projects.purchase_offer.paper_taken": _("Paper taken from an offer"),
    }

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the purchase along: rights ask for it."""
        return super().get_queryset(request).select_related("purchase__buyer", "purchase__landing", "organization")

    @display(description=_("status"), ordering="status")
    def stage(self, row: PurchaseOffer) -> str:
        """Say where the offer stands; one that was opened is not sealed any more."""
        return stage_of(row)

    @display(description=_("papers"))
    def papers(self, row: PurchaseOffer) -> str:
        """Lead to the papers of an opened offer, each with its hash."""
        rows = row.files.select_related("attachment")
        found = ((one.get_absolute_url(), one.attachment.name, one.attachment.sha256) for one in rows)
        return format_html_join("\n", '<p><a href="{}">{}</a> <small>{}</small></p>', found) or "-"

    @display(description=_("checked capability"))
    def ability(self, row: PurchaseOffer) -> str:
        """Tell whether the body is known to be able in the field of the purchase."""
        if not row.purchase.field:
            return "-"
        is_able = able_for(row.purchase, clock.today()).filter(pk=row.organization_id).exists()
        said = gettext("yes") if is_able else gettext("no")
        return f"{row.purchase.field}: {said}"

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask why an offer is not admitted."""
        return ReasonForm if name == "reject" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Move through the operations."""
        by, now = acting_user(request), clock.now()
        if name == "reject":
            return offering.reject_offer(by=by, now=now, offer=row, reason=data["reason"])
        plain = {
            "submit": offering.submit_offer,
            "recall": offering.recall_offer,
            "withdraw": offering.withdraw_offer,
            "qualify": offering.qualify_offer,
        }
        return plain[name](by=by, now=now, offer=row)


def _pay(row: PurchaseAward, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    names = ("amount", "paid_on", "document_number", "purpose")
    paying.record_payment(by=by, now=now, award=row, paid=Paid(**{name: data[name] for name in names}))


def _supplement(row: PurchaseAward, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    paying.grant_supplement(by=by, now=now, award=row, amount=data["amount"], reason=data["reason"])


def _no_contract(row: PurchaseAward) -> StrOrPromise | None:
    return str(refusals.ContractFirst(award=row.number)) if owed_of(row) is None else None


def _is_final(row: PurchaseAward) -> bool:
    return row.status == AwardStatus.FINAL and not row.contracts.exclude(status__in=paying.NOT_STANDING).exists()


@admin.register(PurchaseAward)
class PurchaseAwardAdmin(MovesAdmin):
    """Awards with their moves, and the public money paid for them."""

    view_permission = "projects.view_award_file"
    list_display = ("number", "organization", "buyer", "amount", "publish_by", "sign_by", "status")
    list_select_related = ("organization", "buyer", "purchase")
    list_filter = ("status",)
    search_fields = ("number", "organization__name", "purchase__title")
    ordering = ("-pk",)
    readonly_fields = ("paid", "hindered")
    acts: ClassVar = {
        "projects.purchase_award.proposed": _("Award of a purchase proposed"),
        "projects.purchase_award.supplemented": _("Supplement granted"),
        "projects.purchase_award.rest_freed": _("Rest freed on the budget line"),
    }
    deeds = (
        Deed(
            "pay",
            _("Record a payment of public money"),
            "projects.record_public_payment",
            _pay,
            form=PaymentForm,
            is_open=_is_final,
            hindrance=_no_contract,
        ),
        Deed(
            "supplement",
            _("Grant a supplement"),
            "projects.confirm_award",
            _supplement,
            SupplementForm,
            is_open=_is_final,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row."""
        del request, obj
        return [
            *(
                "number",
                "purchase",
                "organization",
                "hindered",
                "buyer",
                "landing",
                "budget_line",
                "amount",
                "supplement",
            ),
            *(
                "paid",
                "points",
                "reason",
                "service",
                "buyer_duties",
                "landing_duties",
                "organization_duties",
                "starts_on",
            ),
            *("ends_on", "publish_by", "sign_by", "notice", "status", "proposed_by", "confirmed_by"),
        ]

    @display(description=_("may take part"))
    def hindered(self, row: PurchaseAward) -> str:
        """Show whether the organization may take part now, and what is done where it may not any more."""
        found = hindrances(row.organization, clock.today())
        graded = failed_hindrances(row.organization, row.buyer, clock.today())
        if not found and graded and row.status == AwardStatus.PROPOSED:
            said = gettext("no: %(reasons)s. The award is not published.") % {"reasons": "; ".join(graded)}
            then = gettext("Set the award aside; then the next offer is chosen, or the purchase declared failed.")
            return f"{said} {then}"
        if not found:
            return gettext("yes")
        said = gettext("no: %(reasons)s. No contract is signed and nothing is paid.") % {"reasons": "; ".join(found)}
        if row.status in (AwardStatus.PROPOSED, AwardStatus.FINAL):
            then = gettext("Set the award aside; then the next offer is chosen, or the purchase declared failed.")
            return f"{said} {then}"
        return said

    @display(description=_("paid"))
    def paid(self, row: PurchaseAward) -> str:
        """Show what was paid."""
        return format_yuan(paid_of(row))

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return what the move asks for."""
        return {"publish": PublishForm, "set_aside": ReasonForm}.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Move through the operations."""
        by, now = acting_user(request), clock.now()
        if name == "publish":
            return operations.publish_award(by=by, now=now, award=row, contact=data["contact"])
        return operations.set_award_aside(by=by, now=now, award=row, reason=data["reason"])


@admin.register(PublicPayment)
class PublicPaymentAdmin(StaffAdmin):
    """Payments of public money, budget line by budget line."""

    view_permission = "projects.view_award_file"
    list_display = ("paid_on", "award", "budget_line", "amount", "document_number", "purpose")
    list_select_related = ("award__organization", "award__buyer", "budget_line")
    search_fields = ("document_number", "award__number", "award__organization__name")
    ordering = ("-pk",)
    fields = ("award", "budget_line", "amount", "paid_on", "document_number", "purpose", "recorded_by", "recorded_at")
    acts: ClassVar = {"projects.public_payment.recorded": _("Payment of public money recorded")}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show the payments for the awards that the viewer may see."""
        rows = super().get_queryset(request).select_related("award__organization", "award__buyer", "budget_line")
        return rows.filter(award__in=PurchaseAward.objects.visible_to(request.user))
