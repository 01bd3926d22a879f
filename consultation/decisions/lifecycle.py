"""How a decision (决定) becomes final and is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from consultation.decisions.models import Decision


class DecisionStatus(models.TextChoices):
    """Where a decision stands."""

    DRAFT = "DRAFT", _("drafted")
    POSTED = "POSTED", _("posted for objections")
    FINAL = "FINAL", _("final")
    OVERTURNED = "OVERTURNED", _("overturned by an objection")
    EXECUTING = "EXECUTING", _("being carried out")
    REPORTED = "REPORTED", _("result reported")
    ACCEPTED = "ACCEPTED", _("accepted by residents")
    CLOSED = "CLOSED", pgettext_lazy("decision", "closed")


def residents_had_their_say(decision: Decision) -> StrOrPromise | None:
    """Hold the acceptance back until the result was shown for its days and nothing rightful stands against it."""
    notice = decision.result_notice
    if notice is None or notice.closed_at is None:
        return _("The result is still shown to the residents. It is accepted when its notice has closed.")
    if notice.objections.filter(outcome="UPHELD").exists():
        return _("An objection to the result was upheld. It goes back to those who carry the decision out.")
    return None


DECISION = Lifecycle(
    "consultation.Decision",
    initial=DecisionStatus.DRAFT,
    terminal=frozenset({DecisionStatus.CLOSED, DecisionStatus.OVERTURNED}),
    moves=(
        Move(
            "put_up",
            frozenset({DecisionStatus.DRAFT}),
            DecisionStatus.POSTED,
            permission="consultation.manage_decision",
            label=_("Post for objections"),
            verb="consultation.decision.posted",
            basis="Opinion on urban and rural community consultation 2015",
            stamp="posted",
            fields=("notice",),
            event="consultation.decision.posted",
        ),
        Move(
            "make_final",
            frozenset({DecisionStatus.POSTED}),
            DecisionStatus.FINAL,
            permission=SYSTEM,
            label=_("Make final"),
            verb="consultation.decision.final",
            basis="Opinion on urban and rural community consultation 2015",
            stamp="final",
            event="consultation.decision.final",
        ),
        Move(
            "overturn",
            frozenset({DecisionStatus.POSTED}),
            DecisionStatus.OVERTURNED,
            permission=SYSTEM,
            label=_("Overturn"),
            verb="consultation.decision.overturned",
            stamp="final",
            event="consultation.decision.overturned",
        ),
        Move(
            "begin_execution",
            frozenset({DecisionStatus.FINAL}),
            DecisionStatus.EXECUTING,
            permission="consultation.manage_decision",
            label=_("Begin to carry out"),
            verb="consultation.decision.executing",
            stamp="begun",
            fields=("responsible", "due_on"),
            event="consultation.decision.executing",
        ),
        Move(
            "report_result",
            frozenset({DecisionStatus.EXECUTING}),
            DecisionStatus.REPORTED,
            permission="consultation.manage_decision",
            label=_("Report the result"),
            verb="consultation.decision.reported",
            stamp="reported",
            fields=("result_text", "result_notice"),
            event="consultation.decision.reported",
        ),
        Move(
            "accept",
            frozenset({DecisionStatus.REPORTED}),
            DecisionStatus.ACCEPTED,
            permission="consultation.accept_decision",
            label=_("Accept for the residents"),
            verb="consultation.decision.accepted",
            basis="Organic Law of Urban Residents' Committees; Report on Ziliujing 2021",
            stamp="accepted",
            apart_from=("reported",),
            guard=residents_had_their_say,
            fields=("acceptance", "shortfall"),
            event="consultation.decision.accepted",
        ),
        Move(
            "return_result",
            frozenset({DecisionStatus.REPORTED}),
            DecisionStatus.EXECUTING,
            permission="consultation.accept_decision",
            label=_("Return the result"),
            verb="consultation.decision.returned",
            needs_reason=True,
            event="consultation.decision.returned",
        ),
        Move(
            "take_back_result",
            frozenset({DecisionStatus.REPORTED}),
            DecisionStatus.EXECUTING,
            permission=SYSTEM,
            label=_("Take the result back"),
            verb="consultation.decision.disputed",
            needs_reason=True,
            event="consultation.decision.disputed",
        ),
        Move(
            "close",
            frozenset({DecisionStatus.ACCEPTED}),
            DecisionStatus.CLOSED,
            permission="consultation.manage_decision",
            label=pgettext_lazy("decision", "Close"),
            verb="consultation.decision.closed",
            stamp="closed",
        ),
    ),
)
