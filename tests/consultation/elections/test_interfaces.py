"""Elections over pages, API and desk: what everybody reads, what the staff does, what comes back when it is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consultation.conventions.elections.models import CommitteeElection, ElectionCandidate
from governance.accounts.models import User
from governance.calendar import clock
from tests.consultation.elections.conftest import CLEAR, DAYS, Story
from tests.factories.consultation_ballots import DAY, HOUR, Place
from tests.people import desk_client, session_client, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

API = "/api/v1/committee-elections"
DESK = "/desk/consultation"
QUERIES = 10
"""Of the page of an election with three ballots: three of them ask who reads."""


@pytest.fixture
def story(db: None) -> Story:
    """A village whose story begins now."""
    return Story(Place(clock.now()))


def past(days: int) -> Story:
    """Return a village whose story began some days ago."""
    return Story(Place(clock.now() - days * DAY))


def browser(user: User | None = None) -> Client:
    """Return somebody's browser."""
    client = Client(headers={"accept-language": "en"})
    if user is not None:
        sign_in(client, user)
    return client


def test_an_election_is_public_from_the_posting_of_the_list(story: Story) -> None:
    election = story.plan()
    home = f"/elections/{election.pk}/"
    places = f"/divisions/{story.place.division.pk}/elections/"
    assert browser().get(home).status_code == 404
    assert story.body.name not in browser().get(places).content.decode()
    assert browser(story.place.staff).get(home).status_code == 200

    assert browser(story.place.staff).post(f"{home}acts/post_list/").status_code == 302

    assert story.body.name in browser().get(places).content.decode()
    page = browser().get(home).content.decode()
    assert "registered voters" in page
    assert f"{(story.now + DAYS * DAY).astimezone(timezone.get_current_timezone()):%Y-%m-%d}" in page
    for resident in story.residents:
        assert resident.name not in page
    assert "You stand on this list" in browser(story.place.voters[0]).get(home).content.decode()
    assert "You do not stand on this list" in browser(story.officer).get(home).content.decode()


def test_candidates_are_public_when_they_are_fixed_and_figures_when_they_are_published() -> None:
    story = past(9)
    election = story.post()
    story.line_up(election)
    home = f"/elections/{election.pk}/"
    assert "村民0" not in browser().get(home).content.decode()
    assert "村民0" in browser(story.place.staff).get(home).content.decode()
    assert session_client(None).get("/api/v1/election-candidates").json()["results"] == []

    election = story.fix(election)

    page = browser().get(home).content.decode()
    assert "村民0" in page
    assert "took part" not in page
    assert len(session_client(None).get("/api/v1/election-candidates").json()["results"]) == 6


def test_the_page_shows_the_votes_and_the_new_committee_in_bounded_queries() -> None:
    story = past(40)
    election, _moment = story.announced()
    client = browser()
    home = f"/elections/{election.pk}/"
    client.get(home)
    with CaptureQueriesContext(
        connection,
    ) as spent:
        page = client.get(home).content.decode()
    assert len(spent) <= QUERIES, "\n".join(row["sql"][:160] for row in spent.captured_queries)
    voter = browser(story.place.voters[0])
    voter.get(home)
    with CaptureQueriesContext(connection) as spent:
        assert "You stand on this list" in voter.get(home).content.decode()
    assert len(spent) <= QUERIES, "\n".join(row["sql"][:160] for row in spent.captured_queries)
    assert "10 of 12 registered voters took part." in page
    assert page.count("<b>elected</b>") == 3
    assert election.elected_body is not None
    assert f"/bodies/{election.elected_body_id}/" in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_the_staff_costs_the_same_with_one_candidate_more_and_with_three(count: int) -> None:
    story = past(40)
    staff = browser(story.place.staff)
    election = story.plan()
    home = f"/elections/{election.pk}/"
    said: dict[str, int] = {}

    def look(state: str) -> str:
        staff.get(home)
        with CaptureQueriesContext(connection) as spent:
            page = staff.get(home).content.decode()
        said[state] = len(spent)
        return page

    look("planned")
    story.post(election)
    assert "at least 1/2" not in look("listed")
    story.line_up(election, [count + 1, count + 1, count + 1])
    assert "more than 1/2 registered voters" in look("lined up")
    election = story.fix(election)
    look("fixed")
    moment = story.vote(election, [CLEAR] * 3)
    assert look("voted").count("more than 1/2 votes cast") == 3
    election = story.establish(election, moment)
    look("established")
    story.announce(election, moment)
    look("announced")

    assert said == {
        "planned": 8,
        "listed": 10,
        "lined up": 10,
        "fixed": 9,
        "voted": 10,
        "established": 10,
        "announced": 10,
    }


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_with_one_row_and_with_three(story: Story, count: int) -> None:
    story.post()
    for number in range(1, count):
        other = story.set_up("VILLAGERS_COMMITTEE", f"第{number}村村民委员会", story.now.date() - 400 * DAY)
        story.post(body=other)
    client = browser()
    client.get(f"/divisions/{story.place.division.pk}/elections/")
    with CaptureQueriesContext(connection) as spent:
        client.get(f"/divisions/{story.place.division.pk}/elections/")
    assert len(spent) == 3
    with CaptureQueriesContext(connection) as spent:
        found = session_client(None).get(API).json()["results"]
    assert len(found) == count
    assert len(spent) == 3


def test_a_refused_step_keeps_what_was_typed(story: Story) -> None:
    election = story.plan()
    home = f"/elections/{election.pk}/"
    staff = browser(story.place.staff)
    given = {"opens_at": "2020-01-01T08:00", "closes_at": "2020-01-01T18:00"}
    refused = staff.post(f"{home}acts/move_voting/", given)
    assert refused.status_code == 400
    assert 'value="2020-01-01T08:00"' in refused.content.decode()
    assert staff.post(f"{home}acts/call_off/", {"reason": ""}).status_code == 400
    assert staff.post(f"{home}acts/unknown/").status_code == 404
    assert browser().post(f"{home}acts/post_list/").status_code == 404
    assert browser(story.place.voters[0]).post(f"{home}acts/move_voting/", given).status_code == 404
    soon = story.now + 3 * DAY
    CommitteeElection.objects.filter(pk=election.pk).update(opens_at=soon, closes_at=soon + HOUR)
    early = staff.post(f"{home}acts/post_list/")
    assert early.status_code == 400
    assert "20 days" in early.content.decode()


def test_terms_that_end_are_shown_to_the_staff(story: Story) -> None:
    story.body.term_to = story.now.date() + 90 * DAY
    story.body.save(update_fields=["term_to"])
    places = f"/divisions/{story.place.division.pk}/elections/"
    assert "Terms that end soon" in browser(story.place.staff).get(places).content.decode()
    assert "Terms that end soon" not in browser().get(places).content.decode()
    story.plan()
    assert "Terms that end soon" not in browser(story.place.staff).get(places).content.decode()


def test_an_election_runs_over_the_api(story: Story) -> None:
    staff = session_client(story.place.staff)
    opens = story.now + DAYS * DAY
    plan = {
        "body": story.body.pk,
        "committee": story.committee.pk,
        "ordered_by": story.document.pk,
        "opens_at": opens.isoformat(),
        "closes_at": (opens + HOUR).isoformat(),
        "posts": [{"office": "CHAIR"}, {"office": "MEMBER", "for_women": True}, {"office": "MEMBER"}],
    }
    assert session_client(story.place.voters[0]).post(API, plan, format="json").status_code == 403
    assert staff.post(API, {**plan, "posts": []}, format="json").status_code == 400
    made = staff.post(API, plan, format="json")
    assert made.status_code == 201, made.content
    assert staff.post(API, plan, format="json").status_code == 409
    home = f"{API}/{made.json()['id']}"
    listed = staff.post(f"{home}/post_list")
    assert (listed.status_code, listed.json()["status"]) == (200, "LISTED")

    first = listed.json()["posts"][0]["id"]
    entry = {"post": first, "resident": story.residents[0].pk, "nominators": 4}
    candidates = "/api/v1/election-candidates"
    entered = staff.post(candidates, entry, format="json")
    assert entered.status_code == 201, entered.content
    twice = staff.post(candidates, entry, format="json")
    assert (twice.status_code, twice.json()["code"]) == (409, "candidate_twice")
    stranger = story.place.resident("后来者")
    missing = staff.post(candidates, {**entry, "resident": stranger.pk}, format="json")
    assert (missing.status_code, missing.json()["code"]) == (400, "candidate_not_listed")
    added = staff.post(f"{home}/add_voter", {"resident": stranger.pk, "reason": "补登"}, format="json")
    assert added.status_code == 200
    struck = staff.post(f"{home}/strike_voter", {"resident": stranger.pk, "reason": "重复"}, format="json")
    assert struck.status_code == 200

    review = f"{candidates}/{entered.json()['id']}"
    assert staff.post(f"{review}/clear").status_code == 403
    cleared = session_client(story.reviewer).post(f"{review}/clear")
    assert (cleared.status_code, cleared.json()["status"]) == (200, "CLEARED")
    early = staff.post(f"{home}/fix_candidates")
    assert (early.status_code, early.json()["code"]) == (409, "move_hindered")
    moves = {row["name"]: row["open"] for row in staff.get(f"{home}/moves").json()}
    assert moves == {"fix_candidates": False, "call_off": True}


def test_an_election_is_planned_and_candidates_entered_on_the_desk(story: Story) -> None:
    desk = desk_client(story.place.staff)
    opens = timezone.localtime(story.now + DAYS * DAY)
    data = {
        "body": story.body.pk,
        "kind": "TERM",
        "committee": story.committee.pk,
        "ordered_by": story.document.pk,
        "opens_at_0": f"{opens:%Y-%m-%d}",
        "opens_at_1": f"{opens:%H:%M:%S}",
        "closes_at_0": f"{opens + HOUR:%Y-%m-%d}",
        "closes_at_1": f"{opens + HOUR:%H:%M:%S}",
        "has_chair": "on",
        "deputies": 0,
        "members": 1,
        "women": 1,
    }
    assert desk.get(f"{DESK}/committeeelection/add/").status_code == 200
    few = desk.post(f"{DESK}/committeeelection/add/", {**data, "members": 0})
    assert "3 to 7 members" in few.content.decode()
    made = desk.post(f"{DESK}/committeeelection/add/", data)
    assert made.status_code == 302, made.content.decode()
    election = CommitteeElection.objects.get()
    assert list(election.posts.values_list("office", "seats", "for_women")) == [
        ("CHAIR", 1, False),
        ("MEMBER", 1, False),
        ("MEMBER", 1, True),
    ]
    desk.post(f"{DESK}/committeeelection/{election.pk}/moves/post_list/")
    election.refresh_from_db()
    assert election.status == "LISTED"
    page = desk.get(f"{DESK}/committeeelection/{election.pk}/change/").content.decode()
    assert "12 (posted 12, added 0, struck 0)" in page

    entry = {"post": election.posts.get(number=1).pk, "resident": story.residents[0].pk, "nominators": 2}
    assert desk.get(f"{DESK}/electioncandidate/add/").status_code == 200
    assert desk.post(f"{DESK}/electioncandidate/add/", entry).status_code == 302
    again = desk.post(f"{DESK}/electioncandidate/add/", entry)
    assert "is a candidate in this election already" in again.content.decode()
    candidate = ElectionCandidate.objects.get()
    desk_client(story.reviewer).post(f"{DESK}/electioncandidate/{candidate.pk}/moves/clear/")
    candidate.refresh_from_db()
    assert candidate.status == "CLEARED"

    voter = election.voter_list.voters.get(resident=story.residents[9]) if election.voter_list else None
    assert voter is not None
    assert desk.get(f"{DESK}/listedvoter/{voter.pk}/change/").status_code == 200
    desk.post(f"{DESK}/listedvoter/{voter.pk}/deeds/strike/", {"reason": "已迁出"})
    voter.refresh_from_db()
    assert voter.strike_reason == "已迁出"
    added = story.place.resident("老李")
    assert desk.get(f"{DESK}/listedvoter/add/").status_code == 200
    given: dict[str, Any] = {"voter_list": election.voter_list_id, "resident": added.pk, "ground": "HOME"}
    assert desk.post(f"{DESK}/listedvoter/add/", {**given, "reason": ""}).status_code == 200
    assert desk.post(f"{DESK}/listedvoter/add/", {**given, "reason": "漏登"}).status_code == 302


def test_the_result_goes_through_the_desk_to_the_file() -> None:
    story = past(40)
    election, _moment = story.voted([CLEAR, CLEAR, CLEAR])
    desk = desk_client(story.place.staff)
    home = f"{DESK}/committeeelection/{election.pk}"
    assert desk.get(f"{home}/change/").status_code == 200
    desk.post(f"{home}/moves/announce/")
    election.refresh_from_db()
    assert election.status == "ANNOUNCED"
    street = desk_client(story.officer)
    assert street.post(f"{home}/moves/file/", {"number": "街备3号"}).status_code == 302
    desk.post(f"{home}/moves/hand_over/", {"on": f"{clock.today()}", "note": "公章一枚"})
    election.refresh_from_db()
    assert (election.status, election.filing_number, election.hand_over_note) == ("HANDED_OVER", "街备3号", "公章一枚")
