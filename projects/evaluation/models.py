"""Evaluations: templates with versions, plans, invitations with one-time tokens, answers, computed results."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.bodies.models import Body
from communities.notices.models import PublicNotice
from communities.people.queries import within
from communities.territory.models import Division, inside
from communities.venues.models import Venue
from governance import lifecycle
from governance.audit.models import AppendOnly
from projects.evaluation.engagements import Payer, ThirdPartyEngagement
from projects.evaluation.lifecycle import EVALUATION, PlanStatus
from projects.evaluation.messages import PushMessage, Recipient
from projects.evaluation.papers import BY_TWO_HANDS, PaperEntry
from projects.evaluation.policy import by_party
from projects.evaluation.questions import EvaluationTemplate, Method, Party, SubjectKind, TemplateQuestion
from projects.evaluation.records import AnswerRecord
from projects.evaluation.results import Cause, EvaluationResult, Grade
from projects.evaluation.ties.models import EvaluatorTie, TieKind
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

__all__ = [
    "AnswerExclusion",
    "AnswerRecord",
    "AnswerSource",
    "Cause",
    "EvaluationAnswer",
    "EvaluationPlan",
    "EvaluationResult",
    "EvaluationTask",
    "EvaluationTemplate",
    "EvaluatorTie",
    "Grade",
    "Method",
    "PaperEntry",
    "Party",
    "Payer",
    "PushMessage",
    "Recipient",
    "SubjectKind",
    "TemplateQuestion",
    "ThirdPartyEngagement",
    "TieKind",
]

WEIGHT_COLUMNS = ("weight_party", "weight_residents", "weight_third")
"""In the order of the parties."""
OPEN_TO_ALL = (PlanStatus.PUBLICISED, PlanStatus.FINAL, PlanStatus.PUSHED)


NO_JUDGE = """
    IF EXISTS (
        SELECT 1 FROM projects_evaluationtask task JOIN projects_evaluationanswer answer ON answer.task_id = task.id
        WHERE task.plan_id = {plan} AND task.evaluator_id = {person}
    ) THEN
        RAISE EXCEPTION 'Whoever judged does not review the result'
            USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
    END IF;
    RETURN NEW;
"""
"""Refuses a person who has judged in an evaluation the hand in its review."""


class PlanQuerySet(models.QuerySet["EvaluationPlan"]):
    """Reads over evaluations."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Evaluations that were publicised are public, others are seen by the staff of the place and who is invited."""
        public = models.Q(publicised_at__isnull=False)
        if not user.is_authenticated:
            return self.filter(public)
        invited = EvaluationTask.objects.filter(evaluator=user).values("plan")
        return self.filter(public | within(user) | models.Q(pk__in=invited))

    def of_the_same(self, plan: EvaluationPlan) -> Self:
        """Evaluations of the same thing: one body, one person, one organization's, or what bears its name in the place."""
        kind = self.filter(subject_kind=plan.subject_kind)
        if plan.worker_id is not None:
            return kind.filter(worker=plan.worker_id)
        if plan.body_id is not None:
            return kind.filter(body=plan.body_id)
        if plan.venue_id is not None:
            return kind.filter(venue=plan.venue_id)
        if plan.subject_kind == SubjectKind.ORGANIZATION and plan.implementer_id is not None:
            return kind.filter(implementer=plan.implementer_id)
        return kind.filter(division=plan.division_id, subject_name=plan.subject_name)

    def in_account(self, year: int) -> Self:
        """Publicised evaluations of periods that ended in the year."""
        return self.filter(publicised_at__isnull=False, period_to__year=year)

    def in_division(self, division: Division) -> Self:
        """Evaluations of the division and of those below it."""
        return self.filter(inside(division))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "template", "implementer", "body", "venue").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        results = EvaluationResult.objects.order_by("-version")
        return self.select_related(
            "division", "template", "implementer", "body", "venue", "notice", "engagement"
        ).prefetch_related(models.Prefetch("results", results))

    def to_invite_for(self) -> Self:
        """Collections in which nobody was asked, or a party with a weight not by a method that the template requires."""
        invited = EvaluationTask.objects.in_force().filter(plan=models.OuterRef("pk"))
        lacking = models.Q(~models.Exists(invited))
        for party, weight in zip(Party, WEIGHT_COLUMNS, strict=True):
            for method in Method:
                asked = invited.filter(party=party, method=method)
                required = models.Q(**{f"{weight}__gt": 0, "template__methods__contains": {party: [method]}})
                lacking |= required & models.Q(~models.Exists(asked))
        return self.filter(lacking, status=PlanStatus.COLLECTING)

    def with_paper_to_check(self) -> Self:
        """Collections in which a sheet was entered once and waits for the second person."""
        waiting = PaperEntry.objects.filter(task__plan=models.OuterRef("pk"), task__answer=None)
        return self.filter(models.Exists(waiting), status=PlanStatus.COLLECTING)

    def closing_on(self, day: dt.date) -> Self:
        """Collections whose last day lies before this day."""
        return self.filter(status=PlanStatus.COLLECTING, closes_on__lt=day)


class EvaluationPlan(models.Model):
    """An evaluation of one thing over one period (status moved by `governance.lifecycle`).

    Weights in percent of the three parties sum to 100; weights, minimum and grade cuts are written down when the plan is
    made, from the parameters in force. What is evaluated (a contract, a worker, a venue) holds the key to its plan.
    """

    title = models.CharField(_("title"), max_length=120)
    subject_kind = models.CharField(_("what is evaluated"), max_length=20, choices=SubjectKind)
    subject_name = models.CharField(_("its name"), max_length=120)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="evaluations", verbose_name=_("division")
    )
    implementer = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="evaluations",
        verbose_name=_("implementer"),
    )
    body = models.ForeignKey(
        Body,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="evaluations",
        verbose_name=_("body that is evaluated"),
    )
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="evaluated_in",
        verbose_name=_("person whose work is evaluated"),
    )
    venue = models.ForeignKey(
        Venue, on_delete=models.PROTECT, null=True, blank=True, related_name="evaluations", verbose_name=_("venue")
    )
    template = models.ForeignKey(
        EvaluationTemplate, on_delete=models.PROTECT, related_name="plans", verbose_name=_("template")
    )
    period_from = models.DateField(_("period from"))
    period_to = models.DateField(_("period to"))
    weight_party = models.PositiveSmallIntegerField(_("weight of the party organization (%)"))
    weight_residents = models.PositiveSmallIntegerField(_("weight of the residents (%)"))
    weight_third = models.PositiveSmallIntegerField(_("weight of the third party (%)"))
    minimum_answers = models.PositiveSmallIntegerField(_("answers needed for a grade"))
    grade_cuts = models.JSONField(_("grade cuts"))
    opens_on = models.DateField(_("opens on"))
    closes_on = models.DateField(_("last day of the collection"))
    notice = models.ForeignKey(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="evaluations",
        verbose_name=_("notice"),
    )
    review_note = models.TextField(_("note of the review"), blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=20, choices=PlanStatus, default=PlanStatus.PLANNED, editable=False
    )
    planned_at = models.DateTimeField(_("planned at"), editable=False)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=pgettext_lazy("evaluation", "planned by"),
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(pgettext_lazy("ballot", "closed at"), null=True, blank=True, editable=False)
    computed_at = models.DateTimeField(_("computed at"), null=True, blank=True, editable=False)
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("reviewed by"),
    )
    publicised_at = models.DateTimeField(_("publicised at"), null=True, blank=True, editable=False)
    final_at = models.DateTimeField(_("final at"), null=True, blank=True, editable=False)
    pushed_at = models.DateTimeField(_("pushed at"), null=True, blank=True, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        triggers: ClassVar = [
            lifecycle.trigger(EVALUATION),
            lifecycle.columns_stay("venue_stays", ("venue_id",)),
            pgtrigger.Protect(
                name="terms_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.status <> 'PLANNED' AND (OLD.template_id, OLD.weight_party, OLD.weight_residents, "
                    "OLD.weight_third, OLD.minimum_answers, OLD.grade_cuts, OLD.implementer_id) IS DISTINCT FROM "
                    "(NEW.template_id, NEW.weight_party, NEW.weight_residents, NEW.weight_third, NEW.minimum_answers, "
                    "NEW.grade_cuts, NEW.implementer_id))"
                ),
            ),
            # Ties were asked for by these names: who is judged never changes.
            pgtrigger.Protect(
                name="subject_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.subject_kind, OLD.implementer_id, OLD.body_id, OLD.worker_id, OLD.period_from) IS DISTINCT "
                    "FROM (NEW.subject_kind, NEW.implementer_id, NEW.body_id, NEW.worker_id, NEW.period_from))"
                ),
            ),
            pgtrigger.Trigger(
                name="reviewed_by_no_judge",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("reviewed_by_id"),
                condition=pgtrigger.Q(new__reviewed_by__isnull=False),
                func=NO_JUDGE.format(
                    plan="NEW.id", person="NEW.reviewed_by_id", name="evaluationplan_reviewed_by_no_judge"
                ),
            ),
        ]
        indexes: ClassVar = [
            # Evaluations of a place, newest first.
            models.Index(fields=["division", "-id"], name="evaluationplan_place"),
            # What the clock closes, computes, makes final, pushes.
            models.Index(
                fields=["status", "closes_on"],
                condition=models.Q(status__in=["COLLECTING", "CLOSED", "PUBLICISED", "FINAL"]),
                name="evaluationplan_due",
            ),
            # The open account of a year.
            models.Index(
                fields=["period_to"], condition=models.Q(publicised_at__isnull=False), name="evaluationplan_account"
            ),
            # One thing over the years, where no key of its own names it.
            models.Index(fields=["division", "subject_name"], name="evaluationplan_subject"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=PlanStatus.values, subject_kind__in=SubjectKind.values),
                name="evaluationplan_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    weight_party=models.Value(100) - models.F("weight_residents") - models.F("weight_third")
                ),
                name="evaluationplan_weights_sum_to_100",
            ),
            models.CheckConstraint(
                condition=models.Q(closes_on__gte=models.F("opens_on"), period_to__gt=models.F("period_from")),
                name="evaluationplan_runs_forward",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("planned_by")),
                name="evaluationplan_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(body=None) | models.Q(subject_kind="COMMITTEE"),
                name="evaluationplan_body_of_a_committee",
            ),
            models.CheckConstraint(
                condition=models.Q(venue=None) | models.Q(subject_kind="VENUE"), name="evaluationplan_venue_of_a_venue"
            ),
            models.CheckConstraint(
                condition=models.Q(subject_kind="GRID_WORK", worker__isnull=False)
                | models.Q(subject_kind="SOCIAL_WORK")
                | (models.Q(worker=None) & ~models.Q(subject_kind="GRID_WORK")),
                name="evaluationplan_worker_where_work_is_judged",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The evaluation's public page."""
        return reverse("projects:evaluation-detail", kwargs={"pk": self.pk})

    @property
    def weights(self) -> dict[str, int]:
        """The weights by party."""
        return by_party((self.weight_party, self.weight_residents, self.weight_third))

    def collects_on(self, day: dt.date) -> bool:
        """Whether an answer may be given on this day; the last day counts."""
        return self.status == PlanStatus.COLLECTING and day <= self.closes_on


class TaskQuerySet(models.QuerySet["EvaluationTask"]):
    """Reads over invitations."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Invitations of the places that one's work reaches, and one's own."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(within(user, division="plan__division") | models.Q(evaluator=user))

    def open(self) -> Self:
        """Invitations that have not been answered."""
        return self.filter(answer=None)

    def in_force(self) -> Self:
        """Invitations but those that nobody can answer any more: a tie into the period was recorded after they went out."""
        tied = EvaluatorTie.objects.filter(
            models.Q(valid_to=None) | models.Q(valid_to__gt=models.OuterRef("plan__period_from")),
            organization=models.OuterRef("plan__implementer"),
            user=models.OuterRef("evaluator"),
        )
        return self.exclude(models.Q(answer=None) & models.Exists(tied))


class EvaluationTask(models.Model):
    """One invitation to judge: a party, a method, and a one-time token of which only the hash is kept.

    Invited by name (`evaluator`), who may have no tie to the implementer, or as one of many residents. `number` stands
    on the printed slip, so that a paper answer finds its invitation.
    """

    plan = models.ForeignKey(
        EvaluationPlan, on_delete=models.PROTECT, related_name="tasks", verbose_name=_("evaluation")
    )
    party = models.CharField(_("party"), max_length=20, choices=Party)
    method = models.CharField(_("method"), max_length=20, choices=Method)
    evaluator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="evaluation_tasks",
        verbose_name=_("evaluator"),
    )
    number = models.PositiveIntegerField(_("number of the slip"), editable=False)
    token_hash = models.CharField(_("hash of the token"), max_length=64, unique=True, editable=False)
    invited_at = models.DateTimeField(_("invited at"), editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("invited by"),
    )

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation to evaluate")
        verbose_name_plural = _("invitations to evaluate")
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="nobody_tied",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("evaluator_id", "plan_id"),
                condition=pgtrigger.Q(new__evaluator__isnull=False),
                func="""
                    IF EXISTS (
                        SELECT 1 FROM projects_evaluationplan plan
                        WHERE plan.id = NEW.plan_id AND (plan.worker_id = NEW.evaluator_id OR EXISTS (
                            SELECT 1 FROM communities_bodymembership seat
                            WHERE seat.body_id = plan.body_id AND seat.user_id = NEW.evaluator_id
                                AND (seat.valid_to IS NULL OR seat.valid_to > plan.period_from)
                        ))
                    ) THEN
                        RAISE EXCEPTION 'Nobody evaluates their own work'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'evaluationtask_nobody_of_the_judged';
                    END IF;
                    IF EXISTS (
                        SELECT 1 FROM projects_evaluationplan plan
                        JOIN (
                            SELECT organization_id, user_id, valid_to FROM socialorgs_organizationappointment
                            UNION ALL
                            SELECT organization_id, user_id, valid_to FROM projects_evaluatortie
                        ) tie ON tie.organization_id = plan.implementer_id
                        WHERE plan.id = NEW.plan_id AND tie.user_id = NEW.evaluator_id
                            AND (tie.valid_to IS NULL OR tie.valid_to > plan.period_from)
                    ) THEN
                        RAISE EXCEPTION 'The evaluator is tied to the implementer'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'evaluationtask_nobody_tied';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["plan", "party"], name="evaluationtask_plan")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "number"], name="evaluationtask_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(party__in=Party.values, method__in=Method.values),
                name="evaluationtask_kinds_are_known",
            ),
            models.UniqueConstraint(
                fields=["plan", "evaluator", "method"], name="evaluationtask_invites_a_person_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} #{self.pk}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.plan.division


class AnswerSource(models.TextChoices):
    """How an answer came."""

    WEB = "WEB", _("web")
    PAPER = "PAPER", _("paper")


class EvaluationAnswer(AppendOnly):
    """What one invited person answered, once: marks from 1 to 5 by number of question, written once.

    A trigger takes answers only while the plan collects.
    """

    plan = models.ForeignKey(
        EvaluationPlan, on_delete=models.PROTECT, related_name="answers", db_index=False, verbose_name=_("evaluation")
    )
    task = models.OneToOneField(
        EvaluationTask, on_delete=models.PROTECT, related_name="answer", verbose_name=_("invitation")
    )
    party = models.CharField(_("party"), max_length=20, choices=Party)
    method = models.CharField(_("method"), max_length=20, choices=Method)
    marks = models.JSONField(_("marks"))
    comment = models.TextField(_("comment"), blank=True)
    source = models.CharField(_("came by"), max_length=10, choices=AnswerSource)
    answered_at = models.DateTimeField(_("answered at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("entered by")
    )

    class Meta(AppendOnly.Meta):
        verbose_name = pgettext_lazy("evaluation", "answer")
        verbose_name_plural = _("answers")
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            BY_TWO_HANDS,
            pgtrigger.Trigger(
                name="answered_while_collecting",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    -- Waits for a closing that is under way, so that no answer comes after the calculation.
                    PERFORM 1 FROM projects_evaluationplan plan JOIN projects_evaluationtask task
                        ON task.plan_id = plan.id
                    WHERE plan.id = NEW.plan_id AND task.id = NEW.task_id AND plan.status = 'COLLECTING'
                        AND task.party = NEW.party AND task.method = NEW.method
                    FOR KEY SHARE OF plan;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'The evaluation collects no answers'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'evaluationanswer_while_collecting';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="marks_fit_the_questions",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.marks IS DISTINCT FROM (
                        SELECT jsonb_object_agg(question.number::text, NEW.marks -> question.number::text)
                        FROM projects_evaluationplan plan
                        JOIN projects_templatequestion question ON question.template_id = plan.template_id
                        WHERE plan.id = NEW.plan_id
                            AND NEW.marks -> question.number::text IN ('1', '2', '3', '4', '5')
                    ) OR (SELECT count(*) FROM jsonb_object_keys(NEW.marks)) <> (
                        SELECT count(*) FROM projects_evaluationplan plan
                        JOIN projects_templatequestion question ON question.template_id = plan.template_id
                        WHERE plan.id = NEW.plan_id
                    ) THEN
                        RAISE EXCEPTION 'Each question has one mark from 1 to 5'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'evaluationanswer_marks_fit';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [
            # The computation reads a plan's answers in a fixed order.
            models.Index(fields=["plan", "id"], name="evaluationanswer_plan"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} #{self.pk}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.plan.division


class AnswerExclusion(AppendOnly):
    """An answer that is left out of later versions of the result, with the reason (a tie found, a slip given away)."""

    answer = models.OneToOneField(
        EvaluationAnswer,
        on_delete=models.PROTECT,
        related_name="exclusion",
        verbose_name=pgettext_lazy("evaluation", "answer"),
    )
    reason = models.TextField(_("reason"))
    excluded_at = models.DateTimeField(_("left out at"))
    excluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("excluded by")
    )

    class Meta(AppendOnly.Meta):
        verbose_name = _("answer left out")
        verbose_name_plural = _("answers left out")
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="excluded_by_no_judge",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=NO_JUDGE.format(
                    plan="(SELECT plan_id FROM projects_evaluationanswer WHERE id = NEW.answer_id)",
                    person="NEW.excluded_by_id",
                    name="answerexclusion_by_no_judge",
                ),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="answerexclusion_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.answer}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.answer.plan.division
