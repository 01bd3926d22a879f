"""A file of donations, killed at each marked point of its reading and its posting: every effect exactly once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile

import funds.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
from funds.donations.models import Donation
from funds.intake import operations
from funds.intake.models import DonationIntake, IntakeRow
from funds.ledger.models import Journal
from funds.ledger.queries import differences_in
from governance.jobs.models import Job
from tests.funds.intake.test_intake import GOOD, HEAD, as_csv
from tests.workers import WORKER, Nursery, survive

pytestmark = pytest.mark.django_db(transaction=True)
NIGHTS = [pytest.param(time, marks=pytest.mark.nightly) for time in range(1, 11)]
READING = ["donations.reading", "donations.read.filled", "donations.read.judged"]
POSTING = ["donations.judged", "donations.posted", "donations.moved"]


@pytest.fixture
def keeping(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[Nursery]:
    """Processes that find the uploaded file where this test has put it."""
    settings.MEDIA_ROOT = tmp_path
    forking = Nursery(MEDIA_ROOT=str(tmp_path))
    yield forking
    forking.close()


@pytest.mark.parametrize("time", [0, *NIGHTS])
def test_a_file_is_read_and_posted_once(
    *, time: int, people: SimpleNamespace, keeping: Nursery, now: dt.datetime
) -> None:
    file = ContentFile(as_csv([HEAD, *GOOD]))
    row = operations.upload_file(by=people.community_staff, fund=people.fund, file=file, name="a.csv", now=now)

    def unread(point: str) -> None:
        assert DonationIntake.objects.get().status == "UPLOADED", point

    def unposted(point: str) -> None:
        assert (Journal.objects.count(), Donation.objects.count()) == (0, 0), point
        assert set(IntakeRow.objects.values_list("verdict", flat=True)) == {"FRESH"}, point

    survive(keeping, WORKER, READING if time else READING[2:], unread)
    assert IntakeRow.objects.count() == 4
    operations.confirm_intake(by=people.charity_officer, intake=row, now=now)
    survive(keeping, WORKER, POSTING if time else POSTING[1:2], unposted)

    assert (Journal.objects.count(), Donation.objects.count()) == (3, 4)
    assert DonationIntake.objects.get().status == "POSTED"
    assert set(Job.objects.values_list("status", flat=True)) == {"DONE"}
    assert differences_in(people.fund.book) == []
