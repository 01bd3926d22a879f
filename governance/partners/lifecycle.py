"""How a webhook endpoint is switched off and on, and where a delivery stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move


class EndpointStatus(models.TextChoices):
    """Where an endpoint stands."""

    ACTIVE = "ACTIVE", _("active")
    DISABLED = "DISABLED", _("switched off")
    REMOVED = "REMOVED", _("removed")


class DeliveryStatus(models.TextChoices):
    """Where a delivery stands."""

    PENDING = "PENDING", _("waiting")
    DELIVERED = "DELIVERED", pgettext_lazy("webhook", "delivered")
    FAILED = "FAILED", _("given up")
    CANCELLED = "CANCELLED", _("cancelled with its endpoint")


ENDPOINT = Lifecycle(
    "partners.WebhookEndpoint",
    initial=EndpointStatus.ACTIVE,
    terminal=frozenset({EndpointStatus.REMOVED}),
    moves=(
        Move(
            "disable",
            frozenset({EndpointStatus.ACTIVE}),
            EndpointStatus.DISABLED,
            permission="partners.manage_webhook",
            label=_("Switch off"),
            verb="partners.webhook.disabled",
            stamp="disabled",
            needs_reason=True,
        ),
        Move(
            "retire",
            frozenset({EndpointStatus.ACTIVE}),
            EndpointStatus.DISABLED,
            permission=SYSTEM,
            label=_("Switch off because the receiver is gone"),
            verb="partners.webhook.retired",
            basis="Standard Webhooks 1.0",
            stamp="disabled",
        ),
        Move(
            "enable",
            frozenset({EndpointStatus.DISABLED}),
            EndpointStatus.ACTIVE,
            permission="partners.manage_webhook",
            label=_("Switch on again"),
            verb="partners.webhook.enabled",
            fields=("failures", "failing_since", "paused_until"),
        ),
        Move(
            "remove",
            frozenset({EndpointStatus.ACTIVE, EndpointStatus.DISABLED}),
            EndpointStatus.REMOVED,
            permission="partners.manage_webhook",
            label=_("Remove"),
            verb="partners.webhook.removed",
            stamp="removed",
            needs_reason=True,
        ),
    ),
)
