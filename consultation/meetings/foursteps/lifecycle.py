"""How a case in the procedure of four steps runs."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

MANAGE = "consultation.manage_meeting"
BASIS = "Four deliberations and two disclosures: opinions on democratic village governance"


class FourStepStatus(models.TextChoices):
    """Where a case stands."""

    RUNNING = "RUNNING", _("in the steps")
    COMPLETED = "COMPLETED", _("all six steps closed")
    GIVEN_UP = "GIVEN_UP", pgettext_lazy("four steps", "given up")


FOUR_STEPS = Lifecycle(
    "consultation.FourStepCase",
    initial=FourStepStatus.RUNNING,
    terminal=frozenset({FourStepStatus.COMPLETED, FourStepStatus.GIVEN_UP}),
    moves=(
        Move(
            "complete",
            frozenset({FourStepStatus.RUNNING}),
            FourStepStatus.COMPLETED,
            permission=MANAGE,
            label=_("Complete the procedure"),
            verb="consultation.four_step_case.completed",
            basis=BASIS,
            stamp="completed",
            event="consultation.four_step_case.completed",
            waits=False,
        ),
        Move(
            "give_up",
            frozenset({FourStepStatus.RUNNING}),
            FourStepStatus.GIVEN_UP,
            permission=MANAGE,
            label=_("Give the proposal up"),
            verb="consultation.four_step_case.given_up",
            stamp="completed",
            needs_reason=True,
        ),
    ),
)
