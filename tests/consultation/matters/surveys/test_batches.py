"""Sheets of questionnaires sent by programs of the staff: all or none, and the same batch again changes nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from consultation.matters.surveys import operations
from consultation.matters.surveys.batches import MOST_SHEETS, SheetsRefused, enter_sheets
from consultation.matters.surveys.models import Survey, SurveyAnswer
from consultation.matters.surveys.policy import slip_code
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from tests.factories.consultation_surveys import SurveyFactory
from tests.people import House, session_client

SHEETS: list[tuple[int, dict[str, Any]]] = [(1, {"1": 5, "3": [2, 1]}), (2, {"1": 4, "4": "要一部轮椅"}), (3, {"1": 1})]


@pytest.fixture
def survey(house: House, now: dt.datetime) -> Survey:
    """An open questionnaire with five slips."""
    made: Survey = SurveyFactory(division=house.places["community"], walked="OPEN")
    operations.issue_slips(by=house.people["community_staff"], now=now, survey=made, count=5)
    made.refresh_from_db()
    return made


@pytest.fixture
def told(house: House, survey: Survey, now: dt.datetime, today: dt.date) -> dict[str, Any]:
    """What every batch needs."""
    return {"by": house.people["community_staff"], "now": now, "today": today, "survey": survey}


def test_a_batch_is_entered_once(told: dict[str, Any], survey: Survey) -> None:
    first = enter_sheets(**told, sheets=SHEETS)
    again = enter_sheets(**told, sheets=[*SHEETS, (4, {"1": 2})])

    assert (first.entered, first.repeated) == (3, 0)
    assert (again.entered, again.repeated) == (1, 3)
    assert survey.answers.count() == 4
    assert AuditEntry.objects.filter(verb="consultation.survey.answer_entered").count() == 4


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        ((9, {"1": 5}), "survey_slip_unknown"),
        ((4, {"1": 6}), "answer_does_not_fit"),
        ((4, {}), "answer_missing"),
        ((4, {"1": 5, "9": 1}), "answer_does_not_fit"),
        ((4, {"1": 5, "4": "电话13812345678"}), "personal_numbers_found"),
        ((1, {"1": 2}), "answered_before"),
    ],
)
def test_one_sheet_that_does_not_fit_holds_all_back(
    told: dict[str, Any], survey: Survey, sheet: tuple[int, dict[str, Any]], code: str
) -> None:
    with pytest.raises(SheetsRefused) as found:
        enter_sheets(**told, sheets=[*SHEETS, sheet])

    assert code in {problem.code for problem in found.value.problems}
    assert not survey.answers.exists()


def test_a_slip_that_answered_by_its_code_is_named(told: dict[str, Any], survey: Survey) -> None:
    operations.answer_by_slip(**told, number=2, code=slip_code(survey.pk, 2), answers={"1": 4})

    with pytest.raises(SheetsRefused) as found:
        enter_sheets(**told, sheets=SHEETS)

    assert [(problem.slip, problem.code) for problem in found.value.problems] == [(2, "answered_before")]


def test_who_enters_no_answers_sends_no_batch(told: dict[str, Any], house: House) -> None:
    with pytest.raises(NotAllowed):
        enter_sheets(**{**told, "by": house.people["resident"]}, sheets=SHEETS)


def test_the_api_takes_batches(survey: Survey, house: House, english: None) -> None:
    address = f"/api/v1/surveys/{survey.pk}/enter_sheets"
    body = {"sheets": [{"slip": slip, "answers": answers} for slip, answers in SHEETS]}
    staff = session_client(house.people["community_staff"])

    assert session_client(house.people["resident"]).post(address, body, format="json").status_code == 403
    assert staff.post(address, body, format="json").json() == {"entered": 3, "repeated": 0}
    assert staff.post(address, body, format="json").json() == {"entered": 0, "repeated": 3}
    wrong = staff.post(address, {"sheets": [{"slip": 4, "answers": {"1": 9}}]}, format="json")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "sheets_refused")
    assert wrong.json()["problems"][0]["slip"] == 4
    many = {"sheets": [{"slip": 1, "answers": {"1": 1}}] * (MOST_SHEETS + 1)}
    for bad in ({}, {"sheets": []}, {"sheets": [{"slip": 0, "answers": {}}]}, {"sheets": "x"}, many):
        assert staff.post(address, bad, format="json").status_code == 400
    assert SurveyAnswer.objects.count() == 3


def test_a_key_gives_the_first_answer_again(survey: Survey, house: House, community_staff: User) -> None:
    del community_staff
    staff = session_client(house.people["community_staff"])
    address = f"/api/v1/surveys/{survey.pk}/enter_sheets"
    body = {"sheets": [{"slip": 1, "answers": {"1": 5}}]}
    given = {"format": "json", "headers": {"Idempotency-Key": "batch-1"}}

    first, again = staff.post(address, body, **given), staff.post(address, body, **given)

    assert first.json() == again.json() == {"entered": 1, "repeated": 0}
