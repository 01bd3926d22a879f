"""Answers on paper before they count: entered by one person, and again by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from communities.territory.models import Division
    from projects.evaluation.models import EvaluationPlan

BY_TWO_HANDS = pgtrigger.Trigger(
    name="paper_by_two_hands",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Q(new__source="PAPER"),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM projects_paperentry entry
            WHERE entry.task_id = NEW.task_id AND entry.marks = NEW.marks AND entry.entered_by_id <> NEW.entered_by_id
        ) THEN
            RAISE EXCEPTION 'An answer on paper is entered by two persons'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'evaluationanswer_paper_by_two_hands';
        END IF;
        RETURN NEW;
    """,
)
"""Stands on the answers: one that came on paper was entered before by somebody else, with the same marks."""


class PaperEntryQuerySet(models.QuerySet["PaperEntry"]):
    """Reads over first entries."""

    def waiting(self, plan: EvaluationPlan) -> Self:
        """First entries of an evaluation that wait for the second, by the number of their slip."""
        rows = self.filter(task__plan=plan, task__answer=None)
        return rows.select_related("task").order_by("task__number")


class PaperEntry(models.Model):
    """A sheet as the first person read it: its marks are shown to nobody, so that the second reads them from the paper.

    It counts once a second person has entered the same marks; until then whoever entered it may enter it anew.
    """

    task = models.OneToOneField(
        "projects.EvaluationTask",
        on_delete=models.PROTECT,
        related_name="paper_entry",
        verbose_name=_("invitation"),
    )
    marks = models.JSONField(_("marks"))
    comment = models.TextField(_("comment"), blank=True)
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )

    objects = PaperEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("first entry of an answer on paper")
        verbose_name_plural = _("first entries of answers on paper")
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="stays_once_counted",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT 1 FROM projects_evaluationanswer answer WHERE answer.task_id = OLD.task_id) THEN
                        RAISE EXCEPTION 'The answer has been counted'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'paperentry_stays_once_counted';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.task.plan.division
