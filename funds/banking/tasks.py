"""Scheduled and heavy work of the banking room."""

from __future__ import annotations

from celery import shared_task

from funds.banking import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="reinvestment.match")
def match() -> int:
    """Suggest matches for new bank lines."""
    return operations.suggest_matches(by=system_actor(), now=clock.now())
