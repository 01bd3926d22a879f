"""Events: written with their act, delivered at least once, postponed when a receiver fails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from communities.territory.models import Division
from governance.accounts.models import User
from governance.outbox import operations
from governance.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_donations import DonationFactory
from tests.governance.outbox import subscriber

HEAR = "tests.governance.outbox.subscriber.hear"
WANTED = "tests.governance.outbox.subscriber.wanted"
FAIL = "tests.governance.outbox.subscriber.fail"


@pytest.fixture
def by(db: None) -> User:
    made: User = UserFactory()
    return made


@pytest.fixture
def fund_row(community: Division) -> Any:
    """A fund of the community."""
    return CommunityFundFactory(division=community)


@pytest.fixture(autouse=True)
def heard() -> Iterator[list[tuple[str, dt.datetime]]]:
    """What the subscriber has heard in this test."""
    subscriber.HEARD.clear()
    yield subscriber.HEARD
    subscriber.HEARD.clear()


def emit(by: User, now: dt.datetime, topic: str = "funds.order.approved", **payload: Any) -> OutboxEvent:
    return operations.emit(by=by, topic=topic, row=by, now=now, payload=payload)


def test_an_event_holds_its_object_and_its_transaction(by: User, now: dt.datetime) -> None:
    event = emit(by, now, status="APPROVED")

    event.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_current()")
        assert event.transaction_id == cursor.fetchone()[0]
    assert (event.object_label, event.object_key, event.payload) == (
        "accounts.User",
        str(by.pk),
        {"status": "APPROVED"},
    )
    assert (event.created_at, event.due_at, event.attempts, event.relayed_at) == (now, now, 0, None)
    assert emit(by, now).event_id != event.event_id


def test_an_event_goes_with_its_act(by: User, now: dt.datetime) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        emit(by, now).pk /= 0

    assert OutboxEvent.objects.count() == 0


def test_those_hear_whose_prefix_it_is(by: User, now: dt.datetime, settings: Any, heard: list[Any]) -> None:
    settings.OUTBOX_SUBSCRIBERS = [("funds.order.", HEAR), ("funds.", HEAR), ("communities.", HEAR)]
    emit(by, now)

    assert operations.relay(by=by, now=now) == 1
    assert operations.relay(by=by, now=now) == 0
    assert heard == [("funds.order.approved", now)] * 2
    event = OutboxEvent.objects.get()
    assert (event.relayed_at, event.attempts) == (now, 1)


def test_an_event_names_the_place_of_its_object(by: User, now: dt.datetime, community: Division, fund_row: Any) -> None:
    own = operations.emit(by=by, topic="t", row=fund_row, now=now)
    through = operations.emit(by=by, topic="t", row=DonationFactory(fund=fund_row), now=now)

    assert (own.division_key, through.division_key) == (community.pk, community.pk)
    assert emit(by, now).division_key is None


def test_a_subscriber_may_say_what_it_wants_at_present(
    by: User, now: dt.datetime, settings: Any, heard: list[Any]
) -> None:
    settings.OUTBOX_SUBSCRIBERS = [("funds.", HEAR, WANTED)]
    for topic in ("funds.payment.paid", "funds.order.approved", "communities.notice.posted"):
        emit(by, now, topic)

    assert operations.relay(by=by, now=now) == 1
    assert heard == [("funds.payment.paid", now)]
    assert OutboxEvent.objects.filter(relayed_at=now).count() == 3


def test_what_nobody_wants_to_hear_is_marked_in_bulk(by: User, now: dt.datetime, settings: Any) -> None:
    settings.OUTBOX_SUBSCRIBERS = [("communities.", HEAR)]
    count = operations.UNHEARD + 5
    OutboxEvent.objects.bulk_create(
        OutboxEvent(topic="funds.order.proposed", object_label="x", object_key=f"{n}", created_at=now, due_at=now)
        for n in range(count)
    )

    assert operations.relay(by=by, now=now) == 0

    assert OutboxEvent.objects.filter(relayed_at=now, attempts=1).count() == count


def test_what_is_not_due_waits(by: User, now: dt.datetime, settings: Any, heard: list[Any]) -> None:
    settings.OUTBOX_SUBSCRIBERS = [("", HEAR)]
    emit(by, now + dt.timedelta(seconds=1))

    assert operations.relay(by=by, now=now) == 0
    assert operations.relay(by=by, now=now + dt.timedelta(seconds=1)) == 1


def test_a_failing_receiver_is_asked_again_later_and_later(by: User, now: dt.datetime, settings: Any) -> None:
    settings.OUTBOX_SUBSCRIBERS = [("", FAIL)]
    event = emit(by, now)
    waits = []

    for _attempt in range(16):
        assert operations.relay(by=by, now=now) == 0
        event.refresh_from_db()
        waits.append(int((event.due_at - now).total_seconds()))
        now = event.due_at

    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == operations.LONGEST_WAIT.total_seconds()
    assert (event.attempts, event.relayed_at) == (16, None)
    assert "cannot be delivered" in event.last_error


def test_one_failure_keeps_nothing_else_back(by: User, now: dt.datetime, settings: Any, heard: list[Any]) -> None:
    settings.OUTBOX_SUBSCRIBERS = [("bad.", FAIL), ("good.", HEAR)]
    emit(by, now, "bad.one")
    emit(by, now, "good.one")

    assert operations.relay(by=by, now=now) == 1
    assert heard == [("good.one", now)]


def test_a_receiver_that_fails_after_another_is_repeated_for_both(
    by: User, now: dt.datetime, settings: Any, heard: list[Any]
) -> None:
    """At least once: the receiver that heard it hears it again, and drops it by its id."""
    settings.OUTBOX_SUBSCRIBERS = [("", HEAR), ("", FAIL)]
    emit(by, now)
    operations.relay(by=by, now=now)
    settings.OUTBOX_SUBSCRIBERS = [("", HEAR)]

    assert operations.relay(by=by, now=now + dt.timedelta(hours=1)) == 1
    assert len(heard) == 2


def test_the_oldest_goes_first_up_to_the_limit(by: User, now: dt.datetime, settings: Any, heard: list[Any]) -> None:
    settings.OUTBOX_SUBSCRIBERS = [("", HEAR)]
    for minutes in (1, 3, 2):
        emit(by, now - dt.timedelta(minutes=minutes), f"t.{minutes}")

    assert operations.relay(by=by, now=now, limit=2) == 2
    assert [topic for topic, _now in heard] == ["t.3", "t.2"]


@pytest.mark.django_db(transaction=True)
def test_two_relays_share_the_work(by: User, now: dt.datetime, settings: Any, heard: list[Any]) -> None:
    settings.OUTBOX_SUBSCRIBERS = [("", HEAR)]
    for number in range(20):
        emit(by, now, f"t.{number}")

    def relay() -> int:
        delivered = operations.relay(by=by, now=now)
        connection.close()
        return delivered

    with ThreadPoolExecutor(4) as pool:
        delivered = sum(found.result() for found in [pool.submit(relay) for _worker in range(4)])

    assert delivered == 20
    assert sorted(topic for topic, _now in heard) == sorted(f"t.{number}" for number in range(20))
