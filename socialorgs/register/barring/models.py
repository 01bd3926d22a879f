"""Bans from taking part, for a breach of a grant or a contract or for acts against the law."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from communities.territory.models import Division
from governance import lifecycle
from socialorgs.register.barring.lifecycle import BAN, BanStatus
from socialorgs.register.deciding import Decided
from socialorgs.register.models import OrganizationAppointment, SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

OPEN_TO_ALL = (BanStatus.IN_FORCE, BanStatus.LIFTED)


class BanGround(models.TextChoices):
    """Why a body is barred."""

    GRANT_BREACH = "GRANT_BREACH", _("breach of a grant")
    CONTRACT_BREACH = "CONTRACT_BREACH", _("breach of a contract")
    ILLEGAL_ACTS = "ILLEGAL_ACTS", _("illegal acts")


class BanQuerySet(models.QuerySet["ParticipationBan"]):
    """Reads over bans."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What was imposed is public; the rest is for the staff of the place and those who act for the body."""
        public = models.Q(status__in=OPEN_TO_ALL)
        if not user.is_authenticated:
            return self.filter(public)
        own = OrganizationAppointment.objects.bodies_of(user)
        return self.filter(public | within(user, division="organization__division") | models.Q(organization__in=own))

    def running_on(self, day: dt.date) -> Self:
        """Bans that hold on this day; the last day is no longer one of them."""
        return self.filter(status=BanStatus.IN_FORCE, starts_on__lte=day, ends_on__gt=day)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("organization__division").order_by("-pk")


class ParticipationBan(Decided):
    """A body is barred from applications, contracts and payments from a day to another (status by the lifecycle)."""

    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="bans", verbose_name=_("organization")
    )
    ground = models.CharField(_("ground"), max_length=20, choices=BanGround)
    reason = models.TextField(_("reason"))
    decision_number = models.CharField(_("decision number"), max_length=80)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    status = models.CharField(_("status"), max_length=10, choices=BanStatus, default=BanStatus.PROPOSED, editable=False)
    proposed_at = models.DateTimeField(_("proposed at"), editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("proposed by"),
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True, editable=False)

    objects = BanQuerySet.as_manager()

    class Meta:
        verbose_name = _("ban from taking part")
        verbose_name_plural = _("bans from taking part")
        triggers: ClassVar = [
            lifecycle.trigger(BAN),
            lifecycle.columns_stay(
                "imposed_stays",
                ("organization_id", "ground", "reason", "decision_number", "starts_on", "ends_on", "proposed_by_id"),
            ),
        ]
        indexes: ClassVar = [
            # The gate: what holds against one body.
            models.Index(fields=["organization", "starts_on"], name="participationban_body"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=BanStatus.values, ground__in=BanGround.values),
                name="participationban_status_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")), name="participationban_period_runs_forward"
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["IN_FORCE", "LIFTED"]) | models.Q(decided_by__isnull=False),
                name="participationban_imposed_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
                name="participationban_imposed_by_another",
            ),
            models.UniqueConstraint(
                fields=["organization", "decision_number"],
                condition=~models.Q(status="REFUSED"),
                name="participationban_decision_is_entered_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.get_ground_display()}"

    def get_absolute_url(self) -> str:
        """Where it is shown: the organization's page."""
        return self.organization.get_absolute_url()

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.organization.division
