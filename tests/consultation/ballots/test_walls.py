"""What the database refuses on ballots, whatever the program does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from communities.notices.models import Attachment
from consultation.ballots import operations
from consultation.ballots.models import Ballot, RollEntry, Vote
from consultation.ballots.papers.models import PaperVote
from tests.factories.communities import AttachmentFactory
from tests.factories.consultation_ballots import HOUR, Place, entry_of
from tests.walls import violated

VOTE = """
    INSERT INTO consultation_vote (
        ballot_id, entry_id, channel, choices, in_box, cast_at, cast_by_id, by_proxy, receipt
    ) VALUES (%s, %s, %s, %s::smallint[], %s, %s, %s, false, %s)
"""


def cast(ballot: Ballot, entry: RollEntry, by: Any, **changes: Any) -> str:
    """Cast by hand and return the guard that refuses."""
    given = {"channel": "WEB", "choices": [1], "in_box": False, "cast_at": ballot.opens_at, "receipt": "R", **changes}
    marks, at = (given["channel"], given["choices"], given["in_box"]), given["cast_at"]
    return violated(VOTE, ballot.pk, entry.pk, *marks, at, by.pk, given["receipt"])


def change(row: Any, columns: str) -> str:
    """Set columns by hand and return the guard that refuses."""
    return violated(f"UPDATE {row._meta.db_table} SET {columns} WHERE {row._meta.pk.column} = %s", row.pk)


def test_votes_are_taken_while_the_ballot_is_open(place: Place) -> None:
    ballot = place.freeze(place.prepare())
    entry, by = entry_of(ballot, place.voters[0]), place.voters[0]

    assert cast(ballot, entry, by) == "vote_cast_while_open"
    operations.open_due_ballots(by=place.system, now=ballot.opens_at)
    assert cast(ballot, entry, by, cast_at=ballot.opens_at - dt.timedelta(seconds=1)) == "vote_cast_while_open"
    assert cast(ballot, entry, by, cast_at=ballot.closes_at) == "vote_cast_while_open"
    place.close(ballot)
    assert cast(ballot, entry, by) == "vote_cast_while_open"


@pytest.mark.parametrize("choices", [[4], [1, 2], [0], [1, 1]])
def test_votes_name_options_of_their_ballot(place: Place, choices: list[int]) -> None:
    ballot = place.open()

    found = cast(ballot, entry_of(ballot, place.voters[0]), place.voters[0], choices=choices)

    assert found == "vote_names_options_of_its_ballot"


def test_votes_name_several_options_in_order(place: Place) -> None:
    ballot = place.open(method="APPROVAL", options=[("甲", ""), ("乙", "")], most_choices=2)
    entry = entry_of(ballot, place.voters[0])

    assert cast(ballot, entry, place.voters[0], choices=[2, 1]) == "vote_names_options_of_its_ballot"


def test_votes_name_their_own_roll(place: Place) -> None:
    ballot, other = place.open(), place.open()

    found = cast(ballot, entry_of(other, place.voters[0]), place.voters[0])

    assert found == "vote_entry_of_its_ballot"


def test_votes_are_cast_once_and_stay(place: Place) -> None:
    ballot, voter = place.open(), place.voters[0]
    vote = operations.cast_vote(by=voter, now=ballot.opens_at, ballot=ballot, choices=[1])

    assert cast(ballot, vote.entry, voter) == "consultation_vote_entry_id_key"
    assert "permission denied" in violated("UPDATE consultation_vote SET choices = '{2}' WHERE id = %s", vote.pk)
    assert "permission denied" in violated("DELETE FROM consultation_vote WHERE id = %s", vote.pk)


def test_votes_on_paper_have_their_sheet(place: Place) -> None:
    ballot, voter = place.open(), place.voters[0]
    entry = entry_of(ballot, voter)
    assert cast(ballot, entry, voter, channel="PAPER") == "vote_on_paper_has_its_sheet"
    operations.enter_paper_vote(
        by=place.staff, now=ballot.opens_at, ballot=ballot, entry=entry, serial_number="A", choices=[1]
    )

    assert cast(ballot, entry, voter, channel="PAPER") == "vote_on_paper_has_its_sheet"


def test_votes_have_a_channel_and_a_choice(place: Place) -> None:
    ballot, voter = place.open(), place.voters[0]
    entry = entry_of(ballot, voter)

    assert cast(ballot, entry, voter, channel="PIGEON") == "vote_channel_is_known"
    assert cast(ballot, entry, voter, choices=[]) == "vote_names_options_of_its_ballot"


@pytest.mark.parametrize(
    "columns",
    [
        "question = '？'",
        "closes_at = closes_at + interval '1 day'",
        "most_choices = 2",
        "entitled = 1",
        "rule_id = 0",
        "frozen_text = 'x'",
        "is_binding = true",
        "notice_id = NULL",
    ],
)
def test_a_frozen_ballot_stays(place: Place, columns: str) -> None:
    ballot = place.freeze(place.prepare())

    assert "Cannot update rows" in violated(f"UPDATE consultation_ballot SET {columns} WHERE id = %s", ballot.pk)


def test_roll_and_options_stay_as_frozen(place: Place) -> None:
    ballot = place.freeze(place.prepare())
    option, entry = ballot.options.all()[0], ballot.roll.all()[0]

    assert change(option, "title = '？'") == "ballotoption_fixed_by_the_freeze"
    assert violated("DELETE FROM consultation_ballotoption WHERE id = %s", option.pk) == (
        "ballotoption_fixed_by_the_freeze"
    )
    assert change(entry, "name = '？'") == "rollentry_fixed_by_the_freeze"
    assert violated("DELETE FROM consultation_rollentry WHERE id = %s", entry.pk) == "rollentry_fixed_by_the_freeze"
    assert (
        violated("INSERT INTO consultation_rollentry (ballot_id, number, name) VALUES (%s, 99, '外人')", ballot.pk)
        == "rollentry_fixed_by_the_freeze"
    )


def test_nothing_leaves_a_frozen_ballot_for_another(place: Place) -> None:
    ballot, other = place.freeze(place.prepare()), place.prepare()
    option, entry = ballot.options.all()[0], ballot.roll.all()[0]

    assert change(option, f"ballot_id = {other.pk}, number = 9") == "ballotoption_fixed_by_the_freeze"
    assert change(entry, f"ballot_id = {other.pk}") == "rollentry_fixed_by_the_freeze"
    assert change(other.options.all()[0], f"ballot_id = {ballot.pk}, number = 9") == "ballotoption_fixed_by_the_freeze"
    new = "INSERT INTO consultation_ballotoption (ballot_id, number, title, text) VALUES (%s, 9, '丙', '')"
    assert violated(new, ballot.pk) == "ballotoption_fixed_by_the_freeze"


def test_a_fingerprint_is_of_its_text(place: Place) -> None:
    ballot = place.prepare()

    assert change(ballot, f"fingerprint = '{'0' * 64}', frozen_text = 'x'") == "ballot_fingerprint_is_of_its_text"


def test_a_ballot_is_frozen_whole(place: Place) -> None:
    ballot = place.prepare()

    assert change(ballot, "status = 'FROZEN'") == "ballot_frozen_has_a_fingerprint"
    fingerprint = "fingerprint = encode(sha256('x'::bytea), 'hex'), frozen_text = 'x', electorate_on = '2026-03-04'"
    assert change(ballot, f"status = 'FROZEN', entitled = 1, {fingerprint}") == "ballot_frozen_has_a_notice"
    assert change(ballot, "frozen_at = opens_at") == "ballot_frozen_before_it_opens"
    assert change(ballot, "most_choices = 2") == "ballot_marks_fit_the_method"


def test_a_ballot_opens_and_closes_at_its_times(place: Place) -> None:
    ballot = place.freeze(place.prepare())

    assert change(ballot, "status = 'OPEN', opened_at = opens_at - interval '1 second'") == "ballot_opens_at_its_time"
    assert change(ballot, "closed_at = closes_at - interval '1 second'") == "ballot_closes_at_its_time"
    assert change(ballot, "status = 'COUNTED'") == "ballot_moves_by_the_table"


def test_a_result_is_of_a_closed_ballot_and_its_votes(place: Place) -> None:
    ballot = place.open()
    place.cast(ballot, [[1]])
    result = """
        INSERT INTO consultation_ballotresult (ballot_id, counts, entitled, "cast", by_channel, unfinished, has_quorum,
            is_passed, reason, recount_sha256, counted_at)
        VALUES (%s, '[]', 5, %s, '{}', 0, true, true, '', '', now())
    """

    assert violated(result, ballot.pk, 1) == "ballotresult_counts_what_was_cast"
    place.close(ballot)
    assert violated(result, ballot.pk, 2) == "ballotresult_counts_what_was_cast"
    assert change(ballot, "status = 'COUNTED'") == "ballot_counted_has_a_result"
    place.count(ballot)
    published = f"status = 'PUBLISHED', published_by_id = {place.staff.pk}"
    assert change(ballot, published) == "ballot_published_by_another"


def test_sheets_stay_as_entered(place: Place) -> None:
    ballot, voter = place.open(), place.voters[0]
    paper = operations.enter_paper_vote(
        by=place.staff,
        now=ballot.opens_at,
        ballot=ballot,
        entry=entry_of(ballot, voter),
        serial_number="A",
        choices=[1],
    )
    other = operations.cast_vote(by=place.voters[1], now=ballot.opens_at, ballot=ballot, choices=[1])

    assert "Cannot update rows" in change(paper, "choices = '{2}'")
    assert change(paper, f"checked_by_id = {place.staff.pk}") == "papervote_two_persons"
    assert change(paper, "voided_at = now()") == "papervote_void_has_a_reason"
    assert change(paper, f"vote_id = {other.pk}, checked_at = now()") == "papervote_vote_is_its_own"
    operations.void_paper_vote(by=place.staff, now=ballot.opens_at + HOUR, paper=paper, reason="作废")
    assert "Cannot update rows" in change(paper, "voided_at = NULL, void_reason = ''")
    assert PaperVote.objects.get().vote is None
    assert Vote.objects.get() == other


@pytest.mark.parametrize("visibility", ["PUBLIC", "INTERNAL", "RESTRICTED"])
def test_a_photo_of_a_sheet_is_sealed_and_stays(place: Place, visibility: str) -> None:
    ballot = place.open()
    sealed: Attachment = AttachmentFactory(division=place.division, uploaded_by=place.staff, visibility="SEALED")
    open_to_others = AttachmentFactory(division=place.division, uploaded_by=place.staff, visibility=visibility)
    foreign = AttachmentFactory(division=place.division, uploaded_by=place.colleague, visibility="SEALED")
    given = {"now": ballot.opens_at, "ballot": ballot, "entry": entry_of(ballot, place.voters[0]), "choices": [1]}
    paper = operations.enter_paper_vote(by=place.staff, serial_number="A", photo=sealed, **given)
    new = (
        "INSERT INTO consultation_papervote (ballot_id, entry_id, serial_number, choices, entered_at, entered_by_id, "
        "void_reason, photo_id) VALUES (%s, %s, 'B', '{1}', now(), %s, '', %s)"
    )

    for photo in (open_to_others, foreign):
        found = violated(new, ballot.pk, entry_of(ballot, place.voters[1]).pk, place.staff.pk, photo.pk)
        assert found == "papervote_photo_is_sealed"
    assert "Cannot update rows" in change(paper, f"photo_id = {open_to_others.pk}")
    assert "Cannot update rows" in change(paper, "photo_id = NULL")
    assert "Cannot update rows" in change(sealed, f"visibility = '{visibility}'")


def test_sheets_name_their_own_roll(place: Place) -> None:
    ballot, other = place.open(), place.open()

    found = violated(
        "INSERT INTO consultation_papervote (ballot_id, entry_id, channel, serial_number, choices, entered_at, "
        "entered_by_id, void_reason) VALUES (%s, %s, 'PAPER', 'A', '{1}', now(), %s, '')",
        ballot.pk,
        entry_of(other, place.voters[0]).pk,
        place.staff.pk,
    )

    assert found == "papervote_entry_of_its_ballot"
