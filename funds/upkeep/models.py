"""Interest that the money of a fund has borne, and the management fee that its charity takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.models import DateRange
from communities.territory.models import Division, inside
from funds.charity.models import CommunityFund, in_hands_of
from funds.ledger.models import Journal
from funds.upkeep.lifecycle import UPKEEP, UpkeepStatus
from governance import lifecycle
from governance.money import YuanField, format_yuan

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class UpkeepKind(models.TextChoices):
    """What is entered."""

    INTEREST = "INTEREST", _("bank interest")
    FEE = "FEE", _("management fee")


class UpkeepQuerySet(models.QuerySet["UpkeepEntry"]):
    """Reads over interest and fees."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What was posted is public; the rest is seen by those who handle the fund."""
        public = models.Q(status=UpkeepStatus.POSTED)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | in_hands_of(user))

    def in_division(self, division: Division) -> Self:
        """Interest and fees of the funds of a place and all places below it."""
        return self.filter(inside(division, "fund__division"))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("fund__division", "fund__charity", "journal").order_by("-pk")


class UpkeepEntry(models.Model):
    """Interest or management fee of one fund for whole days (利息、管理费; status moved by `governance.lifecycle`).

    Interest comes in as the bank statement says. The fee is never typed: it is the rate of the fund's agreement on the
    money given in these days, and leaves the free pool. No day of a fund is charged twice.
    """

    fund = models.ForeignKey(CommunityFund, on_delete=models.PROTECT, related_name="upkeep", verbose_name=_("fund"))
    kind = models.CharField(_("kind"), max_length=10, choices=UpkeepKind)
    covers_from = models.DateField(_("covers from"))
    covers_to = models.DateField(_("covers to"))
    base = YuanField(_("money given in these days"), null=True, blank=True, editable=False)
    rate = models.DecimalField(
        _("rate of the agreement"), max_digits=5, decimal_places=4, null=True, blank=True, editable=False
    )
    amount = YuanField(_("amount"))
    reference = models.CharField(_("bank reference"), max_length=80, blank=True)
    posted_on = models.DateField(pgettext_lazy("upkeep", "posted on"), null=True, blank=True, editable=False)
    journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="upkeep",
        verbose_name=_("journal"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=UpkeepStatus, default=UpkeepStatus.ENTERED, editable=False
    )
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
    posted_at = models.DateTimeField(pgettext_lazy("upkeep", "posted at"), null=True, blank=True, editable=False)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=pgettext_lazy("upkeep", "posted by"),
    )

    objects = UpkeepQuerySet.as_manager()

    class Meta:
        verbose_name = _("interest or management fee")
        verbose_name_plural = _("interest and management fees")
        triggers: ClassVar = [lifecycle.trigger(UPKEEP)]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=UpkeepKind.values, status__in=UpkeepStatus.values),
                name="upkeepentry_kinds_are_known",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="upkeepentry_amount_is_positive"),
            models.CheckConstraint(
                condition=models.Q(covers_to__gte=models.F("covers_from")), name="upkeepentry_runs_forward"
            ),
            models.CheckConstraint(
                condition=(~models.Q(kind="INTEREST") | models.Q(base=None, rate=None))
                & (
                    ~models.Q(kind="FEE")
                    | models.Q(base__isnull=False, rate__gt=0, amount__lte=models.F("base") * models.F("rate"))
                ),
                name="upkeepentry_fee_is_computed",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="FEE") | ~models.Q(reference=""), name="upkeepentry_interest_has_its_slip"
            ),
            models.CheckConstraint(
                condition=models.Q(posted_by=None) | ~models.Q(posted_by=models.F("entered_by")),
                name="upkeepentry_two_persons",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="POSTED") | models.Q(journal__isnull=False, posted_on__isnull=False),
                name="upkeepentry_posted_has_its_voucher",
            ),
            ExclusionConstraint(
                name="upkeepentry_no_day_twice",
                expressions=[
                    ("fund", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (
                        DateRange(
                            "covers_from", "covers_to", RangeBoundary(inclusive_lower=True, inclusive_upper=True)
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=~models.Q(status="WITHDRAWN"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund.short_name}: {self.get_kind_display()} {format_yuan(self.amount)}"

    @property
    def percent(self) -> str:
        """The rate of a fee in percent, without idle zeros."""
        return f"{(self.rate * 100).normalize():f}" if self.rate is not None else ""

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.fund.division

    @property
    def charity_id(self) -> int | None:
        """The charity that hosts the fund."""
        return self.fund.charity_id
