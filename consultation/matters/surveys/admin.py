"""Questionnaires on the desk: what is asked, what came in, what came of it; they are filled in on their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from consultation.matters.surveys import operations
from consultation.matters.surveys.forms import QuestionForm, SurveyForm
from consultation.matters.surveys.lifecycle import SurveyStatus
from consultation.matters.surveys.models import Survey
from consultation.matters.surveys.queries import counts_so_far
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.forms import ToOperation
from governance.staff import Deed, MovesAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from governance.accounts.models import User


class DeskQuestionForm(QuestionForm):
    """A question, its answers one on each line."""

    def clean(self) -> dict[str, Any]:
        """Hand it on as the operation takes it."""
        super().clean()
        return {**self.cleaned_data, "asked": self.given()} if not self.errors else self.cleaned_data


class DeskSurveyForm(ToOperation):
    """What a questionnaire is for, and where it asks."""

    purpose = SurveyForm.base_fields["purpose"]

    class Meta:
        model = Survey
        fields: ClassVar = ["division", "title", "purpose", "closes_on"]


def _write(row: Survey, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.write_question(by=by, now=now, survey=row, question=data["asked"])


@admin.register(Survey)
class SurveyAdmin(MovesAdmin):
    """Questionnaires of the places that one handles."""

    view_permission = "consultation.view_survey"
    add_permission = "consultation.run_survey"
    form = DeskSurveyForm
    list_display = ("title", "division", "status", "closes_on", "slips")
    list_filter = ("status",)
    list_select_related = ("division",)
    search_fields = ("title", "division__name")
    autocomplete_fields = ("division",)
    ordering = ("-id",)
    acts: ClassVar = {
        "consultation.survey.drafted": _("Questionnaire drawn up"),
        "consultation.survey.question_written": _("Question written"),
        "consultation.survey.question_dropped": _("Question taken out"),
        "consultation.survey.slips_made": _("Slips of a questionnaire made"),
        "consultation.survey.answered": _("Questionnaire answered"),
        "consultation.survey.answer_entered": _("Answer to a questionnaire entered"),
        "consultation.survey.answer_struck": _("Answer to a questionnaire struck out"),
    }
    deeds = (
        Deed(
            "question",
            _("Add a question"),
            "consultation.run_survey",
            _write,
            form=DeskQuestionForm,
            is_open=lambda row: row.status == SurveyStatus.DRAFT,
        ),
        Deed(
            "page",
            _("Slips, sheets and visits"),
            "consultation.enter_survey_answer",
            lambda *_given: None,
            is_open=lambda row: row.is_open,
            address=lambda row: row.get_absolute_url(),
        ),
        Deed(
            "words",
            _("Read what was written"),
            "consultation.read_survey_words",
            lambda *_given: None,
            is_open=lambda row: row.status in {SurveyStatus.OPEN, SurveyStatus.CLOSED},
            address=lambda row: reverse("consultation:survey-words", args=[row.pk]),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Survey]:
        """Those of the places that one handles."""
        return Survey.objects.handled_by(acting_user(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for little when one is drawn up, show all of it afterwards."""
        asked = ("division", "title", "purpose", "closes_on")
        if obj is None:
            return asked
        return (*asked, "status", "question_list", "slips", "came_in", "drafted_by", "opened_at", "closed_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return () if obj is None else self.get_fields(request, obj)

    @admin.display(description=pgettext_lazy("survey", "questions"))
    def question_list(self, row: Survey) -> str:
        """The questions with what they offer; one query."""
        found = [(str(one), one.get_kind_display(), " / ".join(map(str, one.options))) for one in row.questions.all()]
        return format_html_join("", "<p>{} ({}) {}</p>", found)

    @admin.display(description=pgettext_lazy("survey", "answers so far"))
    def came_in(self, row: Survey) -> str:
        """How many answered; one query."""
        found = counts_so_far(row)
        return gettext("%(answered)s, of them %(on_paper)s on paper or on a visit") % found

    def create(self, form: Any, request: HttpRequest) -> Survey:
        """Draw it up."""
        by, now, today = acting_user(request), clock.now(), clock.today()
        return operations.draft_survey(by=by, now=now, today=today, **form.cleaned_data)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Any:
        """Open it by its operation, which looks at the day."""
        if name != "open":
            return super().make_move(row, name, request, data)
        return operations.open_survey(by=acting_user(request), now=clock.now(), today=clock.today(), survey=row)
