"""Reading the trail: the digest of a day, and the days whose seal no longer holds."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING

from django.utils import timezone

from governance.audit.models import AuditEntry, AuditSeal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

GENESIS = "0" * 64


def digest_entries(previous: str, entries: Iterable[AuditEntry]) -> tuple[str, int]:
    """Return the digest over the entries in id order and their number (pure but for reading the rows)."""
    running = hashlib.sha256(previous.encode())
    count = 0
    for entry in entries:
        line = [
            entry.pk,
            entry.at.astimezone(dt.UTC).isoformat(),
            entry.actor_id,
            entry.verb,
            entry.object_label,
            entry.object_key,
            entry.object_name,
            entry.before,
            entry.after,
            entry.reason,
            entry.basis,
        ]
        running.update(json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
        count += 1
    return running.hexdigest(), count


def entries_of(day: dt.date) -> QuerySet[AuditEntry]:
    """Return the entries of one day of the district's time zone, in the order of writing."""
    start = timezone.make_aware(dt.datetime.combine(day, dt.time.min))
    return AuditEntry.objects.filter(at__gte=start, at__lt=start + dt.timedelta(days=1)).order_by("id")


def broken_seals() -> list[dt.date]:
    """Return the sealed days whose entries no longer give their digest, or whose chain is cut; oldest first."""
    broken: list[dt.date] = []
    previous = GENESIS
    for seal in AuditSeal.objects.order_by("day").iterator():
        digest, count = digest_entries(seal.previous_digest, entries_of(seal.day).iterator(chunk_size=2000))
        if (seal.previous_digest, seal.digest, seal.count) != (previous, digest, count):
            broken.append(seal.day)
        previous = seal.digest
    return broken
