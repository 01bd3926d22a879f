"""What the planner finds: the worked example, the order of the law, bases, tiers, bounds, splits, corrections."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import translation

from funds.charity.models import CommunityFund
from funds.enterprises.models import CommunityEnterprise
from funds.reinvestment.models import DerivationStep, DistributionPolicy, ReinvestmentOrder, ReinvestmentRun
from funds.reinvestment.planner import pending_cells, plan_cell
from funds.reinvestment.queries import explain
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.outbox.models import OutboxEvent
from tests.factories.funds_enterprises import EnterpriseFactory
from tests.factories.funds_reinvestment import declare, make_policy, open_fund, set_value
from tests.funds.reinvestment.conftest import Plan


def yuan(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def derivation(run: ReinvestmentRun) -> list[tuple[str, Decimal]]:
    return [(step.kind, step.amount) for step in run.steps.order_by("number")]


def orders(run: ReinvestmentRun) -> list[tuple[str, Decimal]]:
    return [(order.direction, order.amount) for order in run.orders.order_by("id")]


def test_the_worked_example_comes_out_to_the_fen(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan, worked_example: dict[str, Decimal]
) -> None:
    run = plan(company, **worked_example)

    assert (run.outcome, run.warning, run.policy) == ("ORDERED", "", policy)
    assert (run.base_amount, run.reserve) == (yuan("252,000.00"), yuan("28,000.00"))
    assert (run.reinvested, run.retained, run.difference) == (
        yuan("151,200.00"),
        yuan("100,800.00"),
        yuan("151,200.00"),
    )
    assert derivation(run) == [
        ("NET_PROFIT", yuan("300,000")),
        ("LOSSES", yuan("20,000")),
        ("RESERVE", yuan("28,000")),
        ("BASE", yuan("252,000")),
        ("TIER", yuan("151,200")),
        ("REINVESTED", yuan("151,200")),
        ("RETAINED", yuan("100,800")),
        ("DESTINATION", yuan("151,200")),
    ]
    assert orders(run) == [("GIVE", yuan("151,200.00"))]


def test_the_year_after_needs_no_further_reserve(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan
) -> None:
    run = plan(
        company,
        net_profit=yuan("300,000"),
        registered_capital=yuan("500,000"),
        reserve_before=yuan("268,000"),
    )

    assert (run.reserve, run.base_amount, run.reinvested) == (yuan("0"), yuan("300,000"), yuan("180,000"))


def test_reserve_duty_ends_exactly_at_half_of_the_capital(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan
) -> None:
    run = plan(company, net_profit=yuan("1,000"), registered_capital=yuan("500,000"), reserve_before=yuan("250,000"))

    assert run.reserve == 0


def test_only_companies_form_a_reserve(fund: CommunityFund, plan: Plan) -> None:
    village = EnterpriseFactory(operating=True, legal_form="VILLAGE_COLLECTIVE")
    make_policy(enterprise=village, destinations=[(fund, "1")])

    run = plan(village, net_profit=yuan("300,000"), losses_carried=yuan("20,000"), registered_capital=yuan("500,000"))

    assert (run.reserve, run.base_amount, run.reinvested) == (yuan("0"), yuan("300,000"), yuan("180,000"))


def test_the_order_has_a_readable_reference_and_an_event(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan, worked_example: dict[str, Decimal]
) -> None:
    run = plan(company, **worked_example)

    order = run.orders.get()
    event = OutboxEvent.objects.get(object_label="funds.ReinvestmentOrder")
    assert order.reference == f"FB2025-{order.pk:06d}"
    assert (order.status, order.route, order.enterprise) == ("PROPOSED", "DONATION", company)
    assert (event.topic, event.object_key) == ("funds.order.proposed", str(order.pk))
    assert AuditEntry.objects.get(verb="funds.run.planned").after == {"planned": 1, "ordered": 1, "warned": 0}


def test_a_fixed_amount_below_half_is_ordered_with_a_warning(
    company: CommunityEnterprise, fund: CommunityFund, plan: Plan
) -> None:
    make_policy(
        enterprise=company,
        destinations=[(fund, "1")],
        tiers=[],
        base="FIXED_AMOUNT",
        fixed_amount=yuan("100,000"),
    )

    run = plan(company, net_profit=yuan("300,000"), registered_capital=yuan("0"))

    assert (run.base_amount, run.reinvested, run.retained) == (yuan("300,000"), yuan("100,000"), yuan("200,000"))
    assert (run.outcome, run.warning) == ("ORDERED", "NOT_THE_MAIN_PART")
    assert ("FIXED", yuan("100,000")) in derivation(run)


def test_a_fixed_amount_never_exceeds_what_may_be_distributed(
    company: CommunityEnterprise, fund: CommunityFund, plan: Plan
) -> None:
    make_policy(
        enterprise=company, destinations=[(fund, "1")], tiers=[], base="FIXED_AMOUNT", fixed_amount=yuan("100,000")
    )

    run = plan(company, net_profit=yuan("60,000"), registered_capital=yuan("500,000"))

    assert (run.reserve, run.reinvested, run.retained) == (yuan("6,000"), yuan("54,000"), yuan("0"))
    assert ("LIMIT", yuan("54,000")) in derivation(run)


def test_an_amount_is_rounded_to_the_unit_of_the_policy(
    company: CommunityEnterprise, fund: CommunityFund, plan: Plan
) -> None:
    make_policy(enterprise=company, destinations=[(fund, "1")], base="NET_PROFIT", rounding_places=-3)

    run = plan(company, net_profit=yuan("12,345.67"), registered_capital=yuan("0"))

    assert (run.reinvested, run.retained) == (yuan("7,000"), yuan("5,345.67"))
    assert ("ROUNDING", yuan("7,000")) in derivation(run)


def test_rounding_never_leaves_the_bounds_of_the_policy(
    company: CommunityEnterprise, fund: CommunityFund, plan: Plan
) -> None:
    """Whole thousands would lie below the minimum: the amount is rounded to the fen instead, and says so."""
    make_policy(
        enterprise=company,
        destinations=[(fund, "1")],
        base="NET_PROFIT",
        rounding_places=-3,
        minimum_amount=yuan("7,407"),
    )

    run = plan(company, net_profit=yuan("12,345.67"), registered_capital=yuan("0"))

    assert run.reinvested == yuan("7,407.40")
    with translation.override("en"):
        [sentence] = [line.sentence for line in explain(run) if line.step.kind == "ROUNDING"]
    assert sentence == "Rounded once to the fen: from 7,407.402 to 7,407.40 yuan."


def test_the_database_knows_the_units_of_rounding(company: CommunityEnterprise, fund: CommunityFund) -> None:
    policy = make_policy(enterprise=company, destinations=[(fund, "1")])
    with pytest.raises(IntegrityError, match="distributionpolicy_words_are_known"), transaction.atomic():
        DistributionPolicy.objects.filter(pk=policy.pk).update(rounding_places=1)


def test_rent_is_a_base_of_its_own(fund: CommunityFund, plan: Plan) -> None:
    letting = EnterpriseFactory(operating=True, legal_form="COMMITTEE_LETTING", credit_code=None)
    make_policy(enterprise=letting, destinations=[(fund, "1")], tiers=[("0", None, "1")], base="RENT")

    run = plan(letting, revenue=yuan("500,000"), net_profit=yuan("420,000"), rent=yuan("480,000"))

    assert (run.base_amount, run.reinvested, run.retained) == (yuan("480,000"), yuan("480,000"), yuan("0"))
    assert [kind for kind, _amount in derivation(run)] == ["BASE", "TIER", "REINVESTED", "RETAINED", "DESTINATION"]


def test_a_company_gives_no_rent_that_it_may_not_distribute(
    company: CommunityEnterprise, fund: CommunityFund, plan: Plan
) -> None:
    make_policy(enterprise=company, destinations=[(fund, "1")], tiers=[("0", None, "1")], base="RENT")

    run = plan(company, revenue=yuan("500,000"), net_profit=yuan("-1,000"), rent=yuan("480,000"))

    assert (run.outcome, run.base_amount, run.reinvested) == ("NOTHING_TO_GIVE", yuan("480,000"), yuan("0"))
    assert run.orders.count() == 0


@pytest.mark.parametrize("profit", ["-5000.00", "0.00"])
def test_a_loss_gives_a_run_without_an_order(
    profit: str, company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan
) -> None:
    run = plan(company, net_profit=Decimal(profit), registered_capital=yuan("500,000"))

    assert (run.outcome, run.warning, run.base_amount, run.reinvested) == ("NOTHING_TO_GIVE", "", yuan("0"), yuan("0"))
    assert run.orders.count() == 0


def test_losses_that_eat_the_profit_leave_nothing(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan
) -> None:
    run = plan(company, net_profit=yuan("20,000"), losses_carried=yuan("20,000"), registered_capital=yuan("500,000"))

    assert (run.outcome, run.reserve, run.base_amount) == ("NOTHING_TO_GIVE", yuan("0"), yuan("0"))


def test_a_social_service_agency_may_not_distribute(plan: Plan, db: None) -> None:
    agency = EnterpriseFactory(operating=True, legal_form="SOCIAL_SERVICE_AGENCY")

    run = plan(agency, net_profit=yuan("30,000"))

    assert (run.outcome, run.policy, run.base_amount) == ("NOT_DISTRIBUTABLE", None, yuan("0"))
    assert derivation(run) == [("NET_PROFIT", yuan("30,000"))]


def test_tiers_take_their_own_slices(company: CommunityEnterprise, fund: CommunityFund, plan: Plan) -> None:
    make_policy(
        enterprise=company,
        destinations=[(fund, "1")],
        tiers=[("0", "100000", "0.50"), ("100000", "200000", "0.60"), ("200000", None, "0.70")],
    )

    run = plan(company, net_profit=yuan("250,000"), registered_capital=yuan("0"))

    assert derivation(run)[2:5] == [("TIER", yuan("50000")), ("TIER", yuan("60000")), ("TIER", yuan("35000"))]
    assert run.reinvested == yuan("145,000")


@pytest.mark.parametrize(
    ("bounds", "kind", "reinvested"),
    [
        ({"minimum_amount": "700"}, "MINIMUM", "700.00"),
        ({"minimum_amount": "5000"}, "MINIMUM", "1000.00"),
        ({"cap_amount": "400"}, "CAP", "400.00"),
    ],
)
def test_minimum_and_cap_bound_the_amount(
    *,
    bounds: dict[str, str],
    kind: str,
    reinvested: str,
    company: CommunityEnterprise,
    fund: CommunityFund,
    plan: Plan,
) -> None:
    make_policy(
        enterprise=company, destinations=[(fund, "1")], **{name: Decimal(amount) for name, amount in bounds.items()}
    )

    run = plan(company, net_profit=yuan("1000"), registered_capital=yuan("0"))

    assert run.reinvested == Decimal(reinvested)
    assert kind in dict(derivation(run))


def test_half_a_fen_is_rounded_up_once(company: CommunityEnterprise, fund: CommunityFund, plan: Plan) -> None:
    make_policy(enterprise=company, destinations=[(fund, "1")], tiers=[("0", None, "0.5")])

    run = plan(company, net_profit=yuan("0.01"), registered_capital=yuan("0"))

    assert (run.reinvested, run.retained) == (yuan("0.01"), yuan("0.00"))
    assert ("ROUNDING", yuan("0.01")) in derivation(run)


def test_destinations_share_every_fen(company: CommunityEnterprise, fund: CommunityFund, plan: Plan) -> None:
    second, third = open_fund(company.division, fund.charity), open_fund(company.division, fund.charity)
    make_policy(
        enterprise=company,
        destinations=[(fund, "0.3333"), (second, "0.3334"), (third, "0.3333")],
        tiers=[("0", None, "1")],
    )

    run = plan(company, net_profit=yuan("0.05"), registered_capital=yuan("0"))

    assert [(order.fund, order.amount) for order in run.orders.order_by("id")] == [
        (fund, yuan("0.02")),
        (second, yuan("0.02")),
        (third, yuan("0.01")),
    ]


def test_exactly_half_is_the_main_part(company: CommunityEnterprise, fund: CommunityFund, plan: Plan) -> None:
    make_policy(enterprise=company, destinations=[(fund, "1")], tiers=[("0", None, "0.5")])

    assert plan(company, net_profit=yuan("1000"), registered_capital=yuan("0")).warning == ""


def test_the_own_policy_comes_before_that_of_the_place(
    company: CommunityEnterprise, policy: DistributionPolicy, fund: CommunityFund, plan: Plan
) -> None:
    make_policy(division=company.division, destinations=[(fund, "1")], tiers=[("0", None, "0.9")])

    assert plan(company, net_profit=yuan("1000")).policy == policy


def test_the_nearest_place_above_counts(company: CommunityEnterprise, fund: CommunityFund, plan: Plan) -> None:
    street = company.division.parent
    assert street is not None
    assert street.parent is not None
    make_policy(division=street.parent, destinations=[(fund, "1")], tiers=[("0", None, "0.9")])
    nearer = make_policy(division=street, destinations=[(fund, "1")], tiers=[("0", None, "0.7")])

    assert plan(company, net_profit=yuan("1000")).policy == nearer


def test_the_policy_of_the_last_day_of_the_period_counts(
    company: CommunityEnterprise, fund: CommunityFund, plan: Plan
) -> None:
    new_year = dt.date(2026, 1, 1)
    old = make_policy(enterprise=company, destinations=[(fund, "1")], valid_to=new_year)
    make_policy(enterprise=company, destinations=[(fund, "1")], valid_from=new_year)

    assert plan(company, net_profit=yuan("1000")).policy == old


def test_a_retired_policy_counts_for_the_days_before_its_end(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan
) -> None:
    DistributionPolicy.objects.filter(pk=policy.pk).update(status="RETIRED", valid_to=dt.date(2026, 1, 1))

    assert plan(company, net_profit=yuan("1000")).policy == policy


def test_without_a_policy_nothing_is_written_until_one_comes(
    company: CommunityEnterprise, fund: CommunityFund, system: User, now: dt.datetime
) -> None:
    declaration = declare(company, net_profit=yuan("1000"))
    [(cell, count)] = pending_cells()

    missing = plan_cell(by=system, cell=cell, now=now)
    make_policy(enterprise=company, destinations=[(fund, "1")])
    later = plan_cell(by=system, cell=cell, now=now)

    assert (count, missing.planned, missing.without_policy) == (
        1,
        0,
        [(declaration.pk, company.name, "2025-12-31")],
    )
    assert (later.planned, later.ordered) == (1, 1)


def test_a_draft_declaration_or_policy_counts_for_nothing(
    company: CommunityEnterprise, policy: DistributionPolicy
) -> None:
    declaration = declare(company, net_profit=yuan("1000"))
    type(declaration).objects.filter(pk=declaration.pk).update(status="PUBLISHED")

    assert pending_cells() == [(declaration.pk // 1000, 1)]


def test_planning_again_changes_nothing(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan, system: User, now: dt.datetime
) -> None:
    run = plan(company, net_profit=yuan("1000"))

    again = plan_cell(by=system, cell=run.declaration_id // 1000, now=now)

    assert (again.planned, again.ordered) == (0, 0)
    assert (ReinvestmentRun.objects.count(), ReinvestmentOrder.objects.count()) == (1, 1)
    assert pending_cells() == []


def test_a_correction_orders_the_difference_only(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan
) -> None:
    first = plan(company, net_profit=yuan("1,000"), registered_capital=yuan("0"))
    second = plan(company, net_profit=yuan("1,200"), registered_capital=yuan("0"), revision=2)
    third = plan(company, net_profit=yuan("900"), registered_capital=yuan("0"), revision=3)
    fourth = plan(company, net_profit=yuan("900"), registered_capital=yuan("0"), revision=4)

    assert orders(first) == [("GIVE", yuan("600"))]
    assert (second.difference, orders(second)) == (yuan("120"), [("GIVE", yuan("120"))])
    assert (third.difference, orders(third)) == (yuan("-180"), [("RETURN", yuan("180"))])
    assert (fourth.outcome, fourth.difference, orders(fourth)) == ("UNCHANGED", yuan("0"), [])
    assert derivation(fourth)[-1] == ("ORDERED_BEFORE", yuan("540"))


def test_a_correction_counts_only_orders_that_stand(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan
) -> None:
    first = plan(company, net_profit=yuan("1,000"), registered_capital=yuan("0"))
    first.orders.update(status="CANCELLED")

    second = plan(company, net_profit=yuan("1,200"), registered_capital=yuan("0"), revision=2)

    assert orders(second) == [("GIVE", yuan("720"))]


def test_a_corrected_policy_moves_money_between_funds(
    company: CommunityEnterprise, policy: DistributionPolicy, fund: CommunityFund, plan: Plan
) -> None:
    plan(company, net_profit=yuan("1,000"), registered_capital=yuan("0"))
    other = open_fund(company.division, fund.charity)
    DistributionPolicy.objects.filter(pk=policy.pk).update(status="RETIRED", valid_to=policy.valid_from)
    make_policy(enterprise=company, destinations=[(other, "1")])

    second = plan(company, net_profit=yuan("1,000"), registered_capital=yuan("0"), revision=2)

    assert second.difference == 0
    assert {(order.fund_id, order.direction, order.amount) for order in second.orders.all()} == {
        (fund.pk, "RETURN", yuan("600")),
        (other.pk, "GIVE", yuan("600")),
    }


def test_the_year_corrects_its_quarters(company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan) -> None:
    quarter = {"period_kind": "QUARTER", "registered_capital": yuan("0")}
    plan(company, **quarter, starts_on=dt.date(2025, 1, 1), ends_on=dt.date(2025, 4, 1), net_profit=yuan("100"))
    plan(company, **quarter, starts_on=dt.date(2025, 4, 1), ends_on=dt.date(2025, 7, 1), net_profit=yuan("200"))

    year = plan(company, net_profit=yuan("1,000"), registered_capital=yuan("0"))

    assert (year.reinvested, year.difference, orders(year)) == (yuan("600"), yuan("420"), [("GIVE", yuan("420"))])


QUARTERS = [
    (dt.date(2025, month, 1), dt.date(2025 + (month == 10), month % 12 + 3 if month < 10 else 1, 1))
    for month in (1, 4, 7, 10)
]


def plan_quarters(
    company: CommunityEnterprise, plan: Plan, profits: list[str], **figures: Any
) -> list[ReinvestmentRun]:
    """Plan the four quarters of 2025, provisionally."""
    return [
        plan(
            company,
            period_kind="QUARTER",
            starts_on=starts_on,
            ends_on=ends_on,
            net_profit=yuan(profit),
            **{"registered_capital": yuan("0"), **figures},
        )
        for (starts_on, ends_on), profit in zip(QUARTERS, profits, strict=True)
    ]


@pytest.mark.parametrize(
    ("profits", "year_profit", "expected"),
    [
        (["100", "200", "300", "400"], "1,000", ("600", "0", [])),
        (["100", "200", "300", "400"], "1,001", ("600.60", "0.60", [("GIVE", "0.60")])),
        (["100", "200", "300", "400"], "500", ("300", "-300", [("RETURN", "300")])),
        (["100", "200", "300", "400"], "-50", ("0", "-600", [("RETURN", "600")])),
        (["0.01", "0.01", "0.01", "0.02"], "0.05", ("0.03", "-0.01", [("RETURN", "0.01")])),
        (["-100", "-100", "300", "0"], "100", ("60", "-120", [("RETURN", "120")])),
        (["0", "0", "0", "0"], "100", ("60", "60", [("GIVE", "60")])),
    ],
)
def test_the_audited_year_orders_only_the_difference_to_its_quarters(
    company: CommunityEnterprise,
    policy: DistributionPolicy,
    plan: Plan,
    profits: list[str],
    year_profit: str,
    expected: tuple[str, str, list[tuple[str, str]]],
) -> None:
    quarters = plan_quarters(company, plan, profits)

    year = plan(company, net_profit=yuan(year_profit), registered_capital=yuan("0"))

    reinvested, difference, ordered = expected
    assert (year.reinvested, year.difference) == (yuan(reinvested), Decimal(difference.replace(",", "")))
    assert orders(year) == [(direction, yuan(amount)) for direction, amount in ordered]
    total = sum(
        amount if direction == "GIVE" else -amount for run in (*quarters, year) for direction, amount in orders(run)
    )
    assert total == year.reinvested


def test_a_corrected_quarter_and_a_corrected_year_stay_one_sum(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan
) -> None:
    runs = plan_quarters(company, plan, ["100", "200", "300", "400"])
    first, after = QUARTERS[1]
    quarter = {"period_kind": "QUARTER", "starts_on": first, "ends_on": after, "registered_capital": yuan("0")}
    runs.append(plan(company, **quarter, net_profit=yuan("250"), revision=2))
    runs.append(plan(company, net_profit=yuan("2,000"), registered_capital=yuan("0")))
    late = declare(company, **quarter, net_profit=yuan("900"), revision=3)
    runs.append(plan(company, net_profit=yuan("1,500"), registered_capital=yuan("0"), revision=2))

    assert [run.difference for run in runs] == [
        yuan("60"), yuan("120"), yuan("180"), yuan("240"), yuan("30"), yuan("570"), -yuan("300"),
    ]  # fmt: skip
    assert not ReinvestmentRun.objects.filter(declaration=late).exists()
    assert pending_cells() == []


def test_a_rejected_order_of_a_quarter_is_made_up_for_by_the_year(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan
) -> None:
    runs = plan_quarters(company, plan, ["100", "200", "300", "400"])
    ReinvestmentOrder.objects.filter(run=runs[0]).update(status="CANCELLED")

    year = plan(company, net_profit=yuan("1,000"), registered_capital=yuan("0"))

    assert orders(year) == [("GIVE", yuan("60"))]


@pytest.mark.parametrize(
    ("rule", "profit", "quarter", "year"),
    [
        ({"base": "FIXED_AMOUNT", "fixed_amount": yuan("100,000"), "tiers": []}, "75,000", "25,000", "100,000"),
        ({"base": "FIXED_AMOUNT", "fixed_amount": yuan("0.03"), "tiers": []}, "75,000", "0.01", "0.03"),
        ({"cap_amount": yuan("100,000")}, "75,000", "25,000", "100,000"),
        ({"minimum_amount": yuan("200,000")}, "75,000", "50,000", "200,000"),
        ({"tiers": [("0", "100000", "0.5"), ("100000", None, "0.8")]}, "75,000", "52,500", "210,000"),
    ],
)
def test_a_quarter_counts_a_fourth_of_the_amounts_of_a_policy(
    company: CommunityEnterprise,
    fund: CommunityFund,
    plan: Plan,
    rule: dict[str, Any],
    profit: str,
    quarter: str,
    year: str,
) -> None:
    make_policy(enterprise=company, destinations=[(fund, "1")], **rule)

    runs = plan_quarters(company, plan, [profit] * 4)
    whole = plan(company, net_profit=yuan("300,000"), registered_capital=yuan("0"))

    assert {run.reinvested for run in runs} == {yuan(quarter)}
    assert (whole.reinvested, whole.difference) == (yuan(year), yuan(year) - 4 * yuan(quarter))


def test_what_a_newer_statement_overtakes_is_never_planned(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan
) -> None:
    overtaken = declare(company, net_profit=yuan("1,000"))
    quarter = declare(
        company,
        net_profit=yuan("10"),
        period_kind="QUARTER",
        starts_on=dt.date(2025, 1, 1),
        ends_on=dt.date(2025, 4, 1),
    )

    run = plan(company, net_profit=yuan("1,200"), revision=2, registered_capital=yuan("0"))

    assert orders(run) == [("GIVE", yuan("720"))]
    assert not ReinvestmentRun.objects.filter(declaration__in=[overtaken, quarter]).exists()
    assert pending_cells() == []


def test_rule_values_come_from_the_nearest_place_on_the_last_day(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan
) -> None:
    street = company.division.parent
    assert street is not None
    set_value("reinvest.reserve_rate", "0.05", None)
    set_value("reinvest.reserve_rate", "0.20", street.parent)
    set_value("reinvest.reserve_rate", "0.15", street, valid_to=dt.date(2026, 1, 1))
    set_value("reinvest.reserve_rate", "0.90", street, valid_from=dt.date(2026, 1, 1))
    set_value("reinvest.warn_below", "0.70", None)

    run = plan(company, net_profit=yuan("1,000"), registered_capital=yuan("500,000"))

    assert (run.reserve, run.warning) == (yuan("150"), "NOT_THE_MAIN_PART")


def test_approved_policies_are_frozen_by_the_database(policy: DistributionPolicy, fund: CommunityFund) -> None:
    tier, destination = policy.tiers.get(), policy.destinations.get()
    attempts: list[Any] = [
        lambda: policy.tiers.update(share=Decimal("0.1")),
        lambda: policy.tiers.create(lower=Decimal(5), share=Decimal("0.1")),
        tier.delete,
        lambda: policy.destinations.update(share=Decimal("0.1")),
        destination.delete,
    ]

    for attempt in attempts:
        with pytest.raises(IntegrityError, match="The policy has been approved"), transaction.atomic():
            attempt()


def test_steps_are_written_once(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan, worked_example: dict[str, Decimal]
) -> None:
    run = plan(company, **worked_example)

    with pytest.raises(DatabaseError), transaction.atomic():
        DerivationStep.objects.filter(run=run).update(amount=1)
    assert derivation(run)[0] == ("NET_PROFIT", yuan("300,000"))
