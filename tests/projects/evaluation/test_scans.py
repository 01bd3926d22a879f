"""A signed score sheet comes with its scan by the same rule on the page and in the API; staff's acts in the API."""

from __future__ import annotations

import datetime as dt
import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from communities.notices.models import Attachment
from projects.evaluation.computing import compute_chunk
from projects.evaluation.models import AnswerRecord, EvaluationAnswer, ThirdPartyEngagement
from tests.factories.projects_evaluation import TemplateFactory, closed_plan
from tests.factories.socialorgs_register import OrganizationFactory
from tests.people import session_client
from tests.projects.evaluation.conftest import slips
from tests.projects.evaluation.test_surfaces import browser

pytestmark = pytest.mark.django_db
BASE = "/api/v1"


def scan(name: str = "评分表.png", content: bytes | None = None) -> SimpleUploadedFile:
    kept = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(kept, "PNG")
    return SimpleUploadedFile(name, content if content is not None else kept.getvalue())


def found(**more: Any) -> dict[str, Any]:
    return {"held_on": str(timezone.localdate()), "place": "议事厅", "present": "3", "findings": "已装好", **more}


def test_a_score_sheet_comes_with_its_scan_in_one_call(people: SimpleNamespace, invited: Any) -> None:
    api, path = session_client(people.stranger), f"{BASE}/evaluation-invitations/{invited.pk}/answer"
    record = {f"record.{name}": value for name, value in found().items()}

    unfit = api.post(
        path, {"marks.1": "5", "marks.2": "4", **record, "record.sheet": scan("a.exe", b"MZ")}, format="multipart"
    )
    taken = api.post(
        path, {"marks.1": "5", "marks.2": "4", "comment": "亮", **record, "record.sheet": scan()}, format="multipart"
    )

    assert (unfit.status_code, unfit.json()["code"]) == (400, "file_kind_unknown")
    row = AnswerRecord.objects.select_related("sheet", "answer").get()
    assert taken.status_code == 201
    assert (row.answer.marks, row.sheet.name, row.sheet.visibility) == ({"1": 5, "2": 4}, "评分表.png", "RESTRICTED")
    assert taken.json()["receipt"]["sheet_sha256"] == row.sheet.sha256
    assert Attachment.objects.count() == 1


def test_a_record_comes_with_its_scan_after_the_marks(people: SimpleNamespace, invited: Any) -> None:
    api, path = session_client(people.stranger), f"{BASE}/evaluation-invitations/{invited.pk}"
    api.post(f"{path}/answer", {"marks": {"1": 5, "2": 4}}, format="json")

    wrong = api.post(f"{path}/record", found(sheet=scan("评分表.pdf")), format="multipart")
    empty = api.post(f"{path}/record", found(sheet=scan("评分表.pdf", b"")), format="multipart")
    taken = api.post(f"{path}/record", found(sheet=scan()), format="multipart")

    assert (wrong.status_code, wrong.json()["code"]) == (400, "file_not_what_it_says")
    assert (empty.status_code, empty.json()["code"]) == (400, "file_kind_unknown")
    assert (taken.status_code, taken.json()["has_record"]) == (201, True)
    assert AnswerRecord.objects.get().sheet is not None


def test_page_and_api_refuse_the_same_files(people: SimpleNamespace, invited: Any) -> None:
    page = browser(people.stranger)
    page.post(f"/evaluation-invitations/{invited.pk}/", {"question_1": "5", "question_2": "4"})

    refused = [
        page.post(f"/evaluation-invitations/{invited.pk}/record/", found(sheet=file))
        for file in (scan("评分表.pdf"), scan("a.exe", b"MZ"))
    ]

    assert [answer.status_code for answer in refused] == [400, 400]
    assert not AnswerRecord.objects.exists()


def test_staff_hand_in_a_record_from_paper_with_its_scan(people: SimpleNamespace, invited: Any) -> None:
    path = f"{BASE}/evaluations/{invited.plan_id}/records"
    session_client(people.stranger).post(
        f"{BASE}/evaluation-invitations/{invited.pk}/answer", {"marks": {"1": 5, "2": 4}}, format="json"
    )

    foreign = session_client(people.manager).post(path, found(number=invited.number), format="json")
    unknown = session_client(people.street_officer).post(path, found(number=99), format="json")
    taken = session_client(people.street_officer).post(
        path, found(number=str(invited.number), sheet=scan()), format="multipart"
    )

    assert foreign.status_code in {403, 404}
    assert (unknown.status_code, unknown.json()["code"]) == (400, "slip_unknown")
    assert (taken.status_code, AnswerRecord.objects.get().entered_by) == (201, people.street_officer)


def test_the_third_party_is_recorded_through_the_api_unless_the_judged_pays(
    people: SimpleNamespace, invited: Any
) -> None:
    path, api = f"{BASE}/evaluations/{invited.plan_id}/third-party", session_client(people.street_officer)
    agency = OrganizationFactory(active=True, division=people.places["street"])
    given = {"agency": agency.pk, "payer": "STREET", "fee": "3000.00", "agreed_on": str(timezone.localdate())}

    paid = api.post(
        path,
        {**given, "payer": "ORGANIZATION", "payer_organization": people.organization.pk},
        format="json",
    )
    itself = api.post(path, {**given, "agency": people.organization.pk}, format="json")
    recorded = api.post(path, given, format="json")
    twice = api.post(path, given, format="json")

    assert [(answer.status_code, answer.json()["code"]) for answer in (paid, itself)] == [
        (403, "engagement_not_independent")
    ] * 2
    assert (recorded.status_code, recorded.json()["agency_name"]) == (201, agency.name)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_engaged")
    assert ThirdPartyEngagement.objects.count() == 1


def test_an_answer_is_left_out_through_the_api(people: SimpleNamespace, now: dt.datetime) -> None:
    plan = closed_plan(division=people.community, planned_by=people.street_officer)
    path = f"{BASE}/evaluations/{plan.pk}/left-out-answers"
    number = EvaluationAnswer.objects.filter(plan=plan, party="RESIDENTS").get().task.number
    given = {"number": number, "reason": "票送了人"}

    early = session_client(people.street_reviewer).post(path, given, format="json")
    compute_chunk(by=people.system, plans=[plan.pk], now=now)
    forbidden = session_client(people.street_officer).post(path, given, format="json")
    done = session_client(people.street_reviewer).post(path, given, format="json")
    twice = session_client(people.street_reviewer).post(path, given, format="json")

    assert (early.status_code, early.json()["code"]) == (409, "not_under_review")
    assert forbidden.status_code == 403
    assert (done.status_code, [row["version"] for row in done.json()["results"]]) == (201, [2, 1])
    assert (twice.status_code, twice.json()["code"]) == (409, "already_left_out")


def test_a_draft_is_corrected_through_the_api_and_what_is_in_use_is_not(people: SimpleNamespace) -> None:
    draft, used = TemplateFactory(drafted=True), people.template
    body = {"title": "新表", "questions": [{"text": "干净吗？", "weight": 2, "is_satisfaction": True}]}
    api = session_client(people.district_admin)

    corrected = api.post(f"{BASE}/evaluation-templates/{draft.pk}/correct", body, format="json")
    fixed = api.post(f"{BASE}/evaluation-templates/{used.pk}/correct", body, format="json")
    forbidden = session_client(people.street_officer).post(
        f"{BASE}/evaluation-templates/{used.pk}/correct", body, format="json"
    )

    assert (corrected.status_code, corrected.json()["questions"][0]["text"]) == (200, "干净吗？")
    assert (fixed.status_code, fixed.json()["code"]) == (409, "template_fixed")
    assert forbidden.status_code == 403


def test_a_template_changed_while_answers_come_in_touches_no_running_evaluation(
    people: SimpleNamespace, invited: Any
) -> None:
    plan, api = invited.plan, session_client(people.district_admin)
    key = plan.template.key
    body = {
        "key": key,
        "title": "新版",
        "subject_kind": "PROJECT",
        "questions": [{"text": "只问一句", "weight": 1, "is_satisfaction": True}],
    }

    drafted = api.post(f"{BASE}/evaluation-templates", body, format="json").json()
    published = session_client(people.second_admin).post(f"{BASE}/evaluation-templates/{drafted['id']}/publish")
    retired = session_client(people.second_admin).post(
        f"{BASE}/evaluation-templates/{plan.template_id}/retire", {"reason": "有新版"}, format="json"
    )
    [_first] = slips(people, plan, timezone.now(), 1)
    answered = session_client(people.stranger).post(
        f"{BASE}/evaluation-invitations/{invited.pk}/answer", {"marks": {"1": 5, "2": 4}}, format="json"
    )

    assert (drafted["version"], published.status_code, retired.status_code) == (2, 200, 200)
    assert [row["number"] for row in answered.json()["questions"]] == [1, 2]
    assert answered.status_code == 201
