"""A worker that dies by kill -9 while it sends: at least once, always under the same id; two workers share the work."""

from __future__ import annotations

import datetime as dt
import signal
from collections import Counter

import pytest

from governance.accounts.models import User
from governance.outbox import operations as outbox
from governance.partners.models import WebhookDelivery
from tests.factories.governance_partners import SECRET, EndpointFactory
from tests.receiver import Receiver
from tests.workers import finish, start

pytestmark = pytest.mark.django_db(transaction=True)

SENDER = """
import datetime as dt, os
import django
django.setup()
from django.utils import timezone
from governance.accounts.queries import system_actor
from governance.outbox import operations as outbox
from governance.partners import operations
ahead = dt.timedelta(seconds=int(os.environ["AHEAD"]))
clock = lambda: timezone.now() + ahead
outbox.relay(by=system_actor(), now=clock())
while operations.deliver_due(by=system_actor(), clock=clock, machine_clock=timezone.now):
    pass
"""
LEASE = 120
"""Seconds by which the next worker's clock stands ahead, so that the dead one's claim is over."""


def write(by: User, count: int) -> list[str]:
    """Write events that are due for real."""
    now = dt.datetime.now(dt.UTC)
    return [
        str(outbox.emit(by=by, topic="funds.payment.paid", row=by, now=now, payload={"status": "PAID"}).event_id)
        for _number in range(count)
    ]


def test_a_worker_killed_after_sending_leaves_it_to_the_next(receiver: Receiver, system: User) -> None:
    """Five seconds: two processes start. The receiver gets the first message twice and can tell by its id."""
    EndpointFactory(url=receiver.url)
    ids = write(system, 3)

    assert finish(start(SENDER, JOBS_KILL_AT="partners.sent")) == -signal.SIGKILL
    assert (receiver.ids, WebhookDelivery.objects.filter(status="DELIVERED").count()) == ([ids[0]], 0)
    assert finish(start(SENDER, AHEAD=str(LEASE))) == 0

    assert Counter(receiver.ids) == {ids[0]: 2, ids[1]: 1, ids[2]: 1}
    assert {(row.status, row.answer) for row in WebhookDelivery.objects.all()} == {("DELIVERED", 200)}
    assert all(request.is_signed_with(SECRET) for request in receiver.received)
    twice = [request for request in receiver.received if request.headers["webhook-id"] == ids[0]]
    assert twice[0].body == twice[1].body


@pytest.mark.parametrize(("point", "times", "done"), [("partners.claimed", 1, 0), ("partners.recorded", 1, 1)])
def test_a_worker_killed_before_sending_or_after_recording_changes_nothing(
    receiver: Receiver, system: User, point: str, times: int, done: int
) -> None:
    """Five seconds each: two processes start. What was claimed and never sent goes out, what is recorded is not sent again."""
    EndpointFactory(url=receiver.url)
    ids = write(system, 3)

    assert finish(start(SENDER, JOBS_KILL_AT=point)) == -signal.SIGKILL
    assert (len(receiver.ids), WebhookDelivery.objects.filter(status="DELIVERED").count()) == (done, done)
    assert finish(start(SENDER, AHEAD=str(LEASE))) == 0

    assert Counter(receiver.ids) == dict.fromkeys(ids, times)
    assert {(row.status, row.answer) for row in WebhookDelivery.objects.all()} == {("DELIVERED", 200)}


def test_the_claim_of_a_living_worker_is_respected(receiver: Receiver, system: User) -> None:
    """Five seconds: two processes start. The second comes before the lease is over and sends only the rest."""
    EndpointFactory(url=receiver.url)
    ids = write(system, 3)

    assert finish(start(SENDER, JOBS_KILL_AT="partners.sent")) == -signal.SIGKILL
    assert finish(start(SENDER)) == 0

    assert Counter(receiver.ids) == dict.fromkeys(ids, 1)
    assert WebhookDelivery.objects.filter(status="DELIVERED").count() == 2


def test_two_workers_share_the_work(receiver: Receiver, system: User) -> None:
    """Five seconds: two processes start."""
    EndpointFactory(url=receiver.url)
    ids = write(system, 30)

    assert [finish(process) for process in [start(SENDER), start(SENDER)]] == [0, 0]

    assert Counter(receiver.ids) == dict.fromkeys(ids, 1)
