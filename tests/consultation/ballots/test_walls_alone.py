"""Walls of the ballots that the search of `test_every_wall` cannot reach: each refuses alone, and lets pass when dropped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from communities.notices import operations as notices
from communities.notices.models import Visibility
from consultation.ballots import operations
from consultation.ballots.papers.models import PaperVote
from tests.consultation.ballots.test_batches import opened, signed_in
from tests.consultation.ballots.test_rolls import OWNERS, proxy, unit
from tests.consultation.pictures import photo
from tests.factories.communities import AttachmentFactory
from tests.factories.consultation_ballots import DAY, HOUR, Place, entry_of
from tests.walls import alone

pytestmark = pytest.mark.django_db(transaction=True)

SHEET = (
    "INSERT INTO consultation_papervote (ballot_id, entry_id, batch_id, channel, serial_number, choices, entered_at, "
    "entered_by_id, void_reason, photo_id) VALUES (%s, %s, %s, 'PAPER', 'Z', '{1}', now(), %s, '', %s)"
)
VOTE = (
    "INSERT INTO consultation_vote (ballot_id, entry_id, channel, choices, in_box, cast_at, cast_by_id, by_proxy, receipt) "
    "VALUES (%s, %s, %s, '{}', false, %s, %s, false, 'R')"
)
RESULT = (
    'INSERT INTO consultation_ballotresult (ballot_id, counts, entitled, "cast", by_channel, by_proxy, details, unfinished, '
    "has_quorum, is_passed, reason, recount_sha256, counted_at) "
    "VALUES (%s, '[]', 5, %s, '{{}}', 0, '{{}}', 0, true, true, '', '', now())"
).replace("{{}}", "{}")
PILE = (
    "INSERT INTO consultation_batchsheet (batch_id, position, choices, entered_by_id, void_reason) "
    "VALUES (%s, 9, '{1}', %s, '')"
)
SIGN = "INSERT INTO consultation_batchsignature (ballot_id, batch_id, entry_id) VALUES (%s, %s, %s)"
PROXY = (
    "INSERT INTO consultation_proxy (ballot_id, principal_id, holder_id, relation, place, paper_id, registered_at, "
    "registered_by_id) VALUES (%s, %s, %s, 'CHILD', 2, %s, now(), %s)"
)


@pytest.fixture(autouse=True)
def media(tmp_path: Any, settings: Any) -> None:
    """An empty folder for stored files."""
    settings.MEDIA_ROOT = tmp_path


def test_reminders_votes_and_results_have_their_time(now: dt.datetime, owner: Callable[[], Any]) -> None:
    place = Place(now)
    place.populate(5)
    ballot, over = place.open(closes_at=now + 10 * DAY), place.open()
    entry, by = entry_of(ballot, place.voters[0]), place.voters[0]
    place.close(over)
    late = entry_of(over, place.voters[0])

    with owner():
        remind = "UPDATE consultation_ballot SET reminders = 1, reminded_at = closes_at WHERE id = %s"
        alone("ballot:reminded_seldom", remind, ballot.pk)
        alone("vote:cast_while_open", VOTE.replace("'{}'", "'{1}'"), over.pk, late.pk, "WEB", over.opens_at, by.pk)
        alone("vote:cast_while_open", VOTE.replace("'{}'", "'{9}'"), ballot.pk, entry.pk, "WEB", ballot.opens_at, by.pk)
        alone(
            "vote:cast_while_open", VOTE.replace("'{}'", "'{1}'"), ballot.pk, entry.pk, "PAPER", ballot.opens_at, by.pk
        )
        alone("ballotresult:counts_what_was_cast", RESULT, over.pk, 1)
        alone("ballotresult:counts_what_was_cast", RESULT, ballot.pk, 0)


def test_sheets_and_batches_have_theirs(now: dt.datetime, owner: Callable[[], Any]) -> None:
    place = Place(now)
    place.populate(5)
    ballot, secret = place.open(), place.open(is_secret=True)
    at = ballot.opens_at + HOUR
    given_up, pile = opened(place, ballot, 1), signed_in(place, secret, 1)
    operations.give_up_batch(by=place.staff, now=at, batch=given_up, reason="点错人数")
    seen = AttachmentFactory(division=place.division, uploaded_by=place.staff, visibility="PUBLIC")
    first, second = entry_of(ballot, place.voters[0]), entry_of(ballot, place.voters[1])
    paper = operations.enter_paper_vote(
        by=place.staff, now=at, ballot=ballot, entry=first, serial_number="A", choices=[1]
    )
    other = operations.cast_vote(by=place.voters[2], now=at, ballot=ballot, choices=[1])

    with owner():
        alone("papervote:sheet_in_an_open_batch", SHEET, ballot.pk, second.pk, given_up.pk, place.staff.pk, None)
        alone("papervote:photo_is_sealed", SHEET, ballot.pk, second.pk, None, place.staff.pk, seen.pk)
        settle = "UPDATE consultation_papervote SET vote_id = %s, checked_at = now() WHERE id = %s"
        alone("papervote:vote_is_its_own", settle, other.pk, paper.pk)
        alone("batchsheet:batch_is_open", PILE, given_up.pk, place.staff.pk)
        own = entry_of(ballot, place.voters[3])
        alone("batchsignature:batch_is_open", SIGN, ballot.pk, given_up.pk, own.pk)
    assert pile.signatures.count() == 1
    assert PaperVote.objects.count() == 1


def test_proxies_have_theirs(now: dt.datetime, owner: Callable[[], Any]) -> None:
    place = Place(now)
    place.populate(3)
    for number in range(3):
        unit(place, f"1-10{number}", number, "50")
    ballot = place.freeze(place.prepare(**OWNERS))
    paper = notices.store_attachment(
        by=place.staff,
        now=now,
        division=place.division,
        name="proxy.jpg",
        content=photo(),
        visibility=Visibility.SEALED,
    )
    row = proxy(place, ballot, place.voters[0], place.voters[1], paper=paper)
    operations.open_due_ballots(by=place.system, now=ballot.opens_at)
    first, third = entry_of(ballot, place.voters[1]), entry_of(ballot, place.voters[2])

    with owner():
        alone("proxy:proxy_before_opening", PROXY, ballot.pk, third.pk, first.pk, paper.pk, place.staff.pk)
        alone("proxy:proxy_stays", "UPDATE consultation_proxy SET relation = 'SPOUSE' WHERE id = %s", row.pk)
