"""The rows of a file in the table where they wait: filled by COPY, judged and counted by whole statements."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from funds.intake.models import DonationIntake, IntakeRow, Verdict
from funds.intake.reading import ReadRow, read_rows
from governance.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable

PER_COPY = 5000
COPY = """
COPY funds_intakerow
    (intake_id, number, reference, donor_name, is_name_public, amount, paid_on, restricted_to, verdict, reason)
FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (reference, donor_name, restricted_to, reason))
"""
# A row whose order number was recorded is known; with another amount it contradicts what was recorded.
JUDGE = """
UPDATE funds_intakerow AS row SET
    verdict = CASE WHEN donation.amount = row.amount THEN 'KNOWN' ELSE 'BAD' END,
    reason = CASE WHEN donation.amount = row.amount THEN '' ELSE %(contradicts)s END
FROM funds_donation AS donation
WHERE row.intake_id = %(intake)s AND row.verdict = 'FRESH'
    AND donation.fund_id = %(fund)s AND donation.channel = 'PLATFORM' AND donation.reference = row.reference
"""
# An order is given once: what another fund of the charity has taken, and not given back, is not taken again.
ELSEWHERE = """
UPDATE funds_intakerow AS row SET verdict = 'BAD', reason = replace(%(elsewhere)s, '{fund}', fund.short_name)
FROM funds_donation AS donation JOIN funds_communityfund AS fund ON fund.id = donation.fund_id
WHERE row.intake_id = %(intake)s AND row.verdict = 'FRESH'
    AND donation.charity_id = %(charity)s AND donation.fund_id <> %(fund)s
    AND donation.channel = 'PLATFORM' AND donation.reference = row.reference
    AND donation.status NOT IN ('WITHDRAWN', 'REFUNDED')
"""
COUNTS = """
SELECT count(*) FILTER (WHERE verdict IN ('FRESH', 'POSTED')), count(*) FILTER (WHERE verdict = 'KNOWN'),
    count(*) FILTER (WHERE verdict = 'BAD'), coalesce(sum(amount) FILTER (WHERE verdict IN ('FRESH', 'POSTED')), 0)
FROM funds_intakerow WHERE intake_id = %s
"""


def fill(
    intake: DonationIntake,
    file: IO[bytes],
    kind: str,
    *,
    first: dt.date,
    last: dt.date,
    report: Callable[[int], None] | None = None,
) -> None:
    """Read the file into rows, five thousand at a time; what an earlier attempt has left is removed first."""
    empty(intake)
    columns = intake.mapping.columns if intake.mapping else {}
    done = 0
    with closing(read_rows(file, kind, columns, first=first, last=last)) as rows:
        while batch := list(islice(rows, PER_COPY)):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.copy_expert(COPY, _as_csv(intake, batch))
            done += len(batch)
            if report is not None:
                report(done)


def _as_csv(intake: DonationIntake, batch: list[ReadRow]) -> io.StringIO:
    text = io.StringIO()
    writer = csv.writer(text)
    for row in batch:
        verdict = Verdict.BAD if row.reason else Verdict.FRESH
        writer.writerow(
            (
                intake.pk,
                row.number,
                row.reference,
                row.donor_name,
                row.is_name_public,
                row.amount,
                row.paid_on,
                row.restricted_to,
                verdict.value,
                row.reason,
            )
        )
    text.seek(0)
    return text


def empty(intake: DonationIntake) -> None:
    """Remove the rows that became no donation."""
    IntakeRow.objects.filter(intake=intake).exclude(verdict=Verdict.POSTED).delete()


@contextmanager
def hash_joins() -> Iterator[CursorWrapper]:
    """Give a cursor whose joins hash, within the caller's transaction.

    Rows that came a moment ago have no statistics: the planner takes them for a handful, and a nested loop over a
    hundred thousand of them would not end.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield cursor
        cursor.execute("SET LOCAL enable_nestloop = on")


def judge(intake: DonationIntake) -> None:
    """Mark the rows whose order number was recorded before, here or for another fund of the charity; two statements."""
    said: dict[str, Any] = {
        "intake": intake.pk,
        "fund": intake.fund_id,
        "charity": intake.charity_id,
        "contradicts": _("This order number was recorded before with another amount."),
        "elsewhere": _("This order number was recorded before for the fund “%(fund)s”.") % {"fund": "{fund}"},
    }
    with hash_joins() as cursor:
        cursor.execute(JUDGE, said)
        cursor.execute(ELSEWHERE, said)


def counts(intake: DonationIntake) -> dict[str, Any]:
    """Return how many rows are new, known and unusable, and the amount of the new ones; one query."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [intake.pk])
        fresh, known, bad, total = cursor.fetchone()
    return {"fresh": fresh, "known": known, "bad": bad, "total": total or ZERO}
