"""What a matter's page shows of the people behind it and of its joining, for one reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consultation.matters.intake.joining import OPEN
from consultation.matters.intake.queries import joinings_of
from governance import lifecycle

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from consultation.matters.intake.models import MatterJoining
    from governance.accounts.models import User


@dataclass(frozen=True, slots=True)
class Panel:
    """Who stands behind a matter, with what it is handled together, and what the reader can do about it."""

    people: int
    is_supported: bool
    can_support: bool
    joining: MatterJoining | None
    answers: tuple[str, ...]
    can_split: bool
    joined: list[MatterJoining]
    can_look_for_similar: bool
    can_print_slip: bool


def panel_of(matter: Any, user: User | AnonymousUser, *, reads: bool) -> Panel:
    """Return the panel of a matter read `with_support`; one query where others are joined, one or two more with a log-in."""
    joining, joined = joinings_of(matter) if matter.is_joined else (None, [])
    joining = joining if reads else None
    supported = matter.is_public and matter.is_supported
    is_open = matter.status in OPEN
    may_support = (
        is_open
        and matter.is_public
        and not supported
        and user.is_authenticated
        and matter.raised_by_id != user.pk
        and user.has_perm("consultation.support_matter", matter)
    )
    moves = set()
    if joining is not None and user.is_authenticated:
        moves = {offer.move.name for offer in lifecycle.available(joining, user) if offer.is_open}
    return Panel(
        people=matter.people,
        is_supported=supported,
        can_support=may_support,
        joining=joining,
        answers=tuple(name for name in ("agree", "decline") if name in moves),
        can_split="split" in moves,
        joined=joined if matter.is_public else [],
        can_look_for_similar=is_open
        and reads
        and not matter.is_tip
        and user.has_perm("consultation.join_matter", matter),
        can_print_slip=matter.raised_by_id is None and reads and user.has_perm("consultation.print_slip", matter),
    )
