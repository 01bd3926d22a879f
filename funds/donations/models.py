"""Donations of money and goods, the changes of their use, and the stations at which they are handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment
from communities.people.queries import within
from communities.territory.models import Division, inside
from funds.appeals.models import Appeal
from funds.charity.models import CommunityFund, DonationStation, HostCharity, own_charities, own_seats
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
    GOODS = "GOODS", _("goods")


class Interest(models.TextChoices):
    """What ties a donor to the beneficiary they name."""

    NONE = "NONE", _("none")
    SELF = "SELF", _("the donor")
    RELATIVE = "RELATIVE", _("a relative")
    PARTNER = "PARTNER", _("an employee, shareholder or business partner")


class RefundGround(models.TextChoices):
    """Why a donation may go back at all."""

    ERROR = "ERROR", _("recorded or paid in error")
    ILLEGAL = "ILLEGAL", _("against the law")


class DonationQuerySet(models.QuerySet["Donation"]):
    """Reads over donations."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Donations that this person may see: everybody published ones, those who handle the fund all of it."""
        public = models.Q(status=DonationStatus.PUBLISHED)
        if not user.is_authenticated:
            return self.filter(public)
        own = models.Q(donor=user) | models.Q(charity__in=own_charities(user))
        handled = own | models.Q(fund__committee__in=own_seats(user))
        return self.filter(public | within(user, division="fund__division") | handled)

    def in_division(self, division: Division) -> Self:
        """Donations to the funds of a place and all places below it."""
        return self.filter(inside(division, "fund__division"))

    def arrived(self) -> Self:
        """Donations that were received and not given back."""
        return self.filter(status__in=ARRIVED)

    def of_money(self) -> Self:
        """Donations that moved money."""
        return self.exclude(channel=DonationChannel.GOODS)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("fund__division", "journal", "summary_journal").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        joined = self.select_related("fund__division", "journal", "summary_journal", "charity", "appeal", "station")
        return joined.prefetch_related(models.Prefetch("goods", GoodsLine.objects.order_by("number")))


ARRIVED = (DonationStatus.RECEIVED, DonationStatus.RECEIPTED, DonationStatus.PUBLISHED)
"""States in which the donation is there."""


class Donation(models.Model):
    """A donation of money or goods to a fund, with the donor's consent to being named (status by the lifecycle).

    Recorded by one person, its receipt confirmed by another, who posts the journal; goods move no money, their value
    stands in `amount` and their lines in `goods`. What a platform's file brings is posted by a `summary_journal` for many.
    `charity` repeats the fund's, whose receipt numbers it must not use twice.
    """

    fund = models.ForeignKey(CommunityFund, on_delete=models.PROTECT, related_name="donations", verbose_name=_("fund"))
    charity = models.ForeignKey(
        HostCharity, on_delete=models.PROTECT, related_name="donations", verbose_name=_("charity"), editable=False
    )
    appeal = models.ForeignKey(
        Appeal, on_delete=models.PROTECT, null=True, blank=True, related_name="donations", verbose_name=_("appeal")
    )
    station = models.ForeignKey(
        DonationStation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="donations",
        verbose_name=_("donation station"),
    )
    donor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="donations",
        verbose_name=_("donor's log-in"),
    )
    donor_kind = models.CharField(_("donor is a"), max_length=10, choices=DonorKind)
    donor_name = models.CharField(_("donor"), max_length=100, blank=True)
    is_name_public = models.BooleanField(_("name may be published"), default=False)
    channel = models.CharField(_("channel"), max_length=10, choices=DonationChannel)
    amount = YuanField(_("amount"))
    restricted_to = models.CharField(_("restricted to"), max_length=200, blank=True)
    beneficiary = models.CharField(_("beneficiary named by the donor"), max_length=100, blank=True)
    interest = models.CharField(_("the donor's tie to the beneficiary"), max_length=10, choices=Interest, blank=True)
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
    summary_journal = models.ForeignKey(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="donations",
        verbose_name=_("summary voucher"),
    )
    certificate_code = models.CharField(_("code of the certificate"), max_length=32, blank=True, editable=False)
    certified_at = models.DateTimeField(_("certificate issued at"), null=True, blank=True, editable=False)
    refund_ground = models.CharField(
        _("ground of the refund"), max_length=10, choices=RefundGround, blank=True, editable=False
    )
    refund_reason = models.CharField(_("reason of the refund"), max_length=200, blank=True, editable=False)
    refund_proposed_at = models.DateTimeField(_("refund proposed at"), null=True, blank=True, editable=False)
    refund_proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("refund proposed by"),
    )
    refunded_at = models.DateTimeField(_("refunded at"), null=True, blank=True, editable=False)
    refunded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("refunded by"),
    )
    refund_journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="refunded_donation",
        verbose_name=_("journal of the refund"),
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
        triggers: ClassVar = [
            lifecycle.trigger(DONATION),
            pgtrigger.Trigger(
                name="goods_add_up",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status", "amount"),
                condition=pgtrigger.Q(new__channel="GOODS") & ~pgtrigger.Q(new__status__in=["PLEDGED", "WITHDRAWN"]),
                func="""
                    IF NEW.amount IS DISTINCT FROM (
                        SELECT sum(value) FROM funds_goodsline WHERE donation_id = NEW.id
                    ) THEN
                        RAISE EXCEPTION 'The value of the goods is the sum of their lines'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'donation_goods_add_up';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["fund", "-id"], name="donation_newest"),
            # The donors' wall, newest first; a list of a fund counts what arrived.
            models.Index(
                fields=["fund", "-id"],
                condition=models.Q(status="PUBLISHED", is_name_public=True),
                name="donation_on_the_wall",
            ),
            models.Index(fields=["appeal"], condition=models.Q(appeal__isnull=False), name="donation_appeal"),
            models.Index(fields=["donor", "-id"], condition=models.Q(donor__isnull=False), name="donation_own"),
            models.Index(
                fields=["summary_journal"], condition=models.Q(summary_journal__isnull=False), name="donation_summary"
            ),
        ]
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
                condition=models.Q(
                    donor_kind__in=DonorKind.values,
                    channel__in=DonationChannel.values,
                    interest__in=["", *Interest.values],
                    refund_ground__in=["", *RefundGround.values],
                ),
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
                condition=models.Q(status__in=["PLEDGED", "WITHDRAWN"])
                | models.Q(channel="GOODS")
                | models.Q(journal__isnull=False, summary_journal=None)
                | models.Q(journal=None, summary_journal__isnull=False),
                name="donation_received_is_posted",
            ),
            models.CheckConstraint(
                condition=~models.Q(channel="GOODS")
                | models.Q(journal=None, summary_journal=None, refund_journal=None),
                name="donation_goods_move_no_money",
            ),
            models.CheckConstraint(
                condition=models.Q(is_name_public=False) | ~models.Q(donor_name=""),
                name="donation_public_name_is_there",
            ),
            models.CheckConstraint(
                condition=models.Q(beneficiary="") | models.Q(interest="NONE"),
                name="donation_beneficiary_is_no_interested_party",
            ),
            models.CheckConstraint(
                condition=models.Q(beneficiary="") | ~models.Q(beneficiary=models.F("donor_name")),
                name="donation_beneficiary_is_not_the_donor",
            ),
            models.UniqueConstraint(
                fields=["certificate_code"],
                condition=~models.Q(certificate_code=""),
                name="donation_certificate_code_is_unique",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="REFUNDED")
                | (
                    ~models.Q(refund_ground="")
                    & ~models.Q(refund_reason="")
                    & models.Q(refund_proposed_by__isnull=False, refunded_by__isnull=False)
                    & (models.Q(channel="GOODS") | models.Q(refund_journal__isnull=False))
                ),
                name="donation_refund_has_its_ground",
            ),
            models.CheckConstraint(
                condition=models.Q(refunded_by=None) | ~models.Q(refunded_by=models.F("refund_proposed_by")),
                name="donation_refund_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{format_yuan(self.amount)} · {self.fund}"

    def get_absolute_url(self) -> str:
        """The donation's page, as far as it is open."""
        return reverse("funds:donation-detail", kwargs={"pk": self.pk})

    @property
    def voucher(self) -> Journal | None:
        """The journal that has posted the money, its own or a summary."""
        return self.journal or self.summary_journal

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


class Valuation(models.TextChoices):
    """How the value of goods is known (Basis: Accounting System for Non-profit Organizations art. 16)."""

    INVOICE = "INVOICE", _("the donor's invoice")
    MARKET = "MARKET", _("market price")
    APPRAISAL = "APPRAISAL", _("appraisal")


class GoodsLine(models.Model):
    """One kind of goods of a donation: how much, worth what, and how that is known; fixed once they are received."""

    donation = models.ForeignKey(Donation, on_delete=models.PROTECT, related_name="goods", verbose_name=_("donation"))
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("goods"), max_length=100)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3)
    measure = models.CharField(_("unit of measure"), max_length=20)
    value = YuanField(pgettext_lazy("goods", "value"))
    valuation = models.CharField(_("basis of valuation"), max_length=10, choices=Valuation)
    note = models.CharField(_("evidence"), max_length=200)

    class Meta:
        verbose_name = _("goods")
        verbose_name_plural = _("goods")
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="fixed_when_received",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM funds_donation
                        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.donation_id ELSE NEW.donation_id END
                            AND (status <> 'PLEDGED' OR channel <> 'GOODS')
                    ) THEN
                        RAISE EXCEPTION 'Goods that were received stay as they are'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'goodsline_fixed_when_received';
                    END IF;
                    IF TG_OP = 'DELETE' THEN
                        RETURN OLD;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["donation", "number"], name="goodsline_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, value__gt=0), name="goodsline_is_worth_something"
            ),
            models.CheckConstraint(
                condition=models.Q(valuation__in=Valuation.values), name="goodsline_valuation_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.quantity.normalize():f} {self.measure}"


class PurposeChangeQuerySet(models.QuerySet["PurposeChange"]):
    """Reads over changes of use."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Changes of the donations whose files this person handles, or of their own."""
        if not user.is_authenticated:
            return self.none()
        own = models.Q(donation__donor=user) | models.Q(donation__charity__in=own_charities(user))
        seats = models.Q(donation__fund__committee__in=own_seats(user))
        return self.filter(within(user, division="donation__fund__division") | own | seats)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("donation__fund__division", "journal").order_by("-pk")


class PurposeChange(models.Model):
    """A change of the use that was agreed with the donor, with the donor's recorded consent.

    Entered by one officer, confirmed by another, who moves the money from pool to pool (Basis: Charity Law art. 56).
    """

    donation = models.ForeignKey(
        Donation, on_delete=models.PROTECT, related_name="purpose_changes", verbose_name=_("donation")
    )
    old_purpose = models.CharField(_("agreed use"), max_length=200, editable=False)
    new_purpose = models.CharField(_("new use"), max_length=200, blank=True)
    consent = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, related_name="+", verbose_name=_("the donor's consent")
    )
    consented_on = models.DateField(_("consented on"))
    proposed_at = models.DateTimeField(_("entered at"), editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("confirmed by"),
    )
    journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="purpose_change",
        verbose_name=_("journal"),
    )

    objects = PurposeChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of use")
        verbose_name_plural = _("changes of use")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["donation"], condition=models.Q(confirmed_at=None), name="purposechange_one_waits"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("proposed_by")),
                name="purposechange_two_persons",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None, confirmed_by=None, journal=None)
                | models.Q(confirmed_at__isnull=False, confirmed_by__isnull=False, journal__isnull=False),
                name="purposechange_confirmed_is_posted",
            ),
            models.CheckConstraint(
                condition=~models.Q(old_purpose=models.F("new_purpose")), name="purposechange_changes_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_purpose or '-'} → {self.new_purpose or '-'}"

    @property
    def fund(self) -> CommunityFund:
        """The fund of the donation."""
        return self.donation.fund

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.donation.fund.division

    @property
    def charity_id(self) -> int:
        """The key of the charity whose officers handle it."""
        return self.donation.charity_id
