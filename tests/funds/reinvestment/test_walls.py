"""Each guard of policies, runs, orders and debts by name: a statement that it alone refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from funds.charity.models import CommunityFund
from funds.ledger.models import Account
from funds.reinvestment.models import DistributionPolicy, PolicyDestination, PolicyTier, ReinvestmentOrder
from governance.accounts.models import User
from tests.factories.funds_reinvestment import StandingDecisionFactory, open_fund
from tests.funds.ledger.test_walls import HASH, JOURNAL
from tests.funds.reinvestment.test_owing import Move, back, given, now, owed, payer, post
from tests.people import House
from tests.walls import alone, copied

__all__ = ["back", "given", "now", "owed", "payer", "post"]


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_a_debt_refuses_alone(
    owed: ReinvestmentOrder,
    fund: CommunityFund,
    post: Move,
    system: User,
    now: dt.datetime,
    owner: Callable[[], Any],
) -> None:
    head = post("source:donor", "pool:free", "90,000")
    accounts = dict(Account.objects.filter(book=fund.book).values_list("code", "pk"))
    back_by_hand = {
        "book": head.book_id,
        "sequence": head.sequence + 1,
        "year": head.year,
        "voucher": head.voucher_number + 1,
        "kind": "PAYMENT",
        "posted_on": head.posted_on,
        "by": system.pk,
        "key": "by hand",
        "total": "54000.01",
        "reverses": None,
        "previous": head.hash,
        "hash": HASH,
        "transfer_book": head.book_id,
        "line": 1,
        "source": accounts["pool:free"],
        "target": accounts[f"source:owed:{owed.pk}"],
        "amount": "54000.01",
        "with_transfer": True,
    }

    with connection.cursor() as cursor:
        voucher = cursor.mogrify(JOURNAL, back_by_hand).decode()

    with owner():
        alone("ledger_debt_overpaid", voucher)
        closed = "UPDATE funds_reinvestmentorder SET status = 'RECEIVED' WHERE id = %s"
        alone("reinvestment_debt_paid", closed, owed.pk)


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_policies_refuses_alone(
    policy: DistributionPolicy, fund: CommunityFund, owner: Callable[[], Any]
) -> None:
    approved_tier, approved_destination = policy.tiers.get(), policy.destinations.get()
    draft = DistributionPolicy.objects.get(pk=policy.pk)
    draft.pk, draft.status, draft.approved_by, draft.approved_at = None, "DRAFT", None, None
    draft.save()
    tier = PolicyTier.objects.create(policy=draft, lower=0, share=1)
    destination = PolicyDestination.objects.create(policy=draft, fund=fund, share=1)
    standing = StandingDecisionFactory.create()
    change = "UPDATE funds_distributionpolicy SET {} WHERE id = %s"

    with owner():
        alone("distributionpolicy_two_persons", change.format("approved_by_id = entered_by_id"), policy.pk)
        alone("distributionpolicy_active_is_approved", change.format("approved_by_id = NULL"), policy.pk)
        alone("distributionpolicy_one_at_a_time", copied(policy, status="'DRAFT'"))
        alone("distributionpolicy_fixed_has_an_amount", change.format("base = 'FIXED_AMOUNT'"), policy.pk)
        capped = change.format("minimum_amount = 2, cap_amount = 1")
        alone("distributionpolicy_cap_above_minimum", capped, policy.pk)
        alone("distributionpolicy_period_runs_forward", change.format("valid_to = valid_from - 1"), draft.pk)
        alone("distributionpolicy:lifecycle", change.format("status = 'DRAFT'"), policy.pk)
        lost = change.format("status = 'LOST'")
        alone("distributionpolicy_status_is_known", lost, draft.pk, beside=["distributionpolicy:lifecycle"])

        tiers, shares = (
            "UPDATE funds_policytier SET {} WHERE id = %s",
            "UPDATE funds_policydestination SET {} WHERE id = %s",
        )
        alone("policytier:frozen_after_approval", tiers.format("share = 0.5"), approved_tier.pk)
        alone("policytier_lower_is_unique", copied(tier))
        alone("policytier_share_is_a_part", tiers.format("share = 1.0001"), tier.pk)
        alone("policytier_runs_upward", tiers.format("lower = 5, upper = 5"), tier.pk)
        alone("policydestination:frozen_after_approval", shares.format("share = 0.5"), approved_destination.pk)
        alone("policydestination_fund_once", copied(destination))
        alone("policydestination_share_is_a_part", shares.format("share = 0"), destination.pk)
        backwards = "UPDATE funds_standingdecision SET valid_to = valid_from WHERE id = %s"
        alone("standingdecision_period_runs_forward", backwards, standing.pk)


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_runs_and_orders_refuses_alone(
    given: ReinvestmentOrder, back: ReinvestmentOrder, house: House, owner: Callable[[], Any]
) -> None:
    received, run = ReinvestmentOrder.objects.get(pk=given.pk), given.run
    step, elsewhere = run.steps.all()[0], open_fund(house.places["far_community"], house.charity).pk
    proposed = {"status": "'PROPOSED'", "fund_id": elsewhere}

    with owner():
        runs, orders = (
            "UPDATE funds_reinvestmentrun SET {} WHERE id = %s",
            "UPDATE funds_reinvestmentorder SET {} WHERE id = %s",
        )
        alone("reinvestmentrun_parts_make_the_base", runs.format("retained = retained + 0.01"), run.pk)
        alone("reinvestmentrun_outcome_is_known", runs.format("outcome = 'GIFT'"), run.pk)
        alone("funds_reinvestmentrun_declaration_id_key", copied(run))
        alone("derivationstep:append_only", "UPDATE funds_derivationstep SET amount = 1 WHERE id = %s", step.pk)
        alone("derivationstep:append_only", "DELETE FROM funds_derivationstep WHERE id = %s", step.pk)
        alone("derivationstep_line_is_unique", copied(step))
        alone("reinvestmentorder:lifecycle", orders.format("status = 'APPROVED'"), received.pk)
        lost = orders.format("status = 'LOST'")
        alone("reinvestmentorder_status_is_known", lost, back.pk, beside=["reinvestmentorder:lifecycle"])
        again = copied(back, status="'PROPOSED'", reference="'X'")
        alone("reinvestmentorder_one_per_fund", again)
        alone("funds_reinvestmentorder_reference_key", copied(back, **proposed))
        journal = orders.format("journal_id = %s")
        alone("funds_reinvestmentorder_journal_id_key", journal, received.journal_id, back.pk)
