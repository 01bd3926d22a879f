"""Who wants to hear of what, and what has changed since."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.db.models.functions import StrIndex

from communities.people.models import Post
from communities.people.queries import READERS, posts_of, present_day
from communities.territory.models import Division
from funds.charity.models import CharityAppointment, CommunityFund, own_charities
from governance.accounts.models import ApiClient
from governance.accounts.scopes import PERSONAL, Scopes
from governance.outbox.models import OutboxEvent
from governance.outbox.policy import Cursor
from governance.outbox.queries import Page, rows_after
from governance.partners.models import WebhookEndpoint, managed_by
from governance.partners.policy import FLOORS, NEVER, is_wanted, prefix_of, scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from governance.accounts.models import User

MONEY = "funds."
"""How the topics of the floor of money begin."""


def wanted_topics() -> list[str]:
    """Return the beginnings of the topics that some endpoint wants to hear of now, none inside another; one query."""
    patterns = WebhookEndpoint.objects.listening().values_list("topics", flat=True).order_by()
    prefixes = sorted({prefix_of(pattern) for topics in patterns for pattern in topics})
    outer: list[str] = []
    for prefix in prefixes:
        if not outer or not prefix.startswith(outer[-1]):
            outer.append(prefix)
    return outer


def hearers_of(event: OutboxEvent) -> list[WebhookEndpoint]:
    """Return the endpoints that are to be told of an event: topic, scope and place allow it; at most three queries."""
    endpoints = [
        endpoint
        for endpoint in WebhookEndpoint.objects.listening().select_related("client").order_by("pk")
        if is_wanted(event.topic, endpoint.topics) and scope_of(event.topic) in scopes_of(endpoint.client)
    ]
    if event.division_key is None or not endpoints:
        return endpoints
    users = [endpoint.client.user_id for endpoint in endpoints]
    reaching = _users_reaching(event.division_key, users)
    if event.topic.startswith(MONEY):
        reaching |= _users_keeping_money(event.division_key, users)
    return [endpoint for endpoint in endpoints if endpoint.client.user_id in reaching]


def clients_of(user: User | AnonymousUser) -> QuerySet[ApiClient, Any]:
    """Return the clients whose webhooks this person manages."""
    found: QuerySet[ApiClient, Any] = ApiClient.objects.filter(managed_by(user, "user"))
    return found


def scopes_of(client: ApiClient) -> set[str]:
    """Return what a client may ever ask for, personal fields left aside."""
    return {scope for scope in Scopes().get_available_scopes(client) if scope != PERSONAL}


def _users_reaching(division: int, users: Collection[int]) -> set[int]:
    """Return those of the users who hold a reading post at or above a division; one query."""
    place = Division.objects.filter(pk=division).values("path")[:1]
    posts = Post.objects.held_on(present_day()).filter(user__in=users, role__in=READERS)
    above = posts.alias(found=StrIndex(place, "division__path")).filter(found=1)
    return set(above.values_list("user", flat=True))


def _users_keeping_money(division: int, users: Collection[int]) -> set[int]:
    """Return those of the users who act for a charity that hosts a fund of a division; one query."""
    acting = CharityAppointment.objects.held_on(present_day()).filter(user__in=users, charity__funds__division=division)
    return set(acting.values_list("user", flat=True))


def changes_after(cursor: Cursor, *, user: User, floors: Collection[str], limit: int) -> Page[OutboxEvent]:
    """Return the next events that this user may hear of, in the order of their transactions; three queries.

    An event that names a place is shown to those who hold a reading post at or above it, one about money also to those
    who act for a charity that hosts a fund there.
    """
    heard = Q(division_key=None) | Q(division_key__in=_reach(user)) | _of_own_charities(user)
    return rows_after(cursor, OutboxEvent.objects.filter(_of_floors(floors), heard), limit)


def _of_floors(floors: Collection[str]) -> Q:
    wanted = Q(pk__in=[])
    for floor in FLOORS:
        if floor in floors:
            wanted |= Q(topic__startswith=f"{floor}.")
    for prefix in NEVER:
        wanted &= ~Q(topic__startswith=prefix)
    return wanted


def _of_own_charities(user: User) -> Q:
    """Return which events about money a user hears of because of the charities for which they act."""
    places = CommunityFund.objects.filter(charity__in=own_charities(user)).order_by().values("division")
    return Q(topic__startswith=MONEY, division_key__in=places)


def _reach(user: User) -> QuerySet[Division, Any]:
    """Return the keys of the places that a user's reading posts reach, as a subquery."""
    inside = Q(pk__in=[])
    for post in posts_of(user):
        if post.role in READERS:
            inside |= Q(path__startswith=post.division.path)
    return Division.objects.filter(inside).order_by().values("pk")
