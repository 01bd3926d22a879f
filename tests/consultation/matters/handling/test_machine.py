"""Whatever people do with matters in whatever order: they go as a plain model of them does, and none disappears.

The model knows nothing of the product: a list of matters with their states, their offices, a rest, a clock of days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from communities.bodies.models import BodyKind
from consultation.matters import operations
from consultation.matters.handling import calling, dispatching, petitions, sorting, timing
from consultation.matters.handling.models import Assignment, SortingContest, TimeRequest
from consultation.matters.models import Matter
from governance.accounts.models import User, UserKind
from governance.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.communities import BodyFactory, BodyMembershipFactory
from tests.people import House, make_house
from tests.properties import IS_NIGHT

pytestmark = pytest.mark.django_db

STEPS = 40
EXAMPLES = 120 if IS_NIGHT else 4

which = st.integers(0, 2)
"""Which of the matters, counted from the newest."""


@dataclass
class Kept:
    """One matter as a child would keep it."""

    key: int
    status: str = "RAISED"
    route: str = ""
    office: str = ""
    was_disputed: bool = False
    rest: str = ""
    was_put_off: bool = False
    contest: str = ""
    was_closed: bool = False

    @property
    def runs(self) -> bool:
        """Whether its clock runs."""
        return self.status in {"RAISED", "SORTED", "TRANSFERRED"} and self.rest != "GRANTED"


def attempt(work: Callable[[], object]) -> bool:
    """Tell whether it was done; a refusal must change nothing."""
    try:
        with transaction.atomic():
            work()
    except DomainError:
        return False
    return True


class Matters(RuleBasedStateMachine):
    """People raise, sort, contest, hand over, dispute, rest, answer, close, reopen; nothing is lost."""

    house: ClassVar[House]
    office: ClassVar[Any]
    clerk: ClassVar[User]
    system: ClassVar[User]
    runs_so_far: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Kept] = []
        Matters.runs_so_far += 1  # so that nobody raises too many on one day
        first = dt.datetime(2026, 3, 4, 12, tzinfo=timezone.get_default_timezone())
        self.now = first + dt.timedelta(days=400 * Matters.runs_so_far)

    @initialize()
    def begin(self) -> None:
        """Start with one matter."""
        self.raise_one()

    def person(self, name: str) -> User:
        """Return a person as a request would load them."""
        return User.objects.get(pk=self.house.people[name].pk)

    def one(self, number: int) -> Kept:
        """Return one of the matters."""
        return self.kept[-1 - number % len(self.kept)]

    def row(self, kept: Kept) -> Matter:
        """Return its row."""
        return Matter.objects.get(pk=kept.key)

    @rule()
    def raise_one(self) -> None:
        """Raise a matter."""
        if len(self.kept) >= 5:
            return
        told: dict[str, Any] = {"title": "路灯", "text": "路灯不亮。", "channel": "PAGE"}
        made = operations.raise_matter(
            by=self.person("resident"), now=self.now, division=self.house.places["community"], **told
        )
        self.kept.append(Kept(made.pk))

    @rule(number=which, way=st.sampled_from(["SMALL:DIRECT", "BIG:DEPARTMENT", "PRIVATE:ADVICE"]))
    def sort(self, number: int, way: str) -> None:
        """Sort a matter."""
        kept = self.one(number)
        three_way, route = way.split(":")
        told: dict[str, Any] = {"three_way": three_way, "route": route, "reason": "清单。"}
        done = attempt(
            lambda: operations.sort_matter(
                by=self.person("community_staff"), now=self.now, today=self.now.date(), matter=self.row(kept), **told
            )
        )
        assert done is (kept.status == "RAISED")
        if done:
            kept.status, kept.route = "SORTED", route

    @rule(number=which)
    def contest(self, number: int) -> None:
        """Contest how it was sorted."""
        kept = self.one(number)
        row = self.row(kept)
        wanted = "SMALL" if row.three_way != "SMALL" else "BIG"
        done = attempt(
            lambda: sorting.contest_sorting(
                by=self.person("resident"), now=self.now, matter=row, wanted=wanted, reason="不对。"
            )
        )
        assert done is (kept.status in {"SORTED", "TRANSFERRED"} and not kept.contest)
        if done:
            kept.contest = "OPEN"

    @rule(number=which, is_upheld=st.booleans())
    def decide(self, number: int, *, is_upheld: bool) -> None:
        """Decide a contest."""
        kept = self.one(number)
        if not kept.contest:
            return
        row = SortingContest.objects.get(matter=kept.key)
        route = {"SMALL": "DIRECT", "BIG": "DEPARTMENT"}[row.wanted]
        told: dict[str, Any] = {"by": self.person("street_officer"), "now": self.now, "contest": row}
        if not is_upheld:
            done = attempt(lambda: sorting.reject_contest(reason="不变。", **told))
            assert done is (kept.contest == "OPEN")
        else:
            done = attempt(lambda: sorting.uphold_contest(today=self.now.date(), route=route, reason="对。", **told))
            assert done is (kept.contest == "OPEN" and kept.status in {"SORTED", "TRANSFERRED"})
            if done:
                kept.status, kept.route = "SORTED", route
                kept.office = "" if kept.office in {"SENT", "ACCEPTED", "DISPUTED"} else kept.office
        if done:
            kept.contest = "DONE"

    @rule(number=which)
    def hand_over(self, number: int) -> None:
        """Hand a matter to the office."""
        kept = self.one(number)
        done = attempt(
            lambda: dispatching.assign_matter(
                by=self.person("community_staff"), now=self.now, matter=self.row(kept), body=self.office
            )
        )
        fits = kept.route in {"DEPARTMENT", "DIRECT"} and kept.status in {"SORTED", "TRANSFERRED"}
        assert done is (fits and kept.office not in {"SENT", "ACCEPTED", "DISPUTED"})
        if done:
            kept.office, kept.was_disputed = "SENT", False
            if kept.route == "DEPARTMENT":
                kept.status = "TRANSFERRED"

    @rule(number=which, move=st.sampled_from(["accept", "dispute", "answer", "release", "bind", "recall"]))
    def office_moves(self, number: int, move: str) -> None:
        """Let the office, or who judges it, move."""
        kept = self.one(number)
        order = Assignment.objects.filter(matter=kept.key).order_by("-pk").first()
        if order is None:
            return
        clerk = User.objects.get(pk=self.clerk.pk)
        works: dict[str, tuple[set[str], str, Callable[[], object]]] = {
            "accept": ({"SENT"}, "ACCEPTED", lambda: dispatching.accept_order(by=clerk, now=self.now, order=order)),
            "dispute": (
                {"SENT"},
                "DISPUTED",
                lambda: dispatching.dispute_order(by=clerk, now=order.assigned_at, order=order, reason="不归我。"),
            ),
            "answer": (
                {"ACCEPTED"},
                "ANSWERED",
                lambda: dispatching.answer_order(by=clerk, now=self.now, order=order, answer="修。", outcome="FIXED"),
            ),
            "release": (
                {"DISPUTED"},
                "",
                lambda: dispatching.release_order(by=self.person("street_officer"), now=self.now, order=order),
            ),
            "bind": (
                {"DISPUTED"},
                "SENT",
                lambda: dispatching.bind_order(
                    by=self.person("street_officer"), now=self.now, order=order, reason="归你。"
                ),
            ),
            "recall": (
                {"SENT", "ACCEPTED", "DISPUTED"},
                "",
                lambda: dispatching.recall_order(
                    by=self.person("community_staff"), now=self.now, order=order, reason="收回。"
                ),
            ),
        }
        sources, target, work = works[move]
        done = attempt(work)
        assert done is (kept.office in sources and not (move == "dispute" and kept.was_disputed)), move
        if not done:
            return
        kept.office = target
        kept.was_disputed = kept.was_disputed or move == "dispute"
        if not target and kept.status == "TRANSFERRED":
            kept.status = "SORTED"

    @rule(number=which, kind=st.sampled_from(["PAUSE", "EXTENSION"]))
    def take_time(self, number: int, kind: str) -> None:
        """Ask for time, and have it granted."""
        kept = self.one(number)
        cause = "WEATHER" if kind == "PAUSE" else ""
        row = self.row(kept)
        is_late = row.has_lapsed(self.now, timezone.localdate(self.now))
        made: list[TimeRequest] = []

        def ask() -> None:
            made.append(
                timing.ask_for_time(
                    by=self.person("community_staff"),
                    now=self.now,
                    matter=row,
                    kind=kind,
                    cause=cause,
                    days=3,
                    reason="下雨。",
                )
            )
            timing.grant_time(by=self.person("street_reviewer"), now=self.now, request=made[0])

        done = attempt(ask)
        is_free = not kept.rest if kind == "PAUSE" else not kept.was_put_off
        assert done is (kept.runs and not is_late and is_free)
        if done and kind == "PAUSE":
            kept.rest = "GRANTED"
        elif done:
            kept.was_put_off = True

    @rule(number=which)
    def answer(self, number: int) -> None:
        """Answer the person."""
        kept = self.one(number)
        done = attempt(
            lambda: operations.answer_matter(
                by=self.person("community_staff"), now=self.now, matter=self.row(kept), reply="好了。", outcome="FIXED"
            )
        )
        assert done is (kept.status in {"SORTED", "TRANSFERRED"})
        if done:
            kept.status, kept.rest = "ANSWERED", ""

    @rule(number=which, is_solved=st.booleans())
    def close(self, number: int, *, is_solved: bool) -> None:
        """Let the person close it."""
        kept = self.one(number)
        reason = "" if is_solved else "没有好。"
        done = attempt(
            lambda: operations.close_matter(
                by=self.person("resident"), now=self.now, matter=self.row(kept), is_solved=is_solved, reason=reason
            )
        )
        assert done is (kept.status == "ANSWERED")
        if done:
            kept.status, kept.was_closed = "CLOSED", True

    @rule(number=which)
    def reopen(self, number: int) -> None:
        """Let the person reopen it."""
        kept = self.one(number)
        row = self.row(kept)
        is_late = row.closed_at is not None and (self.now.date() - timezone.localdate(row.closed_at)).days > 42
        done = attempt(
            lambda: calling.reopen_matter(by=self.person("resident"), now=self.now, matter=row, reason="又坏了。")
        )
        assert done is (kept.status == "CLOSED" and not is_late)
        if done:
            kept.status = "SORTED"

    @rule(number=which)
    def petition(self, number: int) -> None:
        """Handle it as a petition."""
        kept = self.one(number)
        done = attempt(
            lambda: petitions.mark_petition(
                by=self.person("street_officer"), now=self.now, matter=self.row(kept), reason="信访。"
            )
        )
        assert done is (kept.status in {"RAISED", "SORTED", "TRANSFERRED"})
        if done:
            kept.status, kept.rest = "PETITION", ""
            kept.office = "" if kept.office in {"SENT", "ACCEPTED", "DISPUTED"} else kept.office

    @rule(days=st.integers(1, 9))
    def time_passes(self, days: int) -> None:
        """Let days pass, and the clock run twice."""
        self.now += dt.timedelta(days=days)
        today = timezone.localdate(self.now)
        told: dict[str, Any] = {"by": self.system, "now": self.now, "today": today}
        for _turn in range(2):
            timing.end_due_pauses(**told)
            operations.escalate_overdue_matters(**told)
            timing.escalate_further(**told)
            silent = operations.close_silent_matters(**told)
            for kept in self.kept:
                if kept.key in silent:
                    kept.status, kept.was_closed = "CLOSED", True
                if (
                    kept.rest
                    and not TimeRequest.objects.filter(
                        matter=kept.key, kind="PAUSE", status__in=["ASKED", "GRANTED"]
                    ).exists()
                ):
                    kept.rest = ""
        assert operations.escalate_overdue_matters(**told) == []

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every matter stands where the model has it; its clock runs, rests or has an end."""
        rows = {row.pk: row for row in Matter.objects.filter(pk__in=[kept.key for kept in self.kept])}
        assert len(rows) == len(self.kept)
        for kept in self.kept:
            row = rows[kept.key]
            assert row.status == kept.status, kept
            assert row.is_ticking is kept.runs, kept
            assert row.due_on is not None
            live = row.assignments.filter(status__in=["SENT", "ACCEPTED", "DISPUTED"], is_lead=True).count()
            assert live == (kept.office in {"SENT", "ACCEPTED", "DISPUTED"}), kept
            if row.status == "CLOSED":
                assert row.is_solved or row.close_reason


def test_matters_go_as_the_model_does(db: None) -> None:
    Matters.house = make_house()
    Matters.office = BodyFactory(kind=BodyKind.DEPARTMENT, division=Matters.house.places["district"])
    Matters.clerk = UserFactory(username="clerk")
    BodyMembershipFactory(body=Matters.office, user=Matters.clerk)
    Matters.system = User.objects.filter(kind=UserKind.SYSTEM).first() or UserFactory(system=True)

    run_state_machine_as_test(
        Matters,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
