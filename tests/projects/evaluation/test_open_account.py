"""The open account over the years, how strict evaluators are, and what the invited do on their own pages."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from governance.printing import lacking
from projects.evaluation import operations
from projects.evaluation.models import AnswerRecord, EvaluationAnswer, EvaluationPlan, PushMessage
from projects.evaluation.open_account.queries import account_of, trend_of
from projects.evaluation.reminding import remind_unread
from projects.evaluation.severity import mean_of_others, points_of, severities, verdict_of, written
from tests.factories.projects_evaluation import PlanFactory, TaskFactory, answered, walk_to
from tests.people import session_client
from tests.projects.evaluation.test_results import after_notice, computed, publicised
from tests.projects.evaluation.test_surfaces import browser, text

pytestmark = pytest.mark.django_db


def judged(people: SimpleNamespace, now: dt.datetime, marks: list[tuple[int, int]], **more: Any) -> EvaluationPlan:
    """A publicised evaluation of the handrails, with these marks of residents and one of each other party."""
    plan: EvaluationPlan = PlanFactory(
        division=people.community, implementer=people.organization, planned_by=people.street_officer, **more
    )
    answered(plan, "RESIDENTS", marks)
    answered(plan, "PARTY_ORGANIZATION", [(4, 4)], method="MEETING")
    answered(plan, "THIRD_PARTY", [(4, 4)], method="INTERVIEW")
    walk_to(plan, ["CLOSED"])
    return publicised(people, plan, now)


YEAR_BEFORE = {"period_from": dt.date(2025, 1, 1), "period_to": dt.date(2025, 12, 31)}


# --- The account


def test_the_account_counts_what_was_publicised(people: SimpleNamespace, now: dt.datetime) -> None:
    judged(people, now, [(5, 5)] * 5 + [(4, 3)], **YEAR_BEFORE)
    judged(people, now, [(5, 5)] * 6)
    judged(people, now, [(1, 1)] * 6, subject_name="另一个项目")

    account = account_of(people.places["street"], 2026, today=now.date())

    assert (account.plans, account.satisfied, account.valid) == (2, 10, 16)
    assert account.satisfaction == Decimal("62.5")
    assert {row.grade: (row.count, row.share) for row in account.grades if row.count} == {
        "GOOD": (1, Decimal("50.0")),
        "FAIL": (1, Decimal("50.0")),
    }
    assert [(row.year, row.plans, row.satisfied, row.valid) for row in account.years] == [
        (2025, 1, 7, 8),
        (2026, 2, 10, 16),
    ]
    assert account_of(people.places["other_street"], 2026, today=now.date()).plans == 0


def test_the_trend_shows_one_thing_over_the_years(people: SimpleNamespace, now: dt.datetime) -> None:
    before = judged(people, now, [(3, 3)] * 6, **YEAR_BEFORE)
    after = judged(people, now, [(5, 5)] * 6)
    alone = judged(people, now, [(5, 5)] * 6, subject_name="别的")

    valid = before.results.get().valid_for_satisfaction
    trend = trend_of(after, people.street_officer, valid)
    marked = trend_of(after, people.street_officer, valid + 1)

    assert trend is not None
    assert marked is not None
    assert [[point.is_small_sample for point in one.points] for one in (trend, marked)] == [[False] * 2, [True] * 2]
    assert [point.plan for point in trend.points] == [before, after]
    first, second = trend.points
    assert (first.shown_change, second.shown_change) == ("—", "+20.00")
    assert trend_of(alone, people.street_officer, 7) is None


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_any_number(
    people: SimpleNamespace, now: dt.datetime, count: int, django_assert_num_queries: Any
) -> None:
    for _number in range(count):
        judged(people, now, [(5, 5)] * 6)
    client = browser()

    with django_assert_num_queries(8):
        page = client.get(f"/divisions/{people.community.pk}/open-account/?year=2026")
    assert page.status_code == 200


def test_the_account_on_screen_as_a_sheet_and_on_paper(
    people: SimpleNamespace, now: dt.datetime, english: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = judged(people, now, [(5, 5)] * 5 + [(4, 3)])
    base, client = f"/divisions/{people.community.pk}/open-account", browser()

    shown = text(client.get(f"{base}/"))
    book = load_workbook(io.BytesIO(client.get(f"{base}.xlsx?year=2026").content))
    lines = client.get(f"{base}.csv?year=2026").content.decode("utf-8-sig").splitlines()
    empty = client.get(f"{base}/?year=2024")

    assert "87.5%" in shown
    assert plan.title in shown
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert rows[2][0] == plan.title
    assert (rows[2][7], rows[2][9], rows[2][10]) == (8, 7, 8)
    assert lines[2].startswith(plan.title)
    assert "Nothing has been publicised" in text(empty)
    for wrong in ("?year=abc", "?year=99999", "?year=²", "?kind=x"):
        assert client.get(f"{base}/{wrong}").status_code == 404
    assert client.get("/divisions/999999999/open-account/").status_code == 404
    if not lacking():
        assert client.get(f"{base}.pdf?year=2026").content.startswith(b"%PDF")
    monkeypatch.setattr("projects.evaluation.open_account.pages.MOST_ROWS", 0)
    for name in ("xlsx", "csv", "pdf"):  # a part would pass for the whole
        refused = client.get(f"{base}.{name}?year=2026")
        assert (refused.status_code, "Narrow it by place" in text(refused)) == (400, True)
    assert client.get(f"{base}.csv?year=2026&kind=VENUE").status_code == 200


def test_the_account_in_the_api_shows_numerators_and_denominators(people: SimpleNamespace, now: dt.datetime) -> None:
    judged(people, now, [(5, 5)] * 5 + [(4, 3)])
    api, base = session_client(None), "/api/v1/open-accounts"

    found = api.get(base, {"division": people.community.pk, "year": 2026}).json()
    narrowed = api.get(base, {"division": people.community.pk, "year": 2026, "subject_kind": "VENUE"}).json()
    wrong = [api.get(base, given).status_code for given in ({}, {"division": people.community.pk, "year": "x"})]

    assert (found["satisfied"], found["valid"], found["satisfaction"]) == (7, 8, "87.5")
    assert (found["answers"], found["invited"], found["response"]) == (8, 8, "100.0")
    assert sum(row["count"] for row in found["grades"]) == 1
    assert [row["year"] for row in found["years"]] == [2026]
    assert (narrowed["plans"], narrowed["satisfaction"], wrong) == (0, None, [400, 400])


def test_an_organization_finds_its_results_and_confirms_them(
    people: SimpleNamespace, now: dt.datetime, english: None
) -> None:
    plan = judged(people, now, [(5, 5)] * 6)
    operations.push_final(by=people.system, now=after_notice(people, now))
    address = f"/organizations/{people.organization.pk}/evaluations/"

    everybody, own = browser().get(address), browser(people.manager).get(address)

    assert plan.title in text(everybody)
    assert "wait for your receipt" not in text(everybody)
    assert "wait for your receipt" in text(own)
    message = PushMessage.objects.get(recipient="ORGANIZATION")
    assert browser(people.manager).post(f"/pushed-results/{message.pk}/confirm/").status_code == 302
    assert "wait for your receipt" not in text(browser(people.manager).get(address))


# --- Receipts


def test_what_nobody_confirms_is_sent_again_three_times(people: SimpleNamespace, now: dt.datetime) -> None:
    judged(people, now, [(5, 5)] * 6)
    pushed = after_notice(people, now)
    operations.push_final(by=people.system, now=pushed)
    count = PushMessage.objects.count()

    assert remind_unread(by=people.system, now=pushed + dt.timedelta(days=3)) == 0
    sent = [remind_unread(by=people.system, now=pushed + dt.timedelta(days=days)) for days in (14, 14, 28, 42, 56, 70)]

    assert sent == [count, 0, count, count, 0, 0]
    assert set(PushMessage.objects.values_list("reminders", flat=True)) == {3}
    row = PushMessage.objects.get(recipient="ORGANIZATION")
    operations.read_message(by=people.manager, now=pushed, message=row)
    assert PushMessage.objects.unread_between(now, pushed + dt.timedelta(days=100), 9).count() == count - 1


# --- Severity


@pytest.mark.parametrize("count", [1, 3])
def test_what_waits_for_receipts_costs_the_same_for_any_number(
    people: SimpleNamespace, now: dt.datetime, count: int, django_assert_num_queries: Any
) -> None:
    for _number in range(count):
        judged(people, now, [(5, 5)] * 6)
    pushed = after_notice(people, now)
    assert operations.push_final(by=people.system, now=pushed) == count

    with django_assert_num_queries(4):  # the rows, the terms of two places, the calendar of the day
        assert remind_unread(by=people.system, now=pushed + dt.timedelta(days=2)) == 0
    assert remind_unread(by=people.system, now=pushed + dt.timedelta(days=400)) == 0


def test_points_and_differences_are_exact() -> None:
    assert points_of((5, 4), (3, 1)) == Fraction(375, 4)
    assert mean_of_others(Fraction(50), Fraction(200), 3) == 75
    assert mean_of_others(Fraction(50), Fraction(50), 1) is None
    assert (written(Fraction(-1, 3)), written(Fraction(2, 3)), written(None)) == (
        Decimal("-0.33"),
        Decimal("0.66"),
        None,
    )
    assert verdict_of(Fraction(-10), 10) != verdict_of(Fraction(10), 10) != verdict_of(Fraction(0), 10)


def test_a_strict_evaluator_is_shown_and_the_plain_mean_stays(
    people: SimpleNamespace, now: dt.datetime, english: None
) -> None:
    plan = PlanFactory(division=people.community, implementer=people.organization, planned_by=people.street_officer)
    answered(plan, "RESIDENTS", [(5, 5)] * 3)
    answered(plan, "PARTY_ORGANIZATION", [(5, 5)])
    task = TaskFactory(plan=plan, party="THIRD_PARTY", method="INTERVIEW", number=50, evaluator=people.stranger)
    EvaluationAnswer.objects.create(
        plan=plan,
        task=task,
        party="THIRD_PARTY",
        method="INTERVIEW",
        marks={"1": 1, "2": 1},
        source="WEB",
        answered_at=now,
    )
    walk_to(plan, ["CLOSED"])
    computed(people, plan, now)

    [row] = severities(plan, now.date())

    assert (row.own, row.others, row.here, row.mean, row.evaluations) == (0, 100, -100, -100, 1)
    assert row.verdict == "strict"
    assert plan.results.get().score == Decimal("70.00")
    handled = text(browser(people.street_officer).get(f"/evaluations/{plan.pk}/evaluators/"))
    assert "How strict the evaluators are" in handled
    assert "the plain mean stays the result" in handled


def test_how_strict_somebody_is_stays_with_those_who_handle_it(
    people: SimpleNamespace, now: dt.datetime, english: None
) -> None:
    plan = judged(people, now, [(5, 5)] * 6)

    address = f"/evaluations/{plan.pk}/evaluators/"
    assert browser().get(address).status_code == 302
    assert browser(people.resident).get(address).status_code == 404


def test_what_staff_see_costs_few_queries(
    people: SimpleNamespace, now: dt.datetime, django_assert_max_num_queries: Any
) -> None:
    judged(people, now, [(5, 5)] * 6, **YEAR_BEFORE)
    plan = judged(people, now, [(5, 5)] * 6)
    client = browser(people.street_officer)

    with django_assert_max_num_queries(15):
        assert client.get(plan.get_absolute_url()).status_code == 200
    with django_assert_max_num_queries(12):
        assert client.get(f"/evaluations/{plan.pk}/evaluators/").status_code == 200


# --- The invited


def test_the_invited_judge_and_hand_in_the_record(people: SimpleNamespace, invited: Any, english: None) -> None:
    client, base = browser(people.stranger), f"/evaluation-invitations/{invited.pk}/"

    listed = text(client.get("/evaluation-invitations/"))
    early = client.get(f"{base}record/")
    wrong = client.post(base, {"question_1": "5", "comment": "很好"})
    marked = client.post(base, {"question_1": "5", "question_2": "4"})
    again = client.post(base, {"question_1": "5", "question_2": "4"})
    unfit = client.post(
        f"{base}record/", {"held_on": "2020-01-01", "place": "议事厅", "present": "3", "findings": "已装好"}
    )
    done = client.post(
        f"{base}record/",
        {"held_on": str(timezone.localdate()), "place": "议事厅", "present": "3", "findings": "已装好"},
    )

    assert invited.plan.title in listed
    assert (early.status_code, wrong.status_code, "很好" in wrong.content.decode()) == (404, 400, True)
    assert (marked.status_code, marked["Location"], again.status_code) == (302, f"{base}record/", 400)
    assert (unfit.status_code, "已装好" in unfit.content.decode()) == (400, True)
    assert done.status_code == 302
    assert AnswerRecord.objects.get().present == 3
    assert browser(people.resident).get(base).status_code == 404
    assert Client().get(base).status_code == 302


def test_a_third_party_system_judges_by_the_api(people: SimpleNamespace, invited: Any) -> None:
    api, base = session_client(people.stranger), "/api/v1/evaluation-invitations"
    record = {"held_on": str(timezone.localdate()), "place": "议事厅", "present": 3, "findings": "已装好"}

    listed = api.get(base).json()["results"]
    early = api.post(f"{base}/{invited.pk}/record", record, format="json")
    key = {"HTTP_IDEMPOTENCY_KEY": "one-and-only"}
    marks = {"marks": {"1": 5, "2": 4}}
    answers = [api.post(f"{base}/{invited.pk}/answer", marks, format="json", **key) for _time in range(2)]
    twice = api.post(f"{base}/{invited.pk}/answer", marks, format="json")
    recorded = api.post(f"{base}/{invited.pk}/record", record, format="json")
    foreign = session_client(people.resident).get(f"{base}/{invited.pk}")
    nobody = session_client(None).get(base)

    assert [(row["id"], row["is_answered"], len(row["questions"])) for row in listed] == [(invited.pk, False, 2)]
    assert (early.status_code, early.json()["code"]) == (409, "not_judged_yet")
    assert [row.status_code for row in answers] == [201, 201]
    assert (twice.status_code, twice.json()["code"]) == (409, "token_used")
    assert (recorded.status_code, recorded.json()["has_record"]) == (201, True)
    assert (foreign.status_code, nobody.status_code) == (404, 401)
    assert EvaluationAnswer.objects.count() == 1
