"""Many at once: a credit code is used once, a period is declared once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from funds.enterprises import operations as enterprises
from funds.enterprises.models import CommunityEnterprise, ProfitDeclaration
from governance.accounts.models import User
from governance.errors import DomainError
from tests.factories.funds_enterprises import EnterpriseFactory, accountant

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 12


def together(work: Callable[[int], Any]) -> list[Any]:
    """Run the work in threads that start together; refusals are returned, everything else is raised."""
    barrier = Barrier(THREADS, timeout=30)

    def run(number: int) -> Any:
        try:
            barrier.wait()
            return work(number)
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def codes(results: list[Any]) -> list[str]:
    """Return the codes of the refusals."""
    return sorted(result.code for result in results if isinstance(result, DomainError))


def afresh(user: User) -> User:
    """Return the user as a request of their own would load them."""
    return User.objects.get(pk=user.pk)


def test_a_credit_code_goes_to_one_enterprise(people: SimpleNamespace, now: dt.datetime) -> None:
    results = together(
        lambda number: enterprises.enter_enterprise(
            by=afresh(people.community_staff),
            division=people.fund.division,
            name=f"企业{number}",
            legal_form="VILLAGE_COLLECTIVE",
            business_lines="物业",
            credit_code="91510302MA6000016H",
            founded_on=dt.date(2020, 1, 1),
            now=now,
        )
    )

    assert codes(results) == ["credit_code_taken"] * (THREADS - 1)
    assert CommunityEnterprise.objects.filter(credit_code="91510302MA6000016H").count() == 1


def test_a_period_is_declared_once(people: SimpleNamespace, now: dt.datetime) -> None:
    row = EnterpriseFactory(division=people.fund.division, operating=True)
    by = accountant(row)

    results = together(
        lambda _number: enterprises.enter_declaration(
            by=afresh(by),
            enterprise=row,
            period_kind="YEAR",
            starts_on=dt.date(2025, 1, 1),
            ends_on=dt.date(2026, 1, 1),
            revenue=Decimal("100.00"),
            cost=Decimal("40.00"),
            tax=Decimal("10.00"),
            net_profit=Decimal("50.00"),
            registered_capital=Decimal("1000.00"),
            now=now,
        )
    )

    assert codes(results) == ["period_declared"] * (THREADS - 1)
    assert ProfitDeclaration.objects.count() == 1
