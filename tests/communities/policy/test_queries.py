"""Which value holds where and when."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.bodies.policy import TERM_YEARS, URBAN_SIZE
from communities.policy.lifecycle import ParameterStatus
from communities.policy.models import PolicyParameter
from communities.policy.policy import REGISTRY
from communities.policy.queries import in_force, rules_here, value
from communities.territory.models import Division
from tests.factories.communities import PolicyParameterFactory
from tests.people import NAMED_PEOPLE, House

DAY = dt.date(2026, 3, 4)


@pytest.fixture
def hold(house: House) -> Any:
    """Bring a term of committees into force somewhere."""

    def call(number: int, place: Division | None = None, **more: Any) -> PolicyParameter:
        row = PolicyParameterFactory(value=number, division=place, **more)
        row.approved_by, row.status = house.people["district_admin"], ParameterStatus.ACTIVE
        row.save()
        return row

    return call


def test_without_a_row_the_default_holds(community: Division) -> None:
    assert value(TERM_YEARS, community, DAY) == 5
    assert value(TERM_YEARS, None, DAY) == 5
    assert in_force(TERM_YEARS.key, community, DAY) is None


def test_the_nearest_row_up_the_tree_holds(hold: Any, house: House) -> None:
    places = house.places
    for number, place in ((6, None), (7, "province"), (8, "district"), (9, "street")):
        hold(number, places[place] if place else None)

    assert value(TERM_YEARS, places["community"], DAY) == 9
    assert value(TERM_YEARS, places["far_community"], DAY) == 8
    assert value(TERM_YEARS, places["city"], DAY) == 7
    assert value(TERM_YEARS, None, DAY) == 6


def test_a_value_holds_from_its_first_day_to_the_day_before_its_end(hold: Any, community: Division) -> None:
    hold(4, community, valid_from=dt.date(2026, 1, 1), valid_to=dt.date(2026, 7, 1))
    hold(3, community, valid_from=dt.date(2026, 7, 1))

    held = {
        day: value(TERM_YEARS, community, day)
        for day in map(dt.date.fromisoformat, ("2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01"))
    }

    assert list(held.values()) == [5, 4, 4, 3]


def test_drafts_and_withdrawn_values_do_not_count(hold: Any, community: Division) -> None:
    PolicyParameterFactory(value=2, division=community)
    withdrawn = hold(3, community)
    withdrawn.status = ParameterStatus.RETIRED
    withdrawn.save()

    assert value(TERM_YEARS, community, DAY) == 5


def test_a_look_up_costs_one_query(hold: Any, community: Division) -> None:
    hold(4, community)

    with CaptureQueriesContext(connection) as queries:
        row = in_force(TERM_YEARS.key, community, DAY)
        assert row is not None
        assert (row.basis.title, row.division) == (row.basis.title, community)

    assert len(queries) == 1


def test_all_rules_of_a_place_in_one_query(hold: Any, house: House) -> None:
    hold(6, None)
    hold(4, house.places["district"])
    hold(9, house.places["other_street"])

    with CaptureQueriesContext(connection) as queries:
        here = {rule.parameter.key: rule for rule in rules_here(house.places["community"], DAY)}

    assert len(queries) == 1
    assert set(here) == set(REGISTRY)
    assert (here["committee.term_years"].value, here["committee.term_years"].shown) == (4, "4")
    assert here["committee.term_years"].row is not None
    assert (here[URBAN_SIZE.key].row, here[URBAN_SIZE.key].shown) == (None, "5–9")
    assert here["privacy.small_cell"].value == 5


def test_exact_numbers_stay_exact(hold: Any, community: Division) -> None:
    assert Decimal("0.1") + Decimal("0.2") == Decimal("0.3")
    hold(4, community)

    assert value(TERM_YEARS, community, DAY) == 4


# Who sees drafts of the community's values; values in force are public.
SEES_DRAFTS = {
    "community_staff",
    "street_officer",
    "street_reviewer",
    "district_admin",
    "district_officer",
    "supervisor",
    "auditor",
}


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_sees_which_values(name: str, hold: Any, house: House) -> None:
    draft = PolicyParameterFactory(division=house.places["community"])
    in_use = hold(4, house.places["community"])

    seen = set(PolicyParameter.objects.visible_to(house.people[name]))

    assert seen == ({draft, in_use} if name in SEES_DRAFTS else {in_use})
