"""The shape of a fund's committee and its supervisors: who may sit together, and for how long.

Used by the operations that name and complete it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from communities.bodies.models import Seat
from funds.charity.policy import COMMITTEE_SEATS, SUPERVISORS_MINIMUM
from funds.packs.queries import rule_of

if TYPE_CHECKING:
    from funds.charity.models import CommunityFund
    from funds.packs.models import FundRulePack
    from governance.accounts.models import User
    from socialorgs.register.models import SocialOrganization


@dataclass(frozen=True, slots=True)
class Seated:
    """One person of a committee to be named; `user` where the person has a log-in, `organization` for whom they sit."""

    name: str
    seat: str
    user: User | None = None
    is_chair: bool = False
    organization: SocialOrganization | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What a committee must be: fewest members, odd or not, seats that must be there, fewest supervisors."""

    minimum: int
    is_odd: bool
    seats: tuple[str, ...] = ()
    supervisors: int = 1


def shape_of(fund: CommunityFund, pack: FundRulePack | None, day: dt.date) -> Shape:
    """Return what the committee of a fund must be on a day under its pack; at most two queries."""
    place = fund.division
    return Shape(
        fund.committee_minimum,
        fund.committee_is_odd,
        rule_of(COMMITTEE_SEATS, pack, place, day),
        rule_of(SUPERVISORS_MINIMUM, pack, place, day),
    )


def fault_in_office(fund: CommunityFund, pack: FundRulePack | None, day: dt.date) -> str | None:
    """Return what is wrong with a fund's committee as it sits on a day: a member may have left; None when nothing is."""
    if fund.committee is None:
        return None
    held = fund.committee.memberships.held_on(day).select_related("user").order_by("pk")
    return fault_of([Seated(row.name, row.seat, row.user, row.is_chair) for row in held], shape_of(fund, pack, day))


def fault_of(seats: Sequence[Seated], shape: Shape) -> str | None:
    """Return what is wrong with a committee, None when it may sit."""
    if any(seated.seat not in Seat.values for seated in seats):
        return _("A seat is unknown.")
    voting = [seated for seated in seats if seated.seat != Seat.SUPERVISOR]
    if len(voting) < shape.minimum:
        return _("The committee has %(voting)s members and needs at least %(minimum)s.") % {
            "voting": len(voting),
            "minimum": shape.minimum,
        }
    if shape.is_odd and len(voting) % 2 == 0:
        return _("The committee has %(voting)s members; the number must be odd.") % {"voting": len(voting)}
    if missing := [seat for seat in shape.seats if seat not in {seated.seat for seated in voting}]:
        named = "、".join(str(Seat(seat).label) for seat in missing)
        return _("The rules of the fund ask for these seats, too: %(seats)s.") % {"seats": named}
    return _fault_of_people(seats, len(seats) - len(voting), shape.supervisors)


def _fault_of_people(seats: Sequence[Seated], supervisors: int, fewest: int) -> str | None:
    if supervisors < fewest:
        if fewest == 1:
            return _("The committee needs at least one supervisor.")
        return _("The committee needs at least %(fewest)s supervisors.") % {"fewest": fewest}
    if [seated.seat == Seat.SUPERVISOR for seated in seats if seated.is_chair] != [False]:
        return _("Exactly one voting member must be the chair.")
    return _two_seats(seats)


def _two_seats(seats: Sequence[Seated]) -> str | None:
    """Return who would hold two seats, None when nobody does."""
    people = Counter(seated.user.pk if seated.user else seated.name for seated in seats)
    if twice := [person for person, count in people.items() if count > 1]:
        names = {seated.name for seated in seats if (seated.user.pk if seated.user else seated.name) in twice}
        return _("%(names)s: nobody holds two seats in one committee.") % {"names": "、".join(sorted(names))}
    return None
