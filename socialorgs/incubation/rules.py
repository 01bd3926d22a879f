"""Who may do what in incubation: the operator proposes, the district confirms."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import district_admin, district_officer, reader, street
from socialorgs.incubation.models import IncubationStay, Incubator
from socialorgs.register.queries import organizations_of


@rules.predicate
def operator_person(user: Any, row: Any = None) -> bool:
    """Tell whether the user acts for the organization that runs the incubator; without a row: for any."""
    own = organizations_of(user)
    if row is None:
        return bool(own) and Incubator.objects.filter(operator__in=own).exists()
    incubator = row.incubator if isinstance(row, IncubationStay) else row
    return isinstance(incubator, Incubator) and incubator.operator_id in own


@rules.predicate
def own_stay(user: Any, row: Any = None) -> bool:
    """Tell whether the user applied; without a stay: whether they are signed in."""
    if not getattr(user, "is_authenticated", False):
        return False
    return not isinstance(row, IncubationStay) or row.applied_by_id == user.pk


@rules.predicate
def stays_person(user: Any, row: Any = None) -> bool:
    """Tell whether the user acts for the incubated organization."""
    return isinstance(row, IncubationStay) and row.organization_id in organizations_of(user)


rules.add_perm("socialorgs.view_incubator", rules.predicates.always_true)
rules.add_perm("socialorgs.manage_incubator", district_admin | district_officer)
rules.add_perm("socialorgs.apply_for_incubation", own_stay)
rules.add_perm("socialorgs.view_stay", reader | own_stay | stays_person | operator_person)
rules.add_perm("socialorgs.read_stays", reader)
rules.add_perm("socialorgs.operate_incubation", operator_person | street | district_officer)
rules.add_perm("socialorgs.confirm_incubation", district_admin | district_officer)
