"""Where the money of a donation comes from and where it lies in the fund's book."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from funds.appeals.lifecycle import AppealKind
from funds.charity.policy import purpose_slug
from funds.donations.models import (
    Donation,
)
from funds.ledger.models import FREE, Account, AccountKind, Book
from funds.ledger.operations import open_account
from governance.accounts.masking import mask_text

if TYPE_CHECKING:
    from governance.accounts.models import User


def memo_of(donation: Donation) -> str:
    """Return the public summary of the voucher, without any name, in the installation's language."""
    with override(settings.LANGUAGE_CODE):
        return str(_("Donation (%(channel)s)")) % {"channel": donation.get_channel_display()}


def source_of(donation: Donation, *, by: User, now: dt.datetime) -> Account:
    """Return the account that a donation comes from: residents who raise money among themselves, or donors."""
    book = donation.fund.book
    if donation.appeal is None or donation.appeal.kind != AppealKind.RESIDENTS:
        return Account.objects.get(book=book, code="source:donor")
    with override(settings.LANGUAGE_CODE):
        name = str(_("residents (crowd-funding)"))
    return open_account(by=by, book=book, code="source:residents", kind=AccountKind.SOURCE, name=name, now=now)


def pool_of(donation: Donation, *, by: User, now: dt.datetime) -> Account:
    """Return the pool in which a donation lies, opened on first use of its purpose."""
    if donation.appeal is not None and donation.appeal.pool is not None:
        return donation.appeal.pool
    return pool_for(donation.fund.book, donation.restricted_to, by=by, now=now)


def pool_for(book: Book, purpose: str, *, by: User, now: dt.datetime) -> Account:
    """Return the pool of a purpose, the free one without a purpose."""
    if not purpose:
        return Account.objects.get(book=book, code=FREE)
    masked = mask_text(purpose)
    return open_account(
        by=by,
        book=book,
        code=f"pool:restricted:{purpose_slug(masked)}",
        kind=AccountKind.POOL,
        name=masked[:120],
        purpose=masked,
        now=now,
    )
