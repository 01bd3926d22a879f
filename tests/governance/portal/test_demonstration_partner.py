"""The demonstration's partner takes what bears its signature, and nothing else; a real installation has no such page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from governance.accounts.models import User
from governance.outbox.models import OutboxEvent
from governance.partners.models import WebhookEndpoint
from governance.partners.policy import signature, timestamp
from governance.partners.queries import hearers_of
from governance.portal.demonstration import loop, partner, steps
from governance.portal.demonstration.steps import Scene

pytestmark = pytest.mark.django_db

BODY = b'{"type":"projects.evaluation.pushed"}'


@pytest.fixture
def endpoint(db: Any, now: dt.datetime) -> WebhookEndpoint:
    del db
    scene = Scene(now=now)
    for step in (steps.open_district, steps.seat_officials, partner.join, partner.join):
        step(scene)
    assert User.objects.filter(display_name=partner.NAME).count() == 1
    return WebhookEndpoint.objects.get()


def tell(endpoint: WebhookEndpoint, now: dt.datetime, body: bytes = BODY) -> int:
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": timestamp(now),
        "webhook-signature": signature([endpoint.secret], event_id="msg_1", sent_at=now, body=BODY),
    }
    address = reverse("portal:demonstration-partner")
    return Client().post(address, data=body, content_type="application/json", headers=headers).status_code


def test_what_is_signed_is_taken(endpoint: WebhookEndpoint, now: dt.datetime, settings: Any) -> None:
    settings.DEMONSTRATION = True

    assert tell(endpoint, now) == 204
    assert tell(endpoint, now, b'{"type":"projects.evaluation.forged"}') == 401
    assert Client().post(endpoint.url, data=BODY, content_type="application/json").status_code == 401


def test_it_hears_of_an_evaluation_in_the_district(endpoint: WebhookEndpoint) -> None:
    event = OutboxEvent(topic="projects.evaluation.pushed", division_key=steps.place(loop.COMMUNITY).pk)

    assert hearers_of(event) == [endpoint]


def test_a_real_installation_has_no_such_page(endpoint: WebhookEndpoint, now: dt.datetime) -> None:
    assert tell(endpoint, now) == 404
