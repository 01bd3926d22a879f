"""Bank lines (银行流水) of the host charities, and their matching with orders and vouchers.

What stands matched is a sum of parts (`BankAllocation`), written once each and taken back by a row of their own; what is
proposed is a `BankMatch`.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.people.models import Role
from communities.people.queries import within
from communities.territory.models import Division
from funds.charity.models import HostCharity
from funds.ledger.models import Journal
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.reach import charity_keys
from governance.audit.models import AppendOnly
from governance.money import YuanField, format_yuan

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class LineStatus(models.TextChoices):
    """What became of a bank line."""

    UNMATCHED = "UNMATCHED", _("not matched")
    SUGGESTED = "SUGGESTED", _("match suggested")
    PARTLY = "PARTLY", _("matched in part")
    MATCHED = "MATCHED", _("matched")
    SET_ASIDE = "SET_ASIDE", _("set aside")


WAITING = (LineStatus.UNMATCHED, LineStatus.SUGGESTED, LineStatus.PARTLY)
"""States in which money of the line stands for nothing yet."""
FREE = (LineStatus.UNMATCHED, LineStatus.PARTLY)
"""States in which a line can be matched by hand."""


class BankLineQuerySet(models.QuerySet["BankLine"]):
    """Reads over bank lines."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Lines of the charities that the user acts for, or oversees as auditor of their place."""
        if not user.is_authenticated:
            return self.none()
        mine = models.Q(charity__in=charity_keys(user))
        return self.filter(mine | within(user, Role.AUDITOR, division="charity__division"))

    def waiting(self) -> Self:
        """Lines of which something is not matched."""
        return self.filter(status__in=WAITING)

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("charity", "owner")


class BankLine(models.Model):
    """One credit on a charity's bank statement. Imported once: the bank's reference is unique per account.

    `matched` is what its parts sum to, kept with the status by the trigger of the parts; `owner` is who clears it up.
    """

    charity = models.ForeignKey(
        HostCharity, on_delete=models.PROTECT, related_name="bank_lines", verbose_name=_("charity")
    )
    account = models.CharField(_("own account"), max_length=40, blank=True)
    bank_reference = models.CharField(_("bank reference"), max_length=80)
    booked_on = models.DateField(_("booked on"))
    amount = YuanField(_("amount"))
    payer = models.CharField(_("payer"), max_length=120)
    memo = models.CharField(_("memo"), max_length=200, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=LineStatus, default=LineStatus.UNMATCHED, editable=False
    )
    matched = YuanField(_("matched"), default=Decimal(0), editable=False)
    set_aside_reason = models.CharField(_("reason"), max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("in charge"),
    )
    owned_at = models.DateTimeField(_("in charge since"), null=True, blank=True, editable=False)
    reminded_days = models.PositiveSmallIntegerField(_("reminded after days"), null=True, blank=True, editable=False)
    imported_at = models.DateTimeField(_("imported at"))
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("imported by")
    )

    moved_by_triggers: ClassVar = frozenset({"matched"})

    objects = BankLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank line")
        verbose_name_plural = _("bank lines")
        indexes: ClassVar = [
            # The list of the desk, newest first.
            models.Index(fields=["charity", "-booked_on", "-id"], name="bankline_newest"),
            # What the matching looks at.
            models.Index(fields=["amount"], condition=models.Q(status="UNMATCHED"), name="bankline_unmatched"),
            # The ages of what is not matched.
            models.Index(
                fields=["charity", "booked_on"],
                condition=models.Q(status__in=["UNMATCHED", "SUGGESTED", "PARTLY"]),
                name="bankline_waiting",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["charity", "account", "bank_reference"], name="bankline_reference_is_unique"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="bankline_amount_is_positive"),
            models.CheckConstraint(condition=models.Q(status__in=LineStatus.values), name="bankline_status_is_known"),
            models.CheckConstraint(
                condition=~models.Q(status="SET_ASIDE") | ~models.Q(set_aside_reason=""),
                name="bankline_set_aside_has_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(matched__gte=0, matched__lte=models.F("amount")),
                name="bankline_never_matched_above_its_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(status="MATCHED", matched=models.F("amount"))
                | models.Q(status="PARTLY", matched__gt=0, matched__lt=models.F("amount"))
                | models.Q(status__in=["UNMATCHED", "SUGGESTED", "SET_ASIDE"], matched=0),
                name="bankline_status_tells_what_is_matched",
            ),
        ]
        triggers: ClassVar = [
            # A line stays as the bank wrote it; only what became of it changes.
            pgtrigger.Protect(
                name="as_the_bank_wrote_it",
                operation=pgtrigger.Delete
                | pgtrigger.UpdateOf(
                    "charity_id", "account", "bank_reference", "booked_on", "amount", "payer", "memo", "imported_by_id"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {format_yuan(self.amount)} {self.bank_reference}"

    @property
    def rest(self) -> Decimal:
        """What of the line is not matched."""
        left: Decimal = self.amount - self.matched
        return left

    def age(self, today: dt.date) -> int:
        """How many days ago the bank booked it."""
        return (today - self.booked_on).days

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

    def standing(self) -> Self:
        """Matches that nobody has rejected or taken back."""
        return self.filter(rejected_at=None, taken_back_at=None)

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("line__charity", "order__enterprise", "order__fund", "journal__book")


class BankMatch(models.Model):
    """A bank line and the order it pays, or the voucher that it is: suggested by the job or a person.

    Confirmed by a person, which posts an order; the voucher of a journal is posted already. At most one match of a line,
    of an order and of a journal stands; a rejected one stays and is never suggested again. Whoever imported the line may
    not confirm it (trigger `confirmed_by_another`; Basis: separation of duties).
    """

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="matches", verbose_name=_("bank line"))
    order = models.ForeignKey(
        ReinvestmentOrder, on_delete=models.PROTECT, null=True, related_name="matches", verbose_name=_("order")
    )
    journal = models.ForeignKey(
        Journal, on_delete=models.PROTECT, null=True, related_name="matches", verbose_name=_("journal")
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
    taken_back_at = models.DateTimeField(_("taken back at"), null=True, editable=False)

    objects = BankMatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank match")
        verbose_name_plural = _("bank matches")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line", "order"], name="bankmatch_once_per_pair"),
            models.UniqueConstraint(fields=["line", "journal"], name="bankmatch_once_per_voucher"),
            models.UniqueConstraint(
                fields=["line"],
                condition=models.Q(rejected_at=None, taken_back_at=None),
                name="bankmatch_line_matches_once",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(rejected_at=None, taken_back_at=None),
                name="bankmatch_order_matches_once",
            ),
            models.UniqueConstraint(
                fields=["journal"],
                condition=models.Q(rejected_at=None, taken_back_at=None),
                name="bankmatch_journal_matches_once",
            ),
            models.CheckConstraint(
                condition=models.Q(order=None, journal__isnull=False) | models.Q(order__isnull=False, journal=None),
                name="bankmatch_is_with_an_order_or_a_journal",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None) | models.Q(rejected_at=None),
                name="bankmatch_confirmed_or_rejected",
            ),
            models.CheckConstraint(
                condition=models.Q(taken_back_at=None) | models.Q(confirmed_at__isnull=False),
                name="bankmatch_taken_back_was_confirmed",
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
        return f"{self.line} = {self.order or self.journal}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.line.charity.division


class BankAllocationQuerySet(models.QuerySet["BankAllocation"]):
    """Reads over parts."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Parts of the lines that the user may see."""
        if not user.is_authenticated:
            return self.none()
        mine = models.Q(line__charity__in=charity_keys(user))
        return self.filter(mine | within(user, Role.AUDITOR, division="line__charity__division"))

    def standing(self) -> Self:
        """Parts that were not taken back."""
        return self.filter(reverses=None, reversed_by=None)

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("line__charity", "journal__book", "made_by", "reversed_by")


class BankAllocation(AppendOnly):
    """A part of a bank line that is a part of a voucher: one line over several, several lines in one, or one in one.

    Written once. What was matched in error is taken back whole by a row that names it in `reverses`, with the reason.
    Triggers keep a line from being matched above its amount and a journal above what it brought in, keep both to one
    charity, and refuse whoever imported the line (Basis: separation of duties).
    """

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="parts", verbose_name=_("bank line"))
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="bank_parts", verbose_name=_("journal"))
    amount = YuanField(_("amount"))
    match = models.ForeignKey(
        BankMatch, on_delete=models.PROTECT, null=True, related_name="parts", verbose_name=_("suggestion")
    )
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="reversed_by", verbose_name=_("takes back")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    made_at = models.DateTimeField(_("matched at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("matched by")
    )

    objects = BankAllocationQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = _("matched part")
        verbose_name_plural = _("matched parts")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="bankallocation_amount_is_positive"),
            models.CheckConstraint(
                condition=models.Q(reverses=None) | ~models.Q(reason=""), name="bankallocation_taken_back_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.journal} {format_yuan(self.amount)}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.line.charity.division
