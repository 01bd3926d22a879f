"""Posting the rows of a file by whole statements: one voucher per day and use, then all donations, then what is added."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from psycopg2 import sql

from funds.donations.matching import source_of_matching
from funds.donations.models import Donation, DonationChannel
from funds.donations.pools import pool_of, source_of
from funds.donations.promises import MatchingPromise
from funds.intake.models import DonationIntake
from funds.intake.staging import hash_joins
from funds.ledger.models import JournalKind
from funds.ledger.operations import Line, post_journal
from funds.ledger.queries import open_day
from governance.audit import operations as audit

if TYPE_CHECKING:
    from governance.accounts.models import User

GROUPS = """
SELECT paid_on, restricted_to, count(*), sum(amount) FROM funds_intakerow
WHERE intake_id = %s AND verdict = 'FRESH' GROUP BY paid_on, restricted_to ORDER BY paid_on, restricted_to
"""
# A donation begins as pledged and is received by another person, also when thousands come at once.
PLEDGE = """
INSERT INTO funds_donation (
    fund_id, charity_id, appeal_id, donor_kind, donor_name, is_name_public, channel, amount, restricted_to, beneficiary,
    interest, reference, receipt_number, is_receipt_waived, receipt_note, certificate_code, refund_ground, refund_reason,
    status, recorded_at, recorded_by_id
)
SELECT %(fund)s, %(charity)s, %(appeal)s, 'PERSON', donor_name, is_name_public, 'PLATFORM', amount, restricted_to, '',
    '', reference, '', false, '', '', '', '', 'PLEDGED', %(uploaded_at)s, %(uploaded_by)s
FROM funds_intakerow WHERE intake_id = %(intake)s AND verdict = 'FRESH' ORDER BY number
"""
RECEIVE = """
WITH received AS (
    UPDATE funds_donation AS donation SET
        status = 'RECEIVED', received_on = row.paid_on, received_at = %(now)s, received_by_id = %(by)s,
        summary_journal_id = voucher.journal
    FROM funds_intakerow AS row
    JOIN unnest(%(days)s::date[], %(uses)s::text[], %(journals)s::bigint[]) AS voucher (day, purpose, journal)
        ON voucher.day = row.paid_on AND voucher.purpose = row.restricted_to
    WHERE row.intake_id = %(intake)s AND row.verdict = 'FRESH'
        AND donation.fund_id = %(fund)s AND donation.channel = 'PLATFORM' AND donation.reference = row.reference
    RETURNING donation.id, row.id AS row_id
)
UPDATE funds_intakerow AS row SET verdict = 'POSTED', donation_id = received.id
FROM received WHERE row.id = received.row_id
"""
# What a promise adds, as funds.donations.policy.matched computes it, to one donation after the other until it is used up.
ADDED = """
SELECT donation_id, paid_on, restricted_to, added FROM (
    SELECT donation_id, paid_on, restricted_to, number,
        least(wanted, greatest(0, %(left)s - (sum(wanted) OVER (ORDER BY paid_on, number) - wanted))) AS added
    FROM (
        SELECT row.donation_id, row.paid_on, row.restricted_to, row.number,
            least(trunc(row.amount * %(ratio)s, 2), %(each)s::numeric) AS wanted
        FROM funds_intakerow AS row
        WHERE row.intake_id = %(intake)s AND row.verdict = 'POSTED'
            AND row.paid_on BETWEEN %(first)s AND %(last)s
            AND NOT EXISTS (SELECT FROM funds_donationmatch AS match WHERE match.donation_id = row.donation_id)
    ) AS wish
) AS gift WHERE added > 0
"""
GROUPED = sql.SQL("""
SELECT paid_on, restricted_to, sum(added) FROM ({added}) AS gift GROUP BY 1, 2 ORDER BY 1, 2
""").format(added=sql.SQL(ADDED))
MATCH = sql.SQL("""
INSERT INTO funds_donationmatch (promise_id, donation_id, amount, journal_id)
SELECT %(promise)s, gift.donation_id, gift.added, voucher.journal FROM ({added}) AS gift
JOIN unnest(%(days)s::date[], %(uses)s::text[], %(journals)s::bigint[]) AS voucher (day, purpose, journal)
    ON voucher.day = gift.paid_on AND voucher.purpose = gift.restricted_to
""").format(added=sql.SQL(ADDED))
PUBLISH = sql.SQL("""
UPDATE funds_donation AS donation SET {changes}
FROM funds_intakerow AS row
WHERE row.intake_id = %(intake)s AND row.donation_id = donation.id
    AND donation.fund_id = %(fund)s AND donation.status = %(from)s
""")
RECEIPTED = PUBLISH.format(
    changes=sql.SQL("status = 'RECEIPTED', receipted_at = %(now)s, is_receipt_waived = true, receipt_note = %(note)s")
)
PUBLISHED = PUBLISH.format(changes=sql.SQL("status = 'PUBLISHED', published_at = %(now)s"))


def post_rows(intake: DonationIntake, *, by: User, now: dt.datetime) -> None:
    """Post the new rows of a confirmed file, in the caller's transaction, which has locked fund and file."""
    vouchers = _vouchers(intake, by=by, now=now)
    said = {
        "intake": intake.pk,
        "fund": intake.fund_id,
        "charity": intake.charity_id,
        "appeal": intake.appeal_id,
        "uploaded_at": intake.uploaded_at,
        "uploaded_by": intake.uploaded_by_id,
        "now": now,
        "by": by.pk,
        **_columns(vouchers),
    }
    with hash_joins() as cursor:
        cursor.execute(PLEDGE, said)
        cursor.execute(RECEIVE, said)
    _add_promises(intake, by=by, now=now)


def _vouchers(intake: DonationIntake, *, by: User, now: dt.datetime) -> list[tuple[dt.date, str, int]]:
    """Post one voucher for each day and use of the new rows; those of a closed month are posted today."""
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, [intake.pk])
        groups = cursor.fetchall()
    found = []
    for number, (day, purpose, count, total) in enumerate(groups, start=1):
        sample = _sample(intake, purpose)
        with override(settings.LANGUAGE_CODE):
            memo = _("%(count)s donations on an online platform") % {"count": count}
        journal = post_journal(
            by=by,
            book=intake.fund.book,
            kind=JournalKind.DONATION,
            key=f"donation-file:{intake.pk}:{number}",
            posted_on=open_day(intake.fund.book, day, timezone.localdate(now)),
            memo=memo,
            lines=[Line(source_of(sample, by=by, now=now), pool_of(sample, by=by, now=now), total)],
            now=now,
        )
        found.append((day, purpose, journal.pk))
    return found


def _sample(intake: DonationIntake, purpose: str) -> Donation:
    """Return a donation that stands for those of a group: same fund, appeal and use."""
    return Donation(fund=intake.fund, appeal=intake.appeal, restricted_to=purpose, channel=DonationChannel.PLATFORM)


def _columns(vouchers: list[tuple[dt.date, str, int]]) -> dict[str, Any]:
    return {
        "days": [day for day, _purpose, _journal in vouchers],
        "uses": [purpose for _day, purpose, _journal in vouchers],
        "journals": [journal for _day, _purpose, journal in vouchers],
    }


def _add_promises(intake: DonationIntake, *, by: User, now: dt.datetime) -> None:
    """Let each promise that serves the file's donations add to them, the first to the first."""
    promises = MatchingPromise.objects.filter(fund=intake.fund_id, status="FUNDED").select_for_update(of=("self",))
    for promise in sorted(promises.order_by("pk"), key=lambda found: (found.appeal_id is None, found.pk)):
        if promise.left > 0 and promise.appeal_id in {None, intake.appeal_id}:
            _add(intake, promise, by=by, now=now)


def _add(intake: DonationIntake, promise: MatchingPromise, *, by: User, now: dt.datetime) -> None:
    """Let one promise add, with a voucher for each day and use."""
    said = {
        "intake": intake.pk,
        "promise": promise.pk,
        "ratio": promise.ratio,
        "left": promise.left,
        "each": promise.each_at_most,
        "first": promise.starts_on,
        "last": promise.ends_on,
    }
    with hash_joins() as cursor:
        cursor.execute(GROUPED, said)
        groups = cursor.fetchall()
        if not groups:
            return
        vouchers: list[tuple[dt.date, str, int]] = []
        for day, purpose, amount in groups:
            pool = pool_of(_sample(intake, purpose), by=by, now=now)
            with override(settings.LANGUAGE_CODE):
                memo = _("Matching of online donations (1 : %(ratio)s)") % {"ratio": f"{promise.ratio.normalize():f}"}
            journal = post_journal(
                by=by,
                book=intake.fund.book,
                kind=JournalKind.MATCHING,
                key=f"match-file:{intake.pk}:{promise.pk}:{len(vouchers) + 1}",
                posted_on=open_day(intake.fund.book, day, timezone.localdate(now)),
                memo=memo,
                lines=[Line(source_of_matching(intake.fund, by=by, now=now), pool, amount)],
                now=now,
            )
            vouchers.append((day, purpose, journal.pk))
        cursor.execute(MATCH, {**said, **_columns(vouchers)})
    amount = sum((amount for _day, _purpose, amount in groups), Decimal(0))
    promise.used += amount
    promise.save(update_fields=["used"])
    audit.record(
        by=by, verb="funds.promise.added", row=promise, now=now, after={"amount": amount, "used": promise.used}
    )


def publish_rows(intake: DonationIntake, *, note: str, now: dt.datetime) -> int:
    """Note who issues the receipts of a file's donations and publish them, in the caller's transaction."""
    said: dict[str, Any] = {"intake": intake.pk, "fund": intake.fund_id, "now": now, "note": note}
    with hash_joins() as cursor:
        cursor.execute(RECEIPTED, {**said, "from": "RECEIVED"})
        cursor.execute(PUBLISHED, {**said, "from": "RECEIPTED"})
        return int(cursor.rowcount)
