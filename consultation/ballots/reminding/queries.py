"""How often those are reminded who have not voted."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, whole
from communities.policy.queries import value

if TYPE_CHECKING:
    from consultation.ballots.models import Ballot

LEAST_DAYS = 1
REMINDER_DAYS = declare(
    "ballot.reminder_days",
    _("Who has not voted is reminded once in"),
    unit="days",
    read=whole,
    default=2,
    basis="Default of this platform",
)


def next_reminder(ballot: Ballot, today: dt.date) -> dt.datetime | None:
    """Return from when on the next reminder is possible, nothing where none was sent; one query."""
    if ballot.reminded_at is None:
        return None
    days = max(value(REMINDER_DAYS, ballot.division, today), LEAST_DAYS)
    return ballot.reminded_at + dt.timedelta(days=days)
