"""How a questionnaire goes from its draft to its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from consultation.matters.surveys.models import Survey

BASIS = "Report S2: visits, visits to households and questionnaires"


class SurveyStatus(models.TextChoices):
    """Where a questionnaire stands."""

    DRAFT = "DRAFT", pgettext_lazy("survey", "draft")
    OPEN = "OPEN", pgettext_lazy("survey", "open for answers")
    CLOSED = "CLOSED", pgettext_lazy("survey", "closed, result published")
    DISCARDED = "DISCARDED", pgettext_lazy("survey", "discarded")


def asks_something(survey: Survey) -> StrOrPromise | None:
    """Open what asks at least one question."""
    return None if survey.questions.exists() else _("Write at least one question first.")


SURVEY = Lifecycle(
    "consultation.Survey",
    initial=SurveyStatus.DRAFT,
    terminal=frozenset({SurveyStatus.CLOSED, SurveyStatus.DISCARDED}),
    moves=(
        Move(
            "open",
            frozenset({SurveyStatus.DRAFT}),
            SurveyStatus.OPEN,
            permission="consultation.run_survey",
            label=pgettext_lazy("survey", "Open for answers"),
            verb="consultation.survey.opened",
            basis=BASIS,
            stamp="opened",
            guard=asks_something,
            event="consultation.survey.opened",
        ),
        Move(
            "discard",
            frozenset({SurveyStatus.DRAFT}),
            SurveyStatus.DISCARDED,
            permission="consultation.run_survey",
            label=pgettext_lazy("survey", "Discard the draft"),
            verb="consultation.survey.discarded",
            basis=BASIS,
            waits=False,
        ),
        Move(
            "close",
            frozenset({SurveyStatus.OPEN}),
            SurveyStatus.CLOSED,
            permission="consultation.close_survey",
            label=pgettext_lazy("survey", "Close and publish the result"),
            verb="consultation.survey.closed",
            basis=BASIS,
            stamp="closed",
            event="consultation.survey.closed",
            waits=False,
        ),
    ),
)
