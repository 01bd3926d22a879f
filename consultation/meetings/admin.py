"""The meetings room on the desk: councils, meetings, counts from paper, tasks, stewards, the procedure of four steps."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from consultation.ballots.forms import places_of, topics_for
from consultation.meetings import operations, voting
from consultation.meetings.forms import (
    CallForm,
    CouncilForm,
    FiguresForm,
    InviteForm,
    MeetingForm,
    ReasonForm,
    ReportForm,
    SheetDeskForm,
    bodies_for,
    people_for,
)
from consultation.meetings.foursteps import operations as foursteps
from consultation.meetings.foursteps.forms import AnswerForm, CaseForm, CloseStepForm
from consultation.meetings.foursteps.lifecycle import FourStepStatus
from consultation.meetings.foursteps.models import FourStepCase, FourStepQuestion
from consultation.meetings.leading import lead_meeting
from consultation.meetings.lifecycle import MeetingStatus
from consultation.meetings.models import Council, Meeting, MeetingCall
from consultation.meetings.record import CountSheet, MeetingTask, Resolution
from consultation.meetings.stewards import operations as stewards
from consultation.meetings.stewards.forms import ChosenForm, NameForm, SelectionForm, WordForm
from consultation.meetings.stewards.lifecycle import SelectionStatus
from consultation.meetings.stewards.models import StewardSelection
from consultation.meetings.stewards.policy import Way
from consultation.meetings.tasking import operations as tasking
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, Follow, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest

    from governance.accounts.models import User

MANAGE = "consultation.manage_meeting"
VIEW = "consultation.view_meeting"
SILENT_DAYS = 92
SOON = dt.timedelta(days=7)


class Entered(StaffAdmin):
    """A page whose rows are entered once and then only looked at; lists and choices reach as far as one's work."""

    choices: ClassVar[dict[str, Any]] = {"body": bodies_for}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only for what is entered."""
        return self.fields if obj else self.form.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return self.fields if obj else ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it."""
        del obj
        return bool(request.user.has_perm(self.view_permission))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer what lies in the places of the person's posts."""
        if db_field.name in self.choices:
            kwargs["queryset"] = self.choices[db_field.name](request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Council)
class CouncilAdmin(Entered):
    """Councils: which bodies meet as what."""

    view_permission, add_permission = VIEW, MANAGE
    acts: ClassVar = {"consultation.council.set_up": _("Council set up")}
    form = CouncilForm
    list_display = ("body", "form", "division", "seats")
    list_filter = ("form",)
    list_select_related = ("body", "division")
    search_fields = ("body__name", "division__name")
    ordering = ("-id",)
    fields = ("body", "form", "division", "seats", "hears_affected", "purpose", "set_up_at")

    def create(self, form: Any, request: HttpRequest) -> Council:
        """Set the council up."""
        return operations.set_up_council(by=acting_user(request), now=clock.now(), **form.cleaned_data)


@admin.register(MeetingCall)
class MeetingCallAdmin(Entered):
    """Requests that a meeting be called."""

    view_permission, add_permission = VIEW, MANAGE
    acts: ClassVar = {"consultation.meeting_call.recorded": _("Request for a meeting recorded")}
    form = CallForm
    list_display = ("body", "about", "asked", "entitled", "due_on")
    list_select_related = ("body", "division")
    search_fields = ("body__name", "about")
    ordering = ("-id",)
    fields = ("body", "division", "about", "entitled", "asked", "needed", "asked_on", "due_on", "recorded_at")

    def create(self, form: Any, request: HttpRequest) -> MeetingCall:
        """Record the request."""
        data = dict(form.cleaned_data)
        file = data.pop("sheet_file", None)
        sheet = (file.name, file.read()) if file else None
        return operations.record_call(by=acting_user(request), now=clock.now(), sheet=sheet, **data)


def _silent(rows: Any) -> Any:
    today = timezone.localdate(clock.now())
    return rows.silent_since(today - dt.timedelta(days=SILENT_DAYS))


@admin.register(Meeting)
class MeetingAdmin(Entered, MovesAdmin):
    """Meetings with their moves; agenda, hall and minutes are worked on at the meeting's working page."""

    view_permission, add_permission = VIEW, MANAGE
    acts: ClassVar = {
        "consultation.meeting.planned": _("Meeting planned"),
        "consultation.meeting_letter.told": _("Told in person"),
        "consultation.meeting.item_added": _("Item put on the agenda"),
        "consultation.meeting.item_removed": _("Item taken off the agenda"),
        "consultation.meeting.item_raised": _("Item moved up"),
        "consultation.meeting.guest_invited": _("Guest invited"),
        "consultation.meeting.signed_in": _("Signed in"),
        "consultation.meeting.discussion_recorded": _("Discussion recorded"),
        "consultation.meeting.amended": _("Minutes amended"),
        "consultation.meeting.printed": _("Minutes stored as PDF"),
        "consultation.calendar_link.made": _("Calendar address made"),
    }
    choices: ClassVar = {
        "body": bodies_for,
        "chair": people_for,
        "recorder": people_for,
        "call": lambda user: MeetingCall.objects.filter(body__in=bodies_for(user), meeting=None).order_by("-pk"),
    }
    form = MeetingForm
    list_display = ("number", "title", "body", "held_at", "status")
    list_filter = ("status",)
    list_select_related = ("body", "division", "chair", "recorder")
    search_fields = ("number", "title", "body__name")
    date_hierarchy = "held_at"
    ordering = ("-id",)
    fields = (
        *("number", "body", "division", "title", "held_at", "ends_at", "place", "rule", "chair", "recorder", "call"),
        *("agenda", "entitled", "present", "affected_present", "has_quorum", "notice", "minutes_sha256", "status"),
    )
    deeds = (
        Deed(
            "work",
            _("Working page"),
            MANAGE,
            lambda *_arguments: None,
            address=lambda row: reverse("consultation:meeting-hold", args=[row.pk]),
        ),
    )
    follows = (
        Follow(
            "consultation.Council",
            "consultation.Meeting",
            _("Plan a meeting"),
            MANAGE,
            waiting=_silent,
            given=lambda row: {"body": row.body_id},
        ),
    )

    @admin.display(description=_("agenda"))
    def agenda(self, row: Meeting) -> str:
        """The items, one query."""
        return "; ".join(str(item) for item in row.items.all())

    def create(self, form: Any, request: HttpRequest) -> Meeting:
        """Plan the meeting."""
        return operations.plan_meeting(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for what the invitation needs."""
        forms_by_move: dict[str, type[forms.Form]] = {
            "invite": InviteForm,
            "cancel": ReasonForm,
            "return_minutes": ReasonForm,
        }
        return forms_by_move.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Meeting:
        """Make each move by its operation."""
        return lead_meeting(row, name, by=acting_user(request), now=clock.now(), data=data)


@admin.register(Resolution)
class ResolutionAdmin(StaffAdmin):
    """What was put to meetings and what came of it."""

    view_permission = VIEW
    acts: ClassVar = {
        "consultation.resolution.put": _("Motion put"),
        "consultation.resolution.votes_recorded": _("Votes recorded"),
        "consultation.resolution.judged": _("Vote judged"),
        "consultation.resolution.published": _("Resolution published"),
    }
    list_display = ("number", "item", "is_passed", "has_quorum", "published_at")
    list_filter = ("is_passed", "has_quorum")
    list_select_related = ("item__meeting", "division")
    search_fields = ("number", "text", "item__title")
    ordering = ("-id",)
    fields = (
        *("number", "item", "text", "method", "rule", "cost_estimate", "entitled", "present", "in_favor", "against"),
        *("abstained", "withdrawn", "has_quorum", "is_passed", "reason", "judged_at", "published_at"),
    )
    readonly_fields = fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it."""
        del obj
        return bool(request.user.has_perm(self.view_permission))


def _check(row: CountSheet, by: User, now: dt.datetime, data: dict[str, Any]) -> str:
    voting.check_sheet(by=by, now=now, sheet=row, figures=data["figures"])
    return str(_("Both readings agree."))


def _discard(row: CountSheet, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    del data
    voting.discard_sheet(by=by, now=now, sheet=row)


def _is_unchecked(row: CountSheet) -> bool:
    return row.checked_at is None


@admin.register(CountSheet)
class CountSheetAdmin(StaffAdmin):
    """Counts from paper: read twice; the first reading is not shown, so that the second is read from the sheet."""

    view_permission = "consultation.enter_count_sheet"
    acts: ClassVar = {
        "consultation.count_sheet.entered": _("Count entered"),
        "consultation.count_sheet.checked": _("Count checked by a second person"),
        "consultation.count_sheet.discarded": _("Count discarded"),
    }
    form = SheetDeskForm
    list_display = ("meeting", "resolution", "entered_at", "checked_at")
    list_select_related = ("meeting__division", "resolution")
    ordering = ("-id",)
    fields = ("meeting", "resolution", "photo_link", "entered_by", "entered_at", "checked_by", "checked_at")
    readonly_fields = fields
    deeds = (
        Deed(
            "check",
            _("Read the sheet a second time"),
            "consultation.enter_count_sheet",
            _check,
            form=FiguresForm,
            is_open=_is_unchecked,
            other_than=lambda row: {row.entered_by_id},
            waiting=lambda rows: rows.filter(checked_at=None, meeting__status=MeetingStatus.OPEN),
        ),
        Deed(
            "discard",
            _("Discard the figures"),
            "consultation.enter_count_sheet",
            _discard,
            is_grave=True,
            is_open=_is_unchecked,
        ),
    )

    @admin.display(description=_("photo"))
    def photo_link(self, row: CountSheet) -> str:
        """Where the sheet is looked at."""
        return format_html('<a href="{}">{}</a>', row.photo_url(), _("photo of the sheet"))


class DueFilter(admin.SimpleListFilter):
    """Tasks that are overdue, or due within a week."""

    title = _("to be done by")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Name the choices."""
        del request, model_admin
        return [("overdue", _("overdue")), ("week", _("within a week"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow the list."""
        del request
        today, chosen = clock.today(), self.value()
        if chosen == "overdue":
            return queryset.overdue(today)
        if chosen == "week":
            return queryset.due_until(today, today + SOON)
        return queryset


@admin.register(MeetingTask)
class MeetingTaskAdmin(MovesAdmin):
    """Tasks of meetings and of decisions that are carried out, with owner and day."""

    view_permission = VIEW
    acts: ClassVar = {
        "consultation.meeting_task.given": _("Task given"),
        "consultation.meeting_task.shown": _("Photos of a task added"),
        "consultation.multi_party_case.opened": _("Case of several parties opened"),
        "consultation.multi_party_case.joined": _("Party joined a case"),
        "consultation.multi_party_case.left": _("Party left a case"),
        "consultation.multi_party_case.ended": _("Case of several parties ended"),
        "consultation.multi_party_case.resumed": _("Case of several parties opened again"),
    }
    list_display = ("text", "owner", "party", "due_on", "status", "origin")
    list_filter = (DueFilter, "status")
    list_select_related = ("division", "owner", "party", "meeting", "case__topic")
    search_fields = ("text", "meeting__number", "case__topic__title", "party__name", "owner__display_name")
    date_hierarchy = "due_on"
    ordering = ("-id",)
    fields = (
        "text",
        "owner",
        "due_on",
        "party",
        "meeting",
        "resolution",
        "case",
        "report_text",
        "photo_links",
        "status",
        "reported_at",
        "confirmed_at",
    )
    readonly_fields = fields

    @admin.display(description=_("comes from"))
    def origin(self, row: MeetingTask) -> str:
        """The meeting or the topic that it belongs to."""
        return str(row.meeting or row.case)

    @admin.display(description=_("photos"))
    def photo_links(self, row: MeetingTask) -> str:
        """The photos, before and after."""
        found = row.photos.select_related("photo").order_by("pk")
        links = [(one.photo.get_absolute_url(), one.get_stage_display(), one.photo.name) for one in found]
        return format_html_join(" · ", '<a href="{}">{}: {}</a>', links) or "-"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it."""
        del obj
        return bool(request.user.has_perm(self.view_permission))

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask what was done."""
        return ReportForm if name == "report" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> MeetingTask:
        """Report by the operation."""
        by, now = acting_user(request), clock.now()
        if name == "report":
            return tasking.report_task(by=by, now=now, task=row, text=data["text"], uploads=data["uploads"])
        moved: MeetingTask = lifecycle.move(row, name, by=by, now=now, reason=data.get("reason", ""))
        return moved


def _put_forward(row: StewardSelection, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    data.pop("reason", None)
    stewards.put_forward(by=by, now=now, selection=row, **data)


@admin.register(StewardSelection)
class StewardSelectionAdmin(Entered, MovesAdmin):
    """Choices of stewards: nominated, or drawn by a lot that anybody can draw again."""

    view_permission, add_permission = VIEW, MANAGE
    acts: ClassVar = {
        "consultation.steward_selection.begun": _("Choice of stewards begun"),
        "consultation.steward_selection.nominated": _("Name put forward"),
    }
    form = SelectionForm
    list_display = ("body", "way", "seats", "status", "division")
    list_filter = ("status", "way")
    list_select_related = ("body", "division")
    search_fields = ("body__name", "division__name")
    ordering = ("-id",)
    fields = (
        *("body", "division", "way", "base", "base_count", "ratio", "by_ratio", "seats", "seats_reason"),
        *("candidates", "seed_sha256", "list_sha256", "word", "seed", "chosen_note", "status"),
    )
    deeds = (
        Deed(
            "put_forward",
            _("Put a name forward"),
            MANAGE,
            _put_forward,
            form=NameForm,
            is_open=lambda row: row.status == SelectionStatus.NOMINATING,
        ),
    )

    @admin.display(description=_("candidates"))
    def candidates(self, row: StewardSelection) -> str:
        """The names as the public sees them, one query."""
        return ", ".join(str(one) for one in row.candidates.all())

    def create(self, form: Any, request: HttpRequest) -> StewardSelection:
        """Begin the choice."""
        return stewards.begin_selection(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def form_for(self, row: Any, name: str) -> Any:
        """Ask for the word of a lot, or for the numbers of those chosen."""
        if name == "choose":
            return WordForm if row.way == Way.LOT else ChosenForm
        return super().form_for(row, name)

    def _asks(self, move: Any) -> bool:
        return move.name == "choose" or super()._asks(move)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> StewardSelection:
        """Make each move by its operation."""
        told: dict[str, Any] = {"by": acting_user(request), "now": clock.now(), "selection": row}
        if name == "fix_list":
            return stewards.fix_list(**told)
        if name == "choose" and row.way == Way.LOT:
            return stewards.draw_lot(**told, word=data["word"])
        if name == "choose":
            return stewards.record_choice(**told, numbers=data["numbers"], note=data["note"])
        if name == "seat":
            return stewards.seat_chosen(**told)
        moved: StewardSelection = lifecycle.move(
            row, name, by=told["by"], now=told["now"], reason=data.get("reason", "")
        )
        return moved


def _begin_step(row: FourStepCase, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    del data
    foursteps.begin_step(by=by, now=now, case=row)


def _close_step(row: FourStepCase, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    foursteps.close_step(by=by, now=now, case=row, outcome=data["outcome"], note=data["note"])


def _runs(row: FourStepCase) -> bool:
    return row.status == FourStepStatus.RUNNING and row.steps.filter(closed_on=None).exists()


def _rests(row: FourStepCase) -> bool:
    return row.status == FourStepStatus.RUNNING and not row.steps.filter(closed_on=None).exists()


@admin.register(FourStepCase)
class FourStepCaseAdmin(Entered, MovesAdmin):
    """Proposals in the procedure of four steps and two disclosures."""

    view_permission, add_permission = VIEW, MANAGE
    acts: ClassVar = {
        "consultation.four_step_case.opened": _("Case opened"),
        "consultation.four_step_case.step_begun": _("Step begun"),
        "consultation.four_step_case.step_closed": _("Step closed"),
    }
    choices: ClassVar = {"division": places_of, "topic": topics_for}
    form = CaseForm
    list_display = ("title", "division", "status", "run_due_on")
    list_filter = ("status",)
    list_select_related = ("division", "topic")
    search_fields = ("title", "division__name")
    ordering = ("-id",)
    fields = ("title", "division", "text", "topic", "steps_taken", "run_due_on", "status")
    deeds = (
        Deed("begin_step", _("Begin the next step"), MANAGE, _begin_step, is_open=_rests),
        Deed("close_step", _("Close the step"), MANAGE, _close_step, form=CloseStepForm, is_open=_runs),
    )

    @admin.display(description=_("steps"))
    def steps_taken(self, row: FourStepCase) -> str:
        """The steps with their days, one query."""
        return "; ".join(
            f"{step.get_number_display()} {step.started_on} – {step.closed_on or ''}" for step in row.steps.all()
        )

    def create(self, form: Any, request: HttpRequest) -> FourStepCase:
        """Open the case."""
        return foursteps.open_case(by=acting_user(request), now=clock.now(), **form.cleaned_data)


def _answer(row: FourStepQuestion, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    foursteps.answer_question(by=by, now=now, question=row, answer=data["answer"])


@admin.register(FourStepQuestion)
class FourStepQuestionAdmin(StaffAdmin):
    """Questions on cases in four steps; answered in days, for everybody to read."""

    view_permission = VIEW
    acts: ClassVar = {
        "consultation.four_step_question.asked": _("Question asked"),
        "consultation.four_step_question.answered": _("Question answered"),
    }
    list_display = ("text", "case", "due_on", "answered_at")
    list_filter = (("answered_at", admin.EmptyFieldListFilter),)
    list_select_related = ("case__division",)
    search_fields = ("text", "case__title")
    ordering = ("-id",)
    fields = ("case", "text", "asked_at", "due_on", "answer", "answered_at")
    readonly_fields = fields
    deeds = (
        Deed(
            "answer",
            _("Answer"),
            MANAGE,
            _answer,
            form=AnswerForm,
            is_open=lambda row: row.answered_at is None,
            waiting=lambda rows: rows.filter(answered_at=None),
        ),
    )
