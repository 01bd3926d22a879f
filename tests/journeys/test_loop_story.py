"""The story of the loop, told by the product's own operations: a matter, a vote, money, delivery, a published account."""

from __future__ import annotations

from typing import Any

import pytest

import funds.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
from consultation.ballots.models import Ballot
from consultation.decisions.models import Decision
from governance.calendar import clock
from governance.portal.demonstration import loop, money, steps
from governance.portal.demonstration.steps import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(db: Any) -> Scene:
    del db
    return Scene(now=clock.now())


def test_neighbours_decide_by_vote(scene: Scene) -> None:
    for step in (
        steps.open_district,
        steps.open_calendar,
        steps.publish_rules,
        steps.seat_officials,
        steps.register_residents,
    ):
        step(scene)
    money.open_charity(scene.ago(180))
    money.open_funds(scene.ago(180))
    money.receive_donations(scene.ago(160))
    loop.neighbours(scene.ago(150))
    for tell in (loop.raise_and_sort, loop.deliberate, loop.vote, loop.decide):
        tell(scene)
        tell(scene)

    result = Ballot.objects.get(question=loop.QUESTION).result
    assert (result.entitled, result.cast, result.winner, result.is_passed) == (34, 29, 1, True)
    assert Decision.objects.get().status == "FINAL"
