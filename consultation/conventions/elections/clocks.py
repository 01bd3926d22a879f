"""What the clock does in elections: the street learns of objections to a voter list that nobody has ruled on in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from consultation.conventions.elections.models import CommitteeElection
from consultation.conventions.elections.queries import rulings_due
from governance.audit import operations as audit
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    import datetime as dt

    from governance.accounts.models import User


def warn_of_late_rulings(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Tell the street, once a day, of elections in which a ruling on an objection to the voter list is late; return the keys.

    The candidates cannot be fixed before: the notice of the list does not close while an objection waits.
    Basis: Organic Law of Villagers' Committees art. 14.
    """
    told = []
    for row in CommitteeElection.objects.awaiting_rulings().not_warned_on(today).for_detail().order_by("pk"):
        late = [ruling for ruling in rulings_due(row, today) if ruling.is_late]
        if not late:
            continue
        with transaction.atomic():
            taken = CommitteeElection.objects.filter(pk=row.pk).not_warned_on(today).update(ruling_warned_on=today)
            if not taken:
                continue
            due_on = min(ruling.due_on for ruling in late)
            after = {"late": len(late), "due_on": due_on}
            audit.record(by=by, verb="consultation.election.ruling_late", row=row, now=now, after=after)
            payload = {"due_on": due_on.isoformat()}
            outbox.emit(by=by, topic="consultation.election.ruling_late", row=row, now=now, payload=payload)
        told.append(row.pk)
    return told
