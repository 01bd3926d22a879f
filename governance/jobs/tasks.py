"""The beat that wakes the workers."""

from celery import shared_task

from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.jobs import operations


@shared_task(name="jobs.run_due")
def run_due() -> int:
    """Run what is due; woken by beat and after each enqueue that cares for speed."""
    return operations.run_due(by=system_actor(), clock=clock.now)
