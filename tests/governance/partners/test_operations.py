"""Webhooks: registered, signed, sent at least once, put off, given up, sent again; who hears of what."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.people.models import Post
from communities.territory.models import Division
from governance.accounts.models import ApiClient, User
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing, move
from governance.outbox.models import OutboxEvent
from governance.partners import operations, transport
from governance.partners.models import WebhookDelivery, WebhookEndpoint
from governance.partners.operations import (
    DeliveryUnderWay,
    EndpointExists,
    EndpointNotActive,
    TooManyEndpoints,
    TopicNotInScope,
    TopicUnknown,
)
from governance.partners.queries import wanted_topics
from governance.partners.subscriber import hear
from governance.partners.transport import AddressUnusable
from tests.factories.communities import DivisionFactory
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.governance_partners import SECRET, EndpointFactory, partner_of
from tests.governance.partners.conftest import Desk
from tests.receiver import Receiver, receiving
from tests.walls import violated

pytestmark = pytest.mark.django_db
Emit = Callable[..., OutboxEvent]


def register(partner: ApiClient, now: dt.datetime, **given: Any) -> tuple[WebhookEndpoint, str]:
    given = {"by": partner.user, "client": partner, "url": "http://127.0.0.1:9/a", "topics": ["funds.*"], **given}
    return operations.register_webhook(now=now, **given)


def test_registering_shows_the_secret_once_and_keeps_it_encrypted(partner: ApiClient, now: dt.datetime) -> None:
    row, secret = register(partner, now, topics=["funds.payment.paid", "funds.order.*", "funds.order.*"])

    assert (row.status, row.topics, row.secret) == ("ACTIVE", ["funds.order.*", "funds.payment.paid"], secret)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM partners_webhookendpoint WHERE id = %s", [row.pk])
        assert secret not in cursor.fetchone()[0]
    entry = AuditEntry.objects.get(verb="partners.webhook.registered")
    assert entry.after == {"client": partner.name, "url": row.url, "topics": row.topics}
    assert secret not in str(entry.__dict__)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"url": "https://10.0.0.1/"}, AddressUnusable),
        ({"url": "https://localhost/"}, AddressUnusable),
        ({"url": "ftp://partner.example/"}, AddressUnusable),
        ({"topics": []}, TopicUnknown),
        ({"topics": ["*"]}, TopicUnknown),
        ({"topics": ["communities.resident.*"]}, TopicUnknown),
        ({"topics": ["funds.*", "consultation.*"]}, TopicNotInScope),
    ],
)
def test_what_cannot_be_registered(
    district: Division, now: dt.datetime, given: dict[str, Any], refusal: type[DomainError]
) -> None:
    partner = partner_of(district, scopes="funds:read partners:write")

    with pytest.raises(refusal):
        register(partner, now, **given)

    assert (WebhookEndpoint.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_an_address_stands_once_until_it_is_removed(partner: ApiClient, now: dt.datetime) -> None:
    row, _secret = register(partner, now)
    with pytest.raises(EndpointExists):
        register(partner, now)

    operations.remove_webhook(by=partner.user, endpoint=row, now=now)

    assert register(partner, now)[0].pk != row.pk


def test_a_client_has_a_bounded_number_of_addresses(partner: ApiClient, now: dt.datetime) -> None:
    EndpointFactory.create_batch(operations.MOST_ENDPOINTS, client=partner)

    with pytest.raises(TooManyEndpoints):
        register(partner, now)


def test_only_the_partner_and_its_administrator_register(
    partner: ApiClient, district_admin: User, district_officer: User, neighbor: Division, now: dt.datetime
) -> None:
    other = partner_of(neighbor)
    with pytest.raises(NotAllowed):
        register(partner, now, by=other.user)
    with pytest.raises(NotAllowed):
        register(partner, now, by=district_officer)

    assert register(partner, now, by=district_admin)[0].registered_by == district_admin


def test_an_event_reaches_the_receiver_signed(
    endpoint: WebhookEndpoint, receiver: Receiver, desk: Desk, emit: Emit
) -> None:
    event = emit()

    assert (desk.relay(), desk.send(), desk.send()) == (1, 1, 0)

    request = receiver.received[0]
    assert request.path == "/hook?from=district"
    assert request.headers["webhook-id"] == str(event.event_id)
    assert request.headers["webhook-timestamp"] == str(int(desk.now.timestamp()))
    assert request.headers["content-type"] == "application/json"
    assert request.is_signed_with(SECRET)
    assert request.message["type"] == "funds.payment.paid"
    row = WebhookDelivery.objects.get()
    assert (row.status, row.attempts, row.answer, row.delivered_at) == ("DELIVERED", 1, 200, desk.now)


def test_nothing_is_sent_before_the_act_has_happened(
    endpoint: WebhookEndpoint, receiver: Receiver, desk: Desk, emit: Emit
) -> None:
    """The subscriber only writes rows down."""
    hear(emit(), desk.now)
    hear(OutboxEvent.objects.get(), desk.now)

    assert WebhookDelivery.objects.count() == 1
    assert receiver.received == []


@pytest.mark.parametrize(
    ("topics", "topic", "expected"),
    [
        (["funds.*"], "funds.payment.paid", 1),
        (["funds.payment.paid"], "funds.payment.paid", 1),
        (["funds.payment.paid"], "funds.payment.approved", 0),
        (["consultation.*"], "funds.payment.paid", 0),
        (["communities.*"], "communities.resident.registered", 0),
    ],
)
def test_endpoints_hear_what_they_asked_for(
    partner: ApiClient, desk: Desk, emit: Emit, topics: list[str], topic: str, expected: int
) -> None:
    EndpointFactory(client=partner, topics=topics)
    emit(topic)

    desk.relay()

    assert WebhookDelivery.objects.count() == expected


def test_a_place_is_told_to_those_who_work_for_it(
    district: Division, community: Division, far_community: Division, desk: Desk, emit: Emit
) -> None:
    wide, near, far = (EndpointFactory(client=partner_of(place)) for place in (district, community, far_community))
    nowhere = EndpointFactory()

    emit("funds.fund.activated", CommunityFundFactory(division=community))
    desk.relay()
    assert set(WebhookDelivery.objects.values_list("endpoint", flat=True)) == {wide.pk, near.pk}

    emit("funds.fund.activated")
    desk.relay()
    told = WebhookDelivery.objects.filter(event__division_key=None).values_list("endpoint", flat=True)
    assert set(told) == {wide.pk, near.pk, far.pk, nowhere.pk}


def test_who_has_lost_post_or_scope_hears_nothing_more(
    community: Division, partner: ApiClient, endpoint: WebhookEndpoint, desk: Desk, emit: Emit
) -> None:
    Post.objects.filter(user=partner.user).update(valid_to=dt.date(2025, 1, 1))
    emit("funds.fund.activated", CommunityFundFactory(division=community))
    ApiClient.objects.filter(pk=partner.pk).update(allowed_scopes="communities:read")
    emit("funds.fund.closed")

    assert desk.relay() == 2
    assert WebhookDelivery.objects.count() == 0


def test_a_partner_whose_account_is_closed_hears_nothing(
    partner: ApiClient, endpoint: WebhookEndpoint, desk: Desk, emit: Emit
) -> None:
    emit()
    desk.relay()
    User.objects.filter(pk=partner.user_id).update(is_active=False)
    emit()

    assert (desk.relay(), desk.send()) == (0, 0)
    assert WebhookDelivery.objects.count() == 1


def test_without_endpoints_events_are_marked_in_bulk(desk: Desk, emit: Emit) -> None:
    emit()
    with CaptureQueriesContext(connection) as queries:
        assert desk.relay() == 0

    assert OutboxEvent.objects.filter(relayed_at=desk.now).count() == 1
    assert sum("partners_webhook" in query["sql"] for query in queries) == 1


def test_the_wanted_topics_hold_no_topic_twice(partner: ApiClient) -> None:
    EndpointFactory(client=partner, topics=["funds.*", "consultation.ballot.*"])
    EndpointFactory(client=partner, topics=["funds.payment.paid", "consultation.ballot.published", "projects.*"])

    assert wanted_topics() == ["consultation.ballot.", "funds.", "projects."]


def test_hearing_costs_the_same_for_one_and_for_three(district: Division, desk: Desk, emit: Emit) -> None:
    fund = CommunityFundFactory(division=district)
    costs = []
    for _number in range(2):
        EndpointFactory(client=partner_of(district))
        event = emit("funds.fund.activated", fund)
        with CaptureQueriesContext(connection) as queries:
            hear(event, desk.now)
        costs.append(len(queries))

    assert costs == [4, 4]


@pytest.mark.parametrize("answer", [302, 400, 404, 429, 500, 503])
def test_an_answer_that_is_no_yes_puts_the_delivery_off(
    endpoint: WebhookEndpoint, receiver: Receiver, desk: Desk, emit: Emit, answer: int
) -> None:
    receiver.answer = answer
    emit()
    desk.relay()

    assert (desk.send(), desk.send()) == (1, 0)

    row = WebhookDelivery.objects.get()
    assert (row.status, row.attempts, row.answer) == ("PENDING", 1, answer)
    assert row.due_at == desk.now + dt.timedelta(seconds=5)
    assert str(answer) in row.last_error
    endpoint.refresh_from_db()
    assert (endpoint.status, endpoint.failing_since) == ("ACTIVE", None)


def test_every_attempt_has_the_same_id_and_body(
    endpoint: WebhookEndpoint, receiver: Receiver, desk: Desk, emit: Emit
) -> None:
    receiver.answer = 500
    event = emit()
    desk.relay()
    desk.send()
    desk.later(seconds=5).send()
    receiver.answer = 204
    desk.later(seconds=30).send()

    assert receiver.ids == [str(event.event_id)] * 3
    assert len({request.body for request in receiver.received}) == 1
    assert len({request.headers["webhook-timestamp"] for request in receiver.received}) == 3
    assert WebhookDelivery.objects.get().status == "DELIVERED"


def test_a_receiver_may_ask_to_be_left_alone_for_a_while(
    endpoint: WebhookEndpoint, receiver: Receiver, desk: Desk, emit: Emit
) -> None:
    receiver.answer, receiver.headers = 429, {"Retry-After": "900"}
    emit()
    desk.relay()
    desk.send()

    assert WebhookDelivery.objects.get().due_at == desk.now + dt.timedelta(seconds=900)


def test_410_switches_the_endpoint_off(
    endpoint: WebhookEndpoint, receiver: Receiver, desk: Desk, emit: Emit, partner: ApiClient
) -> None:
    receiver.answer = 410
    emit()
    desk.relay()
    desk.send()

    endpoint.refresh_from_db()
    assert (endpoint.status, endpoint.disabled_at) == ("DISABLED", desk.now)
    assert AuditEntry.objects.get(verb="partners.webhook.retired").actor == desk.by
    emit()
    assert (desk.relay(), desk.later(days=1).send(), len(receiver.received)) == (0, 0, 1)

    receiver.answer = 200
    operations.enable_webhook(by=partner.user, endpoint=endpoint, now=desk.now)
    assert desk.send() == 1
    assert WebhookDelivery.objects.get().status == "DELIVERED"


def test_a_receiver_down_for_a_day_gets_everything_when_it_is_back(
    partner: ApiClient, receiver: Receiver, desk: Desk, emit: Emit
) -> None:
    """Down means: nobody answers. It is asked with one delivery per pause, at most an hour apart, and nothing is lost."""
    endpoint = EndpointFactory(client=partner, url="http://127.0.0.1:9/down")
    for _number in range(5):
        emit()
    desk.relay()
    began = desk.now
    while desk.now < began + dt.timedelta(days=1):
        assert (desk.send(), desk.send()) == (1, 0)
        endpoint.refresh_from_db()
        assert endpoint.paused_until <= desk.now + dt.timedelta(hours=1)
        desk.now = endpoint.paused_until

    assert (endpoint.failing_since, endpoint.status, endpoint.failures) == (began, "ACTIVE", 29)
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"PENDING"}

    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=receiver.url)
    desk.later(hours=1).send()

    endpoint.refresh_from_db()
    assert (endpoint.failing_since, endpoint.failures, endpoint.paused_until) == (None, 0, None)
    assert len(set(receiver.ids)) == 5
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"DELIVERED"}


def test_after_three_days_it_is_given_up_and_can_be_sent_again(
    endpoint: WebhookEndpoint, receiver: Receiver, desk: Desk, emit: Emit, partner: ApiClient
) -> None:
    receiver.answer = 500
    emit()
    desk.relay()
    began = desk.now
    for _attempt in range(30):
        desk.send()
        row = WebhookDelivery.objects.get()
        if row.status == "FAILED":
            break
        desk.now = row.due_at

    assert (row.status, desk.now - began, row.attempts) == ("FAILED", dt.timedelta(days=3), 20)
    assert desk.later(days=30).send() == 0

    receiver.answer = 200
    again = operations.send_again(by=partner.user, delivery=row, now=desk.now)

    assert (again.status, again.attempts, again.give_up_at) == ("PENDING", 0, desk.now + dt.timedelta(days=3))
    assert desk.send() == 1
    assert len(set(receiver.ids)) == 1
    entry = AuditEntry.objects.get(verb="partners.delivery.sent_again")
    assert entry.before == {"status": "FAILED", "attempts": 20}


def test_what_waits_behind_a_dead_receiver_is_given_up_with_it(partner: ApiClient, desk: Desk, emit: Emit) -> None:
    EndpointFactory(client=partner)
    for _number in range(3):
        emit()
    desk.relay()
    desk.send()
    desk.later(days=3).send()

    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"FAILED"}


def test_what_waits_for_an_endpoint_that_is_off_is_given_up_in_the_end(
    endpoint: WebhookEndpoint, desk: Desk, emit: Emit, partner: ApiClient
) -> None:
    emit()
    desk.relay()
    move(endpoint, "disable", by=partner.user, now=desk.now, reason="维护")
    desk.later(days=2).send()
    assert WebhookDelivery.objects.get().status == "PENDING"

    desk.later(days=1).send()

    assert WebhookDelivery.objects.get().status == "FAILED"


def test_a_name_that_has_moved_into_the_own_network_is_not_called(
    partner: ApiClient, desk: Desk, emit: Emit, now: dt.datetime, monkeypatch: Any
) -> None:
    """The name was public when it was registered; at delivery it points at the district's own machine."""
    addresses = ["8.8.8.8"]

    def resolve(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    row, _secret = register(partner, now, url="https://partner.example/hook")
    emit()
    desk.relay()
    addresses[:] = ["127.0.0.1"]

    desk.send()

    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.answer) == ("PENDING", None)
    assert "127.0.0.1" in delivery.last_error
    row.refresh_from_db()
    assert row.failing_since == desk.now


def test_one_dead_receiver_keeps_nobody_back(
    partner: ApiClient, endpoint: WebhookEndpoint, receiver: Receiver, desk: Desk, emit: Emit
) -> None:
    EndpointFactory(client=partner)
    for _number in range(3):
        emit()
    desk.relay()

    assert desk.send() == 4
    assert len(receiver.received) == 3


def test_a_slow_receiver_is_broken_off_and_keeps_nobody_back(
    partner: ApiClient, receiver: Receiver, desk: Desk, emit: Emit, monkeypatch: Any
) -> None:
    """One second: the slow one would answer after a minute, and is asked once although three deliveries wait for it."""
    monkeypatch.setattr(transport, "WHOLE_SECONDS", 0.5)
    ended = threading.Event()
    with receiving() as slow:
        slow.behave = lambda _handler: ended.wait(60) and None
        endpoint = EndpointFactory(client=partner, url=slow.url)
        EndpointFactory(client=partner, url=receiver.url)
        for _number in range(3):
            emit()
        desk.relay()
        began = time.monotonic()

        assert (desk.send(), desk.send()) == (4, 0)

        assert time.monotonic() - began < 5
        ended.set()
    endpoint.refresh_from_db()
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint).order_by("pk")
    assert (len(slow.ids), len(receiver.ids), endpoint.failing_since) == (1, 3, desk.now)
    assert [(row.status, row.attempts) for row in waiting] == [("PENDING", 1), ("PENDING", 0), ("PENDING", 0)]
    assert waiting[0].last_error != ""


def test_a_redirect_is_told_to_the_partner_and_not_followed(
    endpoint: WebhookEndpoint, receiver: Receiver, desk: Desk, emit: Emit, english: None
) -> None:
    with receiving() as elsewhere:
        receiver.answer, receiver.headers = 307, {"Location": elsewhere.url}
        emit()
        desk.relay()
        desk.send()

        assert elsewhere.received == []
    row = WebhookDelivery.objects.get()
    assert (row.status, row.answer) == ("PENDING", 307)
    assert row.last_error == "The receiver answered 307; redirects are not followed."


def test_a_new_secret_signs_with_the_old_one_for_a_day(
    endpoint: WebhookEndpoint, receiver: Receiver, desk: Desk, emit: Emit, partner: ApiClient
) -> None:
    row, secret = operations.rotate_secret(by=partner.user, endpoint=endpoint, now=desk.now)
    emit()
    desk.relay()
    desk.send()
    assert receiver.received[0].is_signed_with(secret)
    assert receiver.received[0].is_signed_with(SECRET)
    assert receiver.received[0].headers["webhook-signature"].count("v1,") == 2

    emit()
    desk.later(days=1).relay()
    desk.send()

    assert receiver.received[1].is_signed_with(secret)
    assert not receiver.received[1].is_signed_with(SECRET)
    assert row.previous_until == desk.now
    assert AuditEntry.objects.filter(verb="partners.webhook.secret_rotated").count() == 1


def test_a_test_message_goes_to_one_endpoint_only(
    endpoint: WebhookEndpoint, receiver: Receiver, desk: Desk, partner: ApiClient
) -> None:
    EndpointFactory(client=partner)
    operations.send_test(by=partner.user, endpoint=endpoint, now=desk.now)

    assert (desk.relay(), desk.send()) == (0, 1)
    assert receiver.received[0].message["type"] == "partners.webhook.tested"


def test_removing_cancels_what_waits(endpoint: WebhookEndpoint, desk: Desk, emit: Emit, partner: ApiClient) -> None:
    emit()
    desk.relay()

    row = operations.remove_webhook(by=partner.user, endpoint=endpoint, now=desk.now)

    assert (row.status, WebhookDelivery.objects.get().status) == ("REMOVED", "CANCELLED")
    assert desk.send() == 0
    for act in (operations.send_test, operations.rotate_secret):
        with pytest.raises(EndpointNotActive):
            act(by=partner.user, endpoint=row, now=desk.now)
    with pytest.raises(EndpointNotActive):
        operations.send_again(by=partner.user, delivery=WebhookDelivery.objects.get(), now=desk.now)


def test_what_is_still_tried_is_not_sent_again(
    endpoint: WebhookEndpoint, desk: Desk, emit: Emit, partner: ApiClient
) -> None:
    emit()
    desk.relay()

    with pytest.raises(DeliveryUnderWay):
        operations.send_again(by=partner.user, delivery=WebhookDelivery.objects.get(), now=desk.now)


def test_strangers_change_nothing(
    endpoint: WebhookEndpoint, desk: Desk, emit: Emit, neighbor: Division, district_officer: User
) -> None:
    emit()
    desk.relay()
    delivery = WebhookDelivery.objects.get()
    for by in (partner_of(neighbor).user, district_officer):
        with pytest.raises(NotAllowed):
            operations.rotate_secret(by=by, endpoint=endpoint, now=desk.now)
        with pytest.raises(NotAllowed):
            operations.send_test(by=by, endpoint=endpoint, now=desk.now)
        with pytest.raises(NotAllowed):
            operations.send_again(by=by, delivery=delivery, now=desk.now)
        with pytest.raises(MoveForbidden):
            operations.remove_webhook(by=by, endpoint=endpoint, now=desk.now)
    assert AuditEntry.objects.count() == 0


def test_moves_by_the_table(endpoint: WebhookEndpoint, desk: Desk, partner: ApiClient) -> None:
    with pytest.raises(ReasonMissing):
        move(endpoint, "disable", by=partner.user, now=desk.now)
    with pytest.raises(MoveClosed):
        operations.enable_webhook(by=partner.user, endpoint=endpoint, now=desk.now)
    with pytest.raises(MoveForbidden):
        move(endpoint, "retire", by=partner.user, now=desk.now)


def test_people_see_the_webhooks_of_partners_they_administer(
    partner: ApiClient, endpoint: WebhookEndpoint, district_admin: User, street_officer: User
) -> None:
    elsewhere = EndpointFactory(client=partner_of(DivisionFactory()))
    for user, expected in (
        (district_admin, {endpoint.pk}),
        (street_officer, set()),
        (partner.user, {endpoint.pk}),
        (elsewhere.client.user, {elsewhere.pk}),
    ):
        seen = WebhookEndpoint.objects.visible_to(user).for_list()
        assert {row.pk for row in seen} == expected
        rows = WebhookEndpoint.objects.for_list()
        assert {row.pk for row in rows if user.has_perm("partners.view_webhook", row)} == expected


@pytest.mark.parametrize(
    ("statement", "wall"),
    [
        (
            (
                "INSERT INTO partners_webhookdelivery (endpoint_id, event_id, status, attempts, created_at, due_at,"
                " give_up_at, last_error) SELECT endpoint_id, event_id, 'PENDING', 0, now(), now(), now(), ''"
                " FROM partners_webhookdelivery"
            ),
            "webhookdelivery_event_goes_once",
        ),
        ("UPDATE partners_webhookdelivery SET status = 'LOST'", "webhookdelivery_status_is_known"),
        ("UPDATE partners_webhookdelivery SET status = 'DELIVERED'", "webhookdelivery_delivered_has_a_time"),
        ("UPDATE partners_webhookendpoint SET topics = '{}'", "webhookendpoint_wants_something"),
        ("UPDATE partners_webhookendpoint SET previous_secret = 'x'", "webhookendpoint_old_secret_ends"),
        (
            (
                "INSERT INTO partners_webhookendpoint (client_id, url, topics, description, secret, previous_secret, status,"
                " registered_at, registered_by_id, failures) SELECT client_id, url, topics, '', secret, '', 'ACTIVE', now(),"
                " registered_by_id, 0 FROM partners_webhookendpoint"
            ),
            "webhookendpoint_address_stands_once",
        ),
        (
            (
                "INSERT INTO partners_webhookendpoint (client_id, url, topics, description, secret, previous_secret, status,"
                " registered_at, registered_by_id, failures) SELECT client_id, 'x', topics, '', secret, '', 'LOST', now(),"
                " registered_by_id, 0 FROM partners_webhookendpoint"
            ),
            "webhookendpoint_begins_at_the_start",
        ),
    ],
)
def test_walls(endpoint: WebhookEndpoint, desk: Desk, emit: Emit, statement: str, wall: str) -> None:
    emit()
    desk.relay()

    assert violated(statement) == wall


def test_a_removed_endpoint_stays_removed(endpoint: WebhookEndpoint, now: dt.datetime, partner: ApiClient) -> None:
    operations.remove_webhook(by=partner.user, endpoint=endpoint, now=now)

    assert violated("UPDATE partners_webhookendpoint SET status = 'ACTIVE'") == "webhookendpoint_moves_by_the_table"
