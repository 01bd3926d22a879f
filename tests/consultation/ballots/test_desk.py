"""Ballots on the desk: prepared, frozen, counted there; sheets entered by two; neither votes nor results are shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consultation.ballots.models import Ballot, Vote
from consultation.ballots.papers.models import PaperVote
from governance.accounts.masking import mask_name
from governance.accounts.models import User
from governance.calendar import clock
from tests.factories.consultation_ballots import DAY, HOUR, Place, entry_of
from tests.people import desk_client

pytestmark = pytest.mark.usefixtures("english")

BALLOTS, PAPERS, ROLL = (f"/desk/consultation/{name}/" for name in ("ballot", "papervote", "rollentry"))


@pytest.fixture
def place(db: None) -> Place:
    """A community whose story began two hours ago."""
    made = Place(clock.now() - 2 * HOUR)
    made.populate(5)
    return made


def desk(user: User) -> Client:
    """Return the desk of somebody."""
    return desk_client(user)


def local(moment: Any) -> tuple[str, str]:
    """Return day and time as the desk's two fields take them."""
    at = timezone.localtime(moment)
    return at.strftime("%Y-%m-%d"), at.strftime("%H:%M:%S")


def test_a_ballot_is_prepared_and_frozen_on_the_desk(place: Place) -> None:
    place.prepare()  # the rule
    client = desk(place.staff)
    opens, closes = local(clock.now() + HOUR), local(clock.now() + DAY)
    data = {
        "division": place.division.pk,
        "question": "选哪个方案？",
        "rule_key": "council_default",
        "method": "SINGLE",
        "options": "甲｜加装扶手\n乙\n",
        "most_choices": 1,
        "roll_source": "RESIDENTS",
        "opens_at_0": opens[0],
        "opens_at_1": opens[1],
        "closes_at_0": closes[0],
        "closes_at_1": closes[1],
    }

    assert client.get(f"{BALLOTS}add/").status_code == 200
    refused = client.post(f"{BALLOTS}add/", {**data, "options": "甲"})
    assert refused.status_code == 200
    assert "2 to 200 options" in refused.content.decode()
    made = client.post(f"{BALLOTS}add/", data)

    ballot = Ballot.objects.get(question="选哪个方案？")
    assert made.status_code == 302
    assert list(ballot.options.values_list("title", "text")) == [("甲", "加装扶手"), ("乙", "")]
    client.post(f"{BALLOTS}{ballot.pk}/moves/freeze/")
    ballot.refresh_from_db()
    assert ballot.status == "FROZEN"
    page = client.get(f"{BALLOTS}{ballot.pk}/change/").content.decode()
    assert ballot.fingerprint in page
    assert "0 / 5" in page


def test_two_people_enter_a_sheet_on_the_desk(place: Place) -> None:
    ballot = place.open()
    number = entry_of(ballot, place.voters[0]).number
    first, second = desk(place.staff), desk(place.colleague)
    assert first.get(f"{PAPERS}add/").status_code == 200
    wrong = first.post(f"{PAPERS}add/", {"ballot": ballot.pk, "number": 99, "serial_number": "A-1", "marks": "2"})
    assert "not on the roll" in wrong.content.decode()
    first.post(f"{PAPERS}add/", {"ballot": ballot.pk, "number": number, "serial_number": "A-1", "marks": "2"})
    paper = PaperVote.objects.get()
    check = f"{PAPERS}{paper.pk}/deeds/check/"

    differs = second.post(check, {"marks": "1"})
    assert "do not agree" in differs.content.decode()
    assert Vote.objects.count() == 0
    own = first.post(check, {"marks": "2"})
    assert "different person" in own.content.decode()
    nonsense = second.post(check, {"marks": "二"})
    assert "Write numbers of options" in nonsense.content.decode()
    second.post(check, {"marks": "2"})

    assert Vote.objects.get().choices == [2]


def test_a_sheet_is_declared_void_on_the_desk(place: Place) -> None:
    ballot = place.open()
    client = desk(place.staff)
    number = entry_of(ballot, place.voters[0]).number
    client.post(f"{PAPERS}add/", {"ballot": ballot.pk, "number": number, "serial_number": "A-1", "marks": "2"})
    paper = PaperVote.objects.get()

    client.post(f"{PAPERS}{paper.pk}/deeds/void/", {"reason": "字迹不清"})

    paper.refresh_from_db()
    assert paper.void_reason == "字迹不清"


def test_the_desk_shows_neither_marks_nor_results(place: Place) -> None:
    ballot = place.open(method="SINGLE", options=[("第一方案", ""), ("第二方案", "")])
    place.cast(ballot, [[1], [2], [2], [2]])
    client = desk(place.staff)

    roll = client.get(f"{ROLL}?ballot__id__exact={ballot.pk}").content.decode()
    assert all(mask_name(f"居民{number}") in roll for number in range(5))
    assert "居民0" not in roll  # in full on the entry itself
    assert client.get(f"{ROLL}{entry_of(ballot, place.voters[0]).pk}/change/").status_code == 200
    for name in ("vote", "votedraft", "ballotresult"):
        assert client.get(f"/desk/consultation/{name}/").status_code == 404
    page = client.get(f"{BALLOTS}{ballot.pk}/change/").content.decode()
    assert "4 / 5" in page
    assert "winner" not in page.lower()


def test_supervisors_see_no_roll(place: Place) -> None:
    place.open()

    client = desk(place.supervisor)

    assert client.get(ROLL).status_code == 403
    assert client.get(BALLOTS).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_cost_the_same(place: Place, count: int, django_assert_max_num_queries: Any) -> None:
    for _ballot in range(count):
        place.open()
    client = desk(place.staff)

    for address in (BALLOTS, ROLL, PAPERS):
        with django_assert_max_num_queries(12):
            assert client.get(address).status_code == 200
