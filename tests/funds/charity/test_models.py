"""What the database itself refuses: one statement per guard, as the application's role."""

from __future__ import annotations

import pytest

from tests.factories.funds_charity import CharityAppointmentFactory, CommunityFundFactory, HostCharityFactory
from tests.walls import change_refused, refused

pytestmark = pytest.mark.django_db


def test_a_charity_has_a_well_formed_code() -> None:
    row = HostCharityFactory()

    refused("hostcharity_code_is_well_formed", "UPDATE funds_hostcharity SET credit_code = 'x' WHERE id = %s", row.pk)


def test_an_appointment_runs_forward_and_is_held_once() -> None:
    row = CharityAppointmentFactory()
    other = CharityAppointmentFactory(charity=row.charity)

    refused(
        "charityappointment_period_runs_forward",
        "UPDATE funds_charityappointment SET valid_to = valid_from WHERE id = %s",
        row.pk,
    )
    refused(
        "charityappointment_held_once",
        "UPDATE funds_charityappointment SET user_id = %s WHERE id = %s",
        row.user_id,
        other.pk,
    )


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("communityfund_kind_is_known", "kind = 'OTHER'"),
        ("communityfund_category_is_known", "category = 'OTHER'"),
        ("communityfund_budget_has_no_charity", "charity_id = NULL"),
        ("communityfund_budget_has_no_charity", "category = 'BUDGET'"),
        ("communityfund_partner_is_named", "partner = '某基金会'"),
        ("communityfund_partner_is_named", "category = 'COOPERATION'"),
        ("communityfund_fee_is_a_part", "fee_rate = -0.01"),
        ("communityfund_agreed_by_another", "agreed_by_id = applied_by_id"),
        ("communityfund_opened_by_a_third", "activated_by_id = applied_by_id"),
        ("communityfund_opened_by_a_third", "activated_by_id = agreed_by_id"),
        ("communityfund_moves_by_the_table", "status = 'CLOSED'"),
        ("communityfund_moves_by_the_table", "status = 'APPLIED'"),
    ],
)
def test_guards_of_a_fund(constraint: str, change: str) -> None:
    row = CommunityFundFactory(active=True)

    change_refused(constraint, row, change)
