"""The beat that empties the outbox."""

from celery import shared_task

from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.outbox import operations

AT_ONCE = 1000
"""A vote of a whole community is through in a few wakings, and nothing else waits behind it for long."""


@shared_task(name="outbox.relay")
def relay() -> int:
    """Deliver due events."""
    return operations.relay(by=system_actor(), now=clock.now(), limit=AT_ONCE)
