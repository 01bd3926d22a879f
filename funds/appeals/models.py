"""Appeals for money: to the public on a designated platform, or among residents by their own decision."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.models import Division, inside
from consultation.decisions.models import Decision
from funds.appeals.lifecycle import APPEAL, AppealKind, AppealStatus
from funds.charity.models import CommunityFund, in_hands_of
from funds.ledger.models import Account, Transfer
from governance import lifecycle
from governance.money import ZERO, YuanField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

PERCENT = 100
HIDDEN = (AppealStatus.DRAFT, AppealStatus.WITHDRAWN)


class AppealQuerySet(models.QuerySet["Appeal"]):
    """Reads over appeals."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Appeals that were opened, to everybody; drafts to those who handle the fund."""
        public = ~models.Q(status__in=HIDDEN)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | in_hands_of(user))

    def in_division(self, division: Division) -> Self:
        """Appeals for the funds of a place and all places below it."""
        return self.filter(inside(division, "fund__division"))

    def with_raised(self) -> Self:
        """Annotate `raised`: what has come into the pool of the appeal from outside the book."""
        came = (
            Transfer.objects.filter(target=models.OuterRef("pool"), source__kind="SOURCE")
            .order_by()
            .values("target")
            .annotate(sum=models.Sum("amount"))
            .values("sum")
        )
        back = (
            Transfer.objects.filter(source=models.OuterRef("pool"), target__kind="SOURCE")
            .order_by()
            .values("source")
            .annotate(sum=models.Sum("amount"))
            .values("sum")
        )
        none = models.Value(ZERO, output_field=YuanField())
        return self.annotate(raised=Coalesce(models.Subquery(came), none) - Coalesce(models.Subquery(back), none))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.with_raised().select_related("fund__division", "fund__charity").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.with_raised().select_related("fund__division", "fund__charity", "fund__book", "decision", "pool")

    def over_on(self, day: dt.date) -> Self:
        """Running appeals whose last day lies before this day."""
        return self.filter(status=AppealStatus.OPEN, ends_on__lt=day)


class Appeal(models.Model):
    """An appeal for a purpose of a fund (status by the lifecycle); this platform never takes the money itself.

    To the public (公开募捐): under the charity's certificate, the filed plan and on a designated platform. Among
    residents (居民筹资): by a final decision of theirs, of free will. What comes in lies in a pool of its own.
    """

    fund = models.ForeignKey(CommunityFund, on_delete=models.PROTECT, related_name="appeals", verbose_name=_("fund"))
    kind = models.CharField(_("kind"), max_length=10, choices=AppealKind)
    title = models.CharField(_("title"), max_length=100)
    purpose = models.TextField(_("purpose"))
    target = YuanField(_("goal"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    filing_number = models.CharField(_("number of the filed plan"), max_length=60, blank=True)
    platform_url = models.URLField(_("address on the designated platform"), max_length=300, blank=True)
    decision = models.ForeignKey(
        Decision,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appeals",
        verbose_name=_("residents' decision"),
    )
    pool = models.OneToOneField(
        Account,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="appeal",
        verbose_name=_("pool"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=AppealStatus, default=AppealStatus.DRAFT, editable=False
    )
    drafted_at = models.DateTimeField(_("drafted at"), editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("drafted by"),
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True, editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("opened by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    accounted_at = models.DateTimeField(_("full account shown at"), null=True, blank=True, editable=False)

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        triggers: ClassVar = [
            lifecycle.trigger(APPEAL),
            pgtrigger.Trigger(
                name="opens_by_right",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status="OPEN"),
                func="""
                    IF NEW.kind = 'PUBLIC' AND NOT EXISTS (
                        SELECT 1 FROM funds_communityfund AS fund
                        JOIN funds_hostcharity AS charity ON charity.id = fund.charity_id
                        WHERE fund.id = NEW.fund_id AND charity.has_public_fundraising
                            AND charity.fundraising_valid_to > NEW.ends_on
                    ) THEN
                        RAISE EXCEPTION 'The charity may not appeal to the public so long'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_is_certified';
                    END IF;
                    IF NEW.kind = 'RESIDENTS' AND NOT EXISTS (
                        SELECT 1 FROM consultation_decision
                        WHERE id = NEW.decision_id
                            AND status IN ('FINAL', 'EXECUTING', 'REPORTED', 'ACCEPTED', 'CLOSED')
                    ) THEN
                        RAISE EXCEPTION 'The residents have not decided so'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_is_decided';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [
            # The appeals of a fund, newest first.
            models.Index(fields=["fund", "-id"], name="appeal_newest"),
            # What the clock ends.
            models.Index(fields=["ends_on"], condition=models.Q(status="OPEN"), name="appeal_running"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=AppealStatus.values), name="appeal_status_is_known"),
            models.CheckConstraint(condition=models.Q(kind__in=AppealKind.values), name="appeal_kind_is_known"),
            models.CheckConstraint(condition=models.Q(target__gt=0), name="appeal_has_a_goal"),
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="appeal_runs_forward"),
            models.CheckConstraint(
                condition=models.Q(kind="RESIDENTS", filing_number="", platform_url="")
                | (~models.Q(kind="RESIDENTS") & models.Q(decision=None)),
                name="appeal_has_one_right",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="RESIDENTS")
                | models.Q(status__in=HIDDEN)
                | (~models.Q(filing_number="") & ~models.Q(platform_url="")),
                name="appeal_to_the_public_is_filed",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=HIDDEN) | models.Q(pool__isnull=False), name="appeal_has_a_pool"
            ),
            models.CheckConstraint(
                condition=models.Q(opened_by=None) | ~models.Q(opened_by=models.F("drafted_by")),
                name="appeal_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The appeal's public page."""
        return reverse("funds:appeal-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.fund.division

    @property
    def percent(self) -> int:
        """How much of the goal has come in, whole percent, 100 only when it is reached; for rows `with_raised`."""
        raised: Decimal = getattr(self, "raised", ZERO)
        return min(100, int(raised * PERCENT / self.target)) if self.target else 0


class AppealReportQuerySet(models.QuerySet["AppealReport"]):
    """Reads over the accounts of appeals."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the appeals that this person may see; what is owed is as public as what is shown."""
        return self.filter(appeal__in=Appeal.objects.visible_to(user))

    def in_division(self, division: Division) -> Self:
        """Accounts of the appeals of a place and all places below it."""
        return self.filter(inside(division, "appeal__fund__division"))

    def for_list(self) -> Self:
        """Rows with what lists show, in the order in which they fall due."""
        return self.select_related("appeal__fund__division", "appeal__fund__charity").order_by("due_on", "pk")

    def late_on(self, day: dt.date) -> Self:
        """Accounts that should have been shown before this day."""
        return self.filter(published_at=None, due_on__lt=day)


class AppealReport(models.Model):
    """One account that an appeal owes the public: every three months of a long one, and a full one after its end.

    Made when the appeal opens; shown once, with the figures of the ledger as of voucher `sequence`.
    """

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="reports", verbose_name=_("appeal"))
    covers_from = models.DateField(_("covers from"))
    covers_to = models.DateField(_("covers to"))
    due_on = models.DateField(_("to be shown by"))
    is_final = models.BooleanField(_("full account"), default=False)
    raised = YuanField(pgettext_lazy("appeal", "raised"), null=True, blank=True, editable=False)
    spent = YuanField(_("committed or paid"), null=True, blank=True, editable=False)
    sequence = models.PositiveBigIntegerField(_("as of voucher"), null=True, blank=True, editable=False)
    text = models.TextField(_("what was done"), blank=True)
    published_at = models.DateTimeField(_("shown at"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("shown by"),
    )

    objects = AppealReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("account of an appeal")
        verbose_name_plural = _("accounts of appeals")
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="stays_as_shown",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
                func="""
                    RAISE EXCEPTION 'An account that was shown stays as it is'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'appealreport_stays_as_shown';
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["appeal", "covers_from", "is_final"], name="appealreport_once"),
            models.CheckConstraint(
                condition=models.Q(published_at=None)
                | models.Q(
                    raised__isnull=False, spent__isnull=False, sequence__isnull=False, published_by__isnull=False
                )
                & ~models.Q(text=""),
                name="appealreport_is_shown_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(covers_to__gte=models.F("covers_from"), due_on__gt=models.F("covers_to")),
                name="appealreport_runs_forward",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_on"], condition=models.Q(published_at=None), name="appealreport_owed"),
        ]

    def __str__(self) -> str:
        return f"{self.appeal} {self.covers_from}–{self.covers_to}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.appeal.fund.division

    @property
    def fund(self) -> CommunityFund:
        """The fund whose accounts these are."""
        return self.appeal.fund

    @property
    def charity_id(self) -> int | None:
        """The key of the charity that appeals."""
        return self.appeal.fund.charity_id
