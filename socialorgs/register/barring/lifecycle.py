"""How a body is barred from taking part for a time: proposed by one, confirmed by another, lifted if need be."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

BASIS = "Government Procurement Law art. 77; Measures for Purchase of Services by Governments art. 31"


class BanStatus(models.TextChoices):
    """Where a ban stands."""

    PROPOSED = "PROPOSED", pgettext_lazy("ban", "proposed")
    IN_FORCE = "IN_FORCE", pgettext_lazy("ban", "in force")
    REFUSED = "REFUSED", pgettext_lazy("ban", "not imposed")
    LIFTED = "LIFTED", pgettext_lazy("ban", "lifted")


BAN = Lifecycle(
    "socialorgs.ParticipationBan",
    initial=BanStatus.PROPOSED,
    terminal=frozenset({BanStatus.REFUSED, BanStatus.LIFTED}),
    moves=(
        Move(
            "confirm",
            frozenset({BanStatus.PROPOSED}),
            BanStatus.IN_FORCE,
            permission="socialorgs.confirm_ban",
            label=_("Impose the ban"),
            verb="socialorgs.ban.confirmed",
            basis=BASIS,
            stamp="decided",
            apart_from=("proposed",),
            event="socialorgs.ban.confirmed",
        ),
        Move(
            "refuse",
            frozenset({BanStatus.PROPOSED}),
            BanStatus.REFUSED,
            permission="socialorgs.confirm_ban",
            label=_("Do not impose it"),
            verb="socialorgs.ban.refused",
            stamp="decided",
            apart_from=("proposed",),
            needs_reason=True,
            fields=("remark",),
        ),
        Move(
            "lift",
            frozenset({BanStatus.IN_FORCE}),
            BanStatus.LIFTED,
            permission="socialorgs.confirm_ban",
            label=_("Lift the ban"),
            verb="socialorgs.ban.lifted",
            stamp="lifted",
            apart_from=("decided",),
            needs_reason=True,
            event="socialorgs.ban.lifted",
        ),
    ),
)
