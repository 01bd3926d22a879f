"""Scheduled and heavy work of the banking room."""

from __future__ import annotations

from celery import shared_task

from funds.banking import operations, upload
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="reinvestment.match")
def match() -> int:
    """Let go what was matched with vouchers that are reversed, then match and suggest for free bank lines."""
    operations.release_reversed(by=system_actor(), now=clock.now())
    return operations.suggest_matches(by=system_actor(), now=clock.now())


@shared_task(name="banking.remind")
def remind() -> int:
    """Remind who is in charge of lines that have grown older."""
    return operations.remind_owners(by=system_actor(), now=clock.now(), today=clock.today())


@shared_task(name="banking.sweep_uploads")
def sweep_uploads() -> int:
    """Remove statement files that were looked over and never taken in."""
    return upload.sweep(now=clock.now())
