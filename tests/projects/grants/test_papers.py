"""A round in workbooks and on paper: who gets what when, and that nothing on them tells a score too early."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from projects.grants.models import GrantApplication, GrantAward, GrantRound, ScoreSheet
from tests.factories.projects_grants import Story
from tests.paper import needs_paper
from tests.people import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def now() -> dt.datetime:
    """The surfaces ask the clock, so that the story begins today."""
    return timezone.now()


def browser(user: Any = None) -> Client:
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def cells(client: Client, name: str, row: GrantRound) -> list[list[str]]:
    answer = client.get(reverse(f"projects:grant-round-{name}", args=[row.pk]))
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return [["" if cell.value is None else str(cell.value) for cell in line] for line in sheet.rows]


def text_of(client: Client, name: str, row: Any) -> str:
    answer = client.get(reverse(f"projects:{name}", args=[row.pk]))
    assert answer.status_code == 200
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


def test_the_workbook_of_scores_does_not_depend_on_them_before_all_are_in(story: Story) -> None:
    story.reviewing(applications=2)
    officer = browser(story.officer)
    seen = []
    for total in (97, 3):
        with transaction.atomic():
            story.score(story.applications[0], {0: total, 1: 55})
            seen.append([cells(officer, name, story.round) for name in ("scores", "applications")])
            transaction.set_rollback(True)

    assert seen[0] == seen[1]
    assert len(seen[0][0]) == 11
    assert {tuple(line[5:]) for line in seen[0][0][1:]} == {("", "", "", "", "")}


def test_the_workbooks_of_a_settled_round(story: Story) -> None:
    story.brings = {"own_amount": Decimal(900)}
    story.settled((80, 82, 84, 86, 99), (60, 70, 75, 78, 90))
    officer = browser(story.officer)

    scores = cells(officer, "scores", story.round)
    applications = cells(officer, "applications", story.round)

    first = story.applications[0]
    assert scores[1][:3] == [first.number, "为老服务", "项目1"]
    assert [line[8] for line in scores[1:6]] == ["80", "82", "84", "86", "99"]
    assert applications[1][3] == first.organization.name
    assert applications[1][7:] == ["11000.00", "11000.00", "900.00", "", "0.00", "84.00", "5", "1"]


@pytest.mark.parametrize("name", ["scores", "applications"])
def test_only_the_staff_of_the_round_gets_its_workbooks(story: Story, name: str) -> None:
    story.reviewing(applications=1)
    address = reverse(f"projects:grant-round-{name}", args=[story.round.pk])

    people = (story.managers[0], story.experts[0], story.house.people["resident"])
    assert [browser(person).get(address).status_code for person in people] == [403, 403, 403]
    assert browser().get(address).status_code == 302


@needs_paper
def test_the_application_form_is_for_those_who_may_read_it(story: Story) -> None:
    story.reviewing(applications=2)
    row = story.applications[0]
    address = reverse("projects:grant-application-paper", args=[row.pk])

    text = text_of(browser(story.managers[0]), "grant-application-paper", row)

    assert [
        word for word in (row.number, row.organization.name, "每周两次上门探访", "社工补贴") if word not in text
    ] == []
    assert browser(story.officer).get(address).status_code == 200
    assert [browser(one).get(address).status_code for one in (story.managers[1], story.experts[0])] == [404, 404]
    assert browser().get(address).status_code == 302


@needs_paper
def test_a_score_sheet_is_its_experts_and_names_no_applicant(story: Story) -> None:
    story.settled((80, 82, 84, 86, 88))
    row = ScoreSheet.objects.get(expert=story.experts[0])

    text = text_of(browser(story.experts[0]), "score-sheet-paper", row)

    assert [word for word in (row.application.number, "需求与可行性", "80", str(row.expert)) if word not in text] == []
    assert row.application.organization.name not in text
    assert text_of(browser(story.officer), "score-sheet-paper", row)
    address = reverse("projects:score-sheet-paper", args=[row.pk])
    assert [browser(one).get(address).status_code for one in (story.experts[1], story.managers[0])] == [404, 404]


@needs_paper
def test_nobody_else_prints_a_score_sheet_before_all_are_settled(story: Story) -> None:
    story.reviewing(applications=1)
    story.score(story.applications[0], {0: 80})
    row = ScoreSheet.objects.get(expert=story.experts[0])
    address = reverse("projects:score-sheet-paper", args=[row.pk])

    others = (story.officer, story.decider, story.experts[1], story.managers[0], story.house.people["auditor"])
    assert [browser(one).get(address).status_code for one in others] == [404] * 5
    assert browser(story.experts[0]).get(address).status_code == 200


@needs_paper
def test_the_notice_of_an_award_says_who_pays_what(story: Story) -> None:
    story.brings = {"own_amount": Decimal(1500), "partner": "釜溪置业公司", "partner_amount": Decimal(700)}
    story.awarded((80, 82, 84, 86, 88))
    award = GrantAward.objects.get()

    text = text_of(browser(), "grant-award-paper", award)

    wanted = (award.number, award.organization.name, "11,000.00", "1,500.00", "釜溪置业公司", "13,200.00")
    assert [word for word in wanted if word not in text] == []


@needs_paper
def test_no_notice_before_the_award(story: Story) -> None:
    story.publicised((80, 82, 84, 86, 88))

    assert not GrantAward.objects.exists()
    assert browser().get("/grant-awards/1/paper/").status_code == 404


def test_an_application_is_used_for_another_round_by_its_button(
    story: Story, freeze_clock: Callable[[Any], None]
) -> None:
    story.opened()
    draft = story.written(partner="釜溪置业公司", partner_amount=Decimal(700))
    other = Story(story.house, story.now, more={"title": "第二轮"}).opened()
    freeze_clock(other.now)
    client = browser(story.managers[0])
    address = reverse("projects:grant-application-copy", args=[draft.pk])

    assert address in client.get(draft.get_absolute_url()).content.decode()
    assert "第二轮" in client.get(address).content.decode()
    answer = client.post(address, {"round_": other.round.pk})
    wrong = client.post(address, {"round_": story.round.pk})

    made = GrantApplication.objects.order_by("-pk")[0]
    assert (answer.status_code, answer["Location"], wrong.status_code) == (302, made.get_absolute_url(), 400)
    assert (made.round, made.title, made.partner, made.partner_amount, made.lane) == (
        other.round,
        draft.title,
        "釜溪置业公司",
        Decimal(700),
        "",
    )
    assert browser(story.officer).get(address).status_code == 404


def test_the_next_edition_of_a_round_is_drawn_up_by_a_button(story: Story, freeze_clock: Callable[[Any], None]) -> None:
    story.more = {"matching_percent": 20, "places": 4}
    story.called()
    freeze_clock(story.now)
    client = browser(story.officer)
    address = reverse("projects:grant-round-repeat", args=[story.round.pk])
    first = story.now.date() + dt.timedelta(days=30)
    entry = {"title": "2027年公益创投", "opens_on": str(first), "closes_on": str(first + dt.timedelta(days=3))}

    assert address in client.get(reverse("projects:grant-round-board", args=[story.round.pk])).content.decode()
    wrong = client.post(address, entry)
    right = client.post(address, {**entry, "closes_on": str(first + dt.timedelta(days=20))})

    made = GrantRound.objects.order_by("-pk")[0]
    assert (wrong.status_code, right.status_code) == (400, 302)
    assert "2027年公益创投" in wrong.content.decode()
    assert (made.status, made.edition, made.title, made.fundings.count()) == ("DRAFT", 2, "2027年公益创投", 0)
    for name in ("guide", "criteria", "questions", "lanes", "cap", "places", "matching_percent", "takes_filed", "kind"):
        assert getattr(made, name) == getattr(story.round, name), name
    assert browser(story.house.people["resident"]).get(address).status_code == 403


@pytest.mark.parametrize("name", ["grant-round-applications", "grant-round-scores"])
def test_a_list_that_no_workbook_holds_is_not_cut(
    story: Story, monkeypatch: pytest.MonkeyPatch, name: str, english: None
) -> None:
    """A part of it would pass for the whole; a round cannot be narrowed, so the reason says where all of them are."""
    story.reviewing()
    client, address = browser(story.officer), reverse(f"projects:{name}", args=[story.round.pk])
    rows = {"grant-round-applications": GrantApplication, "grant-round-scores": ScoreSheet}[name].objects.count()

    monkeypatch.setattr("projects.grants.spreadsheet.MOST_ROWS", rows)
    whole = load_workbook(io.BytesIO(client.get(address).content)).worksheets[0]
    monkeypatch.setattr("projects.grants.spreadsheet.MOST_ROWS", rows - 1)
    refused = client.get(address)

    assert whole.max_row == rows + 1
    assert refused.status_code == 400
    assert f"more than {rows - 1} rows" in refused.content.decode()
    assert "interface for programs" in " ".join(refused.content.decode().split())
