"""What a resident does on a phone of 360 px: signs in by code, reads the community's home and the fund's account.

Every page is read in Chinese and English, each in standard and in large type: none is wider than the screen, none breaks
the content policy. axe, which is slow, examines each page twice: Chinese in standard type, English in large type.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

import funds.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
from communities.notices.models import PublicNotice
from communities.people import operations as people
from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.reinvestment import operations as reinvestment
from governance.accounts import operations as accounts
from governance.accounts.models import User
from governance.audit.operations import record
from governance.calendar import clock
from governance.jobs import operations as jobs
from governance.portal.demonstration import data, money, settlement, steps
from governance.portal.demonstration.steps import Scene
from tests.browser.examine import CHINESE, ENGLISH, faults
from tests.factories.communities import ResidentFactory
from tests.people import House, desk_client

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LARGE_TYPE = {CHINESE: "大字版", ENGLISH: "Large type"}
TYPE_SIZE = "() => parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)"
PATIENCE = 10_000  # milliseconds
STORY = (
    steps.open_district,
    steps.open_calendar,
    steps.publish_rules,
    steps.seat_officials,
    steps.register_residents,
    steps.post_notices,
    money.open_charity,
    money.open_funds,
    money.receive_donations,
    money.found_enterprises,
    money.adopt_policies,
    money.declare_the_year,
)
PHONE, NAME, COMMUNITY = data.RESIDENTS[0]


@pytest.fixture(autouse=True)
def demonstration(settings: Any) -> None:
    """Show the codes on the page, and count nobody's requests from before."""
    settings.DEMONSTRATION, settings.SMS_BACKEND = True, "governance.accounts.sms.show"
    cache.clear()


@pytest.fixture
def fund(monkeypatch: pytest.MonkeyPatch) -> CommunityFund:
    """Give one community its enterprise, its donations and a year that was given back, up to the published account."""
    enterprise = data.ENTERPRISES[0]
    assert enterprise.community == COMMUNITY
    monkeypatch.setattr(data, "ENTERPRISES", (enterprise,))
    monkeypatch.setattr(data, "DONATIONS", [given for given in data.DONATIONS if given[0] == enterprise.slug])
    monkeypatch.setattr(data, "RESIDENTS", data.RESIDENTS[:1])
    scene = Scene(now=clock.now())
    for step in STORY:
        step(scene)
    reinvestment.request_planning(by=scene.system, now=scene.now, today=scene.today)
    while jobs.run_due(by=scene.system, clock=lambda: scene.now):
        pass
    settlement.settle(scene)
    return CommunityFund.objects.select_related("division", "book").get()


def read(page: Any, addresses: Iterable[str], language: str, *, is_examined: bool) -> list[str]:
    """Open each page and tell what is wrong with it."""
    wrong = []
    for address in addresses:
        page.goto(address)
        wrong += faults(page, language, is_examined=is_examined)
    return wrong


def switch(page: Any, button: str) -> None:
    """Press a button of the bar on top, which brings the same page again."""
    page.locator(".site-bar").get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()


def test_a_resident_reads_where_the_money_is_on_a_phone(
    fund: CommunityFund, live_server: Any, on_phone: Callable[..., Any]
) -> None:
    home = live_server.url + reverse("portal:division", args=[fund.division.pk])
    account = live_server.url + reverse("funds:fund-detail", args=[fund.pk])
    notice = live_server.url + reverse("communities:notice-detail", args=[PublicNotice.objects.earliest("pk").pk])
    addresses = [
        home,
        live_server.url + reverse("communities:division-facts", args=[fund.division.pk]),
        account,
        live_server.url + reverse("funds:fund-journals", args=[fund.pk]),
        live_server.url + reverse("funds:fund-head", args=[fund.pk, fund.book.sequence, fund.book.head_hash]),
        live_server.url + reverse("funds:place-money", args=[fund.division.pk]),
        live_server.url + reverse("funds:place-journals", args=[fund.division.pk]),
        notice,
        live_server.url + reverse("communities:notice-list"),
        live_server.url + reverse("portal:search") + "?q=" + steps.short(fund.division),
        live_server.url + reverse("account_request_login_code"),
    ]
    shown = {CHINESE: ("正在进行", "基金现有资金"), ENGLISH: ("Open now", "What lies in the fund")}

    def visit(page: Any) -> list[str]:
        page.set_default_timeout(PATIENCE)
        wrong, sizes = [], {}
        for language, button in ((CHINESE, "English"), (ENGLISH, "简体中文")):
            wrong += read(page, addresses, language, is_examined=language == CHINESE)
            sizes[language] = page.evaluate(TYPE_SIZE)
            for address, heading in zip((home, account), shown[language], strict=True):
                page.goto(address)
                expect(page.get_by_role("heading", name=heading)).to_be_visible()
            expect(page.locator("svg.chart path.flow").first).to_be_visible()
            switch(page, LARGE_TYPE[language])
            assert page.url == account
            wrong += read(page, addresses, language, is_examined=language == ENGLISH)
            assert page.evaluate(TYPE_SIZE) >= 1.3 * sizes[language]
            page.locator(".site-bar button[name=on]").click()
            page.wait_for_load_state()
            assert page.evaluate(TYPE_SIZE) == sizes[language]
            switch(page, button)
        return wrong

    if wrong := on_phone(visit):
        pytest.fail("\n".join(wrong))


@pytest.fixture
def home_of_a_resident(community: Division, system: User, now: dt.datetime) -> str:
    """Register a resident who has a phone, and give the address of the community's home."""
    user = accounts.register_resident_user(by=system, phone=PHONE, display_name=NAME, is_verified=True, now=now)
    people.register_resident(by=user, now=now, division=community, name=NAME)
    return reverse("portal:division", args=[community.pk])


def test_a_resident_signs_in_by_phone_and_code(
    home_of_a_resident: str, live_server: Any, on_phone: Callable[..., Any]
) -> None:
    home = live_server.url + home_of_a_resident

    def sign_in(page: Any) -> list[str]:
        page.set_default_timeout(PATIENCE)
        page.goto(home)
        page.locator(".site-bar").get_by_role("link", name="登录").click()
        page.locator("input[name=phone]").fill(PHONE)
        page.locator("main form button").click()
        page.wait_for_url(re.compile(reverse("account_confirm_login_code")))
        wrong = faults(page, CHINESE)
        (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", page.locator("aside.notice").inner_text())
        page.locator("input[name=code]").fill(code)
        page.locator("main form.card button").click()
        page.wait_for_url(home)
        wrong += faults(page, CHINESE)
        page.locator(".site-bar").get_by_role("link", name="我的账户").click()
        page.wait_for_url(re.compile(reverse("portal:account")))
        expect(page.locator("main")).to_contain_text(NAME)
        return wrong + faults(page, CHINESE)

    assert on_phone(sign_in) == []


@pytest.fixture
def desk_pages(house: House) -> list[str]:
    """Let something wait and something be done, and give the addresses of the desk's pages of our own making."""
    entered = ResidentFactory.create(division=house.places["community"])
    entry = record(
        by=house.people["community_staff"],
        verb="communities.resident.registered",
        row=entered,
        now=clock.now(),
        after={"division": entered.division_id},
        reason="请联系13812345678",
        basis="Charity Law art. 58",
    )
    return [
        reverse("admin:index"),
        reverse("admin:audit_auditentry_changelist"),
        reverse("admin:audit_auditentry_change", args=[entry.pk]),
        reverse("admin:communities_resident_changelist"),
        reverse("admin:communities_resident_change", args=[entered.pk]),
        reverse("admin:accounts_user_deed", args=[house.people["street_officer"].pk, "set_password"]),
    ]


def test_staff_read_the_desk_on_a_phone(
    house: House, desk_pages: list[str], live_server: Any, on_phone: Callable[..., Any]
) -> None:
    session = desk_client(house.people["district_admin"]).cookies[settings.SESSION_COOKIE_NAME].value
    addresses = [live_server.url + page for page in desk_pages]

    def visit(page: Any) -> list[str]:
        page.set_default_timeout(PATIENCE)
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        wrong = []
        for language, code in ((CHINESE, "zh-hans"), (ENGLISH, "en")):
            page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": code, "url": live_server.url}])
            page.goto(addresses[0])
            expect(page.locator(".desk-card").first).to_be_visible()
            wrong += read(page, addresses, code, is_examined=language == CHINESE)
        return wrong

    assert on_phone(visit) == []
