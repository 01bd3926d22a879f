"""What partner systems may be allowed to do: one read and one write scope per floor."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_noop
from oauth2_provider.scopes import BaseScopes

READ, WRITE = "read", "write"
PERSONAL = "pii:read"
"""The scope of names, dates of birth and addresses; never granted without being asked for."""


class Scopes(BaseScopes):  # type: ignore[misc]  # the base is untyped
    """One read and one write scope per floor: `funds:read`, `funds:write`, …; and `pii:read` for personal fields."""

    floors: ClassVar[dict[str, str]] = {
        "communities": gettext_noop("Divisions, rules, people, notices"),
        "socialorgs": gettext_noop("Social organizations"),
        "consultation": gettext_noop("Matters, topics, ballots, decisions"),
        "funds": gettext_noop("Enterprises, funds, ledger, reinvestment"),
        "projects": gettext_noop("Projects and evaluation"),
        "jobs": gettext_noop("Progress of long work"),
        "partners": gettext_noop("Webhooks and the feed of changes"),
        "indicators": gettext_noop("Indicators and claimed figures"),
        "portal": gettext_noop("Traces from need to result"),
    }

    def get_all_scopes(self) -> dict[str, str]:
        """Return every scope with its description."""
        by_floor = {f"{floor}:{way}": text for floor, text in self.floors.items() for way in (READ, WRITE)}
        return {**by_floor, PERSONAL: gettext_noop("Personal fields of residents in full")}

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        """Return the scopes that this application was granted (its `allowed_scopes`, all when it has none)."""
        del request, args, kwargs
        allowed = getattr(application, "allowed_scopes", "")
        return allowed.split() if allowed else list(self.get_all_scopes())

    def get_default_scopes(self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        """Return what a client gets without asking: reading only, and no personal fields."""
        del request, args, kwargs
        available = self.get_available_scopes(application)
        return [scope for scope in available if scope.endswith(f":{READ}") and scope != PERSONAL]


def reads_persons(request: Any) -> bool:
    """Tell whether a request may be answered with names in full, as far as its user may read them.

    People read what their posts allow; a partner system needs the scope (Basis: Personal Information Protection Law art. 51).
    """
    token: Any = getattr(request, "auth", None)
    return not hasattr(token, "allow_scopes") or bool(token.allow_scopes([PERSONAL]))
