"""What happens to a donation afterwards: consent, thanks, a refund, a change of the agreed use."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from communities.notices.operations import store_photo
from communities.notices.policy import read_file
from funds.charity.models import CommunityFund
from funds.charity.policy import purpose_slug
from funds.donations.matching import take_back_match
from funds.donations.models import (
    ARRIVED,
    Donation,
    DonationChannel,
    DonorKind,
    PurposeChange,
)
from funds.donations.operations import BeneficiaryInterested, DonorNameMissing
from funds.donations.policy import names_the_donor, new_code
from funds.donations.pools import pool_for, pool_of, source_of
from funds.ledger.models import Journal, JournalKind
from funds.ledger.operations import Line, post_journal, reverse_journal
from governance import lifecycle
from governance.accounts.masking import mask_text
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Invalid, NotNow

if TYPE_CHECKING:
    from governance.accounts.models import User


class RefundUnclear(Invalid):
    """A donation goes back only for error or illegality, with a reason."""

    code = "refund_unclear"
    message = _("A donation is refunded only when it was made in error or against the law. Enter which, and why.")


class RefundNotNow(NotNow):
    """Only what has arrived can go back, and only once."""

    code = "refund_not_now"
    message = _("The donation is “%(status)s”; there is nothing to refund.")


class PurposeUnchanged(Invalid):
    """The new use is the agreed one."""

    code = "purpose_unchanged"
    message = _("The new use is the one that was agreed.")


class PurposeFixed(NotNow):
    """The use cannot be changed: not received, of an appeal, goods, or a change waits."""

    code = "purpose_fixed"
    message = _("%(reason)s")


class ConsentFuture(Invalid):
    """The donor consents before the change, not after."""

    code = "consent_in_future"
    message = _("The day of the consent lies in the future.")


class CertificateNotNow(NotNow):
    """Thanks are given for what has arrived."""

    code = "certificate_not_now"
    message = _("A certificate is issued once the donation has arrived; this one is “%(status)s”.")


# --- Consent, thanks -------------------------------------------------------------------------------------------------


def change_consent(*, by: User, donation: Donation, is_name_public: bool, reason: str, now: dt.datetime) -> Donation:
    """Write down that a donor lets their name be published, or no longer does; every surface follows at once.

    Raises:
        NotAllowed: neither the donor nor somebody who records donations there.
        DonorNameMissing: an anonymous donation has no name to publish.
        ReasonMissing: how the donor said so.
    Basis: Charity Law art. 42; Personal Information Protection Law art. 15.
    """
    require(by, "funds.change_donor_consent", donation)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        fresh = Donation.objects.select_for_update(of=("self",)).get(pk=donation.pk)
        if is_name_public and not fresh.donor_name:
            raise DonorNameMissing(field="is_name_public")
        before = {"is_name_public": fresh.is_name_public}
        fresh.is_name_public = is_name_public
        fresh.save(update_fields=["is_name_public"])
        audit.record(
            by=by,
            verb="funds.donation.consent_changed",
            row=fresh,
            now=now,
            before=before,
            after={"is_name_public": is_name_public},
            reason=mask_text(reason.strip()),
            basis="Personal Information Protection Law art. 15",
        )
    return fresh


def issue_certificate(*, by: User, donation: Donation, now: dt.datetime) -> Donation:
    """Give a donation that has arrived the code of its certificate of thanks; once, the same code for ever.

    The certificate is honour, not the fiscal receipt.

    Raises:
        NotAllowed: neither the donor nor somebody who knows the donor.
        CertificateNotNow: it has not arrived, or was refunded.
    """
    require(by, "funds.certify_donation", donation)
    with transaction.atomic():
        fresh = Donation.objects.select_for_update(of=("self",)).get(pk=donation.pk)
        if fresh.status not in ARRIVED:
            raise CertificateNotNow(status=fresh.get_status_display())
        if not fresh.certificate_code:
            fresh.certificate_code, fresh.certified_at = new_code(), now
            fresh.save(update_fields=["certificate_code", "certified_at"])
            audit.record(by=by, verb="funds.donation.certified", row=fresh, now=now)
    return fresh


# --- Refunds ---------------------------------------------------------------------------------------------------------


def propose_refund(*, by: User, donation: Donation, ground: str, reason: str, now: dt.datetime) -> Donation:
    """Propose that a donation goes back, for error or illegality only; somebody outside the charity decides.

    Raises:
        NotAllowed: not an officer of the charity.
        RefundUnclear: no ground or no reason.
        RefundNotNow: it has not arrived or was refunded.
    """
    require(by, "funds.receive_donation", donation)
    if not ground or not reason.strip():
        raise RefundUnclear(field="ground" if not ground else "reason")
    with transaction.atomic():
        fresh = Donation.objects.select_for_update(of=("self",)).get(pk=donation.pk)
        if fresh.status not in ARRIVED:
            raise RefundNotNow(status=fresh.get_status_display())
        fresh.refund_ground, fresh.refund_reason = ground, mask_text(reason.strip())
        fresh.refund_proposed_at, fresh.refund_proposed_by = now, by
        fresh.full_clean(exclude=["fund", "charity", "appeal", "station", "donor"], validate_unique=False)
        fresh.save(update_fields=["refund_ground", "refund_reason", "refund_proposed_at", "refund_proposed_by"])
        audit.record(
            by=by,
            verb="funds.donation.refund_proposed",
            row=fresh,
            now=now,
            after={"ground": ground, "amount": fresh.amount},
            reason=fresh.refund_reason,
        )
    return fresh


def refund_donation(*, by: User, donation: Donation, now: dt.datetime) -> Donation:
    """Give a donation back: its voucher is reversed today, with its reason, and what was added to it with it.

    Where the voucher holds more than this donation, or the donor's use was changed since, a voucher of its own takes the
    amount out of the pool in which it lies.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move; proposer, recorder and refunder are different people.
        MoveHindered: nobody has proposed it.
        InsufficientAvailable: the money has been used.
    """
    lifecycle.require(donation, "refund", by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        CommunityFund.objects.select_for_update(of=("self",), no_key=True).get(pk=donation.fund_id)
        fresh = Donation.objects.select_for_update(of=("self",)).get(pk=donation.pk)
        if not fresh.refund_ground or fresh.status not in ARRIVED or fresh.channel == DonationChannel.GOODS:
            return lifecycle.move(fresh, "refund", by=by, now=now, reason=fresh.refund_reason)
        memo = _refund_memo(fresh)
        take_back_match(by=by, donation=fresh, day=today, memo=memo, now=now)
        journal = _reversal(fresh, by=by, memo=memo, today=today, now=now)
        changes = {"refund_journal": journal}
        return lifecycle.move(fresh, "refund", by=by, now=now, reason=fresh.refund_reason, changes=changes)


def _refund_memo(donation: Donation) -> str:
    with override(settings.LANGUAGE_CODE):
        return str(_("Refund of a donation: %(ground)s")) % {"ground": donation.get_refund_ground_display()}


def _reversal(donation: Donation, *, by: User, memo: str, today: dt.date, now: dt.datetime) -> Journal:
    """Post what takes a donation back."""
    own = donation.journal
    if own is not None and not donation.purpose_changes.filter(confirmed_at__isnull=False).exists():
        return reverse_journal(by=by, journal=own, posted_on=today, memo=memo, now=now)
    pool, source = pool_of(donation, by=by, now=now), source_of(donation, by=by, now=now)
    return post_journal(
        by=by,
        book=donation.fund.book,
        kind=JournalKind.REFUND,
        key=f"donation-refund:{donation.pk}",
        posted_on=today,
        memo=memo,
        lines=[Line(pool, source, donation.amount)],
        now=now,
    )


# --- The agreed use --------------------------------------------------------------------------------------------------


def propose_purpose_change(
    *,
    by: User,
    donation: Donation,
    new_purpose: str,
    consent_name: str,
    consent: bytes,
    consented_on: dt.date,
    now: dt.datetime,
) -> PurposeChange:
    """Enter that a donor agrees to another use of a donation, with the consent as a file.

    Raises:
        NotAllowed: not an officer of the charity.
        PurposeUnchanged, ConsentFuture.
        PurposeFixed: not arrived, goods, given for an appeal, or a change waits already.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: the consent cannot be kept.
    Basis: Charity Law art. 56.
    """
    require(by, "funds.receive_donation", donation)
    purpose = new_purpose.strip()
    if purpose_slug(purpose) == purpose_slug(donation.restricted_to):
        raise PurposeUnchanged(field="new_purpose")
    if consented_on > timezone.localdate(now):
        raise ConsentFuture(field="consented_on")
    stored = read_file(consent_name, consent)
    with transaction.atomic():
        fresh = Donation.objects.select_for_update(of=("self",)).get(pk=donation.pk)
        if reason := _why_fixed(fresh):
            raise PurposeFixed(reason=reason)
        if names_the_donor(fresh.donor_name, purpose) and fresh.donor_kind == DonorKind.PERSON:
            raise BeneficiaryInterested(field="new_purpose")
        kept = store_photo(by=by, now=now, division=fresh.fund.division, photo=stored)
        row = PurposeChange(
            donation=fresh,
            old_purpose=fresh.restricted_to,
            new_purpose=purpose,
            consent=kept,
            consented_on=consented_on,
            proposed_by=by,
            proposed_at=now,
        )
        row.full_clean()
        row.save()
        after = {"from": mask_text(row.old_purpose), "to": mask_text(purpose), "consent": kept.sha256}
        audit.record(
            by=by, verb="funds.purpose_change.entered", row=row, now=now, after=after, basis="Charity Law art. 56"
        )
    return row


def _why_fixed(donation: Donation) -> str:
    """Return why the use of a donation cannot be changed, or nothing."""
    if donation.status not in ARRIVED or donation.channel == DonationChannel.GOODS:
        return str(_("Only the use of money that has arrived can be changed."))
    if donation.appeal_id is not None:
        return str(
            _("Money raised by an appeal is used as the appeal says; a change of it is filed with the authority.")
        )
    if donation.purpose_changes.filter(confirmed_at=None).exists():
        return str(_("A change of this donation's use waits already."))
    return ""


def confirm_purpose_change(*, by: User, change: PurposeChange, now: dt.datetime) -> PurposeChange:
    """Confirm a change of the agreed use and move the money from pool to pool, today.

    Raises:
        NotAllowed: not an officer of the charity.
        SamePerson: `by` has entered it.
        PurposeFixed: it was confirmed before, or the donation was refunded.
        InsufficientAvailable: the money has been used.
    Basis: Charity Law art. 56.
    """
    require(by, "funds.confirm_purpose_change", change)
    with transaction.atomic():
        CommunityFund.objects.select_for_update(of=("self",), no_key=True).get(pk=change.donation.fund_id)
        donation = Donation.objects.select_for_update(of=("self",)).get(pk=change.donation_id)
        fresh = PurposeChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
        if fresh.confirmed_at is not None or donation.status not in ARRIVED:
            raise PurposeFixed(reason=_("This change has been confirmed, or the donation was refunded."))
        if fresh.proposed_by_id == by.pk:
            raise lifecycle.SamePerson(move=_("Confirm the change of use"))
        book = donation.fund.book
        with override(settings.LANGUAGE_CODE):
            memo = str(_("Change of the use of a donation with the donor's consent"))
        fresh.journal = post_journal(
            by=by,
            book=book,
            kind=JournalKind.ALLOCATION,
            key=f"purpose:{fresh.pk}",
            posted_on=timezone.localdate(now),
            memo=memo,
            lines=[
                Line(
                    pool_for(book, fresh.old_purpose, by=by, now=now),
                    pool_for(book, fresh.new_purpose, by=by, now=now),
                    donation.amount,
                )
            ],
            now=now,
        )
        fresh.confirmed_at, fresh.confirmed_by = now, by
        fresh.save(update_fields=["journal", "confirmed_at", "confirmed_by"])
        donation.restricted_to = fresh.new_purpose
        donation.save(update_fields=["restricted_to"])
        after = {"journal": str(fresh.journal), "amount": donation.amount}
        audit.record(
            by=by, verb="funds.purpose_change.confirmed", row=fresh, now=now, after=after, basis="Charity Law art. 56"
        )
    return fresh
