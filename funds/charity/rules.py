"""Who may do what in the charity room (Basis: separation of duties)."""

from __future__ import annotations

from typing import Any

import rules

from communities.bodies.models import Seat
from communities.people.rules import community_staff, district_admin, reader, street, street_reviewer, supervisor
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund, HostCharity
from funds.charity.queries import charities_of, fund_seats_of


@rules.predicate
def charity_officer(user: Any, row: Any = None) -> bool:
    """Tell whether the user acts for the row's charity today; without a row: for any."""
    appointments = charities_of(user)
    if row is None:
        return bool(appointments)
    charity = row.pk if isinstance(row, HostCharity) else getattr(row, "charity_id", None)
    return any(appointment.charity_id == charity for appointment in appointments)


def sits(*, supervising: bool) -> Any:
    """Return the predicate "holds a seat in the fund's committee today", as a supervisor or as a voting member."""

    def predicate(user: Any, row: Any = None) -> bool:
        seats = [seat for seat in fund_seats_of(user) if (seat.seat == Seat.SUPERVISOR) is supervising]
        if row is None:
            return bool(seats)
        committee = getattr(getattr(row, "fund", row), "committee_id", None)
        return committee is not None and any(seat.body_id == committee for seat in seats)

    return rules.predicate(predicate, name="fund_supervisor" if supervising else "fund_member")


fund_member = sits(supervising=False)
fund_supervisor = sits(supervising=True)
handler = reader | charity_officer | fund_member | fund_supervisor


@rules.predicate
def open_to_all(user: Any, row: CommunityFund | None = None) -> bool:
    """Tell whether everybody may see the fund: one with an agreement."""
    del user
    return row is None or row.status != FundStatus.APPLIED


@rules.predicate
def own_appointment(user: Any, row: Any = None) -> bool:
    """Tell whether the appointment is the user's own."""
    return row is not None and row.user_id == user.pk


rules.add_perm("funds.view_charity", rules.predicates.always_true)
rules.add_perm("funds.edit_charity", district_admin)
rules.add_perm("funds.view_charity_appointment", reader | own_appointment)

rules.add_perm("funds.view_fund", open_to_all | handler)
rules.add_perm("funds.apply_for_fund", community_staff | street)
rules.add_perm("funds.name_committee", community_staff | street)
rules.add_perm("funds.sign_fund_agreement", charity_officer)
rules.add_perm("funds.consent_fund", street)
rules.add_perm("funds.supervise_fund", fund_supervisor | supervisor | street_reviewer | district_admin)
