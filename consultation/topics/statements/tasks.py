"""The picture of where people agree, as a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery import shared_task

from consultation.topics.models import Topic
from consultation.topics.statements import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.jobs.operations import handles

if TYPE_CHECKING:
    from governance.jobs.operations import Progress


@handles(operations.PICTURE)
def compute(progress: Progress, parameters: dict[str, Any]) -> None:
    """Compute the picture of one topic; harmless when repeated, since the same input gives the same row."""
    topic = Topic.objects.filter(pk=parameters["topic"]).first()
    progress.start(1)
    made = operations.compute_picture(by=system_actor(), now=clock.now(), topic=topic) if topic else None
    progress.step(1, pictures=1 if made else 0)


@shared_task(name="topics.pictures")
def request_pictures() -> int:
    """Queue the pictures of topics on which people have taken positions; harmless when repeated."""
    return len(operations.request_pictures(by=system_actor(), now=clock.now()))
