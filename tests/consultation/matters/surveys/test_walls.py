"""What the database refuses of questionnaires and their answers; each guard alone, proven by dropping it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from consultation.matters.surveys.models import SurveyAnswer, SurveyQuestion
from tests.consultation.matters.intake.test_walls import Wall
from tests.factories.accounts import UserFactory
from tests.factories.consultation_surveys import SurveyFactory
from tests.walls import alone, label_of, violated

ANSWER = (
    "INSERT INTO consultation_surveyanswer (survey_id, respondent, slip, source, answers, answered_on, strike_reason) "
    "VALUES ({open}, '{who}', NULL, '{source}', '{answers}', '2026-03-02', '')"
)
QUESTION = (
    "INSERT INTO consultation_surveyquestion (survey_id, number, text, kind, options, is_required, need_field) "
    "VALUES ({draft}, {number}, '问', '{kind}', '{options}', {required}, '')"
)


def answer(**changes: Any) -> str:
    """Return the statement that inserts an answer with something changed."""
    given = {"who": "new", "source": "WEB", "answers": {"1": 5}, **changes}
    text = ANSWER.replace("{who}", given["who"]).replace("{source}", given["source"])
    return text.replace("{answers}", json.dumps(given["answers"])).replace("{open}", str(given.get("survey", "{open}")))


def question(**changes: Any) -> str:
    """Return the statement that inserts a question with something changed."""
    given = {"number": 9, "kind": "MARK", "options": "[]", "required": "false", **changes}
    text = QUESTION
    for name, said in given.items():
        text = text.replace("{" + name + "}", str(said))
    return text


WALLS = [
    Wall("survey", "surveys_stay", "DELETE FROM {table} WHERE id = {bare}"),
    Wall(
        "survey",
        "lifecycle",
        "UPDATE {table} SET status = 'OPEN' WHERE id = {closed}",
        said="survey_moves_by_the_table",
    ),
    Wall(
        "surveyquestion",
        "fixed_when_open",
        "UPDATE {table} SET text = '别的?' WHERE survey_id = {open} AND number = 1",
        said="surveyquestion_fixed_when_open",
    ),
    Wall("surveyquestion", "surveyquestion_number_is_unique", question(number=1), is_trigger=False),
    Wall("surveyquestion", "surveyquestion_kind_is_known", question(kind="WORDS", required="true"), is_trigger=False),
    Wall("surveyquestion", "surveyquestion_offers_answers", question(kind="ONE", options='["一"]'), is_trigger=False),
    Wall("surveyanswer", "answers_stay", "DELETE FROM {table} WHERE id = {answer}"),
    Wall("surveyanswer", "said_is_said", """UPDATE {table} SET answers = '{{"1": 1}}' WHERE id = {answer}"""),
    Wall("surveyanswer", "surveyanswer_once_each", answer(who="first"), is_trigger=False),
    Wall("surveyanswer", "surveyanswer_came_by_one_way", answer(source="PAPER"), is_trigger=False),
    Wall(
        "surveyanswer",
        "surveyanswer_struck_with_a_reason",
        "UPDATE {table} SET struck_at = now(), struck_by_id = {user} WHERE id = {answer}",
        is_trigger=False,
    ),
    Wall("surveyanswer", "fits_while_open", answer(survey="{closed}"), said="surveyanswer_while_open"),
]


@pytest.fixture
def names() -> dict[str, Any]:
    """Questionnaires in each state, one answer."""
    rows = {name: SurveyFactory(walked=walked) for name, walked in (("open", "OPEN"), ("closed", "CLOSED"))}
    rows |= {"draft": SurveyFactory(), "bare": SurveyFactory(questions=[])}
    first = SurveyAnswer.objects.create(
        survey=rows["open"], respondent="first", source="WEB", answers={"1": 3}, answered_on="2026-03-02"
    )
    keys = {name: row.pk for name, row in rows.items()}
    return {**keys, "answer": first.pk, "user": UserFactory().pk}


def written(statement: str, names: dict[str, Any], table: str) -> str:
    """Fill in the keys; the braces of JSON stay."""
    for name, key in {**names, "table": table}.items():
        statement = statement.replace("{" + name + "}", str(key))
    return statement.replace("{{", "{").replace("}}", "}")


@pytest.mark.django_db(transaction=True)
def test_each_guard_refuses_alone(names: dict[str, Any], owner: Any) -> None:
    statements = {wall: written(wall.statement, names, f"consultation_{wall.table}") for wall in WALLS}
    refused = {wall.guard: violated(statement) for wall, statement in statements.items()}

    with owner():
        told = {wall.guard: violated(statement) for wall, statement in statements.items()}
        for wall, statement in statements.items():
            alone(label_of(f"consultation_{wall.table}", wall.guard), statement)

    expected = {wall.guard: wall.said or ("pgtrigger" if wall.is_trigger else wall.guard) for wall in WALLS}
    assert {guard: expected[guard] in said for guard, said in told.items()} == dict.fromkeys(expected, True), told
    assert all(refused.values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"1": 6},
        {"1": "5"},
        {"1": 5, "2": 0},
        {"1": 5, "2": 1.5},
        {"1": 5, "3": []},
        {"1": 5, "3": [1, 1]},
        {"1": 5, "3": ["1"]},
        {"1": 5, "3": [4]},
        {"1": 5, "4": ""},
        {"1": 5, "4": "长" * 501},
        {"1": 5, "7": 1},
    ],
)
def test_the_table_judges_every_answer(answers: dict[str, Any], names: dict[str, Any]) -> None:
    assert violated(written(answer(answers=answers), names, "")) == "surveyanswer_fits"
    assert SurveyQuestion.objects.filter(survey=names["open"]).count() == 4
