"""What staff do with a matter besides its moves, the same on its page and on the desk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from communities.policy.queries import by_place
from consultation.matters.forms import WithdrawForm
from consultation.matters.handling import calling, dispatching, mediating, petitions, sorting, telling, timing
from consultation.matters.handling.forms import (
    AssignForm,
    CallBackForm,
    ConsentForm,
    ContestForm,
    ExtensionForm,
    HandlerForm,
    HandOutForm,
    PauseForm,
    TellForm,
    WhyForm,
)
from consultation.matters.handling.lifecycle import CallBackStatus
from consultation.matters.handling.models import CallBack, TimeKind
from consultation.matters.handling.policy import FEEDBACK_DAYS
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterKind
from governance.calendar import clock
from governance.errors import NotNow

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django_stubs_ext import StrOrPromise

BEFORE_THE_ANSWER = (MatterStatus.RAISED, MatterStatus.SORTED, MatterStatus.TRANSFERRED)


class NoQuestionOpen(NotNow):
    """The person is asked after closing, and once more weeks later."""

    code = "no_question_open"
    message = _("No question about this matter is open.")


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is done with a matter: its right, when it makes sense, its form, the operation behind it."""

    label: StrOrPromise
    permission: str
    is_open: Callable[[Matter], bool]
    form: Callable[..., forms.Form]
    operation: Callable[..., object]
    knows_matter: bool = False
    is_of_the_person: bool = False
    waiting: Callable[[Any], Any] | None = None

    def form_for(self, matter: Matter) -> Callable[..., forms.Form]:
        """Return what builds the form for a matter."""
        return partial(self.form, matter=matter) if self.knows_matter else self.form

    def run(self, matter: Matter, form_or_data: Any, **told: Any) -> object:
        """Do it with what was typed."""
        data = form_or_data.given() if hasattr(form_or_data, "given") else form_or_data.cleaned_data
        return self.operation(matter=matter, **told, **data)


def _can_contest(row: Matter) -> bool:
    return row.status in sorting.CONTESTABLE and not hasattr(row, "contest")


def _can_be_handed_over(row: Matter) -> bool:
    return row.status != MatterStatus.PETITION and dispatching.can_be_handed_over(row)


def _can_be_transferred(row: Matter) -> bool:
    return row.status == MatterStatus.PETITION and dispatching.can_be_handed_over(row)


def _can_rest(row: Matter) -> bool:
    return row.is_ticking


def _can_be_put_off(row: Matter) -> bool:
    return row.is_ticking and row.due_at is None


def _is_a_mediation(row: Matter) -> bool:
    return row.kind == MatterKind.MEDIATION and row.is_in_hand


def _can_be_handed_out(row: Matter) -> bool:
    return row.status in telling.ANSWERED and row.handed_out_at is None


def _waits_for_a_handler(row: Matter) -> bool:
    return row.is_tip and row.is_in_hand


def _untold(rows: Any) -> Any:
    """Narrow to matters whose person has heard nothing for the days of the rule of their place."""
    return rows.untold(clock.now(), by_place(FEEDBACK_DAYS, clock.today()))


def _open_question(row: Matter) -> CallBack | None:
    found: CallBack | None = row.call_backs.filter(status=CallBackStatus.DUE).order_by("pk").first()
    return found


def _is_asked(row: Matter) -> bool:
    return row.closed_at is not None and _open_question(row) is not None


def _say_again(*, matter: Matter, **told: Any) -> object:
    """Answer the question that is open."""
    question = _open_question(matter)
    if question is None:
        raise NoQuestionOpen
    return calling.answer_call_back(call_back=question, **told)


def _may_ask_review(row: Matter) -> bool:
    petition = getattr(row, "petition", None)
    return petition is not None and petition.status in petitions.WITH_THE_PERSON


def _ask_review(*, matter: Matter, **told: Any) -> object:
    """Ask for a review of the matter's petition."""
    return petitions.ask_review(petition=matter.petition, **told)


DEEDS = {
    "say-again": Deed(
        _("Say whether it is fixed"),
        "consultation.answer_call_back",
        _is_asked,
        CallBackForm,
        _say_again,
        is_of_the_person=True,
    ),
    "ask-review": Deed(
        _("Ask for a review of the opinion"),
        "consultation.ask_review",
        _may_ask_review,
        WithdrawForm,
        _ask_review,
        is_of_the_person=True,
    ),
    "contest": Deed(
        _("Contest the sorting"),
        "consultation.contest_sorting",
        _can_contest,
        ContestForm,
        sorting.contest_sorting,
        is_of_the_person=True,
    ),
    "assign": Deed(
        _("Hand it to an office"),
        "consultation.dispatch_matter",
        _can_be_handed_over,
        AssignForm,
        dispatching.assign_matter,
        knows_matter=True,
    ),
    "transfer-petition": Deed(
        _("Transfer the petition to an authority"),
        "consultation.handle_petition",
        _can_be_transferred,
        AssignForm,
        dispatching.assign_matter,
        knows_matter=True,
    ),
    "tell": Deed(
        _("Tell the person how it stands"),
        "consultation.tell_how_it_stands",
        lambda row: row.is_in_hand,
        TellForm,
        telling.tell_how_it_stands,
        waiting=_untold,
    ),
    "pause": Deed(
        _("Ask for a rest of the clock"),
        "consultation.ask_time",
        _can_rest,
        PauseForm,
        partial(timing.ask_for_time, kind=TimeKind.PAUSE),
    ),
    "extend": Deed(
        _("Ask for a later day"),
        "consultation.ask_time",
        _can_be_put_off,
        ExtensionForm,
        partial(timing.ask_for_time, kind=TimeKind.EXTENSION),
    ),
    "consent": Deed(
        _("Record where a household stands"),
        "consultation.record_consent",
        _is_a_mediation,
        ConsentForm,
        mediating.record_consent,
    ),
    "petition": Deed(
        _("Handle as a petition"),
        "consultation.mark_petition",
        lambda row: row.status in BEFORE_THE_ANSWER,
        WhyForm,
        petitions.mark_petition,
    ),
    "hand-out": Deed(
        _("Hand the result out"),
        "consultation.hand_out_result",
        _can_be_handed_out,
        HandOutForm,
        telling.hand_out_result,
        waiting=lambda rows: rows.to_be_handed_out(),
    ),
    "handler": Deed(
        _("Name who handles the tip-off"),
        "consultation.name_handler",
        _waits_for_a_handler,
        HandlerForm,
        telling.name_handler,
        knows_matter=True,
        waiting=lambda rows: rows.tips_without_handler(),
    ),
    "reopen": Deed(
        _("Reopen: it is not fixed"),
        "consultation.reopen_matter",
        lambda row: row.status == MatterStatus.CLOSED and row.sorted_at is not None,
        WhyForm,
        calling.reopen_matter,
        is_of_the_person=True,
    ),
}

BESIDES = frozenset({"mark_petition", "resort", "take_back", "reopen"})
"""Moves that are made by one of these deeds, or by what happens to a contest or an order."""


def offered(row: Matter, user: Any) -> list[str]:
    """Return the deeds that this person may do with a matter now."""
    return [name for name, deed in DEEDS.items() if deed.is_open(row) and user.has_perm(deed.permission, row)]
