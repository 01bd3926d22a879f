"""Host charities, the community funds in their care, donations."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import Body
from communities.territory.models import Division
from funds.charity.lifecycle import DONATION, FUND, DonationStatus, FundStatus
from funds.ledger.models import Book, Journal
from governance import lifecycle
from governance.money import YuanField


@pghistory.track()
class HostCharity(models.Model):
    """A charity in whose account the money of community funds lies (慈善会)."""

    name = models.CharField(_("name"), max_length=120)
    credit_code = models.CharField(_("credit code"), max_length=18, unique=True)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="charities", verbose_name=_("division")
    )
    has_public_fundraising = models.BooleanField(_("may appeal to the public"), default=False)
    fundraising_valid_to = models.DateField(_("public fundraising until"), null=True, blank=True)
    contact = models.CharField(_("contact"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("host charity")
        verbose_name_plural = _("host charities")

    def __str__(self) -> str:
        return self.name


class CharityAppointment(models.Model):
    """A user's right to act for a charity (慈善会经办人) for a period, half open."""

    charity = models.ForeignKey(
        HostCharity, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("charity")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="charity_appointments", verbose_name=_("user")
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("charity appointment")
        verbose_name_plural = _("charity appointments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["charity", "user"], condition=models.Q(valid_to=None), name="charityappointment_held_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.charity}"


class FundKind(models.TextChoices):
    """Whether the capital may be spent."""

    SPEND_DOWN = "SPEND_DOWN", _("spend-down")
    ENDOWED = "ENDOWED", _("endowed")


@pghistory.track()
class CommunityFund(models.Model):
    """A named sub-account of a host charity for one community or street (社区基金); no legal person, no own account.

    Its money is the book. Status moved by `governance.lifecycle`; applied for by
    `funds.charity.operations.apply_for_fund`.
    """

    name = models.CharField(_("name"), max_length=120, unique=True)
    short_name = models.CharField(_("short name"), max_length=60)
    charity = models.ForeignKey(HostCharity, on_delete=models.PROTECT, related_name="funds", verbose_name=_("charity"))
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="funds", verbose_name=_("division"))
    purpose = models.TextField(_("purpose"))
    kind = models.CharField(_("kind"), max_length=20, choices=FundKind, default=FundKind.SPEND_DOWN)
    book = models.OneToOneField(Book, on_delete=models.PROTECT, related_name="fund", verbose_name=_("book"))
    committee = models.OneToOneField(
        Body, on_delete=models.PROTECT, null=True, blank=True, related_name="fund", verbose_name=_("committee")
    )
    committee_minimum = models.PositiveSmallIntegerField(_("smallest committee"), default=5)
    agreement_number = models.CharField(_("agreement number"), max_length=60, blank=True)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=FundStatus, default=FundStatus.APPLIED, editable=False
    )
    applied_at = models.DateTimeField(_("applied at"))
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True, editable=False)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True, editable=False)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("community fund")
        verbose_name_plural = _("community funds")
        triggers: ClassVar = [lifecycle.trigger(FUND)]
        indexes: ClassVar = [models.Index(fields=["division", "status"], name="communityfund_place")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=FundStatus.values), name="communityfund_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(agreed_by=None) | ~models.Q(agreed_by=models.F("applied_by")),
                name="communityfund_agreed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(activated_by=None)
                | (~models.Q(activated_by=models.F("applied_by")) & ~models.Q(activated_by=models.F("agreed_by"))),
                name="communityfund_opened_by_a_third",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The fund's public account page."""
        return reverse("funds:fund-detail", kwargs={"pk": self.pk})


class DonorKind(models.TextChoices):
    """Who gives."""

    PERSON = "PERSON", _("person")
    UNIT = "UNIT", _("organization")


class DonationChannel(models.TextChoices):
    """How the money comes."""

    CASH = "CASH", _("cash")
    BANK = "BANK", _("bank transfer")
    PLATFORM = "PLATFORM", _("online platform")


class Donation(models.Model):
    """A plain donation of money to a fund, with the donor's consent to being named (status by the lifecycle).

    Recorded by one person, its receipt confirmed by another, who posts the journal.
    """

    fund = models.ForeignKey(CommunityFund, on_delete=models.PROTECT, related_name="donations", verbose_name=_("fund"))
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
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(_("receipt confirmed at"), null=True, blank=True, editable=False)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    receipted_at = models.DateTimeField(_("receipt issued at"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("donation")
        verbose_name_plural = _("donations")
        triggers: ClassVar = [lifecycle.trigger(DONATION)]
        indexes: ClassVar = [models.Index(fields=["fund", "-id"], name="donation_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fund", "channel", "reference"], name="donation_reference_is_unique"),
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
        return f"{self.amount} · {self.fund}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.fund.division
