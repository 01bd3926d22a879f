"""Webhooks and deliveries on the desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from governance.accounts.models import ApiClient, User
from governance.calendar import clock
from governance.outbox import operations as outbox
from governance.partners import operations
from governance.partners.models import WebhookDelivery, WebhookEndpoint
from tests.factories.governance_partners import partner_of
from tests.people import desk_client
from tests.receiver import Receiver

pytestmark = pytest.mark.django_db
HOOKS = "/desk/partners/webhookendpoint/"
DELIVERIES = "/desk/partners/webhookdelivery/"
Emit = Callable[..., object]


def test_an_administrator_registers_for_a_partner(partner: ApiClient, receiver: Receiver, district_admin: User) -> None:
    client = desk_client(district_admin)
    form = {"client": partner.pk, "url": receiver.url, "wanted": "funds.*\n\n projects.*", "description": "平台"}

    refused = client.post(f"{HOOKS}add/", {**form, "url": "https://10.0.0.1/"})
    made = client.post(f"{HOOKS}add/", form, follow=True)

    row = WebhookEndpoint.objects.get()
    assert (refused.status_code, row.topics) == (200, ["funds.*", "projects.*"])
    assert "10.0.0.1" in refused.content.decode()
    assert row.secret in made.content.decode()
    page = client.get(f"{HOOKS}{row.pk}/change/").content.decode()
    assert row.secret not in page
    assert "funds.*, projects.*" in page


def test_clients_of_other_districts_are_not_offered(
    partner: ApiClient, receiver: Receiver, district_admin: User, province: object
) -> None:
    other = partner_of(province)
    client = desk_client(district_admin)

    page = client.get(f"{HOOKS}add/").content.decode()
    refused = client.post(f"{HOOKS}add/", {"client": other.pk, "url": receiver.url, "wanted": "funds.*"})

    assert (f'value="{partner.pk}"' in page, f'value="{other.pk}"' in page) == (True, False)
    assert (refused.status_code, WebhookEndpoint.objects.count()) == (200, 0)


def test_what_was_given_up_is_listed_and_sent_again(
    endpoint: WebhookEndpoint, receiver: Receiver, system: User, district_admin: User
) -> None:
    outbox.emit(by=system, topic="funds.payment.paid", row=system, now=clock.now(), payload={"status": "PAID"})
    outbox.relay(by=system, now=clock.now())
    row = WebhookDelivery.objects.get()
    client = desk_client(district_admin)
    under_way = client.post(f"{DELIVERIES}{row.pk}/deeds/send-again/")
    assert (under_way.status_code, WebhookDelivery.objects.get().status) == (302, "PENDING")
    WebhookDelivery.objects.update(status="FAILED")

    listed = client.get(DELIVERIES, {"status__exact": "FAILED"})
    shown = client.get(f"{DELIVERIES}{row.pk}/change/")
    client.post(f"{DELIVERIES}{row.pk}/deeds/send-again/")
    operations.deliver_due(by=system, clock=clock.now, machine_clock=clock.now)

    assert (listed.status_code, shown.status_code) == (200, 200)
    assert "funds.payment.paid" in listed.content.decode()
    assert str(row.event.event_id) in shown.content.decode()
    assert WebhookDelivery.objects.get().status == "DELIVERED"


def test_moves_and_deeds(endpoint: WebhookEndpoint, district_admin: User) -> None:
    client, home = desk_client(district_admin), f"{HOOKS}{endpoint.pk}"

    client.post(f"{home}/deeds/test/")
    rotated = client.post(f"{home}/deeds/rotate/", follow=True)
    client.post(f"{home}/moves/disable/", {"reason": "维护"})
    off = WebhookEndpoint.objects.get()
    client.post(f"{home}/moves/enable/")
    on = WebhookEndpoint.objects.get()
    client.post(f"{home}/moves/remove/", {"reason": "合作结束"})

    assert on.secret in rotated.content.decode()
    assert (off.status, on.status, WebhookEndpoint.objects.get().status) == ("DISABLED", "ACTIVE", "REMOVED")
    assert WebhookDelivery.objects.get().status == "CANCELLED"


def test_other_staff_see_nothing(endpoint: WebhookEndpoint, street_officer: User) -> None:
    client = desk_client(street_officer)

    assert client.get(HOOKS).status_code == 403
    assert client.get(DELIVERIES).status_code == 403
    assert client.get(f"{HOOKS}{endpoint.pk}/change/").status_code in {302, 403}
