"""What the state machines share: people try things in any order, beside a plain model that says what may happen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import ClassVar

from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from governance.errors import DomainError
from tests.properties import IS_NIGHT


def attempt(work: Callable[[], object]) -> bool:
    """Tell whether it was done; a refusal must change nothing."""
    try:
        with transaction.atomic():
            work()
    except DomainError:
        return False
    return True


class Machine(RuleBasedStateMachine):
    """People who do what they may, and what they may not; each run is undone."""

    people: SimpleNamespace
    start: dt.datetime
    seen: ClassVar[set[str]]
    """What has happened in any run; a set of each machine's own."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.seen = set()

    def __init__(self) -> None:
        super().__init__()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.now = self.start

    def teardown(self) -> None:
        """Undo the run."""
        transaction.set_rollback(True)
        self.scope.__exit__(None, None, None)

    @property
    def today(self) -> dt.date:
        return timezone.localdate(self.now)

    def expect(self, may: bool, work: Callable[[], object], name: str = "") -> bool:
        assert attempt(work) is may
        if may and name:
            self.seen.add(name)
        return may


def run(machine: type[Machine], *, examples: int, steps: int) -> None:
    """Let people try so many steps in so many runs."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not IS_NIGHT,
            suppress_health_check=list(HealthCheck),
        ),
    )
