"""Pages, desk and API of grant rounds: who sees what, what is refused, how many queries a list costs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance import lifecycle
from governance.lifecycle import SamePerson
from projects.grants import deciding, opendata, operations, refusals
from projects.grants.models import GrantApplication, GrantAward, GrantRound, ScoreSheet
from projects.grants.policy import RoundUnfit
from projects.grants.queries import grant_hindrances
from socialorgs.register.barring.models import ParticipationBan
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import hindrances
from tests.factories.projects_grants import CRITERIA, Story, marks_of
from tests.factories.socialorgs_register import OrganizationFactory
from tests.people import desk_client, session_client, sign_in
from tests.walls import copied

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> dt.datetime:
    """The surfaces ask the clock, so that the story begins today."""
    return timezone.now()


def browser(user: Any = None) -> Client:
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def form_of(story: Story, **more: Any) -> dict[str, Any]:
    today = story.now.date()
    return {
        "title": "邻里厨房",
        "lane": "为老服务",
        "summary": "助餐",
        "plan": "每周三次",
        "team": "三人",
        "beneficiaries": "老人",
        "division": story.house.places["community"].pk,
        "starts_on": f"{today + dt.timedelta(days=60)}",
        "ends_on": f"{today + dt.timedelta(days=200)}",
        "lines": "2000 PERSONNEL 补贴\n6000 ACTIVITIES 活动",
        "own_amount": "",
        "credit_code": "",
        "question_1": "2",
        **more,
    }


def test_an_organization_writes_and_submits_on_its_pages(story: Story, freeze_clock: Callable[[Any], None]) -> None:
    story.opened()
    freeze_clock(story.now)
    story.written()
    manager = story.managers[0]
    client = browser(manager)
    organization = GrantApplication.objects.get().organization

    round_page = reverse("projects:grant-round-detail", args=[story.round.pk])
    write = reverse("projects:grant-application-new", args=[story.round.pk])
    begun = client.get(round_page).content.decode()
    lifecycle.move(GrantApplication.objects.get(), "withdraw", by=manager, now=story.now)
    free = client.get(round_page).content.decode()

    answer = client.post(write, {**form_of(story), "organization": organization.pk})
    row = GrantApplication.objects.order_by("-pk")[0]
    submitted = client.post(reverse("projects:grant-application-act", args=[row.pk, "submit"]))

    row.refresh_from_db()
    assert (answer.status_code, submitted.status_code, row.status, row.asked) == (302, 302, "SUBMITTED", 8000)
    assert client.get(row.get_absolute_url()).status_code == 200
    assert (write in begun, write in free) == (False, True)


def test_a_refused_form_keeps_what_was_typed(story: Story, freeze_clock: Callable[[Any], None]) -> None:
    story.opened()
    freeze_clock(story.now)
    row = story.written()
    client = browser(story.managers[0])

    answer = client.post(
        reverse("projects:grant-application-write", args=[row.pk]), form_of(story, lines="viel Geld", plan="计划甲乙丙")
    )

    assert answer.status_code == 400
    assert "计划甲乙丙" in answer.content.decode()


def test_a_draft_half_sent_when_the_round_closes_is_kept(story: Story, freeze_clock: Callable[[Any], None]) -> None:
    story.opened()
    row = story.written()
    story.days(20)
    story.turn()
    freeze_clock(story.now)
    client = browser(story.managers[0])

    saved = client.post(reverse("projects:grant-application-write", args=[row.pk]), form_of(story, plan="新的计划"))
    submitted = client.post(reverse("projects:grant-application-act", args=[row.pk, "submit"]))

    row.refresh_from_db()
    assert (saved.status_code, submitted.status_code) == (302, 400)
    assert (row.status, row.plan) == ("DRAFT", "新的计划")


def test_nobody_else_sees_a_draft_or_another_body(story: Story) -> None:
    story.opened()
    draft, other = story.written(), story.submitted()

    assert browser(story.managers[1]).get(draft.get_absolute_url()).status_code == 404
    assert browser(story.managers[0]).get(other.get_absolute_url()).status_code == 404
    assert browser(story.officer).get(draft.get_absolute_url()).status_code == 404
    assert browser(story.officer).get(other.get_absolute_url()).status_code == 200
    assert browser(story.house.people["resident"]).get(other.get_absolute_url()).status_code == 404


def test_an_expert_scores_on_the_phone_without_the_applicants_name(
    story: Story, freeze_clock: Callable[[Any], None]
) -> None:
    story.reviewing(applications=1)
    freeze_clock(story.now)
    application = story.applications[0]
    expert = story.experts[0]
    sheet = ScoreSheet.objects.get(expert=expert)
    client = browser(expert)
    home = reverse("projects:score-sheet-detail", args=[sheet.pk])

    page = client.get(home).content.decode()
    wrong = client.post(f"{home}acts/hand_in/", {"criterion_1": "41", "criterion_2": "30", "criterion_3": "20"})
    right = client.post(
        f"{home}acts/hand_in/", {"criterion_1": "40", "criterion_2": "30", "criterion_3": "20", "comment": "可行"}
    )

    sheet.refresh_from_db()
    assert application.organization.name not in page
    assert (wrong.status_code, right.status_code) == (400, 302)
    assert (sheet.status, sheet.total) == ("SUBMITTED", 90)
    assert browser(story.experts[1]).get(home).status_code == 404
    assert browser(story.officer).get(home).status_code == 404


def test_the_round_is_run_from_its_board(story: Story, freeze_clock: Callable[[Any], None]) -> None:
    story.opened()
    story.admitted(story.submitted())
    story.days(20)
    story.turn()
    freeze_clock(story.now)
    story.pooled(6)
    client = browser(story.officer)
    acts = reverse("projects:grant-round-board", args=[story.round.pk]) + "acts/"

    begun = client.post(f"{acts}start_review/")
    drawn = client.post(f"{acts}draw/", {"seats": "5", "word": "春风"})
    early = client.post(f"{acts}give_out/")

    story.round.refresh_from_db()
    assert (begun.status_code, drawn.status_code, early.status_code) == (302, 302, 400)
    assert (story.round.status, story.round.seats.filter(is_drawn=True).count()) == ("REVIEWING", 5)
    assert browser(story.managers[0]).get(acts.removesuffix("acts/")).status_code == 403


def test_results_are_public_and_open_data(story: Story) -> None:
    story.awarded()
    home = story.round.get_absolute_url()
    client = browser()

    page = client.get(home).content.decode()
    table = client.get(f"{home}results.csv").content.decode("utf-8-sig").splitlines()
    package = json.loads(client.get(f"{home}results.ocds.json").content)

    assert "项目1" in page
    assert len(table) == 3
    (release,) = package["releases"]
    assert [award["value"]["amount"] for award in release["awards"]] == [11000.0, 11000.0]
    assert {role for party in release["parties"] for role in party["roles"]} == {
        *("buyer", "procuringEntity", "funder", "supplier")
    }


RELEASE = {
    "ocid",
    "id",
    "date",
    "tag",
    "initiationType",
    "language",
    "parties",
    "buyer",
    "planning",
    "tender",
    "awards",
}
TENDER = {
    *(
        "id",
        "title",
        "description",
        "status",
        "procuringEntity",
        "value",
        "procurementMethod",
        "procurementMethodDetails",
    ),
    *("mainProcurementCategory", "tenderPeriod", "awardCriteria", "awardCriteriaDetails", "numberOfTenderers"),
}
AWARD = {"id", "title", "status", "date", "value", "suppliers"}


def test_the_release_package_keeps_to_the_standard(story: Story) -> None:
    """The fields, codes and references of the release schema 1.1, with the extension for the breakdown of budgets."""
    story.awarded()
    address = f"{story.round.get_absolute_url()}results.ocds.json"
    before = json.loads(browser().get(address).content)
    deciding.ban_for_breach(by=story.second_admin, now=story.days(1), award=story.round.awards.first(), reason="挪用。")
    package = json.loads(browser().get(address).content)

    assert package["uri"].endswith(address)
    assert json.loads(browser().get(f"{address}?again=1").content)["uri"] == package["uri"]
    assert package["extensions"] == [opendata.BREAKDOWN]
    (release,), (earlier,) = package["releases"], before["releases"]
    assert set(release) == RELEASE
    assert set(release["tender"]) == TENDER
    assert {frozenset(award) for award in release["awards"]} == {frozenset(AWARD)}
    assert [award["status"] for award in release["awards"]].count("cancelled") == 1
    assert (release["ocid"], release["id"] != earlier["id"]) == (earlier["ocid"], True)
    assert release["ocid"] == f"{settings.OCID_PREFIX}-grant-round-{story.round.pk}"
    assert dt.datetime.fromisoformat(release["date"]) > dt.datetime.fromisoformat(earlier["date"])
    keys = [party["id"] for party in release["parties"]]
    named = [release["buyer"], release["tender"]["procuringEntity"]]
    named += [one["sourceParty"] for one in release["planning"]["budget"]["budgetBreakdown"]]
    named += [one for award in release["awards"] for one in award["suppliers"]]
    assert len(keys) == len(set(keys))
    assert {one["id"] for one in named} == set(keys)
    assert all(len(party["roles"]) == len(set(party["roles"])) > 0 for party in release["parties"])
    assert release["planning"]["budget"]["amount"]["amount"] == 55000.0
    assert release["tender"]["numberOfTenderers"] == 2


def test_a_registered_body_and_a_filed_group_compete_in_their_own_classes(story: Story) -> None:
    story.kind, story.more = (
        "MICRO",
        {"lanes": ("为老服务",), "filed_lanes": ("邻里小事", "院坝自治"), "takes_filed": True},
    )
    story.__post_init__()
    story.opened()
    place = story.house.places["community"]
    group = OrganizationFactory(filed=True, active=True, division=place)
    body = OrganizationFactory(active=True, division=story.house.places["street"])
    code = body.credit_code
    with pytest.raises(refusals.ApplicationIncomplete, match="邻里小事、院坝自治") as of_group:
        story.submitted(group, credit_code=code, lane="为老服务")
    with pytest.raises(refusals.ApplicationIncomplete, match="为老服务"):
        story.submitted(OrganizationFactory(active=True, division=place), lane="邻里小事")

    row = story.submitted(group, credit_code=code, lane="邻里小事")
    page = browser().get(story.round.get_absolute_url()).content.decode()
    draft = GrantApplication.objects.get(organization=group, status="DRAFT")
    form = browser(story.managers[0]).get(f"{draft.get_absolute_url()}edit/").content.decode()
    told = browser().get(f"/api/v1/grant-rounds/{story.round.pk}").json()

    assert (of_group.value.field, row.status) == ("lane", "SUBMITTED")
    assert "邻里小事、院坝自治" in page
    assert ('value="邻里小事"' in form, 'value="为老服务"' in form) == (True, False)
    assert (told["lanes"], told["filed_lanes"]) == (["为老服务", "邻里小事", "院坝自治"], ["邻里小事", "院坝自治"])


def test_classes_of_filed_groups_need_a_round_that_takes_them(story: Story) -> None:
    story.more = {"filed_lanes": ("邻里小事",), "takes_filed": False}
    with pytest.raises(RoundUnfit) as refused:
        story.drafted()

    assert refused.value.field == "filed_lanes"
    story.more = {"lanes": ("邻里小事",), "filed_lanes": ("邻里小事", "邻里小事"), "takes_filed": True}
    with pytest.raises(RoundUnfit):
        story.drafted()


def test_results_are_hidden_before_they_are_publicised(story: Story) -> None:
    story.settled((80, 82, 84, 86, 88))
    home = story.round.get_absolute_url()

    assert "84.00" not in browser().get(home).content.decode()
    assert browser().get(f"{home}results.csv").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_as_many_queries_for_one_row_as_for_three(
    story: Story, count: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    story.awarded(*[(80, 82, 84, 86, 88)] * count)
    board = reverse("projects:grant-round-board", args=[story.round.pk])
    officer, expert = browser(story.officer), browser(story.experts[0])
    anonymous = browser()

    for client, path, most in (
        (anonymous, reverse("projects:grant-round-list"), 10),
        (anonymous, story.round.get_absolute_url(), 10),
        (officer, board, 10),
        (expert, reverse("projects:grant-review-list"), 10),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(path).status_code == 200


STATES: dict[str, Callable[[Story, int], object]] = {
    "drafted": lambda story, _count: story.drafted(),
    "opened": lambda story, count: [story.opened(), *[story.submitted() for _number in range(count)]],
    "reviewing": lambda story, count: story.reviewing(applications=count, experts=7),
    "settled": lambda story, count: story.settled(*[(80, 82, 84, 86, 88)] * count),
    "publicised": lambda story, count: story.publicised(*[(80, 82, 84, 86, 88)] * count),
    "awarded": lambda story, count: story.awarded(*[(80, 82, 84, 86, 88)] * count),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("count", [1, 3])
def test_the_review_board_costs_ten_queries_in_every_state(
    story: Story, count: int, state: str, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    STATES[state](story, count)
    board = reverse("projects:grant-round-board", args=[story.round.pk])
    client = browser(story.officer)

    with django_assert_max_num_queries(10):
        assert client.get(board).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_review_board_of_many_applications_is_bounded(
    story: Story, owner: Callable[[], Any], django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    story.reviewing(applications=1, experts=7)
    [row] = story.applications
    many = copied(row, status="'DECLINED'", number="number || '-' || series", remark="'x'")
    with owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE projects_grantapplication DISABLE TRIGGER USER")
        cursor.execute(many.replace(" WHERE ", ", generate_series(1, 300) AS series WHERE "))
        cursor.execute("ALTER TABLE projects_grantapplication ENABLE TRIGGER USER")
    client = browser(story.officer)
    board = reverse("projects:grant-round-board", args=[story.round.pk])

    with django_assert_max_num_queries(10):
        page = client.get(board)

    assert len(page.content) < 80_000


def test_the_desk_shows_every_list_and_row(story: Story) -> None:
    story.awarded()
    client = desk_client(story.house.people["district_admin"])

    for model in ("grantround", "grantapplication", "grantexpert", "panelseat", "scoresheet", "grantaward"):
        assert client.get(f"/desk/projects/{model}/").status_code == 200
    for row in (story.round, story.applications[0], ScoreSheet.objects.first(), GrantAward.objects.first()):
        address = reverse(f"admin:projects_{row._meta.model_name}_change", args=[row.pk])
        assert client.get(address).status_code == 200


def test_a_round_is_drawn_up_on_the_desk(story: Story, freeze_clock: Callable[[Any], None]) -> None:
    freeze_clock(story.now)
    client = desk_client(story.house.people["district_officer"])
    entry = {
        "kind": "VENTURE",
        "title": "第四届公益创投",
        "division": story.place.pk,
        "edition": "4",
        "guide": "征集。",
        "cap": "30000",
        "pass_score": "60",
        "opens_on": f"{story.now.date() + dt.timedelta(days=5)}",
        "closes_on": f"{story.now.date() + dt.timedelta(days=30)}",
        "contact": "8100000",
        "criterion_lines": "\n".join(f"{most} {title}" for title, most in CRITERIA),
        "question_lines": "* 其他资金？ | 是 | 否\n补充说明",
    }

    wrong = client.post("/desk/projects/grantround/add/", {**entry, "criterion_lines": "50 需求"})
    right = client.post("/desk/projects/grantround/add/", entry)

    assert right.status_code == 302
    assert wrong.status_code in {200, 400}
    row = GrantRound.objects.get()
    assert [question.kind for question in row.form] == ["ONE", "WORDS"]


def test_a_breach_proposes_a_ban_on_the_desk_and_another_imposes_it(
    story: Story, freeze_clock: Callable[[Any], None]
) -> None:
    story.awarded()
    freeze_clock(story.now)
    award = GrantAward.objects.order_by("pk")[0]
    client = desk_client(story.house.people["district_admin"])

    answer = client.post(
        f"/desk/projects/grantaward/{award.pk}/moves/revoke/", {"reason": "挪用资金。", "confirmed": "1"}, follow=True
    )

    ban = ParticipationBan.objects.get()
    assert (ban.status, ban.ground, ban.decision_number) == ("PROPOSED", "GRANT_BREACH", award.number)
    assert (ban.organization_id, ban.starts_on.year + 3) == (award.organization_id, ban.ends_on.year)
    page = answer.content.decode()
    assert str(ban.ends_on) in page
    assert ban.organization.name in page
    assert hindrances(award.organization, ban.starts_on) == []
    with pytest.raises(SamePerson):
        lifecycle.move(ban, "confirm", by=ban.proposed_by, now=story.now)
    lifecycle.move(ban, "confirm", by=story.second_admin, now=story.now)
    [why] = hindrances(award.organization, ban.starts_on)
    assert award.number in why


def test_a_body_gets_no_grant_under_the_credit_code_of_one_that_broke_its(story: Story) -> None:
    story.awarded()
    award = GrantAward.objects.order_by("pk")[0]
    code = award.application.credit_code
    ban = deciding.ban_for_breach(by=story.officer_who_decides, now=story.now, award=award, reason="挪用资金。")
    group = story.applications[1].organization
    assert grant_hindrances(group, code, award.round, ban.starts_on) == []

    lifecycle.move(ban, "confirm", by=story.second_admin, now=story.now)

    found = grant_hindrances(group, code, award.round, ban.starts_on)
    assert len(found) == 1
    assert award.number in found[0]
    SocialOrganization.objects.filter(pk=award.organization_id).update(
        standing="FILED", organization_type="COMMUNITY_ORGANIZATION", credit_code=None, filing_number="1号"
    )
    found = grant_hindrances(group, code, award.round, ban.starts_on)
    assert len(found) == 1
    assert str(ban.ends_on) in found[0]


def test_the_api_serves_rounds_sheets_and_awards(story: Story, freeze_clock: Callable[[Any], None]) -> None:
    story.reviewing(applications=1)
    freeze_clock(story.now)
    expert = session_client(story.experts[0])
    sheet = ScoreSheet.objects.get(expert=story.experts[0])

    seen = expert.get(f"/api/v1/score-sheets/{sheet.pk}").json()
    answer = expert.post(
        f"/api/v1/score-sheets/{sheet.pk}/hand_in", {"marks": marks_of(70), "comment": "好"}, format="json"
    )
    staff = session_client(story.officer).get(f"/api/v1/score-sheets/{sheet.pk}").json()

    assert seen["total"] is None
    assert (answer.status_code, answer.json()["total"]) == (200, 70)
    assert (staff["status"], staff["total"], staff["marks"], staff["comment"]) == ("SUBMITTED", None, None, None)
    assert session_client(None).get("/api/v1/grant-rounds").json()["results"][0]["id"] == story.round.pk


def test_the_api_takes_an_application(story: Story, freeze_clock: Callable[[Any], None]) -> None:
    story.opened()
    freeze_clock(story.now)
    organization = story.written().organization
    client = session_client(story.managers[0])

    made = client.post(
        "/api/v1/grant-applications",
        {"round": story.round.pk, "organization": organization.pk, "title": "接口申报"},
        format="json",
    )
    early = client.post(f"/api/v1/grant-applications/{made.json()['id']}/submit", {}, format="json")

    assert (made.status_code, made.json()["status"]) == (201, "DRAFT")
    assert (early.status_code, early.json()["code"]) == (400, "grant_application_incomplete")
    assert early.json()["detail"].count(" / ") == 7, "all that is missing is named at once"


def test_the_desk_writes_lists_and_answers_in_words(story: Story) -> None:
    story.awarded()
    client = desk_client(story.house.people["district_admin"])
    award = GrantAward.objects.order_by("pk")[0]

    told = {
        name: client.get(reverse(f"admin:projects_{name}_change", args=[key])).content.decode()
        for name, key in (
            ("grantround", story.round.pk),
            ("grantapplication", story.applications[0].pk),
            ("grantaward", award.pk),
        )
    }

    assert all("\\u" not in page for page in told.values())
    for text in ("为老服务、社区治理", "40 需求与可行性", "* 是否获得其他财政资金？ | 是 | 否", "50 % + 30 % + 20 %"):
        assert text in told["grantround"]
    assert "是否获得其他财政资金？ 否" in told["grantapplication"]
    assert "50 % + 30 % + 20 %" in told["grantaward"]
    assert "11,000.00" in told["grantaward"]


def test_rounds_are_found_by_kind_and_by_the_name_of_their_programme(story: Story) -> None:
    programme = operations.enter_programme(
        by=story.officer,
        now=story.now,
        division=story.place,
        name="近邻计划",
        purpose="邻里互助小项目。",
        started_on=story.now.date(),
    )
    story.more = {"programme": programme}
    story.called()
    home = reverse("projects:grant-round-list")

    own = browser().get(home, {"programme": programme.pk}).content.decode()
    other = browser().get(home, {"kind": "MICRO"}).content.decode()
    wrong = browser().get(home, {"programme": "x"})

    assert [text in own for text in ("近邻计划", "邻里互助小项目。", story.round.title)] == [True] * 3
    assert (story.round.title in other, wrong.status_code) == (False, 200)
    assert f"?programme={programme.pk}" in browser().get(story.round.get_absolute_url()).content.decode()
