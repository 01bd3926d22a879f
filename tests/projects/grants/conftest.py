"""A round of the district, at its beginning."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.factories.projects_grants import Story
from tests.people import House


@pytest.fixture
def story(house: House, now: dt.datetime) -> Story:
    """A venture round that nobody has drawn up yet."""
    return Story(house, now)
