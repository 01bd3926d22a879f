"""How public money comes into a fund: planned by one person, its receipt confirmed by another."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move


class AppropriationStatus(models.TextChoices):
    """Where an appropriation stands."""

    PLANNED = "PLANNED", pgettext_lazy("appropriation", "planned")
    RECEIVED = "RECEIVED", pgettext_lazy("appropriation", "received")
    CANCELLED = "CANCELLED", _("cancelled")


APPROPRIATION = Lifecycle(
    "funds.Appropriation",
    initial=AppropriationStatus.PLANNED,
    terminal=frozenset({AppropriationStatus.RECEIVED, AppropriationStatus.CANCELLED}),
    moves=(
        Move(
            "receive",
            frozenset({AppropriationStatus.PLANNED}),
            AppropriationStatus.RECEIVED,
            permission="funds.receive_appropriation",
            label=_("Confirm receipt of the money"),
            verb="funds.appropriation.received",
            basis="Rule of this platform",
            stamp="received",
            apart_from=("planned",),
            fields=("received_on", "journal"),
            event="funds.appropriation.received",
        ),
        Move(
            "cancel",
            frozenset({AppropriationStatus.PLANNED}),
            AppropriationStatus.CANCELLED,
            permission="funds.plan_appropriation",
            label=_("Cancel"),
            verb="funds.appropriation.cancelled",
            basis="Rule of this platform",
            needs_reason=True,
        ),
    ),
)
