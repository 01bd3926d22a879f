"""Scheduled and heavy work of the enterprises room."""

from __future__ import annotations

from celery import shared_task

from funds.enterprises.letting import operations as letting
from funds.enterprises.letting import reminders
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="enterprises.charge_rent")
def charge_rent() -> int:
    """Charge the months of lettings that have begun, end those whose term is over, remind of rent that has not come."""
    actor, now, today = system_actor(), clock.now(), clock.today()
    made = letting.charge_rent(by=actor, now=now, today=today)
    letting.end_lettings(by=actor, now=now, today=today)
    reminders.remind_of_late_rent(by=actor, now=now, today=today)
    return made
