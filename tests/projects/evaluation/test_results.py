"""From the closed collection to the pushed result."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from communities.notices import operations as notices
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.jobs.models import Job
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing, SamePerson
from governance.outbox.models import OutboxEvent
from projects.evaluation import operations, refusals
from projects.evaluation.computing import compute_chunk
from projects.evaluation.models import EvaluationAnswer, EvaluationPlan, EvaluationResult, PushMessage
from projects.evaluation.queries import is_small_sample, shown_details, shown_results, verify
from tests.factories.projects_contracts import in_force
from tests.factories.projects_evaluation import PlanFactory, answered, closed_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(people: SimpleNamespace) -> EvaluationPlan:
    return closed_plan(division=people.community, implementer=people.organization, planned_by=people.street_officer)


def computed(people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime) -> EvaluationPlan:
    assert compute_chunk(by=people.system, plans=[plan.pk], now=now) == 1
    return EvaluationPlan.objects.get(pk=plan.pk)


def publicised(people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime) -> EvaluationPlan:
    row = EvaluationPlan.objects.get(pk=plan.pk)
    if row.status == "CLOSED":
        row = computed(people, row, now)
    row = operations.review_result(by=people.street_reviewer, now=now, plan=row, note="无误")
    return operations.publicise_result(by=people.street_officer, now=now, today=timezone.localdate(now), plan=row)


def after_notice(people: SimpleNamespace, now: dt.datetime) -> dt.datetime:
    later = now + dt.timedelta(days=20)
    notices.close_due_notices(by=people.system, now=later, today=timezone.localdate(later))
    operations.settle_publicised(by=people.system, now=later, today=timezone.localdate(later))
    return later


def test_the_clock_closes_what_is_over(people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime) -> None:
    running = PlanFactory(division=people.community, closes_on=dt.date(2026, 3, 8))

    closed = [operations.close_due(by=people.system, now=now, today=dt.date(2026, 3, day)) for day in (7, 8, 8)]

    plan.refresh_from_db()
    running.refresh_from_db()
    assert closed == [0, 1, 0]
    assert (plan.status, plan.closed_at, running.status) == ("CLOSED", now, "COLLECTING")
    assert AuditEntry.objects.filter(verb="projects.evaluation.closed").count() == 1
    assert OutboxEvent.objects.filter(topic="projects.evaluation.closed", division_key=people.community.pk).count() == 1


def test_the_job_is_queued_once_for_what_waits(
    people: SimpleNamespace, closed: EvaluationPlan, now: dt.datetime
) -> None:
    queued = [operations.compute_due(by=people.system, now=now) for _minute in range(3)]

    assert {job.pk for job in queued if job} == {Job.objects.get().pk}
    computed(people, closed, now)
    assert operations.compute_due(by=people.system, now=now) is None


def test_a_result_is_computed_once(people: SimpleNamespace, closed: EvaluationPlan, now: dt.datetime) -> None:
    row = computed(people, closed, now)
    again = compute_chunk(by=people.system, plans=[closed.pk], now=now)

    result = row.results.get()
    assert (row.status, row.computed_at, again) == ("COMPUTED", now, 0)
    # 0.3 x 100 + 0.4 x 75 + 0.3 x 50
    assert (result.version, result.score, result.grade, result.answers) == (1, Decimal("75.00"), "GOOD", 3)
    assert (result.satisfied, result.valid_for_satisfaction, result.invited) == (2, 3, 3)
    assert verify(result)
    event = OutboxEvent.objects.get(topic="projects.evaluation.computed")
    assert event.payload == {
        "status": "COMPUTED",
        "score": "75.00",
        "grade": "GOOD",
        "version": 1,
        "digest": result.digest,
    }
    entry = AuditEntry.objects.get(verb="projects.evaluation.computed")
    assert (entry.before, entry.after, entry.actor) == ({"status": "CLOSED"}, {"status": "COMPUTED"}, people.system)


def test_too_few_answers_give_no_grade(people: SimpleNamespace, now: dt.datetime) -> None:
    plan = closed_plan(division=people.community, minimum_answers=4)

    result = computed(people, plan, now).results.get()

    assert (result.score, result.grade) == (None, "INSUFFICIENT")
    assert result.details["hindrances"] == ["TOO_FEW_ANSWERS"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_chunk_costs_the_same_for_any_number(
    people: SimpleNamespace, now: dt.datetime, count: int, django_assert_num_queries: Any
) -> None:
    plans = [closed_plan(division=people.community).pk for _number in range(count)]

    with django_assert_num_queries(11):  # with the savepoint
        assert compute_chunk(by=people.system, plans=plans, now=now) == count


def test_a_result_is_reviewed_by_another(people: SimpleNamespace, closed: EvaluationPlan, now: dt.datetime) -> None:
    plan = closed_plan(division=people.community, planned_by=people.street_reviewer)
    own, row = computed(people, plan, now), computed(people, closed, now)

    with pytest.raises(SamePerson):
        operations.review_result(by=people.street_reviewer, now=now, plan=own)
    with pytest.raises(MoveForbidden):
        operations.review_result(by=people.community_staff, now=now, plan=row)
    reviewed = operations.review_result(by=people.street_reviewer, now=now, plan=row, note="计算无误。")

    assert (reviewed.status, reviewed.review_note, reviewed.reviewed_by) == (
        "REVIEWED",
        "计算无误。",
        people.street_reviewer,
    )


def test_a_result_is_publicised_and_final_when_nobody_objects(
    people: SimpleNamespace, closed: EvaluationPlan, now: dt.datetime
) -> None:
    row = publicised(people, closed, now)

    assert row.status == "PUBLICISED"
    assert row.notice is not None
    result = row.results.get()
    assert (row.notice.status, row.notice.minimum_days, row.notice.day_kind) == ("POSTED", 5, "WORKING")
    assert "75.00" in row.notice.body
    assert result.digest[:8] in row.notice.body
    with pytest.raises(MoveClosed):
        operations.publicise_result(by=people.street_officer, now=now, today=now.date(), plan=row)
    operations.settle_publicised(by=people.system, now=now, today=now.date())
    row.refresh_from_db()
    assert row.status == "PUBLICISED"

    after_notice(people, now)

    row.refresh_from_db()
    assert row.status == "FINAL"


def test_an_upheld_objection_sends_the_result_back_as_a_new_version(
    people: SimpleNamespace, closed: EvaluationPlan, now: dt.datetime
) -> None:
    row = publicised(people, closed, now)
    assert row.notice is not None
    objection = notices.raise_objection(
        by=people.resident, now=now, notice=row.notice, text="第三方评估员与机构有关系。"
    )
    notices.answer_objection(
        by=people.community_staff, now=now, objection=objection, outcome="UPHELD", reply="情况属实，重新计算。"
    )

    later = after_notice(people, now)

    row = EvaluationPlan.objects.get(pk=row.pk)
    first, second = row.results.order_by("version")
    assert (row.status, first.digest, second.cause) == ("COMPUTED", second.digest, "OBJECTION")
    # The public still sees what was publicised, and nothing newer.
    assert shown_results(row, AnonymousUser()) == [first]
    assert shown_results(row, people.street_reviewer) == [second, first]

    answer = EvaluationAnswer.objects.get(plan=row, party="THIRD_PARTY")
    arguments: dict[str, Any] = {"now": later, "answer": answer}
    with pytest.raises(NotAllowed):
        operations.exclude_answer(by=people.street_officer, reason="有关系", **arguments)
    with pytest.raises(ReasonMissing):
        operations.exclude_answer(by=people.street_reviewer, reason=" ", **arguments)
    third = operations.exclude_answer(by=people.street_reviewer, reason="评估员受雇于该机构", **arguments)
    with pytest.raises(refusals.AlreadyLeftOut):
        operations.exclude_answer(by=people.street_reviewer, reason="再次", **arguments)

    assert (third.version, third.answers, third.grade, third.cause) == (3, 2, "INSUFFICIENT", "EXCLUSION")
    assert third.details["hindrances"] == ["TOO_FEW_ANSWERS", "PARTY_MISSING:THIRD_PARTY"]
    second.refresh_from_db()
    assert second.answers == 3
    again = publicised(people, row, later)
    assert again.notice != row.notice
    assert [result.version for result in shown_results(again, AnonymousUser())] == [3, 2, 1]
    with pytest.raises(refusals.NotUnderReview):
        operations.exclude_answer(by=people.street_reviewer, reason="太晚", **arguments)


def test_a_final_result_is_pushed_to_those_concerned(
    people: SimpleNamespace, closed: EvaluationPlan, now: dt.datetime
) -> None:
    publicised(people, closed, now)
    later = after_notice(people, now)

    pushed = [operations.push_final(by=people.system, now=later) for _minute in range(2)]

    row = EvaluationPlan.objects.get(pk=closed.pk)
    result = row.results.get()
    assert (pushed, row.status, row.pushed_at) == ([1, 0], "PUSHED", later)
    assert set(PushMessage.objects.values_list("recipient", "organization", "division")) == {
        ("ORGANIZATION", people.organization.pk, people.places["street"].pk),
        ("STREET", None, people.places["street"].pk),
        ("REGISTRAR", None, people.places["district"].pk),
    }
    [event] = OutboxEvent.objects.filter(topic="projects.evaluation.pushed")
    assert event.payload == {
        "status": "PUSHED",
        "score": "75.00",
        "grade": "GOOD",
        "version": 1,
        "digest": result.digest,
        "division": people.community.pk,
        "organization": people.organization.pk,
    }


def test_the_organization_confirms_receipt(people: SimpleNamespace, closed: EvaluationPlan, now: dt.datetime) -> None:
    publicised(people, closed, now)
    operations.push_final(by=people.system, now=after_notice(people, now))
    message = PushMessage.objects.get(recipient="ORGANIZATION")

    for person in (people.stranger, people.street_officer):
        with pytest.raises(NotAllowed):
            operations.read_message(by=person, now=now, message=message)
    read = operations.read_message(by=people.manager, now=now, message=message)
    with pytest.raises(refusals.MessageRead):
        operations.read_message(by=people.manager, now=now, message=message)

    assert (read.read_at, read.read_by) == (now, people.manager)
    street = PushMessage.objects.get(recipient="STREET")
    assert operations.read_message(by=people.street_officer, now=now, message=street).read_by == people.street_officer


def test_results_are_seen_when_they_are_public(
    people: SimpleNamespace, closed: EvaluationPlan, now: dt.datetime
) -> None:
    row = computed(people, closed, now)

    for person in (people.stranger, people.manager, people.other_street_officer):
        assert shown_results(row, person) == []
        assert not EvaluationPlan.objects.visible_to(person).filter(pk=row.pk).exists()
        assert not person.has_perm("projects.view_evaluation", row)
    assert len(shown_results(row, people.community_staff)) == 1
    assert EvaluationPlan.objects.visible_to(people.community_staff).filter(pk=row.pk).exists()
    public = publicised(people, row, now)
    assert len(shown_results(public, AnonymousUser())) == 1
    assert EvaluationPlan.objects.visible_to(AnonymousUser()).filter(pk=row.pk).exists()


def test_the_marks_of_few_residents_are_kept_from_the_public(
    people: SimpleNamespace, closed: EvaluationPlan, now: dt.datetime
) -> None:
    row = publicised(people, closed, now)
    result = row.results.get()

    public = shown_details(row, result, AnonymousUser(), now.date())["parties"]["RESIDENTS"]
    staff = shown_details(row, result, people.community_staff, now.date())["parties"]["RESIDENTS"]

    assert (public["marks"], public["mean"], public["answers"]) == (None, None, 1)
    assert staff["marks"] == {"1": [0, 0, 0, 1, 0], "2": [0, 0, 0, 1, 0]}


def test_an_invited_person_sees_the_plan_and_no_result(
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
    answered(plan, "RESIDENTS", [(5, 5)])

    assert EvaluationPlan.objects.visible_to(people.stranger).get() == plan
    assert people.stranger.has_perm("projects.view_evaluation", plan)
    assert shown_results(plan, people.stranger) == []


@pytest.mark.parametrize(
    ("valid", "rule", "is_small"), [(0, 30, False), (1, 30, True), (29, 30, True), (30, 30, False), (30, 31, True)]
)
def test_a_sample_is_small_below_the_number_of_the_rule(
    plan: EvaluationPlan, now: dt.datetime, valid: int, rule: int, is_small: bool
) -> None:
    in_force("evaluation.small_sample", rule)
    result = EvaluationResult(plan=plan, valid_for_satisfaction=valid)

    assert is_small_sample(plan, result, now.date()) is is_small
