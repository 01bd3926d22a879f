"""Conventions from the draft to the file, and what the database refuses by itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from communities.notices import operations as notices
from communities.people.policy import PersonalNumbersFound
from consultation.ballots.models import Ballot
from consultation.conventions import operations
from consultation.conventions.models import Convention, ConventionJoin, ConventionVersion
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, MoveHindered, ReasonMissing
from governance.outbox.models import OutboxEvent
from tests.consultation.conventions.conftest import TEXT, Story
from tests.factories.accounts import UserFactory
from tests.factories.communities import PolicyDocumentFactory
from tests.factories.consultation_ballots import DAY, HOUR
from tests.walls import violated

ROWS = (Convention, ConventionVersion, ConventionJoin, Ballot, AuditEntry, OutboxEvent)


def refused(refusal: type[DomainError], call: Any, **arguments: Any) -> DomainError:
    """Expect a refusal that leaves nothing behind."""
    before = [model._default_manager.count() for model in ROWS]
    with pytest.raises(refusal) as found:
        call(**arguments)
    assert [model._default_manager.count() for model in ROWS] == before
    return found.value


def test_an_agreement_goes_from_the_draft_to_the_file(story: Story) -> None:
    version, moment = story.adopt()

    assert (version.number, version.status, version.effective_on) == (1, "ADOPTED", moment.date())
    assert version.filing_due_on == moment.date() + dt.timedelta(days=10)
    assert version.ballot is not None
    assert version.text_number in version.ballot.question

    filed = operations.file_version(by=story.officer, now=moment, version=version, number="街备〔2026〕3号")

    assert (filed.status, filed.filing_number) == ("FILED", "街备〔2026〕3号")
    verbs = AuditEntry.objects.filter(object_key=str(version.pk), verb__startswith="consultation.convention.")
    assert list(verbs.order_by("pk").values_list("verb", flat=True)) == [
        f"consultation.convention.{act}"
        for act in ("drafted", "checked", "announced", "put_to_vote", "adopted", "filed")
    ]


def test_a_later_version_replaces_the_one_in_force(story: Story) -> None:
    first, moment = story.adopt()
    story.place.now = moment
    second = operations.draft_version(
        by=story.place.staff,
        now=moment,
        convention=first.convention,
        text=TEXT + "\n第三条 烈性犬不得入内。",
        change="增加烈性犬规定",
    )
    assert second.number == 2
    adopted, _moment = story.adopt(story.announce(story.check(second)))

    first.refresh_from_db()
    assert first.status == "SUPERSEDED"
    assert "2" in first.end_reason
    assert list(ConventionVersion.objects.in_force()) == [adopted]


def test_drafting_is_for_the_staff_with_words_that_may_be_shown(story: Story) -> None:
    staff = story.place.staff
    story.place.staff = story.place.voters[0]
    refused(NotAllowed, story.draft)
    story.place.staff = staff
    refused(PersonalNumbersFound, story.draft, text="有事请拨13812345678")
    refused(PersonalNumbersFound, story.draft, title="13812345678公约")
    refused(DomainError, story.draft, text="  ")
    refused(DomainError, story.draft, text="长" * 20_001)
    version = story.draft()
    refused(operations.ConventionExists, story.draft)
    convention = version.convention
    refused(
        operations.VersionOnItsWay,
        operations.draft_version,
        by=staff,
        now=story.now,
        convention=convention,
        text="第一条 新。",
        change="改",
    )


def test_a_new_version_says_something_new(story: Story) -> None:
    version, moment = story.adopt()

    refused(
        operations.NothingChanges,
        operations.draft_version,
        by=story.place.staff,
        now=moment,
        convention=version.convention,
        text=TEXT,
        change="无",
    )


def test_a_draft_is_changed_until_it_is_checked(story: Story) -> None:
    version = story.draft()
    changed = operations.edit_version(
        by=story.place.staff, now=story.now, version=version, text="第一条 遛狗牵绳。", change="改短"
    )
    assert changed.text == "第一条 遛狗牵绳。"
    story.check(version)

    words = {"text": "第一条 另说。", "change": "再改"}
    refused(
        operations.TextIsFixed, operations.edit_version, by=story.place.staff, now=story.now, version=version, **words
    )
    returned = operations.return_draft(by=story.reviewer, now=story.now, version=version, reason="请写明范围")
    assert returned.status == "DRAFT"
    operations.edit_version(by=story.place.staff, now=story.now, version=version, **words)


def test_doubtful_words_are_answered_by_who_checks(story: Story) -> None:
    version = story.draft(text="第一条 遛狗应当牵绳。\n第二条 违者罚款五十元。")

    found = refused(
        operations.ConcernsUnanswered, operations.pass_check, by=story.reviewer, now=story.now, version=version
    )

    assert "罚款" in str(found)
    refused(MoveForbidden, operations.pass_check, by=story.place.staff, now=story.now, version=version)
    checked = operations.pass_check(
        by=story.reviewer, now=story.now, version=version, opinion="系引用行政机关的处罚，非自设。"
    )
    assert checked.status == "CHECKED"


def test_residents_vote_when_they_had_their_days(story: Story) -> None:
    version = story.announce()
    moment = story.now + DAY
    refused(MoveHindered, story.put_to_vote, version=version, moment=moment)
    refused(
        MoveHindered,
        operations.adopt_version,
        by=story.place.staff,
        now=moment,
        version=version,
        effective_on=moment.date(),
    )
    row, later = story.after_notice(version)
    refused(
        MoveHindered, operations.adopt_version, by=story.place.staff, now=later, version=row, effective_on=later.date()
    )
    story.put_to_vote(row, later)
    row.refresh_from_db()
    refused(operations.VoteRunning, story.put_to_vote, version=row, moment=later)


def test_an_upheld_objection_ends_the_version(story: Story) -> None:
    version = story.announce()
    assert version.notice is not None
    objection = notices.raise_objection(
        by=story.place.voters[0], now=story.now, notice=version.notice, text="盲人导犬应当除外"
    )
    notices.answer_objection(by=story.place.staff, now=story.now, objection=objection, outcome="UPHELD", reply="应当")
    row, moment = story.after_notice(version)

    refused(MoveHindered, story.put_to_vote, version=row, moment=moment)
    refused(ReasonMissing, operations.drop_version, by=story.place.staff, now=moment, version=row, reason=" ")
    dropped = operations.drop_version(by=story.place.staff, now=moment, version=row, reason="按异议另行起草")
    assert (dropped.status, dropped.end_reason) == ("DROPPED", "按异议另行起草")


def test_a_vote_that_failed_adopts_nothing_and_may_be_repeated(story: Story) -> None:
    version, moment = story.voted([[2], [2], [2], [1]])

    refused(
        MoveHindered,
        operations.adopt_version,
        by=story.place.staff,
        now=moment,
        version=version,
        effective_on=moment.date(),
    )
    again = story.put_to_vote(version, moment)
    version.refresh_from_db()
    assert version.ballot == again


def test_what_binds_everybody_needs_a_binding_vote(story: Story) -> None:
    version = story.draft(kind="RESIDENTS", title="居民公约")
    row, moment = story.after_notice(story.announce(story.check(version)))

    refused(operations.ConventionNeedsBinding, story.put_to_vote, version=row, moment=moment)
    ballot = story.put_to_vote(row, moment, is_binding=True, approved_method=PolicyDocumentFactory())
    assert ballot.is_binding


def test_it_comes_into_force_on_the_day_of_its_adoption_or_later(story: Story) -> None:
    version, moment = story.voted()

    refused(
        operations.EffectiveInThePast,
        operations.adopt_version,
        by=story.place.staff,
        now=moment,
        version=version,
        effective_on=moment.date() - dt.timedelta(days=1),
    )


def test_the_street_files_or_orders_a_correction(story: Story) -> None:
    version, moment = story.adopt()
    refused(MoveForbidden, operations.file_version, by=story.place.staff, now=moment, version=version, number="1")
    refused(DomainError, operations.file_version, by=story.officer, now=moment, version=version, number=" ")

    corrected = operations.order_correction(
        by=story.reviewer, now=moment, version=version, reason="与养犬管理条例相抵触，请改正。"
    )

    assert (corrected.status, corrected.end_reason) == ("CORRECTED", "与养犬管理条例相抵触，请改正。")
    assert not ConventionVersion.objects.in_force().exists()


def test_a_repeal_needs_the_residents_vote(story: Story) -> None:
    version, moment = story.adopt()
    refused(
        MoveHindered, operations.repeal_version, by=story.place.staff, now=moment, version=version, reason="不再需要"
    )
    ballot = operations.put_repeal_to_vote(
        by=story.place.staff,
        now=moment,
        version=version,
        rule_key="council_default",
        opens_at=moment + HOUR,
        closes_at=moment + HOUR + DAY,
    )
    story.run(ballot, [[1], [1], [1], [1]], moment)

    repealed = operations.repeal_version(by=story.place.staff, now=moment + 3 * DAY, version=version, reason="不再需要")

    assert repealed.status == "REPEALED"
    refused(
        operations.VersionNotInForce,
        operations.put_repeal_to_vote,
        by=story.place.staff,
        now=moment,
        version=repealed,
        rule_key="council_default",
        opens_at=moment + HOUR,
        closes_at=moment + HOUR + DAY,
    )


def test_residents_join_an_agreement_once_and_leave_it(story: Story) -> None:
    version, moment = story.adopt()
    neighbor = story.place.voters[0]

    operations.join_agreement(by=neighbor, now=moment, version=version)
    refused(operations.AlreadyJoined, operations.join_agreement, by=neighbor, now=moment, version=version)
    refused(
        operations.ParticipantFromElsewhere,
        operations.join_agreement,
        by=UserFactory(resident=True),
        now=moment,
        version=version,
    )
    refused(operations.NotJoined, operations.leave_agreement, by=story.place.voters[1], now=moment, version=version)
    operations.leave_agreement(by=neighbor, now=moment + DAY, version=version)
    operations.join_agreement(by=neighbor, now=moment + 2 * DAY, version=version)

    assert version.joins.count() == 2
    assert version.joins.filter(left_at=None).count() == 1


def test_only_agreements_in_force_are_joined(story: Story) -> None:
    version = story.draft()
    refused(
        operations.VersionNotInForce,
        operations.join_agreement,
        by=story.place.voters[0],
        now=story.now,
        version=version,
    )
    story.place.now = story.now
    other = story.draft(kind="CHARTER", title="自治章程")
    refused(operations.NoAgreement, operations.join_agreement, by=story.place.voters[0], now=story.now, version=other)


def test_a_closed_step_says_so(story: Story) -> None:
    version = story.draft()
    refused(MoveClosed, story.announce, version=version)
    refused(MoveClosed, story.put_to_vote, version=version, moment=story.now)


# --- Walls -----------------------------------------------------------------------------------------------------------

TABLE = "consultation_conventionversion"


def test_the_text_that_was_checked_stays(story: Story) -> None:
    version = story.check()

    refusal = violated(f"UPDATE {TABLE} SET text = 'x' WHERE id = %s", version.pk)

    assert "Cannot update rows" in refusal


def test_no_version_is_in_force_without_a_vote_that_passed(story: Story) -> None:
    version, _moment = story.voted([[2], [2], [2], [1]])
    put = f"UPDATE {TABLE} SET status = 'ADOPTED', effective_on = '2026-04-01', filing_due_on = '2026-04-11' WHERE id = %s"

    assert violated(put, version.pk) == "version_passed_by_a_vote"


def test_no_version_is_in_force_before_its_notice_has_closed(story: Story) -> None:
    version = story.announce()
    ballot = story.place.prepare(question="另一件事？")
    story.run(ballot, [[1], [1], [1], [1]], story.now)
    put = (
        f"UPDATE {TABLE} SET status = 'ADOPTED', ballot_id = %s, effective_on = '2026-04-01', "
        "filing_due_on = '2026-04-11' WHERE id = %s"
    )

    assert violated(put, ballot.pk, version.pk) == "version_shown_to_the_residents"


def test_the_vote_of_a_version_in_force_stays(story: Story) -> None:
    version, _moment = story.adopt()

    assert "Cannot update rows" in violated(f"UPDATE {TABLE} SET ballot_id = NULL WHERE id = %s", version.pk)


def test_one_version_is_in_force_and_one_on_its_way(story: Story) -> None:
    version, moment = story.adopt()
    story.place.now = moment
    second = operations.draft_version(
        by=story.place.staff, now=moment, convention=version.convention, text="第一条 新。", change="改"
    )
    row, _later = story.voted(version=story.announce(story.check(second)))
    put = f"UPDATE {TABLE} SET status = 'ADOPTED', effective_on = '2026-05-01', filing_due_on = '2026-05-11' WHERE id = %s"
    assert violated(put, row.pk) == "conventionversion_one_in_force"

    copied = (
        f"INSERT INTO {TABLE} (convention_id, number, text, change, status, drafted_at, drafted_by_id, check_opinion, "
        f"filing_number, end_reason) SELECT convention_id, 9, text, change, 'DRAFT', drafted_at, drafted_by_id, '', '', '' "
        f"FROM {TABLE} WHERE id = %s"
    )
    assert violated(copied, row.pk) == "conventionversion_one_on_its_way"
    again = copied.replace("9, text", "2, text")
    assert violated(again, row.pk) in {"conventionversion_numbered_once", "conventionversion_one_on_its_way"}


def test_checks_and_filings_lie_in_other_hands(story: Story) -> None:
    version, moment = story.adopt()
    by_drafter = f"UPDATE {TABLE} SET checked_by_id = drafted_by_id WHERE id = %s"
    assert violated(by_drafter, version.pk) == "conventionversion_checked_by_another"
    by_adopter = f"UPDATE {TABLE} SET filed_by_id = adopted_by_id WHERE id = %s"
    assert violated(by_adopter, version.pk) == "conventionversion_filed_by_another"
    unnumbered = f"UPDATE {TABLE} SET status = 'FILED' WHERE id = %s"
    assert violated(unnumbered, version.pk) == "conventionversion_filed_with_a_number"
    no_days = f"UPDATE {TABLE} SET effective_on = NULL WHERE id = %s"
    assert violated(no_days, version.pk) == "conventionversion_in_force_has_days"
    operations.join_agreement(by=story.place.voters[0], now=moment, version=version)
    assert "Cannot delete rows" in violated("DELETE FROM consultation_conventionjoin")
    backwards = "UPDATE consultation_conventionjoin SET left_at = joined_at - interval '1 day'"
    assert violated(backwards) == "conventionjoin_ends_after_it_began"
    assert "Cannot update rows" in violated("UPDATE consultation_conventionjoin SET joined_at = now()")
    twice = (
        "INSERT INTO consultation_conventionjoin (version_id, user_id, joined_at) "
        "SELECT version_id, user_id, joined_at FROM consultation_conventionjoin"
    )
    assert violated(twice) == "conventionjoin_once"


def test_kinds_and_names_are_known(story: Story) -> None:
    version = story.draft()
    kind = "UPDATE consultation_convention SET kind = 'LAW' WHERE id = %s"
    assert violated(kind, version.convention_id) == "convention_kind_is_known"
    copied = (
        "INSERT INTO consultation_convention (division_id, kind, title, created_at, created_by_id) "
        "SELECT division_id, kind, title, created_at, created_by_id FROM consultation_convention"
    )
    assert violated(copied) == "convention_once_in_a_place"
