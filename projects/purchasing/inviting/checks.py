"""Whether bodies may be asked by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from communities.policy.queries import value
from projects.evaluation.gating import require_not_failed
from projects.purchasing.inviting import refusals
from projects.purchasing.inviting.queries import able_for
from projects.purchasing.models import Purchase
from projects.purchasing.policy import LEAST_INVITED
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import require_good_standing


def check_invited(row: Purchase, organizations: Sequence[SocialOrganization], today: dt.date) -> None:
    """Refuse bodies that may not be asked, or too few of them: when they are named, and again with the announcement."""
    if not organizations:
        return
    needed = value(LEAST_INVITED, row.buyer, today)
    if len(organizations) < needed:
        raise refusals.TooFewInvited(field="organizations", needed=needed, count=len(organizations))
    able = set(able_for(row, today).filter(pk__in=[body.pk for body in organizations]).values_list("pk", flat=True))
    seen: set[int] = set()
    for body in organizations:
        if body.pk in seen:
            raise refusals.InvitedTwice(field="organizations", organization=body.name)
        seen.add(body.pk)
        require_good_standing(body, today)
        require_not_failed(body, row.buyer, today)
        if row.field and body.pk not in able:
            names = {"organization": body.name, "ability": row.field, "place": row.landing.name}
            raise refusals.BodyNotAble(field="organizations", **names)
