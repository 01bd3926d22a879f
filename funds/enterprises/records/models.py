"""What an enterprise has taken in and spent, line by line and month by month, each with its paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment
from communities.people.queries import within
from communities.territory.models import Division, inside
from funds.enterprises.models import CommunityEnterprise, own
from funds.enterprises.related import RelatedParty, explained
from funds.enterprises.walls import never_deleted, stays
from governance.money import YuanField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class RecordKind(models.TextChoices):
    """What a record adds to."""

    REVENUE = "REVENUE", _("revenue")
    COST = "COST", _("cost")
    TAX = "TAX", _("tax")


class BusinessLine(models.TextChoices):
    """The lines of business of community enterprises (Basis: report S0)."""

    PROPERTY = "PROPERTY", _("property management of old compounds")
    MARKET = "MARKET", _("farmers' market")
    HOUSEKEEPING = "HOUSEKEEPING", _("housekeeping")
    ELDERLY_CARE = "ELDERLY_CARE", _("elderly care")
    CHILD_CARE = "CHILD_CARE", _("child care")
    CANTEEN = "CANTEEN", _("community canteen")
    CULTURE = "CULTURE", _("culture, sports and training")
    SITE_RENTAL = "SITE_RENTAL", _("letting of sites")
    OTHER = "OTHER", pgettext_lazy("business line", "other")


class EvidenceKind(models.TextChoices):
    """What proves a record."""

    CONTRACT = "CONTRACT", pgettext_lazy("evidence", "contract")
    INVOICE = "INVOICE", _("invoice")
    BANK_SLIP = "BANK_SLIP", _("bank slip")
    PAYROLL = "PAYROLL", _("payroll")
    OTHER = "OTHER", pgettext_lazy("evidence", "other paper")


FIXED = (
    "enterprise_id",
    "kind",
    "line",
    "month",
    "amount",
    "description",
    "party",
    "evidence_kind",
    "evidence_number",
    "is_related",
)
"""What nobody changes of a record."""


class RecordQuerySet(models.QuerySet["BusinessRecord"]):
    """Reads over records."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Records for those who oversee the place or act for the enterprise."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(within(user, division="enterprise__division") | models.Q(enterprise__in=own(user)))

    def in_division(self, division: Division) -> Self:
        """Records of a place and all places below it."""
        return self.filter(inside(division, "enterprise__division"))

    def standing(self) -> Self:
        """Records that were not taken back."""
        return self.filter(voided_at=None)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("enterprise__division").prefetch_related("evidence").order_by("-pk")


class BusinessRecord(RelatedParty):
    """One entry of revenue, cost or tax of a month, in yuan, with the paper that proves it.

    Never changed: a wrong one is taken back with its reason and entered anew, so that what a declaration rested on can
    be followed. The rent of lettings is not entered here; it follows from their charges.
    """

    enterprise = models.ForeignKey(
        CommunityEnterprise,
        on_delete=models.PROTECT,
        related_name="records",
        db_index=False,
        verbose_name=_("enterprise"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=RecordKind)
    line = models.CharField(_("business line"), max_length=15, choices=BusinessLine)
    month = models.DateField(_("month"))
    amount = YuanField(_("amount"))
    description = models.CharField(_("what for"), max_length=200)
    party = models.CharField(_("other side"), max_length=120, blank=True)
    evidence_kind = models.CharField(_("kind of evidence"), max_length=10, choices=EvidenceKind)
    evidence_number = models.CharField(_("number of the evidence"), max_length=80)
    evidence = models.ManyToManyField(Attachment, blank=True, related_name="+", verbose_name=_("evidence files"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    voided_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("taken back by"),
    )
    void_reason = models.CharField(_("why it was taken back"), max_length=200, blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("business record")
        verbose_name_plural = _("business records")
        triggers: ClassVar = [
            stays("businessrecord", FIXED, final="OLD.voided_at IS NOT NULL"),
            never_deleted("businessrecord"),
        ]
        indexes: ClassVar = [
            # The sums of an enterprise's months, and its newest records.
            models.Index(fields=["enterprise", "month", "kind", "line"], name="businessrecord_months"),
            models.Index(fields=["enterprise", "-id"], name="businessrecord_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=RecordKind.values), name="businessrecord_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(line__in=BusinessLine.values), name="businessrecord_line_is_known"
            ),
            models.CheckConstraint(condition=models.Q(month__day=1), name="businessrecord_month_is_whole"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="businessrecord_is_positive"),
            models.CheckConstraint(
                condition=~models.Q(evidence_number=""), name="businessrecord_evidence_has_a_number"
            ),
            models.CheckConstraint(
                condition=models.Q(voided_at=None, voided_by=None, void_reason="")
                | (models.Q(voided_at__isnull=False, voided_by__isnull=False) & ~models.Q(void_reason="")),
                name="businessrecord_void_has_a_reason",
            ),
            explained("businessrecord"),
            models.UniqueConstraint(
                fields=["enterprise", "kind", "line", "month", "evidence_number"],
                condition=models.Q(voided_at=None),
                name="businessrecord_once_a_paper",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.get_line_display()} {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        """The books that the record stands in."""
        return reverse("funds:enterprise-books", kwargs={"pk": self.enterprise_id})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.enterprise.division
