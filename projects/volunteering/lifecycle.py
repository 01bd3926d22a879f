"""How an activity and a volunteer's hours proceed until the points are credited."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move


class ActivityStatus(models.TextChoices):
    """Where an activity stands."""

    PLANNED = "PLANNED", pgettext_lazy("activity", "planned")
    OPEN = "OPEN", _("open for sign-in")
    ENDED = "ENDED", _("ended")
    CANCELLED = "CANCELLED", _("cancelled")


class HourStatus(models.TextChoices):
    """Where a record of service stands."""

    SIGNED_IN = "SIGNED_IN", _("signed in")
    SIGNED_OUT = "SIGNED_OUT", _("signed out")
    VERIFIED = "VERIFIED", _("verified")
    CREDITED = "CREDITED", _("credited")
    REJECTED = "REJECTED", _("rejected")


ACTIVITY = Lifecycle(
    "projects.VolunteerActivity",
    initial=ActivityStatus.PLANNED,
    terminal=frozenset({ActivityStatus.ENDED, ActivityStatus.CANCELLED}),
    moves=(
        Move(
            "open",
            frozenset({ActivityStatus.PLANNED}),
            ActivityStatus.OPEN,
            permission="projects.manage_activity",
            label=_("Open for sign-in"),
            verb="projects.activity.opened",
            basis="Regulations on Volunteer Service art. 17",
            stamp="opened",
            event="projects.activity.opened",
        ),
        Move(
            "end",
            frozenset({ActivityStatus.OPEN}),
            ActivityStatus.ENDED,
            permission="projects.manage_activity",
            label=pgettext_lazy("activity", "End"),
            verb="projects.activity.ended",
            stamp="ended",
        ),
        Move(
            "cancel",
            frozenset({ActivityStatus.PLANNED, ActivityStatus.OPEN}),
            ActivityStatus.CANCELLED,
            permission="projects.manage_activity",
            label=_("Cancel"),
            verb="projects.activity.cancelled",
            needs_reason=True,
        ),
    ),
)

SERVICE_HOUR = Lifecycle(
    "projects.ServiceHour",
    initial=HourStatus.SIGNED_IN,
    terminal=frozenset({HourStatus.CREDITED, HourStatus.REJECTED}),
    moves=(
        Move(
            "sign_out",
            frozenset({HourStatus.SIGNED_IN}),
            HourStatus.SIGNED_OUT,
            permission="projects.sign_own_hours",
            label=pgettext_lazy("activity", "Sign out"),
            verb="projects.service_hour.signed_out",
            basis="Regulations on Volunteer Service art. 19",
            # No stamp: a missing sign-out ends with the plan, not when the clock finds it.
            fields=("signed_out_at", "minutes", "is_end_planned"),
        ),
        Move(
            "verify",
            frozenset({HourStatus.SIGNED_OUT}),
            HourStatus.VERIFIED,
            permission="projects.verify_hours",
            label=_("Verify"),
            verb="projects.service_hour.verified",
            basis="Regulations on Volunteer Service art. 19",
            stamp="verified",
            apart_from=("volunteer", "recorded"),
        ),
        Move(
            "reject",
            frozenset({HourStatus.SIGNED_IN, HourStatus.SIGNED_OUT}),
            HourStatus.REJECTED,
            permission="projects.verify_hours",
            label=_("Reject"),
            verb="projects.service_hour.rejected",
            stamp="verified",
            needs_reason=True,
        ),
        Move(
            "credit",
            frozenset({HourStatus.VERIFIED}),
            HourStatus.CREDITED,
            permission=SYSTEM,
            label=_("Credit the points"),
            verb="projects.service_hour.credited",
            basis="Report on Baohe: half an hour is one point",
            stamp="credited",
            fields=("points", "journal"),
            event="projects.service_hour.credited",
        ),
    ),
)
