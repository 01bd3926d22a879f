"""How interest comes into a fund and the management fee leaves it: entered by one person, posted by another."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move


class UpkeepStatus(models.TextChoices):
    """Where an entry stands."""

    ENTERED = "ENTERED", pgettext_lazy("upkeep", "entered")
    POSTED = "POSTED", pgettext_lazy("upkeep", "posted")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("upkeep", "withdrawn")


UPKEEP = Lifecycle(
    "funds.UpkeepEntry",
    initial=UpkeepStatus.ENTERED,
    terminal=frozenset({UpkeepStatus.POSTED, UpkeepStatus.WITHDRAWN}),
    moves=(
        Move(
            "confirm",
            frozenset({UpkeepStatus.ENTERED}),
            UpkeepStatus.POSTED,
            permission="funds.post_upkeep",
            label=pgettext_lazy("upkeep", "Confirm and post"),
            verb="funds.upkeep_entry.posted",
            basis="Charity Law art. 61",
            stamp="posted",
            apart_from=("entered",),
            fields=("posted_on", "journal"),
            event="funds.upkeep_entry.posted",
        ),
        Move(
            "withdraw",
            frozenset({UpkeepStatus.ENTERED}),
            UpkeepStatus.WITHDRAWN,
            permission="funds.post_upkeep",
            label=_("Withdraw"),
            verb="funds.upkeep_entry.withdrawn",
            needs_reason=True,
        ),
    ),
)
