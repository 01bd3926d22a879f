"""What can be done with a meeting on its working page, by its state: building the agenda, holding it, minuting it."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.meetings import agenda, attending, minuting, operations, voting
from consultation.meetings.forms import (
    ArrivalForm,
    DiscussionForm,
    FreeItemForm,
    GuestForm,
    InviteForm,
    MinutesForm,
    MotionForm,
    PresenceForm,
    ReasonForm,
    SheetForm,
    TaskForm,
    TopicItemForm,
    VotesForm,
)
from consultation.meetings.lifecycle import MEETING, MeetingStatus
from consultation.meetings.models import Meeting
from consultation.meetings.policy import Capacity, Method
from consultation.meetings.queries import HELD, motions_of
from consultation.meetings.record import Minutes, Resolution
from consultation.meetings.tasking import operations as tasking
from governance import lifecycle
from governance.pages import Act

if TYPE_CHECKING:
    from governance.accounts.models import User

MANAGE = "consultation.manage_meeting"
SHEETS = "consultation.enter_count_sheet"
Acts = dict[str, Act]


def _label(name: str) -> Any:
    return MEETING.by_name[name].label


def _on_meeting(operation: Any) -> Any:
    def run(row: Meeting, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, meeting=row, **data)

    return run


def _on(name: str, target: Any, operation: Any) -> Any:
    def run(row: Meeting, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        del row
        return operation(by=by, now=now, **{name: target}, **data)

    return run


def _countersign(row: Meeting, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return lifecycle.move(row, "countersign", by=by, now=now)


def acts_of(meeting: Meeting, user: User) -> Acts:
    """Return what this person can do with a meeting now, by name; at most eight queries."""
    acts: Acts = {}
    if user.has_perm(MANAGE, meeting):
        acts |= _agenda(meeting) if meeting.status in {MeetingStatus.PLANNED, MeetingStatus.INVITED} else {}
        acts |= _hall(meeting) if meeting.status == MeetingStatus.OPEN else {}
        if meeting.status in HELD:
            acts["task"] = Act(_("Give a task"), _on_meeting(tasking.give_task), partial(TaskForm, body=meeting.body))
    if meeting.status == MeetingStatus.OPEN and user.has_perm(SHEETS, meeting):
        acts |= _sheets(meeting)
    return {**acts, **_moves(meeting, user)}


def _agenda(meeting: Meeting) -> Acts:
    """Return what builds an agenda and the list of those invited."""
    acts: Acts = {
        "topic": Act(
            _("Put a topic on the agenda"),
            _on_meeting(agenda.add_item),
            partial(TopicItemForm, meeting=meeting),
        ),
        "free": Act(_("Put a free item on the agenda"), _on_meeting(agenda.add_item), FreeItemForm),
        "guest": Act(_("Invite somebody besides the members"), _on_meeting(agenda.invite_guest), GuestForm),
    }
    if meeting.status != MeetingStatus.PLANNED:
        return acts
    acts["matters"] = Act(_("Take up the matters of the last quarter"), _on_meeting(agenda.add_matters_of_the_quarter))
    for item in meeting.items.all():
        if item.number > 1:
            raised = _("Move up: %(item)s") % {"item": item.title}
            acts[f"raise-{item.pk}"] = Act(raised, _on("item", item, agenda.raise_item))
        removed = _("Take off: %(item)s") % {"item": item.title}
        acts[f"remove-{item.pk}"] = Act(removed, _on("item", item, agenda.remove_item))
    return acts


def _hall(meeting: Meeting) -> Acts:
    """Return what is recorded while a meeting is held."""
    people = list(meeting.attendances.order_by("capacity", "pk"))
    there = [one for one in people if one.capacity == Capacity.MEMBER and one.signed_in_at]
    acts: Acts = {
        "presence": Act(
            _("Sign in who came"), _on_meeting(attending.record_presence), partial(PresenceForm, people=people)
        ),
        "arrival": Act(_("Sign in somebody who is on no list"), _on_meeting(attending.add_arrival), ArrivalForm),
        "free": Act(_("Put a free item on the agenda"), _on_meeting(agenda.add_item), FreeItemForm),
    }
    for item in meeting.items.all():
        told = {"discussion": item.discussion, "outcome": item.outcome}
        acts[f"discuss-{item.pk}"] = Act(
            _("Record what was said: %(item)s") % {"item": item.title},
            _on("item", item, attending.record_discussion),
            partial(DiscussionForm, initial=told),
        )
        if meeting.rule is not None and (item.is_announced or not meeting.announced_only):
            acts[f"motion-{item.pk}"] = Act(
                _("Put a motion: %(item)s") % {"item": item.title},
                _on("item", item, voting.put_motion),
                MotionForm,
            )
    for motion in motions_of(meeting).filter(judged_at=None).prefetch_related("votes"):
        acts |= _motion(motion, there)
    return acts


def _motion(motion: Resolution, there: list[Any]) -> Acts:
    """Return what is done with a motion that is being voted on."""
    acts: Acts = {}
    if motion.method == Method.NAMED:
        recorded = {vote.attendance_id: vote for vote in motion.votes.all()}
        acts[f"votes-{motion.pk}"] = Act(
            _("Record the votes: %(number)s") % {"number": motion.number},
            _on("resolution", motion, voting.record_votes),
            partial(VotesForm, motion=motion, people=there, recorded=recorded),
        )
    acts[f"judge-{motion.pk}"] = Act(
        _("Close the vote and judge it: %(number)s") % {"number": motion.number},
        _on("resolution", motion, voting.judge_motion),
    )
    return acts


def _sheets(meeting: Meeting) -> Acts:
    """Return what is entered from paper: who was there, and motions that were counted."""

    def enter(resolution: Resolution | None) -> Any:
        def run(row: Meeting, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
            file = data["photo"]
            photo = (file.name, file.read())
            return voting.enter_sheet(
                by=by, now=now, meeting=row, figures=data["figures"], photo=photo, resolution=resolution
            )

        return run

    entered = set(meeting.sheets.values_list("resolution", flat=True))
    acts: Acts = {}
    if None not in entered:
        acts["sheet"] = Act(_("Enter the attendance sheet"), enter(None), SheetForm)
    for motion in motions_of(meeting).filter(judged_at=None, method=Method.COUNTED):
        if motion.pk not in entered:
            acts[f"sheet-{motion.pk}"] = Act(
                _("Enter the count: %(number)s") % {"number": motion.number}, enter(motion), SheetForm
            )
    return acts


MOVES: Acts = {
    "invite": Act(_label("invite"), _on_meeting(operations.invite), InviteForm),
    "begin": Act(_label("begin"), _on_meeting(operations.begin)),
    "end": Act(_label("end"), _on_meeting(operations.end)),
    "draft_minutes": Act(_label("draft_minutes"), _on_meeting(minuting.draft_minutes)),
    "approve_minutes": Act(_label("approve_minutes"), _on_meeting(minuting.approve_minutes)),
    "return_minutes": Act(_label("return_minutes"), _on_meeting(minuting.return_minutes), ReasonForm, is_grave=True),
    "countersign": Act(_label("countersign"), _countersign),
    "sign": Act(_label("sign"), _on_meeting(minuting.sign_minutes)),
    "publish": Act(_label("publish"), _on_meeting(minuting.publish_meeting)),
    "cancel": Act(_label("cancel"), _on_meeting(operations.cancel_meeting), ReasonForm, is_grave=True),
}


def _moves(meeting: Meeting, user: User) -> Acts:
    """Return the moves that are open to this person, and the editor of the minutes."""
    found = {offer.move.name: MOVES[offer.move.name] for offer in lifecycle.available(meeting, user) if offer.is_open}
    if meeting.status == MeetingStatus.MINUTED and user.has_perm("consultation.approve_minutes", meeting):
        last = Minutes.objects.filter(meeting=meeting).order_by("-version").first()
        edit = Act(
            pgettext_lazy("minutes", "Amend the minutes"),
            _on_meeting(minuting.amend_minutes),
            partial(MinutesForm, initial={"text": last.text if last else ""}),
        )
        return {"amend": edit, **found}
    return found
