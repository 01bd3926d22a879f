"""A statement file between the look at it and its import: kept by the server, named to the browser by a signed word."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from funds.charity.models import HostCharity
from funds.intake.models import ColumnMapping
from governance.errors import NotNow

if TYPE_CHECKING:
    from governance.accounts.models import User

FOLDER = "imports/statements"
SALT = "funds.banking.upload"
KEPT_FOR = dt.timedelta(hours=1)


class UploadGone(NotNow):
    """The file was kept too long ago, taken in meanwhile, or is somebody else's."""

    code = "upload_gone"
    message = _(
        "The file that you looked over is no longer kept: this was more than an hour ago, or it has been taken in. "
        "Nothing was imported. Please choose the file again."
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was looked over, with the charity and the headings that it was chosen for."""

    charity: HostCharity
    mapping: ColumnMapping | None
    name: str
    data: bytes
    path: str


def keep(
    *,
    by: User,
    charity: HostCharity,
    name: str,
    data: bytes,
    now: dt.datetime,
    mapping: ColumnMapping | None = None,
) -> str:
    """Keep a file for an hour and return the signed word that leads to it, for this person only."""
    path = default_storage.save(
        f"{FOLDER}/{now.astimezone(dt.UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex}", ContentFile(data)
    )
    word = {
        "path": path,
        "name": name,
        "charity": charity.pk,
        "mapping": mapping and mapping.pk,
        "by": by.pk,
        "at": now.isoformat(),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return signing.dumps(word, salt=SALT, compress=True)


def find(*, by: User, word: str, now: dt.datetime) -> Kept:
    """Return the file that a signed word leads to.

    Raises:
        UploadGone: the word is forged, somebody else's or older than an hour, or the file is no longer there.
    """
    try:
        said = signing.loads(word, salt=SALT)
    except signing.BadSignature as error:
        raise UploadGone from error
    age = now - dt.datetime.fromisoformat(said["at"])
    if said["by"] != by.pk or not dt.timedelta(0) <= age <= KEPT_FOR:
        raise UploadGone
    charity = HostCharity.objects.filter(pk=said["charity"]).first()
    if charity is None or not default_storage.exists(said["path"]):
        raise UploadGone
    with default_storage.open(said["path"]) as file:
        data = file.read()
    if hashlib.sha256(data).hexdigest() != said["sha256"]:
        raise UploadGone
    mapping = ColumnMapping.objects.filter(pk=said["mapping"]).first() if said["mapping"] else None
    return Kept(charity, mapping, said["name"], data, said["path"])


def forget(kept: Kept) -> None:
    """Remove a file that has been taken in."""
    default_storage.delete(kept.path)


def sweep(*, now: dt.datetime) -> int:
    """Remove files that nobody came back for, and return their number."""
    if not default_storage.exists(FOLDER):
        return 0
    oldest = f"{(now - KEPT_FOR).astimezone(dt.UTC):%Y%m%d-%H%M%S}"
    old = [name for name in default_storage.listdir(FOLDER)[1] if name < oldest]
    for name in old:
        default_storage.delete(f"{FOLDER}/{name}")
    return len(old)
