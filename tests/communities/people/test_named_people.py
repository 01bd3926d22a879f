"""The named people themselves: everybody exists, cheaply, and reaches the places of their posts."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.people.queries import posts_of
from tests.people import NAMED_PEOPLE, POSTS, House, make_house


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_everybody_is_a_fixture_with_the_posts_of_the_table(name: str, request: pytest.FixtureRequest) -> None:
    person = request.getfixturevalue(name)

    expected = [POSTS[name][0]] if name in POSTS else []
    assert [post.role for post in posts_of(person)] == expected


@pytest.mark.django_db
def test_everything_is_made_in_few_statements() -> None:
    with CaptureQueriesContext(connection) as queries:
        make_house()

    assert len(queries) == 10


def test_the_tree_hangs_together(house: House) -> None:
    places = house.places

    assert places["community"].path == f"{places['street'].path}{places['community'].pk}/"
    assert places["far_community"].parent == places["other_street"]
    assert places["district"].codes.get().code == "510302000000"
