"""Webhooks and the feed over HTTP, as a partner system uses them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from oauth2_provider.models import AccessToken
from rest_framework.test import APIClient

from communities.territory.models import Division
from governance.accounts.models import ApiClient, User
from governance.accounts.scopes import Scopes
from governance.outbox.models import OutboxEvent
from governance.partners.models import WebhookDelivery, WebhookEndpoint
from tests.factories.governance_partners import EndpointFactory, partner_of
from tests.feeds import let_older_transactions_end
from tests.governance.partners.conftest import Desk
from tests.people import session_client
from tests.receiver import Receiver

pytestmark = pytest.mark.django_db
URL = "/api/v1/webhooks"
DELIVERIES = "/api/v1/webhook-deliveries"
FEED = "/api/v1/changes"
Emit = Callable[..., OutboxEvent]


def caller(client: ApiClient, scope: str = "") -> APIClient:
    """Return an API client with a token of the partner; all scopes unless told."""
    token = AccessToken.objects.create(
        application=client,
        user=client.user,
        token=f"token-{client.pk}-{scope}".replace(" ", "-"),
        scope=scope or " ".join(Scopes().get_all_scopes()),
        expires=dt.datetime(2100, 1, 1, tzinfo=dt.UTC),
    )
    api = APIClient(raise_request_exception=False)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {token.token}")
    return api


def test_a_partner_registers_and_sees_its_secret_once(partner: ApiClient, receiver: Receiver) -> None:
    api = caller(partner)

    made = api.post(URL, {"url": receiver.url, "topics": ["funds.payment.*"]})
    shown = api.get(f"{URL}/{made.json()['id']}")

    assert made.status_code == 201
    assert made.json()["secret"] == WebhookEndpoint.objects.get().secret
    assert made.json()["secret"].startswith("whsec_")
    assert "secret" not in shown.json()
    assert {**shown.json(), "secret": made.json()["secret"]} == made.json()
    assert made.headers.get("Cache-Control") is None or "public" not in made.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"url": "https://10.0.0.1/", "topics": ["funds.*"]}, 400, "webhook_address_unusable"),
        ({"url": "http://partner.example/", "topics": ["funds.*"]}, 400, "webhook_address_unusable"),
        ({"url": "http://127.0.0.1:9/", "topics": ["x"]}, 400, "webhook_topic_unknown"),
        ({"url": "http://127.0.0.1:9/", "topics": []}, 400, "invalid"),
        ({"url": "http://127.0.0.1:9/", "topics": "funds.*"}, 400, "invalid"),
    ],
)
def test_what_is_wrong_is_said(partner: ApiClient, body: dict[str, Any], status: int, code: str) -> None:
    answer = caller(partner).post(URL, body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not WebhookEndpoint.objects.exists()


def test_a_second_registration_is_recognized_by_its_address(partner: ApiClient, receiver: Receiver) -> None:
    api, body = caller(partner), {"url": receiver.url, "topics": ["funds.*"]}
    api.post(URL, body, headers={"Idempotency-Key": "1"})

    again = api.post(URL, body, headers={"Idempotency-Key": "1"})

    assert (again.status_code, again.json()["code"]) == (409, "webhook_exists")


def test_a_partner_tests_rotates_switches_and_removes(
    partner: ApiClient, receiver: Receiver, desk: Desk, endpoint: WebhookEndpoint
) -> None:
    api, home = caller(partner), f"{URL}/{endpoint.pk}"

    assert api.post(f"{home}/ping").json()["topic"] == "partners.webhook.tested"
    assert api.post(f"{home}/rotate").json()["secret"] != endpoint.secret
    assert api.post(f"{home}/disable").status_code == 400
    assert api.post(f"{home}/disable", {"reason": "维护"}).json()["status"] == "DISABLED"
    assert api.post(f"{home}/ping").json()["code"] == "webhook_not_active"
    assert api.post(f"{home}/enable").json()["status"] == "ACTIVE"
    assert [offer["name"] for offer in api.get(f"{home}/moves").json()] == ["disable", "remove"]
    assert api.delete(home).status_code == 204
    assert api.delete(home).status_code == 409
    assert WebhookEndpoint.objects.get().status == "REMOVED"
    assert WebhookDelivery.objects.get().status == "CANCELLED"


def test_a_partner_follows_its_deliveries(
    partner: ApiClient, receiver: Receiver, desk: Desk, endpoint: WebhookEndpoint, emit: Emit
) -> None:
    event, api = emit(), caller(partner)
    desk.relay()
    desk.send()

    listed = api.get(DELIVERIES, {"status": "DELIVERED"}).json()["results"]
    again = api.post(f"{DELIVERIES}/{listed[0]['id']}/send_again")

    assert [row["event_id"] for row in listed] == [str(event.event_id)]
    assert api.get(DELIVERIES, {"status": "FAILED"}).json()["results"] == []
    assert (again.status_code, again.json()["status"]) == (202, "PENDING")


def test_partners_know_nothing_of_each_other(
    endpoint: WebhookEndpoint, neighbor: Division, desk: Desk, emit: Emit
) -> None:
    emit()
    desk.relay()
    delivery, other = WebhookDelivery.objects.get(), caller(partner_of(neighbor))

    assert other.get(URL).json()["results"] == []
    assert other.get(DELIVERIES).json()["results"] == []
    for path in ("", "/moves"):
        assert other.get(f"{URL}/{endpoint.pk}{path}").status_code == 404
    for path in ("/ping", "/rotate", "/enable", "/disable", "/remove"):
        assert other.post(f"{URL}/{endpoint.pk}{path}", {"reason": "x"}).status_code == 404
    assert other.delete(f"{URL}/{endpoint.pk}").status_code == 404
    assert other.post(f"{DELIVERIES}/{delivery.pk}/send_again").status_code == 404


@pytest.mark.parametrize("path", [URL, DELIVERIES, FEED])
def test_the_floor_has_its_own_scope(partner: ApiClient, path: str) -> None:
    assert caller(partner, "funds:read").get(path).status_code == 403
    assert caller(partner, "partners:read").get(path).status_code == 200


def test_people_register_on_the_desk(district_admin: User, resident: User, receiver: Receiver) -> None:
    body = {"url": receiver.url, "topics": ["funds.*"]}

    assert session_client(None).get(URL).status_code in {401, 403}
    assert session_client(resident).get(URL).status_code == 403
    assert session_client(district_admin).get(URL).status_code == 200
    assert session_client(district_admin).post(URL, body).status_code == 403
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize("path", [URL, DELIVERIES])
def test_lists_cost_the_same_for_one_and_for_three(partner: ApiClient, desk: Desk, emit: Emit, path: str) -> None:
    api, costs = caller(partner), []
    emit()
    for more in (1, 2):
        EndpointFactory.create_batch(more, client=partner)
        OutboxEvent.objects.update(relayed_at=None)
        desk.relay()
        with CaptureQueriesContext(connection) as queries:
            assert api.get(path).status_code == 200
        costs.append(len(queries))

    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
def test_the_feed_is_read_on_with_its_cursor(emit: Emit, partner: ApiClient) -> None:
    api = caller(partner)
    events = [emit(), emit()]
    let_older_transactions_end()

    first = api.get(FEED, {"limit": 1}).json()
    second = api.get(FEED, {"limit": 1, "after": first["cursor"]}).json()
    last = api.get(FEED, {"after": second["cursor"]}).json()

    assert [page["results"][0]["id"] for page in (first, second)] == [str(event.event_id) for event in events]
    assert first["results"][0]["data"] == {
        "status": "PAID",
        "object": "accounts.User",
        "id": events[0].object_key,
        "division": None,
    }
    assert (first["has_more"], second["has_more"], last["results"]) == (True, False, [])


def test_the_feed_shows_what_the_token_may_read(partner: ApiClient, emit: Emit, district_admin: User) -> None:
    emit("funds.payment.paid")
    emit("consultation.topic.closed")
    OutboxEvent.objects.update(transaction_id=1)  # as if written long ago

    def topics(api: APIClient) -> list[str]:
        return [row["type"] for row in api.get(FEED).json()["results"]]

    assert topics(caller(partner, "partners:read funds:read")) == ["funds.payment.paid"]
    assert topics(caller(partner, "partners:read")) == []
    assert topics(session_client(district_admin)) == ["funds.payment.paid", "consultation.topic.closed"]


@pytest.mark.parametrize("query", [{"after": "junk"}, {"limit": "0"}, {"limit": "501"}, {"limit": "x"}])
def test_the_feed_refuses_odd_questions(partner: ApiClient, query: dict[str, str]) -> None:
    assert caller(partner).get(FEED, query).status_code == 400
