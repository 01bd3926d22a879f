"""The score sheet of an interview or a meeting: where and when it was, who was present, what was found, the signed scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    from communities.territory.models import Division


class AnswerRecord(AppendOnly):
    """What was seen and heard when a party judged on the spot or in a meeting; stands beside the marks, written once."""

    answer = models.OneToOneField(
        "projects.EvaluationAnswer",
        on_delete=models.PROTECT,
        related_name="record",
        verbose_name=pgettext_lazy("evaluation", "answer"),
    )
    held_on = models.DateField(pgettext_lazy("review", "held on"))
    place = models.CharField(pgettext_lazy("service", "where"), max_length=120)
    present = models.PositiveSmallIntegerField(_("persons present"))
    findings = models.TextField(_("findings"))
    sheet = models.ForeignKey(
        Attachment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signed score sheet"),
    )
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )

    class Meta(AppendOnly.Meta):
        verbose_name = _("record of an interview or meeting")
        verbose_name_plural = _("records of interviews and meetings")
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="of_an_interview_or_meeting",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_evaluationanswer answer
                        JOIN projects_evaluationplan plan ON plan.id = answer.plan_id
                        WHERE answer.id = NEW.answer_id AND answer.method IN ('INTERVIEW', 'MEETING')
                            AND NEW.held_on BETWEEN plan.period_from AND plan.closes_on
                    ) THEN
                        RAISE EXCEPTION 'Only interviews and meetings of the time that is judged have a record'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'answerrecord_of_an_interview_or_meeting';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(present__gte=1) & ~models.Q(place="") & ~models.Q(findings=""),
                name="answerrecord_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.answer.plan.division
