"""Making each move of a meeting by its operation, the same on the desk and in the API."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from consultation.meetings import minuting, operations
from governance import lifecycle

if TYPE_CHECKING:
    from consultation.meetings.models import Meeting
    from governance.accounts.models import User


def lead_meeting(row: Meeting, name: str, *, by: User, now: dt.datetime, data: dict[str, Any]) -> Meeting:
    """Make a move of a meeting by its operation."""
    told: dict[str, Any] = {"by": by, "now": now, "meeting": row}
    plain = {
        "begin": operations.begin,
        "end": operations.end,
        "draft_minutes": minuting.draft_minutes,
        "approve_minutes": minuting.approve_minutes,
        "sign": minuting.sign_minutes,
        "publish": minuting.publish_meeting,
    }
    if name in plain:
        return plain[name](**told)
    if name == "invite":
        return operations.invite(**told, entitled=data.get("entitled"))
    if name == "cancel":
        return operations.cancel_meeting(**told, reason=data.get("reason", ""))
    if name == "return_minutes":
        return minuting.return_minutes(**told, reason=data.get("reason", ""))
    return lifecycle.move(row, name, by=by, now=now, reason=data.get("reason", ""))
