"""Signatures, topics, waits and cursors: pure."""

from __future__ import annotations

import base64
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.lifecycle import REGISTRY
from governance.outbox.models import OutboxEvent
from governance.outbox.policy import Cursor
from governance.partners import policy
from governance.partners.policy import (
    CursorUnknown,
    body_of,
    carried,
    is_topic,
    is_wanted,
    message_of,
    read_cursor,
    scope_of,
    secret_of,
    signature,
    wait_after,
    write_cursor,
)

ROOT = Path(__file__).resolve().parents[3]


def test_the_signature_is_that_of_the_specification() -> None:
    """The reference vector of the Standard Webhooks specification's own libraries."""
    sent_at = dt.datetime.fromtimestamp(1614265330, tz=dt.UTC)

    found = signature(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        event_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        sent_at=sent_at,
        body=b'{"test": 2432232314}',
    )

    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_give_two_signatures_the_newest_first() -> None:
    secrets = [secret_of(b"n" * 32), secret_of(b"o" * 32)]
    sent_at = dt.datetime(2026, 3, 4, tzinfo=dt.UTC)

    both = signature(secrets, event_id="1", sent_at=sent_at, body=b"{}").split(" ")

    alone = [signature([secret], event_id="1", sent_at=sent_at, body=b"{}") for secret in secrets]
    assert both == alone


def test_a_secret_is_thirty_two_bytes_behind_its_mark() -> None:
    secret = secret_of(b"\xff" * 32)

    assert secret.startswith("whsec_")
    assert base64.b64decode(secret.removeprefix("whsec_")) == b"\xff" * 32


def event(**payload: object) -> OutboxEvent:
    return OutboxEvent(
        topic="funds.payment.paid",
        object_label="funds.Payment",
        object_key="17",
        division_key=5,
        payload=payload,
        created_at=dt.datetime(2026, 3, 4, 12, tzinfo=dt.timezone(dt.timedelta(hours=8))),
    )


def test_a_message_names_what_happened_to_what_and_where() -> None:
    assert message_of(event(status="PAID")) == {
        "type": "funds.payment.paid",
        "timestamp": "2026-03-04T04:00:00Z",
        "data": {"status": "PAID", "object": "funds.Payment", "id": "17", "division": 5},
    }


def test_the_bytes_of_a_message_never_change() -> None:
    assert body_of(event(status="PAID", kind="x")) == (
        b'{"data":{"division":5,"id":"17","kind":"x","object":"funds.Payment","status":"PAID"},'
        b'"timestamp":"2026-03-04T04:00:00Z","type":"funds.payment.paid"}'
    )


def test_what_is_not_known_to_be_harmless_stays_inside() -> None:
    payload = {"status": "PAID", "payee": "王小明", "phone": "13800001234", "object": "forged", "id": "9"}

    assert carried(payload) == {"status": "PAID"}
    assert message_of(event(**payload))["data"]["id"] == "17"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("funds.*", True),
        ("funds.payment.*", True),
        ("funds.payment.paid", True),
        ("consultation.ballot.published", True),
        ("*", False),
        ("", False),
        ("funds", False),
        ("funds.payment", False),
        ("funds.pay*", False),
        ("funds.payment.paid.", False),
        ("Funds.*", False),
        ("accounts.*", False),
        ("partners.webhook.tested", False),
        ("communities.resident.registered", False),
        ("communities.resident.*", False),
        ("consultation.vote.cast", False),
        ("communities.*", True),
    ],
)
def test_topics_that_may_be_subscribed_to(pattern: str, expected: bool) -> None:
    assert is_topic(pattern) is expected


@pytest.mark.parametrize(
    ("topic", "patterns", "expected"),
    [
        ("funds.payment.paid", ["funds.*"], True),
        ("funds.payment.paid", ["funds.payment.*"], True),
        ("funds.payment.paid", ["funds.payment.paid"], True),
        ("funds.payment.paid", ["funds.order.*", "funds.payment.paid"], True),
        ("funds.payment.paid_late", ["funds.payment.paid"], False),
        ("funds.payments.paid", ["funds.payment.*"], False),
        ("consultation.topic.closed", ["funds.*"], False),
        ("communities.resident.registered", ["communities.*"], False),
        ("consultation.vote.cast", ["consultation.*"], False),
    ],
)
def test_topics_that_are_wanted(topic: str, patterns: list[str], expected: bool) -> None:
    assert is_wanted(topic, patterns) is expected


def test_every_topic_of_a_lifecycle_can_be_subscribed_to() -> None:
    topics = {move.event for machine in REGISTRY.values() for move in machine.moves if move.event}

    assert sorted(topic for topic in topics if topic.split(".")[0] in policy.FLOORS and not is_topic(topic)) == []
    assert {scope_of(topic) for topic in topics if topic.startswith("funds.")} == {"funds:read"}


def test_waits_grow_from_seconds_to_hours() -> None:
    hour = dt.timedelta(hours=1)

    assert [wait_after(attempts).total_seconds() for attempts in range(1, 11)] == [
        *(5, 30, 120, 600, 1800),
        *(3600, 7200, 14400, 21600, 21600),
    ]
    assert wait_after(10_000, longest=hour) == hour
    assert wait_after(0).total_seconds() == 5


def test_a_day_and_the_third_day_are_reached_in_few_attempts() -> None:
    attempts, passed = 0, dt.timedelta()
    while passed < policy.GIVE_UP_AFTER:
        attempts += 1
        passed += wait_after(attempts)

    assert attempts == 19


@given(transaction=st.integers(0, 10**18 - 1), number=st.integers(0, 10**18 - 1))
def test_a_cursor_comes_back_as_it_went(transaction: int, number: int) -> None:
    text = write_cursor(Cursor(transaction, number))

    assert read_cursor(text) == (transaction, number)
    assert text.isascii()
    assert set("+/=. &") & set(text) == set()


@pytest.mark.parametrize("text", ["x", "17", "MS4x", "äö", "MS4xLjI=junk", "Mi4xLjI", "MS4tMS4y", "MS4xLjIuMw", " "])
def test_a_cursor_of_somebody_else_is_refused(text: str) -> None:
    with pytest.raises(CursorUnknown):
        read_cursor(text)
