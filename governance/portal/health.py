"""What machines ask: is the process alive, is the installation ready, what did browsers refuse to load."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error, connection
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from kombu import Connection

from governance.portal.models import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

logger = logging.getLogger(__name__)

SILENCE = dt.timedelta(seconds=60)
"""How long beat and worker together may be silent."""
BROKER_SECONDS = 1
LONGEST_REPORT = 8192
MOST_REPORTS = 10


class NotReady(Exception):
    """A part of the installation does not do its work; the text says which and how."""


@require_safe
@never_cache
def alive(_request: HttpRequest) -> HttpResponse:
    """Answer as long as the process serves at all; asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, broker and clock work, otherwise 503 with what does not."""
    parts: dict[str, Callable[[], None]] = {"database": _database, "broker": _broker, "beat": _beat}
    found = {}
    for name, ask in parts.items():
        try:
            ask()
        except NotReady as reason:
            found[name] = str(reason)
        else:
            found[name] = "ok"
    is_ready = all(text == "ok" for text in found.values())
    return JsonResponse({"ready": is_ready, **found}, status=200 if is_ready else 503)


def _database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        message = "the database does not answer"
        raise NotReady(message) from error


def _broker() -> None:
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=BROKER_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=BROKER_SECONDS)
    except Exception as error:
        message = "the broker does not answer"
        raise NotReady(message) from error


def _beat() -> None:
    try:
        beat = Heartbeat.objects.first()
    except Error as error:
        message = "unknown: the database does not answer"
        raise NotReady(message) from error
    if beat is None:
        message = "beat has never run a task"
        raise NotReady(message)
    silent = timezone.now() - beat.at
    if silent > SILENCE:
        message = f"no task of beat for {int(silent.total_seconds())} s; is a worker running?"
        raise NotReady(message)


@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log what a browser refused to load: our own mistake, or an attempt to inject something."""
    body = request.read(LONGEST_REPORT)
    try:
        reports = _reports(json.loads(body))
    except (ValueError, TypeError, AttributeError):
        return HttpResponse(status=400)
    for report in reports[:MOST_REPORTS]:
        logger.warning("csp violation", extra=report)
    return HttpResponse(status=204)


def _reports(data: Any) -> list[dict[str, str]]:
    """Read both forms of a report; of addresses only host and path are kept."""
    if isinstance(data, dict):
        old = data.get("csp-report", {})
        return [_report(old.get("document-uri"), old.get("violated-directive"), old.get("blocked-uri"))]
    bodies = [entry.get("body", {}) for entry in data]
    return [_report(body.get("documentURL"), body.get("effectiveDirective"), body.get("blockedURL")) for body in bodies]


def _report(page: Any, directive: Any, blocked: Any) -> dict[str, str]:
    return {"page": _address(page), "directive": str(directive or "")[:100], "blocked": _address(blocked)}


def _address(url: Any) -> str:
    parts = urlsplit(str(url or ""))
    return (f"{parts.netloc}{parts.path}")[:300]
