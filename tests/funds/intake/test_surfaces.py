"""Files of donations over HTTP, on the pages and on the desk."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

import funds.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
from funds.donations.models import Donation
from funds.intake.models import ColumnMapping, DonationIntake
from funds.intake.operations import upload_file
from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.jobs.operations import run_due
from tests.factories.funds_ledger import shut_month
from tests.people import desk_client, session_client, sign_in

pytestmark = pytest.mark.django_db

BASE = "/api/v1"
TEXT = "订单号,捐赠时间,捐赠人,捐赠金额,是否公开\nTX1,2026-03-01,王小明,100,否\nTX2,2026-03-01,李华,50,是\n"
BAD = TEXT + "TX3,2026-03-01,赵四,1e5,否\n"


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Any) -> None:
    """Keep uploaded files in a folder of the test."""
    settings.MEDIA_ROOT = tmp_path


def file(text: str = TEXT, name: str = "腾讯公益.csv") -> SimpleUploadedFile:
    """Return a platform's file as it is uploaded."""
    return SimpleUploadedFile(name, text.encode(), content_type="text/csv")


def work() -> None:
    """Run the jobs that are due."""
    while run_due(by=system_actor(), clock=clock.now):
        pass


def page(user: Any) -> Client:
    """Return the browser of a person."""
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def test_a_file_goes_its_way_over_http(people: SimpleNamespace) -> None:
    staff, officer = session_client(people.community_staff), session_client(people.charity_officer)
    body = {"fund": people.fund.pk}

    made = staff.post(f"{BASE}/donation-intakes", {**body, "file": file(BAD)}, format="multipart")
    again = officer.post(f"{BASE}/donation-intakes", {**body, "file": file(BAD)}, format="multipart")
    work()
    path = f"{BASE}/donation-intakes/{made.json()['id']}"
    read = staff.get(path).json()
    rows = staff.get(f"{BASE}/donation-intake-rows?intake={read['id']}").json()["results"]
    assert staff.get(f"{BASE}/donation-intake-rows/{rows[0]['id']}").json() == rows[0]
    blocked = officer.post(f"{path}/confirm", {}, format="json")
    confirmed = officer.post(f"{path}/confirm", {"leave_out_bad": True}, format="json")
    work()
    posted = staff.get(path).json()
    published = officer.post(f"{path}/publish", {"note": "平台开具电子票据"}, format="json")

    assert (made.status_code, made.json()["status"]) == (201, "UPLOADED")
    assert (again.status_code, again.json()["code"]) == (409, "donation_file_known")
    assert (read["status"], read["fresh"], read["bad"], read["total"]) == ("READ", 2, 1, "150.00")
    assert {row["donor_name"] for row in rows} == {"王*明", "李华", ""}
    assert (blocked.status_code, blocked.json()["code"]) == (409, "unusable_rows")
    assert (confirmed.json()["status"], posted["status"]) == ("CONFIRMED", "POSTED")
    assert published.json() == {"published": 2}
    assert session_client(None).get(f"{BASE}/donation-intakes").status_code in {401, 403}
    assert session_client(people.stranger).get(path).status_code == 403


def test_headings_are_saved_over_http(people: SimpleNamespace) -> None:
    body = {
        "charity": people.fund.charity_id,
        "name": "本地平台",
        "columns": {"reference": "单号", "amount": "款", "paid_on": "时"},
    }

    refused = session_client(people.community_staff).post(f"{BASE}/column-mappings", body, format="json")
    wrong = session_client(people.charity_officer).post(
        f"{BASE}/column-mappings", {**body, "columns": {}}, format="json"
    )
    made = session_client(people.charity_officer).post(f"{BASE}/column-mappings", body, format="json")

    assert (refused.status_code, wrong.status_code, made.status_code) == (403, 400, 201)
    assert made.json()["columns"]["amount"] == "款"


@pytest.mark.usefixtures("english")
def test_a_file_goes_its_way_on_the_pages(people: SimpleNamespace) -> None:
    staff, officer = page(people.community_staff), page(people.charity_officer)
    path = f"/funds/{people.fund.pk}/donation-intakes/new/"

    wrong = staff.post(path, {"file": file("x", "x.pdf")})
    made = staff.post(path, {"file": file(BAD)})
    row = DonationIntake.objects.get()
    waiting = staff.get(row.get_absolute_url()).content.decode()
    work()
    shown = staff.get(row.get_absolute_url()).content.decode()
    blocked = officer.post(f"{row.get_absolute_url()}confirm/", {})
    confirmed = officer.post(f"{row.get_absolute_url()}confirm/", {"leave_out_bad": "on"})
    work()
    published = officer.post(f"{row.get_absolute_url()}publish/", {"note": "平台开具"})

    assert (wrong.status_code, made.status_code) == (400, 302)
    assert "Only CSV and XLSX" in wrong.content.decode()
    assert "A job is at work" in waiting
    assert "王*明" in shown
    assert "王小明" not in shown
    assert "shortened by a spreadsheet" in shown
    assert (blocked.status_code, confirmed.status_code, published.status_code) == (400, 302, 302)
    assert f"{row.get_absolute_url()}publish/" not in officer.get(row.get_absolute_url()).content.decode()
    assert set(Donation.objects.values_list("status", flat=True)) == {"PUBLISHED"}
    assert row.name in staff.get("/donation-intakes/").content.decode()
    assert page(people.stranger).get("/donation-intakes/").status_code == 403
    assert page(people.stranger).get(path).status_code == 403
    assert "李华" in page(None).get(f"/funds/{people.fund.pk}/donations/").content.decode()


def test_a_file_goes_its_way_on_the_desk(people: SimpleNamespace) -> None:
    staff, officer = desk_client(people.community_staff), desk_client(people.charity_officer)
    add = "/desk/funds/donationintake/take-in/"

    wrong = staff.post(add, {"fund": people.fund.pk, "file": file("", "x.csv")})
    made = staff.post(add, {"fund": people.fund.pk, "file": file()})
    work()
    row = DonationIntake.objects.get()
    path = f"/desk/funds/donationintake/{row.pk}"
    shown = officer.get(f"{path}/change/").content.decode()
    confirmed = officer.post(f"{path}/moves/confirm/", {"asked": "1"})
    work()
    published = officer.post(f"{path}/deeds/publish/", {"note": "平台开具"})

    assert (wrong.status_code, made.status_code, staff.post(add).status_code) == (400, 302, 400)
    assert "王*明" in shown
    assert (confirmed.status_code, published.status_code) == (302, 302)
    assert Donation.objects.filter(status="PUBLISHED").count() == 2
    assert desk_client(people.auditor).get(add).status_code == 403
    assert officer.get("/desk/funds/donationintake/").status_code == 200


def test_headings_are_saved_on_the_desk(people: SimpleNamespace) -> None:
    path = "/desk/funds/donationintake/headings/"
    body = {
        "charity": people.fund.charity_id,
        "name": "本地平台",
        "column_reference": "单号",
        "column_amount": "款",
        "column_paid_on": "时",
    }
    officer = desk_client(people.charity_officer)

    same = officer.post(path, {**body, "column_amount": "单号"})
    made = officer.post(path, body)

    assert (same.status_code, made.status_code, officer.post(path).status_code) == (400, 302, 400)
    assert ColumnMapping.objects.get().columns == {"reference": "单号", "amount": "款", "paid_on": "时"}
    assert officer.get("/desk/funds/columnmapping/").status_code == 200
    assert desk_client(people.community_staff).get(path).status_code == 403


def test_pages_tell_which_rows_belong_to_closed_months(people: SimpleNamespace) -> None:
    shut_month(people.fund.book, dt.date(2026, 2, 27))
    late = TEXT.replace("TX1,2026-03-01", "TX1,2026-02-26")
    row = upload_file(by=people.community_staff, fund=people.fund, now=clock.now(), name="a.csv", file=file(late))
    work()

    said = page(people.charity_officer).get(row.get_absolute_url()).content.decode()
    desk = desk_client(people.charity_officer).get(f"/desk/funds/donationintake/{row.pk}/change/").content.decode()

    told = "有 1 行新捐款的支付日期在已结账月份"
    assert (told in said, told in desk) == (True, True)
    assert [found.reference for found in row.rows.in_closed_months()] == ["TX1"]
