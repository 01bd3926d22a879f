"""The acts of a recall as its page, the desk and the API take them: one table, one operation each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import BodyMembership
from communities.people.models import Resident
from consultation.conventions.recalls import lifecycle as table
from consultation.conventions.recalls import operations
from consultation.conventions.recalls.forms import (
    AnswerForm,
    ByElectionForm,
    CallForm,
    CheckForm,
    ReasonForm,
    SignersForm,
)
from consultation.conventions.recalls.lifecycle import RECALL, RecallStatus
from consultation.conventions.recalls.policy import Demanders, people_named, unclear
from consultation.conventions.recalls.queries import entitled_to_sign
from consultation.conventions.recalls.refusals import SignersUnclear
from governance.pages import Act

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django import forms

    from consultation.conventions.recalls.models import Recall
    from governance.accounts.models import User

    Run = Callable[[Recall, User, dt.datetime, dict[str, Any]], object]


def _plain(operation: Any) -> Run:
    def run(row: Recall, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, recall=row, **data)

    return run


def _dated(operation: Any) -> Run:
    def run(row: Recall, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, today=timezone.localdate(now), recall=row, **data)

    return run


def _signed(row: Recall, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    """Find those whom the lines of the sheet name, and enter them."""
    lines = [line.strip() for line in data["names"].splitlines() if line.strip()]
    people = entitled_to_sign(row.division, row.demanders, row.representatives, row.asked_on)
    named = {line: people_named(line, people) for line in lines}
    if wrong := unclear(named):
        raise SignersUnclear(field="names", lines="；".join(wrong))
    model: Any = Resident if row.demanders == Demanders.VOTERS else BodyMembership
    found = model.objects.in_bulk([keys[0] for keys in named.values()])
    signers = [found[named[line][0]] for line in lines]
    return operations.enter_signatures(by=by, now=now, recall=row, signers=signers)


def _label(name: str) -> Any:
    return RECALL.by_name[name].label


FORMS: dict[str, type[forms.Form]] = {
    "enter_signatures": SignersForm,
    "check_signatures": CheckForm,
    "answer": AnswerForm,
    "refuse": ReasonForm,
    "call_vote": CallForm,
    "drop": ReasonForm,
    "by_election": ByElectionForm,
}
"""What an act asks for."""

ACTS = {
    "enter_signatures": Act(_("Enter signatures"), _signed, FORMS["enter_signatures"]),
    "check_signatures": Act(_("Check the signatures"), _plain(operations.check_signatures), FORMS["check_signatures"]),
    "verify": Act(_label("verify"), _plain(operations.verify_demand)),
    "refuse": Act(_label("refuse"), _plain(operations.refuse_demand), FORMS["refuse"], is_grave=True),
    "answer": Act(_("Record the answer of the member"), _plain(operations.record_answer), FORMS["answer"]),
    "call_vote": Act(_label("call_vote"), _dated(operations.call_vote), FORMS["call_vote"]),
    "freeze": Act(_label("freeze"), _dated(operations.freeze_vote)),
    "recall": Act(_label("recall"), _dated(operations.recall_member), is_grave=True),
    "keep": Act(_label("keep"), _plain(operations.keep_member)),
    "by_election": Act(_("Plan the by-election"), _plain(operations.plan_by_election), FORMS["by_election"]),
    "drop": Act(_label("drop"), _plain(operations.drop_recall), FORMS["drop"], is_grave=True),
}
"""Every act by its name."""

BESIDES: dict[str, tuple[str, frozenset[str]]] = {
    "enter_signatures": (table.RUN, frozenset({RecallStatus.RECEIVED})),
    "check_signatures": (table.REVIEW, frozenset({RecallStatus.RECEIVED})),
    "answer": (table.RUN, frozenset({RecallStatus.VERIFIED})),
    "by_election": (table.RUN, frozenset({RecallStatus.RECALLED})),
}
"""The acts that are no moves of the machine: who may, and when."""


def besides(recall: Recall, user: User) -> list[str]:
    """Return the acts beside the moves that somebody can take now."""
    found = [
        name
        for name, (permission, states) in BESIDES.items()
        if recall.status in states and user.has_perm(permission, recall)
    ]
    if recall.status == RecallStatus.VERIFIED and recall.membership.user_id == user.pk and "answer" not in found:
        found.append("answer")
    if recall.by_election_id is not None and "by_election" in found:
        found.remove("by_election")
    return found
