"""A resident takes part from the first word to the last judgement with no script running on the phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from consultation.ballots.models import Vote
from consultation.decisions.models import ResultVerdict
from consultation.matters.intake.models import MatterSupport
from consultation.matters.models import Matter, Route, ThreeWay
from consultation.topics.following.models import Follow
from consultation.topics.models import Opinion, OpinionSupport
from consultation.topics.papers.models import SectionComment
from consultation.topics.policy import PhaseKind
from consultation.topics.statements.models import StatementVote
from governance.calendar import clock
from tests.browser.examine import session_cookie
from tests.consultation.decisions.test_interfaces import reported_now
from tests.factories.consultation_ballots import DAY, HOUR, Place
from tests.factories.consultation_matters import MatterFactory, OpinionFactory, TopicFactory
from tests.factories.consultation_topics import DocumentVersionFactory, StatementFactory, TopicDocumentFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATIENCE = 10_000  # milliseconds
PHONE = {"width": 360, "height": 740}
SMALL = (ThreeWay.SMALL, Route.DELIBERATION, "楼道照明损坏，居民出行不便。")


class Walk:
    """One resident with a browser in which no script runs."""

    def __init__(self, page: Any, home: str) -> None:
        self.page, self.home = page, home
        page.set_default_timeout(PATIENCE)

    def open(self, name: str, key: int) -> Any:
        """Open a page by its name."""
        answer = self.page.goto(self.home + reverse(f"consultation:{name}", args=[key]))
        assert answer.ok, name
        return self.page

    def press(self, button: str) -> None:
        """Press a button within the page and wait for what comes."""
        self.page.locator(f"main {button}").first.click()
        self.page.wait_for_load_state()
        assert self.page.locator("main .errorlist").count() == 0, self.page.locator("main").inner_text()


def test_a_resident_takes_part_from_raising_to_judging_without_script(
    live_server: Any, browser_thread: Callable[[Callable[[Any], Any]], Any]
) -> None:
    cache.clear()
    place = Place(clock.now() - 5 * DAY)
    place.populate(5)
    decision = reported_now(place)
    place.now = clock.now() - 2 * HOUR
    ballot = place.open(method="SINGLE", options=[("加装扶手", ""), ("只更换感应灯", "")], question="楼梯怎样改造？")
    resident, neighbor = place.voters[0], place.voters[1]
    shared = MatterFactory(division=place.division, raised_by=neighbor, sorted=SMALL)
    discussed = [(PhaseKind.DISCUSSION, clock.now() - 3 * DAY, clock.now() + 3 * DAY)]
    topic = TopicFactory(division=place.division, phases=discussed, walked="DELIBERATED")
    said = OpinionFactory(topic=topic, author=neighbor, given_at=clock.now() - DAY)
    statement = StatementFactory(topic=topic, author=neighbor)
    version = DocumentVersionFactory(document=TopicDocumentFactory(topic=topic))
    cookie = session_cookie(resident, live_server.url)

    def take_part(browser: Any) -> None:
        context = browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False)
        try:
            context.add_cookies([cookie])
            walk = Walk(context.new_page(), live_server.url)
            _raise_and_join(walk, place.division.pk, shared.pk)
            _speak(walk, topic.pk, version.document_id)
            _vote_and_judge(walk, ballot.pk, decision.pk)
        finally:
            context.close()

    browser_thread(take_part)

    raised = Matter.objects.get(raised_by=resident)
    assert (raised.text, raised.division) == ("东门路灯不亮，晚上看不清台阶。", place.division)
    assert MatterSupport.objects.get(matter=shared).user == resident
    assert Opinion.objects.get(author=resident).text == "请先修三单元。"
    assert OpinionSupport.objects.get(opinion=said).user == resident
    assert StatementVote.objects.get(statement=statement, user=resident).position == "AGREE"
    assert SectionComment.objects.get(author=resident).text == "请写明由谁验收。"
    assert Follow.objects.get(user=resident).topic == topic
    assert Vote.objects.get(ballot=ballot).choices == [2]
    assert ResultVerdict.objects.get(decision=decision, user=resident).verdict == "DONE"


def _raise_and_join(walk: Walk, place: int, matter: int) -> None:
    page = walk.open("matter-new", place)
    page.locator("main input[name=title]").fill("东门路灯不亮")
    page.locator("main textarea[name=text]").fill("东门路灯不亮，晚上看不清台阶。")
    page.locator("main input[name=place]").fill("东门")
    walk.press("form.card button[type=submit]")
    walk.open("matter-detail", matter)
    walk.press("form[action*=support] button")


def _speak(walk: Walk, topic: int, document: int) -> None:
    page = walk.open("topic-detail", topic)
    walk.press("form[action*=support] button")
    page.locator("main textarea[name=text]").first.fill("请先修三单元。")
    walk.press("form[action*=opinions] button")
    walk.open("topic-detail", topic)
    walk.press("form[action*=follow] button[value=SMS]")
    walk.open("topic-positions", topic)
    walk.press("button[value=AGREE]")
    page = walk.open("topic-document-detail", document)
    page.locator("main a[href*='on=']").first.click()
    page.wait_for_load_state()
    page.locator("main textarea[name=text]").first.fill("请写明由谁验收。")
    walk.press("form[action*=comments] button")


def _vote_and_judge(walk: Walk, ballot: int, decision: int) -> None:
    page = walk.open("ballot-detail", ballot)
    page.locator("main a.button--wide").click()
    page.locator("label.mark").nth(1).click()
    page.locator("button[value=cast]").click()
    assert page.locator("#receipt").is_visible()
    page = walk.open("decision-detail", decision)
    page.locator("main input[name=verdict][value=DONE]").check()
    page.locator("main form").filter(has=page.locator("[name=verdict]")).locator("button").click()
    page.wait_for_load_state()
