"""Importing bank lines, finding the orders that they pay, and confirming the match, which posts the money."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.policy.queries import value
from funds.banking.models import BankLine, BankMatch, LineStatus
from funds.banking.policy import references_in
from funds.banking.statement_file import BadRow, RowsUnreadable, StatementRow, read_statement
from funds.charity.models import HostCharity
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.operations import receive_by_bank_line
from funds.reinvestment.policy import MATCH_DAYS
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, NotNow
from governance.jobs.marks import mark
from governance.lifecycle import ReasonMissing, SamePerson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from governance.accounts.models import User

BATCH = 500


class AlreadyMatched(Conflict):
    """The line or the order stands in another match."""

    code = "already_matched"
    message = gettext_lazy("This bank line or this order already stands in a match.")


class MatchClosed(NotNow):
    """The match has been confirmed or rejected."""

    code = "match_closed"
    message = gettext_lazy("This match has already been decided.")


class LineNotFree(NotNow):
    """The bank line is matched or set aside."""

    code = "line_not_free"
    message = gettext_lazy("This bank line is no longer free: it is %(status)s.")


class OrderNotPayable(NotNow):
    """The order waits for no money on this charity's account."""

    code = "order_not_payable"
    message = gettext_lazy("The order %(reference)s waits for no money on this account.")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has brought: new lines, lines that were there, debits left out."""

    imported: int
    repeated: int
    debits: int = 0


def import_statement_file(*, by: User, charity: HostCharity, name: str, data: bytes, now: dt.datetime) -> Imported:
    """Import the credits of a bank's file, all or none; importing the same file again changes nothing.

    Raises:
        NotAllowed: `by` does not act for the charity.
        FileUnreadable: the file as a whole cannot be used.
        RowsUnreadable: some rows cannot be read; each is named and nothing is written.
    """
    require(by, "funds.import_bank_lines", charity)
    statement = read_statement(name, data)
    found = import_bank_lines(by=by, charity=charity, rows=statement.rows, bad=statement.bad, now=now)
    return Imported(found.imported, found.repeated, statement.debits)


def import_bank_lines(
    *, by: User, charity: HostCharity, rows: Sequence[StatementRow], now: dt.datetime, bad: Sequence[BadRow] = ()
) -> Imported:
    """Import credits of a charity's account, all or none; a line whose bank reference is known is left as it is.

    Raises:
        NotAllowed: `by` does not act for the charity.
        RowsUnreadable: rows that could not be read, a reference given twice, or one that was imported before with
            another date or amount.
    """
    require(by, "funds.import_bank_lines", charity)
    today = timezone.localdate(now)
    with transaction.atomic():
        HostCharity.objects.select_for_update(of=("self",), no_key=True).get(pk=charity.pk)
        known = {
            line.bank_reference: line
            for line in BankLine.objects.filter(
                charity=charity, bank_reference__in=[row.bank_reference for row in rows]
            )
        }
        wrong = sorted([*bad, *_contradictions(rows, known, today)], key=lambda found: found.row)
        if wrong:
            raise RowsUnreadable(wrong)
        new = [
            BankLine(
                charity=charity,
                bank_reference=row.bank_reference,
                booked_on=row.booked_on,
                amount=row.amount,
                payer=row.payer,
                memo=row.memo,
                imported_at=now,
                imported_by=by,
            )
            for row in rows
            if row.bank_reference not in known
        ]
        BankLine.objects.bulk_create(new, batch_size=BATCH)
        if new:
            audit.record(by=by, verb="funds.bank_lines.imported", row=charity, now=now, after={"lines": len(new)})
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
    """Suggest an order for each free bank line where one fits alone; return how many suggestions were made.

    Exact: same charity, same amount, the order's reference in the memo, and booked within `reinvest.match_days` of the
    payment (without a recorded payment: between approval and due day, as many days around). Otherwise the amount must
    fit one waiting order alone, or one alone whose enterprise is the payer. Nothing is ever posted here.
    """
    made = 0
    lines = BankLine.objects.filter(status=LineStatus.UNMATCHED).order_by("pk")
    last = 0
    while batch := list(lines.filter(pk__gt=last).prefetch_related("matches")[:BATCH]):
        last = batch[-1].pk
        candidates = _candidates(batch)
        for line in batch:
            order, is_exact = _fitting(line, candidates[line.charity_id, line.amount], now)
            if order is not None and _suggest(line, order, by, now, is_exact=is_exact):
                made += 1
    return made


def _candidates(batch: Sequence[BankLine]) -> dict[tuple[int, Decimal], list[ReinvestmentOrder]]:
    """Return the waiting orders by charity and amount, without those that stand in a match; one query per batch."""
    found = defaultdict(list)
    orders = (
        ReinvestmentOrder.objects.payable()
        .filter(amount__in={line.amount for line in batch}, fund__charity__in={line.charity_id for line in batch})
        .exclude(matches__rejected_at=None, matches__isnull=False)
        .select_related("fund", "enterprise__division")
        .order_by("pk")
    )
    for order in orders:
        found[order.fund.host_id, order.amount].append(order)
    return found


def _fitting(
    line: BankLine, orders: Sequence[ReinvestmentOrder], now: dt.datetime
) -> tuple[ReinvestmentOrder | None, bool]:
    """Return the order that a line pays, and whether everything agrees."""
    refused = {match.order_id for match in line.matches.all()}
    free = [order for order in orders if order.pk not in refused]
    named = references_in(line.memo)
    for order in free:
        if order.reference in named and _days_agree(line, order, now):
            return order, True
    by_reference = [order for order in free if order.reference in named]
    by_payer = [order for order in free if order.enterprise.name == line.payer]
    for fitting in (by_reference, by_payer, free):
        if len(fitting) == 1:
            return fitting[0], False
        if fitting:
            break
    return None, False


def _days_agree(line: BankLine, order: ReinvestmentOrder, now: dt.datetime) -> bool:
    around = dt.timedelta(days=value(MATCH_DAYS, order.enterprise.division, timezone.localdate(now)))
    first = order.paid_on or timezone.localdate(order.approved_at or now)
    last = order.paid_on or order.due_on or first
    return first - around <= line.booked_on <= last + around


def _suggest(line: BankLine, order: ReinvestmentOrder, by: User, now: dt.datetime, *, is_exact: bool) -> bool:
    """Write a suggestion unless somebody was faster."""
    try:
        suggest_match(by=by, line=line, order=order, now=now, is_exact=is_exact)
    except (AlreadyMatched, LineNotFree, OrderNotPayable):
        return False
    mark("reinvestment.match.suggested")
    return True


def suggest_match(
    *, by: User, line: BankLine, order: ReinvestmentOrder, now: dt.datetime, is_exact: bool = False
) -> BankMatch:
    """Suggest that a bank line pays an order; a person confirms it.

    Raises:
        NotAllowed: neither the clock nor somebody who acts for the charity.
        LineNotFree: the line is matched or set aside.
        OrderNotPayable: the order waits for no money on this account.
        AlreadyMatched: the line or the order stands in another match, or this one was rejected.
    """
    if not by.is_system:
        require(by, "funds.confirm_match", line)
    with transaction.atomic():
        line = _locked(line)
        if line.status != LineStatus.UNMATCHED:
            raise LineNotFree(status=line.get_status_display())
        if not ReinvestmentOrder.objects.payable().filter(pk=order.pk, fund__charity=line.charity_id).exists():
            raise OrderNotPayable(reference=order.reference)
        match = BankMatch(line=line, order=order, is_exact=is_exact, suggested_at=now, suggested_by=by)
        try:
            with transaction.atomic():
                match.save()
        except IntegrityError as error:
            raise AlreadyMatched from error
        _set_status(line, LineStatus.SUGGESTED)
        audit.record(by=by, verb="funds.bank_match.suggested", row=match, now=now, after={"exact": is_exact})
    return match


def confirm_match(*, by: User, match: BankMatch, now: dt.datetime) -> BankMatch:
    """Confirm that a bank line pays its order: the money is posted and the order received, in one transaction.

    Raises:
        NotAllowed: `by` does not act for the charity.
        SamePerson: `by` imported the line.
        MatchClosed: somebody has decided it.
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
        _set_status(line, LineStatus.MATCHED)
        mark("reinvestment.match.confirmed")
        receive_by_bank_line(by=by, order=match.order, amount=line.amount, booked_on=line.booked_on, now=now)
        mark("reinvestment.receive.received")
        audit.record(
            by=by, verb="funds.bank_match.confirmed", row=match, now=now, after={"order": match.order.reference}
        )
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
    """Set a bank line aside that pays no order, such as a donation or an error of the bank.

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


def _locked(line: BankLine) -> BankLine:
    return BankLine.objects.select_for_update(of=("self",)).get(pk=line.pk)


def _open(match: BankMatch) -> tuple[BankLine, BankMatch]:
    """Lock the line, then the match, and return both if nobody has decided yet."""
    line = BankLine.objects.select_for_update(of=("self",)).get(pk=match.line_id)
    fresh = BankMatch.objects.select_for_update(of=("self",)).select_related("order").get(pk=match.pk)
    if fresh.confirmed_at or fresh.rejected_at:
        raise MatchClosed
    return line, fresh


def _set_status(line: BankLine, status: LineStatus) -> None:
    line.status = status
    line.save(update_fields=["status", "set_aside_reason"])
