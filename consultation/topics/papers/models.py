"""Documents of a topic in versions, comments on their sections, and official answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from consultation.topics.models import Opinion, Topic
from consultation.topics.papers.policy import LONGEST_ANSWER, LONGEST_COMMENT, LONGEST_NOTE, LONGEST_OFFICE
from consultation.topics.policy import LONGEST_REASON, LONGEST_TITLE
from consultation.topics.statements.models import Statement
from consultation.topics.walls import in_a_phase
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from communities.territory.models import Division
    from governance.accounts.models import User


class TopicDocumentQuerySet(models.QuerySet["TopicDocument"]):
    """Reads over documents."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Documents of topics that the person sees."""
        return self.filter(topic__in=Topic.objects.visible_to(user))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("topic__division").order_by("-pk")


class TopicDocument(models.Model):
    """A text that a topic is about (draft of a plan, of rules): published in versions, commented section by section."""

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="texts", verbose_name=_("topic"))
    title = models.CharField(_("title"), max_length=LONGEST_TITLE)
    created_at = models.DateTimeField(_("created at"), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("made by")
    )

    objects = TopicDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("topic", "document")
        verbose_name_plural = pgettext_lazy("topic", "documents")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["topic", "title"], name="topicdocument_named_once"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The document's public page."""
        return reverse("consultation:topic-document-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.topic.division


class DocumentVersion(AppendOnly):
    """One published version: paragraphs with anchors, which a paragraph keeps as long as it can be known again."""

    document = models.ForeignKey(
        TopicDocument,
        on_delete=models.PROTECT,
        related_name="versions",
        verbose_name=pgettext_lazy("topic", "document"),
    )
    number = models.PositiveSmallIntegerField(_("version"))
    paragraphs = models.JSONField(_("paragraphs"))
    note = models.CharField(_("what has changed"), max_length=LONGEST_NOTE, blank=True)
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("published by")
    )

    class Meta(AppendOnly.Meta):
        ordering: ClassVar = ["number"]
        verbose_name = _("version of a document")
        verbose_name_plural = _("versions of documents")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "number"], name="documentversion_numbered_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="documentversion_counted_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.document} · {self.number}"


class SectionCommentQuerySet(models.QuerySet["SectionComment"]):
    """Reads over comments."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Comments that were not hidden; hidden ones are seen by their author and the staff of the place."""
        shown = models.Q(hidden_at=None)
        if not user.is_authenticated:
            return self.filter(shown)
        return self.filter(shown | models.Q(author=user) | within(user, division="version__document__topic__division"))

    def for_list(self) -> Self:
        """Rows with what lists show, in the order in which they were written."""
        return self.select_related("author", "version__document__topic__division").order_by("pk")


class SectionComment(models.Model):
    """What somebody says on one paragraph of one version; it stays with the paragraph in later versions."""

    version = models.ForeignKey(
        DocumentVersion, on_delete=models.PROTECT, related_name="comments", verbose_name=_("version")
    )
    anchor = models.CharField(_("paragraph"), max_length=16)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("author")
    )
    text = models.CharField(_("text"), max_length=LONGEST_COMMENT)
    given_at = models.DateTimeField(_("given at"), editable=False)
    hidden_at = models.DateTimeField(_("hidden at"), null=True, blank=True, editable=False)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("hidden by"),
    )
    hidden_reason = models.CharField(_("why hidden"), max_length=LONGEST_REASON, blank=True, editable=False)

    objects = SectionCommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment on a section")
        verbose_name_plural = _("comments on sections")
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="said_is_said",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.version_id, OLD.anchor, OLD.author_id, OLD.text, OLD.given_at) IS DISTINCT FROM "
                    "(NEW.version_id, NEW.anchor, NEW.author_id, NEW.text, NEW.given_at))"
                ),
            ),
            in_a_phase(
                "given_in_a_phase",
                "'DISCUSSION', 'COMMENTS'",
                "SELECT d.topic_id FROM consultation_documentversion v "
                "JOIN consultation_topicdocument d ON d.id = v.document_id WHERE v.id = NEW.version_id "
                "AND v.paragraphs @> jsonb_build_array(jsonb_build_object('anchor', NEW.anchor))",
                "given_at",
                "sectioncomment_on_a_paragraph_in_a_phase",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["version", "id"], name="sectioncomment_version")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(text=""), name="sectioncomment_says_something"),
            models.CheckConstraint(
                condition=models.Q(hidden_at=None, hidden_by=None, hidden_reason="")
                | (models.Q(hidden_at__isnull=False, hidden_by__isnull=False) & ~models.Q(hidden_reason="")),
                name="sectioncomment_hidden_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} · {self.pk}"

    @property
    def topic(self) -> Topic:
        """The topic of its document."""
        return self.version.document.topic

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.topic.division


class OfficialAnswer(AppendOnly):
    """What an office answers to an opinion or question, a statement, or a comment; marked as official, never edited.

    A further answer stands beside the first one.
    """

    opinion = models.ForeignKey(
        Opinion, on_delete=models.PROTECT, null=True, blank=True, related_name="answers", verbose_name=_("opinion")
    )
    statement = models.ForeignKey(
        Statement, on_delete=models.PROTECT, null=True, blank=True, related_name="answers", verbose_name=_("statement")
    )
    comment = models.ForeignKey(
        SectionComment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="answers",
        verbose_name=_("comment"),
    )
    text = models.CharField(pgettext_lazy("official", "answer"), max_length=LONGEST_ANSWER)
    office = models.CharField(_("in the name of"), max_length=LONGEST_OFFICE)
    answered_at = models.DateTimeField(_("answered at"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("answered by")
    )

    class Meta(AppendOnly.Meta):
        verbose_name = _("official answer")
        verbose_name_plural = _("official answers")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(opinion__isnull=False, statement=None, comment=None)
                | models.Q(opinion=None, statement__isnull=False, comment=None)
                | models.Q(opinion=None, statement=None, comment__isnull=False),
                name="officialanswer_to_one_thing",
            ),
            models.CheckConstraint(
                condition=~models.Q(text="") & ~models.Q(office=""), name="officialanswer_is_signed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office} · {self.pk}"

    @property
    def target(self) -> Opinion | Statement | SectionComment:
        """What is answered."""
        found = self.opinion or self.statement or self.comment
        if found is None:
            message = "officialanswer_to_one_thing does not let an answer to nothing in"
            raise LookupError(message)
        return found

    @property
    def topic(self) -> Topic:
        """The topic on which it is given."""
        return self.target.topic

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.topic.division
