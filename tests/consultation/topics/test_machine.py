"""A topic in any order of acts: beside it a plain model that says what may happen, and when."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from communities.notices import operations as notices
from consultation.topics import operations, phasing, raising
from consultation.topics.models import Opinion, Topic
from consultation.topics.policy import PhaseKind
from consultation.topics.statements import operations as statements
from consultation.topics.statements.models import StatementVote
from consultation.topics.statements.queries import latest_positions
from tests.factories.consultation_topics import StatementFactory
from tests.machines import Machine, attempt, run
from tests.people import House

DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 3, 4, 9, 0, tzinfo=timezone.get_default_timezone())
TERMINAL = {"REFUSED", "WITHDRAWN", "CLOSED"}


class TopicMachine(Machine):
    """One topic that a resident raises: staff answers, announces, extends; the clock begins; people speak and agree."""

    start = START

    @initialize()
    def begin(self) -> None:
        """Let the resident raise it."""
        self.topic: Topic = raising.raise_topic(
            by=self.people.resident, now=self.now, division=self.people.place, title="充电棚", text="建在哪里？"
        )
        self.status, self.phases, self.notice_until = "RAISED", [], self.now
        self.statement = None
        self.said, self.position = 0, ""

    @property
    def speaks(self) -> bool:
        """Whether the discussion runs."""
        return self.status == "DELIBERATED" and any(opens <= self.now < closes for opens, closes in self.phases)

    @rule(days=st.integers(1, 4))
    def time_passes(self, days: int) -> None:
        """Let days pass, and the clock do what is due."""
        self.now += days * DAY
        system = self.people.system
        notices.close_due_notices(by=system, now=self.now, today=self.today)
        begun = operations.begin_due_deliberations(by=system, now=self.now)
        phasing.tell_phases(by=system, now=self.now)
        due = self.status == "ANNOUNCED" and self.phases[0][0] <= self.now
        assert bool(begun) is due
        if due:
            self.status = "DELIBERATED"
            self.seen.add("begin")

    @rule(is_refused=st.booleans())
    def answer(self, *, is_refused: bool) -> None:
        """Accept or refuse what was raised."""
        by, may = self.people.staff, self.status == "RAISED"
        if is_refused:
            done = self.expect(
                may, lambda: raising.refuse_topic(by=by, now=self.now, topic=self.topic, reason="重复。"), "refuse"
            )
        else:
            done = self.expect(may, lambda: raising.accept_topic(by=by, now=self.now, topic=self.topic), "accept")
        if done:
            self.status = "REFUSED" if is_refused else "PREPARED"

    @rule(ahead=st.integers(1, 8), length=st.integers(1, 6))
    def announce(self, ahead: int, length: int) -> None:
        """Set a discussion that opens in so many days, and announce it."""
        by, opens = self.people.staff, self.now + ahead * DAY
        windows = [(PhaseKind.DISCUSSION, opens, opens + length * DAY)]

        def work() -> None:
            operations.set_phases(by=by, now=self.now, topic=self.topic, phases=windows)
            operations.announce_topic(by=by, now=self.now, topic=self.topic)

        # The notice runs three days after today; the phase opens on a later day.
        may = self.status == "PREPARED" and ahead > 3
        if self.expect(may, work, "announce"):
            self.status, self.phases = "ANNOUNCED", [(opens, opens + length * DAY)]

    @rule(more=st.integers(1, 5))
    def make_longer(self, more: int) -> None:
        """Make the phase longer; what has ended stays."""
        if not self.phases:
            return
        opens, closes = self.phases[0]
        phase = self.topic.phases.get()

        def work() -> None:
            phasing.change_phase(
                by=self.people.staff,
                now=self.now,
                phase=phase,
                opens_at=opens,
                closes_at=closes + more * DAY,
                reason="会议推迟。",
            )

        may = self.status in {"ANNOUNCED", "DELIBERATED"} and self.now < closes
        if self.expect(may, work, "longer"):
            self.phases = [(opens, closes + more * DAY)]

    @rule()
    def speak(self) -> None:
        """Say something; five times at most."""

        def work() -> None:
            operations.give_opinion(by=self.people.resident, now=self.now, topic=self.topic, text="同意。")

        if self.expect(self.speaks and self.said < 5, work, "speak"):
            self.said += 1

    @rule(position=st.sampled_from(["AGREE", "DISAGREE", "PASS"]))
    def agree(self, position: str) -> None:
        """Take a position; the latest counts."""
        if self.status in {"RAISED", *TERMINAL}:
            return
        if self.statement is None:
            self.statement = StatementFactory(topic=self.topic, author=self.people.staff)

        def work() -> None:
            statements.rate_statement(
                by=self.people.resident, now=self.now, statement=self.statement, position=position
            )

        if self.expect(self.speaks, work, "agree"):
            self.position = position

    @rule(name=st.sampled_from(["close", "withdraw"]))
    def end(self, name: str) -> None:
        """Close what is deliberated, withdraw what is not yet."""
        act = {"close": operations.close_topic, "withdraw": operations.withdraw_topic}[name]
        sources = {"close": {"DELIBERATED"}, "withdraw": {"PREPARED", "ANNOUNCED"}}[name]

        def work() -> None:
            act(by=self.people.staff, now=self.now, topic=self.topic, reason="另行处理。")

        if self.expect(self.status in sources, work, name):
            self.status = {"close": "CLOSED", "withdraw": "WITHDRAWN"}[name]

    @rule()
    def somebody_else_tries(self) -> None:
        """Nobody from elsewhere answers, announces or ends it."""
        by = self.people.stranger
        assert not attempt(lambda: raising.accept_topic(by=by, now=self.now, topic=self.topic))
        assert not attempt(lambda: operations.announce_topic(by=by, now=self.now, topic=self.topic))
        assert not attempt(lambda: operations.close_topic(by=by, now=self.now, topic=self.topic, reason="x"))

    @invariant()
    def the_model_agrees(self) -> None:
        """What the tables say is what the model says."""
        if not hasattr(self, "topic"):
            return
        row = Topic.objects.get(pk=self.topic.pk)
        assert row.status == self.status
        assert Opinion.objects.filter(topic=row).count() == self.said
        signs = {"AGREE": 1, "DISAGREE": -1, "PASS": 0}
        assert [sign for *_rest, sign in latest_positions(row)] == ([signs[self.position]] if self.position else [])
        assert StatementVote.objects.filter(statement__topic=row).count() >= bool(self.position)


@pytest.mark.django_db
def test_topics_in_any_order(house: House, system: object) -> None:
    TopicMachine.people = SimpleNamespace(
        resident=house.people["resident"],
        staff=house.people["community_staff"],
        stranger=house.people["stranger"],
        system=system,
        place=house.places["community"],
    )

    run(TopicMachine, examples=25, steps=14)

    assert TopicMachine.seen >= {
        "accept",
        "refuse",
        "announce",
        "begin",
        "speak",
        "agree",
        "longer",
        "close",
        "withdraw",
    }
