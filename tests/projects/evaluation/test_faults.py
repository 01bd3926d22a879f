"""A slip that is used twice in the same moment over HTTP, evaluators with a tie, 29 answers: what each surface says."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from governance.audit.models import AuditEntry
from projects.evaluation import operations
from projects.evaluation.computing import compute_chunk
from projects.evaluation.models import EvaluationAnswer, EvaluationPlan, EvaluationTask
from tests.factories.projects_evaluation import PlanFactory, TieFactory
from tests.funds.charity.test_concurrency import together
from tests.people import session_client, sign_in
from tests.projects.evaluation.conftest import slips

MARKS = {"question_1": "5", "question_2": "4"}


@pytest.fixture
def here(people: SimpleNamespace) -> EvaluationPlan:
    """A plan that collects answers today."""
    today = timezone.localdate()
    found: EvaluationPlan = PlanFactory(
        division=people.community,
        implementer=people.organization,
        template=people.template,
        planned_by=people.street_officer,
        opens_on=today - dt.timedelta(days=1),
        closes_on=today + dt.timedelta(days=5),
        minimum_answers=30,
    )
    return found


@pytest.mark.django_db(transaction=True)
def test_one_slip_sent_from_many_phones_at_once_answers_once(people: SimpleNamespace, here: EvaluationPlan) -> None:
    [token] = slips(people, here, timezone.now(), 1)

    answers = together(lambda _number: Client().post(f"/answers/{token}/", MARKS).status_code)

    assert sorted(answers) == [200, *[409] * (len(answers) - 1)]
    assert EvaluationAnswer.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("surface", ["page", "api"])
def test_an_evaluator_with_a_tie_is_named_with_the_reason(
    people: SimpleNamespace, here: EvaluationPlan, surface: str
) -> None:
    tied = TieFactory(organization=people.organization).user
    body = {"party": "THIRD_PARTY", "method": "INTERVIEW", "evaluators": [tied.username]}
    before = EvaluationTask.objects.count(), AuditEntry.objects.count()

    if surface == "api":
        answer: Any = session_client(people.street_officer).post(
            f"/api/v1/evaluations/{here.pk}/invite", body, format="json", headers={"accept-language": "en"}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "evaluator_tied")
    else:
        client = Client()
        sign_in(client, people.street_officer)
        answer = client.post(f"/evaluations/{here.pk}/invitations/", {**body, "evaluators": tied.username, "count": ""})
        assert answer.status_code == 400

    assert people.organization.name in answer.content.decode()
    assert (EvaluationTask.objects.count(), AuditEntry.objects.count()) == before


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(("count", "grade"), [(27, "INSUFFICIENT"), (28, "EXCELLENT")])
def test_29_answers_give_no_grade_and_the_page_says_why(
    people: SimpleNamespace, here: EvaluationPlan, count: int, grade: str
) -> None:
    """So many residents, one of the party organization and one third party: 29 and 30 answers."""
    now, by = timezone.now(), people.street_officer
    for token in slips(people, here, now, count):
        operations.answer(now=now, token=token, marks={"1": 5, "2": 5})
    named = (("PARTY_ORGANIZATION", "MEETING", people.neighbor_resident), ("THIRD_PARTY", "INTERVIEW", people.stranger))
    for party, method, person in named:
        given = {"plan": here, "party": party, "method": method, "evaluators": [person]}
        [(_task, token)] = operations.invite(by=by, now=now, **given)
        operations.answer(now=now, token=token, marks={"1": 5, "2": 5}, by=person)
    operations.close_due(by=people.system, now=now, today=here.closes_on + dt.timedelta(days=1))

    compute_chunk(by=people.system, plans=[here.pk], now=now)

    result = here.results.get()
    assert (result.answers, result.grade, result.score is None) == (count + 2, grade, grade == "INSUFFICIENT")
    client = Client()
    sign_in(client, people.district_admin)
    page = client.get(f"/evaluations/{here.pk}/").content.decode()
    assert str(result.get_grade_display()) in page
    assert ("29 answers came, 30 are needed for a grade" in page) is (grade == "INSUFFICIENT")
