"""From the result to the hand-over: those elected take their seats, the street files, the former committee hands over."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext, override

from communities.bodies import operations as bodies
from communities.bodies.models import Seat
from communities.bodies.policy import TERM_YEARS, years_later
from communities.notices import operations as notices
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from consultation.ballots import operations as ballots
from consultation.ballots.lifecycle import BallotStatus
from consultation.conventions.elections import lifecycle as table
from consultation.conventions.elections import refusals
from consultation.conventions.elections.lifecycle import ElectionStatus
from consultation.conventions.elections.models import CommitteeElection, ElectionCandidate
from consultation.conventions.elections.policy import (
    FILING_DAYS,
    HAND_OVER_DAYS,
    LONGEST_NOTE,
    LONGEST_NUMBER,
    RESULT_DAYS,
    ElectionKind,
    Office,
)
from consultation.conventions.elections.queries import size_range
from consultation.conventions.elections.voting import hold
from consultation.matters.policy import fitting
from governance import lifecycle
from governance.calendar.days import DayKind, add_days

if TYPE_CHECKING:
    from communities.bodies.models import Body
    from communities.notices.models import PublicNotice
    from governance.accounts.models import User

DAY = dt.timedelta(days=1)


def announce(*, by: User, now: dt.datetime, today: dt.date, election: CommitteeElection) -> CommitteeElection:
    """Announce who is elected. They take their seats today: those of a new term in a body of its own.

    Raises:
        NotAllowed, OwnElection, MoveClosed, MoveHindered: `by` may not, or seats are left to be voted on.
        TooFewElected: the committee would be smaller than the law asks.
        SeatOutsideTerm, ChairTaken, BodyFull, SeatAlreadyHeld: a seat cannot be filled so.
    Basis: Organic Law of Villagers' Committees arts. 11, 15, 19.
    """
    with transaction.atomic():
        row = hold(by, election)
        if row.status != ElectionStatus.VOTED or table.nothing_is_left_to_elect(row):
            return lifecycle.move(row, "announce", by=by, now=now)  # refuses with its own reason
        elected = list(
            row.candidates.elected().select_related("post", "resident__user").order_by("post__number", "number")
        )
        low, _high = size_range(row.body, today)
        if row.kind == ElectionKind.TERM and len(elected) < low:
            raise refusals.TooFewElected(count=len(elected), needed=low)
        body = _new_term(by, now, today, row) if row.kind == ElectionKind.TERM else row.body
        for one in elected:
            bodies.add_member(
                by=by,
                now=now,
                body=body,
                name=one.name,
                seat=Seat.RESIDENT,
                valid_from=today,
                user=one.resident.user,
                is_chair=one.post.office == Office.CHAIR,
                is_woman=one.is_woman,
            )
        changes = {
            "notice": _post_result(by, now, row, elected),
            "elected_body": body,
            "term_from": today,
            "term_to": body.term_to,
            "filing_due_on": add_days(today, value(FILING_DAYS, row.division, today), DayKind.CALENDAR).on,
            "hand_over_due_on": add_days(today, value(HAND_OVER_DAYS, row.division, today), DayKind.CALENDAR).on,
        }
        return lifecycle.move(row, "announce", by=by, now=now, changes=changes)


def _new_term(by: User, now: dt.datetime, today: dt.date, election: CommitteeElection) -> Body:
    """End the term that runs and begin the next."""
    former = election.body
    with override(settings.LANGUAGE_CODE):
        reason = gettext("A new committee has been elected.")
    bodies.end_term(by=by, now=now, body=former, on=today, reason=reason)
    return bodies.create_body(
        by=by,
        now=now,
        kind=former.kind,
        name=former.name,
        division=former.division,
        term_from=today,
        term_to=years_later(today, value(TERM_YEARS, former.division, today)),
        term_number=former.term_number + 1,
        rule_key=former.rule_key,
    )


def _post_result(
    by: User, now: dt.datetime, election: CommitteeElection, elected: list[ElectionCandidate]
) -> PublicNotice:
    with override(settings.LANGUAGE_CODE):
        lines = "\n".join(f"{one.post.get_office_display()}：{one.name}" for one in elected)
        title = gettext("Result of the election: %(body)s") % {"body": election.body.name}
        text = gettext(
            "The registered voters of %(place)s have elected:\n\n%(lines)s\n\nThe votes of every ballot stand on the page of the election."
        ) % {"place": election.division.name, "lines": lines}
    drafted = notices.draft_notice(
        by=by,
        now=now,
        title=title[:200],
        body=text,
        division=election.division,
        minimum_days=max(value(RESULT_DAYS, election.division, now.date()), 1),
        day_kind=DayKind.CALENDAR,
        contact=election.division.name,
        basis=table.LAWS,
    )
    return notices.post_notice(by=by, now=now, notice=drafted)


def file_result(*, by: User, now: dt.datetime, election: CommitteeElection, number: str) -> CommitteeElection:
    """Take the result into the file of the street or the town.

    Raises:
        MoveForbidden, MoveClosed, SamePerson, WordsMissing, WordsTooLong.
    """
    lifecycle.require(election, "file", by=by)
    said = fitting("number", number, LONGEST_NUMBER)
    return lifecycle.move(election, "file", by=by, now=now, changes={"filing_number": said})


def hand_over(
    *, by: User, now: dt.datetime, today: dt.date, election: CommitteeElection, on: dt.date, note: str
) -> CommitteeElection:
    """Record the day on which the former committee handed over seals, accounts and files, and what it handed over.

    Raises:
        NotAllowed, OwnElection, MoveClosed, WordsMissing, WordsTooLong, PersonalNumbersFound, HandOverImpossible.
    Basis: Organic Law of Villagers' Committees art. 20.
    """
    said = fitting("note", note, LONGEST_NOTE)
    refuse_personal_numbers(note=said)
    with transaction.atomic():
        row = hold(by, election)
        if row.term_from is not None and not row.term_from <= on <= today:
            raise refusals.HandOverImpossible(field="on", since=row.term_from)
        return lifecycle.move(row, "hand_over", by=by, now=now, changes={"hand_over_on": on, "hand_over_note": said})


def call_off(*, by: User, now: dt.datetime, election: CommitteeElection, reason: str) -> CommitteeElection:
    """Call an election off before the first vote; its ballots are cancelled with it.

    Raises:
        NotAllowed, OwnElection, MoveClosed, ReasonMissing.
        VoteHasBegun: a ballot has been opened.
    """
    said = fitting("reason", reason, LONGEST_NOTE, is_required=False)
    refuse_personal_numbers(reason=said)
    with transaction.atomic():
        row = hold(by, election)
        moved = lifecycle.move(row, "call_off", by=by, now=now, reason=said, changes={"end_reason": said})
        for one in row.rounds().select_related("ballot"):
            if one.ballot.status not in {BallotStatus.FROZEN, BallotStatus.CANCELLED}:
                raise refusals.VoteHasBegun
            if one.ballot.status == BallotStatus.FROZEN:
                ballots.cancel_ballot(by=by, now=now, ballot=one.ballot, reason=said)
        return moved


def annul(*, by: User, now: dt.datetime, today: dt.date, election: CommitteeElection, reason: str) -> CommitteeElection:
    """Declare an election invalid that was won by threats, bribes or false counts; whoever took a seat by it leaves it.

    Raises:
        MoveForbidden, MoveClosed, SamePerson, ReasonMissing.
    Basis: Organic Law of Villagers' Committees art. 17.
    """
    said = fitting("reason", reason, LONGEST_NOTE, is_required=False)
    refuse_personal_numbers(reason=said)
    with transaction.atomic():
        moved = lifecycle.move(election, "annul", by=by, now=now, reason=said, changes={"end_reason": said})
        if moved.elected_body is None or moved.term_from is None:
            return moved
        last = max(today, moved.term_from + DAY)
        if moved.kind == ElectionKind.TERM:
            bodies.end_term(by=by, now=now, body=moved.elected_body, on=last, reason=said)
            return moved
        names = list(moved.candidates.elected().values_list("name", flat=True))
        seats = moved.elected_body.memberships.filter(name__in=names, valid_from=moved.term_from)
        for membership in seats.order_by("pk"):
            bodies.end_membership(by=by, now=now, membership=membership, on=last, reason=said)
        return moved
