"""The ledger: books, accounts, journals of transfers, balances, periods.

A transfer moves a positive amount from one account to another of the same book, so double entry holds by
construction. Journals and transfers are written once, by `funds.ledger.operations.post_journal`, and never changed.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from governance.audit.models import AppendOnly
from governance.money import YuanField


class Unit(models.TextChoices):
    """What a book counts."""

    YUAN = "YUAN", _("yuan")
    POINTS = "POINTS", _("points")


class BookStatus(models.TextChoices):
    """Whether a book takes postings."""

    OPEN = "OPEN", _("open")
    FROZEN = "FROZEN", _("frozen")
    CLOSED = "CLOSED", _("closed")


class Book(models.Model):
    """One set of accounts, such as that of one community fund.

    The head of the chain and the voucher counter stand here; the row is locked by every posting, which makes voucher
    numbers continuous and the chain one line. A frozen book (figures that do not agree) takes no posting.
    """

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    unit = models.CharField(_("unit"), max_length=10, choices=Unit, default=Unit.YUAN)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="books", verbose_name=_("division"))
    status = models.CharField(_("status"), max_length=10, choices=BookStatus, default=BookStatus.OPEN)
    status_reason = models.CharField(_("reason"), max_length=200, blank=True)
    opened_on = models.DateField(_("opened on"))
    sequence = models.PositiveBigIntegerField(_("journals posted"), default=0, editable=False)
    head_hash = models.CharField(_("head of the chain"), max_length=64, default="0" * 64, editable=False)
    voucher_year = models.PositiveSmallIntegerField(_("voucher year"), default=0, editable=False)
    voucher_number = models.PositiveIntegerField(_("last voucher number"), default=0, editable=False)

    class Meta:
        verbose_name = _("book")
        verbose_name_plural = _("books")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=BookStatus.values), name="book_status_is_known"),
            models.CheckConstraint(condition=models.Q(unit__in=Unit.values), name="book_unit_is_known"),
        ]

    def __str__(self) -> str:
        return self.name


class AccountKind(models.TextChoices):
    """What an account stands for."""

    SOURCE = "SOURCE", _("source")
    POOL = "POOL", _("pool")
    HOLD = "HOLD", _("hold")
    SINK = "SINK", _("use")


class Account(models.Model):
    """A place in a book: an outside source, a pool of money, a hold on it, an outside use.

    `code` is stable within the book ("source:enterprise", "pool:free", "pool:restricted:12", "use:environment").
    Pools and holds can never go below zero; sources and uses only count what has passed.
    """

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("book"))
    code = models.CharField(_("code"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=AccountKind)
    name = models.CharField(_("name"), max_length=120)
    purpose = models.CharField(_("restricted to"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["book", "code"], name="account_code_is_unique_in_book"),
            # Target of the composite foreign keys (book, account) of the transfers.
            models.UniqueConstraint(fields=["book", "id"], name="account_belongs_to_its_book"),
            models.CheckConstraint(condition=models.Q(kind__in=AccountKind.values), name="account_kind_is_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Balance(models.Model):
    """What went into and out of one account so far; updated in the posting transaction, proven every night.

    `kind` repeats the account's, for the check that pools and holds never go below zero.
    """

    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, primary_key=True, related_name="balance", verbose_name=_("account")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=AccountKind)
    received = YuanField(_("received"), max_digits=18, default=0)
    given = YuanField(_("given"), max_digits=18, default=0)

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["SOURCE", "SINK"]) | models.Q(received__gte=models.F("given")),
                name="balance_never_below_zero",
            ),
            models.CheckConstraint(condition=models.Q(received__gte=0, given__gte=0), name="balance_totals_only_grow"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.received - self.given}"


class JournalKind(models.TextChoices):
    """What a journal records."""

    DONATION = "DONATION", _("donation")
    REINVESTMENT = "REINVESTMENT", _("reinvestment")
    MATCHING = "MATCHING", _("matching")
    SUPPORT = "SUPPORT", _("government support")
    INTEREST = "INTEREST", _("interest")
    HOLD = "HOLD", _("hold")
    RELEASE = "RELEASE", _("release of a hold")
    PAYMENT = "PAYMENT", _("payment")
    REFUND = "REFUND", _("refund")
    ALLOCATION = "ALLOCATION", _("allocation")
    REVERSAL = "REVERSAL", _("reversal")


class Journal(AppendOnly):
    """One voucher (凭证): a group of transfers with a continuous number, chained by hash to the journal before.

    `key` is the business key of the effect, unique in its book: posting it again returns the first journal. A
    correction is a journal of kind REVERSAL that names what it `reverses`; a journal can be reversed once.
    """

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="journals", verbose_name=_("book"))
    sequence = models.PositiveBigIntegerField(_("sequence"))
    year = models.PositiveSmallIntegerField(_("year"))
    voucher_number = models.PositiveIntegerField(_("voucher number"))
    kind = models.CharField(_("kind"), max_length=20, choices=JournalKind)
    posted_on = models.DateField(_("date"))
    posted_at = models.DateTimeField(_("posted at"))
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("posted by")
    )
    key = models.CharField(_("business key"), max_length=120)
    memo = models.CharField(_("summary"), max_length=200)
    total = YuanField(_("total"))
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="reversed_by", verbose_name=_("reverses")
    )
    previous_hash = models.CharField(_("hash of the journal before"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64)

    class Meta(AppendOnly.Meta):
        verbose_name = _("journal")
        verbose_name_plural = _("journals")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["book", "sequence"], name="journal_sequence_is_unique"),
            models.UniqueConstraint(fields=["book", "year", "voucher_number"], name="journal_voucher_is_unique"),
            models.UniqueConstraint(fields=["book", "key"], name="journal_effect_happens_once"),
            models.CheckConstraint(condition=models.Q(kind__in=JournalKind.values), name="journal_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(kind="REVERSAL", reverses__isnull=False)
                | (~models.Q(kind="REVERSAL") & models.Q(reverses=None)),
                name="journal_reversal_names_its_target",
            ),
        ]
        indexes: ClassVar = [
            # The list of a book, newest first, by keyset.
            models.Index(fields=["book", "-sequence"], name="journal_newest"),
            # Statements of a period.
            models.Index(fields=["book", "posted_on"], name="journal_date"),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.voucher_number:05d}"

    def get_absolute_url(self) -> str:
        """The voucher's public page."""
        return reverse("funds:journal-detail", kwargs={"pk": self.pk})


class Transfer(AppendOnly):
    """One movement of a positive amount between two accounts of one book.

    Composite foreign keys (book, account), added by the migration, keep books apart.
    """

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="transfers", verbose_name=_("journal"))
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("book"))
    line = models.PositiveSmallIntegerField(_("line"))
    source = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="outgoing", db_index=False, verbose_name=_("from")
    )
    target = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="incoming", db_index=False, verbose_name=_("to")
    )
    amount = YuanField(_("amount"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["journal", "line"], name="transfer_line_is_unique"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="transfer_amount_is_positive"),
            models.CheckConstraint(
                condition=~models.Q(source=models.F("target")), name="transfer_moves_between_two_accounts"
            ),
        ]
        indexes: ClassVar = [
            # The history of an account, and the nightly proof of its balance.
            models.Index(fields=["source", "id"], name="transfer_source"),
            models.Index(fields=["target", "id"], name="transfer_target"),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target} {self.amount}"


class Period(models.Model):
    """A closed month of a book: no posting may bear a date in it. Closed by one person, approved by another."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="periods", verbose_name=_("book"))
    year = models.PositiveSmallIntegerField(_("year"))
    month = models.PositiveSmallIntegerField(_("month"))
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["book", "year", "month"], name="period_once"),
            models.CheckConstraint(condition=models.Q(month__gte=1, month__lte=12), name="period_month_exists"),
            models.CheckConstraint(
                condition=models.Q(closed_by=None) | ~models.Q(closed_by=models.F("proposed_by")),
                name="period_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.year}-{self.month:02d}"
