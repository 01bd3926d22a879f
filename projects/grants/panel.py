"""Experts, the panel of a round, score sheets that nobody but their writer reads before all are in, defence records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division
from governance import lifecycle
from governance.audit.models import AppendOnly
from projects.grants.applying import GrantApplication
from projects.grants.lifecycle import SHEET, SheetStatus
from projects.grants.rounds import GrantRound, moment, person
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class GrantExpert(models.Model):
    """Somebody in the pool of experts of a district or street, with the employer if it is an organization of the register."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grant_expertise", verbose_name=_("person")
    )
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("place"))
    field = models.CharField(_("field of expertise"), max_length=120)
    employer = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("employed at"),
    )
    valid_from = models.DateField(_("since"))
    valid_to = models.DateField(_("until"), null=True, blank=True)
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = person(_("entered by"), null=False)

    class Meta:
        verbose_name = pgettext_lazy("grants", "expert")
        verbose_name_plural = pgettext_lazy("grants", "experts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "division"], condition=models.Q(valid_to=None), name="grantexpert_once_in_a_pool"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="grantexpert_runs_forward",
            ),
            models.CheckConstraint(
                condition=~models.Q(user=models.F("entered_by")), name="grantexpert_entered_by_another"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)


class SeatQuerySet(models.QuerySet["PanelSeat"]):
    """Reads over seats."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own, and those of rounds that one's work reaches; never the applicants'."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(within(user, division="round__division") | models.Q(expert=user))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("round__division", "expert").order_by("-pk")


class PanelSeat(models.Model):
    """A seat of an expert in a round, drawn by lot or named; before scoring, the expert says to which applicants ties exist."""

    round = models.ForeignKey(GrantRound, on_delete=models.PROTECT, related_name="seats", verbose_name=_("grant round"))
    expert = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="grant_seats",
        verbose_name=pgettext_lazy("grants", "expert"),
    )
    is_drawn = models.BooleanField(_("drawn by lot"), default=False)
    seated_at = models.DateTimeField(_("seated at"), editable=False)
    seated_by = person(_("seated by"), null=False)
    declared_at = moment(_("ties declared at"))

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat in a panel")
        verbose_name_plural = _("seats in panels")
        triggers: ClassVar = [
            pgtrigger.Protect(name="seats_stay", operation=pgtrigger.Delete),
            lifecycle.columns_stay("seat_stays", ("round_id", "expert_id", "is_drawn", "seated_at", "seated_by_id")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "expert"], name="panelseat_one_an_expert"),
            models.CheckConstraint(
                condition=~models.Q(expert=models.F("seated_by")), name="panelseat_given_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} · {self.expert}"

    def get_absolute_url(self) -> str:
        """The expert's page of the round."""
        return reverse("projects:panel-seat-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.round.division


class DeclaredTie(AppendOnly):
    """A tie to an applicant that an expert has said before scoring."""

    seat = models.ForeignKey(PanelSeat, on_delete=models.PROTECT, related_name="ties", verbose_name=_("seat"))
    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="+", verbose_name=_("organization")
    )
    declared_at = models.DateTimeField(_("declared at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("declared tie")
        verbose_name_plural = _("declared ties")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["seat", "organization"], name="declaredtie_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seat} · {self.organization}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.seat.round.division


class SheetQuerySet(models.QuerySet["ScoreSheet"]):
    """Reads over score sheets."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own, and those of rounds that one's work reaches; what stands on them is a question of `queries.shown`."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(within(user, division="application__round__division") | models.Q(expert=user))

    def of_expert(self, user: User) -> Self:
        """One's own."""
        return self.filter(expert=user)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("application__round__division", "application__division", "expert").order_by("-pk")


class ScoreSheet(models.Model):
    """What one expert gives one application (status moved by `governance.lifecycle`); fixed when it is submitted.

    Nobody but its writer reads it before the scores of the whole round are settled: `queries.shown` is the one gate.
    """

    application = models.ForeignKey(
        GrantApplication, on_delete=models.PROTECT, related_name="sheets", verbose_name=_("grant application")
    )
    expert = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="score_sheets",
        verbose_name=pgettext_lazy("grants", "expert"),
    )
    marks = models.JSONField(_("points"), default=dict, blank=True, editable=False)
    total = models.PositiveSmallIntegerField(_("points in all"), null=True, blank=True, editable=False)
    comment = models.TextField(_("opinion"), blank=True, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=SheetStatus, default=SheetStatus.OPEN, editable=False)
    assigned_at = models.DateTimeField(_("assigned at"), editable=False)
    assigned_by = person(_("assigned by"), null=False)
    submitted_at = moment(_("submitted at"))
    submitted_by = person(_("submitted by"))

    objects = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("score sheet")
        verbose_name_plural = _("score sheets")
        triggers: ClassVar = [
            lifecycle.trigger(SHEET),
            pgtrigger.Protect(name="sheets_stay", operation=pgtrigger.Delete),
            lifecycle.columns_stay("sheet_is_one_persons", ("application_id", "expert_id")),
            lifecycle.columns_stay("submitted_is_fixed", ("marks", "total", "comment"), once="OLD.status <> 'OPEN'"),
        ]
        indexes: ClassVar = [
            # What one expert has to score, newest first.
            models.Index(fields=["expert", "status", "-id"], name="scoresheet_expert"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application", "expert"], name="scoresheet_one_an_expert"),
            models.CheckConstraint(
                condition=models.Q(status__in=SheetStatus.values), name="scoresheet_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status="SUBMITTED", total__isnull=False, total__lte=100)
                | (models.Q(total=None) & ~models.Q(status="SUBMITTED")),
                name="scoresheet_submitted_has_a_total",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="SUBMITTED") | models.Q(submitted_by=models.F("expert")),
                name="scoresheet_submitted_by_its_expert",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application.number} #{self.pk}"

    def get_absolute_url(self) -> str:
        """The expert's own page."""
        return reverse("projects:score-sheet-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.application.round.division

    @property
    def is_open(self) -> bool:
        """Whether it waits for the expert."""
        return self.status == SheetStatus.OPEN

    def points(self) -> list[dict[str, Any]]:
        """Return the points by criterion, for whoever may read them."""
        return [
            {"number": one.number, "title": one.title, "most": one.most, "points": self.marks.get(str(one.number))}
            for one in self.application.round.table
        ]


class DefenceRecord(AppendOnly):
    """How one applicant presented its project before the panel (答辩), written once."""

    application = models.OneToOneField(
        GrantApplication, on_delete=models.PROTECT, related_name="defence", verbose_name=_("grant application")
    )
    held_on = models.DateField(pgettext_lazy("review", "held on"))
    place = models.CharField(_("place"), max_length=120)
    presenters = models.PositiveSmallIntegerField(_("people who presented"))
    record = models.TextField(_("questions and answers"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = person(_("recorded by"), null=False)

    class Meta(AppendOnly.Meta):
        verbose_name = _("defence record")
        verbose_name_plural = _("defence records")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(presenters__gte=1), name="defencerecord_somebody_presented"),
        ]

    def __str__(self) -> str:
        return f"{self.application.number} {self.held_on}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.application.round.division
