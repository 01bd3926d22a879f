"""The matters room on the desk: the inbox of a place, recorded, sorted, answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from consultation.matters import operations
from consultation.matters.forms import CloseForm, DeskMatterForm, ReasonForm, ReplyForm, SortForm, TransferForm
from consultation.matters.intake.joining import OPEN
from consultation.matters.intake.operations import record_matter
from consultation.matters.models import FILE_READERS, Matter
from consultation.matters.operations import STAFF_CHANNELS
from governance.accounts.masking import mask_phone
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin

if TYPE_CHECKING:
    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest

FORMS: dict[str, type[forms.Form]] = {
    "sort": SortForm,
    "refuse": ReasonForm,
    "transfer": TransferForm,
    "answer": ReplyForm,
    "close": CloseForm,
}
OPERATIONS: dict[str, Any] = {
    "sort": operations.sort_matter,
    "refuse": operations.refuse_matter,
    "transfer": operations.transfer_matter,
    "answer": operations.answer_matter,
    "close": operations.close_matter,
}


@admin.register(Matter)
class MatterAdmin(MovesAdmin):
    """Matters of the places that one handles, those that are due first on top when sorted by their day."""

    view_permission = "consultation.view_matter"
    add_permission = "consultation.record_matter"
    form = DeskMatterForm
    list_display = ("number", "title", "division", "status", "three_way", "route", "due_on", "late", "raised_at")
    list_filter = ("status", "three_way", "route", "channel", ("overdue_at", admin.EmptyFieldListFilter))
    list_select_related = ("division",)
    search_fields = ("number", "title", "division__name")
    autocomplete_fields = ("division",)
    acts: ClassVar = {
        "consultation.matter.raised": _("Matter raised"),
        "consultation.matter.overdue": _("Matter overdue"),
        "consultation.matter.contact_seen": _("Contact looked at"),
        "consultation.matter.slip_issued": _("Slip made"),
        "consultation.matter.classified": _("Need classified"),
        "consultation.matter.supported": _("Somebody said “me too”"),
        "consultation.matter.support_withdrawn": _("Somebody took “me too” back"),
    }
    ordering = ("-id",)
    deeds = (
        Deed(
            "reveal_contact",
            _("Show the contact"),
            "consultation.reveal_contact",
            lambda row, by, now, data: operations.reveal_contact(by=by, now=now, matter=row, reason=data["reason"]),
            form=ReasonForm,
            is_open=lambda row: bool(row.contact),
        ),
        Deed(
            "similar",
            _("Similar matters and need"),
            "consultation.join_matter",
            lambda *_given: None,
            is_open=lambda row: row.status in OPEN,
            address=lambda row: reverse("consultation:matter-similar", args=[row.pk]),
        ),
        Deed(
            "slip",
            _("Show the slip"),
            "consultation.print_slip",
            lambda *_given: None,
            is_open=lambda row: row.raised_by_id is None and row.channel in STAFF_CHANNELS,
            address=lambda row: reverse("consultation:matter-slip", args=[row.pk]),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Matter]:
        """The inbox of the places that one handles; what one raised oneself stands on the pages."""
        return Matter.objects.filter(within(request.user, *FILE_READERS))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for little when a matter is recorded, show all of it afterwards."""
        asked = ("division", "channel", "title", "text", "place", "raised_for")
        if obj is None:
            return (*asked, "contact", "is_anonymous", "uploads")
        return (
            "number",
            *asked,
            "masked_contact",
            "person",
            "recorded_by",
            "raised_at",
            "photo_list",
            "status",
            "three_way",
            "route",
            "sort_reason",
            "summary",
            "due_on",
            "is_due_provisional",
            "overdue_at",
            "topic_list",
            "transferred_to",
            "reply",
            "answered_by",
            "is_solved",
            "close_reason",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return () if obj is None else self.get_fields(request, obj)

    @admin.display(description=_("overdue"))
    def late(self, row: Matter) -> str:
        """Say it when the step that is due should have been done before today."""
        return gettext("overdue") if row.is_late(clock.today()) else ""

    @admin.display(description=_("raised by"))
    def person(self, row: Matter) -> str:
        """The person behind the matter."""
        return str(row.raised_by) if row.raised_by else row.raised_for

    @admin.display(description=_("contact"))
    def masked_contact(self, row: Matter) -> str:
        """The contact starred out."""
        return mask_phone(row.contact)

    @admin.display(description=_("photos"))
    def photo_list(self, row: Matter) -> str:
        """Where the photos are looked at; one query."""
        found = [(row.photo_url(photo), photo.name) for photo in row.photos.order_by("pk")]
        return format_html_join(", ", '<a href="{}">{}</a>', found)

    @admin.display(description=_("topic"))
    def topic_list(self, row: Matter) -> str:
        """The topic that the matter became; one query."""
        found = [(topic.get_absolute_url(), topic.title) for topic in row.topics.all()]
        return format_html_join(", ", '<a href="{}">{}</a>', found)

    def create(self, form: Any, request: HttpRequest) -> Matter:
        """Record the matter, with a slip for the person."""
        given = form.given()
        division = given.pop("division")
        return record_matter(by=acting_user(request), now=clock.now(), division=division, given=given)[0]

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return what a step asks for."""
        return FORMS.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Any:
        """Take the step by its operation."""
        if name not in OPERATIONS:
            return super().make_move(row, name, request, data)
        given = {key: value for key, value in data.items() if key != "sorting"}
        if name == "sort":
            three_way, route = data["sorting"].split(":")
            given |= {"three_way": three_way, "route": route, "today": clock.today()}
        elif name in {"transfer", "answer"}:
            given.pop("reason", None)  # the desk adds an empty one where no reason is asked for
        return OPERATIONS[name](by=acting_user(request), now=clock.now(), matter=row, **given)
