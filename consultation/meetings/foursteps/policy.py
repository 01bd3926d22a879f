"""The six steps of the procedure of four steps and two disclosures, and its days (pure)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, whole

FIRST, LAST = 1, 6
FIRST_NOTICE = 5
"""From this step on a step is a disclosure: it runs by a public notice."""
PRACTICE = "Practice found in the field: notice of seven days each, twenty days in all, answers in three days"


class StepNumber(models.IntegerChoices):
    """The six steps in their order."""

    PROPOSED = 1, _("the party branch proposes")
    DISCUSSED = 2, _("the two committees discuss")
    EXAMINED = 3, _("the meeting of party members examines")
    DECIDED = 4, _("the representatives decide")
    DECISION_TOLD = 5, _("the decision is made public")
    RESULT_TOLD = 6, _("the result is made public")


class StepOutcome(models.TextChoices):
    """How a step was closed."""

    AGREED = "AGREED", _("agreed")
    REFUSED = "REFUSED", _("refused: back to the proposal")


FOUR_STEP_NOTICE = declare(
    "fourstep.notice_days",
    _("In the procedure of four steps each disclosure runs for at least"),
    unit="days",
    read=whole,
    default=7,
    basis=PRACTICE,
)
FOUR_STEP_RUN = declare(
    "fourstep.run_days",
    _("In the procedure of four steps a run takes at most"),
    unit="days",
    read=whole,
    default=20,
    basis=PRACTICE,
)
FOUR_STEP_ANSWER = declare(
    "fourstep.answer_days",
    _("In the procedure of four steps questions are answered within"),
    unit="days",
    read=whole,
    default=3,
    basis=PRACTICE,
)
