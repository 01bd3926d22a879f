"""Accounts to the public: opened by the clock, written by one person, published by another, corrected by a new one.

Locks are taken in one order: account, book.
"""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from funds.charity.models import CommunityFund
from funds.disclosure import queries
from funds.disclosure.lifecycle import PUBLICITY, DisclosureStatus
from funds.disclosure.models import DisclosedFigure, Disclosure
from funds.disclosure.policy import ACCOUNT_WITHIN, NOTICE_DAYS, Owed
from funds.ledger.models import Book
from funds.spending.models import SpendingRequest
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.calendar.days import DayKind
from governance.errors import Conflict, Invalid, NotNow
from governance.money import format_yuan
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from governance.accounts.models import User

CHUNK = 500


class DisclosureTextMissing(Invalid):
    """Figures alone tell nobody what was done."""

    code = "disclosure_text_missing"
    message = _("Write what was done with the money and what came of it.")


class DisclosureNotPublished(NotNow):
    """What was never published needs no correction."""

    code = "disclosure_not_published"
    message = _("This account is not published yet. Send it back to its author instead.")


class DisclosureCorrected(Conflict):
    """An account is corrected once; the correction can be corrected in turn."""

    code = "disclosure_corrected"
    message = _("This account has been corrected already. Correct the newer one.")


# --- The clock -------------------------------------------------------------------------------------------------------


def open_due(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Open the accounts whose periods have ended and return the ids of new ones; made by the clock every day.

    Harmless when repeated, late or in parallel: an account is there once.

    Basis: Charity Law art. 72, 79; guides on community charity funds (Hubei 2023, Hunan 2025).
    """
    clocks = queries.Clocks(today)
    funds = CommunityFund.objects.filter(status__in=queries.LIVING, opened_on__isnull=False).select_related("division")
    made: list[int] = []
    for chunk in _chunks(funds.order_by("pk").iterator(chunk_size=CHUNK)):
        keys = [fund.pk for fund in chunk]
        known = set(
            Disclosure.objects.filter(fund__in=keys).values_list("fund", "kind", "request", "covers_from").order_by()
        )
        uses: dict[int, list[SpendingRequest]] = {}
        for request in SpendingRequest.objects.filter(fund__in=keys, approved_at__isnull=False).order_by("pk"):
            uses.setdefault(request.fund_id, []).append(request)
        for fund in chunk:
            for owed in queries.owed_by(fund, uses.get(fund.pk, ()), clocks):
                if (fund.pk, owed.kind, owed.request, owed.covers_from) not in known:
                    made += _open(fund, owed, by=by, now=now)
    return made


def _chunks(funds: Iterable[CommunityFund]) -> Iterator[list[CommunityFund]]:
    rows = iter(funds)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _open(fund: CommunityFund, owed: Owed, *, by: User, now: dt.datetime) -> list[int]:
    """Open one account, unless somebody else has just done so."""
    row = Disclosure(
        fund=fund,
        kind=owed.kind,
        request_id=owed.request,
        covers_from=owed.covers_from,
        covers_to=owed.covers_to,
        due_on=owed.due_on,
        opened_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _record_opening(row, by=by, now=now)
    except IntegrityError as error:
        if "disclosure_once_a_period" not in str(error):
            raise
        return []
    return [row.pk]


def _record_opening(row: Disclosure, *, by: User, now: dt.datetime) -> None:
    after = {"fund": row.fund_id, "kind": row.kind, "covers_to": row.covers_to, "due_on": row.due_on}
    audit.record(by=by, verb="funds.disclosure.opened", row=row, now=now, after=after, basis=PUBLICITY)
    payload = {"fund": row.fund_id, "kind": row.kind, "due_on": row.due_on.isoformat()}
    outbox.emit(by=by, topic="funds.disclosure.opened", row=row, now=now, payload=payload)


# --- People ----------------------------------------------------------------------------------------------------------


def write_disclosure(*, by: User, disclosure: Disclosure, text: str, now: dt.datetime) -> Disclosure:
    """Write the words of an account; its figures follow from the ledger when it is published.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        DisclosureTextMissing, PersonalNumbersFound: the words cannot be published.
    """
    said = text.strip()
    if not said:
        raise DisclosureTextMissing(field="text")
    refuse_personal_numbers(text=said)
    return lifecycle.move(disclosure, "write", by=by, now=now, changes={"text": said})


def publish_disclosure(*, by: User, disclosure: Disclosure, now: dt.datetime, contact: str = "") -> Disclosure:
    """Publish an account with the figures of the ledger at its present head, and put it up as a notice for questions.

    The figures stay as they are; what is posted later is shown beside them.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        NoticeNotYours: `by` keeps no notices in the place.
    Basis: Charity Law art. 72, 79.
    """
    lifecycle.require(disclosure, "publish", by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        rows = Disclosure.objects.select_for_update(of=("self",)).select_related(
            "fund__division", "fund__book", "request"
        )
        row = rows.get(pk=disclosure.pk)
        book = Book.objects.select_for_update(no_key=True).get(pk=row.fund.book_id)
        row.fund.book = book
        if row.status == DisclosureStatus.WRITTEN:
            _write_figures(row, book.sequence)
        with override(settings.LANGUAGE_CODE):
            drafted = notices.draft_notice(
                by=by,
                now=now,
                title=gettext("%(fund)s: %(kind)s") % {"fund": row.fund.short_name, "kind": row.get_kind_display()},
                body=_notice_text(row, book),
                division=row.fund.division,
                minimum_days=max(value(NOTICE_DAYS, row.fund.division, today), 1),
                day_kind=DayKind.CALENDAR,
                contact=contact.strip() or gettext("Office of %(place)s") % {"place": row.fund.division.name},
                basis=PUBLICITY,
            )
        notice = notices.post_notice(by=by, now=now, notice=drafted)
        changes = {"notice": notice, "sequence": book.sequence, "head_hash": book.head_hash}
        return lifecycle.move(row, "publish", by=by, now=now, changes=changes)


def _write_figures(row: Disclosure, sequence: int) -> None:
    with override(settings.LANGUAGE_CODE):
        DisclosedFigure.objects.bulk_create(
            DisclosedFigure(
                disclosure=row,
                number=number,
                name=figured.name,
                subject=figured.subject,
                label=str(figured.label),
                amount=figured.amount,
            )
            for number, figured in enumerate(queries.computed(row, sequence), start=1)
        )


def _notice_text(row: Disclosure, book: Book) -> str:
    """Return the text of the notice, in the installation's language."""
    lines = [
        gettext("Period: %(first)s to %(last)s") % {"first": row.covers_from, "last": row.covers_to},
        *(f"{figure.title}: {format_yuan(figure.amount)}" for figure in row.figures.order_by("number")),
        row.text,
        gettext("Computed at journal %(number)s of the fund's account.") % {"number": book.sequence},
    ]
    if row.request is not None:
        lines.insert(0, gettext("Use: %(title)s") % {"title": row.request.title})
    if row.corrects_id is not None:
        lines.insert(0, gettext("This account corrects an earlier one: %(reason)s") % {"reason": row.correction_reason})
    return "\n\n".join(lines)


def send_back(*, by: User, disclosure: Disclosure, reason: str, now: dt.datetime) -> Disclosure:
    """Send a written account back to its author, with the reason.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(disclosure, "send_back", by=by, now=now, reason=reason)


def correct_disclosure(*, by: User, disclosure: Disclosure, reason: str, now: dt.datetime) -> Disclosure:
    """Open a new account of the same period that corrects a published one, which stays as it is.

    Raises:
        NotAllowed: `by` may not write accounts of this fund.
        DisclosureNotPublished, DisclosureCorrected: there is nothing to correct, or it is corrected already.
        ReasonMissing, PersonalNumbersFound: no reason that can be shown.
    """
    require(by, "funds.write_disclosure", disclosure)
    said = " ".join(reason.split())
    if not said:
        raise lifecycle.ReasonMissing(field="reason")
    refuse_personal_numbers(reason=said)
    with transaction.atomic():
        old = Disclosure.objects.select_for_update(of=("self",)).select_related("fund__division").get(pk=disclosure.pk)
        if old.status != DisclosureStatus.PUBLISHED:
            raise DisclosureNotPublished
        if Disclosure.objects.filter(corrects=old).exists():
            raise DisclosureCorrected
        today = timezone.localdate(now)
        row = Disclosure(
            fund=old.fund,
            kind=old.kind,
            request_id=old.request_id,
            covers_from=old.covers_from,
            covers_to=old.covers_to,
            due_on=today + dt.timedelta(days=value(ACCOUNT_WITHIN, old.fund.division, today)),
            version=old.version + 1,
            corrects=old,
            correction_reason=said,
            opened_at=now,
        )
        row.full_clean()
        row.save(force_insert=True)
        after = {"corrects": old.pk, "version": row.version}
        audit.record(by=by, verb="funds.disclosure.corrected", row=row, now=now, after=after, reason=said)
        outbox.emit(by=by, topic="funds.disclosure.corrected", row=row, now=now, payload=after)
    return row
