"""Recalls over pages, API and desk: what everybody reads, what the staff does, what comes back when it is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consultation.conventions.recalls.models import Recall
from governance.accounts.models import User
from governance.calendar import clock
from tests.consultation.recalls.conftest import DEFENSE, GROUNDS, RecallStory, marks
from tests.factories.consultation_ballots import DAY, HOUR, Place
from tests.people import desk_client, session_client, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

API = "/api/v1/recalls"
DESK = "/desk/consultation"
QUERIES = 10


@pytest.fixture
def story(db: None) -> RecallStory:
    """A village whose story begins now."""
    return RecallStory(Place(clock.now()))


def past(days: int) -> RecallStory:
    """Return a village whose story began some days ago."""
    return RecallStory(Place(clock.now() - days * DAY))


def browser(user: User | None = None) -> Client:
    """Return somebody's browser."""
    client = Client(headers={"accept-language": "en"})
    if user is not None:
        sign_in(client, user)
    return client


def sheet() -> SimpleUploadedFile:
    """Return a scan."""
    return SimpleUploadedFile("联名.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf")


def test_the_staff_takes_a_demand_in_and_the_street_checks_it_on_the_pages(story: RecallStory) -> None:
    staff, street = browser(story.place.staff), browser(story.reviewer)
    new = f"/divisions/{story.place.division.pk}/recalls/new/"
    assert browser().get(new).status_code == 302
    assert browser(story.place.voters[0]).get(new).status_code == 403
    given = {"membership": story.member.pk, "demanders": "VOTERS", "grounds": GROUNDS, "asked_on": clock.today()}
    missing = staff.post(new, given)
    assert missing.status_code == 400
    assert GROUNDS in missing.content.decode()
    made = staff.post(new, {**given, "sheet_file": sheet()})
    assert made.status_code == 302, made.content.decode()
    recall = Recall.objects.get()
    home = f"/recalls/{recall.pk}/"
    assert browser().get(home).status_code == 404
    assert browser(story.place.voters[0]).get(home).status_code == 404
    assert GROUNDS in browser(story.residents[14].user).get(home).content.decode()

    unclear = staff.post(f"{home}acts/enter_signatures/", {"names": "村民0\n王二"})
    assert unclear.status_code == 400
    assert "王二" in unclear.content.decode()
    assert recall.signatures.count() == 0
    assert staff.post(f"{home}acts/enter_signatures/", {"names": "村民0\r\n村民1\r\n村民2\r\n村民3"}).status_code == 302
    assert staff.post(f"{home}acts/check_signatures/", {"doubtful": ""}).status_code == 404
    page = street.get(home).content.decode()
    assert "村民3" in page
    assert "4 entered: 0 count" in page
    unread = street.post(f"{home}acts/check_signatures/", {"doubtful": "四 代签"})
    assert unread.status_code == 400
    assert "四 代签" in unread.content.decode()
    assert street.post(f"{home}acts/check_signatures/", {"doubtful": "4 代签"}).status_code == 302
    assert street.post(f"{home}acts/verify/").status_code == 302
    recall.refresh_from_db()
    assert (recall.status, recall.signed) == ("VERIFIED", 3)
    assert "村民3" not in street.get(home).content.decode()


def test_the_member_answers_on_their_own_page(story: RecallStory) -> None:
    recall = story.verified()
    home = f"/recalls/{recall.pk}/"
    member = browser(story.residents[14].user)
    assert "Record the answer of the member" in member.get(home).content.decode()
    given = {"hearing": "WRITTEN", "heard_on": clock.today(), "defense": ""}
    assert member.post(f"{home}acts/answer/", given).status_code == 400
    assert member.post(f"{home}acts/verify/").status_code == 400
    assert member.post(f"{home}acts/answer/", {**given, "defense": DEFENSE}).status_code == 302
    recall.refresh_from_db()
    assert (recall.defense, recall.heard_by_id) == (DEFENSE, story.residents[14].user_id)


def test_everybody_reads_grounds_answer_and_result_and_nobody_the_names() -> None:
    story = past(20)
    recall, moment = story.voted(marks(8, 1))
    home = f"/recalls/{recall.pk}/"
    page = browser().get(home).content.decode()
    assert GROUNDS in page
    assert DEFENSE in page
    assert "9 of 15 registered voters took part." in page
    assert ("more than 1/2 registered voters" in page, "more than 1/2 votes cast" in page) == (True, True)
    for signer in story.residents[:3]:
        assert signer.name not in page
    recall = story.establish(recall, moment)
    client = browser()
    client.get(home)
    with CaptureQueriesContext(connection) as spent:
        page = client.get(home).content.decode()
    assert len(spent) <= QUERIES, "\n".join(row["sql"][:160] for row in spent.captured_queries)
    assert "The seat is vacant since" in page
    staff = browser(story.place.staff)
    staff.get(home)
    with CaptureQueriesContext(connection) as spent:
        assert "Plan the by-election" in staff.get(home).content.decode()
    assert len(spent) <= QUERIES, "\n".join(row["sql"][:160] for row in spent.captured_queries)
    places = f"/divisions/{story.place.division.pk}/recalls/"
    assert "Seats that wait for a by-election" in staff.get(places).content.decode()
    assert "Seats that wait for a by-election" not in browser().get(places).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_with_one_row_and_with_three(story: RecallStory, count: int) -> None:
    for number in range(count):
        seat = story.seat(story.body, f"委员{number}", story.now.date() - 300 * DAY)
        recall = story.receive(membership=seat)
        story.sign(recall, story.residents[:3])
        story.check(recall)
        recall = story.verify(recall)
        moment = story.now + 8 * DAY
        story.call(recall, days=8, opens_at=moment + 9 * DAY, closes_at=moment + 9 * DAY + HOUR)
    places = f"/divisions/{story.place.division.pk}/recalls/"
    client = browser()
    client.get(places)
    with CaptureQueriesContext(connection) as spent:
        page = client.get(places).content.decode()
    assert page.count("handed in on") == count
    assert len(spent) == 3
    with CaptureQueriesContext(connection) as spent:
        found = session_client(None).get(API).json()["results"]
    assert len(found) == count
    assert len(spent) == 1


def test_a_recall_runs_over_the_api(story: RecallStory) -> None:
    staff, street = session_client(story.place.staff), session_client(story.reviewer)
    demand = {"membership": story.member.pk, "grounds": GROUNDS, "asked_on": str(clock.today())}
    assert session_client(story.place.voters[0]).post(API, demand, format="json").status_code == 403
    made = staff.post(API, demand, format="json")
    assert made.status_code == 201, made.content
    twice = staff.post(API, demand, format="json")
    assert (twice.status_code, twice.json()["code"]) == (409, "recall_running")
    home = f"{API}/{made.json()['id']}"
    assert session_client(None).get(home).status_code == 404

    names = [one.pk for one in story.residents[:3]]
    entered = staff.post(f"{home}/enter_signatures", {"residents": names}, format="json")
    assert entered.json() == {"entered": 3, "valid": 0, "doubtful": 0, "unchecked": 3}
    assert staff.post(f"{home}/check_signatures", {}, format="json").status_code == 403
    early = street.post(f"{home}/verify")
    assert (early.status_code, early.json()["code"]) == (409, "signatures_unchecked")
    checked = street.post(f"{home}/check_signatures", {"doubtful": []}, format="json")
    assert checked.json()["valid"] == 3
    assert street.post(f"{home}/verify").json()["status"] == "VERIFIED"
    answer = {"hearing": "SPOKEN", "heard_on": str(clock.today()), "defense": DEFENSE}
    assert session_client(story.place.voters[0]).post(f"{home}/answer", answer, format="json").status_code in {
        401,
        403,
        404,
    }
    assert staff.post(f"{home}/answer", answer, format="json").json()["defense"] == DEFENSE
    opens = clock.now() + 9 * DAY
    call = {
        "ordered_by": story.document.pk,
        "opens_at": opens.isoformat(),
        "closes_at": (opens + HOUR).isoformat(),
    }
    called = staff.post(f"{home}/call_vote", call, format="json")
    assert (called.status_code, called.json()["status"]) == (200, "LISTED")
    assert session_client(None).get(home).json()["grounds"] == GROUNDS
    moves = {row["name"]: row["open"] for row in staff.get(f"{home}/moves").json()}
    assert moves == {"freeze": False, "drop": True}


def test_a_demand_is_taken_in_and_checked_on_the_desk(story: RecallStory) -> None:
    desk = desk_client(story.place.staff)
    assert desk.get(f"{DESK}/recall/add/").status_code == 200
    given: dict[str, Any] = {
        "membership": story.member.pk,
        "demanders": "VOTERS",
        "grounds": GROUNDS,
        "asked_on": f"{timezone.localdate(story.now):%Y-%m-%d}",
    }
    wrong = desk.post(f"{DESK}/recall/add/", {**given, "demanders": "REPRESENTATIVES"})
    assert "name the representatives" in wrong.content.decode()
    made = desk.post(f"{DESK}/recall/add/", {**given, "sheet_file": sheet()})
    assert made.status_code == 302, made.content.decode()
    recall = Recall.objects.get()
    home = f"{DESK}/recall/{recall.pk}"
    assert desk.post(f"{home}/deeds/enter_signatures/", {"names": "村民0\n村民1\n村民2"}).status_code == 302
    assert "3 entered: 0 count" in desk.get(f"{home}/change/").content.decode()
    assert desk.get(f"{DESK}/recallsignature/").status_code == 200
    street = desk_client(story.reviewer)
    street.post(f"{home}/deeds/check_signatures/", {"doubtful": ""})
    street.post(f"{home}/moves/verify/")
    recall.refresh_from_db()
    assert recall.status == "VERIFIED"
    assert desk.get(f"{DESK}/recall/").status_code == 200
