"""Reads of the ledger: a balance, the content of a journal, the proof that everything agrees."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _

from funds.ledger.models import Account, Balance, Book, Journal, Period
from funds.ledger.policy import GENESIS, JOURNAL_FORM, CanonicalJournal, CanonicalLine
from governance.money import to_fen

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from django_stubs_ext import StrOrPromise

MOST_FINDINGS = 100

# One statement, so that postings that go on meanwhile are seen wholly or not at all and nothing need be locked. The
# canonical bytes are built here a second time, without the code that posts.
PROOF = """
WITH lines AS (
    SELECT transfer.journal_id, count(*) AS lines, sum(transfer.amount) AS total,
        string_agg(
            ledger_field(source.code) || ledger_field(target.code)
                || ledger_field((transfer.amount * 100)::bigint::text), '' ORDER BY transfer.line
        ) AS content
    FROM funds_journal AS journal
    JOIN funds_transfer AS transfer ON transfer.journal_id = journal.id
    JOIN funds_account AS source ON source.id = transfer.source_id
    JOIN funds_account AS target ON target.id = transfer.target_id
    WHERE journal.book_id = %(book)s
    GROUP BY transfer.journal_id
), chain AS (
    SELECT journal.*, coalesce(lines.total, 0) AS moved,
        row_number() OVER walk AS place,
        row_number() OVER (PARTITION BY journal.year ORDER BY journal.sequence) AS number,
        lag(journal.hash, 1, %(genesis)s) OVER walk AS before,
        encode(sha256(convert_to(
            journal.previous_hash || ledger_field(%(form)s) || ledger_field(book.code) || ledger_field(book.unit)
            || ledger_field(journal.sequence::text) || ledger_field(journal.year::text)
            || ledger_field(journal.voucher_number::text) || ledger_field(journal.kind) || ledger_field(journal.key)
            || ledger_field(to_char(journal.posted_on, 'YYYY-MM-DD'))
            || ledger_field(to_char(journal.posted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
            || ledger_field(journal.memo) || ledger_field(coalesce(reversed.sequence::text, ''))
            || ledger_field((journal.total * 100)::bigint::text) || ledger_field(coalesce(lines.lines, 0)::text)
            || coalesce(lines.content, ''), 'UTF8'
        )), 'hex') AS computed
    FROM funds_journal AS journal
    JOIN funds_book AS book ON book.id = journal.book_id
    LEFT JOIN funds_journal AS reversed ON reversed.id = journal.reverses_id
    LEFT JOIN lines ON lines.journal_id = journal.id
    WHERE journal.book_id = %(book)s
    WINDOW walk AS (ORDER BY journal.sequence)
), legs AS (
    SELECT account.id, account.code,
        (SELECT coalesce(sum(amount), 0) FROM funds_transfer WHERE target_id = account.id) AS received,
        (SELECT coalesce(sum(amount), 0) FROM funds_transfer WHERE source_id = account.id) AS given
    FROM funds_account AS account WHERE account.book_id = %(book)s
), findings AS (
    SELECT 1 AS rank, 'SEQUENCE' AS what, sequence AS place, sequence::text AS stored, place::text AS computed
    FROM chain WHERE sequence <> place
    UNION ALL
    SELECT 2, 'VOUCHER', sequence, voucher_number::text, number::text FROM chain WHERE voucher_number <> number
    UNION ALL
    SELECT 3, 'TOTAL', sequence, total::text, moved::text FROM chain WHERE total <> moved
    UNION ALL
    SELECT 4, 'LINK', sequence, previous_hash, before FROM chain WHERE previous_hash <> before
    UNION ALL
    SELECT 5, 'HASH', sequence, hash, computed FROM chain WHERE hash <> computed
    UNION ALL
    SELECT 6, 'HEAD', sequence, sequence || ' ' || head_hash,
        (SELECT count(*) FROM chain) || ' '
            || coalesce((SELECT hash FROM chain ORDER BY sequence DESC LIMIT 1), %(genesis)s)
    FROM funds_book WHERE id = %(book)s
    UNION ALL
    SELECT 7, 'BALANCE ' || legs.code, 0, balance.received || ' ' || balance.given, legs.received || ' ' || legs.given
    FROM legs LEFT JOIN funds_balance AS balance ON balance.account_id = legs.id
    WHERE (balance.received, balance.given) IS DISTINCT FROM (legs.received, legs.given)
    UNION ALL
    SELECT 8, 'MONTH ' || to_char(month, 'YYYY-MM'), 0,
        coalesce(kept.amount, 0) || ' ' || coalesce(kept.transfers, 0),
        coalesce(summed.amount, 0) || ' ' || coalesce(summed.transfers, 0)
    FROM (SELECT * FROM funds_monthflow WHERE book_id = %(book)s) AS kept FULL JOIN (
        SELECT transfer.source_id, transfer.target_id, date_trunc('month', journal.posted_on)::date AS month,
            sum(transfer.amount) AS amount, count(*) AS transfers
        FROM funds_booksummary AS summary
        JOIN funds_journal AS journal
            ON journal.book_id = summary.book_id AND journal.sequence <= summary.sequence
        JOIN funds_transfer AS transfer ON transfer.journal_id = journal.id
        WHERE summary.book_id = %(book)s GROUP BY 1, 2, 3
    ) AS summed USING (source_id, target_id, month)
)
SELECT what, place, stored, computed FROM findings WHERE stored IS DISTINCT FROM computed
ORDER BY rank > 6, place, rank, what LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure of a book that does not agree with what it follows from.

    `what` is SEQUENCE, VOUCHER, TOTAL, LINK, HASH, HEAD, BALANCE with the account's code or MONTH with the month; `place`
    the sequence number of the journal (0 for balances and months).
    """

    what: str
    place: int
    stored: str
    computed: str

    @property
    def sentence(self) -> StrOrPromise:
        """Say in one sentence what does not agree."""
        return _("%(what)s at %(place)s: %(stored)s is recorded, %(computed)s follows from the transfers.") % {
            "what": self.what,
            "place": self.place,
            "stored": self.stored,
            "computed": self.computed,
        }


def differences_in(book: Book) -> list[Finding]:
    """Recompute chain, vouchers, totals, balances and months of a book from its rows and return what differs, first row first.

    One query over the whole book; nothing is locked.
    """
    with connection.cursor() as cursor:
        cursor.execute(PROOF, {"book": book.pk, "genesis": GENESIS, "form": JOURNAL_FORM, "most": MOST_FINDINGS})
        return [Finding(*row) for row in cursor.fetchall()]


def open_day(book: Book, day: dt.date, today: dt.date) -> dt.date:
    """Return the day on which money of a day is posted: that day, or today once its month is closed.

    For money that is entered, or whose purpose becomes clear, only after the closing: it is posted when it is known, the
    month stays as it was signed. What is posted for keeps the day on which the money moved. One query.
    Basis: Rules for Basic Accounting Work (会计基础工作规范): what concerns a closed period is entered in the open one.
    """
    is_closed = Period.objects.filter(book=book, year=day.year, month=day.month, closed_at__isnull=False).exists()
    return today if is_closed else day


def balance_of(account: Account) -> Decimal:
    """Return what lies on the account now; one indexed row, however many transfers it has."""
    received, given = Balance.objects.values_list("received", "given").get(account=account)
    difference: Decimal = received - given
    return difference


def content_of(journal: Journal) -> CanonicalJournal:
    """Return a stored journal as its hash sees it; four queries unless read by `for_list`."""
    return CanonicalJournal(
        book=journal.book.code,
        unit=journal.book.unit,
        sequence=journal.sequence,
        year=journal.year,
        voucher_number=journal.voucher_number,
        kind=journal.kind,
        key=journal.key,
        posted_on=journal.posted_on,
        posted_at=journal.posted_at,
        memo=journal.memo,
        reverses=journal.reverses.sequence if journal.reverses else None,
        lines=[
            CanonicalLine(line.source.code, line.target.code, to_fen(line.amount))
            for line in sorted(journal.transfers.all(), key=attrgetter("line"))
        ],
    )
