"""How a capability is stated by an organization and checked by the street or the district."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move


class CapabilityStatus(models.TextChoices):
    """Where a capability stands."""

    STATED = "STATED", _("stated, not checked")
    CHECKED = "CHECKED", pgettext_lazy("capability", "checked")
    RETURNED = "RETURNED", pgettext_lazy("capability", "not confirmed")
    ENDED = "ENDED", pgettext_lazy("capability", "ended")


CAPABILITY = Lifecycle(
    "socialorgs.Capability",
    initial=CapabilityStatus.STATED,
    terminal=frozenset({CapabilityStatus.RETURNED, CapabilityStatus.ENDED}),
    moves=(
        Move(
            "check",
            frozenset({CapabilityStatus.STATED}),
            CapabilityStatus.CHECKED,
            permission="socialorgs.check_capability",
            label=_("Confirm the capability"),
            verb="socialorgs.capability.checked",
            basis="Default of this platform; local rules prevail",
            stamp="checked",
            apart_from=("stated",),
            fields=("valid_to",),
            event="socialorgs.capability.checked",
        ),
        Move(
            "send_back",
            frozenset({CapabilityStatus.STATED}),
            CapabilityStatus.RETURNED,
            permission="socialorgs.check_capability",
            label=_("Do not confirm it"),
            verb="socialorgs.capability.returned",
            needs_reason=True,
            fields=("remark",),
        ),
        Move(
            "end",
            frozenset({CapabilityStatus.STATED, CapabilityStatus.CHECKED}),
            CapabilityStatus.ENDED,
            permission="socialorgs.state_capability",
            label=_("End the capability"),
            verb="socialorgs.capability.ended",
            needs_reason=True,
            waits=False,
        ),
    ),
)
