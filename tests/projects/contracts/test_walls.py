"""What the database refuses by itself: one violating statement as the application for each wall."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from funds.spending.models import Payment, SpendingRequest
from funds.spending.operations import plan_payment
from projects.contracts.models import Contract
from tests.projects.contracts.conftest import opine
from tests.walls import alone, change_refused, copied, refused

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]

INSERT_OPINION = """
    INSERT INTO projects_acceptanceopinion (contract_id, resident_id, delivery, is_satisfied, comment, given_at)
    VALUES (%s, %s, %s, true, '', now())
"""


def test_states_follow_the_table(walk: Walk) -> None:
    row = walk("RUNNING")

    change_refused("contract_moves_by_the_table", row, "status = 'ACCEPTED'")
    change_refused("milestone_moves_by_the_table", row.milestones.get(), "status = 'CONFIRMED'")


def test_instalments_are_the_whole_when_offered(walk: Walk) -> None:
    row = walk("DRAFT")
    row.instalments.filter(number=2).update(amount="1399.99")

    change_refused("contract_instalments_are_the_whole", row, "status = 'OFFERED'")
    row.instalments.filter(number=2).update(amount="1400.00", percent=49)
    change_refused("contract_instalments_are_the_whole", row, "status = 'OFFERED'")


def test_no_offer_above_the_hold(walk: Walk) -> None:
    walk("OFFERED", amount=Decimal(1000))
    second = walk("DRAFT", amount=Decimal(2000))
    row = walk("DRAFT", amount=Decimal(1))
    row.instalments.filter(number=1).update(amount="2000.01")
    row.instalments.filter(number=2).update(amount="0.01")
    Contract.objects.filter(pk=row.pk).update(amount="2000.02")

    change_refused("contract_within_what_is_held", row, "status = 'OFFERED'")
    Contract.objects.filter(pk=second.pk).update(status="OFFERED")


def test_offered_terms_stay(walk: Walk) -> None:
    row = walk("OFFERED")
    first = row.instalments.first()
    assert first is not None

    change_refused("pgtrigger: Cannot update rows from projects_contract table", row, "amount = 1")
    change_refused("pgtrigger: Cannot update rows from projects_contract table", row, "scope = 'x'")
    change_refused("instalment_fixed_with_the_offer", first, "amount = 1")
    refused("instalment_fixed_with_the_offer", "DELETE FROM projects_instalment WHERE id = %s", first.pk)
    refused(
        "instalment_fixed_with_the_offer",
        "INSERT INTO projects_instalment (contract_id, number, percent, amount, condition) VALUES (%s, 9, 1, 1, 'SIGNING')",
        row.pk,
    )


def test_three_persons_sign(walk: Walk) -> None:
    row = walk("AGREED")

    change_refused("contract_signed_by_a_third", row, "signed_by_id = offered_by_id")
    change_refused("contract_signed_by_a_third", row, "signed_by_id = agreed_by_id")
    change_refused("contract_accepted_by_another", row, "delivered_by_id = 1, accepted_by_id = 1")
    change_refused("milestone_confirmed_by_another", row.milestones.get(), "reported_by_id = 1, confirmed_by_id = 1")


def test_figures_are_possible(walk: Walk) -> None:
    row = walk("DRAFT")
    first = row.instalments.first()
    assert first is not None

    change_refused("contract_amount_is_positive", row, "amount = 0")
    change_refused("contract_runs_forward", row, "ends_on = starts_on")
    change_refused("instalment_is_a_part", first, "percent = 0")
    change_refused("instalment_is_a_part", first, "amount = 0")
    change_refused("instalment_number_is_unique", first, "number = 2")


def test_opinions_are_given_on_a_delivery_once(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    running, person = walk("RUNNING", amount=Decimal(10)), people.neighbors[0].pk
    row = walk("DELIVERED", amount=Decimal(20))
    opine(people, now, row, "+")

    refused("acceptanceopinion_on_a_delivery", INSERT_OPINION, running.pk, person, 1)
    refused("acceptanceopinion_on_a_delivery", INSERT_OPINION, row.pk, person, 2)
    refused("acceptanceopinion_once_each", INSERT_OPINION, row.pk, person, 1)
    refused(
        "permission denied for table projects_acceptanceopinion", "UPDATE projects_acceptanceopinion SET delivery = 2"
    )


@pytest.mark.django_db(transaction=True)
def test_no_statement_takes_from_the_hold_what_a_contract_promises(
    people: SimpleNamespace, now: dt.datetime, walk: Walk, request_: SpendingRequest, owner: Any
) -> None:
    plan_payment(
        by=people.street_officer, now=now, request=request_, number=7, amount=Decimal(200), payee="五金店", note=""
    )
    walk("RUNNING", amount=Decimal(2800))
    beside = copied(Payment.objects.get(), number="9", amount="0.01")

    with owner():
        alone("wall_payment_beside_promises", f"SET CONSTRAINTS ALL IMMEDIATE; {beside}")
