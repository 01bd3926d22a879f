"""A community with its council and meetings, made by the product's own operations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from communities.bodies.models import Body, BodyKind, BodyMembership, Seat
from communities.policy.models import DecisionRule
from communities.territory.models import Division
from consultation.meetings import agenda, attending, minuting, operations, voting
from consultation.meetings.models import AgendaItem, Attendance, Council, Meeting
from consultation.meetings.record import Resolution
from consultation.topics.models import Topic
from governance import lifecycle
from governance.accounts.models import User
from tests.consultation.pictures import photo
from tests.factories.accounts import UserFactory
from tests.factories.consultation_ballots import DAY, HOUR, Place, seeded_rule


@dataclass
class Hall:
    """A place with a council of nine, whose chair and members have log-ins."""

    place: Place
    size: int = 9
    form: str = "RESIDENTS"
    rule_key: str = "council_default"
    hears_affected: bool = False
    body: Body = field(init=False)
    council: Council = field(init=False)
    members: list[User] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set the body and the council up, and fill the seats."""
        seeded_rule(self.rule_key)
        self.body = Body.objects.create(
            kind=BodyKind.COUNCIL,
            name="檀木林居民议事会",
            division=self.place.division,
            rule_key=self.rule_key,
            term_from=dt.date(2025, 1, 1),
        )
        for number in range(self.size):
            user: User = UserFactory(resident=True, display_name=f"议事员{number}")
            self.members.append(user)
            BodyMembership.objects.create(
                body=self.body,
                user=user,
                name=user.display_name,
                seat=Seat.RESIDENT,
                is_chair=number == 0,
                valid_from=dt.date(2025, 1, 1),
            )
        self.council = operations.set_up_council(
            by=self.place.staff,
            now=self.place.now,
            body=self.body,
            form=self.form,
            seats=self.size,
            hears_affected=self.hears_affected,
        )

    @property
    def division(self) -> Division:
        """The place."""
        return self.place.division

    @property
    def chair(self) -> User:
        """Who leads the meetings."""
        return self.members[0] if self.members else self.place.colleague

    @property
    def held_at(self) -> dt.datetime:
        """When the meeting begins: five days on."""
        return self.place.now + 5 * DAY

    def plan(self, **changes: Any) -> Meeting:
        """Plan a meeting in five days."""
        begins = changes.get("held_at", self.held_at)
        given: dict[str, Any] = {
            "body": self.body,
            "title": "三月议事会",
            "held_at": begins,
            "ends_at": begins + 2 * HOUR,
            "place": "社区议事厅",
            "chair": self.chair,
            "recorder": self.place.staff,
            **changes,
        }
        return operations.plan_meeting(by=self.place.staff, now=self.place.now, **given)

    def add(self, meeting: Meeting, topic: Topic | None = None, title: str = "楼道照明") -> AgendaItem:
        """Put an item on the agenda."""
        given = {"topic": topic} if topic else {"title": title}
        return agenda.add_item(by=self.place.staff, now=self.place.now, meeting=meeting, **given)

    def invite(self, meeting: Meeting, **changes: Any) -> Meeting:
        """Announce the meeting."""
        return operations.invite(by=self.place.staff, now=self.place.now, meeting=meeting, **changes)

    def opened(self, topic: Topic | None = None, **changes: Any) -> Meeting:
        """Return a meeting that is being held, with one item."""
        meeting = self.plan()
        self.add(meeting, topic)
        self.invite(meeting, **changes)
        return operations.begin(by=self.place.staff, now=meeting.held_at, meeting=meeting)

    def arrive(self, meeting: Meeting, count: int) -> list[Attendance]:
        """Let so many members sign in from the list."""
        rows = list(meeting.attendances.filter(capacity="MEMBER").order_by("pk")[:count])
        attending.record_presence(
            by=self.place.staff, now=meeting.held_at, meeting=meeting, attendances=[row.pk for row in rows]
        )
        return rows

    def put(self, meeting: Meeting, **changes: Any) -> Resolution:
        """Put a motion on the first item."""
        given: dict[str, Any] = {"item": meeting.items.get(number=1), "text": "同意更换楼道照明。", **changes}
        return voting.put_motion(by=self.place.staff, now=meeting.held_at, **given)

    def vote(self, motion: Resolution, rows: Sequence[Attendance], sides: Sequence[str]) -> Resolution:
        """Record votes by name, in the order of the list, and judge them."""
        votes: Mapping[int, tuple[str, str]] = {
            row.pk: (side, "与承建单位有利害关系" if side == "RECUSED" else "")
            for row, side in zip(rows, sides, strict=False)
        }
        voting.record_votes(by=self.place.staff, now=self.held_at, resolution=motion, votes=votes)
        return voting.judge_motion(by=self.place.staff, now=self.held_at, resolution=motion)

    def resolve(self, meeting: Meeting, sides: Sequence[str]) -> Resolution:
        """Let as many members as there are sides sign in and vote."""
        rows = self.arrive(meeting, len(sides))
        return self.vote(self.put(meeting), rows, sides)

    def ended(self, meeting: Meeting) -> Meeting:
        """End a meeting."""
        return operations.end(by=self.place.staff, now=meeting.held_at + HOUR, meeting=meeting)

    def signed(self, meeting: Meeting) -> Meeting:
        """Take an ended meeting to its signatures."""
        moment = meeting.held_at + DAY
        minuting.draft_minutes(by=self.place.staff, now=moment, meeting=meeting)
        minuting.approve_minutes(by=self.place.colleague, now=moment, meeting=meeting)
        lifecycle.move(meeting, "countersign", by=self.place.staff, now=moment)
        return minuting.sign_minutes(by=self.chair, now=moment, meeting=meeting)

    def published(self, meeting: Meeting) -> Meeting:
        """Take an ended meeting to its publication."""
        self.signed(meeting)
        return minuting.publish_meeting(by=self.place.staff, now=meeting.held_at + DAY, meeting=meeting)

    def count(self, meeting: Meeting, figures: voting.Figures, motion: Resolution | None = None) -> None:
        """Enter figures from paper and check them."""
        sheet = voting.enter_sheet(
            by=self.place.staff,
            now=meeting.held_at,
            meeting=meeting,
            figures=figures,
            photo=("签到表.jpg", photo()),
            resolution=motion,
        )
        voting.check_sheet(by=self.place.colleague, now=meeting.held_at, sheet=sheet, figures=figures)


def rule_like(key: str, **changes: Any) -> DecisionRule:
    """Return a rule of tests with its own figures."""
    source = seeded_rule("council_default")
    values = {
        column.name: getattr(source, column.name)
        for column in DecisionRule._meta.concrete_fields
        if column.name != "id"
    }
    return DecisionRule.objects.create(**{**values, "key": key, "family": key, **changes})
