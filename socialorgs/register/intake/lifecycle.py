"""How a large sheet of the register is taken in: read by a worker, looked over, confirmed by another, entered."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move


class SheetStatus(models.TextChoices):
    """Where a sheet stands."""

    UPLOADED = "UPLOADED", _("waiting to be read")
    READ = "READ", _("read, to be confirmed")
    UNREADABLE = "UNREADABLE", _("cannot be read")
    CONFIRMED = "CONFIRMED", _("confirmed, being entered")
    ENTERED = "ENTERED", pgettext_lazy("sheet", "entered")
    DISCARDED = "DISCARDED", _("discarded")


SHEET = Lifecycle(
    "socialorgs.RegisterSheet",
    initial=SheetStatus.UPLOADED,
    terminal=frozenset({SheetStatus.UNREADABLE, SheetStatus.ENTERED, SheetStatus.DISCARDED}),
    moves=(
        Move(
            "finish_reading",
            frozenset({SheetStatus.UPLOADED}),
            SheetStatus.READ,
            permission=SYSTEM,
            label=_("Finish reading"),
            verb="socialorgs.register_sheet.read",
            fields=("fresh", "changed", "same", "bad"),
        ),
        Move(
            "give_up",
            frozenset({SheetStatus.UPLOADED}),
            SheetStatus.UNREADABLE,
            permission=SYSTEM,
            label=_("Give up reading"),
            verb="socialorgs.register_sheet.unreadable",
            fields=("problem",),
        ),
        Move(
            "confirm",
            frozenset({SheetStatus.READ}),
            SheetStatus.CONFIRMED,
            permission="socialorgs.verify_organization",
            label=_("Confirm against the registrar's record"),
            verb="socialorgs.register_sheet.confirmed",
            basis="Regulations on Registration of Social Associations art. 7",
            stamp="confirmed",
            apart_from=("uploaded",),
        ),
        Move(
            "discard",
            frozenset({SheetStatus.UPLOADED, SheetStatus.READ}),
            SheetStatus.DISCARDED,
            permission="socialorgs.take_register_in",
            label=_("Discard"),
            verb="socialorgs.register_sheet.discarded",
            needs_reason=True,
        ),
        Move(
            "finish",
            frozenset({SheetStatus.CONFIRMED}),
            SheetStatus.ENTERED,
            permission=SYSTEM,
            label=_("Finish entering"),
            verb="socialorgs.register_sheet.entered",
            stamp="finished",
            fields=("fresh", "changed", "same", "bad"),
            event="socialorgs.register_sheet.entered",
        ),
    ),
)
