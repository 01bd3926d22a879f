"""Conventions over pages, API and desk."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from consultation.conventions import operations
from consultation.conventions.models import Convention, ConventionVersion
from governance.accounts.models import User
from governance.calendar import clock
from tests.consultation.conventions.conftest import TEXT, Story
from tests.factories.consultation_ballots import DAY, Place
from tests.people import desk_client, session_client, sign_in

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def story(db: None) -> Story:
    """A community whose story began forty days ago."""
    place = Place(clock.now() - 40 * DAY)
    place.populate(5)
    return Story(place)


def browser(user: User | None = None) -> Client:
    """Return somebody's browser."""
    client = Client(headers={"accept-language": "en"})
    if user is not None:
        sign_in(client, user)
    return client


def test_drafts_are_for_the_staff_and_what_was_shown_for_everybody(story: Story) -> None:
    version = story.check()
    home = f"/conventions/{version.convention_id}/"
    assert browser().get(home).status_code == 404
    assert browser().get(f"/convention-versions/{version.pk}/").status_code == 404
    assert browser(story.place.staff).get(home).status_code == 200

    browser(story.place.staff).post(f"/convention-versions/{version.pk}/acts/announce/")

    page = browser().get(home).content.decode()
    assert "遛狗应当牵绳" in page
    assert "文明养犬公约" in browser().get(f"/divisions/{story.place.division.pk}/conventions/").content.decode()


def test_the_steps_lie_on_the_page_of_those_who_take_them(story: Story) -> None:
    version = story.draft(text="第一条 违者罚款五十元。")
    home = f"/convention-versions/{version.pk}/"
    reviewer = browser(story.reviewer)
    assert "罚款" in reviewer.get(home).content.decode()

    refused = reviewer.post(f"{home}acts/pass_check/", {"check_opinion": ""})
    assert "Say in the opinion why it may stand" in refused.content.decode()
    version.refresh_from_db()
    assert version.status == "DRAFT"

    reviewer.post(f"{home}acts/pass_check/", {"check_opinion": "系引用。"})
    version.refresh_from_db()
    assert version.status == "CHECKED"
    assert reviewer.post(f"{home}acts/unknown/").status_code == 404
    assert browser().post(f"{home}acts/announce/").status_code == 404


def test_a_vote_is_prepared_on_the_page(story: Story) -> None:
    version, _moment = story.after_notice()
    home = f"/convention-versions/{version.pk}/"
    staff = browser(story.place.staff)
    assert "Put it to the vote" in staff.get(home).content.decode()
    assert "Put it to the vote" not in browser(story.place.voters[0]).get(home).content.decode()
    opens = clock.now() + DAY
    given = {
        "rule_key": "council_default",
        "opens_at": f"{opens:%Y-%m-%dT%H:%M}",
        "closes_at": f"{opens + DAY:%Y-%m-%dT%H:%M}",
    }
    story.place.prepare(question="另一件事？", opens_at=opens, closes_at=opens + DAY)  # brings the rule

    past = staff.post(f"{home}acts/put_to_vote/", {**given, "opens_at": "2020-01-01T08:00"})
    assert past.status_code == 200
    version.refresh_from_db()
    assert version.ballot is None

    staff.post(f"{home}acts/put_to_vote/", given)
    version.refresh_from_db()
    assert version.ballot is not None


def test_versions_stand_beside_each_other(story: Story) -> None:
    first, moment = story.adopt()
    story.place.now = moment
    second = operations.draft_version(
        by=story.place.staff,
        now=moment,
        convention=first.convention,
        text="第一条 遛狗应当牵绳并戴嘴套。\n第二条 及时清理粪便。",
        change="增加嘴套",
    )
    story.announce(story.check(second))

    page = browser().get(f"/convention-versions/{second.pk}/").content.decode()

    assert "<del>第一条 遛狗应当牵绳。</del>" in page
    assert "<ins>第一条 遛狗应当牵绳并戴嘴套。</ins>" in page


def test_residents_join_on_the_page_and_small_numbers_are_hidden(story: Story) -> None:
    version, _moment = story.adopt()
    home = f"/convention-versions/{version.pk}/"
    neighbor = browser(story.place.voters[0])
    assert browser().post(f"{home}join/").status_code == 302

    neighbor.post(f"{home}join/")

    page = neighbor.get(home).content.decode()
    assert "Fewer than 5 residents have joined." in page
    assert "Leave the agreement" in page
    for voter in story.place.voters[1:]:
        browser(voter).post(f"{home}join/")
    assert "5 residents have joined." in browser().get(home).content.decode()
    neighbor.post(f"{home}join/", {"leave": "true"})
    assert version.joins.filter(left_at=None).count() == 4


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_more_rows(story: Story, count: int, django_assert_max_num_queries: Any) -> None:
    for number in range(count):
        story.announce(story.check(story.draft(title=f"公约{number}")))
    client = browser()
    address = f"/divisions/{story.place.division.pk}/conventions/"
    client.get(address)

    with django_assert_max_num_queries(5):
        page = client.get(address)
    assert page.content.decode().count("<article>") == count


@pytest.mark.parametrize("count", [1, 3])
def test_the_apis_lists_cost_the_same_with_more_rows(
    story: Story, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        story.announce(story.check(story.draft(title=f"公约{number}")))
    client = session_client(None)
    client.get("/api/v1/conventions")

    for name in ("conventions", "convention-versions"):
        with django_assert_max_num_queries(4):
            found = client.get(f"/api/v1/{name}").json()
        assert len(found["results"]) == count


def test_the_api_takes_a_convention_through_its_steps(story: Story) -> None:
    staff, reviewer = session_client(story.place.staff), session_client(story.reviewer)
    new = {
        "division": story.place.division.pk,
        "kind": "AGREEMENT",
        "title": "楼道公约",
        "text": TEXT,
        "change": "首次",
    }
    assert session_client(story.place.voters[0]).post("/api/v1/conventions", new, format="json").status_code == 403

    made = staff.post("/api/v1/conventions", new, format="json")
    assert made.status_code == 201
    home = f"/api/v1/convention-versions/{made.json()['id']}"
    assert session_client(None).get(home).status_code == 404
    assert staff.post(f"{home}/pass_check", {}, format="json").status_code == 403
    assert reviewer.post(f"{home}/pass_check", {"opinion": "合法"}, format="json").json()["status"] == "CHECKED"
    assert staff.post(f"{home}/announce", {}, format="json").json()["status"] == "ANNOUNCED"
    refused = staff.post(f"{home}/adopt", {"effective_on": "2030-01-01"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "move_hindered")
    assert staff.post(f"{home}/drop", {"reason": "另行起草"}, format="json").json()["status"] == "DROPPED"
    shown = session_client(None).get("/api/v1/conventions").json()["results"]
    assert [(row["title"], row["version_in_force"]) for row in shown] == [("楼道公约", None)]


def test_the_desk_drafts_and_files(story: Story) -> None:
    desk = desk_client(story.place.staff)
    desk.post(
        "/desk/consultation/convention/add/",
        {
            "division": story.place.division.pk,
            "kind": "AGREEMENT",
            "title": "文明养犬公约",
            "text": TEXT,
            "change": "首次制定",
        },
    )
    version = ConventionVersion.objects.get()
    assert Convention.objects.get().title == "文明养犬公约"
    assert desk.get(f"/desk/consultation/convention/{version.convention_id}/change/").status_code == 200
    assert desk.get("/desk/consultation/conventionversion/").status_code == 200

    home = f"/desk/consultation/conventionversion/{version.pk}"
    desk_client(story.reviewer).post(f"{home}/moves/pass_check/", {"check_opinion": ""})
    version.refresh_from_db()
    assert version.status == "CHECKED"
    desk.post(f"{home}/moves/announce/")
    version.refresh_from_db()
    assert version.status == "ANNOUNCED"
    assert desk.get(f"{home}/change/").status_code == 200
