"""Files of donations from upload to publication: read by a job, confirmed by another person, posted whole or not at all."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.territory.files import taking
from communities.territory.files.layout import Layout, heading
from communities.territory.files.taking import Kind
from funds.appeals.models import HIDDEN, Appeal
from funds.charity.models import TAKING, CommunityFund, HostCharity
from funds.donations.operations import AppealNotTaking, FundTakesNoDonations
from funds.intake import posting, staging
from funds.intake.lifecycle import IntakeStatus
from funds.intake.models import ColumnMapping, DonationIntake, MappingKind
from funds.intake.policy import BANK, DONATIONS, FIELDS, NEEDED
from funds.intake.reading import kind_of
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, DomainError, Invalid, NotNow
from governance.jobs.marks import mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.files import File

    from governance.accounts.models import User

READ, POST = "donations.read_file", "donations.post_file"
LAYOUTS: dict[str, Layout] = {MappingKind.DONATIONS: DONATIONS, MappingKind.BANK: BANK}
SHORTEST_ACCOUNT = 6


class FileKnown(Conflict):
    """The charity has taken this very file before."""

    code = "donation_file_known"
    message = _("This file was taken in on %(day)s already (“%(name)s”, %(status)s). Nothing is taken twice.")


class NothingToPost(NotNow):
    """All rows are known or unusable."""

    code = "nothing_to_post"
    message = _("The file holds no new donation that can be posted.")


class UnusableRows(NotNow):
    """Some rows cannot be used, and nobody has said that they are left out."""

    code = "unusable_rows"
    message = _("%(count)s rows cannot be used. Correct the file, or confirm that they are left out.")


class MappingUnfit(Invalid):
    """A mapping names the needed columns."""

    code = "mapping_unfit"
    message = _("Name the headings of the columns %(columns)s, each with another heading.")


class AccountUnfit(Invalid):
    """An account has a number."""

    code = "account_unfit"
    message = _("Write the account with its digits, at least six; only a bank's statements have one.")


class NotPosted(NotNow):
    """Only what was posted is published."""

    code = "intake_not_posted"
    message = _("The file is “%(status)s”; its donations are published once they are posted.")


class NoteMissing(Invalid):
    """The public is told who issues the receipts."""

    code = "intake_note_missing"
    message = _("Say who issues the receipts, such as the platform.")


def save_mapping(
    *,
    by: User,
    charity: HostCharity,
    name: str,
    columns: dict[str, str],
    now: dt.datetime,
    kind: str = MappingKind.DONATIONS,
    account: str = "",
) -> ColumnMapping:
    """Save how a platform or a bank heads its columns; saved again under its name, it is replaced.

    `account` is the charity's own at the bank: statements of another are refused.

    Raises:
        NotAllowed: not an officer of the charity.
        MappingUnfit: a needed column is missing, or two share a heading.
        AccountUnfit: no number of an account, or one for a platform.
    """
    require(by, "funds.save_column_mapping", charity)
    layout = LAYOUTS[kind]
    kept = {key: text.strip() for key, text in columns.items() if key in layout.fields and text.strip()}
    is_whole = name.strip() and all(key in kept for key in layout.needed)
    if not is_whole or len({heading(text) for text in kept.values()}) < len(kept):
        raise MappingUnfit(field="columns", columns="、".join(str(layout.fields[key][0]) for key in layout.needed))
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", account))
    if digits and (kind != MappingKind.BANK or not digits.isdecimal() or len(digits) < SHORTEST_ACCOUNT):
        raise AccountUnfit(field="account")
    with transaction.atomic():
        HostCharity.objects.select_for_update(of=("self",), no_key=True).get(pk=charity.pk)
        row = ColumnMapping.objects.filter(charity=charity, kind=kind, name=name.strip()).first()
        row = row or ColumnMapping(charity=charity, kind=kind, name=name.strip())
        row.columns, row.account, row.saved_by, row.saved_at = kept, digits, by, now
        row.full_clean(validate_unique=False)
        row.save()
        audit.record(by=by, verb="funds.column_mapping.saved", row=row, now=now, after={"columns": kept})
    return row


def upload_file(
    *,
    by: User,
    fund: CommunityFund,
    file: File[bytes],
    name: str,
    now: dt.datetime,
    mapping: ColumnMapping | None = None,
    appeal: Appeal | None = None,
) -> DonationIntake:
    """Take a platform's file in to be read by a job; the same file again, from whatever desk, is refused.

    Raises:
        NotAllowed: nobody who records donations there.
        FundTakesNoDonations, AppealNotTaking.
        FileUnusable: too large, empty, neither CSV nor XLSX.
        FileKnown: the charity has this file already.
    """
    require(by, "funds.take_donations_in", fund)
    file.seek(0)
    kind_of(name, int(file.size or 0), file.read(8))
    if fund.status not in TAKING or fund.is_budget:
        raise FundTakesNoDonations(fund=fund.short_name, status=fund.get_status_display())
    if appeal is not None and (appeal.fund_id != fund.pk or appeal.status in HIDDEN):
        raise AppealNotTaking(field="appeal", appeal=appeal.title)
    if mapping is not None and (mapping.charity_id != fund.host_id or mapping.kind != MappingKind.DONATIONS):
        raise MappingUnfit(field="mapping", columns="、".join(str(FIELDS[key][0]) for key in NEEDED))
    row = DonationIntake(fund=fund, charity_id=fund.host_id, appeal=appeal, mapping=mapping, name=name)
    return taking.keep(FILES, row, file, by=by, now=now, scope={"charity": fund.host_id})


FILES = Kind(
    DonationIntake,
    noun="funds.donation_intake",
    folder="imports/donations",
    parameter="intake",
    reading=READ,
    writing=POST,
    known=FileKnown,
    unusable=UnusableRows,
    nothing=NothingToPost,
    empty=staging.empty,
)


def read_file(
    *, by: User, intake: DonationIntake, now: dt.datetime, report: Callable[[int], None] | None = None
) -> DonationIntake:
    """Read an uploaded file into its rows and judge each; begun again, it starts from the first row.

    The job's work: `report` hears after each thousand rows how many are read. A file that cannot be read is given up
    with the reason.
    """

    def fill(row: DonationIntake) -> None:
        first, last = row.fund.book.opened_on, timezone.localdate(now)
        if row.appeal is not None:
            first, last = max(first, row.appeal.starts_on), min(last, row.appeal.ends_on)
        with default_storage.open(row.path) as file:
            kind = kind_of(row.name, row.size, file.read(8))
            file.seek(0)
            staging.fill(row, file.file or file, kind, first=first, last=last, report=report)
        mark("donations.read.filled")

    def judge(row: DonationIntake) -> dict[str, Any]:
        CommunityFund.objects.select_for_update(of=("self",), no_key=True).get(pk=row.fund_id)
        staging.judge(row)
        mark("donations.read.judged")
        return staging.counts(row)

    fresh = DonationIntake.objects.select_related("fund__book", "mapping", "appeal").get(pk=intake.pk)
    return taking.read(FILES, fresh, by=by, now=now, fill=fill, judge=judge)


def confirm_intake(
    *, by: User, intake: DonationIntake, now: dt.datetime, leave_out_bad: bool = False
) -> DonationIntake:
    """Confirm what a file holds, so that a job posts it whole.

    Raises:
        NothingToPost, UnusableRows.
        MoveForbidden, SamePerson, MoveClosed: as for every move; another person than the one who uploaded.
    Basis: Charity Law art. 38.
    """

    def does(row: DonationIntake) -> int:
        return row.fresh

    return taking.confirm(FILES, intake, by=by, now=now, does=does, leave_out_bad=leave_out_bad)


def post_file(*, by: User, intake: DonationIntake, now: dt.datetime) -> DonationIntake:
    """Post a confirmed file in one transaction: vouchers by day and use, donations, what promises add.

    The job's work, done once however often it is tried. Rows whose order number was recorded meanwhile are left out as
    known. What stands in the way sends the file back with the reason, also orders that another fund has taken meanwhile;
    nothing is written then.
    """
    try:
        with transaction.atomic():
            # Two files for two funds of one charity may hold the same orders: one is posted after the other.
            HostCharity.objects.select_for_update(of=("self",), no_key=True).get(pk=intake.charity_id)
            fund = CommunityFund.objects.select_for_update(of=("self",), no_key=True).get(pk=intake.fund_id)
            fresh = DonationIntake.objects.select_for_update(of=("self",)).get(pk=intake.pk)
            if fresh.status != IntakeStatus.CONFIRMED or fresh.confirmed_by is None:
                return fresh
            if fund.status not in TAKING:
                raise FundTakesNoDonations(fund=fund.short_name, status=fund.get_status_display())
            staging.judge(fresh)
            changes = staging.counts(fresh)
            if changes["bad"] > fresh.bad:
                raise UnusableRows(field="leave_out_bad", count=changes["bad"])
            mark("donations.judged")
            posting.post_rows(fresh, by=fresh.confirmed_by, now=now)
            mark("donations.posted")
            payload = {"count": changes["fresh"], "total": str(changes["total"])}
            moved = lifecycle.move(fresh, "finish_posting", by=by, now=now, changes=changes, payload=payload)
            mark("donations.moved")
            return moved
    except DomainError as refusal:
        with transaction.atomic():
            staging.judge(intake)
            changes = {"problem": str(refusal)[:300], **staging.counts(intake)}
            return lifecycle.move(intake, "send_back", by=by, now=now, changes=changes)


def publish_intake(*, by: User, intake: DonationIntake, note: str, now: dt.datetime) -> int:
    """Publish the donations of a posted file, whose receipts the platform issues; return how many there were.

    Raises:
        NotAllowed: not an officer of the charity.
        NotPosted, NoteMissing.
    """
    require(by, "funds.receive_donation", intake)
    if not note.strip():
        raise NoteMissing(field="note")
    with transaction.atomic():
        fresh = DonationIntake.objects.select_for_update(of=("self",)).get(pk=intake.pk)
        if fresh.status != IntakeStatus.POSTED:
            raise NotPosted(status=fresh.get_status_display())
        count = posting.publish_rows(fresh, note=note.strip()[:200], now=now)
        audit.record(by=by, verb="funds.donation_intake.published", row=fresh, now=now, after={"count": count})
    return count


def discard_intake(*, by: User, intake: DonationIntake, reason: str, now: dt.datetime) -> DonationIntake:
    """Discard a file that is not to be posted; its rows go with it.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return taking.discard(FILES, intake, by=by, now=now, reason=reason)
