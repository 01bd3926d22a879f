"""Cases in the procedure of four steps, their dated steps, and the questions that are asked on the way."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import PublicNotice
from communities.people.queries import within
from communities.territory.models import Division
from consultation.meetings.foursteps.lifecycle import FOUR_STEPS, FourStepStatus
from consultation.meetings.foursteps.policy import StepNumber, StepOutcome
from consultation.meetings.models import Meeting, moment, person
from consultation.topics.models import Topic
from governance import lifecycle

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class FourStepCaseQuerySet(models.QuerySet["FourStepCase"]):
    """Reads over cases, all of which are public: the procedure is one of disclosure."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them."""
        del user
        return self.all()

    def handled_by(self, user: User) -> Self:
        """Those of places in which one works."""
        return self.filter(within(user))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "topic").order_by("-pk")


class FourStepCase(models.Model):
    """A proposal in the procedure of four steps and two disclosures (四议两公开; status by `governance.lifecycle`)."""

    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what is proposed"))
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="four_steps", verbose_name=_("topic")
    )
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("division"))
    status = models.CharField(
        _("status"), max_length=20, choices=FourStepStatus, default=FourStepStatus.RUNNING, editable=False
    )
    run_due_on = models.DateField(_("this run ends by"), editable=False)
    opened_at = moment(pgettext_lazy("four steps", "begun at"), is_optional=False)
    opened_by = person(_("begun by"), is_optional=False)
    completed_at = moment(_("completed at"))

    objects = FourStepCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case in four steps")
        verbose_name_plural = _("cases in four steps")
        triggers: ClassVar = [
            lifecycle.trigger(FOUR_STEPS),
            pgtrigger.Trigger(
                name="completed_after_its_steps",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status="COMPLETED"),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM consultation_fourstep
                        WHERE case_id = NEW.id AND number = 6 AND outcome = 'AGREED'
                            AND round = (SELECT max(round) FROM consultation_fourstep WHERE case_id = NEW.id)
                    ) THEN
                        RAISE EXCEPTION 'The last step is not closed'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'fourstepcase_completed_after_its_steps';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["division", "-id"], name="fourstepcase_place")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=FourStepStatus.values), name="fourstepcase_status_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Its public page."""
        return reverse("consultation:fourstep-detail", kwargs={"pk": self.pk})

    @property
    def step_due_on(self) -> dt.date | None:
        """The day by which this run ends, while it runs."""
        return self.run_due_on if self.status == FourStepStatus.RUNNING else None


class FourStep(models.Model):
    """One dated step of a case; none begins before the one before it was closed in favor, none is changed once closed."""

    case = models.ForeignKey(FourStepCase, on_delete=models.PROTECT, related_name="steps", verbose_name=_("case"))
    round = models.PositiveSmallIntegerField(pgettext_lazy("four steps", "run"), default=1)
    number = models.PositiveSmallIntegerField(_("step"), choices=StepNumber)
    started_on = models.DateField(_("begun on"))
    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("meeting")
    )
    notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="four_step",
        verbose_name=_("notice"),
    )
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=StepOutcome, blank=True)
    note = models.TextField(_("what came of it"), blank=True)
    recorded_by = person(_("recorded by"), is_optional=False)

    class Meta:
        verbose_name = _("step of four")
        verbose_name_plural = _("steps of four")
        ordering: ClassVar = ["round", "number"]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="begins_after_the_former",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT (CASE WHEN NEW.number = 1 THEN
                        NEW.round = 1 OR EXISTS (
                            SELECT 1 FROM consultation_fourstep
                            WHERE case_id = NEW.case_id AND round = NEW.round - 1 AND outcome = 'REFUSED'
                                AND closed_on <= NEW.started_on
                        )
                    ELSE EXISTS (
                        SELECT 1 FROM consultation_fourstep
                        WHERE case_id = NEW.case_id AND round = NEW.round AND number = NEW.number - 1
                            AND outcome = 'AGREED' AND closed_on <= NEW.started_on
                    ) END) THEN
                        RAISE EXCEPTION 'The step before is not closed in favor'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'fourstep_begins_after_the_former';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # A disclosure is closed when its notice has run its days without an objection upheld.
            pgtrigger.Trigger(
                name="disclosed_for_its_days",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("(NEW.number >= 5 AND NEW.outcome = 'AGREED')"),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM communities_publicnotice AS notice
                        WHERE notice.id = NEW.notice_id AND notice.status IN ('CLOSED_CLEAR', 'ARCHIVED')
                            AND notice.ends_on < NEW.closed_on
                    ) THEN
                        RAISE EXCEPTION 'The disclosure has not run its days'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'fourstep_disclosed_for_its_days';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(
                name="closed_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("(OLD.outcome <> '')"),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "round", "number"], name="fourstep_once_a_run"),
            models.UniqueConstraint(fields=["case"], condition=models.Q(closed_on=None), name="fourstep_one_at_a_time"),
            models.CheckConstraint(condition=models.Q(number__gte=1, number__lte=6), name="fourstep_number_is_known"),
            models.CheckConstraint(
                condition=models.Q(closed_on=None, outcome="")
                | models.Q(closed_on__gte=models.F("started_on"), outcome__in=StepOutcome.values),
                name="fourstep_closed_with_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} · {self.get_number_display()}"

    @property
    def division(self) -> Division:
        """The place of the case."""
        return self.case.division


class FourStepQuestion(models.Model):
    """A question that somebody asks on a case; answered in days, once, for everybody to read."""

    case = models.ForeignKey(FourStepCase, on_delete=models.PROTECT, related_name="questions", verbose_name=_("case"))
    text = models.CharField(pgettext_lazy("four steps", "question"), max_length=500)
    asked_at = moment(_("asked at"), is_optional=False)
    asked_by = person(_("asked by"), is_optional=False)
    due_on = models.DateField(_("to be answered by"), editable=False)
    answer = models.TextField(pgettext_lazy("four steps", "answer"), blank=True)
    answered_at = moment(_("answered at"))
    answered_by = person(_("answered by"))

    class Meta:
        verbose_name = _("question on a case")
        verbose_name_plural = _("questions on cases")
        indexes: ClassVar = [models.Index(fields=["case", "-id"], name="fourstepquestion_case")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at=None)
                | (~models.Q(answer="") & models.Q(answered_at__isnull=False)),
                name="fourstepquestion_answered_with_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} #{self.pk}"

    @property
    def division(self) -> Division:
        """The place of the case."""
        return self.case.division
