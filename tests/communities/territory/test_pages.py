"""The public pages of divisions."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from communities.territory import pages
from communities.territory.models import Division, Tier
from tests.factories.communities import DivisionCodeFactory, DivisionFactory


def test_the_list_shows_the_top_and_what_is_searched(client: Client, community: Division, city: Division) -> None:
    top = client.get(reverse("communities:division-list")).content.decode()
    found = client.get(reverse("communities:division-list"), {"q": "三八路"}).content.decode()
    by_code = client.get(reverse("communities:division-list"), {"q": "510302002008"}).content.decode()
    nothing = client.get(reverse("communities:division-list"), {"q": "<b>"}).content.decode()

    assert "四川省" in top
    assert "自贡市" not in top
    assert community.get_absolute_url() in found
    assert community.get_absolute_url() in by_code
    assert "“&lt;b&gt;”" in nothing


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_two_queries(count: int, client: Client, db: None, django_assert_num_queries: Any) -> None:
    for _ in range(count):
        DivisionCodeFactory(division=DivisionFactory())

    with django_assert_num_queries(2):
        answer = client.get(reverse("communities:division-list"))

    assert answer.content.decode().count('class="row row--apart"') == count


@pytest.mark.parametrize("count", [1, 3])
def test_the_facts_take_four_queries(count: int, rf: Any, db: None, django_assert_num_queries: Any) -> None:
    """Asked of the view itself, without the page's frame."""
    place: Division = DivisionFactory(tier=Tier.STREET, level="STREET")
    DivisionCodeFactory(division=place)
    for _ in range(count):
        DivisionFactory(parent=place)

    with django_assert_num_queries(4):
        answer = pages.division_facts(rf.get("/"), pk=place.pk)

    assert answer.status_code == 200
    assert answer.content.decode().count('<li class="row row--apart">') == count


def test_the_facts_have_an_address_of_their_own(client: Client, community: Division) -> None:
    facts = reverse("communities:division-facts", args=[community.pk])

    assert facts != community.get_absolute_url()
    assert facts in client.get(community.get_absolute_url()).content.decode()
    assert "510302002008" in client.get(facts).content.decode()
    assert client.get(reverse("communities:division-facts", args=[10**9])).status_code == 404


def test_a_heading_of_the_code_list_is_no_place(client: Client, db: None) -> None:
    municipality = DivisionFactory(name="重庆市", tier=Tier.PROVINCE, level="PROVINCE")
    heading = DivisionFactory(name="市辖区", tier=Tier.CITY, level="CITY", parent=municipality)
    place = DivisionFactory(name="江北区", tier=Tier.DISTRICT, level="DISTRICT", parent=heading)
    DivisionFactory(name="渝中区", tier=Tier.DISTRICT, level="DISTRICT", parent=heading)

    choice = client.get("/").content.decode()
    facts = client.get(reverse("communities:division-facts", args=[place.pk])).content.decode()

    assert place.upper == municipality
    assert municipality.upper is None
    assert ("重庆市" in choice, "市辖区" in choice) == (True, False)
    assert ("重庆市" in facts, "市辖区" in facts) == (True, False)


def test_only_looking_is_possible(client: Client, community: Division) -> None:
    assert client.post(reverse("communities:division-list")).status_code == 405
