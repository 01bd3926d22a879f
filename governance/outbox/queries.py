"""Up to where a feed may be read so that nothing can appear behind a place that was handed out."""

from __future__ import annotations

from django.db import connection


def watermark() -> int:
    """Return the oldest transaction that still runs; every older one has ended and can be read; one query."""
    with connection.cursor() as statement:
        statement.execute("SELECT txid_snapshot_xmin(txid_current_snapshot())")
        return int(statement.fetchone()[0])
