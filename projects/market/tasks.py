"""The market's entry point for the clock."""

from __future__ import annotations

from celery import shared_task

from governance.accounts.queries import system_actor
from governance.calendar import clock
from projects.market import delivering


@shared_task(name="market.tick")
def tick() -> int:
    """End what people have left, and settle what funds have paid."""
    return delivering.run_market_clock(by=system_actor(), now=clock.now())
