"""Whatever people do with a round and its applications in whatever order: they go as a plain model of them does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from governance import lifecycle
from governance.errors import DomainError
from projects.grants import deciding, reviewing, submitting
from projects.grants.models import GrantApplication
from tests.factories.projects_grants import Story
from tests.people import House, make_house
from tests.properties import IS_NIGHT

pytestmark = pytest.mark.django_db

STEPS = 30
EXAMPLES = 60 if IS_NIGHT else 4
MOST = 3
which = st.integers(0, MOST - 1)


@dataclass
class Kept:
    """One application as a child would keep it."""

    key: int
    status: str = "DRAFT"
    agreed: bool = False
    was_returned: bool = False
    scored: int | None = None
    sheets: bool = False


@dataclass
class Model:
    """A round as a child would keep it."""

    status: str = "OPEN"
    settled: bool = False
    rows: list[Kept] = field(default_factory=list)

    def all_checked(self) -> bool:
        return not any(row.status in {"SUBMITTED", "RETURNED"} for row in self.rows)


def attempt(work: Callable[[], object]) -> bool:
    """Tell whether it was done."""
    try:
        with transaction.atomic():
            work()
    except DomainError:
        return False
    return True


class Rounds(RuleBasedStateMachine):
    """Organizations write and withdraw, the place checks, experts score, scores are settled, projects proposed."""

    house: ClassVar[House]

    @initialize()
    def begin(self) -> None:
        self.point = transaction.savepoint()
        self.story = Story(self.house, timezone.now())
        self.story.opened()
        self.model = Model()
        self.seated = False

    def teardown(self) -> None:
        if hasattr(self, "point"):
            transaction.savepoint_rollback(self.point)

    def row(self, number: int) -> tuple[Kept, GrantApplication] | None:
        if number >= len(self.model.rows):
            return None
        kept = self.model.rows[number]
        return kept, GrantApplication.objects.select_related("round__division", "organization").get(pk=kept.key)

    def go(
        self, number: int, work: Callable[[GrantApplication], object], fits: Callable[[Kept], bool], to: str
    ) -> None:
        found = self.row(number)
        if found is None:
            return
        kept, row = found
        expected = fits(kept)
        assert attempt(lambda: work(row)) is expected, (to, kept, self.model.status)
        if expected and to:
            kept.status = to

    @precondition(lambda self: len(self.model.rows) < MOST)
    @rule()
    def write(self) -> None:
        done = attempt(lambda: self.model.rows.append(Kept(self.story.written().pk)))
        assert done is (self.model.status == "OPEN")

    @rule(number=which)
    def submit(self, number: int) -> None:
        found = self.row(number)
        was_back = found is not None and found[0].status == "RETURNED"
        self.go(
            number,
            lambda row: submitting.submit_application(
                by=self.story.managers[number], now=self.story.now, application=row
            ),
            lambda kept: (kept.status == "DRAFT" and self.model.status == "OPEN") or was_back,
            "SUBMITTED",
        )

    @rule(number=which)
    def send_back(self, number: int) -> None:
        def work(row: GrantApplication) -> None:
            submitting.send_back(by=self.story.officer, now=self.story.now, application=row, reason="补充。")
            self.model.rows[number].was_returned = True

        self.go(number, work, lambda kept: kept.status == "SUBMITTED" and not kept.was_returned, "RETURNED")

    @rule(number=which)
    def agree(self, number: int) -> None:
        def work(row: GrantApplication) -> None:
            submitting.give_consent(by=self.house.people["community_staff"], now=self.story.now, application=row)
            self.model.rows[number].agreed = True

        self.go(number, work, lambda kept: kept.status == "SUBMITTED" and not kept.agreed, "")

    @rule(number=which)
    def qualify(self, number: int) -> None:
        self.go(
            number,
            lambda row: submitting.qualify(by=self.story.officer, now=self.story.now, application=row),
            lambda kept: kept.status == "SUBMITTED" and kept.agreed,
            "QUALIFIED",
        )

    @rule(number=which, luck=st.integers(0, 3))
    def withdraw(self, number: int, luck: int) -> None:
        if luck:
            return
        going = {"DRAFT", "SUBMITTED", "RETURNED", "QUALIFIED", "SCORED", "PROPOSED"}
        self.go(
            number,
            lambda row: lifecycle.move(row, "withdraw", by=self.story.managers[number], now=self.story.now),
            lambda kept: kept.status in going,
            "WITHDRAWN",
        )

    @precondition(
        lambda self: self.model.status == "OPEN" and any(row.status == "QUALIFIED" for row in self.model.rows)
    )
    @rule()
    def days_go_by(self) -> None:
        self.story.days(25)
        self.story.turn()
        self.model.status = "CLOSED"
        for kept in self.model.rows:
            kept.status = "UNQUALIFIED" if kept.status == "RETURNED" else kept.status

    @rule()
    def begin_review(self) -> None:
        def work() -> None:
            self.story.round.refresh_from_db()
            self.story.round = self.story.begin_review()

        expected = self.model.status == "CLOSED" and self.model.all_checked()
        assert attempt(work) is expected
        if expected:
            self.model.status = "REVIEWING"
            self.story.seated(5)
            reviewing.assign_sheets(by=self.story.officer, now=self.story.now, round_=self.story.round)
            for kept in self.model.rows:
                kept.sheets = kept.status == "QUALIFIED"

    @rule(number=which, total=st.sampled_from([50, 59, 60, 75, 90]))
    def score(self, number: int, total: int) -> None:
        def work(row: GrantApplication) -> None:
            if not row.sheets.exists():
                raise DomainError
            self.story.score(row, dict.fromkeys(range(5), total))
            self.model.rows[number].scored = total

        self.go(
            number,
            work,
            lambda kept: kept.sheets and kept.status == "QUALIFIED" and kept.scored is None and not self.model.settled,
            "",
        )

    @rule()
    def settle(self) -> None:
        waiting = [kept for kept in self.model.rows if kept.status == "QUALIFIED"]
        expected = (
            self.model.status == "REVIEWING"
            and not self.model.settled
            and all(kept.scored is not None for kept in waiting)
        )
        story = self.story
        done = attempt(lambda: reviewing.settle_scores(by=story.officer, now=story.now, round_=story.round))
        assert done is expected
        if expected:
            self.model.settled = True
            for kept in waiting:
                kept.status = "SCORED"

    @rule(number=which)
    def propose(self, number: int) -> None:
        self.go(
            number,
            lambda row: deciding.propose(by=self.story.officer, now=self.story.now, application=row),
            lambda kept: kept.status == "SCORED" and self.model.status == "REVIEWING" and (kept.scored or 0) >= 60,
            "PROPOSED",
        )

    @rule()
    def publicise_and_award(self) -> None:
        story = self.story
        expected = (
            self.model.status == "REVIEWING"
            and self.model.settled
            and any(kept.status == "PROPOSED" for kept in self.model.rows)
        )

        def work() -> None:
            story.round = deciding.publicise_round(by=story.officer_who_decides, now=story.now, round_=story.round)

        assert attempt(work) is expected
        if not expected:
            return
        story.notice_over()
        story.round = deciding.award_round(by=story.second_admin, now=story.now, round_=story.round)
        self.model.status = "CONTRACTING"
        ends = {"PROPOSED": "AWARDED", "SCORED": "DECLINED"}
        for kept in self.model.rows:
            kept.status = ends.get(kept.status, kept.status)

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "model"):
            return
        self.story.round.refresh_from_db()
        assert self.story.round.status == self.model.status
        found = dict(GrantApplication.objects.filter(round=self.story.round).values_list("pk", "status"))
        assert found == {kept.key: kept.status for kept in self.model.rows}
        awarded = {kept.key for kept in self.model.rows if kept.status == "AWARDED"}
        assert set(self.story.round.awards.values_list("application", flat=True)) == awarded


def test_rounds_go_as_the_model_does() -> None:
    Rounds.house = make_house()
    run_state_machine_as_test(
        Rounds,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
