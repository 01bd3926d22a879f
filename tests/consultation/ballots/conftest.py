"""A community with five voters."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.factories.consultation_ballots import Place


@pytest.fixture
def place(db: None, now: dt.datetime) -> Place:
    """The community with its staff and five residents who may vote."""
    made = Place(now)
    made.populate(5)
    return made
