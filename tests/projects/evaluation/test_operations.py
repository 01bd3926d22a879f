"""Templates, plans, invitations and answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import Model

from communities.people.policy import PersonalNumbersFound
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveForbidden, SamePerson
from projects.evaluation import operations, refusals
from projects.evaluation.models import EvaluationAnswer, EvaluationPlan, EvaluationTask, EvaluationTemplate
from projects.evaluation.policy import MarksUnfit
from projects.evaluation.queries import hash_of
from tests.factories.projects_contracts import in_force
from tests.factories.projects_evaluation import PlanFactory, TemplateFactory, TieFactory
from tests.factories.socialorgs_register import OrganizationAppointmentFactory
from tests.projects.evaluation.conftest import slips

pytestmark = pytest.mark.django_db
MARKS = {"1": 5, "2": 4}
QUESTIONS = [("做得好吗？", 3, False), ("您满意吗？", 1, True)]


def refused(refusal: type[DomainError], operation: Callable[..., Any], *models: type[Model], **arguments: Any) -> Any:
    """Expect the refusal and nothing new in these tables or in the trail."""
    before = [model._default_manager.count() for model in (*models, AuditEntry)]
    with pytest.raises(refusal) as found:
        operation(**arguments)
    assert [model._default_manager.count() for model in (*models, AuditEntry)] == before
    return found.value


def test_a_template_is_set_by_two_persons(people: SimpleNamespace, now: dt.datetime) -> None:
    draft = {"key": "small", "title": "评估表", "subject_kind": "PROJECT", "questions": QUESTIONS}

    first = operations.draft_template(by=people.district_admin, now=now, **draft)
    second = operations.draft_template(by=people.district_admin, now=now, **draft)
    published = operations.publish_template(by=people.second_admin, now=now, template=second)

    assert (first.version, second.version, published.status) == (1, 2, "PUBLISHED")
    assert list(first.questions.values_list("number", "text", "weight", "is_satisfaction")) == [
        (1, *QUESTIONS[0]),
        (2, *QUESTIONS[1]),
    ]
    refused(SamePerson, operations.publish_template, by=people.district_admin, now=now, template=first)
    refused(NotAllowed, operations.draft_template, EvaluationTemplate, by=people.street_officer, now=now, **draft)


@pytest.mark.parametrize(
    ("questions", "refusal"),
    [
        ([], refusals.QuestionsMissing),
        ([("好吗？", 1)] * 61, refusals.QuestionsMissing),
        ([("", 1, False)], refusals.QuestionUnfit),
        ([("好吗？",)], refusals.QuestionUnfit),
        ([("好吗？", 0, False)], refusals.QuestionUnfit),
        ([("好吗？", 1001, False)], refusals.QuestionUnfit),
        ([("好吗？", 1, False, "", 4)], refusals.QuestionUnfit),
        ([("好吗？", 1, False, "巡查", 0)], refusals.QuestionUnfit),
        ([("好吗？", 1, False, "巡查", 1001)], refusals.QuestionUnfit),
    ],
)
def test_a_template_asks_something(
    people: SimpleNamespace, now: dt.datetime, questions: Any, refusal: type[DomainError]
) -> None:
    refused(
        refusal,
        operations.draft_template,
        EvaluationTemplate,
        by=people.district_admin,
        now=now,
        key="small",
        title="评估表",
        subject_kind="PROJECT",
        questions=questions,
    )


def test_a_plan_writes_down_what_is_in_force(people: SimpleNamespace, now: dt.datetime, entry: Any) -> None:
    in_force("evaluation.weights", [20, 50, 30], people.places["district"])
    in_force("evaluation.minimum_answers", 12, people.community)

    row = operations.plan_evaluation(by=people.street_officer, now=now, today=now.date(), **entry())

    assert row.weights == {"PARTY_ORGANIZATION": 20, "RESIDENTS": 50, "THIRD_PARTY": 30}
    assert (row.minimum_answers, row.grade_cuts) == (12, {"EXCELLENT": 90, "GOOD": 75, "PASS": 60})
    assert AuditEntry.objects.get(verb="projects.evaluation.planned").after["minimum"] == 12


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"period_to": dt.date(2026, 1, 1)}, refusals.DatesImpossible),
        ({"closes_on": dt.date(2026, 3, 3)}, refusals.DatesImpossible),
        ({"opens_on": dt.date(2026, 2, 1), "closes_on": dt.date(2026, 3, 3)}, refusals.DatesImpossible),
        ({"implementer": None}, refusals.ImplementerMissing),
        ({"subject_kind": "VENUE"}, refusals.TemplateNotInUse),
        ({"subject_name": "张三 13812345678"}, PersonalNumbersFound),
    ],
)
def test_plans_that_cannot_be(
    people: SimpleNamespace, now: dt.datetime, entry: Any, more: Any, refusal: type[DomainError]
) -> None:
    made = entry(**more)

    refused(
        refusal, operations.plan_evaluation, EvaluationPlan, by=people.street_officer, now=now, today=now.date(), **made
    )


def test_a_plan_needs_a_template_in_use_and_the_right(people: SimpleNamespace, now: dt.datetime, entry: Any) -> None:
    arguments = {"by": people.street_officer, "now": now, "today": now.date()}

    for template in (TemplateFactory(drafted=True), TemplateFactory(retired=True)):
        refused(
            refusals.TemplateNotInUse,
            operations.plan_evaluation,
            EvaluationPlan,
            **arguments,
            **entry(template=template),
        )
    for person in (people.community_staff, people.other_street_officer, people.resident, people.manager):
        refused(NotAllowed, operations.plan_evaluation, EvaluationPlan, **{**arguments, "by": person}, **entry())


def test_a_collection_opens_on_its_day(people: SimpleNamespace, now: dt.datetime) -> None:
    plan = PlanFactory(division=people.community, planned=True, opens_on=dt.date(2026, 3, 5))

    early = refused(refusals.OpensLater, operations.open_evaluation, by=people.street_officer, now=now, plan=plan)
    opened = operations.open_evaluation(by=people.street_officer, now=now + dt.timedelta(days=1), plan=plan)

    assert "2026" in str(early)
    assert (opened.status, opened.opened_at) == ("COLLECTING", now + dt.timedelta(days=1))
    refused(MoveForbidden, operations.open_evaluation, by=people.resident, now=now, plan=plan)


def test_tokens_are_handed_out_once_and_only_their_hash_is_kept(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime
) -> None:
    arguments: dict[str, Any] = {"by": people.street_officer, "now": now, "plan": plan}

    invited = operations.invite(**arguments, party="RESIDENTS", method="QUESTIONNAIRE", count=3)
    named = operations.invite(**arguments, party="THIRD_PARTY", method="INTERVIEW", evaluators=[people.stranger])

    tasks = list(EvaluationTask.objects.order_by("number"))
    assert [task.number for task in tasks] == [1, 2, 3, 4]
    assert [task.token_hash for task in tasks] == [hash_of(token) for _task, token in [*invited, *named]]
    assert len({token for _task, token in invited}) == 3
    assert not any(token in str(vars(task)) for task, token in invited)
    assert not any(token in str(entry.after) for entry in AuditEntry.objects.all() for _task, token in invited)
    assert tasks[3].evaluator == people.stranger


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({}, refusals.InvitationsUnclear),
        ({"count": 501}, refusals.InvitationsUnclear),
        ({"count": -1}, refusals.InvitationsUnclear),
        ({"count": 2, "party": "THIRD_PARTY"}, refusals.PartyWithoutName),
    ],
)
def test_invitations_that_cannot_be(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime, more: Any, refusal: type[DomainError]
) -> None:
    given = {"party": "RESIDENTS", "method": "QUESTIONNAIRE", **more}

    refused(refusal, operations.invite, EvaluationTask, by=people.street_officer, now=now, plan=plan, **given)


def test_nobody_is_invited_twice_or_without_the_right(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime
) -> None:
    given = {"now": now, "plan": plan, "party": "THIRD_PARTY", "method": "INTERVIEW"}
    operations.invite(by=people.street_officer, evaluators=[people.stranger], **given)

    for evaluators in ([people.stranger], [people.resident, people.resident]):
        refused(
            refusals.InvitedTwice,
            operations.invite,
            EvaluationTask,
            by=people.street_officer,
            evaluators=evaluators,
            **given,
        )
    refused(
        NotAllowed, operations.invite, EvaluationTask, by=people.community_staff, evaluators=[people.resident], **given
    )
    cancelled = PlanFactory(division=people.community, cancelled=True)
    refused(
        refusals.NotInvitingNow,
        operations.invite,
        EvaluationTask,
        by=people.street_officer,
        evaluators=[people.resident],
        **{**given, "plan": cancelled},
    )


@pytest.mark.parametrize("tie", ["manager", "former manager", "paid", "paid until lately"])
def test_whoever_is_tied_to_the_implementer_is_refused(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime, tie: str
) -> None:
    person = {
        "manager": lambda: people.manager,
        "former manager": lambda: (
            OrganizationAppointmentFactory(organization=people.organization, valid_to=dt.date(2025, 6, 1)).user
        ),
        "paid": lambda: TieFactory(organization=people.organization).user,
        "paid until lately": lambda: TieFactory(organization=people.organization, valid_to=dt.date(2024, 1, 2)).user,
    }[tie]()

    refusal = refused(
        refusals.EvaluatorTied,
        operations.invite,
        EvaluationTask,
        by=people.street_officer,
        now=now,
        plan=plan,
        party="THIRD_PARTY",
        method="INTERVIEW",
        evaluators=[people.stranger, person],
    )

    assert people.organization.name in str(refusal)


def test_old_ties_and_ties_to_others_do_not_count(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime
) -> None:
    past = TieFactory(organization=people.organization, valid_to=dt.date(2024, 1, 1)).user
    elsewhere = OrganizationAppointmentFactory().user

    invited = operations.invite(
        by=people.street_officer,
        now=now,
        plan=plan,
        party="THIRD_PARTY",
        method="INTERVIEW",
        evaluators=[past, elsewhere],
    )

    assert len(invited) == 2


def test_an_answer_without_a_name(people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime) -> None:
    token, other = slips(people, plan, now, 2)

    row = operations.answer(now=now, token=f" {token[:4]}-{token[4:].lower()} ", marks=MARKS, comment="挺好。")

    assert (row.plan, row.party, row.marks, row.source, row.entered_by) == (plan, "RESIDENTS", MARKS, "WEB", None)
    entry = AuditEntry.objects.get(verb="projects.evaluation.answered")
    assert (entry.actor.is_system, entry.after) == (True, {"slip": 1, "source": "WEB"})
    refused(refusals.TokenUsed, operations.answer, EvaluationAnswer, now=now, token=token, marks=MARKS)
    refused(refusals.TokenUnknown, operations.answer, EvaluationAnswer, now=now, token="ABCD", marks=MARKS)
    refused(MarksUnfit, operations.answer, EvaluationAnswer, now=now, token=other, marks={"1": 5})
    refused(
        PersonalNumbersFound,
        operations.answer,
        EvaluationAnswer,
        now=now,
        token=other,
        marks=MARKS,
        comment="13812345678",
    )
    refused(
        refusals.CommentTooLong,
        operations.answer,
        EvaluationAnswer,
        now=now,
        token=other,
        marks=MARKS,
        comment="好" * 1001,
    )


def test_answers_are_taken_until_the_last_day_is_over(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime
) -> None:
    first, second = slips(people, plan, now, 2)
    last_minute = dt.datetime.combine(plan.closes_on, dt.time(23, 59), now.tzinfo)

    operations.answer(now=last_minute, token=first, marks=MARKS)
    late = refused(
        refusals.CollectionOver,
        operations.answer,
        EvaluationAnswer,
        now=last_minute + dt.timedelta(minutes=1),
        token=second,
        marks=MARKS,
    )

    assert "2026" in str(late)
    operations.close_due(by=people.system, now=last_minute, today=dt.date(2026, 3, 8))
    refused(refusals.CollectionOver, operations.answer, EvaluationAnswer, now=now, token=second, marks=MARKS)


def test_no_answer_before_the_opening(people: SimpleNamespace, now: dt.datetime) -> None:
    plan = PlanFactory(division=people.community, planned=True)
    [token] = slips(people, plan, now, 1)

    refused(refusals.CollectionNotOpen, operations.answer, EvaluationAnswer, now=now, token=token, marks=MARKS)


def test_an_invitation_by_name_is_answered_by_that_person(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime
) -> None:
    [(_task, token)] = operations.invite(
        by=people.street_officer,
        now=now,
        plan=plan,
        party="PARTY_ORGANIZATION",
        method="MEETING",
        evaluators=[people.community_staff],
    )
    arguments: dict[str, Any] = {"now": now, "token": token, "marks": MARKS}

    refused(refusals.NotTheEvaluator, operations.answer, EvaluationAnswer, **arguments)
    refused(refusals.NotTheEvaluator, operations.answer, EvaluationAnswer, by=people.stranger, **arguments)
    row = operations.answer(by=people.community_staff, **arguments)

    assert (row.entered_by, row.method) == (people.community_staff, "MEETING")


def test_a_tie_that_came_later_stops_the_answer(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime
) -> None:
    [token] = slips(people, plan, now, 1)

    refused(
        refusals.EvaluatorTied,
        operations.answer,
        EvaluationAnswer,
        now=now,
        token=token,
        marks=MARKS,
        by=people.manager,
    )
