"""What the database itself refuses: one statement per guard, as the application's role."""

from __future__ import annotations

import pytest

from tests.factories.accounts import UserFactory
from tests.factories.funds_enterprises import DeclarationFactory, EnterpriseAppointmentFactory, EnterpriseFactory
from tests.walls import change_refused, refused

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("communityenterprise_has_a_code", "credit_code = NULL"),
        ("communityenterprise_code_is_well_formed", "credit_code = '9151O302MA6000016H'"),
        ("communityenterprise_code_is_well_formed", "credit_code = '91510302MA600001'"),
        ("communityenterprise_form_is_known", "legal_form = 'COOPERATIVE'"),
    ],
)
def test_guards_of_an_enterprise(constraint: str, change: str) -> None:
    row = EnterpriseFactory()

    change_refused(constraint, row, change)


def test_an_enterprise_has_a_code_of_its_own() -> None:
    row, other = EnterpriseFactory(), EnterpriseFactory()

    refused(
        "funds_communityenterprise_credit_code_key",
        "UPDATE funds_communityenterprise SET credit_code = %s WHERE id = %s",
        other.credit_code,
        row.pk,
    )


def test_an_enterprise_moves_by_the_table() -> None:
    row = EnterpriseFactory()

    for status in ("CLOSED", "UNKNOWN"):
        refused(
            "communityenterprise_moves_by_the_table",
            "UPDATE funds_communityenterprise SET status = %s WHERE id = %s",
            status,
            row.pk,
        )


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("profitdeclaration_profit_adds_up", "net_profit = net_profit + 0.01"),
        ("profitdeclaration_rent_is_revenue", "rent = revenue + 0.01"),
        ("profitdeclaration_period_is_whole", "ends_on = ends_on + 1"),
        ("profitdeclaration_period_is_whole", "starts_on = starts_on - 365"),
        ("profitdeclaration_period_is_whole", "period_kind = 'QUARTER'"),
        ("profitdeclaration_period_is_whole", "period_kind = 'MONTH'"),
        ("profitdeclaration_correction_has_a_reason", "revision = 2"),
        ("profitdeclaration_correction_has_a_reason", "correction_reason = 'x'"),
        ("profitdeclaration_moves_by_the_table", "status = 'AUDITED'"),
        ("profitdeclaration_moves_by_the_table", "status = 'LOCKED'"),
    ],
)
def test_guards_of_a_declaration(constraint: str, change: str) -> None:
    row = DeclarationFactory()

    change_refused(constraint, row, change)


@pytest.mark.parametrize(
    "period",
    [("QUARTER", 1, 4, 0), ("QUARTER", 4, 7, 0), ("QUARTER", 7, 10, 0), ("QUARTER", 10, 1, 1), ("YEAR", 1, 1, 1)],
)
def test_every_quarter_and_the_year_fit(period: tuple[str, int, int, int]) -> None:
    kind, first, after, years = period

    row = DeclarationFactory(
        period_kind=kind, starts_on=f"2025-{first:02d}-01", ends_on=f"{2025 + years}-{after:02d}-01"
    )

    assert row.pk


@pytest.mark.parametrize(
    ("constraint", "column", "same"),
    [
        ("profitdeclaration_reviewed_by_another", "reviewed_by_id", "submitted_by_id"),
        ("profitdeclaration_checked_by_a_third", "checked_by_id", "submitted_by_id"),
        ("profitdeclaration_checked_by_a_third", "checked_by_id", "reviewed_by_id"),
        ("profitdeclaration_audited_by_a_fourth", "audited_by_id", "submitted_by_id"),
        ("profitdeclaration_audited_by_a_fourth", "audited_by_id", "reviewed_by_id"),
        ("profitdeclaration_audited_by_a_fourth", "audited_by_id", "checked_by_id"),
    ],
)
def test_four_different_people(constraint: str, column: str, same: str) -> None:
    row = DeclarationFactory(audited=True)

    change_refused(constraint, row, f"{column} = {same}")


def test_a_revision_exists_once() -> None:
    row = DeclarationFactory()
    other = DeclarationFactory(enterprise=row.enterprise, revision=2)

    refused(
        "profitdeclaration_once_per_revision",
        "UPDATE funds_profitdeclaration SET revision = 1, correction_reason = '' WHERE id = %s",
        other.pk,
    )


def test_a_declaration_begins_as_a_draft() -> None:
    row = DeclarationFactory()

    refused(
        "profitdeclaration_begins_at_the_start",
        """
        INSERT INTO funds_profitdeclaration (enterprise_id, period_kind, starts_on, ends_on, revision, revenue, rent,
            cost, tax, net_profit, losses_carried, registered_capital, reserve_before, note, correction_reason,
            audit_opinion, status, declared_at, declared_by_id)
        SELECT enterprise_id, period_kind, '2024-01-01', '2025-01-01', 1, revenue, rent, cost, tax, net_profit,
            losses_carried, registered_capital, reserve_before, note, '', '', 'AUDITED', declared_at, declared_by_id
        FROM funds_profitdeclaration WHERE id = %s
        """,
        row.pk,
    )


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("enterpriseappointment_role_is_known", "role = 'OWNER'"),
        ("enterpriseappointment_period_runs_forward", "valid_to = valid_from"),
    ],
)
def test_guards_of_an_appointment(constraint: str, change: str) -> None:
    row = EnterpriseAppointmentFactory()

    change_refused(constraint, row, change)


def test_an_office_is_held_once() -> None:
    row = EnterpriseAppointmentFactory()
    other = EnterpriseAppointmentFactory(enterprise=row.enterprise, user=UserFactory())

    refused(
        "enterpriseappointment_held_once",
        "UPDATE funds_enterpriseappointment SET user_id = %s WHERE id = %s",
        row.user_id,
        other.pk,
    )
