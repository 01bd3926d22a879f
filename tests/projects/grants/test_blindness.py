"""Nobody can tell a score before all are in: what is shown does not depend on it, whoever looks and wherever.

Non-interference: the same panel scores twice with other points; whoever did not give the changed score sees the same.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.audit.models import AuditEntry
from governance.outbox.models import OutboxEvent
from projects.grants import queries, refusals, reviewing, submitting
from projects.grants.models import GrantApplication, ScoreSheet
from projects.grants.policy import Question
from projects.grants.submitting import Line
from tests.factories.communities import PostFactory
from tests.factories.projects_grants import Story, marks_of
from tests.factories.socialorgs_register import OrganizationFactory
from tests.people import desk_client, session_client, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

EXPERTS, APPLICATIONS = 5, 2
SHEETS = [(application, expert) for application in range(APPLICATIONS) for expert in range(EXPERTS)]
TOKENS = re.compile(r"csrfmiddlewaretoken\" value=\"[^\"]+\"|nonce-[\w+/=-]+|name=\"_?token\" value=\"[^\"]+\"")


def score(story: Story, points: dict[tuple[int, int], int]) -> None:
    for (application, expert), total in sorted(points.items()):
        story.score(story.applications[application], {expert: total})


def seen_by(story: Story, user: Any) -> list[Any]:
    """Everything that the gates of the room give a person: sheets, other totals, outcomes, board, tally, results."""
    sheets = ScoreSheet.objects.visible_to(user).for_list()
    found: list[Any] = [
        (sheet.pk, shown.total, shown.marks, shown.comment, queries.others_totals(sheet))
        for sheet in sheets
        for shown in [queries.shown(sheet, user)]
    ]
    applications = GrantApplication.objects.visible_to(user).order_by("pk")
    found += [(row.pk, row.status, row.score, row.rank, row.granted) for row in applications]
    found += [queries.outcome_for_applicant(row) for row in applications]
    found += [queries.tally(story.round), [(row.pk, row.score) for row in queries.board(story.round).rows]]
    found.append(queries.results_of(story.round))
    return found


@st.composite
def incomplete(draw: st.DrawFn) -> tuple[dict[tuple[int, int], int], tuple[int, int], int]:
    """Some sheets with points, not all of them; one of them, and other points for it."""
    chosen = draw(st.lists(st.sampled_from(SHEETS), min_size=1, max_size=len(SHEETS) - 1, unique=True))
    points = {sheet: draw(st.integers(0, 100)) for sheet in chosen}
    return points, draw(st.sampled_from(chosen)), draw(st.integers(0, 100))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=incomplete())
def test_no_view_depends_on_a_score_before_all_are_in(blind: Story, case: Any) -> None:
    points, (application, expert), other = case
    views = []
    for total in (points[application, expert], other):
        with transaction.atomic():
            score(blind, {**points, (application, expert): total})
            people = [one for place, one in enumerate(blind.experts) if place != expert]
            people += [blind.officer, blind.decider, blind.house.people["auditor"], *blind.managers]
            views.append([seen_by(blind, person) for person in people])
            transaction.set_rollback(True)

    assert views[0] == views[1]


@pytest.fixture
def blind(story: Story) -> Story:
    """A round in review with every sheet given out."""
    return story.reviewing(applications=APPLICATIONS, experts=EXPERTS)


def pages(story: Story) -> list[str]:
    """What pages, desk and API answer to everybody but the first expert."""
    application = story.applications[0]
    sheet = ScoreSheet.objects.get(application=application, expert=story.experts[0])
    found = []
    for person in (story.officer, story.experts[1], story.managers[0], story.house.people["auditor"]):
        client = Client()
        sign_in(client, person)
        for path in (
            story.round.get_absolute_url(),
            reverse("projects:grant-round-board", args=[story.round.pk]),
            application.get_absolute_url(),
            reverse("projects:grant-review-list"),
            sheet.get_absolute_url(),
        ):
            answer = client.get(path)
            found.append(f"{answer.status_code} {TOKENS.sub('', answer.content.decode())}")
        api = session_client(person)
        found += [
            api.get(f"/api/v1/{path}").content.decode()
            for path in ("score-sheets", f"score-sheets/{sheet.pk}", "grant-applications", "grant-rounds")
        ]
    return found


def test_pages_and_api_do_not_depend_on_a_score_before_all_are_in(blind: Story) -> None:
    views = []
    for total in (97, 3):
        with transaction.atomic():
            score(blind, {(0, 0): total, (0, 1): 55})
            views.append(pages(blind))
            transaction.set_rollback(True)

    assert views[0] == views[1]


def test_the_desk_shows_no_points(blind: Story) -> None:
    sheet = ScoreSheet.objects.get(application=blind.applications[0], expert=blind.experts[0])
    client = desk_client(blind.house.people["district_admin"])
    paths = [
        "/desk/projects/scoresheet/",
        "/desk/projects/scoresheet/?o=-1.2.3",
        reverse("admin:projects_scoresheet_change", args=[sheet.pk]),
        "/desk/projects/grantapplication/",
        reverse("admin:projects_grantapplication_change", args=[sheet.application_id]),
        reverse("admin:projects_grantround_change", args=[blind.round.pk]),
        "/desk/",
    ]

    views = []
    for total in (97, 3):
        with transaction.atomic():
            score(blind, {(0, 0): total, (0, 1): 55})
            views.append([unstamped(client.get(path).content.decode()) for path in paths])
            transaction.set_rollback(True)

    assert views[0] == views[1]
    assert all("<html" in page for page in views[0])


def unstamped(page: str) -> str:
    """A page without what differs from one answer to the next: tokens against forgery, and the keys of rows of the trail."""
    return re.sub(
        r'name="csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"|"X-CSRFToken": ?"[^"]+"', "", TOKENS.sub("", page)
    )


@pytest.mark.parametrize("column", ["total__gte", "total", "marks__1__gte", "comment__contains", "total__isnull"])
def test_the_desk_list_cannot_be_narrowed_by_what_it_does_not_show(blind: Story, column: str) -> None:
    score(blind, {(0, 0): 97})
    client = desk_client(blind.house.people["district_admin"])

    refused = client.get("/desk/projects/scoresheet/", {column: "97"})
    offered = client.get("/desk/projects/scoresheet/", {"status__exact": "SUBMITTED"})

    assert (refused.status_code, offered.status_code) == (400, 200)


def test_trail_and_events_hold_no_points(blind: Story) -> None:
    score(blind, {(0, 0): 97})

    entries = AuditEntry.objects.filter(verb="projects.score_sheet.submitted")
    assert [(row.before, row.after) for row in entries] == [({"status": "OPEN"}, {"status": "SUBMITTED"})]
    assert not OutboxEvent.objects.filter(topic__startswith="projects.score_sheet").exists()


def test_scores_are_settled_only_together(blind: Story) -> None:
    score(blind, dict.fromkeys(SHEETS[:-1], 70))

    with pytest.raises(refusals.ScoresMissing):
        reviewing.settle_scores(by=blind.officer, now=blind.now, round_=blind.round)

    score(blind, {SHEETS[-1]: 70})
    reviewing.settle_scores(by=blind.officer, now=blind.now, round_=blind.round)
    sheet = ScoreSheet.objects.select_related("application__round").get(
        application=blind.applications[0], expert=blind.experts[0]
    )
    assert queries.others_totals(sheet) == [70, 70, 70, 70]
    assert queries.shown(sheet, blind.officer).total == 70
    assert queries.outcome_for_applicant(GrantApplication.objects.get(pk=sheet.application_id)) is None


def test_a_score_is_fixed_and_ones_own(blind: Story) -> None:
    score(blind, {(0, 0): 80})
    sheet = ScoreSheet.objects.get(application=blind.applications[0], expert=blind.experts[0])

    with pytest.raises(reviewing.lifecycle.MoveClosed):
        reviewing.submit_score(by=blind.experts[0], now=blind.now, sheet=sheet, marks=marks_of(90))
    with pytest.raises(reviewing.lifecycle.MoveForbidden):
        reviewing.submit_score(by=blind.experts[1], now=blind.now, sheet=sheet, marks=marks_of(90))

    sheet.refresh_from_db()
    assert sheet.total == 80


@pytest.mark.parametrize("column", ["title", "summary", "plan", "team", "beneficiaries", "lines", "answers"])
def test_what_experts_read_does_not_name_the_applicant(story: Story, column: str) -> None:
    organization = OrganizationFactory(active=True, name="自流井区晚晴服务中心", division=story.house.places["street"])
    story.more["questions"] = (Question(1, "怎样持续？", "WORDS"),)
    story.brings["answers"] = {}
    text = "由晚晴 服务中心实施。" if column != "beneficiaries" else organization.head_name
    told: Any = {"lines": [Line("ACTIVITIES", text, Decimal(900))], "answers": {"1": text}}.get(column, text)
    row = story.opened().written(organization, **{column: told})

    with pytest.raises(refusals.NameShown) as refused:
        submitting.submit_application(by=story.managers[0], now=story.now, application=row)

    assert refused.value.field == {"answers": "question_1"}.get(column, column)
    plain: Any = {"lines": [Line("ACTIVITIES", "探访", Decimal(900))], "answers": {}}.get(column, "由我们实施。")
    row = submitting.save_application(
        by=story.managers[0], now=story.now, application=row, plan=story.plan(**{column: plain})
    )
    row = submitting.submit_application(by=story.managers[0], now=story.now, application=row)
    assert row.status == "SUBMITTED"


def test_nor_who_pays_beside_it(story: Story) -> None:
    story.brings = {"own_amount": Decimal(100), "partner": "釜溪置业公司", "partner_amount": Decimal(200)}
    row = story.opened().written(plan="釜溪置业公司出场地。")

    with pytest.raises(refusals.NameShown, match="釜溪置业公司"):
        submitting.submit_application(by=story.managers[0], now=story.now, application=row)


def test_the_file_marks_which_scores_the_mean_leaves_out(story: Story) -> None:
    story.settled((60, 90, 70, 80, 75))
    row = story.applications[0]
    client = Client()
    sign_in(client, story.officer)

    given = queries.sheets_of(row, story.officer)
    page = client.get(row.get_absolute_url()).content.decode()

    assert [(one.total, one.is_left_out) for one in given] == [
        (90, True),
        (80, False),
        (75, False),
        (70, False),
        (60, True),
    ]
    assert (row.score, row.counted, row.in_the_mean) == (Decimal("75.00"), 5, 3)
    assert "mean of 3 of 5 scores" in page
    assert page.count("left out of the mean") == 2


def test_nobody_who_reads_the_files_of_a_round_scores_in_it(story: Story) -> None:
    story.opened()
    story.days(20)
    story.turn()
    below, above = story.pooled(2)
    PostFactory(user=below, role="COMMUNITY_STAFF", division=story.house.places["neighbor"])
    PostFactory(user=above, role="AUDITOR", division=story.house.places["district"])

    with pytest.raises(refusals.ExpertUnfit, match="applicants' names are read"):
        reviewing.seat_expert(by=story.officer, now=story.now, round_=story.round, expert=above)

    assert reviewing.seat_expert(by=story.officer, now=story.now, round_=story.round, expert=below).expert == below
