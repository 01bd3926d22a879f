"""The evaluation room on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin, StaffAdmin, display
from projects.evaluation import operations, refusals
from projects.evaluation.forms import ExcludeForm, PlanForm, ReviewForm, TemplateForm, TieForm, places_of
from projects.evaluation.lifecycle import PlanStatus, TemplateStatus
from projects.evaluation.models import (
    EvaluationAnswer,
    EvaluationPlan,
    EvaluationResult,
    EvaluationTemplate,
    EvaluatorTie,
    PushMessage,
)

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


@admin.register(EvaluationTemplate)
class TemplateAdmin(MovesAdmin):
    """Templates with their questions; drafted by one person, taken into use by another."""

    view_permission = "projects.draft_template"
    add_permission = "projects.draft_template"
    form = TemplateForm
    list_display = ("title", "key", "version", "subject_kind", "status")
    list_filter = ("status", "subject_kind")
    search_fields = ("title", "key")
    ordering = ("-pk",)
    readonly_fields = ("asked",)
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.template.drafted": _("Template drafted")}

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        if obj is None:
            return [*TemplateForm.Meta.fields, "questions"]
        return [*TemplateForm.Meta.fields, "version", "status", "asked", "drafted_by", "published_by"]

    @display(description=_("questions"))
    def asked(self, row: EvaluationTemplate) -> str:
        """Show the questions with their weights."""
        return "\n".join(f"{question.number}. {question.text} ({question.weight})" for question in row.questions.all())

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Draft the next version."""
        return operations.draft_template(by=acting_user(request), now=clock.now(), **form.cleaned_data)


@admin.register(EvaluatorTie)
class TieAdmin(StaffAdmin):
    """Ties of persons to organizations."""

    view_permission = "projects.record_tie"
    add_permission = "projects.record_tie"
    form = TieForm
    list_display = ("user", "organization", "kind", "valid_from", "valid_to")
    list_select_related = ("user", "organization")
    list_filter = ("kind",)
    search_fields = ("organization__name",)
    ordering = ("-pk",)
    autocomplete_fields = ("organization",)
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.tie.recorded": _("Tie recorded")}

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Record the tie."""
        return operations.record_tie(by=acting_user(request), now=clock.now(), **form.cleaned_data)


def _leave_out(row: EvaluationPlan, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    answers = EvaluationAnswer.objects.select_related("plan__division", "task")
    answer = answers.filter(plan=row, task__number=data["number"]).first()
    if answer is None:
        raise refusals.SlipUnknown(field="number", number=data["number"])
    operations.exclude_answer(by=by, now=now, answer=answer, reason=data["reason"])


def _not_under_review(row: EvaluationPlan) -> StrOrPromise | None:
    return None if row.status == PlanStatus.COMPUTED else _("The result is not under review.")


def _is_collecting(row: EvaluationPlan) -> bool:
    return row.status == PlanStatus.COLLECTING


def _on_its_page(row: EvaluationPlan, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    """Nothing is done here: the deed leads to a page."""


@admin.register(EvaluationPlan)
class PlanAdmin(MovesAdmin):
    """Evaluations with their moves; slips are printed on the evaluation's own page."""

    view_permission = "projects.view_evaluation_file"
    add_permission = "projects.manage_evaluation"
    form = PlanForm
    list_display = ("title", "division", "implementer", "closes_on", "status")
    list_select_related = ("division", "implementer")
    list_filter = ("status", "subject_kind")
    search_fields = ("title", "subject_name")
    ordering = ("-pk",)
    date_hierarchy = "closes_on"
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.evaluation.planned": _("Evaluation planned"),
        "projects.evaluation.invited": _("Evaluators invited"),
        "projects.evaluation.answered": _("Answer taken"),
        "projects.evaluation.answer_left_out": _("Answer left out"),
        "projects.evaluation.recomputed": _("New version computed"),
    }
    deeds = (
        Deed(
            "invite",
            _("Invite evaluators"),
            "projects.manage_evaluation",
            _on_its_page,
            is_open=_is_collecting,
            waiting=lambda rows: rows.filter(status=PlanStatus.COLLECTING, tasks=None),
            address=lambda row: reverse("projects:evaluation-invite", args=[row.pk]),
        ),
        Deed(
            "paper",
            _("Enter an answer from paper"),
            "projects.enter_evaluation_answers",
            _on_its_page,
            is_open=_is_collecting,
            address=lambda row: reverse("projects:evaluation-paper", args=[row.pk]),
        ),
        Deed(
            "leave_out",
            _("Leave an answer out and compute again"),
            "projects.review_evaluation",
            _leave_out,
            form=ExcludeForm,
            is_grave=True,
            hindrance=_not_under_review,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        entered = PlanForm.Meta.fields
        if obj is None:
            return entered
        terms = ["weight_party", "weight_residents", "weight_third", "minimum_answers"]
        return [*entered, *terms, "status", "notice", "review_note", "planned_by", "reviewed_by"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts and the templates in use."""
        if db_field.name == "division":
            kwargs["queryset"] = places_of(request.user)
        elif db_field.name == "template":
            in_use = EvaluationTemplate.objects.filter(status=TemplateStatus.PUBLISHED)
            kwargs["queryset"] = in_use.order_by("title", "-version")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Plan the evaluation."""
        return operations.plan_evaluation(
            by=acting_user(request), now=clock.now(), today=clock.today(), **form.cleaned_data
        )

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the note of a review."""
        return ReviewForm if name == "review" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make the moves that have an operation by it."""
        by, now = acting_user(request), clock.now()
        if name == "open":
            return operations.open_evaluation(by=by, now=now, plan=row)
        if name == "review":
            return operations.review_result(by=by, now=now, plan=row, note=data["note"])
        if name == "publicise":
            return operations.publicise_result(by=by, now=now, today=clock.today(), plan=row)
        return super().make_move(row, name, request, data)


@admin.register(EvaluationResult)
class ResultAdmin(StaffAdmin):
    """Versions of results, looked at only."""

    view_permission = "projects.view_evaluation_file"
    list_display = ("plan", "version", "score", "grade", "answers", "invited", "computed_at")
    list_select_related = ("plan",)
    list_filter = ("grade",)
    search_fields = ("plan__title",)
    ordering = ("-pk",)
    exclude = ("details",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show what the viewer's posts reach."""
        return super().get_queryset(request).filter(within(request.user, division="plan__division"))


@admin.register(PushMessage)
class MessageAdmin(StaffAdmin):
    """Results pushed to organizations, streets and the registrar; receipt is confirmed here or on the page."""

    view_permission = "projects.view_message"
    list_display = ("result", "recipient", "organization", "division", "sent_at", "read_at")
    list_select_related = ("result__plan", "organization", "division")
    list_filter = ("recipient",)
    ordering = ("-pk",)
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.message.read": _("Receipt confirmed")}
    deeds = (
        Deed(
            "confirm",
            pgettext_lazy("message", "Confirm receipt"),
            "projects.read_message",
            lambda row, by, now, _data: operations.read_message(by=by, now=now, message=row),
            is_open=lambda row: row.read_at is None,
        ),
    )
