"""How a choice of stewards (百姓管家) runs."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

MANAGE = "consultation.manage_meeting"
REPORT = "Report on Jiangbei: stewards"


class SelectionStatus(models.TextChoices):
    """Where a choice of stewards stands."""

    NOMINATING = "NOMINATING", _("names are put forward")
    LISTED = "LISTED", _("list fixed")
    CHOSEN = "CHOSEN", _("chosen")
    SEATED = "SEATED", _("seated")
    CANCELLED = "CANCELLED", pgettext_lazy("choice", "cancelled")


SELECTION = Lifecycle(
    "consultation.StewardSelection",
    initial=SelectionStatus.NOMINATING,
    terminal=frozenset({SelectionStatus.SEATED, SelectionStatus.CANCELLED}),
    moves=(
        Move(
            "fix_list",
            frozenset({SelectionStatus.NOMINATING}),
            SelectionStatus.LISTED,
            permission=MANAGE,
            label=_("Fix the list of candidates"),
            verb="consultation.steward_selection.listed",
            basis=REPORT,
            stamp="listed",
            fields=("list_text", "list_sha256"),
            event="consultation.steward_selection.listed",
        ),
        Move(
            "choose",
            frozenset({SelectionStatus.LISTED}),
            SelectionStatus.CHOSEN,
            permission=MANAGE,
            label=_("Record who is chosen"),
            verb="consultation.steward_selection.chosen",
            basis=REPORT,
            stamp="chosen",
            apart_from=("listed",),
            fields=("seed", "word", "chosen_note"),
            event="consultation.steward_selection.chosen",
        ),
        Move(
            "seat",
            frozenset({SelectionStatus.CHOSEN}),
            SelectionStatus.SEATED,
            permission=MANAGE,
            label=_("Give them their seats"),
            verb="consultation.steward_selection.seated",
            stamp="seated",
        ),
        Move(
            "call_off",
            frozenset({SelectionStatus.NOMINATING, SelectionStatus.LISTED}),
            SelectionStatus.CANCELLED,
            permission=MANAGE,
            label=_("Call off"),
            verb="consultation.steward_selection.cancelled",
            needs_reason=True,
        ),
    ),
)
