"""Who may do what with webhooks and the feed: the partner with its own, administrators with those of their places."""

from __future__ import annotations

from typing import Any

import rules

from governance.accounts.models import UserKind
from governance.portal.rules import administers


@rules.predicate
def is_partner(user: Any, row: Any = None) -> bool:
    """Is a partner system and, asked for a row, the one whose row it is."""
    if getattr(user, "kind", "") != UserKind.SERVICE:
        return False
    return row is None or _client_of(row).user_id == user.pk


@rules.predicate
def administers_partner(user: Any, row: Any = None) -> bool:
    """Administers all the places of the partner whose row it is."""
    if row is None:
        return bool(administers.test(user))
    owner = _client_of(row).user
    return owner is not None and bool(administers.test(user, owner))


def _client_of(row: Any) -> Any:
    """Return the API client of an endpoint or of a delivery."""
    return getattr(row, "endpoint", row).client


rules.add_perm("partners.view_webhook", is_partner | administers_partner)
rules.add_perm("partners.manage_webhook", is_partner | administers_partner)
rules.add_perm("partners.read_changes", is_partner | administers_partner)
