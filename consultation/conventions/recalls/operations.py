"""Recalls from the demand with its signatures to the vacant seat and its by-election."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext, override

from communities.bodies import operations as bodies
from communities.bodies.models import BodyKind, BodyMembership, Seat
from communities.bodies.queries import women_needed
from communities.notices import operations as notices
from communities.notices.models import Visibility
from communities.people.models import Resident
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from consultation.ballots import operations as ballots
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import BallotMethod, RollSource
from consultation.ballots.rolls import listing
from consultation.conventions.elections import operations as elections
from consultation.conventions.elections.models import ElectionCandidate
from consultation.conventions.elections.operations import PostPlan
from consultation.conventions.elections.policy import OBJECTION_DAYS, ElectionKind, Office, earliest_voting
from consultation.conventions.recalls import lifecycle as table
from consultation.conventions.recalls import refusals
from consultation.conventions.recalls.lifecycle import RecallStatus
from consultation.conventions.recalls.models import Recall, RecallSignature
from consultation.conventions.recalls.policy import (
    BY_ELECTION_DAYS,
    CHECK_DAYS,
    DEFENSE_DAYS,
    LONGEST_DEFENSE,
    LONGEST_DOUBT,
    LONGEST_GROUNDS,
    LONGEST_REASON,
    MOST_AT_ONCE,
    RULES,
    SHARES,
    VOTE_DAYS,
    Demanders,
    Finding,
    Hearing,
)
from consultation.conventions.recalls.queries import entitled_to_sign
from consultation.matters.policy import fitting
from consultation.meetings.policy import CouncilForm, least_of
from governance import lifecycle
from governance.audit import operations as audit
from governance.calendar.days import DayKind, add_days
from governance.errors import NotAllowed
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from communities.bodies.models import Body
    from communities.policy.models import PolicyDocument
    from consultation.conventions.elections.models import CommitteeElection
    from governance.accounts.models import User

HEARING_TOPIC = "consultation.recall_hearing.due"
"""The event that tells the member; like what is about single persons it never leaves the house."""
LONGEST_QUESTION = 200

Signer = Resident | BodyMembership


def receive_demand(
    *,
    by: User,
    now: dt.datetime,
    membership: BodyMembership,
    grounds: str,
    asked_on: dt.date,
    demanders: str = Demanders.VOTERS,
    representatives: Body | None = None,
    sheet: tuple[str, bytes] | None = None,
) -> Recall:
    """Take in the demand that a member be recalled, with its grounds and the scan of its signatures.

    Raises:
        NotAllowed, OwnRecall: `by` does not work in the place, or is the member.
        SeatNotRecalled, DemandersUnfit, DemandInFuture, NobodyEntitled, RecallRunning.
        WordsMissing, WordsTooLong, PersonalNumbersFound; FileTooLarge, FileKindUnknown, …: as in the notices room.
    Basis: Organic Law of Villagers' Committees art. 16.
    """
    body = membership.body
    if not by.has_perm(table.RUN, body):
        raise NotAllowed
    if membership.user_id == by.pk:
        raise refusals.OwnRecall
    today = timezone.localdate(now)
    if asked_on > today:
        raise refusals.DemandInFuture(field="asked_on")
    is_held = BodyMembership.objects.held_on(today).filter(pk=membership.pk).exists()
    if body.kind not in RULES or membership.seat == Seat.SUPERVISOR or not is_held or asked_on < membership.valid_from:
        raise refusals.SeatNotRecalled(field="membership", name=membership.name)
    _check_demanders(body, demanders, representatives)
    said = fitting("grounds", grounds, LONGEST_GROUNDS)
    refuse_personal_numbers(grounds=said)
    entitled = len(entitled_to_sign(body.division, demanders, representatives, asked_on))
    if not entitled:
        raise refusals.NobodyEntitled
    share = value(SHARES[Demanders(demanders)], body.division, asked_on)
    row = Recall(
        membership=membership,
        body=body,
        division=body.division,
        demanders=demanders,
        representatives=representatives,
        grounds=said,
        asked_on=asked_on,
        entitled=entitled,
        needed=max(least_of(share, entitled), 1),
        check_due_on=add_days(asked_on, value(CHECK_DAYS, body.division, asked_on), DayKind.WORKING).on,
        received_at=now,
        received_by=by,
    )
    try:
        with transaction.atomic():
            if sheet is not None:
                name, content = sheet
                row.sheet = notices.store_attachment(
                    by=by, now=now, division=body.division, name=name, content=content, visibility=Visibility.RESTRICTED
                )
            row.full_clean(validate_constraints=False)
            row.save()
            after = {"body": body.pk, "demanders": demanders, "entitled": entitled, "needed": row.needed}
            audit.record(by=by, verb="consultation.recall.received", row=row, now=now, after=after)
    except IntegrityError as error:
        if "recall_one_on_its_way" in str(error):
            raise refusals.RecallRunning(field="membership", name=membership.name) from error
        raise
    return row


def _check_demanders(body: Body, demanders: str, representatives: Body | None) -> None:
    is_of_them = demanders == Demanders.REPRESENTATIVES
    if demanders not in Demanders.values or is_of_them != (representatives is not None):
        raise refusals.DemandersUnfit(field="representatives")
    if representatives is None:
        return
    council = getattr(representatives, "council", None)
    is_fit = council is not None and council.form == CouncilForm.REPRESENTATIVES
    if not is_fit or representatives.division_id != body.division_id:
        raise refusals.DemandersUnfit(field="representatives")


def _hold(by: User, recall: Recall, permission: str) -> Recall:
    """Return the recall, locked, for somebody who may handle it and is not the member.

    Raises:
        NotAllowed, OwnRecall.
    """
    row = Recall.objects.select_for_update(of=("self",)).for_detail().get(pk=recall.pk)
    if not by.has_perm(permission, row):
        raise NotAllowed
    if row.membership.user_id == by.pk:
        raise refusals.OwnRecall
    return row


# --- Signatures -------------------------------------------------------------------------------------------------------


def enter_signatures(*, by: User, now: dt.datetime, recall: Recall, signers: Sequence[Signer]) -> list[RecallSignature]:
    """Enter who signed, voters or representatives; all of them or none.

    Raises:
        NotAllowed, OwnRecall, SignaturesClosed, SignersMissing, SignerNotEntitled, SignedTwice.
    """
    with transaction.atomic():
        row = _hold(by, recall, table.RUN)
        if row.status != RecallStatus.RECEIVED:
            raise refusals.SignaturesClosed
        if not 1 <= len(signers) <= MOST_AT_ONCE:
            raise refusals.SignersMissing(field="names", most=MOST_AT_ONCE)
        column = "resident" if row.demanders == Demanders.VOTERS else "seat"
        wanted = Resident if column == "resident" else BodyMembership
        entitled = {
            key for key, _n, _a in entitled_to_sign(row.division, row.demanders, row.representatives, row.asked_on)
        }
        strangers = [one.name for one in signers if not isinstance(one, wanted) or one.pk not in entitled]
        if strangers:
            raise refusals.SignerNotEntitled(field="names", names="、".join(strangers))
        known = set(row.signatures.values_list(f"{column}_id", flat=True))
        keys = [one.pk for one in signers]
        twice = [one.name for place, one in enumerate(signers) if one.pk in known or one.pk in keys[:place]]
        if twice:
            raise refusals.SignedTwice(field="names", names="、".join(twice))
        last = row.signatures.aggregate(last=Max("number"))["last"] or 0
        made = RecallSignature.objects.bulk_create(
            RecallSignature(recall=row, number=number, entered_at=now, entered_by=by, **{f"{column}_id": one.pk})
            for number, one in enumerate(signers, start=last + 1)
        )
        after = {"from": last + 1, "to": last + len(made)}
        audit.record(by=by, verb="consultation.recall.signatures_entered", row=row, now=now, after=after)
        return made


def check_signatures(*, by: User, now: dt.datetime, recall: Recall, doubtful: Mapping[int, str]) -> int:
    """Judge every unchecked signature that somebody else has entered: those named do not count, for their reason.

    Returns how many were judged.

    Raises:
        NotAllowed, OwnRecall, SignaturesClosed, NothingToCheck.
        DoubtsUnreadable: a doubt names no such signature, or no reason.
        WordsTooLong, PersonalNumbersFound.
    """
    with transaction.atomic():
        row = _hold(by, recall, table.REVIEW)
        if row.status != RecallStatus.RECEIVED:
            raise refusals.SignaturesClosed
        waiting = list(row.signatures.unchecked().exclude(entered_by=by).order_by("number"))
        if not waiting:
            raise refusals.NothingToCheck
        strange = sorted(set(doubtful) - {one.number for one in waiting})
        if strange or not all(reason.strip() for reason in doubtful.values()):
            raise refusals.DoubtsUnreadable(field="doubtful", lines="、".join(map(str, strange or doubtful)))
        reasons = {number: fitting("doubtful", reason, LONGEST_DOUBT) for number, reason in doubtful.items()}
        refuse_personal_numbers(doubtful="\n".join(reasons.values()))
        for one in waiting:
            one.doubt = reasons.get(one.number, "")
            one.finding = Finding.DOUBTFUL if one.doubt else Finding.VALID
            one.checked_at, one.checked_by = now, by
        RecallSignature.objects.bulk_update(waiting, ["finding", "doubt", "checked_at", "checked_by"], batch_size=500)
        after = {"checked": len(waiting), "doubtful": len(reasons)}
        audit.record(by=by, verb="consultation.recall.signatures_checked", row=row, now=now, after=after)
        return len(waiting)


def verify_demand(*, by: User, now: dt.datetime, recall: Recall) -> Recall:
    """Find that enough of those entitled have signed; the member is told and can answer.

    Raises:
        NotAllowed, OwnRecall, MoveClosed, SamePerson.
        SignaturesUnchecked, SignaturesTooFew.
    Basis: Organic Law of Villagers' Committees art. 16: at least one fifth of the voters, or one third of the representatives.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        row = _hold(by, recall, table.REVIEW)
        if row.status != RecallStatus.RECEIVED:
            return lifecycle.move(row, "verify", by=by, now=now)  # refuses with its own reason
        if unchecked := row.signatures.unchecked().count():
            raise refusals.SignaturesUnchecked(count=unchecked)
        signed = row.signatures.counting().count()
        if signed < row.needed:
            raise refusals.SignaturesTooFew(signed=signed, needed=row.needed, entitled=row.entitled)
        changes = {
            "signed": signed,
            "defense_due_on": today + dt.timedelta(days=value(DEFENSE_DAYS, row.division, today)),
            "vote_due_on": today + dt.timedelta(days=value(VOTE_DAYS, row.division, today)),
        }
        moved = lifecycle.move(row, "verify", by=by, now=now, changes=changes)
        outbox.emit(by=by, topic=HEARING_TOPIC, row=moved, now=now, payload={})
        return moved


def refuse_demand(*, by: User, now: dt.datetime, recall: Recall, reason: str) -> Recall:
    """Find that the demand is not valid: too few have signed, or it names no grounds.

    Raises:
        NotAllowed, OwnRecall, MoveClosed, SamePerson, ReasonMissing, WordsTooLong, PersonalNumbersFound.
    """
    said = _reason(reason)
    with transaction.atomic():
        row = _hold(by, recall, table.REVIEW)
        return lifecycle.move(row, "refuse", by=by, now=now, reason=said, changes={"end_reason": said})


def _reason(reason: str) -> str:
    said = fitting("reason", reason, LONGEST_REASON, is_required=False)
    refuse_personal_numbers(reason=said)
    return said


# --- The member's answer ----------------------------------------------------------------------------------------------


def record_answer(
    *, by: User, now: dt.datetime, recall: Recall, hearing: str, heard_on: dt.date, defense: str = ""
) -> Recall:
    """Record how the member answers (申辩), word for word as the voters will read it; once more replaces it.

    The member writes it, or the staff takes it down.

    Raises:
        NotAllowed: `by` is neither the member nor does it work in the place.
        HearingClosed, HearingUnfit, WordsTooLong, PersonalNumbersFound.
    Basis: Organic Law of Villagers' Committees art. 16.
    """
    said = fitting("defense", defense, LONGEST_DEFENSE, is_required=False)
    refuse_personal_numbers(defense=said)
    with transaction.atomic():
        row = Recall.objects.select_for_update(of=("self",)).for_detail().get(pk=recall.pk)
        if row.membership.user_id != by.pk and not by.has_perm(table.RUN, row):
            raise NotAllowed
        if row.status != RecallStatus.VERIFIED or row.verified_at is None:
            raise refusals.HearingClosed
        is_within = timezone.localdate(row.verified_at) <= heard_on <= timezone.localdate(now)
        if hearing not in Hearing.values or bool(said) == (hearing == Hearing.WAIVED) or not is_within:
            raise refusals.HearingUnfit(field="defense")
        row.hearing, row.heard_on, row.defense, row.heard_at, row.heard_by = hearing, heard_on, said, now, by
        row.save(update_fields=["hearing", "heard_on", "defense", "heard_at", "heard_by"])
        after = {"hearing": hearing, "heard_on": heard_on}
        audit.record(by=by, verb="consultation.recall.answered", row=row, now=now, after=after)
        return row


# --- The vote ---------------------------------------------------------------------------------------------------------


def call_vote(
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
    recall: Recall,
    ordered_by: PolicyDocument,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
) -> Recall:
    """Call the vote and post the list of the voters; demand, answer and voting day are public from now on.

    Raises:
        NotAllowed, OwnRecall, MoveClosed: `by` may not, or not now.
        MemberNotHeard, SeatHasEnded, TimesImpossible, RecallTooEarly, ListEmpty.
    Basis: Organic Law of Villagers' Committees arts. 14, 16.
    """
    if not now < opens_at < closes_at:
        raise ballots.TimesImpossible(field="opens_at")
    with transaction.atomic():
        row = _hold(by, recall, table.RUN)
        if row.status != RecallStatus.VERIFIED:
            return lifecycle.move(row, "call_vote", by=by, now=now)  # refuses with its own reason
        _check_sits(row, today)
        if row.heard_at is None and row.defense_due_on is not None and today <= row.defense_due_on:
            raise refusals.MemberNotHeard(due=row.defense_due_on)
        voting_on, days = timezone.localdate(opens_at), value(OBJECTION_DAYS, row.division, today)
        earliest = earliest_voting(today, days)
        if voting_on < earliest:
            raise refusals.RecallTooEarly(field="opens_at", days=days, earliest=earliest)
        found = listing.make_list(by=by, now=now, division=row.division, voting_on=voting_on)
        with override(settings.LANGUAGE_CODE):
            title = gettext("Voter list for the recall: %(body)s") % {"body": row.body.name}
        found = listing.post_list(by=by, now=now, voter_list=found, title=title, days=days, basis=OBJECTION_DAYS.basis)
        changes = {"voter_list": found, "ordered_by": ordered_by, "opens_at": opens_at, "closes_at": closes_at}
        return lifecycle.move(row, "call_vote", by=by, now=now, changes=changes)


def _check_sits(recall: Recall, today: dt.date) -> None:
    if recall.membership.valid_to is not None and recall.membership.valid_to <= today:
        raise refusals.SeatHasEnded(name=recall.membership.name)


def freeze_vote(*, by: User, now: dt.datetime, today: dt.date, recall: Recall) -> Recall:
    """Freeze the secret ballot for or against the recall, with the corrected list as its roll.

    Raises:
        NotAllowed, OwnRecall, MoveClosed, MoveHindered, SeatHasEnded.
        RuleNotConfirmed, BindingNeedsDocument, FreezeTooLate, NoticeTooLate, …: as in the ballots room.
    """
    with transaction.atomic():
        row = _hold(by, recall, table.RUN)
        if row.status != RecallStatus.LISTED or row.opens_at is None or row.closes_at is None:
            return lifecycle.move(row, "freeze", by=by, now=now)  # refuses with its own reason
        if table.list_is_settled(row):
            return lifecycle.move(row, "freeze", by=by, now=now)  # refuses with its own reason
        _check_sits(row, today)
        with override(settings.LANGUAGE_CODE):
            question = gettext("Shall %(name)s be recalled from %(body)s?") % {
                "name": row.membership.name,
                "body": row.body.name,
            }
        ballot = ballots.prepare_ballot(
            by=by,
            now=now,
            division=row.division,
            question=question[:LONGEST_QUESTION],
            rule_key=RULES[BodyKind(row.body.kind)],
            method=BallotMethod.FOR_AGAINST,
            options=[],
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            roll_source=RollSource.VOTERS,
            voter_list=row.voter_list,
            is_secret=True,
            is_binding=True,
            approved_method=row.ordered_by,
        )
        ballot = ballots.freeze_ballot(by=by, now=now, today=today, ballot=ballot)
        return lifecycle.move(row, "freeze", by=by, now=now, changes={"ballot": ballot})


def recall_member(*, by: User, now: dt.datetime, today: dt.date, recall: Recall) -> Recall:
    """Establish that the voters have recalled the member, who leaves the seat today.

    Raises:
        NotAllowed, OwnRecall, MoveClosed, MoveHindered: not so, or not yet.
    Basis: Organic Law of Villagers' Committees art. 16: more than half of the voters take part, more than half of them agree.
    """
    with transaction.atomic():
        row = _hold(by, recall, table.RUN)
        if row.status != RecallStatus.BALLOTED or table.ballot_says_recalled(row):
            return lifecycle.move(row, "recall", by=by, now=now)  # refuses with its own reason
        due_on = today + dt.timedelta(days=value(BY_ELECTION_DAYS, row.division, today))
        changes = {"seat_ended_on": _vacate(by, now, today, row), "by_election_due_on": due_on}
        return lifecycle.move(row, "recall", by=by, now=now, changes=changes)


def keep_member(*, by: User, now: dt.datetime, recall: Recall) -> Recall:
    """Establish that the member stays: too few took part, or not more than half of them agreed.

    Raises:
        NotAllowed, OwnRecall, MoveClosed, MoveHindered: not so, or not yet.
    """
    with transaction.atomic():
        return lifecycle.move(_hold(by, recall, table.RUN), "keep", by=by, now=now)


def _vacate(by: User, now: dt.datetime, today: dt.date, recall: Recall) -> dt.date:
    """End the seat, unless it has ended meanwhile; return since when it is vacant."""
    seat = BodyMembership.objects.select_for_update(of=("self",)).get(pk=recall.membership_id)
    if seat.valid_to is not None and seat.valid_to <= today:
        return seat.valid_to
    with override(settings.LANGUAGE_CODE):
        reason = gettext("Recalled by the vote of the registered voters.")
    return bodies.end_membership(by=by, now=now, membership=seat, on=today, reason=reason).valid_to or today


def drop_recall(*, by: User, now: dt.datetime, recall: Recall, reason: str) -> Recall:
    """End a demand without a vote: withdrawn by those who signed, or the member has left the seat. Its ballot is cancelled.

    Raises:
        NotAllowed, OwnRecall, MoveClosed, ReasonMissing, WordsTooLong, PersonalNumbersFound.
        VoteRuns: the ballot has been opened.
    """
    said = _reason(reason)
    with transaction.atomic():
        row = _hold(by, recall, table.RUN)
        moved = lifecycle.move(row, "drop", by=by, now=now, reason=said, changes={"end_reason": said})
        if row.ballot is not None and row.ballot.status != BallotStatus.CANCELLED:
            if row.ballot.status != BallotStatus.FROZEN:
                raise refusals.VoteRuns
            ballots.cancel_ballot(by=by, now=now, ballot=row.ballot, reason=said)
        return moved


# --- The by-election --------------------------------------------------------------------------------------------------


def plan_by_election(
    *,
    by: User,
    now: dt.datetime,
    recall: Recall,
    committee: Body,
    ordered_by: PolicyDocument,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
) -> CommitteeElection:
    """Plan the by-election of the vacant seat, kept for a woman where the committee has too few of them.

    Raises:
        NotAllowed, OwnRecall, NoVacancy.
        CommitteeUnfit, VotingTimesImpossible, ElectionRunning: as in the elections.
    Basis: Organic Law of Villagers' Committees art. 19.
    """
    with transaction.atomic():
        row = _hold(by, recall, table.RUN)
        if row.status != RecallStatus.RECALLED or row.by_election_id is not None:
            raise refusals.NoVacancy
        election = elections.plan_election(
            by=by,
            now=now,
            body=row.body,
            committee=committee,
            ordered_by=ordered_by,
            opens_at=opens_at,
            closes_at=closes_at,
            posts=[_vacant_post(row, timezone.localdate(now))],
            kind=ElectionKind.BY_ELECTION,
        )
        row.by_election = election
        row.save(update_fields=["by_election"])
        after = {"election": election.pk}
        audit.record(by=by, verb="consultation.recall.by_election_planned", row=row, now=now, after=after)
        return election


def _vacant_post(recall: Recall, today: dt.date) -> PostPlan:
    """Return the post that is vacant: the office to which the member was elected."""
    seat = recall.membership
    offices = ElectionCandidate.objects.elected().filter(election__elected_body=recall.body, name=seat.name)
    office = offices.order_by("-pk").values_list("post__office", flat=True).first() or Office.MEMBER
    women = recall.body.voting_members(today).filter(is_woman=True).count()
    is_kept = women_needed(recall.body, 0, today) > women
    return PostPlan(Office.CHAIR if seat.is_chair else office, 1, for_women=is_kept)
