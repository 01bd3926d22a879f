"""How a result came to stand: every note of every review stays, with who and when; a collection is prolonged in public."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from communities.people.policy import PersonalNumbersFound
from governance.errors import NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing
from projects.evaluation import operations, refusals
from projects.evaluation.computing import compute_chunk
from projects.evaluation.history import review_steps
from projects.evaluation.models import EvaluationPlan
from tests.factories.projects_evaluation import PlanFactory, answered, closed_plan
from tests.people import desk_client, session_client
from tests.projects.evaluation.test_operations import refused
from tests.projects.evaluation.test_surfaces import browser, text

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def reviewed_twice(people: SimpleNamespace, now: dt.datetime) -> EvaluationPlan:
    """Confirmed, sent back, an answer left out, confirmed again, posted."""
    plan = closed_plan(division=people.community, implementer=people.organization, planned_by=people.street_officer)
    answered_before = plan.answers.order_by("pk").first()
    compute_chunk(by=people.system, plans=[plan.pk], now=now)
    plan = operations.review_result(by=people.street_reviewer, now=now + DAY, plan=plan, note="复核无误。")
    plan = operations.send_result_back(by=people.street_officer, now=now + 2 * DAY, plan=plan, reason="一张票送了人。")
    operations.exclude_answer(by=people.street_reviewer, now=now + 3 * DAY, answer=answered_before, reason="票送了人")
    plan.refresh_from_db()
    plan = operations.review_result(by=people.district_admin, now=now + 4 * DAY, plan=plan, note="剔除后复核。")
    return operations.publicise_result(
        by=people.street_officer, now=now + 5 * DAY, today=(now + 5 * DAY).date(), plan=plan
    )


def told(plan: EvaluationPlan, user: Any) -> list[tuple[str, int | None, str, str]]:
    return [(step.name, step.version, step.person, step.note) for step in review_steps(plan, user)]


def test_every_note_stays_with_who_and_when(
    people: SimpleNamespace, reviewed_twice: EvaluationPlan, english: None
) -> None:
    names = {
        name: getattr(people, name).display_name for name in ("street_reviewer", "street_officer", "district_admin")
    }

    steps = review_steps(reviewed_twice, people.community_staff)

    assert told(reviewed_twice, people.community_staff) == [
        ("confirmed", 1, names["street_reviewer"], "复核无误。"),
        ("sent_back", 1, names["street_officer"], "一张票送了人。"),
        ("answer_left_out", 2, names["street_reviewer"], "票送了人"),
        ("confirmed", 2, names["district_admin"], "剔除后复核。"),
    ]
    assert next(str(step.label) for step in steps) == "Result confirmed"
    assert all(step.office for step in steps)
    assert steps[0].office != steps[3].office


def test_everybody_reads_what_was_done_without_names_and_notes(
    people: SimpleNamespace, reviewed_twice: EvaluationPlan
) -> None:
    shown = told(reviewed_twice, people.stranger)

    assert [name for name, _version, _person, _note in shown] == [
        "confirmed",
        "sent_back",
        "answer_left_out",
        "confirmed",
    ]
    assert {(person, note) for _name, _version, person, note in shown} == {("", "")}
    assert told(closed_plan(division=people.community), people.stranger) == []


def test_page_desk_and_api_tell_the_same(
    people: SimpleNamespace, reviewed_twice: EvaluationPlan, english: None
) -> None:
    url = reviewed_twice.get_absolute_url()
    path = f"/api/v1/evaluations/{reviewed_twice.pk}/reviews"

    page, public = browser(people.community_staff).get(url), browser().get(url)
    desk = desk_client(people.street_officer).get(f"/desk/projects/evaluationplan/{reviewed_twice.pk}/change/")
    inside, outside = (session_client(one).get(path).json() for one in (people.community_staff, None))

    for answer in (page, desk):
        assert "复核无误。" in text(answer)
        assert "剔除后复核。" in text(answer)
    assert "How it was reviewed" in text(public)
    assert "复核" not in text(public)
    assert [row["note"] for row in inside] == ["复核无误。", "一张票送了人。", "票送了人", "剔除后复核。"]
    assert next((row["name"], row["note"]) for row in outside) == ("confirmed", "")


def test_who_sends_back_what_and_why(people: SimpleNamespace, now: dt.datetime) -> None:
    plan = closed_plan(division=people.community, planned_by=people.street_officer)
    compute_chunk(by=people.system, plans=[plan.pk], now=now)
    plan.refresh_from_db()
    refused(MoveClosed, operations.send_result_back, by=people.street_officer, now=now, plan=plan, reason="x")
    plan = operations.review_result(by=people.street_reviewer, now=now, plan=plan)
    given: dict[str, Any] = {"now": now, "plan": plan}

    refused(MoveForbidden, operations.send_result_back, by=people.manager, reason="x", **given)
    refused(ReasonMissing, operations.send_result_back, by=people.street_officer, reason=" ", **given)
    refused(
        PersonalNumbersFound, operations.send_result_back, by=people.street_officer, reason="打 13990020001", **given
    )
    back = operations.send_result_back(by=people.street_officer, reason="缺一份记录", **given)

    assert back.status == "COMPUTED"


def test_a_collection_is_prolonged_before_its_last_day_is_over(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime
) -> None:
    given: dict[str, Any] = {"now": now, "today": now.date(), "plan": plan, "reason": "差两份问卷"}
    later = plan.closes_on + 7 * DAY

    refused(NotAllowed, operations.extend_collection, by=people.community_staff, closes_on=later, **given)
    refused(
        refusals.DatesImpossible,
        operations.extend_collection,
        by=people.street_officer,
        closes_on=plan.closes_on,
        **given,
    )
    refused(
        refusals.DatesImpossible,
        operations.extend_collection,
        by=people.street_officer,
        closes_on=plan.opens_on + 400 * DAY,
        **given,
    )
    refused(
        ReasonMissing,
        operations.extend_collection,
        by=people.street_officer,
        closes_on=later,
        **{**given, "reason": " "},
    )
    refused(
        refusals.CollectionOver,
        operations.extend_collection,
        by=people.street_officer,
        closes_on=later,
        **{**given, "today": plan.closes_on + DAY},
    )
    refused(
        refusals.CollectionNotOpen,
        operations.extend_collection,
        by=people.street_officer,
        closes_on=later,
        **{**given, "plan": PlanFactory(planned=True, division=people.community)},
    )
    row = operations.extend_collection(by=people.street_officer, closes_on=later, **given)

    assert (row.closes_on, operations.close_due(by=people.system, now=now, today=plan.closes_on + DAY)) == (later, 0)
    assert told(row, people.street_officer) == [("extended", None, people.street_officer.display_name, "差两份问卷")]


def test_the_surfaces_say_what_lacks_and_prolong(people: SimpleNamespace, english: None) -> None:
    today = timezone.localdate()
    plan = PlanFactory(
        division=people.community,
        planned_by=people.street_officer,
        minimum_answers=30,
        opens_on=today,
        closes_on=today,
    )
    answered(plan, "RESIDENTS", [(5, 5)] * 29)
    client, days = browser(people.street_officer), [(today + number * DAY).isoformat() for number in range(4)]
    url = plan.get_absolute_url()

    page = client.get(url)
    too_early = client.post(f"{url}acts/extend/", {"closes_on": days[0], "reason": "缺一份"})
    done = client.post(f"{url}acts/extend/", {"closes_on": days[1], "reason": "缺一份"})
    desk = desk_client(people.street_officer).post(
        f"/desk/projects/evaluationplan/{plan.pk}/deeds/extend/", {"closes_on": days[2], "reason": "再缺一份"}
    )
    api = session_client(people.street_officer).post(
        f"/api/v1/evaluations/{plan.pk}/extend", {"closes_on": days[3], "reason": "还缺"}, format="json"
    )

    assert "Answers: 29. For a grade 30 are needed." in text(page)
    assert "1 answer is still lacking" in text(page)
    assert (too_early.status_code, "must be later" in text(too_early)) == (400, True)
    assert (done.status_code, desk.status_code, api.status_code) == (302, 302, 200)
    assert api.json()["closes_on"] == days[3]


def test_29_of_30_says_what_to_do_next_and_leads_there(
    people: SimpleNamespace, now: dt.datetime, english: None
) -> None:
    plan = PlanFactory(division=people.community, planned_by=people.street_officer, minimum_answers=30)
    answered(plan, "RESIDENTS", [(5, 5)] * 27)
    answered(plan, "PARTY_ORGANIZATION", [(5, 5)], method="MEETING")
    answered(plan, "THIRD_PARTY", [(5, 5)], method="INTERVIEW")
    operations.close_due(by=people.system, now=now, today=plan.closes_on + DAY)
    compute_chunk(by=people.system, plans=[plan.pk], now=now)
    again = reverse("admin:projects_evaluationplan_add") + f"?copy={plan.pk}"

    page = browser(people.street_officer).get(plan.get_absolute_url())
    form = desk_client(people.street_officer).get(again)
    api = session_client(people.street_officer).get(f"/api/v1/evaluations/{plan.pk}").json()["results"][0]

    assert plan.results.get().grade == "INSUFFICIENT"
    assert "29 answers came, 30 are needed for a grade." in text(page)
    assert "1 answer was lacking: invite more residents next time" in text(page)
    assert again in page.content.decode()
    assert f'value="{plan.title}"' in form.content.decode()
    assert api["advice"][0].startswith("1 answer was lacking")
    assert len(api["advice"]) == 2
