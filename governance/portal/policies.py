"""What a browser may load on our pages: the strict content policy, and where third-party pages need more."""

from __future__ import annotations

STRICT: dict[str, list[str] | str] = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],  # the picture for an authenticator app
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "report-uri": "/csp-report/",
}
RELAXED: dict[str, dict[str, list[str]]] = {
    # unfold: Alpine evaluates the expressions in its templates; colors and widths are written as styles.
    "/desk/": {"script-src": ["'self'", "'unsafe-eval'"], "style-src": ["'self'", "'unsafe-inline'"]},
    # Swagger UI and ReDoc write styles; ReDoc searches in a worker of its own.
    "/api/v1/docs": {"style-src": ["'self'", "'unsafe-inline'"]},
    "/api/v1/redoc": {"style-src": ["'self'", "'unsafe-inline'"], "worker-src": ["'self'", "blob:"]},
}
"""Addresses whose third-party pages need more than the strict policy, and what."""
