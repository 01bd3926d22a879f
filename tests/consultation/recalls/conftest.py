"""A village of fifteen voters, three of whom are exactly one fifth, and whose committee has a chair and a member."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.utils import timezone

from communities.bodies.models import Body, BodyKind, BodyMembership
from communities.notices import operations as notices
from communities.people.models import Resident
from consultation.ballots import operations as ballots
from consultation.conventions.recalls import operations
from consultation.conventions.recalls.models import Recall
from consultation.meetings.models import Council
from tests.consultation.elections.conftest import Story
from tests.factories.consultation_ballots import DAY, HOUR, Place

GROUNDS = "连续两年不公开村务账目。"
DEFENSE = "账目已于上月补公开，请大家查看公示栏。"


class RecallStory(Story):
    """The steps of a recall, each by its operation."""

    chair: BodyMembership
    member: BodyMembership

    def __post_init__(self) -> None:
        """Let fifteen people live in the village; one of them sits on the committee."""
        super().__post_init__()
        self.residents += [self.place.resident(f"村民{number}") for number in range(12, 15)]
        self.chair = self.body.memberships.get(is_chair=True)
        since = self.now.date() - dt.timedelta(days=4 * 365)
        self.member = self.seat(self.body, "村委", since, user=self.residents[14].user)

    def representatives(self, count: int) -> Body:
        """Set up a representatives' meeting with so many seats."""
        body = self.set_up(BodyKind.COUNCIL, "柏林村村民代表会议", self.now.date() - 300 * DAY)
        Council.objects.create(
            body=body,
            division=body.division,
            form="REPRESENTATIVES",
            seats=count,
            set_up_at=self.now,
            set_up_by=self.place.staff,
        )
        for number in range(count):
            self.seat(body, f"代表{number}")
        return body

    def receive(self, **changes: Any) -> Recall:
        """Take the demand in."""
        given = {"membership": self.member, "grounds": GROUNDS, "asked_on": timezone.localdate(self.now), **changes}
        return operations.receive_demand(by=self.place.staff, now=self.now, **given)

    def sign(self, recall: Recall, signers: Sequence[Resident | BodyMembership]) -> Any:
        """Enter who signed."""
        return operations.enter_signatures(by=self.place.staff, now=self.now, recall=recall, signers=signers)

    def check(self, recall: Recall, **doubtful: str) -> int:
        """Check the signatures; `_2="…"` names one that does not count."""
        found = {int(name[1:]): reason for name, reason in doubtful.items()}
        return operations.check_signatures(by=self.reviewer, now=self.now, recall=recall, doubtful=found)

    def verify(self, recall: Recall) -> Recall:
        """Find the demand valid."""
        return operations.verify_demand(by=self.reviewer, now=self.now, recall=recall)

    def verified(self, signers: int = 3) -> Recall:
        """Return a demand that exactly one fifth have signed."""
        recall = self.receive()
        self.sign(recall, self.residents[:signers])
        self.check(recall)
        return self.verify(recall)

    def answer(self, recall: Recall, **changes: Any) -> Recall:
        """Let the member answer in writing on the next day."""
        moment = self.now + DAY
        given = {"hearing": "WRITTEN", "heard_on": timezone.localdate(moment), "defense": DEFENSE, **changes}
        return operations.record_answer(by=self.residents[14].user, now=moment, recall=recall, **given)

    def call(self, recall: Recall, days: int = 1, **changes: Any) -> Recall:
        """Call the vote so many days after the demand, for the ninth day from then."""
        moment = self.now + days * DAY
        given = {"opens_at": moment + 9 * DAY, "closes_at": moment + 9 * DAY + 6 * HOUR, **changes}
        return operations.call_vote(
            by=self.place.staff,
            now=moment,
            today=timezone.localdate(moment),
            recall=recall,
            ordered_by=self.document,
            **given,
        )

    def called(self) -> Recall:
        """Return a recall whose voter list is posted."""
        return self.call(self.answer(self.verified()))

    def freeze(self, recall: Recall) -> Recall:
        """Let the days for objections pass and freeze the ballot."""
        moment = self.now + 8 * DAY
        notices.close_due_notices(by=self.place.system, now=moment, today=timezone.localdate(moment))
        return operations.freeze_vote(by=self.place.staff, now=moment, today=timezone.localdate(moment), recall=recall)

    def frozen(self) -> Recall:
        """Return a recall whose ballot is frozen."""
        return self.freeze(self.called())

    def hold(self, recall: Recall, marks: Sequence[Sequence[int]]) -> dt.datetime:
        """Hold the ballot to its publication; return the moment."""
        ballot = recall.ballot
        assert ballot is not None
        ballots.open_due_ballots(by=self.place.system, now=ballot.opens_at)
        ballot.refresh_from_db()
        self.place.cast(ballot, marks)
        copy.copy(self.place).publish(ballot)
        return ballot.closes_at + 3 * HOUR

    def voted(self, marks: Sequence[Sequence[int]]) -> tuple[Recall, dt.datetime]:
        """Return a recall whose ballot has a published result."""
        recall = self.frozen()
        moment = self.hold(recall, marks)
        return Recall.objects.get(pk=recall.pk), moment

    def establish(self, recall: Recall, moment: dt.datetime) -> Recall:
        """Establish that the member is recalled."""
        return operations.recall_member(
            by=self.place.staff, now=moment, today=timezone.localdate(moment), recall=recall
        )

    def keep(self, recall: Recall, moment: dt.datetime) -> Recall:
        """Establish that the member stays."""
        return operations.keep_member(by=self.place.staff, now=moment, recall=recall)


def marks(agree: int, against: int, abstain: int = 0) -> list[list[int]]:
    """Return the papers of a vote."""
    return [[1]] * agree + [[2]] * against + [[3]] * abstain


@pytest.fixture
def story(db: None, now: dt.datetime) -> RecallStory:
    """A village with fifteen voters at noon of a working day."""
    return RecallStory(Place(now))
