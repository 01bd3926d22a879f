"""Donations from pledge to publication: money and goods, consent, changes of the agreed use, refunds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from funds.appeals.lifecycle import AppealStatus
from funds.appeals.models import Appeal
from funds.charity.models import TAKING, CommunityFund, DonationStation
from funds.donations.lifecycle import DonationStatus
from funds.donations.matching import match_donation
from funds.donations.models import (
    Donation,
    DonationChannel,
    DonorKind,
    GoodsLine,
    Interest,
)
from funds.donations.policy import names_the_donor, new_code, real_name
from funds.donations.pools import memo_of, pool_of, source_of
from funds.ledger.models import JournalKind
from funds.ledger.operations import DateOutsideBook, Line, post_journal
from funds.ledger.queries import open_day
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


class BeneficiaryInterested(Invalid):
    """A donor may not name themselves or somebody close to them as the beneficiary (Basis: Charity Law art. 40)."""

    code = "beneficiary_interested"
    message = _("Donors may not name themselves, their relatives or partners as the beneficiary of their donation.")


class InterestUndeclared(Invalid):
    """Who names a beneficiary says what ties them to it (Basis: Charity Law art. 40)."""

    code = "interest_undeclared"
    message = _("The donor names a beneficiary. Enter what the donor has declared about ties to the beneficiary.")


class AppealNotTaking(NotNow):
    """The appeal does not run on this day, or it is another fund's."""

    code = "appeal_not_taking"
    message = _("The appeal “%(appeal)s” takes no donations for this fund today.")


class NotMoney(Invalid):
    """Goods are recorded with their lines, never as money."""

    code = "donation_not_money"
    message = _("Goods are recorded with what they are and what they are worth, not as money.")


class GoodsUnfit(Invalid):
    """Goods have a name, a quantity, a value and evidence of it."""

    code = "goods_unfit"
    message = _(
        "Line %(number)s: enter what the goods are, a quantity and a value above zero, and the evidence of the value."
    )


class ReceiptUnclear(Invalid):
    """A receipt has a number, or it is waived with a note; never both, never neither."""

    code = "receipt_unclear"
    message = _("Enter the number of the receipt, or a note on why the donor waives it.")


class ReceiptNumberTaken(Conflict):
    """Another donation to this charity has this receipt number."""

    code = "receipt_number_taken"
    message = _("Receipt number %(number)s of this charity was issued for another donation.")


@dataclass(frozen=True, slots=True)
class Goods:
    """One kind of goods as it is handed in."""

    name: str
    quantity: Decimal
    measure: str
    value: Decimal
    valuation: str
    note: str


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
    beneficiary: str = "",
    interest: str = "",
    appeal: Appeal | None = None,
    station: DonationStation | None = None,
) -> Donation:
    """Record a donation of money as pledged; another person confirms that it has arrived.

    Without a name the donor is anonymous. The donor's name stays out of the audit trail.

    Raises:
        NotAllowed: neither staff of the place nor an officer of the charity.
        FundTakesNoDonations: applied for, rectifying, closing or closed.
        AmountMissing, DonorNameMissing, NotMoney.
        BeneficiaryInterested, InterestUndeclared: the donor names themselves, a relative, or does not say.
        AppealNotTaking: the appeal does not run today or is another fund's.
        DonationKnown: the reference was recorded for this fund and channel.
    Basis: Charity Law art. 38, 40.
    """
    require(by, "funds.record_donation", fund)
    if channel == DonationChannel.GOODS:
        raise NotMoney(field="channel")
    said = {"beneficiary": beneficiary, "interest": interest, "appeal": appeal, "station": station}
    return _record(
        by,
        fund,
        now,
        donor_kind=donor_kind,
        donor_name=donor_name,
        is_name_public=is_name_public,
        channel=channel,
        amount=amount,
        reference=reference,
        restricted_to=restricted_to,
        **said,
    )


def pledge_donation(
    *,
    by: User,
    fund: CommunityFund,
    amount: Decimal,
    now: dt.datetime,
    is_anonymous: bool = False,
    is_name_public: bool = False,
    restricted_to: str = "",
    appeal: Appeal | None = None,
) -> Donation:
    """Let a person pledge a donation of their own; the money goes to the charity's bank account, never through here.

    The reference that the transfer is to bear is made up here.

    Raises:
        NotAllowed: not signed in.
        FundTakesNoDonations, AmountMissing, DonorNameMissing, BeneficiaryInterested, AppealNotTaking: as for `record_donation`.
    """
    require(by, "funds.pledge_donation", fund)
    return _record(
        by,
        fund,
        now,
        donor=by,
        donor_kind=DonorKind.PERSON,
        donor_name="" if is_anonymous else by.display_name,
        is_name_public=is_name_public and not is_anonymous,
        channel=DonationChannel.BANK,
        amount=amount,
        reference=f"JZ{new_code()[:10]}",
        restricted_to=restricted_to,
        appeal=appeal,
    )


def record_goods(
    *,
    by: User,
    fund: CommunityFund,
    donor_kind: str,
    goods: Sequence[Goods],
    reference: str,
    now: dt.datetime,
    donor_name: str = "",
    is_name_public: bool = False,
    restricted_to: str = "",
    beneficiary: str = "",
    interest: str = "",
    appeal: Appeal | None = None,
    station: DonationStation | None = None,
) -> Donation:
    """Record goods as pledged, each kind with its quantity, its value and how that is known; no money is ever posted.

    Raises:
        GoodsUnfit: no line, or one without name, quantity, value or evidence.
        NotAllowed and the others: as for `record_donation`.
    Basis: Charity Law art. 38; Accounting System for Non-profit Organizations art. 16.
    """
    require(by, "funds.record_donation", fund)
    for number, line in enumerate(goods, start=1):
        if not line.name.strip() or not line.note.strip() or line.quantity <= 0 or line.value <= 0:
            raise GoodsUnfit(field="goods", number=number)
    if not goods:
        raise GoodsUnfit(field="goods", number=1)
    with transaction.atomic():
        row = _record(
            by,
            fund,
            now,
            donor_kind=donor_kind,
            donor_name=donor_name,
            is_name_public=is_name_public,
            channel=DonationChannel.GOODS,
            amount=sum((line.value for line in goods), Decimal(0)),
            reference=reference,
            restricted_to=restricted_to,
            beneficiary=beneficiary,
            interest=interest,
            appeal=appeal,
            station=station,
        )
        lines = [
            GoodsLine(
                donation=row,
                number=number,
                name=line.name.strip(),
                quantity=line.quantity,
                measure=line.measure.strip(),
                value=line.value,
                valuation=line.valuation,
                note=mask_text(line.note.strip()),
            )
            for number, line in enumerate(goods, start=1)
        ]
        for made in lines:
            made.full_clean(exclude=["donation"])
        GoodsLine.objects.bulk_create(lines)
    return row


def _record(by: User, fund: CommunityFund, now: dt.datetime, **said: Any) -> Donation:
    """Write a pledge after the checks that money and goods share."""
    row = Donation(**{**said, "donor_name": real_name(said["donor_name"])}, recorded_by=by, recorded_at=now)
    row.reference, row.restricted_to = row.reference.strip(), row.restricted_to.strip()
    row.beneficiary = row.beneficiary.strip()
    if row.amount <= 0:
        raise AmountMissing(field="amount")
    if not row.donor_name and (row.is_name_public or row.donor_kind == DonorKind.UNIT):
        raise DonorNameMissing(field="donor_name")
    _refuse_interested(row)
    with transaction.atomic():
        row.fund = _taking(fund)
        row.charity_id = row.fund.host_id
        if row.appeal is not None:
            _refuse_other_appeal(row, row.appeal, timezone.localdate(now))
        if row.fund.donations.filter(channel=row.channel, reference=row.reference).exists():
            raise DonationKnown(field="reference", reference=row.reference)
        row.full_clean()
        row.save()
        after = {
            "fund": row.fund_id,
            "amount": row.amount,
            "channel": row.channel,
            "restricted_to": mask_text(row.restricted_to),
        }
        audit.record(by=by, verb="funds.donation.recorded", row=row, now=now, after=after)
    return row


def _refuse_interested(row: Donation) -> None:
    """Refuse a donation for the donor's own benefit (Basis: Charity Law art. 40)."""
    if row.interest not in {"", Interest.NONE}:
        raise BeneficiaryInterested(field="interest")
    own_words = row.restricted_to if row.donor_kind == DonorKind.PERSON else ""
    if names_the_donor(row.donor_name, row.beneficiary) or names_the_donor(row.donor_name, own_words):
        raise BeneficiaryInterested(field="beneficiary")
    if row.beneficiary and not row.interest:
        raise InterestUndeclared(field="interest")


def _refuse_other_appeal(row: Donation, appeal: Appeal, today: dt.date) -> None:
    """Refuse an appeal that does not run, another fund's, and a use besides that of the appeal."""
    fresh = Appeal.objects.get(pk=appeal.pk)
    runs = fresh.status == AppealStatus.OPEN and fresh.starts_on <= today <= fresh.ends_on
    if not runs or fresh.fund_id != row.fund_id or row.restricted_to:
        raise AppealNotTaking(field="appeal", appeal=fresh.title)


def _taking(fund: CommunityFund) -> CommunityFund:
    """Return the locked fund, or refuse when it takes no donations."""
    locked = CommunityFund.objects.select_for_update(of=("self",), no_key=True).get(pk=fund.pk)
    if locked.status not in TAKING or locked.is_budget:
        raise FundTakesNoDonations(fund=locked.short_name, status=locked.get_status_display())
    return locked


def receive_donation(*, by: User, donation: Donation, received_on: dt.date, now: dt.datetime) -> Donation:
    """Confirm that a donation has arrived on a day; money is posted into the fund's book on that day.

    When the month of that day is closed already it is posted today; the donation and its receipt keep the day.

    What is given for an appeal goes into its pool, a restricted donation into the pool of its purpose, every other one
    into the free pool. A promise that serves the donation adds to it at once. Goods move no money.

    Raises:
        FundTakesNoDonations: the fund was suspended or closed since.
        DateOutsideBook, BookNotOpen: the book takes nothing on that day.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    Basis: Charity Law art. 38.
    """
    label = lifecycle.of(donation).by_name["receive"].label
    if not by.has_perm("funds.receive_donation", donation):
        raise lifecycle.MoveForbidden(move=label)
    with transaction.atomic():
        _taking(donation.fund)
        fresh = Donation.objects.select_for_update(of=("self",)).get(pk=donation.pk)
        if fresh.status != DonationStatus.PLEDGED:
            raise lifecycle.MoveClosed(move=label, status=fresh.get_status_display())
        if received_on > timezone.localdate(now):
            raise DateOutsideBook(
                field="posted_on", day=received_on, first=fresh.fund.book.opened_on, last=timezone.localdate(now)
            )
        if fresh.channel == DonationChannel.GOODS:
            return lifecycle.move(fresh, "receive", by=by, now=now, changes={"received_on": received_on})
        pool = pool_of(fresh, by=by, now=now)
        posted_on = open_day(fresh.fund.book, received_on, timezone.localdate(now))
        journal = post_journal(
            by=by,
            book=fresh.fund.book,
            kind=JournalKind.DONATION,
            key=f"donation:{fresh.pk}",
            posted_on=posted_on,
            memo=memo_of(fresh),
            lines=[Line(source_of(fresh, by=by, now=now), pool, fresh.amount)],
            now=now,
        )
        changes = {"received_on": received_on, "journal": journal}
        moved = lifecycle.move(fresh, "receive", by=by, now=now, changes=changes)
        match_donation(by=by, donation=moved, pool=pool, day=received_on, now=now)
        return moved


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
