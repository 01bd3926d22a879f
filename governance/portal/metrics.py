"""Metrics for Prometheus on a port of this machine only, never on the public address.

All web processes of a service write into one folder, and whichever of them holds the port answers for all. The folder
(PROMETHEUS_MULTIPROC_DIR) is made in the settings before prometheus_client is loaded.
"""

from __future__ import annotations

import logging
from threading import Thread
from wsgiref.simple_server import WSGIServer

from django.conf import settings

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"


Server = tuple[WSGIServer, Thread]


def serve() -> Server | None:
    """Serve metrics from a thread of this process when METRICS_PORT is set, unless another process does already."""
    if not settings.METRICS_PORT:
        return None
    from prometheus_client import CollectorRegistry, start_http_server  # noqa: PLC0415 - only where metrics are wanted
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415 - only where metrics are wanted

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the client types only half of itself
    try:
        return start_http_server(settings.METRICS_PORT, HOST, registry)
    except OSError:
        logger.info("metrics are served by another process of this service")
        return None


def stop(server: Server | None) -> None:
    """End the thread and give the port back."""
    if server:
        server[0].shutdown()
        server[0].server_close()
        server[1].join()
