"""Phases moved while they lie ahead, made longer while they run; the clock tells when they open and close."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from consultation.matters.policy import fitting
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import PhaseChange, TopicPhase
from consultation.topics.operations import check_windows, managed
from consultation.topics.policy import EXTENSION_DAYS, LONGEST_REASON, PhaseKind, TopicPace
from consultation.topics.refusals import (
    PhaseBeforeNotice,
    PhaseHasItsBallot,
    PhaseIsOver,
    PhaseNotLonger,
    PhasesDoNotFit,
    QuickTopicTooLong,
)
from governance import lifecycle
from governance.audit import operations as audit
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from communities.notices.models import PublicNotice
    from consultation.topics.models import Topic
    from governance.accounts.models import User


def change_phase(
    *, by: User, now: dt.datetime, phase: TopicPhase, opens_at: dt.datetime, closes_at: dt.datetime, reason: str
) -> PhaseChange:
    """Move a phase of an announced topic that lies ahead, or make the one that runs longer, which is told by a notice.

    Raises:
        TopicNotYours: `by` does not lead the topic.
        MoveClosed: the topic is not announced, or over.
        PhaseIsOver, PhaseNotLonger: the phase has ended, or runs and would not become longer.
        PhaseHasItsBallot: the ballot of the phase is frozen with its times.
        PhasesDoNotFit, PhaseBeforeNotice, QuickTopicTooLong: the new times do not fit.
        WordsMissing, WordsTooLong, PersonalNumbersFound: the reason is not fit.
    """
    why = fitting("reason", reason, LONGEST_REASON)
    refuse_personal_numbers(reason=why)
    with transaction.atomic():
        topic = managed(phase.topic, by)
        row = TopicPhase.objects.select_for_update(of=("self",)).get(pk=phase.pk)
        if topic.status not in {TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED}:
            raise lifecycle.MoveClosed(move=_("Move a phase"), status=topic.get_status_display())
        _check(topic, row, opens_at, closes_at, now)
        is_running = row.opens_at <= now
        notice = _notice_of(topic, row, closes_at, why, by=by, now=now) if is_running else None
        change = PhaseChange(
            phase=row,
            was_opens_at=row.opens_at,
            was_closes_at=row.closes_at,
            opens_at=opens_at,
            closes_at=closes_at,
            reason=why,
            notice=notice,
            changed_at=now,
            changed_by=by,
        )
        change.full_clean()
        change.save()
        row.opens_at, row.closes_at = opens_at, closes_at
        row.save(update_fields=["opens_at", "closes_at"])
        audit.record(
            by=by,
            verb="consultation.topic.phase_changed",
            row=topic,
            now=now,
            before={"phase": [row.kind, change.was_opens_at.isoformat(), change.was_closes_at.isoformat()]},
            after={"phase": [row.kind, opens_at.isoformat(), closes_at.isoformat()]},
            reason=why,
        )
        payload = {"phase": row.kind, "opens_at": opens_at.isoformat(), "closes_at": closes_at.isoformat()}
        outbox.emit(by=by, topic="consultation.topic.phase_changed", row=topic, now=now, payload=payload)
        return change


def _check(topic: Topic, row: TopicPhase, opens_at: dt.datetime, closes_at: dt.datetime, now: dt.datetime) -> None:
    """Refuse times that the phase cannot take."""
    if row.closes_at <= now:
        raise PhaseIsOver
    if row.kind == PhaseKind.VOTE and topic.ballots.exclude(status="DRAFT").exists():
        raise PhaseHasItsBallot
    if row.opens_at <= now and (opens_at != row.opens_at or closes_at <= row.closes_at):
        raise PhaseNotLonger(field="closes_at")
    if row.opens_at > now and opens_at < now:
        raise PhasesDoNotFit(field="phases", what=_("A further phase begins in the future."))
    others = topic.phases.exclude(pk=row.pk).values_list("kind", "opens_at", "closes_at")
    check_windows([*others, (row.kind, opens_at, closes_at)])
    last = topic.notice.ends_on if topic.notice and topic.pace != TopicPace.QUICK else None
    if row.opens_at > now and last is not None and timezone.localdate(opens_at) <= last:
        raise PhaseBeforeNotice(ends_on=last)
    if topic.pace == TopicPace.QUICK and topic.due_at is not None and closes_at > topic.due_at:
        raise QuickTopicTooLong(hours=(topic.due_at - (topic.announced_at or now)) // dt.timedelta(hours=1))


def _notice_of(
    topic: Topic, phase: TopicPhase, closes_at: dt.datetime, reason: str, *, by: User, now: dt.datetime
) -> PublicNotice:
    """Draft and post the notice of a longer phase, in the installation's language."""
    with override(settings.LANGUAGE_CODE):
        body = gettext(
            "The phase “%(phase)s” of the topic “%(title)s” is extended from %(before)s to %(after)s. Reason: %(reason)s"
        ) % {
            "phase": phase.get_kind_display(),
            "title": topic.title,
            "before": f"{timezone.localtime(phase.closes_at):%Y-%m-%d %H:%M}",
            "after": f"{timezone.localtime(closes_at):%Y-%m-%d %H:%M}",
            "reason": reason,
        }
        draft = notices.draft_notice(
            by=by,
            now=now,
            title=gettext("Extended: %(title)s") % {"title": topic.title},
            body=body,
            division=topic.division,
            minimum_days=max(value(EXTENSION_DAYS, topic.division, timezone.localdate(now)), 1),
            contact=topic.division.name,
            basis=gettext("Opinion on urban and rural community consultation (2015)"),
        )
    return notices.post_notice(by=by, now=now, notice=draft)


def tell_phases(*, by: User, now: dt.datetime) -> dict[str, list[int]]:
    """Tell once of each phase that has opened or closed, in the outbox; return the phases. Harmless when repeated."""
    due = {
        "opened": TopicPhase.objects.filter(opening_told_at=None, opens_at__lte=now),
        "closed": TopicPhase.objects.filter(closing_told_at=None, closes_at__lte=now),
    }
    columns = {"opened": "opening_told_at", "closed": "closing_told_at"}
    told: dict[str, list[int]] = {}
    for name, rows in due.items():
        live = rows.filter(topic__status=TopicStatus.DELIBERATED).order_by("pk")
        told[name] = [key for key in live.values_list("pk", flat=True) if _tell(key, name, columns[name], by, now)]
    return told


def _tell(key: int, name: str, column: str, by: User, now: dt.datetime) -> bool:
    """Claim a phase by a conditional update and emit its event in the same transaction."""
    with transaction.atomic():
        if not TopicPhase.objects.filter(pk=key, **{column: None}).update(**{column: now}):
            return False
        row = TopicPhase.objects.select_related("topic").get(pk=key)
        payload = {"phase": row.kind, "opens_at": row.opens_at.isoformat(), "closes_at": row.closes_at.isoformat()}
        outbox.emit(by=by, topic=f"consultation.topic.phase_{name}", row=row.topic, now=now, payload=payload)
    return True
