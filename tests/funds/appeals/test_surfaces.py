"""Appeals over HTTP, on the pages and on the desk."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from funds.appeals.models import Appeal, AppealReport
from governance.calendar import clock
from tests.factories.funds_appeals import ADDRESS, AppealFactory, certified
from tests.people import desk_client, session_client, sign_in

pytestmark = pytest.mark.django_db

BASE = "/api/v1"


def said(**changes: Any) -> dict[str, Any]:
    """Return a draft that runs from today on."""
    today = clock.today()
    return {
        "kind": "PUBLIC",
        "title": "为老楼加装扶手",
        "purpose": "六栋老楼",
        "target": "10000.00",
        "starts_on": str(today),
        "ends_on": str(today + dt.timedelta(days=30)),
        "filing_number": "慈募备1号",
        "platform_url": ADDRESS,
        **changes,
    }


def page(user: Any) -> Client:
    """Return the browser of a person."""
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def test_an_appeal_goes_its_way_over_http(people: SimpleNamespace) -> None:
    certified(people.fund.charity, clock.today() + dt.timedelta(days=400))
    staff, officer = session_client(people.community_staff), session_client(people.charity_officer)

    wrong = staff.post(f"{BASE}/appeals", said(fund=people.fund.pk, platform_url="https://example.org/x"))
    made = staff.post(f"{BASE}/appeals", said(fund=people.fund.pk))
    path = f"{BASE}/appeals/{made.json()['id']}"
    hidden = session_client(None).get(path)
    forbidden = staff.post(f"{path}/open")
    opened = officer.post(f"{path}/open")
    shown = session_client(None).get(path)
    mute = officer.post(f"{path}/end")
    ended = officer.post(f"{path}/end", {"reason": "目标已达成"})

    assert (wrong.status_code, wrong.json()["code"]) == (400, "platform_not_designated")
    assert (made.status_code, made.json()["status"], hidden.status_code) == (201, "DRAFT", 404)
    assert (forbidden.status_code, opened.json()["status"]) == (403, "OPEN")
    assert (shown.json()["raised"], shown.json()["platform_url"]) == ("0.00", ADDRESS)
    assert (mute.status_code, ended.json()["status"]) == (400, "ENDED")


def test_accounts_are_public_and_shown_by_the_charity(people: SimpleNamespace) -> None:
    AppealFactory(fund=people.fund, opened=True, starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 1, 31))
    row = AppealReport.objects.get()
    path = f"{BASE}/appeal-reports/{row.pk}"

    listed = session_client(None).get(f"{BASE}/appeal-reports?is_shown=false").json()["results"]
    refused = session_client(people.stranger).post(f"{path}/show", {"text": "x"})
    shown = session_client(people.charity_officer).post(f"{path}/show", {"text": "全部用于扶手"})
    again = session_client(people.charity_officer).post(f"{path}/show", {"text": "改"})

    assert [found["id"] for found in listed] == [row.pk]
    assert refused.status_code == 403
    assert (shown.status_code, shown.json()["raised"], shown.json()["sequence"]) == (200, "0.00", 0)
    assert (again.status_code, again.json()["code"]) == (409, "appeal_report_shown")
    assert session_client(None).get(f"{BASE}/appeal-reports?is_shown=true").json()["results"] != []


@pytest.mark.parametrize("more", [1, 3])
def test_lists_take_a_fixed_number_of_queries(
    people: SimpleNamespace, more: int, django_assert_num_queries: Any
) -> None:
    for _number in range(more):
        AppealFactory(fund=people.fund, opened=True)

    with django_assert_num_queries(1):
        assert len(session_client(None).get(f"{BASE}/appeals").json()["results"]) == more
    with django_assert_num_queries(1):
        assert page(None).get("/appeals/").content.decode().count("<article") == more


@pytest.mark.usefixtures("english")
def test_the_page_leads_to_the_platform_and_takes_no_money(people: SimpleNamespace) -> None:
    today = clock.today()
    certified(people.fund.charity, today + dt.timedelta(days=400))
    row = AppealFactory(fund=people.fund, starts_on=today, ends_on=today + dt.timedelta(days=30))
    officer = page(people.charity_officer)

    draft = page(None).get(row.get_absolute_url())
    opened = officer.post(f"{row.get_absolute_url()}open/")
    shown = page(None).get(row.get_absolute_url()).content.decode()

    assert (draft.status_code, opened.status_code) == (404, 302)
    assert f'href="{ADDRESS}"' in shown
    assert "慈募备〔2026〕1号" in shown
    assert "takes no money" in shown
    assert "0 %" in shown
    assert "<form" not in shown.split('id="give"')[1].split("</section>")[0]


@pytest.mark.usefixtures("english")
def test_a_refusal_stays_on_the_page(people: SimpleNamespace) -> None:
    row = AppealFactory(fund=people.fund)
    officer = page(people.charity_officer)

    shown = officer.get(row.get_absolute_url()).content.decode()
    refused = officer.post(f"{row.get_absolute_url()}open/", follow=True)

    assert "has no certificate to appeal to the public" in shown
    assert "has no certificate to appeal to the public" in refused.content.decode()
    row.refresh_from_db()
    assert row.status == "DRAFT"


@pytest.mark.usefixtures("english")
def test_an_appeal_is_drafted_on_the_page(people: SimpleNamespace) -> None:
    path = f"/funds/{people.fund.pk}/appeals/new/"
    staff = page(people.community_staff)

    wrong = staff.post(path, said(target="1e5"))
    made = staff.post(path, said(target="1,000"))

    assert (page(people.stranger).get(path).status_code, staff.get(path).status_code) == (404, 200)
    assert (wrong.status_code, made.status_code) == (400, 302)
    assert Appeal.objects.get().target == 1000


@pytest.mark.usefixtures("english")
def test_what_is_owed_is_marked(people: SimpleNamespace) -> None:
    row = AppealFactory(fund=people.fund, opened=True, starts_on=dt.date(2025, 1, 1), ends_on=dt.date(2025, 1, 31))

    shown = page(None).get(row.get_absolute_url()).content.decode()
    offered = page(people.charity_officer).get(row.get_absolute_url()).content.decode()
    told = page(people.charity_officer).post(f"{row.get_absolute_url()}show/", {"text": "已完成"})

    assert "Owed since 2025-04-30" in shown
    assert "Show the account" in offered
    assert told.status_code == 302
    assert "已完成" in page(None).get(row.get_absolute_url()).content.decode()


def test_an_appeal_goes_its_way_on_the_desk(people: SimpleNamespace) -> None:
    certified(people.fund.charity, clock.today() + dt.timedelta(days=400))
    staff = desk_client(people.community_staff)

    wrong = staff.post("/desk/funds/appeal/add/", said(fund=people.fund.pk, filing_number=""))
    made = staff.post("/desk/funds/appeal/add/", said(fund=people.fund.pk))
    row = Appeal.objects.get()
    officer = desk_client(people.charity_officer)
    opened = officer.post(f"/desk/funds/appeal/{row.pk}/moves/open/")
    ended = officer.post(f"/desk/funds/appeal/{row.pk}/moves/end/", {"reason": "目标已达成"})
    report = row.reports.get()
    early = officer.post(f"/desk/funds/appealreport/{report.pk}/deeds/show/", {"text": "x"})

    row.refresh_from_db()
    assert (wrong.status_code, made.status_code, opened.status_code, ended.status_code) == (200, 302, 302, 302)
    assert (row.status, early.status_code) == ("ENDED", 200)
    assert officer.get("/desk/funds/appealreport/").status_code == 200
    assert officer.get(f"/desk/funds/appeal/{row.pk}/change/").status_code == 200
