"""The questions of evaluations: templates with versions, fixed once in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance import lifecycle
from projects.evaluation.lifecycle import TEMPLATE, TemplateStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class SubjectKind(models.TextChoices):
    """What is evaluated."""

    PROJECT = "PROJECT", _("project")
    ORGANIZATION = "ORGANIZATION", _("social organization")
    SOCIAL_WORK = "SOCIAL_WORK", _("social workers' service")
    COMMITTEE = "COMMITTEE", _("committee or body")
    VENUE = "VENUE", _("venue")
    GRID_WORK = "GRID_WORK", _("grid worker's work")


class Party(models.TextChoices):
    """Who judges (Basis: report S0, three parties)."""

    PARTY_ORGANIZATION = "PARTY_ORGANIZATION", _("community party organization")
    RESIDENTS = "RESIDENTS", _("residents' representatives")
    THIRD_PARTY = "THIRD_PARTY", _("professional third party")


class Method(models.TextChoices):
    """How a party judges."""

    QUESTIONNAIRE = "QUESTIONNAIRE", _("questionnaire")
    INTERVIEW = "INTERVIEW", _("on-site look and interview")
    MEETING = "MEETING", _("discussion meeting")


class TemplateQuerySet(models.QuerySet["EvaluationTemplate"]):
    """Reads over templates."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Templates in use or retired are public, drafts are seen by those who may write or approve them."""
        if user.has_perm("projects.draft_template") or user.has_perm("projects.approve_template"):
            return self.all()
        return self.exclude(status=TemplateStatus.DRAFT)

    def for_list(self) -> Self:
        """Rows with their questions, newest first."""
        return self.prefetch_related("questions").order_by("-pk")


class EvaluationTemplate(models.Model):
    """One version of a set of questions (status moved by `governance.lifecycle`); fixed once in use.

    `methods` names for each party by which methods it must have judged: a result without one of them has no grade.
    """

    key = models.SlugField(_("key"), max_length=60)
    version = models.PositiveSmallIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=120)
    subject_kind = models.CharField(_("what is evaluated"), max_length=20, choices=SubjectKind)
    methods = models.JSONField(_("methods that each party must have judged by"), default=dict, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=TemplateStatus, default=TemplateStatus.DRAFT, editable=False
    )
    drafted_at = models.DateTimeField(_("drafted at"), editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("drafted by"),
    )
    published_at = models.DateTimeField(_("taken into use at"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("published by"),
    )

    objects = TemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("evaluation template")
        verbose_name_plural = _("evaluation templates")
        triggers: ClassVar = [
            lifecycle.trigger(TEMPLATE),
            pgtrigger.Protect(
                name="fixed_in_use",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.status <> 'DRAFT' AND (OLD.key, OLD.version, OLD.title, OLD.subject_kind, OLD.methods) "
                    "IS DISTINCT FROM (NEW.key, NEW.version, NEW.title, NEW.subject_kind, NEW.methods))"
                ),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "version"], name="evaluationtemplate_version_is_unique"),
            models.CheckConstraint(
                condition=models.Q(status__in=TemplateStatus.values), name="evaluationtemplate_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(published_by=None) | ~models.Q(published_by=models.F("drafted_by")),
                name="evaluationtemplate_two_persons",
            ),
            models.CheckConstraint(
                condition=models.Q(methods__contained_by={party: list(Method.values) for party in Party.values}),
                name="evaluationtemplate_methods_are_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"

    @property
    def division(self) -> None:
        """No place: a template is the district's."""
        return

    @property
    def required(self) -> list[tuple[Party, list[Method]]]:
        """The parties that must have judged by certain methods, with these; in the order of their names."""
        asked = ((party, [method for method in Method if method in self.methods.get(party, ())]) for party in Party)
        return [(party, methods) for party, methods in asked if methods]


class TemplateQuestion(models.Model):
    """One question of a template: a mark from 1 to 5 with its weight; fixed with the template."""

    template = models.ForeignKey(
        EvaluationTemplate, on_delete=models.PROTECT, related_name="questions", verbose_name=_("template")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.CharField(pgettext_lazy("evaluation", "question"), max_length=300)
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)
    is_satisfaction = models.BooleanField(_("counts as satisfaction"), default=False)
    duty = models.CharField(_("duty that is judged"), max_length=300, blank=True)
    per_month = models.PositiveSmallIntegerField(_("times a month at least"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("evaluation", "question")
        verbose_name_plural = _("questions")
        ordering: ClassVar = ["number"]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="fixed_with_the_template",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM projects_evaluationtemplate
                        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.template_id ELSE NEW.template_id END
                            AND status <> 'DRAFT'
                    ) THEN
                        RAISE EXCEPTION 'The template is in use'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'templatequestion_fixed_in_use';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["template", "number"], name="templatequestion_number_is_unique"),
            models.CheckConstraint(condition=models.Q(weight__gte=1), name="templatequestion_weighs_something"),
            models.CheckConstraint(
                condition=models.Q(per_month=None) | (~models.Q(duty="") & models.Q(per_month__gte=1)),
                name="templatequestion_counts_a_duty",
            ),
        ]

    def __str__(self) -> str:
        return self.text
