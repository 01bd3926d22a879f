"""Asking the person after a matter was closed (回访), and once more weeks later; what is not fixed is reopened."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from consultation.matters.handling.clocks import clock_of, due_after_sorting, due_by
from consultation.matters.handling.lifecycle import CallBackStatus
from consultation.matters.handling.models import CallBack, CallBackPurpose
from consultation.matters.handling.policy import ASK_AGAIN_DAYS, ASK_OPEN_DAYS, CALL_BACK_DAYS
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterKind, ThreeWay
from consultation.matters.policy import LONGEST_TEXT, check_mark, fitting
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import DomainError, Invalid, NotNow
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from governance.accounts.models import User

logger = logging.getLogger(__name__)

LOOKED_BACK = dt.timedelta(days=400)
"""Matters closed longer ago are not asked about any more."""


class WordsForNotFixed(Invalid):
    """Who says that it is not fixed says what is missing."""

    code = "words_for_not_fixed"
    message = _("Please say what is missing.")


def open_call_backs(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Open the questions that are due: after a closing without the person's word, and weeks after every closing.

    One of each occasion for one closing, by a unique key, so that a second run adds nothing. Tip-offs are not asked
    about: the giver leaves no trace. Returns the ids of the matters.
    """
    found = []
    closed = Matter.objects.filter(status=MatterStatus.CLOSED, closed_at__gt=now - LOOKED_BACK)
    for matter in closed.exclude(kind=MatterKind.REPORT).select_related("division").order_by("pk"):
        asked = [CallBackPurpose.CLOSING] if matter.is_solved is None else []
        closed_on = timezone.localdate(matter.closed_at)
        if closed_on + dt.timedelta(days=value(ASK_AGAIN_DAYS, matter.division, closed_on)) <= today:
            asked.append(CallBackPurpose.LATER)
        opened = [purpose for purpose in asked if _open(matter, purpose, by, now)]
        if opened:
            found.append(matter.pk)
    return found


def _open(matter: Matter, purpose: str, by: User, now: dt.datetime) -> bool:
    """Open one question unless it is there."""
    rule = CALL_BACK_DAYS if purpose == CallBackPurpose.CLOSING else ASK_OPEN_DAYS
    with transaction.atomic():
        locked = Matter.objects.select_for_update(of=("self",)).select_related("division").get(pk=matter.pk)
        if locked.status != MatterStatus.CLOSED or locked.closed_at != matter.closed_at:
            return False
        since = locked.call_backs.filter(purpose=purpose, opened_at__gte=locked.closed_at)
        if since.exists():
            return False
        row = CallBack.objects.create(
            matter=locked,
            purpose=purpose,
            round=locked.call_backs.filter(purpose=purpose).count() + 1,
            due_on=due_by(rule, locked.division, now).on,
            handled_by_id=locked.answered_by_id,
            opened_at=now,
        )
        audit.record(by=by, verb="consultation.call_back.opened", row=row, now=now, after={"purpose": purpose})
        outbox.emit(by=by, topic="consultation.call_back.opened", row=row, now=now, payload={"matter": matter.pk})
    return True


def answer_call_back(
    *,
    by: User,
    now: dt.datetime,
    call_back: CallBack,
    is_solved: bool,
    satisfaction: int | None = None,
    words: str = "",
) -> CallBack:
    """Record what the person says, on the page or by telephone; what is not fixed reopens the matter.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: `by` may not, answered the matter, or the question is closed.
        WordsForNotFixed, WordsTooLong, PersonalNumbersFound, MarkOutOfRange: it is not well said.
    """
    said = fitting("words", words, LONGEST_TEXT, is_required=False)
    refuse_personal_numbers(words=said)
    check_mark(satisfaction)
    if not is_solved and not said:
        raise WordsForNotFixed(field="words")
    with transaction.atomic():
        matter = Matter.objects.select_for_update(of=("self",)).select_related("division").get(pk=call_back.matter_id)
        changes = {"is_solved": is_solved, "satisfaction": satisfaction, "words": said}
        done = lifecycle.move(call_back, "answer", by=by, now=now, changes=changes)
        if matter.status == MatterStatus.CLOSED:
            if is_solved or matter.sorted_at is None:
                matter.is_solved = is_solved
                matter.satisfaction = satisfaction or matter.satisfaction
                matter.close_reason = matter.close_reason or said
                matter.save(update_fields=["is_solved", "satisfaction", "close_reason"])
            else:
                _reopen(matter, by, now, said)
    return done


class ReopenTooLate(NotNow):
    """A closed matter is reopened while people may still remember."""

    code = "reopen_too_late"
    message = _("The matter could be reopened until %(day)s. Please raise a new one and name this number.")


def reopen_matter(*, by: User, now: dt.datetime, matter: Matter, reason: str) -> Matter:
    """Say that a closed matter is not fixed: it is taken up again with its number, its history and a new clock.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: `by` may not; it is not closed; it was a petition.
        WordsForNotFixed, WordsTooLong, PersonalNumbersFound: what is missing is not said well.
        ReopenTooLate: its days are over.
    """
    said = fitting("reason", reason, LONGEST_TEXT, is_required=False)
    refuse_personal_numbers(reason=said)
    if not said:
        raise WordsForNotFixed(field="reason")
    with transaction.atomic():
        row = Matter.objects.select_for_update(of=("self",)).select_related("division").get(pk=matter.pk)
        lifecycle.require(row, "reopen", by=by)
        if row.closed_at is not None and row.status == MatterStatus.CLOSED:
            closed_on = timezone.localdate(row.closed_at)
            days = value(ASK_AGAIN_DAYS, row.division, closed_on) + value(ASK_OPEN_DAYS, row.division, closed_on)
            last = closed_on + dt.timedelta(days=days)
            if timezone.localdate(now) > last:
                raise ReopenTooLate(day=last)
        return _reopen(row, by, now, said)


def _reopen(matter: Matter, by: User, now: dt.datetime, why: str) -> Matter:
    """Take the matter up again with a clock that begins now; what the person says stays on the matter."""
    three_way = matter.three_way or ThreeWay.SMALL
    due = due_after_sorting(matter.kind, three_way, matter.division, now, now)
    with override(settings.LANGUAGE_CODE):
        told = gettext("The person says that it is not fixed.")
    changes = {**clock_of(due, now), "is_solved": None, "satisfaction": None, "close_reason": why}
    return lifecycle.move(matter, "reopen", by=by, now=now, reason=told, changes=changes)


def miss_call_back(*, by: User, now: dt.datetime, call_back: CallBack, reason: str) -> CallBack:
    """Record that the person could not be reached, and how often it was tried.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as the mover says.
    """
    why = fitting("reason", reason, LONGEST_TEXT, is_required=False)
    return lifecycle.move(call_back, "miss", by=by, now=now, reason=why, changes={"words": why})


def close_call_backs(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Close the questions of the weeks later that nobody has answered; return their ids.

    Call-backs after closing stay until somebody has called: they are work of the staff and show as overdue.
    """
    closed = []
    over = CallBack.objects.filter(status=CallBackStatus.DUE, purpose=CallBackPurpose.LATER, due_on__lt=today)
    with override(settings.LANGUAGE_CODE):
        said = gettext("Nobody has answered the question.")
    for row in over.select_related("matter").order_by("pk"):
        try:
            miss_call_back(by=by, now=now, call_back=row, reason=said)
        except DomainError as refusal:
            logger.warning("call-back not closed", extra={"call_back": row.pk, "reason": refusal.code})
            continue
        closed.append(row.pk)
    return closed
