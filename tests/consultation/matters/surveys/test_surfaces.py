"""Questionnaires on the pages without script, on the desk and in the API: one rule, three interfaces."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consultation.matters.models import Matter
from consultation.matters.surveys import operations
from consultation.matters.surveys.models import Survey, SurveyAnswer
from consultation.matters.surveys.policy import slip_code
from tests.factories.consultation_surveys import SurveyFactory
from tests.people import House, desk_client, sign_in

pytestmark = pytest.mark.usefixtures("english")

SENT = {"question_1": "4", "question_2": "1", "question_3": ["1", "3"], "question_4": "楼道里要有扶手。"}


@pytest.fixture
def survey(house: House) -> Survey:
    """An open questionnaire of the community."""
    made: Survey = SurveyFactory(division=house.places["community"], walked="OPEN", closes_on=dt.date(2030, 1, 1))
    return made


def text_of(answer: Any) -> str:
    """Return the text of a page."""
    return str(answer.content.decode())


def test_staff_draw_one_up_and_open_it(client: Client, house: House) -> None:
    sign_in(client, house.people["community_staff"])
    place = house.places["community"]
    made = client.post(
        reverse("consultation:survey-new", args=[place.pk]),
        {"title": "需求调查", "purpose": "了解需求。", "closes_on": "2030-01-01"},
    )
    survey = Survey.objects.get()
    act = {name: reverse("consultation:survey-act", args=[survey.pk, name]) for name in ("write", "open", "make-slips")}
    bad = client.post(act["write"], {"text": "要什么?", "kind": "ONE", "options": "只有一项"})
    good = client.post(act["write"], {"text": "要什么?", "kind": "ONE", "options": "助餐\r\n维修"})
    opened = client.post(act["open"])
    slips = client.post(act["make-slips"], {"count": "3"})

    assert (made.status_code, made["Location"]) == (302, survey.get_absolute_url())
    assert (bad.status_code, "要什么?" in text_of(bad), "只有一项" in text_of(bad)) == (400, True, True)
    assert [answer.status_code for answer in (good, opened, slips)] == [302, 302, 302]
    survey.refresh_from_db()
    assert (survey.status, survey.slips) == ("OPEN", 3)
    sheet = text_of(client.get(slips["Location"]))
    assert slip_code(survey.pk, 3) in sheet
    assert "助餐" in sheet


def test_a_resident_answers_on_the_page_and_opens_a_matter(client: Client, survey: Survey, house: House) -> None:
    sign_in(client, house.people["resident"])
    address = reverse("consultation:survey-answer", args=[survey.pk])

    bad = client.post(address, {**SENT, "question_1": ""})
    done = client.post(address, {**SENT, "matter_4": "on"})
    again = client.post(address, SENT)

    assert (bad.status_code, "楼道里要有扶手。" in text_of(bad)) == (400, True)
    assert done.status_code == 302
    assert (again.status_code, SurveyAnswer.objects.count(), Matter.objects.get().text) == (400, 1, "楼道里要有扶手。")
    assert "You have answered" in text_of(client.get(survey.get_absolute_url()))


def test_a_slip_answers_without_a_log_in(client: Client, survey: Survey, house: House, now: dt.datetime) -> None:
    operations.issue_slips(by=house.people["community_staff"], now=now, survey=survey, count=1)
    code = slip_code(survey.pk, 1)
    found = client.post(reverse("consultation:survey-code", args=[survey.pk]), {"number": "1", "code": f" {code} "})
    wrong = client.get(reverse("consultation:survey-by-slip", args=[survey.pk, 1, "AAAAAAAAAA"]))

    shown = client.get(found["Location"])
    done = client.post(found["Location"], SENT)
    after = text_of(client.get(found["Location"]))

    assert (found.status_code, wrong.status_code, shown.status_code, done.status_code) == (302, 400, 200, 302)
    assert "The office shall handle this" not in text_of(shown)
    assert "This slip has been used" in after
    assert (SurveyAnswer.objects.get().slip, client.post(found["Location"], SENT).status_code) == (1, 400)


def test_staff_enter_sheets_and_visits_and_read_words(
    client: Client, survey: Survey, house: House, now: dt.datetime
) -> None:
    staff = house.people["community_staff"]
    operations.issue_slips(by=staff, now=now, survey=survey, count=2)
    sign_in(client, staff)
    paper = reverse("consultation:survey-paper", args=[survey.pk])
    entered = client.post(paper, {"number": "1", **SENT})
    twice = client.post(paper, {"number": "1", **SENT})
    met = {"raised_for": "张大爷", "address": "3栋", "matter_4": "on", **SENT}
    visited = client.post(reverse("consultation:survey-visit", args=[survey.pk]), met)
    words = reverse("consultation:survey-words", args=[survey.pk])
    page = text_of(client.get(words))
    sheet = SurveyAnswer.objects.get(source="PAPER")
    act = reverse("consultation:survey-answer-act", args=[sheet.pk, "matter"])
    nobody = client.post(act, {"number": "4", "raised_for": ""})
    made = client.post(act, {"number": "4", "raised_for": "本小区居民"})
    struck = client.post(reverse("consultation:survey-answer-act", args=[sheet.pk, "strike"]), {"reason": "录错"})

    codes = [answer.status_code for answer in (entered, twice, visited, nobody, made, struck)]
    assert codes == [302, 400, 302, 400, 302, 302]
    assert page.count("楼道里要有扶手。") == 1
    assert (Matter.objects.count(), survey.answers.filter(struck_at=None).count()) == (2, 1)


@pytest.mark.parametrize("who", ["resident", "stranger", "supervisor"])
def test_who_may_not_run_enter_or_read(who: str, client: Client, survey: Survey, house: House) -> None:
    sign_in(client, house.people[who])
    for name in ("survey-slips", "survey-paper", "survey-visit", "survey-words"):
        assert client.get(reverse(f"consultation:{name}", args=[survey.pk])).status_code == 403, name
    assert client.post(reverse("consultation:survey-act", args=[survey.pk, "close"])).status_code == 403


def test_drafts_are_the_communitys_own(client: Client, house: House) -> None:
    draft = SurveyFactory(division=house.places["community"], title="未发布的问卷")
    address = reverse("consultation:survey-list", args=[house.places["community"].pk])

    assert client.get(draft.get_absolute_url()).status_code == 404
    assert "未发布的问卷" not in text_of(client.get(address))
    sign_in(client, house.people["community_staff"])
    assert "未发布的问卷" in text_of(client.get(address))


def test_the_result_on_page_desk_and_api(client: Client, survey: Survey, house: House, now: dt.datetime) -> None:
    staff, today = house.people["community_staff"], now.date()
    operations.issue_slips(by=staff, now=now, survey=survey, count=6)
    for number in range(1, 7):
        operations.enter_paper(by=staff, now=now, today=today, survey=survey, number=number, answers={"1": 5})
    result = f"/api/v1/surveys/{survey.pk}/result"
    before = client.get(result).status_code
    sign_in(client, staff)
    early = text_of(client.get(survey.get_absolute_url()))
    closed = client.post(reverse("consultation:survey-act", args=[survey.pk, "close"]))
    client.logout()

    page, told = text_of(client.get(survey.get_absolute_url())), client.get(result).json()

    assert (before, closed.status_code) == (404, 302)
    assert "mean" not in early
    assert "mean 5.0 of 5" in page
    assert (told["answers"], told["questions"][0]["counts"][4]) == (6, {"answer": "5", "count": 6, "percent": 100})
    asked = client.get(f"/api/v1/surveys/{survey.pk}").json()
    assert [one["kind"] for one in asked["questions"]] == ["MARK", "ONE", "SEVERAL", "WORDS"]
    assert client.get("/api/v1/surveys", {"status": "CLOSED"}).json()["results"][0]["id"] == survey.pk
    desk = text_of(desk_client(staff).get(reverse("admin:consultation_survey_change", args=[survey.pk])))
    assert "您对小区环境满意吗?" in desk


def test_the_desk_draws_one_up_adds_a_question_and_opens(house: House) -> None:
    client = desk_client(house.people["community_staff"])
    given = {"division": house.places["community"].pk, "title": "调查", "purpose": "了解。", "closes_on": "2030-01-01"}
    made = client.post(reverse("admin:consultation_survey_add"), given)
    survey = Survey.objects.get()
    deed = reverse("admin:consultation_survey_deed", args=[survey.pk, "question"])
    bad = client.post(deed, {"text": "要什么?", "kind": "ONE", "options": "只有一项"})
    good = client.post(deed, {"text": "要什么?", "kind": "ONE", "options": "助餐\n维修"})
    opened = client.post(reverse("admin:consultation_survey_move", args=[survey.pk, "open"]))

    assert [answer.status_code for answer in (made, bad, good, opened)] == [302, 200, 302, 302]
    survey.refresh_from_db()
    assert (survey.status, survey.questions.get().options) == ("OPEN", ["助餐", "维修"])


def test_what_the_pages_cost(client: Client, survey: Survey, house: House) -> None:
    def cost(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(address).status_code == 200
        return len(found)

    listing = reverse("consultation:survey-list", args=[house.places["community"].pk])
    one = cost(listing)
    for _number in range(2):
        SurveyFactory(division=house.places["community"], walked="OPEN")
    assert cost(listing) == one
    sign_in(client, house.people["community_staff"])
    assert cost(listing) <= 8
    assert cost(survey.get_absolute_url()) <= 10
    assert cost("/api/v1/surveys") <= 8
