"""Ties of persons to organizations: declared by themselves, recorded and ended by the office, on desk, page and API."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import ReasonMissing
from projects.evaluation import operations, refusals
from projects.evaluation.models import EvaluationAnswer, EvaluationPlan, EvaluationTask, EvaluatorTie
from projects.evaluation.queries import asked_by_now
from projects.evaluation.ties.operations import end_tie, record_tie
from tests.factories.communities import PostFactory
from tests.factories.projects_evaluation import LONG_AGO, PlanFactory, TaskFactory, TemplateFactory, TieFactory
from tests.people import desk_client, session_client, token_client

pytestmark = pytest.mark.django_db
BASE = "/api/v1/evaluator-ties"
SINCE = dt.date(2026, 1, 1)


@pytest.fixture
def invited(people: SimpleNamespace) -> EvaluationTask:
    """Somebody invited to interview for a third party that the template requires."""
    today = timezone.localdate()
    plan = PlanFactory(
        division=people.community,
        implementer=people.organization,
        template=TemplateFactory(methods={"THIRD_PARTY": ["INTERVIEW"]}),
        planned_by=people.street_officer,
        opens_on=today - dt.timedelta(days=1),
        closes_on=today + dt.timedelta(days=1),
    )
    made: EvaluationTask = TaskFactory(plan=plan, party="THIRD_PARTY", method="INTERVIEW", evaluator=people.stranger)
    return made


def body_of(people: SimpleNamespace, **more: Any) -> dict[str, Any]:
    return {"organization": people.organization.pk, "kind": "EMPLOYED", "valid_from": "2024-01-01", **more}


def refused(error: type[DomainError], act: Any, /, **given: Any) -> None:
    before = EvaluatorTie.objects.count(), AuditEntry.objects.count()

    with pytest.raises(error):
        act(**given)

    assert (EvaluatorTie.objects.count(), AuditEntry.objects.count()) == before


# --- Operations


def test_a_tie_is_recorded_by_the_office_or_declared(
    people: SimpleNamespace, invited: EvaluationTask, now: dt.datetime
) -> None:
    given: dict[str, Any] = {"now": now, "organization": people.organization, "kind": "PAID", "valid_from": SINCE}

    by_office = record_tie(by=people.street_officer, user=people.resident, **given)
    declared = record_tie(by=people.stranger, user=people.stranger, **given)

    assert (by_office.user, by_office.is_declared) == (people.resident, False)
    assert (declared.recorded_by, declared.is_declared) == (people.stranger, True)
    assert AuditEntry.objects.filter(verb="projects.tie.recorded").count() == 2
    refused(NotAllowed, record_tie, by=people.manager, user=people.resident, **given)
    refused(NotAllowed, record_tie, by=people.stranger, user=people.resident, **given)
    refused(NotAllowed, record_tie, by=people.resident, user=people.resident, **given)
    refused(refusals.TieUnclear, record_tie, by=people.street_officer, user=people.resident, valid_to=SINCE, **given)


def test_a_tie_ends_once_and_by_somebody_else(people: SimpleNamespace, now: dt.datetime) -> None:
    tie = TieFactory(organization=people.organization)
    own = TieFactory(organization=people.organization, user=people.street_officer)
    given: dict[str, Any] = {"now": now, "valid_to": SINCE, "reason": "劳动合同已解除"}

    refused(NotAllowed, end_tie, by=people.street_officer, tie=own, **given)
    refused(NotAllowed, end_tie, by=people.community_staff, tie=tie, **given)
    refused(ReasonMissing, end_tie, by=people.street_officer, tie=tie, **{**given, "reason": " "})
    refused(refusals.TieUnclear, end_tie, by=people.street_officer, tie=tie, **{**given, "valid_to": LONG_AGO})
    ended = end_tie(by=people.street_officer, tie=tie, **given)
    refused(refusals.TieEnded, end_tie, by=people.street_officer, tie=tie, **given)

    assert ended.valid_to == SINCE
    entry = AuditEntry.objects.get(verb="projects.tie.ended")
    assert (entry.after, entry.reason) == ({"valid_to": "2026-01-01"}, "劳动合同已解除")


def test_who_has_become_tied_is_asked_no_more_and_somebody_else_is_needed(
    people: SimpleNamespace, invited: EvaluationTask, now: dt.datetime
) -> None:
    def lacking() -> list[bool]:
        return [row.is_lacking for row in asked_by_now(invited.plan)]

    before = lacking(), EvaluationPlan.objects.to_invite_for().exists()
    record_tie(
        by=people.stranger,
        now=now,
        organization=people.organization,
        user=people.stranger,
        kind="FAMILY",
        valid_from=SINCE,
    )

    assert before == ([False], False)
    assert (lacking(), EvaluationPlan.objects.to_invite_for().get()) == ([True], invited.plan)
    with pytest.raises(refusals.EvaluatorTied):
        operations.answer_as_invited(by=people.stranger, now=timezone.now(), task=invited, marks={"1": 5, "2": 4})


# --- API


def test_a_third_party_system_declares_and_the_office_reads(people: SimpleNamespace, invited: EvaluationTask) -> None:
    evaluator, office = session_client(people.stranger), session_client(people.street_officer)

    made = evaluator.post(BASE, body_of(people), format="json")
    others = evaluator.post(BASE, body_of(people, user=people.resident.username), format="json")
    answered = evaluator.post(
        f"/api/v1/evaluation-invitations/{invited.pk}/answer", {"marks": {"1": 5, "2": 4}}, format="json"
    )
    [own] = evaluator.get(BASE).json()["results"]
    [read] = office.get(BASE, {"evaluation": invited.plan_id}).json()["results"]

    assert (made.status_code, made.json()["is_declared"]) == (201, True)
    assert (others.status_code, others.json()["code"]) == (403, "not_allowed")
    assert (answered.status_code, answered.json()["code"]) == (403, "evaluator_tied")
    assert not EvaluationAnswer.objects.exists()
    assert (own["is_own"], own["person"]) == (True, str(people.stranger))
    assert (read["is_own"], read["person"], read["kind"]) == (False, str(people.stranger), "EMPLOYED")


def test_the_office_records_and_ends_over_the_api(people: SimpleNamespace) -> None:
    office = session_client(people.street_officer)

    made = office.post(BASE, body_of(people, user=people.resident.username), format="json")
    path = f"{BASE}/{made.json()['id']}"
    backwards = office.post(f"{path}/end", {"valid_to": "2023-12-31", "reason": "已离职"}, format="json")
    ended = office.post(f"{path}/end", {"valid_to": "2025-01-01", "reason": "已离职"}, format="json")
    twice = office.post(f"{path}/end", {"valid_to": "2025-01-01", "reason": "已离职"}, format="json")

    assert (made.status_code, made.json()["is_declared"]) == (201, False)
    assert (backwards.status_code, backwards.json()["code"]) == (400, "tie_unclear")
    assert (ended.status_code, ended.json()["valid_to"]) == (200, "2025-01-01")
    assert (twice.status_code, twice.json()["code"]) == (409, "evaluator_tie_ended")


def test_who_sees_which_ties_and_whose_names(people: SimpleNamespace) -> None:
    person = people.resident
    type(person).objects.filter(pk=person.pk).update(display_name="欧阳文远")
    TieFactory(organization=people.organization, user=person)
    PostFactory(user=people.stranger, role="AUDITOR", division=people.places["street"])

    def names(client: Any) -> list[str]:
        answer = client.get(BASE)
        assert answer.status_code == 200
        return [row["person"] for row in answer.json()["results"]]

    assert names(session_client(people.street_officer)) == ["欧阳文远"]
    assert names(session_client(people.stranger)) == ["欧阳**"]
    assert names(session_client(person)) == ["欧阳文远"]
    assert names(session_client(people.other_street_officer)) == []
    assert names(session_client(people.enterprise_head)) == []
    assert names(token_client(people.street_officer, "projects:read")) == ["欧阳**"]
    assert names(token_client(people.street_reviewer, "projects:read", "pii:read")) == ["欧阳文远"]
    assert session_client(None).get(BASE).status_code == 401


def test_ties_that_count_in_an_evaluation(people: SimpleNamespace, invited: EvaluationTask) -> None:
    """The rule counts two years before the time that is judged; who worked there 18 months ago is among them."""
    begin = invited.plan.period_from
    late = TieFactory(organization=people.organization, valid_to=begin - dt.timedelta(days=548))
    TieFactory(organization=people.organization, valid_to=begin - dt.timedelta(days=740))
    TieFactory()
    office = session_client(people.district_admin)

    counted = office.get(BASE, {"evaluation": invited.plan_id}).json()["results"]
    of_place = office.get(BASE, {"division": people.places["street"].pk}).json()["results"]
    nothing = office.get(BASE, {"evaluation": 10**9}).json()["results"]

    assert [row["id"] for row in counted] == [late.pk]
    assert (len(of_place), nothing) == (2, [])


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(
    people: SimpleNamespace, invited: EvaluationTask, count: int, django_assert_num_queries: Any
) -> None:
    for _number in range(count):
        TieFactory(organization=people.organization)
    client = session_client(people.street_officer)

    with django_assert_num_queries(6):
        assert len(client.get(BASE, {"evaluation": invited.plan_id}).json()["results"]) == count


# --- Pages and desk


def test_the_invited_declare_on_the_page(people: SimpleNamespace, invited: EvaluationTask, english: None) -> None:
    client, base = desk_client(people.stranger), f"/evaluation-invitations/{invited.pk}/"

    asked = client.get(base).content.decode()
    wrong = client.post(f"{base}tie/", {"kind": "FAMILY", "valid_from": "2026-02-01", "valid_to": "2026-01-01"})
    done = client.post(f"{base}tie/", {"kind": "FAMILY", "valid_from": "2026-01-01"})
    shown = client.get(base).content.decode()
    listed = client.get("/evaluation-invitations/").content.decode()

    assert f"{base}tie/" in asked
    assert (wrong.status_code, "The tie must begin before it ends." in wrong.content.decode()) == (400, True)
    assert (done.status_code, EvaluatorTie.objects.get().user) == (302, people.stranger)
    assert "do not judge it: family of somebody who leads it" in shown
    assert "question_1" not in shown
    assert "withdrawn for a tie" in listed
    assert f'href="{base}"' not in listed
    other = desk_client(people.resident)
    assert other.get(f"{base}tie/").status_code == 404


def test_the_desk_ends_a_tie(people: SimpleNamespace, english: None) -> None:
    tie = TieFactory(organization=people.organization)
    client = desk_client(people.street_officer)
    path = f"/desk/projects/evaluatortie/{tie.pk}"

    shown = client.get(f"{path}/change/").content.decode()
    ended = client.post(f"{path}/deeds/end/", {"valid_to": "2026-01-01", "reason": "已离职"})

    tie.refresh_from_db()
    assert "Record the end" in shown
    assert (ended.status_code, tie.valid_to) == (302, SINCE)
