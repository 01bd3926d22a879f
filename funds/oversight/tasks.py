"""Scheduled work of the oversight room."""

from __future__ import annotations

from celery import shared_task

from funds.oversight import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="fund.idle_scan")
def idle_scan() -> int:
    """Propose what is due about funds that lie idle or whose committee's term ends."""
    return len(operations.scan_funds(by=system_actor(), now=clock.now(), today=clock.today()))
