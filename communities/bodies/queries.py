"""The bodies of a place, and whether a body is composed as its rules ask."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from communities.bodies.models import OFFICES, Body, BodyKind, BodyMembership
from communities.bodies.policy import COUNCIL_WOMEN, URBAN_SIZE, URBAN_WOMEN, VILLAGE_SIZE, VILLAGE_WOMEN
from communities.people.queries import present_day
from communities.policy.queries import value
from governance.accounts.models import UserKind

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from communities.territory.models import Division

OFFICE_WORKERS = (UserKind.STAFF, UserKind.SERVICE)
"""Who may sit in an office: its staff, and the system that stands for it."""

SIZES = {BodyKind.RESIDENTS_COMMITTEE: URBAN_SIZE, BodyKind.VILLAGERS_COMMITTEE: VILLAGE_SIZE}

WOMEN = {BodyKind.RESIDENTS_COMMITTEE: URBAN_WOMEN, BodyKind.VILLAGERS_COMMITTEE: VILLAGE_WOMEN}


def bodies_of(division: Division, day: dt.date) -> list[Body]:
    """Return the bodies of one place that sit on a day, with their seats; two queries."""
    bodies = Body.objects.filter(division=division).sitting_on(day).with_seats(day).order_by("kind", "pk")
    return list(bodies)


def size_of(body: Body, day: dt.date) -> tuple[int, int] | None:
    """Return the smallest and largest number of members that the law allows the body, or None without a rule."""
    parameter = SIZES.get(BodyKind(body.kind))
    return None if parameter is None else value(parameter, body.division, day)


def women_needed(body: Body, members: int, day: dt.date) -> int:
    """Return how many of so many members must be women at least; 0 where no rule asks for any. At most one query."""
    if body.kind == BodyKind.COUNCIL:
        part = Decimal(members) * value(COUNCIL_WOMEN, body.division, day)
        return int(part.to_integral_value(rounding=ROUND_CEILING))
    parameter = WOMEN.get(BodyKind(body.kind))
    return 0 if parameter is None else value(parameter, body.division, day)


def shortcomings(body: Body, day: dt.date) -> list[str]:
    """Return in words what the body's composition lacks on a day; empty when it may act. Up to four queries."""
    members = list(body.voting_members(day))
    found = []
    size = size_of(body, day)
    if size and not size[0] <= len(members) <= size[1]:
        found.append(
            _("It has %(count)s members; %(low)s to %(high)s are required.")
            % {"count": len(members), "low": size[0], "high": size[1]}
        )
    women = sum(1 for member in members if member.is_woman is not False)  # whoever has not said may be one
    needed = women_needed(body, len(members), day) if members else 0
    if women < needed:
        found.append(
            _("%(count)s of its members are women; at least %(needed)s are required.")
            % {"count": women, "needed": needed}
        )
    if not any(member.is_chair for member in members):
        found.append(_("It has no chair."))
    if body.term_to is not None and body.term_to <= day:
        found.append(_("Its term ended on %(day)s.") % {"day": body.term_to})
    return found


def offices_today(user: Any) -> QuerySet[Any]:
    """Return the keys of the offices in which somebody works today, as a subquery; no query of its own."""
    held = BodyMembership.objects.held_on(present_day()).filter(user=user, body__kind__in=OFFICES)
    return held.order_by().values("body")


def offices_of(user: Any) -> frozenset[int]:
    """Return the keys of the offices in which somebody works today; one query per user object, none for residents."""
    if getattr(user, "kind", "") not in OFFICE_WORKERS:
        return frozenset()
    cached: frozenset[int] | None = getattr(user, "offices_kept", None)
    if cached is None:
        cached = frozenset(offices_today(user).values_list("body", flat=True))
        user.offices_kept = cached
    return cached
