"""Every route of the product, read from the resolver, with the object that stands for its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

LEFT_OUT = ("admin:", "javascript", "prometheus")
"""The desk is Django's own admin with its own sweep; static and metrics routes answer nobody's question."""


@dataclass(frozen=True, slots=True)
class Route:
    """One named address: `name` with its namespace, the parameters it takes, the view behind it."""

    name: str
    parameters: tuple[str, ...]
    view: Any

    @property
    def methods(self) -> list[str]:
        """The methods that the view answers, without HEAD and OPTIONS."""
        actions = getattr(self.view, "actions", None)
        if actions:
            return sorted(method.upper() for method in actions)
        cls = getattr(self.view, "view_class", None)
        if cls:
            return sorted(name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(cls, name))
        allowed = getattr(self.view, "allowed_methods", None)
        return sorted(allowed) if allowed else ["GET"]


def routes() -> list[Route]:
    """Return every named route of our own floors, sorted by name."""
    found = {route.name: route for route in _walk(get_resolver().url_patterns, "", ())}
    return [found[name] for name in sorted(found) if not name.startswith(LEFT_OUT)]


def _walk(patterns: list[Any], namespace: str, parameters: tuple[str, ...]) -> Iterator[Route]:
    for pattern in patterns:
        own = (*parameters, *pattern.pattern.regex.groupindex) if hasattr(pattern.pattern, "regex") else parameters
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner, own)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield Route(f"{namespace}{pattern.name}", tuple(dict.fromkeys(own)), pattern.callback)
