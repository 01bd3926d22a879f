"""Ballots with their place, people and rules, made by the product's own operations; topics as far as a ballot needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import factory
from factory.django import DjangoModelFactory

from communities.people.models import Resident, Role
from communities.policy.models import DecisionRule
from communities.policy.seeds import DECISION_RULES
from communities.territory.models import Division
from consultation.ballots import operations
from consultation.ballots.models import Ballot, RollEntry
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic, TopicPhase
from consultation.topics.policy import PhaseKind
from governance.accounts.models import User, UserKind
from tests.factories.accounts import JOINED_AT, UserFactory
from tests.factories.communities import (
    ENTERED_AT,
    DivisionFactory,
    PostFactory,
    PublicNoticeFactory,
    ResidentFactory,
)

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def seeded_rule(key: str) -> DecisionRule:
    """Return one of the rules that the product comes with."""
    found = DecisionRule.objects.filter(key=key).first()
    return found or DecisionRule.objects.create(**next(row for row in DECISION_RULES if row["key"] == key))


class TopicForBallotFactory(DjangoModelFactory[Topic]):
    """A topic in preparation; `deliberated=moment` takes it along the legal pairs and opens a vote phase there."""

    class Meta:
        model = Topic
        skip_postgeneration_save = True

    title = factory.Sequence(lambda number: f"第{number}号议题")
    text = "小区路灯损坏，是否使用社区基金更换。"
    division: Any = factory.SubFactory(DivisionFactory)
    prepared_at = ENTERED_AT
    prepared_by: Any = factory.SubFactory(UserFactory)

    @factory.post_generation
    def deliberated(self, create: bool, extracted: dt.datetime | None, **kwargs: Any) -> None:
        """Announce and deliberate, with a vote phase of four weeks that begins a day before."""
        if create and extracted is not None:
            assert isinstance(self, Topic)
            add_vote_phase(self, extracted)
            deliberate(self, extracted)


def add_vote_phase(topic: Topic, moment: dt.datetime) -> None:
    """Let people vote for four weeks from the day before."""
    TopicPhase.objects.create(topic=topic, kind=PhaseKind.VOTE, opens_at=moment - DAY, closes_at=moment + 28 * DAY)


def deliberate(topic: Topic, moment: dt.datetime) -> None:
    """Take a topic along the legal pairs."""
    topic.notice = PublicNoticeFactory(division=topic.division, posted=moment.date())
    for status in (TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED):
        topic.status = status
        topic.save()


@dataclass
class Place:
    """A community with its staff, its voters and the moment at which a story begins."""

    now: dt.datetime
    division: Division = field(default_factory=DivisionFactory)
    staff: User = field(init=False)
    colleague: User = field(init=False)
    supervisor: User = field(init=False)
    representative: User = field(init=False)
    system: User = field(init=False)
    voters: list[User] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Fill the posts."""
        self.staff, self.colleague = self.holder(Role.COMMUNITY_STAFF), self.holder(Role.COMMUNITY_STAFF)
        self.supervisor = self.holder(Role.SUPERVISOR)
        self.representative = self.holder(Role.RESIDENT_REPRESENTATIVE)
        self.system = User.objects.get_or_create(
            username="system", defaults={"kind": UserKind.SYSTEM, "password": "!", "joined_at": JOINED_AT}
        )[0]

    def holder(self, role: str) -> User:
        """Return somebody new with a post here."""
        person: User = UserFactory(kind=UserKind.STAFF)
        PostFactory(user=person, role=role, division=self.division, appointed_by=UserFactory(system=True))
        return person

    def resident(self, name: str, *, has_login: bool = True, birth_on: dt.date = dt.date(1980, 1, 1)) -> Resident:
        """Return a confirmed resident."""
        user = UserFactory(resident=True, display_name=name) if has_login else None
        made: Resident = ResidentFactory(
            user=user,
            division=self.division,
            name=name,
            birth_on=birth_on,
            registered_by=self.staff,
            confirmed_at=ENTERED_AT,
            confirmed_by=self.colleague,
        )
        if user is not None:
            self.voters.append(user)
        return made

    def populate(self, count: int) -> None:
        """Let so many residents live here."""
        for number in range(count):
            self.resident(f"居民{number}")

    def prepare(self, **changes: Any) -> Ballot:
        """Prepare a ballot for or against that opens in an hour and runs for a day."""
        seeded_rule(changes.get("rule_key", "council_default"))
        given = {
            "division": self.division,
            "question": "是否使用社区基金更换路灯？",
            "rule_key": "council_default",
            "method": "FOR_AGAINST",
            "options": [],
            "opens_at": self.now + HOUR,
            "closes_at": self.now + HOUR + DAY,
            "roll_source": "RESIDENTS",
            **changes,
        }
        return operations.prepare_ballot(by=self.staff, now=self.now, **given)

    def freeze(self, ballot: Ballot) -> Ballot:
        """Freeze a ballot."""
        return operations.freeze_ballot(by=self.staff, now=self.now, today=self.now.date(), ballot=ballot)

    def open(self, **changes: Any) -> Ballot:
        """Return an open ballot."""
        ballot = self.freeze(self.prepare(**changes))
        operations.open_due_ballots(by=self.system, now=ballot.opens_at)
        ballot.refresh_from_db()
        return ballot

    def cast(self, ballot: Ballot, choices: Sequence[Sequence[int]]) -> None:
        """Let the voters cast these votes in their order, two hours from the beginning."""
        for voter, marked in zip(self.voters, choices, strict=False):
            operations.cast_vote(by=voter, now=ballot.opens_at + HOUR, ballot=ballot, choices=marked)

    def close(self, ballot: Ballot) -> Ballot:
        """Close a ballot at its time."""
        operations.close_due_ballots(by=self.system, now=ballot.closes_at)
        ballot.refresh_from_db()
        return ballot

    def count(self, ballot: Ballot) -> Ballot:
        """Close and count a ballot."""
        self.close(ballot)
        operations.count_ballot(by=self.staff, now=ballot.closes_at + HOUR, ballot=ballot)
        ballot.refresh_from_db()
        return ballot

    def publish(self, ballot: Ballot) -> Ballot:
        """Close, count and publish a ballot."""
        self.count(ballot)
        return operations.publish_ballot(by=self.colleague, now=ballot.closes_at + 2 * HOUR, ballot=ballot)


def entry_of(ballot: Ballot, user: User) -> RollEntry:
    """Return a person's entry on the roll."""
    return RollEntry.objects.get(ballot=ballot, user=user)
