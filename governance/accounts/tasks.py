"""What is cleared away at night."""

from __future__ import annotations

from celery import shared_task

from governance.accounts import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="accounts.purge_keys")
def purge_keys() -> None:
    """Delete what has outlived its use: idempotency keys, sessions, tokens, old sign-in logs."""
    actor, now = system_actor(), clock.now()
    operations.purge_keys(by=actor, now=now)
    operations.purge_sign_ins(by=actor, now=now)
