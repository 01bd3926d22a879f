"""Structured logs: one JSON line per event, without personal data (Basis: Cybersecurity Law art. 21, 42).

What looks like a phone, an identity number or a card is shortened wherever it stands; fields that carry secrets are
left out whole; of an address only the path is kept, and of one that opens something by a code not the code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import structlog

from governance.accounts.masking import mask_text

if TYPE_CHECKING:
    from collections.abc import MutableMapping

GONE = "[removed]"
SECRET = ("password", "secret", "token", "phone", "identity", "authorization", "cookie", "csrf", "sms", "code")
NOT_SECRET = {"code", "status_code", "error_code"}
"""`code` alone is the status of an answer or the name of a refusal."""

CODES = re.compile(r"(/(?:matters/follow|answers)/)[^/\s]+")
"""Addresses by which the holder of a slip opens what is theirs."""


def without_personal_data(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Shorten personal data in every value of an event (a structlog processor)."""
    for key in list(event):
        event[key] = _clean(key, event[key])
    request = event.get("request")
    if isinstance(request, str):
        event["request"] = request.partition("?")[0]
    return event


def _clean(key: str, value: Any) -> Any:
    """Return what may be kept of one value."""
    name = key.lower()
    if name not in NOT_SECRET and any(word in name for word in SECRET):
        return GONE
    if isinstance(value, str):
        return CODES.sub(r"\1…", mask_text(value))
    if isinstance(value, dict):
        return {inner: _clean(str(inner), found) for inner, found in value.items()}
    if isinstance(value, list | tuple):
        return [_clean("", found) for found in value]
    return value


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    without_personal_data,
]


def configuration(*, is_json: bool, level: str) -> dict[str, Any]:
    """Return the LOGGING setting, and set structlog up to feed it."""
    structlog.configure(
        processors=[*_SHARED[:3], *_SHARED[4:6], structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if is_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    without_personal_data,
                    renderer,
                ],
            }
        },
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["out"], "level": level},
        "loggers": {
            # People who try the demonstration want to see what failed, not two lines per request or refused form.
            "django_structlog": {"level": level if is_json else "ERROR"},
            "django.request": {"level": level if is_json else "ERROR"},
            # Beat wakes the workers every two seconds; what they do stands in the job rows.
            "django_structlog.celery": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
            "django.server": {"handlers": ["out"], "level": "WARNING", "propagate": False},
            "axes": {"level": "WARNING"},
            # Ten lines a sheet that say how far it is.
            "weasyprint.progress": {"level": "WARNING"},
        },
    }
