"""The clock of the topics."""

from celery import shared_task

import consultation.topics.following.tasks
import consultation.topics.statements.tasks
from consultation.topics import operations, phasing, raising
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="topics.begin")
def begin() -> int:
    """Begin the topics of which a phase has opened, tell of phases that open and close; harmless when repeated."""
    by, now = system_actor(), clock.now()
    begun = operations.begin_due_deliberations(by=by, now=now)
    phasing.tell_phases(by=by, now=now)
    return len(begun)


@shared_task(name="topics.overdue")
def escalate() -> int:
    """Mark the topics whose clock has run out; harmless when repeated."""
    return len(raising.escalate_overdue_topics(by=system_actor(), now=clock.now()))
