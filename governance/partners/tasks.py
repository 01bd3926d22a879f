"""The beat that sends what is due."""

from celery import shared_task
from django.utils import timezone

from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.partners import operations


@shared_task(name="partners.deliver")
def deliver() -> int:
    """Send due webhooks."""
    return operations.deliver_due(by=system_actor(), clock=clock.now, machine_clock=timezone.now)
