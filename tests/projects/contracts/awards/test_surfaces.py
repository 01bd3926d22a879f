"""Contracts on awards on the pages, in the API and at the desk."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from governance.money import format_yuan
from projects.contracts.models import Contract
from projects.contracts.services import operations as services
from projects.contracts.terms.models import AwardPayment, Expenditure, Supplement
from projects.purchasing.awarding.models import PurchaseAward
from socialorgs.supervision.models import StandingAlert
from tests.people import desk_client, session_client, sign_in
from tests.projects.contracts.awards.conftest import LINES, review, spend

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]
LONG = 80 * 1024
BOARD_QUERIES = 12


@pytest.fixture
def now() -> dt.datetime:
    """The surfaces ask the clock: the award was made half a year ago, so that the contract runs in these days."""
    return timezone.now() - dt.timedelta(days=130)


def browser(user: Any = None) -> Client:
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("发票.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")


def test_everybody_reads_the_four_pages(
    people: SimpleNamespace, walk: Walk, english: None, django_assert_max_num_queries: Any
) -> None:
    row = walk("RUNNING")
    review(people, row)
    spend(people, row)
    shown = {}
    for name in ("", "money/", "watch/", "services/"):
        with django_assert_max_num_queries(10):
            answer = browser().get(f"/contracts/{row.pk}/{name}")
        assert answer.status_code == 200
        assert len(answer.content) < LONG
        shown[name] = text(answer)

    assert "From need to those who help" in shown[""]
    assert "33.33%" in shown[""]
    assert "上门服务" in shown["money/"]
    assert "04412345" not in shown["money/"]
    assert "进度与资金使用符合约定" in shown["watch/"]


def test_the_organization_spends_and_the_community_checks_on_the_page(
    people: SimpleNamespace, walk: Walk, english: None
) -> None:
    row = walk("RUNNING")
    address, manager = f"/contracts/{row.pk}/money/", browser(people.manager)
    body = {
        "line": row.lines.get(number=1).pk,
        "spent_on": timezone.localdate(),
        "amount": "1,200.00",
        "payee": "自流井区文印店",
        "what": "宣传册",
        "invoice_number": "77",
    }

    refused = manager.post(f"{address}spend/", {**body, "amount": "99,000.00", "invoice": paper()})
    made = manager.post(f"{address}spend/", {**body, "invoice": paper()})
    bill = Expenditure.objects.get()
    own = manager.get("/contracts/mine/")
    late = browser(people.manager).post(f"/contracts/{row.pk}/expenditure/{bill.pk}/confirm/")
    checked = browser(people.community_staff).post(f"/contracts/{row.pk}/expenditure/{bill.pk}/confirm/")
    bill.refresh_from_db()

    assert (refused.status_code, made.status_code, late.status_code, checked.status_code) == (400, 302, 400, 302)
    assert "宣传册" in refused.content.decode()
    assert bill.status == "CONFIRMED"
    assert "Report the milestone" in text(own)
    assert "evidence due by" in text(manager.get("/my/organizations/"))
    assert "evidence due by" not in text(browser().get(row.organization.get_absolute_url()))
    assert browser().get("/contracts/mine/").status_code == 302


def test_the_sheet_shows_invoices_to_the_staff_only(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")
    spend(people, row)

    def cells(user: Any) -> set[Any]:
        answer = browser(user).get(f"/contracts/{row.pk}/money.xlsx")
        return {cell.value for line in load_workbook(BytesIO(answer.content)).worksheets[0].rows for cell in line}

    assert "04412345" in cells(people.community_staff)
    assert "04412345" not in cells(None)
    assert "48000.00" in cells(None)


def test_invoices_that_no_workbook_holds_are_not_cut(
    people: SimpleNamespace, walk: Walk, english: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = walk("RUNNING")
    spend(people, row)
    address = f"/contracts/{row.pk}/money.xlsx"
    monkeypatch.setattr("projects.contracts.terms.spreadsheet.MOST_ROWS", 0)

    refused = browser(people.community_staff).get(address)

    assert (refused.status_code, "more than 0 rows" in text(refused)) == (400, True)
    assert browser().get(address).status_code == 200  # the lines alone


def test_the_register_of_a_place_is_a_workbook(
    people: SimpleNamespace, walk: Walk, english: None, django_assert_num_queries: Any
) -> None:
    row = walk("RUNNING")
    address = f"/divisions/{row.division_id}/contracts.xlsx"

    with django_assert_num_queries(2):  # the place, the contracts with their milestones and payments
        answer = browser().get(address)
    heads, cells = load_workbook(BytesIO(answer.content)).worksheets[0].values
    found = dict(zip(heads, cells, strict=True))

    assert (found["number"], found["amount"], found["Paid"]) == (row.number, "78000.00", "0.00")
    assert (found["milestones"], found["Milestones confirmed"]) == ("1", "0")
    assert (
        len(list(load_workbook(BytesIO(browser().get(f"{address}?status=CLOSED").content)).worksheets[0].values)) == 1
    )


def test_a_register_that_is_longer_than_a_workbook_is_narrowed_first(
    walk: Walk, english: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part of it would pass for the whole."""
    row = walk("RUNNING")
    monkeypatch.setattr("projects.contracts.sheet.MOST_ROWS", 0)
    client, home = browser(), f"/divisions/{row.division_id}/contracts"

    answer = client.get(f"{home}.xlsx", headers={"referer": f"http://testserver{home}/"})

    assert (answer.status_code, answer["Location"]) == (302, f"http://testserver{home}/")
    assert "Narrow it by place" in client.get(f"{home}/").content.decode()
    assert client.get(f"{home}.xlsx?status=CLOSED").status_code == 200


def test_a_supplement_and_a_payment_go_through_the_api(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")
    street, reviewer = session_client(people.street_officer), session_client(people.street_reviewer)
    base = "/api/v1"
    line = row.lines.get(number=2)
    body = {"contract": row.pk, "amount": "7800.00", "line": line.pk, "reason": "服务对象增加"}

    wrong = street.post(f"{base}/contract-supplements", {**body, "amount": "7800.01"}, format="json")
    made = street.post(f"{base}/contract-supplements", body, format="json")
    path = f"{base}/contract-supplements/{made.json()['id']}"
    steps = [
        session_client(people.manager).post(f"{path}/agree").json()["status"],
        reviewer.post(f"{path}/approve").json()["status"],
    ]
    released = street.post(f"{base}/contracts/{row.pk}/release", {"number": 1}, format="json")
    payment = f"{base}/contract-payments/{AwardPayment.objects.get().pk}"
    approved = reviewer.post(f"{payment}/approve").json()["status"]
    told = {"paid_on": str(timezone.localdate()), "reference": "自财支1号"}
    paid = street.post(f"{payment}/record_paid", told, format="json").json()["status"]
    public = session_client(None).get(f"{base}/contract-supplements").json()["results"]
    instalments = session_client(None).get(f"{base}/contracts/{row.pk}").json()["instalments"]

    assert (wrong.status_code, wrong.json()["code"]) == (400, "supplement_too_large")
    assert (steps, released.status_code, approved, paid) == (["AGREED", "APPROVED"], 200, "APPROVED", "PAID")
    assert [found["id"] for found in public] == [Supplement.objects.get().pk]
    award_payment = AwardPayment.objects.get()
    of_number = {one["number"]: one for one in instalments}
    assert of_number[1]["id"] == award_payment.instalment_id
    assert of_number[1]["public_payments"] == [
        {"id": award_payment.pk, "amount": str(award_payment.amount), "status": "PAID", "paid_on": told["paid_on"]}
    ]
    assert of_number[2]["public_payments"] == []


def test_a_review_is_recorded_and_answered_in_the_api(people: SimpleNamespace, walk: Walk) -> None:
    row, today = walk("RUNNING"), timezone.localdate()
    body = {
        "contract": row.pk,
        "kind": "VISIT",
        "held_on": str(today),
        "reviewer": "社区事务办公室",
        "findings": "缺签到表。",
        "conclusion": "MEND",
        "mend_by": str(today),
    }

    refused = session_client(people.manager).post("/api/v1/contract-reviews", body, format="json")
    made = session_client(people.supervisor).post("/api/v1/contract-reviews", body, format="json")
    path = f"/api/v1/contract-reviews/{made.json()['id']}"
    answered = session_client(people.manager).post(f"{path}/answer", {"answer": "已补"}, format="json")

    assert (refused.status_code, made.status_code, answered.json()["status"]) == (403, 201, "ANSWERED")


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_any_number(
    people: SimpleNamespace, walk: Walk, count: int, django_assert_num_queries: Any
) -> None:
    row = walk("RUNNING")
    for number in range(count):
        spend(people, row, invoice_number=f"N{number}", amount=Decimal("10.00"))
        services.record_posts(
            by=people.street_officer,
            now=people.now,
            division=row.division,
            kind="SOCIAL_WORK",
            posts=1,
            amount=Decimal(1),
            starts_on=dt.date(2017, 1, 1),
            ends_on=dt.date(2018, 1, 1),
            agency_name=f"机构{number}",
        )
        award = services.enter_award(
            by=people.manager,
            now=people.now,
            contract=row,
            title=f"荣誉{number}",
            level="CITY",
            granted_by="市民政局",
            granted_on=people.now.date(),
        )
        services.confirm_award(by=people.street_reviewer, now=people.now, award=award)
    place = f"/divisions/{row.division_id}"
    with django_assert_num_queries(5):
        assert browser().get(f"{place}/bought-posts/").status_code == 200
    with django_assert_num_queries(4):
        assert browser().get(f"{place}/project-awards/").status_code == 200
    with django_assert_num_queries(3):
        assert browser().get(f"{place}/services/").status_code == 200
    client = session_client(None)
    with django_assert_num_queries(1):
        assert len(client.get("/api/v1/project-awards").json()["results"]) == count


def test_the_board_is_for_the_staff_and_tells_what_to_look_at(
    people: SimpleNamespace, walk: Walk, english: None
) -> None:
    row = walk("RUNNING")
    spend(people, row, amount=Decimal("57000.00"))
    address = f"/divisions/{row.division_id}/contracts/watch/"

    seen = browser(people.street_officer).get(address)

    assert browser(people.resident).get(address).status_code == 403
    assert "Milestones overdue: 1." in text(seen)
    assert "Spending that nobody has checked: 1." in text(seen)
    assert f"{format_yuan(Decimal('57000.00'))} yuan / {format_yuan(row.amount)} yuan" in text(seen)
    assert re.search(r"\d+% \d+ of \d+ days", text(seen))


@pytest.mark.parametrize("count", [1, 3])
def test_the_board_shows_alerts_until_somebody_has_looked_at_them(
    people: SimpleNamespace, walk: Walk, english: None, count: int, django_assert_num_queries: Any
) -> None:
    row = walk("RUNNING")
    alerts = [
        StandingAlert.objects.create(
            organization=row.organization,
            division=row.division,
            cause="LISTED",
            cause_key=str(number),
            said=f"列入活动异常名录第{number}号",
            subject_label="projects.Contract",
            subject_key=str(row.pk),
            subject=row.title,
            address=row.get_absolute_url(),
            raised_at=people.now,
        )
        for number in range(count)
    ]
    client = browser(people.street_officer)
    address = f"/divisions/{row.division_id}/contracts/watch/"
    client.get(address)

    with django_assert_num_queries(BOARD_QUERIES):
        seen = text(client.get(address))
    assert all(alert.said in seen for alert in alerts)
    assert "Nothing stands out" not in seen
    StandingAlert.objects.update(noted_at=people.now, noted_by=people.street_officer, measures="已约谈。")
    assert alerts[0].said not in text(client.get(address))


def test_the_desk_drafts_on_an_award(people: SimpleNamespace, award: PurchaseAward, english: None) -> None:
    client = desk_client(people.street_officer)
    body = {
        "division": award.landing_id,
        "organization": award.organization_id,
        "purchase": award.pk,
        "title": "居家养老服务",
        "scope": "上门服务",
        "amount": "78,000.00",
        "starts_on": str(award.starts_on),
        "ends_on": str(award.ends_on),
        "instalments": "33.33 SIGNING\n33.33 MIDTERM\n33.34 ACCEPTANCE",
        "lines": "\n".join(f"{amount} {category} {title}" for category, title, amount in LINES),
        "deliverables": "8000 人次 上门服务",
    }

    wrong = client.post("/desk/projects/contract/add/", {**body, "instalments": "33.33 SIGNING\n33.33 ACCEPTANCE"})
    made = client.post("/desk/projects/contract/add/", body)
    row = Contract.objects.get()
    shown = client.get(f"/desk/projects/contract/{row.pk}/change/").content.decode()

    assert (wrong.status_code, made.status_code) == (200, 302)
    assert "66.66" in text(wrong)
    assert [line.category for line in row.lines.all()] == [category for category, _title, _amount in LINES]
    assert (row.deliverables.get().unit, row.purchase) == ("人次", award)
    assert "护理员补贴" in shown
