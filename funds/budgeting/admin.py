"""Participatory budgets and their proposals on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy

from funds.budgeting import moving, operations
from funds.budgeting.forms import RULE_FIELDS, CostForm, ExclusionForm, ReasonForm, RoundForm, VoteForm
from funds.budgeting.lifecycle import BEFORE_VOTE
from funds.budgeting.models import BudgetProposal, BudgetRound, ProposalExclusion
from funds.charity.models import CommunityFund
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    from governance.accounts.models import User


def _ask(row: BudgetRound, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    del data
    operations.ask_for_chosen(by=by, now=now, budget_round=row)


def _has_waiting(row: BudgetRound) -> bool:
    return row.status == "DECIDED" and row.proposals.filter(is_winner=True, request=None).exists()


def _waiting(rows: QuerySet[BudgetRound]) -> QuerySet[BudgetRound]:
    found = BudgetProposal.objects.filter(is_winner=True, request=None).values("round")
    return rows.filter(status="DECIDED", decision__status="FINAL", pk__in=found)


@admin.register(BudgetRound)
class BudgetRoundAdmin(MovesAdmin):
    """Participatory budgets with their moves."""

    view_permission = "funds.view_budget_round"
    add_permission = "funds.manage_budget_round"
    acts: ClassVar = {
        "funds.budget_round.drafted": gettext_lazy("Participatory budget drafted"),
        "funds.budget_round.amended": gettext_lazy("Draft changed"),
    }
    form = RoundForm
    list_display = ("title", "fund", "amount", "proposals_until", "method", "status")
    list_select_related = ("fund__division", "fund__charity")
    list_filter = ("status", "method")
    search_fields = ("title", "fund__name")
    ordering = ("-pk",)
    fields = (*RoundForm.Meta.fields, "pool", "ballot", "decision", "spent", "rule_number", "status", "drafted_by")
    deeds = (
        Deed(
            "edit",
            gettext_lazy("Change the draft"),
            "funds.manage_budget_round",
            lambda _row, _by, _now, _data: None,
            is_open=lambda row: row.status == "DRAFT",
            address=lambda row: reverse("funds:budget-round-edit", args=[row.pk]),
        ),
        Deed(
            "ask",
            gettext_lazy("Make the requests for the chosen projects"),
            "funds.enter_spending_request",
            _ask,
            is_open=_has_waiting,
            waiting=_waiting,
        ),
    )

    @admin.display(description=gettext_lazy("number of the frozen rule"), empty_value="–")
    def rule_number(self, row: BudgetRound) -> str:
        """Return the number by which the question of the ballot names what was frozen."""
        return row.rule_number

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else RoundForm.Meta.fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the funds that the person handles."""
        if db_field.name == "fund":
            kwargs["queryset"] = CommunityFund.objects.handled_by(acting_user(request)).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Draft the round."""
        data = dict(form.cleaned_data)
        rule = {name: data.pop(name) for name in RULE_FIELDS}
        return operations.draft_round(by=acting_user(request), now=clock.now(), rule=rule, **data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask when the vote is held, and why a round ends without result."""
        return {"put_to_vote": VoteForm, "cancel": ReasonForm}.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Move through the operations."""
        return moving.lead(row, name, by=acting_user(request), now=clock.now(), data=data)


def _exclude(row: BudgetProposal, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.state_exclusion(by=by, now=now, one=row, other=data["other"], reason=data["reason"])


@admin.register(BudgetProposal)
class BudgetProposalAdmin(MovesAdmin):
    """Proposals with their examination."""

    view_permission = "funds.view_budget_proposal"
    acts: ClassVar = {
        "funds.budget_proposal.proposed": gettext_lazy("Project proposed for a participatory budget"),
        "funds.budget_proposal.excluded": gettext_lazy("Exclusion between proposals stated"),
        "funds.budget_proposal.asked_for": gettext_lazy("Request made for a chosen project"),
    }
    list_display = ("number", "title", "round", "estimate", "cost", "is_winner", "status")
    list_select_related = ("round__fund__division", "round__fund__charity")
    list_filter = ("status", "is_winner", "purpose")
    search_fields = ("title", "round__title")
    ordering = ("-round", "number")
    fields = (
        *("round", "number", "title", "text", "place", "purpose", "estimate", "matter", "topic", "cost", "costing"),
        *("refusal", "appeal_until", "appeal", "judgement", "is_winner", "request", "status", "examined_by"),
    )
    deeds = (
        Deed(
            "exclude",
            gettext_lazy("State that another proposal excludes it"),
            "funds.examine_budget_proposal",
            _exclude,
            form=ExclusionForm,
            is_open=lambda row: row.round.status in BEFORE_VOTE,
        ),
    )

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the cost, or for the reason."""
        return {"accept": CostForm, "uphold": CostForm, "withdraw": None}.get(name, ReasonForm)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Move through the operations."""
        return moving.judge(row, name, by=acting_user(request), now=clock.now(), data=data)


@admin.register(ProposalExclusion)
class ProposalExclusionAdmin(StaffAdmin):
    """Which proposals exclude one another."""

    view_permission = "funds.view_proposal_exclusion"
    list_display = ("first", "second", "reason", "stated_at")
    list_select_related = ("first", "second")
    search_fields = ("first__title", "second__title")
    ordering = ("-pk",)
