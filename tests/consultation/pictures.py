"""Photos as phones send them."""

from __future__ import annotations

import io

from PIL import Image


def photo(kind: str = "JPEG", *, with_place: bool = True, size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a picture; a JPEG tells where it was taken and by which camera."""
    exif = Image.Exif()
    if with_place:
        exif[0x010F] = "Camera"
        exif.get_ifd(0x8825).update({1: "N", 2: (29.0, 21.0, 0.0), 3: "E", 4: (104.0, 46.0, 0.0)})
    target = io.BytesIO()
    Image.new("RGB", size, "#775533").save(target, format=kind, **({"exif": exif} if kind == "JPEG" else {}))
    return target.getvalue()


def place_of(content: bytes) -> dict[int, object]:
    """Return what a picture tells of place and camera."""
    with Image.open(io.BytesIO(content)) as picture:
        exif = picture.getexif()
        return {**exif, **exif.get_ifd(0x8825)}
