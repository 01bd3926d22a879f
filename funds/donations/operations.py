"""Donations from pledge to publication."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from funds.charity.models import TAKING, CommunityFund
from funds.charity.policy import purpose_slug
from funds.donations.lifecycle import DonationStatus
from funds.donations.models import Donation, DonorKind
from funds.ledger.models import Account, AccountKind, JournalKind
from funds.ledger.operations import Line, open_account, post_journal
from governance import lifecycle
from governance.accounts.masking import mask_text
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow

if TYPE_CHECKING:
    from governance.accounts.models import User


class FundTakesNoDonations(NotNow):
    """The fund is not open for donations: applied for, suspended, closing or closed."""

    code = "fund_takes_no_donations"
    message = _("“%(fund)s” is “%(status)s” and takes no donations.")


class AmountMissing(Invalid):
    """A donation has an amount above zero."""

    code = "amount_missing"
    message = _("Enter an amount above zero.")


class DonorNameMissing(Invalid):
    """A name that may be published, and that of an organization, must be there."""

    code = "donor_name_missing"
    message = _("Enter the donor's name, or record a person who is not to be named.")


class DonationKnown(Conflict):
    """The transfer with this reference was recorded before."""

    code = "donation_known"
    message = _("The donation with reference %(reference)s has already been recorded for this fund.")


class ReceiptUnclear(Invalid):
    """A receipt has a number, or it is waived with a note; never both, never neither."""

    code = "receipt_unclear"
    message = _("Enter the number of the receipt, or a note on why the donor waives it.")


class ReceiptNumberTaken(Conflict):
    """Another donation to this charity has this receipt number."""

    code = "receipt_number_taken"
    message = _("Receipt number %(number)s of this charity was issued for another donation.")


def record_donation(
    *,
    by: User,
    fund: CommunityFund,
    donor_kind: str,
    channel: str,
    amount: Decimal,
    reference: str,
    now: dt.datetime,
    donor_name: str = "",
    is_name_public: bool = False,
    restricted_to: str = "",
) -> Donation:
    """Record a donation as pledged; another person confirms that the money has arrived.

    The donor's name stays out of the audit trail.

    Raises:
        NotAllowed: neither staff of the place nor an officer of the charity.
        FundTakesNoDonations: applied for, rectifying, closing or closed.
        AmountMissing, DonorNameMissing.
        DonationKnown: the reference was recorded for this fund and channel.
    Basis: Charity Law art. 38.
    """
    require(by, "funds.record_donation", fund)
    if amount <= 0:
        raise AmountMissing(field="amount")
    if not donor_name.strip() and (is_name_public or donor_kind == DonorKind.UNIT):
        raise DonorNameMissing(field="donor_name")
    with transaction.atomic():
        locked = _taking(fund)
        row = Donation(
            fund=locked,
            charity_id=locked.charity_id,
            donor_kind=donor_kind,
            donor_name=donor_name.strip(),
            is_name_public=is_name_public,
            channel=channel,
            amount=amount,
            restricted_to=restricted_to.strip(),
            reference=reference.strip(),
            recorded_by=by,
            recorded_at=now,
        )
        if locked.donations.filter(channel=channel, reference=row.reference).exists():
            raise DonationKnown(field="reference", reference=row.reference)
        row.full_clean()
        row.save()
        after = {"fund": locked.pk, "amount": amount, "channel": channel, "restricted_to": mask_text(row.restricted_to)}
        audit.record(by=by, verb="funds.donation.recorded", row=row, now=now, after=after)
    return row


def _taking(fund: CommunityFund) -> CommunityFund:
    """Return the locked fund, or refuse when it takes no donations."""
    locked = CommunityFund.objects.select_for_update(of=("self",), no_key=True).get(pk=fund.pk)
    if locked.status not in TAKING:
        raise FundTakesNoDonations(fund=locked.short_name, status=locked.get_status_display())
    return locked


def receive_donation(*, by: User, donation: Donation, received_on: dt.date, now: dt.datetime) -> Donation:
    """Confirm that the money of a donation has arrived on a day, and post it into the fund's book on that day.

    A restricted donation goes into the pool of its purpose, every other one into the free pool.

    Raises:
        FundTakesNoDonations: the fund was suspended or closed since.
        DateOutsideBook, PeriodIsClosed, BookNotOpen: the book takes nothing on that day.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    Basis: Charity Law art. 38.
    """
    label = lifecycle.of(donation).by_name["receive"].label
    if not by.has_perm("funds.receive_donation", donation):
        raise lifecycle.MoveForbidden(move=label)
    with transaction.atomic():
        fund = _taking(donation.fund)
        fresh = Donation.objects.select_for_update(of=("self",)).get(pk=donation.pk)
        if fresh.status != DonationStatus.PLEDGED:
            raise lifecycle.MoveClosed(move=label, status=fresh.get_status_display())
        journal = post_journal(
            by=by,
            book=fund.book,
            kind=JournalKind.DONATION,
            key=f"donation:{fresh.pk}",
            posted_on=received_on,
            memo=_memo(fresh),
            lines=[Line(_donors(fund), _pool(fresh, by=by, now=now), fresh.amount)],
            now=now,
        )
        changes = {"received_on": received_on, "journal": journal}
        return lifecycle.move(fresh, "receive", by=by, now=now, changes=changes)


def _memo(donation: Donation) -> str:
    """Return the public summary of the voucher, without any name, in the installation's language."""
    with override(settings.LANGUAGE_CODE):
        return str(_("Donation (%(channel)s)")) % {"channel": donation.get_channel_display()}


def _donors(fund: CommunityFund) -> Account:
    return Account.objects.get(book=fund.book_id, code="source:donor")


def _pool(donation: Donation, *, by: User, now: dt.datetime) -> Account:
    """Return the pool into which a donation goes, opened on first use of its purpose."""
    book = donation.fund.book
    if not donation.restricted_to:
        return Account.objects.get(book=book, code="pool:free")
    purpose = mask_text(donation.restricted_to)
    return open_account(
        by=by,
        book=book,
        code=f"pool:restricted:{purpose_slug(purpose)}",
        kind=AccountKind.POOL,
        name=purpose[:120],
        purpose=purpose,
        now=now,
    )


def issue_receipt(
    *, by: User, donation: Donation, now: dt.datetime, receipt_number: str = "", waived_note: str = ""
) -> Donation:
    """Issue the receipt of a received donation under its number, or note why the donor waives it.

    Raises:
        ReceiptUnclear: both or neither.
        ReceiptNumberTaken: the charity used the number before.
        MoveForbidden, MoveClosed: as for every move.
    Basis: Charity Law art. 38.
    """
    number, note = receipt_number.strip(), waived_note.strip()
    if bool(number) == bool(note):
        raise ReceiptUnclear(field="receipt_number")
    changes = {"receipt_number": number, "is_receipt_waived": bool(note), "receipt_note": note}
    try:
        with transaction.atomic():
            return lifecycle.move(donation, "issue_receipt", by=by, now=now, changes=changes)
    except IntegrityError as error:
        if "donation_receipt_number_is_unique" not in str(error):
            raise
        raise ReceiptNumberTaken(field="receipt_number", number=number) from error
