"""What happens after a matter is in, on the phone, on the desk and through the API."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from communities.bodies.models import BodyKind
from communities.people.models import Role
from consultation.matters.handling import calling, dispatching, sorting
from consultation.matters.handling.lifecycle import AssignmentStatus, CallBackStatus, ContestStatus
from consultation.matters.handling.models import Assignment, CallBack, Petition, SortingContest, TimeRequest
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterKind, Route
from governance.accounts.models import User
from governance.calendar import clock
from governance.portal.worklist import waiting_for
from tests.consultation.matters.handling.conftest import known
from tests.factories.communities import BodyFactory, BodyMembershipFactory, PostFactory
from tests.people import House, desk_client, session_client, sign_in, token_client

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def today_now() -> dt.datetime:
    """The present: what the surfaces reckon with."""
    return clock.now()


def page_of(client: Client, matter: Matter) -> str:
    """Return the matter's page."""
    answer = client.get(matter.get_absolute_url())
    assert answer.status_code == 200
    return str(answer.content.decode())


def act(client: Client, matter: Matter, name: str, **data: Any) -> Any:
    """Send the form of a step."""
    return client.post(reverse("consultation:matter-act", args=[matter.pk, name]), data)


def desk(name: str, *args: Any) -> str:
    """Return an address of the desk."""
    return reverse(f"admin:consultation_{name}", args=args)


# --------------------------------------------------------------------------------------------------------------- pages


def test_a_resident_contests_and_reads_what_the_street_says(
    *, sorted_to: Any, client: Client, resident: User, street_officer: User, today_now: dt.datetime
) -> None:
    matter = sorted_to(Route.DIRECT, now=today_now)
    sign_in(client, resident)
    assert "Contest the sorting" in page_of(client, matter)

    assert act(client, matter, "contest", wanted="BIG", reason="").status_code == 400
    assert act(client, matter, "contest", wanted="BIG", reason="路是市政的。").status_code == 302

    contest = SortingContest.objects.get()
    sorting.reject_contest(by=street_officer, now=today_now, contest=contest, reason="小区内部道路。")
    shown = page_of(client, matter)
    assert "The sorting was contested" in shown
    assert "小区内部道路。" in shown
    assert "<summary>Contest the sorting" not in shown


def test_staff_hand_a_matter_to_an_office_and_the_resident_follows(
    *, sorted_to: Any, office: Any, client: Client, community_staff: User, resident: User, today_now: dt.datetime
) -> None:
    matter = sorted_to(now=today_now)
    sign_in(client, community_staff)
    assert "区市政管理所" in page_of(client, matter)

    assert act(client, matter, "assign", body=office.pk, task="请修复。").status_code == 302
    assert act(client, matter, "tell", text="已派单。").status_code == 302
    assert act(client, matter, "pause", cause="WEATHER", days="3", reason="下雨。").status_code == 302

    assert (Assignment.objects.get().task, TimeRequest.objects.get().cause) == ("请修复。", "WEATHER")
    sign_in(client, resident)
    shown = page_of(client, matter)
    for text in ("区市政管理所", "已派单。", "下雨。"):
        assert text in shown


def test_the_reference_list_is_offered_to_who_sorts(
    *, raised: Any, client: Client, community_staff: User, today_now: dt.datetime
) -> None:
    matter = raised(now=today_now)
    sign_in(client, community_staff)
    assert "道路桥梁建设与养护" in page_of(client, matter)
    given = {"sorting": "BIG:DEPARTMENT", "reason": "清单。", "summary": "路面塌陷。", "reference": "S-BIG-01"}

    assert act(client, matter, "sort", **given, kind="DANGER", urgency="").status_code == 302

    matter.refresh_from_db()
    assert (matter.reference_text, matter.kind) == ("道路桥梁建设与养护", MatterKind.DANGER)


def test_a_resident_says_weeks_later_that_it_is_not_fixed(
    *, closed: Any, client: Client, resident: User, system: User, today_now: dt.datetime
) -> None:
    matter = closed(now=today_now - dt.timedelta(days=28))
    calling.open_call_backs(by=system, now=today_now, today=clock.today())
    sign_in(client, resident)
    assert "Say whether it is fixed" in page_of(client, matter)

    assert act(client, matter, "say-again", is_solved="no", words="又塌了。", satisfaction="1").status_code == 302

    matter.refresh_from_db()
    assert (matter.status, CallBack.objects.get().status) == (MatterStatus.SORTED, CallBackStatus.ANSWERED)


def test_a_private_affair_gets_advice_and_names(
    *, sorted_to: Any, client: Client, resident: User, today_now: dt.datetime
) -> None:
    matter = sorted_to(Route.ADVICE, now=today_now)
    sign_in(client, resident)

    assert page_of(client, matter)
    client.logout()
    assert client.get(matter.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_eight_queries_at_most(
    *,
    count: int,
    sorted_to: Any,
    client: Client,
    resident: User,
    community_staff: User,
    street_officer: User,
    district: Any,
    today_now: dt.datetime,
    django_assert_max_num_queries: Any,
) -> None:
    matter = sorted_to(now=today_now)
    for number in range(count):
        body = BodyFactory(kind=BodyKind.DEPARTMENT, name=f"第{number}科", division=district)
        dispatching.assign_matter(by=community_staff, now=today_now, matter=matter, body=body, is_lead=number == 0)
    for reader, most in (
        (resident, 8),
        (community_staff, 8),
        (street_officer, 10),
    ):  # the street: offices and their orders
        sign_in(client, reader)
        with django_assert_max_num_queries(most):
            shown = page_of(client, matter)
        assert shown.count("科</b>") == count


def test_strangers_get_no_deeds(*, sorted_to: Any, client: Client, stranger: User, today_now: dt.datetime) -> None:
    matter = sorted_to(now=today_now)
    sign_in(client, stranger)

    assert "Contest" not in page_of(client, matter)
    assert act(client, matter, "contest", wanted="SMALL", reason="我说。").status_code == 404
    assert SortingContest.objects.count() == 0


# ---------------------------------------------------------------------------------------------------------------- desk


def test_an_office_works_on_the_desk(
    *, sorted_to: Any, office: Any, clerk: User, community_staff: User, today_now: dt.datetime
) -> None:
    order = dispatching.assign_matter(by=community_staff, now=today_now, matter=sorted_to(now=today_now), body=office)
    assert [waiting.label for waiting in waiting_for(known(clerk))] == ["consultation.Assignment"]
    client = desk_client(clerk)
    assert "小区门口路面塌陷" in client.get(desk("assignment_change", order.pk)).content.decode()

    client.post(desk("assignment_move", order.pk, "accept"))
    client.post(desk("assignment_move", order.pk, "answer"), {"answer": "下周修。", "outcome": "PLANNED"})

    order.refresh_from_db()
    assert (order.status, order.answer) == (AssignmentStatus.ANSWERED, "下周修。")
    assert client.get(desk("matter_board")).status_code in {200, 403}


def test_the_street_decides_on_the_desk(
    *, sorted_to: Any, resident: User, street_officer: User, today_now: dt.datetime
) -> None:
    matter = sorted_to(Route.DIRECT, now=today_now)
    contest = sorting.contest_sorting(by=resident, now=today_now, matter=matter, wanted="BIG", reason="市政的。")
    client = desk_client(street_officer)
    assert "DEPARTMENT" in client.get(desk("sortingcontest_move", contest.pk, "uphold")).content.decode()

    client.post(
        desk("sortingcontest_move", contest.pk, "uphold"),
        {"sorting": "BIG:DEPARTMENT", "reason": "确属市政。", "summary": "路面塌陷。"},
    )

    contest.refresh_from_db()
    matter.refresh_from_db()
    assert (contest.status, matter.three_way) == (ContestStatus.UPHELD, "BIG")


def test_the_deeds_of_a_matter_on_the_desk(
    *, sorted_to: Any, office: Any, community_staff: User, street_reviewer: User, today_now: dt.datetime
) -> None:
    matter = sorted_to(now=today_now)
    client = desk_client(community_staff)
    shown = client.get(desk("matter_change", matter.pk)).content.decode()
    for text in ("Hand it to an office", "Ask for a rest of the clock", "Ask for a later day"):
        assert text in shown
    assert "Sort anew" not in shown

    client.post(desk("matter_deed", matter.pk, "assign"), {"body": office.pk, "task": "请修。"})
    client.post(desk("matter_deed", matter.pk, "extend"), {"days": "2", "reason": "缺材料。"})
    reviewer = desk_client(street_reviewer)
    reviewer.post(desk("timerequest_move", TimeRequest.objects.get().pk, "grant"))
    client.post(desk("matter_deed", matter.pk, "petition"), {"reason": "转信访。"})

    matter.refresh_from_db()
    assert (matter.status, Petition.objects.count()) == (MatterStatus.PETITION, 1)
    assert TimeRequest.objects.get().status == "GRANTED"
    board = client.get(desk("matter_board"))
    assert board.status_code == 200


def test_the_desk_keeps_who_gave_a_tip(
    *, raised: Any, resident: User, street_reviewer: User, today_now: dt.datetime
) -> None:
    tip = raised(kind=MatterKind.REPORT, now=today_now, title="举报", text="有人套取补贴。")
    client = desk_client(street_reviewer)

    shown = client.get(desk("matter_change", tip.pk)).content.decode()

    assert "有人套取补贴。" in shown
    assert str(resident) not in shown
    api = session_client(street_reviewer).get(f"/api/v1/matters/{tip.pk}").json()
    assert (api["text"], api["raised_for"]) == ("有人套取补贴。", None)
    sign_in(client, street_reviewer)
    assert str(resident) not in page_of(client, tip)


# ----------------------------------------------------------------------------------------------------------------- API


def post(client: Any, path: str, **data: Any) -> Any:
    """Send a body to the API."""
    return client.post(f"/api/v1/{path}", data, format="json")


def test_a_hotline_dispatches_and_a_department_answers_through_the_api(
    *, sorted_to: Any, office: Any, house: House, community_staff: User, today_now: dt.datetime
) -> None:
    matter = sorted_to(now=today_now)
    service = house.people["service_client"]
    PostFactory(user=service, role=Role.COMMUNITY_STAFF, division=house.places["community"])
    BodyMembershipFactory(body=office, user=service, name="市政平台")
    hotline = token_client(known(service))

    answer = post(hotline, f"matters/{matter.pk}/dispatch_to", body=office.pk, task="请修。")
    assert (answer.status_code, answer.json()["status"]) == (200, "TRANSFERRED")
    listed = hotline.get("/api/v1/work-orders").json()["results"]
    order = Assignment.objects.get()
    assert [row["number"] for row in listed] == [matter.number]
    assert post(hotline, f"work-orders/{order.pk}/accept").json()["status"] == "ACCEPTED"
    done = post(hotline, f"work-orders/{order.pk}/answer", answer="下周修。", outcome="PLANNED")
    assert done.json()["status"] == "ANSWERED"
    told = post(hotline, f"matters/{matter.pk}/tell", text="已回单。")
    assert told.status_code == 200


def test_a_token_without_the_scope_writes_nothing(
    *, sorted_to: Any, office: Any, house: House, today_now: dt.datetime
) -> None:
    matter = sorted_to(now=today_now)
    service = house.people["service_client"]
    PostFactory(user=service, role=Role.COMMUNITY_STAFF, division=house.places["community"])
    reader = token_client(known(service), "consultation:read")

    assert post(reader, f"matters/{matter.pk}/dispatch_to", body=office.pk).status_code == 403
    assert Assignment.objects.count() == 0


@pytest.mark.parametrize("name", ["resident", "stranger", "other_community_staff", "supervisor", "auditor"])
def test_who_sees_no_work_orders_of_others(
    *, name: str, sorted_to: Any, office: Any, community_staff: User, house: House, today_now: dt.datetime
) -> None:
    matter = sorted_to(now=today_now)
    dispatching.assign_matter(by=community_staff, now=today_now, matter=matter, body=office)
    client = session_client(house.people[name])

    answer = client.get("/api/v1/work-orders")

    if name == "resident":
        assert [row["number"] for row in answer.json()["results"]] == [matter.number]
    else:
        assert answer.status_code == 403 or answer.json()["results"] == []
    assert post(client, f"work-orders/{Assignment.objects.get().pk}/accept").status_code in {403, 404}


def test_the_rates_are_public(*, closed: Any, house: House, today_now: dt.datetime) -> None:
    for _one in range(5):
        closed(now=today_now, satisfaction=5)
    client = session_client(None)

    answer = client.get("/api/v1/matter-rates", {"division": house.places["community"].pk})

    row = answer.json()["places"][0]
    assert (answer.status_code, row["count"]) == (200, 5)
    assert row["satisfaction"] == {"numerator": 5, "denominator": 5, "percent": "100.0", "is_hidden": False}
    assert client.get("/api/v1/matter-rates").status_code == 400
    backwards = {"division": house.places["community"].pk, "since": "2026-02-02", "until": "2026-01-01"}
    assert client.get("/api/v1/matter-rates", backwards).json()["code"] == "period_backwards"


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_work_orders_costs_the_same(
    *,
    count: int,
    sorted_to: Any,
    office: Any,
    community_staff: User,
    today_now: dt.datetime,
    django_assert_num_queries: Any,
) -> None:
    for _one in range(count):
        dispatching.assign_matter(by=community_staff, now=today_now, matter=sorted_to(now=today_now), body=office)
    client = session_client(community_staff)

    with django_assert_num_queries(4):
        answer = client.get("/api/v1/work-orders")

    assert len(answer.json()["results"]) == count
