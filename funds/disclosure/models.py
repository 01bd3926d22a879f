"""Accounts that funds owe the public by the clock, and the figures that were published in them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.notices.models import PublicNotice
from communities.territory.models import Division, inside
from funds.charity.models import CommunityFund, in_hands_of
from funds.disclosure.lifecycle import DISCLOSURE, DisclosureStatus
from funds.disclosure.policy import title_of
from funds.ledger.policy import STANDARD_NAMES
from funds.spending.models import SpendingRequest
from funds.statements.policy import Span
from governance import lifecycle
from governance.audit.models import AppendOnly
from governance.money import YuanField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


class DisclosureKind(models.TextChoices):
    """What is accounted for."""

    ACCOUNT = "ACCOUNT", _("account of the fund")
    YEAR = "YEAR", _("yearly report of the fund")
    USE = "USE", _("account of a running use")
    FINAL = "FINAL", _("full account of a use")


OF_A_USE = (DisclosureKind.USE, DisclosureKind.FINAL)


class DisclosureQuerySet(models.QuerySet["Disclosure"]):
    """Reads over accounts."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the funds that this person may see: what is owed is as public as what is published."""
        return self.filter(fund__in=CommunityFund.objects.visible_to(user))

    def handled_by(self, user: User) -> Self:
        """Those of funds that this person oversees, hosts or sits in."""
        return self.filter(in_hands_of(user))

    def in_division(self, division: Division) -> Self:
        """Accounts of the funds of a place and all places below it."""
        return self.filter(inside(division, "fund__division"))

    def owed(self) -> Self:
        """Accounts that are not published yet."""
        return self.exclude(status=DisclosureStatus.PUBLISHED)

    def late_on(self, day: dt.date) -> Self:
        """Accounts that should have been published before this day."""
        return self.owed().filter(due_on__lt=day)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("fund__division", "fund__charity", "request").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.for_list().select_related("fund__book", "notice", "corrects", "corrected_by")


class Disclosure(models.Model):
    """One account that a fund owes the public for a period (status by the lifecycle); opened by the clock.

    Published with figures computed at journal `sequence`, which stay as they are. A mistake is corrected by another
    account of the same period that names the one it corrects.
    """

    fund = models.ForeignKey(
        CommunityFund, on_delete=models.PROTECT, related_name="disclosures", verbose_name=_("fund")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=DisclosureKind)
    request = models.ForeignKey(
        SpendingRequest,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="disclosures",
        verbose_name=_("use"),
    )
    covers_from = models.DateField(_("covers from"))
    covers_to = models.DateField(_("covers to"))
    due_on = models.DateField(_("to be published by"))
    version = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)
    corrects = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="corrected_by",
        verbose_name=_("corrects"),
    )
    correction_reason = models.CharField(_("why it is corrected"), max_length=300, blank=True, editable=False)
    text = models.TextField(_("account in words"), blank=True)
    sequence = models.PositiveBigIntegerField(_("computed at journal"), null=True, blank=True, editable=False)
    head_hash = models.CharField(_("head of the chain"), max_length=64, blank=True, editable=False)
    notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="disclosure",
        verbose_name=_("notice"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=DisclosureStatus, default=DisclosureStatus.DUE, editable=False
    )
    opened_at = models.DateTimeField(_("opened at"), editable=False)
    written_at = models.DateTimeField(_("written at"), null=True, blank=True, editable=False)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("written by"),
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("published by"),
    )

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("account to the public")
        verbose_name_plural = _("accounts to the public")
        triggers: ClassVar = [
            lifecycle.trigger(DISCLOSURE),
            pgtrigger.Trigger(
                name="stays_as_published",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__status="PUBLISHED"),
                func="""
                    RAISE EXCEPTION 'A published account stays as it is'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'disclosure_stays_as_published';
                """,
            ),
            pgtrigger.Trigger(
                name="published_with_figures",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status="PUBLISHED"),
                func="""
                    IF NOT EXISTS (SELECT 1 FROM funds_disclosedfigure WHERE disclosure_id = NEW.id)
                        OR EXISTS (
                            SELECT 1 FROM funds_communityfund AS fund JOIN funds_book AS book ON book.id = fund.book_id
                            WHERE fund.id = NEW.fund_id
                                AND (book.sequence, book.head_hash) IS DISTINCT FROM (NEW.sequence, NEW.head_hash)
                        )
                    THEN
                        RAISE EXCEPTION 'An account is published with its figures, at the head of its book'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'disclosure_published_with_figures';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [
            # The accounts of a fund, newest period first.
            models.Index(fields=["fund", "-covers_to", "-id"], name="disclosure_fund"),
            # What is owed, and what of it is late.
            models.Index(fields=["due_on"], condition=~models.Q(status="PUBLISHED"), name="disclosure_owed"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["fund", "kind", "request", "covers_from", "version"],
                name="disclosure_once_a_period",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=DisclosureStatus.values, kind__in=DisclosureKind.values),
                name="disclosure_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(covers_to__gte=models.F("covers_from"), due_on__gt=models.F("covers_to")),
                name="disclosure_runs_forward",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["USE", "FINAL"], request__isnull=False)
                | models.Q(kind__in=["ACCOUNT", "YEAR"], request=None),
                name="disclosure_of_a_use_names_it",
            ),
            models.CheckConstraint(
                condition=models.Q(status="DUE") | ~models.Q(text=""), name="disclosure_written_says_something"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="PUBLISHED")
                | models.Q(
                    sequence__isnull=False, notice__isnull=False, published_by__isnull=False, written_by__isnull=False
                ),
                name="disclosure_published_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(published_by=None) | ~models.Q(published_by=models.F("written_by")),
                name="disclosure_two_persons",
            ),
            models.CheckConstraint(
                condition=models.Q(version=1, corrects=None, correction_reason="")
                | (models.Q(version__gt=1, corrects__isnull=False) & ~models.Q(correction_reason="")),
                name="disclosure_correction_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        of = self.request.title if self.request else self.fund.short_name
        return f"{of} {self.get_kind_display()} {self.covers_from}–{self.covers_to}"

    def get_absolute_url(self) -> str:
        """The account's public page."""
        return reverse("funds:disclosure-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.fund.division

    @property
    def charity_id(self) -> int | None:
        """The charity that hosts the fund."""
        return self.fund.charity_id

    @property
    def span(self) -> Span:
        """The days it covers."""
        name = f"{self.covers_from.isoformat()}–{self.covers_to.isoformat()}"
        return Span(name, self.covers_from, self.covers_to + dt.timedelta(days=1))

    def is_late_on(self, day: dt.date) -> bool:
        """Whether it should have been published before this day."""
        return self.status != DisclosureStatus.PUBLISHED and self.due_on < day


class DisclosedFigure(AppendOnly):
    """One published figure: the name of its query, what it is of, and the amount at the journal of its account.

    A trigger lets none be added to an account that is published.
    """

    disclosure = models.ForeignKey(
        Disclosure, on_delete=models.PROTECT, related_name="figures", verbose_name=_("account to the public")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("name of the query"), max_length=20)
    subject = models.CharField(_("account"), max_length=60, blank=True)
    label = models.CharField(_("label"), max_length=200, blank=True)
    amount = YuanField(_("amount"), max_digits=18, signed=True)

    class Meta(AppendOnly.Meta):
        verbose_name = _("published figure")
        verbose_name_plural = _("published figures")
        ordering: ClassVar = ["disclosure", "number"]
        triggers: ClassVar = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="before_publication",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM funds_disclosure WHERE id = NEW.disclosure_id AND status = 'WRITTEN'
                    ) THEN
                        RAISE EXCEPTION 'Figures are written before the account is published'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'disclosedfigure_before_publication';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["disclosure", "number"], name="disclosedfigure_number_is_unique"),
            models.UniqueConstraint(fields=["disclosure", "name", "subject"], name="disclosedfigure_stands_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.amount}"

    @property
    def title(self) -> StrOrPromise:
        """What it is called."""
        return title_of(self.name, STANDARD_NAMES.get(self.subject, self.label))

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.disclosure.fund.division
