"""Who may do what in the reinvestment room (Basis: separation of duties; the separation of hands stands in the lifecycle)."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import (
    community_staff,
    district_admin,
    reader,
    staff,
    street,
    street_reviewer,
    supervisor,
)
from funds.enterprises.models import CommunityEnterprise, EnterpriseRole
from funds.reinvestment.lifecycle import PUBLIC_STATUSES
from funds.reinvestment.policy import Direction, Route
from funds.reinvestment.reach import charity_keys, enterprises_of


def acts_for_enterprise(*roles: str) -> Any:
    """Return the predicate "acts for the row's enterprise today, in one of these roles or in any"."""

    def predicate(user: Any, row: Any = None) -> bool:
        mine = enterprises_of(user, *roles)
        return bool(mine) if row is None else row.enterprise_id in mine

    return rules.predicate(predicate, name="acts_for_enterprise:" + ",".join(roles))


enterprise_head = acts_for_enterprise(EnterpriseRole.HEAD)
enterprise_accountant = acts_for_enterprise(EnterpriseRole.ACCOUNTANT)
enterprise_person = acts_for_enterprise()


@rules.predicate
def own_enterprise(user: Any, row: Any = None) -> bool:
    """Tell whether the row is, or belongs to, an enterprise for which the user acts today; without a row: any."""
    mine = enterprises_of(user)
    key = row.pk if isinstance(row, CommunityEnterprise) else getattr(row, "enterprise_id", None)
    return bool(mine) if row is None else key in mine


@rules.predicate
def charity_officer(user: Any, row: Any = None) -> bool:
    """Tell whether the user acts today for the charity of the order's fund; without a row: for any."""
    mine = charity_keys(user)
    return bool(mine) if row is None else row.fund.charity_id in mine


@rules.predicate
def payer(user: Any, row: Any = None) -> bool:
    """Tell whether the money of the order is the user's to pay: the enterprise's, or the charity's back to it."""
    if row is None or row.direction == Direction.GIVE:
        return bool(enterprise_accountant(user, row)) or (row is None and bool(charity_officer(user)))
    return bool(charity_officer(user, row))


@rules.predicate
def receiver(user: Any, row: Any = None) -> bool:
    """Tell whether the arrival is the user's to confirm: it depends on the route (Basis: report S0).

    A donation, and what goes back from a fund: the charity. A dividend: the community, in whose committee's account it
    is entered. A direct payment counts only after the street has confirmed it.
    """
    if row is None:
        return bool(charity_officer(user) or community_staff(user) or street(user))
    by_route = {Route.DONATION: charity_officer, Route.DIVIDEND: community_staff, Route.DIRECT: street}
    return bool(by_route[row.route](user, row))


@rules.predicate
def open_to_all(user: Any, row: Any = None) -> bool:
    """Tell whether everybody may see the order."""
    del user
    return row is None or row.status in PUBLIC_STATUSES


@rules.predicate
def run_open_to_all(user: Any, row: Any = None) -> bool:
    """Tell whether everybody may see the run: money that it ordered has arrived."""
    del user
    return row is None or row.orders.filter(status__in=PUBLIC_STATUSES).exists()


@rules.predicate
def approved(user: Any, row: Any = None) -> bool:
    """Tell whether the policy has been approved, which opens it to everybody."""
    del user
    return row is None or row.approved_by_id is not None


@rules.predicate
def everybody(user: Any, row: Any = None) -> bool:
    """Hold for all."""
    del user, row
    return True


rules.add_perm("funds.view_distribution_policy", approved | reader | enterprise_person)
rules.add_perm("funds.view_distribution_policy_file", reader)
rules.add_perm("funds.enter_distribution_policy", street | district_admin)
rules.add_perm("funds.approve_distribution_policy", street_reviewer | district_admin)
rules.add_perm("funds.try_distribution_policy", reader | own_enterprise)
rules.add_perm("funds.view_standing_decision", everybody)
rules.add_perm("funds.view_standing_decision_file", reader)
rules.add_perm("funds.record_standing_decision", community_staff | street)
rules.add_perm("funds.view_run", run_open_to_all | reader | enterprise_person)
rules.add_perm("funds.view_run_file", reader)
rules.add_perm("funds.view_order", open_to_all | reader | enterprise_person | charity_officer)
rules.add_perm("funds.view_order_file", reader | charity_officer)
rules.add_perm("funds.view_order_paper", reader | enterprise_person | charity_officer)
rules.add_perm("funds.attach_order_paper", enterprise_person | community_staff | supervisor | street | charity_officer)
rules.add_perm("funds.confirm_order", enterprise_head)
rules.add_perm("funds.resolve_order", community_staff | supervisor)
rules.add_perm("funds.approve_order", street_reviewer)
rules.add_perm("funds.pay_order", payer)
rules.add_perm("funds.receive_order", receiver)
rules.add_perm("funds.cancel_order", street_reviewer | district_admin)
rules.add_perm("funds.plan_reinvestment", staff)
