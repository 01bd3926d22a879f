"""Writing the letters of a meeting, and recording who was told in person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from consultation.matters.policy import fitting
from consultation.meetings.inviting.models import LONGEST_HOW, MeetingLetter
from governance.audit import operations as audit
from governance.errors import NotAllowed, NotNow
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from consultation.meetings.models import Meeting
    from governance.accounts.models import User

TOPIC = "consultation.meeting_letter.written"
"""The event of one letter; like all of `consultation.meeting_letter.` it never leaves the house."""
TELL = "consultation.tell_invited"


class LetterDone(NotNow):
    """Who was told is not told again."""

    code = "letter_done"
    message = _("This person was told already, or a message is on its way.")


def write_letters(*, by: User, now: dt.datetime, meeting: Meeting, occasion: str) -> list[MeetingLetter]:
    """Write a letter to everybody on the list of a meeting; those without a log-in have to be told in person.

    Part of the invitation and of the cancellation: the caller has asked whether `by` may. Two statements.
    """
    with transaction.atomic():
        made = MeetingLetter.objects.bulk_create(
            MeetingLetter(
                attendance=one,
                occasion=occasion,
                queued_at=now,
                dropped_at=None if one.user_id else now,
            )
            for one in meeting.attendances.select_related("meeting__division").order_by("pk")
        )
        by_message = [one for one in made if one.dropped_at is None]
        payloads = [{"kind": occasion}] * len(by_message)
        outbox.emit_all(by=by, topic=TOPIC, rows=by_message, now=now, payloads=payloads)
        return made


def tell_all_in_person(*, by: User, now: dt.datetime, letters: Iterable[MeetingLetter], how: str) -> int:
    """Record that people whom no message reaches were told: by a visit, a call, a sheet at the door; all or none.

    Raises:
        NotAllowed: `by` is neither staff of the place nor a steward or grid worker there.
        LetterDone, WordsMissing, WordsTooLong, PersonalNumbersFound.
    """
    said = fitting("how", how, LONGEST_HOW)
    refuse_personal_numbers(how=said)
    with transaction.atomic():
        rows = MeetingLetter.objects.select_for_update(of=("self",)).for_list()
        found = list(rows.filter(pk__in=[one.pk for one in letters]).order_by("pk"))
        for row in found:
            if not by.has_perm(TELL, row):
                raise NotAllowed
            if row.told_at is not None or row.dropped_at is None:
                raise LetterDone
            row.told_at, row.told_by, row.told_how = now, by, said
        MeetingLetter.objects.bulk_update(found, ["told_at", "told_by", "told_how"])
        audit.record_all(
            by=by,
            verb="consultation.meeting_letter.told",
            rows=found,
            now=now,
            befores=[{}] * len(found),
            after={"how": said},
        )
        return len(found)
