"""The weekly digest."""

from celery import shared_task

from consultation.topics.following import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="topics.digests")
def make_digests() -> int:
    """Make the digests of the week that has ended; harmless when repeated."""
    return len(operations.make_digests(by=system_actor(), now=clock.now(), today=clock.today()))
