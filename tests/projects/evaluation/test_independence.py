"""Who may not judge: the ones judged, members of the body, an agency that is paid or led by them; and what they leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.utils.translation import override

from communities.notices.models import Attachment
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from projects.evaluation import checks, engaging, operations, recording, refusals
from projects.evaluation.models import AnswerRecord, EvaluationAnswer, EvaluationPlan, ThirdPartyEngagement
from tests.factories.communities import BodyFactory, BodyMembershipFactory
from tests.factories.projects_evaluation import PlanFactory, TemplateFactory, answered
from tests.factories.socialorgs_register import OrganizationAppointmentFactory, OrganizationFactory, manager_of
from tests.people import session_client
from tests.walls import alone, change_refused

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)
SHEET = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def engaged(people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime, **more: Any) -> ThirdPartyEngagement:
    given = {"agency_name": "蜀南社会评价中心", "payer": "STREET", "fee": Decimal(8000), "agreed_on": DAY, **more}
    return engaging.engage_third_party(by=people.street_officer, now=now, plan=plan, **given)


# --- The third party


def test_the_third_party_stands_with_its_payer(people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime) -> None:
    row = engaged(people, plan, now)

    assert (row.agency_name, row.payer, row.fee, row.recorded_by) == (
        "蜀南社会评价中心",
        "STREET",
        Decimal(8000),
        people.street_officer,
    )
    with pytest.raises(refusals.AlreadyEngaged):
        engaged(people, plan, now)
    assert AuditEntry.objects.filter(verb="projects.evaluation.third_party_engaged").count() == 1


def test_an_agency_paid_or_led_by_the_judged_is_refused(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime
) -> None:
    agency = OrganizationFactory(active=True, division=people.places["street"])
    OrganizationAppointmentFactory(organization=agency, user=people.manager)

    for field, more in (
        ("agency", {"agency": people.organization}),
        ("payer_organization", {"payer": "ORGANIZATION", "payer_organization": people.organization}),
        ("agency", {"agency": agency}),
    ):
        with pytest.raises(refusals.EngagementNotIndependent) as refused:
            engaged(people, plan, now, **more)
        assert refused.value.field == field
    for more in ({"payer": "ORGANIZATION"}, {"payer_organization": agency}, {"payer": "NOBODY"}):
        with pytest.raises(refusals.PayerUnclear):
            engaged(people, plan, now, **more)
    with pytest.raises(NotAllowed):
        engaging.engage_third_party(
            by=people.community_staff, now=now, plan=plan, agency_name="x", payer="STREET", agreed_on=DAY
        )
    assert not ThirdPartyEngagement.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_walls_of_the_engagement(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    agency = OrganizationFactory(active=True, division=people.places["street"])
    row = engaged(people, plan, now, agency=agency)
    table = f"UPDATE projects_thirdpartyengagement SET {{}} WHERE id = {row.pk}"
    shared = manager_of(agency)
    OrganizationAppointmentFactory(organization=OrganizationFactory(active=True), user=shared)

    with owner():
        alone("thirdpartyengagement:independent", table.format(f"agency_id = {people.organization.pk}"))
    payer = f"payer = 'ORGANIZATION', payer_organization_id = {people.organization.pk}"
    with owner():
        alone("thirdpartyengagement:independent", table.format(payer))
        alone("thirdpartyengagement_payer_is_known", table.format("fee = -1"))
        alone("thirdpartyengagement_names_the_paying_organization", table.format("payer = 'ORGANIZATION'"))
        alone("thirdpartyengagement_without_a_payer_costs_nothing", table.format("payer = 'NOBODY'"))
        alone("thirdpartyengagement_names_the_third_party", table.format("agency_name = ''"))
    OrganizationAppointmentFactory(organization=agency, user=people.manager)
    change_refused("thirdpartyengagement_shares_nobody", row, "fee = fee")


# --- The judged


def committee_plan(people: SimpleNamespace) -> EvaluationPlan:
    body = BodyFactory(division=people.community)
    plan: EvaluationPlan = PlanFactory(
        division=people.community,
        subject_kind="COMMITTEE",
        subject_name=body.name,
        implementer=None,
        body=body,
        template=TemplateFactory(subject_kind="COMMITTEE"),
        planned_by=people.street_officer,
    )
    return plan


@pytest.mark.django_db(transaction=True)
def test_members_do_not_judge_their_body_nor_anybody_their_own_work(
    people: SimpleNamespace, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    plan = committee_plan(people)
    BodyMembershipFactory(body=plan.body, user=people.resident)
    grid = PlanFactory(
        division=people.community,
        subject_kind="GRID_WORK",
        subject_name="第一网格",
        implementer=None,
        worker=people.stranger,
        template=TemplateFactory(subject_kind="GRID_WORK"),
    )

    for row, person, why in (
        (plan, people.resident, "sits or sat in it"),
        (grid, people.stranger, "it is their own work"),
    ):
        with override("en"), pytest.raises(refusals.EvaluatorTied, match=why):
            operations.invite(
                by=people.street_officer,
                now=now,
                plan=row,
                party="THIRD_PARTY",
                method="INTERVIEW",
                evaluators=[person],
            )
        with owner():
            alone(
                "evaluationtask:nobody_tied",
                "INSERT INTO projects_evaluationtask (plan_id, party, method, evaluator_id, number, token_hash, invited_at,"
                " invited_by_id) VALUES (%s, 'THIRD_PARTY', 'INTERVIEW', %s, 77, 'x', now(), %s)",
                row.pk,
                person.pk,
                people.street_officer.pk,
            )


@pytest.mark.parametrize("still", [True, False])
def test_a_tie_written_down_at_the_same_moment_is_refused_in_words(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime, monkeypatch: pytest.MonkeyPatch, still: bool
) -> None:
    """The rules are asked before the other's tie is committed; `still`: whether it can be read when the wall has refused."""
    grid = PlanFactory(
        division=people.community,
        subject_kind="GRID_WORK",
        subject_name="第一网格",
        implementer=None,
        worker=people.stranger,
        template=TemplateFactory(subject_kind="GRID_WORK"),
    )
    monkeypatch.setattr(operations, "refuse_tied", lambda *_asked: None)
    if not still:
        monkeypatch.setattr(checks, "refuse_tied", lambda *_asked: None)

    for row, person, judged in ((plan, people.manager, people.organization.name), (grid, people.stranger, "第一网格")):
        given = {"plan": row, "party": "THIRD_PARTY", "method": "INTERVIEW", "evaluators": [person]}
        with pytest.raises(refusals.EvaluatorTied, match=judged) as caught:
            operations.invite(by=people.street_officer, now=now, **given)
        over = session_client(people.street_officer).post(
            f"/api/v1/evaluations/{row.pk}/invite",
            {"party": "THIRD_PARTY", "method": "INTERVIEW", "evaluators": [person.username]},
            format="json",
        )

        assert caught.value.params["reasons"]
        assert (over.status_code, over.json()["code"]) == (403, "evaluator_tied")
        assert not row.tasks.exists()


@pytest.mark.parametrize(
    ("kind", "refusal"), [("COMMITTEE", refusals.BodyMissing), ("GRID_WORK", refusals.WorkerMissing)]
)
def test_what_is_judged_is_named_by_its_key(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, entry: Any, kind: str, refusal: type[Exception]
) -> None:
    template = TemplateFactory(subject_kind=kind)
    given = entry(subject_kind=kind, template=template, implementer=None)

    with pytest.raises(refusal):
        operations.plan_evaluation(by=people.street_officer, now=now, today=today, **given)
    with pytest.raises(refusals.SubjectUnfit):
        operations.plan_evaluation(by=people.street_officer, now=now, today=today, **entry(worker=people.stranger))
    body = BodyFactory(division=people.community)
    with pytest.raises(refusals.SubjectUnfit):
        operations.plan_evaluation(by=people.street_officer, now=now, today=today, **entry(body=body))


@pytest.mark.django_db(transaction=True)
def test_who_is_judged_stays(people: SimpleNamespace, owner: Callable[[], Any]) -> None:
    plan, other = committee_plan(people), BodyFactory(division=people.community)
    statement = "UPDATE projects_evaluationplan SET {} WHERE id = %s"
    project = PlanFactory(division=people.community, planned=True)

    with owner():
        alone("evaluationplan:subject_stays", statement.format(f"body_id = {other.pk}"), plan.pk)
        alone(
            "evaluationplan_body_of_a_committee",
            statement.format(f"body_id = {other.pk}"),
            project.pk,
            beside=["evaluationplan:subject_stays"],
        )
        alone(
            "evaluationplan_worker_where_work_is_judged",
            statement.format(f"worker_id = {people.stranger.pk}"),
            project.pk,
            beside=["evaluationplan:subject_stays"],
        )


# --- Records


@pytest.fixture
def interview(people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime) -> EvaluationAnswer:
    [(_task, token)] = operations.invite(
        by=people.street_officer,
        now=now,
        plan=plan,
        party="THIRD_PARTY",
        method="INTERVIEW",
        evaluators=[people.stranger],
    )
    return operations.answer(now=now, token=token, marks={"1": 4, "2": 5}, by=people.stranger)


RECORD = {"held_on": DAY, "place": "三八路社区议事厅", "present": 6, "findings": "现场查看扶手，居民反映安装牢固。"}


def test_an_interview_leaves_a_record_with_the_signed_sheet(
    people: SimpleNamespace, interview: EvaluationAnswer, now: dt.datetime
) -> None:
    row = recording.hand_in_record(by=people.stranger, now=now, answer=interview, **RECORD, sheet=("评分表.pdf", SHEET))

    assert (row.present, row.entered_by, row.sheet.visibility) == (6, people.stranger, "RESTRICTED")
    with pytest.raises(refusals.RecordTwice):
        recording.hand_in_record(by=people.stranger, now=now, answer=interview, **RECORD)
    with pytest.raises(refusals.RecordTwice):
        recording.hand_in_record(by=people.stranger, now=now, answer=interview, **RECORD, sheet=("b.pdf", SHEET))
    assert (AnswerRecord.objects.count(), Attachment.objects.count()) == (1, 1)
    entry = AuditEntry.objects.get(verb="projects.evaluation.record_handed_in")
    assert entry.after == {"slip": interview.task.number, "held_on": "2026-03-02", "present": 6}


@pytest.mark.parametrize(
    "wrong",
    [
        {"held_on": dt.date(2025, 12, 31)},
        {"held_on": dt.date(2026, 3, 31)},
        {"present": 0},
        {"place": " "},
        {"findings": " "},
        {"findings": "很" * 5001},
    ],
)
def test_an_unfit_record_is_refused(
    people: SimpleNamespace, interview: EvaluationAnswer, now: dt.datetime, wrong: dict[str, Any]
) -> None:
    with pytest.raises(refusals.RecordUnfit):
        recording.hand_in_record(by=people.stranger, now=now, answer=interview, **{**RECORD, **wrong})
    assert not AnswerRecord.objects.exists()


def test_records_are_for_the_evaluator_and_for_methods_on_the_spot(
    people: SimpleNamespace, interview: EvaluationAnswer, plan: EvaluationPlan, now: dt.datetime
) -> None:
    answered(plan, "RESIDENTS", [(5, 5)])
    slip = EvaluationAnswer.objects.get(method="QUESTIONNAIRE")

    with pytest.raises(NotAllowed):
        recording.hand_in_record(by=people.resident, now=now, answer=interview, **RECORD)
    with pytest.raises(refusals.RecordUnfit):
        recording.hand_in_record(by=people.street_officer, now=now, answer=slip, **RECORD)
    assert not AnswerRecord.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_walls_of_the_record(
    people: SimpleNamespace, interview: EvaluationAnswer, plan: EvaluationPlan, owner: Callable[[], Any]
) -> None:
    answered(plan, "RESIDENTS", [(5, 5)])
    slip = EvaluationAnswer.objects.get(method="QUESTIONNAIRE")
    insert = (
        "INSERT INTO projects_answerrecord (answer_id, held_on, place, present, findings, entered_at, entered_by_id)"
        " VALUES (%s, %s, %s, 1, 'x', now(), %s)"
    )

    with owner():
        alone("answerrecord:of_an_interview_or_meeting", insert, slip.pk, DAY, "x", people.stranger.pk)
    outside = dt.date(2020, 1, 1)
    with owner():
        alone("answerrecord:of_an_interview_or_meeting", insert, interview.pk, outside, "x", people.stranger.pk)
        alone("answerrecord_is_complete", insert, interview.pk, DAY, "", people.stranger.pk)
    with connection.cursor() as cursor:
        cursor.execute(insert, [interview.pk, DAY, "x", people.stranger.pk])
    with owner():
        alone("answerrecord:append_only", "UPDATE projects_answerrecord SET present = 9")
