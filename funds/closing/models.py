"""The closing of a fund: from the stop of its intake to the final report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment, PublicNotice
from communities.territory.models import Division
from funds.charity.models import CommunityFund, in_hands_of
from funds.closing.lifecycle import FUND_CLOSURE, ClosureStatus
from funds.ledger.models import Journal
from governance import lifecycle
from governance.money import YuanField

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class ClosureGround(models.TextChoices):
    """Why a fund is closed."""

    AGREEMENT = "AGREEMENT", _("the agreement has ended")
    PURPOSE = "PURPOSE", _("its purpose is reached or impossible")
    IDLE = "IDLE", _("it has lain idle")
    BREACH = "BREACH", _("serious breach of the rules")
    RESOLUTION = "RESOLUTION", _("its committee has resolved so")


class BalanceUse(models.TextChoices):
    """By which rule the balance finds its use (Charity Law art. 58)."""

    AGREEMENT = "AGREEMENT", _("as the agreement says")
    SAME_PURPOSE = "SAME_PURPOSE", _("for the same or a close purpose of the same charity")
    TREASURY = "TREASURY", _("returned to public finance")


class ClosureQuerySet(models.QuerySet["FundClosure"]):
    """Reads over closings, all of which are public: intake is stopped from the first step on."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them."""
        del user
        return self.all()

    def handled_by(self, user: User) -> Self:
        """Closings of funds of the places, charities and committees of this person."""
        return self.filter(in_hands_of(user))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("fund__division", "fund__charity", "fund__book", "recipient", "notice").order_by(
            "-pk"
        )

    def for_detail(self) -> Self:
        """Rows with what the page of the closing shows."""
        return self.for_list().select_related("out_journal", "in_journal", "audit_file")

    def awaiting_settlement(self, today: dt.date) -> Self:
        """Posted closings whose notice has closed: the clock clears or returns them."""
        return self.filter(status=ClosureStatus.POSTED, notice__ends_on__lt=today, notice__closed_at__isnull=False)


class FundClosure(models.Model):
    """The closing of one fund in steps (终止清算; status moved by `governance.lifecycle`).

    Intake stopped, audit opinion, proposal for the balance, publicity, transfer to the exact fen, final report; then the
    fund is closed. The balance goes to another fund or a project of the same charity, never to the community's own
    account, the enterprise or donors; that of a budget fund may return to public finance.
    """

    fund = models.OneToOneField(CommunityFund, on_delete=models.PROTECT, related_name="closure", verbose_name=_("fund"))
    ground = models.CharField(_("ground"), max_length=12, choices=ClosureGround)
    reason = models.TextField(_("reason"))
    auditor = models.CharField(_("audited by (office)"), max_length=120, blank=True)
    audit_opinion = models.TextField(_("audit opinion"), blank=True)
    audit_file = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("audit report")
    )
    use = models.CharField(_("use of the balance"), max_length=12, choices=BalanceUse, blank=True)
    recipient = models.ForeignKey(
        CommunityFund,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closings_received",
        verbose_name=_("receiving fund"),
    )
    project = models.CharField(_("receiving project of the charity"), max_length=120, blank=True)
    use_reason = models.TextField(_("why this use"), blank=True)
    amount = YuanField(_("balance"), null=True, blank=True)
    notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="fund_closure",
        verbose_name=_("notice"),
    )
    out_journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="closing_out",
        verbose_name=_("voucher of this fund"),
    )
    in_journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="closing_in",
        verbose_name=_("voucher of the receiving fund"),
    )
    report = models.TextField(_("final report"), blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=ClosureStatus, default=ClosureStatus.BEGUN, editable=False
    )
    begun_at = models.DateTimeField(pgettext_lazy("closing", "begun at"))
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("begun by")
    )
    audited_at = models.DateTimeField(pgettext_lazy("closing", "audited at"), null=True, blank=True, editable=False)
    audited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("opinion entered by"),
    )
    proposed_at = models.DateTimeField(_("proposed at"), null=True, blank=True, editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("proposed by"),
    )
    posted_at = models.DateTimeField(_("posted at"), null=True, blank=True, editable=False)
    cleared_at = models.DateTimeField(_("publicity over at"), null=True, blank=True, editable=False)
    transferred_at = models.DateTimeField(
        pgettext_lazy("closing", "transferred at"), null=True, blank=True, editable=False
    )
    transferred_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("transferred by"),
    )
    reported_at = models.DateTimeField(_("reported at"), null=True, blank=True, editable=False)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("reported by"),
    )

    objects = ClosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("closing of a fund")
        verbose_name_plural = _("closings of funds")
        triggers: ClassVar = [
            lifecycle.trigger(FUND_CLOSURE),
            pgtrigger.Trigger(
                name="recipient_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("recipient_id"),
                condition=pgtrigger.Q(new__recipient_id__isnull=False),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM funds_communityfund AS own JOIN funds_communityfund AS other
                            ON other.charity_id IS NOT DISTINCT FROM own.charity_id AND other.id <> own.id
                        WHERE own.id = NEW.fund_id AND other.id = NEW.recipient_id
                    ) THEN
                        RAISE EXCEPTION 'The balance stays with the same charity'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'fundclosure_recipient_of_the_same_charity';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(
                name="posted_use_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.status IN ('POSTED', 'CLEARED', 'TRANSFERRED', 'REPORTED') AND "
                    "(OLD.use, OLD.recipient_id, OLD.project, OLD.use_reason) IS DISTINCT FROM "
                    "(NEW.use, NEW.recipient_id, NEW.project, NEW.use_reason))"
                ),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ClosureStatus.values, ground__in=ClosureGround.values),
                name="fundclosure_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["BEGUN", "AUDITED"])
                | models.Q(use="TREASURY", recipient=None, project="")
                | (models.Q(use__in=["AGREEMENT", "SAME_PURPOSE"]) & models.Q(recipient__isnull=False, project=""))
                | (models.Q(use__in=["AGREEMENT", "SAME_PURPOSE"], recipient=None) & ~models.Q(project="")),
                name="fundclosure_balance_has_one_use",
            ),
            models.CheckConstraint(
                condition=models.Q(status="BEGUN") | ~models.Q(audit_opinion=""), name="fundclosure_audited_first"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["BEGUN", "AUDITED", "PROPOSED"]) | models.Q(notice__isnull=False),
                name="fundclosure_posted_has_a_notice",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["TRANSFERRED", "REPORTED"])
                | models.Q(amount=0)
                | (
                    models.Q(out_journal__isnull=False)
                    & (models.Q(recipient=None) | models.Q(in_journal__isnull=False))
                ),
                name="fundclosure_transferred_is_posted",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="REPORTED") | ~models.Q(report=""), name="fundclosure_reported_in_words"
            ),
            models.CheckConstraint(
                condition=models.Q(audited_by=None) | ~models.Q(audited_by=models.F("begun_by")),
                name="fundclosure_audited_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(proposed_by=None) | ~models.Q(proposed_by=models.F("audited_by")),
                name="fundclosure_proposed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(transferred_by=None)
                | (
                    ~models.Q(transferred_by=models.F("proposed_by")) & ~models.Q(transferred_by=models.F("audited_by"))
                ),
                name="fundclosure_transferred_by_a_third",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund.short_name}: {self.get_status_display()}"

    def get_absolute_url(self) -> str:
        """The public page of the closing."""
        return reverse("funds:fund-closing", kwargs={"pk": self.fund_id})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.fund.division

    @property
    def charity_id(self) -> int | None:
        """The charity that hosts the fund."""
        return self.fund.charity_id

    @property
    def destination(self) -> str:
        """Where the balance goes, in words; the recipient must be loaded."""
        if self.recipient is not None:
            return self.recipient.name
        return self.project or (str(_("public finance")) if self.use == BalanceUse.TREASURY else "")
