"""The clock of appeals."""

from __future__ import annotations

from celery import shared_task

from funds.appeals import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="appeals.end_over")
def end_over() -> int:
    """End the appeals whose last day is over."""
    return operations.end_over(by=system_actor(), now=clock.now())
