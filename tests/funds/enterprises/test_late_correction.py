"""A bill that is found after the year was locked: the books take it in, the declaration stays, a revision corrects it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.test import Client

from funds.enterprises import operations
from funds.enterprises.models import ProfitDeclaration
from funds.enterprises.records.operations import (
    Noted,
    enter_record,
    propose_declaration,
    take_over_records,
    void_record,
)
from funds.enterprises.records.queries import compare
from funds.reinvestment.models import ReinvestmentRun
from funds.reinvestment.planner import pending_cells, plan_cell
from governance import lifecycle
from governance.accounts.queries import system_actor
from tests.factories.funds_reinvestment import make_policy, open_fund
from tests.people import House
from tests.walls import violated

pytestmark = pytest.mark.django_db

REVENUE = Noted("REVENUE", "MARKET", dt.date(2025, 6, 1), Decimal("300000.00"), "摊位费", "BANK_SLIP", "YH1")
BILL = Noted("COST", "MARKET", dt.date(2025, 11, 1), Decimal("20000.00"), "漏记的电费", "INVOICE", "FP1")


def locked(people: SimpleNamespace, row: ProfitDeclaration, now: dt.datetime) -> ProfitDeclaration:
    """Take a draft through its four hands until it is locked."""
    lifecycle.move(row, "submit", by=people.accountant, now=now)
    lifecycle.move(row, "review", by=people.supervisor, now=now)
    lifecycle.move(row, "check", by=people.street_officer, now=now)
    operations.audit_declaration(by=people.auditor, declaration=row, opinion="无保留意见", now=now)
    lifecycle.move(row, "publish", by=people.street_officer, now=now)
    return lifecycle.move(row, "lock", by=people.street_officer, now=now)


def plan(now: dt.datetime) -> None:
    """Let the planner do what is pending."""
    for cell, _count in pending_cells():
        plan_cell(by=system_actor(), cell=cell, now=now)


def test_a_bill_found_after_the_year_was_locked(people: SimpleNamespace, house: House, now: dt.datetime) -> None:
    firm, by = people.enterprise, people.accountant
    make_policy(enterprise=firm, destinations=[(open_fund(firm.division, house.charity), "1")], base="NET_PROFIT")
    enter_record(by=by, enterprise=firm, noted=REVENUE, now=now)
    first = propose_declaration(by=by, enterprise=firm, period_kind="YEAR", starts_on=dt.date(2025, 1, 1), now=now)
    first = locked(people, first, now)
    plan(now)
    client = Client()
    client.force_login(by)
    books = f"/enterprises/{firm.pk}/books/?year=2025"
    assert client.get(books).context["otherwise"] is None

    enter_record(by=by, enterprise=firm, noted=BILL, now=now)

    assert {line.name: line.difference for line in compare(first) if line.difference} == {
        "cost": Decimal(-20000),
        "net_profit": Decimal(20000),
    }
    assert client.get(books).context["otherwise"] == first
    with pytest.raises(operations.NotADraft):
        take_over_records(by=by, declaration=first, now=now)
    second = operations.correct_declaration(by=by, declaration=first, reason="漏记电费", now=now)
    second = locked(people, take_over_records(by=by, declaration=second, now=now), now)
    plan(now)

    first.refresh_from_db()
    assert (first.status, first.net_profit, second.revision, second.net_profit) == (
        "LOCKED",
        Decimal(300000),
        2,
        Decimal(280000),
    )
    orders = [
        (order.direction, order.amount)
        for run in ReinvestmentRun.objects.filter(enterprise=firm).order_by("pk")
        for order in run.orders.order_by("pk")
    ]
    assert orders[0] == ("GIVE", Decimal("180000.00"))
    assert sum(amount if direction == "GIVE" else -amount for direction, amount in orders) == Decimal("168000.00")
    assert client.get(books).context["otherwise"] is None


def test_a_record_of_a_locked_year_is_taken_back_and_stays_to_be_seen(
    people: SimpleNamespace, now: dt.datetime
) -> None:
    firm, by = people.enterprise, people.accountant
    enter_record(by=by, enterprise=firm, noted=REVENUE, now=now)
    wrong = enter_record(by=by, enterprise=firm, noted=BILL, now=now)
    year = propose_declaration(by=by, enterprise=firm, period_kind="YEAR", starts_on=dt.date(2025, 1, 1), now=now)
    locked(people, year, now)

    void_record(by=by, record=wrong, reason="重复", now=now)

    year.refresh_from_db()
    assert (year.cost, [line.difference for line in compare(year) if line.name == "cost"]) == (
        Decimal(20000),
        [Decimal(20000)],
    )
    assert violated("UPDATE funds_profitdeclaration SET status = 'DRAFT' WHERE id = %s", year.pk)
