"""How a posting is written: what is checked without the database, one statement that writes it, what a refusal means.

Used by `funds.ledger.operations` only, whose functions every other room calls.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from funds.ledger.models import Account, AccountKind, Balance, Book, Flow, Journal, JournalKind, Suspension
from funds.ledger.policy import CanonicalJournal, CanonicalLine, canonical, canonical_rest, normalize
from funds.ledger.queries import content_of
from governance.errors import Conflict, Invalid, NotNow, constraint_of
from governance.money import MAX_YUAN, to_fen, to_yuan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from governance.accounts.models import User

ATTEMPTS = 5
LOST_RACES = {"40001", "40P01"}
"""SQLSTATE of a failed serialization and of a deadlock: nothing was written, the same work may be tried again."""
PAUSE = 0.05
"""Seconds before the second try: whoever has won is to go on before the book is asked for again."""


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


class IntakeSuspended(NotNow):
    """Somebody has suspended what comes in, or the fund is being closed."""

    code = "intake_suspended"
    message = _("“%(book)s” takes no money at present. %(reason)s")


class OutgoSuspended(NotNow):
    """Somebody has suspended what is held and paid."""

    code = "outgo_suspended"
    message = _("“%(book)s” holds and pays no money at present. %(reason)s")


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of a posting: a positive amount from one account to another of the same book."""

    source: Account
    target: Account
    amount: Decimal


class Posted(NamedTuple):
    """What came of a posting; not new when the same effect was recorded before."""

    journal: Journal
    is_new: bool


# The function of the migration `ledger_walls`: it locks the book, gives the journal its place, chains it and
# writes journal, transfers and audit entry, without a way to and fro while the book is locked.
POST = """
SELECT journal_id, sequence, voucher_number, previous_hash, hash
FROM ledger_post(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::bigint[], %s::bigint[], %s::numeric[], %s::jsonb)
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A posting that is right in itself; its place in the book is given under the lock."""

    by: User
    book: Book
    lines: Sequence[Line]
    now: dt.datetime
    reverses: Journal | None
    content: CanonicalJournal


def drafted(
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
) -> Draft:
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
    draft = Draft(by, book, lines, now, reverses, content)
    if posted_on > timezone.localdate(now):
        raise _outside(draft)
    return draft


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


def post(draft: Draft) -> Posted:
    """Write the draft, trying again after a lost race unless the caller holds a transaction open."""
    attempts = 1 if connection.in_atomic_block else ATTEMPTS
    for attempt in range(1, attempts + 1):
        try:
            return _post_once(draft)
        except OperationalError as error:
            if attempt == attempts or getattr(error.__cause__, "pgcode", "") not in LOST_RACES:
                raise
            time.sleep(PAUSE * attempt)
    raise AssertionError  # pragma: no cover - the last attempt returns or raises


def _post_once(draft: Draft) -> Posted:
    """Write the draft whole or not at all; look at what stands in the way only after that was rolled back.

    One statement is a transaction of its own, which holds the book only as long as the database is at work. Within
    another's transaction a savepoint keeps that one usable.
    """
    try:
        with nullcontext() if connection.get_autocommit() else transaction.atomic(), connection.cursor() as cursor:
            return Posted(_write(draft, cursor), is_new=True)
    except IntegrityError as error:
        if found := _recorded_before(draft):
            return found
        if refusal := _explained(draft, error):
            raise refusal from error
        raise


def _write(draft: Draft, cursor: Any) -> Journal:
    """Have the database write journal, transfers and audit entry, and return the journal."""
    content, lines = draft.content, draft.lines
    total = to_yuan(sum(line.fen for line in content.lines))
    after = {"kind": content.kind, "key": content.key, "total": str(total)}
    cursor.execute(
        POST,
        [
            *(draft.book.pk, content.kind, content.key, content.posted_on, content.posted_at, draft.by.pk),
            *(content.memo, total, draft.reverses.pk if draft.reverses else None, canonical_rest(content)),
            [line.source.pk for line in lines],
            [line.target.pk for line in lines],
            [line.amount for line in lines],
            json.dumps(after, ensure_ascii=False),
        ],
    )
    key, sequence, voucher_number, previous_hash, hash_ = cursor.fetchone()
    journal = Journal(
        id=key,
        book=draft.book,
        sequence=sequence,
        year=content.year,
        voucher_number=voucher_number,
        kind=content.kind,
        posted_on=content.posted_on,
        posted_at=content.posted_at,
        posted_by=draft.by,
        key=content.key,
        memo=content.memo,
        total=total,
        reverses=draft.reverses,
        previous_hash=previous_hash,
        hash=hash_,
    )
    journal._state.adding = False
    journal._state.db = connection.alias
    return journal


def _recorded_before(draft: Draft) -> Posted | None:
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
    return Posted(found, is_new=False)


def _explained(draft: Draft, error: IntegrityError) -> NotNow | Invalid | None:
    """Return the refusal behind a wall of the database that people can run into, if it is one."""
    reasons: dict[str, Callable[[Draft], NotNow | Invalid]] = {
        "balance_never_below_zero": _insufficient,
        "journal_book_is_open": _not_open,
        "journal_fund_is_not_ending": _ending,
        "journal_intake_is_not_suspended": _intake,
        "journal_outgo_is_not_suspended": _outgo,
        "journal_not_before_its_book": _outside,
        "journal_period_is_open": _period_closed,
        "transfer_source_in_its_book": _strange_account,
        "transfer_target_in_its_book": _strange_account,
    }
    found = reasons.get(constraint_of(error))
    return found(draft) if found else None


def _strange_account(draft: Draft) -> Invalid:
    del draft
    return LinesUnfit(field="lines", reason=_("All accounts of a posting belong to one book."))


def _not_open(draft: Draft) -> NotNow:
    book = Book.objects.get(pk=draft.book.pk)
    return BookNotOpen(book=book.name, status=book.get_status_display(), reason=book.status_reason)


def _ending(draft: Draft) -> NotNow:
    return IntakeSuspended(book=draft.book.name, reason=_("The fund is being closed."))


def _intake(draft: Draft) -> NotNow:
    return IntakeSuspended(book=draft.book.name, reason=_why(draft.book, Flow.INTAKE))


def _outgo(draft: Draft) -> NotNow:
    return OutgoSuspended(book=draft.book.name, reason=_why(draft.book, Flow.OUTGO))


def _why(book: Book, flow: str) -> str:
    """Return the reason that was given for a suspension in force."""
    return Suspension.objects.in_force().filter(book=book, flow=flow).values_list("reason", flat=True).first() or ""


def _outside(draft: Draft) -> Invalid:
    return DateOutsideBook(
        field="posted_on",
        day=draft.content.posted_on,
        first=draft.book.opened_on,
        last=timezone.localdate(draft.now),
    )


def _period_closed(draft: Draft) -> NotNow:
    return PeriodIsClosed(field="posted_on", month=f"{draft.content.posted_on:%Y-%m}", book=draft.book.name)


def _insufficient(draft: Draft) -> NotNow:
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
