"""What stands beside a request: the offers it compares, emergency relief granted for it, money that payees give back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import BodyMembership
from communities.notices.models import Attachment
from communities.territory.models import Division
from funds.charity.models import CommunityFund, in_hands_of
from funds.ledger.models import Journal
from funds.spending.lifecycle import EMERGENCY_RELIEF, REFUND, RefundStatus, ReliefStatus
from funds.spending.models import Payment, SpendingRequest
from funds.spending.votes import FundResolution
from funds.spending.walls import (
    FIXED_WITH_THE_REQUEST,
    RATIFIED_BY_RESOLUTION,
    REFUND_INTO_ITS_POOL,
    REFUND_WITHIN_PAYMENT,
    RELIEF_OF_ITS_REQUEST,
)
from governance import lifecycle
from governance.money import YuanField, format_yuan
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class Quote(models.Model):
    """One offer (报价) for what a request asks: who offers it for how much, with its file; one of them is chosen."""

    request = models.ForeignKey(
        SpendingRequest, on_delete=models.PROTECT, related_name="quotes", verbose_name=_("request")
    )
    supplier = models.CharField(_("supplier"), max_length=120)
    organization = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organization"),
    )
    amount = YuanField(_("price"))
    file = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+", verbose_name=_("file"))
    is_chosen = models.BooleanField(_("chosen"), default=False)
    choice_reason = models.CharField(_("why this one"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        ordering: ClassVar = ["amount", "pk"]
        triggers: ClassVar = [FIXED_WITH_THE_REQUEST]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "supplier"], name="quote_one_a_supplier"),
            models.UniqueConstraint(fields=["request", "file"], name="quote_one_a_file"),
            models.UniqueConstraint(fields=["request"], condition=models.Q(is_chosen=True), name="quote_one_is_chosen"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="quote_amount_is_positive"),
            models.CheckConstraint(condition=~models.Q(supplier=""), name="quote_has_a_supplier"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} {format_yuan(self.amount)}"


class ReliefQuerySet(models.QuerySet["EmergencyRelief"]):
    """Reads over emergency relief."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What the committee has judged is public without the household; all of it is seen by who handles the fund."""
        public = models.Q(status__in=[ReliefStatus.RATIFIED, ReliefStatus.REFUSED])
        return (
            self.filter(public | in_hands_of(user, "request__fund__")) if user.is_authenticated else self.filter(public)
        )

    def handled_by(self, user: User) -> Self:
        """Relief of funds of the places, charities and committees of this person."""
        return self.filter(in_hands_of(user, "request__fund__"))

    def open(self) -> Self:
        """Relief that the committee has not judged yet."""
        return self.filter(status__in=[ReliefStatus.AWAITING, ReliefStatus.OVERDUE])

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related(
            "request__fund__division", "first_member", "second_member", "supervisor", "resolution"
        ).order_by("-pk")


class EmergencyRelief(models.Model):
    """Relief that is paid before the committee has met (status moved by `governance.lifecycle`).

    Two members and a supervisor agree, under a cap for one household. The committee ratifies it until `due_on`; what it
    has not judged by then is marked, and nothing more is paid of it.
    """

    request = models.OneToOneField(
        SpendingRequest, on_delete=models.PROTECT, related_name="relief", verbose_name=_("request")
    )
    household = models.CharField(_("household"), max_length=100)
    urgency = models.TextField(_("why it cannot wait"))
    amount = YuanField(_("amount"))
    cap = YuanField(_("cap on that day"))
    first_member = models.ForeignKey(
        BodyMembership, on_delete=models.PROTECT, related_name="+", verbose_name=_("first member")
    )
    second_member = models.ForeignKey(
        BodyMembership, on_delete=models.PROTECT, related_name="+", verbose_name=_("second member")
    )
    supervisor = models.ForeignKey(
        BodyMembership, on_delete=models.PROTECT, related_name="+", verbose_name=_("supervisor")
    )
    supervisor_opinion = models.TextField(_("opinion of the supervisor"))
    due_on = models.DateField(_("to be ratified by"))
    status = models.CharField(
        _("status"), max_length=10, choices=ReliefStatus, default=ReliefStatus.AWAITING, editable=False
    )
    resolution = models.OneToOneField(
        FundResolution,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="relief",
        verbose_name=_("resolution"),
    )
    granted_at = models.DateTimeField(_("granted at"), editable=False)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("recorded by"),
    )
    judged_at = models.DateTimeField(_("judged at"), null=True, blank=True, editable=False)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("judgement recorded by"),
    )
    escalated_at = models.DateTimeField(_("marked as overdue at"), null=True, blank=True, editable=False)

    objects = ReliefQuerySet.as_manager()

    class Meta:
        verbose_name = _("emergency relief")
        verbose_name_plural = _("emergency relief")
        triggers: ClassVar = [
            lifecycle.trigger(EMERGENCY_RELIEF),
            RELIEF_OF_ITS_REQUEST,
            RATIFIED_BY_RESOLUTION,
            pgtrigger.Protect(
                name="granted_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.request_id, OLD.household, OLD.amount, OLD.cap, OLD.first_member_id, OLD.second_member_id, "
                    "OLD.supervisor_id, OLD.due_on) IS DISTINCT FROM (NEW.request_id, NEW.household, NEW.amount, "
                    "NEW.cap, NEW.first_member_id, NEW.second_member_id, NEW.supervisor_id, NEW.due_on))"
                ),
            ),
        ]
        indexes: ClassVar = [
            # What the clock marks.
            models.Index(fields=["due_on"], condition=models.Q(status="AWAITING"), name="emergencyrelief_due"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ReliefStatus.values), name="emergencyrelief_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, amount__lte=models.F("cap")), name="emergencyrelief_within_its_cap"
            ),
            models.CheckConstraint(
                condition=~models.Q(first_member=models.F("second_member"))
                & ~models.Q(supervisor=models.F("first_member"))
                & ~models.Q(supervisor=models.F("second_member")),
                name="emergencyrelief_three_people",
            ),
            models.CheckConstraint(
                condition=~models.Q(household="") & ~models.Q(urgency="") & ~models.Q(supervisor_opinion=""),
                name="emergencyrelief_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(judged_by=None) | ~models.Q(judged_by=models.F("granted_by")),
                name="emergencyrelief_judged_by_another",
            ),
        ]

    def __str__(self) -> str:
        return str(self.request)

    def get_absolute_url(self) -> str:
        """The page of the request."""
        return self.request.get_absolute_url()

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.request.fund.division

    @property
    def fund(self) -> CommunityFund:
        """The fund that pays it."""
        return self.request.fund


class RefundQuerySet(models.QuerySet["Refund"]):
    """Reads over refunds."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What is in the fund again is public; the rest is seen by who handles the fund."""
        public = models.Q(status=RefundStatus.POSTED)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | in_hands_of(user, "payment__request__fund__"))

    def handled_by(self, user: User) -> Self:
        """Refunds to funds of the places, charities and committees of this person."""
        return self.filter(in_hands_of(user, "payment__request__fund__"))

    def live(self) -> Self:
        """Refunds that were not cancelled."""
        return self.exclude(status=RefundStatus.CANCELLED)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("payment__request__fund__division", "payment__organization", "journal").order_by(
            "-pk"
        )


class Refund(models.Model):
    """Money that a payee gives back (退款; status moved by `governance.lifecycle`).

    Recorded by one person, confirmed against the bank slip by another, who posts it: from the use into the pool from
    which the request was paid. All refunds of a payment together are at most what was paid.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    amount = YuanField(_("amount"))
    received_on = models.DateField(_("received on"))
    bank_reference = models.CharField(_("number of the bank slip"), max_length=80)
    reason = models.CharField(_("reason"), max_length=200)
    status = models.CharField(
        _("status"), max_length=10, choices=RefundStatus, default=RefundStatus.RECORDED, editable=False
    )
    journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="payment_refund",
        verbose_name=_("voucher"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("recorded by"),
    )
    posted_at = models.DateTimeField(_("posted at"), null=True, blank=True, editable=False)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("confirmed by"),
    )

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering: ClassVar = ["pk"]
        triggers: ClassVar = [
            lifecycle.trigger(REFUND),
            REFUND_WITHIN_PAYMENT,
            REFUND_INTO_ITS_POOL,
            pgtrigger.Protect(
                name="recorded_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.payment_id, OLD.amount, OLD.received_on, OLD.bank_reference, OLD.recorded_by_id) "
                    "IS DISTINCT FROM "
                    "(NEW.payment_id, NEW.amount, NEW.received_on, NEW.bank_reference, NEW.recorded_by_id))"
                ),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=RefundStatus.values), name="refund_status_is_known"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="refund_amount_is_positive"),
            models.UniqueConstraint(
                fields=["payment", "bank_reference"],
                condition=~models.Q(status="CANCELLED"),
                name="refund_one_a_slip",
            ),
            models.CheckConstraint(
                condition=~models.Q(bank_reference="") & ~models.Q(reason=""), name="refund_says_why"
            ),
            models.CheckConstraint(
                condition=models.Q(posted_by=None) | ~models.Q(posted_by=models.F("recorded_by")),
                name="refund_posted_by_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="POSTED") | models.Q(journal__isnull=False), name="refund_posted_is_posted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment} {format_yuan(self.amount)}"

    def get_absolute_url(self) -> str:
        """Where the refund is shown: the payment's line on its request's page."""
        return self.payment.get_absolute_url()

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.payment.request.fund.division

    @property
    def fund(self) -> CommunityFund:
        """The fund that gets it back."""
        return self.payment.request.fund
