"""The ways on which a message reaches a person. A channel takes who, the message's id, and the text; nothing is logged.

DIGEST_CHANNELS names the function of each channel. `console` delivers nothing: it stands where no gateway is set, which a
worker says when it starts. A gateway gets each message at least once, with an id by which it drops repeats.
"""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from governance.errors import Unavailable

if TYPE_CHECKING:
    import uuid

    from consultation.topics.following.models import DigestMessage
    from governance.accounts.models import User

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5


class ChannelSilent(Unavailable):
    """The gateway does not answer or does not take the message; it is tried again later."""

    code = "channel_silent"
    message = _("The message could not be handed over. It is tried again later.")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that no row stands for but its event in the outbox: to whom, on which way, under which id."""

    user: User
    channel: str
    message_id: uuid.UUID


def send(message: DigestMessage | Letter, text: str, url: str) -> None:
    """Hand a message to its channel.

    Raises:
        ChannelSilent: the gateway did not take it.
    """
    import_string(settings.DIGEST_CHANNELS[message.channel])(message, text, url)


def can_reach(message: DigestMessage | Letter) -> bool:
    """Tell whether the person can be reached on the channel at all: a text message needs a number that was verified."""
    user = message.user
    return user.is_active and (message.channel != "SMS" or bool(user.phone and user.phone_verified))


def console(message: DigestMessage | Letter, text: str, url: str) -> None:
    """Deliver nothing: no gateway is set."""
    del url
    logger.debug("message not delivered: no gateway", extra={"id": str(message.message_id), "length": len(text)})


def sms(message: DigestMessage | Letter, text: str, url: str) -> None:
    """Hand a text message to the gateway at SMS_GATEWAY_URL."""
    body = {"phone": message.user.phone, "text": f"{text} {url}"}
    _post(settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_TOKEN, message, body)


def wechat(message: DigestMessage | Letter, text: str, url: str) -> None:
    """Hand a template message to the gateway of the official account at WECHAT_GATEWAY_URL.

    The gateway knows its followers by our opaque log-in name; no number and no name of a person leaves the house.
    """
    body = {"recipient": message.user.username, "template": settings.WECHAT_TEMPLATE, "text": text, "url": url}
    _post(settings.WECHAT_GATEWAY_URL, settings.WECHAT_GATEWAY_TOKEN, message, body)


def _post(address: str, token: str, message: DigestMessage | Letter, body: dict[str, Any]) -> None:
    request = urllib.request.Request(  # noqa: S310 - the address is the operator's own setting
        address,
        data=json.dumps({**body, "id": str(message.message_id)}).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": str(message.message_id),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - see above
            status = answer.status
    except (urllib.error.URLError, OSError) as error:
        logger.warning("channel failed", extra={"channel": message.channel, "error": type(error).__name__})
        raise ChannelSilent from None
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise ChannelSilent
