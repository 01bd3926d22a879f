"""Making users and partner systems, and what people set for themselves."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from governance.accounts.models import User


def set_elder_mode(*, by: User, is_on: bool, now: dt.datetime) -> User:
    """Keep a person's wish for large type; a preference, so without an audit entry."""
    del now
    by.is_elder_mode = is_on
    by.save(update_fields=["is_elder_mode"])
    return by
