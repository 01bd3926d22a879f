"""Registering webhooks, sending what is due, sending again."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import Conflict, DomainError, Invalid, NotAllowed, NotNow
from governance.jobs.marks import mark
from governance.outbox import operations as outbox
from governance.partners.lifecycle import DeliveryStatus, EndpointStatus
from governance.partners.models import WebhookDelivery, WebhookEndpoint
from governance.partners.policy import (
    GIVE_UP_AFTER,
    LONGEST_PAUSE,
    SECRET_BYTES,
    TEST_TOPIC,
    body_of,
    is_topic,
    scope_of,
    secret_of,
    signature,
    timestamp,
    wait_after,
)
from governance.partners.queries import scopes_of
from governance.partners.transport import WHOLE_SECONDS, Answer, NoAnswer, address_of, post, target_of

if TYPE_CHECKING:
    from governance.accounts.models import ApiClient, User

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=4 * WHOLE_SECONDS)
"""So long a claimed delivery is left alone; then its worker is taken for dead."""

ROUND = dt.timedelta(seconds=30)
MOST_ENDPOINTS = 20
OLD_SECRET_HOLDS = dt.timedelta(hours=24)
OK, MULTIPLE, BAD, GONE = 200, 300, 400, 410
ERROR_LENGTH = 300


class TopicUnknown(Invalid):
    """Nobody may subscribe to this."""

    code = "webhook_topic_unknown"
    message = _("“%(topic)s” is no topic. Write it as funds.payment.paid, funds.payment.* or funds.*.")


class TopicNotInScope(NotAllowed):
    """The client may not read the floor whose events it wants."""

    code = "webhook_topic_not_in_scope"
    message = _("“%(topic)s” needs the scope %(scope)s, which this client does not have.")


class EndpointExists(Conflict):
    """The client has this address already."""

    code = "webhook_exists"
    message = _("This client already has a webhook at this address.")


class TooManyEndpoints(NotNow):
    """A client has a bounded number of addresses."""

    code = "webhook_too_many"
    message = _("A client may have at most %(most)s webhooks.")


class EndpointNotActive(NotNow):
    """Nothing is sent to an endpoint that is switched off."""

    code = "webhook_not_active"
    message = _("This webhook is switched off. Please switch it on first.")


class DeliveryUnderWay(NotNow):
    """It will be sent without anybody's help."""

    code = "webhook_delivery_under_way"
    message = _("This delivery is still being tried.")


def register_webhook(
    *, by: User, client: ApiClient, url: str, topics: Sequence[str], now: dt.datetime, description: str = ""
) -> tuple[WebhookEndpoint, str]:
    """Register an address; return it with its secret, shown this once.

    The name is resolved and its addresses are checked here, and again before every call.

    Raises:
        AddressUnusable, NoAnswer: nothing may or can be sent to the address.
        TopicUnknown, TopicNotInScope: the client may not hear of a topic.
        EndpointExists, TooManyEndpoints: the client has it, or too many.
    """
    wanted = _checked_topics(client, topics)
    if not by.has_perm("partners.manage_webhook", WebhookEndpoint(client=client)):
        raise NotAllowed
    address_of(target_of(url))
    secret = secret_of(secrets.token_bytes(SECRET_BYTES))
    with transaction.atomic():
        type(client).objects.select_for_update().get(pk=client.pk)
        living = WebhookEndpoint.objects.filter(client=client).exclude(status=EndpointStatus.REMOVED)
        if living.filter(url=url).exists():
            raise EndpointExists(field="url")
        if living.count() >= MOST_ENDPOINTS:
            raise TooManyEndpoints(most=MOST_ENDPOINTS)
        row = WebhookEndpoint(
            client=client,
            url=url,
            topics=wanted,
            description=description,
            secret=secret,
            registered_at=now,
            registered_by=by,
        )
        row.full_clean()
        row.save()
        after = {"client": client.name, "url": url, "topics": wanted}
        audit.record(by=by, verb="partners.webhook.registered", row=row, now=now, after=after)
    return row, secret


def _checked_topics(client: ApiClient, topics: Sequence[str]) -> list[str]:
    """Return the topics sorted, each once, if the client may hear of all of them."""
    allowed = scopes_of(client)
    wanted = sorted(set(topics))
    for topic in wanted or [""]:
        if not is_topic(topic):
            raise TopicUnknown(field="topics", topic=topic)
        if scope_of(topic) not in allowed:
            raise TopicNotInScope(field="topics", topic=topic, scope=scope_of(topic))
    return wanted


def rotate_secret(*, by: User, endpoint: WebhookEndpoint, now: dt.datetime) -> tuple[WebhookEndpoint, str]:
    """Give an endpoint a new secret, shown this once; for a day messages are signed with the one before as well."""
    secret = secret_of(secrets.token_bytes(SECRET_BYTES))
    with transaction.atomic():
        row = _locked(by, endpoint)
        row.previous_secret, row.previous_until, row.secret = row.secret, now + OLD_SECRET_HOLDS, secret
        row.save(update_fields=["previous_secret", "previous_until", "secret"])
        audit.record(by=by, verb="partners.webhook.secret_rotated", row=row, now=now)
    return row, secret


def _locked(by: User, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """Lock an endpoint that is in use, if this person manages it."""
    row = WebhookEndpoint.objects.select_for_update(of=("self",)).select_related("client__user").get(pk=endpoint.pk)
    if not by.has_perm("partners.manage_webhook", row):
        raise NotAllowed
    if row.status == EndpointStatus.REMOVED:
        raise EndpointNotActive
    return row


def enable_webhook(*, by: User, endpoint: WebhookEndpoint, now: dt.datetime) -> WebhookEndpoint:
    """Switch an endpoint on again; what still waits is sent at once."""
    changes = {"failures": 0, "failing_since": None, "paused_until": None}
    return lifecycle.move(endpoint, "enable", by=by, now=now, changes=changes)


def remove_webhook(*, by: User, endpoint: WebhookEndpoint, now: dt.datetime, reason: str = "") -> WebhookEndpoint:
    """Remove an endpoint; what still waits is cancelled."""
    with transaction.atomic():
        text = reason.strip() or gettext("removed by the partner system")
        row = lifecycle.move(endpoint, "remove", by=by, now=now, reason=text)
        row.deliveries.filter(status=DeliveryStatus.PENDING).update(status=DeliveryStatus.CANCELLED)
    return row


def send_test(*, by: User, endpoint: WebhookEndpoint, now: dt.datetime) -> WebhookDelivery:
    """Queue a message that tells nothing, to try an endpoint out.

    Raises:
        EndpointNotActive: the endpoint is switched off.
    """
    with transaction.atomic():
        row = _locked(by, endpoint)
        if row.status != EndpointStatus.ACTIVE:
            raise EndpointNotActive
        event = outbox.emit(by=by, topic=TEST_TOPIC, row=row, now=now)
        audit.record(by=by, verb="partners.webhook.tested", row=row, now=now)
        return WebhookDelivery.objects.create(
            endpoint=row, event=event, created_at=now, due_at=now, give_up_at=now + GIVE_UP_AFTER
        )


def send_again(*, by: User, delivery: WebhookDelivery, now: dt.datetime) -> WebhookDelivery:
    """Send an ended delivery once more under the same id, by which the receiver drops what it has already; harmless.

    Raises:
        DeliveryUnderWay: it is still being tried.
        EndpointNotActive: the endpoint is switched off.
    """
    with transaction.atomic():
        endpoint = _locked(by, delivery.endpoint)
        row = WebhookDelivery.objects.select_for_update(of=("self",)).select_related("event").get(pk=delivery.pk)
        if row.status == DeliveryStatus.PENDING:
            raise DeliveryUnderWay
        if endpoint.status != EndpointStatus.ACTIVE:
            raise EndpointNotActive
        before = {"status": row.status, "attempts": row.attempts}
        row.status, row.attempts, row.delivered_at = DeliveryStatus.PENDING, 0, None
        row.due_at, row.give_up_at = now, now + GIVE_UP_AFTER
        row.save(update_fields=["status", "attempts", "delivered_at", "due_at", "give_up_at"])
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(paused_until=None)
        audit.record(by=by, verb="partners.delivery.sent_again", row=row, now=now, before=before)
    return row


def deliver_due(
    *, by: User, clock: Callable[[], dt.datetime], machine_clock: Callable[[], dt.datetime], limit: int = 500
) -> int:
    """Send what is due, one after another for at most half a minute; return how many were sent, taken or not.

    `clock` is the installation's, which the demonstration moves; receivers compare the time stamp with their own clocks, so
    that one comes from `machine_clock`. Two workers at once share the work; a receiver that does not answer is left in
    peace for a while, so that it keeps nothing back.
    """
    began = machine_clock()
    _give_up_what_nobody_takes(clock())
    for count in range(limit):
        claimed = _claim(clock()) if machine_clock() - began < ROUND else None
        if claimed is None:
            return count
        mark("partners.claimed")
        outcome = _send(claimed, machine_clock())
        mark("partners.sent")
        _record(by, claimed, outcome, clock())
        mark("partners.recorded")
    return limit


def _claim(now: dt.datetime) -> WebhookDelivery | None:
    """Take the oldest due delivery, so that nobody else does for the time of a lease."""
    with transaction.atomic():
        row = (
            WebhookDelivery.objects.due(now)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("endpoint", "event")
            .first()
        )
        if row is not None:
            row.attempts += 1
            row.attempted_at, row.due_at = now, now + LEASE
            row.save(update_fields=["attempts", "attempted_at", "due_at"])
        return row


def _send(row: WebhookDelivery, machine_now: dt.datetime) -> Answer | DomainError:
    """Send one message; no transaction is open while the receiver thinks."""
    body = body_of(row.event)
    event_id = str(row.event.event_id)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "district-governance-webhooks/1",
        "webhook-id": event_id,
        "webhook-timestamp": timestamp(machine_now),
        "webhook-signature": signature(
            row.endpoint.secrets_at(row.attempted_at or row.created_at),
            event_id=event_id,
            sent_at=machine_now,
            body=body,
        ),
    }
    try:
        target = target_of(row.endpoint.url)
        return post(target, address_of(target), headers=headers, body=body)
    except DomainError as refusal:
        return refusal
    except Exception:
        logger.exception("webhook could not be sent", extra={"delivery": row.pk, "endpoint": row.endpoint_id})
        return NoAnswer(reason=gettext("The message could not be sent."))


def _record(by: User, row: WebhookDelivery, outcome: Answer | DomainError, now: dt.datetime) -> None:
    """Write down what came of an attempt."""
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update(of=("self",)).get(pk=row.endpoint_id)
        if isinstance(outcome, DomainError):
            _record_silence(row, endpoint, str(outcome), now)
            return
        _record_answering(endpoint, now)
        if OK <= outcome.status < MULTIPLE:
            changes = {"status": DeliveryStatus.DELIVERED, "delivered_at": now, "answer": outcome.status}
            WebhookDelivery.objects.filter(pk=row.pk).update(**changes, last_error="")
            return
        wait = max(wait_after(row.attempts), dt.timedelta(seconds=outcome.retry_after))
        if outcome.status == GONE and endpoint.status == EndpointStatus.ACTIVE:
            lifecycle.move(endpoint, "retire", by=by, now=now, reason=gettext("the receiver answered 410 Gone"))
        _record_failure(row, _reason(outcome.status), now, now + wait, answer=outcome.status)


def _reason(status: int) -> str:
    """Return in words what an answer means."""
    if MULTIPLE <= status < BAD:
        return gettext("The receiver answered %(status)s; redirects are not followed.") % {"status": status}
    return gettext("The receiver answered %(status)s.") % {"status": status}


def _record_failure(
    row: WebhookDelivery, reason: str, now: dt.datetime, again_at: dt.datetime, answer: int | None
) -> None:
    """Put a delivery off, or give it up when its days are over; whoever claimed it since knows better."""
    changes: dict[str, object] = {"last_error": reason[:ERROR_LENGTH], "answer": answer}
    if now >= row.give_up_at:
        changes["status"] = DeliveryStatus.FAILED
    else:
        changes["due_at"] = min(again_at, row.give_up_at)
    mine = WebhookDelivery.objects.filter(pk=row.pk, attempts=row.attempts, status=DeliveryStatus.PENDING)
    mine.update(**changes)


def _record_silence(row: WebhookDelivery, endpoint: WebhookEndpoint, reason: str, now: dt.datetime) -> None:
    """Leave a receiver that does not answer in peace for a while; what is over its days is given up with it."""
    failures = endpoint.failures + 1
    paused_until = now + wait_after(failures, longest=LONGEST_PAUSE)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        failures=failures, failing_since=endpoint.failing_since or now, paused_until=paused_until
    )
    _record_failure(row, reason, now, paused_until, answer=None)
    over = endpoint.deliveries.filter(status=DeliveryStatus.PENDING, give_up_at__lte=now, due_at__lte=now)
    over.update(status=DeliveryStatus.FAILED, last_error=reason[:ERROR_LENGTH])


def _record_answering(endpoint: WebhookEndpoint, now: dt.datetime) -> None:
    """Send at once what has waited for a receiver that answers again."""
    if endpoint.failing_since is None:
        return
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failures=0, failing_since=None, paused_until=None)
    waiting = endpoint.deliveries.filter(status=DeliveryStatus.PENDING, answer=None, due_at__gt=now + LEASE)
    waiting.update(due_at=now)


def _give_up_what_nobody_takes(now: dt.datetime) -> None:
    """Give up what is over its days and waits for an endpoint that is switched off."""
    over = WebhookDelivery.objects.filter(status=DeliveryStatus.PENDING, give_up_at__lte=now, due_at__lte=now)
    over.exclude(endpoint__in=WebhookEndpoint.objects.listening().values("pk")).update(
        status=DeliveryStatus.FAILED, last_error=gettext("The webhook was switched off.")
    )
