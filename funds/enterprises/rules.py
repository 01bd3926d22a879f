"""Who may do what in the enterprises room (Basis: separation of duties)."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import (
    auditor,
    community_staff,
    district_admin,
    reader,
    street,
    street_officer,
    street_reviewer,
    supervisor,
)
from funds.enterprises.lifecycle import EnterpriseStatus
from funds.enterprises.models import CommunityEnterprise, ProfitDeclaration
from funds.enterprises.queries import appointments_of


def enterprise_key(row: Any) -> int:
    """Return the key of the enterprise that a row, or its letting, belongs to."""
    return int(row.letting.enterprise_id if hasattr(row, "letting_id") else row.enterprise_id)


@rules.predicate
def enterprise_person(user: Any, row: Any = None) -> bool:
    """Tell whether the user is accountant or head of the enterprise today; without a row: of any."""
    appointments = appointments_of(user)
    if row is None:
        return bool(appointments)
    enterprise = row.pk if isinstance(row, CommunityEnterprise) else enterprise_key(row)
    return any(appointment.enterprise_id == enterprise for appointment in appointments)


@rules.predicate
def own_appointment(user: Any, row: Any = None) -> bool:
    """Tell whether the appointment is the user's own."""
    return row is not None and row.user_id == user.pk


@rules.predicate
def open_to_all(user: Any, row: CommunityEnterprise | ProfitDeclaration | None = None) -> bool:
    """Tell whether everybody may see the row: an enterprise that exists, a year that is published."""
    del user
    if isinstance(row, ProfitDeclaration):
        return row.is_public
    return row is None or row.status != EnterpriseStatus.PLANNED


def open_to_all_of(predicate: Any) -> Any:
    """Return the predicate asked about the enterprise that a row belongs to."""

    def of_the_enterprise(user: Any, row: Any = None) -> bool:
        return bool(predicate(user, None if row is None else row.enterprise))

    return rules.predicate(of_the_enterprise, name=f"of_the_enterprise:{predicate.name}")


rules.add_perm("funds.view_enterprise", open_to_all | reader | enterprise_person)
rules.add_perm("funds.view_enterprise_file", reader | enterprise_person)
rules.add_perm("funds.edit_enterprise", community_staff | street)
rules.add_perm("funds.view_shareholder", open_to_all_of(open_to_all) | reader | enterprise_person)
rules.add_perm("funds.view_asset", open_to_all_of(open_to_all) | reader | enterprise_person)
rules.add_perm("funds.view_letting", reader | enterprise_person)
rules.add_perm("funds.keep_lettings", community_staff | enterprise_person)
rules.add_perm("funds.confirm_letting", street_officer | street_reviewer)
rules.add_perm("funds.record_rent", community_staff | enterprise_person)
rules.add_perm("funds.waive_rent", street_officer | street_reviewer)
rules.add_perm("funds.view_business_record", reader | enterprise_person)
rules.add_perm("funds.keep_records", community_staff | enterprise_person)
rules.add_perm("funds.view_enterprise_appointment", reader | own_appointment)
rules.add_perm("funds.view_declaration", open_to_all | reader | enterprise_person)
rules.add_perm("funds.view_declaration_file", reader | enterprise_person)
rules.add_perm("funds.submit_declaration", enterprise_person)
rules.add_perm("funds.attach_declaration_paper", enterprise_person | auditor | district_admin)
rules.add_perm("funds.review_declaration", supervisor)
rules.add_perm("funds.check_declaration", street_officer | street_reviewer)
rules.add_perm("funds.audit_declaration", auditor | district_admin)
