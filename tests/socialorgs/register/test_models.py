"""The walls of the register: each is run into once by a raw statement of the application's role."""

from __future__ import annotations

import pytest

from tests.factories.accounts import UserFactory
from tests.factories.socialorgs_register import (
    AnnualInspectionFactory,
    CreditListingFactory,
    OrganizationAppointmentFactory,
    OrganizationFactory,
)
from tests.walls import change_refused

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("socialorganization_moves_by_the_table", "status = 'REVOKED'"),
        ("socialorganization_kinds_are_known", "organization_type = 'COMPANY'"),
        ("socialorganization_code_is_well_formed", "credit_code = '5251030'"),
        ("socialorganization_is_registered_or_filed", "credit_code = NULL"),
        ("socialorganization_is_registered_or_filed", "standing = 'FILED', filing_number = '1'"),
        ("socialorganization_checked_by_another", "verified_by_id = entered_by_id"),
    ],
)
def test_an_entry_keeps_its_rules(constraint: str, change: str) -> None:
    change_refused(constraint, OrganizationFactory(), change)


def test_codes_are_used_once() -> None:
    first, second = OrganizationFactory(), OrganizationFactory()

    change_refused("socialorgs_socialorganization_credit_code_key", first, f"credit_code = '{second.credit_code}'")


def test_a_listing_ends_once_and_changes_no_more() -> None:
    row = CreditListingFactory()
    protected = "pgtrigger: Cannot update rows from socialorgs_creditlisting table"

    change_refused(protected, row, "listed_on = '2026-01-01'")
    change_refused("creditlisting_period_runs_forward", row, "removed_on = '2026-01-31'")
    type(row).objects.filter(pk=row.pk).update(removed_on="2026-03-01")
    change_refused(protected, row, "removed_on = NULL")


def test_one_year_one_conclusion() -> None:
    first = AnnualInspectionFactory()
    AnnualInspectionFactory(organization=first.organization, year=2023)

    change_refused("annualinspection_one_a_year", first, "year = 2023")
    change_refused("annualinspection_conclusion_is_known", first, "conclusion = 'FINE'")


def test_an_office_is_held_once() -> None:
    first = OrganizationAppointmentFactory()
    second = OrganizationAppointmentFactory(organization=first.organization, user=UserFactory())

    change_refused("organizationappointment_held_once", second, f"user_id = {first.user_id}")
    change_refused("organizationappointment_period_runs_forward", first, "valid_to = valid_from")
