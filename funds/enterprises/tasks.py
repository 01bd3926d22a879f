"""Scheduled and heavy work of the enterprises room."""

from __future__ import annotations

from celery import shared_task

from funds.enterprises.letting import operations as letting
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="enterprises.charge_rent")
def charge_rent() -> int:
    """Charge the months of lettings that have begun, then end those whose term is over."""
    actor, now, today = system_actor(), clock.now(), clock.today()
    made = letting.charge_rent(by=actor, now=now, today=today)
    letting.end_lettings(by=actor, now=now, today=today)
    return made
