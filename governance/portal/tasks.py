"""The beat that /readyz listens for, and the demonstration's jobs."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

import governance.portal.demonstration.tasks
from governance.portal.models import Heartbeat


@shared_task(name="portal.beat", expires=30)
def beat() -> None:
    """Write down that beat, broker and worker are alive; by the machine's clock, not the demonstration's."""
    Heartbeat.objects.update_or_create(id=1, defaults={"at": timezone.now()})
