"""Pushed results whose receipt nobody confirms are sent again, some working days apart, and not for ever."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from communities.policy.queries import value
from governance.audit import operations as audit
from governance.calendar.days import DayKind, add_days
from governance.outbox import operations as outbox
from projects.evaluation.models import PushMessage
from projects.evaluation.policy import RECEIPT_DAYS, RECEIPT_REMINDERS

if TYPE_CHECKING:
    from governance.accounts.models import User

AT_ONCE = 200
ONE_DAY = dt.timedelta(days=1)
MOST = 20
"""No parameter makes more reminders than this."""


def remind_unread(*, by: User, now: dt.datetime) -> int:
    """Send again what was not confirmed for the working days that the place gives, and return how many.

    Partner systems hear of it by the event `projects.message.sent_again`, whose delivery has retries of its own.
    Harmless when repeated: the day on which a message was sent again is written with it.
    """
    found = PushMessage.objects.unread_since(now - ONE_DAY, MOST).order_by("pk").values_list("pk", flat=True)
    keys, sent = list(found), 0
    for first in range(0, len(keys), AT_ONCE):
        with transaction.atomic():
            rows = PushMessage.objects.select_for_update(of=("self",), skip_locked=True).select_related("division")
            for row in rows.filter(pk__in=keys[first : first + AT_ONCE], read_at=None).order_by("pk"):
                sent += _remind(row, by, now)
    return sent


def _remind(row: PushMessage, by: User, now: dt.datetime) -> int:
    today = timezone.localdate(now)
    days, most = value(RECEIPT_DAYS, row.division, today), value(RECEIPT_REMINDERS, row.division, today)
    last = row.reminded_at or row.sent_at
    if row.reminders >= most or add_days(timezone.localdate(last), days, DayKind.WORKING).on >= today:
        return 0
    row.reminders, row.reminded_at = row.reminders + 1, now
    row.save(update_fields=["reminders", "reminded_at"])
    after = {"recipient": row.recipient, "reminders": row.reminders}
    audit.record(by=by, verb="projects.message.sent_again", row=row, now=now, after=after)
    outbox.emit(by=by, topic="projects.message.sent_again", row=row, now=now, payload=after)
    return 1
