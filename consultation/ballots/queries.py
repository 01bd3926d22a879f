"""Who is on the roll, how many have voted, and the one gate through which results leave the database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.policy.policy import Terms
from consultation.ballots.models import Ballot, BallotResult, RollEntry, Vote, VoteDraft
from consultation.ballots.policy import (
    CODE_VERSION,
    FORM,
    CastVote,
    Counted,
    Outcome,
    canonical,
    count_votes,
    frozen_terms,
    judge_votes,
    recount_file,
    roll_digest,
    written_terms,
)
from consultation.topics.models import Topic
from consultation.topics.policy import PhaseKind
from governance.errors import NotNow

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User

TENTH = Decimal("0.1")


class ResultsNotPublished(NotNow):
    """Results leave the database when they are published, and not before, to nobody."""

    code = "results_not_published"
    message = _("The result of this ballot has not been published. Until then only the turnout is shown.")


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many are entitled and how many have voted; shown from the opening on."""

    entitled: int
    cast: int

    @property
    def percent(self) -> Decimal:
        """The share of those entitled who voted, with one decimal."""
        return percent_of(self.cast, self.entitled)


@dataclass(frozen=True, slots=True)
class OptionResult:
    """One option with its votes and their share of the people who voted."""

    number: int
    label: StrOrPromise
    votes: int
    percent: Decimal
    is_winner: bool


@dataclass(frozen=True, slots=True)
class Results:
    """What was counted and how the decision rule judged it, as everybody may read it."""

    row: BallotResult
    lines: list[OptionResult]
    reason: str
    """The judgement in the reader's language; the row keeps it in that of the district."""

    @property
    def turnout(self) -> Turnout:
        """Who took part."""
        return Turnout(self.row.entitled, self.row.cast)


def percent_of(some: int, whole: int) -> Decimal:
    """Return a share in percent with one decimal; what is not the whole is never shown as 100."""
    if whole <= 0:
        return Decimal("0.0")
    exact = Decimal(some) * 100 / whole
    shown = exact.quantize(TENTH, rounding=ROUND_HALF_UP)
    return min(shown, Decimal("99.9")) if some < whole else shown


def turnout_of(ballot: Ballot) -> Turnout:
    """Return the turnout; one query."""
    return Turnout(ballot.entitled, Vote.objects.filter(ballot=ballot).count())


def results_of(ballot: Ballot, user: User | AnonymousUser) -> Results | None:
    """Return the results, or nothing before they are published: the only way by which a page, the API, the desk or an
    export learns of them, whoever asks. One query, and one for the options where they are not loaded.
    """
    row = BallotResult.objects.visible_to(user).filter(ballot=ballot).first()
    if row is None:
        return None
    votes = {line["number"]: line["votes"] for line in row.counts}
    lines = [
        OptionResult(
            option.number,
            option.label_in(ballot.method),
            votes.get(option.number, 0),
            percent_of(votes.get(option.number, 0), row.cast),
            is_winner=row.is_passed and option.number == row.winner,
        )
        for option in sorted(ballot.options.all(), key=lambda option: option.number)
    ]
    outcome = judge_votes(frozen_terms(ballot.frozen_text), _counted(row, ballot), row.entitled)
    return Results(row, lines, outcome.reason)


def judged_by(terms: Terms, results: Results, ballot: Ballot) -> Outcome:
    """Judge a published count by the terms of another rule."""
    return judge_votes(terms, _counted(results.row, ballot), results.row.entitled)


def _counted(row: BallotResult, ballot: Ballot) -> Counted:
    return Counted(ballot.method, tuple((line["number"], line["votes"]) for line in row.counts), row.cast)


def require_results(ballot: Ballot, user: User | AnonymousUser) -> Results:
    """Return the results.

    Raises:
        ResultsNotPublished: they have not been published.
    """
    found = results_of(ballot, user)
    if found is None:
        raise ResultsNotPublished
    return found


def recount_bytes(ballot: Ballot, user: User | AnonymousUser) -> bytes:
    """Return the recount file of a published ballot, byte for byte as it was hashed when the votes were counted.

    Raises:
        ResultsNotPublished: it has not been published.
    """
    results = require_results(ballot, user)
    return recount_file(ballot.frozen_text, votes_of(ballot), results.row.unfinished, outcome_of(ballot))


def votes_of(ballot: Ballot) -> list[CastVote]:
    """Return the votes by number on the roll, without names, for the count and the recount file; one query."""
    rows = Vote.objects.filter(ballot=ballot).order_by("entry__number")
    return [
        CastVote(number, channel, tuple(choices))
        for number, channel, choices in rows.values_list("entry__number", "channel", "choices")
    ]


def outcome_of(ballot: Ballot) -> Outcome:
    """Count and judge the votes; two queries. For `count_ballot` and the recount file: results are read by
    `results_of`.
    """
    numbers = list(ballot.options.values_list("number", flat=True))
    counted = count_votes(ballot.method, numbers, (vote.choices for vote in votes_of(ballot)))
    return judge_votes(frozen_terms(ballot.frozen_text), counted, ballot.entitled)


def unfinished_of(ballot: Ballot) -> int:
    """Return how many people saved ticks and did not cast them; one query."""
    return VoteDraft.objects.filter(entry__ballot=ballot, entry__vote=None).count()


def entry_of(ballot: Ballot, user: User | AnonymousUser) -> RollEntry | None:
    """Return the person's own entry on the roll with their vote and their draft; one query."""
    if not user.is_authenticated:
        return None
    return RollEntry.objects.filter(ballot=ballot, user=user).select_related("vote", "draft").first()


def has_voted(entry: RollEntry) -> bool:
    """Tell whether somebody on the roll has voted, by whatever channel; one query."""
    return Vote.objects.filter(entry=entry).exists()


def digest_of_roll(ballot: Ballot) -> str:
    """Return the digest of the roll as it stands in the database; one query."""
    rows = ballot.roll.order_by("number").values_list("number", "resident_id", "user_id", "name")
    return roll_digest(rows.iterator(chunk_size=2000))


def covers(topic: Topic, opens_at: dt.datetime, closes_at: dt.datetime) -> bool:
    """Tell whether a vote phase of the topic covers these times; one query."""
    phases = topic.phases.filter(kind=PhaseKind.VOTE, opens_at__lte=opens_at, closes_at__gte=closes_at)
    return phases.exists()


def frozen_document(ballot: Ballot, *, electorate_on: dt.date, entitled: int, roll: str) -> str:
    """Return the canonical text of everything that is frozen; its SHA-256 is the ballot's fingerprint."""
    rule = ballot.rule
    document: dict[str, Any] = {
        "type": "ballot",
        "form": FORM,
        "code_version": CODE_VERSION,
        "ballot": ballot.pk,
        "question": ballot.question,
        "division": ballot.division.name,
        "topic": ballot.topic.title if ballot.topic else None,
        "method": ballot.method,
        "most_choices": ballot.most_choices,
        "options": [
            {"number": option.number, "title": option.title, "text": option.text} for option in ballot.options.all()
        ],
        "is_binding": ballot.is_binding,
        "approved_method": str(ballot.approved_method) if ballot.approved_method else None,
        "rule": {
            "key": rule.key,
            "name": rule.name,
            "basis": rule.basis,
            "base": rule.base,
            **written_terms(rule.terms),
        },
        "roll": {
            "on": electorate_on.isoformat(),
            "source": ballot.roll_source,
            "body": ballot.body.name if ballot.body else None,
            "entitled": entitled,
            "sha256": roll,
        },
        "opens_at": _moment(ballot.opens_at),
        "closes_at": _moment(ballot.closes_at),
    }
    return canonical(document).decode()


def shown_moment(at: dt.datetime) -> str:
    """Write a moment for people, in the district's time."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def _moment(at: dt.datetime) -> str:
    """Write a moment in one way, whatever zone it was handed in."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
