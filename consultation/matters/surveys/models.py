"""Questionnaires of a community (调查问卷): questions as data, answers that name nobody, matters that came out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division
from consultation.matters.intake.models import NeedField
from consultation.matters.models import FILE_READERS, Matter
from consultation.matters.surveys.lifecycle import SURVEY, SurveyStatus
from consultation.matters.surveys.policy import HIGHEST_MARK, Asked, slip_code
from governance import lifecycle
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

SHOWN = (SurveyStatus.OPEN, SurveyStatus.CLOSED)
"""What everybody reads; a draft is the community's own."""


class SurveyQuerySet(models.QuerySet["Survey"]):
    """Reads over questionnaires."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those that are open or closed; drafts of places that one handles."""
        shown = models.Q(status__in=SHOWN)
        return self.filter(shown | within(user, *FILE_READERS)) if user.is_authenticated else self.filter(shown)

    def handled_by(self, user: User) -> Self:
        """Those of places that one handles; the worklist asks."""
        return self.filter(within(user, *FILE_READERS))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division").order_by("-pk")


class Survey(models.Model):
    """A questionnaire of one community (status moved by `governance.lifecycle`); its questions are fixed once it opens.

    Made by `consultation.matters.surveys.operations`. Basis: report S2: visits and questionnaires.
    """

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("community"))
    title = models.CharField(_("title"), max_length=100)
    purpose = models.TextField(pgettext_lazy("survey", "what it is for"))
    closes_on = models.DateField(_("answers are taken until"))
    slips = models.PositiveSmallIntegerField(_("slips made"), default=0, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=SurveyStatus, default=SurveyStatus.DRAFT, editable=False
    )
    drafted_at = models.DateTimeField(_("drafted at"), editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("drafted by"),
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        triggers: ClassVar = [
            lifecycle.trigger(SURVEY),
            pgtrigger.Protect(name="surveys_stay", operation=pgtrigger.Delete),
        ]
        indexes: ClassVar = [
            # The questionnaires of a place, newest first.
            models.Index(fields=["division", "-id"], name="survey_place"),
            # Those whose days are over.
            models.Index(fields=["closes_on"], condition=models.Q(status="OPEN"), name="survey_closing"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=SurveyStatus.values), name="survey_status_is_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The questionnaire's page."""
        return reverse("consultation:survey-detail", kwargs={"pk": self.pk})

    @property
    def is_open(self) -> bool:
        """Whether it takes answers."""
        return self.status == SurveyStatus.OPEN

    def has_slip(self, number: int, code: str) -> bool:
        """Whether a slip of this number and code was made."""
        typed = "".join(sign for sign in code.upper() if sign.isalnum())
        return 1 <= number <= self.slips and typed == slip_code(self.pk, number)


class QuestionKind(models.TextChoices):
    """How a question is answered."""

    MARK = "MARK", _("a mark from 1 to 5")
    ONE = "ONE", _("one of several answers")
    SEVERAL = "SEVERAL", _("any of several answers")
    WORDS = "WORDS", _("in words")


class SurveyQuestion(models.Model):
    """A question of a questionnaire; fixed once it is open. Words can become a matter, of the field named here."""

    survey = models.ForeignKey(
        Survey,
        on_delete=models.PROTECT,
        db_index=False,  # the unique constraint begins with it
        related_name="questions",
        verbose_name=_("questionnaire"),
    )
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.CharField(pgettext_lazy("survey", "question"), max_length=300)
    kind = models.CharField(pgettext_lazy("question", "kind"), max_length=10, choices=QuestionKind)
    options = models.JSONField(_("answers to choose from"), default=list, blank=True)
    is_required = models.BooleanField(_("needs an answer"), default=False)
    need_field = models.CharField(_("need"), max_length=20, choices=NeedField, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("survey", "question")
        verbose_name_plural = pgettext_lazy("survey", "questions")
        ordering: ClassVar = ["number"]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="fixed_when_open",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    -- Waits for an opening that is under way: nobody answers another question than was opened.
                    PERFORM 1 FROM consultation_survey
                    WHERE id IN (OLD.survey_id, NEW.survey_id) AND status <> 'DRAFT' FOR KEY SHARE;
                    IF FOUND THEN
                        RAISE EXCEPTION 'The questions are fixed once the questionnaire is open'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'surveyquestion_fixed_when_open';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["survey", "number"], name="surveyquestion_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(kind__in=QuestionKind.values)
                & models.Q(need_field__in=["", *NeedField.values])
                & ~models.Q(kind="WORDS", is_required=True),
                name="surveyquestion_kind_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["ONE", "SEVERAL"], options__1__isnull=False)
                | models.Q(kind__in=["MARK", "WORDS"], options=[]),
                name="surveyquestion_offers_answers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.survey.division

    @property
    def asked(self) -> Asked:
        """What its answers are judged by."""
        return Asked(self.number, self.kind, tuple(self.options), self.is_required)

    @property
    def labels(self) -> list[str]:
        """What can be chosen, in order."""
        if self.kind == QuestionKind.MARK:
            return [str(mark) for mark in range(1, HIGHEST_MARK + 1)]
        return [str(option) for option in self.options]


class AnswerSource(models.TextChoices):
    """How an answer came."""

    WEB = "WEB", _("on the pages")
    PAPER = "PAPER", _("on paper")
    VISIT = "VISIT", _("visit")


_FITS = """
    -- Waits for a closing that is under way, so that no answer comes after the count.
    PERFORM 1 FROM consultation_survey WHERE id = NEW.survey_id AND status = 'OPEN' FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'The questionnaire takes no answers'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'surveyanswer_while_open';
    END IF;
    FOR question IN
        SELECT number, kind, is_required, jsonb_array_length(options) AS many
        FROM consultation_surveyquestion WHERE survey_id = NEW.survey_id
    LOOP
        given := NEW.answers -> question.number::text;
        IF given IS NULL THEN
            fits := NOT question.is_required;
        ELSE
            found_answers := found_answers + 1;
            fits := CASE question.kind
                WHEN 'MARK' THEN given IN ('1', '2', '3', '4', '5')
                WHEN 'WORDS' THEN jsonb_typeof(given) = 'string' AND length(given #>> '{}') BETWEEN 1 AND 500
                WHEN 'ONE' THEN CASE WHEN given::text ~ '^[0-9]{1,3}$'
                    THEN given::text::int BETWEEN 1 AND question.many ELSE false END
                ELSE CASE WHEN jsonb_typeof(given) = 'array' THEN (
                    SELECT count(*) > 0 AND count(*) = count(DISTINCT one) AND bool_and(
                        CASE WHEN one::text ~ '^[0-9]{1,3}$' THEN one::text::int BETWEEN 1 AND question.many
                        ELSE false END)
                    FROM jsonb_array_elements(given) AS one
                ) ELSE false END END;
        END IF;
        IF fits IS NOT TRUE THEN
            RAISE EXCEPTION 'Answer % does not fit its question', question.number
                USING ERRCODE = 'check_violation', CONSTRAINT = 'surveyanswer_fits';
        END IF;
    END LOOP;
    IF found_answers <> (SELECT count(*) FROM jsonb_object_keys(NEW.answers)) THEN
        RAISE EXCEPTION 'An answer belongs to no question'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'surveyanswer_fits';
    END IF;
    RETURN NEW;
"""


class SurveyAnswer(models.Model):
    """What one person answered, once, by number of question; whose it is nobody reads, not even of those met on a visit.

    `respondent` is a keyed hash of the log-in, the resident on the register or the slip: it keeps people from answering
    twice and names nobody. What is struck out stays and counts no longer; the same slip can then be entered again.
    """

    survey = models.ForeignKey(
        Survey,
        on_delete=models.PROTECT,
        db_index=False,  # surveyanswer_order begins with it
        related_name="answers",
        verbose_name=_("questionnaire"),
    )
    respondent = models.CharField(_("hash of who answered"), max_length=64, editable=False)
    slip = models.PositiveSmallIntegerField(
        pgettext_lazy("survey", "number of the slip"), null=True, blank=True, editable=False
    )
    source = models.CharField(pgettext_lazy("answer", "came by"), max_length=10, choices=AnswerSource)
    answers = models.JSONField(_("answers"), default=dict)
    answered_on = models.DateField(_("answered on"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("entered by"),
    )
    struck_at = models.DateTimeField(_("struck out at"), null=True, blank=True, editable=False)
    struck_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("struck out by"),
    )
    strike_reason = models.CharField(_("why it was struck out"), max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = _("answer to a questionnaire")
        verbose_name_plural = _("answers to questionnaires")
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="fits_while_open",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[
                    ("question", "record"),
                    ("given", "jsonb"),
                    ("fits", "boolean"),
                    ("found_answers", "integer := 0"),
                ],
                func=_FITS,
            ),
            pgtrigger.Protect(name="answers_stay", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="said_is_said",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.struck_at IS NOT NULL OR "
                    "(OLD.survey_id, OLD.respondent, OLD.slip, OLD.source, OLD.answers, OLD.answered_on, "
                    "OLD.entered_by_id) IS DISTINCT FROM "
                    "(NEW.survey_id, NEW.respondent, NEW.slip, NEW.source, NEW.answers, NEW.answered_on, "
                    "NEW.entered_by_id))"
                ),
            ),
        ]
        indexes: ClassVar = [
            # The answers of a questionnaire, in the order in which staff read them.
            models.Index(fields=["survey", "-id"], name="surveyanswer_order"),
        ]
        constraints: ClassVar = [
            # People are counted, not clicks.
            models.UniqueConstraint(
                fields=["survey", "respondent"], condition=models.Q(struck_at=None), name="surveyanswer_once_each"
            ),
            models.CheckConstraint(
                condition=models.Q(source="WEB", entered_by=None)
                | models.Q(source="PAPER", entered_by__isnull=False, slip__isnull=False)
                | models.Q(source="VISIT", entered_by__isnull=False, slip=None),
                name="surveyanswer_came_by_one_way",
            ),
            models.CheckConstraint(
                condition=models.Q(struck_at=None, struck_by=None, strike_reason="")
                | (models.Q(struck_at__isnull=False, struck_by__isnull=False) & ~models.Q(strike_reason="")),
                name="surveyanswer_struck_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey} #{self.pk}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.survey.division


class SurveyMatter(AppendOnly):
    """A matter that came out of a questionnaire; `answer` stands where staff made it of words that were read later."""

    survey = models.ForeignKey(
        Survey, on_delete=models.PROTECT, related_name="opened_matters", verbose_name=_("questionnaire")
    )
    question = models.ForeignKey(
        SurveyQuestion, on_delete=models.PROTECT, related_name="+", verbose_name=pgettext_lazy("survey", "question")
    )
    answer = models.ForeignKey(
        SurveyAnswer,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=pgettext_lazy("survey", "answer"),
    )
    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, related_name="+", verbose_name=_("matter"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("matter out of a questionnaire")
        verbose_name_plural = _("matters out of questionnaires")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["answer", "question"], name="surveymatter_once_for_each_answer"),
        ]

    def __str__(self) -> str:
        return f"{self.survey} · {self.matter}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.survey.division
