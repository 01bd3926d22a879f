"""What the database itself refuses: one statement per guard, as the application's role."""

from __future__ import annotations

import pytest

from tests.factories.funds_donations import DonationFactory
from tests.walls import change_refused, refused

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("donation_amount_is_positive", "amount = 0"),
        ("donation_kinds_are_known", "donor_kind = 'OTHER'"),
        ("donation_kinds_are_known", "channel = 'BARTER'"),
        ("donation_moves_by_the_table", "status = 'PUBLISHED'"),
        ("donation_received_is_posted", "status = 'RECEIVED'"),
        ("donation_two_persons", "received_by_id = recorded_by_id"),
    ],
)
def test_guards_of_a_pledge(constraint: str, change: str) -> None:
    row = DonationFactory()

    change_refused(constraint, row, change)


@pytest.mark.parametrize(
    "change",
    [
        "status = 'RECEIPTED'",
        "status = 'RECEIPTED', receipt_number = '1', is_receipt_waived = true",
        "status = 'RECEIPTED', is_receipt_waived = true",
        "status = 'RECEIPTED', receipt_number = '1', receipt_note = 'x'",
    ],
)
def test_a_receipt_is_numbered_or_waived(change: str) -> None:
    row = DonationFactory(received=True)

    change_refused("donation_receipt_is_numbered_or_waived", row, change)


def test_numbers_and_references_are_used_once() -> None:
    row = DonationFactory(receipted=True)
    other = DonationFactory(fund=row.fund, receipted=True)

    refused(
        "donation_receipt_number_is_unique",
        "UPDATE funds_donation SET receipt_number = %s WHERE id = %s",
        row.receipt_number,
        other.pk,
    )
    refused(
        "donation_reference_is_unique",
        "UPDATE funds_donation SET reference = %s WHERE id = %s",
        row.reference,
        other.pk,
    )
