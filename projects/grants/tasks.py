"""The clock of grant rounds."""

from __future__ import annotations

from celery import shared_task

from governance.accounts.queries import system_actor
from governance.calendar import clock
from projects.grants import operations


@shared_task(name="grants.turn")
def turn() -> int:
    """Open and close rounds by their days, and let corrections lapse that were not made."""
    return operations.turn_rounds(by=system_actor(), now=clock.now(), today=clock.today())
