"""The public directory of projects: found by name, place, deliverer, kind, state and money, with totals that hold."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.errors import NotAllowed
from projects.contracts import operations, refusals
from projects.contracts.directory.filters import ProjectFilter
from projects.contracts.directory.queries import (
    project_of,
    public_projects,
    totals_kept,
    totals_of,
    with_figures,
)
from projects.contracts.models import Contract
from projects.evaluation.models import EvaluationPlan, EvaluationResult
from socialorgs.register.models import SocialOrganization
from tests.factories.projects_evaluation import PlanFactory
from tests.people import House, session_client
from tests.projects.contracts.conftest import deliver, opine, reckon
from tests.projects.contracts.test_operations import pay, refused

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]
LIST = "/projects/"


def found(**asked: Any) -> list[str]:
    """The titles that the filter leaves."""
    narrowed = ProjectFilter({key: str(value) for key, value in asked.items()}, public_projects())
    assert narrowed.is_valid(), narrowed.errors
    return list(narrowed.qs.order_by("pk").values_list("title", flat=True))


def judged(contract: Contract, satisfied: int, valid: int, *, version: int = 1, day: int = 8) -> EvaluationPlan:
    """Let the evaluation of a contract have a result, published on the tenth of March."""
    plan = contract.evaluation or PlanFactory(division=contract.division, implementer=contract.organization)
    Contract.objects.filter(pk=contract.pk).update(evaluation=plan)
    EvaluationPlan.objects.filter(pk=plan.pk).update(publicised_at=dt.datetime(2026, 3, 10, tzinfo=dt.UTC))
    EvaluationResult.objects.create(
        plan=plan,
        version=version,
        score=Decimal(88),
        grade="GOOD",
        answers=valid,
        invited=valid,
        satisfied=satisfied,
        valid_for_satisfaction=valid,
        details={"hindrances": []},
        digest="0" * 64,
        computed_at=dt.datetime(2026, 3, day, tzinfo=dt.UTC),
    )
    contract.refresh_from_db()
    return plan


def finished(people: SimpleNamespace, now: dt.datetime, walk: Walk, opinions: str, **more: Any) -> Contract:
    """A contract that was delivered and accepted, its first half paid."""
    row = walk("RUNNING", **more)
    pay(people, now, operations.release_instalment(by=people.street_officer, now=now, contract=row, number=1))
    row = deliver(people, now, row)
    opine(people, now, row, opinions)
    return operations.accept_contract(by=people.supervisor, now=now, contract=row)


def test_only_what_was_signed_stands_in_it(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    walk("DRAFT", title="草稿", amount=Decimal(10))
    walk("AGREED", title="待签", amount=Decimal(10))
    walk("RUNNING", title="进行中", amount=Decimal(10))
    ended = walk("RUNNING", title="提前结束", amount=Decimal(10))
    reckon(people, now, ended)
    operations.terminate_contract(by=people.street_reviewer, now=now, contract=ended, reason="需求已不存在")
    never = walk("OFFERED", title="未签即止", amount=Decimal(10))
    operations.terminate_contract(by=people.street_reviewer, now=now, contract=never, reason="机构放弃")

    assert found() == ["进行中", "提前结束"]
    assert found(state="RUNNING") == ["进行中"]
    assert found(state="ENDED_EARLY") == ["提前结束"]
    assert found(state="FINISHED") == []


def test_it_is_narrowed_in_every_way(people: SimpleNamespace, now: dt.datetime, walk: Walk, house: House) -> None:
    first = walk("RUNNING", title="楼梯扶手安装", amount=Decimal(10), field="ELDERLY")
    walk("RUNNING", title="社区菜园", amount=Decimal(10))
    SocialOrganization.objects.filter(pk=first.organization_id).update(name="邻里互助服务中心")

    assert found(q="扶手") == found(q=first.number) == ["楼梯扶手安装"]
    assert found(q="手扶") == found(q="没有") == []
    assert found(q="园") == ["社区菜园"]
    assert len(found(place=people.community.name)) == len(found(place=people.places["street"].name)) == 2
    assert found(place="没有这样的地方") == []
    assert len(found(division=people.places["district"].pk)) == 2
    assert found(division=people.places["other_street"].pk) == []
    assert len(found(deliverer="邻里互助")) == len(found(organization=first.organization_id)) == 2
    assert found(deliverer="别的机构") == []
    assert found(field="ELDERLY") == ["楼梯扶手安装"]
    assert len(found(project_type="FUND")) == len(found(source="FUND")) == 2
    for kind in ("GOV_PURCHASE", "OUTSOURCED", "VENTURE", "MICRO_VENTURE", "BUDGET"):
        assert found(project_type=kind) == []
    assert found(source="WELFARE_LOTTERY") == found(source="FISCAL") == found(source="PARTNER") == []
    assert len(found(year=now.year)) == 2
    assert found(year=now.year - 1) == []


def test_what_cannot_be_asked_is_said_and_finds_nothing(walk: Walk, english: None) -> None:
    walk("RUNNING", title="楼梯扶手安装")
    answer = Client().get(LIST, {"year": "1", "state": "GONE", "division": "9" * 30, "programme": "x"})

    assert answer.status_code == 200
    assert "楼梯扶手安装" not in answer.content.decode()
    assert "greater than or equal to 2000" in answer.content.decode()
    assert "nothing was searched" in answer.content.decode()
    assert session_client(None).get("/api/v1/projects", {"state": "GONE"}).status_code == 400
    assert session_client(None).get("/api/v1/projects/totals", {"state": "GONE"}).status_code == 400


def test_two_characters_are_looked_up_in_the_index(walk: Walk) -> None:
    walk("RUNNING", title="楼梯扶手安装")
    rows = ProjectFilter({"q": "扶手"}, Contract.objects.order_by("-pk")).qs

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    assert "contract_search" in rows.explain()
    assert len(rows) == 1


def test_money_and_satisfaction_of_a_line(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = finished(people, now, walk, "++++-")
    line = project_of(with_figures(public_projects()).get())

    assert (line.type, line.state, line.amount, line.paid) == (
        "FUND",
        "FINISHED",
        Decimal("2800.01"),
        Decimal("1400.01"),
    )
    assert line.paid_percent == Decimal("50.0")
    assert (line.content, line.valid, line.satisfaction, line.is_evaluated) == (4, 5, Decimal("80.0"), False)

    judged(row, 249, 250)
    judged(row, 1, 250, version=2, day=11)  # was worked out after the last publication
    line = project_of(with_figures(public_projects()).get())
    assert (line.content, line.valid, line.satisfaction, line.is_evaluated) == (249, 250, Decimal("99.6"), True)


def test_what_residents_say_is_told_when_it_is_accepted(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = walk("DELIVERED")
    opine(people, now, row, "++")

    assert project_of(with_figures(public_projects()).get()).satisfaction is None


def test_totals_name_their_parts(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = finished(people, now, walk, "+++++", amount=Decimal(1000))
    walk("RUNNING", title="另一个", amount=Decimal(500))
    judged(row, 3, 4)
    totals = totals_of(public_projects())

    assert (totals.projects, totals.agreed, totals.paid) == (2, Decimal(1500), Decimal(500))
    assert {name: number for name, _label, number in totals.by_state} == {
        "RUNNING": 1,
        "DELIVERED": 0,
        "FINISHED": 1,
        "ENDED_EARLY": 0,
    }
    assert (totals.paid_percent, totals.satisfaction) == (Decimal("33.3"), Decimal("75.0"))
    assert (totals.judged, totals.content, totals.valid) == (1, 3, 4)
    assert totals_of(public_projects().filter(title="另一个")).satisfaction is None
    assert totals_of(Contract.objects.none()).projects == 0


def test_totals_are_those_of_the_lines(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    """One statement sums everything; line by line it comes to the same."""
    row = finished(people, now, walk, "+++++", amount=Decimal(1000))
    judged(row, 3, 4)
    judged(row, 4, 4, version=2)  # the newest one counts, once
    judged(row, 0, 4, version=3, day=11)  # was worked out after the last publication
    finished(people, now, walk, "++++-", title="另一个", amount=Decimal(600))
    rows = public_projects()
    lines, totals = [project_of(one) for one in with_figures(rows)], totals_of(rows)

    assert (totals.agreed, totals.paid) == (sum(one.amount for one in lines), sum(one.paid for one in lines))
    assert (totals.paid, totals.states["FINISHED"]) == (Decimal(800), 2)
    assert (totals.judged, totals.content, totals.valid) == (1, 4, 4)


def test_totals_of_very_many_are_kept_for_a_minute_and_say_so(
    walk: Walk, now: dt.datetime, settings: Any, english: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KEPT_PAGES_SECONDS, settings.DEMONSTRATION = 5, False
    walk("RUNNING", title="第一个", amount=Decimal(10))
    cache.clear()
    assert totals_kept(public_projects(), now).projects == 1
    walk("RUNNING", title="第二个", amount=Decimal(10))
    fresh = totals_kept(public_projects(), now)
    monkeypatch.setattr("projects.contracts.directory.queries.MANY", 1)
    first = totals_kept(public_projects(), now)
    walk("RUNNING", title="第三个", amount=Decimal(10))
    later = totals_kept(public_projects(), now + dt.timedelta(seconds=30))
    narrowed = totals_kept(public_projects().filter(title="第三个"), now)
    shown = " ".join(Client().get(LIST).content.decode().split())
    cache.clear()

    assert (fresh.projects, fresh.summed_at, first.projects) == (2, None, 2)  # few are summed each time
    assert (later.projects, later.summed_at) == (2, now)
    assert (narrowed.projects, narrowed.summed_at) == (1, None)
    assert f"Summed at {timezone.localtime(now):%H:%M}" in shown
    assert "第三个" in shown
    assert totals_kept(Contract.objects.none(), now).projects == 0


@pytest.mark.parametrize(
    ("index", "holds"),
    [
        ("instalment_money", "(contract_id) INCLUDE (amount, payment_id)"),
        ("awardpayment_money", "(contract_id) INCLUDE (amount) WHERE ((status)::text = 'PAID'::text)"),
        (
            "evaluationresult_told",
            "(plan_id, version DESC) INCLUDE (computed_at, satisfied, valid_for_satisfaction)",
        ),
    ],
)
def test_what_the_totals_read_stands_in_an_index(index: str, holds: str) -> None:
    """A plan would tell more, but not of tables of three rows: `bench directory` fills them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [index])
        assert cursor.fetchone()[0].endswith(holds)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_any_number(
    people: SimpleNamespace, walk: Walk, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        walk("RUNNING", title=f"项目{number}", amount=Decimal(10))
    client = Client()
    with django_assert_num_queries(5):  # keys, lines, the totals, places of the first step, programmes
        assert "项目0" in client.get(LIST).content.decode()
    with django_assert_num_queries(8):  # and the place for the filter, the place with its way, the organization
        place, body = people.places["district"].pk, people.organization.pk
        assert "项目0" in client.get(LIST, {"division": place, "organization": body}).content.decode()
    api = session_client(None)
    with django_assert_num_queries(2):
        assert len(api.get("/api/v1/projects").json()["results"]) == count
    with django_assert_num_queries(2):
        client.get("/projects.csv")


def test_everybody_goes_down_the_places_and_takes_the_list_along(
    people: SimpleNamespace, now: dt.datetime, walk: Walk, english: None
) -> None:
    row = finished(people, now, walk, "++++-", title="楼梯扶手安装", field="ELDERLY")
    client = Client()
    top = client.get(LIST).content.decode()
    district = client.get(LIST, {"division": people.places["district"].pk, "q": "扶手"}).content.decode()

    assert f"?division={people.places['district'].pk}" in top
    assert people.places["street"].short_name in district
    assert f"?division={people.places['street'].pk}&amp;q=%E6%89%B6%E6%89%8B" in district
    for part in ("2,800.01", "1,400.01", "80.0%", "4 of n = 5", "for elderly people", "at the acceptance"):
        assert part in top
    table = list(csv.reader(io.StringIO(client.get("/projects.csv").content.decode("utf-8-sig"))))
    assert "1 projects; agreed 2800.01 yuan, paid 1400.01 yuan" in table[0][0]
    assert [*table[2][:2], *table[2][11:]] == [row.number, "楼梯扶手安装", "2800.01", "1400.01", "4", "5", "80.0"]
    book = openpyxl.load_workbook(io.BytesIO(client.get("/projects.xlsx?state=FINISHED").content))
    assert book.worksheets[0].cell(3, 2).value == "楼梯扶手安装"
    assert (
        openpyxl.load_workbook(io.BytesIO(client.get("/projects.xlsx?state=RUNNING").content)).worksheets[0].max_row
        == 2
    )


def test_who_finds_nothing_is_told_where_to_look_next(people: SimpleNamespace, walk: Walk, english: None) -> None:
    walk("RUNNING", title="楼梯扶手安装")
    place = people.places["other_street"]
    there = Client().get(LIST, {"division": place.pk, "q": "扶手"}).content.decode()
    alone = Client().get(LIST, {"division": place.pk}).content.decode()

    assert "There is no such project" in there
    assert f"All projects of {place.short_name}" in there
    assert 'href="?q=%E6%89%B6%E6%89%8B">Search in all places' in there
    assert "Search in all places" not in alone
    assert "There is no such project" in alone


def test_narrowing_stays_when_the_list_is_turned_over(walk: Walk, english: None) -> None:
    for number in range(22):
        walk("RUNNING", title=f"扶手{number:02}", amount=Decimal(10))
    first = Client().get(LIST, {"q": "扶手", "state": "RUNNING"}).content.decode()
    older = re.search(r'rel="next"\s+href="([^"]+)"', first)
    assert older is not None
    second = Client().get(LIST + html.unescape(older[1])).content.decode()

    assert "扶手21" in first
    assert "扶手01" not in first
    assert ("扶手01" in second, "扶手21" in second, "In all" in second) == (True, False, False)
    assert 'value="扶手"' in second
    assert '<option value="RUNNING" selected>' in second


def test_it_is_reached_from_home_place_and_organization(people: SimpleNamespace, walk: Walk) -> None:
    walk("RUNNING")
    client, address = Client(), reverse("projects:project-list")
    place, body = people.community, people.organization

    for page, link in (
        (place.get_absolute_url(), f'"{address}?division={place.pk}"'),
        (reverse("projects:contract-list", args=[place.pk]), f'"{address}?division={place.pk}"'),
        (body.get_absolute_url(), f'"{address}?organization={body.pk}"'),
        (reverse("socialorgs:organization-list"), f'"{address}"'),
        (reverse("portal:home"), f'"{address}?division={people.places["district"].pk}"'),
    ):
        assert link in client.get(page, follow=True).content.decode(), page


def test_the_api_tells_lines_and_totals(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = finished(people, now, walk, "++++-")
    api = session_client(None)
    line = api.get(f"/api/v1/projects/{row.pk}").json()
    totals = api.get("/api/v1/projects/totals", {"state": "FINISHED"}).json()

    assert (line["project_type"], line["state"], line["amount"], line["paid"]) == (
        "FUND",
        "FINISHED",
        "2800.01",
        "1400.01",
    )
    assert (line["satisfied"], line["answers_on_satisfaction"], line["satisfaction"]) == (4, 5, "80.0")
    assert (totals["projects"], totals["agreed"], totals["paid"]) == (1, "2800.01", "1400.01")
    assert {"state": "FINISHED", "projects": 1} in totals["by_state"]


def test_the_field_is_named_by_who_contracts_and_by_nobody_else(
    people: SimpleNamespace, now: dt.datetime, walk: Walk
) -> None:
    row = walk("RUNNING")
    by: dict[str, Any] = {"by": people.street_officer, "now": now, "contract": row}
    refused(NotAllowed, operations.name_field, **{**by, "by": people.manager}, field="ELDERLY")
    refused(refusals.FieldUnknown, operations.name_field, **by, field="SPACE")

    assert operations.name_field(**by, field="ELDERLY").field == "ELDERLY"
    answer = session_client(people.street_officer).post(f"/api/v1/contracts/{row.pk}/field", {"field": "CULTURE"})
    assert (answer.status_code, answer.json()["field"]) == (200, "CULTURE")
    answer = session_client(people.manager).post(f"/api/v1/contracts/{row.pk}/field", {"field": "CULTURE"})
    assert answer.status_code == 403
