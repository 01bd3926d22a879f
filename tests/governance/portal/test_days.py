"""The demonstration's next day brings what the clock would bring, so that a person goes on in the same minute."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from consultation.decisions.models import Decision
from governance.calendar import clock
from governance.calendar.models import ClockOffset
from tests.consultation.decisions.test_operations import posted
from tests.factories.consultation_ballots import DAY, HOUR, Place
from tests.factories.consultation_matters import MatterFactory

pytestmark = pytest.mark.django_db


def pass_days(days: str) -> None:
    answer = Client().post(reverse("portal:clock-advance"), {"days": days, "next": "/search/"})
    assert answer["Location"] == "/search/"


@pytest.fixture
def place(settings: Any) -> Place:
    """A community whose story begins now."""
    settings.DEMONSTRATION = True
    made = Place(clock.now())
    made.populate(5)
    return made


def test_a_ballot_opens_and_closes_with_the_days(place: Place) -> None:
    ballot = place.freeze(place.prepare(opens_at=clock.now() + HOUR, closes_at=clock.now() + DAY + HOUR))

    pass_days("1")
    ballot.refresh_from_db()
    assert ballot.status == "OPEN"
    pass_days("1")
    ballot.refresh_from_db()
    assert ballot.status == "CLOSED"


def test_a_week_closes_the_notice_and_settles_the_decision(settings: Any) -> None:
    settings.DEMONSTRATION = True
    place = Place(clock.now() - 4 * DAY)
    place.populate(5)
    decision = posted(place)
    assert decision.notice is not None
    assert decision.notice.ends_on is not None
    weeks = (decision.notice.ends_on - clock.today()).days // 7 + 1

    for _week in range(weeks):
        pass_days("7")

    decision = Decision.objects.select_related("notice").get(pk=decision.pk)
    assert decision.notice is not None
    assert (decision.notice.status, decision.status) == ("CLOSED_CLEAR", "FINAL")
    assert ClockOffset.objects.get().days == 7 * weeks


def test_each_day_is_lived_through(place: Place) -> None:
    matter = MatterFactory(division=place.division, due_on=clock.today() + dt.timedelta(days=2))

    pass_days("7")

    matter.refresh_from_db()
    assert matter.overdue_at is not None
    assert matter.overdue_at.date() == (clock.now() - dt.timedelta(days=4)).date()


@pytest.mark.parametrize("days", ["0", "-3", "400", "many", ""])
def test_any_other_number_is_one_day(settings: Any, days: str) -> None:
    settings.DEMONSTRATION = True

    pass_days(days)

    assert ClockOffset.objects.get().days == 1
