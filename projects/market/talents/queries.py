"""Reads of profiles: who fits a service that is wanted, which services fit a profile, what is counted of a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q

from projects.market.models import MarketBlock, MicroService, Side
from projects.market.talents.models import TalentProfile
from projects.market.talents.policy import TalentKind
from socialorgs.register.clubs.models import Club

if TYPE_CHECKING:
    import datetime as dt

    from communities.territory.models import Division
    from governance.accounts.models import User

FITTING = 5


def talents_for(service: MicroService, user: User) -> list[TalentProfile]:
    """Return who of the place is good at what a service wants, as far as the user may know of them; one query."""
    if service.is_offer:
        return []
    poster = service.posted_by_id
    apart = MarketBlock.objects.filter(
        Q(blocker=poster, blocked=OuterRef("resident__user")) | Q(blocker=OuterRef("resident__user"), blocked=poster)
    )
    rows = TalentProfile.objects.visible_to(user).listed().filter(field=service.field)
    rows = rows.filter(resident__division=service.division_id).exclude(resident__user=poster).exclude(Exists(apart))
    return list(rows.for_list()[:FITTING])


def services_for(user: User, now: dt.datetime) -> list[MicroService]:
    """Return what is wanted where the user lives, in the fields of their listed profiles; one query."""
    mine = TalentProfile.objects.listed().filter(
        resident__user=user, resident__division=OuterRef("division"), field=OuterRef("field")
    )
    apart = MarketBlock.objects.filter(
        Q(blocker=user, blocked=OuterRef("posted_by")) | Q(blocker=OuterRef("posted_by"), blocked=user)
    )
    # What can be taken is public; nobody's posts need be asked for it.
    wanted = MicroService.objects.filter(Exists(mine), ~Exists(apart), side=Side.NEED)
    return list(wanted.takeable(now).exclude(posted_by=user).for_list()[:FITTING])


@dataclass(frozen=True, slots=True)
class TalentFigures:
    """How many are on the list, how many of them lecture and in how many fields, how many lead a club."""

    listed: int
    lecturers: int
    lecturers_fields: int
    leading: int


def figures_of(division: Division) -> TalentFigures:
    """Count the list of a place: people, not profiles; two queries (Basis: reports S1, S2).

    Who lectures says in a few words on what: each of these is a field of the lecturers, counted once.
    """
    leads = Club.objects.filter(proposed_by=OuterRef("resident__user"), status__in=["ACTIVE", "GROWN"])
    lectures = Q(kind=TalentKind.LECTURER)
    found: dict[str, Any] = (
        TalentProfile.objects.listed()
        .in_division(division)
        .aggregate(
            listed=Count("resident", distinct=True),
            lecturers=Count("resident", distinct=True, filter=lectures),
            leading=Count("resident", distinct=True, filter=Exists(leads)),
        )
    )
    fields = TalentProfile.objects.in_division(division).lectures().count()
    return TalentFigures(**found, lecturers_fields=fields)
