"""Purchases through the API, on the pages and at the desk."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from openpyxl import load_workbook

from governance.accounts.models import User
from governance.money import format_yuan
from projects.purchasing import operations
from projects.purchasing.awarding import offering
from projects.purchasing.awarding.models import OfferScore, PublicPayment, PurchaseOffer
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseList
from projects.purchasing.catalogue.sheet import read_sheet, write_sheet
from projects.purchasing.models import Purchase
from projects.purchasing.policy import NO_GROUND
from tests.people import desk_client, session_client, sign_in
from tests.projects.purchasing.conftest import DAY, Walk, ended_early, list_in_force, points_for

pytestmark = pytest.mark.django_db
BASE = "/api/v1"


@pytest.fixture
def now() -> dt.datetime:
    """The surfaces ask the clock, so that the rows must lie in these days."""
    return timezone.now()


@pytest.fixture
def guidance(people: SimpleNamespace, now: dt.datetime) -> PurchaseList:
    """The catalogue in force since yesterday."""
    return list_in_force(people, now, valid_from=timezone.localdate(now) - DAY)


def browser(user: Any = None) -> Client:
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def body_of(plan: Any, **more: Any) -> dict[str, Any]:
    return {
        "buyer": plan.buyer.pk,
        "landing": plan.landing.pk,
        "title": plan.title,
        "item": plan.item.pk,
        "budget_line": plan.budget_line.pk,
        "service": plan.service,
        "need": plan.need,
        "amount": str(plan.amount),
        "starts_on": str(plan.starts_on),
        "ends_on": str(plan.ends_on),
        "procedure": plan.procedure,
        "criteria": [{"name": one.name, "points": one.points, "is_price": one.is_price} for one in plan.criteria],
        **more,
    }


# --- API


def test_a_purchase_goes_its_way_through_the_api(people: SimpleNamespace, plan: Any) -> None:
    officer, reviewer = session_client(people.street_officer), session_client(people.street_reviewer)
    district, manager = session_client(people.district_officer), session_client(people.managers[0])

    high = officer.post(f"{BASE}/purchases", body_of(plan(), criteria=[]), format="json")
    other = session_client(people.other_street_officer).post(f"{BASE}/purchases", body_of(plan()), format="json")
    made = officer.post(f"{BASE}/purchases", body_of(plan()), format="json")
    path = f"{BASE}/purchases/{made.json()['id']}"
    hidden = session_client(None).get(path).status_code
    statuses = [
        officer.post(f"{path}/submit").json()["status"],
        reviewer.post(f"{path}/check", {"answers": NO_GROUND}, format="json").json()["status"],
        district.post(f"{path}/approve").json()["status"],
        officer.post(f"{path}/call", {"contact": "街道办公室"}, format="json").json()["status"],
    ]
    offer = {
        "purchase": made.json()["id"],
        "organization": people.organizations[0].pk,
        "amount": "78000",
        "plan": "方案",
    }
    foreign = session_client(people.managers[1]).post(f"{BASE}/purchase-offers", offer, format="json")
    drafted = manager.post(f"{BASE}/purchase-offers", offer, format="json").json()
    sealed = manager.post(f"{BASE}/purchase-offers/{drafted['id']}/submit").json()["status"]
    seen = [
        client.get(f"{BASE}/purchase-offers").json()["results"] for client in (officer, session_client(None), manager)
    ]
    early = officer.post(f"{path}/open_offers")

    assert (high.status_code, other.status_code, hidden, foreign.status_code) == (400, 403, 404, 403)
    assert high.json()["code"] == "purchase_criteria_unfit"
    assert statuses == ["SUBMITTED", "CHECKED", "APPROVED", "CALLED"]
    assert (sealed, [len(rows) for rows in seen]) == ("SUBMITTED", [0, 0, 1])
    assert (early.status_code, early.json()["code"]) == (409, "offers_still_taken")
    assert session_client(None).get(path).json()["amount"] == "80000.00"


def test_the_award_and_its_money_through_the_api(people: SimpleNamespace, walk: Walk, monkeypatch: Any) -> None:
    stage = walk("FINAL")
    award = stage.award
    assert award is not None
    monkeypatch.setattr("governance.calendar.clock.now", lambda: stage.now)
    officer = session_client(people.street_officer)
    path = f"{BASE}/purchase-awards/{award.pk}"
    paid = {"amount": "78000.01", "paid_on": str(stage.now.date()), "document_number": "支1", "purpose": "首期"}

    shown = session_client(None).get(path).json()
    early = officer.post(f"{path}/pay", paid, format="json")
    ended_early(people, stage.now, award)
    refused = officer.post(f"{path}/pay", paid, format="json")
    done = officer.post(f"{path}/pay", {**paid, "amount": "78000"}, format="json")
    listed = session_client(None).get(f"{path}/payments").json()
    supplement = session_client(people.street_reviewer).post(
        f"{path}/supplement", {"amount": "7800", "reason": "增加对象"}, format="json"
    )

    assert (shown["status"], shown["organization_name"]) == ("FINAL", people.organizations[0].name)
    assert (early.status_code, early.json()["code"]) == (409, "contract_first")
    assert (refused.status_code, refused.json()["code"]) == (400, "public_payment_unfit")
    assert (done.status_code, [row["amount"] for row in listed]) == (201, ["78000.00"])
    assert supplement.json()["supplement"] == "7800.00"
    assert PublicPayment.objects.count() == 1


def test_lists_and_budget_lines_through_the_api(people: SimpleNamespace, now: dt.datetime) -> None:
    officer, admin = session_client(people.district_officer), session_client(people.district_admin)
    body = {
        "division": people.places["district"].pk,
        "kind": "HANDED_OVER",
        "title": "政务服务下沉清单",
        "edition": "1",
        "valid_from": str(timezone.localdate(now)),
        "items": [{"code": "1", "category": "民政类", "name": "核对", "from_department": "区民政局"}],
    }

    made = officer.post(f"{BASE}/purchase-lists", body, format="json").json()
    path = f"{BASE}/purchase-lists/{made['id']}"
    again = officer.post(f"{BASE}/purchase-lists", body, format="json")
    own = officer.post(f"{path}/confirm")
    confirmed = admin.post(f"{path}/confirm").json()
    items = session_client(None).get(f"{path}/items").json()
    line = {
        "division": people.places["street"].pk,
        "source": "WELFARE_LOTTERY",
        "fiscal_year": timezone.localdate(now).year,
        "name": "公益服务",
        "document_number": "自财预1号",
        "amount": "1000.00",
    }
    entered = session_client(people.street_officer).post(f"{BASE}/public-budget-lines", line, format="json").json()

    assert (again.status_code, own.status_code) == (409, 403)
    assert (confirmed["status"], confirmed["item_count"], items[0]["from_department"]) == ("CONFIRMED", 1, "区民政局")
    assert (entered["status"], entered["amount"]) == ("DRAFT", "1000.00")


# --- Pages


def test_everybody_reads_what_is_announced(people: SimpleNamespace, walk: Walk) -> None:
    hidden = walk("APPROVED", amount=Decimal(1000)).purchase
    row = walk("CALLED", amount=Decimal(79000), bids=0).purchase

    place = f"/divisions/{people.places['community'].pk}/purchases/"
    listed, detail = browser().get(place), browser().get(row.get_absolute_url())

    assert row.title in text(listed)
    assert text(listed).count("at most") + text(listed).count("最高") == 1
    assert row.need in text(detail)
    assert browser().get(hidden.get_absolute_url()).status_code == 404
    assert row.title in text(browser().get("/purchases/"))
    assert browser(people.managers[0]).get(row.get_absolute_url()).content.decode().count("/offer/") == 1


def test_an_organization_makes_its_offer_on_its_own_pages(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("CALLED", bids=0).purchase
    client = browser(people.managers[0])
    address = f"/purchases/{row.pk}/offer/"
    given = {"organization": people.organizations[0].pk, "amount": "80000.01", "plan": "每周两次上门。", "team": ""}

    high = client.post(address, given)
    made = client.post(address, {**given, "amount": "78000"})
    offer = PurchaseOffer.objects.get()
    changed = client.post(f"{offer.get_absolute_url()}change/", {**given, "amount": "77000"})
    handed_in = client.post(f"{offer.get_absolute_url()}acts/submit/")
    mine = client.get("/my/offers/")

    assert (high.status_code, made.status_code, changed.status_code, handed_in.status_code) == (400, 302, 302, 302)
    assert "每周两次上门。" in high.content.decode()
    offer.refresh_from_db()
    assert (offer.status, offer.amount) == ("SUBMITTED", Decimal("77000.00"))
    assert row.title in text(mine)
    assert browser(people.managers[1]).get(offer.get_absolute_url()).status_code == 404
    assert browser(people.street_officer).get(offer.get_absolute_url()).status_code == 404
    assert browser(people.resident).get(address).status_code == 403
    assert browser().get(address).status_code == 302
    assert client.get(f"{offer.get_absolute_url()}change/").status_code == 404


def test_a_member_of_the_committee_scores_on_a_page(people: SimpleNamespace, walk: Walk, monkeypatch: Any) -> None:
    stage = walk("SCORED")
    client = browser(people.judges[0])
    address = f"/purchases/{stage.purchase.pk}/score/"

    shown = client.get(address)

    assert shown.status_code == 200
    assert browser(people.street_officer).get(address).status_code == 404
    standing = text(browser(people.street_officer).get(stage.purchase.get_absolute_url()))
    assert "97.00" in standing
    assert "97.00" not in text(client.get(stage.purchase.get_absolute_url()))


def test_what_is_typed_wrong_into_the_scores_is_kept(people: SimpleNamespace, walk: Walk, monkeypatch: Any) -> None:
    stage = walk("OPENED")
    for offer in stage.offers:
        offering.qualify_offer(by=people.street_officer, now=stage.now, offer=offer)
    members = [(judge, "EXPERT") for judge in people.judges]
    offering.appoint_committee(by=people.street_officer, now=stage.now, purchase=stage.purchase, members=members)
    client = browser(people.judges[0])
    address = f"/purchases/{stage.purchase.pk}/score/"
    full = points_for(stage.purchase, stage.offers, (48, 29), (40, 25), (45, 20))
    given = {f"points-{offer}-{criterion}": str(points) for (offer, criterion), points in full.items()}

    wrong = client.post(address, {**given, next(iter(given)): "51"})
    right = client.post(address, given)
    again = client.post(address, given)

    assert (wrong.status_code, right.status_code, again.status_code) == (400, 302, 400)
    assert 'value="51"' in wrong.content.decode()
    assert OfferScore.objects.count() == 6


def test_the_award_is_read_and_printed(people: SimpleNamespace, walk: Walk) -> None:
    award = walk("PUBLISHED").award
    assert award is not None
    with override("zh-hans"):
        page = browser().get(award.get_absolute_url())
        papers = [browser().get(f"{award.get_absolute_url()}{kind}.pdf") for kind in ("agreement", "notice")]

    assert people.organizations[0].name in text(page)
    assert {answer.status_code for answer in papers} <= {200, 503}


def test_lists_are_read_and_handed_out_as_a_sheet(people: SimpleNamespace, guidance: PurchaseList, line: Any) -> None:
    place = people.places["community"]

    lists = browser().get(f"/divisions/{place.pk}/purchase-lists/")
    money = browser().get(f"/divisions/{people.places['street'].pk}/purchase-lists/")
    detail = browser().get(guidance.get_absolute_url())
    sheet = browser().get(f"/purchase-lists/{guidance.pk}.xlsx")

    assert str(guidance) in text(lists)
    assert "100,000.00" in text(money)
    assert "居家养老服务" in text(detail)
    assert [item.code for item in read_sheet(sheet.content)] == ["A0101", "A0102", "B0201"]
    assert browser().get(f"{guidance.get_absolute_url()}?page=99999999999").status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_for_one_row_and_for_three(
    people: SimpleNamespace, walk: Walk, rows: int, django_assert_num_queries: Any
) -> None:
    for _number in range(rows):
        walk("CALLED", amount=Decimal(10000), bids=0)
    client = browser()
    place = people.places["community"].pk
    pages = {f"/divisions/{place}/purchases/": 3, "/purchases/": 1, f"/divisions/{place}/purchase-lists/": 6}
    for address, _cost in pages.items():
        client.get(address)

    for address, cost in pages.items():
        with django_assert_num_queries(cost):
            assert client.get(address).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_register_is_handed_out_as_a_workbook(
    people: SimpleNamespace, walk: Walk, rows: int, english: None, django_assert_num_queries: Any
) -> None:
    for _number in range(rows):
        walk("CALLED", amount=Decimal(10000), bids=0)
    walk("APPROVED", amount=Decimal(1000), title="尚未公告")
    address = f"/divisions/{people.places['community'].pk}/purchases.xlsx"

    with django_assert_num_queries(2):  # the place, the purchases with their awards
        answer = browser().get(address)
    cells = list(load_workbook(BytesIO(answer.content)).worksheets[0].values)
    inside = browser(people.street_officer).get(address).content
    narrowed = browser().get(f"{address}?status=CONCLUDED").content

    assert (cells[0][0], len(cells), cells[1][9]) == ("number", rows + 1, "10000.00")
    assert "尚未公告" in [row[1] for row in load_workbook(BytesIO(inside)).worksheets[0].values]
    assert len(list(load_workbook(BytesIO(narrowed)).worksheets[0].values)) == 1


# --- Desk


def typed(plan: Any, **more: Any) -> dict[str, Any]:
    body = body_of(plan, **more)
    del body["criteria"]
    return {**body, "kind": "SERVICE", "price_points": 20, "criteria": "50 服务方案\n30 团队", **more}


def test_a_purchase_is_planned_and_led_at_the_desk(people: SimpleNamespace, plan: Any, english: None) -> None:
    officer = desk_client(people.street_officer)
    add = "/desk/projects/purchase/add/"

    wrong = officer.post(add, typed(plan(), criteria="方案"))
    low = officer.post(add, typed(plan(), amount="0"))
    made = officer.post(add, typed(plan()))
    row = Purchase.objects.get()
    address = f"/desk/projects/purchase/{row.pk}"
    drafted = officer.get(f"{address}/change/", headers={"accept-language": "en"}).content.decode()
    officer.post(f"{address}/moves/submit/")
    reviewer = desk_client(people.street_reviewer)
    half = reviewer.post(f"{address}/moves/check/", {"STAFF": "no"})
    reviewer.post(f"{address}/moves/check/", dict.fromkeys(NO_GROUND, "no"))
    desk_client(people.district_officer).post(f"{address}/moves/approve/")
    called = officer.post(f"{address}/moves/call/", {"contact": "街道办公室"})

    assert (wrong.status_code, low.status_code, made.status_code) == (200, 200, 302)
    assert ">方案</textarea>" in wrong.content.decode().replace("\n", "")
    assert (half.status_code, called.status_code) == (200, 302)
    assert f"this one {format_yuan(row.amount)}, others of the year 0.00 (0)" in drafted
    assert "no limit" not in drafted
    row.refresh_from_db()
    assert (row.status, row.criteria.count(), row.checked_by) == ("CALLED", 3, people.street_reviewer)
    assert officer.get(f"{address}/change/").status_code == 200
    assert officer.get("/desk/projects/purchase/").status_code == 200


def test_the_committee_is_named_and_the_award_made_at_the_desk(
    people: SimpleNamespace, walk: Walk, monkeypatch: Any
) -> None:
    stage = walk("OPENED")
    monkeypatch.setattr("governance.calendar.clock.now", lambda: stage.now)
    officer = desk_client(people.street_officer)
    address = f"/desk/projects/purchase/{stage.purchase.pk}"
    names = "\n".join(judge.username for judge in people.judges)

    unknown = officer.post(f"{address}/deeds/committee/", {"experts": "nobody"})
    few = officer.post(f"{address}/deeds/committee/", {"experts": people.judges[0].username})
    named = officer.post(f"{address}/deeds/committee/", {"experts": names})
    for offer in stage.offers:
        officer.post(f"/desk/projects/purchaseoffer/{offer.pk}/moves/qualify/")
    full = points_for(stage.purchase, stage.offers, (48, 29), (40, 25), (45, 20))
    for judge in people.judges:
        given = {f"points-{offer}-{criterion}": str(points) for (offer, criterion), points in full.items()}
        browser(judge).post(f"/purchases/{stage.purchase.pk}/score/", given)
    form = officer.get(f"{address}/moves/propose/")
    duties = {"buyer_duties": "甲", "landing_duties": "乙", "organization_duties": "丙"}
    given = {"offer": stage.offers[0].pk, "reason": "得分最高。", **duties}
    second = officer.post(f"{address}/moves/propose/", {**given, "offer": stage.offers[1].pk})
    proposed = officer.post(f"{address}/moves/propose/", given)
    award = stage.purchase.awards.get()
    reviewer = desk_client(people.street_reviewer)
    published = reviewer.post(f"/desk/projects/purchaseaward/{award.pk}/moves/publish/", {"contact": "街道办公室"})

    assert (unknown.status_code, few.status_code, named.status_code) == (200, 200, 302)
    assert (form.status_code, second.status_code, proposed.status_code, published.status_code) == (200, 200, 302, 302)
    award.refresh_from_db()
    assert (award.status, award.landing_duties) == ("PUBLISHED", "乙")
    for path in ("purchaseaward", "purchaseoffer", "publicpayment", "purchaselist", "publicbudgetline"):
        assert reviewer.get(f"/desk/projects/{path}/").status_code == 200
    assert reviewer.get(f"/desk/projects/purchaseaward/{award.pk}/change/").status_code == 200


def test_a_list_is_drafted_from_a_workbook_at_the_desk(
    people: SimpleNamespace, guidance: PurchaseList, now: dt.datetime
) -> None:
    officer = desk_client(people.district_officer)
    body = {
        "division": people.places["district"].pk,
        "kind": "GUIDANCE",
        "title": "指导性目录",
        "edition": "2031",
        "valid_from": "2031-01-01",
        "items": "",
    }
    xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    file = SimpleUploadedFile("目录.xlsx", write_sheet(guidance), content_type=xlsx)

    broken = officer.post(
        "/desk/projects/purchaselist/add/", {**body, "file": SimpleUploadedFile("目录.xlsx", b"no", content_type=xlsx)}
    )
    made = officer.post("/desk/projects/purchaselist/add/", {**body, "file": file})
    row = PurchaseList.objects.get(edition="2031")
    filled = officer.post(
        f"/desk/projects/purchaselist/{row.pk}/deeds/fill/", {"items": "C1 | 类 | 组 | 名称\nC2｜类｜组｜名称二"}
    )
    desk_client(people.district_admin).post(f"/desk/projects/purchaselist/{row.pk}/moves/confirm/")

    assert (broken.status_code, made.status_code, filled.status_code) == (200, 302, 302)
    row.refresh_from_db()
    assert (row.status, [item.name for item in row.items.all()]) == ("CONFIRMED", ["名称", "名称二"])


def test_a_budget_line_is_entered_at_the_desk(people: SimpleNamespace, now: dt.datetime) -> None:
    officer: User = people.street_officer
    body = {
        "division": people.places["street"].pk,
        "source": "FISCAL",
        "fiscal_year": timezone.localdate(now).year,
        "name": "社区服务",
        "document_number": "自财预1号",
        "amount": "1,000",
    }

    desk = desk_client(officer)
    wrong = desk.post("/desk/projects/publicbudgetline/add/", {**body, "amount": "x"})
    desk.post("/desk/projects/publicbudgetline/add/", body)
    row = PublicBudgetLine.objects.get()

    assert wrong.status_code == 200
    assert (row.status, row.amount) == ("DRAFT", Decimal("1000.00"))
    assert desk.get(f"/desk/projects/publicbudgetline/{row.pk}/change/").status_code == 200


def test_a_returned_plan_waits_again(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    row = walk("SUBMITTED").purchase

    desk_client(people.street_reviewer).post(
        f"/desk/projects/purchase/{row.pk}/moves/send_back/", {"reason": "上限偏高"}
    )

    row.refresh_from_db()
    assert row.status == "DRAFT"
    operations.submit_plan(by=people.street_officer, now=now, purchase=row)
