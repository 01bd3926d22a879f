"""The whole way of a round: call, applications, check, review, optimisation, publicity, awards."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from projects.grants import deciding, submitting
from projects.grants.models import GrantAward
from tests.factories.projects_grants import Story

pytestmark = pytest.mark.django_db


def test_a_round_goes_from_call_to_award(story: Story) -> None:
    story.settled((80, 82, 84, 86, 99), (60, 70, 75, 78, 90), (40, 50, 55, 58, 59))
    first, second, third = story.applications

    deciding.optimise_budget(
        by=story.managers[0], now=story.now, application=first, granted={3: Decimal("1500.00")}, reason="材料自筹。"
    )
    for row in (first, second):
        deciding.propose(by=story.officer, now=story.now, application=row)
    story.round = deciding.publicise_round(by=story.officer_who_decides, now=story.now, round_=story.round)
    story.fresh().notice_over()
    story.round = deciding.award_round(by=story.second_admin, now=story.now, round_=story.round)
    story.fresh()

    assert [(row.score, row.counted, row.rank) for row in story.applications] == [
        (Decimal("84.00"), 5, 1),
        (Decimal("74.33"), 5, 2),
        (Decimal("54.33"), 5, 3),
    ]
    assert [row.status for row in story.applications] == ["AWARDED", "AWARDED", "DECLINED"]
    assert third.remark
    award, other = GrantAward.objects.order_by("pk")
    assert (award.amount, award.instalments) == (Decimal("10500.00"), [50, 30, 20])
    assert award.contract_by == story.now.date() + dt.timedelta(days=30)
    assert [(one.funding.budget_line, one.amount) for one in award.sources.all()] == [
        ("WELFARE_LOTTERY", Decimal("10500.00"))
    ]
    assert [(one.funding.budget_line, one.amount) for one in other.sources.all()] == [
        ("WELFARE_LOTTERY", Decimal("4500.00")),
        ("FISCAL", Decimal("6500.00")),
    ]


def test_an_application_is_corrected_once(story: Story) -> None:
    story.opened()
    row = story.submitted()

    row = submitting.send_back(by=story.officer, now=story.now, application=row, reason="请补充团队分工。")
    row = submitting.save_application(
        by=story.managers[0], now=story.now, application=row, plan=story.plan(team="社工三名，分工如下。")
    )
    row = submitting.submit_application(by=story.managers[0], now=story.now, application=row)

    assert (row.status, row.team) == ("SUBMITTED", "社工三名，分工如下。")
    assert row.correct_by == dt.date(2026, 3, 10)


def test_the_clock_lets_a_correction_lapse_and_keeps_drafts(story: Story) -> None:
    story.opened()
    row, draft = story.submitted(), story.written()
    submitting.send_back(by=story.officer, now=story.now, application=row, reason="请补充。")
    story.days(20)

    story.turn()

    row.refresh_from_db()
    draft.refresh_from_db()
    assert (story.round.status, row.status, draft.status) == ("CLOSED", "UNQUALIFIED", "DRAFT")
