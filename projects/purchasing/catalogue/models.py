"""What may be bought, by which rules, from which money: editions of lists, and budget lines."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.policy.models import DateRange, PolicyDocument
from communities.territory.models import Division, inside
from funds.support.models import FundingSource
from governance import lifecycle
from governance.calendar.days import valid_on
from governance.money import ZERO, YuanField
from projects.purchasing.catalogue.lifecycle import BUDGET_LINE, PURCHASE_LIST, LineStatus, ListStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class ListKind(models.TextChoices):
    """What a list is for."""

    GUIDANCE = "GUIDANCE", _("guidance catalogue of services to buy")
    HANDED_OVER = "HANDED_OVER", _("government services handed over to organizations")
    RULES = "RULES", _("rules of purchasing")


class RuleGroup(models.TextChoices):
    """The four groups of the rules of purchasing (report S1)."""

    PROVIDER = "PROVIDER", _("who may take services on")
    CONTENT = "CONTENT", _("what is bought")
    SUPERVISION = "SUPERVISION", _("supervision and evaluation")
    FUNDING = "FUNDING", _("money")


class PurchaseListQuerySet(models.QuerySet["PurchaseList"]):
    """Reads over editions of lists."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What is or was in force, to everybody; drafts to those who work in the place."""
        return self.filter(models.Q(status=ListStatus.CONFIRMED) | within(user))

    def in_force_on(self, day: dt.date) -> Self:
        """Editions that apply on this day."""
        return self.filter(valid_on(day), status=ListStatus.CONFIRMED)

    def reaching(self, division: Division) -> Self:
        """Editions of a division and of those above it."""
        return self.filter(division_id__in=division.ancestor_ids)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division").annotate(item_count=models.Count("items")).order_by("-valid_from", "-pk")


class PurchaseList(models.Model):
    """One edition of a list of a place (指导性目录, 下沉事项清单, 购买规则; status moved by `governance.lifecycle`).

    Drafted by one person and confirmed by another. Two editions of one kind in one place never apply on the same day; the
    one that comes into force ends the one before it. What is in force is never edited.
    """

    kind = models.CharField(_("kind"), max_length=20, choices=ListKind)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="purchase_lists", verbose_name=_("division")
    )
    title = models.CharField(_("title"), max_length=120)
    edition = models.CharField(_("edition"), max_length=20)
    basis = models.ForeignKey(
        PolicyDocument,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("basis"),
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=ListStatus, default=ListStatus.DRAFT, editable=False)
    drafted_at = models.DateTimeField(_("drafted at"), editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("drafted by"),
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

    objects = PurchaseListQuerySet.as_manager()

    class Meta:
        verbose_name = _("list for purchasing")
        verbose_name_plural = _("lists for purchasing")
        triggers: ClassVar = [
            lifecycle.trigger(PURCHASE_LIST),
            lifecycle.columns_stay(
                "confirmed_list_stays",
                ("kind", "division_id", "title", "edition", "valid_from"),
                once="OLD.status <> 'DRAFT'",
            ),
        ]
        indexes: ClassVar = [
            # What applies in a place on a day.
            models.Index(fields=["division", "kind", "-valid_from", "-id"], name="purchaselist_place"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=ListKind.values, status__in=ListStatus.values),
                name="purchaselist_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="purchaselist_runs_forward",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("drafted_by")),
                name="purchaselist_two_persons",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="CONFIRMED") | models.Q(confirmed_by__isnull=False),
                name="purchaselist_in_force_is_confirmed",
            ),
            models.UniqueConstraint(
                fields=["division", "kind", "edition"],
                condition=~models.Q(status="WITHDRAWN"),
                name="purchaselist_edition_once",
            ),
            ExclusionConstraint(
                name="purchaselist_one_at_a_time",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    ("division", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(status="CONFIRMED"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.edition}"

    def get_absolute_url(self) -> str:
        """The edition's public page."""
        return reverse("projects:purchase-list-detail", kwargs={"pk": self.pk})

    def later_editions(self) -> PurchaseListQuerySet:
        """Editions of the same list in force that begin after this one, the next first; one query."""
        rows = PurchaseList.objects.filter(division=self.division_id, kind=self.kind, status=ListStatus.CONFIRMED)
        return rows.filter(valid_from__gt=self.valid_from).order_by("valid_from", "pk")


class PurchaseListItem(models.Model):
    """One item of an edition: a service, a service handed over by a department, or a rule of one of four groups."""

    purchase_list = models.ForeignKey(
        PurchaseList, on_delete=models.PROTECT, related_name="items", verbose_name=pgettext_lazy("purchase", "list")
    )
    code = models.CharField(_("code"), max_length=20)
    category = models.CharField(_("class"), max_length=60)
    group = models.CharField(_("group"), max_length=60, blank=True)
    name = models.CharField(pgettext_lazy("purchase", "item"), max_length=300)
    description = models.TextField(_("description"), blank=True)
    from_department = models.CharField(pgettext_lazy("purchase", "handed over by"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("item of a list for purchasing")
        verbose_name_plural = _("items of lists for purchasing")
        ordering: ClassVar = ["code"]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="fixed_with_the_list",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM projects_purchaselist
                        WHERE id IN (
                            CASE WHEN TG_OP <> 'INSERT' THEN OLD.purchase_list_id END,
                            CASE WHEN TG_OP <> 'DELETE' THEN NEW.purchase_list_id END
                        ) AND status <> 'DRAFT'
                    ) THEN
                        RAISE EXCEPTION 'The list is in force'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaselistitem_fixed_in_force';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purchase_list", "code"], name="purchaselistitem_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.purchase_list.division

    @property
    def class_shown(self) -> str:
        """The class in words: for a rule its group's."""
        known = dict(RuleGroup.choices)
        return str(known.get(self.category, self.category))


class PublicBudgetLineQuerySet(models.QuerySet["PublicBudgetLine"]):
    """Reads over budget lines."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Confirmed and closed lines are public; others are seen by those who work in the place."""
        return self.filter(~models.Q(status=LineStatus.DRAFT) | within(user))

    def in_division(self, division: Division) -> Self:
        """Lines of the division and of those below it."""
        return self.filter(inside(division))

    def around(self, division: Division) -> Self:
        """Lines of the division, of those below it, and of the buyers above it that buy for it."""
        below = models.Q(division__path__startswith=division.path)
        return self.filter(below | models.Q(division_id__in=division.ancestor_ids))

    def with_bound(self) -> Self:
        """Rows with what purchases bind of them, as `bound`."""
        binding = models.Q(purchases__status__in=("APPROVED", "CALLED", "OPENED", "PROPOSED", "CONCLUDED"))
        return self.annotate(bound=Coalesce(models.Sum("purchases__bound", filter=binding), ZERO))

    def for_list(self) -> Self:
        """Rows with what lists show, newest year first."""
        return self.select_related("division").order_by("-fiscal_year", "-pk")


class PublicBudgetLine(models.Model):
    """Public money for purchases of one year from one source (预算项目; status moved by `governance.lifecycle`).

    Entered from the document that grants it by one person, confirmed by another. Purchases are approved against it: what
    they bind never exceeds it, and what is paid never exceeds what they bind.
    Basis: Ministry of Finance order 102 on government purchase of services art. 18 (budget first).
    """

    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        related_name="public_budget_lines",
        verbose_name=pgettext_lazy("purchase", "buyer"),
    )
    source = models.CharField(_("source of the money"), max_length=20, choices=FundingSource)
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    name = models.CharField(_("name"), max_length=120)
    document_number = models.CharField(_("document number"), max_length=60)
    amount = YuanField(_("amount"))
    status = models.CharField(_("status"), max_length=10, choices=LineStatus, default=LineStatus.DRAFT, editable=False)
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
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

    objects = PublicBudgetLineQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("purchase", "budget line")
        verbose_name_plural = pgettext_lazy("purchase", "budget lines")
        triggers: ClassVar = [
            lifecycle.trigger(BUDGET_LINE),
            lifecycle.columns_stay(
                "confirmed_line_stays",
                ("division_id", "source", "fiscal_year", "name", "document_number", "amount"),
                once="OLD.status <> 'DRAFT'",
            ),
        ]
        indexes: ClassVar = [
            # Lines of a place, newest year first.
            models.Index(fields=["division", "-fiscal_year", "-id"], name="publicbudgetline_place"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["division", "source", "fiscal_year", "document_number", "name"],
                condition=~models.Q(status="CLOSED"),
                name="publicbudgetline_once",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="publicbudgetline_amount_is_positive"),
            models.CheckConstraint(
                condition=models.Q(source__in=FundingSource.values, status__in=LineStatus.values),
                name="publicbudgetline_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("entered_by")),
                name="publicbudgetline_two_persons",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="CONFIRMED") | models.Q(confirmed_by__isnull=False),
                name="publicbudgetline_in_use_is_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.get_source_display()} {self.name}"
