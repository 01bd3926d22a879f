"""Taking a seat in the committee of a fund, or beside it: here alone, after the gate of the bodies behind it was asked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.bodies import operations as bodies
from communities.bodies.models import Seat
from funds.charity.models import FundSeat
from governance.errors import Invalid, NotNow
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import hindrances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communities.bodies.models import Body, BodyMembership
    from funds.charity.committee import Seated
    from governance.accounts.models import User

BY_OFFICE = (Seat.COMMUNITY, Seat.STREET, Seat.CHARITY)
"""Seats that somebody takes by an office: what else they do for a body is not asked."""


class CommitteeNotNamed(NotNow):
    """Seats are filled in a committee that was named, and supervisors stand beside it."""

    code = "committee_not_named"
    message = _("“%(fund)s” has no committee yet. Name the committee first.")


class SeatHindered(NotNow):
    """A body that may take no part does not sit in a fund's committee, nor does who acts for it."""

    code = "seat_hindered"
    message = _(
        "%(name)s cannot take this seat. “%(organization)s” cannot take part: %(reasons)s. Name somebody else, or wait "
        "until what stands in the way is mended."
    )


class SeatWithoutOrganization(Invalid):
    """Who sits for a social organization says for which."""

    code = "seat_without_organization"
    message = _("%(name)s is to sit for a social organization. Name it by its credit code or filing number.")


class SeatOfNoOrganization(Invalid):
    """Only a seat of social organizations names one."""

    code = "seat_of_no_organization"
    message = _("%(name)s is not to sit for a social organization. Leave the organization out, or change the seat.")


def require_seatable(seats: Sequence[Seated], *, valid_from: dt.date, now: dt.datetime) -> None:
    """Refuse the first person who cannot take their seat from a day on; at most four queries a seat.

    Asked are the body for which somebody sits, and those for which a person acts who takes no seat by an office.

    Raises:
        SeatWithoutOrganization, SeatOfNoOrganization: the seat and the organization do not fit.
        SeatHindered: with every reason of the one gate.
    Basis: domain rule that a body revoked, on the list of serious breaches or failed joins no committee of a fund.
    """
    day = max(valid_from, timezone.localdate(now))
    for seated in seats:
        if seated.seat == Seat.ORGANIZATION and seated.organization is None:
            raise SeatWithoutOrganization(field="seats", name=seated.name)
        if seated.seat != Seat.ORGANIZATION and seated.organization is not None:
            raise SeatOfNoOrganization(field="seats", name=seated.name)
        for body in _bodies_behind(seated, day):
            if found := hindrances(body, day):
                raise SeatHindered(field="seats", name=seated.name, organization=body.name, reasons="; ".join(found))


def _bodies_behind(seated: Seated, day: dt.date) -> list[SocialOrganization]:
    found = [seated.organization] if seated.organization else []
    if seated.user is None or seated.seat in BY_OFFICE:
        return found
    acts_for = seated.user.organization_appointments.held_on(day).values("organization")
    own = SocialOrganization.objects.filter(pk__in=acts_for).exclude(pk__in=[row.pk for row in found])
    return [*found, *own.order_by("pk")]


def fill(
    *,
    by: User,
    now: dt.datetime,
    body: Body,
    seated: Seated,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
) -> BodyMembership:
    """Fill one seat in a committee, or beside it, and keep for which organization; in the caller's transaction.

    Raises:
        SeatWithoutOrganization, SeatOfNoOrganization, SeatHindered: see `require_seatable`.
        BodyNotYours, SeatOutsideTerm, ChairTaken, SeatAlreadyHeld, MemberAndSupervisor: as for every seat.
    """
    require_seatable([seated], valid_from=valid_from, now=now)
    row = bodies.seat_member(
        by=by,
        now=now,
        body=body,
        name=seated.name,
        seat=seated.seat,
        user=seated.user,
        is_chair=seated.is_chair,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    if seated.organization is not None:
        FundSeat.objects.create(membership=row, organization=seated.organization)
    return row
