"""Petitions (信访): a legal path of its own on calendar days; the clock of the hotline stops.

Basis: Regulations on the Handling of Petitions 2022: told within 15 days, finished in 60, put off with leave by 30,
review 30, second review 30.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from consultation.matters import operations as inbox
from consultation.matters.handling.clocks import due_by
from consultation.matters.handling.dispatching import recall_all
from consultation.matters.handling.lifecycle import PetitionStatus
from consultation.matters.handling.models import Petition
from consultation.matters.handling.policy import (
    PETITION_ASK_DAYS,
    PETITION_EXTENSION_DAYS,
    PETITION_FINISH_DAYS,
    PETITION_REVIEW_DAYS,
    PETITION_TELL_DAYS,
)
from consultation.matters.handling.timing import settle_time
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, Outcome
from consultation.matters.policy import LONGEST_TEXT, fitting
from governance import lifecycle
from governance.accounts.queries import system_actor
from governance.audit import operations as audit
from governance.errors import NotAllowed, NotNow
from governance.lifecycle import ReasonMissing, SamePerson
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from governance.accounts.models import User


class PutOffNotYours(NotAllowed):
    """A petition is put off with leave."""

    code = "put_off_not_yours"
    message = _("A petition is put off with leave of the street reviewer or the district.")


class NotToBePutOff(NotNow):
    """A petition is put off once, before its day."""

    code = "not_to_be_put_off"
    message = _("A petition is put off once, while it is being handled and before its last day is over.")


class ReviewTooLate(NotNow):
    """A review is asked for within its days."""

    code = "review_too_late"
    message = _("A review could be asked for until %(day)s.")


def mark_petition(*, by: User, now: dt.datetime, matter: Matter, reason: str) -> Petition:
    """Handle a matter as a petition: the clock of the hotline stops, that of the petition regulations begins.

    Offices that had the matter give it back; the days count from when it came in.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as the mover says.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        row = Matter.objects.select_for_update(of=("self",)).select_related("division").get(pk=matter.pk)
        lifecycle.require(row, "mark_petition", by=by)
        recall_all(by=by, now=now, matter=row, reason=reason.strip())
        due = due_by(PETITION_TELL_DAYS, row.division, now)
        made = Petition(matter=row, due_on=due.on, registered_at=now, registered_by=by)
        # The row first: the table of matters refuses a petition without one.
        if row.status not in {MatterStatus.RAISED, MatterStatus.SORTED, MatterStatus.TRANSFERRED}:
            raise lifecycle.MoveClosed(move=_("Handle as a petition"), status=row.get_status_display())
        made.save(force_insert=True)
        lifecycle.move(row, "mark_petition", by=by, now=now, reason=reason.strip(), changes={"paused_at": None})
        settle_time(by=system_actor(), now=now, matter=row)
        audit.record(by=by, verb="consultation.petition.registered", row=made, now=now, after={"due_on": due.on})
        outbox.emit(
            by=by, topic="consultation.petition.registered", row=made, now=now, payload={"due_on": due.on.isoformat()}
        )
    return made


def _due(petition: Petition, rule: Any, now: dt.datetime) -> dict[str, Any]:
    return {"due_on": due_by(rule, petition.division, now).on, "overdue_at": None}


def tell_petitioner(*, by: User, now: dt.datetime, petition: Petition) -> Petition:
    """Tell the petitioner that the petition is taken up; sixty days run from then.

    Raises:
        MoveForbidden, MoveClosed: as the mover says.
    """
    return lifecycle.move(petition, "tell", by=by, now=now, changes=_due(petition, PETITION_FINISH_DAYS, now))


def put_petition_off(*, by: User, now: dt.datetime, petition: Petition, reason: str) -> Petition:
    """Give leave to finish a petition later, once; the petitioner reads the reason.

    Raises:
        PutOffNotYours, SamePerson: `by` may not give leave, or handles the petition.
        NotToBePutOff: it is not being handled, was put off before, or its day is over.
        WordsMissing: no reason is given.
    """
    why = fitting("reason", reason, LONGEST_TEXT)
    with transaction.atomic():
        rows = Petition.objects.select_for_update(of=("self",)).select_related("matter__division")
        row: Petition = rows.get(pk=petition.pk)
        if not by.has_perm("consultation.put_petition_off", row):
            raise PutOffNotYours
        if row.told_by_id == by.pk:
            raise SamePerson(move=_("Put off"))
        today = timezone.localdate(now)
        if row.status != PetitionStatus.TOLD or row.extended_at is not None or row.due_on < today:
            raise NotToBePutOff
        before = row.due_on
        row.due_on += due_by(PETITION_EXTENSION_DAYS, row.division, now).on - today
        row.extended_at, row.extended_by, row.extension_reason = now, by, why
        row.save(update_fields=["due_on", "extended_at", "extended_by", "extension_reason"])
        audit.record(
            by=by,
            verb="consultation.petition.put_off",
            row=row,
            now=now,
            before={"due_on": before},
            after={"due_on": row.due_on},
            reason=why,
        )
        outbox.emit(
            by=by, topic="consultation.petition.put_off", row=row, now=now, payload={"due_on": row.due_on.isoformat()}
        )
    return row


def finish_petition(
    *, by: User, now: dt.datetime, petition: Petition, opinion: str, outcome: str = Outcome.EXPLAINED
) -> Petition:
    """Give the opinion on a petition; the person reads it as the answer to the matter and may ask for a review.

    Raises:
        MoveForbidden, MoveClosed: as the mover says.
        WordsMissing, WordsTooLong: the opinion does not fit.
    """
    said = fitting("opinion", opinion, LONGEST_TEXT)
    with transaction.atomic():
        changes = {"opinion": said, **_due(petition, PETITION_ASK_DAYS, now)}
        done = lifecycle.move(petition, "finish", by=by, now=now, changes=changes)
        matter = Matter.objects.get(pk=done.matter_id)
        with override(settings.LANGUAGE_CODE):
            why = gettext("The opinion on the petition has been given.")
        recall_all(by=system_actor(), now=now, matter=matter, reason=why)
        if matter.status == MatterStatus.PETITION:
            inbox.answer_matter(by=by, now=now, matter=matter, reply=said, outcome=outcome)
    return done


def ask_review(*, by: User, now: dt.datetime, petition: Petition) -> Petition:
    """Ask for a review of the opinion, or for a second one after the first.

    Raises:
        MoveForbidden, MoveClosed: it is somebody else's, or there is nothing to review.
        ReviewTooLate: the days for asking are over.
    """
    name = "ask_second_review" if petition.status == PetitionStatus.REVIEWED else "ask_review"
    lifecycle.require(petition, name, by=by)
    is_asked_from = petition.status in {PetitionStatus.FINISHED, PetitionStatus.REVIEWED}
    if is_asked_from and timezone.localdate(now) > petition.due_on:
        raise ReviewTooLate(day=petition.due_on)
    return lifecycle.move(petition, name, by=by, now=now, changes=_due(petition, PETITION_REVIEW_DAYS, now))


def review_petition(*, by: User, now: dt.datetime, petition: Petition, opinion: str) -> Petition:
    """Give the opinion of the review, or of the second one, which ends the petition; never who gave the first.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as the mover says.
        WordsMissing, WordsTooLong: the opinion does not fit.
    """
    said = fitting("opinion", opinion, LONGEST_TEXT)
    if petition.status == PetitionStatus.REREVIEWING:
        changes: dict[str, Any] = {"second_opinion": said, "overdue_at": None}
        return lifecycle.move(petition, "review_again", by=by, now=now, changes=changes)
    changes = {"review_opinion": said, **_due(petition, PETITION_ASK_DAYS, now)}
    return lifecycle.move(petition, "review", by=by, now=now, changes=changes)


WITH_THE_OFFICE = (
    PetitionStatus.REGISTERED,
    PetitionStatus.TOLD,
    PetitionStatus.REVIEWING,
    PetitionStatus.REREVIEWING,
)
WITH_THE_PERSON = (PetitionStatus.FINISHED, PetitionStatus.REVIEWED)


def run_petition_clock(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Mark the petitions that are late, settle those for which no review was asked in time; return their ids."""
    found = []
    over = Petition.objects.filter(due_on__lt=today).exclude(status=PetitionStatus.SETTLED)
    for key in list(over.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = Petition.objects.select_for_update(of=("self",)).select_related("matter").get(pk=key)
            if row.due_on >= today or row.overdue_at is not None:
                continue
            if row.status in WITH_THE_PERSON:
                lifecycle.move(row, "settle", by=by, now=now)
            elif row.status in WITH_THE_OFFICE:
                row.overdue_at = now
                row.save(update_fields=["overdue_at"])
                audit.record(
                    by=by, verb="consultation.petition.overdue", row=row, now=now, after={"due_on": row.due_on}
                )
                outbox.emit(
                    by=by, topic="consultation.petition.overdue", row=row, now=now, payload={"due_on": str(row.due_on)}
                )
            found.append(key)
    return found
