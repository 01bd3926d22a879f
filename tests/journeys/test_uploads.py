"""Files that are sent: with an idempotency key whatever their size, and refused with a clear sentence where too large."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from communities.notices.models import Attachment
from communities.notices.policy import LARGEST_FILE
from consultation.ballots.papers.models import PaperVote
from consultation.matters.models import Matter
from governance.accounts.models import IdempotencyKey
from governance.audit.models import AuditEntry
from governance.calendar import clock
from tests.consultation.pictures import photo
from tests.factories.consultation_ballots import HOUR, Place, entry_of
from tests.people import House, desk_client, session_client, sign_in

pytestmark = pytest.mark.django_db

MATTERS, FILES = "/api/v1/matters", "/api/v1/attachments"
MB = 1024 * 1024
WORDS = {"title": "灯坏了", "text": "单元门口的灯坏了。"}
TOO_LARGE = 40 * MB


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """An empty folder for stored files."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def paper(size: int, *, last: bytes = b"") -> bytes:
    """Return a paper (PDF) of exactly this size."""
    end = last + b"\n%%EOF\n"
    return b"%PDF-1.4\n" + b"." * (size - 9 - len(end)) + end


def send(client: APIClient, url: str, key: str, files: dict[str, Any], **body: Any) -> Any:
    """Send a form with files under a key; each time the files are made anew, as a client that repeats does."""
    uploads = {
        name: [SimpleUploadedFile(called, content) for called, content in given] for name, given in files.items()
    }
    return client.post(url, {**body, **uploads}, format="multipart", headers={"Idempotency-Key": key})


@pytest.mark.parametrize("size", [MB, 6 * MB, LARGEST_FILE])
def test_an_upload_of_any_size_is_taken_once_per_key(size: int, house: House, media: Path) -> None:
    client = session_client(house.people["community_staff"])
    body = {"division": house.places["community"].pk}

    first = send(client, FILES, "k", {"file": [("a.pdf", paper(size))]}, **body)
    second = send(client, FILES, "k", {"file": [("a.pdf", paper(size))]}, **body)

    assert (first.status_code, second.status_code, second.content) == (201, 201, first.content)
    assert second["Idempotency-Replayed"] == "true"
    stored = Attachment.objects.get()
    assert (stored.size, stored.file.size) == (size, size)
    assert len([path for path in media.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    ("files", "more"),
    [
        ({"file": [("a.pdf", paper(6 * MB, last=b"!"))]}, {}),
        ({"file": [("b.pdf", paper(6 * MB))]}, {}),
        ({"file": [("a.pdf", paper(6 * MB - 1))]}, {}),
        ({"file": [("a.pdf", paper(6 * MB))]}, {"visibility": "PUBLIC"}),
    ],
)
def test_one_byte_or_name_or_field_makes_another_request(
    files: dict[str, Any], more: dict[str, Any], house: House
) -> None:
    client = session_client(house.people["community_staff"])
    body = {"division": house.places["community"].pk}
    send(client, FILES, "k", {"file": [("a.pdf", paper(6 * MB))]}, **body)

    answer = send(client, FILES, "k", files, **body, **more)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Attachment.objects.count() == 1


def test_photos_from_a_browser_session_are_taken_once_per_key(house: House) -> None:
    client = APIClient(enforce_csrf_checks=True)
    sign_in(client, house.people["resident"])
    client.get(reverse("portal:account"))
    client.credentials(HTTP_X_CSRFTOKEN=client.cookies["csrftoken"].value)
    noise = photo(kind="PNG", size=(8, 8)) + os.urandom(3 * MB)  # behind the picture: phones append what they like
    photos = {"photos": [("a.png", noise), ("b.png", photo(kind="PNG"))]}
    body = {**WORDS, "division": house.places["community"].pk}

    first = send(client, MATTERS, "k", photos, **body)
    second = send(client, MATTERS, "k", photos, **body)
    other = send(client, MATTERS, "k", {"photos": photos["photos"][::-1]}, **body)

    assert (first.status_code, second.status_code, second.content) == (201, 201, first.content)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Matter.objects.get().photos.count() == 2


def test_the_order_of_fields_makes_no_other_request(house: House) -> None:
    client = session_client(house.people["resident"])
    body = {**WORDS, "division": house.places["community"].pk}

    first = client.post(MATTERS, body, headers={"Idempotency-Key": "k"})
    second = client.post(MATTERS, dict(reversed(body.items())), headers={"Idempotency-Key": "k"})

    assert (first.status_code, second.status_code, second.content) == (201, 201, first.content)


def test_a_body_that_cannot_be_read_claims_no_key(house: House) -> None:
    client = session_client(house.people["resident"])

    broken = client.post(MATTERS, b"{", content_type="application/json", headers={"Idempotency-Key": "k"})

    assert (broken.status_code, broken.json()["code"]) == (400, "parse_error")
    assert not IdempotencyKey.objects.exists()


# ------------------------------------------------------------------------------------------------------------ too large


@pytest.mark.parametrize("key", ["", "k"])
def test_a_body_without_files_is_bounded(key: str, house: House) -> None:
    client = session_client(house.people["resident"])
    body = {**WORDS, "text": "长" * (2 * MB), "division": house.places["community"].pk}

    answer = client.post(MATTERS, body, headers={"Idempotency-Key": key, "Accept-Language": "en"})
    form = client.post(MATTERS, {**body, "text": "a" * (6 * MB)}, format="multipart", headers={"Idempotency-Key": key})

    for found in (answer, form):
        assert (found.status_code, found["Content-Type"]) == (413, "application/problem+json")
        assert found.json()["code"] == "request_too_large"
    assert answer.json()["detail"] == "What was sent is too large. At most 5 MB are possible, files apart."
    assert (Matter.objects.count(), IdempotencyKey.objects.count()) == (0, 0)


@pytest.mark.usefixtures("english")
def test_a_page_says_that_a_text_is_too_long(house: House, client: Client) -> None:
    sign_in(client, house.people["resident"])

    answer = client.post(
        reverse("consultation:matter-new", args=[house.places["community"].pk]), {**WORDS, "text": "a" * (6 * MB)}
    )

    assert answer.status_code == 413
    assert "too long" in answer.content.decode()
    assert Matter.objects.count() == 0


@pytest.mark.parametrize("key", ["", "k"])
def test_40_mb_are_refused_by_the_api_before_anybody_reads_them(key: str, house: House, media: Path) -> None:
    place = house.places["community"].pk
    staff, resident = (session_client(house.people[name]) for name in ("community_staff", "resident"))
    before = AuditEntry.objects.count()

    file = send(staff, FILES, key, {"file": [("a.jpg", bytes(TOO_LARGE))]}, division=place)
    picture = send(resident, MATTERS, key, {"photos": [("a.jpg", bytes(TOO_LARGE))]}, division=place, **WORDS)

    assert (file.status_code, file.json()["code"], file.json()["field"]) == (400, "file_too_large", "file")
    assert (picture.status_code, picture.json()["code"], picture.json()["field"]) == (400, "photo_too_large", "photos")
    assert file.json()["params"] == {"size": "40.0", "limit": "10"}
    assert (Attachment.objects.count(), Matter.objects.count(), AuditEntry.objects.count()) == (0, 0, before)
    assert [path for path in media.rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("english")
def test_40_mb_are_refused_on_the_desk_beside_the_field(media: Path) -> None:
    place = Place(clock.now() - 2 * HOUR)
    place.populate(1)
    ballot = place.open()
    sheet = {
        "ballot": ballot.pk,
        "number": entry_of(ballot, place.voters[0]).number,
        "serial_number": "A-1",
        "marks": "1",
        "photo_file": SimpleUploadedFile("a.jpg", bytes(TOO_LARGE)),
    }

    answer = desk_client(place.staff).post("/desk/consultation/papervote/add/", sheet)

    assert "The file has 40.0 MB; at most 10 MB are possible." in answer.content.decode()
    assert 'value="A-1"' in answer.content.decode()
    assert (PaperVote.objects.count(), Attachment.objects.count()) == (0, 0)
    assert [path for path in media.rglob("*") if path.is_file()] == []
