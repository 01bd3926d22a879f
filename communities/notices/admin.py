"""The notices room on the desk: drafting, posting, answering; stored files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db import transaction
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from communities.notices import operations
from communities.notices.forms import AnswerForm, NoticeForm
from communities.notices.models import Attachment, Objection, PublicNotice, Visibility
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(PublicNotice)
class PublicNoticeAdmin(MovesAdmin):
    """Notices with their days; the clock closes them."""

    view_permission = "communities.view_publicnotice"
    add_permission = "communities.draft_notice"
    acts: ClassVar = {
        "communities.notice.drafted": _("Notice drafted"),
        "communities.notice.extended": _("Notice extended"),
    }
    form = NoticeForm
    list_display = ("title", "division", "status", "starts_on", "ends_on", "minimum_days", "day_kind")
    list_filter = ("status", "day_kind")
    list_select_related = ("division",)
    search_fields = ("title", "division__name")
    autocomplete_fields = ("division",)
    ordering = ("-id",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for files when a notice is drafted, list them afterwards."""
        asked = ("title", "body", "division", "minimum_days", "day_kind", "contact", "basis")
        if obj is None:
            return (*asked, "uploads")
        return (*asked, "status", "starts_on", "ends_on", "is_end_provisional", "posted_at", "closed_at", "file_list")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return () if obj is None else self.get_fields(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    @admin.display(description=_("attachments"))
    def file_list(self, row: PublicNotice) -> str:
        """The files that hang on the notice, one query."""
        return ", ".join(row.attachments.order_by("pk").values_list("name", flat=True))

    def create(self, form: Any, request: HttpRequest) -> PublicNotice:
        """Store the files and draft the notice, both or neither."""
        data = dict(form.cleaned_data)
        who: dict[str, Any] = {"by": acting_user(request), "now": clock.now()}
        uploads = data.pop("uploads")
        with transaction.atomic():
            stored = [
                operations.store_attachment(
                    division=data["division"],
                    name=file.name,
                    content=file.read(),
                    visibility=Visibility.PUBLIC,
                    **who,
                )
                for file in uploads
            ]
            return operations.draft_notice(attachments=stored, **who, **data)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> PublicNotice:
        """Post by the operation that counts the days."""
        if name == "put_up":
            return operations.post_notice(by=acting_user(request), now=clock.now(), notice=row)
        moved: PublicNotice = super().make_move(row, name, request, data)  # type: ignore[assignment]  # the row's own class
        return moved


@admin.register(Objection)
class ObjectionAdmin(StaffAdmin):
    """Objections: the objector is shown to nobody here, so that the answer is about the matter."""

    view_permission = "communities.view_publicnotice"
    acts: ClassVar = {
        "communities.objection.raised": _("Objection raised"),
        "communities.objection.answered": _("Objection answered"),
    }
    list_display = ("__str__", "place", "raised_at", "outcome", "replied_at")
    list_filter = (("outcome", admin.EmptyFieldListFilter),)
    list_select_related = ("notice__division",)
    search_fields = ("notice__title",)
    ordering = ("outcome", "-id")
    fields = ("notice", "text", "raised_at", "outcome", "reply", "replied_at", "replied_by")
    readonly_fields = fields
    deeds = (
        Deed(
            "answer",
            _("Answer"),
            "communities.answer_objection",
            lambda row, by, now, data: operations.answer_objection(
                by=by, now=now, objection=row, outcome=data["outcome"], reply=data["reply"]
            ),
            form=AnswerForm,
            is_open=lambda row: not row.outcome,
            other_than=lambda row: {row.objector_id},
            waiting=lambda rows: rows.filter(outcome=""),
        ),
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    @admin.display(description=_("place"))
    def place(self, row: Objection) -> str:
        """The place of the notice, joined."""
        return str(row.notice.division)


@admin.register(Attachment)
class AttachmentAdmin(StaffAdmin):
    """Stored files with their hashes."""

    view_permission = "communities.view_publicnotice"
    acts: ClassVar = {
        "communities.attachment.stored": _("File stored"),
        "communities.attachment.purged": _("File removed that nothing used"),
    }
    list_display = ("name", "division", "visibility", "content_type", "size", "uploaded_at", "uploaded_by")
    list_filter = ("visibility", "content_type")
    list_select_related = ("division", "uploaded_by")
    search_fields = ("name", "sha256")
    ordering = ("-id",)
    fields = ("name", "link", "division", "visibility", "content_type", "size", "sha256", "uploaded_at", "uploaded_by")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attachment]:
        """What the viewer may open."""
        found: QuerySet[Attachment] = super().get_queryset(request)
        return found

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    @admin.display(description=_("file"))
    def link(self, row: Attachment) -> str:
        """Where the file is fetched."""
        return format_html('<a href="{}">{}</a>', row.get_absolute_url(), row.name)
