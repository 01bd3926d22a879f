"""Answers on paper: entered by two persons, each from the sheet; what they read otherwise counts for nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from projects.evaluation import operations, refusals
from projects.evaluation.entering import Entered, enter_paper_answer
from projects.evaluation.models import EvaluationAnswer, EvaluationPlan, PaperEntry
from projects.evaluation.policy import MarksUnfit
from projects.evaluation.queries import standing_of
from projects.evaluation.ties.operations import record_tie
from tests.factories.projects_evaluation import PlanFactory
from tests.people import session_client
from tests.projects.evaluation.conftest import slips
from tests.projects.evaluation.test_operations import refused
from tests.projects.evaluation.test_surfaces import browser, text
from tests.walls import alone

pytestmark = pytest.mark.django_db
MARKS = {"1": 3, "2": 4}


@pytest.fixture
def enter(people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime) -> Callable[..., Entered]:
    """Two slips are out; enter one of them."""
    slips(people, plan, now, 2)

    def made(by: Any, number: int = 1, marks: dict[str, int] | None = None, comment: str = "") -> Entered:
        given = MARKS if marks is None else marks
        return enter_paper_answer(by=by, now=now, plan=plan, number=number, marks=given, comment=comment)

    return made


def test_a_sheet_counts_when_a_second_person_has_entered_it(
    people: SimpleNamespace, plan: EvaluationPlan, enter: Callable[..., Entered]
) -> None:
    once = enter(people.community_staff, comment="扶手很好")
    waiting = standing_of(plan)
    twice = enter(people.street_officer)

    assert once.answer is None
    assert (waiting.answers, waiting.waiting, waiting.lacking) == (0, 1, 3)
    answer = EvaluationAnswer.objects.get()
    assert twice.answer == answer
    assert (answer.marks, answer.comment, answer.source) == (MARKS, "扶手很好", "PAPER")
    assert (twice.entry.entered_by, answer.entered_by) == (people.community_staff, people.street_officer)
    assert standing_of(plan).waiting == 0
    verbs = AuditEntry.objects.filter(object_key=str(plan.pk)).order_by("pk").values_list("verb", "after__slip")
    assert list(verbs)[-2:] == [("projects.evaluation.paper_entered", 1), ("projects.evaluation.answered", 1)]


def test_entries_that_differ_count_for_nothing_and_say_where(
    people: SimpleNamespace, enter: Callable[..., Entered]
) -> None:
    enter(people.community_staff)

    with pytest.raises(refusals.EntriesDiffer) as refusal:
        enter(people.street_officer, marks={"1": 3, "2": 5})

    assert refusal.value.params["questions"] == "2"
    assert (EvaluationAnswer.objects.count(), PaperEntry.objects.get().marks) == (0, MARKS)
    enter(people.community_staff, marks={"1": 3, "2": 5})  # the first person looked again
    assert enter(people.street_officer, marks={"1": 3, "2": 5}).answer is not None


def test_one_person_is_not_two(people: SimpleNamespace, enter: Callable[..., Entered]) -> None:
    assert [enter(people.community_staff).answer for _time in range(2)] == [None, None]
    assert (EvaluationAnswer.objects.count(), PaperEntry.objects.count()) == (0, 1)


def test_what_cannot_be_entered(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime, enter: Callable[..., Entered]
) -> None:
    for by, number, marks, refusal in (
        (people.resident, 1, MARKS, NotAllowed),
        (people.community_staff, 3, MARKS, refusals.SlipUnknown),
        (people.community_staff, 1, {"1": 6, "2": 1}, MarksUnfit),
    ):
        with pytest.raises(refusal):
            enter(by, number, marks)
    enter(people.community_staff)
    enter(people.street_officer)
    for by in (people.community_staff, people.street_officer):
        with pytest.raises(refusals.TokenUsed):
            enter(by)
    with pytest.raises(refusals.CollectionOver):
        enter_paper_answer(by=people.community_staff, now=now + dt.timedelta(days=9), plan=plan, number=2, marks=MARKS)


def test_who_has_become_tied_does_not_judge_on_paper_either(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime
) -> None:
    operations.invite(
        by=people.street_officer,
        now=now,
        plan=plan,
        party="THIRD_PARTY",
        method="INTERVIEW",
        evaluators=[people.stranger],
    )
    given: dict[str, Any] = {"organization": people.organization, "user": people.stranger, "kind": "PAID"}
    record_tie(by=people.street_officer, now=now, valid_from=dt.date(2026, 1, 1), **given)

    with pytest.raises(refusals.EvaluatorTied):
        enter_paper_answer(by=people.community_staff, now=now, plan=plan, number=1, marks=MARKS)
    assert not PaperEntry.objects.exists()


def test_staff_do_not_enter_answers_about_their_own_work(people: SimpleNamespace, now: dt.datetime) -> None:
    plan = PlanFactory(division=people.community, subject_kind="COMMITTEE", implementer=None)
    slips(people, plan, now, 1)
    given: dict[str, Any] = {"now": now, "plan": plan, "marks": MARKS, "number": 1}

    refused(NotAllowed, enter_paper_answer, PaperEntry, by=people.community_staff, **given)
    enter_paper_answer(by=people.street_officer, **given)
    counted = enter_paper_answer(by=people.street_reviewer, **given)

    assert counted.answer is not None


@pytest.mark.django_db(transaction=True)
def test_the_database_asks_for_two_hands(
    people: SimpleNamespace,
    plan: EvaluationPlan,
    now: dt.datetime,
    enter: Callable[..., Entered],
    owner: Callable[[], Any],
) -> None:
    first = enter(people.community_staff)
    insert = (
        "INSERT INTO projects_evaluationanswer (plan_id, task_id, party, method, marks, comment, source, answered_at,"
        " entered_by_id) VALUES (%s, %s, 'RESIDENTS', 'QUESTIONNAIRE', '{\"1\": 3, \"2\": 4}', '', 'PAPER', now(), %s)"
    )

    with owner():
        alone("evaluationanswer:paper_by_two_hands", insert, plan.pk, first.entry.task_id, people.community_staff.pk)
    enter(people.street_officer)
    with owner():
        alone(
            "paperentry:stays_once_counted",
            "UPDATE projects_paperentry SET comment = 'x' WHERE id = %s",
            first.entry.pk,
        )


@pytest.fixture
def here(people: SimpleNamespace) -> EvaluationPlan:
    """A plan that collects answers in these days, with two slips."""
    today = timezone.localdate()
    made: EvaluationPlan = PlanFactory(
        division=people.community, planned_by=people.street_officer, opens_on=today, closes_on=today
    )
    slips(people, made, timezone.now(), 2)
    return made


def test_the_page_lists_what_waits_and_shows_no_mark(
    people: SimpleNamespace, here: EvaluationPlan, english: None
) -> None:
    url = reverse("projects:evaluation-paper", args=[here.pk])
    given = {"number": "2", "question_1": "3", "question_2": "4", "comment": ""}

    first = browser(people.community_staff).post(url, given, follow=True)
    second = browser(people.street_officer).get(url)
    other = browser(people.street_officer).post(url, {**given, "question_1": "1"})
    counted = browser(people.street_officer).post(url, given, follow=True)

    assert "has been entered once" in text(first)
    assert "they wait for a second person" in text(first)
    assert "Entered by somebody else; they wait for you: 2" in text(second)
    assert "checked" not in second.content.decode()
    assert (other.status_code, "other marks for question 1" in text(other)) == (400, True)
    assert "Slip 2 counts" in text(counted)
    assert "wait for you" not in text(counted)


def test_the_api_says_whether_a_sheet_counts(people: SimpleNamespace, here: EvaluationPlan) -> None:
    path, body = f"/api/v1/evaluations/{here.pk}/paper-answers", {"number": 1, "marks": MARKS}

    first = session_client(people.community_staff).post(path, body, format="json")
    differs = session_client(people.street_officer).post(path, {**body, "marks": {"1": 1, "2": 1}}, format="json")
    second = session_client(people.street_officer).post(path, body, format="json")

    assert (first.status_code, first.json()) == (201, {"taken": False, "waits_for_second_person": True})
    assert (differs.status_code, differs.json()["code"]) == (409, "entries_differ")
    assert (second.status_code, second.json()) == (201, {"taken": True, "waits_for_second_person": False})
