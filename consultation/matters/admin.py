"""The matters room on the desk: the inbox of a place, recorded, sorted, answered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from consultation.matters import operations
from consultation.matters.forms import (
    CloseForm,
    DeskMatterForm,
    ReasonForm,
    RefuseForm,
    ReplyForm,
    SortForm,
    TransferForm,
)
from consultation.matters.handling.desk import BESIDES, DEEDS
from consultation.matters.handling.queries import board_of, standing_of
from consultation.matters.intake.joining import OPEN
from consultation.matters.intake.operations import record_matter
from consultation.matters.models import Matter, MatterKind
from consultation.matters.operations import STAFF_CHANNELS
from governance.accounts.masking import mask_phone
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin, Step, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

FORMS: dict[str, type[forms.Form]] = {
    "sort": SortForm,
    "refuse": RefuseForm,
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

HIDDEN = tuple(f"/moves/{name}/" for name in BESIDES)
PROTECTED = _("protected")


@admin.register(Matter)
class MatterAdmin(MovesAdmin):
    """Matters of the places that one handles, those that are due first on top when sorted by their day."""

    view_permission = "consultation.view_matter"
    add_permission = "consultation.record_matter"
    form = DeskMatterForm
    list_display = (
        *("number", "title", "kind", "urgency", "place_name", "status", "three_way", "route", "due", "late"),
        "raised_at",
    )
    list_filter = (
        *("status", "kind", "urgency", "three_way", "route", "channel", "escalation", "outcome"),
        ("overdue_at", admin.EmptyFieldListFilter),
    )
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
        "consultation.matter.escalated": _("Matter handed on to the district"),
        "consultation.matter.handed_out": _("Result handed out"),
        "consultation.matter.handler_named": _("Handler of the tip-off named"),
        "consultation.feedback.told": _("Person told how it stands"),
        "consultation.consent.recorded": _("Stance of a household recorded"),
    }
    list_before_template = "consultation/matters/desk_board_link.html"
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
            is_open=lambda row: row.status in OPEN and not row.is_tip,
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
        *(
            Deed(
                name,
                deed.label,
                deed.permission,
                lambda *_given: None,  # done by `deed_view` below, which knows the matter
                form=forms.Form,
                is_open=deed.is_open,
                waiting=deed.waiting,
            )
            for name, deed in DEEDS.items()
            if name not in {"reopen"}
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Matter]:
        """The inbox of the places that one handles; what one raised oneself stands on the pages."""
        return Matter.objects.on_desk_of(acting_user(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for little when a matter is recorded, show all of it afterwards."""
        asked = ("division", "channel", "title", "text", "kind", "place", "raised_for")
        if obj is None:
            return (*asked, "contact", "is_anonymous", "uploads")
        return (
            "number",
            *asked,
            "masked_contact",
            "person",
            "recorder",
            "raised_at",
            "photo_list",
            "urgency",
            "status",
            "three_way",
            "route",
            "reference_text",
            "sort_reason",
            "summary",
            "due_on",
            "due_at",
            "is_due_provisional",
            "paused_at",
            "overdue_at",
            "escalation",
            "handler",
            "order_list",
            "feedback_list",
            "household_list",
            "topic_list",
            "transferred_to",
            "reply",
            "outcome",
            "refusal_ground",
            "answered_by",
            "is_solved",
            "satisfaction",
            "close_reason",
            "handed_out_to",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return () if obj is None else self.get_fields(request, obj)

    @admin.display(description=_("division"), ordering="division")
    def place_name(self, row: Matter) -> str:
        """The place by its short name: the list is wide."""
        return row.division.short_name

    @admin.display(description=_("overdue"))
    def late(self, row: Matter) -> str:
        """Say it when the step that is due should have been done before today."""
        return gettext("overdue") if row.has_lapsed(clock.now(), clock.today()) else ""

    @admin.display(description=pgettext_lazy("matter", "due"), ordering="due_on")
    def due(self, row: Matter) -> str:
        """The moment where hours count, otherwise the day."""
        if row.due_at is not None:
            return localtime(row.due_at).strftime("%Y-%m-%d %H:%M")
        return str(row.due_on or "")

    @admin.display(description=_("raised by"))
    def person(self, row: Matter) -> str:
        """The person behind the matter, in `get_object` found to be known to the reader or not."""
        return str(PROTECTED) if row.is_tip and not row.knows_who else self._person(row)

    @staticmethod
    def _person(row: Matter) -> str:
        return str(row.raised_by) if row.raised_by else row.raised_for

    @admin.display(description=_("recorded by"))
    def recorder(self, row: Matter) -> str:
        """Who recorded it; of a tip-off that is its giver."""
        return str(PROTECTED) if row.is_tip and not row.knows_who else str(row.recorded_by)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Matter | None:
        """Note on a tip-off whether this reader may know who gave it."""
        row: Matter | None = super().get_object(request, object_id, from_field)
        if row is not None and row.is_tip:
            row.knows_who = request.user.has_perm("consultation.view_tipster", row)
        return row

    @admin.display(description=_("offices that have it"))
    def order_list(self, row: Matter) -> str:
        """The orders of the matter with their states; one query."""
        found = [
            (
                reverse("admin:consultation_assignment_change", args=[order.pk]),
                order.body.name,
                order.get_status_display(),
            )
            for order in row.assignments.select_related("body").order_by("pk")
        ]
        return format_html_join(", ", '<a href="{}">{}</a> ({})', found)

    @admin.display(description=_("told so far"))
    def feedback_list(self, row: Matter) -> str:
        """What the person was told while it is in hand; one query."""
        found = [(localtime(one.told_at).strftime("%Y-%m-%d"), one.text) for one in row.feedbacks.order_by("pk")]
        return format_html_join("; ", "{} {}", found)

    @admin.display(description=_("households"))
    def household_list(self, row: Matter) -> str:
        """Where the households of a mediation stand; one query for mediations."""
        if row.kind != MatterKind.MEDIATION:
            return ""
        found = [(one.household, one.label, one.words) for one in standing_of(row)]
        return format_html_join("; ", "{}: {} {}", found)

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

    def steps(self, request: HttpRequest, row: Model) -> list[Step]:
        """Leave out the moves that one of the deeds makes, or that follow from a contest or an order."""
        return [step for step in super().steps(request, row) if not step.url.endswith(HIDDEN)]

    def around(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        """Keep who gave a tip-off out of its history."""
        found = super().around(request, row)
        if isinstance(row, Matter) and row.is_tip and not request.user.has_perm("consultation.view_tipster", row):
            for act in found["history"]:
                if act.entry.actor_id in {row.raised_by_id, row.recorded_by_id}:
                    act.entry.actor = User(display_name=str(PROTECTED))
        return found

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return what a step asks for."""
        return FORMS.get(name)

    def form_for(self, row: Any, name: str) -> Callable[..., forms.Form] | None:
        """Offer the reference list of the place where a matter is sorted."""
        return partial(SortForm, matter=row) if name == "sort" else super().form_for(row, name)

    def deed_view(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Ask for what a deed needs; some choose among what the place of the matter has."""
        if name not in DEEDS:
            return super().deed_view(request, pk, name)
        row, deed = self.row_for(request, pk), DEEDS[name]
        if not request.user.has_perm(deed.permission, row):
            raise PermissionDenied
        build = deed.form_for(row)
        made: list[forms.Form] = []

        def form(*given: Any) -> forms.Form:
            made.append(build(*given))
            return made[-1]

        def run(data: dict[str, Any]) -> object:
            del data
            return deed.run(row, made[-1], by=acting_user(request), now=clock.now())

        return self._ask_and_do(request, row, Wanted(deed.label, form, run, asks=True, is_grave=False))

    def get_urls(self) -> list[URLPattern]:
        """Add the board of what waits by its clock."""
        view = self.admin_site.admin_view(self.board_view)
        return [path("board/", view, name="consultation_matter_board"), *super().get_urls()]

    def board_view(self, request: HttpRequest) -> HttpResponse:
        """Show what waits by its clock: overdue, within hours, today, this week, later, resting."""
        if not request.user.has_perm("consultation.view_board"):
            raise PermissionDenied
        board = board_of(acting_user(request), clock.now())
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("What waits by its clock"),
            "opts": self.opts,
            "columns": [
                (gettext("overdue"), board.late),
                (gettext("within 24 hours"), board.hours),
                (gettext("today"), board.today),
                (gettext("within a week"), board.week),
                (gettext("later"), board.later),
                (gettext("the clock rests"), board.resting),
            ],
            "is_cut": board.is_cut,
        }
        return TemplateResponse(request, "consultation/matters/desk_board.html", context)

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
