"""Rulings on objections to a voter list: late after three days, the street is told once a day, the candidates wait."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from communities.notices import operations as notices
from communities.notices.models import Objection
from consultation.conventions.elections.clocks import warn_of_late_rulings
from consultation.conventions.elections.models import CommitteeElection
from consultation.conventions.elections.queries import rulings_due
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.lifecycle import MoveHindered
from governance.outbox.models import OutboxEvent
from tests.consultation.elections.conftest import Story
from tests.factories.consultation_ballots import DAY, Place
from tests.people import sign_in


def objected(story: Story) -> tuple[CommitteeElection, Objection]:
    """Return an election to whose list somebody objected a day after the posting."""
    election = story.post()
    assert election.voter_list is not None
    assert election.voter_list.notice is not None
    objection = notices.raise_objection(
        by=story.place.voters[0], now=story.now + DAY, notice=election.voter_list.notice, text="名单漏了邻居老李"
    )
    return election, objection


def tick(story: Story, days: int) -> list[int]:
    """Let the clock look so many days after the posting."""
    moment = story.now + days * DAY
    return warn_of_late_rulings(by=story.place.system, now=moment, today=timezone.localdate(moment))


@pytest.mark.parametrize(("days", "is_late"), [(1, False), (4, False), (5, True)])
def test_a_ruling_is_late_after_its_third_day(story: Story, days: int, *, is_late: bool) -> None:
    election, objection = objected(story)
    day = timezone.localdate(story.now) + days * DAY

    (ruling,) = rulings_due(election, day)

    due_on = timezone.localdate(story.now) + 4 * DAY
    assert (ruling.objection, ruling.due_on, ruling.is_late) == (objection, due_on, is_late)


def test_the_street_is_told_once_a_day_until_somebody_rules(story: Story) -> None:
    election, objection = objected(story)
    assert tick(story, 4) == []
    assert tick(story, 5) == [election.pk]
    assert tick(story, 5) == []
    assert tick(story, 6) == [election.pk]
    assert list(CommitteeElection.objects.with_late_rulings()) == [election]
    assert AuditEntry.objects.filter(verb="consultation.election.ruling_late").count() == 2
    event = OutboxEvent.objects.filter(topic="consultation.election.ruling_late").first()
    assert event is not None
    assert event.payload == {"due_on": (timezone.localdate(story.now) + 4 * DAY).isoformat()}
    with pytest.raises(MoveHindered):
        story.fix(election)

    notices.answer_objection(
        by=story.place.staff, now=story.now + 6 * DAY, objection=objection, outcome="REJECTED", reply="已在名单上"
    )

    assert tick(story, 7) == []
    assert not CommitteeElection.objects.with_late_rulings().exists()


def test_the_staff_sees_what_is_late(db: None, english: None) -> None:
    story = Story(Place(clock.now() - dt.timedelta(days=6)))
    election, _objection = objected(story)
    warn_of_late_rulings(by=story.place.system, now=clock.now(), today=clock.today())
    street, passer = (Client(headers={"accept-language": "en"}) for _number in range(2))
    sign_in(street, story.officer)
    places = f"/divisions/{story.place.division.pk}/elections/"
    assert "wait too long for a ruling" in street.get(places).content.decode()
    assert "wait too long for a ruling" not in passer.get(places).content.decode()
    assert "late</span>" in street.get(f"/elections/{election.pk}/").content.decode()
