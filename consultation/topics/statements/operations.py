"""Statements proposed, checked, joined; positions taken; the picture computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from consultation.matters.policy import fitting
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from consultation.topics.operations import check_verb
from consultation.topics.policy import LONGEST_REASON, Verb
from consultation.topics.refusals import SpeakerFromElsewhere
from consultation.topics.statements.lifecycle import StatementStatus
from consultation.topics.statements.models import OpinionPicture, Statement, StatementVote
from consultation.topics.statements.picture import METHOD, fingerprint_of, picture_of
from consultation.topics.statements.policy import (
    FEWEST_SHOWN,
    LONGEST_STATEMENT,
    MOST_STATEMENTS,
    STATEMENTS_PER_PERSON,
    Position,
)
from consultation.topics.statements.queries import last_position_of, latest_positions
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow
from governance.jobs import operations as jobs
from governance.lifecycle import ReasonMissing
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    import datetime as dt

    from governance.accounts.models import User
    from governance.jobs.models import Job

PICTURE = "topics.picture"


class StatementSaid(Conflict):
    """The same words are counted once."""

    code = "statement_said"
    message = _("This statement has been proposed already. Say whether you agree with it.")


class TooManyStatements(NotNow):
    """One person fills a topic, or a topic is full."""

    code = "too_many_statements"
    message = _("No more than %(limit)s statements are possible.")


class StatementNotShown(NotNow):
    """Positions are taken to what staff has checked."""

    code = "statement_not_shown"
    message = _("This statement is not open for positions.")


class JoinedElsewhere(Invalid):
    """Statements are joined with one that people see on the same topic."""

    code = "statement_joined_elsewhere"
    message = _("Choose another statement of this topic that is open for positions.")


class PositionUnknown(Invalid):
    """One agrees, disagrees or passes."""

    code = "position_unknown"
    message = _("Choose: agree, disagree or pass.")


def propose_statement(*, by: User, now: dt.datetime, topic: Topic, text: str) -> Statement:
    """Propose a short statement while people may; what staff of the place proposes is shown at once, at any time.

    Raises:
        SpeakerFromElsewhere: `by` neither lives nor works in the place.
        VerbClosed: no phase that allows it runs.
        WordsMissing, WordsTooLong, PersonalNumbersFound: the words are not fit.
        StatementSaid, TooManyStatements: it stands there already, or there are enough.
    """
    said = " ".join(fitting("text", text, LONGEST_STATEMENT).split())
    refuse_personal_numbers(text=said)
    with transaction.atomic():
        row = Topic.objects.select_for_update(of=("self",)).select_related("division").get(pk=topic.pk)
        is_staff = by.has_perm("consultation.check_statement", row)
        if not by.has_perm("consultation.propose_statement", row):
            raise SpeakerFromElsewhere
        if not (is_staff and row.status in {TopicStatus.PREPARED, TopicStatus.ANNOUNCED}):
            check_verb(row, Verb.PROPOSE_STATEMENT, now)
        limit = value(STATEMENTS_PER_PERSON, row.division, timezone.localdate(now))
        if not is_staff and row.statements.filter(author=by).count() >= limit:
            raise TooManyStatements(limit=limit)
        if row.statements.count() >= MOST_STATEMENTS:
            raise TooManyStatements(limit=MOST_STATEMENTS)
        statement = _written(Statement(topic=row, text=said, author=by, proposed_at=now))
        audit.record(
            by=by, verb="consultation.statement.proposed", row=statement, now=now, after={"topic": row.pk, "text": said}
        )
        return lifecycle.move(statement, "show", by=by, now=now) if is_staff else statement


def _written(statement: Statement) -> Statement:
    statement.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            statement.save()
    except IntegrityError as error:
        if "statement_said_once" in str(error):
            raise StatementSaid(field="text") from error
        raise
    return statement


def refuse_statement(*, by: User, now: dt.datetime, statement: Statement, reason: str) -> Statement:
    """Refuse a statement, or take it back from the public, with a reason that who proposed it reads.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or it is refused already.
        ReasonMissing, WordsTooLong, PersonalNumbersFound: the reason is not fit.
    """
    why = fitting("reason", reason, LONGEST_REASON, is_required=False)
    if not why:
        raise ReasonMissing(field="reason")
    refuse_personal_numbers(reason=why)
    return lifecycle.move(statement, "refuse", by=by, now=now, reason=why, changes={"reason": why})


def join_statement(*, by: User, now: dt.datetime, statement: Statement, other: Statement) -> Statement:
    """Join a proposed statement with one that says the same; who proposed it is led there. Nobody's position moves.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or it was checked already.
        JoinedElsewhere: the other one is not shown on this topic.
    """
    if other.topic_id != statement.topic_id or other.status != StatementStatus.SHOWN or other.pk == statement.pk:
        raise JoinedElsewhere(field="other")
    return lifecycle.move(statement, "join", by=by, now=now, changes={"same_as": other})


def rate_statement(*, by: User, now: dt.datetime, statement: Statement, position: str) -> StatementVote:
    """Agree, disagree or pass; whoever changes their mind adds a row, the latest one counts.

    People under eighteen may (Basis: Organic Law of Urban Residents' Committees: they give opinions, they do not vote).
    The rows are their own trail; no audit entry repeats what a person thinks.

    Raises:
        SpeakerFromElsewhere: `by` neither lives nor works in the place.
        PositionUnknown: something else than the three.
        StatementNotShown, VerbClosed: not now.
    """
    if position not in Position.values:
        raise PositionUnknown(field="position")
    with transaction.atomic():
        row = Statement.objects.select_related("topic__division").get(pk=statement.pk)
        if not by.has_perm("consultation.rate_statement", row):
            raise SpeakerFromElsewhere
        if row.status != StatementStatus.SHOWN:
            raise StatementNotShown
        check_verb(row.topic, Verb.RATE_STATEMENT, now)
        last = StatementVote.objects.filter(statement=row, user=by).order_by("-pk").first()
        if last is not None and last.position == position:
            return last
        return StatementVote.objects.create(statement=row, user=by, position=position, given_at=now)


def compute_picture(*, by: User, now: dt.datetime, topic: Topic) -> OpinionPicture | None:
    """Compute where people agree from the positions as they stand; the same input gives the same, stored once.

    Nothing is computed from fewer than five people.
    """
    positions = latest_positions(topic)
    if len({person for person, _statement, _sign in positions}) < FEWEST_SHOWN:
        return None
    fingerprint = fingerprint_of(positions)
    if found := OpinionPicture.objects.filter(topic=topic, fingerprint=fingerprint).first():
        return found
    figures = picture_of(positions)
    sizes = [group["people"] for group in figures["groups"]]
    with transaction.atomic():
        made, is_new = OpinionPicture.objects.get_or_create(
            topic=topic,
            fingerprint=fingerprint,
            defaults={
                "method": METHOD,
                "people": figures["people"],
                "positions": figures["positions"],
                "smallest_group": min(sizes, default=None),
                "figures": figures,
                "computed_at": now,
            },
        )
        if is_new:
            payload = {"people": made.people, "positions": made.positions}
            outbox.emit(by=by, topic="consultation.topic.pictured", row=topic, now=now, payload=payload)
    return made


def request_pictures(*, by: User, now: dt.datetime) -> list[Job]:
    """Queue one job for each topic on which positions were taken since its last picture; the same input is queued once."""
    newer = StatementVote.objects.filter(statement__topic=OuterRef("pk")).exclude(
        Exists(OpinionPicture.objects.filter(topic=OuterRef("statement__topic"), computed_at__gt=OuterRef("given_at")))
    )
    rows = Topic.objects.filter(Exists(newer), status__in=[TopicStatus.DELIBERATED, TopicStatus.DECIDED])
    return [
        jobs.enqueue(
            by=by,
            kind=PICTURE,
            now=now,
            parameters={"topic": topic.pk},
            key=f"{PICTURE}:{topic.pk}:{last_position_of(topic)}",
        )
        for topic in rows.order_by("pk")
    ]
