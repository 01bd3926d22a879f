"""Telling the person how it stands, handing the result out at the counter, naming who handles a tip-off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consultation.matters.handling.models import Feedback
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import TIP_READERS, Matter, MatterKind
from consultation.matters.policy import LONGEST_NAME, LONGEST_TEXT, fitting
from governance.accounts.models import User
from governance.audit import operations as audit
from governance.errors import Invalid, NotAllowed, NotNow
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    import datetime as dt

ANSWERED = (MatterStatus.ANSWERED, MatterStatus.CLOSED, MatterStatus.REFUSED)


class NotYoursToTell(NotAllowed):
    """Who handles a matter speaks to the person."""

    code = "not_yours_to_tell"
    message = _("You do not handle this matter.")


class NotInHand(NotNow):
    """The person is told how it stands while it is in hand."""

    code = "not_in_hand"
    message = _("The matter is no longer in hand; the person has read the answer.")


class NothingToHandOut(NotNow):
    """A result is handed out once, when there is one."""

    code = "nothing_to_hand_out"
    message = _("There is no answer to hand out, or it was handed out before.")


class HandlerDoesNotFit(Invalid):
    """A tip-off is handled by somebody of the street or the district who did not give it."""

    code = "handler_does_not_fit"
    message = _("Name a reviewer of the street or somebody of the district who has not given the tip-off.")


def tell_how_it_stands(*, by: User, now: dt.datetime, matter: Matter, text: str) -> Feedback:
    """Tell the person how a matter stands while it is in hand (办理情况定期反馈).

    Raises:
        NotYoursToTell: `by` handles neither the matter nor an order of it.
        NotInHand: it is answered.
        WordsMissing, WordsTooLong: the text does not fit.
    """
    said = fitting("text", text, LONGEST_TEXT)
    with transaction.atomic():
        row = Matter.objects.select_for_update(of=("self",)).select_related("division").get(pk=matter.pk)
        if not by.has_perm("consultation.tell_how_it_stands", row):
            raise NotYoursToTell
        if not row.is_in_hand:
            raise NotInHand
        told = Feedback.objects.create(matter=row, text=said, told_at=now, told_by=by)
        audit.record(by=by, verb="consultation.feedback.told", row=told, now=now, after={"matter": row.pk})
        outbox.emit(by=by, topic="consultation.feedback.told", row=told, now=now, payload={"matter": row.pk})
    return told


def hand_out_result(*, by: User, now: dt.datetime, matter: Matter, to: str) -> Matter:
    """Record that the result was handed out at the counter, and to whom (综合窗口统一出件).

    Raises:
        NotYoursToTell: `by` does not work at the counter of the place.
        NothingToHandOut: there is no answer, or it was handed out.
        WordsMissing, WordsTooLong: the name does not fit.
    """
    name = fitting("to", to, LONGEST_NAME)
    with transaction.atomic():
        row = Matter.objects.select_for_update(of=("self",)).select_related("division").get(pk=matter.pk)
        if not by.has_perm("consultation.hand_out_result", row):
            raise NotYoursToTell
        if row.status not in ANSWERED or row.handed_out_at is not None:
            raise NothingToHandOut
        row.handed_out_at, row.handed_out_by, row.handed_out_to = now, by, name
        row.save(update_fields=["handed_out_at", "handed_out_by", "handed_out_to"])
        audit.record(by=by, verb="consultation.matter.handed_out", row=row, now=now)
    return row


def name_handler(*, by: User, now: dt.datetime, matter: Matter, handler: User) -> Matter:
    """Name who handles a tip-off: from then on only this person reads who gave it.

    Raises:
        NotYoursToTell: `by` does not name handlers here.
        HandlerDoesNotFit: the person holds no such post here, or gave the tip-off.
    Basis: report S2, supervision and tips (监督举报): the giver is protected.
    """
    with transaction.atomic():
        row = Matter.objects.select_for_update(of=("self",)).select_related("division").get(pk=matter.pk)
        if not by.has_perm("consultation.name_handler", row):
            raise NotYoursToTell
        giver = row.raised_by_id or row.recorded_by_id
        posts = handler.posts.filter(division__in=row.division.ancestor_ids, role__in=TIP_READERS)
        if row.kind != MatterKind.REPORT or handler.pk == giver or not posts.held_on(timezone.localdate(now)).exists():
            raise HandlerDoesNotFit(field="handler")
        row.handler = handler
        row.save(update_fields=["handler"])
        audit.record(by=by, verb="consultation.matter.handler_named", row=row, now=now, after={"handler": handler.pk})
    return row
