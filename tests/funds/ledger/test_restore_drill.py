"""The restore drill: a backup put into an empty database has the same chains, and a backup that was touched is refused.

Some seconds: real processes, real dumps.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from communities.notices import operations as notices
from engines.places import ROOT
from funds.ledger.models import Account, Book
from governance.accounts.models import User
from governance.portal import backup
from tests.factories.funds_ledger import post
from tests.workers import address, environment

pytestmark = pytest.mark.django_db(transaction=True)

COMPARE = """
import json, sys
import django
django.setup()
from governance.portal import backup
print("\\n".join(backup.differences(json.loads(sys.argv[1]))))
"""


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def drill() -> Iterator[str]:
    """The name of a database that is gone after the test."""
    name = f"{connection.settings_dict['NAME']}_drill"
    yield name
    owner_says("postgres", f'DROP DATABASE IF EXISTS "{name}"')


@pytest.fixture
def stored(
    media: Path, tmp_path: Path, system: User, donors: Account, pool: Account, community_staff: User, now: dt.datetime
) -> Path:
    """A backup of a small ledger with one file."""
    for number in range(3):
        post(system, donors, pool, "12.34", now=now, key=f"donation:{number}")
    notices.store_attachment(
        by=community_staff, now=now, division=pool.book.division, name="附件.pdf", content=b"%PDF-1.4\n%%EOF\n"
    )
    target = tmp_path / "district.tar"
    done = manage("backup", str(target), media=media)
    assert done.returncode == 0, done.stdout
    assert target.stat().st_mode & 0o777 == 0o600
    return target


def manage(*arguments: str, media: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**environment(MEDIA_ROOT=str(media)), "DATABASE_AS": "owner"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def owner_says(database: str, *statements: str) -> None:
    place = connection.settings_dict
    opened = psycopg2.connect(host=place["HOST"], port=place["PORT"], dbname=database, user=settings.ENGINES.owner_user)
    opened.autocommit = True
    with opened.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    opened.close()


def differences_there(name: str, source: Path, media: Path) -> str:
    manifest = subprocess.run(
        ["tar", "-xOf", source, backup.MANIFEST], capture_output=True, text=True, check=True
    ).stdout
    urls = {
        "DATABASE_URL": backup.renamed(address(settings.ENGINES.app_user), name),
        "DATABASE_OWNER_URL": backup.renamed(address(settings.ENGINES.owner_user), name),
    }
    return subprocess.run(
        [sys.executable, "-c", COMPARE, manifest],
        cwd=ROOT,
        env={**environment(MEDIA_ROOT=str(media)), **urls},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_what_was_backed_up_comes_back_and_holds(stored: Path, media: Path, drill: str, book: Book) -> None:
    book.refresh_from_db()
    (file,) = [path for path in media.rglob("*") if path.is_file()]
    file.unlink()

    done = manage("restore", str(stored), "--into", drill, media=media)

    assert done.returncode == 0, done.stdout
    assert "3 journals" in done.stdout
    assert backup.read_manifest(stored)["books"] == [[book.code, 3, book.head_hash]]
    assert file.read_bytes() == b"%PDF-1.4\n%%EOF\n"
    assert differences_there(drill, stored, media) == ""

    again = manage("restore", str(stored), "--into", drill, media=media)
    assert again.returncode == 1
    assert "already exists" in again.stdout

    owner_says(
        drill,
        "ALTER TABLE funds_transfer DISABLE TRIGGER USER",
        "UPDATE funds_transfer SET amount = amount + 1 WHERE id = (SELECT min(id) FROM funds_transfer)",
    )
    file.write_bytes(b"%PDF-1.4\nanother\n")
    found = differences_there(drill, stored, media).splitlines()
    assert any(line.startswith(f"book {book.code}:") for line in found)
    assert any("is not what was stored" in line for line in found)


def test_a_database_with_tables_is_never_restored_over(stored: Path, book: Book) -> None:
    with pytest.raises(backup.Unusable, match="is not empty"):
        backup.restore(stored)

    assert Book.objects.get().pk == book.pk


def test_a_damaged_backup_is_refused(stored: Path) -> None:
    whole = stored.read_bytes()
    with tarfile.open(stored) as archive:
        begin = archive.getmember(backup.DUMP).offset_data
    changed = bytearray(whole)
    changed[begin + 5000] ^= 1

    for content, says in (
        (whole[: begin + 100], "is no backup"),
        (b"something else", "is no backup"),
        (bytes(changed), "is damaged"),
    ):
        stored.write_bytes(content)
        with pytest.raises(backup.Unusable, match=says):
            backup.read_manifest(stored)


def test_a_backup_never_overwrites_another(stored: Path, now: dt.datetime) -> None:
    before = stored.read_bytes()

    with pytest.raises(backup.Unusable, match="exists"):
        backup.write(stored, now=now)

    assert stored.read_bytes() == before


def test_another_key_is_noticed(stored: Path, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEY = "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItb3Q="

    found = list(backup.differences(backup.read_manifest(stored)))

    assert [line.split(":")[0] for line in found] == ["FIELD_ENCRYPTION_KEY is not the key of the backup"]
