"""Kinds of funds, packs, oversight, public money and closings over HTTP: pages for everybody, API, desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from funds.charity import stations
from funds.charity.models import CommunityFund, DonationStation
from funds.closing.models import FundClosure
from funds.closing.tasks import settle
from funds.ledger.models import Suspension
from funds.ledger.operations import suspend_book
from funds.oversight.models import FundProposal, SupervisorOpinion
from funds.oversight.operations import record_opinion
from funds.oversight.tasks import idle_scan
from funds.packs.models import FundRulePack
from funds.packs.operations import seed_rule_packs
from funds.support.models import Appropriation
from funds.support.operations import plan_appropriation, receive_appropriation
from governance.accounts.models import User
from governance.calendar import clock
from tests.factories.accounts import UserFactory
from tests.factories.communities import PostFactory
from tests.factories.funds_charity import CommunityFundFactory
from tests.funds.closing.conftest import audited, begun, proposed, transferred
from tests.people import NAMED_PEOPLE, desk_client, session_client, sign_in

pytestmark = pytest.mark.django_db

STATION: dict[str, Any] = {
    "name": "三八路捐赠接收站",
    "place": "三八路12号",
    "hours": "每周六 9:00 至 11:30",
    "contact": "社区办公室",
    "takes": "衣物、书籍",
    "valid_from": dt.date(2026, 3, 1),
}


def browser(user: User | None) -> Client:
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def read(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


def queries(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        work()
    return len(seen)


def station(people: SimpleNamespace, now: dt.datetime, **more: Any) -> DonationStation:
    return stations.open_station(
        by=people.charity_officer,
        charity=people.fund.charity,
        division=people.community,
        now=now,
        **{**STATION, **more},
    )


# --- Who sees what


@pytest.mark.parametrize("name", [*NAMED_PEOPLE, "fund_supervisor", "second_officer", None])
def test_the_lists_agree_with_the_permissions(people: SimpleNamespace, now: dt.datetime, name: str | None) -> None:
    seed_rule_packs(by=people.system, now=now)
    begun(people, now)
    for status in ("PROPOSED", "CONFIRMED"):
        decided = {} if status == "PROPOSED" else {"decided_at": now, "decided_by": people.street_reviewer}
        row = FundProposal.objects.create(
            fund=people.fund, kind="CLOSE", ground="IDLE", since=dt.date(2025, 1, len(status)), proposed_at=now
        )
        FundProposal.objects.filter(pk=row.pk).update(status=status, **decided)
    for number in ("1", "2"):
        plan = plan_appropriation(
            by=people.street_officer,
            fund=people.neighbour,
            source="FISCAL",
            fiscal_year=2026,
            document_number=number,
            amount=Decimal(1),
            now=now,
        )
    receive_appropriation(by=people.charity_officer, appropriation=plan, received_on=now.date(), now=now)
    user = AnonymousUser() if name is None else User.objects.get(pk=getattr(people, name).pk)

    for model, permission in (
        (FundProposal, "funds.view_fund_proposal"),
        (Appropriation, "funds.view_appropriation"),
        (FundRulePack, "funds.view_rule_pack"),
        (FundClosure, "funds.view_fund_closure"),
    ):
        rows: Any = model._default_manager
        assert set(rows.visible_to(user)) == {row for row in rows.all() if user.has_perm(permission, row)}, permission


# --- Pages


def test_the_closing_page_leads_through_the_steps(people: SimpleNamespace, client: Client) -> None:
    page = f"/funds/{people.fund.pk}/closing/"
    officer, auditor, staff = (browser(who) for who in (people.charity_officer, people.auditor, people.community_staff))

    assert "acts/begin/" in read(officer, page)
    assert "acts/" not in read(client, page)
    officer.post(f"{page}acts/begin/", {"ground": "AGREEMENT", "reason": "协议期满。"})
    refused = officer.post(f"{page}acts/propose/", {"use": "AGREEMENT", "project": "助老项目", "use_reason": "第8条"})
    assert refused.status_code == 400
    assert FundClosure.objects.get().status == "BEGUN"
    auditor.post(f"{page}acts/audit/", {"auditor": "会计师事务所", "opinion": "相符。"})
    officer.post(
        f"{page}acts/propose/", {"use": "SAME_PURPOSE", "recipient": people.neighbour.pk, "use_reason": "目的相近"}
    )
    assert "acts/put_up/" in read(staff, page)
    staff.post(f"{page}acts/put_up/", {"contact": ""})

    row = FundClosure.objects.get()
    assert (row.status, row.amount) == ("POSTED", Decimal("1000.03"))
    shown = read(client, page)
    for text in ("1,000.03", people.neighbour.name, "会计师事务所", f"/notices/{row.notice_id}/"):
        assert text in shown


def test_the_last_step_closes_the_fund(people: SimpleNamespace, now: dt.datetime, client: Client) -> None:
    row = transferred(people, now + dt.timedelta(days=8))
    page = f"/funds/{people.fund.pk}/closing/"

    browser(people.charity_officer).post(f"{page}acts/report/", {"report": "结余已转出。"})
    assert client.post(f"{page}acts/close/", {"reason": "完"}).status_code == 302
    browser(people.street_reviewer).post(f"{page}acts/close/", {"reason": "终止完毕"})

    people.fund.refresh_from_db()
    assert (people.fund.status, people.fund.book.status) == ("CLOSED", "CLOSED")
    shown = read(client, page)
    assert row.out_journal is not None
    assert row.in_journal is not None
    assert f"/journals/{row.out_journal.pk}/" in shown
    assert f"/journals/{row.in_journal.pk}/" in shown
    assert f"/funds/{people.fund.pk}/closing/" in read(client, f"/funds/{people.fund.pk}/")


def test_what_hinders_stands_on_the_page(people: SimpleNamespace, now: dt.datetime, client: Client) -> None:
    begun(people, now)
    row = suspend_book(by=people.street_reviewer, book=people.fund.book, flow="OUTGO", reason="核查", now=now)

    assert f"/desk/funds/suspension/{row.pk}/change/" in read(client, f"/funds/{people.fund.pk}/closing/")
    assert "badge--FROZEN" in read(client, f"/funds/{people.fund.pk}/")


def test_the_governance_page_tells_how_a_fund_is_run(people: SimpleNamespace, now: dt.datetime, client: Client) -> None:
    seed_rule_packs(by=people.system, now=now)
    CommunityFund.objects.filter(pk=people.fund.pk).update(rule_pack="huizhou")
    record_opinion(
        by=people.fund_supervisor,
        fund=people.fund,
        attended_on=now.date(),
        occasion="管委会会议",
        opinion="程序合规。",
        now=now,
    )
    suspend_book(by=people.street_reviewer, book=people.fund.book, flow="INTAKE", reason="账目核查中", now=now)

    shown = read(client, f"/funds/{people.fund.pk}/governance/")

    for text in ("惠州大亚湾", "50,000", "监督员", "程序合规。", "账目核查中", "100.0 %", "委员0"):
        assert text in shown
    assert "acts/" not in shown


def test_people_act_on_the_governance_page(people: SimpleNamespace) -> None:
    page = f"/funds/{people.fund.pk}/governance/"
    today = clock.today().isoformat()

    watcher = browser(people.fund_supervisor)
    assert "acts/record_opinion/" in read(watcher, page)
    watcher.post(f"{page}acts/record_opinion/", {"attended_on": today, "occasion": "季度会议", "opinion": "账目清楚。"})
    browser(people.street_officer).post(f"{page}acts/name_supervisor/", {"name": "罗监", "valid_from": today})
    refused = browser(people.street_officer).post(
        f"{page}acts/name_supervisor/", {"name": "委员1", "valid_from": today}
    )
    browser(people.charity_officer).post(f"{page}acts/suspend/", {"flow": "OUTGO", "reason": "核查"})

    assert refused.status_code == 400
    assert SupervisorOpinion.objects.get().recorded_by == people.fund_supervisor
    assert people.fund.committee.memberships.filter(seat="SUPERVISOR").count() == 2
    assert Suspension.objects.get().flow == "OUTGO"
    assert browser(None).post(f"{page}acts/suspend/", {}).status_code == 302
    assert browser(people.stranger).get(f"{page}acts/suspend/").status_code == 405


def test_rule_packs_and_stations_are_public(people: SimpleNamespace, now: dt.datetime, client: Client) -> None:
    seed_rule_packs(by=people.system, now=now)
    pack = FundRulePack.objects.get(key="huizhou")
    station(people, now)

    assert pack.name in read(client, "/rule-packs/")
    assert "50,000" in read(client, f"/rule-packs/{pack.pk}/")
    assert "三八路12号" in read(client, "/donation-stations/")


@pytest.mark.parametrize("url", ["/donation-stations/", "/rule-packs/"])
def test_the_lists_take_the_same_queries(people: SimpleNamespace, now: dt.datetime, client: Client, url: str) -> None:
    def add(number: int) -> None:
        if "rule" in url:
            FundRulePack.objects.create(
                key=f"pack{number}",
                version=1,
                name="包",
                values={},
                basis="无",
                valid_from=now.date(),
                is_preset=True,
                entered_at=now,
                entered_by=people.system,
            )
            FundRulePack.objects.update(status="ACTIVE")
        else:
            station(people, now, name=f"站{number}")

    add(1)
    first = queries(lambda: read(client, url))
    add(2)
    add(3)
    assert queries(lambda: read(client, url)) == first


def test_the_pages_of_a_fund_take_few_queries(people: SimpleNamespace, now: dt.datetime, client: Client) -> None:
    proposed(people, now)

    assert queries(lambda: read(client, f"/funds/{people.fund.pk}/governance/")) <= 12
    assert queries(lambda: read(client, f"/funds/{people.fund.pk}/closing/")) <= 4


# --- API


def test_a_closing_over_the_api(people: SimpleNamespace, now: dt.datetime) -> None:
    officer, auditor = session_client(people.charity_officer), session_client(people.auditor)
    path = "/api/v1/fund-closures"

    made = officer.post(path, {"fund": people.fund.pk, "ground": "PURPOSE", "reason": "目的已实现"}, format="json")
    assert made.status_code == 201, made.content
    row = f"{path}/{made.json()['id']}"
    suspend_book(by=people.street_reviewer, book=people.fund.book, flow="OUTGO", reason="核查", now=now)
    (hindrance,) = session_client(None).get(f"{row}/hindrances").json()
    refused = auditor.post(f"{row}/audit", {"auditor": "甲", "opinion": "相符"}, format="json")

    assert (hindrance["count"], len(hindrance["items"])) == (1, 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "closing_hindered")
    lifted = session_client(people.district_admin).post(
        f"/api/v1/suspensions/{Suspension.objects.get().pk}/lift", {"reason": "核清"}, format="json"
    )
    assert lifted.json()["status"] == "LIFTED"
    assert auditor.post(f"{row}/audit", {"auditor": "甲", "opinion": "相符"}, format="json").status_code == 200
    use = {"use": "SAME_PURPOSE", "recipient": people.neighbour.pk, "use_reason": "相近"}
    assert officer.post(f"{row}/propose", use, format="json").json()["status"] == "PROPOSED"
    posted = session_client(people.community_staff).post(f"{row}/put_up", {}, format="json")
    assert posted.json()["status"] == "POSTED"
    early = session_client(people.second_officer).post(f"{row}/transfer")
    assert (early.status_code, early.json()["code"]) == (409, "move_closed")
    assert session_client(people.stranger).post(f"{row}/report", {"report": "完"}, format="json").status_code == 403


def test_the_generic_moves_of_a_fund_point_to_the_steps(people: SimpleNamespace) -> None:
    officer = session_client(people.charity_officer)

    answer = officer.post(f"/api/v1/funds/{people.fund.pk}/begin_closing", {"reason": "期满"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "move_hindered")


def test_a_budget_fund_and_its_money_over_the_api(people: SimpleNamespace, house: Any, now: dt.datetime) -> None:
    seed_rule_packs(by=people.system, now=now)
    officer, second = session_client(people.district_officer), UserFactory()
    PostFactory(user=second, role="DISTRICT_OFFICER", division=house.places["district"])
    body = {
        "category": "BUDGET",
        "division": house.places["district"].pk,
        "name": "区级社区发展公益金",
        "purpose": "公益创投",
        "rule_pack": "budget",
    }

    made = officer.post("/api/v1/funds", body, format="json")
    assert (made.status_code, made.json()["charity"], made.json()["charity_name"]) == (201, None, "")
    assert session_client(people.charity_officer).post("/api/v1/funds", body, format="json").status_code == 403
    budget = CommunityFundFactory(category="BUDGET", charity=None, division=house.places["district"], active=True)
    grant = {
        "fund": budget.pk,
        "source": "WELFARE_LOTTERY",
        "fiscal_year": 2026,
        "document_number": "自财社〔2026〕8号",
        "amount": "200000.00",
    }
    planned = officer.post("/api/v1/appropriations", grant, format="json")
    assert planned.status_code == 201, planned.content
    row = f"/api/v1/appropriations/{planned.json()['id']}"
    day = {"received_on": clock.today().isoformat()}
    assert officer.post(f"{row}/receive", day, format="json").json()["code"] == "same_person"
    assert session_client(second).post(f"{row}/receive", day, format="json").json()["status"] == "RECEIVED"
    assert "200,000.00" in session_client(None).get(f"/funds/{budget.pk}/").content.decode()


def test_packs_stations_and_opinions_over_the_api(people: SimpleNamespace, house: Any, now: dt.datetime) -> None:
    seed_rule_packs(by=people.system, now=now)
    second = UserFactory()
    PostFactory(user=second, role="DISTRICT_ADMIN", division=house.places["district"])
    admin = session_client(people.district_admin)
    pack = {
        "key": "zigong",
        "name": "自贡市办法（修订）",
        "values": {"fund.idle_warn": 4},
        "basis": "自民规〔2026〕1号",
        "valid_from": "2026-12-01",
    }

    made = admin.post("/api/v1/rule-packs", pack, format="json")
    assert (made.status_code, made.json()["version"]) == (201, 2)
    adopt = f"/api/v1/rule-packs/{made.json()['id']}/adopt"
    assert admin.post(adopt).json()["code"] == "same_person"
    assert session_client(second).post(adopt).json()["status"] == "ACTIVE"
    wrong = admin.post("/api/v1/rule-packs", {**pack, "values": {"fund.nothing": 1}}, format="json")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "pack_value_unknown")

    place = {**STATION, "valid_from": "2026-03-01", "charity": people.fund.charity.pk, "division": people.community.pk}
    opened = session_client(people.charity_officer).post("/api/v1/donation-stations", place, format="json")
    assert opened.status_code == 201, opened.content
    closed = session_client(people.community_staff).post(
        f"/api/v1/donation-stations/{opened.json()['id']}/close", {"on": "2026-05-01"}, format="json"
    )
    assert closed.json()["valid_to"] == "2026-05-01"

    said = {"fund": people.fund.pk, "attended_on": clock.today().isoformat(), "occasion": "会议", "opinion": "合规"}
    told = session_client(people.fund_supervisor).post("/api/v1/supervisor-opinions", said, format="json")
    assert (told.status_code, told.json()["supervisor"]) == (201, "监督员")
    assert session_client(people.stranger).post("/api/v1/supervisor-opinions", said, format="json").status_code == 403


def test_a_proposal_is_confirmed_over_the_api(people: SimpleNamespace, now: dt.datetime) -> None:
    row = FundProposal.objects.create(
        fund=people.fund, kind="RECTIFY", ground="IDLE", since=dt.date(2025, 1, 1), proposed_at=now
    )
    path = f"/api/v1/fund-proposals/{row.pk}"

    assert session_client(None).get(path).status_code == 404
    assert session_client(people.supervisor).post(f"{path}/confirm").json()["status"] == "CONFIRMED"
    people.fund.refresh_from_db()
    assert people.fund.status == "RECTIFYING"
    assert session_client(None).get(path).status_code == 200


# --- Desk


@pytest.mark.parametrize("who", ["district_admin", "charity_officer", "street_reviewer"])
def test_the_desk_shows_every_kind_of_row(people: SimpleNamespace, now: dt.datetime, who: str) -> None:
    seed_rule_packs(by=people.system, now=now)
    closure = audited(people, now)
    FundProposal.objects.create(
        fund=people.fund, kind="CLOSE", ground="IDLE", since=dt.date(2025, 1, 1), proposed_at=now
    )
    row = suspend_book(by=people.street_reviewer, book=people.fund.book, flow="OUTGO", reason="核查", now=now)
    station(people, now)
    told: dict[str, Any] = {"attended_on": now.date(), "occasion": "季度会议", "opinion": "账目清楚。", "now": now}
    opinion = record_opinion(by=people.fund_supervisor, fund=people.fund, **told)
    desk = desk_client(getattr(people, who))

    for model in (
        *("suspension", "fundrulepack", "donationstation", "fundproposal", "supervisoropinion"),
        *("appropriation", "fundclosure", "communityfund"),
    ):
        read(desk, f"/desk/funds/{model}/")
    read(desk, f"/desk/funds/suspension/{row.pk}/change/")
    read(desk, f"/desk/funds/fundclosure/{closure.pk}/change/")
    read(desk, f"/desk/funds/supervisoropinion/{opinion.pk}/change/")
    read(desk, f"/desk/funds/communityfund/{people.fund.pk}/change/")


def test_work_on_the_desk(people: SimpleNamespace, now: dt.datetime) -> None:
    officer = desk_client(people.charity_officer)
    read(officer, "/desk/funds/fundclosure/add/")
    officer.post(
        "/desk/funds/fundclosure/add/", {"fund": people.fund.pk, "ground": "AGREEMENT", "reason": "协议期满。"}
    )
    row = FundClosure.objects.get()
    auditor = desk_client(people.auditor)
    auditor.post(f"/desk/funds/fundclosure/{row.pk}/moves/audit/", {"auditor": "甲所", "opinion": "相符"})
    assert people.neighbour.name in read(officer, f"/desk/funds/fundclosure/{row.pk}/moves/propose/")
    officer.post(
        f"/desk/funds/fundclosure/{row.pk}/moves/propose/",
        {"use": "SAME_PURPOSE", "recipient": people.neighbour.pk, "use_reason": "相近"},
    )
    row.refresh_from_db()
    assert (row.status, row.recipient) == ("PROPOSED", people.neighbour)

    reviewer = desk_client(people.street_reviewer)
    reviewer.post("/desk/funds/suspension/add/", {"book": people.fund.book_id, "flow": "OUTGO", "reason": "账目核查"})
    suspension = Suspension.objects.get()
    reviewer.post(f"/desk/funds/suspension/{suspension.pk}/moves/lift/", {"reason": "核清"})
    suspension.refresh_from_db()
    assert suspension.status == "IMPOSED"
    officer.post(f"/desk/funds/suspension/{suspension.pk}/moves/lift/", {"reason": "核清"})
    suspension.refresh_from_db()
    assert suspension.status == "LIFTED"

    officer.post(
        "/desk/funds/donationstation/add/",
        {**STATION, "charity": people.fund.charity.pk, "division": people.community.pk},
    )
    assert DonationStation.objects.get().name == STATION["name"]
    admin = desk_client(people.district_admin)
    admin.post(
        "/desk/funds/fundrulepack/add/",
        {
            "key": "ours",
            "name": "本区办法",
            "values": '{"fund.idle_warn": 4}',
            "basis": "自民规〔2026〕1号",
            "note": "",
            "valid_from": "2026-03-01",
            "valid_to": "",
        },
    )
    assert FundRulePack.objects.get().values == {"fund.idle_warn": 4}
    admin.post(
        "/desk/funds/appropriation/add/",
        {
            "fund": people.neighbour.pk,
            "source": "FISCAL",
            "fiscal_year": 2026,
            "document_number": "自财社〔2026〕8号",
            "amount": "1,000.00",
            "restricted_to": "",
        },
    )
    grant = Appropriation.objects.get()
    officer.post(f"/desk/funds/appropriation/{grant.pk}/moves/receive/", {"received_on": clock.today().isoformat()})
    grant.refresh_from_db()
    assert (grant.status, grant.amount) == ("RECEIVED", Decimal(1000))


# --- Tasks


def test_the_tasks_run_at_the_clock(people: SimpleNamespace) -> None:
    User.objects.filter(username="system").update(username="system")
    CommunityFund.objects.filter(pk=people.neighbour.pk).update(opened_on=dt.date(2020, 1, 1))

    assert settle() == 0
    assert idle_scan() >= 1
    assert FundProposal.objects.filter(fund=people.neighbour, kind="CLOSE").count() == 1
    assert idle_scan() == 0
