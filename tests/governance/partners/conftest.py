"""A partner of the district with a receiver on this machine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from communities.territory.models import Division
from governance.accounts.models import ApiClient, User
from governance.outbox import operations as outbox
from governance.outbox.models import OutboxEvent
from governance.partners import operations
from governance.partners.models import WebhookEndpoint
from tests.factories.governance_partners import EndpointFactory, partner_of
from tests.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with receiving() as running:
        yield running


@pytest.fixture
def partner(district: Division) -> ApiClient:
    """A client with every scope that works for the district."""
    return partner_of(district)


@pytest.fixture
def endpoint(partner: ApiClient, receiver: Receiver) -> WebhookEndpoint:
    """Its endpoint, which wants to hear of money."""
    made: WebhookEndpoint = EndpointFactory(client=partner, url=receiver.url)
    return made


@pytest.fixture
def emit(system: User, now: dt.datetime) -> Callable[..., OutboxEvent]:
    """Write an event about a place."""

    def write(topic: str = "funds.payment.paid", row: object = None, **payload: object) -> OutboxEvent:
        return outbox.emit(by=system, topic=topic, row=row or system, now=now, payload=payload or {"status": "PAID"})

    return write


class Desk:
    """The relay and the sender under a clock that a test moves."""

    def __init__(self, by: User, now: dt.datetime) -> None:
        self.by, self.now = by, now

    def relay(self) -> int:
        """Hand the due events to the subscribers."""
        return outbox.relay(by=self.by, now=self.now)

    def send(self) -> int:
        """Send what is due."""
        return operations.deliver_due(by=self.by, clock=lambda: self.now, machine_clock=lambda: self.now)

    def later(self, **span: float) -> Desk:
        """Move the clock on."""
        self.now += dt.timedelta(**span)
        return self


@pytest.fixture
def desk(system: User, now: dt.datetime) -> Desk:
    """Relay and sender at the fixed moment."""
    return Desk(system, now)
