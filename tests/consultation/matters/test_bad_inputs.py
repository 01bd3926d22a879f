"""What people send by mistake or in anger, on the page and in the API: refused with the reason, nothing kept."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from communities.notices.models import Attachment
from communities.people.models import Role
from consultation.matters.models import Matter
from tests.consultation.pictures import photo, place_of
from tests.factories.communities import PostFactory
from tests.people import House, session_client, sign_in, token_client

pytestmark = pytest.mark.usefixtures("english")

IDENTITY = "510302198001010012"
WORDS = {"title": "楼梯没有扶手", "text": "老人上下楼不方便。"}
TWELVE_MB = 12 * 1024 * 1024
MOST = 20
A_DAY = 10


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """An empty folder for stored files."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def heavy(name: str) -> SimpleUploadedFile:
    """Return a photo of 12 MB that tells where it was taken."""
    picture = photo(size=(800, 600))
    assert place_of(picture)
    return SimpleUploadedFile(name, picture + bytes(TWELVE_MB - len(picture)), content_type="image/jpeg")


@pytest.mark.parametrize(
    ("changes", "field", "code", "said"),
    [
        ({"title": "🔥🔥", "text": "😡😡😡！"}, "text", "words_say_nothing", "pictures and punctuation alone"),
        ({"text": "长" * 10_000}, "text", "invalid", "2000"),
        (
            {"text": f"第一行\n我的身份证是{IDENTITY}"},
            "text",
            "personal_numbers_found",
            "【510…12】",
        ),
    ],
)
def test_words_that_are_refused_alike(
    *, changes: dict[str, str], field: str, code: str, said: str, client: Client, house: House
) -> None:
    resident, place = house.people["resident"], house.places["community"]
    sign_in(client, resident)

    page = client.post(reverse("consultation:matter-new", args=[place.pk]), {**WORDS, **changes})
    told = session_client(resident).post("/api/v1/matters", {**WORDS, **changes, "division": place.pk})

    shown = page.content.decode()
    assert (page.status_code, said in shown, f'id="id_{field}_error"' in shown) == (400, True, True)
    assert (told.status_code, told.json()["code"], said in told.content.decode()) == (400, code, True)
    assert Matter.objects.count() == 0
    # What was typed stays in the form; the number itself stands nowhere else.
    assert shown.count(IDENTITY) == (1 if IDENTITY in changes["text"] else 0)


def test_twenty_photos_of_twelve_megabytes_lose_their_place_on_the_page(client: Client, house: House) -> None:
    """Takes seconds: 240 MB go through, which is what the page promises to take."""
    sign_in(client, house.people["resident"])
    files = [heavy(f"{number}.jpg") for number in range(MOST)]

    done = client.post(
        reverse("consultation:matter-new", args=[house.places["community"].pk]), {**WORDS, "photos": files}
    )

    assert done.status_code == 302
    stored = list(Attachment.objects.order_by("pk"))
    assert (len(stored), Matter.objects.get().photos.count()) == (MOST, MOST)
    for file in stored:
        with file.file.open("rb") as kept:
            content = kept.read()
        assert (place_of(content), len(content) < TWELVE_MB // 10) == ({}, True)


def test_photos_lose_their_place_in_the_api_and_twenty_one_are_too_many(house: House) -> None:
    client, place = session_client(house.people["resident"]), house.places["community"]
    body = {**WORDS, "division": place.pk}

    done = client.post("/api/v1/matters", {**body, "photos": [heavy("a.jpg"), heavy("b.jpg")]}, format="multipart")
    many = [SimpleUploadedFile(f"{n}.jpg", photo(), content_type="image/jpeg") for n in range(MOST + 1)]
    refused = client.post("/api/v1/matters", {**body, "photos": many}, format="multipart")

    assert (done.status_code, refused.status_code, refused.json()["code"]) == (201, 400, "too_many_photos")
    assert Attachment.objects.count() == 2
    for file in Attachment.objects.all():
        with file.file.open("rb") as kept:
            assert place_of(kept.read()) == {}


def test_a_flood_from_one_phone_is_stopped_and_the_neighbor_is_not_locked_out(client: Client, house: House) -> None:
    place = house.places["community"]
    path = reverse("consultation:matter-new", args=[place.pk])
    resident, other = session_client(house.people["resident"]), house.people["neighbor_resident"]
    sign_in(client, house.people["resident"])
    body = {"division": place.pk}
    for number in range(A_DAY):
        words = {"title": f"第{number}件", "text": f"{'甲乙丙丁戊己庚辛壬癸'[number]}楼道的灯不亮。", "seen": ""}
        assert resident.post("/api/v1/matters", {**body, **words}).status_code == 201

    page = client.post(path, {"title": "再来一件", "text": "天台的门锁坏了很久。", "seen": ""})
    told = resident.post("/api/v1/matters", {**body, **WORDS})
    # The same address, another person: behind one line live many.
    sign_in(client, other)
    theirs = client.post(path, {"title": "井盖松了", "text": "路口的井盖松动，车过就响。"})

    assert (page.status_code, "You have raised 10 matters today" in page.content.decode()) == (400, True)
    assert (told.status_code, told.json()["code"]) == (409, "too_many_matters")
    assert theirs.status_code == 302
    assert Matter.objects.count() == A_DAY + 1


def test_a_flood_through_a_partner_is_stopped_by_its_number(house: House, now: dt.datetime) -> None:
    del now
    user, place = house.people["service_client"], house.places["community"]
    PostFactory(user=user, role=Role.COMMUNITY_STAFF, division=place)
    client = token_client(user, "consultation:write")
    body = {"division": place.pk, "raised_for": "来电人", **WORDS}

    def call(number: int, contact: str) -> Any:
        return client.post("/api/v1/matters", {**body, "external_reference": f"A-{number}", "contact": contact})

    assert {call(number, "13912345678").status_code for number in range(A_DAY)} == {201}
    assert call(A_DAY, "139 1234 5678").json()["code"] == "too_many_from_one_phone"
    assert call(A_DAY + 1, "13700000001").status_code == 201
