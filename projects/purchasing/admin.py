"""Purchases on the desk: planned, checked, approved, announced, opened, and the award proposed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consultation.decisions.lifecycle import DecisionStatus
from consultation.decisions.models import Decision
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.money import format_yuan
from governance.staff import Deed, Follow, MovesAdmin, display
from projects.purchasing import operations
from projects.purchasing.awarding import offering
from projects.purchasing.awarding.forms import AwardForm, CommitteeForm, members_of
from projects.purchasing.awarding.policy import Duties
from projects.purchasing.awarding.queries import standings
from projects.purchasing.catalogue.forms import ReasonForm
from projects.purchasing.catalogue.lifecycle import LineStatus
from projects.purchasing.catalogue.models import ListKind, PublicBudgetLine, PurchaseListItem
from projects.purchasing.forms import CallForm, NegativeListForm, PurchaseForm, SplittingForm, planned
from projects.purchasing.lifecycle import BEFORE_THE_CALL, PurchaseStatus
from projects.purchasing.models import Purchase
from projects.purchasing.moving import move_purchase
from projects.purchasing.operations import Plan
from projects.purchasing.policy import BY_INVITATION, competes
from projects.purchasing.queries import year_total
from socialorgs.register.forms import reach

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    from governance.accounts.models import User

EXPLAINED_IN = (PurchaseStatus.SUBMITTED, PurchaseStatus.CHECKED)


def _explain(row: Purchase, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.explain_splitting(by=by, now=now, purchase=row, reason=data["reason"])


def _appoint(row: Purchase, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    offering.appoint_committee(by=by, now=now, purchase=row, members=members_of(data))


def _without_committee(rows: QuerySet[Purchase]) -> QuerySet[Purchase]:
    return rows.filter(status=PurchaseStatus.OPENED, seats=None).exclude(procedure__in=("MICRO", "SINGLE_SOURCE"))


def _decision_given(row: Decision) -> dict[str, Any]:
    return {"decision": row.pk, "landing": row.division_id, "title": row.topic.title[:120], "need": row.text[:2000]}


class ChosenItems(forms.ModelChoiceField[PurchaseListItem]):
    """An item by its code, its name and its list."""

    def label_from_instance(self, obj: PurchaseListItem) -> str:
        """Name the edition as well."""
        return f"{obj} · {obj.purchase_list}"


@admin.register(Purchase)
class PurchaseAdmin(MovesAdmin):
    """Purchases with their moves; the award itself is confirmed on its own page."""

    view_permission = "projects.view_purchase_file"
    add_permission = "projects.plan_purchase"
    form = PurchaseForm
    list_display = ("number", "title", "buyer", "amount", "procedure", "offers_until", "status")
    list_select_related = ("buyer", "landing")
    list_filter = ("status", "procedure", "kind")
    search_fields = ("number", "title", "item__name")
    ordering = ("-pk",)
    readonly_fields = ("year", "judged_by", "ranking")
    acts: ClassVar = {
        "projects.purchase.planned": _("Purchase planned"),
        "projects.purchase.revised": _("Plan of a purchase changed"),
        "projects.purchase.explained": _("Splitting explained"),
        "projects.purchase.invited": _("Bodies invited by name"),
        "projects.purchase.committee_appointed": _("Committee for offers appointed"),
        "projects.purchase.offers_scored": _("Offers scored"),
    }
    follows = (
        Follow(
            "consultation.Decision",
            "projects.Purchase",
            _("Plan a purchase"),
            "projects.plan_purchase",
            waiting=lambda rows: rows.filter(status=DecisionStatus.FINAL, spending_requests=None, purchases=None),
            given=_decision_given,
        ),
    )
    deeds = (
        Deed(
            "explain",
            _("Explain why this is no splitting"),
            "projects.approve_purchase",
            _explain,
            form=SplittingForm,
            is_open=lambda row: row.status in EXPLAINED_IN and year_total(row).is_above,
            other_than=lambda row: {row.planned_by_id},
        ),
        Deed(
            "invite",
            _("Invite bodies by name"),
            "projects.plan_purchase",
            lambda _row, _by, _now, _data: None,
            is_open=lambda row: row.procedure in BY_INVITATION and row.status in BEFORE_THE_CALL,
            address=lambda row: reverse("projects:purchase-invite", args=[row.pk]),
        ),
        Deed(
            "committee",
            _("Appoint the committee"),
            "projects.appoint_committee",
            _appoint,
            form=CommitteeForm,
            is_open=lambda row: row.status == PurchaseStatus.OPENED and competes(row.procedure),
            waiting=_without_committee,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        entered = PurchaseForm.Meta.fields
        if obj is None:
            return [*entered, "price_points", "criteria"]
        people = ("planned_by", "checked_by", "approved_by", "explained_by")
        more = ("judged_by", "year", "bound", "splitting_reason", "notice", "offers_until", "ranking", "status")
        return ["number", *entered, *more, *people]

    @display(description=_("criteria"))
    def judged_by(self, row: Purchase) -> str:
        """Show the criteria with their points."""
        return "\n".join(f"{one.points} {one.name}" for one in row.criteria.all())

    @display(description=_("purchases of this item in the year, without open tender"))
    def year(self, row: Purchase) -> str:
        """Show what the purchases of the year add up to, and the limit."""
        found = year_total(row)
        if found.limit is None:
            return gettext("no limit")
        return f"{format_yuan(found.total)} / {format_yuan(found.limit)}"

    @display(description=_("standing of the offers"))
    def ranking(self, row: Purchase) -> str:
        """Show how the offers stand, once they have been opened and all members have scored."""
        if row.opened_at is None or row.seats.filter(scored_at=None).exists():
            return "-"
        return "\n".join(
            f"{one.total} {one.offer.organization.name} {format_yuan(one.offer.amount)}" for one in standings(row)
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts, what is in force there, and the money that was confirmed."""
        today, places = clock.today(), reach(request.user)
        if db_field.name in {"buyer", "landing"}:
            kwargs["queryset"] = places
        elif db_field.name in {"item", "handed_item"}:
            kind = ListKind.GUIDANCE if db_field.name == "item" else ListKind.HANDED_OVER
            above = {key for place in places for key in place.ancestor_ids}
            items = PurchaseListItem.objects.filter(
                purchase_list__kind=kind,
                purchase_list__division__in=above,
                purchase_list__status="CONFIRMED",
                purchase_list__valid_from__lte=today,
            ).exclude(purchase_list__valid_to__lte=today)
            kwargs["queryset"] = items.select_related("purchase_list").order_by("code")
            kwargs["form_class"] = ChosenItems
        elif db_field.name == "budget_line":
            lines = PublicBudgetLine.objects.filter(division__in=places, status=LineStatus.CONFIRMED)
            kwargs["queryset"] = lines.order_by("-fiscal_year", "-pk")
        elif db_field.name in {"topic", "decision", "matter"}:
            model = db_field.remote_field.model
            rows = model.objects.visible_to(request.user).filter(division__in=places)
            kwargs["queryset"] = (
                rows.select_related("topic").order_by("-pk") if model is Decision else rows.order_by("-pk")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Plan the purchase."""
        plan = Plan(**planned(form.cleaned_data))
        return operations.plan_purchase(by=acting_user(request), now=clock.now(), plan=plan)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return what the move asks for."""
        asked: dict[str, type[forms.Form]] = {
            "check": NegativeListForm,
            "call": CallForm,
            "propose": AwardForm,
            **dict.fromkeys(("send_back", "fail", "cancel", "reopen"), ReasonForm),
        }
        return asked.get(name)

    def form_for(self, row: Model, name: str) -> Callable[..., forms.Form] | None:
        """Offer the admitted offers of the purchase."""
        return partial(AwardForm, purchase=row.pk) if name == "propose" else self.move_form(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make every move by its operation."""
        given = dict(data)
        if name == "check":
            given["answers"] = {ground: answer for ground, answer in data.items() if ground != "reason"}
        elif name == "propose":
            names = ("buyer_duties", "landing_duties", "organization_duties")
            given["duties"] = Duties(*(data[key] for key in names))
        return move_purchase(row, name, by=acting_user(request), now=clock.now(), data=given)
