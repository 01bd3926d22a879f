"""What the database refuses by itself in a recall: each wall alone, and nothing else in its way."""

from __future__ import annotations

from typing import Any

import pytest

from consultation.conventions.recalls.models import Recall, RecallSignature
from tests.conftest import as_owner
from tests.consultation.recalls.conftest import RecallStory, marks
from tests.factories.consultation_ballots import DAY
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db(transaction=True)

RECALL, SIGNATURE = Recall._meta.db_table, RecallSignature._meta.db_table


def walled(label: str, statement: str, *params: Any, beside: tuple[str, ...] = ()) -> None:
    """Expect this wall alone to refuse the statement."""
    with as_owner():
        alone(label, statement, *params, beside=beside)


def test_the_demand_and_its_signatures(story: RecallStory) -> None:
    recall = story.receive()
    story.sign(recall, story.residents[:4])
    story.check(recall, _4="代签")
    first = recall.signatures.get(number=1)
    set_ = f"UPDATE {RECALL} SET "
    here = f" WHERE id = {recall.pk}"
    walled("recall:demand_stays", set_ + "grounds = '另有原因'" + here)
    walled(
        "recall_words_are_known",
        set_ + "demanders = 'NOBODY'" + here,
        beside=("recall:demand_stays", "recall_names_its_representatives"),
    )
    walled(
        "recall_names_its_representatives",
        set_ + "demanders = 'REPRESENTATIVES'" + here,
        beside=("recall:demand_stays",),
    )
    walled("recall_needs_signatures", set_ + "needed = 0" + here, beside=("recall:demand_stays",))
    walled("recall_one_on_its_way", copied(recall))
    walled("recall_vacates_the_seat", set_ + "seat_ended_on = asked_on" + here)
    walled("recall_ends_with_a_reason", set_ + "ended_at = received_at" + here)
    walled("recall_answer_is_whole", set_ + "hearing = 'WRITTEN'" + here)
    walled("recall:lifecycle", set_ + "status = 'KEPT'" + here, beside=("recall:decided_by_its_ballot",))
    verified = set_ + (
        "status = 'VERIFIED', verified_at = received_at, verified_by_id = %s, signed = %s, defense_due_on = asked_on, "
        "vote_due_on = asked_on" + here
    )
    other = story.reviewer.pk
    walled("recall:signed_as_checked", verified, other, 4)
    walled("recall_checked_by_another", verified, story.place.staff.pk, 3)
    walled("recallsignature_number_is_unique", copied(first, resident_id=story.residents[7].pk))
    walled("recallsignature_resident_signs_once", copied(first, number=90))
    walled(
        "recallsignature_is_of_one_person",
        copied(first, number=90, resident_id="NULL"),
        beside=("recallsignature:of_its_demanders",),
    )
    stranger = story.seat(story.committee, "外人")
    walled("recallsignature:of_its_demanders", copied(first, number=90, resident_id="NULL", seat_id=stranger.pk))
    signature = f"UPDATE {SIGNATURE} SET %s WHERE id = {first.pk}"
    walled("recallsignature_check_is_whole", signature % "finding = ''")
    walled("recallsignature_checked_by_another", signature % "checked_by_id = entered_by_id")


def test_nobody_is_put_to_the_vote_by_too_few_or_unheard(story: RecallStory) -> None:
    few = story.receive()
    story.sign(few, story.residents[:2])
    story.check(few)
    walled(
        "recall_demanded_by_enough",
        f"UPDATE {RECALL} SET status = 'VERIFIED', verified_at = received_at, verified_by_id = %s, signed = 2, "
        "defense_due_on = asked_on, vote_due_on = asked_on WHERE id = %s",
        story.reviewer.pk,
        few.pk,
    )
    story.sign(few, story.residents[2:3])
    story.check(few)
    recall = story.verify(few)
    walled(
        "recallsignature:checked_stays",
        f"UPDATE {SIGNATURE} SET finding = 'DOUBTFUL', doubt = '改判' WHERE recall_id = %s AND number = 1",
        recall.pk,
    )
    recall = story.call(story.answer(recall))
    set_ = f"UPDATE {RECALL} SET "
    here = f" WHERE id = {recall.pk}"
    walled("recall:hearing_stays", set_ + "defense = '改写'" + here)
    unheard = "hearing = '', heard_on = NULL, heard_at = NULL, heard_by_id = NULL, defense = ''"
    walled("recall_member_is_heard_first", set_ + unheard + here, beside=("recall:hearing_stays",))
    walled("recall_call_is_whole", set_ + "closes_at = opens_at" + here)
    walled("recall_frozen_has_a_ballot", set_ + "status = 'BALLOTED', frozen_at = listed_at" + here)


def test_the_ballot_decides(story: RecallStory) -> None:
    recall, _moment = story.voted(marks(5, 5))
    set_ = f"UPDATE {RECALL} SET "
    here = f" WHERE id = {recall.pk}"
    walled("recall:call_stays", set_ + "closes_at = closes_at + interval '1 hour'" + here)
    walled(
        "recall:decided_by_its_ballot",
        set_ + "status = 'RECALLED', seat_ended_on = %s, by_election_due_on = %s" + here,
        story.now.date() + 20 * DAY,
        story.now.date() + 30 * DAY,
    )


def test_a_representative_signs_once(story: RecallStory) -> None:
    body = story.representatives(3)
    recall = story.receive(demanders="REPRESENTATIVES", representatives=body)
    story.sign(recall, list(body.memberships.all())[:1])
    walled("recallsignature_seat_signs_once", copied(recall.signatures.get(), number=90))
