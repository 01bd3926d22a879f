"""Public money for funds, budget line by budget line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.models import Division, inside
from funds.charity.models import CommunityFund, in_hands_of
from funds.ledger.models import Journal
from funds.support.lifecycle import APPROPRIATION, AppropriationStatus
from governance import lifecycle
from governance.money import YuanField, format_yuan

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class FundingSource(models.TextChoices):
    """The budget line that public money comes from (report S1)."""

    WELFARE_LOTTERY = "WELFARE_LOTTERY", _("welfare lottery fund")
    FISCAL = "FISCAL", _("fiscal funds")
    COMMUNITY_WELFARE = "COMMUNITY_WELFARE", _("community public-welfare money")


class AppropriationQuerySet(models.QuerySet["Appropriation"]):
    """Reads over appropriations."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What was received is public; the rest is seen by those who handle the fund."""
        public = models.Q(status=AppropriationStatus.RECEIVED)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | in_hands_of(user))

    def in_division(self, division: Division) -> Self:
        """Appropriations to the funds of a place and all places below it."""
        return self.filter(inside(division, "fund__division"))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("fund__division", "fund__charity", "journal").order_by("-pk")


class Appropriation(models.Model):
    """Public money that a budget line gives to a fund (拨款; status moved by `governance.lifecycle`).

    Planned by one person from the document that grants it; another confirms that the money has come, which posts it from
    the line's own source account.
    """

    fund = models.ForeignKey(
        CommunityFund, on_delete=models.PROTECT, related_name="appropriations", verbose_name=_("fund")
    )
    source = models.CharField(_("budget line"), max_length=20, choices=FundingSource)
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    document_number = models.CharField(_("document number"), max_length=60)
    amount = YuanField(_("amount"))
    restricted_to = models.CharField(_("restricted to"), max_length=200, blank=True)
    received_on = models.DateField(_("received on"), null=True, blank=True, editable=False)
    journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="appropriation",
        verbose_name=_("journal"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=AppropriationStatus, default=AppropriationStatus.PLANNED, editable=False
    )
    planned_at = models.DateTimeField(_("planned at"))
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=pgettext_lazy("appropriation", "planned by"),
    )
    received_at = models.DateTimeField(_("receipt confirmed at"), null=True, blank=True, editable=False)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("received by"),
    )

    objects = AppropriationQuerySet.as_manager()

    class Meta:
        verbose_name = _("appropriation")
        verbose_name_plural = _("appropriations")
        triggers: ClassVar = [lifecycle.trigger(APPROPRIATION)]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["fund", "source", "document_number", "restricted_to"],
                condition=~models.Q(status="CANCELLED"),
                name="appropriation_document_is_entered_once",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="appropriation_amount_is_positive"),
            models.CheckConstraint(
                condition=models.Q(source__in=FundingSource.values, status__in=AppropriationStatus.values),
                name="appropriation_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(received_by=None) | ~models.Q(received_by=models.F("planned_by")),
                name="appropriation_two_persons",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="RECEIVED") | models.Q(journal__isnull=False),
                name="appropriation_received_is_posted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_number} {format_yuan(self.amount)}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.fund.division

    @property
    def charity_id(self) -> int | None:
        """The charity that hosts the fund."""
        return self.fund.charity_id
