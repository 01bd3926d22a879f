"""The acts of an election as its page, the desk and the API take them: one table, one operation each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consultation.conventions.elections import operations, results, voting
from consultation.conventions.elections.forms import FileForm, HandOverForm, ReasonForm, TimesForm
from consultation.conventions.elections.lifecycle import ELECTION
from governance.pages import Act

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django import forms

    from consultation.conventions.elections.models import CommitteeElection
    from governance.accounts.models import User

    Run = Callable[[CommitteeElection, User, dt.datetime, dict[str, Any]], object]


def _plain(operation: Any) -> Run:
    def run(row: CommitteeElection, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, election=row, **data)

    return run


def _dated(operation: Any) -> Run:
    def run(row: CommitteeElection, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, today=timezone.localdate(now), election=row, **data)

    return run


def _label(name: str) -> Any:
    return ELECTION.by_name[name].label


FORMS: dict[str, type[forms.Form]] = {
    "move_voting": TimesForm,
    "call_next": TimesForm,
    "file": FileForm,
    "hand_over": HandOverForm,
    "call_off": ReasonForm,
    "annul": ReasonForm,
}
"""What an act asks for."""

ACTS = {
    "move_voting": Act(_("Change the voting times"), _plain(operations.move_voting), FORMS["move_voting"]),
    "post_list": Act(_label("post_list"), _dated(operations.post_list)),
    "fix_candidates": Act(_label("fix_candidates"), _dated(operations.fix_candidates)),
    "establish": Act(_label("establish"), _plain(voting.establish)),
    "call_next": Act(_("Call the next vote"), _dated(voting.call_next), FORMS["call_next"]),
    "announce": Act(_label("announce"), _dated(results.announce)),
    "file": Act(_label("file"), _plain(results.file_result), FORMS["file"]),
    "hand_over": Act(_label("hand_over"), _dated(results.hand_over), FORMS["hand_over"]),
    "call_off": Act(_label("call_off"), _plain(results.call_off), FORMS["call_off"], is_grave=True),
    "annul": Act(_label("annul"), _dated(results.annul), FORMS["annul"], is_grave=True),
}
"""Every act by its name; those that are no move of the machine stand in `BESIDES`."""

BESIDES = ("move_voting", "call_next")
