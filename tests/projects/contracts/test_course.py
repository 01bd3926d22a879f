"""The course of a contract: nothing is reported before its term begins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from projects.contracts import operations, refusals
from projects.contracts.models import Contract
from tests.projects.contracts.test_operations import refused
from tests.walls import change_refused

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]


def test_nothing_is_reported_before_the_term_begins(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    begins = now.date() + dt.timedelta(days=1)
    row = walk("RUNNING", starts_on=begins)
    by: dict[str, Any] = {"by": people.manager, "report": "已完成。"}
    step = row.milestones.get()

    early = refused(refusals.TermNotBegun, operations.report_milestone, **by, now=now, milestone=step)
    refused(refusals.TermNotBegun, operations.report_delivery, **by, now=now, contract=row)
    change_refused(
        "milestone_reported_in_the_term",
        step,
        f"status = 'REPORTED', reported_at = '{now.isoformat()}', reported_by_id = {people.manager.pk}",
    )

    assert str(begins) in str(early)
    later = now + dt.timedelta(days=1)
    assert operations.report_milestone(**by, now=later, milestone=step).status == "REPORTED"


def test_a_small_work_of_a_fund_needs_no_milestone(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    assert walk("OFFERED", milestones=[]).status == "OFFERED"
