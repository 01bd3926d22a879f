"""What the pages let people do with rounds, applications, seats and sheets: names, forms, and the operations behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from governance import lifecycle
from governance.pages import Act
from projects.grants import deciding, operations, reviewing, submitting
from projects.grants.forms import (
    DefenceForm,
    DrawForm,
    FundingForm,
    OneExpertForm,
    OptimiseForm,
    ReasonForm,
    ScoreForm,
    SeatForm,
    TiesForm,
)
from projects.grants.lifecycle import APPLICATION, GRANT_ROUND, SHEET

if TYPE_CHECKING:
    from django.forms import BaseForm
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User

Run = Callable[[Any, "User", dt.datetime, dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Doing:
    """An act before it is known with which row; `of_row` tells whether its form asks for the row."""

    label: StrOrPromise
    run: Run
    form: Callable[..., BaseForm] | None = None
    of_row: bool = False
    is_grave: bool = False


Acts = Mapping[str, Doing]


def bound(acts: Acts, row: Any) -> dict[str, Act]:
    """Return the acts as a page of this row offers them."""

    def form_of(one: Doing) -> Callable[..., BaseForm] | None:
        return partial(one.form, row=row) if one.form is not None and one.of_row else one.form

    return {name: Act(one.label, one.run, form_of(one), one.is_grave) for name, one in acts.items()}


def _by(operation: Any, kind: str) -> Run:
    """Return what hands the row, under this name, and what the form said to an operation."""

    def run(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, **{kind: row}, **data)

    return run


def _move(name: str) -> Run:
    def run(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return lifecycle.move(row, name, by=by, now=now, reason=data.get("reason", ""))

    return run


def _on_round(name: str, run: Run, form: Any = None) -> Doing:
    return Doing(GRANT_ROUND.by_name[name].label, run, form, is_grave=name == "cancel")


def _on_application(name: str, run: Run, form: Any = None) -> Doing:
    return Doing(APPLICATION.by_name[name].label, run, form, is_grave=form is ReasonForm or name == "withdraw")


ROUND_ACTS: Acts = {
    "fund": Doing(_("Add a source of money"), _by(operations.add_funding, "round_"), FundingForm, of_row=True),
    "publish": _on_round("publish", _by(operations.publish_round, "round_")),
    "start_review": _on_round("start_review", _move("start_review")),
    "draw": Doing(_("Draw experts by lot"), _by(reviewing.draw_experts, "round_"), DrawForm),
    "seat": Doing(_("Seat an expert"), _by(reviewing.seat_expert, "round_"), SeatForm, of_row=True),
    "give_out": Doing(_("Give out the sheets"), _by(reviewing.assign_sheets, "round_")),
    "settle": Doing(_("Settle the scores"), _by(reviewing.settle_scores, "round_")),
    "publicise": _on_round("publicise", _by(deciding.publicise_round, "round_")),
    "reconsider": _on_round("reconsider", _move("reconsider"), ReasonForm),
    "award": _on_round("award", _by(deciding.award_round, "round_")),
    "run": _on_round("run", _move("run")),
    "wind_up": _on_round("wind_up", _move("wind_up")),
    "archive": _on_round("archive", _move("archive")),
    "cancel": _on_round("cancel", _move("cancel"), ReasonForm),
}

APPLICATION_ACTS: Acts = {
    "submit": _on_application("submit", _by(submitting.submit_application, "application")),
    "resubmit": _on_application("resubmit", _by(submitting.submit_application, "application")),
    "consent": Doing(_("Agree for the landing community"), _by(submitting.give_consent, "application")),
    "qualify": _on_application("qualify", _by(submitting.qualify, "application")),
    "send_back": _on_application("send_back", _by(submitting.send_back, "application"), ReasonForm),
    "disqualify": _on_application("disqualify", _by(submitting.disqualify, "application"), ReasonForm),
    "assign": Doing(
        _("Give it one more expert"), _by(reviewing.assign_sheet, "application"), OneExpertForm, of_row=True
    ),
    "defence": Doing(_("Record the defence"), _by(reviewing.record_defence, "application"), DefenceForm),
    "optimise": Doing(
        _("Optimise the budget"), _by(deciding.optimise_budget, "application"), OptimiseForm, of_row=True
    ),
    "propose": _on_application("propose", _by(deciding.propose, "application")),
    "decline": _on_application("decline", _by(deciding.decline, "application"), ReasonForm),
    "withdraw": _on_application("withdraw", _move("withdraw")),
}

SEAT_ACTS: Acts = {
    "declare": Doing(_("Declare"), _by(reviewing.declare_ties, "seat"), TiesForm, of_row=True),
}

SHEET_ACTS: Acts = {
    "hand_in": Doing(SHEET.by_name["hand_in"].label, _by(reviewing.submit_score, "sheet"), ScoreForm, of_row=True),
    "recuse": Doing(SHEET.by_name["recuse"].label, _by(reviewing.recuse, "sheet"), ReasonForm, is_grave=True),
}
