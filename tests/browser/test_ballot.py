"""A resident votes on a phone of 360 px, in Chinese and English, in standard and large type, and without script."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from consultation.ballots.models import Ballot, Vote
from consultation.decisions.models import Decision
from governance.calendar import clock
from tests.browser.examine import CHINESE, ENGLISH, faults, session_cookie
from tests.consultation.decisions.test_operations import posted
from tests.factories.consultation_ballots import DAY, HOUR, Place, TopicForBallotFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OPTIONS = [
    ("加装扶手并更换感应灯", "四栋共加装扶手96米、更换感应灯48盏，预算24000元，由社区基金支付。"),
    ("只更换感应灯", "更换感应灯48盏，预算6800元。"),
    ("今年暂不改造", "列入明年议题。"),
]
SHOTS = os.environ.get("SHOTS", "")


def story() -> tuple[Place, Ballot, Ballot, Decision]:
    """Return a place with an open ballot, a published one, and a posted decision."""
    before = Place(clock.now() - 5 * DAY)
    before.populate(5)
    decision = posted(before)
    before.populate(3)
    topic = TopicForBallotFactory(division=before.division, title="楼梯改造", deliberated=before.now)
    finished = before.open(topic=topic, method="SINGLE", options=OPTIONS, question="12栋至15栋的楼梯怎样改造？")
    before.cast(finished, [[1], [1], [1], [1], [2], [3], [1]])
    before.publish(finished)
    before.now = clock.now() - 2 * HOUR
    running = before.open(method="SINGLE", options=OPTIONS, question="12栋至15栋的楼梯怎样改造？")
    return before, running, finished, decision


def test_a_resident_votes_on_a_phone(live_server: Any, on_phone: Callable[..., Any]) -> None:
    place, running, finished, decision = story()
    vote = f"{live_server.url}/ballots/{running.pk}/vote/"
    addresses = [
        vote,
        f"{live_server.url}/ballots/{running.pk}/",
        f"{live_server.url}/ballots/{finished.pk}/",
        f"{live_server.url}/decisions/{decision.pk}/",
        f"{live_server.url}/divisions/{place.division.pk}/ballots/",
        f"{live_server.url}/divisions/{place.division.pk}/decisions/",
    ]
    cookie = session_cookie(place.voters[0], live_server.url)

    def visit(page: Any) -> list[str]:
        page.context.add_cookies([cookie])
        wrong: list[str] = []
        for round_, language in enumerate((CHINESE, ENGLISH)):
            page.goto(vote)
            if round_:
                page.locator(".site-bar").get_by_role("button", name="English", exact=True).click()
            for is_large in (False, True):
                for number, address in enumerate(addresses):
                    page.goto(address)
                    wrong += faults(page, language, is_examined=bool(round_) == is_large)
                    if SHOTS:
                        name = f"{number}-{'en' if round_ else 'zh'}-{'large' if is_large else 'standard'}.png"
                        page.screenshot(path=f"{SHOTS}/{name}", full_page=True)
                page.locator(".site-bar button[name=on]").click()
                page.wait_for_load_state()
        page.goto(vote)
        page.get_by_text("只更换感应灯").first.click()
        page.locator("button[value=save]").click()
        page.wait_for_load_state()
        assert page.locator("input[value='2']").is_checked()
        page.locator("button[value=cast]").click()
        page.wait_for_load_state()
        assert page.locator("#receipt").is_visible()
        wrong += faults(page, ENGLISH)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/receipt.png", full_page=True)
        return wrong

    assert on_phone(visit) == []
    assert Vote.objects.get(ballot=running).choices == [2]


def test_a_resident_votes_without_script(
    live_server: Any, browser_thread: Callable[[Callable[[Any], Any]], Any]
) -> None:
    place, running, _finished, _decision = story()
    cookie = session_cookie(place.voters[1], live_server.url)

    def visit(browser: Any) -> str:
        context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
        try:
            context.add_cookies([cookie])
            page = context.new_page()
            page.goto(f"{live_server.url}/ballots/{running.pk}/")
            page.locator("main a.button--wide").click()
            page.locator("label.mark").nth(0).click()
            page.locator("button[value=cast]").click()
            return str(page.locator("#receipt ~ dl code").inner_text())
        finally:
            context.close()

    receipt = browser_thread(visit)

    assert Vote.objects.get(ballot=running).receipt == receipt
