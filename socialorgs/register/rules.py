"""Who may do what in the register: places enter, the registrar's side checks, managers act for their own body."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import (
    community_staff,
    district_admin,
    district_officer,
    reader,
    street,
    street_reviewer,
)
from governance.accounts.masking import mask_name
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import SocialOrganization, Standing
from socialorgs.register.queries import organizations_of

registrar = street_reviewer | district_admin | district_officer
"""Who mirrors what the registrar has decided."""


@rules.predicate
def organization_person(user: Any, row: Any = None) -> bool:
    """Tell whether the user acts for the organization today; without a row: for any."""
    own = organizations_of(user)
    if row is None:
        return bool(own)
    return (row.pk if isinstance(row, SocialOrganization) else row.organization_id) in own


@rules.predicate
def open_to_all(user: Any, row: SocialOrganization | None = None) -> bool:
    """Tell whether everybody may see the entry: it was checked against the registrar's record."""
    del user
    return row is None or row.status != OrganizationStatus.ENTERED


@rules.predicate
def own_appointment(user: Any, row: Any = None) -> bool:
    """Tell whether the appointment is the user's own."""
    return row is not None and row.user_id == user.pk


rules.add_perm("socialorgs.view_organization", open_to_all | reader | organization_person)
rules.add_perm("socialorgs.view_organization_file", reader | organization_person)
rules.add_perm("socialorgs.act_for_organization", organization_person)
rules.add_perm("socialorgs.enter_organization", community_staff | street | district_admin | district_officer)
rules.add_perm("socialorgs.verify_organization", registrar)
rules.add_perm("socialorgs.take_register_in", street | district_admin | district_officer)
rules.add_perm("socialorgs.view_register_sheet", reader)
rules.add_perm("socialorgs.appoint_for_organization", street | district_admin)
rules.add_perm("socialorgs.view_organization_appointment", reader | own_appointment)
rules.add_perm("socialorgs.view_listing", rules.predicates.always_true)
rules.add_perm("socialorgs.record_listing", registrar)
rules.add_perm("socialorgs.record_inspection", registrar)


def head_for(user: Any, organization: SocialOrganization) -> str:
    """Return the head as this person may know them: that of a registered body is public, of a filed one masked.

    Basis: Regulations on Registration of Social Associations (public record); Personal Information Protection Law.
    """
    is_public = organization.standing == Standing.REGISTERED
    if is_public or user.has_perm("socialorgs.view_organization_file", organization):
        return organization.head_name
    return mask_name(organization.head_name)
