"""Matters in and out in the API: handed in with photos, fetched again, similar ones, joined, supported."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from communities.people.models import Role
from consultation.matters.intake.models import MatterIntake, MatterJoining, NeedField
from consultation.matters.models import Matter
from governance.accounts.models import User
from tests.consultation.matters.intake.conftest import LAMP, LAMP_AGAIN
from tests.consultation.pictures import photo, place_of
from tests.factories.communities import PostFactory
from tests.people import House, session_client, token_client

API = "/api/v1/matters"


@pytest.fixture
def hotline(house: House) -> APIClient:
    """The hotline, which works for the street."""
    user = house.people["service_client"]
    PostFactory(user=user, role=Role.STREET_OFFICER, division=house.places["street"])
    return token_client(user)


def test_a_hotline_hands_in_photos_and_fetches_them_again(hotline: APIClient, house: House) -> None:
    body = {
        **LAMP,
        "division": house.places["community"].pk,
        "raised_for": "来电人",
        "contact": "13912345678",
        "external_reference": "12345-7",
        "need_field": NeedField.FACILITIES,
        "is_hardship": "true",
        "photos": [SimpleUploadedFile("a.jpg", photo(), content_type="image/jpeg")],
    }

    made = hotline.post(API, body, format="multipart")

    assert made.status_code == 201, made.content
    intake = MatterIntake.objects.get()
    assert (intake.need_field, intake.is_hardship, bool(intake.phone_hash)) == (NeedField.FACILITIES, True, True)
    fetched = hotline.get(made.json()["photos"][0])
    assert (fetched.status_code, fetched["Content-Type"]) == (200, "image/jpeg")
    assert place_of(fetched.content) == {}
    assert hotline.get(f"{API}/{made.json()['id']}/photos/999999").status_code == 404
    stranger = session_client(house.people["stranger"])
    assert stranger.get(made.json()["photos"][0]).status_code in {403, 404}


def test_photos_of_a_public_matter_stay_with_those_who_handle_it(public_one: Any, house: House, neighbor: User) -> None:
    matter = public_one(photos=[("a.jpg", photo())])
    path = f"{API}/{matter.pk}/photos/{matter.photos.get().pk}"

    assert session_client(None).get(path).status_code in {401, 403}
    assert session_client(neighbor).get(path).status_code == 403
    assert session_client(house.people["resident"]).get(path).status_code == 200


def test_similar_ones_are_told_by_their_summary(public_one: Any, raise_one: Any, house: House, neighbor: User) -> None:
    lamp, other = public_one(), raise_one(by=neighbor, **LAMP_AGAIN)

    found = session_client(house.people["community_staff"]).get(f"{API}/{other.pk}/similar").json()

    assert [(row["id"], row["summary"]) for row in found] == [(lamp.pk, lamp.summary)]
    assert 0.3 <= found[0]["closeness"] <= 1
    assert "title" not in found[0]


def test_matters_are_joined_and_people_counted(public_one: Any, raise_one: Any, house: House, neighbor: User) -> None:
    lamp, other = public_one(), raise_one(by=neighbor, **LAMP_AGAIN)
    staff, own = session_client(house.people["community_staff"]), session_client(neighbor)

    refused = own.post(f"{API}/{other.pk}/join", {"lead": lamp.pk, "reason": "同一盏灯"})
    asked = staff.post(f"{API}/{other.pk}/join", {"lead": lamp.pk, "reason": "同一盏灯"})
    supported = own.post(f"{API}/{lamp.pk}/support")
    again = own.post(f"{API}/{lamp.pk}/support")
    agreed = own.post(f"{API}/{other.pk}/answer-joining", {"agrees": True})

    assert refused.status_code == 403
    assert (asked.status_code, asked.json()["lead"], asked.json()["joining"]) == (200, lamp.pk, "ASKED")
    assert (supported.json()["people"], again.status_code, again.json()["code"]) == (2, 409, "matter_supported")
    assert agreed.json()["joining"] == "STANDING"
    shown = session_client(None).get(f"{API}/{lamp.pk}/together").json()
    assert shown == {"people": 2, "lead": None, "joining": None, "joined": [other.pk]}
    assert own.post(f"{API}/{lamp.pk}/unsupport").json()["people"] == 2
    assert own.post(f"{API}/{lamp.pk}/answer-joining", {"agrees": True}).status_code == 404


def test_who_is_not_asked_does_not_answer(
    public_one: Any, raise_one: Any, house: House, neighbor: User, now: dt.datetime
) -> None:
    lamp, other = public_one(), raise_one(by=neighbor, **LAMP_AGAIN)
    staff = session_client(house.people["community_staff"])
    staff.post(f"{API}/{other.pk}/join", {"lead": lamp.pk, "reason": "同一盏灯"})

    answered = staff.post(f"{API}/{other.pk}/answer-joining", {"agrees": True})

    assert (answered.status_code, answered.json()["code"]) == (403, "move_forbidden")
    assert MatterJoining.objects.get().status == "ASKED"
    assert Matter.objects.count() == 2


def test_scopes_bind_the_new_ways_too(house: House, raise_one: Any) -> None:
    user = house.people["service_client"]
    PostFactory(user=user, role=Role.COMMUNITY_STAFF, division=house.places["community"])
    client, matter = token_client(user, "consultation:read"), raise_one()

    assert client.get(f"{API}/{matter.pk}/together").status_code == 200
    assert client.post(f"{API}/{matter.pk}/join", {"lead": matter.pk, "reason": "x"}).status_code == 403
    assert client.post(f"{API}/{matter.pk}/support").status_code == 403


@pytest.mark.parametrize("text", ["🔥🔥", "！！！"])
def test_pictures_alone_are_refused_with_a_code(text: str, house: House) -> None:
    body = {"title": text, "text": text, "division": house.places["community"].pk}

    answer = session_client(house.people["resident"]).post(API, body)

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "words_say_nothing", "text")
