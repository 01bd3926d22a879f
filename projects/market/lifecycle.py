"""How a small service and each taking of it proceed, from the posting to the settlement."""

from django.db import models
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move


class ServiceStatus(models.TextChoices):
    """Where a small service stands."""

    POSTED = "POSTED", pgettext_lazy("market", "can be taken")
    FILLED = "FILLED", pgettext_lazy("market", "all places taken")
    DONE = "DONE", pgettext_lazy("market", "done")
    EXPIRED = "EXPIRED", pgettext_lazy("market", "expired")
    CANCELLED = "CANCELLED", pgettext_lazy("market", "cancelled")
    REMOVED = "REMOVED", pgettext_lazy("market", "taken down")


class MatchStatus(models.TextChoices):
    """Where one taking of a small service stands."""

    TAKEN = "TAKEN", pgettext_lazy("market", "taken, not confirmed yet")
    CONFIRMED = "CONFIRMED", pgettext_lazy("market", "confirmed by both")
    SIGNED_IN = "SIGNED_IN", pgettext_lazy("market", "signed in")
    DONE = "DONE", pgettext_lazy("market", "done, to be settled")
    SETTLED = "SETTLED", pgettext_lazy("market", "settled")
    DECLINED = "DECLINED", pgettext_lazy("market", "declined")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("market", "withdrawn")
    LAPSED = "LAPSED", pgettext_lazy("market", "lapsed")
    CANCELLED = "CANCELLED", pgettext_lazy("market", "cancelled")
    NO_SHOW = "NO_SHOW", pgettext_lazy("market", "somebody did not come")


OPEN = frozenset({ServiceStatus.POSTED, ServiceStatus.FILLED})
"""States in which a service may still take place."""
MATCHED = frozenset({MatchStatus.CONFIRMED, MatchStatus.SIGNED_IN, MatchStatus.DONE, MatchStatus.SETTLED})
"""Takings that hold a place: both sides have said yes (Basis: report S2, a match is counted when both confirm)."""
BEGUN = frozenset({MatchStatus.SIGNED_IN, MatchStatus.DONE, MatchStatus.SETTLED})
"""Takings whose service has begun: the posting is neither cancelled nor taken down any more."""
SERVED = frozenset({MatchStatus.DONE, MatchStatus.SETTLED})
"""Takings whose service was done: both sides may say how it was."""
IN_TOUCH = frozenset({MatchStatus.CONFIRMED, MatchStatus.SIGNED_IN, MatchStatus.DONE})
"""While a taking stands here its two sides see how to reach each other."""

MICRO_SERVICE = Lifecycle(
    "projects.MicroService",
    initial=ServiceStatus.POSTED,
    terminal=frozenset(
        {ServiceStatus.DONE, ServiceStatus.EXPIRED, ServiceStatus.CANCELLED, ServiceStatus.REMOVED},
    ),
    moves=(
        Move(
            "fill",
            frozenset({ServiceStatus.POSTED}),
            ServiceStatus.FILLED,
            permission=SYSTEM,
            label=pgettext_lazy("market", "Close: all places are taken"),
            verb="projects.micro_service.filled",
        ),
        Move(
            "reopen",
            frozenset({ServiceStatus.FILLED}),
            ServiceStatus.POSTED,
            permission=SYSTEM,
            label=pgettext_lazy("market", "Offer a place again"),
            verb="projects.micro_service.reopened",
        ),
        Move(
            "finish",
            OPEN,
            ServiceStatus.DONE,
            permission=SYSTEM,
            label=pgettext_lazy("market", "End after its time"),
            verb="projects.micro_service.finished",
            stamp="ended",
        ),
        Move(
            "expire",
            OPEN,
            ServiceStatus.EXPIRED,
            permission=SYSTEM,
            label=pgettext_lazy("market", "Expire: it did not take place"),
            verb="projects.micro_service.expired",
            stamp="ended",
            event="projects.micro_service.expired",
        ),
        Move(
            "cancel",
            OPEN,
            ServiceStatus.CANCELLED,
            permission="projects.cancel_micro_service",
            label=pgettext_lazy("market", "Cancel this posting"),
            verb="projects.micro_service.cancelled",
            stamp="ended",
            needs_reason=True,
            fields=("ended_reason",),
            event="projects.micro_service.cancelled",
            waits=False,
        ),
        Move(
            "remove",
            OPEN,
            ServiceStatus.REMOVED,
            permission="projects.remove_micro_service",
            label=pgettext_lazy("market", "Take down"),
            verb="projects.micro_service.removed",
            basis="Regulations on the Ecological Governance of Network Information Content art. 10",
            stamp="ended",
            needs_reason=True,
            fields=("ended_reason",),
            event="projects.micro_service.removed",
            waits=False,
        ),
    ),
)

SERVICE_MATCH = Lifecycle(
    "projects.ServiceMatch",
    initial=MatchStatus.TAKEN,
    # First come, first served: whoever posted it has said yes beforehand.
    also_begins=(MatchStatus.CONFIRMED,),
    terminal=frozenset(
        {
            MatchStatus.SETTLED,
            MatchStatus.DECLINED,
            MatchStatus.WITHDRAWN,
            MatchStatus.LAPSED,
            MatchStatus.CANCELLED,
            MatchStatus.NO_SHOW,
        }
    ),
    moves=(
        Move(
            "confirm",
            frozenset({MatchStatus.TAKEN}),
            MatchStatus.CONFIRMED,
            permission="projects.answer_taking",
            label=pgettext_lazy("market", "Confirm"),
            verb="projects.service_match.confirmed",
            basis="Report S2: a match of supply and demand is confirmed by both",
            stamp="confirmed",
            event="projects.service_match.confirmed",
        ),
        Move(
            "decline",
            frozenset({MatchStatus.TAKEN}),
            MatchStatus.DECLINED,
            permission="projects.answer_taking",
            label=pgettext_lazy("market", "Decline"),
            verb="projects.service_match.declined",
            stamp="ended",
            needs_reason=True,
            fields=("ended_reason",),
            event="projects.service_match.declined",
        ),
        Move(
            "withdraw",
            frozenset({MatchStatus.TAKEN}),
            MatchStatus.WITHDRAWN,
            permission="projects.withdraw_taking",
            label=pgettext_lazy("market", "Take it back"),
            verb="projects.service_match.withdrawn",
            stamp="ended",
            waits=False,
        ),
        Move(
            "lapse",
            frozenset({MatchStatus.TAKEN, MatchStatus.CONFIRMED}),
            MatchStatus.LAPSED,
            permission=SYSTEM,
            label=pgettext_lazy("market", "Lapse: nobody said more"),
            verb="projects.service_match.lapsed",
            stamp="ended",
        ),
        Move(
            "cancel",
            frozenset({MatchStatus.TAKEN, MatchStatus.CONFIRMED}),
            MatchStatus.CANCELLED,
            permission="projects.cancel_match",
            label=pgettext_lazy("market", "Cancel"),
            verb="projects.service_match.cancelled",
            stamp="ended",
            needs_reason=True,
            fields=("ended_reason",),
            event="projects.service_match.cancelled",
            waits=False,
        ),
        Move(
            "sign_in",
            frozenset({MatchStatus.CONFIRMED}),
            MatchStatus.SIGNED_IN,
            permission="projects.sign_in_match",
            label=pgettext_lazy("market", "Sign in"),
            verb="projects.service_match.signed_in",
            stamp="signed_in",
            fields=("is_by_code",),
        ),
        Move(
            "report_no_show",
            frozenset({MatchStatus.CONFIRMED}),
            MatchStatus.NO_SHOW,
            permission="projects.report_no_show",
            label=pgettext_lazy("market", "Report that the other side did not come"),
            verb="projects.service_match.no_show",
            stamp="ended",
            needs_reason=True,
            fields=("ended_reason", "absent"),
            event="projects.service_match.no_show",
            waits=False,
        ),
        Move(
            "finish",
            frozenset({MatchStatus.SIGNED_IN}),
            MatchStatus.DONE,
            permission="projects.finish_match",
            label=pgettext_lazy("market", "Say that it is done"),
            verb="projects.service_match.done",
            stamp="done",
        ),
        Move(
            "settle",
            frozenset({MatchStatus.DONE}),
            MatchStatus.SETTLED,
            permission="projects.settle_match",
            label=pgettext_lazy("market", "Settle"),
            verb="projects.service_match.settled",
            stamp="settled",
            fields=("journal",),
            event="projects.service_match.settled",
        ),
    ),
)
