"""Pushed results whose receipt nobody confirms are sent again, some working days apart, and not for ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from communities.policy.queries import values
from governance.audit import operations as audit
from governance.calendar.days import DayKind, add_days
from governance.outbox import operations as outbox
from projects.evaluation.models import PushMessage
from projects.evaluation.policy import RECEIPT_DAYS, RECEIPT_REMINDERS

if TYPE_CHECKING:
    from governance.accounts.models import User

AT_ONCE, READ_AT_ONCE = 200, 2000
ONE_DAY = dt.timedelta(days=1)
LONGEST_WAIT = dt.timedelta(days=366)
"""What has lain longer since it was last sent has been sent as often as it may: it is not looked at again."""
MOST = 20
"""No parameter makes more reminders than this."""


@dataclass(slots=True)
class Terms:
    """After how many working days and how often is sent again, asked once for each place and each day, not for each row."""

    today: dt.date
    _of: dict[int, Sequence[int]] = field(default_factory=dict)
    _over: dict[tuple[dt.date, int], dt.date] = field(default_factory=dict)

    def is_due(self, row: PushMessage) -> bool:
        """Tell whether a message that nobody has confirmed is to be sent again today."""
        if row.division_id not in self._of:
            self._of[row.division_id] = values((RECEIPT_DAYS, RECEIPT_REMINDERS), row.division, self.today)
        days, most = self._of[row.division_id]
        last = timezone.localdate(row.reminded_at or row.sent_at)
        if (last, days) not in self._over:
            self._over[last, days] = add_days(last, days, DayKind.WORKING).on
        return row.reminders < most and self._over[last, days] < self.today


def remind_unread(*, by: User, now: dt.datetime) -> int:
    """Send again what was not confirmed for the working days that the place gives, and return how many.

    Partner systems hear of it by the event `projects.message.sent_again`, whose delivery has retries of its own.
    Harmless when repeated: the day on which a message was sent again is written with it. Only what is due is locked.
    """
    terms = Terms(timezone.localdate(now))
    found = PushMessage.objects.unread_between(now - LONGEST_WAIT, now - ONE_DAY, MOST)
    rows = found.select_related("division").order_by("pk")
    keys, sent = [row.pk for row in rows.iterator(READ_AT_ONCE) if terms.is_due(row)], 0
    for first in range(0, len(keys), AT_ONCE):
        with transaction.atomic():
            locked = PushMessage.objects.select_for_update(of=("self",), skip_locked=True).select_related("division")
            for row in locked.filter(pk__in=keys[first : first + AT_ONCE], read_at=None).order_by("pk"):
                if terms.is_due(row):
                    _remind(row, by, now)
                    sent += 1
    return sent


def _remind(row: PushMessage, by: User, now: dt.datetime) -> None:
    row.reminders, row.reminded_at = row.reminders + 1, now
    row.save(update_fields=["reminders", "reminded_at"])
    after = {"recipient": row.recipient, "reminders": row.reminders}
    audit.record(by=by, verb="projects.message.sent_again", row=row, now=now, after=after)
    outbox.emit(by=by, topic="projects.message.sent_again", row=row, now=now, payload=after)
