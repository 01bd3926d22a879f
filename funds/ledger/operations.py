"""Writing the ledger: books, accounts, postings and their reversal, periods, the nightly proof.

Every posting of money goes through `post_journal`. What it checks, the database checks again by constraint and trigger
(migration `ledger_walls`), which also move the balances and the head of the book.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from funds.ledger.lifecycle import BookStatus
from funds.ledger.models import Account, AccountKind, Balance, Book, Journal, JournalKind, Period, Unit
from funds.ledger.policy import (
    CODE_PREFIX,
    STANDARD_ACCOUNTS,
    CanonicalJournal,
    CanonicalLine,
    canonical,
    chain_hash,
    normalize,
)
from funds.ledger.queries import Finding, content_of, differences_in
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotAllowed, NotNow
from governance.money import MAX_YUAN, to_fen, to_yuan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from governance.accounts.models import User

ATTEMPTS = 5
LOST_RACES = {"40001", "40P01"}
"""SQLSTATE of a failed serialization and of a deadlock: nothing was written, the same work may be tried again."""


class BookNotOpen(NotNow):
    """The book is frozen or closed."""

    code = "book_not_open"
    message = _("“%(book)s” takes no posting: it is %(status)s. %(reason)s")


class PeriodIsClosed(NotNow):
    """The month of the posting date has been closed."""

    code = "period_closed"
    message = _("%(month)s is closed in “%(book)s”. Choose a later date.")


class DateOutsideBook(Invalid):
    """The date lies before the book's opening or in the future."""

    code = "date_outside_book"
    message = _("The date %(day)s must lie between %(first)s and %(last)s.")


class LinesUnfit(Invalid):
    """A posting needs lines with positive amounts between two different accounts of its book."""

    code = "lines_unfit"
    message = _("%(reason)s")


class TextUnfit(Invalid):
    """The business key or the summary is missing, too long or holds characters that cannot be shown."""

    code = "text_unfit"
    message = _("“%(field_name)s” must hold between 1 and %(longest)s plain characters.")


class InsufficientAvailable(NotNow):
    """A pool or hold does not have the money that is to leave it."""

    code = "insufficient_available"
    message = _("“%(account)s” has %(available)s available; %(wanted)s cannot be taken from it.")


class EffectRecordedDifferently(Conflict):
    """The business key was posted before with another content."""

    code = "effect_recorded_differently"
    message = _("“%(key)s” has already been posted as voucher %(voucher)s, with a different content.")


class AlreadyReversed(Conflict):
    """A journal can be reversed once."""

    code = "already_reversed"
    message = _("Voucher %(voucher)s has already been reversed.")


class AccountDiffers(Conflict):
    """The account exists with another kind, or its code does not fit its kind."""

    code = "account_differs"
    message = _("The account code %(code)s does not fit the kind %(kind)s.")


class PeriodNotOver(NotNow):
    """A month can be closed after its last day."""

    code = "period_not_over"
    message = _("%(month)s is not over yet.")


class PeriodNotProposed(NotNow):
    """Nobody has proposed to close the month, or it is closed already."""

    code = "period_not_proposed"
    message = _("The closing of %(month)s is not waiting for approval.")


class BookCodeTaken(Conflict):
    """Another book has this code."""

    code = "book_code_taken"
    message = _("There is already a book with the code %(code)s.")


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of a posting: a positive amount from one account to another of the same book."""

    source: Account
    target: Account
    amount: Decimal


class _Head(NamedTuple):
    """The locked row of the book that a posting continues."""

    code: str
    unit: str
    name: str
    status: str
    status_reason: str
    opened_on: dt.date
    sequence: int
    head_hash: str
    voucher_year: int
    voucher_number: int


class _Posted(NamedTuple):
    """What came of a posting; not new when the same effect was recorded before."""

    journal: Journal
    is_new: bool


# One statement locks the book, the next writes everything. The balances and the head of the book are moved by the
# triggers of the inserted rows. The audit entry is written as governance.audit.operations.record writes it.
LOCK = (
    "SELECT code, unit, name, status, status_reason, opened_on, sequence, head_hash, voucher_year, voucher_number"
    " FROM funds_book WHERE id = %s FOR NO KEY UPDATE"
)
WRITE = """
WITH journal AS (
    INSERT INTO funds_journal (
        book_id, sequence, year, voucher_number, kind, posted_on, posted_at, posted_by_id, key, memo, total,
        reverses_id, previous_hash, hash
    ) VALUES %s RETURNING id, book_id
), transfers AS (
    INSERT INTO funds_transfer (journal_id, book_id, line, source_id, target_id, amount)
    SELECT journal.id, journal.book_id, line.number, line.source_id, line.target_id, line.amount
    FROM journal, unnest(%s::smallint[], %s::bigint[], %s::bigint[], %s::numeric[])
        AS line (number, source_id, target_id, amount)
), audit AS (
    INSERT INTO audit_auditentry
        (at, actor_id, verb, object_label, object_key, object_name, before, after, reason, basis)
    SELECT %s, %s, 'funds.journal.posted', 'funds.Journal', journal.id::text, %s, '{}', %s::jsonb, '', '' FROM journal
)
SELECT id FROM journal
"""


def open_book(
    *,
    by: User,
    code: str,
    name: str,
    division: Division,
    opened_on: dt.date,
    now: dt.datetime,
    unit: str = Unit.YUAN,
) -> Book:
    """Open a book with the standard accounts (`funds.ledger.policy.STANDARD_ACCOUNTS`), all at zero.

    Raises:
        BookCodeTaken: another book has the code.
    """
    book = Book(code=normalize(code), name=name, division=division, opened_on=opened_on, unit=unit)
    book.full_clean(validate_unique=False)
    with transaction.atomic():
        if Book.objects.filter(code=book.code).exists():
            raise BookCodeTaken(code=book.code)
        book.save(force_insert=True)
        accounts = Account.objects.bulk_create(
            Account(book=book, code=code, kind=kind, name=str(name)) for code, kind, name in STANDARD_ACCOUNTS
        )
        Balance.objects.bulk_create(Balance(account=account, kind=account.kind) for account in accounts)
        audit.record(by=by, verb="funds.book.opened", row=book, now=now, after={"code": book.code, "unit": unit})
    return book


def open_account(
    *, by: User, book: Book, code: str, kind: str, name: str, now: dt.datetime, purpose: str = ""
) -> Account:
    """Return the book's account with this code, opened at zero on first use.

    Codes begin with their kind: `source:`, `pool:`, `hold:`, `use:`.

    Raises:
        AccountDiffers: the code does not fit the kind, or the account exists with another kind.
    """
    if found := Account.objects.filter(book=book, code=code).first():
        return _of_kind(found, kind)
    account = Account(book=book, code=normalize(code), kind=kind, name=name, purpose=purpose)
    _of_kind(account, kind)
    account.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
            Balance.objects.create(account=account, kind=kind)
            audit.record(by=by, verb="funds.account.opened", row=account, now=now, after={"code": code, "kind": kind})
    except IntegrityError as error:
        if _constraint(error) != "account_code_is_unique_in_book":
            raise
        return _of_kind(Account.objects.get(book=book, code=code), kind)
    return account


def _of_kind(account: Account, kind: str) -> Account:
    """Return the account if it is of this kind and its code says so."""
    if account.kind != kind or not account.code.startswith(CODE_PREFIX.get(kind, "?")):
        raise AccountDiffers(code=account.code, kind=kind)
    return account


def post_journal(
    *,
    by: User,
    book: Book,
    kind: str,
    key: str,
    posted_on: dt.date,
    memo: str,
    lines: Sequence[Line],
    now: dt.datetime,
) -> Journal:
    """Post one voucher and return it; the same key with the same content returns the first one again.

    Locks the book, gives the voucher the next number of its year, chains it to the journal before and writes journal,
    transfers, balances, head and audit entry: two statements and the commit. `key` names the effect in the book
    ("order:12"). `memo` is public and can never be changed, so it must hold no personal data. Instances passed in are
    not refreshed. A lost race (deadlock) is tried again when no outer transaction is open.

    Raises:
        BookNotOpen, PeriodIsClosed, DateOutsideBook: nothing may be posted there.
        LinesUnfit, TextUnfit: the posting itself cannot be right.
        InsufficientAvailable: a pool or hold would fall below zero.
        EffectRecordedDifferently: the key was posted with another content.
    """
    draft = _drafted(by=by, book=book, kind=kind, key=key, posted_on=posted_on, memo=memo, lines=lines, now=now)
    return _post(draft).journal


def reverse_journal(*, by: User, journal: Journal, posted_on: dt.date, memo: str, now: dt.datetime) -> Journal:
    """Correct a journal by one that moves every line back and names it; a journal can be reversed once.

    Raises:
        NotAllowed: `by` may not reverse journals here.
        AlreadyReversed: it was reversed before.
        InsufficientAvailable, BookNotOpen, PeriodIsClosed, DateOutsideBook, TextUnfit: as for `post_journal`.
    """
    _require(by, "funds.reverse_journal", journal)
    lines = [
        Line(line.target, line.source, line.amount)
        for line in journal.transfers.select_related("source", "target").order_by("line")
    ]
    draft = _drafted(
        by=by,
        book=journal.book,
        kind=JournalKind.REVERSAL,
        key=f"reversal:{journal.sequence}",
        posted_on=posted_on,
        memo=memo,
        lines=lines,
        now=now,
        reverses=journal,
    )
    try:
        posted = _post(draft)
    except EffectRecordedDifferently as refusal:
        raise AlreadyReversed(voucher=str(journal)) from refusal
    if not posted.is_new:
        raise AlreadyReversed(voucher=str(journal))
    return posted.journal


@dataclass(frozen=True, slots=True)
class _Draft:
    """A posting that is right in itself; what follows from the head of its book is filled in under the lock."""

    by: User
    book: Book
    lines: Sequence[Line]
    now: dt.datetime
    reverses: Journal | None
    content: CanonicalJournal


def _drafted(
    *,
    by: User,
    book: Book,
    kind: str,
    key: str,
    posted_on: dt.date,
    memo: str,
    lines: Sequence[Line],
    now: dt.datetime,
    reverses: Journal | None = None,
) -> _Draft:
    """Check what can be checked without the database."""
    _check_lines(book, lines)
    content = CanonicalJournal(
        book=book.code,
        unit=book.unit,
        sequence=0,
        year=posted_on.year,
        voucher_number=0,
        kind=str(JournalKind(kind)),
        key=_text(key, Journal._meta.get_field("key")),
        posted_on=posted_on,
        posted_at=now,
        memo=_text(memo, Journal._meta.get_field("memo")),
        reverses=None if reverses is None else reverses.sequence,
        lines=tuple(CanonicalLine(line.source.code, line.target.code, to_fen(line.amount)) for line in lines),
    )
    return _Draft(by, book, lines, now, reverses, content)


def _check_lines(book: Book, lines: Sequence[Line]) -> None:
    """Refuse lines that no book could hold."""
    if not lines:
        raise LinesUnfit(field="lines", reason=_("A posting needs at least one line."))
    for line in lines:
        if line.amount <= 0:
            raise LinesUnfit(field="lines", reason=_("Every amount must be more than zero."))
        if line.source.pk == line.target.pk:
            raise LinesUnfit(field="lines", reason=_("A line moves money between two different accounts."))
        if {line.source.book_id, line.target.book_id} != {book.pk}:
            raise LinesUnfit(field="lines", reason=_("All accounts of a posting belong to one book."))
    if sum(line.amount for line in lines) > MAX_YUAN:
        raise LinesUnfit(field="lines", reason=_("The total is too large for one voucher."))


def _text(text: str, field: Any) -> str:
    """Return the text as it is stored, or refuse it."""
    plain = normalize(text)
    if not plain or len(plain) > field.max_length or not plain.isprintable():
        raise TextUnfit(field=field.name, field_name=field.verbose_name, longest=field.max_length)
    return plain


def _post(draft: _Draft) -> _Posted:
    """Write the draft, trying again after a lost race unless the caller holds a transaction open."""
    attempts = 1 if connection.in_atomic_block else ATTEMPTS
    for attempt in range(1, attempts + 1):
        try:
            return _post_once(draft)
        except OperationalError as error:
            if attempt == attempts or getattr(error.__cause__, "pgcode", "") not in LOST_RACES:
                raise
    raise AssertionError  # pragma: no cover - the last attempt returns or raises


def _post_once(draft: _Draft) -> _Posted:
    """Write the draft in one transaction; look at what stands in the way only after that was rolled back."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LOCK, [draft.book.pk])
            head = _Head(*cursor.fetchone())
            if refusal := _refusal(draft, head):
                raise refusal
            content = _continued(draft, head, cursor)
            return _Posted(_write(draft, content, head.head_hash, cursor), is_new=True)
    except (NotNow, Invalid):
        if found := _recorded_before(draft):
            return found
        raise
    except IntegrityError as error:
        if found := _recorded_before(draft):
            return found
        if refusal := _explained(draft, error):
            raise refusal from error
        raise


def _refusal(draft: _Draft, head: _Head) -> NotNow | Invalid | None:
    """Return why the book takes nothing on this date, if so."""
    if head.status != BookStatus.OPEN:
        return BookNotOpen(book=head.name, status=BookStatus(head.status).label, reason=head.status_reason)
    today = timezone.localdate(draft.now)
    if not head.opened_on <= draft.content.posted_on <= today:
        return DateOutsideBook(field="posted_on", day=draft.content.posted_on, first=head.opened_on, last=today)
    return None


def _continued(draft: _Draft, head: _Head, cursor: Any) -> CanonicalJournal:
    """Return the content with its place in the book; one query when the year is not the last one posted in."""
    number = head.voucher_number
    if draft.content.year != head.voucher_year:
        cursor.execute(
            "SELECT coalesce(max(voucher_number), 0) FROM funds_journal WHERE book_id = %s AND year = %s",
            [draft.book.pk, draft.content.year],
        )
        number = cursor.fetchone()[0]
    return replace(draft.content, book=head.code, unit=head.unit, sequence=head.sequence + 1, voucher_number=number + 1)


def _write(draft: _Draft, content: CanonicalJournal, previous: str, cursor: Any) -> Journal:
    """Insert journal, transfers and audit entry by one statement and return the journal."""
    journal = Journal(
        book=draft.book,
        sequence=content.sequence,
        year=content.year,
        voucher_number=content.voucher_number,
        kind=content.kind,
        posted_on=content.posted_on,
        posted_at=content.posted_at,
        posted_by=draft.by,
        key=content.key,
        memo=content.memo,
        total=to_yuan(sum(line.fen for line in content.lines)),
        reverses=draft.reverses,
        previous_hash=previous,
        hash=chain_hash(previous, canonical(content)),
    )
    row = (
        *(draft.book.pk, journal.sequence, journal.year, journal.voucher_number, journal.kind, journal.posted_on),
        *(journal.posted_at, draft.by.pk, journal.key, journal.memo, journal.total, journal.reverses_id),
        *(journal.previous_hash, journal.hash),
    )
    lines = draft.lines
    cursor.execute(
        WRITE,
        [
            row,
            list(range(1, len(lines) + 1)),
            [line.source.pk for line in lines],
            [line.target.pk for line in lines],
            [line.amount for line in lines],
            draft.now,
            draft.by.pk,
            str(journal),
            json.dumps({"kind": journal.kind, "key": journal.key, "total": str(journal.total)}, ensure_ascii=False),
        ],
    )
    journal.pk = cursor.fetchone()[0]
    journal._state.adding = False
    journal._state.db = connection.alias
    return journal


def _recorded_before(draft: _Draft) -> _Posted | None:
    """Return the journal that has recorded this very effect.

    Raises:
        EffectRecordedDifferently: the key is taken by another content.
    """
    found = Journal.objects.for_list().filter(book=draft.book, key=draft.content.key).first()
    if found is None:
        return None
    same = replace(
        draft.content,
        sequence=found.sequence,
        voucher_number=found.voucher_number,
        posted_at=found.posted_at,
    )
    if canonical(same) != canonical(content_of(found)):
        raise EffectRecordedDifferently(key=found.key, voucher=str(found))
    return _Posted(found, is_new=False)


def _constraint(error: IntegrityError) -> str:
    """Return the name of the constraint or wall that refused."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""


def _explained(draft: _Draft, error: IntegrityError) -> NotNow | Invalid | None:
    """Return the refusal behind a wall of the database that people can run into, if it is one."""
    reasons: dict[str, Callable[[_Draft], NotNow | Invalid]] = {
        "balance_never_below_zero": _insufficient,
        "journal_period_is_open": _period_closed,
        "transfer_source_in_its_book": _strange_account,
        "transfer_target_in_its_book": _strange_account,
    }
    found = reasons.get(_constraint(error))
    return found(draft) if found else None


def _strange_account(draft: _Draft) -> Invalid:
    del draft
    return LinesUnfit(field="lines", reason=_("All accounts of a posting belong to one book."))


def _period_closed(draft: _Draft) -> NotNow:
    return PeriodIsClosed(field="posted_on", month=f"{draft.content.posted_on:%Y-%m}", book=draft.book.name)


def _insufficient(draft: _Draft) -> NotNow:
    """Name the pool or hold that lacks most, and what lies on it now."""
    net: dict[Account, Decimal] = {}
    for line in draft.lines:
        net[line.source] = net.get(line.source, Decimal(0)) + line.amount
        net[line.target] = net.get(line.target, Decimal(0)) - line.amount
    present = {
        balance.account_id: balance.amount for balance in Balance.objects.filter(account__in=net).order_by("account")
    }
    limited = [account for account in net if account.kind in (AccountKind.POOL, AccountKind.HOLD)]
    short = max(limited, key=lambda account: net[account] - present[account.pk])
    return InsufficientAvailable(account=short.label, available=present[short.pk], wanted=net[short])


def freeze_book(*, by: User, book: Book, reason: str, now: dt.datetime) -> Book:
    """Stop all posting to a book until it is released, and return the fresh row.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return _moved(by, book, "freeze", reason, now)


def unfreeze_book(*, by: User, book: Book, reason: str, now: dt.datetime) -> Book:
    """Let a frozen book take postings again, and return the fresh row.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return _moved(by, book, "unfreeze", reason, now)


def close_book(*, by: User, book: Book, reason: str, now: dt.datetime) -> Book:
    """Close an empty book for good, and return the fresh row.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered, ReasonMissing: as for every move; hindered while money lies in it.
    """
    return _moved(by, book, "close", reason, now)


def _moved(by: User, book: Book, name: str, reason: str, now: dt.datetime) -> Book:
    shown = reason[: Book._meta.get_field("status_reason").max_length or 0]
    return lifecycle.move(book, name, by=by, now=now, reason=reason, changes={"status_reason": shown})


def prove_book(*, by: User, book: Book, now: dt.datetime) -> list[Finding]:
    """Recompute balances and chain of a book from its transfers; freeze it when anything differs.

    Returns what differs, nothing for a sound book. One query unless it must freeze; nothing is locked meanwhile.

    Raises:
        MoveForbidden: something differs and `by` may not freeze the book.
    """
    findings = differences_in(book)
    if findings:
        with transaction.atomic():
            fresh = Book.objects.select_for_update(no_key=True).get(pk=book.pk)
            if fresh.status == BookStatus.OPEN:
                freeze_book(by=by, book=fresh, reason=str(findings[0].sentence), now=now)
    return findings


def propose_period_close(*, by: User, book: Book, year: int, month: int, now: dt.datetime) -> Period:
    """Propose to close a month that is over; a month proposed before is returned as it is.

    Raises:
        NotAllowed: `by` may not propose it.
        PeriodNotOver: the month has days left.
    """
    _require(by, "funds.propose_period_close", book)
    if (year, month) >= (timezone.localdate(now).year, timezone.localdate(now).month):
        raise PeriodNotOver(month=f"{year}-{month:02d}")
    period = Period(book=book, year=year, month=month, proposed_at=now, proposed_by=by)
    with transaction.atomic():
        Book.objects.select_for_update(no_key=True).get(pk=book.pk)
        if found := Period.objects.filter(book=book, year=year, month=month).first():
            return found
        period.full_clean(exclude={"closed_at", "closed_by"})
        period.save(force_insert=True)
        audit.record(by=by, verb="funds.period.proposed", row=period, now=now)
    return period


def close_period(*, by: User, period: Period, now: dt.datetime) -> Period:
    """Close a proposed month: no posting may bear a date in it any more; by another person than the proposer.

    Raises:
        NotAllowed: `by` may not close it.
        SamePerson: `by` has proposed it.
        PeriodNotProposed: it is closed already.
    """
    _require(by, "funds.close_period", period)
    with transaction.atomic():
        # The book first, as every posting does: whoever posts into the month now is done before it closes.
        Book.objects.select_for_update(no_key=True).get(pk=period.book_id)
        fresh = Period.objects.select_for_update(of=("self",)).select_related("book").get(pk=period.pk)
        if fresh.closed_at is not None:
            raise PeriodNotProposed(month=f"{fresh.year}-{fresh.month:02d}")
        if fresh.proposed_by_id == by.pk:
            raise lifecycle.SamePerson(move=_("Close the month"))
        fresh.closed_at, fresh.closed_by = now, by
        fresh.save(update_fields=["closed_at", "closed_by"])
        audit.record(by=by, verb="funds.period.closed", row=fresh, now=now)
    return fresh


def _require(by: User, permission: str, row: Any) -> None:
    """Refuse a person who lacks the right over the row."""
    if not by.has_perm(permission, row):
        raise NotAllowed
