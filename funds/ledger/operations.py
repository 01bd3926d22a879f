"""Writing the ledger: books, accounts, postings and their reversal, periods, the nightly proof.

Every posting of money goes through `post_journal`. What it checks, the database checks again by constraint and trigger
(migration `ledger_walls`), which also move the balances and the head of the book.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.territory.models import Division
from funds.ledger.lifecycle import BookStatus
from funds.ledger.models import Account, Balance, Book, Flow, Journal, JournalKind, Period, Suspension, Unit
from funds.ledger.policy import CODE_PREFIX, STANDARD_ACCOUNTS, normalize
from funds.ledger.posting import (
    BookNotOpen,
    DateOutsideBook,
    EffectRecordedDifferently,
    InsufficientAvailable,
    IntakeSuspended,
    Line,
    LinesUnfit,
    OutgoSuspended,
    PeriodIsClosed,
    TextUnfit,
    drafted,
    post,
)
from funds.ledger.queries import Finding, differences_in
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, NotNow, constraint_of
from governance.jobs.marks import mark
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from governance.accounts.models import User

__all__ = [
    "AccountDiffers",
    "AlreadyReversed",
    "AlreadySuspended",
    "BookCodeTaken",
    "BookNotOpen",
    "DateOutsideBook",
    "EffectRecordedDifferently",
    "InsufficientAvailable",
    "IntakeSuspended",
    "Line",
    "LinesUnfit",
    "OutgoSuspended",
    "PeriodIsClosed",
    "PeriodNotOver",
    "PeriodNotProposed",
    "TextUnfit",
    "close_book",
    "close_period",
    "freeze_book",
    "lift_suspension",
    "open_account",
    "open_book",
    "post_journal",
    "propose_period_close",
    "prove_book",
    "reverse_journal",
    "suspend_book",
    "unfreeze_book",
]


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


class AlreadySuspended(Conflict):
    """One suspension of each way is enough."""

    code = "already_suspended"
    message = _("“%(book)s” is suspended already: %(flow)s.")


class BookCodeTaken(Conflict):
    """Another book has this code."""

    code = "book_code_taken"
    message = _("There is already a book with the code %(code)s.")


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
        if constraint_of(error) != "account_code_is_unique_in_book":
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
    transfers, balances, head and audit entry: one statement and the commit. `key` names the effect in the book
    ("order:12"). `memo` is public and can never be changed, so it must hold no personal data. Instances passed in are
    not refreshed. A lost race (deadlock) is tried again when no outer transaction is open.

    Raises:
        BookNotOpen, PeriodIsClosed, DateOutsideBook: nothing may be posted there.
        LinesUnfit, TextUnfit: the posting itself cannot be right.
        InsufficientAvailable: a pool or hold would fall below zero.
        IntakeSuspended, OutgoSuspended: that way of the book's money is suspended, or its fund is being closed.
        EffectRecordedDifferently: the key was posted with another content.
    """
    draft = drafted(by=by, book=book, kind=kind, key=key, posted_on=posted_on, memo=memo, lines=lines, now=now)
    return post(draft).journal


def reverse_journal(*, by: User, journal: Journal, posted_on: dt.date, memo: str, now: dt.datetime) -> Journal:
    """Correct a journal by one that moves every line back and names it; a journal can be reversed once.

    Raises:
        NotAllowed: `by` may not reverse journals here.
        AlreadyReversed: it was reversed before.
        InsufficientAvailable, BookNotOpen, PeriodIsClosed, DateOutsideBook, TextUnfit: as for `post_journal`.
    """
    require(by, "funds.reverse_journal", journal)
    lines = [
        Line(line.target, line.source, line.amount)
        for line in journal.transfers.select_related("source", "target").order_by("line")
    ]
    draft = drafted(
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
        posted = post(draft)
    except EffectRecordedDifferently as refusal:
        raise AlreadyReversed(voucher=str(journal)) from refusal
    if not posted.is_new:
        raise AlreadyReversed(voucher=str(journal))
    return posted.journal


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


def suspend_book(*, by: User, book: Book, flow: str, reason: str, now: dt.datetime) -> Suspension:
    """Suspend what comes into a book, or what is held for uses and goes out; every posting meets the wall from now on.

    The reason is public. Money that comes back from a use, and a hold that is released, are neither.

    Raises:
        NotAllowed: `by` may not suspend it.
        ReasonMissing, PersonalNumbersFound: no reason, or one with numbers of persons.
        AlreadySuspended: that way is suspended.
    Basis: guides on community charity funds (Hubei 2023, Hunan 2025).
    """
    require(by, "funds.suspend_book", book)
    said = " ".join(reason.split())
    if not said:
        raise lifecycle.ReasonMissing(field="reason")
    refuse_personal_numbers(reason=said)
    row = Suspension(book=book, flow=Flow(flow), reason=said, imposed_at=now, imposed_by=by)
    with transaction.atomic():
        Book.objects.select_for_update(no_key=True).get(pk=book.pk)
        if Suspension.objects.in_force().filter(book=book, flow=flow).exists():
            raise AlreadySuspended(book=book.name, flow=Flow(flow).label)
        row.full_clean()
        row.save(force_insert=True)
        audit.record(by=by, verb="funds.suspension.imposed", row=row, now=now, after={"flow": flow}, reason=said)
        outbox.emit(by=by, topic="funds.suspension.imposed", row=row, now=now, payload={"flow": flow, "book": book.pk})
    return row


def lift_suspension(*, by: User, suspension: Suspension, reason: str, now: dt.datetime) -> Suspension:
    """Lift a suspension; by another person than who has imposed it.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as for every move.
        PersonalNumbersFound: the reason holds numbers of persons.
    """
    said = " ".join(reason.split())
    refuse_personal_numbers(reason=said)
    with transaction.atomic():
        # The book first, as every posting does.
        Book.objects.select_for_update(no_key=True).get(pk=suspension.book_id)
        changes = {"lift_reason": said[: Suspension._meta.get_field("lift_reason").max_length or 0]}
        return lifecycle.move(suspension, "lift", by=by, now=now, reason=said, changes=changes)


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
    require(by, "funds.propose_period_close", book)
    if (year, month) >= (timezone.localdate(now).year, timezone.localdate(now).month):
        raise PeriodNotOver(month=f"{year}-{month:02d}")
    period = Period(book=book, year=year, month=month, proposed_at=now, proposed_by=by)
    with transaction.atomic():
        Book.objects.select_for_update(no_key=True).get(pk=book.pk)
        if found := Period.objects.filter(book=book, year=year, month=month).first():
            return found
        period.full_clean(exclude={"closed_at", "closed_by"})
        period.save(force_insert=True)
        mark("ledger.period.proposed")
        audit.record(by=by, verb="funds.period.proposed", row=period, now=now)
    return period


def close_period(
    *, by: User, period: Period, now: dt.datetime, open_points: Sequence[Mapping[str, object]] = ()
) -> Period:
    """Close a proposed month: no posting may bear a date in it any more; by another person than the proposer.

    What must be done before, `funds.statements.operations.close_month` asks, which knows the rooms above; it hands over
    what was still under way.

    Raises:
        NotAllowed: `by` may not close it.
        SamePerson: `by` has proposed it.
        PeriodNotProposed: it is closed already.
    """
    require(by, "funds.close_period", period)
    with transaction.atomic():
        # The book first, as every posting does: whoever posts into the month now is done before it closes.
        book = Book.objects.select_for_update(no_key=True).get(pk=period.book_id)
        fresh = Period.objects.select_for_update(of=("self",)).select_related("book").get(pk=period.pk)
        if fresh.closed_at is not None:
            raise PeriodNotProposed(month=f"{fresh.year}-{fresh.month:02d}")
        if fresh.proposed_by_id == by.pk:
            raise lifecycle.SamePerson(move=_("Close the month"))
        fresh.closed_at, fresh.closed_by = now, by
        fresh.sequence, fresh.head_hash, fresh.open_points = book.sequence, book.head_hash, list(open_points)
        fresh.save(update_fields=["closed_at", "closed_by", "sequence", "head_hash", "open_points"])
        mark("ledger.period.closed")
        after = {"sequence": book.sequence, "open_points": fresh.open_points}
        audit.record(by=by, verb="funds.period.closed", row=fresh, now=now, after=after)
    return fresh
