"""How a batch of paper votes runs: opened with the count of its sign-in sheet, accepted when the totals agree."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move


class BatchStatus(models.TextChoices):
    """Where a batch stands."""

    OPEN = "OPEN", pgettext_lazy("batch", "being entered")
    ACCEPTED = "ACCEPTED", pgettext_lazy("batch", "accepted")
    VOIDED = "VOIDED", pgettext_lazy("batch", "given up")


PAPER_BATCH = Lifecycle(
    "consultation.PaperBatch",
    initial=BatchStatus.OPEN,
    terminal=frozenset({BatchStatus.ACCEPTED, BatchStatus.VOIDED}),
    moves=(
        Move(
            "accept",
            frozenset({BatchStatus.OPEN}),
            BatchStatus.ACCEPTED,
            permission="consultation.enter_paper_vote",
            label=_("Accept the batch"),
            verb="consultation.paper_batch.accepted",
            basis="Organic Law of Villagers' Committees art. 15; default of this platform: totals agree with the sign-in sheet",
            stamp="accepted",
            apart_from=("opened",),
        ),
        Move(
            "give_up",
            frozenset({BatchStatus.OPEN}),
            BatchStatus.VOIDED,
            permission="consultation.enter_paper_vote",
            label=_("Give the batch up"),
            verb="consultation.paper_batch.voided",
            stamp="voided",
            needs_reason=True,
        ),
    ),
)
