"""What happens beside a matter's own course: contest, assignment, time asked for, petition, call-back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from consultation.matters.handling.models import Assignment, TimeRequest

CITIES = "Default of this platform, in the range of the cities' rules for 12345 work orders"
PETITIONS = "Regulations on the Handling of Petitions 2022"
PENGSHUI = "Report on Pengshui: sorting in three ways"


def _recorded(verb: str, basis: str) -> dict[str, Any]:
    """Return how a move is recorded, on what basis, and that others are told of it by the same name."""
    return {"verb": verb, "event": verb, "basis": basis}


class ContestStatus(models.TextChoices):
    """Where the contest of a sorting stands."""

    OPEN = "OPEN", pgettext_lazy("contest", "waits for the street")
    UPHELD = "UPHELD", _("sorted anew")
    REJECTED = "REJECTED", _("the sorting stands")


CONTEST = Lifecycle(
    "consultation.SortingContest",
    initial=ContestStatus.OPEN,
    terminal=frozenset({ContestStatus.UPHELD, ContestStatus.REJECTED}),
    moves=(
        Move(
            "uphold",
            frozenset({ContestStatus.OPEN}),
            ContestStatus.UPHELD,
            permission="consultation.decide_contest",
            label=_("Sort anew"),
            verb="consultation.contest.upheld",
            basis=PENGSHUI,
            stamp="decided",
            apart_from=("sorted",),
            fields=("answer",),
            event="consultation.contest.decided",
        ),
        Move(
            "reject",
            frozenset({ContestStatus.OPEN}),
            ContestStatus.REJECTED,
            permission="consultation.decide_contest",
            label=_("Leave the sorting as it is"),
            verb="consultation.contest.rejected",
            basis=PENGSHUI,
            stamp="decided",
            apart_from=("sorted",),
            needs_reason=True,
            fields=("answer",),
            event="consultation.contest.decided",
        ),
    ),
)


class AssignmentStatus(models.TextChoices):
    """Where the share of an office in a matter stands."""

    SENT = "SENT", pgettext_lazy("assignment", "handed over")
    ACCEPTED = "ACCEPTED", pgettext_lazy("assignment", "signed for")
    DISPUTED = "DISPUTED", pgettext_lazy("assignment", "disputed")
    ANSWERED = "ANSWERED", pgettext_lazy("assignment", "answered")
    RETURNED = "RETURNED", pgettext_lazy("assignment", "returned")
    RECALLED = "RECALLED", pgettext_lazy("assignment", "taken back")


LIVE = (AssignmentStatus.SENT, AssignmentStatus.ACCEPTED, AssignmentStatus.DISPUTED)
"""While the matter lies with the office."""


def is_disputed_once(assignment: Assignment) -> StrOrPromise | None:
    """Let an office dispute what it was handed once."""
    if assignment.disputed_at is not None:
        return _("The dispute has been decided: the office handles the matter.")
    return None


ASSIGNMENT = Lifecycle(
    "consultation.Assignment",
    initial=AssignmentStatus.SENT,
    terminal=frozenset({AssignmentStatus.RETURNED, AssignmentStatus.RECALLED}),
    moves=(
        Move(
            "accept",
            frozenset({AssignmentStatus.SENT}),
            AssignmentStatus.ACCEPTED,
            permission="consultation.handle_assignment",
            label=_("Sign for it"),
            **_recorded("consultation.assignment.accepted", CITIES),
            stamp="accepted",
        ),
        Move(
            "dispute",
            frozenset({AssignmentStatus.SENT}),
            AssignmentStatus.DISPUTED,
            permission="consultation.handle_assignment",
            label=_("Dispute that it is ours"),
            **_recorded("consultation.assignment.disputed", CITIES),
            stamp="disputed",
            guard=is_disputed_once,
            needs_reason=True,
            fields=("dispute_reason",),
        ),
        Move(
            "release",
            frozenset({AssignmentStatus.DISPUTED}),
            AssignmentStatus.RETURNED,
            permission="consultation.decide_dispute",
            label=_("Release the office"),
            verb="consultation.assignment.released",
            basis=CITIES,
            stamp="decided",
            apart_from=("assigned", "disputed"),
            fields=("decision",),
            event="consultation.assignment.decided",
        ),
        Move(
            "bind",
            frozenset({AssignmentStatus.DISPUTED}),
            AssignmentStatus.SENT,
            permission="consultation.decide_dispute",
            label=_("The office handles it"),
            verb="consultation.assignment.bound",
            basis=CITIES,
            stamp="decided",
            apart_from=("assigned", "disputed"),
            needs_reason=True,
            fields=("decision",),
            event="consultation.assignment.decided",
        ),
        Move(
            "answer",
            frozenset({AssignmentStatus.ACCEPTED}),
            AssignmentStatus.ANSWERED,
            permission="consultation.handle_assignment",
            label=_("Give the answer back"),
            **_recorded("consultation.assignment.answered", CITIES),
            stamp="answered",
            fields=("answer", "outcome"),
        ),
        Move(
            "send_back",
            frozenset({AssignmentStatus.ANSWERED}),
            AssignmentStatus.ACCEPTED,
            permission="consultation.dispatch_matter",
            label=_("Ask for a better answer"),
            **_recorded("consultation.assignment.sent_back", CITIES),
            needs_reason=True,
            fields=("decision",),
        ),
        Move(
            "recall",
            frozenset({AssignmentStatus.SENT, AssignmentStatus.ACCEPTED, AssignmentStatus.DISPUTED}),
            AssignmentStatus.RECALLED,
            permission="consultation.recall_assignment",
            label=_("Take it back"),
            **_recorded("consultation.assignment.recalled", CITIES),
            needs_reason=True,
            waits=False,
        ),
    ),
)


class TimeStatus(models.TextChoices):
    """Where a request for time stands."""

    ASKED = "ASKED", pgettext_lazy("time", "asked for")
    GRANTED = "GRANTED", pgettext_lazy("time", "granted")
    REFUSED = "REFUSED", pgettext_lazy("time", "refused")
    ENDED = "ENDED", pgettext_lazy("time", "the clock runs on")


def is_a_pause(request: TimeRequest) -> StrOrPromise | None:
    """End what rests; an extension has moved the day once and for all."""
    return None if request.kind == "PAUSE" else _("An extension has moved the day; there is nothing to end.")


TIME_REQUEST = Lifecycle(
    "consultation.TimeRequest",
    initial=TimeStatus.ASKED,
    terminal=frozenset({TimeStatus.REFUSED, TimeStatus.ENDED}),
    moves=(
        Move(
            "grant",
            frozenset({TimeStatus.ASKED}),
            TimeStatus.GRANTED,
            permission="consultation.grant_time",
            label=_("Grant"),
            **_recorded("consultation.time.granted", CITIES),
            stamp="decided",
            apart_from=("asked",),
        ),
        Move(
            "refuse",
            frozenset({TimeStatus.ASKED}),
            TimeStatus.REFUSED,
            permission="consultation.refuse_time",
            label=pgettext_lazy("time", "Refuse"),
            **_recorded("consultation.time.refused", CITIES),
            stamp="decided",
            apart_from=("asked",),
            needs_reason=True,
            fields=("decision",),
        ),
        Move(
            "end",
            frozenset({TimeStatus.GRANTED}),
            TimeStatus.ENDED,
            permission="consultation.end_pause",
            label=_("Let the clock run on"),
            **_recorded("consultation.time.ended", CITIES),
            stamp="ended",
            guard=is_a_pause,
        ),
    ),
)


class PetitionStatus(models.TextChoices):
    """Where a petition (信访) stands."""

    REGISTERED = "REGISTERED", _("registered")
    TOLD = "TOLD", _("petitioner told that it is taken up")
    FINISHED = "FINISHED", _("opinion given")
    REVIEWING = "REVIEWING", _("in review")
    REVIEWED = "REVIEWED", _("reviewed")
    REREVIEWING = "REREVIEWING", _("in second review")
    SETTLED = "SETTLED", _("settled")


PETITION = Lifecycle(
    "consultation.Petition",
    initial=PetitionStatus.REGISTERED,
    terminal=frozenset({PetitionStatus.SETTLED}),
    moves=(
        Move(
            "tell",
            frozenset({PetitionStatus.REGISTERED}),
            PetitionStatus.TOLD,
            permission="consultation.handle_petition",
            label=_("Tell the petitioner that it is taken up"),
            **_recorded("consultation.petition.told", PETITIONS),
            stamp="told",
            fields=("due_on", "overdue_at"),
        ),
        Move(
            "finish",
            frozenset({PetitionStatus.TOLD}),
            PetitionStatus.FINISHED,
            permission="consultation.handle_petition",
            label=_("Give the opinion"),
            **_recorded("consultation.petition.finished", PETITIONS),
            stamp="finished",
            fields=("opinion", "due_on", "overdue_at"),
        ),
        Move(
            "ask_review",
            frozenset({PetitionStatus.FINISHED}),
            PetitionStatus.REVIEWING,
            permission="consultation.ask_review",
            label=_("Ask for a review"),
            **_recorded("consultation.petition.review_asked", PETITIONS),
            stamp="review_asked",
            fields=("due_on", "overdue_at"),
            waits=False,
        ),
        Move(
            "review",
            frozenset({PetitionStatus.REVIEWING}),
            PetitionStatus.REVIEWED,
            permission="consultation.review_petition",
            label=_("Give the opinion of the review"),
            **_recorded("consultation.petition.reviewed", PETITIONS),
            stamp="reviewed",
            apart_from=("finished",),
            fields=("review_opinion", "due_on", "overdue_at"),
        ),
        Move(
            "ask_second_review",
            frozenset({PetitionStatus.REVIEWED}),
            PetitionStatus.REREVIEWING,
            permission="consultation.ask_review",
            label=_("Ask for a second review"),
            **_recorded("consultation.petition.second_review_asked", PETITIONS),
            fields=("due_on", "overdue_at"),
            waits=False,
        ),
        Move(
            "review_again",
            frozenset({PetitionStatus.REREVIEWING}),
            PetitionStatus.SETTLED,
            permission="consultation.review_petition_again",
            label=_("Give the opinion of the second review"),
            verb="consultation.petition.reviewed_again",
            basis=PETITIONS,
            stamp="settled",
            apart_from=("finished", "reviewed"),
            fields=("second_opinion", "overdue_at"),
            event="consultation.petition.settled",
        ),
        Move(
            "settle",
            frozenset({PetitionStatus.FINISHED, PetitionStatus.REVIEWED}),
            PetitionStatus.SETTLED,
            permission=SYSTEM,
            label=_("Settle: no review was asked for in time"),
            **_recorded("consultation.petition.settled", PETITIONS),
            stamp="settled",
        ),
    ),
)


class CallBackStatus(models.TextChoices):
    """Where a question put to the person stands."""

    DUE = "DUE", pgettext_lazy("call-back", "to be asked")
    ANSWERED = "ANSWERED", pgettext_lazy("call-back", "answered")
    MISSED = "MISSED", pgettext_lazy("call-back", "no answer")


CALL_BACK = Lifecycle(
    "consultation.CallBack",
    initial=CallBackStatus.DUE,
    terminal=frozenset({CallBackStatus.ANSWERED, CallBackStatus.MISSED}),
    moves=(
        Move(
            "answer",
            frozenset({CallBackStatus.DUE}),
            CallBackStatus.ANSWERED,
            permission="consultation.answer_call_back",
            label=_("Record what the person says"),
            **_recorded("consultation.call_back.answered", CITIES),
            stamp="asked",
            apart_from=("handled",),
            fields=("is_solved", "satisfaction", "words"),
        ),
        Move(
            "miss",
            frozenset({CallBackStatus.DUE}),
            CallBackStatus.MISSED,
            permission="consultation.miss_call_back",
            label=_("The person could not be reached"),
            **_recorded("consultation.call_back.missed", CITIES),
            stamp="asked",
            needs_reason=True,
            fields=("words",),
        ),
    ),
)
