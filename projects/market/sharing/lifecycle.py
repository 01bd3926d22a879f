"""How the booking of a resource and the free use of a room against service proceed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from projects.market.sharing.models import VenueCession


class BookingStatus(models.TextChoices):
    """Where a booking stands."""

    ASKED = "ASKED", pgettext_lazy("booking", "asked for")
    CONFIRMED = "CONFIRMED", pgettext_lazy("booking", "confirmed")
    USED = "USED", pgettext_lazy("booking", "used")
    DECLINED = "DECLINED", pgettext_lazy("booking", "declined")
    CANCELLED = "CANCELLED", pgettext_lazy("booking", "cancelled")
    NO_SHOW = "NO_SHOW", pgettext_lazy("booking", "nobody came")


class CessionStatus(models.TextChoices):
    """Where the free use of a room stands."""

    OFFERED = "OFFERED", pgettext_lazy("cession", "offered")
    RUNNING = "RUNNING", pgettext_lazy("cession", "running")
    REVIEWED = "REVIEWED", pgettext_lazy("cession", "reviewed")
    ENDED = "ENDED", pgettext_lazy("cession", "ended early")


def hours_are_looked_at(row: VenueCession) -> StrOrPromise | None:
    """Refuse a review while reported hours wait to be looked at."""
    if row.services.filter(confirmed_at=None, refused_at=None).exists():
        return _("Reported hours wait to be confirmed.")
    return None


BOOKING = Lifecycle(
    "projects.ResourceBooking",
    initial=BookingStatus.ASKED,
    terminal=frozenset(
        {BookingStatus.USED, BookingStatus.DECLINED, BookingStatus.CANCELLED, BookingStatus.NO_SHOW},
    ),
    moves=(
        Move(
            "confirm",
            frozenset({BookingStatus.ASKED}),
            BookingStatus.CONFIRMED,
            permission="projects.keep_resource",
            label=pgettext_lazy("booking", "Confirm"),
            verb="projects.resource_booking.confirmed",
            stamp="answered",
            event="projects.resource_booking.confirmed",
        ),
        Move(
            "decline",
            frozenset({BookingStatus.ASKED}),
            BookingStatus.DECLINED,
            permission="projects.keep_resource",
            label=pgettext_lazy("booking", "Decline"),
            verb="projects.resource_booking.declined",
            stamp="answered",
            needs_reason=True,
            fields=("answer",),
            event="projects.resource_booking.declined",
        ),
        Move(
            "cancel",
            frozenset({BookingStatus.ASKED, BookingStatus.CONFIRMED}),
            BookingStatus.CANCELLED,
            permission="projects.cancel_booking",
            label=pgettext_lazy("booking", "Cancel"),
            verb="projects.resource_booking.cancelled",
            needs_reason=True,
            waits=False,
        ),
        Move(
            "note_use",
            frozenset({BookingStatus.CONFIRMED}),
            BookingStatus.USED,
            permission="projects.keep_resource",
            label=pgettext_lazy("booking", "Note that it was used"),
            verb="projects.resource_booking.used",
        ),
        Move(
            "note_absence",
            frozenset({BookingStatus.CONFIRMED}),
            BookingStatus.NO_SHOW,
            permission="projects.keep_resource",
            label=pgettext_lazy("booking", "Note that nobody came"),
            verb="projects.resource_booking.no_show",
            waits=False,
        ),
    ),
)

CESSION = Lifecycle(
    "projects.VenueCession",
    initial=CessionStatus.OFFERED,
    terminal=frozenset({CessionStatus.REVIEWED, CessionStatus.ENDED}),
    moves=(
        Move(
            "agree",
            frozenset({CessionStatus.OFFERED}),
            CessionStatus.RUNNING,
            permission="projects.act_for_cession",
            label=pgettext_lazy("cession", "Agree"),
            verb="projects.venue_cession.agreed",
            basis="Report S2: free use of service places against service",
            stamp="agreed",
            apart_from=("offered",),
            event="projects.venue_cession.agreed",
        ),
        Move(
            "review",
            frozenset({CessionStatus.RUNNING}),
            CessionStatus.REVIEWED,
            permission="projects.review_cession",
            label=pgettext_lazy("cession", "Review after its end"),
            verb="projects.venue_cession.reviewed",
            basis="Report S2: free use of service places against service",
            stamp="reviewed",
            apart_from=("agreed",),
            guard=hours_are_looked_at,
            fields=("review", "hours_served"),
            event="projects.venue_cession.reviewed",
        ),
        Move(
            "end",
            frozenset({CessionStatus.OFFERED, CessionStatus.RUNNING}),
            CessionStatus.ENDED,
            permission="projects.manage_cession",
            label=pgettext_lazy("cession", "End early"),
            verb="projects.venue_cession.ended",
            stamp="reviewed",
            needs_reason=True,
            fields=("review", "hours_served"),
            waits=False,
        ),
    ),
)
