"""Entering assets, deciding lettings, charging and receiving rent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from communities.notices import operations as notices
from communities.notices.models import PublicNotice, Visibility
from communities.notices.policy import read_file
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from funds.enterprises.letting import refusals
from funds.enterprises.letting.lifecycle import LettingStatus
from funds.enterprises.letting.models import (
    RENT_STATUSES,
    AssetFacts,
    CommunityAsset,
    Letting,
    RentCharge,
    RentReceipt,
    Terms,
)
from funds.enterprises.letting.policy import LONGEST_YEARS, part_of
from funds.enterprises.lifecycle import EnterpriseStatus
from funds.enterprises.models import CommunityEnterprise
from funds.enterprises.related import check_related
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Stale
from governance.money import format_yuan

if TYPE_CHECKING:
    from governance.accounts.models import User

MONTHS_BATCH = 1000
"""So many running lettings are charged in one statement."""

# The months of running lettings that have begun and have no charge yet. A month begins on the letting's own day; the
# last one, when the term ends early in it, is charged by its days, rounded once to the fen.
CHARGES = """
    INSERT INTO funds_rentcharge (
        letting_id, number, from_on, to_on, due_on, amount, waived, waived_reason, made_at
    )
    SELECT
        l.id,
        n + 1,
        m.first,
        LEAST(m.next, l.ends_on),
        m.first + l.days_to_pay,
        CASE
            WHEN m.next <= l.ends_on THEN l.monthly_rent
            ELSE round(l.monthly_rent * (l.ends_on - m.first) / (m.next - m.first), 2)
        END,
        0,
        '',
        %(now)s
    FROM funds_letting l
    CROSS JOIN LATERAL generate_series(
        0,
        (EXTRACT(YEAR FROM age(LEAST(%(today)s, l.ends_on), l.starts_on)) * 12
            + EXTRACT(MONTH FROM age(LEAST(%(today)s, l.ends_on), l.starts_on)) + 1)::int
    ) AS n
    CROSS JOIN LATERAL (
        SELECT
            (l.starts_on + make_interval(months => n))::date AS first,
            (l.starts_on + make_interval(months => n + 1))::date AS next
    ) m
    WHERE l.status = 'RUNNING' AND l.monthly_rent > 0 AND l.id BETWEEN %(first)s AND %(last)s
        AND m.first <= %(today)s AND m.first < l.ends_on
        AND NOT EXISTS (SELECT 1 FROM funds_rentcharge c WHERE c.letting_id = l.id AND c.number = n + 1)
    ORDER BY l.id, n
    ON CONFLICT (letting_id, number) DO NOTHING
"""


def enter_asset(*, by: User, enterprise: CommunityEnterprise, facts: AssetFacts, now: dt.datetime) -> CommunityAsset:
    """Enter an asset that the enterprise puts to use, with whose it is and by what right it is let.

    Raises:
        NotAllowed: neither community staff nor a person of the enterprise.
        AreaMissing, AssetNamed.
    Basis: report S0.
    """
    require(by, "funds.keep_lettings", enterprise)
    row = CommunityAsset(enterprise=enterprise, entered_by=by, entered_at=now)
    given = facts.values()
    with transaction.atomic():
        _write_asset(row, given)
        audit.record(by=by, verb="funds.asset.entered", row=row, now=now, after=given)
    return row


def edit_asset(
    *, by: User, asset: CommunityAsset, facts: AssetFacts, now: dt.datetime, version: str = ""
) -> CommunityAsset:
    """Change what is known of an asset; its history is kept by the database.

    `version` is that of the row when it was read, empty to skip the comparison.

    Raises:
        Stale: somebody else has changed it since.
        NotAllowed, AreaMissing, AssetNamed: as for `enter_asset`.
        RightTooShort: a letting of the asset runs longer than the new right.
    """
    require(by, "funds.keep_lettings", asset)
    given = facts.values()
    with transaction.atomic():
        row = CommunityAsset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
        if version and version != row.version:
            raise Stale
        before = {column: getattr(row, column) for column in given if getattr(row, column) != given[column]}
        if not before:
            return row
        until = facts.right_until
        let = row.lettings.filter(status__in=[LettingStatus.DRAFT, LettingStatus.RUNNING])
        if until and let.filter(ends_on__gt=until + dt.timedelta(days=1)).exists():
            raise refusals.RightTooShort(field="right_until", until=until)
        _write_asset(row, given)
        after = {column: given[column] for column in before}
        audit.record(by=by, verb="funds.asset.edited", row=row, now=now, before=before, after=after)
    return row


def _write_asset(row: CommunityAsset, given: dict[str, Any]) -> None:
    """Check and write the asset; a name that is taken is told."""
    for column, wanted in given.items():
        setattr(row, column, wanted)
    if row.area <= 0:
        raise refusals.AreaMissing(field="area")
    refuse_personal_numbers(owner_name=row.owner_name, address=row.address, right_paper=row.right_paper)
    others = CommunityAsset.objects.exclude(pk=row.pk).filter(enterprise=row.enterprise_id, name=row.name)
    if others.exists():
        raise refusals.AssetNamed(field="name", name=row.name)
    row.full_clean(validate_unique=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "communityasset_named_once" in str(error):
            raise refusals.AssetNamed(field="name", name=row.name) from error
        raise


def enter_letting(*, by: User, asset: CommunityAsset, terms: Terms, now: dt.datetime) -> Letting:
    """Enter a contract as a draft; `ends_on` is the first day after the term. Another person confirms it.

    Raises:
        NotAllowed: neither community staff nor a person of the enterprise.
        LessorNotRunning, TermEmpty, TermTooLong, RightTooShort, DecisionTooLate, NoticeElsewhere.
        RelatedUnexplained, RelatedUnflagged: the lessee is one of those who decide, and this is not told.
        AssetTaken: it is let at that time already; of two who enter at once, one is refused.
    Basis: Civil Code art. 705; report S0.
    """
    require(by, "funds.keep_lettings", asset)
    with transaction.atomic():
        locked = _locked_asset(asset)
        row = Letting(asset=locked, enterprise=locked.enterprise, entered_by=by, entered_at=now)
        _write_letting(row, terms.values(), timezone.localdate(now))
        after = {name: getattr(row, name) for name in ("asset_id", "starts_on", "ends_on", "monthly_rent")}
        audit.record(by=by, verb="funds.letting.entered", row=row, now=now, after=after, basis="Civil Code art. 705")
    return row


def edit_letting(*, by: User, letting: Letting, terms: Terms, now: dt.datetime, version: str = "") -> Letting:
    """Change a draft; `version` is that of the row when it was read, empty to skip the comparison.

    Raises:
        Stale: somebody else has changed it since.
        NotADraftLetting: it was confirmed or withdrawn.
        NotAllowed, TermEmpty, … : as for `enter_letting`.
    """
    require(by, "funds.keep_lettings", letting)
    with transaction.atomic():
        _locked_asset(letting.asset)
        rows = Letting.objects.select_for_update(of=("self",))
        row = rows.select_related("asset", "enterprise__division", "document", "notice").get(pk=letting.pk)
        if row.status != LettingStatus.DRAFT:
            raise refusals.NotADraftLetting(status=row.get_status_display())
        if version and version != row.version:
            raise Stale
        given = terms.values()
        before = {column: getattr(row, column) for column in given if getattr(row, column) != given[column]}
        if before:
            _write_letting(row, given, timezone.localdate(now))
            told = {column: _told(given[column]) for column in before}
            was = {column: _told(found) for column, found in before.items()}
            audit.record(by=by, verb="funds.letting.edited", row=row, now=now, before=was, after=told)
    return row


def _told(found: Any) -> Any:
    """Return a value as the trail keeps it: a row by its key."""
    return found.pk if hasattr(found, "pk") else found


def _locked_asset(asset: CommunityAsset) -> CommunityAsset:
    rows = CommunityAsset.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("enterprise__division").get(pk=asset.pk)


def _write_letting(row: Letting, given: dict[str, Any], today: dt.date) -> None:
    """Check and write the letting; the one that has the asset is named."""
    for column, wanted in given.items():
        setattr(row, column, wanted)
    _check_letting(row, today)
    taken = Letting.objects.exclude(pk=row.pk).exclude(status=LettingStatus.WITHDRAWN)
    other = taken.filter(asset=row.asset_id, starts_on__lt=row.ends_on, ends_on__gt=row.starts_on).first()
    if other is not None:
        raise _taken(row.asset, other)
    row.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "letting_one_at_a_time" not in str(error):
            raise
        other = taken.filter(asset=row.asset_id, starts_on__lt=row.ends_on, ends_on__gt=row.starts_on).first()
        raise _taken(row.asset, other or row) from error


def _taken(asset: CommunityAsset, other: Letting) -> refusals.AssetTaken:
    return refusals.AssetTaken(field="starts_on", asset=asset.name, starts_on=other.starts_on, last_day=other.last_day)


def _check_letting(row: Letting, today: dt.date) -> None:
    enterprise, asset = row.enterprise, row.asset
    if enterprise.status in {EnterpriseStatus.PLANNED, EnterpriseStatus.CLOSED}:
        raise refusals.LessorNotRunning(enterprise=enterprise.name, status=enterprise.get_status_display())
    if row.ends_on <= row.starts_on:
        raise refusals.TermEmpty(field="ends_on")
    years = value(LONGEST_YEARS, enterprise.division, today)
    if row.ends_on > _years_on(row.starts_on, years):
        raise refusals.TermTooLong(field="ends_on", years=years, last_day=row.last_day)
    if asset.right_until and row.last_day > asset.right_until:
        raise refusals.RightTooShort(field="ends_on", until=asset.right_until)
    if row.document.effective_on > row.starts_on:
        document, effective_on = row.document.title, row.document.effective_on
        raise refusals.DecisionTooLate(field="document", document=document, effective_on=effective_on)
    if row.notice and row.notice.division_id != enterprise.division_id:
        raise refusals.NoticeElsewhere(field="notice")
    refuse_personal_numbers(lessee=row.lessee, purpose=row.purpose, relation=row.relation, recusal=row.recusal)
    check_related(enterprise, row.lessee, today, is_related=row.is_related, relation=row.relation, recusal=row.recusal)


def _years_on(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def name_notice(*, by: User, letting: Letting, notice: PublicNotice, now: dt.datetime) -> Letting:
    """Name the public notice that tells of a letting to a related party.

    Raises:
        NotAllowed: neither community staff nor a person of the enterprise.
        NotADraftLetting, NoticeElsewhere.
    """
    require(by, "funds.keep_lettings", letting)
    with transaction.atomic():
        row = Letting.objects.select_for_update(of=("self",)).select_related("enterprise").get(pk=letting.pk)
        if row.status != LettingStatus.DRAFT:
            raise refusals.NotADraftLetting(status=row.get_status_display())
        if notice.division_id != row.enterprise.division_id:
            raise refusals.NoticeElsewhere(field="notice")
        before = {"notice": row.notice_id}
        row.notice = notice
        row.save(update_fields=["notice"])
        after = {"notice": notice.pk}
        audit.record(by=by, verb="funds.letting.notice_named", row=row, now=now, before=before, after=after)
    return row


def attach_paper(*, by: User, letting: Letting, name: str, content: bytes, now: dt.datetime) -> Letting:
    """Store the contract, or another paper of the letting, for the staff of the place.

    Raises:
        NotAllowed: neither community staff nor a person of the enterprise.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: the file may not be stored.
    """
    require(by, "funds.keep_lettings", letting)
    stored = read_file(name, content)
    with transaction.atomic():
        row = Letting.objects.select_for_update(of=("self",), no_key=True).get(pk=letting.pk)
        file = notices.store_photo(by=by, now=now, division=row.division, photo=stored, visibility=Visibility.INTERNAL)
        row.papers.add(file)
        audit.record(by=by, verb="funds.letting.paper_attached", row=row, now=now, after={"file": file.pk})
    return row


def confirm_letting(*, by: User, letting: Letting, now: dt.datetime, today: dt.date) -> Letting:
    """Confirm a letting and charge the months that have begun.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        MoveHindered: a related party's notice has not closed.
    """
    with transaction.atomic():
        row = lifecycle.move(letting, "confirm", by=by, now=now)
        _charge(now, today, row.pk, row.pk)
    return row


def terminate_letting(*, by: User, letting: Letting, last_day: dt.date, reason: str, now: dt.datetime) -> Letting:
    """End a letting early; months after its last day are waived, the month in which it ends is charged by its days.

    Raises:
        EndOutside: the day lies outside the term.
        ReasonMissing, MoveForbidden, MoveClosed: as for every move.
    Basis: Civil Code art. 562.
    """
    with transaction.atomic():
        found = Letting.objects.select_for_update(of=("self",)).get(pk=letting.pk)
        ends_on = last_day + dt.timedelta(days=1)
        if not found.starts_on < ends_on <= found.ends_on:
            raise refusals.EndOutside(field="last_day", first_day=found.starts_on, last_day=found.last_day)
        if found.status == LettingStatus.RUNNING:
            _charge(now, last_day, found.pk, found.pk)
        row = lifecycle.move(found, "terminate", by=by, now=now, reason=reason, changes={"ends_on": ends_on})
        for charge in row.charges.select_for_update().filter(to_on__gt=ends_on).order_by("number"):
            kept = part_of(charge.amount, charge.from_on, charge.to_on, max(ends_on, charge.from_on))
            charge.waived, charge.waived_reason = max(charge.waived, charge.amount - kept), reason.strip()[:200]
            charge.waived_by, charge.waived_at = by, now
            charge.save(update_fields=["waived", "waived_reason", "waived_by", "waived_at"])
    return row


def charge_rent(*, by: User, now: dt.datetime, today: dt.date) -> int:
    """Charge the months of running lettings that have begun, and return how many; a second run charges nothing.

    Batches of a thousand keys, one transaction each.
    """
    require_clock(by=by)
    running = Letting.objects.filter(status=LettingStatus.RUNNING).order_by("pk")
    made, first = 0, 0
    while (last := _batch_end(running, first)) is not None:
        with transaction.atomic():
            count = _charge(now, today, first, last)
            if count:
                after = {"charges": count, "from": first, "to": last}
                audit.record(by=by, verb="funds.rent.charged", row=running.get(pk=last), now=now, after=after)
        made, first = made + count, last + 1
    return made


def require_clock(*, by: User) -> None:
    """Refuse whoever is not the clock.

    Raises:
        MoveForbidden: `by` is a person.
    """
    if not by.is_system:
        raise lifecycle.MoveForbidden(move="charge_rent")


def _batch_end(running: Any, first: int) -> int | None:
    keys = list(running.filter(pk__gte=first).values_list("pk", flat=True)[:MONTHS_BATCH])
    return keys[-1] if keys else None


def _charge(now: dt.datetime, today: dt.date, first: int, last: int) -> int:
    """Insert the charges of a range of lettings and return their number."""
    with connection.cursor() as cursor:
        cursor.execute(CHARGES, {"now": now, "today": today, "first": first, "last": last})
        return int(cursor.rowcount)


def end_lettings(*, by: User, now: dt.datetime, today: dt.date) -> int:
    """End the lettings whose term is over, after their last months were charged; return how many."""
    over = Letting.objects.filter(status=LettingStatus.RUNNING, ends_on__lte=today).order_by("pk")
    ended = 0
    for row in over.iterator(chunk_size=MONTHS_BATCH):
        lifecycle.move(row, "end", by=by, now=now)
        ended += 1
    return ended


def waive_rent(*, by: User, charge: RentCharge, amount: Decimal, reason: str, now: dt.datetime) -> RentCharge:
    """Let off a part of one month's rent, or take that back with zero; the street decides, with the reason.

    Raises:
        NotAllowed: no street staff of the place.
        ReasonMissing: no reason.
        WaivedTooMuch: more than was charged.
    """
    require(by, "funds.waive_rent", charge)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        row = RentCharge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
        if amount > row.amount:
            raise refusals.WaivedTooMuch(field="amount", amount=format_yuan(row.amount))
        before = {"waived": row.waived}
        row.waived, row.waived_reason, row.waived_by, row.waived_at = amount, reason.strip(), by, now
        row.full_clean(exclude=["letting"])
        row.save(update_fields=["waived", "waived_reason", "waived_by", "waived_at"])
        audit.record(
            by=by, verb="funds.rent.waived", row=row, now=now, before=before, after={"waived": amount}, reason=reason
        )
    return row


def record_rent(
    *,
    by: User,
    letting: Letting,
    amount: Decimal,
    received_on: dt.date,
    reference: str,
    now: dt.datetime,
    today: dt.date,
    name: str = "",
    content: bytes = b"",
) -> RentReceipt:
    """Record rent that has arrived, with the number of the bank slip and, where there is one, its picture.

    It counts for the oldest unpaid month first.

    Raises:
        NotAllowed: neither community staff nor a person of the enterprise.
        NoRentDue, RentAmountMissing, ReceivedTooEarly.
        SlipUsed: this slip is recorded already.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: the file may not be stored.
    """
    require(by, "funds.record_rent", letting)
    if amount <= 0:
        raise refusals.RentAmountMissing(field="amount")
    if received_on > today:
        raise refusals.ReceivedTooEarly(field="received_on")
    refuse_personal_numbers(reference=reference)
    stored = read_file(name, content) if content else None
    with transaction.atomic():
        found = Letting.objects.select_for_update(of=("self",), no_key=True).select_related("asset", "enterprise")
        locked = found.get(pk=letting.pk)
        if locked.status not in RENT_STATUSES:
            raise refusals.NoRentDue(status=locked.get_status_display())
        if locked.receipts.standing().filter(reference=reference.strip()).exists():
            raise refusals.SlipUsed(field="reference", reference=reference.strip(), letting=str(locked))
        row = RentReceipt(
            letting=locked,
            received_on=received_on,
            amount=amount,
            reference=reference.strip(),
            recorded_by=by,
            recorded_at=now,
        )
        if stored is not None:
            row.evidence = notices.store_photo(
                by=by, now=now, division=locked.division, photo=stored, visibility=Visibility.INTERNAL
            )
        row.full_clean()
        row.save()
        after = {"letting": locked.pk, "amount": amount, "received_on": received_on, "reference": row.reference}
        audit.record(by=by, verb="funds.rent.received", row=row, now=now, after=after)
    return row


def void_receipt(*, by: User, receipt: RentReceipt, reason: str, now: dt.datetime) -> RentReceipt:
    """Take back a receipt that was recorded wrongly; it stays to be seen, with the reason.

    Raises:
        NotAllowed: neither community staff nor a person of the enterprise.
        ReasonMissing: no reason.
        ReceiptGone: it was taken back already.
    """
    require(by, "funds.record_rent", receipt)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        row = RentReceipt.objects.select_for_update(of=("self",)).get(pk=receipt.pk)
        if row.voided_at is not None:
            raise refusals.ReceiptGone
        row.voided_at, row.voided_by, row.void_reason = now, by, reason.strip()[:200]
        row.save(update_fields=["voided_at", "voided_by", "void_reason"])
        audit.record(by=by, verb="funds.rent.taken_back", row=row, now=now, reason=reason)
    return row
