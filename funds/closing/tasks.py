"""Scheduled work of the closing room."""

from __future__ import annotations

from celery import shared_task

from funds.closing import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="closing.settle")
def settle() -> int:
    """Lead posted closings on whose notices have closed."""
    return len(operations.settle_posted_closings(by=system_actor(), now=clock.now(), today=clock.today()))
