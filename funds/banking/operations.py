"""Importing bank lines, finding the orders that they pay, and confirming the match, which posts the money."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.policy.queries import value
from funds.banking.models import WAITING, BankLine, BankMatch, LineStatus
from funds.banking.parts import (
    AlreadyMatched,
    JournalNotOpen,
    LineNotFree,
    NothingChosen,
    OrderNotPayable,
    PartTakenBack,
    SumsDiffer,
    match_together,
    release_reversed,
    take_part_back,
    write_part,
)
from funds.banking.policy import AGE_DAYS
from funds.banking.queries import Fit, candidates_of, fitting, open_journals
from funds.banking.reading import read_for
from funds.banking.statement_file import BadRow, RowsUnreadable, StatementRow
from funds.charity.models import HostCharity
from funds.intake.models import ColumnMapping
from funds.ledger.models import Journal
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.operations import receive_by_bank_line
from funds.reinvestment.reach import charity_keys
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Invalid, NotNow
from governance.jobs.marks import mark
from governance.lifecycle import ReasonMissing, SamePerson
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from governance.accounts.models import User

__all__ = [
    "AlreadyMatched",
    "Imported",
    "JournalNotOpen",
    "LineNotFree",
    "MatchClosed",
    "NothingChosen",
    "OrderNotPayable",
    "OwnerUnfit",
    "PartTakenBack",
    "SumsDiffer",
    "assign_line",
    "confirm_match",
    "import_bank_lines",
    "import_statement_file",
    "match_together",
    "reject_match",
    "release_reversed",
    "remind_owners",
    "set_line_aside",
    "suggest_match",
    "suggest_matches",
    "take_line_up",
    "take_part_back",
]
BATCH = 500


class MatchClosed(NotNow):
    """The match has been confirmed or rejected."""

    code = "match_closed"
    message = gettext_lazy("This match has already been decided.")


class OwnerUnfit(Invalid):
    """Who is in charge of a line acts for its charity."""

    code = "owner_unfit"
    message = gettext_lazy("%(name)s does not act for this charity today.")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has brought: new lines, lines that were there, debits left out."""

    imported: int
    repeated: int
    debits: int = 0


def import_statement_file(
    *,
    by: User,
    charity: HostCharity,
    name: str,
    data: bytes,
    now: dt.datetime,
    mapping: ColumnMapping | None = None,
) -> Imported:
    """Import the credits of a bank's file, all or none; importing the same file again changes nothing.

    Raises:
        NotAllowed: `by` does not act for the charity.
        MappingUnfit, FileUnusable, OtherAccount: the file as a whole cannot be used.
        RowsUnreadable: some rows cannot be read; each is named and nothing is written.
    """
    require(by, "funds.import_bank_lines", charity)
    statement = read_for(charity=charity, name=name, data=data, mapping=mapping)
    found = import_bank_lines(
        by=by, charity=charity, rows=statement.rows, bad=statement.bad, account=statement.account, now=now
    )
    return Imported(found.imported, found.repeated, statement.debits)


def import_bank_lines(
    *,
    by: User,
    charity: HostCharity,
    rows: Sequence[StatementRow],
    now: dt.datetime,
    bad: Sequence[BadRow] = (),
    account: str = "",
) -> Imported:
    """Import credits of a charity's account, all or none; a line whose bank reference is known is left as it is.

    Whoever imports is in charge of the new lines until they are assigned. A reference that was imported without an
    account counts as known for every account, and the other way round.

    Raises:
        NotAllowed: `by` does not act for the charity.
        RowsUnreadable: rows that could not be read, a reference given twice, or one that was imported before with
            another date or amount.
    """
    require(by, "funds.import_bank_lines", charity)
    today = timezone.localdate(now)
    with transaction.atomic():
        HostCharity.objects.select_for_update(of=("self",), no_key=True).get(pk=charity.pk)
        before = BankLine.objects.filter(charity=charity, bank_reference__in=[row.bank_reference for row in rows])
        if account:
            before = before.filter(account__in=["", account])
        known = {line.bank_reference: line for line in before.order_by("account", "pk")}
        mark("banking.import.locked")
        wrong = sorted([*bad, *_contradictions(rows, known, today)], key=lambda found: found.row)
        if wrong:
            raise RowsUnreadable(wrong)
        new = [
            BankLine(
                charity=charity,
                account=account,
                bank_reference=row.bank_reference,
                booked_on=row.booked_on,
                amount=row.amount,
                payer=row.payer,
                memo=row.memo,
                imported_at=now,
                imported_by=by,
                owner=by,
                owned_at=now,
            )
            for row in rows
            if row.bank_reference not in known
        ]
        BankLine.objects.bulk_create(new, batch_size=BATCH)
        mark("banking.import.written")
        if new:
            audit.record(by=by, verb="funds.bank_lines.imported", row=charity, now=now, after={"lines": len(new)})
        mark("banking.import.recorded")
    return Imported(len(new), len(rows) - len(new))


def _contradictions(rows: Iterable[StatementRow], known: dict[str, BankLine], today: dt.date) -> list[BadRow]:
    """Return the rows that contradict each other or what was imported before."""
    wrong, seen = [], set()
    for row in rows:
        before = known.get(row.bank_reference)
        if row.bank_reference in seen:
            wrong.append(BadRow(row.row, _("The bank reference stands in the file twice.")))
        elif before and (before.booked_on, before.amount) != (row.booked_on, row.amount):
            reason = _("This bank reference was imported before with another date or amount.")
            wrong.append(BadRow(row.row, reason))
        elif row.booked_on > today:
            wrong.append(BadRow(row.row, _("The date lies in the future.")))
        seen.add(row.bank_reference)
    return wrong


def suggest_matches(*, by: User, now: dt.datetime) -> int:
    """Match or suggest for each free bank line what fits alone; return how many were found.

    Exact: same charity, same amount, the order's or donation's reference in the memo, and booked within
    `reinvest.match_days` of the payment (an order without a recorded payment: between approval and due day, as many days
    around). A voucher that fits exactly is posted already, so the line is matched with it here and now; an order is only
    suggested, because confirming it posts money. Otherwise one waiting order must fit alone by reference or payer, or
    one order or voucher alone by its amount. Nothing is ever posted here.
    """
    made = 0
    lines = BankLine.objects.filter(status=LineStatus.UNMATCHED).select_related("charity__division").order_by("pk")
    last = 0
    while batch := list(lines.filter(pk__gt=last).prefetch_related("matches")[:BATCH]):
        last = batch[-1].pk
        found = candidates_of(batch, now)
        for line in batch:
            fit = fitting(line, found, now)
            if fit is not None and _take(line, fit, by, now):
                made += 1
    return made


def _take(line: BankLine, fit: Fit, by: User, now: dt.datetime) -> bool:
    """Match with a voucher that agrees in everything, suggest anything else, unless somebody was faster."""
    try:
        if fit.journal is not None and fit.is_exact:
            _match_exactly(line, fit.journal, by, now)
            mark("banking.match.matched")
        else:
            suggest_match(by=by, line=line, order=fit.order, journal=fit.journal, now=now, is_exact=fit.is_exact)
    except (AlreadyMatched, LineNotFree, OrderNotPayable, JournalNotOpen, SamePerson):
        return False
    mark("reinvestment.match.suggested")
    return True


def _match_exactly(line: BankLine, journal: Journal, by: User, now: dt.datetime) -> None:
    with transaction.atomic():
        match = suggest_match(by=by, line=line, journal=journal, now=now, is_exact=True)
        match.confirmed_at, match.confirmed_by = now, by
        match.save(update_fields=["confirmed_at", "confirmed_by"])
        write_part(by=by, line=line, journal=journal, amount=line.amount, now=now, match=match)
        mark("banking.exact.parted")
        audit.record(by=by, verb="funds.bank_match.confirmed", row=match, now=now, after={"voucher": str(journal)})


def suggest_match(
    *,
    by: User,
    line: BankLine,
    now: dt.datetime,
    order: ReinvestmentOrder | None = None,
    journal: Journal | None = None,
    is_exact: bool = False,
) -> BankMatch:
    """Suggest that a bank line pays an order, or is a voucher that was posted; a person confirms it.

    Raises:
        NotAllowed: neither the clock nor somebody who acts for the charity.
        NothingChosen: neither an order nor a voucher, or both.
        LineNotFree: the line is matched or set aside.
        OrderNotPayable: the order waits for no money on this account.
        JournalNotOpen: the voucher brought in another amount, for another charity, or is matched.
        AlreadyMatched: one of them stands in another match, or this one was rejected.
    """
    if not by.is_system:
        require(by, "funds.confirm_match", line)
    if (order is None) is (journal is None):
        raise NothingChosen
    with transaction.atomic():
        line = _locked(line)
        if line.status != LineStatus.UNMATCHED:
            raise LineNotFree(status=line.get_status_display())
        if order is not None and not _is_payable(order, line):
            raise OrderNotPayable(reference=order.reference)
        if journal is not None and not _is_open(journal, line):
            raise JournalNotOpen(voucher=str(journal))
        match = BankMatch(line=line, order=order, journal=journal, is_exact=is_exact, suggested_at=now, suggested_by=by)
        try:
            with transaction.atomic():
                match.save()
        except IntegrityError as error:
            raise AlreadyMatched from error
        _set_status(line, LineStatus.SUGGESTED)
        audit.record(by=by, verb="funds.bank_match.suggested", row=match, now=now, after={"exact": is_exact})
    return match


def _is_payable(order: ReinvestmentOrder, line: BankLine) -> bool:
    return ReinvestmentOrder.objects.payable().filter(pk=order.pk, fund__charity=line.charity_id).exists()


def _is_open(journal: Journal, line: BankLine) -> bool:
    return open_journals([line.charity_id]).filter(pk=journal.pk, unmatched=line.amount).exists()


def confirm_match(*, by: User, match: BankMatch, now: dt.datetime) -> BankMatch:
    """Confirm that a bank line pays its order, which posts the money and receives the order, or that it is a voucher.

    Raises:
        NotAllowed: `by` does not act for the charity.
        SamePerson: `by` imported the line.
        MatchClosed: somebody has decided it.
        JournalNotOpen, AlreadyMatched: the voucher was matched or reversed meanwhile.
        AmountDiffers, MoveClosed, SamePerson, BookNotOpen, PeriodIsClosed: as for every receipt.
    Basis: separation of duties, enter ≠ review ≠ pay.
    """
    with transaction.atomic():
        line, match = _open(match)
        require(by, "funds.confirm_match", line)
        if line.imported_by_id == by.pk:
            raise SamePerson(move=_("Confirm"))
        match.confirmed_at, match.confirmed_by = now, by
        match.save(update_fields=["confirmed_at", "confirmed_by"])
        mark("reinvestment.match.confirmed")
        if match.order is not None:
            receive_by_bank_line(by=by, order=match.order, amount=line.amount, booked_on=line.booked_on, now=now)
            journal, after = Journal.objects.get(order=match.order_id), {"order": match.order.reference}
        else:
            assert match.journal is not None  # noqa: S101 - a constraint says so
            journal, after = match.journal, {"voucher": str(match.journal)}
        mark("reinvestment.receive.received")
        write_part(by=by, line=line, journal=journal, amount=line.amount, now=now, match=match)
        mark("banking.match.parted")
        audit.record(by=by, verb="funds.bank_match.confirmed", row=match, now=now, after=after)
    return match


def reject_match(*, by: User, match: BankMatch, reason: str, now: dt.datetime) -> BankMatch:
    """Refuse a suggested match; line and order are free again and this pair is not suggested any more.

    Raises:
        NotAllowed, MatchClosed: as for `confirm_match`.
        ReasonMissing: no reason.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        line, match = _open(match)
        require(by, "funds.confirm_match", line)
        match.rejected_at, match.rejected_by = now, by
        match.save(update_fields=["rejected_at", "rejected_by"])
        _set_status(line, LineStatus.UNMATCHED)
        audit.record(by=by, verb="funds.bank_match.rejected", row=match, now=now, reason=reason)
    return match


def set_line_aside(*, by: User, line: BankLine, reason: str, now: dt.datetime) -> BankLine:
    """Set a bank line aside that is nothing of the ledger, such as an error of the bank.

    Raises:
        NotAllowed: `by` does not act for the charity.
        ReasonMissing: no reason.
        LineNotFree: it stands in a match, or was set aside.
    """
    require(by, "funds.confirm_match", line)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        line = _locked(line)
        if line.status != LineStatus.UNMATCHED:
            raise LineNotFree(status=line.get_status_display())
        line.set_aside_reason = reason.strip()[:200]
        _set_status(line, LineStatus.SET_ASIDE)
        audit.record(by=by, verb="funds.bank_line.set_aside", row=line, now=now, reason=reason)
    return line


def take_line_up(*, by: User, line: BankLine, now: dt.datetime) -> BankLine:
    """Take up a bank line again that was set aside.

    Raises:
        NotAllowed: `by` does not act for the charity.
        LineNotFree: it was not set aside.
    """
    require(by, "funds.confirm_match", line)
    with transaction.atomic():
        line = _locked(line)
        if line.status != LineStatus.SET_ASIDE:
            raise LineNotFree(status=line.get_status_display())
        line.set_aside_reason = ""
        _set_status(line, LineStatus.UNMATCHED)
        audit.record(by=by, verb="funds.bank_line.taken_up", row=line, now=now)
    return line


def assign_line(*, by: User, line: BankLine, owner: User, now: dt.datetime) -> BankLine:
    """Put somebody of the charity in charge of clearing a line up, and tell them.

    Raises:
        NotAllowed: `by` does not act for the charity.
        OwnerUnfit: nor does `owner`.
        LineNotFree: nothing of the line is left to clear up.
    """
    require(by, "funds.assign_bank_line", line)
    if line.charity_id not in charity_keys(owner):
        raise OwnerUnfit(field="owner", name=str(owner))
    with transaction.atomic():
        line = _locked(line)
        if line.status not in WAITING:
            raise LineNotFree(status=line.get_status_display())
        before = {"owner": line.owner_id}
        line.owner, line.owned_at, line.reminded_days = owner, now, None
        line.save(update_fields=["owner", "owned_at", "reminded_days"])
        after = {"owner": owner.pk}
        audit.record(by=by, verb="funds.bank_line.assigned", row=line, now=now, before=before, after=after)
        outbox.emit(by=by, topic="funds.bank_line.assigned", row=line, now=now, payload=after)
    return line


def remind_owners(*, by: User, now: dt.datetime, today: dt.date) -> int:
    """Remind who is in charge of lines that have grown older (`bank.age_days`); return how many reminders went out.

    Each age is told once: the claim on the line and the event are one transaction.
    """
    sent = 0
    lines = BankLine.objects.waiting().exclude(owner=None).select_related("charity__division").order_by("pk")
    for line in lines.iterator(chunk_size=BATCH):
        passed = [days for days in value(AGE_DAYS, line.charity.division, today) if line.age(today) > days]
        if passed and _claim_reminder(line, passed[-1], today, by, now):
            mark("banking.remind.sent")
            sent += 1
    return sent


def _claim_reminder(line: BankLine, stage: int, today: dt.date, by: User, now: dt.datetime) -> bool:
    with transaction.atomic():
        unsent = BankLine.objects.filter(Q(reminded_days=None) | Q(reminded_days__lt=stage), pk=line.pk)
        if not unsent.waiting().update(reminded_days=stage):
            return False
        payload = {"days": line.age(today), "owner": line.owner_id, "rest": str(line.rest)}
        outbox.emit(by=by, topic="funds.bank_line.reminder", row=line, now=now, payload=payload)
        mark("banking.remind.emitted")
    return True


def _locked(line: BankLine) -> BankLine:
    return BankLine.objects.select_for_update(of=("self",)).get(pk=line.pk)


def _open(match: BankMatch) -> tuple[BankLine, BankMatch]:
    """Lock the line, then the match, and return both if nobody has decided yet."""
    line = BankLine.objects.select_for_update(of=("self",)).get(pk=match.line_id)
    fresh = BankMatch.objects.select_for_update(of=("self",)).select_related("order", "journal").get(pk=match.pk)
    if fresh.confirmed_at or fresh.rejected_at:
        raise MatchClosed
    return line, fresh


def _set_status(line: BankLine, status: LineStatus) -> None:
    line.status = status
    line.save(update_fields=["status", "set_aside_reason"])
