"""The SQL of the planner against plain Python, over invented declarations and policies, many in one statement."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communities.policy.models import PolicyDocument
from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.enterprises.letting.models import CommunityAsset, Letting, RentReceipt
from funds.enterprises.models import CommunityEnterprise, LegalForm, ProfitDeclaration
from funds.reinvestment.models import (
    DistributionPolicy,
    PolicyDestination,
    PolicyTier,
    ReinvestmentRun,
)
from funds.reinvestment.planner import plan_ids
from governance.accounts.models import User
from tests.factories.communities import ENTERED_AT, LONG_AGO, PolicyDocumentFactory
from tests.factories.funds_reinvestment import open_fund, set_value
from tests.funds.reinvestment.oracle import Figures, Result, Rule, plan
from tests.properties import examples

YEAR = dt.date(2025, 1, 1), dt.date(2026, 1, 1)
AMOUNTS = st.decimals(min_value=0, max_value=Decimal("9999999.99"), places=2)
SHARES = st.decimals(min_value=0, max_value=1, places=4)
SPLITS = st.sampled_from(
    [["1"], ["0.5", "0.5"], ["0.3333", "0.3333", "0.3334"], ["0.0001", "0.9999"], ["0.1", "0.2", "0.7"]]
).map(lambda parts: [Decimal(part) for part in parts])


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    revenue = draw(AMOUNTS)
    return Figures(
        legal_form=draw(st.sampled_from([form for form in LegalForm if form != LegalForm.COMMITTEE_LETTING])),
        net_profit=revenue - draw(AMOUNTS),
        losses=draw(st.one_of(st.just(Decimal("0.00")), AMOUNTS)),
        revenue=revenue,
        rent=(revenue * draw(SHARES)).quantize(Decimal("0.01")),
        capital=draw(AMOUNTS),
        reserve_before=draw(AMOUNTS),
        rent_received=draw(st.one_of(st.just(Decimal("0.00")), AMOUNTS.filter(bool))),
    )


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    base = draw(
        st.sampled_from(["DISTRIBUTABLE_PROFIT", "NET_PROFIT", "REVENUE", "RENT", "RENT_RECEIVED", "FIXED_AMOUNT"])
    )
    bounds = sorted(draw(st.sets(AMOUNTS.filter(bool), max_size=3)))
    lowers = [Decimal(0), *bounds]
    minimum = draw(st.one_of(st.just(Decimal("0.00")), AMOUNTS))
    cap = draw(st.none() | AMOUNTS)
    return Rule(
        base=base,
        tiers=[(lower, upper, draw(SHARES)) for lower, upper in zip(lowers, [*bounds, None], strict=True)],
        shares=draw(SPLITS),
        fixed=draw(AMOUNTS) if base == "FIXED_AMOUNT" else None,
        minimum=minimum if cap is None else min(minimum, cap),
        cap=cap,
        places=draw(st.sampled_from([2, 0, -1, -2, -3])),
        reserve_rate=Decimal("0.125"),
    )


def insert(cases: list[tuple[Figures, Rule]], division: Division, funds: list[CommunityFund], by: User) -> list[int]:
    """Insert the cases with few statements and return the ids of their declarations."""
    document = PolicyDocumentFactory()
    enterprises = CommunityEnterprise.objects.bulk_create(
        CommunityEnterprise(
            name=f"企业{number}",
            credit_code=f"9151030200000{number:05d}",
            legal_form=case.legal_form,
            division=division,
            business_lines="物业服务",
            founded_on=LONG_AGO,
            entered_at=ENTERED_AT,
            entered_by=by,
        )
        for number, (case, _rule) in enumerate(cases)
    )
    # The database lets no social service agency have a policy of its own.
    ruled = [
        (enterprise, rule)
        for enterprise, (_case, rule) in zip(enterprises, cases, strict=True)
        if enterprise.may_distribute
    ]
    policies = DistributionPolicy.objects.bulk_create(
        DistributionPolicy(
            enterprise=enterprise,
            division=division,
            base=rule.base,
            fixed_amount=rule.fixed,
            minimum_amount=rule.minimum,
            cap_amount=rule.cap,
            rounding_places=rule.places,
            valid_from=LONG_AGO,
            document=document,
            entered_at=ENTERED_AT,
            entered_by=by,
        )
        for enterprise, rule in ruled
    )
    PolicyTier.objects.bulk_create(
        PolicyTier(policy=policy, lower=lower, upper=upper, share=share)
        for policy, (_enterprise, rule) in zip(policies, ruled, strict=True)
        for lower, upper, share in rule.tiers
    )
    PolicyDestination.objects.bulk_create(
        PolicyDestination(policy=policy, fund=fund, share=share)
        for policy, (_enterprise, rule) in zip(policies, ruled, strict=True)
        for fund, share in zip(funds, rule.shares, strict=False)
    )
    approver = User.objects.exclude(pk=by.pk).first()
    DistributionPolicy.objects.filter(pk__in=[policy.pk for policy in policies]).update(
        status="ACTIVE", approved_at=ENTERED_AT, approved_by=approver
    )
    receive_rent(enterprises, [case for case, _rule in cases], document, by)
    declarations = ProfitDeclaration.objects.bulk_create(
        ProfitDeclaration(
            enterprise=enterprise,
            period_kind="YEAR",
            starts_on=YEAR[0],
            ends_on=YEAR[1],
            revenue=case.revenue,
            rent=case.rent,
            cost=case.revenue - case.net_profit,
            tax=0,
            net_profit=case.net_profit,
            losses_carried=case.losses,
            registered_capital=case.capital,
            reserve_before=case.reserve_before,
            declared_at=ENTERED_AT,
            declared_by=by,
        )
        for enterprise, (case, _rule) in zip(enterprises, cases, strict=True)
    )
    rows = ProfitDeclaration.objects.filter(pk__in=[row.pk for row in declarations])
    for status in ("SUBMITTED", "REVIEWED", "CHECKED", "AUDITED"):
        rows.update(status=status)
    rows.update(audited_at=ENTERED_AT)
    return [row.pk for row in declarations]


def receive_rent(
    enterprises: list[CommunityEnterprise], cases: list[Figures], document: PolicyDocument, by: User
) -> None:
    """Insert one letting per enterprise with its receipts: what counts, what came a day early or late, what was void."""
    assets = CommunityAsset.objects.bulk_create(
        CommunityAsset(
            enterprise=enterprise,
            name="堆场",
            kind="YARD",
            address="社区内",
            area=1,
            owner_kind="COMMITTEE",
            owner_name="居民委员会",
            right_to_let="OWNED",
            right_paper="证",
            entered_at=ENTERED_AT,
            entered_by=by,
        )
        for enterprise in enterprises
    )
    lettings = Letting.objects.bulk_create(
        Letting(
            asset=asset,
            enterprise=asset.enterprise,
            lessee_kind="UNIT",
            lessee="建材商",
            purpose="堆放",
            starts_on=LONG_AGO,
            ends_on=YEAR[1],
            monthly_rent=1,
            document=document,
            entered_at=ENTERED_AT,
            entered_by=by,
        )
        for asset in assets
    )
    days = [(YEAR[0], False), (YEAR[0] - dt.timedelta(days=1), False), (YEAR[1], False), (YEAR[0], True)]
    RentReceipt.objects.bulk_create(
        RentReceipt(
            letting=letting,
            received_on=day,
            amount=case.rent_received,
            reference=f"H{number}",
            recorded_at=ENTERED_AT,
            recorded_by=by,
            voided_at=ENTERED_AT if is_void else None,
            voided_by=by if is_void else None,
            void_reason="误录" if is_void else "",
        )
        for letting, case in zip(lettings, cases, strict=True)
        for number, (day, is_void) in enumerate(days)
        if case.rent_received
    )


def told(run: ReinvestmentRun) -> dict[int, Decimal]:
    """Follow the printed lines from the first to the last; return what they give to each fund, taken from them only."""
    lines = sorted(run.steps.all(), key=lambda step: step.number)
    by_kind = {step.kind: step for step in lines}
    if "BASE" not in by_kind:
        return {}
    base, policy = by_kind["BASE"].amount, run.policy
    assert policy is not None
    if policy.base in {"DISTRIBUTABLE_PROFIT", "FIXED_AMOUNT"}:
        left = by_kind["NET_PROFIT"].amount
        for kind in ("LOSSES", "RESERVE"):
            left -= by_kind[kind].amount if kind in by_kind else 0
        assert base == max(left, Decimal(0))
    reached = sum((step.amount for step in lines if step.kind in {"TIER", "FIXED"}), Decimal(0))
    assert all(step.amount == step.basis_amount * step.rate for step in lines if step.kind == "TIER")
    for kind in ("MINIMUM", "CAP", "LIMIT", "ROUNDING"):
        if kind in by_kind:
            assert by_kind[kind].basis_amount == reached
            reached = by_kind[kind].amount
    assert reached == by_kind["REINVESTED"].amount
    assert by_kind["REINVESTED"].amount + by_kind["RETAINED"].amount == base
    ways: dict[int, Decimal] = defaultdict(Decimal)
    for step in lines:
        if step.kind in {"DESTINATION", "ORDERED_BEFORE"}:
            ways[step.fund_id] += step.amount if step.kind == "DESTINATION" else -step.amount
    assert sum((step.amount for step in lines if step.kind == "DESTINATION"), Decimal(0)) == reached
    return {fund: amount for fund, amount in ways.items() if amount}


@pytest.fixture
def funds(community: Division) -> list[CommunityFund]:
    first = open_fund(community)
    return [first, open_fund(community, first.charity), open_fund(community, first.charity)]


# A few seconds: each example plans up to 25 invented declarations. The nightly run tries many more.
@settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cases=st.lists(st.tuples(figures(), rules()), min_size=1, max_size=25))
def test_the_statement_agrees_with_the_oracle(
    *,
    cases: list[tuple[Figures, Rule]],
    community: Division,
    funds: list[CommunityFund],
    street_officer: User,
    system: User,
    now: dt.datetime,
) -> None:
    with transaction.atomic():
        set_value("reinvest.reserve_rate", "0.125", community.parent)
        ids = insert(cases, community, funds, street_officer)

        plan_ids(by=system, first=min(ids), last=max(ids), now=now)

        assert found(ids) == [plan(case, rule) for case, rule in cases]
        transaction.set_rollback(True)


def found(ids: list[int]) -> list[Result]:
    """Read the runs back as the oracle writes them, and check what must hold in each."""
    rows = (
        ReinvestmentRun.objects.filter(declaration__in=ids).select_related("policy").prefetch_related("steps", "orders")
    )
    runs = {run.declaration_id: run for run in rows}
    parts: dict[int, list[Decimal]] = defaultdict(list)
    given_out: dict[int, Decimal] = defaultdict(Decimal)
    for run in runs.values():
        steps = sorted(run.steps.all(), key=lambda step: step.number)
        parts[run.pk] = [step.amount for step in steps if step.kind == "DESTINATION"]
        given_out[run.pk] = sum((order.amount for order in run.orders.all()), Decimal(0))
        assert run.base_amount == run.reinvested + run.retained
        assert given_out[run.pk] == run.reinvested == run.difference
        assert sum(parts[run.pk], Decimal(0)) == run.reinvested
        assert told(run) == {order.fund_id: order.amount for order in run.orders.all()}
    return [
        Result(run.outcome, run.base_amount, run.reserve, run.reinvested, run.warning, parts[run.pk])
        for run in (runs[pk] for pk in ids)
    ]
