"""The clock of accounts to the public."""

from __future__ import annotations

from celery import shared_task

from funds.disclosure import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="disclosure.open_due")
def open_due() -> int:
    """Open the accounts whose periods have ended."""
    return len(operations.open_due(by=system_actor(), now=clock.now(), today=clock.today()))
