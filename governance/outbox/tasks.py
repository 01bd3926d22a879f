"""The beat that empties the outbox."""

from celery import shared_task

from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.outbox import operations


@shared_task(name="outbox.relay")
def relay() -> int:
    """Deliver due events."""
    return operations.relay(by=system_actor(), now=clock.now())
