"""What tests of feeds share: the engine's transactions are numbered together, those of other tests' databases, too."""

from __future__ import annotations

import time

from django.db import connection

from governance.outbox.queries import watermark

LONGEST = 900
"""Seconds that a test of the permissions, which runs in one transaction, may take at worst."""


def let_older_transactions_end() -> None:
    """Wait until whatever began before this moment has ended; what is written by then is below the watermark."""
    with connection.cursor() as statement:
        statement.execute("SELECT txid_current()")
        now = int(statement.fetchone()[0])
    until = time.monotonic() + LONGEST
    while watermark() <= now:
        assert time.monotonic() < until, "a transaction older than this test does not end"
        time.sleep(0.1)
