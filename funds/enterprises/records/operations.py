"""Recording revenue and cost with their papers, and taking their sums over into declarations."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.notices.models import Visibility
from communities.notices.policy import read_file
from communities.people.policy import refuse_personal_numbers
from funds.enterprises import operations as enterprises
from funds.enterprises.lifecycle import EnterpriseStatus
from funds.enterprises.models import CommunityEnterprise, ProfitDeclaration
from funds.enterprises.policy import period_end
from funds.enterprises.records import queries
from funds.enterprises.records.models import BusinessRecord
from funds.enterprises.refusals import EnterpriseNotRunning
from funds.enterprises.related import check_related
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow

if TYPE_CHECKING:
    from governance.accounts.models import User

KEPT = ("losses_carried", "registered_capital", "reserve_before", "note")
"""What a declaration keeps when the sums of the records are taken over."""


class MonthNotWhole(Invalid):
    """A record belongs to a month, named by its first day."""

    code = "record_month_not_whole"
    message = _("A month is named by its first day; %(day)s is none.")


class MonthAhead(Invalid):
    """Nothing is recorded for a month that has not begun."""

    code = "record_month_ahead"
    message = _("%(month)s has not begun.")


class MonthBeforeFounding(Invalid):
    """The enterprise did not exist yet."""

    code = "record_month_before_founding"
    message = _("The enterprise was founded on %(founded_on)s, after this month.")


class RecordAmountMissing(Invalid):
    """A record has an amount; what is given back is taken back, not recorded below zero."""

    code = "record_amount_missing"
    message = _("Enter an amount larger than zero. What was recorded wrongly is taken back.")


class RecordRepeated(Conflict):
    """One paper is recorded once for a month and a line."""

    code = "record_repeated"
    message = _("%(number)s is recorded already for this month and line, with %(amount)s yuan.")


class RecordGone(NotNow):
    """A record is taken back once."""

    code = "record_gone"
    message = _("This record has been taken back already.")


class NothingRecorded(NotNow):
    """There is nothing to be taken over."""

    code = "nothing_recorded"
    message = _("Nothing is recorded for this period. Enter the records first, or the figures by hand.")


@dataclass(frozen=True, slots=True)
class Noted:
    """What one record says, as its operation takes it; `month` is its first day."""

    kind: str
    line: str
    month: dt.date
    amount: Decimal
    description: str
    evidence_kind: str
    evidence_number: str
    party: str = ""
    is_related: bool = False
    relation: str = ""
    recusal: str = ""

    def values(self) -> dict[str, Any]:
        """Return the columns, with no blanks around texts."""
        found = {column.name: getattr(self, column.name) for column in fields(self)}
        return {name: text.strip() if isinstance(text, str) else text for name, text in found.items()}


def enter_record(
    *,
    by: User,
    enterprise: CommunityEnterprise,
    noted: Noted,
    now: dt.datetime,
    name: str = "",
    content: bytes = b"",
) -> BusinessRecord:
    """Record revenue, cost or tax of a month, with its paper as a file where there is one.

    Raises:
        NotAllowed: neither community staff nor a person of the enterprise.
        EnterpriseNotRunning, MonthNotWhole, MonthAhead, MonthBeforeFounding, RecordAmountMissing.
        RelatedUnexplained, RelatedUnflagged: the other side is one of those who decide, and this is not told.
        RecordRepeated: the paper is recorded already.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: the file may not be stored.
    Basis: report S0.
    """
    require(by, "funds.keep_records", enterprise)
    stored = read_file(name, content) if content else None
    with transaction.atomic():
        locked = CommunityEnterprise.objects.select_for_update(of=("self",), no_key=True)
        row = BusinessRecord(
            enterprise=locked.select_related("division").get(pk=enterprise.pk),
            recorded_by=by,
            recorded_at=now,
            **noted.values(),
        )
        _check(row, timezone.localdate(now))
        _write(row)
        if stored is not None:
            row.evidence.add(
                notices.store_photo(by=by, now=now, division=row.division, photo=stored, visibility=Visibility.INTERNAL)
            )
        after = {name: getattr(row, name) for name in ("kind", "line", "month", "amount", "evidence_number")}
        audit.record(by=by, verb="funds.record.entered", row=row, now=now, after=after)
    return row


def _check(row: BusinessRecord, today: dt.date) -> None:
    enterprise = row.enterprise
    if enterprise.status in {EnterpriseStatus.PLANNED, EnterpriseStatus.CLOSED}:
        raise EnterpriseNotRunning(enterprise=enterprise.name, status=enterprise.get_status_display())
    if row.month.day != 1:
        raise MonthNotWhole(field="month", day=row.month)
    if row.month > today:
        raise MonthAhead(field="month", month=f"{row.month:%Y-%m}")
    if row.month < enterprise.founded_on.replace(day=1):
        raise MonthBeforeFounding(field="month", founded_on=enterprise.founded_on)
    if row.amount <= 0:
        raise RecordAmountMissing(field="amount")
    refuse_personal_numbers(
        description=row.description, party=row.party, relation=row.relation, evidence_number=row.evidence_number
    )
    check_related(enterprise, row.party, today, is_related=row.is_related, relation=row.relation, recusal=row.recusal)


def _same_paper(row: BusinessRecord) -> BusinessRecord | None:
    """Return the standing record of the same paper, month and line."""
    return (
        BusinessRecord.objects.standing()
        .filter(
            enterprise=row.enterprise_id,
            kind=row.kind,
            line=row.line,
            month=row.month,
            evidence_number=row.evidence_number,
        )
        .first()
    )


def _write(row: BusinessRecord) -> None:
    """Check and write the record; the one of the same paper is named."""
    if known := _same_paper(row):
        raise RecordRepeated(field="evidence_number", number=row.evidence_number, amount=known.amount)
    row.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "businessrecord_once_a_paper" not in str(error):
            raise
        raise RecordRepeated(field="evidence_number", number=row.evidence_number, amount=row.amount) from error


def attach_evidence(*, by: User, record: BusinessRecord, name: str, content: bytes, now: dt.datetime) -> BusinessRecord:
    """Attach a further file to a record.

    Raises:
        NotAllowed: neither community staff nor a person of the enterprise.
        RecordGone: it was taken back.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: the file may not be stored.
    """
    require(by, "funds.keep_records", record)
    stored = read_file(name, content)
    with transaction.atomic():
        row = BusinessRecord.objects.select_for_update(of=("self",), no_key=True).get(pk=record.pk)
        if row.voided_at is not None:
            raise RecordGone
        file = notices.store_photo(by=by, now=now, division=row.division, photo=stored, visibility=Visibility.INTERNAL)
        row.evidence.add(file)
        audit.record(by=by, verb="funds.record.evidence_attached", row=row, now=now, after={"file": file.pk})
    return row


def void_record(*, by: User, record: BusinessRecord, reason: str, now: dt.datetime) -> BusinessRecord:
    """Take back a record that is wrong; it stays to be seen, with the reason, and counts for nothing.

    A declaration that rested on it then differs from the records, which is shown beside it.

    Raises:
        NotAllowed: neither community staff nor a person of the enterprise.
        ReasonMissing: no reason.
        RecordGone: it was taken back already.
    """
    require(by, "funds.keep_records", record)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        row = BusinessRecord.objects.select_for_update(of=("self",)).get(pk=record.pk)
        if row.voided_at is not None:
            raise RecordGone
        row.voided_at, row.voided_by, row.void_reason = now, by, reason.strip()[:200]
        row.save(update_fields=["voided_at", "voided_by", "void_reason"])
        audit.record(by=by, verb="funds.record.taken_back", row=row, now=now, reason=reason)
    return row


def propose_declaration(
    *, by: User, enterprise: CommunityEnterprise, period_kind: str, starts_on: dt.date, now: dt.datetime
) -> ProfitDeclaration:
    """Enter the declaration of a finished period with the sums of the records, as a draft.

    Losses and reserve do not follow from the records and are completed by hand.

    Raises:
        NotAllowed: neither accountant nor head of the enterprise.
        NothingRecorded: no record and no rent in the period.
        EnterpriseNotRunning, PeriodUnknown, PeriodNotOver, …: as for `enter_declaration`.
    """
    require(by, "funds.submit_declaration", enterprise)
    ends_on = period_end(period_kind, starts_on) or starts_on
    found = queries.recorded(enterprise, starts_on, ends_on)
    if found.is_empty:
        raise NothingRecorded
    return enterprises.enter_declaration(
        by=by,
        enterprise=enterprise,
        period_kind=period_kind,
        starts_on=starts_on,
        ends_on=ends_on,
        registered_capital=enterprise.registered_capital,
        now=now,
        **{figure: getattr(found, figure) for figure in queries.COMPARED},
    )


def take_over_records(
    *, by: User, declaration: ProfitDeclaration, now: dt.datetime, version: str = ""
) -> ProfitDeclaration:
    """Set the figures of a draft to the sums of the records; losses, capital, reserve and note stay.

    Raises:
        NotAllowed: neither accountant nor head of the enterprise.
        NothingRecorded: no record and no rent in the period.
        NotADraft, Stale: as for `edit_declaration`.
    """
    require(by, "funds.submit_declaration", declaration)
    found = queries.recorded(declaration.enterprise, declaration.starts_on, declaration.ends_on)
    if found.is_empty:
        raise NothingRecorded
    kept = {name: getattr(declaration, name) for name in KEPT}
    sums = {figure: getattr(found, figure) for figure in queries.COMPARED}
    return enterprises.edit_declaration(
        by=by, declaration=declaration, now=now, version=version or declaration.version, **sums, **kept
    )
