"""What follows when a contract was ended because the organization broke it. Used by the operations of this room only."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils import timezone

from communities.policy.queries import value
from projects.contracts.models import Contract
from projects.contracts.policy import BAN_YEARS
from projects.grants import deciding
from socialorgs.register.barring.models import BanGround
from socialorgs.register.barring.operations import propose_after_breach

if TYPE_CHECKING:
    from governance.accounts.models import User


def follow_breach(*, by: User, now: dt.datetime, contract: Contract, reason: str) -> None:
    """Propose to bar the organization for as long as the rule says; another person imposes it.

    A contract on a grant follows the rules of grants, as if the award itself were revoked: it falls, so that no second
    contract is drafted on it, and the ban also holds for the credit code that answered for the application.
    Basis: Government Procurement Law art. 77; rules of venture grants found elsewhere (three years).
    """
    if contract.grant is not None:
        deciding.fall_with_contract(
            by=by, now=now, award=contract.grant, reason=reason, decision_number=contract.number
        )
        return
    propose_after_breach(
        by=by,
        now=now,
        organization=contract.organization,
        ground=BanGround.CONTRACT_BREACH,
        reason=f"{contract.title}: {reason.strip()}",
        decision_number=contract.number,
        years=value(BAN_YEARS, contract.division, timezone.localdate(now)),
    )
