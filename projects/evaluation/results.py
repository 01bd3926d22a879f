"""Results of evaluations: versions, each a pure function of the frozen template and the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    from communities.territory.models import Division


class Cause(models.TextChoices):
    """Why a version of a result was computed."""

    CLOSING = "CLOSING", _("the collection was closed")
    OBJECTION = "OBJECTION", _("an objection was upheld")
    EXCLUSION = "EXCLUSION", _("an answer was left out")


class Grade(models.TextChoices):
    """What a score is worth."""

    EXCELLENT = "EXCELLENT", _("excellent")
    GOOD = "GOOD", _("good")
    PASS = "PASS", _("pass")
    FAIL = "FAIL", _("fail")
    INSUFFICIENT = "INSUFFICIENT", _("no grade")


class EvaluationResult(AppendOnly):
    """One computed result: a pure function of the frozen template and the answers; a new computation is a new version.

    `details` are the canonical bytes of the calculation as a structure, `digest` their SHA-256.
    """

    plan = models.ForeignKey(
        "projects.EvaluationPlan", on_delete=models.PROTECT, related_name="results", verbose_name=_("evaluation")
    )
    version = models.PositiveSmallIntegerField(_("version"))
    cause = models.CharField(_("computed because"), max_length=10, choices=Cause, default=Cause.CLOSING)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True)
    grade = models.CharField(_("grade"), max_length=20, choices=Grade)
    answers = models.PositiveIntegerField(_("answers"))
    invited = models.PositiveIntegerField(_("invited"))
    satisfied = models.PositiveIntegerField(_("satisfied answers"))
    valid_for_satisfaction = models.PositiveIntegerField(_("answers on satisfaction"))
    details = models.JSONField(_("calculation"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    computed_at = models.DateTimeField(_("computed at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("result of an evaluation")
        verbose_name_plural = _("results of evaluations")
        indexes: ClassVar = [
            # The totals of the directory: satisfaction without reading the calculations.
            models.Index(
                fields=["plan", "-version"],
                include=["computed_at", "satisfied", "valid_for_satisfaction"],
                name="evaluationresult_told",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "version"], name="evaluationresult_version_is_unique"),
            models.CheckConstraint(
                condition=models.Q(grade="INSUFFICIENT", score=None)
                | (models.Q(score__isnull=False, score__gte=0, score__lte=100) & ~models.Q(grade="INSUFFICIENT")),
                name="evaluationresult_grade_has_a_score",
            ),
            models.CheckConstraint(
                condition=models.Q(grade__in=Grade.values, cause__in=Cause.values),
                name="evaluationresult_grade_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} ({self.version})"

    @property
    def hindrances(self) -> list[str]:
        """Why there is no grade: TOO_FEW_ANSWERS, PARTY_MISSING:party, METHOD_MISSING:party:method."""
        found: list[str] = self.details["hindrances"]
        return found

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.plan.division
