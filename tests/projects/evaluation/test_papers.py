"""Results taken along: on A4 and as a workbook; five kinds of things that are judged; what is never shown as 100."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from governance.printing import lacking
from projects.evaluation import operations
from projects.evaluation.computing import compute_chunk
from projects.evaluation.models import AnswerRecord, EvaluationAnswer, EvaluationPlan, EvaluationResult, PushMessage
from projects.evaluation.policy import SMALL_SAMPLE, canonical
from tests.factories.accounts import UserFactory
from tests.factories.communities import BodyFactory, PolicyParameterFactory, VenueFactory
from tests.factories.projects_evaluation import PlanFactory, TaskFactory, TemplateFactory, answered, walk_to
from tests.paper import needs_paper
from tests.people import session_client, token_client
from tests.projects.evaluation.test_results import after_notice, publicised
from tests.projects.evaluation.test_surfaces import browser, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def public(people: SimpleNamespace, now: dt.datetime) -> EvaluationPlan:
    """A publicised result with enough residents to show their marks."""
    plan = PlanFactory(division=people.community, implementer=people.organization, planned_by=people.street_officer)
    answered(plan, "RESIDENTS", [(5, 5)] * 4 + [(4, 3)] * 2)
    answered(plan, "PARTY_ORGANIZATION", [(4, 4)], method="MEETING")
    answered(plan, "THIRD_PARTY", [(3, 4)], method="INTERVIEW")
    walk_to(plan, ["CLOSED"])
    return publicised(people, plan, now)


def cells(answer: Any) -> list[Any]:
    book = load_workbook(io.BytesIO(answer.content))
    return [cell.value for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]


# --- Paper and workbook


def test_a_result_is_taken_along_with_its_calculation(public: EvaluationPlan, english: None) -> None:
    base, result = f"/evaluations/{public.pk}/result", public.results.get()

    found = cells(browser().get(f"{base}.xlsx"))

    assert found[0] == public.title
    for value in (75.2, 6, 8, 75, result.digest, "30% × 75.00 + 40% × 89.58 + 30% × 56.25"):
        assert any(value == cell or (isinstance(value, str) and value in str(cell)) for cell in found), value
    if not lacking():
        assert browser().get(f"{base}.pdf").content.startswith(b"%PDF")


def test_nobody_takes_along_what_was_not_publicised(people: SimpleNamespace, now: dt.datetime) -> None:
    plan = PlanFactory(division=people.community, planned_by=people.street_officer)
    for ending in ("pdf", "xlsx"):
        address = f"/evaluations/{plan.pk}/result.{ending}"
        assert browser().get(address).status_code == 404
        assert browser(people.street_officer).get(address).status_code == 404  # there is no result yet
        assert browser().get(f"/evaluations/999999999/result.{ending}").status_code == 404


def test_the_marks_of_few_residents_are_kept_from_the_files_too(people: SimpleNamespace, now: dt.datetime) -> None:
    plan = PlanFactory(division=people.community, implementer=people.organization, planned_by=people.street_officer)
    for party in ("RESIDENTS", "PARTY_ORGANIZATION", "THIRD_PARTY"):
        answered(plan, party, [(5, 4)])
    walk_to(plan, ["CLOSED"])
    publicised(people, plan, now)
    address = f"/evaluations/{plan.pk}/result.xlsx"

    def first_question(reader: Any) -> list[Any]:
        rows = load_workbook(io.BytesIO(browser(reader).get(address).content)).worksheets[0].iter_rows(values_only=True)
        return next(list(row[2:]) for row in rows if str(row[0]).startswith("1. "))

    # All three marked it 5: the public is told of the two that did not answer as one of few residents.
    assert first_question(None)[0] == 2
    assert first_question(people.street_officer)[0] == 3


# --- 99.6 is never 100, and few answers are marked


@needs_paper
def test_the_mark_of_a_small_sample_follows_the_rule_of_the_place(
    people: SimpleNamespace, public: EvaluationPlan, english: None
) -> None:
    """8 answers are few by the default of 30 and enough where the street has set 8: API, page, workbook and paper."""
    address = f"/evaluations/{public.pk}/"

    def told() -> list[bool]:
        [result] = session_client(None).get(f"/api/v1{address.rstrip('/')}").json()["results"]
        paper = PdfReader(io.BytesIO(browser().get(f"{address}result.pdf").content))
        shown = [
            text(browser().get(address)),
            cells(browser().get(f"{address}result.xlsx")),
            " ".join(page.extract_text() for page in paper.pages),
        ]
        return [result["is_small_sample"], *("small sample" in one for one in shown)]

    before = told()
    rule = PolicyParameterFactory(key=SMALL_SAMPLE.key, value=8, unit="answers", division=people.places["street"])
    type(rule).objects.filter(pk=rule.pk).update(status="ACTIVE", approved_by=UserFactory())

    assert (before, told()) == ([True] * 4, [False] * 4)


def test_99_6_is_shown_as_99_6_everywhere(people: SimpleNamespace, public: EvaluationPlan, english: None) -> None:
    """A later version with 249 of 250 satisfied: the page, the account, the files and the API cut off and never round up."""
    first = public.results.get()
    EvaluationResult.objects.create(
        plan=public,
        version=2,
        cause="OBJECTION",
        score=Decimal("99.99"),
        grade="EXCELLENT",
        answers=250,
        invited=251,
        satisfied=249,
        valid_for_satisfaction=250,
        details=first.details,
        digest=first.digest,
        computed_at=first.computed_at,
    )
    place = f"/divisions/{people.community.pk}/open-account"

    pages = [text(browser().get(address)) for address in (public.get_absolute_url(), f"{place}/?year=2026")]
    sheets = [cells(browser().get(address)) for address in (f"/evaluations/{public.pk}/result.xlsx", f"{place}.xlsx")]
    shown = session_client(None).get(f"/api/v1/evaluations/{public.pk}").json()["results"][0]

    for page in pages:
        assert "99.6%" in page
        assert "99.6% 249 of n = 250" in page
        assert "100%" not in page
    assert all(99.6 in sheet for sheet in sheets)
    assert (shown["satisfaction"], shown["response"], shown["score"]) == ("99.6", "99.6", "99.99")


# --- What is judged


@pytest.mark.parametrize(
    ("kind", "recipients"),
    [
        ("PROJECT", {"ORGANIZATION", "STREET", "REGISTRAR"}),
        ("ORGANIZATION", {"ORGANIZATION", "STREET", "REGISTRAR"}),
        ("SOCIAL_WORK", {"STREET", "REGISTRAR"}),
        ("COMMITTEE", {"BODY", "STREET", "REGISTRAR"}),
        ("VENUE", {"STREET", "REGISTRAR"}),
    ],
)
def test_each_kind_goes_from_the_plan_to_the_receipt(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, entry: Any, kind: str, recipients: set[str]
) -> None:
    more: dict[str, Any] = {"subject_kind": kind, "template": TemplateFactory(subject_kind=kind), "opens_on": today}
    if kind not in {"PROJECT", "ORGANIZATION"}:
        more["implementer"] = None
    if kind == "COMMITTEE":
        more["body"] = BodyFactory(division=people.community)
    if kind == "VENUE":
        more["venue"] = VenueFactory(division=people.community)
    plan = operations.plan_evaluation(by=people.street_officer, now=now, today=today, **entry(**more))
    plan = operations.open_evaluation(by=people.street_officer, now=now, plan=plan)
    answered(plan, "RESIDENTS", [(5, 5)] * 28)
    answered(plan, "PARTY_ORGANIZATION", [(4, 4)], method="MEETING")
    answered(plan, "THIRD_PARTY", [(4, 4)], method="INTERVIEW")
    after = now + dt.timedelta(days=30)
    operations.close_due(by=people.system, now=after, today=timezone.localdate(after))
    compute_chunk(by=people.system, plans=[plan.pk], now=after)
    publicised(people, plan, after)
    operations.push_final(by=people.system, now=after_notice(people, after))

    plan.refresh_from_db()
    assert (plan.status, plan.results.get().grade) == ("PUSHED", "GOOD")
    assert set(PushMessage.objects.values_list("recipient", flat=True)) == recipients
    street = PushMessage.objects.get(recipient="STREET")
    assert operations.read_message(by=people.street_officer, now=after, message=street).read_at == after


# --- The third party's own system


def test_a_score_sheet_is_sent_whole_and_its_receipt_can_be_read_again(people: SimpleNamespace, invited: Any) -> None:
    api, base = token_client(people.stranger, "projects:read", "projects:write"), "/api/v1/evaluation-invitations"
    record = {"held_on": str(timezone.localdate()), "place": "议事厅", "present": 3, "findings": "已装好"}
    sheet = {"marks": {"1": 5, "2": 4}, "comment": "楼道亮了", "record": record}
    key = {"HTTP_IDEMPOTENCY_KEY": "sheet-1"}

    listed = api.get(f"{base}?unanswered=true&evaluation={invited.plan_id}").json()["results"]
    unfit = api.post(f"{base}/{invited.pk}/answer", {**sheet, "record": {**record, "present": 0}}, format="json")
    late = {**record, "held_on": "2020-01-01"}
    refused = api.post(f"{base}/{invited.pk}/answer", {**sheet, "record": late}, format="json")
    assert not EvaluationAnswer.objects.exists()
    sent = [api.post(f"{base}/{invited.pk}/answer", sheet, format="json", **key) for _time in range(2)]
    other = api.post(f"{base}/{invited.pk}/answer", {"marks": {"1": 1, "2": 1}}, format="json", **key)
    read = api.get(f"{base}/{invited.pk}").json()["receipt"]

    taken = {"evaluation": invited.plan_id, "number": invited.number, "marks": sheet["marks"], "comment": "楼道亮了"}
    assert [(row["id"], row["receipt"]) for row in listed] == [(invited.pk, None)]
    assert (unfit.status_code, refused.status_code, refused.json()["code"]) == (400, 400, "record_unfit")
    assert [row.status_code for row in sent] == [201, 201]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert sent[0].json() == sent[1].json()
    assert sent[0].json()["receipt"] == read
    assert read["sha256"] == hashlib.sha256(canonical(taken)).hexdigest()
    assert read["record_taken_at"] is not None
    assert (EvaluationAnswer.objects.count(), AnswerRecord.objects.count()) == (1, 1)
    assert api.get(f"{base}?unanswered=true").json()["results"] == []


def test_the_receipt_stands_on_the_page_of_the_invited(people: SimpleNamespace, invited: Any, english: None) -> None:
    client, address = browser(people.stranger), f"/evaluation-invitations/{invited.pk}/"
    client.post(address, {"question_1": "5", "question_2": "4"})
    api = session_client(people.stranger).get(f"/api/v1/evaluation-invitations/{invited.pk}").json()

    assert api["receipt"]["sha256"] in text(client.get(address))


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_assignments_costs_the_same_for_any_number(
    people: SimpleNamespace, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(1, count + 1):
        plan = PlanFactory(division=people.community, implementer=people.organization)
        TaskFactory(plan=plan, party="THIRD_PARTY", method="INTERVIEW", evaluator=people.stranger, number=number)
    api = session_client(people.stranger)

    with django_assert_max_num_queries(7):
        assert len(api.get("/api/v1/evaluation-invitations").json()["results"]) == count
