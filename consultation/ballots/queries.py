"""Who is on the roll, how many have voted, and the one gate through which results leave the database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.policy.policy import SMALL_CELL, Terms
from communities.policy.queries import value
from consultation.ballots.counting import Counted, Group, Paper, count_groups
from consultation.ballots.models import (
    ASSISTED,
    Ballot,
    BallotOption,
    BallotPaper,
    BallotResult,
    RollEntry,
    RollSource,
    Vote,
    VoteDraft,
)
from consultation.ballots.policy import (
    CODE_VERSION,
    FORM,
    BallotMethod,
    CastVote,
    Outcome,
    canonical,
    counted_from,
    frozen_area,
    frozen_terms,
    judge_votes,
    recount_lines,
    roll_digest,
    written_terms,
)
from consultation.topics.models import Topic
from consultation.topics.policy import PhaseKind
from governance.errors import NotNow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User

TENTH = Decimal("0.1")


class ResultsNotPublished(NotNow):
    """Results leave the database when they are published, and not before, to nobody."""

    code = "results_not_published"
    message = _("The result of this ballot has not been published. Until then only the turnout is shown.")


class ResultsTooFew(NotNow):
    """A secret result of a handful of papers tells how people voted (Basis: Personal Information Protection Law art. 51)."""

    code = "results_too_few"
    message = _("Fewer than %(fewest)s papers were cast in this secret ballot. Its result is not shown.")


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
    backers: int
    area: int | None = None

    @property
    def square_meters(self) -> Decimal | None:
        """The floor area of those behind the option."""
        return None if self.area is None else Decimal(self.area) / 100


@dataclass(frozen=True, slots=True)
class Results:
    """What was counted and how the decision rule judged it, as everybody may read it."""

    row: BallotResult
    lines: list[OptionResult]
    reason: str
    """The judgement in the reader's language; the row keeps it in that of the district."""
    counted: Counted
    is_hidden: bool = False
    """Whether the papers of a secret ballot were too few to show what they said."""

    @property
    def has_backers(self) -> bool:
        """Whether the people behind an option are others than its figure says."""
        return self.row.ballot.method in {BallotMethod.POINTS, BallotMethod.RANKED}

    @property
    def stages(self) -> list[tuple[list[tuple[StrOrPromise, int]], StrOrPromise | None]]:
        """A count in rounds by the names of the options: what each held, and what fell out."""
        names = {line.number: line.label for line in self.lines}
        return [
            ([(names[number], votes) for number, votes in stage.held], names[stage.out] if stage.out else None)
            for stage in self.counted.rounds
        ]

    @property
    def assisted(self) -> int:
        """The votes that staff took in: on paper, by telephone, on a visit."""
        return sum(int(self.row.by_channel.get(channel, 0)) for channel in ASSISTED)

    @property
    def assisted_percent(self) -> Decimal:
        """Their share of the votes cast."""
        return percent_of(self.assisted, self.row.cast)

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


def paper_of(ballot: Ballot, options: Iterable[BallotOption]) -> Paper:
    """Return what a paper of this ballot may say, from its options."""
    rows = list(options)
    costs = {row.number: row.cost for row in rows if row.cost is not None}
    return Paper(ballot.method, tuple(row.number for row in rows), ballot.most_choices, costs, ballot.budget)


def turnout_of(ballot: Ballot) -> Turnout:
    """Return the turnout; one query."""
    return Turnout(ballot.entitled, Vote.objects.filter(ballot=ballot).count())


def results_of(ballot: Ballot, user: User | AnonymousUser) -> Results | None:
    """Return the results, or nothing before they are published: the only way by which a page, the API, the desk or an
    export learns of them, whoever asks. One query, and one for the options where they are not loaded.
    """
    return results_of_all([ballot], user).get(ballot.pk)


def results_of_all(ballots: Iterable[Ballot], user: User | AnonymousUser) -> dict[int, Results]:
    """Return the results of those that are published, by the key of the ballot; as `results_of`, by one query for all."""
    asked = {ballot.pk: ballot for ballot in ballots}
    fewest: dict[tuple[int, dt.date], int] = {}
    found = {}
    for row in BallotResult.objects.visible_to(user).filter(ballot__in=list(asked)):
        ballot = asked[row.ballot_id]
        key = ballot.division_id, timezone.localdate(ballot.closes_at)
        if ballot.is_secret and key not in fewest:
            fewest[key] = fewest_papers(ballot)
        found[ballot.pk] = _results(row, ballot, fewest.get(key, 0))
    return found


def _results(row: BallotResult, ballot: Ballot, fewest: int) -> Results:
    """Show a published result; of a secret ballot with fewer papers nothing but the turnout."""
    row.ballot = ballot
    counted = counted_from(ballot.method, row.counts, row.cast, row.details)
    if ballot.is_secret and row.cast < fewest:
        return Results(row, [], str(ResultsTooFew(fewest=fewest)), counted, is_hidden=True)
    areas = dict(counted.area)
    whole = sum(votes for _number, votes in counted.counts) if ballot.method == BallotMethod.POINTS else row.cast
    lines = [
        OptionResult(
            option.number,
            option.label_in(ballot.method),
            counted.votes(option.number),
            percent_of(counted.votes(option.number), whole),
            is_winner=row.is_passed and option.number == row.winner,
            backers=counted.heads(option.number),
            area=areas.get(option.number) if counted.area else None,
        )
        for option in sorted(ballot.options.all(), key=lambda option: option.number)
    ]
    return Results(row, lines, judged_as(ballot, row, counted).reason, counted)


def fewest_papers(ballot: Ballot) -> int:
    """Return of how many papers on the result of a secret ballot is shown; one query."""
    return value(SMALL_CELL, ballot.division, timezone.localdate(ballot.closes_at))


def judged_as(ballot: Ballot, row: BallotResult, counted: Counted) -> Outcome:
    """Judge a stored count by the frozen rule, in the reader's language."""
    return judge_votes(frozen_terms(ballot.frozen_text), counted, row.entitled, frozen_area(ballot.frozen_text))


def judged_by(terms: Terms, results: Results, ballot: Ballot) -> Outcome:
    """Judge a published count by the terms of another rule."""
    return judge_votes(terms, results.counted, results.row.entitled, frozen_area(ballot.frozen_text))


def require_results(ballot: Ballot, user: User | AnonymousUser) -> Results:
    """Return the results.

    Raises:
        ResultsNotPublished: they have not been published.
        ResultsTooFew: the ballot was secret and hardly anybody voted.
    """
    found = results_of(ballot, user)
    if found is None:
        raise ResultsNotPublished
    if found.is_hidden:
        raise ResultsTooFew(fewest=fewest_papers(ballot))
    return found


def recount_bytes(ballot: Ballot, user: User | AnonymousUser) -> bytes:
    """Return the recount file of a published ballot, byte for byte as it was hashed when the votes were counted.

    Raises:
        ResultsNotPublished: it has not been published.
    """
    results = require_results(ballot, user)
    return b"".join(lines_of(ballot, results.row.unfinished, outcome_of(ballot), channels_in(ballot)))


def lines_of(ballot: Ballot, unfinished: int, outcome: Outcome, by_channel: dict[str, int]) -> Iterator[bytes]:
    """Write the recount file of a closed ballot line by line; the rows come from the database in pieces."""
    return recount_lines(ballot.frozen_text, votes_of(ballot), by_channel, unfinished, outcome)


def votes_of(ballot: Ballot) -> Iterator[CastVote]:
    """Give the votes by number, without names, for the recount file; one query.

    The number is that on the roll; of a secret ballot it is that which the paper got when the box was mixed.
    """
    if ballot.is_secret:
        papers = BallotPaper.objects.filter(ballot=ballot).order_by("number").values_list("number", "choices")
        for number, choices in papers.iterator(chunk_size=5000):
            yield CastVote(number, "", tuple(choices))
        return
    rows = Vote.objects.filter(ballot=ballot).order_by("entry__number")
    columns = ("entry__number", "channel", "choices", "entry__area")
    for number, channel, choices, area in rows.values_list(*columns).iterator(chunk_size=5000):
        yield CastVote(number, channel, tuple(choices), area)


# Equal papers are added up by the database: what it returns is as long as there are different papers.
GROUPS = """
    SELECT vote.choices, count(*), coalesce(sum(entry.area), 0) FROM consultation_vote AS vote
    JOIN consultation_rollentry AS entry ON entry.id = vote.entry_id
    WHERE vote.ballot_id = %s GROUP BY vote.choices
"""
HEADS = "SELECT choices, count(*), 0 FROM {table} WHERE ballot_id = %s GROUP BY choices"


def groups_of(ballot: Ballot) -> list[Group]:
    """Return the papers of a closed ballot in groups of equal ones; one query."""
    if ballot.roll_source == RollSource.OWNERS:
        statement = GROUPS
    else:
        statement = HEADS.format(table="consultation_ballotpaper" if ballot.is_secret else "consultation_vote")
    with connection.cursor() as cursor:
        cursor.execute(statement, [ballot.pk])
        return [Group(tuple(choices), heads, int(area)) for choices, heads, area in cursor.fetchall()]


def channels_in(ballot: Ballot) -> dict[str, int]:
    """Return the number of votes by channel; one query."""
    rows = Vote.objects.filter(ballot=ballot).values_list("channel").annotate(found=Count("pk")).order_by("channel")
    return dict(rows)


def outcome_of(ballot: Ballot) -> Outcome:
    """Count and judge the votes; two queries. For `count_ballot` and the recount file: results are read by
    `results_of`.
    """
    numbers = list(ballot.options.values_list("number", flat=True))
    counted = count_groups(ballot.method, numbers, groups_of(ballot))
    return judge_votes(frozen_terms(ballot.frozen_text), counted, ballot.entitled, ballot.area)


def unfinished_of(ballot: Ballot) -> int:
    """Return how many people saved ticks and did not cast them; one query."""
    return VoteDraft.objects.filter(entry__ballot=ballot, entry__vote=None).count()


def entry_of(ballot: Ballot, user: User | AnonymousUser) -> RollEntry | None:
    """Return the person's own entry on the roll with their vote and their draft; one query."""
    if not user.is_authenticated:
        return None
    return RollEntry.objects.filter(ballot=ballot, user=user).select_related("vote", "draft").first()


def represented_by(ballot: Ballot, user: User | AnonymousUser) -> list[RollEntry]:
    """Return the entries for whom this person votes as a proxy and for whom no vote stands; one query."""
    if not user.is_authenticated:
        return []
    held = RollEntry.objects.filter(
        ballot=ballot, vote=None, proxies_given__revoked_at=None, proxies_given__holder__user=user
    )
    return list(held.order_by("number"))


def represented_as(ballot: Ballot, user: User | AnonymousUser, number: int) -> RollEntry | None:
    """Return the entry with this number for whom this person votes as a proxy, or has voted so; one query.

    Not that of somebody who came and voted first: how they voted is theirs.
    """
    if not user.is_authenticated:
        return None
    held = RollEntry.objects.filter(
        Q(vote=None) | Q(vote__by_proxy=True, vote__cast_by=user),
        ballot=ballot,
        number=number,
        proxies_given__revoked_at=None,
        proxies_given__holder__user=user,
    )
    return held.select_related("vote").first()


def has_voted(entry: RollEntry) -> bool:
    """Tell whether somebody on the roll has voted, by whatever channel; one query."""
    return Vote.objects.filter(entry=entry).exists()


def digest_of_roll(ballot: Ballot) -> str:
    """Return the digest of the roll as it stands in the database; one query."""
    rows = ballot.roll.order_by("number").values_list("number", "resident_id", "user_id", "name", "area")
    return roll_digest(rows.iterator(chunk_size=2000))


def covers(topic: Topic, opens_at: dt.datetime, closes_at: dt.datetime) -> bool:
    """Tell whether a vote phase of the topic covers these times; one query."""
    phases = topic.phases.filter(kind=PhaseKind.VOTE, opens_at__lte=opens_at, closes_at__gte=closes_at)
    return phases.exists()


def list_posted_on(ballot: Ballot) -> dt.date | None:
    """Return the day on which the list of the registered voters was posted; None where no list is voted by. One query."""
    if ballot.roll_source != RollSource.VOTERS:
        return None
    notice = ballot.voters.voter_list.notice
    return notice.starts_on if notice else None


def frozen_document(
    ballot: Ballot, *, electorate_on: dt.date, entitled: int, roll: str, area: int | None = None
) -> str:
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
        "is_secret": ballot.is_secret,
        "budget": _yuan(ballot.budget),
        "options": [
            {"number": option.number, "title": option.title, "text": option.text, "cost": _yuan(option.cost)}
            for option in ballot.options.all()
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
            "area": area,
            "sha256": roll,
        },
        "opens_at": _moment(ballot.opens_at),
        "closes_at": _moment(ballot.closes_at),
    }
    return canonical(document).decode()


def _yuan(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def shown_moment(at: dt.datetime) -> str:
    """Write a moment for people, in the district's time."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def _moment(at: dt.datetime) -> str:
    """Write a moment in one way, whatever zone it was handed in."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
