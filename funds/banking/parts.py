"""Writing which part of which bank line is part of which voucher: alone, split, merged, and taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funds.banking.models import WAITING, BankAllocation, BankLine, BankMatch, LineStatus
from funds.banking.queries import open_journals
from funds.ledger.models import Journal
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.operations import receive_by_bank_line
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow, constraint_of
from governance.jobs.marks import mark
from governance.lifecycle import ReasonMissing, SamePerson
from governance.money import ZERO, format_yuan

if TYPE_CHECKING:
    from governance.accounts.models import User

LONGEST_REASON = 200


class AlreadyMatched(Conflict):
    """The line, the order or the journal stands in another match."""

    code = "already_matched"
    message = gettext_lazy("This bank line, order or voucher already stands in a match.")


class LineNotFree(NotNow):
    """The bank line is matched or set aside."""

    code = "line_not_free"
    message = gettext_lazy("This bank line is no longer free: it is %(status)s.")


class OrderNotPayable(NotNow):
    """The order waits for no money on this charity's account."""

    code = "order_not_payable"
    message = gettext_lazy("The order %(reference)s waits for no money on this account.")


class JournalNotOpen(NotNow):
    """The journal brought no money in that is not matched yet, or was reversed."""

    code = "journal_not_open"
    message = gettext_lazy("The voucher %(voucher)s brought in no money of this charity that is not matched yet.")


class NothingChosen(Invalid):
    """Lines of one charity, and orders or vouchers."""

    code = "nothing_chosen"
    message = gettext_lazy("Choose bank lines of one charity, and the orders or vouchers that they are.")


class SumsDiffer(Invalid):
    """What is matched together agrees to the fen."""

    code = "sums_differ"
    message = gettext_lazy(
        "The bank lines come to %(lines)s yuan, the orders and vouchers to %(targets)s: a difference of %(difference)s."
    )


class PartTakenBack(NotNow):
    """The part was taken back, or takes one back itself."""

    code = "part_taken_back"
    message = gettext_lazy("This part was taken back already.")


@dataclass(slots=True)
class _Target:
    """A voucher and what of it is not given to a line yet."""

    journal: Journal
    left: Decimal


def write_part(
    *, by: User, line: BankLine, journal: Journal, amount: Decimal, now: dt.datetime, match: BankMatch | None = None
) -> BankAllocation:
    """Write one part inside the caller's transaction, which has locked the line; walls speak as refusals.

    Raises:
        SamePerson: `by` imported the line.
        AlreadyMatched, JournalNotOpen: the database holds more than was read.
    """
    part = BankAllocation(line=line, journal=journal, amount=amount, match=match, made_at=now, made_by=by)
    try:
        with transaction.atomic():
            part.save(force_insert=True)
    except IntegrityError as error:
        raise _explained(error, journal) from error
    return part


def _explained(error: IntegrityError, journal: Journal) -> Exception:
    wall = constraint_of(error)
    if wall == "bankallocation_made_by_another":
        return SamePerson(move=_("Match"))
    if wall in {"bankallocation_within_its_charity", "bankallocation_journal_stands"}:
        return JournalNotOpen(voucher=str(journal))
    if wall in {"bankallocation_journal_not_above_its_own", "bankline_never_matched_above_its_amount"}:
        return AlreadyMatched()
    return error


def match_together(
    *,
    by: User,
    lines: Sequence[BankLine],
    now: dt.datetime,
    orders: Sequence[ReinvestmentOrder] = (),
    journals: Sequence[Journal] = (),
) -> list[BankAllocation]:
    """Match bank lines with orders and vouchers that come to the same sum: one in several, several in one, or one in one.

    Orders are received and posted by it, each over its own amount on the day of the last line. Suggestions in which the
    lines, orders or vouchers stand are rejected. All or nothing.

    Raises:
        NotAllowed: `by` does not act for the charity.
        NothingChosen: no lines, nothing to match them with, or lines of several charities.
        SamePerson: `by` imported one of the lines.
        LineNotFree, OrderNotPayable, JournalNotOpen: one of them cannot be matched.
        SumsDiffer: the sums do not agree to the fen.
        AlreadyMatched: somebody was faster.
        MoveForbidden, SamePerson, BookNotOpen, PeriodIsClosed, …: as for every receipt.
    Basis: separation of duties, enter ≠ review ≠ pay.
    """
    if len({line.charity_id for line in lines}) != 1 or not (orders or journals):
        raise NothingChosen
    for line in lines:
        require(by, "funds.confirm_match", line)
    with transaction.atomic():
        fresh = _locked(lines, orders, journals, by=by, now=now)
        if any(line.imported_by_id == by.pk for line in fresh):
            raise SamePerson(move=_("Match"))
        targets = _open_targets(fresh[0].charity_id, journals)
        payable = _payable(fresh[0].charity_id, orders)
        booked = sum((line.rest for line in fresh), ZERO)
        wanted = sum((row.left for row in targets), ZERO) + sum((order.amount for order in payable), ZERO)
        if booked != wanted:
            difference = format_yuan(abs(booked - wanted))
            raise SumsDiffer(lines=format_yuan(booked), targets=format_yuan(wanted), difference=difference)
        day = max(line.booked_on for line in fresh)
        for order in payable:
            received = receive_by_bank_line(by=by, order=order, amount=order.amount, booked_on=day, now=now)
            mark("banking.together.received")
            targets.append(_Target(Journal.objects.get(order=received.pk), order.amount))
        parts = _share_out(fresh, targets, by=by, now=now)
        mark("banking.together.matched")
        for line in fresh:
            of_it = [part for part in parts if part.line_id == line.pk]
            after = {"vouchers": [part.journal_id for part in of_it], "amounts": [str(part.amount) for part in of_it]}
            audit.record(by=by, verb="funds.bank_line.matched", row=line, now=now, after=after)
    return parts


def _locked(
    lines: Sequence[BankLine],
    orders: Sequence[ReinvestmentOrder],
    journals: Sequence[Journal],
    *,
    by: User,
    now: dt.datetime,
) -> list[BankLine]:
    """Lock the lines and those that stand in suggestions with the same things, free them, return the lines."""
    wanted = {line.pk for line in lines}
    beside = BankMatch.objects.undecided().filter(order__in=orders) | BankMatch.objects.undecided().filter(
        journal__in=journals
    )
    keys = wanted | set(beside.values_list("line", flat=True))
    held = BankLine.objects.select_for_update(of=("self",)).filter(pk__in=keys).select_related("charity__division")
    fresh = {line.pk: line for line in held.order_by("pk")}
    for line in fresh.values():
        if line.pk in wanted and line.status not in WAITING:
            raise LineNotFree(status=line.get_status_display())
    for match in BankMatch.objects.select_for_update(of=("self",)).undecided().filter(line__in=keys).order_by("pk"):
        match.rejected_at, match.rejected_by = now, by
        match.save(update_fields=["rejected_at", "rejected_by"])
        line = fresh[match.line_id]
        line.status = LineStatus.UNMATCHED
        line.save(update_fields=["status"])
        reason = str(_("Matched by hand otherwise."))
        audit.record(by=by, verb="funds.bank_match.rejected", row=match, now=now, reason=reason)
    return [line for line in fresh.values() if line.pk in wanted]


def _open_targets(charity: int, journals: Sequence[Journal]) -> list[_Target]:
    found: dict[int, Any] = {
        row.pk: row for row in open_journals([charity]).filter(pk__in=[row.pk for row in journals])
    }
    for journal in journals:
        if journal.pk not in found:
            raise JournalNotOpen(voucher=str(journal))
    return [_Target(row, row.unmatched) for _key, row in sorted(found.items())]


def _payable(charity: int, orders: Sequence[ReinvestmentOrder]) -> list[ReinvestmentOrder]:
    keys = sorted({order.pk for order in orders})
    found = {row.pk: row for row in ReinvestmentOrder.objects.payable().filter(pk__in=keys, fund__charity=charity)}
    for order in orders:
        if order.pk not in found:
            raise OrderNotPayable(reference=order.reference)
    return [found[key] for key in keys]


def _share_out(
    lines: Sequence[BankLine], targets: Sequence[_Target], *, by: User, now: dt.datetime
) -> list[BankAllocation]:
    """Give each line's money to the targets in order; sums agree, so nothing is left over."""
    parts, waiting = [], list(targets)
    for line in lines:
        rest = line.rest
        while rest:
            amount = min(rest, waiting[0].left)
            parts.append(write_part(by=by, line=line, journal=waiting[0].journal, amount=amount, now=now))
            rest -= amount
            waiting[0].left -= amount
            if not waiting[0].left:
                waiting.pop(0)
    return parts


def take_part_back(*, by: User, part: BankAllocation, reason: str, now: dt.datetime) -> BankAllocation:
    """Take a part back that was matched in error, by a row that reverses it whole; line and voucher are open again.

    The voucher itself stays: money that never came is corrected by reversing the voucher.

    Raises:
        NotAllowed: neither the clock nor somebody who acts for the charity.
        ReasonMissing: no reason.
        PartTakenBack: it was taken back, or takes one back itself.
    """
    if not by.is_system:
        require(by, "funds.confirm_match", part)
    said = " ".join(reason.split())[:LONGEST_REASON]
    if not said:
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        line = BankLine.objects.select_for_update(of=("self",)).get(pk=part.line_id)
        if part.reverses_id or BankAllocation.objects.filter(reverses=part).exists():
            raise PartTakenBack
        back = BankAllocation(
            line_id=part.line_id,
            journal_id=part.journal_id,
            amount=part.amount,
            match_id=part.match_id,
            reverses=part,
            reason=said,
            made_at=now,
            made_by=by,
        )
        back.save(force_insert=True)
        mark("banking.part.taken_back")
        if part.match_id is not None:
            BankMatch.objects.filter(pk=part.match_id).update(taken_back_at=now)
        audit.record(by=by, verb="funds.bank_line.unmatched", row=line, now=now, reason=said)
    return back


def release_reversed(*, by: User, now: dt.datetime) -> int:
    """Take back the parts of vouchers that were reversed since; return how many there were."""
    parts = BankAllocation.objects.standing().filter(journal__reversed_by__isnull=False).order_by("pk")
    done = 0
    for part in parts.iterator(chunk_size=500):
        try:
            take_part_back(by=by, part=part, reason=str(_("The voucher was reversed.")), now=now)
        except PartTakenBack:
            continue
        done += 1
    return done
