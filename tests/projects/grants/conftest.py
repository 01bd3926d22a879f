"""A round of the district, at its beginning; the surfaces live in the days of the story."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from governance.calendar.models import ClockOffset
from tests.factories.projects_grants import Story
from tests.people import House


@pytest.fixture
def story(house: House, now: dt.datetime) -> Story:
    """A venture round that nobody has drawn up yet."""
    return Story(house, now)


@pytest.fixture
def freeze_clock(settings: Any) -> Callable[[dt.datetime], None]:
    """Let the surfaces ask a clock that runs ahead to the day of the story, as the demonstration's does."""

    def ahead(moment: dt.datetime) -> None:
        settings.DEMONSTRATION = True
        days = (timezone.localdate(moment) - timezone.localdate()).days
        ClockOffset.objects.update_or_create(pk=1, defaults={"days": days})

    return ahead
