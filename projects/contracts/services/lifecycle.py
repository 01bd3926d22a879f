"""How the record of a service and an award are confirmed by somebody else."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move


class RecordStatus(models.TextChoices):
    """Where a record stands."""

    ENTERED = "ENTERED", pgettext_lazy("record", "entered")
    CONFIRMED = "CONFIRMED", pgettext_lazy("record", "confirmed")
    REJECTED = "REJECTED", pgettext_lazy("record", "rejected")


def _machine(label: str, noun: str, permission: str) -> Lifecycle:
    return Lifecycle(
        label,
        initial=RecordStatus.ENTERED,
        terminal=frozenset({RecordStatus.CONFIRMED, RecordStatus.REJECTED}),
        moves=(
            Move(
                "confirm",
                frozenset({RecordStatus.ENTERED}),
                RecordStatus.CONFIRMED,
                permission=permission,
                label=pgettext_lazy("record", "Confirm the record"),
                verb=f"projects.{noun}.confirmed",
                stamp="checked",
                apart_from=("entered",),
            ),
            Move(
                "reject",
                frozenset({RecordStatus.ENTERED}),
                RecordStatus.REJECTED,
                permission=permission,
                label=_("Reject the record"),
                verb=f"projects.{noun}.rejected",
                stamp="checked",
                needs_reason=True,
            ),
        ),
    )


SERVICE_RECORD = _machine("projects.ServiceRecord", "service_record", "projects.confirm_milestone")
AWARD = _machine("projects.ProjectAward", "award", "projects.sign_contract")
