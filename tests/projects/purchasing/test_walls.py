"""What the database refuses by itself: each wall alone, and what passes once it is dropped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from projects.purchasing.awarding.models import OfferScore, PublicPayment
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseList
from projects.purchasing.models import Purchase
from tests.factories.projects_contracts import in_force
from tests.projects.purchasing.conftest import Walk, line_of, list_in_force
from tests.walls import alone, change_refused, copied, refused

Owner = Callable[[], Any]
pytestmark = pytest.mark.django_db


def test_states_follow_the_table(
    people: SimpleNamespace, walk: Walk, guidance: PurchaseList, line: PublicBudgetLine
) -> None:
    stage = walk("CALLED", bids=1)

    change_refused("purchase_moves_by_the_table", stage.purchase, "status = 'DRAFT'")
    change_refused("purchaseoffer_moves_by_the_table", stage.offers[0], "status = 'NEW'")
    change_refused("purchaselist_moves_by_the_table", guidance, "status = 'DRAFT'")
    change_refused("publicbudgetline_moves_by_the_table", line, "status = 'DRAFT'")


def test_what_is_confirmed_or_submitted_stays(walk: Walk, guidance: PurchaseList, line: PublicBudgetLine) -> None:
    stage = walk("CALLED", bids=1)
    item = guidance.items.first()
    assert item is not None
    criterion = stage.purchase.criteria.first()
    assert criterion is not None

    change_refused("purchaselistitem_fixed_in_force", item, "name = 'x'")
    change_refused("purchasecriterion_fixed_with_the_call", criterion, "points = 99")
    for row, change in (
        (guidance, "title = 'x'"),
        (line, "amount = amount + 1"),
        (stage.purchase, "amount = amount - 1"),
        (stage.purchase, "offers_until = now()"),
        (stage.offers[0], "amount = 1"),
    ):
        table = row._meta.db_table
        change_refused(f"pgtrigger: Cannot update rows from {table} table", row, change)


@pytest.mark.django_db(transaction=True)
def test_each_wall_alone_refuses(
    people: SimpleNamespace, walk: Walk, guidance: PurchaseList, now: dt.datetime, owner: Owner
) -> None:
    """One statement for each wall: refused, and done once the wall is dropped."""
    in_force("purchase.open_tender_from", "200000")
    more = line_of(people, now, "900000.00", name="大项")
    draft = walk("DRAFT", amount=10000).purchase
    items = {item.code: item for item in guidance.items.all()}
    checked = walk("CHECKED", item=items["A0102"]).purchase
    walk("APPROVED", amount=150000, budget_line=more)
    split = walk("CHECKED", amount=60000, budget_line=more).purchase
    approved = walk("APPROVED", amount=20000, budget_line=more, item=items["B0201"]).purchase
    called = walk("CALLED", amount=80000, budget_line=more, item=items["A0102"])
    sealed = called.offers[0]
    table, offers = "projects_purchase", "projects_purchaseoffer"

    with owner():
        alone(
            "purchase_checked_meets_no_ground",
            f"UPDATE {table} SET negative_answers = '{{\"STAFF\": true}}' WHERE id = %s",
            checked.pk,
        )
        alone("purchase_in_three_hands", f"UPDATE {table} SET checked_by_id = planned_by_id WHERE id = %s", checked.pk)
        alone(
            "purchase:within_its_line",
            f"UPDATE {table} SET status = 'APPROVED', bound = 100000.01 WHERE id = %s",
            checked.pk,
        )
        alone("purchase:not_split", f"UPDATE {table} SET status = 'APPROVED', bound = amount WHERE id = %s", split.pk)
        alone(
            "purchase:within_the_longest_term",
            f"UPDATE {table} SET ends_on = starts_on + 366 WHERE id = %s",
            draft.pk,
        )
        alone("purchase_runs_forward", f"UPDATE {table} SET ends_on = starts_on WHERE id = %s", draft.pk)
        alone("purchase_amount_is_positive", f"UPDATE {table} SET amount = 0 WHERE id = %s", draft.pk)
        alone("purchase_kinds_are_known", f"UPDATE {table} SET kind = 'GOODS' WHERE id = %s", draft.pk)
        alone(
            "purchase_explained_by_a_second_officer",
            f"UPDATE {table} SET explained_by_id = planned_by_id, splitting_reason = 'x' WHERE id = %s",
            checked.pk,
        )
        alone(
            "purchase_has_the_limit_of_its_procedure",
            f"UPDATE {table} SET procedure_limit = NULL WHERE id = %s",
            checked.pk,
        )
        alone("purchase_announced_has_a_notice", f"UPDATE {table} SET called_at = now() WHERE id = %s", approved.pk)
        alone(
            "purchase:of_the_lists",
            f"UPDATE {table} SET item_id = %s, status = 'SUBMITTED', procedure_limit = 1 WHERE id = %s",
            list_in_force(people, now, kind="RULES").items.order_by("pk")[0].pk,
            draft.pk,
        )
        alone(
            "purchase:criteria_are_the_whole",
            f"WITH gone AS (SELECT 1) UPDATE {table} SET status = 'CALLED' WHERE id = %s",
            _without_criteria(approved),
        )
        alone("purchaseoffer:in_time", f"UPDATE {offers} SET status = 'QUALIFIED' WHERE id = %s", sealed.pk)
        alone(
            "purchase:announced_call_stays",
            f"UPDATE {table} SET offers_until = offers_until + interval '1 hour' WHERE id = %s",
            called.purchase.pk,
        )
        alone(
            "purchaseoffer_amount_is_positive",
            copied(sealed, organization_id=people.organizations[0].pk, amount=0, status="'DRAFT'"),
            beside=("purchaseoffer_one_each",),
        )
        alone("purchaseoffer_one_each", copied(sealed, status="'DRAFT'"))
        alone(
            "purchaseoffer_judged_by_another",
            f"UPDATE {offers} SET judged_by_id = submitted_by_id WHERE id = %s",
            sealed.pk,
        )
        alone(
            "purchaseoffer_handed_in_by_somebody",
            f"UPDATE {offers} SET submitted_by_id = NULL WHERE id = %s",
            sealed.pk,
        )


def _without_criteria(row: Purchase) -> int:
    row.criteria.filter(is_price=False).delete()
    return row.pk


@pytest.mark.django_db(transaction=True)
def test_each_wall_around_an_award_alone_refuses(people: SimpleNamespace, walk: Walk, owner: Owner) -> None:
    stage = walk("PUBLISHED")
    award = stage.award
    assert award is not None
    seat = stage.purchase.seats.order_by("pk")[0]
    awards, purchases = "projects_purchaseaward", "projects_purchase"
    score = OfferScore.objects.order_by("pk")[0]

    with owner():
        alone("purchaseaward:after_its_notice", f"UPDATE {awards} SET status = 'FINAL' WHERE id = %s", award.pk)
        alone("purchaseaward:award_stays", f"UPDATE {awards} SET amount = amount - 1 WHERE id = %s", award.pk)
        alone(
            "purchaseaward_two_persons", f"UPDATE {awards} SET confirmed_by_id = proposed_by_id WHERE id = %s", award.pk
        )
        alone(
            "purchaseaward_supplement_is_a_tenth",
            f"UPDATE {awards} SET supplement = amount / 10 + 0.01 WHERE id = %s",
            award.pk,
        )
        alone("purchaseaward_published_has_a_notice", f"UPDATE {awards} SET sign_by = NULL WHERE id = %s", award.pk)
        alone(
            "purchase:proposed_with_an_award",
            f"UPDATE {purchases} SET status = 'OPENED' WHERE id = %s",
            stage.purchase.pk,
        )
        alone(
            "purchaseaward:as_offered",
            copied(award, number="'x'", status="'PROPOSED'", notice_id="NULL", confirmed_by_id="NULL", sign_by="NULL"),
            beside=("purchaseaward_one_in_force",),
        )
        alone(
            "committeeseat:scored_seat_stays",
            "UPDATE projects_committeeseat SET scored_at = NULL WHERE id = %s",
            seat.pk,
        )
        alone("committeeseat_once_each", copied(seat))
        alone(
            "committeeseat_appointed_by_another",
            "UPDATE projects_committeeseat SET appointed_by_id = user_id WHERE id = %s",
            seat.pk,
        )
        alone("offerscore:of_one_purchase", copied(score), beside=("offerscore_once",))


def test_scores_and_payments_are_never_changed(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("FINAL")
    award = stage.award
    assert award is not None
    score = OfferScore.objects.first()
    assert score is not None
    insert = """
        INSERT INTO projects_publicpayment
            (award_id, budget_line_id, amount, paid_on, document_number, purpose, recorded_at, recorded_by_id)
        VALUES (%s, %s, %s, current_date, %s, '', now(), %s)
    """
    by = people.street_officer.pk

    refused("publicpayment_within_the_award", insert, award.pk, award.budget_line_id, "78000.01", "1", by)
    refused(
        "publicpayment_within_the_award", insert, award.pk, line_of(people, stage.now, name="他项").pk, "1", "1", by
    )
    refused("publicpayment_amount_is_positive", insert, award.pk, award.budget_line_id, "0", "1", by)
    change_refused("permission denied for table projects_offerscore", score, "points = 0")
    assert PublicPayment.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_each_wall_of_lists_and_lines_alone_refuses(
    people: SimpleNamespace, guidance: PurchaseList, line: PublicBudgetLine, owner: Owner
) -> None:
    lists, lines = "projects_purchaselist", "projects_publicbudgetline"
    with owner():
        alone(
            "purchaselist_two_persons", f"UPDATE {lists} SET confirmed_by_id = drafted_by_id WHERE id = %s", guidance.pk
        )
        alone("purchaselist_runs_forward", f"UPDATE {lists} SET valid_to = valid_from WHERE id = %s", guidance.pk)
        alone(
            "purchaselist_one_at_a_time",
            copied(guidance, edition="'2'"),
            beside=("purchaselist:lifecycle",),
        )
        alone("purchaselist_edition_once", copied(guidance, status="'DRAFT'"))
        alone(
            "purchaselist_in_force_is_confirmed",
            f"UPDATE {lists} SET confirmed_by_id = NULL WHERE id = %s",
            guidance.pk,
        )
        alone(
            "publicbudgetline_two_persons", f"UPDATE {lines} SET confirmed_by_id = entered_by_id WHERE id = %s", line.pk
        )
        alone("publicbudgetline_once", copied(line, status="'DRAFT'"))
        alone(
            "publicbudgetline_in_use_is_confirmed", f"UPDATE {lines} SET confirmed_by_id = NULL WHERE id = %s", line.pk
        )
        alone("publicbudgetline_amount_is_positive", copied(line, status="'DRAFT'", amount="0", name="'x'"))
        alone("publicbudgetline_kinds_are_known", copied(line, status="'DRAFT'", source="'OTHER'"))
