"""Money asked of a fund: requests with their budget, committee resolutions, holds, payments."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.notices.models import PublicNotice
from communities.territory.models import Division, inside
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.topics.models import Topic
from funds.charity.models import CommunityFund, in_hands_of
from funds.ledger.models import Account, Journal
from funds.spending.lifecycle import PAYMENT, SPENDING_REQUEST, PaymentStatus, RequestStatus
from funds.spending.policy import Duty, Purpose, Step
from funds.spending.votes import FundResolution, ResolutionVote, Stand
from funds.spending.walls import (
    APART_FROM_THE_REQUEST,
    FIXED_WITH_THE_REQUEST,
    RELIEVED_BY_TWO,
    REQUESTED_STAYS,
    RESOLVED_BY_RESOLUTION,
    RESOLVED_STAYS,
)
from governance import lifecycle
from governance.money import YuanField, format_yuan
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

__all__ = ["BudgetLine", "Duty", "FundResolution", "Payment", "Purpose", "ResolutionVote", "SpendingRequest", "Stand"]


class RequestQuerySet(models.QuerySet["SpendingRequest"]):
    """Reads over requests."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Requests that were posted are public; others are seen by who handles the fund."""
        public = models.Q(posted_at__isnull=False)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | in_hands_of(user) | models.Q(entered_by=user))

    def in_division(self, division: Division) -> Self:
        """Requests to the funds of a place and all places below it."""
        return self.filter(inside(division, "fund__division"))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("fund__division", "decision", "relief").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows; six queries."""
        paid = Payment.objects.select_related("organization", "journal").prefetch_related("refunds__journal")
        payments = paid.order_by("number", "pk")
        resolutions = FundResolution.objects.select_related("rule", "supervisor").order_by("attempt")
        votes = ResolutionVote.objects.select_related("membership__body").order_by("pk")
        return self.select_related(
            *(
                "fund__division",
                "fund__charity",
                "fund__committee",
                "fund__book",
                "decision__topic",
                "decision__ballot",
                "decision__resolution__item",
                "topic",
                "matter",
                "relief__resolution",
            ),
            *("notice", "hold_journal", "release_journal", "organization", "pool"),
        ).prefetch_related(
            "lines",
            "quotes",
            models.Prefetch("payments", payments),
            models.Prefetch("resolutions", resolutions),
            models.Prefetch("resolutions__votes", votes),
        )

    def awaiting_settlement(self, today: dt.date) -> Self:
        """Posted requests whose notice has closed: the clock clears or returns them."""
        return self.filter(status=RequestStatus.POSTED, notice__ends_on__lt=today, notice__closed_at__isnull=False)


class SpendingRequest(models.Model):
    """A request for money of a fund (用款申请; status moved by `governance.lifecycle`).

    Cites the decision, topic or need it comes from. The ladder of the fund says who decides and how long it is posted. On approval the
    amount moves from the pool to a hold of its own; payments draw on the hold, and what is left is released.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    fund = models.ForeignKey(
        CommunityFund, on_delete=models.PROTECT, related_name="spending_requests", verbose_name=_("fund")
    )
    decision = models.ForeignKey(
        Decision,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="spending_requests",
        verbose_name=_("decision"),
    )
    topic = models.ForeignKey(
        Topic,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="spending_requests",
        verbose_name=_("topic"),
        help_text=_("For a small use or emergency relief that no decision stands behind yet."),
    )
    matter = models.ForeignKey(
        Matter,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="spending_requests",
        verbose_name=_("need"),
        help_text=_("The matter in which the need was told."),
    )
    title = models.CharField(_("title"), max_length=120)
    purpose = models.CharField(_("kind of use"), max_length=20, choices=Purpose)
    duty = models.CharField(
        _("who would have to pay for it otherwise"), max_length=12, choices=Duty, default=Duty.NOBODY
    )
    is_emergency = models.BooleanField(_("emergency relief"), default=False)
    plan = models.TextField(_("plan"))
    beneficiaries = models.CharField(_("beneficiaries"), max_length=200)
    amount = YuanField(_("amount"))
    pool = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("pool"),
        help_text=_("Empty for the free money; otherwise money restricted to a purpose that this use serves."),
    )
    organization = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="spending_requests",
        verbose_name=_("organization to be paid"),
        help_text=_("Where it is known already. Members of the committee who act for it withdraw from the vote."),
    )
    ladder_step = models.JSONField(_("step of the ladder"), null=True, blank=True, editable=False)
    notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="spending_request",
        verbose_name=_("notice"),
    )
    hold_journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="held_for",
        verbose_name=_("voucher of the hold"),
    )
    release_journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="released_for",
        verbose_name=_("voucher of the release"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=RequestStatus, default=RequestStatus.DRAFT, editable=False
    )
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("submitted by"),
    )
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True, editable=False)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("checked by"),
    )
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True, editable=False)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("resolution recorded by"),
    )
    posted_at = models.DateTimeField(_("posted at"), null=True, blank=True, editable=False)
    cleared_at = models.DateTimeField(_("publicity over at"), null=True, blank=True, editable=False)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("approved by"),
    )
    acceptance = models.TextField(_("what was found at acceptance"), blank=True, editable=False)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("accepted by"),
    )
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True, editable=False)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("spending request")
        verbose_name_plural = _("spending requests")
        triggers: ClassVar = [
            lifecycle.trigger(SPENDING_REQUEST),
            RESOLVED_STAYS,
            RESOLVED_BY_RESOLUTION,
            RELIEVED_BY_TWO,
        ]
        indexes: ClassVar = [
            # Requests of a fund, newest first.
            models.Index(fields=["fund", "-id"], name="spendingrequest_fund"),
            # What the clock clears.
            models.Index(fields=["id"], condition=models.Q(status="POSTED"), name="spendingrequest_posted"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=RequestStatus.values), name="spendingrequest_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(purpose__in=Purpose.values), name="spendingrequest_purpose_is_known"
            ),
            models.CheckConstraint(condition=models.Q(duty__in=Duty.values), name="spendingrequest_duty_is_known"),
            models.CheckConstraint(
                condition=models.Q(decision__isnull=False)
                | models.Q(topic__isnull=False)
                | models.Q(matter__isnull=False),
                name="spendingrequest_cites_its_source",
            ),
            models.CheckConstraint(
                condition=models.Q(is_emergency=False) | models.Q(purpose="RELIEF"),
                name="spendingrequest_emergency_is_relief",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_by=None)
                | (
                    ~models.Q(accepted_by=models.F("submitted_by"))
                    & ~models.Q(accepted_by=models.F("entered_by"))
                    & ~models.Q(acceptance="")
                ),
                name="spendingrequest_accepted_by_another",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="spendingrequest_amount_is_positive"),
            models.CheckConstraint(
                condition=models.Q(checked_by=None)
                | (~models.Q(checked_by=models.F("submitted_by")) & ~models.Q(checked_by=models.F("entered_by"))),
                name="spendingrequest_checked_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(resolved_by=None)
                | (
                    ~models.Q(resolved_by=models.F("submitted_by"))
                    & ~models.Q(resolved_by=models.F("entered_by"))
                    & ~models.Q(resolved_by=models.F("checked_by"))
                ),
                name="spendingrequest_recorded_by_a_third",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None)
                | (
                    ~models.Q(approved_by=models.F("submitted_by"))
                    & ~models.Q(approved_by=models.F("entered_by"))
                    & ~models.Q(approved_by=models.F("checked_by"))
                    & ~models.Q(approved_by=models.F("resolved_by"))
                ),
                name="spendingrequest_approved_by_a_fourth",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="POSTED") | models.Q(notice__isnull=False),
                name="spendingrequest_posted_has_a_notice",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["DRAFT", "RETURNED", "WITHDRAWN"]) | models.Q(ladder_step__isnull=False),
                name="spendingrequest_submitted_has_a_step",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["APPROVED", "COMPLETED", "STOPPED"])
                | models.Q(hold_journal__isnull=False),
                name="spendingrequest_approved_is_held",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """The request's public page."""
        return reverse("funds:request-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.fund.division

    @property
    def origin_id(self) -> int | None:
        """The topic that it comes from, through its decision or at once."""
        return self.decision.topic_id if self.decision is not None else self.topic_id

    @property
    def step(self) -> Step | None:
        """The step of the ladder that holds for it, as it was on the day of submission."""
        return Step.of(self.ladder_step) if self.ladder_step else None

    @property
    def hold_code(self) -> str:
        """The code of the account that holds the money of this request."""
        return f"hold:request:{self.pk}"


class BudgetLine(models.Model):
    """One line of a request's budget; the lines sum to the amount (proven when it is submitted)."""

    request = models.ForeignKey(
        SpendingRequest, on_delete=models.PROTECT, related_name="lines", verbose_name=_("request")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    description = models.CharField(_("description"), max_length=200)
    amount = YuanField(_("amount"))

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        ordering: ClassVar = ["number"]
        triggers: ClassVar = [
            FIXED_WITH_THE_REQUEST,
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "number"], name="budgetline_number_is_unique"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="budgetline_amount_is_positive"),
        ]

    def __str__(self) -> str:
        return self.description


class PaymentQuerySet(models.QuerySet["Payment"]):
    """Reads over payments."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Payments that left the fund are public; others are seen by who handles the fund."""
        public = models.Q(status=PaymentStatus.PAID)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | in_hands_of(user, fund="request__fund__"))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("request__fund__division", "organization", "journal").order_by("-pk")

    def live(self) -> Self:
        """Payments that were not cancelled."""
        return self.exclude(status=PaymentStatus.CANCELLED)

    def under_way(self) -> Self:
        """Payments that are planned, requested or approved and have not left the fund."""
        return self.exclude(status__in=[PaymentStatus.CANCELLED, PaymentStatus.PAID])


class Payment(models.Model):
    """One payment out of a request's hold (拨付; status moved by `governance.lifecycle`), instalment by instalment.

    Requested, approved and paid by three people. `journal` moves the amount from the hold to the use.
    """

    request = models.ForeignKey(
        SpendingRequest, on_delete=models.PROTECT, related_name="payments", verbose_name=_("request")
    )
    number = models.PositiveSmallIntegerField(_("instalment"))
    amount = YuanField(_("amount"))
    payee = models.CharField(_("payee"), max_length=120)
    organization = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name=_("organization"),
    )
    is_payee_public = models.BooleanField(_("payee may be published"), default=True)
    note = models.CharField(_("what for"), max_length=200, blank=True)
    status = models.CharField(
        _("status"), max_length=20, choices=PaymentStatus, default=PaymentStatus.PLANNED, editable=False
    )
    paid_on = models.DateField(_("paid on"), null=True, blank=True, editable=False)
    bank_reference = models.CharField(_("number of the bank slip"), max_length=80, blank=True, editable=False)
    journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="payment",
        verbose_name=_("voucher"),
    )
    planned_at = models.DateTimeField(_("planned at"), editable=False)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("planned by"),
    )
    requested_at = models.DateTimeField(_("requested at"), null=True, blank=True, editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("requested by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("approved by"),
    )
    paid_at = models.DateTimeField(_("recorded as paid at"), null=True, blank=True, editable=False)
    paid_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("recorded as paid by"),
    )

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        triggers: ClassVar = [
            lifecycle.trigger(PAYMENT),
            REQUESTED_STAYS,
            APART_FROM_THE_REQUEST,
        ]
        indexes: ClassVar = [
            # Payments to a body.
            models.Index(fields=["organization", "-id"], name="payment_body"),
        ]
        constraints: ClassVar = [
            # One effect per instalment; a cancelled one may be planned again.
            models.UniqueConstraint(
                fields=["request", "number"],
                condition=~models.Q(status="CANCELLED"),
                name="payment_instalment_is_unique",
            ),
            models.CheckConstraint(condition=models.Q(status__in=PaymentStatus.values), name="payment_status_is_known"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payment_amount_is_positive"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("requested_by")),
                name="payment_approved_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(paid_by=None)
                | (~models.Q(paid_by=models.F("requested_by")) & ~models.Q(paid_by=models.F("approved_by"))),
                name="payment_paid_by_a_third",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="PAID")
                | (models.Q(journal__isnull=False, paid_on__isnull=False) & ~models.Q(bank_reference="")),
                name="payment_paid_is_posted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request.number}-{self.number}"

    def get_absolute_url(self) -> str:
        """Where the payment is shown: its line on its request's page."""
        return f"{reverse('funds:request-detail', kwargs={'pk': self.request_id})}#payment-{self.number}"

    @property
    def desk_name(self) -> str:
        """What the worklist shows: the number, what it is for and how much."""
        return f"{self} {self.request.title} {format_yuan(self.amount)}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.request.fund.division
