"""The demonstration's two further ballots, told with other people."""

from __future__ import annotations

from typing import Any

import pytest

from consultation.ballots.models import Ballot, BallotPaper
from governance.calendar import clock
from governance.portal.demonstration import ballots
from governance.portal.demonstration.steps import Scene
from tests.factories.consultation_ballots import DAY, Place, seeded_rule


@pytest.fixture
def scene(db: None, monkeypatch: Any) -> Scene:
    """The neighbours' community, as far as the two ballots need it."""
    place = Place(clock.now() - 200 * DAY)
    place.populate(28)
    for number in range(4):
        place.resident(f"无手机{number}", has_login=False)
    for key in ("council_default", "online_poll"):
        seeded_rule(key)
    monkeypatch.setattr(ballots, "place", lambda _code: place.division)
    monkeypatch.setattr(ballots, "voters", lambda _scene: place.voters)
    monkeypatch.setattr(ballots, "second_staff", lambda _scene: place.colleague)
    monkeypatch.setattr(Scene, "user", lambda _scene, _name: place.staff)
    return Scene(now=clock.now())


def test_the_secret_ballot_is_decided_in_its_second_round(scene: Scene) -> None:
    ballots.vote_in_secret(scene)
    ballots.vote_in_secret(scene)  # the story may be told again

    ballot = Ballot.objects.get(question=ballots.ARBOR)
    assert (ballot.status, ballot.result.by_channel) == ("PUBLISHED", {"PAPER": 3, "WEB": 24})
    assert BallotPaper.objects.filter(ballot=ballot).count() == 27
    assert len(ballot.result.details["rounds"]) == 2


def test_the_running_ballot_has_votes_marks_and_a_slip(scene: Scene) -> None:
    ballots.vote_within_a_budget(scene)
    ballots.vote_within_a_budget(scene)

    ballot = Ballot.objects.get(question=ballots.RUNNING)
    assert (ballot.status, ballot.votes.count(), ballot.slips.count()) == ("OPEN", 4, 1)
