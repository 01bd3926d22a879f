"""Offers of organizations, the committee that judges them, the award that a contract cites, and what was paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import PublicNotice
from communities.people.queries import within
from communities.territory.models import Division
from governance import lifecycle
from governance.audit.models import AppendOnly
from governance.money import YuanField
from projects.purchasing.awarding.lifecycle import AWARD, OFFER, AwardStatus, OfferStatus
from projects.purchasing.awarding.policy import LONGEST_NUMBER
from projects.purchasing.catalogue.models import PublicBudgetLine
from projects.purchasing.models import Purchase, PurchaseCriterion
from socialorgs.register.models import OrganizationAppointment, SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class OfferQuerySet(models.QuerySet["PurchaseOffer"]):
    """Reads over offers."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own organization's; once opened, those handed in are seen by the buyer's people and the committee."""
        if not user.is_authenticated:
            return self.none()
        own = OrganizationAppointment.objects.bodies_of(user)
        opened = models.Q(purchase__opened_at__isnull=False) & ~models.Q(status__in=["DRAFT", "WITHDRAWN"])
        judging = models.Q(purchase__in=CommitteeSeat.objects.filter(user=user).values("purchase"))
        return self.filter(
            models.Q(organization__in=own) | (opened & (within(user, division="purchase__buyer") | judging))
        )

    def handed_in(self) -> Self:
        """Offers that were handed in and not taken back."""
        return self.filter(status__in=(OfferStatus.SUBMITTED, OfferStatus.QUALIFIED, OfferStatus.REJECTED))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("purchase__buyer", "purchase__landing", "organization").order_by("-pk")


class PurchaseOffer(models.Model):
    """What one organization offers for a purchase (响应文件; status moved by `governance.lifecycle`).

    Sealed until the offers are opened: nobody at the buyer sees it before. A draft is kept when the call is over.
    """

    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, related_name="offers", verbose_name=_("purchase of a service")
    )
    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="offers", verbose_name=_("organization")
    )
    amount = YuanField(_("price"))
    plan = models.TextField(_("how the service is delivered"))
    team = models.TextField(_("who delivers it"), blank=True)
    remark = models.TextField(_("why it was not admitted"), blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=OfferStatus, default=OfferStatus.DRAFT, editable=False
    )
    drafted_at = models.DateTimeField(_("drafted at"), editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("drafted by"),
    )
    submitted_at = models.DateTimeField(pgettext_lazy("offer", "handed in at"), null=True, blank=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=pgettext_lazy("offer", "handed in by"),
    )
    judged_at = models.DateTimeField(_("examined at"), null=True, blank=True, editable=False)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("examined by"),
    )

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        triggers: ClassVar = [
            lifecycle.trigger(OFFER),
            lifecycle.columns_stay(
                "handed_in_offer_stays",
                ("purchase_id", "organization_id", "amount", "plan", "team"),
                once="OLD.status <> 'DRAFT'",
            ),
            pgtrigger.Trigger(
                name="of_the_invited",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("purchase_id", "organization_id"),
                func="""
                    IF EXISTS (SELECT 1 FROM projects_purchaseinvitation WHERE purchase_id = NEW.purchase_id)
                        AND NOT EXISTS (
                            SELECT 1 FROM projects_purchaseinvitation
                            WHERE purchase_id = NEW.purchase_id AND organization_id = NEW.organization_id
                        ) THEN
                        RAISE EXCEPTION 'The organization was not invited'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseoffer_of_the_invited';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="in_time",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status__in=["SUBMITTED", "QUALIFIED", "REJECTED"]),
                func="""
                    IF NEW.status = 'SUBMITTED' AND NOT EXISTS (
                        SELECT 1 FROM projects_purchase
                        WHERE id = NEW.purchase_id AND status = 'CALLED' AND NEW.submitted_at < offers_until
                    ) THEN
                        RAISE EXCEPTION 'No offers are taken'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseoffer_in_time';
                    END IF;
                    IF NEW.status <> 'SUBMITTED' AND NOT EXISTS (
                        SELECT 1 FROM projects_purchase WHERE id = NEW.purchase_id AND status = 'OPENED'
                    ) THEN
                        RAISE EXCEPTION 'The offers are sealed'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseoffer_judged_when_opened';
                    END IF;
                    IF NEW.amount > (SELECT amount FROM projects_purchase WHERE id = NEW.purchase_id) THEN
                        RAISE EXCEPTION 'The offer is above the ceiling'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseoffer_within_the_ceiling';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [
            # Offers of an organization, newest first.
            models.Index(fields=["organization", "-id"], name="purchaseoffer_organization"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["purchase", "organization"],
                condition=~models.Q(status="WITHDRAWN"),
                name="purchaseoffer_one_each",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=OfferStatus.values), name="purchaseoffer_status_is_known"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="purchaseoffer_amount_is_positive"),
            models.CheckConstraint(
                condition=models.Q(status__in=["DRAFT", "WITHDRAWN"]) | models.Q(submitted_by__isnull=False),
                name="purchaseoffer_handed_in_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(judged_by=None) | ~models.Q(judged_by=models.F("submitted_by")),
                name="purchaseoffer_judged_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purchase.number} {self.organization.name}"

    def get_absolute_url(self) -> str:
        """The offer's page, for its organization and, once opened, for the buyer."""
        return reverse("projects:purchase-offer-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place that answers for this row: the buyer's."""
        return self.purchase.buyer


class SeatKind(models.TextChoices):
    """For whom a member of the committee sits there."""

    EXPERT = "EXPERT", _("expert")
    BUYER = "BUYER", _("for the buyer")


class CommitteeSeat(models.Model):
    """A member of the committee that judges the offers of one purchase (评审小组); scores once, then they stand."""

    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, related_name="seats", verbose_name=_("purchase of a service")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=pgettext_lazy("committee", "member"),
    )
    kind = models.CharField(_("sits there"), max_length=10, choices=SeatKind)
    appointed_at = models.DateTimeField(_("appointed at"), editable=False)
    appointed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("appointed by"),
    )
    scored_at = models.DateTimeField(_("scored at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("seat in a committee for offers")
        verbose_name_plural = _("seats in committees for offers")
        ordering: ClassVar = ["pk"]
        triggers: ClassVar = [
            lifecycle.columns_stay(
                "scored_seat_stays",
                ("purchase_id", "user_id", "kind", "scored_at"),
                once="OLD.scored_at IS NOT NULL",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purchase", "user"], name="committeeseat_once_each"),
            models.CheckConstraint(condition=models.Q(kind__in=SeatKind.values), name="committeeseat_kind_is_known"),
            models.CheckConstraint(
                condition=~models.Q(user=models.F("appointed_by")), name="committeeseat_appointed_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purchase.number} {self.user}"

    @property
    def division(self) -> Division:
        """The place that answers for this row: the buyer's."""
        return self.purchase.buyer


class OfferScore(AppendOnly):
    """What one member of the committee gives one offer under one criterion; written once, never changed."""

    seat = models.ForeignKey(
        CommitteeSeat, on_delete=models.PROTECT, related_name="scores", verbose_name=_("seat in a committee for offers")
    )
    offer = models.ForeignKey(PurchaseOffer, on_delete=models.PROTECT, related_name="scores", verbose_name=_("offer"))
    criterion = models.ForeignKey(
        PurchaseCriterion, on_delete=models.PROTECT, related_name="scores", verbose_name=_("criterion for offers")
    )
    points = models.DecimalField(pgettext_lazy("purchase", "points"), max_digits=5, decimal_places=2)

    class Meta(AppendOnly.Meta):
        verbose_name = _("score of an offer")
        verbose_name_plural = _("scores of offers")
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="of_one_purchase",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_committeeseat seat
                        JOIN projects_purchase purchase ON purchase.id = seat.purchase_id
                        JOIN projects_purchaseoffer offer ON offer.purchase_id = purchase.id
                        JOIN projects_purchasecriterion criterion ON criterion.purchase_id = purchase.id
                        WHERE seat.id = NEW.seat_id AND offer.id = NEW.offer_id AND criterion.id = NEW.criterion_id
                            AND seat.scored_at IS NULL AND purchase.status = 'OPENED' AND offer.status = 'QUALIFIED'
                            AND NOT criterion.is_price AND NEW.points BETWEEN 0 AND criterion.points
                    ) THEN
                        RAISE EXCEPTION 'The score fits no open judging'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'offerscore_fits_the_judging';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["seat", "offer", "criterion"], name="offerscore_once"),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.points}"

    @property
    def division(self) -> Division:
        """The place that answers for this row: the buyer's."""
        return self.seat.purchase.buyer


class AwardQuerySet(models.QuerySet["PurchaseAward"]):
    """Reads over awards."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Published awards are public; proposed ones are seen by those who work at the buyer."""
        public = models.Q(confirmed_at__isnull=False)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | within(user, division="buyer"))

    def final(self) -> Self:
        """Awards that a contract may cite."""
        return self.filter(status=AwardStatus.FINAL)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("purchase__item", "organization", "buyer", "landing").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related(
            *("purchase__item", "purchase__handed_item", "organization", "buyer", "landing", "budget_line", "notice"),
        )


class PurchaseAward(models.Model):
    """The award of a purchase to an organization (成交; status moved by `governance.lifecycle`): what a contract cites.

    A contract takes from it, once it is FINAL: `organization` (who delivers), `buyer` (the street or department that
    signs), `landing` (the community that carries out), `amount` (what it may promise, plus `supplement`),
    `budget_line` (the public money it is paid from), `starts_on` and `ends_on` (the term), `service`, and what each of the
    three parties undertakes: `buyer_duties`, `landing_duties`, `organization_duties`. Public payments are written down by
    `projects.purchasing.awarding.paying.record_payment`, never above the amount; a supplement of at most a tenth by
    `grant_supplement`. To be signed by `sign_by`.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, related_name="awards", verbose_name=_("purchase of a service")
    )
    offer = models.ForeignKey(PurchaseOffer, on_delete=models.PROTECT, related_name="awards", verbose_name=_("offer"))
    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="awards", verbose_name=_("organization")
    )
    buyer = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", verbose_name=pgettext_lazy("purchase", "buyer")
    )
    landing = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="purchase_awards", verbose_name=_("landing community")
    )
    budget_line = models.ForeignKey(
        PublicBudgetLine,
        on_delete=models.PROTECT,
        related_name="awards",
        verbose_name=pgettext_lazy("purchase", "budget line"),
    )
    amount = YuanField(_("amount"))
    supplement = YuanField(_("supplements"), default=0, editable=False)
    points = models.DecimalField(
        pgettext_lazy("purchase", "points"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    reason = models.TextField(_("why this offer"))
    service = models.TextField(_("service"))
    buyer_duties = models.TextField(_("what the buyer undertakes"))
    landing_duties = models.TextField(_("what the community undertakes"))
    organization_duties = models.TextField(_("what the organization undertakes"))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    publish_by = models.DateField(_("to be published by"))
    sign_by = models.DateField(_("contract to be signed by"), null=True, blank=True, editable=False)
    notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="purchase_award",
        verbose_name=_("notice"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=AwardStatus, default=AwardStatus.PROPOSED, editable=False
    )
    proposed_at = models.DateTimeField(_("proposed at"), editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("proposed by"),
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
    settled_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    objects = AwardQuerySet.as_manager()

    class Meta:
        verbose_name = _("award of a purchase")
        verbose_name_plural = _("awards of purchases")
        triggers: ClassVar = [
            lifecycle.trigger(AWARD),
            lifecycle.columns_stay(
                "award_stays",
                (
                    *("purchase_id", "offer_id", "organization_id", "buyer_id", "landing_id", "budget_line_id"),
                    *("amount", "points", "service", "starts_on", "ends_on", "publish_by"),
                ),
            ),
            pgtrigger.Trigger(
                name="as_offered",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_purchaseoffer offer
                        JOIN projects_purchase purchase ON purchase.id = offer.purchase_id
                        WHERE offer.id = NEW.offer_id AND purchase.id = NEW.purchase_id
                            AND purchase.status = 'OPENED' AND offer.status = 'QUALIFIED'
                            AND (NEW.organization_id, NEW.amount, NEW.buyer_id, NEW.landing_id, NEW.budget_line_id) =
                                (offer.organization_id, offer.amount, purchase.buyer_id, purchase.landing_id,
                                purchase.budget_line_id)
                    ) THEN
                        RAISE EXCEPTION 'The award is not what was offered'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseaward_as_offered';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="after_its_notice",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status="FINAL"),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM communities_publicnotice WHERE id = NEW.notice_id AND status = 'CLOSED_CLEAR'
                    ) THEN
                        RAISE EXCEPTION 'The notice of the award has not closed without objection'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseaward_after_its_notice';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [
            # Awards of an organization, newest first.
            models.Index(fields=["organization", "-id"], name="purchaseaward_organization"),
            # Published results of a place, newest first.
            models.Index(fields=["landing", "-id"], name="purchaseaward_place"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["purchase"], condition=~models.Q(status="SET_ASIDE"), name="purchaseaward_one_in_force"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=AwardStatus.values), name="purchaseaward_status_is_known"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="purchaseaward_amount_is_positive"),
            # A supplement is at most a tenth (Basis: Government Procurement Law art. 49).
            models.CheckConstraint(
                condition=models.Q(supplement__gte=0, supplement__lte=models.F("amount") / 10),
                name="purchaseaward_supplement_is_a_tenth",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("proposed_by")),
                name="purchaseaward_two_persons",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["PUBLISHED", "FINAL"])
                | models.Q(notice__isnull=False, confirmed_by__isnull=False, sign_by__isnull=False),
                name="purchaseaward_published_has_a_notice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.organization.name}"

    def get_absolute_url(self) -> str:
        """The award's public page."""
        return reverse("projects:purchase-award-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place that answers for this row: the buyer's."""
        return self.buyer


class PublicPayment(AppendOnly):
    """Public money paid for an award, written down against its budget line; never above what was awarded.

    The treasury pays; this is the record of it.
    """

    award = models.ForeignKey(
        PurchaseAward, on_delete=models.PROTECT, related_name="payments", verbose_name=_("award of a purchase")
    )
    budget_line = models.ForeignKey(
        PublicBudgetLine,
        on_delete=models.PROTECT,
        related_name="payments",
        verbose_name=pgettext_lazy("purchase", "budget line"),
    )
    amount = YuanField(_("amount"))
    paid_on = models.DateField(_("paid on"))
    document_number = models.CharField(pgettext_lazy("payment", "document number"), max_length=LONGEST_NUMBER)
    purpose = models.CharField(pgettext_lazy("use", "purpose"), max_length=200)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    class Meta(AppendOnly.Meta):
        verbose_name = _("payment of public money")
        verbose_name_plural = _("payments of public money")
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="within_the_award",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    PERFORM 1 FROM projects_purchaseaward WHERE id = NEW.award_id FOR NO KEY UPDATE;
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_purchaseaward
                        WHERE id = NEW.award_id AND status = 'FINAL' AND budget_line_id = NEW.budget_line_id
                            AND NEW.amount + (
                                SELECT coalesce(sum(amount), 0) FROM projects_publicpayment
                                WHERE award_id = NEW.award_id
                            ) <= amount + supplement
                    ) THEN
                        RAISE EXCEPTION 'The payment is above the award'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'publicpayment_within_the_award';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["budget_line", "document_number"], name="publicpayment_document_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="publicpayment_amount_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.document_number} {self.amount}"

    @property
    def division(self) -> Division:
        """The place that answers for this row: the buyer's."""
        return self.award.buyer
