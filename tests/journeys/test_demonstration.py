"""The demonstration's story, told by the product's own operations, gives the figures of the reports."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from communities.territory.models import Division, DivisionLevel, Tier
from funds.enterprises.models import CommunityEnterprise, ProfitDeclaration
from governance.portal.demonstration import money, steps
from governance.portal.demonstration.steps import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(db: Any) -> Scene:
    del db
    return Scene(now=dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC))


@pytest.fixture
def audited(scene: Scene) -> Scene:
    for step in (
        steps.open_district,
        steps.open_calendar,
        steps.publish_rules,
        steps.seat_officials,
        steps.register_residents,
        steps.post_notices,
        money.open_charity,
        money.open_funds,
        money.receive_donations,
        money.found_enterprises,
        money.adopt_policies,
        money.declare_the_year,
    ):
        step(scene)
    return scene


def test_the_district_counts_as_the_report_does(scene: Scene) -> None:
    steps.open_district(scene)

    found = Division.objects.for_statistics(steps.place("510302000000"), scene.today)

    assert found.filter(tier=Tier.STREET).count() == 8
    assert found.filter(level=DivisionLevel.COMMUNITY).count() == 31


def test_the_nine_enterprises_declare_what_the_report_says(audited: Scene) -> None:
    sums = ProfitDeclaration.objects.aggregate(revenue=Sum("revenue"), profit=Sum("net_profit"))

    assert CommunityEnterprise.objects.count() == 9
    assert sums == {"revenue": Decimal("2000000.00"), "profit": Decimal("600000.00")}
