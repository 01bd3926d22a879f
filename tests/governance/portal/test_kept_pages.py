"""Pages that passers-by share: the second visitor asks the database nothing, whoever is signed in asks for their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consultation.topics.lifecycle import TopicStatus
from governance.accounts.models import User
from tests.factories.consultation_matters import OpinionFactory, TopicFactory
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.socialorgs_register import OrganizationFactory
from tests.people import House, sign_in


@pytest.fixture(autouse=True)
def _kept(settings: Any) -> Iterator[None]:
    settings.KEPT_PAGES_SECONDS = 60
    cache.clear()
    yield
    cache.clear()


def visit(client: Client, path: str) -> tuple[int, str]:
    """Return the queries of a page and its text."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    assert answer.status_code == 200
    return len(queries), answer.content.decode()


def addresses(house: House) -> dict[str, str]:
    place = house.places["community"]
    topic = TopicFactory(division=place, walked=TopicStatus.DELIBERATED)
    return {
        "division": reverse("communities:division-detail", args=[place.pk]),
        "topics": reverse("consultation:topic-list", args=[place.pk]),
        "topic": reverse("consultation:topic-detail", args=[topic.pk]),
        "fund": reverse("funds:fund-detail", args=[CommunityFundFactory(division=place, active=True).pk]),
        "organizations": reverse("socialorgs:organization-list"),
        "projects": reverse("projects:project-list"),
        "organization": reverse(
            "socialorgs:organization-detail", args=[OrganizationFactory(division=place, active=True).pk]
        ),
    }


@pytest.mark.parametrize("name", ["division", "topics", "topic", "fund", "organizations", "projects", "organization"])
def test_a_second_passer_by_asks_nothing(name: str, house: House) -> None:
    path = addresses(house)[name]
    queries, text = visit(Client(), path)
    assert queries > 0
    assert visit(Client(), path) == (0, text)


def test_a_resident_sees_what_was_said_meanwhile(house: House, resident: User, client: Client) -> None:
    topic = TopicFactory(division=house.places["community"], walked=TopicStatus.DELIBERATED)
    path = reverse("consultation:topic-detail", args=[topic.pk])
    sign_in(client, resident)
    visit(Client(), path)
    OpinionFactory(topic=topic, text="楼道的灯早该换了")

    assert "楼道的灯早该换了" in visit(client, path)[1]
    assert "楼道的灯早该换了" not in visit(Client(), path)[1]
