"""What moved in a book month by month, summed up: figures over years without reading every transfer.

The sums are kept behind the posting, never in it: a summary says up to which journal of its book they reach, and whoever
reads adds the journals after that. So a figure is right at any moment, however long ago the sums were brought up.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from psycopg2 import sql

from funds.ledger.models import Account, Book
from governance.money import YuanField

SINCE_SUMMED = sql.SQL("""funds_booksummary AS summary
    JOIN funds_book AS book ON book.id = summary.book_id AND book.sequence > summary.sequence
    JOIN funds_journal AS journal
        ON journal.book_id = book.id AND journal.sequence BETWEEN summary.sequence + 1 AND book.sequence
    CROSS JOIN LATERAL (
        SELECT source_id, target_id, amount FROM funds_transfer WHERE journal_id = journal.id OFFSET 0
    ) AS transfer""")
"""What was posted after the sums, to stand behind FROM: few rows, each found by its keys.

Bounded on both sides and one journal at a time: PostgreSQL takes "above" for a third of all rows and would otherwise
read every transfer of the country.
"""


class SummaryQuerySet(models.QuerySet["BookSummary"]):
    """What can be done with summaries."""

    def bring_up(self) -> int:
        """Sum up what was posted since, book by book; return how many books had anything. Harmless at any time."""
        head = Book.objects.filter(pk=models.OuterRef("book")).values("sequence")
        return self.filter(sequence__lt=models.F("book__sequence")).update(sequence=models.Subquery(head))


class BookSummary(models.Model):
    """Up to which journal the months of a book are summed up.

    A trigger makes one with each book. Raising `sequence` is how the sums are brought up to that journal: the trigger
    adds what lies between, in the same statement, and nothing else can change them.
    """

    book = models.OneToOneField(
        Book, on_delete=models.PROTECT, primary_key=True, related_name="summary", verbose_name=_("book")
    )
    sequence = models.PositiveBigIntegerField(_("summed up to journal"), default=0)

    moved_by_triggers: ClassVar = frozenset({"book"})

    objects = SummaryQuerySet.as_manager()

    class Meta:
        verbose_name = _("summary of a book")
        verbose_name_plural = _("summaries of books")

    def __str__(self) -> str:
        return f"{self.book_id}: {self.sequence}"


class MonthFlow(models.Model):
    """What moved from one account to another in one month, by the dates of the vouchers; written by triggers alone."""

    # No foreign keys in the database: rows come only from the transfers, whose keys hold.
    book = models.ForeignKey(
        Book,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("book"),
    )
    source = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False, verbose_name=_("from")
    )
    target = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False, verbose_name=_("to")
    )
    month = models.DateField(_("first day of the month"))
    amount = YuanField(_("amount"), max_digits=18)
    transfers = models.PositiveBigIntegerField(_("transfers"))

    moved_by_triggers: ClassVar = frozenset({"id", "book", "source", "target", "month", "amount", "transfers"})

    class Meta:
        verbose_name = _("flow of a month")
        verbose_name_plural = _("flows of months")
        constraints: ClassVar = [
            # Also how a book's flows are read.
            models.UniqueConstraint(fields=["book", "source", "target", "month"], name="monthflow_is_one_sum"),
        ]

    def __str__(self) -> str:
        return f"{self.book_id} {self.month:%Y-%m}: {self.amount}"
