"""The pages of a ballot: read by everybody, voted on by the roll, without script; nothing leaks before publication."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.test import Client

from consultation.ballots.models import Ballot, Vote, VoteDraft
from governance.accounts.models import User
from governance.calendar import clock
from tests.factories.accounts import UserFactory
from tests.factories.consultation_ballots import DAY, HOUR, Place, entry_of
from tests.people import sign_in

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def place(db: None) -> Place:
    """A community whose story began two hours ago: a ballot opened there is open now."""
    made = Place(clock.now() - 2 * HOUR)
    made.populate(5)
    return made


@pytest.fixture
def published(db: None) -> Ballot:
    """A ballot that was published some days ago, three to one."""
    place = Place(clock.now() - 4 * DAY)
    place.populate(5)
    ballot = place.open()
    place.cast(ballot, [[1], [1], [1], [2]])
    return place.publish(ballot)


def browser(user: User | None = None) -> Client:
    """Return somebody's browser."""
    client = Client(headers={"accept-language": "en"})
    if user is not None:
        sign_in(client, user)
    return client


def text(answer: Any) -> str:
    """Return a page's words."""
    return str(answer.content.decode())


def test_a_voter_marks_saves_and_casts(place: Place) -> None:
    ballot, voter = place.open(), place.voters[0]
    client, address = browser(voter), f"/ballots/{ballot.pk}/vote/"

    page = text(client.get(address))
    assert page.count('type="radio"') == 3
    assert "Cast my vote" in page
    saved = client.post(address, {"act": "save", "choices": "2"}, follow=True)
    assert "Your marks are saved. You have not voted yet." in text(saved)
    assert VoteDraft.objects.get().choices == [2]
    assert 'value="2"\n' in text(saved) or "checked" in text(saved)
    cast = client.post(address, {"act": "cast", "choices": "2"}, follow=True)

    vote = Vote.objects.get()
    assert vote.choices == [2]
    assert vote.receipt in text(cast)
    assert "Against" in text(cast)
    assert str(entry_of(ballot, voter).number) in text(cast)


def test_several_options_have_tick_boxes(place: Place) -> None:
    ballot = place.open(method="APPROVAL", options=[("甲", "说明"), ("乙", ""), ("丙", "")], most_choices=2)
    client, address = browser(place.voters[0]), f"/ballots/{ballot.pk}/vote/"

    assert text(client.get(address)).count('type="checkbox"') == 3
    too_many = client.post(address, {"act": "cast", "choices": ["1", "2", "3"]})
    assert too_many.status_code == 400
    assert "At most 2 options can be chosen." in text(too_many)
    assert text(too_many).count("checked") == 3
    client.post(address, {"act": "cast", "choices": ["3", "1"]})
    assert Vote.objects.get().choices == [1, 3]


def test_a_refusal_stands_on_the_page(place: Place) -> None:
    ballot, client = place.open(), browser(place.voters[0])
    address = f"/ballots/{ballot.pk}/vote/"

    empty = client.post(address, {"act": "cast"})
    foreign = client.post(address, {"act": "cast", "choices": "9"})
    assert (empty.status_code, "Please choose an option." in text(empty)) == (400, True)
    assert foreign.status_code == 400
    client.post(address, {"act": "cast", "choices": "1"})
    again = client.post(address, {"act": "cast", "choices": "2"})
    assert again.status_code == 409
    assert Vote.objects.get().choices == [1]


def test_points_and_places_stay_as_they_were_typed(place: Place) -> None:
    options = [("甲", ""), ("乙", ""), ("丙", "")]
    ranked = place.open(method="RANKED", options=options, most_choices=3)
    points = place.open(method="POINTS", options=options, most_choices=5)
    client = browser(place.voters[0])

    twice = client.post(f"/ballots/{ranked.pk}/vote/", {"act": "cast", "figure_1": "2", "figure_3": "2"})
    over = client.post(f"/ballots/{points.pk}/vote/", {"act": "cast", "figure_1": "4", "figure_2": "3"})

    assert (twice.status_code, text(twice).count('value="2"')) == (400, 2)
    assert (over.status_code, text(over).count('value="4"'), text(over).count('value="3"')) == (400, 1, 1)
    client.post(f"/ballots/{points.pk}/vote/", {"act": "save", "figure_1": "4", "figure_2": "1"})
    assert text(client.get(f"/ballots/{points.pk}/vote/")).count('value="4"') == 1


def test_people_outside_the_roll_are_told(place: Place) -> None:
    ballot = place.open()
    client = browser(UserFactory(resident=True))

    assert "You are not on the roll" in text(client.get(f"/ballots/{ballot.pk}/vote/"))
    assert client.post(f"/ballots/{ballot.pk}/vote/", {"act": "cast", "choices": "1"}).status_code == 403
    visitor = browser().get(f"/ballots/{ballot.pk}/vote/")
    assert visitor.status_code == 302
    assert "Sign in to vote" in text(browser().get(f"/ballots/{ballot.pk}/"))


def test_nothing_of_the_result_is_on_the_page_before_publication(place: Place) -> None:
    ballot = place.open()
    place.cast(ballot, [[1], [2], [2], [2]])

    for who in (None, place.staff, place.supervisor, place.voters[0]):
        page = text(browser(who).get(f"/ballots/{ballot.pk}/"))
        assert "4 of 5 entitled persons have voted (80.0%)" in page
        assert "Not passed" not in page
        assert '<svg class="chart"' not in page
        recount = browser(who).get(f"/ballots/{ballot.pk}/ballot.jsonl")
        assert recount.status_code == 409
        assert b"choices" not in recount.content


def test_a_published_ballot_shows_bars_table_and_files(published: Ballot) -> None:
    client = browser()

    page = text(client.get(f"/ballots/{published.pk}/"))

    assert "Passed" in page
    assert page.count("<rect class=") == 3
    assert "75.0%" in page
    frozen = client.get(f"/ballots/{published.pk}/frozen.json")
    assert hashlib.sha256(frozen.content).hexdigest() == published.fingerprint
    recount = client.get(f"/ballots/{published.pk}/ballot.jsonl")
    assert hashlib.sha256(recount.content).hexdigest() == published.result.recount_sha256
    program = client.get("/verify_ballot.py")
    assert b"".join(program.streaming_content).startswith(b"#!/usr/bin/env python3")
    program.close()


@pytest.mark.django_db
def test_rounds_are_told_by_name() -> None:
    place = Place(clock.now() - 4 * DAY)
    place.populate(5)
    ballot = place.open(method="RANKED", options=[("甲", ""), ("乙", ""), ("丙", "")], most_choices=3)
    place.cast(ballot, [[1, 2], [1], [2], [2], [3, 1]])

    page = text(browser().get(f"/ballots/{place.publish(ballot).pk}/"))

    assert "“丙” falls out" in page
    assert '<span class="nowrap">甲 3</span>' in page


def test_the_fingerprint_is_on_the_page_and_on_the_notice(place: Place) -> None:
    ballot = place.freeze(place.prepare())
    assert ballot.notice is not None
    grouped = ":".join(ballot.fingerprint[start : start + 8] for start in range(0, 64, 8))

    assert grouped in text(browser().get(f"/ballots/{ballot.pk}/"))
    assert grouped in text(browser().get(ballot.notice.get_absolute_url()))


def test_drafts_of_staff_are_hidden(place: Place) -> None:
    ballot = place.prepare()

    assert browser().get(f"/ballots/{ballot.pk}/").status_code == 404
    assert browser(place.staff).get(f"/ballots/{ballot.pk}/").status_code == 200
    assert browser(place.staff).get(f"/ballots/{ballot.pk}/frozen.json").status_code == 404


def test_staff_move_a_ballot_by_buttons(place: Place) -> None:
    ballot = place.prepare(opens_at=clock.now() + HOUR, closes_at=clock.now() + DAY)
    address, client = f"/ballots/{ballot.pk}/moves/", browser(place.staff)

    assert browser(place.voters[0]).post(address, {"move": "freeze"}).status_code == 404
    assert client.post(address, {"move": "open"}).status_code == 404
    client.post(address, {"move": "freeze"})
    ballot.refresh_from_db()
    assert ballot.status == "FROZEN"
    assert browser(place.voters[0]).post(address, {"move": "cancel"}).status_code == 403
    client.post(address, {"move": "cancel", "reason": "改期"})
    ballot.refresh_from_db()
    assert ballot.status == "CANCELLED"
    assert browser().post(address, {"move": "cancel"}).status_code == 302


@pytest.mark.django_db
def test_staff_count_and_publish_by_buttons() -> None:
    place = Place(clock.now() - 3 * DAY)
    place.populate(3)
    ballot = place.close(place.open())
    address = f"/ballots/{ballot.pk}/moves/"

    browser(place.staff).post(address, {"move": "count"})
    assert "svg class" not in text(browser(place.staff).get(f"/ballots/{ballot.pk}/"))
    browser(place.staff).post(address, {"move": "publish"})
    ballot.refresh_from_db()
    assert ballot.status == "COUNTED"
    browser(place.colleague).post(address, {"move": "publish"})
    ballot.refresh_from_db()
    assert ballot.status == "PUBLISHED"


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same(place: Place, count: int, django_assert_num_queries: Any) -> None:
    for _ballot in range(count):
        place.freeze(place.prepare(opens_at=clock.now() + HOUR, closes_at=clock.now() + DAY))
    client = browser()

    with django_assert_num_queries(3):  # division, ballots, ancestors
        page = text(client.get(f"/divisions/{place.division.pk}/ballots/"))

    assert page.count("badge--FROZEN") == count


def test_an_empty_list_says_so(place: Place) -> None:
    assert "There has been no ballot here." in text(browser().get(f"/divisions/{place.division.pk}/ballots/"))
