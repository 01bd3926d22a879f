"""Webhooks of partner systems, and clients that may use them."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from communities.people.models import Role
from communities.territory.models import Division
from governance.accounts.models import ApiClient
from governance.partners.models import WebhookEndpoint
from governance.partners.policy import secret_of
from tests.factories.accounts import ApiClientFactory
from tests.factories.communities import ENTERED_AT, PostFactory

SECRET = secret_of(bytes(range(32)))


class EndpointFactory(DjangoModelFactory[WebhookEndpoint]):
    """An active endpoint that wants to hear of everything about money."""

    class Meta:
        model = WebhookEndpoint

    client: Any = factory.SubFactory(ApiClientFactory)
    url = factory.Sequence(lambda number: f"http://127.0.0.1:9/{number}")
    topics = factory.LazyFunction(lambda: ["funds.*"])
    secret = SECRET
    registered_at = ENTERED_AT
    registered_by: Any = factory.SelfAttribute("client.user")


def partner_of(division: Division, *, scopes: str = "") -> ApiClient:
    """Return a client whose service user works for a place; all scopes unless told."""
    client: ApiClient = ApiClientFactory(allowed_scopes=scopes)
    PostFactory(user=client.user, role=Role.DISTRICT_OFFICER, division=division)
    return client
