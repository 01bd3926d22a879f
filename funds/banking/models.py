"""Bank lines (银行流水) of the host charities, and their matching with the orders that they pay."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.people.models import Role
from communities.people.queries import within
from communities.territory.models import Division
from funds.charity.models import HostCharity
from funds.reinvestment.models import ReinvestmentOrder, charity_keys
from governance.money import YuanField, format_yuan

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class LineStatus(models.TextChoices):
    """What became of a bank line."""

    UNMATCHED = "UNMATCHED", _("not matched")
    SUGGESTED = "SUGGESTED", _("match suggested")
    MATCHED = "MATCHED", _("matched")
    SET_ASIDE = "SET_ASIDE", _("set aside")


class BankLineQuerySet(models.QuerySet["BankLine"]):
    """Reads over bank lines."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Lines of the charities that the user acts for, or oversees as auditor of their place."""
        if not user.is_authenticated:
            return self.none()
        mine = models.Q(charity__in=charity_keys(user))
        return self.filter(mine | within(user, Role.AUDITOR, division="charity__division"))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("charity")


class BankLine(models.Model):
    """One credit on a charity's bank statement. Imported once: the bank's reference is unique per charity."""

    charity = models.ForeignKey(
        HostCharity, on_delete=models.PROTECT, related_name="bank_lines", verbose_name=_("charity")
    )
    bank_reference = models.CharField(_("bank reference"), max_length=80)
    booked_on = models.DateField(_("booked on"))
    amount = YuanField(_("amount"))
    payer = models.CharField(_("payer"), max_length=120)
    memo = models.CharField(_("memo"), max_length=200, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=LineStatus, default=LineStatus.UNMATCHED, editable=False
    )
    set_aside_reason = models.CharField(_("reason"), max_length=200, blank=True)
    imported_at = models.DateTimeField(_("imported at"))
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("imported by")
    )

    objects = BankLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank line")
        verbose_name_plural = _("bank lines")
        indexes: ClassVar = [
            # The list of the desk, newest first.
            models.Index(fields=["charity", "-booked_on", "-id"], name="bankline_newest"),
            # What the matching looks at.
            models.Index(fields=["amount"], condition=models.Q(status="UNMATCHED"), name="bankline_unmatched"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["charity", "bank_reference"], name="bankline_reference_is_unique"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="bankline_amount_is_positive"),
            models.CheckConstraint(condition=models.Q(status__in=LineStatus.values), name="bankline_status_is_known"),
            models.CheckConstraint(
                condition=~models.Q(status="SET_ASIDE") | ~models.Q(set_aside_reason=""),
                name="bankline_set_aside_has_a_reason",
            ),
        ]
        triggers: ClassVar = [
            # A line stays as the bank wrote it; only what became of it changes.
            pgtrigger.Protect(
                name="as_the_bank_wrote_it",
                operation=pgtrigger.Delete
                | pgtrigger.UpdateOf(
                    "charity_id", "bank_reference", "booked_on", "amount", "payer", "memo", "imported_by_id"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {format_yuan(self.amount)} {self.bank_reference}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.charity.division


class BankMatchQuerySet(models.QuerySet["BankMatch"]):
    """Reads over matches."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Matches of the lines that the user may see."""
        if not user.is_authenticated:
            return self.none()
        mine = models.Q(line__charity__in=charity_keys(user))
        return self.filter(mine | within(user, Role.AUDITOR, division="line__charity__division"))

    def undecided(self) -> Self:
        """Suggestions that wait for a person."""
        return self.filter(confirmed_at=None, rejected_at=None)

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("line__charity", "order__enterprise", "order__fund")


class BankMatch(models.Model):
    """A bank line and the order it pays: suggested by the job or a person, confirmed by a person, which posts it.

    At most one match of a line and of an order stands; a rejected one stays and is never suggested again. Whoever
    imported the line may not confirm it (trigger `confirmed_by_another`; Basis: separation of duties).
    """

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="matches", verbose_name=_("bank line"))
    order = models.ForeignKey(
        ReinvestmentOrder, on_delete=models.PROTECT, related_name="matches", verbose_name=_("order")
    )
    is_exact = models.BooleanField(_("exact"), default=False, help_text=_("Amount, reference and days all agree."))
    suggested_at = models.DateTimeField(_("suggested at"))
    suggested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("suggested by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("confirmed by")
    )
    rejected_at = models.DateTimeField(_("rejected at"), null=True)
    rejected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("rejected by")
    )

    objects = BankMatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank match")
        verbose_name_plural = _("bank matches")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line", "order"], name="bankmatch_once_per_pair"),
            models.UniqueConstraint(
                fields=["line"], condition=models.Q(rejected_at=None), name="bankmatch_line_matches_once"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(rejected_at=None), name="bankmatch_order_matches_once"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None) | models.Q(rejected_at=None),
                name="bankmatch_confirmed_or_rejected",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="confirmed_by_another",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("confirmed_by_id"),
                condition=pgtrigger.Q(new__confirmed_by__isnull=False),
                func="""
                    IF EXISTS (
                        SELECT 1 FROM funds_bankline WHERE id = NEW.line_id AND imported_by_id = NEW.confirmed_by_id
                    ) THEN
                        RAISE EXCEPTION 'Imported and confirmed by the same person'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'bankmatch_confirmed_by_another';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} = {self.order}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.line.charity.division
