"""Assessments of social organizations: the score, the vote, the grade and for how long it holds."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division
from governance import lifecycle
from socialorgs.register.deciding import Decided
from socialorgs.register.models import OrganizationAppointment
from socialorgs.supervision.grading.lifecycle import ASSESSMENT, HOLDING, AssessmentStatus
from socialorgs.supervision.models import OfABody, OfABodyQuerySet
from socialorgs.supervision.policy import HIGHEST, MOST_POINTS

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

OPEN_TO_ALL = (*HOLDING, AssessmentStatus.WITHDRAWN, AssessmentStatus.SUPERSEDED)
GRADES = [(grade, f"{grade}A") for grade in range(HIGHEST, 0, -1)]


class AssessmentQuerySet(OfABodyQuerySet["Assessment"]):
    """Reads over assessments."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What was granted is public; the rest is for the staff of the place and those who act for the body."""
        public = models.Q(status__in=OPEN_TO_ALL)
        if not user.is_authenticated:
            return self.filter(public)
        own = models.Q(organization__in=OrganizationAppointment.objects.bodies_of(user))
        return self.filter(public | within(user, division="organization__division") | own)

    def untold(self) -> Self:
        """Assessments that were decided and whose result was not notified to the body."""
        return self.filter(notify_by__isnull=False, notified_on=None)

    def holding_on(self, day: dt.date) -> Self:
        """Grades that hold on this day; the last day is no longer one of them."""
        return self.filter(status__in=HOLDING, valid_from__lte=day, valid_to__gt=day)


class Assessment(OfABody, Decided):
    """One assessment of a body (社会组织评估, 1A to 5A; status by the lifecycle).

    Applied for by the body, scored by one person, voted on by the committee as another enters it; valid half open.
    """

    status = models.CharField(
        _("status"), max_length=10, choices=AssessmentStatus, default=AssessmentStatus.APPLIED, editable=False
    )
    statement = models.TextField(_("why it applies"))
    applied_at = models.DateTimeField(_("applied at"), editable=False)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("applied by"),
    )
    score = models.PositiveSmallIntegerField(_("score of 1,000"), null=True, blank=True, editable=False)
    grade = models.PositiveSmallIntegerField(_("grade"), null=True, blank=True, choices=GRADES, editable=False)
    findings = models.TextField(_("findings"), blank=True, editable=False)
    scored_at = models.DateTimeField(_("scored at"), null=True, blank=True, editable=False)
    scored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("scored by"),
    )
    votes_for = models.PositiveSmallIntegerField(_("votes for it"), null=True, blank=True, editable=False)
    committee_size = models.PositiveSmallIntegerField(
        _("members of the committee"), null=True, blank=True, editable=False
    )
    voted_on = models.DateField(pgettext_lazy("grade", "voted on"), null=True, blank=True, editable=False)
    notify_by = models.DateField(_("result to be notified by"), null=True, blank=True, editable=False)
    notified_on = models.DateField(_("result notified on"), null=True, blank=True, editable=False)
    notified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("notification written down by"),
    )
    number = models.CharField(_("number of the notice"), max_length=60, blank=True, editable=False)
    valid_from = models.DateField(_("valid from"), null=True, blank=True, editable=False)
    valid_to = models.DateField(_("valid to"), null=True, blank=True, editable=False)
    questioned_at = models.DateTimeField(_("questioned at"), null=True, blank=True, editable=False)
    questioned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("questioned by"),
    )
    proposed_grade = models.PositiveSmallIntegerField(_("proposed grade"), null=True, blank=True, editable=False)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        triggers: ClassVar = [lifecycle.trigger(ASSESSMENT)]
        indexes: ClassVar = [
            # The public list: who holds a grade, the highest first; and which ones run out.
            models.Index(fields=["status", "-grade", "valid_to"], name="assessment_grades"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=AssessmentStatus.values), name="assessment_status_is_known"
            ),
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(status__in=["APPLIED", "SCORED"]),
                name="assessment_one_under_way",
            ),
            models.CheckConstraint(
                condition=models.Q(grade=None) | models.Q(grade__gte=1, grade__lte=HIGHEST),
                name="assessment_grade_is_one_of_five",
            ),
            models.CheckConstraint(
                condition=models.Q(score=None) | models.Q(score__lte=MOST_POINTS), name="assessment_score_within_1000"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["APPLIED", "SCORED", "REFUSED"])
                | models.Q(
                    grade__isnull=False,
                    valid_from__isnull=False,
                    valid_to__isnull=False,
                    decided_by__isnull=False,
                    committee_size__isnull=False,
                    # More than half of all members (Basis: Measures for Assessment of Social Organizations art. 16).
                    votes_for__gt=models.F("committee_size") / 2.0,
                    votes_for__lte=models.F("committee_size"),
                ),
                name="assessment_granted_by_a_majority",
            ),
            models.CheckConstraint(
                condition=models.Q(voted_on=None) | models.Q(voted_on__lte=models.F("valid_from")),
                name="assessment_voted_before_it_holds",
            ),
            models.CheckConstraint(
                condition=models.Q(notified_on=None, notified_by=None)
                | (
                    models.Q(notify_by__isnull=False, notified_on__isnull=False, notified_by__isnull=False)
                    & (models.Q(voted_on=None) | models.Q(notified_on__gte=models.F("voted_on")))
                ),
                name="assessment_notified_after_its_vote",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="assessment_period_runs_forward",
            ),
            models.CheckConstraint(
                condition=(models.Q(scored_by=None) | ~models.Q(scored_by=models.F("applied_by")))
                & (models.Q(decided_by=None) | ~models.Q(decided_by=models.F("applied_by")))
                & (models.Q(decided_by=None) | ~models.Q(decided_by=models.F("scored_by"))),
                name="assessment_in_three_hands",
            ),
            models.CheckConstraint(
                condition=models.Q(proposed_grade=None) | models.Q(proposed_grade__lt=models.F("grade")),
                name="assessment_proposed_below_its_grade",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.get_grade_display() or ''}".strip()

    def get_absolute_url(self) -> str:
        """The assessment's page."""
        return reverse("socialorgs:assessment-detail", kwargs={"pk": self.pk})

    @property
    def step_due_on(self) -> dt.date | None:
        """By when the body is to be told the result; nothing once it was told."""
        return self.notify_by if self.notified_on is None else None

    def is_late_on(self, day: dt.date) -> bool:
        """Whether the body should have been told the result before this day."""
        return self.step_due_on is not None and self.step_due_on < day


class CommitteeWord(models.TextChoices):
    """What a member of the committee did when a grade was voted on."""

    FOR = "FOR", pgettext_lazy("vote", "for it")
    AGAINST = "AGAINST", pgettext_lazy("vote", "against it")
    ABSTAINED = "ABSTAINED", pgettext_lazy("vote", "abstained")
    ABSENT = "ABSENT", pgettext_lazy("vote", "absent")
    WITHDREW = "WITHDREW", pgettext_lazy("vote", "withdrew")


VOTED = (CommitteeWord.FOR, CommitteeWord.AGAINST, CommitteeWord.ABSTAINED)
"""Who took part in a vote; the others are counted among all members only."""


class AssessmentVote(models.Model):
    """How one member of the committee voted on a grade, by name; written with the grant, and stays.

    Basis: Measures for Assessment of Social Organizations art. 16, 17.
    """

    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, related_name="votes", verbose_name=_("assessment")
    )
    name = models.CharField(pgettext_lazy("person", "name"), max_length=50)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("log-in"),
    )
    word = models.CharField(pgettext_lazy("committee", "vote"), max_length=10, choices=CommitteeWord)
    worked_there_until = models.DateField(_("worked for the body until"), null=True, blank=True)

    class Meta:
        verbose_name = _("vote on a grade")
        verbose_name_plural = _("votes on grades")
        triggers: ClassVar = [
            lifecycle.columns_stay("vote_stays", ("assessment_id", "name", "user_id", "word", "worked_there_until")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "name"], name="assessmentvote_each_once"),
            models.CheckConstraint(
                condition=models.Q(word__in=CommitteeWord.values), name="assessmentvote_word_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.get_word_display()}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.assessment.division
