"""Casting a vote: one's own, that of somebody whose proxy one holds, or by the code on a slip."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Never

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from consultation.ballots.counting import Paper, read_marks
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot, Channel, RollEntry, Vote, VoteDraft
from consultation.ballots.policy import RECEIPT_SIGNS, new_receipt
from consultation.ballots.queries import shown_moment
from governance.accounts.secrets import keyed_hash
from governance.audit import operations as audit
from governance.errors import Conflict, NotAllowed, NotNow, constraint_of
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from governance.accounts.models import User


class CastNotYours(NotAllowed):
    """People vote; partner systems and the clock do not."""

    code = "cast_not_yours"
    message = _("Only a person who is signed in can vote.")


class NotOnRoll(NotAllowed):
    """The person does not stand on the frozen roll."""

    code = "not_on_roll"
    message = _(
        "You are not on the roll of this ballot. It was taken when the ballot was frozen, of those entitled then; ask the community about your entry."
    )


class BallotNotOpen(NotNow):
    """Votes are taken between opening and closing."""

    code = "ballot_not_open"
    message = _("This ballot is not open yet. It opens at %(opens)s.")


class BallotOver(NotNow):
    """Votes are taken between opening and closing."""

    code = "ballot_over"
    message = _("This ballot is over. It closed at %(closes)s.")


class BoxMissing(NotNow):
    """The box of a secret ballot is not in a database that was restored from a backup."""

    code = "box_missing"
    message = _("The box of this secret ballot is missing. The ballot must be held again; ask the community.")


class VotedAlready(Conflict):
    """A vote is cast once and cannot be changed."""

    code = "voted_already"
    message = _("A vote has already been cast for this entry of the roll. It cannot be changed.")


class DraftsRefused(NotNow):
    """A saved tick would say how somebody means to vote."""

    code = "drafts_refused"
    message = _("This ballot is secret: marks are not stored. They go into the box when you cast your vote.")


class ProxyUnknown(NotAllowed):
    """Somebody votes for another person only with a written proxy that was posted."""

    code = "proxy_unknown"
    message = _("No proxy to vote for this person has been registered for you.")


class CodeUnknown(NotAllowed):
    """A code is good for one ballot, until a vote stands for its entry."""

    code = "ballot_code_unknown"
    message = _("This code is not valid for this ballot. Look at the slip again, or ask the community.")


# --- Voting ----------------------------------------------------------------------------------------------------------


def save_draft(*, by: User, now: dt.datetime, ballot: Ballot, choices: Sequence[int]) -> VoteDraft | None:
    """Save ticks without casting them; without any, the draft is put away and None returned.

    Nobody but the person sees them, no trail is kept of them; at closing only their number is published.

    Raises:
        CastNotYours, NotOnRoll, VotedAlready, BallotNotOpen, BallotOver, ChoicesImpossible.
        DraftsRefused: the ballot is secret.
    """
    with transaction.atomic():
        require_person(by)
        found = _open_entry(OWN, [ballot.pk, by.pk], now) or _refuse(NotOnRoll())
        if found.entry.ballot.is_secret:
            raise DraftsRefused
        if not choices:
            VoteDraft.objects.filter(entry=found.entry).delete()
            return None
        marked = read_marks(found.paper, choices)
        return VoteDraft.objects.update_or_create(entry=found.entry, defaults={"choices": marked, "saved_at": now})[0]


def cast_vote(
    *, by: User, now: dt.datetime, ballot: Ballot, choices: Sequence[int], represented: int | None = None
) -> Vote:
    """Cast one's vote: once, for good. The receipt says that it was cast and nothing of what was chosen.

    `represented` is the number on the roll of somebody whose posted proxy `by` holds: then it is their vote. The first
    valid vote counts: whoever is represented may still come and vote, as long as nobody has done so for them.

    Six statements: the entry is locked, then vote, trail and event are inserted; of a secret vote there is no trail of its
    own, the closing writes down how many there were. The page shows the receipt, then and later; the event is for the
    installation's own subscribers (a text message, say) and never leaves the house.

    Raises:
        CastNotYours, NotOnRoll, ProxyUnknown: `by` is not entitled.
        VotedAlready: a vote stands, by whatever channel.
        BallotNotOpen, BallotOver, ChoicesImpossible.
    """
    require_person(by)
    which, parameters = (OWN, [ballot.pk, by.pk]) if represented is None else (HELD, [ballot.pk, by.pk, represented])
    refusal = NotOnRoll() if represented is None else ProxyUnknown()
    return _cast(which, parameters, refusal, by=by, now=now, ballot=ballot, choices=choices, channel=Channel.WEB)


def cast_by_code(
    *, by: User, now: dt.datetime, ballot: Ballot, code: str, choices: Sequence[int], channel: str = Channel.WEB
) -> Vote:
    """Cast the vote of the person to whom a slip with this code was handed; `by` is the platform's own actor.

    Raises:
        CodeUnknown: there is no such slip, or it was voided.
        VotedAlready: a vote stands for its entry, so that the code is used up.
        BallotNotOpen, BallotOver, ChoicesImpossible.
    """
    parameters = [ballot.pk, hash_of_code(code)]
    return _cast(SLIP, parameters, CodeUnknown(), by=by, now=now, ballot=ballot, choices=choices, channel=channel)


def check_code(*, now: dt.datetime, ballot: Ballot, code: str) -> None:
    """Refuse a code with which nothing can be cast now, before its holder marks anything.

    Raises:
        CodeUnknown, VotedAlready, BallotNotOpen, BallotOver.
    """
    with transaction.atomic():
        if _open_entry(SLIP, [ballot.pk, hash_of_code(code)], now) is None:
            raise CodeUnknown


def hash_of_code(code: str) -> str:
    """Return the keyed hash of a code as it was typed: spaces and dashes do not matter, nor does the size of letters."""
    return keyed_hash("".join(sign for sign in code.upper() if sign in RECEIPT_SIGNS))


def _refuse(refusal: Exception) -> Never:
    raise refusal


def _cast(
    which: str,
    parameters: list[Any],
    refusal: Exception,
    *,
    by: User,
    now: dt.datetime,
    ballot: Ballot,
    choices: Sequence[int],
    channel: str,
) -> Vote:
    try:
        with transaction.atomic():
            found = _open_entry(which, parameters, now) or _refuse(refusal)
            marked = read_marks(found.paper, choices)
            return insert_vote(found.entry, channel, marked, cast_at=now, by=by, now=now, by_proxy=which is HELD)
    except IntegrityError as error:
        raise named_refusal(error, ballot) from error


# An entry with all that decides whether its vote may be cast; the entry is locked. Written by hand, because the query set
# costs as much as the three writes of a vote together.
ENTRY = """
    SELECT entry.id, entry.number, entry.user_id, ballot.id, ballot.status, ballot.opens_at, ballot.closes_at,
        ballot.method, ballot.most_choices, ballot.is_secret, ballot.budget, ballot.division_id,
        ARRAY(SELECT number FROM consultation_ballotoption WHERE ballot_id = ballot.id ORDER BY number),
        CASE WHEN ballot.method = 'KNAPSACK' THEN
            ARRAY(SELECT cost FROM consultation_ballotoption WHERE ballot_id = ballot.id ORDER BY number)
        END,
        EXISTS (SELECT 1 FROM consultation_vote WHERE entry_id = entry.id)
    FROM consultation_rollentry AS entry JOIN consultation_ballot AS ballot ON ballot.id = entry.ballot_id
    WHERE entry.ballot_id = %s AND {which}
    FOR NO KEY UPDATE OF entry
"""
OWN = ENTRY.format(which="entry.user_id = %s")
HELD = ENTRY.format(
    which="""entry.id = (
        SELECT proxy.principal_id FROM consultation_proxy AS proxy
        JOIN consultation_rollentry AS holder ON holder.id = proxy.holder_id
        JOIN consultation_rollentry AS principal ON principal.id = proxy.principal_id
        WHERE proxy.ballot_id = ballot.id AND proxy.revoked_at IS NULL AND holder.user_id = %s AND principal.number = %s
    )"""
)
SLIP = ENTRY.format(
    which="""entry.id = (
        SELECT entry_id FROM consultation_codeslip WHERE ballot_id = ballot.id AND code_hash = %s AND voided_at IS NULL
    )"""
)


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """An entry whose vote may be cast now, and the paper that it gets."""

    entry: RollEntry
    paper: Paper


def require_person(by: User) -> None:
    """Refuse whoever is no person.

    Raises:
        CastNotYours.
    """
    if not by.has_perm("consultation.cast_vote"):
        raise CastNotYours


def _open_entry(which: str, parameters: list[Any], now: dt.datetime) -> OpenEntry | None:
    """Lock an entry and return it with its paper; one query. Both rows carry only what casting needs."""
    with connection.cursor() as cursor:
        cursor.execute(which, parameters)
        row = cursor.fetchone()
    if row is None:
        return None
    key, number, user, ballot, status, opens_at, closes_at, method, most, is_secret, budget, division, *more = row
    numbers, costs, has_voted = more
    found = Ballot(
        pk=ballot,
        status=status,
        opens_at=opens_at,
        closes_at=closes_at,
        method=method,
        most_choices=most,
        is_secret=is_secret,
        division_id=division,
    )
    if has_voted:
        raise VotedAlready
    require_open(found, now)
    paper = Paper(method, tuple(numbers), most, dict(zip(numbers, costs or (), strict=False)), budget)
    return OpenEntry(RollEntry(pk=key, ballot=found, number=number, user_id=user), paper)


def require_open(ballot: Ballot, now: dt.datetime) -> None:
    """Refuse a moment at which no votes are taken.

    Raises:
        BallotNotOpen, BallotOver.
    """
    if now >= ballot.closes_at or ballot.status not in {BallotStatus.DRAFT, BallotStatus.FROZEN, BallotStatus.OPEN}:
        raise BallotOver(closes=shown_moment(ballot.closes_at))
    if ballot.status != BallotStatus.OPEN or now < ballot.opens_at:
        raise BallotNotOpen(opens=shown_moment(ballot.opens_at))


def is_running(ballot: Ballot, now: dt.datetime) -> bool:
    """Tell whether votes are taken at this moment."""
    return ballot.status == BallotStatus.OPEN and ballot.opens_at <= now < ballot.closes_at


def insert_vote(
    entry: RollEntry,
    channel: str,
    choices: list[int],
    *,
    cast_at: dt.datetime,
    by: User,
    now: dt.datetime,
    by_proxy: bool = False,
) -> Vote:
    """Write vote, trail and event; neither of the two says what was chosen, and of a secret vote there is none."""
    is_secret = entry.ballot.is_secret
    vote = Vote.objects.create(
        ballot=entry.ballot,
        entry=entry,
        channel=channel,
        choices=choices,
        in_box=is_secret,
        cast_at=cast_at,
        cast_by=by,
        by_proxy=by_proxy,
        receipt=new_receipt(),
    )
    if is_secret:
        vote.choices = []  # as the database has it: the paper lies in the box
        return vote
    after = {"ballot": entry.ballot_id, "channel": channel}
    audit.record(by=by, verb="consultation.vote.cast", row=vote, now=now, after=after)
    outbox.emit(by=by, topic="consultation.vote.cast", row=vote, now=now, payload={"ballot": entry.ballot_id})
    return vote


def named_refusal(error: IntegrityError, ballot: Ballot) -> Exception:
    """Return the refusal behind a guard of the database that lost a race has run into."""
    name = constraint_of(error)
    if name == "vote_cast_while_open":
        return BallotOver(closes=shown_moment(Ballot.objects.get(pk=ballot.pk).closes_at))
    if name == "ballot_box_is_there":
        return BoxMissing()
    if name.startswith("consultation_vote_entry_id"):
        return VotedAlready()
    return error
