"""Community enterprises and what they declare to have earned."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from funds.enterprises.lifecycle import DECLARATION, ENTERPRISE, DeclarationStatus, EnterpriseStatus
from governance import lifecycle
from governance.money import YuanField


class LegalForm(models.TextChoices):
    """What an enterprise is in law (Basis: domain.md §4.1)."""

    WHOLLY_OWNED_COMPANY = "WHOLLY_OWNED_COMPANY", _("company wholly owned by the residents' committee")
    CONTROLLED_COMPANY = "CONTROLLED_COMPANY", _("company controlled by the residents' committee")
    VILLAGE_COLLECTIVE = "VILLAGE_COLLECTIVE", _("village collective economic organization")
    SOCIAL_SERVICE_AGENCY = "SOCIAL_SERVICE_AGENCY", _("social service agency (may not distribute profit)")
    COMMITTEE_LETTING = "COMMITTEE_LETTING", _("letting of assets by the committee itself")


COMPANIES = (LegalForm.WHOLLY_OWNED_COMPANY, LegalForm.CONTROLLED_COMPANY)


@pghistory.track()
class CommunityEnterprise(models.Model):
    """A body run at the initiative of a community that gives back part of its gain (社区企业).

    Status moved by `governance.lifecycle`. `reserve` is the statutory reserve at the last audited year end, kept by
    `funds.reinvestment`.
    """

    name = models.CharField(_("name"), max_length=120)
    credit_code = models.CharField(_("credit code"), max_length=18, unique=True, null=True, blank=True)
    legal_form = models.CharField(_("legal form"), max_length=30, choices=LegalForm)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="enterprises", verbose_name=_("community")
    )
    business_lines = models.CharField(_("business lines"), max_length=200)
    registered_capital = YuanField(_("registered capital"), default=0)
    charter_clause = models.TextField(_("charter clause on giving back"), blank=True)
    founded_on = models.DateField(_("founded on"))
    status = models.CharField(
        _("status"), max_length=12, choices=EnterpriseStatus, default=EnterpriseStatus.PLANNED, editable=False
    )
    registered_at = models.DateTimeField(_("registered at"), null=True)
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("community enterprise")
        verbose_name_plural = _("community enterprises")
        triggers: ClassVar = [lifecycle.trigger(ENTERPRISE)]
        indexes: ClassVar = [models.Index(fields=["division", "id"], name="communityenterprise_place")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=EnterpriseStatus.values), name="communityenterprise_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(legal_form=LegalForm.COMMITTEE_LETTING) | models.Q(credit_code__isnull=False),
                name="communityenterprise_has_a_code",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The enterprise's public page."""
        return reverse("funds:enterprise-detail", kwargs={"pk": self.pk})


class EnterpriseRole(models.TextChoices):
    """What a person may do for an enterprise."""

    ACCOUNTANT = "ACCOUNTANT", _("accountant")
    HEAD = "HEAD", _("head")


class EnterpriseAppointment(models.Model):
    """A user's right over one enterprise for a period, half open."""

    enterprise = models.ForeignKey(
        CommunityEnterprise, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("enterprise")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="enterprise_appointments",
        verbose_name=_("user"),
    )
    role = models.CharField(_("role"), max_length=12, choices=EnterpriseRole)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("enterprise appointment")
        verbose_name_plural = _("enterprise appointments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "user", "role"],
                condition=models.Q(valid_to=None),
                name="enterpriseappointment_held_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.enterprise}"


class PeriodKind(models.TextChoices):
    """The length of a declared period. Quarters are provisional, the audited year corrects them."""

    QUARTER = "QUARTER", _("quarter")
    YEAR = "YEAR", _("year")


class ProfitDeclaration(models.Model):
    """What an enterprise earned in a period (盈利申报), in yuan (status moved by `governance.lifecycle`).

    Revenue − cost − tax = net profit, to the fen; a loss is a negative net profit. `revision` counts corrections of
    the same period: the first is 1, a corrected declaration is a new row. Submitted, reviewed, checked and audited by
    four different people.
    """

    enterprise = models.ForeignKey(
        CommunityEnterprise, on_delete=models.PROTECT, related_name="declarations", verbose_name=_("enterprise")
    )
    period_kind = models.CharField(_("period"), max_length=10, choices=PeriodKind)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to, exclusive"))
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    revenue = YuanField(_("revenue"))
    rent = YuanField(_("of it rent"), default=0)
    cost = YuanField(_("cost"))
    tax = YuanField(_("tax"))
    net_profit = YuanField(_("net profit"), signed=True)
    losses_carried = YuanField(_("losses of earlier years"), default=0)
    registered_capital = YuanField(_("registered capital"), default=0)
    reserve_before = YuanField(_("statutory reserve before"), default=0)
    note = models.TextField(_("note"), blank=True)
    audit_opinion = models.TextField(_("audit opinion"), blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=DeclarationStatus, default=DeclarationStatus.DRAFT, editable=False
    )
    declared_at = models.DateTimeField(_("entered at"))
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    checked_at = models.DateTimeField(_("checked at"), null=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    audited_at = models.DateTimeField(_("audited at"), null=True)
    audited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    published_at = models.DateTimeField(_("published at"), null=True)
    locked_at = models.DateTimeField(_("locked at"), null=True)

    class Meta:
        verbose_name = _("profit declaration")
        verbose_name_plural = _("profit declarations")
        triggers: ClassVar = [lifecycle.trigger(DECLARATION)]
        indexes: ClassVar = [
            # The lists of an enterprise and of the desk, newest first.
            models.Index(fields=["enterprise", "-starts_on", "-revision"], name="profitdeclaration_newest"),
            # What the planner looks for every minute: audited lately.
            models.Index(
                fields=["audited_at", "id"],
                condition=models.Q(status__in=["AUDITED", "PUBLISHED", "LOCKED"]),
                name="profitdeclaration_audited",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "period_kind", "starts_on", "revision"],
                name="profitdeclaration_once_per_revision",
            ),
            models.CheckConstraint(
                condition=models.Q(net_profit=models.F("revenue") - models.F("cost") - models.F("tax")),
                name="profitdeclaration_profit_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(rent__lte=models.F("revenue")), name="profitdeclaration_rent_is_revenue"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")), name="profitdeclaration_period_runs_forward"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=DeclarationStatus.values), name="profitdeclaration_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("submitted_by")),
                name="profitdeclaration_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_by=None)
                | (~models.Q(checked_by=models.F("submitted_by")) & ~models.Q(checked_by=models.F("reviewed_by"))),
                name="profitdeclaration_checked_by_a_third",
            ),
            models.CheckConstraint(
                condition=models.Q(audited_by=None)
                | (
                    ~models.Q(audited_by=models.F("submitted_by"))
                    & ~models.Q(audited_by=models.F("reviewed_by"))
                    & ~models.Q(audited_by=models.F("checked_by"))
                ),
                name="profitdeclaration_audited_by_a_fourth",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.starts_on}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.enterprise.division
