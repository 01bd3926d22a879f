"""The import as a job and as a command."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.utils.translation import override

from communities.territory import operations, tasks  # noqa: F401 - the tasks register what does the job
from communities.territory.importer import FileNotReadable
from communities.territory.models import CodeImport, Division
from governance.accounts.models import User
from governance.jobs import operations as jobs
from governance.jobs.models import Job, JobStatus
from tests.factories.accounts import UserFactory

FOLDER = Path(settings.BASE_DIR) / "governance" / "portal" / "data" / "divisions"
ZILIUJING = FOLDER / "nbs2023_510302_zigong_ziliujing.csv"
HEAD = "code,name,parent_code,level\n"


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, settings: Any) -> object:
    settings.MEDIA_ROOT = str(tmp_path)
    with override("en"):
        yield


def queued(content: bytes, by: User, now: dt.datetime) -> Job:
    return operations.queue_import(
        by=by, now=now, file=ContentFile(content), file_name="自流井区.csv", system="NBS", edition=2023
    )


def run(by: User, now: dt.datetime) -> Job:
    assert jobs.run_due(by=by, clock=lambda: now) == 1
    return Job.objects.get()


@pytest.mark.django_db(transaction=True)
def test_a_queued_list_is_taken_in_with_progress(now: dt.datetime) -> None:
    clerk = UserFactory()
    queued(ZILIUJING.read_bytes(), clerk, now)

    job = run(clerk, now)

    assert (job.status, job.percent, job.failures) == (JobStatus.DONE, 100, [])
    assert job.counts == {"rows": 110, "created": 110, "attached": 0, "unchanged": 0}
    assert CodeImport.objects.get().imported_by == clerk
    assert CodeImport.objects.get().file_name == "自流井区.csv"


@pytest.mark.django_db(transaction=True)
def test_bad_rows_stand_in_the_job_and_nothing_is_written(now: dt.datetime) -> None:
    clerk = UserFactory()
    rows = ["510000000000,四川省,,1", "5.1E+11,坏行,510000000000,2", "510300000000,自贡市,510000000000,3"]
    queued((HEAD + "\n".join(rows)).encode(), clerk, now)

    job = run(clerk, now)

    assert job.status == JobStatus.DONE
    assert job.counts == {"refused": 2}
    assert [failure["row"] for failure in job.failures] == ["3: 5.1E+11", "4: 510300000000"]
    assert Division.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_file_in_no_encoding_ends_its_job(now: dt.datetime) -> None:
    clerk = UserFactory()
    queued(HEAD.encode() + b"\xff\xff\xff", clerk, now)

    job = run(clerk, now)

    assert job.status == JobStatus.DONE
    assert job.failures == [
        {"row": "", "reason": "The file can't be read: its text is neither in UTF-8 nor in GB 18030."}
    ]


def test_a_workbook_is_refused_before_a_job_is_made(db: None, now: dt.datetime, tmp_path: Path) -> None:
    with pytest.raises(FileNotReadable):
        queued(b"PK\x03\x04....", UserFactory(), now)

    assert Job.objects.count() == 0
    assert list(tmp_path.iterdir()) == []


def test_the_command_takes_a_list_in(db: None) -> None:
    said = io.StringIO()

    call_command("import_divisions", str(ZILIUJING), "--system", "NBS", "--edition", "2023", stdout=said)
    call_command(
        "import_divisions",
        str(ZILIUJING),
        "--system=NBS",
        "--edition=2023",
        "--managed-by=510302005000,510302006000=自贡市",
        stdout=said,
    )

    assert said.getvalue().splitlines() == [
        "110 rows: 110 new divisions, 0 codes for known divisions, 0 known before",
        "110 rows: 0 new divisions, 0 codes for known divisions, 110 known before",
    ]
    assert Division.objects.filter(managed_by__name="自贡市").count() == 2


def test_the_command_names_every_bad_row(db: None, tmp_path: Path) -> None:
    path, said = tmp_path / "list.csv", io.StringIO()
    path.write_text(HEAD + "51,四川省,,1\n510300000000,,,2\n", encoding="utf-8")

    with pytest.raises(CommandError) as refusal:
        call_command("import_divisions", str(path), "--system=NBS", "--edition=2023", stderr=said)

    assert said.getvalue().splitlines() == [
        f"{path}:2: 51 The code has 2 digits instead of 12.",
        f"{path}:3: 510300000000 The name is missing.",
    ]
    assert str(refusal.value).startswith("2 rows can't be taken")


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("missing.csv", [], "No such file"),
        ("empty.csv", [], "it is empty"),
        ("empty.csv", ["--managed-by=510302005000=无此区"], "is not the id or the name of exactly one division"),
    ],
)
def test_the_command_says_what_is_wrong(name: str, options: list[str], words: str, db: None, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()

    with pytest.raises(CommandError, match=words):
        call_command("import_divisions", str(tmp_path / name), "--system=NBS", "--edition=2023", *options)
