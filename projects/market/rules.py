"""Who may do what on the market: the two sides of a taking, the clock, and the staff of the place."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import community_staff, reader, street
from projects.market.models import MicroService, ServiceMatch
from projects.market.queries import is_receiver, posted_for, taken_for


@rules.predicate
def signed_in(user: Any, row: Any = None) -> bool:
    """Hold for everybody with a log-in of their own; what they may post or take is asked by the operation."""
    del row
    return bool(getattr(user, "is_authenticated", False))


@rules.predicate
def poster(user: Any, row: Any = None) -> bool:
    """Tell whether the user stands on the side of whoever posted the service; without a row: people may."""
    if not getattr(user, "is_authenticated", False):
        return False
    if isinstance(row, ServiceMatch):
        return posted_for(user, row.service)
    return not isinstance(row, MicroService) or posted_for(user, row)


@rules.predicate
def taker(user: Any, row: Any = None) -> bool:
    """Tell whether the user stands on the side of whoever took the service; without a row: people may."""
    if not getattr(user, "is_authenticated", False):
        return False
    return not isinstance(row, ServiceMatch) or taken_for(user, row)


@rules.predicate
def receiver(user: Any, row: Any = None) -> bool:
    """Tell whether the user stands on the side that is served."""
    if not getattr(user, "is_authenticated", False):
        return False
    return not isinstance(row, ServiceMatch) or is_receiver(user, row)


@rules.predicate
def the_clock(user: Any) -> bool:
    """Hold for the system itself, which ends what people have left."""
    return bool(getattr(user, "is_system", False))


staff_here = community_staff | street
party = poster | taker

rules.add_perm("projects.view_market_desk", reader)
rules.add_perm("projects.post_micro_service", signed_in)
rules.add_perm("projects.take_micro_service", signed_in)
rules.add_perm("projects.cancel_micro_service", poster)
rules.add_perm("projects.remove_micro_service", staff_here)
rules.add_perm("projects.show_market_code", poster)
rules.add_perm("projects.view_service_match", party | reader)
rules.add_perm("projects.answer_taking", poster)
rules.add_perm("projects.withdraw_taking", taker)
rules.add_perm("projects.cancel_match", party | the_clock | staff_here)
rules.add_perm("projects.sign_in_match", party)
rules.add_perm("projects.report_no_show", party)
rules.add_perm("projects.finish_match", receiver | the_clock)
rules.add_perm("projects.settle_match", party | the_clock)
rules.add_perm("projects.rate_match", party)
rules.add_perm("projects.pay_match", staff_here)
rules.add_perm("projects.block_on_market", signed_in)
