"""Files: known by their content, pictures without metadata, served only to those who may see them."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from communities.notices import operations
from communities.notices.models import Attachment, Visibility
from communities.notices.operations import AttachmentNotYours
from communities.notices.policy import (
    LARGEST_FILE,
    SHEET,
    WORD,
    FileBroken,
    FileKindUnknown,
    FileNotWhatItSays,
    FileTooLarge,
    clean_name,
    read_file,
)
from governance.audit.models import AuditEntry
from tests.factories.communities import PublicNoticeFactory
from tests.people import NAMED_PEOPLE, House, sign_in

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


def picture(kind: str = "JPEG", *, mode: str = "RGB", size: tuple[int, int] = (40, 20), **more: Any) -> bytes:
    """Return a small picture."""
    target = io.BytesIO()
    Image.new(mode, size, 128 if mode == "L" else None).save(target, format=kind, **more)
    return target.getvalue()


def picture_with_place() -> bytes:
    """Return a picture that lies on its side and tells camera and place."""
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn by 90 degrees
    exif[0x010F] = "Camera of Zhang San"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif.tobytes())


def office(inside: str, *more: str) -> bytes:
    """Return an office package."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name in ("[Content_Types].xml", inside, *more):
            package.writestr(name, "<x/>")
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("决议.pdf", PDF, "application/pdf"),
        ("照片.JPG", picture(), "image/jpeg"),
        ("照片.jpeg", picture(mode="L"), "image/jpeg"),
        ("截图.png", picture("PNG", mode="RGBA"), "image/png"),
        ("截图.png", picture("PNG", mode="P"), "image/png"),
        ("图.webp", picture("WEBP"), "image/webp"),
        ("纪要.docx", office("word/document.xml"), WORD),
        ("名册.xlsx", office("xl/workbook.xml"), SHEET),
    ],
)
def test_files_that_are_what_they_say(name: str, content: bytes, kind: str) -> None:
    stored = read_file(name, content)

    assert (stored.name, stored.content_type) == (name, kind)
    if not kind.startswith("image/"):
        assert stored.content == content


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("photo.png", picture(), FileNotWhatItSays),
        ("photo.jpg", PDF, FileNotWhatItSays),
        ("sheet.docx", office("xl/workbook.xml"), FileNotWhatItSays),
        ("noending", PDF, FileNotWhatItSays),
        ("page.pdf", b"<html><script>alert(1)</script></html>", FileKindUnknown),
        ("page.html", b"<html></html>", FileKindUnknown),
        ("image.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", FileKindUnknown),
        ("cut.pdf", PDF[:20], FileKindUnknown),
        ("moving.gif", picture("GIF", mode="P"), FileKindUnknown),
        ("macro.docx", office("word/document.xml", "word/vbaProject.bin"), FileKindUnknown),
        ("any.zip", office("readme.txt"), FileKindUnknown),
        ("broken.docx", b"PK\x03\x04broken", FileKindUnknown),
        ("empty.pdf", b"", FileKindUnknown),
        ("cut.jpg", picture(size=(400, 400))[:-200], FileBroken),
        ("large.pdf", PDF + b"0" * LARGEST_FILE, FileTooLarge),
    ],
)
def test_files_that_are_refused(name: str, content: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        read_file(name, content)


def test_a_picture_that_unpacks_to_a_wall_is_refused() -> None:
    with pytest.raises(FileBroken):
        read_file("wall.png", picture("PNG", mode="1", size=(9000, 9000)))


def test_pictures_lose_their_metadata_and_stand_upright() -> None:
    content = picture_with_place()
    assert b"Zhang San" in content

    stored = read_file("photo.jpg", content)

    with Image.open(io.BytesIO(stored.content)) as clean:
        assert clean.size == (20, 40)
        assert dict(clean.getexif()) == {}
    assert b"Zhang San" not in stored.content


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\x\\决议.pdf", "决议.pdf"),
        ("gnp\u202efdp.exe", "gnpfdp.exe"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ('a<b>"c".pdf', "a_b__c_.pdf"),
        ("", "file"),
        ("长" * 300 + ".pdf", "长" * 190 + ".pdf"),
    ],
)
def test_names_are_harmless(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


@pytest.fixture
def store(house: House, now: dt.datetime, settings: Any, tmp_path: Path) -> Any:
    """Store a file for the community, with whatever a test changes."""
    settings.MEDIA_ROOT = tmp_path

    def call(**changes: Any) -> Attachment:
        given = {
            "by": house.people["community_staff"],
            "division": house.places["community"],
            "name": "决议.pdf",
            "content": PDF,
            "visibility": Visibility.PUBLIC,
            **changes,
        }
        return operations.store_attachment(now=now, **given)

    return call


def test_a_file_is_stored_under_its_hash(store: Any, tmp_path: Path) -> None:
    row = store()

    digest = hashlib.sha256(PDF).hexdigest()
    assert (row.name, row.sha256, row.size) == ("决议.pdf", digest, len(PDF))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in files] == [PDF]
    assert digest in files[0].name
    assert AuditEntry.objects.get(verb="communities.attachment.stored").after["sha256"] == digest


def test_a_refused_file_leaves_nothing_behind(store: Any, tmp_path: Path) -> None:
    with pytest.raises(FileKindUnknown):
        store(content=b"<html>")
    with pytest.raises(Exception, match="visibility"):
        store(visibility="EVERYBODY")

    assert Attachment.objects.count() == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


STORERS = {"community_staff", "street_officer", "street_reviewer", "district_admin", "district_officer"}


@pytest.mark.parametrize("name", [name for name in NAMED_PEOPLE if name not in STORERS])
def test_who_may_not_store_files(name: str, store: Any, house: House) -> None:
    with pytest.raises(AttachmentNotYours):
        store(by=house.people[name])


# Who opens a file of the community that street staff have stored.
INTERNAL_READERS = {*STORERS, "supervisor", "auditor"}
RESTRICTED_READERS = {"street_reviewer", "district_admin"}


@pytest.mark.parametrize("name", [*NAMED_PEOPLE, None])
@pytest.mark.parametrize(
    ("visibility", "readers"),
    [
        (Visibility.PUBLIC, {*NAMED_PEOPLE, None}),
        (Visibility.INTERNAL, INTERNAL_READERS),
        (Visibility.RESTRICTED, RESTRICTED_READERS),
        (Visibility.SEALED, {"district_admin"}),  # who stored it
    ],
)
def test_who_opens_which_file(
    *, name: str | None, visibility: str, readers: set[str | None], store: Any, house: House, client: Client
) -> None:
    row = store(visibility=visibility, by=house.people["district_admin"])
    if name:
        sign_in(client, house.people[name])

    answer = client.get(row.get_absolute_url())

    assert answer.status_code == (200 if name in readers else 404)


def test_a_file_is_served_as_a_download_and_nothing_else(store: Any, client: Client) -> None:
    row = store(name="决议 2026.pdf")

    answer = client.get(row.get_absolute_url())

    assert answer.content == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%E5%86%B3%E8%AE%AE%202026.pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "public, max-age=86400, immutable"


def test_who_stored_a_file_opens_it(store: Any, house: House, client: Client) -> None:
    row = store(visibility=Visibility.RESTRICTED)
    sign_in(client, house.people["community_staff"])

    answer = client.get(row.get_absolute_url())

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"


def test_a_public_file_of_a_draft_is_hidden_until_the_notice_is_up(store: Any, house: House, client: Client) -> None:
    row = store()
    draft = PublicNoticeFactory(division=house.places["community"])
    draft.attachments.add(row)

    assert client.get(row.get_absolute_url()).status_code == 404
    PublicNoticeFactory(division=house.places["community"], posted=dt.date(2026, 3, 4)).attachments.add(row)
    assert client.get(row.get_absolute_url()).status_code == 200


def test_a_file_that_is_gone_is_not_found(store: Any, client: Client, tmp_path: Path) -> None:
    row = store()
    Path(row.file.path).unlink()

    assert client.get(row.get_absolute_url()).status_code == 404
