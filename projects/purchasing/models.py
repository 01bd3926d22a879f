"""Purchases of services: the plan with its need, item, money and procedure, and by what offers are judged."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import PublicNotice
from communities.people.queries import within
from communities.territory.models import Division, inside
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.topics.models import Topic
from governance import lifecycle
from governance.money import YuanField
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseListItem
from projects.purchasing.lifecycle import BINDING, PURCHASE, PurchaseStatus
from projects.purchasing.policy import NO_GROUND, Procedure, PurchaseKind

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

UNCHECKED = ("DRAFT", "SUBMITTED", "CANCELLED")
TERMS = (
    *("buyer_id", "landing_id", "kind", "item_id", "handed_item_id", "budget_line_id", "procedure", "amount"),
    *(
        "title",
        "service",
        "field",
        "need",
        "topic_id",
        "decision_id",
        "matter_id",
        "starts_on",
        "ends_on",
        "continuity_reason",
    ),
)


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    """Reads over purchases."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What was announced is public; plans are seen by those who work at the buyer or in the landing community."""
        public = models.Q(called_at__isnull=False)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | within(user, division="buyer") | within(user, division="landing"))

    def announced(self) -> Self:
        """Purchases that were announced."""
        return self.filter(called_at__isnull=False)

    def taking_offers(self, now: dt.datetime) -> Self:
        """Purchases that take offers at this moment."""
        return self.filter(status=PurchaseStatus.CALLED, offers_until__gt=now)

    def binding(self) -> Self:
        """Purchases that bind money of their budget line."""
        return self.filter(status__in=BINDING)

    def in_division(self, division: Division) -> Self:
        """Purchases that are carried out in the division or below it."""
        return self.filter(inside(division, "landing"))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("buyer", "landing", "item").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related(
            *("buyer", "landing", "item__purchase_list", "handed_item__purchase_list", "budget_line__division"),
            *("topic", "decision__topic", "matter", "notice", "checked_by", "planned_by"),
        ).prefetch_related("criteria")


class Purchase(models.Model):
    """A purchase of a service by a street or a department (政府购买服务; status moved by `governance.lifecycle`).

    The buyer signs and answers for it, the landing community carries it out, an organization delivers (report S4). It
    names an item of the catalogue in force and the budget line that pays it, comes from a need, is checked against the
    negative list by a named officer and approved by a third person. `bound` is what it binds of its budget line: the
    ceiling until the award, then what was awarded.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=PurchaseKind, default=PurchaseKind.SERVICE)
    buyer = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="purchases", verbose_name=pgettext_lazy("purchase", "buyer")
    )
    landing = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="landing_purchases", verbose_name=_("landing community")
    )
    item = models.ForeignKey(
        PurchaseListItem, on_delete=models.PROTECT, related_name="purchases", verbose_name=_("item of the catalogue")
    )
    handed_item = models.ForeignKey(
        PurchaseListItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="hand_overs",
        verbose_name=_("service handed over"),
    )
    budget_line = models.ForeignKey(
        PublicBudgetLine,
        on_delete=models.PROTECT,
        related_name="purchases",
        verbose_name=pgettext_lazy("purchase", "budget line"),
    )
    service = models.TextField(_("service"))
    field = models.CharField(
        _("field of the ability"),
        max_length=40,
        blank=True,
        help_text=_("In which field bodies must be able; those whose capability was checked are found by it."),
    )
    need = models.TextField(_("need"))
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("topic")
    )
    decision = models.ForeignKey(
        Decision,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="purchases",
        verbose_name=_("decision"),
    )
    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("matter")
    )
    amount = YuanField(pgettext_lazy("purchase", "at most"))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    continuity_reason = models.CharField(
        _("why it runs longer than a year"),
        max_length=300,
        blank=True,
        help_text=_("Only for fixed content, steady money and little change of prices."),
    )
    procedure = models.CharField(_("procedure"), max_length=20, choices=Procedure)
    procedure_reason = models.CharField(_("why this procedure"), max_length=500, blank=True)
    procedure_limit = YuanField(_("limit of the procedure"), null=True, blank=True, editable=False)
    bound = YuanField(_("bound"), null=True, blank=True, editable=False)
    negative_answers = models.JSONField(_("answers to the negative list"), null=True, blank=True, editable=False)
    splitting_reason = models.CharField(_("why this is no splitting"), max_length=500, blank=True, editable=False)
    explained_at = models.DateTimeField(_("explained at"), null=True, blank=True, editable=False)
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("explained by"),
    )
    notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="purchase",
        verbose_name=_("notice"),
    )
    offers_until = models.DateTimeField(_("offers until"), null=True, blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=PurchaseStatus, default=PurchaseStatus.DRAFT, editable=False
    )
    planned_at = models.DateTimeField(_("planned at"), editable=False)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=pgettext_lazy("purchase", "planned by"),
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
    called_at = models.DateTimeField(_("announced at"), null=True, blank=True, editable=False)
    opened_at = models.DateTimeField(_("offers opened at"), null=True, blank=True, editable=False)
    concluded_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("purchase of a service")
        verbose_name_plural = _("purchases of services")
        triggers: ClassVar = [
            lifecycle.trigger(PURCHASE),
            lifecycle.columns_stay("submitted_plan_stays", TERMS, once="OLD.status <> 'DRAFT'"),
            lifecycle.columns_stay(
                "announced_call_stays", ("notice_id", "offers_until"), once="OLD.called_at IS NOT NULL"
            ),
            pgtrigger.Trigger(
                name="of_the_lists",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("item_id", "handed_item_id", "budget_line_id", "status"),
                condition=pgtrigger.Q(new__status__in=["SUBMITTED", "APPROVED", "CALLED"]),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_purchaselistitem item
                        JOIN projects_purchaselist list ON list.id = item.purchase_list_id
                        WHERE item.id = NEW.item_id AND list.kind = 'GUIDANCE' AND list.status = 'CONFIRMED'
                    ) OR (NEW.handed_item_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM projects_purchaselistitem item
                        JOIN projects_purchaselist list ON list.id = item.purchase_list_id
                        WHERE item.id = NEW.handed_item_id AND list.kind = 'HANDED_OVER' AND list.status = 'CONFIRMED'
                    )) THEN
                        RAISE EXCEPTION 'The item stands in no list in force'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_of_the_lists';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="within_its_line",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status", "bound"),
                condition=pgtrigger.Q(new__status__in=list(BINDING)),
                func="""
                    PERFORM pg_advisory_xact_lock(hashtextextended('purchases of a buyer', NEW.buyer_id));
                    PERFORM 1 FROM projects_publicbudgetline WHERE id = NEW.budget_line_id FOR NO KEY UPDATE;
                    IF NEW.bound IS NULL OR NEW.bound + (
                        SELECT coalesce(sum(bound), 0) FROM projects_purchase
                        WHERE budget_line_id = NEW.budget_line_id AND id <> NEW.id
                            AND status IN ('APPROVED', 'CALLED', 'OPENED', 'PROPOSED', 'CONCLUDED')
                    ) > (
                        SELECT coalesce(sum(amount), 0) FROM projects_publicbudgetline
                        WHERE id = NEW.budget_line_id AND (status = 'CONFIRMED' OR OLD.status <> 'CHECKED')
                    ) THEN
                        RAISE EXCEPTION 'The budget line does not hold so much'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_within_its_line';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="not_split",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status="APPROVED"),
                func="""
                    PERFORM pg_advisory_xact_lock(hashtextextended('purchases of a buyer', NEW.buyer_id));
                    IF NEW.procedure_limit IS NOT NULL AND NEW.explained_by_id IS NULL AND NEW.amount + (
                        SELECT coalesce(sum(other.amount), 0) FROM projects_purchase other
                        JOIN projects_purchaselistitem item ON item.id = other.item_id
                        JOIN projects_publicbudgetline line ON line.id = other.budget_line_id
                        WHERE other.buyer_id = NEW.buyer_id AND other.id <> NEW.id AND other.procedure <> 'OPEN_TENDER'
                            AND other.status IN ('APPROVED', 'CALLED', 'OPENED', 'PROPOSED', 'CONCLUDED')
                            AND item.code = (SELECT code FROM projects_purchaselistitem WHERE id = NEW.item_id)
                            AND line.fiscal_year =
                                (SELECT fiscal_year FROM projects_publicbudgetline WHERE id = NEW.budget_line_id)
                    ) > NEW.procedure_limit THEN
                        RAISE EXCEPTION 'The purchases of the year are above the limit of the procedure'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_not_split';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="proposed_with_an_award",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status__in=["OPENED", "PROPOSED", "CONCLUDED"]),
                func="""
                    IF EXISTS (
                        SELECT 1 FROM projects_purchaseaward
                        WHERE purchase_id = NEW.id AND status = CASE NEW.status
                            WHEN 'CONCLUDED' THEN 'FINAL' WHEN 'PROPOSED' THEN 'PROPOSED' ELSE status END
                            AND status <> 'SET_ASIDE'
                    ) = (NEW.status = 'OPENED') THEN
                        RAISE EXCEPTION 'The purchase stands as its award does'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_proposed_with_an_award';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="criteria_are_the_whole",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status="CALLED"),
                func="""
                    IF (SELECT sum(points) FROM projects_purchasecriterion WHERE purchase_id = NEW.id)
                        IS DISTINCT FROM 100 THEN
                        RAISE EXCEPTION 'The points of the criteria do not sum to 100'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_criteria_are_the_whole';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="within_the_longest_term",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("starts_on", "ends_on", "continuity_reason"),
                func="""
                    IF NEW.ends_on > NEW.starts_on + make_interval(
                        months => CASE WHEN NEW.continuity_reason = '' THEN 12 ELSE 36 END
                    ) THEN
                        RAISE EXCEPTION 'The service is bought for too long'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_within_the_longest_term';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [
            # Purchases of a buyer, newest first.
            models.Index(fields=["buyer", "-id"], name="purchase_buyer"),
            # Purchases in a place, newest first.
            models.Index(fields=["landing", "-id"], name="purchase_landing"),
            # What takes offers.
            models.Index(fields=["offers_until"], condition=models.Q(status="CALLED"), name="purchase_taking_offers"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    status__in=PurchaseStatus.values, kind__in=PurchaseKind.values, procedure__in=Procedure.values
                ),
                name="purchase_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0) & (models.Q(bound=None) | models.Q(bound__gt=0)),
                name="purchase_amount_is_positive",
            ),
            models.CheckConstraint(condition=models.Q(ends_on__gt=models.F("starts_on")), name="purchase_runs_forward"),
            models.CheckConstraint(
                condition=models.Q(procedure="OPEN_TENDER", procedure_limit=None)
                | models.Q(status="DRAFT")
                | models.Q(status="CANCELLED")
                | (~models.Q(procedure="OPEN_TENDER") & models.Q(procedure_limit__isnull=False)),
                name="purchase_has_the_limit_of_its_procedure",
            ),
            # Checked means: a named officer answered every ground with no.
            models.CheckConstraint(
                condition=models.Q(status__in=UNCHECKED)
                | models.Q(negative_answers=NO_GROUND, checked_by__isnull=False),
                name="purchase_checked_meets_no_ground",
            ),
            models.CheckConstraint(
                condition=(models.Q(checked_by=None) | ~models.Q(checked_by=models.F("planned_by")))
                & (models.Q(approved_by=None) | ~models.Q(approved_by=models.F("planned_by")))
                & (models.Q(approved_by=None) | ~models.Q(approved_by=models.F("checked_by"))),
                name="purchase_in_three_hands",
            ),
            models.CheckConstraint(
                condition=models.Q(explained_by=None, splitting_reason="")
                | (~models.Q(explained_by=models.F("planned_by")) & ~models.Q(splitting_reason="")),
                name="purchase_explained_by_a_second_officer",
            ),
            models.CheckConstraint(
                condition=models.Q(called_at=None) | models.Q(notice__isnull=False, offers_until__isnull=False),
                name="purchase_announced_has_a_notice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """The purchase's public page."""
        return reverse("projects:purchase-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place that answers for this row: the buyer's."""
        return self.buyer


class PurchaseCriterion(models.Model):
    """One thing by which offers are judged, with its points out of 100; that of the price is computed."""

    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, related_name="criteria", verbose_name=_("purchase of a service")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("criterion"), max_length=120)
    points = models.PositiveSmallIntegerField(pgettext_lazy("purchase", "points"))
    is_price = models.BooleanField(_("the price"), default=False)

    class Meta:
        verbose_name = _("criterion for offers")
        verbose_name_plural = _("criteria for offers")
        ordering: ClassVar = ["number"]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="fixed_with_the_call",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM projects_purchase
                        WHERE id IN (
                            CASE WHEN TG_OP <> 'INSERT' THEN OLD.purchase_id END,
                            CASE WHEN TG_OP <> 'DELETE' THEN NEW.purchase_id END
                        ) AND called_at IS NOT NULL
                    ) THEN
                        RAISE EXCEPTION 'The purchase has been announced'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchasecriterion_fixed_with_the_call';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purchase", "number"], name="purchasecriterion_number_once"),
            models.UniqueConstraint(
                fields=["purchase"], condition=models.Q(is_price=True), name="purchasecriterion_one_price"
            ),
            models.CheckConstraint(
                condition=models.Q(points__gte=1, points__lte=100), name="purchasecriterion_points_are_a_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.purchase.buyer
