"""The way out for text messages that must arrive at once: sign-in codes.

Everything else a person is told goes through the outbox. SMS_BACKEND names the function that takes the number and the
text; neither ever stands in a log.
"""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from http import HTTPStatus

from allauth.core import context
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from governance.errors import Unavailable

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5
SHOWN_KEY = "demonstration_messages"
SHOWN_MESSAGES = 3


class SmsNotSent(Unavailable):
    """The gateway does not answer or does not take the message."""

    code = "sms_not_sent"
    message = _("The message could not be sent. Please try again in a few minutes.")


def send(*, phone: str, text: str) -> None:
    """Send a text message now.

    Raises:
        SmsNotSent: the gateway did not take it.
    """
    import_string(settings.SMS_BACKEND)(phone, text)


def log(_phone: str, _text: str) -> None:
    """Deliver nothing and say so: no gateway is set."""
    logger.warning("sms not delivered: SMS_GATEWAY_URL is not set")


def show(_phone: str, text: str) -> None:
    """Keep the text in the visitor's own session, where the demonstration's pages show it."""
    session = context.request.session
    session[SHOWN_KEY] = [*session.get(SHOWN_KEY, []), text][-SHOWN_MESSAGES:]


def post(phone: str, text: str) -> None:
    """Hand the message to the gateway at SMS_GATEWAY_URL: POST of JSON {"phone", "text"} with a bearer token."""
    request = urllib.request.Request(  # noqa: S310 - the address is the operator's own setting
        settings.SMS_GATEWAY_URL,
        data=json.dumps({"phone": phone, "text": text}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - see above
            status = answer.status
    except (urllib.error.URLError, OSError) as error:
        logger.exception("sms gateway failed", extra={"error": type(error).__name__})
        raise SmsNotSent from None
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise SmsNotSent
