"""The clock of the contracts with those who run incubators."""

from __future__ import annotations

from celery import shared_task

from governance.accounts.queries import system_actor
from governance.calendar import clock
from socialorgs.incubation.operators import operations


@shared_task(name="incubation.follow_contracts")
def follow_contracts() -> int:
    """Let each incubator be run by who holds its contract today; harmless when repeated."""
    return operations.follow_contracts(by=system_actor(), now=clock.now())
