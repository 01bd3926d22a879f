"""Writing the trail: one entry per act, one seal per day."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.audit.models import AuditEntry, AuditSeal
from governance.audit.queries import GENESIS, digest_entries, entries_of
from governance.errors import NotNow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import Model

    from governance.accounts.models import User


LONGEST_NAME = 200
RECORD = """
INSERT INTO audit_auditentry (
    at, actor_id, verb, after, reason, basis, object_label, object_key, object_name, before
)
SELECT %s, %s, %s, %s::jsonb, '', %s, label, key, name, before::jsonb
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
    WITH ORDINALITY AS given (label, key, name, before, number) ORDER BY number
"""


class DayNotOver(NotNow):
    """A day is sealed only after its end."""

    code = "day_not_over"
    message = _("%(day)s is not over yet and cannot be sealed.")


def record(
    *,
    by: User,
    verb: str,
    row: Model,
    now: dt.datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    basis: str = "",
) -> AuditEntry:
    """Write the audit entry of an act, in the caller's transaction.

    `before` and `after` must already be masked; they hold the changed fields only. One INSERT.
    """
    entry = _entry(by, verb, row, now, {"before": before, "after": after})
    entry.reason, entry.basis = reason, basis
    entry.save(force_insert=True)
    return entry


def record_all(
    *,
    by: User,
    verb: str,
    rows: Sequence[Model],
    now: dt.datetime,
    befores: Sequence[Mapping[str, Any]],
    after: Mapping[str, Any],
    basis: str = "",
) -> None:
    """Write the audit entries of one act on many rows, in the caller's transaction, by one INSERT."""
    pairs = list(zip(rows, befores, strict=True))
    columns = (
        [row._meta.label for row, _before in pairs],
        [str(row.pk) for row, _before in pairs],
        [str(row)[:LONGEST_NAME] for row, _before in pairs],
        [_text(before) for _row, before in pairs],
    )
    with connection.cursor() as cursor:
        cursor.execute(RECORD, [now, by.pk, verb, _text(after), basis, *columns])


def _entry(
    by: User, verb: str, row: Model, now: dt.datetime, change: Mapping[str, Mapping[str, Any] | None]
) -> AuditEntry:
    return AuditEntry(
        at=now,
        actor=by,
        verb=verb,
        object_label=row._meta.label,
        object_key=str(row.pk),
        object_name=str(row)[:LONGEST_NAME],
        before=_plain(change["before"]),
        after=_plain(change["after"]),
    )


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the values as JSON can hold them, dates and amounts as text."""
    loaded: dict[str, Any] = json.loads(_text(values))
    return loaded


def _text(values: Mapping[str, Any] | None) -> str:
    return json.dumps(values or {}, cls=DjangoJSONEncoder, ensure_ascii=False)


def seal_day(*, day: dt.date, by: User, now: dt.datetime) -> AuditSeal:
    """Seal one finished day with a hash that includes the seal before it; a sealed day is returned as it is.

    Raises:
        DayNotOver: the day has not ended at `now`.
    """
    del by  # the seal is the system's own act and has no entry of its own
    if day >= timezone.localdate(now):
        raise DayNotOver(day=day)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('audit.seal'))")
        if sealed := AuditSeal.objects.filter(day=day).first():
            return sealed
        before = AuditSeal.objects.filter(day__lt=day).order_by("-day").first()
        previous = before.digest if before else GENESIS
        entries = entries_of(day)
        digest, count = digest_entries(previous, entries.iterator(chunk_size=2000))
        ends = entries.aggregate(first=Min("id"), last=Max("id"))
        return AuditSeal.objects.create(
            day=day,
            first_id=ends["first"],
            last_id=ends["last"],
            count=count,
            previous_digest=previous,
            digest=digest,
            sealed_at=now,
        )
