"""Each guard of the files of donations by name: a statement that it alone refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from funds.intake.models import DonationIntake
from tests.funds.intake.test_intake import GOOD, confirmed, storage, take
from tests.walls import alone, copied

__all__ = ["storage", "take"]


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_intakes_refuses_alone(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime, owner: Callable[[], Any]
) -> None:
    row = confirmed(people, take(GOOD), now)
    first, second = row.rows.order_by("pk")[:2]
    change = "UPDATE funds_donationintake SET {} WHERE id = %s"

    with owner():
        alone("donationintake:lifecycle", change.format("status = 'DISCARDED'"), row.pk)
        alone(
            "donationintake_status_is_known",
            change.format("status = 'LOST'"),
            row.pk,
            beside=["donationintake:lifecycle"],
        )
        alone("donationintake_file_is_taken_once", copied(row, status="'UPLOADED'"))
        twice = "UPDATE funds_intakerow SET donation_id = %s WHERE id = %s"
        alone("funds_intakerow_donation_id_key", twice, first.donation_id, second.pk)
