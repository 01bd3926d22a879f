"""A community and the hall of its council."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.factories.consultation_ballots import Place
from tests.factories.consultation_meetings import Hall


@pytest.fixture
def place(db: None, now: dt.datetime) -> Place:
    """A community with its staff."""
    return Place(now)


@pytest.fixture
def hall(place: Place) -> Hall:
    """A council of nine."""
    return Hall(place)
