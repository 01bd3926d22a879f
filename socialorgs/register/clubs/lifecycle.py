"""How a club or interest group lives: proposed, open, grown into a filed organization or dissolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from socialorgs.register.clubs.models import Club

BASIS = "Opinions on Cultivating Community Social Organizations"
FILED = "FILED"
"""The state in which a filing has been granted (`socialorgs.register.filing`)."""


class ClubStatus(models.TextChoices):
    """Where a club stands."""

    PROPOSED = "PROPOSED", pgettext_lazy("club", "proposed")
    ACTIVE = "ACTIVE", pgettext_lazy("club", "open")
    GROWN = "GROWN", _("grown into a filed organization")
    REFUSED = "REFUSED", pgettext_lazy("club", "refused")
    DISSOLVED = "DISSOLVED", pgettext_lazy("club", "dissolved")


def not_filed(row: Club) -> StrOrPromise | None:
    """Tell that the street has not filed the club yet."""
    return None if row.filing is not None and row.filing.status == FILED else _("The street has not filed it yet.")


CLUB = Lifecycle(
    "socialorgs.Club",
    initial=ClubStatus.PROPOSED,
    terminal=frozenset({ClubStatus.GROWN, ClubStatus.REFUSED, ClubStatus.DISSOLVED}),
    moves=(
        Move(
            "open",
            frozenset({ClubStatus.PROPOSED}),
            ClubStatus.ACTIVE,
            permission="socialorgs.keep_clubs",
            label=_("Open the club"),
            verb="socialorgs.club.opened",
            basis=BASIS,
            stamp="opened",
            apart_from=("proposed",),
            event="socialorgs.club.opened",
        ),
        Move(
            "refuse",
            frozenset({ClubStatus.PROPOSED}),
            ClubStatus.REFUSED,
            permission="socialorgs.keep_clubs",
            label=_("Refuse the club"),
            verb="socialorgs.club.refused",
            stamp="ended",
            needs_reason=True,
            fields=("remark",),
        ),
        Move(
            "grow",
            frozenset({ClubStatus.ACTIVE}),
            ClubStatus.GROWN,
            permission="socialorgs.lead_club",
            label=_("Record that it has become a filed organization"),
            verb="socialorgs.club.grown",
            basis=BASIS,
            stamp="ended",
            guard=not_filed,
            event="socialorgs.club.grown",
            waits=False,
        ),
        Move(
            "dissolve",
            frozenset({ClubStatus.ACTIVE}),
            ClubStatus.DISSOLVED,
            permission="socialorgs.lead_club",
            label=_("Dissolve the club"),
            verb="socialorgs.club.dissolved",
            stamp="ended",
            needs_reason=True,
            fields=("remark",),
            waits=False,
        ),
    ),
)
