"""Decisions from the draft to what came of them."""

from __future__ import annotations

import datetime as dt
import logging
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.notices.models import ObjectionOutcome
from communities.people.policy import refuse_personal_numbers
from communities.policy.policy import TOPIC_DECISION_PUBLICITY
from communities.policy.queries import rule_on, value
from consultation.ballots.policy import grouped
from consultation.ballots.queries import judged_by, results_of
from consultation.decisions.lifecycle import DecisionStatus
from consultation.decisions.models import Decision
from consultation.meetings.policy import COSTLY_ABOVE, COSTLY_RULE, ORDINARY_RULE
from consultation.meetings.record import Resolution
from consultation.topics import operations as topics
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from governance import lifecycle
from governance.audit import operations as audit
from governance.calendar.days import DayKind
from governance.errors import Conflict, DomainError, Invalid, NotAllowed, NotNow

if TYPE_CHECKING:
    from communities.notices.models import PublicNotice
    from communities.policy.models import DecisionRule
    from consultation.ballots.models import Ballot
    from governance.accounts.models import User

logger = logging.getLogger(__name__)


class BallotDecidesNothing(NotNow):
    """A decision cites a ballot on its topic that passed and was published."""

    code = "ballot_decides_nothing"
    message = _("This ballot decides nothing here: it must be on this topic, published, and passed.")


class ResolutionDecidesNothing(NotNow):
    """A decision cites a resolution on its topic that passed and was published."""

    code = "resolution_decides_nothing"
    message = _("This resolution decides nothing here: it must be on this topic, published, and passed.")


class OneGround(Invalid):
    """A decision rests on one vote."""

    code = "one_ground"
    message = _("A decision rests on one ballot or on one resolution.")


class CostlierThanResolved(NotNow):
    """What a meeting resolved on a smaller cost does not carry a larger one."""

    code = "costlier_than_resolved"
    message = _("The meeting resolved on at most %(limit)s yuan.")


class CostlyNeedsMore(NotNow):
    """A costly decision of the council needs two thirds (Basis: default of the council's rules)."""

    code = "costly_needs_more"
    message = _("A decision of more than %(limit)s yuan needs the rule “%(rule)s”. %(judgement)s")


class BallotUsed(Conflict):
    """One ballot or resolution carries one decision."""

    code = "ballot_used"
    message = _("There is already a decision from this ballot or resolution.")


class TextMissing(Invalid):
    """Something has to be said."""

    code = "text_missing"
    message = _("Write what was decided or done.")


def draft_decision(
    *,
    by: User,
    now: dt.datetime,
    topic: Topic,
    text: str,
    ballot: Ballot | None = None,
    resolution: Resolution | None = None,
    cost_estimate: Decimal | str = "0",
) -> Decision:
    """Draft the decision of a topic from the ballot or the resolution that passed it, with its expected cost.

    A ballot by the council's ordinary rule carries a costly decision only if its votes also meet the council's rule for
    costly matters. A resolution was judged by the rule for the cost that was put to the meeting, and carries no more.

    Raises:
        NotAllowed: `by` does not work in the place.
        OneGround: neither a ballot nor a resolution, or both.
        BallotDecidesNothing, CostlyNeedsMore, BallotUsed: the ballot does not carry it.
        ResolutionDecidesNothing, CostlierThanResolved: the resolution does not carry it.
        TextMissing, PersonalNumbersFound: the text cannot be posted.
    Basis: opinion on urban and rural community consultation 2015.
    """
    if not by.has_perm("consultation.manage_decision", topic):
        raise NotAllowed
    said, cost = _read_text(text, "text"), Decimal(cost_estimate)
    if ballot is not None and resolution is None:
        _check_ballot(by, topic, ballot, cost)
    elif resolution is not None and ballot is None:
        _check_resolution(topic, resolution, cost)
    else:
        raise OneGround(field="ballot")
    row = Decision(
        number=_number(now, ballot, resolution),
        topic=topic,
        ballot=ballot,
        resolution=resolution,
        division=topic.division,
        text=said,
        cost_estimate=cost,
        drafted_at=now,
        drafted_by=by,
    )
    row.full_clean(validate_unique=False)
    try:
        with transaction.atomic():
            row.save()
            ground = {"ballot": ballot.pk} if ballot is not None else {"resolution": resolution and resolution.number}
            after = {**ground, "cost_estimate": cost}
            audit.record(by=by, verb="consultation.decision.drafted", row=row, now=now, after=after)
    except IntegrityError as error:
        if Decision.objects.filter(ballot=ballot, resolution=resolution).exists():
            raise BallotUsed from error
        raise
    return row


def _number(now: dt.datetime, ballot: Ballot | None, resolution: Resolution | None) -> str:
    year = timezone.localdate(now).year
    if ballot is not None:
        return f"JD{year}-{ballot.pk:06d}"
    return f"JD{year}-Y{resolution.pk:05d}" if resolution is not None else ""


def _check_resolution(topic: Topic, resolution: Resolution, cost: Decimal) -> None:
    """Refuse a resolution on something else, one that was not passed in public, or one on a smaller cost."""
    row = Resolution.objects.carrying().filter(pk=resolution.pk, item__topic=topic).first()
    if row is None:
        raise ResolutionDecidesNothing(field="resolution")
    limit = row.cost_estimate
    if cost > limit:
        raise CostlierThanResolved(field="cost_estimate", limit=f"{limit.normalize():f}")


def _read_text(text: str, field: str) -> str:
    """Return a text that everybody will read."""
    said = text.strip()
    if not said:
        raise TextMissing(field=field)
    refuse_personal_numbers(**{field: said})
    return said


def _check_ballot(by: User, topic: Topic, ballot: Ballot, cost: Decimal) -> None:
    results = results_of(ballot, by)
    if results is None or not results.row.is_passed or ballot.topic_id != topic.pk:
        raise BallotDecidesNothing(field="ballot")
    opens_on = timezone.localdate(ballot.opens_at)
    limit = value(COSTLY_ABOVE, topic.division, opens_on)
    if ballot.rule.key != ORDINARY_RULE or cost <= limit:
        return
    rule = rule_on(COSTLY_RULE, opens_on)
    outcome = judged_by(rule.terms, results, ballot)
    if not outcome.is_passed:
        raise CostlyNeedsMore(
            field="cost_estimate", limit=f"{limit.normalize():f}", rule=rule.name, judgement=outcome.reason
        )


def post_decision(*, by: User, now: dt.datetime, today: dt.date, decision: Decision) -> Decision:
    """Post the decision for objections, for the days that its rule or the place asks for; the topic is decided.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or it was posted before.
    Basis: opinion on urban and rural community consultation 2015.
    """
    with transaction.atomic():
        rows = Decision.objects.select_for_update(of=("self",)).for_detail()
        row = rows.get(pk=decision.pk)
        step = lifecycle.of(row).by_name["put_up"]
        if row.status not in step.sources or not lifecycle.may(row, step, by):
            return lifecycle.move(row, "put_up", by=by, now=now)  # refuses with its own reason
        notice = _post_notice(row, by, now, today)
        if row.topic.status == TopicStatus.DELIBERATED:
            topics.record_decision(by=by, now=now, topic=row.topic)
        return lifecycle.move(row, "put_up", by=by, now=now, changes={"notice": notice})


def _post_notice(row: Decision, by: User, now: dt.datetime, today: dt.date) -> PublicNotice:
    """Post the notice in the language of the district; it says how the vote went, since that is published."""
    rule = _rule_of(row)
    days, kind = rule.publicity_days, rule.publicity_day_kind
    if not days:
        days, kind = value(TOPIC_DECISION_PUBLICITY, row.division, today), DayKind.WORKING
    with override(settings.LANGUAGE_CODE):
        title = gettext("Decision: %(topic)s") % {"topic": row.topic.title}
        body = gettext("%(text)s\n\nDecision %(number)s\nEstimated cost: %(cost)s yuan\n%(ground)s") % {
            "text": row.text,
            "number": row.number,
            "cost": f"{row.cost_estimate:,.2f}",
            "ground": _ground_of(row),
        }
    drafted = notices.draft_notice(
        by=by,
        now=now,
        title=title[:200],
        body=body,
        division=row.division,
        minimum_days=max(days, 1),
        day_kind=kind,
        contact=row.division.name,
        basis=rule.basis,
    )
    return notices.post_notice(by=by, now=now, notice=drafted)


def _rule_of(row: Decision) -> DecisionRule:
    """Return the rule by which the vote behind a decision was judged."""
    if row.ballot is not None:
        return row.ballot.rule
    if row.resolution is None:  # pragma: no cover - decision_rests_on_one_vote
        raise OneGround
    return row.resolution.rule


def _ground_of(row: Decision) -> str:
    """Say by which vote it was decided."""
    if row.ballot is not None:
        text = gettext("Vote: %(question)s\n%(judgement)s\nFingerprint of the ballot: %(fingerprint)s")
        fingerprint = grouped(row.ballot.fingerprint)
        return text % {
            "question": row.ballot.question,
            "judgement": row.ballot.result.reason,
            "fingerprint": fingerprint,
        }
    if row.resolution is None:  # pragma: no cover - decision_rests_on_one_vote
        return ""
    meeting = row.resolution.item.meeting
    text = gettext("Resolution %(number)s of %(body)s, %(day)s\n%(judgement)s\nSHA-256 of the minutes: %(sha256)s")
    return text % {
        "number": row.resolution.number,
        "body": meeting.body.name,
        "day": timezone.localdate(meeting.held_at),
        "judgement": row.resolution.reason,
        "sha256": grouped(meeting.minutes_sha256),
    }


def settle_posted_decisions(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Make every posted decision final or overturned as its notice has closed; return their ids.

    The topic of an overturned decision is deliberated again.

    Each in its own transaction; one that cannot be moved never stops the others. Harmless when repeated.
    """
    del today  # the notice counts the days
    settled = []
    rows = Decision.objects.filter(status=DecisionStatus.POSTED, notice__closed_at__isnull=False).order_by("pk")
    for row in list(rows.select_related("notice", "topic")):
        try:
            _settle(row, by, now)
        except (DomainError, IntegrityError) as refusal:
            logger.warning("decision not settled", extra={"decision": row.pk, "reason": type(refusal).__name__})
            continue
        settled.append(row.pk)
    return settled


def _settle(row: Decision, by: User, now: dt.datetime) -> None:
    """Make a decision final, or overturn it and deliberate its topic again."""
    is_upheld = row.notice is not None and row.notice.objections.filter(outcome=ObjectionOutcome.UPHELD).exists()
    with transaction.atomic():
        if not is_upheld:
            lifecycle.move(row, "make_final", by=by, now=now)
            return
        lifecycle.move(row, "overturn", by=by, now=now)
        if row.topic.status == TopicStatus.DECIDED:
            with override(settings.LANGUAGE_CODE):
                reason = gettext("An objection to decision %(number)s was upheld.") % {"number": row.number}
            topics.reopen_topic(by=by, now=now, topic=row.topic, reason=reason)
