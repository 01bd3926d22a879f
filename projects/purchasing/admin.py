"""Purchases on the desk: planned, checked, approved, announced, opened, and the award proposed."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consultation.decisions.lifecycle import DecisionStatus
from consultation.decisions.models import Decision
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.calendar.days import written_until
from governance.money import format_yuan
from governance.staff import Deed, Follow, MovesAdmin, display
from projects.purchasing import operations
from projects.purchasing.awarding import offering
from projects.purchasing.awarding.forms import AwardForm, CommitteeForm, members_of
from projects.purchasing.awarding.policy import Duties
from projects.purchasing.awarding.queries import has_begun_to_score, stage_of, standings
from projects.purchasing.awarding.refusals import CommitteeComplete
from projects.purchasing.catalogue.forms import ReasonForm
from projects.purchasing.catalogue.lifecycle import LineStatus
from projects.purchasing.catalogue.models import ListKind, PublicBudgetLine, PurchaseListItem
from projects.purchasing.forms import CallForm, NegativeListForm, PurchaseForm, SplittingForm, criteria_of, planned
from projects.purchasing.lifecycle import BEFORE_THE_CALL, PurchaseStatus
from projects.purchasing.models import Purchase
from projects.purchasing.moving import move_purchase
from projects.purchasing.operations import BUYING_TIERS, Plan
from projects.purchasing.policy import BY_INVITATION, NegativeGround, competes
from projects.purchasing.queries import limit_on, year_total
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


def _revise(row: Purchase, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.revise_plan(by=by, now=now, purchase=row, plan=Plan(**planned(data)))


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


class ChosenLines(forms.ModelChoiceField[PublicBudgetLine]):
    """A budget line with what purchases may still bind of it."""

    def label_from_instance(self, obj: Any) -> str:
        """Name what is left: budget first."""
        left = {"line": obj, "left": format_yuan(obj.amount - obj.bound), "amount": format_yuan(obj.amount)}
        return gettext("%(line)s · %(left)s of %(amount)s yuan left") % left


@admin.register(Purchase)
class PurchaseAdmin(MovesAdmin):
    """Purchases with their moves; the award itself is confirmed on its own page."""

    view_permission = "projects.view_purchase_file"
    add_permission = "projects.plan_purchase"
    form = PurchaseForm
    list_display = ("number", "title", "buyer", "amount", "procedure", "taken_until", "status")
    list_select_related = ("buyer", "landing")
    list_filter = ("status", "procedure", "kind")
    search_fields = ("number", "title", "item__name")
    ordering = ("-pk",)
    readonly_fields = ("year", "judged_by", "offered", "committee", "ranking", "awarded", "taken_until", "grounds")
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
            "revise",
            _("Change the plan"),
            "projects.plan_purchase",
            _revise,
            form=PurchaseForm,
            is_open=lambda row: row.status == PurchaseStatus.DRAFT,
            waiting=lambda rows: rows.filter(status=PurchaseStatus.DRAFT),
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
            hindrance=lambda row: str(CommitteeComplete()) if has_begun_to_score(row) else None,
            waiting=_without_committee,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        entered = PurchaseForm.Meta.fields
        if obj is None:
            return [*entered, "price_points", "criteria"]
        people = ("planned_by", "checked_by", "approved_by", "explained_by")
        more = (
            "judged_by",
            "year",
            "bound",
            "grounds",
            "splitting_reason",
            "notice",
            "taken_until",
            "offered",
            "committee",
            "ranking",
            "awarded",
            "status",
        )
        return ["number", *entered, *more, *people]

    @display(description=_("criteria"))
    def judged_by(self, row: Purchase) -> str:
        """Show the criteria with their points."""
        return "\n".join(f"{one.points} {one.name}" for one in row.criteria.all())

    @display(description=_("purchases of this item in the year, without open tender"))
    def year(self, row: Purchase) -> str:
        """Show what the purchases of the year add up to, of how many, and the limit: of a plan, that of this day."""
        found = year_total(row)
        limit = limit_on(row, clock.today()) if row.status == PurchaseStatus.DRAFT else found.limit
        if limit is None:
            return gettext("no limit")
        parts = gettext("this one %(own)s, others of the year %(others)s (%(count)s)") % {
            "own": format_yuan(row.amount),
            "others": format_yuan(found.total - row.amount),
            "count": found.others,
        }
        return f"{format_yuan(found.total)} / {format_yuan(limit)}\n{parts}"

    @display(description=_("offers until"), ordering="offers_until")
    def taken_until(self, row: Purchase) -> str:
        """Show until when offers are taken, as an office writes it."""
        return written_until(row.offers_until) if row.offers_until else "-"

    @display(description=_("answers to the negative list"))
    def grounds(self, row: Purchase) -> str:
        """Show each ground with its answer."""
        if not row.negative_answers:
            return "-"
        said = {False: gettext("No"), True: gettext("Yes")}
        return "\n".join(
            f"{ground.label} {said[bool(row.negative_answers.get(ground.value))]}" for ground in NegativeGround
        )

    @display(description=_("opened offers"))
    def offered(self, row: Purchase) -> str:
        """Lead to the offers, each with its stage, once they have been opened: there they are admitted or not."""
        if row.opened_at is None:
            return "-"
        rows = row.offers.handed_in().select_related("purchase", "organization").order_by("pk")
        found = (
            (reverse("admin:projects_purchaseoffer_change", args=[one.pk]), one.organization.name, stage_of(one))
            for one in rows
        )
        return format_html_join("\n", '<p><a href="{}">{}</a> {}</p>', found) or "-"

    @display(description=_("committee for the offers"))
    def committee(self, row: Purchase) -> str:
        """Name the members and who has scored; what they gave stays with them until all have."""
        said = {False: gettext("has not scored yet"), True: gettext("scored")}
        seats = row.seats.select_related("user").order_by("pk")
        return "\n".join(f"{one.user} · {one.get_kind_display()} · {said[bool(one.scored_at)]}" for one in seats) or "-"

    @display(description=_("awards of the purchase"))
    def awarded(self, row: Purchase) -> str:
        """Lead to the awards, where the next steps are taken."""
        found = (
            (
                reverse("admin:projects_purchaseaward_change", args=[one.pk]),
                one.organization.name,
                one.get_status_display(),
            )
            for one in row.awards.select_related("organization").order_by("pk")
        )
        return format_html_join("\n", '<p><a href="{}">{}</a> {}</p>', found) or "-"

    @display(description=_("standing of the offers"))
    def ranking(self, row: Purchase) -> str:
        """Show how the offers stand, once they have been opened and all members have scored."""
        if row.opened_at is None or row.seats.filter(scored_at=None).exists():
            return "-"
        return "\n".join(f"{number}. {one}" for number, one in enumerate(standings(row), start=1))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts, what is in force there, and the money that was confirmed."""
        today, places = clock.today(), reach(request.user)
        if db_field.name == "buyer":
            kwargs["queryset"] = places.filter(tier__in=BUYING_TIERS)
        elif db_field.name == "landing":
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
            kwargs["queryset"] = lines.with_bound().order_by("-fiscal_year", "-pk")
            kwargs["form_class"] = ChosenLines
        elif db_field.name in {"topic", "decision", "matter"}:
            model = db_field.remote_field.model
            rows = model.objects.visible_to(request.user).filter(division__in=places)
            kwargs["queryset"] = (
                rows.select_related("topic").order_by("-pk") if model is Decision else rows.order_by("-pk")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def deed_form(self, request: HttpRequest, row: Any, deed: Deed) -> Callable[..., forms.BaseForm] | None:
        """Fill in the plan as it stands when it is changed."""
        if deed.name != "revise":
            return super().deed_form(request, row, deed)
        # A copy: what is typed is put onto the form's row, and the operation asks about the row as it stands.
        return partial(self.get_form(request), instance=copy(row), initial=criteria_of(row))

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

    def form_for(self, row: Any, name: str) -> Callable[..., forms.Form] | None:
        """Offer the admitted offers of the purchase as they stand; show the plan to who checks it."""
        found: dict[str, Callable[..., forms.Form]] = {
            "propose": partial(AwardForm, purchase=row),
            "check": partial(NegativeListForm, purchase=row),
        }
        return found.get(name) or self.move_form(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make every move by its operation."""
        given = dict(data)
        if name == "check":
            given["answers"] = {ground: answer for ground, answer in data.items() if ground != "reason"}
        elif name == "propose":
            names = ("buyer_duties", "landing_duties", "organization_duties")
            given["duties"] = Duties(*(data[key] for key in names))
        return move_purchase(row, name, by=acting_user(request), now=clock.now(), data=given)
