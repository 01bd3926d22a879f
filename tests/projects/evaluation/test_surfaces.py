"""Evaluations through the API, on the pages and at the desk."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from governance.accounts.models import IdempotencyKey
from governance.audit.models import AuditEntry
from projects.evaluation import operations
from projects.evaluation.models import (
    EvaluationAnswer,
    EvaluationPlan,
    EvaluationTask,
    EvaluationTemplate,
    EvaluatorTie,
)
from projects.evaluation.policy import canonical
from projects.evaluation.queries import hash_of
from tests.factories.projects_evaluation import PlanFactory, TaskFactory, answered, closed_plan
from tests.people import desk_client, session_client, sign_in
from tests.projects.evaluation.conftest import slips
from tests.projects.evaluation.test_results import after_notice, computed, publicised

pytestmark = pytest.mark.django_db
BASE = "/api/v1"
MARKS = {"1": 5, "2": 4}


@pytest.fixture
def here(people: SimpleNamespace) -> EvaluationPlan:
    """A plan that collects answers in these days."""
    today = timezone.localdate()
    found: EvaluationPlan = PlanFactory(
        division=people.community,
        implementer=people.organization,
        template=people.template,
        opens_on=today - dt.timedelta(days=1),
        closes_on=today + dt.timedelta(days=1),
    )
    return found


@pytest.fixture
def public(people: SimpleNamespace, now: dt.datetime) -> EvaluationPlan:
    """A publicised result with enough residents to show their marks."""
    plan = PlanFactory(division=people.community, implementer=people.organization, planned_by=people.street_officer)
    answered(plan, "RESIDENTS", [(5, 5)] * 4 + [(4, 3)] * 2)
    answered(plan, "PARTY_ORGANIZATION", [(4, 4)], method="MEETING")
    answered(plan, "THIRD_PARTY", [(3, 4)], method="INTERVIEW")
    EvaluationPlan.objects.filter(pk=plan.pk).update(status="CLOSED", closed_at=now)
    return publicised(people, plan, now)


def browser(user: Any = None) -> Client:
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# --- API


def test_the_list_shows_what_is_public(people: SimpleNamespace, public: EvaluationPlan, here: EvaluationPlan) -> None:
    everybody = session_client(None).get(f"{BASE}/evaluations").json()["results"]
    staff = session_client(people.community_staff).get(f"{BASE}/evaluations").json()["results"]

    assert [row["id"] for row in everybody] == [public.pk]
    assert [row["id"] for row in staff] == [here.pk, public.pk]
    [result] = everybody[0]["results"]
    assert (result["version"], result["satisfaction"], result["response"]) == (1, "75.0", "100.0")
    assert (result["satisfied"], result["valid_for_satisfaction"], result["is_small_sample"]) == (6, 8, True)
    # 0.3 x 75 + 0.4 x (4 x 100 + 2 x 68.75)/6 + 0.3 x 56.25
    assert (result["score"], result["grade"]) == ("75.20", "GOOD")


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(
    people: SimpleNamespace, now: dt.datetime, count: int, django_assert_num_queries: Any
) -> None:
    for _number in range(count):
        publicised(people, closed_plan(division=people.community, planned_by=people.street_officer), now)
    client = session_client(None)

    with django_assert_num_queries(3):
        assert len(client.get(f"{BASE}/evaluations").json()["results"]) == count


def test_the_tokens_of_slips_are_kept_nowhere(people: SimpleNamespace, here: EvaluationPlan) -> None:
    """An answer that was lost is not repeated with its tokens; the slips are made once all the same."""
    street, wanted = (
        session_client(people.street_officer),
        {"party": "RESIDENTS", "method": "QUESTIONNAIRE", "count": 2},
    )
    address, key = f"{BASE}/evaluations/{here.pk}/invite", {"Idempotency-Key": "slips-1"}

    made = street.post(address, wanted, format="json", headers=key)
    again = street.post(address, wanted, format="json", headers=key)

    assert (made.status_code, again.status_code, again.json()["code"]) == (201, 409, "answer_told_once")
    assert again["Idempotency-Replayed"] == "true"
    assert here.tasks.count() == 2
    kept = bytes(IdempotencyKey.objects.get().body).decode()
    assert not [one["token"] for one in made.json() if one["token"] in kept]


def test_a_system_that_collects_reads_how_far_it_is(
    people: SimpleNamespace, here: EvaluationPlan, now: dt.datetime
) -> None:
    answered(here, "RESIDENTS", [(5, 5)] * 2)
    waiting = TaskFactory(plan=here, party="RESIDENTS", method="QUESTIONNAIRE")
    paper = {"number": waiting.number, "marks": MARKS}
    assert (
        session_client(people.street_officer)
        .post(f"{BASE}/evaluations/{here.pk}/paper-answers", paper, format="json")
        .json()["waits_for_second_person"]
    )

    told = session_client(people.street_officer).get(f"{BASE}/evaluations/{here.pk}/collection").json()

    assert (told["answers"], told["minimum"], told["waiting"]) == (2, here.minimum_answers, [waiting.number])
    assert told["lacking"] == max(here.minimum_answers - 2, 0)
    residents = next(row for row in told["parties"] if (row["party"], row["method"]) == ("RESIDENTS", "QUESTIONNAIRE"))
    assert (residents["invited"], residents["answers"]) == (3, 2)
    for stranger in (None, people.resident):
        answer = session_client(stranger).get(f"{BASE}/evaluations/{here.pk}/collection")
        assert answer.status_code in {401, 403, 404}


def test_the_calculation_can_be_checked_by_anybody(people: SimpleNamespace, public: EvaluationPlan) -> None:
    [row] = session_client(None).get(f"{BASE}/evaluations/{public.pk}/calculation").json()

    assert hashlib.sha256(canonical(row["details"])).hexdigest() == row["digest"]


def test_an_evaluation_goes_its_way_through_the_api(people: SimpleNamespace) -> None:
    today = timezone.localdate()
    body = {
        "title": "评估",
        "subject_kind": "PROJECT",
        "subject_name": "扶手",
        "division": people.community.pk,
        "template": people.template.pk,
        "implementer": people.organization.pk,
        "period_from": "2026-01-01",
        "period_to": "2026-03-01",
        "opens_on": str(today),
        "closes_on": str(today),
    }
    street = session_client(people.street_officer)

    refused = session_client(people.community_staff).post(f"{BASE}/evaluations", body, format="json")
    made = street.post(f"{BASE}/evaluations", body, format="json")
    path = f"{BASE}/evaluations/{made.json()['id']}"
    opened = street.post(f"{path}/open")
    invited = street.post(
        f"{path}/invite", {"party": "RESIDENTS", "method": "QUESTIONNAIRE", "count": 2}, format="json"
    )
    tied = street.post(
        f"{path}/invite",
        {"party": "THIRD_PARTY", "method": "INTERVIEW", "evaluators": [people.manager.username]},
        format="json",
    )
    [first, _second] = invited.json()
    given = {"token": first["token"], "marks": MARKS}
    answers = [session_client(None).post(f"{BASE}/evaluations/answers", given, format="json") for _time in range(2)]
    unknown = session_client(None).post(f"{BASE}/evaluations/answers", {**given, "token": "x"}, format="json")
    paper = session_client(people.community_staff).post(
        f"{path}/paper-answers", {"number": 2, "marks": {"1": 6, "2": 1}}, format="json"
    )

    assert (refused.status_code, made.status_code, opened.json()["status"]) == (403, 201, "COLLECTING")
    assert (invited.status_code, [row["number"] for row in invited.json()]) == (201, [1, 2])
    assert (tied.status_code, tied.json()["code"]) == (403, "evaluator_tied")
    assert [(row.status_code, row.json().get("code")) for row in answers] == [(201, None), (409, "token_used")]
    assert (unknown.status_code, unknown.json()["code"]) == (404, "token_unknown")
    assert (paper.status_code, paper.json()["code"]) == (400, "marks_unfit")
    assert EvaluationAnswer.objects.count() == 1


def test_messages_are_for_those_concerned(people: SimpleNamespace, public: EvaluationPlan, now: dt.datetime) -> None:
    operations.push_final(by=people.system, now=after_notice(people, now))

    organization = session_client(people.manager).get(f"{BASE}/pushed-results").json()["results"]
    nobody = session_client(people.resident).get(f"{BASE}/pushed-results")
    read = session_client(people.manager).post(f"{BASE}/pushed-results/{organization[0]['id']}/confirm")

    assert [row["recipient"] for row in organization] == ["ORGANIZATION"]
    assert (organization[0]["score"], organization[0]["version"]) == ("75.20", 1)
    assert nobody.status_code == 403
    assert read.json()["read_at"] is not None


# --- Pages


def test_a_slip_is_answered_on_the_phone(people: SimpleNamespace, here: EvaluationPlan, english: None) -> None:
    [token] = slips(people, here, timezone.now(), 1)
    client, address = browser(), f"/answers/{token}/"

    shown = client.get(address)
    incomplete = client.post(address, {"question_1": "5", "comment": "很好"})
    blocked = client.post(address, {"question_1": "5", "question_2": "4", "comment": "13812345678"})
    taken = client.post(address, {"question_1": "5", "question_2": "4", "comment": "很好"})
    again = client.get(address)

    assert (shown.status_code, incomplete.status_code, blocked.status_code) == (200, 400, 400)
    assert "13812345678" in blocked.content.decode()
    assert "做得好吗" in text(shown)
    assert "很好" in incomplete.content.decode()
    assert "personal numbers" in text(blocked)
    assert "Thank you" in text(taken)
    assert (again.status_code, "already been used" in text(again)) == (409, True)
    assert shown["Cache-Control"] == "private, no-store"
    assert EvaluationAnswer.objects.get().marks == MARKS


def test_every_reason_why_not_has_its_page(people: SimpleNamespace, plan: EvaluationPlan, english: None) -> None:
    planned = PlanFactory(division=people.community, planned=True)
    early = TaskFactory(plan=planned, token_hash=hash_of("AAAA"))
    late = TaskFactory(plan=plan, token_hash=hash_of("BBBB"))
    client = browser()

    pages = {token: client.get(f"/answers/{token}/") for token in ("AAAA", "BBBB", "CCCC")}

    assert [page.status_code for page in pages.values()] == [409, 409, 404]
    assert "has not been opened" in text(pages["AAAA"])
    assert "ended on 2026-03-07" in text(pages["BBBB"])
    assert "not valid" in text(pages["CCCC"])
    assert early.plan != late.plan


def test_the_characters_of_a_slip_lead_to_it(people: SimpleNamespace, here: EvaluationPlan, english: None) -> None:
    [token] = slips(people, here, timezone.now(), 1)
    client = browser()

    found = client.post("/answers/", {"token": f"{token[:8].lower()} {token[8:]}"})
    unknown = client.post("/answers/", {"token": "ABC"})

    assert (found.status_code, client.get(found["Location"]).status_code) == (302, 200)
    assert "not valid" in text(unknown)
    assert (unknown.status_code, 'value="ABC"' in unknown.content.decode()) == (400, True)


def test_a_named_invitation_asks_for_the_person(people: SimpleNamespace, here: EvaluationPlan) -> None:
    [(_task, token)] = operations.invite(
        by=people.street_officer,
        now=timezone.now(),
        plan=here,
        party="THIRD_PARTY",
        method="INTERVIEW",
        evaluators=[people.stranger],
    )
    address = f"/answers/{token}/"

    assert browser().get(address).status_code == 302
    assert browser(people.resident).get(address).status_code == 403
    assert browser(people.stranger).get(address).status_code == 200


def test_slips_are_printed_once_with_their_codes(people: SimpleNamespace, here: EvaluationPlan) -> None:
    client, address = browser(people.street_officer), f"/evaluations/{here.pk}/invitations/"

    empty = client.post(address, {"party": "RESIDENTS", "method": "QUESTIONNAIRE"})
    printed = client.post(address, {"party": "RESIDENTS", "method": "QUESTIONNAIRE", "count": "3"})
    tokens = re.findall(r"/answers/([0-9A-Z]{16})/", printed.content.decode())

    assert empty.status_code == 400
    assert len(set(tokens)) == 3
    assert printed.content.decode().count('class="qr"') == 3
    assert printed["Cache-Control"] == "no-store"
    assert {hash_of(token) for token in tokens} == set(EvaluationTask.objects.values_list("token_hash", flat=True))
    assert browser(people.community_staff).get(address).status_code == 404
    assert browser().get(address).status_code == 404


def test_paper_is_entered_on_a_page(people: SimpleNamespace, here: EvaluationPlan, english: None) -> None:
    slips(people, here, timezone.now(), 1)
    client, address = browser(people.community_staff), f"/evaluations/{here.pk}/paper/"

    wrong = client.post(address, {"number": "9", "question_1": "5", "question_2": "4"})
    once = client.post(address, {"number": "1", "question_1": "5", "question_2": "4"})
    taken = browser(people.street_officer).post(address, {"number": "1", "question_1": "5", "question_2": "4"})

    assert once.status_code == 302
    assert "no slip with the number 9" in text(wrong)
    assert (wrong.status_code, 'value="9"' in wrong.content.decode()) == (400, True)
    assert (taken.status_code, EvaluationAnswer.objects.get().source) == (302, "PAPER")


def test_the_result_page_explains_every_line(public: EvaluationPlan, english: None) -> None:
    page = browser().get(public.get_absolute_url())
    shown = text(page)

    assert page.status_code == 200
    assert page.content.decode().count("<svg") >= 2
    for words in (
        "75.20",
        "Good",
        "75.0%",
        "6 of n = 8",
        "small sample",
        "30% × 75.00 + 40% × 89.58 + 30% × 56.25",
        "never rounded up",
        public.results.get().digest,
    ):
        assert words.lower() in shown.lower()


def test_the_page_of_an_unpublished_result_is_not_there(
    people: SimpleNamespace, now: dt.datetime, english: None
) -> None:
    plan = computed(people, closed_plan(division=people.community, planned_by=people.street_officer), now)
    address = plan.get_absolute_url()

    assert browser().get(address).status_code == 404
    assert browser(people.resident).get(address).status_code == 404
    assert "75.00" in text(browser(people.community_staff).get(address))


def test_staff_take_the_steps_on_the_page(people: SimpleNamespace, now: dt.datetime) -> None:
    plan = computed(people, closed_plan(division=people.community, planned_by=people.street_officer), now)
    acts = f"/evaluations/{plan.pk}/acts"
    reviewer, officer = browser(people.street_reviewer), browser(people.street_officer)

    refused = officer.post(f"{acts}/review/", {"note": ""})
    unknown = reviewer.post(f"{acts}/leave_out/", {"number": "99", "reason": "x"})
    left_out = reviewer.post(f"{acts}/leave_out/", {"number": "1", "reason": "与机构有关系"})
    reviewed = reviewer.post(f"{acts}/review/", {"note": "无误"})
    publicised_ = officer.post(f"{acts}/publicise/")
    nowhere = officer.post(f"{acts}/compute/")

    plan.refresh_from_db()
    assert (refused.status_code, unknown.status_code) == (400, 400)
    assert [answer.status_code for answer in (left_out, reviewed, publicised_, nowhere)] == [302, 302, 302, 404]
    assert (plan.status, plan.results.count()) == ("PUBLICISED", 2)


def test_the_list_of_a_place(people: SimpleNamespace, public: EvaluationPlan, here: EvaluationPlan) -> None:
    page = text(browser().get(f"/divisions/{people.community.pk}/evaluations/"))

    assert public.title in page
    assert here.title not in page


# --- Desk


def test_the_desk_plans_and_moves(people: SimpleNamespace) -> None:
    today = timezone.localdate()
    client = desk_client(people.street_officer)
    body = {
        "title": "台账评估",
        "subject_kind": "PROJECT",
        "subject_name": "扶手",
        "division": people.community.pk,
        "implementer": people.organization.pk,
        "template": people.template.pk,
        "period_from": "2026-01-01",
        "period_to": "2026-03-01",
        "opens_on": str(today),
        "closes_on": str(today),
    }

    wrong = client.post("/desk/projects/evaluationplan/add/", {**body, "period_to": "2026-01-01"})
    made = client.post("/desk/projects/evaluationplan/add/", body)
    plan = EvaluationPlan.objects.get()
    opened = client.post(f"/desk/projects/evaluationplan/{plan.pk}/moves/open/")

    plan.refresh_from_db()
    assert (wrong.status_code, made.status_code, opened.status_code, plan.status) == (200, 302, 302, "COLLECTING")


def test_the_desk_drafts_templates_and_records_ties(people: SimpleNamespace) -> None:
    client = desk_client(people.district_admin)

    made = client.post(
        "/desk/projects/evaluationtemplate/add/",
        {"key": "desk", "title": "评估表", "subject_kind": "PROJECT", "questions": "好吗？|2\n满意吗？|1|*"},
    )
    template = EvaluationTemplate.objects.get(key="desk")
    published = desk_client(people.second_admin).post(f"/desk/projects/evaluationtemplate/{template.pk}/moves/publish/")
    tie = client.post(
        "/desk/projects/evaluatortie/add/",
        {
            "organization": people.organization.pk,
            "user": people.second_admin.username,
            "kind": "PAID",
            "valid_from": "2026-01-01",
        },
    )

    template.refresh_from_db()
    assert (made.status_code, published.status_code, tie.status_code) == (302, 302, 302)
    assert template.status == "PUBLISHED"
    assert list(template.questions.values_list("weight", "is_satisfaction")) == [(2, False), (1, True)]
    assert EvaluatorTie.objects.get().user == people.second_admin
    assert AuditEntry.objects.filter(verb="projects.tie.recorded").count() == 1
