"""Ballots over the API: people vote with their session, partners never, results after publication."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from rest_framework.test import APIClient

from communities.people.models import Role
from consultation.ballots import operations
from consultation.ballots.models import Ballot, Vote, VoteDraft
from consultation.ballots.papers.models import PaperVote
from governance.accounts.models import User
from governance.calendar import clock
from tests.factories.accounts import UserFactory
from tests.factories.communities import PostFactory
from tests.factories.consultation_ballots import DAY, HOUR, Place, entry_of
from tests.people import session_client, token_client


@pytest.fixture
def place(db: None) -> Place:
    """A community whose story began two hours ago: a ballot opened there is open now."""
    made = Place(clock.now() - 2 * HOUR)
    made.populate(5)
    return made


def url(ballot: Ballot, move: str = "") -> str:
    """Return an address of a ballot."""
    return f"/api/v1/ballots/{ballot.pk}" + (f"/{move}" if move else "")


def fresh(user: User | None) -> APIClient:
    """Return a client of somebody as a request would load them."""
    return session_client(user)


def past_published(count: int = 5) -> tuple[Place, Ballot]:
    """Return a ballot that was published some days ago."""
    place = Place(clock.now() - 4 * DAY)
    place.populate(count)
    ballot = place.open()
    place.cast(ballot, [[1], [1], [1], [2]])
    return place, place.publish(ballot)


def test_a_person_on_the_roll_votes(place: Place) -> None:
    ballot, voter = place.open(), place.voters[0]
    client = fresh(voter)

    answer = client.post(url(ballot, "cast"), {"choices": [2]})

    vote = Vote.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "receipt": vote.receipt,
        "number": entry_of(ballot, voter).number,
        "channel": "WEB",
        "cast_at": answer.json()["cast_at"],
    }
    again = client.post(url(ballot, "cast"), {"choices": [1]})
    assert (again.status_code, again.json()["code"]) == (409, "voted_already")


def test_casting_over_the_api_costs_eight_statements(place: Place, django_assert_num_queries: Any) -> None:
    ballot, client = place.open(), fresh(place.voters[0])

    with django_assert_num_queries(8):  # session, user; begin, entry, vote, trail, event, commit
        client.post(url(ballot, "cast"), {"choices": [1]})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ({"choices": []}, "choices_impossible"),
        ({"choices": [7]}, "choices_impossible"),
        ({"choices": [0]}, "invalid"),
        ({"choices": "1"}, "invalid"),
        ({"choices": [1] * 201}, "invalid"),
    ],
)
def test_impossible_marks_are_refused(place: Place, body: dict[str, Any], code: str) -> None:
    ballot = place.open()

    answer = fresh(place.voters[0]).post(url(ballot, "cast"), body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert Vote.objects.count() == 0


def test_partners_never_vote_and_take_no_votes_in(place: Place) -> None:
    ballot = place.open()
    partner = UserFactory(service=True)
    PostFactory(user=partner, role=Role.COMMUNITY_STAFF, division=place.division)
    client = token_client(partner)
    sheet = {"ballot": ballot.pk, "number": 1, "serial_number": "A", "choices": [1]}

    assert client.post(url(ballot, "cast"), {"choices": [1]}).status_code == 403
    assert client.post(url(ballot, "draft"), {"choices": [1]}).status_code == 403
    assert client.post("/api/v1/paper-votes", sheet).status_code == 403
    assert (Vote.objects.count(), VoteDraft.objects.count(), PaperVote.objects.count()) == (0, 0, 0)


def test_a_token_votes_for_nobody_even_in_a_persons_name(place: Place) -> None:
    ballot = place.open()

    answer = token_client(place.voters[0]).post(url(ballot, "cast"), {"choices": [1]})

    assert (answer.status_code, answer.json()["code"]) == (403, "cast_not_yours")


def test_people_outside_the_roll_and_visitors_do_not_vote(place: Place) -> None:
    ballot = place.open()

    outsider = fresh(UserFactory(resident=True)).post(url(ballot, "cast"), {"choices": [1]})
    visitor = fresh(None).post(url(ballot, "cast"), {"choices": [1]})
    nowhere = fresh(place.voters[0]).post("/api/v1/ballots/999999/cast", {"choices": [1]})

    assert (outsider.status_code, outsider.json()["code"]) == (403, "not_on_roll")
    assert visitor.status_code == 401
    assert (nowhere.status_code, nowhere.json()["code"]) == (403, "not_on_roll")


def test_drafts_are_ones_own(place: Place) -> None:
    ballot, client = place.open(), fresh(place.voters[0])

    assert client.post(url(ballot, "draft"), {"choices": [2]}).json() == {"choices": [2]}
    mine = client.get(url(ballot, "entry")).json()
    assert mine == {"number": entry_of(ballot, place.voters[0]).number, "draft": [2], "vote": None}
    assert fresh(place.staff).get(url(ballot, "entry")).status_code == 403
    assert client.post(url(ballot, "draft"), {"choices": []}).json() == {"choices": []}


def test_a_keyed_cast_is_answered_again(place: Place) -> None:
    ballot, client = place.open(), fresh(place.voters[0])

    first, second = (
        client.post(url(ballot, "cast"), {"choices": [1]}, HTTP_IDEMPOTENCY_KEY="once") for _time in range(2)
    )

    assert (first.status_code, second.status_code, second.content) == (201, 201, first.content)


def test_results_are_there_after_publication_only(place: Place) -> None:
    ballot = place.open()
    place.cast(ballot, [[1], [1], [1], [2]])
    for who in (place.staff, place.supervisor, place.voters[0], None):
        answer = fresh(who).get(url(ballot, "results"))
        assert (answer.status_code, answer.json()["code"]) == (409, "results_not_published")
        assert fresh(who).get(url(ballot, "turnout")).json() == {"entitled": 5, "cast": 4, "percent": "80.0"}


@pytest.mark.django_db
def test_published_results_are_public() -> None:
    _place, ballot = past_published()

    found = fresh(None).get(url(ballot, "results")).json()

    assert (found["cast"], found["is_passed"], found["winner"]) == (4, True, 1)
    assert found["options"][0] == {
        "number": 1,
        "label": found["options"][0]["label"],
        "votes": 3,
        "percent": "75.0",
        "is_winner": True,
        "backers": 3,
        "area": None,
    }
    assert found["recount_sha256"] == ballot.result.recount_sha256


def test_staff_prepare_freeze_and_cancel_over_the_api(place: Place) -> None:
    place.prepare()  # the rule
    client = fresh(place.staff)
    body = {
        "division": place.division.pk,
        "question": "选哪个方案？",
        "rule_key": "council_default",
        "method": "SINGLE",
        "options": [{"title": "甲", "text": "说明"}, {"title": "乙"}],
        "roll_source": "RESIDENTS",
        "opens_at": (clock.now() + HOUR).isoformat(),
        "closes_at": (clock.now() + DAY).isoformat(),
    }

    made = client.post("/api/v1/ballots", body)
    assert (made.status_code, made.json()["status"]) == (201, "DRAFT")
    address = f"/api/v1/ballots/{made.json()['id']}"
    assert fresh(place.voters[0]).get(address).status_code == 404
    frozen = client.post(f"{address}/freeze")
    assert (frozen.status_code, frozen.json()["status"], frozen.json()["entitled"]) == (200, "FROZEN", 5)
    assert len(frozen.json()["fingerprint"]) == 64
    assert client.post(f"{address}/open").status_code == 404
    assert client.post(f"{address}/cancel").status_code == 400
    assert client.post(f"{address}/cancel", {"reason": "改期"}).json()["status"] == "CANCELLED"
    refused = fresh(place.voters[0]).post("/api/v1/ballots", body)
    assert refused.status_code == 403
    secret = client.post("/api/v1/ballots", {**body, "rule_key": "village_election"})
    assert secret.status_code in {400, 409}


@pytest.mark.django_db
def test_two_people_count_and_publish_over_the_api() -> None:
    place = Place(clock.now() - 3 * DAY)
    place.populate(3)
    ballot = place.close(place.open())

    assert fresh(place.voters[0]).post(url(ballot, "count")).status_code == 403
    counted = fresh(place.staff).post(url(ballot, "count"))
    assert (counted.status_code, counted.json()["status"]) == (200, "COUNTED")
    assert not {"counts", "winner", "result"} & set(counted.json())
    same = fresh(place.staff).post(url(ballot, "publish"))
    assert (same.status_code, same.json()["code"]) == (403, "same_person")
    assert fresh(place.supervisor).post(url(ballot, "publish")).json()["status"] == "PUBLISHED"


def test_paper_votes_over_the_api_never_show_the_marks(place: Place) -> None:
    ballot = place.open()
    number = entry_of(ballot, place.voters[0]).number
    sheet = {"ballot": ballot.pk, "number": number, "serial_number": "A-1", "choices": [2]}
    first, second = fresh(place.staff), fresh(place.colleague)

    made = first.post("/api/v1/paper-votes", sheet)
    assert made.status_code == 201
    assert "choices" not in made.json()
    address = f"/api/v1/paper-votes/{made.json()['id']}"
    assert first.post(f"{address}/check", {"choices": [2]}).json()["code"] == "same_person"
    differs = second.post(f"{address}/check", {"choices": [1]})
    assert (differs.status_code, differs.json()["code"]) == (400, "sheets_differ")
    checked = second.post(f"{address}/check", {"choices": [2]})
    assert (checked.status_code, checked.json()["is_cast"]) == (200, True)
    assert "choices" not in second.get(address).json()
    assert second.post(f"{address}/void", {"reason": "作废"}).json()["code"] == "sheet_settled"
    assert first.post("/api/v1/paper-votes", {**sheet, "number": 99}).status_code == 404
    assert [row["id"] for row in first.get("/api/v1/paper-votes?waiting=true").json()["results"]] == []
    assert fresh(place.supervisor).get("/api/v1/paper-votes").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_ballots_costs_the_same(place: Place, count: int, django_assert_num_queries: Any) -> None:
    for _ballot in range(count):
        place.freeze(place.prepare(opens_at=clock.now() + HOUR, closes_at=clock.now() + DAY))
    client = fresh(None)

    with django_assert_num_queries(3):  # ballots, options, and the place of the filter
        answer = client.get(f"/api/v1/ballots?division={place.division.pk}")

    assert len(answer.json()["results"]) == count


def test_lists_are_narrowed(place: Place) -> None:
    first, second = place.open(), place.freeze(place.prepare())
    assert operations.open_due_ballots(by=place.system, now=place.now - dt.timedelta(1)) == []

    found = fresh(None).get("/api/v1/ballots?status=FROZEN").json()["results"]

    assert [row["id"] for row in found] == [second.pk]
    assert fresh(None).get(f"/api/v1/ballots?topic=1&status={first.status}").json()["results"] == []
