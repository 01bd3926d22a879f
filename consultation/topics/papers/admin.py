"""Documents of topics and the comments on them on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from consultation.topics.forms import HideForm
from consultation.topics.papers import operations
from consultation.topics.papers.forms import AnswerForm, VersionForm
from consultation.topics.papers.models import SectionComment, TopicDocument
from governance.accounts.masking import mask_name
from governance.staff import Deed, StaffAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(TopicDocument)
class TopicDocumentAdmin(StaffAdmin):
    """Documents in versions; the first one is published on the page of its topic."""

    view_permission = "consultation.view_topicdocument"
    list_display = ("title", "topic", "created_at", "newest")
    search_fields = ("title", "topic__title")
    ordering = ("-id",)
    acts: ClassVar = {"consultation.topicdocument.published": _("Version published")}
    fields = ("topic", "title", "created_at", "created_by", "newest", "page_link")
    readonly_fields = fields
    deeds = (
        Deed(
            "publish_version",
            _("Publish a new version"),
            "consultation.manage_topic",
            lambda row, by, now, data: operations.publish_version(
                by=by, now=now, document=row, text=data["text"], note=data["note"]
            ),
            form=VersionForm,
            is_open=lambda row: row.topic.status not in operations.OVER,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TopicDocument]:
        """Documents in the viewer's places."""
        rows = TopicDocument.objects.filter(within(request.user, division="topic__division"))
        return rows.select_related("topic__division", "created_by").prefetch_related("versions").order_by("-pk")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    @admin.display(description=_("version"))
    def newest(self, row: TopicDocument) -> int:
        """The number of the newest version."""
        return max((version.number for version in row.versions.all()), default=0)

    @admin.display(description=_("public page"))
    def page_link(self, row: TopicDocument) -> str:
        """The page that residents see."""
        return format_html('<a href="{0}">{0}</a>', row.get_absolute_url())


@admin.register(SectionComment)
class SectionCommentAdmin(StaffAdmin):
    """Comments on sections; authors masked."""

    view_permission = "consultation.view_sectioncomment"
    list_display = ("__str__", "author_masked", "text", "given_at", "hidden_at")
    list_filter = (("hidden_at", admin.EmptyFieldListFilter),)
    search_fields = ("text",)
    ordering = ("-id",)
    acts: ClassVar = {
        "consultation.sectioncomment.given": _("Comment given"),
        "consultation.sectioncomment.hidden": _("Comment hidden"),
        "consultation.officialanswer.given": _("Official answer given"),
    }
    fields = ("version", "anchor", "author_masked", "text", "given_at", "hidden_at", "hidden_by", "hidden_reason")
    readonly_fields = fields
    deeds = (
        Deed(
            "answer",
            _("Answer officially"),
            "consultation.answer_officially",
            lambda row, by, now, data: operations.answer_officially(
                by=by, now=now, to=row, text=data["text"], office=data["office"]
            ),
            form=AnswerForm,
            is_open=lambda row: row.hidden_at is None,
        ),
        Deed(
            "hide",
            _("Hide"),
            "consultation.hide_opinion",
            lambda row, by, now, data: operations.hide_comment(by=by, now=now, comment=row, reason=data["reason"]),
            form=HideForm,
            is_grave=True,
            is_open=lambda row: row.hidden_at is None,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SectionComment]:
        """Comments in the viewer's places."""
        return (
            SectionComment.objects.filter(within(request.user, division="version__document__topic__division"))
            .for_list()
            .order_by("-pk")
        )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    @admin.display(description=_("author"))
    def author_masked(self, row: SectionComment) -> str:
        """The masked name."""
        return mask_name(row.author.display_name)
