"""How lists of webhooks and deliveries are narrowed."""

from __future__ import annotations

import django_filters

from governance.partners.lifecycle import DeliveryStatus, EndpointStatus
from governance.partners.models import WebhookDelivery, WebhookEndpoint


class EndpointFilter(django_filters.FilterSet):
    """By where the endpoint stands."""

    status = django_filters.ChoiceFilter(choices=EndpointStatus.choices)

    class Meta:
        model = WebhookEndpoint
        fields = ("status",)


class DeliveryFilter(django_filters.FilterSet):
    """By endpoint and by where the delivery stands."""

    endpoint = django_filters.NumberFilter(field_name="endpoint")
    status = django_filters.ChoiceFilter(choices=DeliveryStatus.choices)

    class Meta:
        model = WebhookDelivery
        fields = ("endpoint", "status")
