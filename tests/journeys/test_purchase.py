"""A purchase from the catalogue to the final award, as people meet it: desk, pages of organizations, public pages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from projects.purchasing.awarding import operations as awarding
from projects.purchasing.awarding.models import PurchaseAward, PurchaseOffer
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseList
from projects.purchasing.models import Purchase
from projects.purchasing.policy import NO_GROUND
from tests.people import desk_client, sign_in
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


def test_from_the_catalogue_to_the_final_award(people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = timezone.now()
    today = timezone.localdate(moment)

    def at(then: dt.datetime) -> None:
        monkeypatch.setattr("governance.calendar.clock.now", lambda: then)
        monkeypatch.setattr("governance.calendar.clock.today", lambda: timezone.localdate(then))

    # The district brings its catalogue into force, the street its money.
    district, admin = desk_client(people.district_officer), desk_client(people.district_admin)
    officer, reviewer = desk_client(people.street_officer), desk_client(people.street_reviewer)
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
