"""How a large sheet of the register is taken in: read by a worker, looked over, confirmed by another, entered."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.files.lifecycle import Hands, way_of_a_file
from governance.lifecycle import SYSTEM, Move


class SheetStatus(models.TextChoices):
    """Where a sheet stands."""

    UPLOADED = "UPLOADED", _("waiting to be read")
    READ = "READ", _("read, to be confirmed")
    UNREADABLE = "UNREADABLE", _("cannot be read")
    CONFIRMED = "CONFIRMED", _("confirmed, being entered")
    ENTERED = "ENTERED", pgettext_lazy("sheet", "entered")
    DISCARDED = "DISCARDED", _("discarded")


COUNTS = ("fresh", "changed", "same", "bad")
SHEET = way_of_a_file(
    "socialorgs.RegisterSheet",
    noun="socialorgs.register_sheet",
    counts=COUNTS,
    hands=Hands(
        taking="socialorgs.take_register_in",
        confirming="socialorgs.verify_organization",
        label=_("Confirm against the registrar's record"),
        basis="Regulations on Registration of Social Associations art. 7",
    ),
    done=SheetStatus.ENTERED,
    ends=(
        Move(
            "finish",
            frozenset({SheetStatus.CONFIRMED}),
            SheetStatus.ENTERED,
            permission=SYSTEM,
            label=_("Finish entering"),
            verb="socialorgs.register_sheet.entered",
            stamp="finished",
            fields=COUNTS,
            event="socialorgs.register_sheet.entered",
        ),
    ),
)
