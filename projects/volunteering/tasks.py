"""The volunteering room's entry points for the clock."""

from __future__ import annotations

from celery import shared_task

from governance.accounts.queries import system_actor
from governance.calendar import clock
from projects.volunteering import operations


@shared_task(name="volunteering.end_missing")
def end_missing() -> int:
    """End records that nobody has signed out of."""
    return operations.end_missing(by=system_actor(), now=clock.now())


@shared_task(name="volunteering.credit")
def credit() -> int:
    """Post the points of what was verified."""
    return operations.credit_verified(by=system_actor(), now=clock.now(), today=clock.today())
