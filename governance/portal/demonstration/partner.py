"""The demonstration's partner system: it is told of contracts and evaluations, and checks the signature as any would."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from communities.people import operations as people
from communities.people.models import Post, Role
from governance.accounts import operations as accounts
from governance.accounts.models import ApiClient
from governance.partners import operations
from governance.partners.lifecycle import EndpointStatus
from governance.partners.models import WebhookEndpoint
from governance.portal.demonstration import data
from governance.portal.demonstration.steps import place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from governance.portal.demonstration.steps import Scene

NAME = "市级社会组织信息平台"
SCOPES = ["portal:read", "projects:read", "socialorgs:read"]
TOPICS = ["projects.contract.*", "projects.evaluation.*"]


def join(scene: Scene) -> None:
    """Let the partner ask to be told of contracts and evaluations, at an address of the demonstration itself."""
    client = ApiClient.objects.filter(name=NAME).first()
    if client is None:
        client, _secret = accounts.create_api_client(by=scene.system, name=NAME, scopes=SCOPES, now=scene.now)
    if not Post.objects.filter(user=client.user).exists():
        people.create_post(
            by=scene.system,
            now=scene.now,
            user=client.user,
            role=Role.DISTRICT_OFFICER,
            division=place(data.DISTRICT),
            valid_from=scene.today,
            title="接收本区公开事项",
        )
    if not WebhookEndpoint.objects.filter(client=client).exists():
        operations.register_webhook(
            by=scene.user("district"),
            client=client,
            url=settings.SITE_URL + reverse("portal:demonstration-partner"),
            topics=TOPICS,
            now=scene.now,
            description="演示：由本系统自带的接收端验签后应答204。",
        )


def is_genuine(headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether a message bears the signature of the secret that the partner was given.

    Basis: Standard Webhooks 1.0.
    """
    endpoint = WebhookEndpoint.objects.filter(client__name=NAME, status=EndpointStatus.ACTIVE).first()
    said = headers.get("webhook-signature", "")
    if endpoint is None or not said:
        return False
    head = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}."
    key = base64.b64decode(endpoint.secret.split("_", 1)[1])
    expected = base64.b64encode(hmac.new(key, head.encode() + body, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(part.encode(), f"v1,{expected}".encode()) for part in said.split(" "))
