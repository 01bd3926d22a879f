"""Grant rounds on the desk; what is done with a round or an application is done on its own page, where its form is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import Model, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.money import format_yuan
from governance.staff import Deed, MovesAdmin, StaffAdmin, Step, display
from projects.grants import deciding, operations
from projects.grants.forms import ExpertForm, ProgrammeForm, ReasonForm, RoundForm
from projects.grants.lifecycle import ApplicationStatus, GrantRoundStatus
from projects.grants.models import (
    GrantApplication,
    GrantAward,
    GrantExpert,
    GrantRound,
    PanelSeat,
    Programme,
    ScoreSheet,
)
from socialorgs.register.barring.queries import proposal_told
from socialorgs.register.forms import reach

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User
    from governance.lifecycle import Offer


def _board(row: Any) -> str:
    return reverse("projects:grant-round-board", args=[row.pk])


def _page(row: Any) -> str:
    return str(row.get_absolute_url())


def _elsewhere(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    """Do nothing here: it is done on the page."""


def _end_programme(row: Programme, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.end_programme(by=by, now=now, programme=row, **data)


def _end_expert(row: GrantExpert, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.end_expert(by=by, now=now, expert=row, **data)


class OnItsPage(MovesAdmin):
    """A desk page whose moves lead to the row's own page, where each has its form."""

    page_of: ClassVar[Any] = staticmethod(_page)

    def _move_step(self, row: Model, offer: Offer) -> Step:
        step = super()._move_step(row, offer)
        return Step(step.label, self.page_of(row), step.is_open, step.reason, step.is_grave, asks=True)


@admin.register(Programme)
class ProgrammeAdmin(StaffAdmin):
    """Named programmes."""

    view_permission = "projects.view_programme"
    add_permission = "projects.enter_programme"
    form = ProgrammeForm
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.programme.entered": _("Programme entered"),
        "projects.programme.ended": _("Programme ended"),
    }
    deeds = (
        Deed(
            "end",
            _("End the programme"),
            "projects.enter_programme",
            _end_programme,
            form=ReasonForm,
            is_grave=True,
            is_open=lambda row: row.ended_on is None,
        ),
    )
    list_display = ("name", "division", "started_on", "ended_on")
    list_select_related = ("division",)
    search_fields = ("name",)
    ordering = ("-pk",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the entry to those who call rounds."""
        return request.user.is_authenticated and request.user.has_perm("projects.view_grant_round_file")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts."""
        if db_field.name == "division":
            kwargs["queryset"] = reach(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter it."""
        return operations.enter_programme(by=acting_user(request), now=clock.now(), **form.cleaned_data)


@admin.register(GrantRound)
class GrantRoundAdmin(OnItsPage):
    """Rounds; everything after the draft is done on the review board."""

    page_of = staticmethod(_board)
    view_permission = "projects.view_grant_round_file"
    add_permission = "projects.draft_grant_round"
    form = RoundForm
    list_display = ("title", "kind", "division", "programme", "opens_on", "closes_on", "status")
    list_select_related = ("division", "programme")
    list_filter = ("status", "kind")
    search_fields = ("title",)
    ordering = ("-pk",)
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.grant_round.drafted": _("Grant round drawn up"),
        "projects.grant_round.funded": _("Source of money added"),
        "projects.grant_round.experts_drawn": _("Experts drawn by lot"),
        "projects.grant_round.expert_seated": _("Expert seated"),
        "projects.grant_round.sheets_assigned": _("Score sheets given out"),
        "projects.grant_round.scores_settled": _("Scores settled"),
    }
    deeds = (
        Deed("board", _("Review board"), "projects.manage_grant_round", _elsewhere, address=_board),
        Deed(
            "settle",
            _("Settle the scores"),
            "projects.settle_grant_scores",
            _elsewhere,
            is_open=lambda row: row.status == GrantRoundStatus.REVIEWING and row.settled_at is None,
            waiting=lambda rows: rows.filter(status=GrantRoundStatus.REVIEWING, settled_at=None),
            address=_board,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask for what is entered; show all of a row."""
        entered = [*RoundForm.Meta.fields, *RoundForm.controls.values()]
        if obj is None:
            return entered
        entered = [*RoundForm.Meta.fields, *RoundForm.controls]
        rules = ["least_experts", "trim", "recusal_months", "correction_days", "publicity_days", "instalments"]
        return [*entered, *rules, "call", "publicity", "status", "drafted_by", "published_by", "awarded_by"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts."""
        if db_field.name == "division":
            kwargs["queryset"] = reach(request.user)
        elif db_field.name == "programme":
            kwargs["queryset"] = Programme.objects.filter(ended_on=None).order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def tell_criteria(self, row: GrantRound) -> str:
        """Write the scoring table as it is typed."""
        return "\n".join(f"{one.most} {one.title}" for one in row.table)

    def tell_questions(self, row: GrantRound) -> str:
        """Write the form as it is typed."""
        return "\n".join(
            " | ".join([f"* {one.text}" if one.is_required else one.text, *one.options]) for one in row.form
        )

    def tell_instalments(self, row: GrantRound) -> str:
        """Write the parts with their sign."""
        return row.percents

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Draw it up."""
        terms = cast("RoundForm", form).terms()
        return operations.draft_round(by=acting_user(request), now=clock.now(), terms=terms)


@admin.register(GrantApplication)
class GrantApplicationAdmin(OnItsPage):
    """Applications that were handed in; each is checked on its page."""

    view_permission = "projects.view_grant_application"
    list_display = ("number", "title", "organization", "round", "lane", "asked", "status")
    list_select_related = ("organization", "round__division", "division")
    list_filter = ("status",)
    search_fields = ("number", "title", "organization__name")
    ordering = ("-pk",)
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.grant_application.drafted": _("Application begun"),
        "projects.grant_application.saved": _("Application saved"),
        "projects.grant_application.consented": _("Landing community agreed"),
        "projects.grant_application.defended": _("Defence recorded"),
        "projects.grant_application.optimised": _("Budget optimised"),
    }
    deeds = (
        Deed(
            "consent",
            _("Agree for the landing community"),
            "projects.consent_to_grant",
            _elsewhere,
            is_open=lambda row: row.status == ApplicationStatus.SUBMITTED and row.consented_at is None,
            waiting=lambda rows: rows.filter(status=ApplicationStatus.SUBMITTED, consented_at=None),
            address=_page,
        ),
        Deed("page", _("Open its page"), "projects.manage_grant_round", _elsewhere, address=_page),
    )

    def tell_answers(self, row: GrantApplication) -> str:
        """Write each question with its answer in words."""
        return "\n".join(f"{one.text} {one.shown(row.answers.get(str(one.number)))}" for one in row.round.form)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave drafts to their writers."""
        rows = super().get_queryset(request).select_related("round__division", "organization", "division")
        return rows.exclude(Q(status=ApplicationStatus.DRAFT) | Q(submitted_at=None))


@admin.register(GrantExpert)
class GrantExpertAdmin(StaffAdmin):
    """The pool of experts."""

    view_permission = "projects.view_grant_expert"
    add_permission = "projects.enter_grant_expert"
    form = ExpertForm
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.grant_expert.entered": _("Expert entered"),
        "projects.grant_expert.ended": _("Expert taken out of the pool"),
    }
    deeds = (
        Deed(
            "end",
            _("Take out of the pool"),
            "projects.enter_grant_expert",
            _end_expert,
            form=ReasonForm,
            is_grave=True,
            is_open=lambda row: row.valid_to is None,
        ),
    )
    list_display = ("user", "field", "division", "employer", "valid_from", "valid_to")
    list_select_related = ("user", "division", "employer")
    search_fields = ("user__display_name", "field")
    autocomplete_fields = ("user", "employer")
    ordering = ("-pk",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts."""
        if db_field.name == "division":
            kwargs["queryset"] = reach(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show the pools of the person's places."""
        rows = super().get_queryset(request)
        return rows.filter(division__in=reach(request.user)).select_related("user", "division", "employer")

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the person."""
        given = dict(form.cleaned_data)
        expertise = given.pop("field")
        return operations.enter_expert(by=acting_user(request), now=clock.now(), expertise=expertise, **given)


@admin.register(PanelSeat)
class PanelSeatAdmin(StaffAdmin):
    """Seats in panels; experts are seated on the review board."""

    view_permission = "projects.view_grant_expert"
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.panel_seat.declared": _("Ties declared")}
    list_display = ("expert", "round", "is_drawn", "seated_at", "declared_at")
    list_select_related = ("expert", "round__division")
    search_fields = ("expert__display_name", "round__title")
    ordering = ("-pk",)


@admin.register(ScoreSheet)
class ScoreSheetAdmin(MovesAdmin):
    """Score sheets by state; what stands on them is never shown here."""

    view_permission = "projects.view_grant_expert"
    list_display = ("application", "expert", "status", "assigned_at", "submitted_at")
    list_select_related = ("application__round__division", "expert")
    list_filter = ("status",)
    search_fields = ("application__number", "application__title", "expert__display_name")
    ordering = ("-pk",)
    fields = ("application", "expert", "status", "assigned_by", "assigned_at", "submitted_at")


@admin.register(GrantAward)
class GrantAwardAdmin(MovesAdmin):
    """Awards; with the revoking of one a ban of the body is proposed."""

    view_permission = "projects.view_grant_award"
    list_display = ("number", "title", "organization", "amount", "contract_by", "status")
    list_select_related = ("organization", "round__division", "division")
    list_filter = ("status",)
    search_fields = ("number", "title", "organization__name")
    ordering = ("-pk",)
    readonly_fields = ("paid_by", "barred")
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.grant_award.granted": _("Grant awarded")}

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the entry to those who call rounds."""
        return request.user.is_authenticated and request.user.has_perm("projects.view_grant_round_file")

    @display(description=_("sources of money"))
    def paid_by(self, row: GrantAward) -> str:
        """Return what each source pays."""
        sources = row.sources.select_related("funding__fund", "funding__foundation")
        return "\n".join(f"{one.name} {format_yuan(one.amount)} ({one.what})" for one in sources)

    def tell_instalments(self, row: GrantAward) -> str:
        """Write the parts with their sign."""
        return " + ".join(f"{part} %" for part in row.instalments)

    @display(description=_("Ban from taking part"))
    def barred(self, row: GrantAward) -> str:
        """Return how it stands with the ban that was proposed when the award was revoked."""
        bans = row.organization.bans.filter(decision_number=row.number).order_by("pk")
        return "\n".join(f"{ban.get_status_display()} {ban.starts_on} – {ban.ends_on}" for ban in bans) or "–"

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Renounce, or revoke and propose to bar the body."""
        by, now, reason = acting_user(request), clock.now(), data.get("reason", "")
        if name == "revoke":
            deciding.ban_for_breach(by=by, now=now, award=row, reason=reason)
            if said := proposal_told(row.organization_id, row.number):
                messages.info(request, said)
            return GrantAward.objects.get(pk=row.pk)
        return deciding.renounce_award(by=by, now=now, award=row, reason=reason)
