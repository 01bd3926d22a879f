"""Positions as they stand now, statements that say nearly the same, and the one gate by which results leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.utils import timezone

from communities.policy.queries import value
from consultation.topics.policy import PHASE_VERBS, PICTURE_WHILE_OPEN, Verb
from consultation.topics.queries import running_phase
from consultation.topics.statements.models import OpinionPicture, Statement, StatementVote
from consultation.topics.statements.policy import MOST_SIMILAR, SIGN, SIMILAR_FROM, likeness, pairs_of

if TYPE_CHECKING:
    import datetime as dt

    from consultation.topics.models import Topic


def latest_positions(topic: Topic) -> list[tuple[int, int, int]]:
    """Return (person, statement, sign) of everybody's latest position on the statements that are shown; one query."""
    rows = (
        StatementVote.objects.filter(statement__in=Statement.objects.shown().filter(topic=topic))
        .order_by("statement", "user", "-pk")
        .distinct("statement", "user")
    )
    taken = rows.values_list("user", "statement", "position")
    return [(user, statement, SIGN[position]) for user, statement, position in taken]


def last_position_of(topic: Topic) -> int:
    """Return the key of the newest position on a topic, 0 where nobody has taken one; one query."""
    return StatementVote.objects.filter(statement__topic=topic).aggregate(last=Max("pk"))["last"] or 0


def similar_statements(topic: Topic, text: str) -> list[Statement]:
    """Return the statements of a topic that say nearly the same, most alike first; one query.

    A topic has some hundreds of statements at most, which are compared one by one.
    """
    wanted = pairs_of(text)
    rows = Statement.objects.shown().filter(topic=topic).order_by("pk")
    found = [(-likeness(wanted, pairs_of(row.text)), row.pk, row) for row in rows]
    return [row for alike, _pk, row in sorted(found, key=lambda one: one[:2]) if -alike >= SIMILAR_FROM][:MOST_SIMILAR]


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One statement of a picture: its text, the counts of all, and of each group where enough looked at it."""

    text: str
    counts: list[int]
    groups: list[list[int] | None]

    @property
    def total(self) -> int:
        """Who looked at it."""
        return sum(self.counts)

    @property
    def percent_agree(self) -> int:
        """Whole percent that agree, never 100 unless all do."""
        return _percent(self.counts)

    @property
    def group_percents(self) -> list[int | None]:
        """Whole percent that agree, group by group."""
        return [None if counts is None else _percent(counts) for counts in self.groups]


def _percent(counts: list[int]) -> int:
    """Return the share of the first count in whole percent, rounded down."""
    return counts[0] * 100 // sum(counts) if sum(counts) else 0


@dataclass(frozen=True, slots=True)
class Results:
    """What everybody may know of where people agree: page, API and exports read it from here."""

    picture: OpinionPicture
    groups: list[dict[str, Any]]
    lines: list[ShownLine]
    uniting: list[ShownLine]
    dividing: list[ShownLine]


def results_of(topic: Topic, now: dt.datetime) -> Results | None:
    """Return where people agree, as last computed; nothing before that, nor while the place keeps it back. Two queries.

    The one gate: nobody, staff included, gets these figures in another way.
    """
    if _is_kept_back(topic, now):
        return None
    picture = topic.pictures.order_by("-pk").first()
    if picture is None:
        return None
    figures = picture.figures
    texts = dict(topic.statements.shown().values_list("pk", "text"))
    by_key = {
        line["statement"]: ShownLine(texts[line["statement"]], line["counts"], line["groups"])
        for line in figures["statements"]
        if line["statement"] in texts
    }

    def named(part: str) -> list[ShownLine]:
        return [by_key[row["statement"]] for row in figures[part] if row["statement"] in by_key]

    return Results(picture, figures["groups"], list(by_key.values()), named("uniting"), named("dividing"))


def _is_kept_back(topic: Topic, now: dt.datetime) -> bool:
    """Whether positions are still taken and the place shows results only afterwards."""
    phase = running_phase(topic, now)
    if phase is None or Verb.RATE_STATEMENT not in PHASE_VERBS[phase.kind]:
        return False
    return not value(PICTURE_WHILE_OPEN, topic.division, timezone.localdate(now))
