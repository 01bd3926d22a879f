"""A purchase from the catalogue to the acceptance and the last payment, as people meet it: desk and pages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from governance.calendar import clock
from projects.contracts.models import Contract
from projects.contracts.terms.models import AwardPayment, Expenditure
from projects.purchasing.awarding import operations as awarding
from projects.purchasing.awarding.models import PublicPayment, PurchaseAward, PurchaseOffer
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseList
from projects.purchasing.models import Purchase
from projects.purchasing.policy import NO_GROUND
from tests.people import House, desk_client, sign_in
from tests.projects.contracts.conftest import neighbor
from tests.projects.purchasing.conftest import DAY, closed, points_for
from tests.projects.purchasing.conftest import people as of_the_purchase

pytestmark = pytest.mark.django_db
DESK = "/desk/projects"

people = pytest.fixture(name="people")(of_the_purchase.__wrapped__)


def page(user: Any = None) -> Client:
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


At = Callable[[dt.datetime], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Set the clock of the pages."""

    def move(then: dt.datetime) -> None:
        monkeypatch.setattr("governance.calendar.clock.now", lambda: then)
        monkeypatch.setattr("governance.calendar.clock.today", lambda: timezone.localdate(then))

    return move


def test_from_the_catalogue_to_the_last_payment(people: SimpleNamespace, house: House, at: At, english: None) -> None:
    award, then = awarded(people, at)
    people.neighbors = [neighbor(house, number) for number in range(8)]
    row = contracted(people, award)
    first = row.starts_on + 30 * DAY
    at(dt.datetime.combine(first, dt.time(9), tzinfo=then.tzinfo))
    delivered(people, row)
    accepted(people, row)

    shown = text(page().get(row.get_absolute_url()))
    money = text(page().get(f"{row.get_absolute_url()}money/"))
    row.refresh_from_db()
    assert row.status == "ACCEPTED"
    assert sum(PublicPayment.objects.filter(award=award).values_list("amount", flat=True)) == award.amount
    assert "78,000.00 / 78,000.00" in shown
    assert "The lot fell on" in shown
    assert "自财支3号" in money


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def file(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.4\n%%EOF\n", "application/pdf")


def contracted(people: SimpleNamespace, award: PurchaseAward) -> Contract:
    """The street drafts at the desk and offers; organization, community and a second person of the street sign."""
    officer = people.desk
    body = {
        "division": award.landing_id,
        "organization": award.organization_id,
        "purchase": award.pk,
        "title": award.purchase.title,
        "scope": award.service,
        "amount": award.amount,
        "starts_on": str(award.starts_on),
        "ends_on": str(award.ends_on),
        "kind": "SERVICE",
        "instalments": "33.33 SIGNING\n33.33 MIDTERM\n33.34 ACCEPTANCE",
        "lines": "50000 ACTIVITY 上门服务\n28000 PERSONNEL 护理员补贴",
        "deliverables": "8000 人次 上门服务",
        "milestones": f"{award.starts_on + 60 * DAY} 完成首批走访",
    }
    assert officer.post(f"{DESK}/contract/add/", body).status_code == 302
    row = Contract.objects.get()
    acts = f"{row.get_absolute_url()}acts"
    for person, name in (
        (people.street_officer, "offer"),
        (people.managers[0], "agree"),
        (people.community_staff, "join"),
        (people.street_reviewer, "sign"),
    ):
        assert page(person).post(f"{acts}/{name}/").status_code == 302
    row.refresh_from_db()
    assert (row.status, row.joined_by) == ("RUNNING", people.community_staff)
    return row


def paid(people: SimpleNamespace, row: Contract, number: int) -> None:
    """The street releases an instalment, a second person approves, the treasury's payment is recorded."""
    officer, home = page(people.street_officer), row.get_absolute_url()
    assert officer.post(f"{home}instalments/{number}/release/").status_code == 302
    payment = f"{home}awardpayment/{AwardPayment.objects.latest('pk').pk}"
    assert page(people.street_reviewer).post(f"{payment}/approve/").status_code == 302
    told = {"paid_on": str(clock.today()), "reference": f"自财支{number}号"}
    assert officer.post(f"{payment}/record_paid/", told).status_code == 302


def delivered(people: SimpleNamespace, row: Contract) -> None:
    """Money for signing and for the mid-term review; photos and invoices are shown; the delivery is reported."""
    home, manager = row.get_absolute_url(), page(people.managers[0])
    officer, staff = page(people.street_officer), page(people.community_staff)
    paid(people, row, 1)
    early = officer.post(f"{home}instalments/2/release/")
    found = {"kind": "MIDTERM", "held_on": str(clock.today()), "reviewer": "公信评估中心", "findings": "进度相符。"}
    reviewed = officer.post(f"{home}watch/review/", {**found, "conclusion": "PASSED"})
    assert (early.status_code, reviewed.status_code) == (400, 302)
    paid(people, row, 2)

    bill = {
        "line": row.lines.get(number=1).pk,
        "spent_on": str(clock.today()),
        "amount": "1,200.00",
        "payee": "自流井区康护用品店",
        "what": "耗材",
        "invoice_number": "04412345",
        "invoice": file("发票.pdf"),
    }
    step = f"/milestones/{row.milestones.get().pk}/acts"
    codes = [
        manager.post(f"{home}money/spend/", bill),
        staff.post(f"{home}expenditure/{Expenditure.objects.get().pk}/confirm/"),
        manager.post(f"{step}/report/", {"report": "走访八十户", "evidence": [file("签到表.pdf"), file("照片.pdf")]}),
        staff.post(f"{step}/confirm/"),
        manager.post(f"{home}acts/report_delivery/", {"report": "服务完成。"}),
    ]
    assert [answer.status_code for answer in codes] == [302] * 5


def accepted(people: SimpleNamespace, row: Contract) -> None:
    """Items are judged, residents whom the lot fell on speak, the last money goes only then."""
    home, supervisor = row.get_absolute_url(), page(people.supervisor)
    blocked = page(people.street_officer).post(f"{home}instalments/3/release/")
    item = row.deliverables.get()
    before = supervisor.post(f"{home}acts/accept/")
    judged = supervisor.post(f"{home}deliverable/{item.pk}/judge/", {"actual": "8000", "result": "PASSED"})
    unheard = supervisor.post(f"{home}acts/accept/")
    for person in people.neighbors[:4]:
        assert page(person).post(f"{home}acts/give_opinion/", {"is_satisfied": "yes"}).status_code == 302
    place = row.samples.get().places.filter(opinion=None).order_by("number")[0]
    taken = page(people.community_staff).post(
        f"{home}acts/take_opinion/", {"number": place.number, "is_satisfied": "yes"}
    )
    done = supervisor.post(f"{home}acts/accept/")
    answers = (blocked, before, judged, unheard, taken, done)
    assert [answer.status_code for answer in answers] == [400, 400, 302, 400, 302, 302]
    paid(people, row, 3)


def awarded(people: SimpleNamespace, at: At) -> tuple[PurchaseAward, dt.datetime]:
    """From the catalogue to the final award, and the moment."""
    moment = timezone.now()
    today = timezone.localdate(moment)

    # The district brings its catalogue into force, the street its money.
    district, admin = desk_client(people.district_officer), desk_client(people.district_admin)
    officer, reviewer = desk_client(people.street_officer), desk_client(people.street_reviewer)
    people.desk = officer
    listed = {"division": people.places["district"].pk, "kind": "GUIDANCE", "title": "指导性目录", "edition": "1"}
    lines = "A01 | 基本公共服务 | 养老服务 | 居家养老上门服务"
    district.post(f"{DESK}/purchaselist/add/", {**listed, "valid_from": str(today), "items": lines})
    catalogue = PurchaseList.objects.get()
    admin.post(f"{DESK}/purchaselist/{catalogue.pk}/moves/confirm/")
    budget = {"division": people.places["street"].pk, "source": "FISCAL", "fiscal_year": today.year, "name": "购买服务"}
    officer.post(f"{DESK}/publicbudgetline/add/", {**budget, "document_number": "自财预1号", "amount": "100000"})
    line = PublicBudgetLine.objects.get()
    reviewer.post(f"{DESK}/publicbudgetline/{line.pk}/moves/confirm/")

    # Planned, checked by a named officer, approved by a third, announced.
    plan = {
        "buyer": people.places["street"].pk,
        "landing": people.places["community"].pk,
        "kind": "SERVICE",
        "title": "居家养老上门服务",
        "item": catalogue.items.get().pk,
        "budget_line": line.pk,
        "service": "每周上门两次。",
        "need": "高龄老人无人照看。",
        "amount": "80000",
        "starts_on": str(today + 40 * DAY),
        "ends_on": str(today + 340 * DAY),
        "procedure": "CONSULTATION",
        "price_points": "20",
        "criteria": "50 服务方案\n30 团队",
    }
    officer.post(f"{DESK}/purchase/add/", plan)
    row = Purchase.objects.get()
    home = f"{DESK}/purchase/{row.pk}"
    officer.post(f"{home}/moves/submit/")
    reviewer.post(f"{home}/moves/check/", dict.fromkeys(NO_GROUND, "no"))
    district.post(f"{home}/moves/approve/")
    officer.post(f"{home}/moves/call/", {"contact": "街道办公室"})
    assert "居家养老上门服务" in page().get("/purchases/").content.decode()

    # Three organizations offer on their own pages; nobody at the street sees it.
    for organization, manager, price in zip(people.organizations, people.managers, (78000, 80000, 79500), strict=True):
        given = {"organization": organization.pk, "amount": price, "plan": "每周两次上门。"}
        drafted = page(manager).post(f"/purchases/{row.pk}/offer/", given)
        page(manager).post(f"{drafted.url}acts/submit/")
    offers = tuple(PurchaseOffer.objects.order_by("pk"))
    assert [offer.status for offer in offers] == ["SUBMITTED"] * 3
    assert page(people.street_officer).get(offers[0].get_absolute_url()).status_code == 404

    # Opened after the clock of the law, admitted, judged by three who have no tie.
    row.refresh_from_db()
    after = closed(people, row.notice)
    at(after)
    officer.post(f"{home}/moves/open_offers/")
    for offer in offers:
        officer.post(f"{DESK}/purchaseoffer/{offer.pk}/moves/qualify/")
    officer.post(f"{home}/deeds/committee/", {"experts": "\n".join(one.username for one in people.judges)})
    full = points_for(row, offers, (48, 29), (40, 25), (45, 20))
    typed = {f"points-{offer}-{criterion}": str(points) for (offer, criterion), points in full.items()}
    for judge in people.judges:
        assert page(judge).post(f"/purchases/{row.pk}/score/", typed).status_code == 302

    # Proposed by one, confirmed and published by another, final when its objection days are over.
    duties = {"buyer_duties": "签订协议", "landing_duties": "组织实施", "organization_duties": "提供服务"}
    officer.post(f"{home}/moves/propose/", {"offer": offers[0].pk, "reason": "得分最高。", **duties})
    award = PurchaseAward.objects.get()
    reviewer.post(f"{DESK}/purchaseaward/{award.pk}/moves/publish/", {"contact": "街道办公室"})
    award.refresh_from_db()
    last = closed(people, award.notice)
    at(last)
    awarding.settle_awards(by=people.system, now=last)

    award.refresh_from_db()
    row.refresh_from_db()
    shown = page().get(award.get_absolute_url()).content.decode()
    assert (award.status, row.status, row.bound) == ("FINAL", "CONCLUDED", Decimal("78000.00"))
    assert people.organizations[0].name in shown
    assert "组织实施" in shown
    return award, last
