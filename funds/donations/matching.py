"""Promises to add to donations: entered, their deposit confirmed by another, added once to each donation."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from funds.appeals.models import Appeal
from funds.charity.models import CommunityFund
from funds.donations.models import Donation
from funds.donations.policy import matched
from funds.donations.promises import DonationMatch, MatchingPromise
from funds.ledger.models import Account, AccountKind, JournalKind
from funds.ledger.operations import Line, open_account, post_journal, reverse_journal
from funds.ledger.queries import open_day
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Invalid

if TYPE_CHECKING:
    from governance.accounts.models import User

SOURCE_CODE = "source:matching"


class PromiseUnfit(Invalid):
    """A promise adds something, up to something, for a while."""

    code = "promise_unfit"
    message = _(
        "A promise needs a ratio and a cap above zero, a last day after its first, and an appeal of the same fund."
    )


class DepositReferenceMissing(Invalid):
    """The deposit is known by its bank reference."""

    code = "deposit_reference_missing"
    message = _("Enter the bank reference of the deposit.")


def promise_matching(
    *,
    by: User,
    fund: CommunityFund,
    matcher: str,
    ratio: Decimal,
    cap: Decimal,
    starts_on: dt.date,
    ends_on: dt.date,
    now: dt.datetime,
    appeal: Appeal | None = None,
    each_at_most: Decimal | None = None,
    is_name_public: bool = False,
) -> MatchingPromise:
    """Enter a promise to add to donations; it adds once another person has confirmed that its deposit is there.

    Raises:
        NotAllowed: neither staff of the place nor an officer of the charity.
        PromiseUnfit.
    """
    require(by, "funds.record_donation", fund)
    is_strange = appeal is not None and appeal.fund_id != fund.pk
    if ratio <= 0 or cap <= 0 or ends_on < starts_on or is_strange or (each_at_most is not None and each_at_most <= 0):
        raise PromiseUnfit(field="ratio")
    row = MatchingPromise(
        fund=fund,
        appeal=appeal,
        matcher=matcher.strip(),
        is_name_public=is_name_public,
        ratio=ratio,
        cap=cap,
        each_at_most=each_at_most,
        starts_on=starts_on,
        ends_on=ends_on,
        proposed_by=by,
        proposed_at=now,
    )
    row.full_clean()
    with transaction.atomic():
        row.save()
        after = {"fund": fund.pk, "ratio": ratio, "cap": cap}
        audit.record(by=by, verb="funds.promise.entered", row=row, now=now, after=after)
    return row


def confirm_deposit(*, by: User, promise: MatchingPromise, reference: str, now: dt.datetime) -> MatchingPromise:
    """Confirm that the whole cap of a promise lies in the charity's account; from now on it adds to donations.

    Raises:
        DepositReferenceMissing.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    if not reference.strip():
        raise DepositReferenceMissing(field="reference")
    return lifecycle.move(promise, "confirm_deposit", by=by, now=now, changes={"reference": reference.strip()})


def source_of_matching(fund: CommunityFund, *, by: User, now: dt.datetime) -> Account:
    """Return the account that stands for those who add to donations, opened on first use."""
    with override(settings.LANGUAGE_CODE):
        name = str(_("matching donors"))
    return open_account(by=by, book=fund.book, code=SOURCE_CODE, kind=AccountKind.SOURCE, name=name, now=now)


def match_donation(
    *, by: User, donation: Donation, pool: Account, day: dt.date, now: dt.datetime
) -> DonationMatch | None:
    """Add to a donation that is being received what the first promise that serves it says; None where none does.

    Within the transaction of the receipt; locks the promise. Once per donation.
    """
    serving = MatchingPromise.objects.serving(fund=donation.fund_id, appeal=donation.appeal_id, day=day)
    promise = serving.select_for_update(of=("self",)).first()
    if promise is None:
        return None
    amount = matched(donation.amount, ratio=promise.ratio, left=promise.left, each_at_most=promise.each_at_most)
    if not amount:
        return None
    with override(settings.LANGUAGE_CODE):
        memo = str(_("Matching of a donation (1 : %(ratio)s)")) % {"ratio": f"{promise.ratio.normalize():f}"}
    journal = post_journal(
        by=by,
        book=donation.fund.book,
        kind=JournalKind.MATCHING,
        key=f"match:{donation.pk}",
        posted_on=open_day(donation.fund.book, day, timezone.localdate(now)),
        memo=memo,
        lines=[Line(source_of_matching(donation.fund, by=by, now=now), pool, amount)],
        now=now,
    )
    promise.used += amount
    promise.save(update_fields=["used"])
    row = DonationMatch.objects.create(promise=promise, donation=donation, amount=amount, journal=journal)
    audit.record(
        by=by, verb="funds.promise.added", row=promise, now=now, after={"amount": amount, "used": promise.used}
    )
    return row


def take_back_match(*, by: User, donation: Donation, day: dt.date, memo: str, now: dt.datetime) -> None:
    """Take back what was added to a donation that is refunded; within the transaction of the refund."""
    found = DonationMatch.objects.select_for_update(of=("self",)).filter(donation=donation, refund_journal=None).first()
    if found is None:
        return
    promise = MatchingPromise.objects.select_for_update(of=("self",)).get(pk=found.promise_id)
    found.refund_journal = reverse_journal(by=by, journal=found.journal, posted_on=day, memo=memo, now=now)
    found.save(update_fields=["refund_journal"])
    promise.used -= found.amount
    promise.save(update_fields=["used"])
    after = {"amount": -found.amount, "used": promise.used}
    audit.record(by=by, verb="funds.promise.taken_back", row=promise, now=now, after=after)
