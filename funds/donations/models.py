"""Donations to community funds."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from communities.territory.models import Division
from funds.charity.models import CommunityFund, HostCharity, own_charities, own_seats
from funds.donations.lifecycle import DONATION, DonationStatus
from funds.ledger.models import Journal
from governance import lifecycle
from governance.money import YuanField, format_yuan

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class DonorKind(models.TextChoices):
    """Who gives."""

    PERSON = "PERSON", _("person")
    UNIT = "UNIT", _("organization")


class DonationChannel(models.TextChoices):
    """How the money comes."""

    CASH = "CASH", _("cash")
    BANK = "BANK", _("bank transfer")
    PLATFORM = "PLATFORM", _("online platform")


class DonationQuerySet(models.QuerySet["Donation"]):
    """Reads over donations."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Donations that this person may see: everybody published ones, those who handle the fund all of it."""
        public = models.Q(status=DonationStatus.PUBLISHED)
        if not user.is_authenticated:
            return self.filter(public)
        handled = models.Q(charity__in=own_charities(user)) | models.Q(fund__committee__in=own_seats(user))
        return self.filter(public | within(user, division="fund__division") | handled)

    def in_division(self, division: Division) -> Self:
        """Donations to the funds of a place and all places below it."""
        return self.filter(fund__division__path__startswith=division.path)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("fund__division", "journal").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related("fund__division", "journal", "charity")


class Donation(models.Model):
    """A plain donation of money to a fund, with the donor's consent to being named (status by the lifecycle).

    Recorded by one person, its receipt confirmed by another, who posts the journal. `charity` repeats the fund's,
    whose receipt numbers it must not use twice.
    """

    fund = models.ForeignKey(CommunityFund, on_delete=models.PROTECT, related_name="donations", verbose_name=_("fund"))
    charity = models.ForeignKey(
        HostCharity, on_delete=models.PROTECT, related_name="donations", verbose_name=_("charity"), editable=False
    )
    donor_kind = models.CharField(_("donor is a"), max_length=10, choices=DonorKind)
    donor_name = models.CharField(_("donor"), max_length=100, blank=True)
    is_name_public = models.BooleanField(_("name may be published"), default=False)
    channel = models.CharField(_("channel"), max_length=10, choices=DonationChannel)
    amount = YuanField(_("amount"))
    restricted_to = models.CharField(_("restricted to"), max_length=200, blank=True)
    reference = models.CharField(_("bank or platform reference"), max_length=80)
    received_on = models.DateField(_("received on"), null=True, blank=True)
    receipt_number = models.CharField(_("receipt number"), max_length=40, blank=True)
    is_receipt_waived = models.BooleanField(_("receipt waived"), default=False)
    receipt_note = models.CharField(_("why the receipt is waived"), max_length=200, blank=True)
    journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="donation",
        verbose_name=_("journal"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=DonationStatus, default=DonationStatus.PLEDGED, editable=False
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
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
    receipted_at = models.DateTimeField(_("receipt issued at"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)

    objects = DonationQuerySet.as_manager()

    class Meta:
        verbose_name = _("donation")
        verbose_name_plural = _("donations")
        triggers: ClassVar = [lifecycle.trigger(DONATION)]
        indexes: ClassVar = [models.Index(fields=["fund", "-id"], name="donation_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fund", "channel", "reference"], name="donation_reference_is_unique"),
            models.UniqueConstraint(
                fields=["charity", "receipt_number"],
                condition=~models.Q(receipt_number=""),
                name="donation_receipt_number_is_unique",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["RECEIPTED", "PUBLISHED"])
                | (~models.Q(receipt_number="") & models.Q(is_receipt_waived=False, receipt_note=""))
                | (~models.Q(receipt_note="") & models.Q(is_receipt_waived=True, receipt_number="")),
                name="donation_receipt_is_numbered_or_waived",
            ),
            models.CheckConstraint(
                condition=models.Q(donor_kind__in=DonorKind.values, channel__in=DonationChannel.values),
                name="donation_kinds_are_known",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="donation_amount_is_positive"),
            models.CheckConstraint(
                condition=models.Q(status__in=DonationStatus.values), name="donation_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(received_by=None) | ~models.Q(received_by=models.F("recorded_by")),
                name="donation_two_persons",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["PLEDGED", "WITHDRAWN"]) | models.Q(journal__isnull=False),
                name="donation_received_is_posted",
            ),
        ]

    def __str__(self) -> str:
        return f"{format_yuan(self.amount)} · {self.fund}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.fund.division

    @property
    def public_donor_name(self) -> str:
        """The donor as everybody may know them: by name only with consent (Basis: Charity Law art. 42)."""
        if self.is_name_public and self.donor_name:
            return self.donor_name
        return str(_("a donor who is not named"))
