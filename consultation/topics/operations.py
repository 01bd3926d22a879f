"""Topics prepared from matters, announced, deliberated and closed; opinions given, supported and hidden."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.notices.lifecycle import NoticeStatus
from communities.notices.models import Attachment, ObjectionOutcome, PublicNotice, Visibility
from communities.people.policy import refuse_personal_numbers
from communities.policy.policy import TOPIC_NOTICE_DAYS
from communities.policy.queries import value
from consultation.matters import operations as matters_room
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter
from consultation.matters.policy import fitting
from consultation.topics.acting import Window, check_verb, check_windows, class_of, end_of, locked, managed
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Opinion, OpinionSupport, Stance, Topic, TopicMatter, TopicPhase
from consultation.topics.policy import (
    DEEP_DAYS,
    DEEPEST_REPLY,
    LONGEST_AFFECTED,
    LONGEST_OPINION,
    LONGEST_REASON,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_PHASES,
    OPINIONS_PER_PERSON,
    QUICK_HOURS,
    PhaseKind,
    TopicPace,
    Verb,
)
from consultation.topics.refusals import (
    DocumentNotPublic,
    MatterElsewhere,
    MatterInAnotherTopic,
    NothingToAnnounce,
    OpinionIsHidden,
    OwnOpinion,
    PhaseBeforeNotice,
    PhasesDoNotFit,
    PhasesStay,
    PlaceIsClosed,
    QuickTopicTooLong,
    ReplyElsewhere,
    ReplyTooDeep,
    SpeakerFromElsewhere,
    SupportRepeated,
    TooManyOpinions,
    TopicNoticeRunning,
    TopicNotYours,
    TopicObjectedTo,
)
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import DomainError
from governance.lifecycle import ReasonMissing
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communities.territory.models import Division
    from governance.accounts.models import User

logger = logging.getLogger(__name__)


def prepare_topic(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    title: str,
    text: str,
    matters: Sequence[Matter],
    affected: str = "",
    phases: Sequence[Window] = (),
    documents: Sequence[Attachment] = (),
    list_item: int | None = None,
    pace: str = TopicPace.NORMAL,
) -> Topic:
    """Prepare a topic out of matters, which are taken up by it; nobody but the staff sees it before it is announced.

    A deep topic has its days from now on, as one has that a resident raised from its acceptance on.

    Raises:
        TopicNotYours, PlaceIsClosed: not by this person, not here.
        WordsMissing, WordsTooLong, PersonalNumbersFound: the words are not fit.
        ItemUnknown: the consultation list of the place has no such item.
        PhasesDoNotFit: the phases run backwards or overlap.
        DocumentNotPublic, MatterElsewhere, MatterInAnotherTopic: what hangs on it does not belong there.
        MoveForbidden, MoveClosed, MoveHindered: a matter was not sorted to deliberation.
    Basis: opinion on urban and rural community consultation 2015.
    """
    if not by.has_perm("consultation.manage_topic", division):
        raise TopicNotYours
    if not division.is_open:
        raise PlaceIsClosed(field="division", place=division)
    topic = Topic(
        title=fitting("title", title, LONGEST_TITLE),
        text=fitting("text", text, LONGEST_TEXT),
        affected=fitting("affected", affected, LONGEST_AFFECTED, is_required=False),
        division=division,
        prepared_at=now,
        prepared_by=by,
        pace=pace,
        due_at=end_of(DEEP_DAYS, division, now) if pace == TopicPace.DEEP else None,
        **class_of(list_item, division, now),
    )
    refuse_personal_numbers(title=topic.title, text=topic.text, affected=topic.affected)
    check_windows(phases)
    if hidden := next((file for file in documents if file.visibility != Visibility.PUBLIC), None):
        raise DocumentNotPublic(field="documents", name=hidden.name)
    with transaction.atomic():
        topic.full_clean()
        topic.save()
        topic.documents.set(documents)
        _write_phases(topic, phases)
        _take_up(topic, matters, by, now)
        audit.record(
            by=by,
            verb="consultation.topic.prepared",
            row=topic,
            now=now,
            after={"title": topic.title, "matters": [matter.number for matter in matters], "phases": _plain(phases)},
            basis="Opinion on urban and rural community consultation 2015",
        )
    return topic


def _write_phases(topic: Topic, phases: Sequence[Window]) -> None:
    TopicPhase.objects.bulk_create(
        TopicPhase(topic=topic, kind=kind, opens_at=opens_at, closes_at=closes_at)
        for kind, opens_at, closes_at in sorted(phases, key=lambda phase: phase[1])
    )


def _plain(phases: Sequence[Window]) -> list[list[str]]:
    return [[str(kind), opens_at.isoformat(), closes_at.isoformat()] for kind, opens_at, closes_at in phases]


def _take_up(topic: Topic, matters: Sequence[Matter], by: User, now: dt.datetime) -> None:
    """Tie the matters to the topic and move each; locked in the order of their keys."""
    keys = sorted({matter.pk for matter in matters})
    rows = Matter.objects.select_for_update(of=("self",)).select_related("division").filter(pk__in=keys)
    for row in rows.order_by("pk"):
        if not row.division.path.startswith(topic.division.path):
            raise MatterElsewhere(field="matters", number=row.number)
        if row.status == MatterStatus.SORTED:
            _tie(topic, row)
        lifecycle.move(row, "take_up", by=by, now=now)


def _tie(topic: Topic, matter: Matter) -> None:
    try:
        with transaction.atomic():
            TopicMatter.objects.create(topic=topic, matter=matter)
    except IntegrityError as error:
        raise MatterInAnotherTopic(field="matters") from error


def set_phases(*, by: User, now: dt.datetime, topic: Topic, phases: Sequence[Window]) -> Topic:
    """Set the phases anew while the topic is in preparation.

    Raises:
        TopicNotYours: `by` does not lead it.
        PhasesStay: it has been announced.
        PhasesDoNotFit: the phases run backwards or overlap.
    """
    check_windows(phases)
    with transaction.atomic():
        row = managed(topic, by)
        if row.status != TopicStatus.PREPARED:
            raise PhasesStay
        row.phases.all().delete()
        _write_phases(row, phases)
        audit.record(by=by, verb="consultation.topic.phases_set", row=row, now=now, after={"phases": _plain(phases)})
        return row


def add_phase(
    *, by: User, now: dt.datetime, topic: Topic, kind: str, opens_at: dt.datetime, closes_at: dt.datetime
) -> Topic:
    """Add a phase after the last one of a topic under deliberation: a longer discussion, a second vote.

    Raises:
        TopicNotYours: `by` does not lead it.
        MoveClosed: it is over.
        PhasesDoNotFit: the phase begins in the past, or before the last one has ended.
    """
    window = (kind, opens_at, closes_at)
    with transaction.atomic():
        row = managed(topic, by)
        if row.status not in {TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED}:
            raise lifecycle.MoveClosed(move=_("Add a phase"), status=row.get_status_display())
        if opens_at < now:
            raise PhasesDoNotFit(field="phases", what=_("A further phase begins in the future."))
        last = row.phases.order_by("-closes_at").first()
        if row.phases.count() >= MOST_PHASES:
            raise PhasesDoNotFit(field="phases", what=_("A topic has a few phases only."))
        check_windows([window], after=last.closes_at if last else None)
        _write_phases(row, [window])
        audit.record(by=by, verb="consultation.topic.phase_added", row=row, now=now, after={"phases": _plain([window])})
        return row


def announce_topic(*, by: User, now: dt.datetime, topic: Topic) -> Topic:
    """Announce a topic: draft and post its public notice for the days that the place sets (`topic.notice_days`).

    Raises:
        MoveForbidden, MoveClosed, NoticeNotYours: `by` may not, or it is announced already.
        NothingToAnnounce, PhaseBeforeNotice: no phase, or one that opens while the notice still runs.
        QuickTopicTooLong: a quick topic would take longer than its hours, or has a vote.
        PersonalNumbersFound: the text would publish personal numbers.
    Basis: opinion on urban and rural community consultation 2015.
    """
    with transaction.atomic():
        row = locked(topic)
        phases = list(row.phases.all())
        if row.status == TopicStatus.PREPARED and not phases:
            raise NothingToAnnounce
        due_at = _check_quick(row, phases, now) if row.pace == TopicPace.QUICK else None
        notice = _notice_of(row, phases, by, now) if row.status == TopicStatus.PREPARED else row.notice
        moved = lifecycle.move(row, "announce", by=by, now=now, changes={"notice": notice, "due_at": due_at})
        last = notice.ends_on if notice and row.pace != TopicPace.QUICK else None
        if last is not None and timezone.localdate(phases[0].opens_at) <= last:
            raise PhaseBeforeNotice(ends_on=last)
        return moved


def _check_quick(topic: Topic, phases: Sequence[TopicPhase], now: dt.datetime) -> dt.datetime:
    """Return when a quick topic must be over; its notice runs along with it, so that it binds nobody."""
    hours = value(QUICK_HOURS, topic.division, timezone.localdate(now))
    until = now + dt.timedelta(hours=hours)
    if any(phase.kind == PhaseKind.VOTE or phase.closes_at > until for phase in phases):
        raise QuickTopicTooLong(hours=hours)
    return until


def _notice_of(topic: Topic, phases: Sequence[TopicPhase], by: User, now: dt.datetime) -> PublicNotice:
    """Draft and post the notice, in the installation's language."""
    days = 1 if topic.pace == TopicPace.QUICK else value(TOPIC_NOTICE_DAYS, topic.division, timezone.localdate(now))
    with override(settings.LANGUAGE_CODE):
        lines = [topic.text]
        if topic.affected:
            lines.append(gettext("Who is affected: %(affected)s") % {"affected": topic.affected})
        for phase in phases:
            lines.append(
                gettext("%(phase)s: %(from)s to %(to)s")
                % {"phase": phase.get_kind_display(), "from": _minute(phase.opens_at), "to": _minute(phase.closes_at)}
            )
        draft = notices.draft_notice(
            by=by,
            now=now,
            title=gettext("Topic for deliberation: %(title)s") % {"title": topic.title},
            body="\n\n".join(lines),
            division=topic.division,
            minimum_days=max(days, 1),
            contact=topic.division.name,
            basis=gettext("Opinion on urban and rural community consultation (2015)"),
            attachments=list(topic.documents.all()),
        )
    return notices.post_notice(by=by, now=now, notice=draft)


def _minute(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def begin_deliberation(*, by: User, now: dt.datetime, topic: Topic) -> Topic:
    """Begin the deliberation when the notice has run its days and no objection to it was upheld.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or it is not announced.
        TopicNoticeRunning, TopicObjectedTo: the notice stands in the way.
    Basis: opinion on urban and rural community consultation 2015.
    """
    with transaction.atomic():
        row = locked(topic)
        if row.status == TopicStatus.ANNOUNCED and row.notice is not None:
            _check_notice(row.notice, timezone.localdate(now), runs_along=row.pace == TopicPace.QUICK)
        return lifecycle.move(row, "begin_deliberation", by=by, now=now)


def _check_notice(notice: PublicNotice, today: dt.date, *, runs_along: bool) -> None:
    """Refuse while the notice runs, waits for an answer, or lost against an objection."""
    if runs_along:
        pass
    elif notice.status == NoticeStatus.POSTED and notice.ends_on is not None and today <= notice.ends_on:
        raise TopicNoticeRunning(ends_on=notice.ends_on)
    if notice.objections.unanswered().exists():
        raise TopicObjectedTo(what=_("An objection to the notice of this topic has not been answered."))
    if notice.objections.filter(outcome=ObjectionOutcome.UPHELD).exists():
        raise TopicObjectedTo(what=_("An objection to this topic was upheld. Withdraw it and prepare it anew."))


def begin_due_deliberations(*, by: User, now: dt.datetime) -> list[int]:
    """Begin the topics of which a phase has opened and whose notice is over; return their ids.

    Each in its own transaction; one that cannot begin is left and never stops the others. Harmless when repeated.
    """
    begun = []
    for key in list(Topic.objects.due_to_begin(now).order_by("pk").values_list("pk", flat=True)):
        try:
            begin_deliberation(by=by, now=now, topic=Topic(pk=key))
        except DomainError as refusal:
            logger.info("topic not begun", extra={"topic": key, "reason": refusal.code})
            continue
        begun.append(key)
    return begun


def record_decision(*, by: User, now: dt.datetime, topic: Topic) -> Topic:
    """Mark a topic as decided; called where its decision is made.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: `by` may not, it is not under deliberation, or there is no decision.
    """
    return lifecycle.move(topic, "record_decision", by=by, now=now)


def reopen_topic(*, by: User, now: dt.datetime, topic: Topic, reason: str) -> Topic:
    """Deliberate a decided topic again, because its decision was overturned; add the phases that are needed.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: `by` may not, it is not decided, or no reason is given.
    """
    return lifecycle.move(topic, "reopen", by=by, now=now, reason=reason.strip())


def close_topic(*, by: User, now: dt.datetime, topic: Topic, reason: str) -> Topic:
    """Close a topic; people whose matter it grew from and who have no answer yet get the reason as their answer.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: `by` may not, it is not open, or no reason is given.
    """
    return _end(topic, "close", by, now, reason)


def withdraw_topic(*, by: User, now: dt.datetime, topic: Topic, reason: str) -> Topic:
    """Withdraw a topic before it is deliberated; the people behind its matters get the reason as their answer.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: `by` may not, it is too late, or no reason is given.
    """
    return _end(topic, "withdraw", by, now, reason)


def _end(topic: Topic, name: str, by: User, now: dt.datetime, reason: str) -> Topic:
    said = fitting("reason", reason, LONGEST_TEXT, is_required=False)
    if not said:
        raise ReasonMissing(field="reason")
    refuse_personal_numbers(reason=said)
    with transaction.atomic():
        moved = lifecycle.move(topic, name, by=by, now=now, reason=said)
        with override(settings.LANGUAGE_CODE):
            reply = gettext("The topic “%(title)s” that your matter became has ended: %(reason)s") % {
                "title": moved.title,
                "reason": said,
            }
        for matter in moved.matters.filter(status=MatterStatus.TAKEN_UP).order_by("pk"):
            matters_room.answer_matter(by=by, now=now, matter=matter, reply=reply[:2000])
        return moved


def give_opinion(
    *,
    by: User,
    now: dt.datetime,
    topic: Topic,
    text: str,
    stance: str = Stance.NEUTRAL,
    parent: Opinion | None = None,
) -> Opinion:
    """Say something on a topic while its discussion runs, or reply; the author's name is masked for the public.

    People under eighteen may: an opinion is no vote (Basis: Organic Law of Urban Residents' Committees).

    Raises:
        SpeakerFromElsewhere: `by` neither lives nor works in the place.
        VerbClosed: no discussion runs.
        WordsMissing, WordsTooLong, PersonalNumbersFound: the words are not fit.
        TooManyOpinions: this person has said enough; replies are not counted.
        OpinionIsHidden, ReplyTooDeep, ReplyElsewhere: what is replied to is not there for it.
    """
    said = fitting("text", text, LONGEST_OPINION)
    refuse_personal_numbers(text=said)
    with transaction.atomic():
        with connection.cursor() as cursor:  # one person's two browsers wait for each other, other people do not
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('consultation.opinion'), %s)", [by.pk % 2**31])
        row = Topic.objects.select_related("division").get(pk=topic.pk)
        if not by.has_perm("consultation.give_opinion", row):
            raise SpeakerFromElsewhere
        check_verb(row, Verb.GIVE_OPINION, now)
        limit = value(OPINIONS_PER_PERSON, row.division, timezone.localdate(now))
        if parent is None and row.opinions.filter(author=by, parent=None).count() >= limit:
            raise TooManyOpinions(limit=limit)
        opinion = Opinion(topic=row, author=by, text=said, stance=stance, given_at=now)
        if parent is not None:
            _hang(opinion, parent, row)
        opinion.full_clean()
        opinion.save()
        audit.record(
            by=by,
            verb="consultation.opinion.given",
            row=opinion,
            now=now,
            after={"topic": row.pk, "stance": stance, "text": said[:200]},
        )
        outbox.emit(by=by, topic="consultation.opinion.given", row=opinion, now=now, payload={"topic": row.pk})
        return opinion


def _hang(opinion: Opinion, parent: Opinion, topic: Topic) -> None:
    """Hang a reply below what it replies to; a reply has no stance of its own."""
    if parent.topic_id != topic.pk:
        raise ReplyElsewhere(field="parent")
    if parent.hidden_at is not None:
        raise OpinionIsHidden
    if parent.depth >= DEEPEST_REPLY:
        raise ReplyTooDeep(field="parent")
    opinion.parent, opinion.depth, opinion.stance = parent, parent.depth + 1, Stance.NEUTRAL


def support_opinion(*, by: User, now: dt.datetime, opinion: Opinion) -> OpinionSupport:
    """Support what somebody else has said, once, while the discussion runs.

    Raises:
        SpeakerFromElsewhere, OwnOpinion: not by this person.
        OpinionIsHidden, VerbClosed: not now.
        SupportRepeated: this person supports it already.
    """
    row = Opinion.objects.select_related("topic__division").get(pk=opinion.pk)
    if row.author_id == by.pk:
        raise OwnOpinion
    if not by.has_perm("consultation.support_opinion", row):
        raise SpeakerFromElsewhere
    if row.hidden_at is not None:
        raise OpinionIsHidden
    check_verb(row.topic, Verb.SUPPORT_OPINION, now)
    try:
        with transaction.atomic():
            made = OpinionSupport.objects.create(opinion=row, user=by, supported_at=now)
            audit.record(by=by, verb="consultation.opinion.supported", row=row, now=now, after={"topic": row.topic_id})
    except IntegrityError as error:
        if "opinionsupport_once_each" in str(error):
            raise SupportRepeated from error
        raise
    return made


def hide_opinion(*, by: User, now: dt.datetime, opinion: Opinion, reason: str) -> Opinion:
    """Hide an opinion that hurts somebody; its author and the staff still read it, with the reason.

    Raises:
        TopicNotYours: `by` does not lead the topic.
        ReasonMissing, WordsTooLong, PersonalNumbersFound: the reason does not fit.
        OpinionIsHidden: it is hidden already.
    """
    why = fitting("reason", reason, LONGEST_REASON, is_required=False)
    if not why:
        raise ReasonMissing(field="reason")
    refuse_personal_numbers(reason=why)
    with transaction.atomic():
        row = Opinion.objects.select_for_update(of=("self",)).select_related("topic__division").get(pk=opinion.pk)
        if not by.has_perm("consultation.hide_opinion", row):
            raise TopicNotYours
        if row.hidden_at is not None:
            raise OpinionIsHidden
        row.hidden_at, row.hidden_by, row.hidden_reason = now, by, why
        row.save(update_fields=["hidden_at", "hidden_by", "hidden_reason"])
        audit.record(by=by, verb="consultation.opinion.hidden", row=row, now=now, reason=why)
        return row
