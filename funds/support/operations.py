"""Planning and receiving public money for funds."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund
from funds.charity.policy import purpose_slug
from funds.ledger.models import FREE, Account, AccountKind, JournalKind
from funds.ledger.operations import Line, open_account, post_journal
from funds.ledger.queries import open_day
from funds.support.lifecycle import AppropriationStatus
from funds.support.models import Appropriation, FundingSource
from governance import lifecycle
from governance.accounts.masking import mask_text
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow

if TYPE_CHECKING:
    from governance.accounts.models import User

TAKING = (FundStatus.AGREED, FundStatus.ACTIVE, FundStatus.RECTIFYING)


class FundTakesNoSupport(NotNow):
    """The fund has no agreement yet, or is being closed."""

    code = "fund_takes_no_support"
    message = _("“%(fund)s” is “%(status)s” and takes no public money.")


class AppropriationAmountMissing(Invalid):
    """An appropriation has an amount above zero."""

    code = "appropriation_amount_missing"
    message = _("Enter an amount above zero.")


class AppropriationKnown(Conflict):
    """The line of the document was entered before."""

    code = "appropriation_known"
    message = _("Document %(number)s was entered for this fund and budget line already.")


def plan_appropriation(
    *,
    by: User,
    fund: CommunityFund,
    source: str,
    fiscal_year: int,
    document_number: str,
    amount: Decimal,
    now: dt.datetime,
    restricted_to: str = "",
) -> Appropriation:
    """Enter the public money that a document grants to a fund; another person confirms that it has come.

    Raises:
        NotAllowed: neither of the street nor of the district.
        FundTakesNoSupport: the fund has no agreement, or is being closed.
        AppropriationAmountMissing, AppropriationKnown.
    Basis: report S1 (budget lines used together); report S3 (funds by budget).
    """
    require(by, "funds.plan_appropriation", fund)
    if amount <= 0:
        raise AppropriationAmountMissing(field="amount")
    with transaction.atomic():
        locked = _taking(fund)
        row = Appropriation(
            fund=locked,
            source=source,
            fiscal_year=fiscal_year,
            document_number=document_number.strip(),
            amount=amount,
            restricted_to=mask_text(restricted_to.strip()),
            planned_by=by,
            planned_at=now,
        )
        known = locked.appropriations.exclude(status=AppropriationStatus.CANCELLED)
        if known.filter(source=source, document_number=row.document_number, restricted_to=row.restricted_to).exists():
            raise AppropriationKnown(field="document_number", number=row.document_number)
        row.full_clean()
        row.save()
        after = {"fund": locked.pk, "source": source, "amount": amount, "document_number": row.document_number}
        audit.record(by=by, verb="funds.appropriation.planned", row=row, now=now, after=after)
    return row


def _taking(fund: CommunityFund) -> CommunityFund:
    locked = CommunityFund.objects.select_for_update(of=("self",), no_key=True).select_related("book").get(pk=fund.pk)
    if locked.status not in TAKING:
        raise FundTakesNoSupport(fund=locked.short_name, status=locked.get_status_display())
    return locked


def receive_appropriation(
    *, by: User, appropriation: Appropriation, received_on: dt.date, now: dt.datetime
) -> Appropriation:
    """Confirm that public money has come, and post it from the source of its budget line; today if its month is closed.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        FundTakesNoSupport: the fund is being closed.
        DateOutsideBook, BookNotOpen, IntakeSuspended: the book takes nothing.
    """
    lifecycle.require(appropriation, "receive", by=by)
    with transaction.atomic():
        fund = _taking(appropriation.fund)
        fresh = Appropriation.objects.select_for_update(of=("self",)).get(pk=appropriation.pk)
        if fresh.status != AppropriationStatus.PLANNED:
            label = lifecycle.of(fresh).by_name["receive"].label
            raise lifecycle.MoveClosed(move=label, status=fresh.get_status_display())
        fresh.fund = fund
        with override(settings.LANGUAGE_CODE):
            memo = gettext("Appropriation %(number)s") % {"number": fresh.document_number}
        journal = post_journal(
            by=by,
            book=fund.book,
            kind=JournalKind.SUPPORT,
            key=f"appropriation:{fresh.pk}",
            posted_on=open_day(fund.book, received_on, timezone.localdate(now)),
            memo=memo,
            lines=[Line(_source(fresh, by=by, now=now), _pool(fresh, by=by, now=now), fresh.amount)],
            now=now,
        )
        return lifecycle.move(
            fresh, "receive", by=by, now=now, changes={"received_on": received_on, "journal": journal}
        )


def _source(row: Appropriation, *, by: User, now: dt.datetime) -> Account:
    """Return the account of the budget line, opened on first use."""
    with override(settings.LANGUAGE_CODE):
        name = str(FundingSource(row.source).label)
    code = f"source:budget:{row.source.lower().replace('_', '-')}"
    return open_account(by=by, book=row.fund.book, code=code, kind=AccountKind.SOURCE, name=name, now=now)


def _pool(row: Appropriation, *, by: User, now: dt.datetime) -> Account:
    """Return the pool into which the money goes, opened on first use of its purpose."""
    book, purpose = row.fund.book, row.restricted_to
    if not purpose:
        return Account.objects.get(book=book, code=FREE)
    code = f"pool:restricted:{purpose_slug(purpose)}"
    return open_account(
        by=by, book=book, code=code, kind=AccountKind.POOL, name=purpose[:120], purpose=purpose, now=now
    )
