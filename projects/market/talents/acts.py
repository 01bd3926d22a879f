"""What people do with profiles, by name: the pages, the API and the desk all ask here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from governance import lifecycle
from projects.market.talents import operations
from projects.market.talents.operations import Consent, Said

if TYPE_CHECKING:
    from governance.accounts.models import User
    from projects.market.talents.models import TalentProfile

Done = Callable[[Any, "User", dt.datetime, dict[str, Any]], object]


def said_of(data: dict[str, Any], profile: TalentProfile | None = None) -> Said:
    """Return what was typed of a profile; kind and field of one that exists stay."""
    kind, field = (profile.kind, profile.field) if profile is not None else (data["kind"], data["field"])
    return Said(kind, field, tuple(data["skills"]), data.get("text", ""), data.get("times", ""))


def consent_of(data: dict[str, Any]) -> Consent:
    """Return to whom a profile is shown, as the person has said."""
    return Consent(data["shown_to"], data.get("is_name_shown", False))


def _consent(row: TalentProfile, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.consent_talent(by=by, now=now, profile=row, consent=consent_of(data))


def _note_consent(row: TalentProfile, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.note_paper_consent(
        by=by, now=now, profile=row, consent=consent_of(data), paper_day=data["paper_day"]
    )


def _confirm(row: TalentProfile, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return lifecycle.move(row, "confirm", by=by, now=now)


def _describe(row: TalentProfile, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    said = said_of(data, row)
    return operations.describe_talent(by=by, now=now, profile=row, said=said, consent=consent_of(data))


def _end(name: str, row: TalentProfile, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.end_talent(by=by, now=now, profile=row, name=name, reason=data.get("reason", ""))


WITH_TALENT: dict[str, Done] = {
    "consent": _consent,
    "note_consent": _note_consent,
    "confirm": _confirm,
    "describe": _describe,
    **{name: partial(_end, name) for name in ("refuse", "decline", "withdraw", "remove")},
}
