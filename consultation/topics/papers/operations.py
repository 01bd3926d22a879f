"""Documents published in versions, sections commented, and official answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from consultation.matters.policy import fitting
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Opinion, Topic
from consultation.topics.operations import check_verb, managed
from consultation.topics.papers.models import DocumentVersion, OfficialAnswer, SectionComment, TopicDocument
from consultation.topics.papers.policy import (
    LONGEST_ANSWER,
    LONGEST_COMMENT,
    LONGEST_DOCUMENT,
    LONGEST_NOTE,
    LONGEST_OFFICE,
    MOST_PARAGRAPHS,
    anchored,
    anchors_of,
    paragraphs_of,
)
from consultation.topics.policy import LONGEST_REASON, LONGEST_TITLE, Verb
from consultation.topics.refusals import OpinionIsHidden, SpeakerFromElsewhere, TopicNotYours
from consultation.topics.statements.models import Statement
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow
from governance.lifecycle import ReasonMissing
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from consultation.topics.papers.policy import Paragraph
    from governance.accounts.models import User

OVER = frozenset({TopicStatus.CLOSED, TopicStatus.WITHDRAWN, TopicStatus.REFUSED})


class DocumentNamed(Conflict):
    """Two documents of a topic have two names."""

    code = "topic_document_named"
    message = _("This topic already has a document of this title. Publish a new version of it.")


class NothingChanged(NotNow):
    """A new version says something else."""

    code = "topic_document_unchanged"
    message = _("The text is the same as in the last version.")


class TooManyParagraphs(Invalid):
    """A document of hundreds of paragraphs is a book."""

    code = "too_many_paragraphs"
    message = _("A document has at most %(limit)s paragraphs.")


class SectionUnknown(Invalid):
    """Comments hang on a paragraph of the newest version."""

    code = "section_unknown"
    message = _("The newest version has no such paragraph. Please load the document again.")


class CommentIsHidden(NotNow):
    """A hidden comment is not answered or hidden again."""

    code = "comment_hidden"
    message = _("This comment has been hidden.")


def publish_document(*, by: User, now: dt.datetime, topic: Topic, title: str, text: str) -> DocumentVersion:
    """Publish a document of a topic as its first version.

    Raises:
        TopicNotYours, MoveClosed: `by` does not lead the topic, or it is over.
        WordsMissing, WordsTooLong, PersonalNumbersFound, TooManyParagraphs: the text is not fit.
        DocumentNamed: the topic has a document of this title.
    """
    name = fitting("title", title, LONGEST_TITLE)
    paragraphs = _paragraphs(text)
    with transaction.atomic():
        row = managed(topic, by)
        if row.status in OVER:
            raise lifecycle.MoveClosed(move=_("Publish a document"), status=row.get_status_display())
        document = TopicDocument(topic=row, title=name, created_at=now, created_by=by)
        try:
            with transaction.atomic():
                document.save()
        except IntegrityError as error:
            raise DocumentNamed(field="title") from error
        return _publish(document, anchored(paragraphs), 1, note="", by=by, now=now)


def publish_version(*, by: User, now: dt.datetime, document: TopicDocument, text: str, note: str) -> DocumentVersion:
    """Publish a further version and say what has changed; comments stay with the paragraphs that can be known again.

    Raises:
        TopicNotYours, MoveClosed: `by` does not lead the topic, or it is over.
        WordsMissing, WordsTooLong, PersonalNumbersFound, TooManyParagraphs: the text is not fit.
        NothingChanged: the text is that of the last version.
    """
    said = fitting("note", note, LONGEST_NOTE)
    paragraphs = _paragraphs(text)
    with transaction.atomic():
        row = managed(document.topic, by)
        if row.status in OVER:
            raise lifecycle.MoveClosed(move=_("Publish a new version"), status=row.get_status_display())
        last = document.versions.order_by("-number")[0]
        if [paragraph["text"] for paragraph in last.paragraphs] == paragraphs:
            raise NothingChanged(field="text")
        number = last.number + 1
        return _publish(
            document, anchored(paragraphs, last.paragraphs, number=number), number, note=said, by=by, now=now
        )


def _paragraphs(text: str) -> list[str]:
    said = fitting("text", text, LONGEST_DOCUMENT)
    refuse_personal_numbers(text=said)
    paragraphs = paragraphs_of(said)
    if len(paragraphs) > MOST_PARAGRAPHS:
        raise TooManyParagraphs(field="text", limit=MOST_PARAGRAPHS)
    return paragraphs


def _publish(
    document: TopicDocument, paragraphs: Sequence[Paragraph], number: int, *, note: str, by: User, now: dt.datetime
) -> DocumentVersion:
    version = DocumentVersion.objects.create(
        document=document, number=number, paragraphs=list(paragraphs), note=note, published_at=now, published_by=by
    )
    audit.record(
        by=by,
        verb="consultation.topicdocument.published",
        row=document,
        now=now,
        after={"title": document.title, "version": number, "note": note, "paragraphs": len(paragraphs)},
    )
    payload = {"document": document.pk, "version": number}
    outbox.emit(by=by, topic="consultation.topic.document_published", row=document.topic, now=now, payload=payload)
    return version


def comment_section(*, by: User, now: dt.datetime, document: TopicDocument, anchor: str, text: str) -> SectionComment:
    """Comment on a paragraph of the newest version while people may.

    Raises:
        SpeakerFromElsewhere: `by` neither lives nor works in the place.
        VerbClosed: no phase that allows it runs.
        WordsMissing, WordsTooLong, PersonalNumbersFound: the words are not fit.
        SectionUnknown: the newest version has no such paragraph.
    """
    said = fitting("text", text, LONGEST_COMMENT)
    refuse_personal_numbers(text=said)
    topic = Topic.objects.select_related("division").get(pk=document.topic_id)
    if not by.has_perm("consultation.comment_section", topic):
        raise SpeakerFromElsewhere
    check_verb(topic, Verb.COMMENT_SECTION, now)
    with transaction.atomic():
        version = document.versions.order_by("-number")[0]
        if anchor not in anchors_of(version.paragraphs):
            raise SectionUnknown(field="anchor")
        row = SectionComment.objects.create(version=version, anchor=anchor, author=by, text=said, given_at=now)
        audit.record(
            by=by,
            verb="consultation.sectioncomment.given",
            row=row,
            now=now,
            after={"document": document.pk, "version": version.number, "anchor": anchor, "text": said[:200]},
        )
        return row


def hide_comment(*, by: User, now: dt.datetime, comment: SectionComment, reason: str) -> SectionComment:
    """Hide a comment that hurts somebody; its author and the staff still read it, with the reason.

    Raises:
        TopicNotYours: `by` does not lead the topic.
        ReasonMissing, WordsTooLong, PersonalNumbersFound: the reason is not fit.
        CommentIsHidden: it is hidden already.
    """
    why = fitting("reason", reason, LONGEST_REASON, is_required=False)
    if not why:
        raise ReasonMissing(field="reason")
    refuse_personal_numbers(reason=why)
    with transaction.atomic():
        rows = SectionComment.objects.select_for_update(of=("self",)).select_related(
            "version__document__topic__division"
        )
        row = rows.get(pk=comment.pk)
        if not by.has_perm("consultation.hide_opinion", row):
            raise TopicNotYours
        if row.hidden_at is not None:
            raise CommentIsHidden
        row.hidden_at, row.hidden_by, row.hidden_reason = now, by, why
        row.save(update_fields=["hidden_at", "hidden_by", "hidden_reason"])
        audit.record(by=by, verb="consultation.sectioncomment.hidden", row=row, now=now, reason=why)
        return row


def answer_officially(
    *, by: User, now: dt.datetime, to: Opinion | Statement | SectionComment, text: str, office: str
) -> OfficialAnswer:
    """Answer an opinion, a question, a statement or a comment in the name of an office; everybody reads it.

    Raises:
        TopicNotYours: `by` does not lead the topic.
        OpinionIsHidden, CommentIsHidden: what is answered is not to be seen.
        WordsMissing, WordsTooLong, PersonalNumbersFound: the words are not fit.
    """
    said = fitting("text", text, LONGEST_ANSWER)
    name = fitting("office", office, LONGEST_OFFICE)
    refuse_personal_numbers(text=said, office=name)
    if not by.has_perm("consultation.answer_officially", to):
        raise TopicNotYours
    if isinstance(to, Opinion) and to.hidden_at is not None:
        raise OpinionIsHidden
    if isinstance(to, SectionComment) and to.hidden_at is not None:
        raise CommentIsHidden
    column = {Opinion: "opinion", Statement: "statement", SectionComment: "comment"}[type(to)]
    with transaction.atomic():
        row = OfficialAnswer(text=said, office=name, answered_at=now, answered_by=by)
        setattr(row, column, to)
        row.full_clean()
        row.save()
        audit.record(
            by=by, verb="consultation.officialanswer.given", row=row, now=now, after={column: to.pk, "text": said[:200]}
        )
        payload = {column: to.pk}
        outbox.emit(by=by, topic="consultation.topic.answered", row=to.topic, now=now, payload=payload)
        return row
