"""The evaluation room on the desk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from communities.policy.queries import value
from communities.venues.models import Venue
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import key_in
from governance.staff import Deed, MovesAdmin, StaffAdmin, Wanted, display
from projects.evaluation import operations
from projects.evaluation.engaging import engage_third_party
from projects.evaluation.explaining import explain, hindrances_of
from projects.evaluation.forms import (
    CorrectionForm,
    EngagementForm,
    ExcludeForm,
    ExtendForm,
    GridRoundForm,
    PlanForm,
    ReviewForm,
    SlipRecordForm,
    TemplateForm,
    TieEndForm,
    TieForm,
    places_of,
)
from projects.evaluation.gating import gate_of
from projects.evaluation.grid.operations import plan_grid_round
from projects.evaluation.history import EXTENDED, LEFT_OUT, ReviewStep, every_review_step
from projects.evaluation.lifecycle import PlanStatus, TemplateStatus
from projects.evaluation.models import (
    EvaluationPlan,
    EvaluationResult,
    EvaluationTemplate,
    EvaluatorTie,
    PushMessage,
    SubjectKind,
    TemplateQuestion,
    ThirdPartyEngagement,
)
from projects.evaluation.policy import SMALL_SAMPLE, is_small, percent
from projects.evaluation.queries import again, answer_of, asked_by_now, is_small_sample, standing_of
from projects.evaluation.recording import hand_in_record
from projects.evaluation.templating import as_lines, correct_draft, required_in_words
from projects.evaluation.ties.operations import end_tie, record_tie

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


def _on_its_page(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    """Nothing is done here: the deed leads to a page."""


def _next_version(row: EvaluationTemplate) -> str:
    """Return the address of a new template that is filled in with this one."""
    return f"{reverse('admin:projects_evaluationtemplate_add')}?copy={row.pk}"


def _told(question: TemplateQuestion) -> str:
    """Write one question with its weight, whether it asks for satisfaction, and the duty behind it."""
    about = [_("weight %(weight)s") % {"weight": question.weight}]
    if question.is_satisfaction:
        about.append(str(_("satisfaction")))
    if question.duty:
        about.append(question.duty)
    return f"{question.number}. {question.text} ({' · '.join(map(str, about))})"


CORRECT = Deed(
    "correct",
    _("Correct the draft"),
    "projects.draft_template",
    _on_its_page,
    form=CorrectionForm,
    is_open=lambda row: row.status == TemplateStatus.DRAFT,
)


ROUND = Deed(
    "grid_round",
    _("Plan a round for grid workers"),
    "projects.manage_evaluation",
    _on_its_page,
    form=GridRoundForm,
    is_open=lambda row: row.subject_kind == SubjectKind.GRID_WORK and row.status == TemplateStatus.PUBLISHED,
)


@admin.register(EvaluationTemplate)
class TemplateAdmin(MovesAdmin):
    """Templates with their questions; drafted by one person, taken into use by another."""

    view_permission = "projects.use_template"
    add_permission = "projects.draft_template"
    form = TemplateForm
    list_display = ("title", "key", "version", "subject_kind", "status")
    list_filter = ("status", "subject_kind")
    search_fields = ("title", "key")
    ordering = ("-pk",)
    readonly_fields = ("required_methods", "asked")
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.template.drafted": _("Template drafted"),
        "projects.template.corrected": _("Draft corrected"),
    }
    deeds = (
        CORRECT,
        ROUND,
        Deed(
            "next_version",
            _("Draft the next version"),
            "projects.draft_template",
            _on_its_page,
            is_open=lambda row: row.status != TemplateStatus.DRAFT,
            address=_next_version,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        if obj is None:
            return [*TemplateForm.Meta.fields, "methods", "questions"]
        shown = ["version", "status", "required_methods", "asked", "drafted_by", "published_by"]
        return [*TemplateForm.Meta.fields, *shown]

    @display(description=_("methods that each party must have judged by"))
    def required_methods(self, row: EvaluationTemplate) -> str:
        """Name the parties with the methods that they must have judged by."""
        return required_in_words(row) or "—"

    @display(description=_("questions"))
    def asked(self, row: EvaluationTemplate) -> str:
        """Show the questions with their weights."""
        return "\n".join(_told(question) for question in row.questions.all())

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Fill the next version in with the one that it follows."""
        copied = key_in(request.GET.get("copy", ""))
        rows = EvaluationTemplate.objects.visible_to(request.user)
        found = rows.filter(pk=copied).first() if copied else None
        if found is None:
            return super().get_changeform_initial_data(request)
        head = {"key": found.key, "title": found.title, "subject_kind": found.subject_kind}
        return {**head, "methods": found.methods, "questions": as_lines(found)}

    def deed_view(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Show the draft as it stands where it is corrected."""
        row = self.row_for(request, pk)
        if name == ROUND.name and request.user.has_perm(ROUND.permission, row):
            return self._plan_round(request, row)
        if name != CORRECT.name or not request.user.has_perm(CORRECT.permission, row):
            return super().deed_view(request, pk, name)

        def run(data: dict[str, Any]) -> object:
            given = {name: data[name] for name in ("title", "methods", "questions")}
            return correct_draft(by=acting_user(request), now=clock.now(), template=row, **given)

        initial = {"title": row.title, "methods": row.methods, "questions": as_lines(row)}
        form = partial(CorrectionForm, initial=initial)
        return self._ask_and_do(request, row, Wanted(CORRECT.label, form, run, asks=True, is_grave=False))

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Draft the next version."""
        return operations.draft_template(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def _plan_round(self, request: HttpRequest, row: EvaluationTemplate) -> HttpResponse:
        def run(data: dict[str, Any]) -> str:
            given = {name: data[name] for name in ("division", "period_from", "period_to", "opens_on", "closes_on")}
            by = acting_user(request)
            made = plan_grid_round(by=by, now=clock.now(), today=clock.today(), template=row, **given)
            return gettext("Planned: %(count)s. Those who have one already were left out.") % {"count": len(made)}

        form = partial(GridRoundForm, user=request.user)
        return self._ask_and_do(request, row, Wanted(ROUND.label, form, run, asks=True, is_grave=False))


@admin.register(EvaluatorTie)
class TieAdmin(StaffAdmin):
    """Ties of persons to organizations."""

    view_permission = "projects.record_tie"
    add_permission = "projects.record_tie"
    form = TieForm
    list_display = ("user", "organization", "kind", "valid_from", "valid_to", "declared")
    list_select_related = ("user", "organization")
    list_filter = ("kind",)
    search_fields = ("organization__name",)
    ordering = ("-pk",)
    autocomplete_fields = ("organization",)
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.tie.recorded": _("Tie recorded"),
        "projects.tie.ended": _("End of the tie recorded"),
    }
    deeds = (
        Deed(
            "end",
            _("Record the end"),
            "projects.record_tie",
            lambda row, by, now, data: end_tie(by=by, now=now, tie=row, **data),
            form=TieEndForm,
            is_open=lambda row: row.valid_to is None,
            other_than=lambda row: {row.user_id},
        ),
    )

    @display(description=_("said by the person"), boolean=True)
    def declared(self, row: EvaluatorTie) -> bool:
        """Tell whether the person said so, not the office."""
        return row.is_declared

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Record the tie."""
        return record_tie(by=acting_user(request), now=clock.now(), **form.cleaned_data)


def _record(row: EvaluationPlan, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    given = {name: data[name] for name in ("held_on", "place", "present", "findings")}
    file = data["sheet"]
    sheet = (file.name, file.read()) if file else None
    hand_in_record(by=by, now=now, answer=answer_of(row, data["number"]), sheet=sheet, **given)


def _leave_out(row: EvaluationPlan, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.exclude_answer(by=by, now=now, answer=answer_of(row, data["number"]), reason=data["reason"])


def _extend(row: EvaluationPlan, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.extend_collection(by=by, now=now, today=clock.today(), plan=row, **data)


def _reviewed(step: ReviewStep) -> str:
    """Write one step of a review on a line, its note below."""
    version = gettext("Version %(version)s") % {"version": step.version} if step.version else ""
    at = timezone.localtime(step.at).strftime("%Y-%m-%d %H:%M")
    line = " · ".join(part for part in (at, str(step.label), version, step.office, step.person) if part)
    return f"{line}\n{step.note}" if step.note else line


def _rate(row: EvaluationResult, *, small: bool) -> str:
    rate = percent(row.satisfied, row.valid_for_satisfaction)
    if rate is None:
        return "—"
    parts = [f"{rate}% ({row.satisfied}/{row.valid_for_satisfaction})", *([gettext("small sample")] if small else [])]
    return " · ".join(parts)


def _version(row: EvaluationResult, *, small: bool) -> str:
    """Write one version of a result on a line."""
    named = gettext("Version %(version)s") % {"version": row.version}
    score = "—" if row.score is None else str(row.score)
    why = "; ".join(hindrances_of(row.details))
    parts = [named, row.get_cause_display(), f"{score} {row.get_grade_display()}", why, _rate(row, small=small)]
    return " · ".join(str(part) for part in parts if part)


def _under_review(row: EvaluationPlan) -> bool:
    return row.status == PlanStatus.COMPUTED


def _is_collecting(row: EvaluationPlan) -> bool:
    return row.status == PlanStatus.COLLECTING


OPEN = (PlanStatus.PLANNED, PlanStatus.COLLECTING)
WITH_ANSWERS = (PlanStatus.COLLECTING, PlanStatus.CLOSED, PlanStatus.COMPUTED)


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
    autocomplete_fields = ("implementer", "body")
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.evaluation.planned": _("Evaluation planned"),
        "projects.evaluation.invited": _("Evaluators invited"),
        "projects.evaluation.answered": _("Answer taken"),
        "projects.evaluation.paper_entered": _("Answer on paper entered by the first person"),
        EXTENDED: _("Collection prolonged"),
        LEFT_OUT: _("Answer left out"),
        "projects.evaluation.record_handed_in": _("Record handed in"),
        "projects.evaluation.third_party_engaged": _("Third party recorded"),
        "projects.evaluation.recomputed": _("New version computed"),
    }
    deeds = (
        Deed(
            "invite",
            _("Invite evaluators"),
            "projects.manage_evaluation",
            _on_its_page,
            is_open=_is_collecting,
            waiting=lambda rows: rows.filter(pk__in=EvaluationPlan.objects.to_invite_for()),
            address=lambda row: reverse("projects:evaluation-invite", args=[row.pk]),
        ),
        Deed(
            "paper",
            _("Enter an answer from paper"),
            "projects.enter_evaluation_answers",
            _on_its_page,
            is_open=_is_collecting,
            waiting=lambda rows: rows.filter(pk__in=EvaluationPlan.objects.with_paper_to_check()),
            address=lambda row: reverse("projects:evaluation-paper", args=[row.pk]),
        ),
        Deed(
            "extend",
            _("Prolong the collection"),
            "projects.manage_evaluation",
            _extend,
            form=ExtendForm,
            is_open=_is_collecting,
        ),
        Deed(
            "record",
            _("Hand in the record of an interview or meeting"),
            "projects.enter_evaluation_answers",
            _record,
            form=SlipRecordForm,
            is_open=lambda row: row.status in WITH_ANSWERS,
        ),
        Deed(
            "third_party",
            _("Record the third party"),
            "projects.manage_evaluation",
            _on_its_page,
            is_open=lambda row: row.status in OPEN and not hasattr(row, "engagement"),
            address=lambda row: f"{reverse('admin:projects_thirdpartyengagement_add')}?plan={row.pk}",
        ),
        Deed(
            "leave_out",
            _("Leave an answer out and compute again"),
            "projects.review_evaluation",
            _leave_out,
            form=ExcludeForm,
            is_grave=True,
            is_open=_under_review,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        entered = PlanForm.Meta.fields
        if obj is None:
            return entered
        terms = ["weight_party", "weight_residents", "weight_third", "minimum_answers"]
        return [
            *entered,
            *terms,
            "status",
            "standing",
            "outcome",
            "gate",
            "notice",
            "reviews",
            "planned_by",
            "reviewed_by",
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show how the result was reviewed below its terms."""
        return [*super().get_readonly_fields(request, obj), "standing", "outcome", "gate", "reviews"]

    @display(description=_("answers so far"))
    def standing(self, row: EvaluationPlan) -> str:
        """Tell how near the collection is to a grade, and who has been asked how."""
        found = standing_of(row)
        told = gettext("Answers: %(answers)s. For a grade %(minimum)s are needed.")
        lines = [told % {"answers": found.answers, "minimum": found.minimum}]
        if found.waiting:
            waits = gettext("Entered once from paper, waiting for a second person: %(count)s.")
            lines.append(waits % {"count": found.waiting})
        asked = (f"{one.label}: {one.answers}/{one.invited}" for one in asked_by_now(row))
        return "\n".join([*lines, *asked])

    @display(description=_("results"))
    def outcome(self, row: EvaluationPlan) -> str:
        """Show every version of the result with its grade and why there is none."""
        limit = value(SMALL_SAMPLE, row.division, clock.today())
        found = row.results.order_by("-version")
        lines = [_version(result, small=is_small(result.valid_for_satisfaction, limit)) for result in found]
        return "\n".join(lines) or "—"

    @display(description=_("what the result keeps the organization from"))
    def gate(self, row: EvaluationPlan) -> str:
        """Tell until when the organization is refused in rounds and purchases because of this result."""
        found = gate_of(row, clock.today())
        if found is None:
            return "—"
        return gettext("grants and purchases here until %(day)s, or until a later evaluation is passed") % {
            "day": found.free_on
        }

    @display(description=_("how it was reviewed"))
    def reviews(self, row: EvaluationPlan) -> str:
        """Tell every review with its version, office, person and note, oldest first."""
        return "\n".join(_reviewed(step) for step in every_review_step(row)) or "—"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Fill a plan in with the one that it repeats; its days are entered anew."""
        copied = key_in(request.GET.get("copy", ""))
        rows = EvaluationPlan.objects.visible_to(request.user).select_related("worker", "template")
        found = rows.filter(pk=copied).first() if copied else None
        if found is None:
            return super().get_changeform_initial_data(request)
        return again(found)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts and the templates in use."""
        if db_field.name == "division":
            kwargs["queryset"] = places_of(request.user)
        elif db_field.name == "venue":
            kwargs["queryset"] = (
                Venue.objects.in_use().filter(division__in=places_of(request.user)).order_by("name", "pk")
            )
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
        if name == "send_back":
            return operations.send_result_back(by=by, now=now, plan=row, reason=data["reason"])
        if name == "publicise":
            return operations.publicise_result(by=by, now=now, today=clock.today(), plan=row)
        return super().make_move(row, name, request, data)


@admin.register(ThirdPartyEngagement)
class EngagementAdmin(StaffAdmin):
    """Third parties with their fees and payers."""

    view_permission = "projects.view_evaluation_file"
    add_permission = "projects.manage_evaluation"
    form = EngagementForm
    list_display = ("agency_name", "plan", "payer", "fee", "agreed_on")
    list_select_related = ("plan",)
    list_filter = ("payer",)
    search_fields = ("agency_name", "plan__title")
    ordering = ("-pk",)
    autocomplete_fields = ("plan", "agency", "payer_organization")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show what the viewer's posts reach."""
        return super().get_queryset(request).filter(within(request.user, division="plan__division"))

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Record the third party."""
        return engage_third_party(by=acting_user(request), now=clock.now(), **form.cleaned_data)


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
    readonly_fields = ("satisfaction", "calculation")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show the figures, then how they come about."""
        figures = ["plan", "version", "cause", "score", "grade", "answers", "invited", "satisfied"]
        return [*figures, "valid_for_satisfaction", "satisfaction", "calculation", "digest", "computed_at"]

    @display(description=_("satisfied (%)"))
    def satisfaction(self, row: EvaluationResult) -> str:
        """Show the rate with what stands above and below the line, and whether the sample is small."""
        return _rate(row, small=is_small_sample(row.plan, row, clock.today()))

    @display(description=_("how the score comes about"))
    def calculation(self, row: EvaluationResult) -> str:
        """Explain the calculation line by line, and where there is no grade what to do next."""
        return "\n".join(f"{line.what} {line.value}: {line.how}".replace(" :", ":") for line in explain(row.details))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show what the viewer's posts reach."""
        return super().get_queryset(request).filter(within(request.user, division="plan__division"))


@admin.register(PushMessage)
class MessageAdmin(StaffAdmin):
    """Results pushed to organizations, streets and the registrar; receipt is confirmed here or on the page."""

    view_permission = "projects.view_message"
    list_display = ("result", "recipient", "organization", "division", "sent_at", "reminders", "read_at")
    list_select_related = ("result__plan", "organization", "division")
    list_filter = ("recipient",)
    ordering = ("-pk",)
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.message.read": _("Receipt confirmed"),
        "projects.message.sent_again": _("Sent again"),
    }
    deeds = (
        Deed(
            "confirm",
            pgettext_lazy("message", "Confirm receipt"),
            "projects.read_message",
            lambda row, by, now, _data: operations.read_message(by=by, now=now, message=row),
            is_open=lambda row: row.read_at is None,
        ),
    )
