"""What may be stored as an attachment, and how a file is known for what it is (pure)."""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from governance.errors import Invalid

LARGEST_FILE = 10 * 1024 * 1024
"""Bytes."""
LARGEST_PHOTO = 15 * 1024 * 1024
"""Bytes of a photo as a phone sends it; it is kept smaller."""
LONGEST_SIDE = 2560
"""Pixels to which a photo is brought down: what it shows stays readable, on a screen and on A4."""
LARGEST_IMAGE = 40_000_000
"""Pixels; a larger picture is a trick or a mistake."""
LARGEST_UNPACKED = 200 * 1024 * 1024
"""Bytes of an office document when unpacked."""
LONGEST_NAME = 200
JPEG_QUALITY = 88

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

SUFFIXES: dict[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    WORD: (".docx",),
    SHEET: (".xlsx",),
}
"""Kinds of files that are taken, with the endings of their names; the first is the one that is kept."""

_IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_OFFICE = {"word/document.xml": WORD, "xl/workbook.xml": SHEET}


class FileTooLarge(Invalid):
    """The file is larger than the platform takes."""

    code = "file_too_large"
    message = _("The file has %(size)s MB; at most %(limit)s MB are possible.")


class FileKindUnknown(Invalid):
    """The content is of no kind that is taken."""

    code = "file_kind_unknown"
    message = _("This kind of file is not accepted. Possible are PDF, JPEG, PNG, WebP, Word (docx) and Excel (xlsx).")


class PhotoKindUnknown(Invalid):
    """Only pictures are taken here."""

    code = "photo_kind_unknown"
    message = _("“%(name)s” is not a photo that can be shown. Possible are JPEG, PNG and WebP.")


class PhotoTooLarge(Invalid):
    """One of several photos is larger than the platform takes."""

    code = "photo_too_large"
    message = _("“%(name)s” has %(size)s MB; a photo may have at most %(limit)s MB.")


class FileNotWhatItSays(Invalid):
    """The ending of the name and the content disagree."""

    code = "file_not_what_it_says"
    message = _("“%(name)s” is not what its name says: the content is %(kind)s.")


class FileBroken(Invalid):
    """The content cannot be read, or holds something that is not taken."""

    code = "file_broken"
    message = _("“%(name)s” is damaged or contains active content and cannot be stored.")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it will be stored."""

    name: str
    content: bytes
    content_type: str


def read_file(name: str, content: bytes) -> StoredFile:
    """Return a file as it may be stored: known by its content, pictures without metadata, its name harmless.

    Raises:
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: it may not be stored.
    """
    check_file_size(len(content))
    shown = clean_name(name)
    kind = content_type(content)
    if kind is None:
        raise FileKindUnknown(field="file")
    if PurePath(shown).suffix.lower() not in SUFFIXES[kind]:
        raise FileNotWhatItSays(field="file", name=shown, kind=kind)
    if kind.startswith("image/"):
        content = _plain_picture(shown, content)
    return StoredFile(shown, content, kind)


def check_file_size(size: int) -> None:
    """Refuse a file by its size alone, before anybody reads it.

    Raises:
        FileTooLarge: it is larger than the platform takes.
    """
    if size > LARGEST_FILE:
        shown = f"{size / 1024 / 1024:.1f}"
        raise FileTooLarge(field="file", size=shown, limit=LARGEST_FILE // 1024 // 1024)


def check_photo_size(name: str, size: int) -> None:
    """Refuse a photo by its size alone, before anybody reads it.

    Raises:
        PhotoTooLarge: it is larger than the platform takes.
    """
    if size > LARGEST_PHOTO:
        shown = f"{size / 1024 / 1024:.1f}"
        raise PhotoTooLarge(field="photos", name=clean_name(name), size=shown, limit=LARGEST_PHOTO // 1024 // 1024)


def read_photo(name: str, content: bytes) -> StoredFile:
    """Return a photo as it may be stored: upright, no larger than it need be, without place, camera and author.

    A phone that names every picture alike is forgiven: the ending follows the content.

    Raises:
        PhotoTooLarge, PhotoKindUnknown, FileBroken: it may not be stored; `field` is "photos".
    """
    check_photo_size(name, len(content))
    kind = content_type(content) or ""
    shown = clean_name(name)
    if not kind.startswith("image/"):
        raise PhotoKindUnknown(field="photos", name=shown)
    if PurePath(shown).suffix.lower() not in SUFFIXES[kind]:
        shown = f"{PurePath(shown).stem}{SUFFIXES[kind][0]}"
    try:
        return StoredFile(shown, _plain_picture(shown, content, longest=LONGEST_SIDE), kind)
    except FileBroken as refusal:
        refusal.field = "photos"
        raise


def clean_name(name: str) -> str:
    """Return a file name without path, control characters and signs that turn the reading direction."""
    text = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    text = "".join(sign for sign in text if unicodedata.category(sign)[0] != "C").strip(" .")
    text = re.sub(r'[<>:"|?*]', "_", text)
    path = PurePath(text or "file")
    return f"{path.stem[: LONGEST_NAME - 10]}{path.suffix[:10]}"


def content_type(content: bytes) -> str | None:
    """Return the kind of a file by its first bytes and its structure, or None for a kind that is not taken."""
    if content.startswith(b"%PDF-"):
        return "application/pdf" if b"%%EOF" in content[-2048:] else None
    if content.startswith(b"PK\x03\x04"):
        return _office_kind(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(_IMAGES)) as picture:
                return _IMAGES[picture.format or ""]
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, KeyError):
        return None


def _office_kind(content: bytes) -> str | None:
    """Return Word or Excel for a package of that structure without macros that unpacks to a sane size."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = {entry.filename: entry.file_size for entry in package.infolist()}
    except zipfile.BadZipFile:
        return None
    has_macros = any(name.lower().endswith("vbaproject.bin") for name in entries)
    if "[Content_Types].xml" not in entries or has_macros or sum(entries.values()) > LARGEST_UNPACKED:
        return None
    return next((kind for name, kind in _OFFICE.items() if name in entries), None)


def _plain_picture(name: str, content: bytes, *, longest: int = 0) -> bytes:
    """Return the picture drawn anew, upright, without place, camera, author and thumbnails.

    With `longest` it is brought down to that many pixels; a JPEG is then read at a fraction of its size, so that what
    the largest phone cameras send costs little memory.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore" if longest else "error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(_IMAGES)) as picture:
                if longest:
                    side = max(*picture.size, 1)
                    picture.draft(None, (picture.width * longest // side, picture.height * longest // side))
                if picture.width * picture.height > LARGEST_IMAGE:
                    raise FileBroken(field="file", name=name)
                picture.load()
                drawn = ImageOps.exif_transpose(picture)
                kind = picture.format or "PNG"
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FileBroken(field="file", name=name) from error
    if drawn.mode not in {"RGB", "L"}:
        drawn = drawn.convert("RGB" if kind == "JPEG" else "RGBA")
    if longest:
        drawn.thumbnail((longest, longest))
    clean = Image.new(drawn.mode, drawn.size)
    clean.paste(drawn)
    target = io.BytesIO()
    clean.save(target, format=kind, **({"quality": JPEG_QUALITY} if kind != "PNG" else {}))
    return target.getvalue()
