"""What time it is: asked only at the edges (pages, API, desk, tasks), handed down to every operation.

In the demonstration the clock may run ahead by whole days, so that notice periods can be lived through by hand.
Everywhere else it is the clock of the machine and costs no query.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone

from governance.calendar.models import ClockOffset


def now() -> dt.datetime:
    """Return the present moment, aware; one query in the demonstration, none elsewhere."""
    real = timezone.now()
    if not settings.DEMONSTRATION:
        return real
    days = ClockOffset.objects.values_list("days", flat=True).first() or 0
    return real + dt.timedelta(days=days)


def today() -> dt.date:
    """Return the present day in the district's time zone."""
    return timezone.localdate(now())
