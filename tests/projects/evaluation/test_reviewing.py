"""Who judges does not review: refused by the operation with its reason, closed on the page, and by the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from projects.evaluation import operations, refusals
from projects.evaluation.computing import compute_chunk
from projects.evaluation.models import AnswerExclusion, EvaluationAnswer, EvaluationPlan
from tests.factories.projects_evaluation import PlanFactory, answered, walk_to
from tests.people import desk_client, session_client
from tests.projects.evaluation.test_operations import refused
from tests.projects.evaluation.test_surfaces import browser, text
from tests.walls import alone

pytestmark = pytest.mark.django_db


def judged_by(people: SimpleNamespace, person: Any, now: dt.datetime) -> EvaluationPlan:
    """A computed result to which this person has given marks for the party organization."""
    plan: EvaluationPlan = PlanFactory(
        division=people.community, implementer=people.organization, planned_by=people.street_officer
    )
    answered(plan, "RESIDENTS", [(5, 5)])
    answered(plan, "THIRD_PARTY", [(4, 4)], method="INTERVIEW")
    [(_task, token)] = operations.invite(
        by=people.street_officer,
        now=now,
        plan=plan,
        party="PARTY_ORGANIZATION",
        method="MEETING",
        evaluators=[person],
    )
    operations.answer(now=now, token=token, marks={"1": 5, "2": 5}, by=person)
    walk_to(plan, ["CLOSED"])
    compute_chunk(by=people.system, plans=[plan.pk], now=now)
    return EvaluationPlan.objects.get(pk=plan.pk)


def test_who_judged_neither_confirms_the_result_nor_leaves_answers_out(
    people: SimpleNamespace, now: dt.datetime
) -> None:
    plan = judged_by(people, people.street_reviewer, now)
    answer = EvaluationAnswer.objects.filter(plan=plan, party="RESIDENTS").get()
    given: dict[str, Any] = {"by": people.street_reviewer, "now": now}

    refused(refusals.JudgeReviews, operations.review_result, **given, plan=plan)
    refused(refusals.JudgeReviews, operations.exclude_answer, AnswerExclusion, **given, answer=answer, reason="不喜欢")
    reviewed = operations.review_result(by=people.district_admin, now=now, plan=plan)

    assert (reviewed.status, reviewed.reviewed_by) == ("REVIEWED", people.district_admin)


def test_who_was_invited_and_did_not_answer_may_review(people: SimpleNamespace, now: dt.datetime) -> None:
    plan = judged_by(people, people.neighbor_resident, now)
    walked = PlanFactory(division=people.community, planned_by=people.street_officer)
    operations.invite(
        by=people.street_officer,
        now=now,
        plan=walked,
        party="PARTY_ORGANIZATION",
        method="MEETING",
        evaluators=[people.street_reviewer],
    )
    walk_to(walked, ["CLOSED"])
    compute_chunk(by=people.system, plans=[walked.pk], now=now)

    for row in (plan, walked):
        assert operations.review_result(by=people.street_reviewer, now=now, plan=row).status == "REVIEWED"


def test_the_surfaces_say_why_a_judge_does_not_review(people: SimpleNamespace, now: dt.datetime, english: None) -> None:
    plan = judged_by(people, people.street_reviewer, now)
    says = "You judged in this evaluation. Somebody else reviews its result."
    client = browser(people.street_reviewer)

    page = client.get(plan.get_absolute_url())
    forced = client.post(f"{plan.get_absolute_url()}acts/review/", {"note": ""})
    left_out = client.post(f"{plan.get_absolute_url()}acts/leave_out/", {"number": "1", "reason": "x"})
    desk = desk_client(people.street_reviewer).post(f"/desk/projects/evaluationplan/{plan.pk}/moves/review/")
    api = session_client(people.street_reviewer).post(f"/api/v1/evaluations/{plan.pk}/review", {}, format="json")
    other = browser(people.district_admin).get(plan.get_absolute_url())

    assert says in text(page)
    assert "acts/review/" not in page.content.decode()
    assert "acts/leave_out/" not in page.content.decode()
    assert "acts/review/" in other.content.decode()
    assert (forced.status_code, left_out.status_code) == (400, 400)
    assert desk.status_code in {200, 302, 400}
    assert (api.status_code, api.json()["code"]) == (403, "judge_reviews")
    plan.refresh_from_db()
    assert (plan.status, plan.results.count()) == ("COMPUTED", 1)


@pytest.mark.django_db(transaction=True)
def test_the_database_keeps_judging_and_reviewing_apart(
    people: SimpleNamespace, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    plan = judged_by(people, people.street_reviewer, now)
    answer = EvaluationAnswer.objects.filter(plan=plan, party="RESIDENTS").get()

    with owner():
        alone(
            "evaluationplan:reviewed_by_no_judge",
            "UPDATE projects_evaluationplan SET reviewed_by_id = %s WHERE id = %s",
            people.street_reviewer.pk,
            plan.pk,
        )
        alone(
            "answerexclusion:excluded_by_no_judge",
            "INSERT INTO projects_answerexclusion (answer_id, reason, excluded_at, excluded_by_id)"
            " VALUES (%s, 'x', now(), %s)",
            answer.pk,
            people.street_reviewer.pk,
        )
