"""The three rates with numerator and denominator, and what is too few to be told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from consultation.matters.handling import dispatching
from consultation.matters.handling.periods import Period, PeriodBackwards
from consultation.matters.handling.queries import (
    HIDDEN,
    Share,
    board_of,
    private_count,
    rates_by_office,
    rates_by_place,
)
from consultation.matters.models import Matter, MatterKind, Route
from governance.accounts.models import User
from tests.consultation.matters.handling.conftest import at
from tests.people import House

SINCE, UNTIL = dt.date(2026, 1, 1), dt.date(2027, 1, 1)


def test_the_rates_name_what_they_are_of(*, closed: Any, raised: Any, house: House, now: dt.datetime) -> None:
    for mark in (5, 5, 4, 3, 1):
        closed(satisfaction=mark, is_solved=mark > 1)
    for _late in range(2):
        late = raised()
        Matter.objects.filter(pk=late.pk).update(overdue_at=now)
    raised(kind=MatterKind.REPORT)

    rows = rates_by_place(house.places["community"], SINCE, UNTIL)

    assert len(rows) == 1
    assert (rows[0].count, rows[0].response) == (7, Share(5, 7))
    assert (rows[0].solution, rows[0].satisfaction) == (Share(4, 5), Share(3, 5))
    assert (rows[0].response.percent, rows[0].satisfaction.percent) == ("71.4", "60.0")


def test_ninety_nine_point_nine_is_not_the_whole() -> None:
    assert Share(9996, 10_000).percent == "99.9"
    assert (Share(0, 0).percent, HIDDEN.percent) == ("", "")


def test_few_are_hidden_and_the_next_with_them(*, closed: Any, house: House) -> None:
    places = house.places
    neighbor = house.people["neighbor_resident"]
    for _one in range(6):
        closed(satisfaction=5)
    for _one in range(2):
        Matter.objects.filter(pk=closed(satisfaction=5).pk)  # the resident's own
    for _one in range(2):
        closed_there = closed(satisfaction=5)
        assert closed_there.raised_by != neighbor

    by_street = {row.key: row for row in rates_by_place(places["street"], SINCE, UNTIL)}

    assert by_street[places["street"].pk].count == 10
    assert by_street[places["community"].pk].count == 10
    assert places["neighbor"].pk not in by_street


def test_one_hidden_row_takes_another_with_it(*, raised: Any, house: House) -> None:
    for _one in range(6):
        raised()
    for _one in range(2):
        raised(by=house.people["neighbor_resident"], division=house.places["neighbor"])

    rows = {row.name: row.count for row in rates_by_place(house.places["street"], SINCE, UNTIL)}

    assert rows == {house.places["street"].short_name: 8, "三八路社区": None, "盐店街社区": None}


def test_the_rates_of_offices(
    *, sorted_to: Any, office: Any, house: House, community_staff: User, clerk: User, now: dt.datetime
) -> None:
    for _one in range(5):
        dispatching.assign_matter(by=community_staff, now=now, matter=sorted_to(), body=office)
    returned = dispatching.assign_matter(by=community_staff, now=now, matter=sorted_to(), body=office)
    dispatching.recall_order(by=community_staff, now=now, order=returned, reason="派错。")

    rows = rates_by_office(house.places["district"], SINCE, UNTIL)

    assert [(row.name, row.count) for row in rows] == [("区市政管理所", 5)]


def test_private_affairs_are_counts(*, sorted_to: Any, house: House) -> None:
    place = house.places["community"]
    assert private_count(place, SINCE, UNTIL) == 0
    for _one in range(4):
        sorted_to(Route.ADVICE)
    assert private_count(place, SINCE, UNTIL) is None
    sorted_to(Route.ADVICE)
    assert private_count(place, SINCE, UNTIL) == 5


def test_a_period(today: dt.date) -> None:
    assert Period.of(None, None, today) == Period(dt.date(2026, 1, 1), dt.date(2026, 3, 5))
    for since, until in ((today, today), (today, dt.date(2026, 1, 1)), (dt.date(2020, 1, 1), today)):
        with pytest.raises(PeriodBackwards):
            Period.of(since, until, today)


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_cost_the_same(
    *, count: int, closed: Any, house: House, client: Client, django_assert_max_num_queries: Any
) -> None:
    for _one in range(count):
        closed(satisfaction=5)
    place = house.places["district"]

    with django_assert_max_num_queries(10):
        page = client.get(
            reverse("consultation:matter-rates", args=[place.pk]), {"since": "2026-01-01", "until": "2026-12-31"}
        )
    with django_assert_max_num_queries(8):
        lists = client.get(reverse("consultation:matter-references", args=[place.pk]))

    assert (page.status_code, lists.status_code) == (200, 200)
    assert "How it is counted" in page.content.decode()
    assert "道路桥梁建设与养护" in lists.content.decode()


@pytest.mark.usefixtures("english")
def test_a_period_that_runs_backwards_is_named(*, house: House, client: Client) -> None:
    address = reverse("consultation:matter-rates", args=[house.places["street"].pk])

    page = client.get(address, {"since": "2026-12-31", "until": "2026-01-01"})

    assert "must begin before it ends" in page.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_board_sorts_by_the_clock(
    *, count: int, raised: Any, community_staff: User, now: dt.datetime, django_assert_num_queries: Any
) -> None:
    for _one in range(count):
        raised()
        raised(kind=MatterKind.UTILITY)
        raised(kind=MatterKind.CONSULTATION, now=now - dt.timedelta(days=20))
    assert community_staff.has_perm("consultation.view_board")

    with django_assert_num_queries(2):
        board = board_of(community_staff, now)

    assert [len(column) for column in (board.late, board.hours, board.today, board.week, board.later)] == [
        *(count, count, 0, count, 0),
    ]
    last_day = board_of(community_staff, at(dt.date(2026, 3, 11)))
    assert len(last_day.today) == count
