"""Grid workers: the list of duties, a round of evaluations, their own page, the sheet on paper."""

from __future__ import annotations

import datetime as dt
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from communities.people.models import Role
from governance.errors import NotAllowed
from governance.printing import lacking
from projects.evaluation import operations, refusals
from projects.evaluation.grid.operations import plan_grid_round
from projects.evaluation.grid.queries import months_of
from projects.evaluation.models import EvaluationPlan, EvaluationTemplate
from projects.evaluation.templating import correct_draft
from tests.factories.accounts import UserFactory
from tests.factories.communities import PostFactory
from tests.factories.projects_evaluation import TemplateFactory, answered, walk_to
from tests.people import desk_client, session_client
from tests.projects.evaluation.test_results import after_notice, publicised
from tests.projects.evaluation.test_surfaces import browser, text

pytestmark = pytest.mark.django_db
DUTIES = [("巡查到位吗？", 3, False, "每日巡查责任网格", 22), ("居民满意吗？", 1, True)]


@pytest.fixture
def template(people: SimpleNamespace, now: dt.datetime) -> EvaluationTemplate:
    """The list of duties in use."""
    draft = TemplateFactory(drafted=True, subject_kind="GRID_WORK", title="网格员职责与考核表")
    row = correct_draft(by=people.district_admin, now=now, template=draft, title="网格员职责与考核表", questions=DUTIES)
    return operations.publish_template(by=people.second_admin, now=now, template=row)


@pytest.fixture
def workers(people: SimpleNamespace) -> list[Any]:
    found = [UserFactory(display_name=name) for name in ("张大山", "李小河")]
    for person, place in zip(found, ("community", "neighbor"), strict=True):
        PostFactory(user=person, role=Role.GRID_WORKER, division=people.places[place])
    return found


def planned(people: SimpleNamespace, template: EvaluationTemplate, now: dt.datetime, **more: Any) -> Any:
    given = {
        "by": people.street_officer,
        "division": people.places["street"],
        "period_from": dt.date(2026, 1, 1),
        "period_to": dt.date(2026, 3, 1),
        "opens_on": now.date(),
        "closes_on": now.date() + dt.timedelta(days=5),
        **more,
    }
    return plan_grid_round(now=now, today=now.date(), template=template, **given)


def test_a_round_has_one_plan_for_each_and_is_harmless_when_repeated(
    people: SimpleNamespace, template: EvaluationTemplate, workers: list[Any], now: dt.datetime
) -> None:
    made, again = planned(people, template, now), planned(people, template, now)
    later = planned(people, template, now, period_from=dt.date(2026, 3, 1), period_to=dt.date(2026, 6, 1))

    assert [plan.worker for plan in made] == workers or {plan.worker for plan in made} == set(workers)
    assert (again, len(later)) == ([], 2)
    assert "张大山" not in made[0].title + made[1].title + made[0].subject_name
    assert {plan.subject_kind for plan in made} == {"GRID_WORK"}


def test_a_round_is_refused_where_it_makes_no_sense(
    people: SimpleNamespace, template: EvaluationTemplate, workers: list[Any], now: dt.datetime
) -> None:
    with pytest.raises(NotAllowed):
        planned(people, template, now, by=people.community_staff)
    with pytest.raises(refusals.NobodyInTheGrids):
        planned(people, template, now, by=people.district_admin, division=people.places["far_community"])
    with pytest.raises(refusals.DatesImpossible):
        planned(people, template, now, period_to=dt.date(2025, 1, 1))
    with pytest.raises(refusals.TemplateNotInUse):
        planned(people, people.template, now)
    assert not EvaluationPlan.objects.exists()


def test_months_are_counted_as_touched() -> None:
    assert months_of(dt.date(2025, 12, 31), dt.date(2026, 1, 1)) == 2
    assert months_of(dt.date(2026, 1, 1), dt.date(2026, 1, 31)) == 1


def test_a_worker_reads_and_confirms_the_own_result(
    people: SimpleNamespace, template: EvaluationTemplate, workers: list[Any], now: dt.datetime, english: None
) -> None:
    plan = next(plan for plan in planned(people, template, now) if plan.worker == workers[0])
    plan = operations.open_evaluation(by=people.street_officer, now=now, plan=plan)
    answered(plan, "RESIDENTS", [(5, 5)] * 28)
    answered(plan, "PARTY_ORGANIZATION", [(4, 4)], method="MEETING")
    answered(plan, "THIRD_PARTY", [(4, 4)], method="INTERVIEW")
    walk_to(plan, ["CLOSED"])
    publicised(people, plan, now)
    operations.push_final(by=people.system, now=after_notice(people, now))

    public = text(browser().get(f"/divisions/{people.community.pk}/grid-work/"))
    own = browser(workers[0])
    shown = text(own.get("/own-work/"))
    message = plan.results.get().messages.get(recipient="WORKER")
    confirmed = own.post(f"/pushed-results/{message.pk}/confirm/")

    assert "每日巡查责任网格" in public
    assert "22" in public
    assert "张大山" not in public
    assert "wait for your receipt" in shown
    message.refresh_from_db()
    assert (confirmed.status_code, message.read_by) == (302, workers[0])
    assert browser(workers[1]).post(f"/pushed-results/{message.pk}/confirm/").status_code == 404
    assert browser().get("/own-work/").status_code == 302


def test_the_desk_plans_a_round(people: SimpleNamespace, template: EvaluationTemplate, workers: list[Any]) -> None:
    today = timezone.localdate()
    client = desk_client(people.district_admin)
    address = f"/desk/projects/evaluationtemplate/{template.pk}/deeds/grid_round/"
    body = {
        "division": people.places["street"].pk,
        "period_from": "2026-01-01",
        "period_to": "2026-03-01",
        "opens_on": str(today),
        "closes_on": str(today),
    }

    wrong = client.post(address, {**body, "period_to": "2025-01-01"})
    done = client.post(address, body)

    assert (wrong.status_code, done.status_code, EvaluationPlan.objects.count()) == (200, 302, 2)


ROUND = {"period_from": "2026-01-01", "period_to": "2026-03-01"}


@pytest.mark.parametrize("surface", ["page", "desk", "api"])
def test_a_street_officer_plans_the_round_of_the_street(
    people: SimpleNamespace, template: EvaluationTemplate, workers: list[Any], surface: str, english: None
) -> None:
    """By the page, at the desk and by the API; for the street alone, and nobody else does it for them."""
    today = timezone.localdate()
    days = {**ROUND, "opens_on": str(today), "closes_on": str(today)}
    place, far = people.places["street"], people.places["far_community"]
    desk = cache(desk_client)

    def send(user: Any, at: Any, **more: Any) -> int:
        if surface == "page":
            return browser(user).post(f"/divisions/{at.pk}/grid-work/round/", {**days, **more}).status_code
        body = {**days, "division": at.pk, **more}
        if surface == "desk":
            address = f"/desk/projects/evaluationtemplate/{template.pk}/deeds/grid_round/"
            return desk(user).post(address, body).status_code
        answer = session_client(user).post(
            "/api/v1/evaluations/grid-rounds", {**body, "template": template.pk}, format="json"
        )
        return int(answer.status_code)

    strangers = [send(people.community_staff, place), send(people.street_officer, far), send(people.resident, place)]
    wrong = send(people.street_officer, place, period_to="2025-01-01")
    assert not EvaluationPlan.objects.exists()
    done = send(people.street_officer, place)

    refusals_ = {"page": {404}, "desk": {200, 302, 403}, "api": {403}}  # on the desk a form again, or led away
    assert set(strangers) <= refusals_[surface]
    assert wrong == {"page": 400, "desk": 200, "api": 400}[surface]
    assert done == {"page": 302, "desk": 302, "api": 201}[surface]
    assert set(EvaluationPlan.objects.values_list("worker", flat=True)) == {person.pk for person in workers}
    assert set(EvaluationPlan.objects.values_list("planned_by", flat=True)) == {people.street_officer.pk}


def test_the_page_of_a_round_names_who_is_judged_to_the_street_only(
    people: SimpleNamespace, template: EvaluationTemplate, workers: list[Any], english: None
) -> None:
    street = people.places["street"]
    address = f"/divisions/{street.pk}/grid-work/round/"

    shown = text(browser(people.street_officer).get(address))
    led = browser(people.street_officer).get(f"/divisions/{street.pk}/grid-work/").content.decode()
    public = browser().get(f"/divisions/{street.pk}/grid-work/").content.decode()

    assert "张大山" in shown
    assert "李小河" in shown
    assert (address in led, address in public) == (True, False)
    assert (browser().get(address).status_code, browser(people.resident).get(address).status_code) == (302, 404)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_a_round_costs_the_same_for_any_number(
    people: SimpleNamespace, template: EvaluationTemplate, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        person = UserFactory(display_name=f"网格员{number}")
        PostFactory(user=person, role=Role.GRID_WORKER, division=people.community)
    client = browser(people.street_officer)

    with django_assert_max_num_queries(10):
        page = client.get(f"/divisions/{people.places['street'].pk}/grid-work/round/")

    assert page.content.decode().count("网格员") >= count


def test_the_sheet_is_printed_on_a4(people: SimpleNamespace, template: EvaluationTemplate) -> None:
    address = f"/evaluation-templates/{template.pk}/sheet.pdf"
    draft = TemplateFactory(drafted=True)

    assert browser().get(f"/evaluation-templates/{draft.pk}/sheet.pdf").status_code == 404
    if not lacking():
        assert browser().get(address).content.startswith(b"%PDF")
