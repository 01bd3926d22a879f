"""How a body that acts without being registered is looked into, decided about, and told to the public."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

BASIS = "Regulations on Registration of Social Associations art. 32; Measures for Banning Illegal Non-governmental Organizations"


class CaseStatus(models.TextChoices):
    """Where a case stands."""

    OPENED = "OPENED", pgettext_lazy("case", "opened")
    INVESTIGATING = "INVESTIGATING", pgettext_lazy("case", "being looked into")
    PROPOSED = "PROPOSED", pgettext_lazy("case", "measure proposed")
    DECIDED = "DECIDED", pgettext_lazy("case", "decided")
    CLOSED = "CLOSED", pgettext_lazy("case", "closed")
    DISMISSED = "DISMISSED", pgettext_lazy("case", "unfounded")


ILLEGAL_CASE = Lifecycle(
    "socialorgs.IllegalCase",
    initial=CaseStatus.OPENED,
    terminal=frozenset({CaseStatus.CLOSED, CaseStatus.DISMISSED}),
    moves=(
        Move(
            "take_up",
            frozenset({CaseStatus.OPENED}),
            CaseStatus.INVESTIGATING,
            permission="socialorgs.handle_illegal_case",
            label=_("Take the case up"),
            verb="socialorgs.illegal_case.taken_up",
            basis=BASIS,
            stamp="taken",
        ),
        Move(
            "propose",
            frozenset({CaseStatus.INVESTIGATING}),
            CaseStatus.PROPOSED,
            permission="socialorgs.handle_illegal_case",
            label=_("Enter the findings and propose a measure"),
            verb="socialorgs.illegal_case.proposed",
            basis=BASIS,
            stamp="proposed",
            fields=("findings", "measure", "organization"),
        ),
        Move(
            "send_back",
            frozenset({CaseStatus.PROPOSED}),
            CaseStatus.INVESTIGATING,
            permission="socialorgs.decide_illegal_case",
            label=_("Let it be looked into further"),
            verb="socialorgs.illegal_case.returned",
            apart_from=("proposed",),
            needs_reason=True,
            fields=("remark",),
        ),
        Move(
            "decide",
            frozenset({CaseStatus.PROPOSED}),
            CaseStatus.DECIDED,
            permission="socialorgs.decide_illegal_case",
            label=_("Decide as proposed"),
            verb="socialorgs.illegal_case.decided",
            basis=BASIS,
            stamp="decided",
            apart_from=("proposed",),
            fields=("decision_number", "decided_on"),
            event="socialorgs.illegal_case.decided",
        ),
        Move(
            "dismiss",
            frozenset({CaseStatus.OPENED, CaseStatus.INVESTIGATING}),
            CaseStatus.DISMISSED,
            permission="socialorgs.decide_illegal_case",
            label=_("Set it aside as unfounded"),
            verb="socialorgs.illegal_case.dismissed",
            stamp="ended",
            apart_from=("taken",),
            needs_reason=True,
            fields=("remark",),
        ),
        Move(
            "close",
            frozenset({CaseStatus.DECIDED}),
            CaseStatus.CLOSED,
            permission="socialorgs.handle_illegal_case",
            label=_("Enter what came of it and close"),
            verb="socialorgs.illegal_case.closed",
            stamp="ended",
            fields=("outcome",),
            event="socialorgs.illegal_case.closed",
        ),
    ),
)
