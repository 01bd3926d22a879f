"""The procedure of four steps and two disclosures: order, refusal, days, questions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from communities.notices import operations as notices
from consultation.meetings.foursteps import operations
from consultation.meetings.foursteps.models import FourStepCase
from tests.factories.accounts import UserFactory
from tests.factories.consultation_ballots import DAY, Place


def opened(place: Place) -> FourStepCase:
    """Open a case."""
    return operations.open_case(by=place.staff, now=place.now, division=place.division, title="修路", text="修村道。")


def step(place: Place, case: FourStepCase, moment: dt.datetime, outcome: str = "AGREED", *, begin: bool = True) -> Any:
    """Begin a step and close it."""
    if begin:
        operations.begin_step(by=place.staff, now=moment, case=case)
    return operations.close_step(by=place.staff, now=moment, case=case, outcome=outcome, note="已议")


def test_six_steps_lead_to_the_end(place: Place) -> None:
    case = opened(place)
    step(place, case, place.now, begin=False)
    for _number in (2, 3, 4):
        step(place, case, place.now)
    moment = place.now
    for number in (5, 6):
        told = operations.begin_step(by=place.staff, now=moment, case=case)
        assert told.notice is not None
        assert told.notice.ends_on == moment.date() + 7 * DAY
        with pytest.raises(operations.DisclosureRuns):
            step(place, case, moment + 7 * DAY, begin=False)
        moment += 8 * DAY
        notices.close_due_notices(by=place.system, now=moment, today=moment.date())
        assert step(place, case, moment, begin=False).number == number
    case.refresh_from_db()

    assert case.status == "COMPLETED"
    assert case.completed_at is not None
    with pytest.raises(operations.AllStepsClosed):
        operations.begin_step(by=place.staff, now=moment, case=case)


def test_a_refused_step_goes_back_to_the_proposal(place: Place) -> None:
    case = opened(place)
    step(place, case, place.now, begin=False)
    with pytest.raises(operations.NoStepRuns):
        step(place, case, place.now, begin=False)
    step(place, case, place.now, "REFUSED")
    later = place.now + 2 * DAY
    again = operations.begin_step(by=place.staff, now=later, case=case)
    case.refresh_from_db()

    assert (again.round, again.number) == (2, 1)
    assert case.run_due_on == later.date() + 20 * DAY
    with pytest.raises(operations.StepNotReady):
        operations.begin_step(by=place.staff, now=later, case=case)


def test_questions_are_answered_once_in_three_days(place: Place) -> None:
    case = opened(place)
    question = operations.ask_question(by=UserFactory(resident=True), now=place.now, case=case, text="多少钱？")
    answered = operations.answer_question(by=place.staff, now=place.now, question=question, answer="两万元。")

    assert question.due_on == place.now.date() + 3 * DAY
    assert answered.answered_at == place.now
    with pytest.raises(operations.QuestionAnswered):
        operations.answer_question(by=place.staff, now=place.now, question=question, answer="改")
