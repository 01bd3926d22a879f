"""Who holds which posts today, and what places they reach."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from communities.people.models import Post, PostQuerySet, Resident, ResidentQuerySet, Role
from governance.calendar import clock

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

READERS = (
    Role.DISTRICT_ADMIN,
    Role.DISTRICT_OFFICER,
    Role.STREET_OFFICER,
    Role.STREET_REVIEWER,
    Role.COMMUNITY_STAFF,
    Role.SUPERVISOR,
    Role.AUDITOR,
)

REGISTRARS = (Role.DISTRICT_ADMIN, Role.STREET_OFFICER, Role.STREET_REVIEWER, Role.COMMUNITY_STAFF)
"""Whose work needs the register of residents."""


def present_day() -> dt.date:
    """Return the day for which rights are asked: whoever holds a post, an appointment or a seat holds it today."""
    return clock.today()  # noqa: TID251 - rights are asked for the present day


def posts_of(user: Any) -> list[Post]:
    """Return the posts a user holds today; one query per user object and request."""
    if not getattr(user, "is_authenticated", False):
        return []
    # By attribute, which reaches through the lazy user of a request; its own `__dict__` would be a second cache.
    cached: list[Post] | None = getattr(user, "posts_today", None)
    if cached is None:
        cached = list(Post.objects.of(user, present_day()))
        user.posts_today = cached
    return cached


def within(user: User | AnonymousUser, *roles: str, division: str = "division") -> Q:
    """Return the filter of rows whose `division` lies at or below a post of the user in one of the roles.

    Without roles: every role that reads the files of its place. Nothing matches for people without such a post.
    """
    found = Q(pk__in=[])
    for post in posts_of(user):
        if post.role in (roles or READERS):
            found |= Q(**{f"{division}__path__startswith": post.division.path})
    return found


def visible_posts(user: Any) -> PostQuerySet:
    """Return the posts that somebody may see: one's own, and those in places that one's posts reach."""
    if not getattr(user, "is_authenticated", False):
        return Post.objects.none()
    return Post.objects.filter(Q(user=user) | within(user))


def visible_residents(user: Any) -> ResidentQuerySet:
    """Return the residents that somebody may see: oneself, and those of places that one's work reaches.

    Auditors and supervisors read money, not the register of people (Basis: separation of duties; Personal Information Protection Law art. 6).
    """
    if not getattr(user, "is_authenticated", False):
        return Resident.objects.none()
    return Resident.objects.filter(Q(user=user) | within(user, *REGISTRARS))


def resident_of(user: Any) -> Resident | None:
    """Return where somebody lives now, confirmed or not; one query."""
    if not getattr(user, "is_authenticated", False):
        return None
    return Resident.objects.living_here().filter(user=user).select_related("division").first()
