"""Volunteering through the API, on the pages and at the desk."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from projects.volunteering import operations, tasks
from projects.volunteering.models import ServiceHour, VolunteerActivity
from tests.people import desk_client, session_client, sign_in

pytestmark = pytest.mark.django_db
BASE = "/api/v1"


@pytest.fixture
def activity(people: SimpleNamespace) -> VolunteerActivity:
    """An activity that runs in these hours: it began three hours ago."""
    now = timezone.now()
    row = operations.plan_activity(
        by=people.community_staff,
        now=now - dt.timedelta(hours=4),
        division=people.community,
        title="清理楼道杂物",
        place="12栋一单元门口",
        starts_at=now - dt.timedelta(hours=3),
        ends_at=now + dt.timedelta(hours=1),
        places=5,
        risk_notice="楼道湿滑",
    )
    return operations.open_activity(by=people.community_staff, now=now - dt.timedelta(hours=4), activity=row)


def browser(user: Any = None) -> Client:
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def served(people: SimpleNamespace, activity: VolunteerActivity, person: Any, minutes: int) -> ServiceHour:
    operations.sign_in(by=person, now=activity.starts_at, activity=activity, code=activity.code)
    then = activity.starts_at + dt.timedelta(minutes=minutes)
    return operations.sign_out(by=person, now=then, activity=activity)


# --- API


def test_hours_go_their_way_through_the_api(people: SimpleNamespace, activity: VolunteerActivity) -> None:
    path = f"{BASE}/activities/{activity.pk}"
    resident, staff = session_client(people.resident), session_client(people.community_staff)

    shown = session_client(None).get(path)
    wrong = resident.post(f"{path}/sign-in", {"code": "x"}, format="json")
    signed = resident.post(f"{path}/sign-in", {"code": activity.code}, format="json")
    again = resident.post(f"{path}/sign-in", {"code": activity.code}, format="json")
    out = resident.post(f"{path}/sign-out")
    record = f"{BASE}/service-hours/{out.json()['id']}"
    own = resident.post(f"{record}/verify")
    verified = staff.post(f"{record}/verify")
    hidden = session_client(people.neighbor_resident).get(record)

    assert (shown.status_code, "code" in shown.json()) == (200, False)
    assert (wrong.json()["code"], again.json()["code"]) == ("sign_in_code_wrong", "signed_in_already")
    assert (signed.status_code, out.json()["status"], out.json()["volunteer"]) == (201, "SIGNED_OUT", "王小明")
    assert (own.status_code, verified.json()["status"], verified.json()["volunteer"]) == (403, "VERIFIED", "王*明")
    assert hidden.status_code == 404


def test_a_sheet_comes_through_the_api(people: SimpleNamespace, activity: VolunteerActivity) -> None:
    path = f"{BASE}/activities/{activity.pk}/hours"
    begun = activity.starts_at
    line = {
        "volunteer": people.resident.username,
        "signed_in_at": begun.isoformat(),
        "signed_out_at": (begun + dt.timedelta(hours=1)).isoformat(),
    }
    staff = session_client(people.community_staff)

    entered = staff.post(path, {"lines": [line]}, format="json")
    again = staff.post(path, {"lines": [line]}, format="json")
    refused = session_client(people.resident).post(path, {"lines": [line]}, format="json")

    assert (entered.status_code, entered.json()[0]["minutes"], entered.json()[0]["source"]) == (201, 60, "SHEET")
    assert (again.status_code, again.json()["code"], refused.status_code) == (409, "signed_in_already", 403)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(
    people: SimpleNamespace, activity: VolunteerActivity, count: int, django_assert_num_queries: Any
) -> None:
    for person in (people.resident, people.neighbor_resident, people.stranger)[:count]:
        served(people, activity, person, 60)
    client = session_client(people.community_staff)
    client.get(f"{BASE}/activities")

    with django_assert_num_queries(4):
        assert len(client.get(f"{BASE}/service-hours").json()["results"]) == count


# --- Pages


def test_a_volunteer_signs_in_with_the_scanned_code(
    people: SimpleNamespace, activity: VolunteerActivity, english: None
) -> None:
    scanned = f"/activities/{activity.pk}/sign-in/?code={activity.code}"
    client = browser(people.resident)

    asked = browser().get(scanned)
    page = client.get(scanned)
    wrong = client.post(scanned, {"code": "x"})
    signed = client.post(scanned, {"code": activity.code})
    on_page = text(client.get(f"/activities/{activity.pk}/"))
    out = client.post(f"/activities/{activity.pk}/acts/sign_out/")

    assert (asked.status_code, page.status_code, wrong.status_code, signed.status_code) == (302, 200, 400, 302)
    assert activity.code in page.content.decode()
    assert "楼道湿滑" in text(page)
    assert "not that of the activity" in text(wrong)
    assert "signed in" in on_page
    assert (out.status_code, ServiceHour.objects.get().status) == (302, "SIGNED_OUT")


def test_the_code_hangs_at_the_place_only(people: SimpleNamespace, activity: VolunteerActivity) -> None:
    address = f"/activities/{activity.pk}/code/"

    printed = browser(people.community_staff).get(address)

    assert activity.code in printed.content.decode()
    assert 'class="qr"' in printed.content.decode()
    assert browser(people.resident).get(address).status_code == 404
    for page in (f"/activities/{activity.pk}/", f"/divisions/{people.community.pk}/activities/"):
        shown = browser().get(page)
        assert (shown.status_code, activity.code in shown.content.decode()) == (200, False)


def test_staff_verify_and_reject_on_the_page(
    people: SimpleNamespace, activity: VolunteerActivity, english: None
) -> None:
    rows = [served(people, activity, person, 60) for person in (people.resident, people.stranger)]
    client = browser(people.community_staff)

    verified = client.post(f"/service-hours/{rows[0].pk}/acts/verify/")
    silent = client.post(f"/service-hours/{rows[1].pk}/acts/reject/", {"reason": ""})
    rejected = client.post(f"/service-hours/{rows[1].pk}/acts/reject/", {"reason": "当时不在场"})
    other = browser(people.resident).post(f"/service-hours/{rows[1].pk}/acts/verify/")
    day = timezone.localdate(activity.starts_at)
    start = timezone.localtime(activity.starts_at)
    sheet = f"{people.neighbor_resident.username} {start:%H:%M} {start + dt.timedelta(minutes=30):%H:%M}"
    activity.refresh_from_db()
    entered = client.post(f"/activities/{activity.pk}/acts/enter_hours/", {"day": str(day), "lines": sheet})
    unread = client.post(f"/activities/{activity.pk}/acts/enter_hours/", {"day": str(day), "lines": "nobody"})

    assert (verified.status_code, silent.status_code, rejected.status_code, other.status_code) == (302, 400, 302, 404)
    assert (entered.status_code in {302, 400}, unread.status_code) == (True, 400)
    assert "nobody" in text(unread)
    assert [ServiceHour.objects.get(pk=row.pk).status for row in rows] == ["VERIFIED", "REJECTED"]


def test_the_passport_shows_ones_own(people: SimpleNamespace, activity: VolunteerActivity, english: None) -> None:
    row = served(people, activity, people.resident, 125)
    operations.verify_hours(by=people.community_staff, now=timezone.now(), hours=row)
    tasks.credit()

    own = text(browser(people.resident).get("/passport/"))
    other = text(browser(people.neighbor_resident).get("/passport/"))

    assert browser().get("/passport/").status_code == 302
    assert "125" in own
    assert re.search(r"Points in \S+ 4 ", own)
    assert activity.title in own
    assert activity.title not in other


@pytest.mark.parametrize("count", [1, 3])
def test_the_passport_costs_the_same_for_any_number(
    people: SimpleNamespace, count: int, opened: Any, at: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        row = opened(starts_at=at(8 + number), ends_at=at(9 + number))
        operations.sign_in(by=people.resident, now=at(8 + number), activity=row, code=row.code)
        operations.sign_out(by=people.resident, now=at(8 + number, 30), activity=row)
    client = browser(people.resident)

    with django_assert_max_num_queries(10):
        assert client.get("/passport/").status_code == 200


# --- Desk


def test_the_desk_plans_and_opens(people: SimpleNamespace) -> None:
    now = timezone.localtime()
    tomorrow = timezone.localdate(now) + dt.timedelta(days=1)
    client = desk_client(people.community_staff)
    body = {
        "title": "台账活动",
        "division": people.community.pk,
        "place": "门口",
        "starts_at_0": str(tomorrow),
        "starts_at_1": "08:00",
        "ends_at_0": str(tomorrow),
        "ends_at_1": "12:00",
        "places": "5",
        "risk_notice": "",
    }

    wrong = client.post("/desk/projects/volunteeractivity/add/", {**body, "ends_at_1": "07:00"})
    planned = client.post("/desk/projects/volunteeractivity/add/", body)
    row = VolunteerActivity.objects.get()
    opened = client.post(f"/desk/projects/volunteeractivity/{row.pk}/moves/open/")
    shown = client.get(f"/desk/projects/volunteeractivity/{row.pk}/change/").content.decode()

    row.refresh_from_db()
    assert (wrong.status_code, planned.status_code, opened.status_code, row.status) == (200, 302, 302, "OPEN")
    errors = wrong.context["adminform"].form.errors
    assert list(errors) == ["ends_at"]
    assert "volunteeractivity_" not in str(errors)
    assert row.code not in shown


def test_the_desk_verifies(people: SimpleNamespace, activity: VolunteerActivity) -> None:
    row = served(people, activity, people.resident, 60)
    signed_in = operations.sign_in(by=people.stranger, now=timezone.now(), activity=activity, code=activity.code)
    client = desk_client(people.community_staff)

    verified = client.post(f"/desk/projects/servicehour/{row.pk}/moves/verify/")
    out = client.post(f"/desk/projects/servicehour/{signed_in.pk}/moves/sign_out/")

    assert (verified.status_code, out.status_code) == (302, 302)
    assert list(ServiceHour.objects.order_by("pk").values_list("status", flat=True)) == ["VERIFIED", "SIGNED_OUT"]
