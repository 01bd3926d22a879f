"""What the database refuses by itself: one violating statement as the application for each wall."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from projects.evaluation.models import EvaluationAnswer, EvaluationPlan, EvaluationResult, TemplateQuestion
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT
from tests.factories.projects_evaluation import (
    PlanFactory,
    TaskFactory,
    TemplateFactory,
    TieFactory,
    answered,
    closed_plan,
)
from tests.factories.socialorgs_register import OrganizationAppointmentFactory
from tests.walls import alone, change_refused, refused

pytestmark = pytest.mark.django_db

INSERT_ANSWER = """
    INSERT INTO projects_evaluationanswer (plan_id, task_id, party, method, marks, comment, source, answered_at)
    VALUES (%s, %s, %s, 'QUESTIONNAIRE', %s, '', 'WEB', now())
"""
INSERT_RESULT = """
    INSERT INTO projects_evaluationresult (plan_id, version, cause, score, grade, answers, invited, satisfied,
        valid_for_satisfaction, details, digest, computed_at)
    VALUES (%s, %s, %s, %s, %s, 1, 1, 1, 1, '{}', '', now())
"""


@pytest.fixture
def plan() -> EvaluationPlan:
    found: EvaluationPlan = PlanFactory()
    return found


def test_the_application_is_not_the_owner() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "district_app"


def test_states_follow_the_tables() -> None:
    change_refused("evaluationplan_moves_by_the_table", closed_plan(), "status = 'PUSHED'")
    change_refused("evaluationtemplate_moves_by_the_table", TemplateFactory(), "status = 'DRAFT'")


def test_a_template_in_use_is_fixed() -> None:
    template = TemplateFactory()
    question = template.questions.first()

    change_refused("templatequestion_fixed_in_use", question, "weight = 9")
    refused("templatequestion_fixed_in_use", "DELETE FROM projects_templatequestion WHERE id = %s", question.pk)
    refused(
        "templatequestion_fixed_in_use",
        "INSERT INTO projects_templatequestion (template_id, number, text, weight, is_satisfaction)"
        " VALUES (%s, 9, 'x', 1, false)",
        template.pk,
    )
    assert TemplateQuestion.objects.filter(template=template).count() == 2


def test_a_template_is_set_by_two() -> None:
    draft = TemplateFactory(drafted=True)

    change_refused("evaluationtemplate_two_persons", draft, "published_by_id = drafted_by_id")


def test_terms_stay_once_the_collection_is_open(plan: EvaluationPlan) -> None:
    found = "pgtrigger: Cannot update rows from projects_evaluationplan table"
    change_refused(found, plan, "minimum_answers = 1")
    change_refused(found, plan, "weight_party = 0, weight_residents = 70")


def test_plans_hold_together() -> None:
    plan = PlanFactory(planned=True)

    change_refused("evaluationplan_weights_sum_to_100", plan, "weight_party = 31")
    change_refused("evaluationplan_runs_forward", plan, "closes_on = opens_on - 1")
    change_refused("evaluationplan_reviewed_by_another", plan, "reviewed_by_id = planned_by_id")


def test_nobody_tied_is_invited(plan: EvaluationPlan) -> None:
    manager = OrganizationAppointmentFactory(organization=plan.implementer).user
    paid = TieFactory(organization=plan.implementer).user
    insert = """
        INSERT INTO projects_evaluationtask (plan_id, party, method, evaluator_id, number, token_hash, invited_at,
            invited_by_id)
        VALUES (%s, 'THIRD_PARTY', 'INTERVIEW', %s, 1, 'x', now(), %s)
    """

    for person in (manager, paid):
        refused("evaluationtask_nobody_tied", insert, plan.pk, person.pk, plan.planned_by_id)
    task = TaskFactory(plan=plan)
    change_refused("evaluationtask_nobody_tied", task, f"evaluator_id = {manager.pk}")


def test_a_person_is_invited_once(plan: EvaluationPlan) -> None:
    person = UserFactory()
    TaskFactory(plan=plan, evaluator=person, number=1)
    other = TaskFactory(plan=plan, number=2)

    change_refused("evaluationtask_invites_a_person_once", other, f"evaluator_id = {person.pk}")
    change_refused("evaluationtask_number_is_unique", other, "number = 1")


def test_an_answer_comes_once_while_the_plan_collects(plan: EvaluationPlan) -> None:
    task, closed = TaskFactory(plan=plan), closed_plan()
    late = TaskFactory(plan=closed, number=99)
    marks = '{"1": 5, "2": 4}'

    refused("evaluationanswer_while_collecting", INSERT_ANSWER, closed.pk, late.pk, "RESIDENTS", marks)
    refused("evaluationanswer_while_collecting", INSERT_ANSWER, plan.pk, task.pk, "THIRD_PARTY", marks)
    refused("evaluationanswer_while_collecting", INSERT_ANSWER, plan.pk, late.pk, "RESIDENTS", marks)
    with connection.cursor() as cursor:
        cursor.execute(INSERT_ANSWER, [plan.pk, task.pk, "RESIDENTS", marks])
    refused("projects_evaluationanswer_task_id_key", INSERT_ANSWER, plan.pk, task.pk, "RESIDENTS", marks)


@pytest.mark.parametrize(
    "marks",
    [
        "{}",
        '{"1": 5}',
        '{"1": 5, "2": 6}',
        '{"1": 5, "2": 0}',
        '{"1": 5, "2": "4"}',
        '{"1": 5, "2": 4, "3": 1}',
        '{"1": 5, "2": 4.5}',
    ],
)
def test_marks_fit_the_questions(plan: EvaluationPlan, marks: str) -> None:
    refused("evaluationanswer_marks_fit", INSERT_ANSWER, plan.pk, TaskFactory(plan=plan).pk, "RESIDENTS", marks)


def test_what_was_answered_and_computed_stays(plan: EvaluationPlan) -> None:
    answered(plan, "RESIDENTS", [(5, 5)])
    row = EvaluationAnswer.objects.get()
    denied = "permission denied for table projects_{}"

    change_refused(denied.format("evaluationanswer"), row, "comment = 'x'")
    refused(denied.format("evaluationanswer"), "DELETE FROM projects_evaluationanswer")
    refused(denied.format("evaluationresult"), "UPDATE projects_evaluationresult SET score = 1")
    refused(denied.format("answerexclusion"), "DELETE FROM projects_answerexclusion")


def test_results_are_versions_with_a_grade(plan: EvaluationPlan) -> None:
    with connection.cursor() as cursor:
        cursor.execute(INSERT_RESULT, [plan.pk, 1, "CLOSING", 80, "GOOD"])
    assert EvaluationResult.objects.count() == 1

    refused("evaluationresult_version_is_unique", INSERT_RESULT, plan.pk, 1, "CLOSING", 80, "GOOD")
    refused("evaluationresult_grade_has_a_score", INSERT_RESULT, plan.pk, 2, "CLOSING", None, "GOOD")
    refused("evaluationresult_grade_has_a_score", INSERT_RESULT, plan.pk, 2, "CLOSING", 80, "INSUFFICIENT")
    refused("evaluationresult_grade_has_a_score", INSERT_RESULT, plan.pk, 2, "CLOSING", "100.01", "EXCELLENT")
    refused("evaluationresult_grade_is_known", INSERT_RESULT, plan.pk, 2, "WHIM", 80, "GOOD")


def test_ties_run_forward() -> None:
    change_refused("evaluatortie_runs_forward", TieFactory(), "valid_to = valid_from")
    assert ENTERED_AT


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_answers_refuses_alone(owner: Callable[[], Any]) -> None:
    plan = PlanFactory()
    answered(plan, "RESIDENTS", [(5, 5)])
    task, row = TaskFactory(plan=plan, number=9), EvaluationAnswer.objects.get()
    tie = TieFactory()
    said = (
        "INSERT INTO projects_answerexclusion (answer_id, reason, excluded_at, excluded_by_id)"
        f" VALUES ({row.pk}, {{}}, now(), {UserFactory().pk})"
    )
    marks, given = '{"1": 5, "2": 4}', [plan.pk, task.pk]

    with owner():
        alone(
            "evaluationanswer:answered_while_collecting",
            INSERT_ANSWER,
            *(*given, "THIRD_PARTY", marks),
            says="evaluationanswer_while_collecting",
        )
        alone(
            "evaluationanswer:marks_fit_the_questions",
            INSERT_ANSWER,
            *(*given, "RESIDENTS", '{"1": 6, "2": 4}'),
            says="evaluationanswer_marks_fit",
        )
        alone(
            "evaluationplan:terms_stay", "UPDATE projects_evaluationplan SET minimum_answers = 1 WHERE id = %s", plan.pk
        )
        alone("evaluatortie_kind_is_known", "UPDATE projects_evaluatortie SET kind = 'LOST' WHERE id = %s", tie.pk)
        alone("answerexclusion_has_a_reason", said.format("''"))
        reason = said.format("'x'")
        alone("projects_answerexclusion_answer_id_key", f"{reason}; {reason}")
        alone("answerexclusion:append_only", f"{reason}; DELETE FROM projects_answerexclusion")
