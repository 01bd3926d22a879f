"""Reminding those on the roll for whom no vote stands."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consultation.ballots.models import Ballot, RollEntry
from consultation.ballots.queries import shown_moment
from consultation.ballots.reminding.queries import next_reminder
from consultation.ballots.voting import require_open
from governance.audit import operations as audit
from governance.errors import NotAllowed, NotNow
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from governance.accounts.models import User

REMINDER = "consultation.vote.reminder"
"""The event of one person to be reminded; like all of `consultation.vote.` it never leaves the house."""


class ReminderTooSoon(NotNow):
    """People are not pressed to vote."""

    code = "reminder_too_soon"
    message = _("People were reminded at %(last)s. The next reminder is possible from %(next)s.")


class NobodyToRemind(NotNow):
    """All have voted, or nobody of the others can be reached by message."""

    code = "nobody_to_remind"
    message = _("Nobody who has not voted can be reached by message. See the list for visits and calls.")


def remind_voters(*, by: User, now: dt.datetime, ballot: Ballot) -> int:
    """Tell everybody on the roll who has not voted and can be reached that the ballot is open; return how many.

    One event for each, in the order of the roll; who votes before the message goes out gets none. The reminder says that
    no vote stands and nothing else, in secret ballots as in open ones.

    Raises:
        NotAllowed: `by` does not keep ballots here.
        BallotNotOpen, BallotOver: the ballot is not open.
        ReminderTooSoon: the days since the last one are not over.
        NobodyToRemind.
    Basis: default of this platform.
    """
    with transaction.atomic():
        rows = Ballot.objects.select_for_update(of=("self",), no_key=True).select_related("division")
        row = rows.get(pk=ballot.pk)
        if not by.has_perm("consultation.manage_ballot", row):
            raise NotAllowed
        require_open(row, now)
        following = next_reminder(row, timezone.localdate(now))
        if following is not None and row.reminded_at is not None and now < following:
            raise ReminderTooSoon(last=shown_moment(row.reminded_at), next=shown_moment(following))
        missing = RollEntry.objects.filter(ballot=row).missing()
        told = list(missing.reachable().order_by("number"))
        if not told:
            raise NobodyToRemind
        for entry in told:
            entry.ballot = row
        row.reminders, row.reminded_at = row.reminders + 1, now
        row.save(update_fields=["reminders", "reminded_at"])
        outbox.emit_all(by=by, topic=REMINDER, rows=told, now=now, payloads=[{"ballot": row.pk}] * len(told))
        after = {"reminder": row.reminders, "people": len(told), "not_reachable": missing.count() - len(told)}
        audit.record(by=by, verb="consultation.ballot.reminded", row=row, now=now, after=after)
        return len(told)
