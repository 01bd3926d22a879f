"""What happens after a matter is in, on the desk: contests, work orders, time, petitions, call-backs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.matters.handling import calling, dispatching, petitions, sorting, timing
from consultation.matters.handling.forms import (
    CallBackForm,
    OpinionForm,
    OrderAnswerForm,
    UpholdForm,
    WhyForm,
    WhyIfAnyForm,
    initial_of,
)
from consultation.matters.handling.lifecycle import PetitionStatus
from consultation.matters.handling.models import Assignment, CallBack, Petition, SortingContest, TimeRequest
from consultation.matters.models import ThreeWay
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    from governance.lifecycle import Move


class BesideAdmin(MovesAdmin):
    """A row beside a matter: its moves by its operations, seen by those who handle the matter."""

    list_select_related: ClassVar[tuple[str, ...]] = ("matter__division",)
    search_fields: ClassVar[tuple[str, ...]] = ("matter__number", "matter__title")
    ordering = ("-pk",)
    asked: ClassVar[dict[str, type[forms.Form]]] = {}
    operations: ClassVar[dict[str, Any]] = {}
    argument: ClassVar[str] = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Show the rows of matters that the person handles."""
        found: QuerySet[Any] = self.model.objects.handled_by(acting_user(request)).for_list()
        return found

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return what a step asks for."""
        return self.asked.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Take the step by its operation."""
        told: dict[str, Any] = {"by": acting_user(request), "now": clock.now(), self.argument: row}
        form = self.asked.get(name)
        if form is None or "reason" not in form.base_fields:
            data.pop("reason", None)  # the desk adds an empty one where no reason is asked for
        done: Model = self.operations[name](**told, **data)
        return done


@admin.register(SortingContest)
class ContestAdmin(BesideAdmin):
    """Contests of sortings, those that are due first on top of the worklist."""

    view_permission = "consultation.view_sortingcontest"
    acts: ClassVar = {
        "consultation.contest.opened": _("Sorting contested"),
        "consultation.contest.overdue": _("Contest overdue"),
    }
    list_display = ("matter", "was_sorted", "is_wanted", "status", "due_on", "overdue_at")
    list_filter = ("status", ("overdue_at", admin.EmptyFieldListFilter))
    fields = (
        *("matter", "was_sorted", "is_wanted", "reason", "status", "due_on", "is_due_provisional", "overdue_at"),
        *("sorted_by", "answer", "decided_by", "decided_at"),
    )
    asked: ClassVar = {"uphold": UpholdForm, "reject": WhyForm}
    operations: ClassVar = {"reject": sorting.reject_contest}
    argument = "contest"

    @admin.display(description=_("contested class"), ordering="contested")
    def was_sorted(self, row: SortingContest) -> str:
        """The class that is contested."""
        return str(ThreeWay(row.contested).label)

    @admin.display(description=_("whose affair it is, says the person"), ordering="wanted")
    def is_wanted(self, row: SortingContest) -> str:
        """The class that the person names."""
        return str(ThreeWay(row.wanted).label)

    def form_for(self, row: Any, name: str) -> Callable[..., forms.Form] | None:
        """Fill the new sorting in with what the person wants."""
        return partial(UpholdForm, initial=initial_of(row)) if name == "uphold" else super().form_for(row, name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Sort anew, or leave it."""
        if name != "uphold":
            return super().make_move(row, name, request, data)
        three_way, route = data.pop("sorting").split(":")
        told: dict[str, Any] = {"by": acting_user(request), "now": clock.now(), "today": clock.today()}
        return sorting.uphold_contest(contest=row, three_way=three_way, route=route, **told, **data)


@admin.register(Assignment)
class AssignmentAdmin(BesideAdmin):
    """Work orders: what lies with which office, signed for, disputed, answered."""

    view_permission = "consultation.view_assignment"
    acts: ClassVar = {
        "consultation.assignment.sent": _("Handed to an office"),
        "consultation.assignment.overdue": _("Work order overdue"),
    }
    list_display = ("matter", "body", "is_lead", "status", "due_on", "overdue_at")
    list_select_related = ("matter__division", "body")
    list_filter = ("status", "is_lead", ("overdue_at", admin.EmptyFieldListFilter))
    search_fields = ("matter__number", "matter__title", "body__name")
    fields = (
        *("matter", "said", "body", "is_lead", "task", "status", "due_on", "due_at", "dispute_due_on", "assigned_by"),
        *("accepted_by", "accepted_at", "dispute_reason", "decision", "answer", "outcome", "overdue_at"),
    )
    readonly_fields = ("said",)
    asked: ClassVar = {
        "dispute": WhyForm,
        "release": WhyIfAnyForm,
        "bind": WhyForm,
        "answer": OrderAnswerForm,
        "send_back": WhyForm,
        "recall": WhyForm,
    }
    operations: ClassVar = {
        "accept": dispatching.accept_order,
        "dispute": dispatching.dispute_order,
        "release": dispatching.release_order,
        "bind": dispatching.bind_order,
        "answer": dispatching.answer_order,
        "send_back": dispatching.send_order_back,
        "recall": dispatching.recall_order,
    }
    argument = "order"

    @admin.display(description=_("what was said"))
    def said(self, row: Assignment) -> str:
        """The words of the matter, which the office needs; who said them it does not."""
        return str(row.matter.text)


@admin.register(TimeRequest)
class TimeAdmin(BesideAdmin):
    """Rests and extensions that were asked for."""

    view_permission = "consultation.view_timerequest"
    acts: ClassVar = {"consultation.time.asked": _("Time asked for")}
    list_display = ("matter", "kind", "cause", "days", "status", "asked_at", "ends_on")
    list_filter = ("status", "kind", "cause")
    fields = (
        *("matter", "kind", "cause", "days", "reason", "status", "asked_by", "asked_at", "decided_by", "decision"),
        *("ends_on", "ended_at", "due_before", "due_after"),
    )
    asked: ClassVar = {"refuse": WhyForm}
    operations: ClassVar = {"grant": timing.grant_time, "refuse": timing.refuse_time, "end": timing.end_pause}
    argument = "request"


@admin.register(Petition)
class PetitionAdmin(BesideAdmin):
    """Petitions on their own calendar days."""

    view_permission = "consultation.view_petition"
    acts: ClassVar = {
        "consultation.petition.registered": _("Petition registered"),
        "consultation.petition.put_off": _("Petition put off with leave"),
        "consultation.petition.overdue": _("Petition overdue"),
    }
    list_display = ("matter", "status", "due_on", "overdue_at", "registered_at")
    list_filter = ("status", ("overdue_at", admin.EmptyFieldListFilter))
    fields = (
        *("matter", "status", "due_on", "overdue_at", "registered_by", "told_at", "extension_reason", "opinion"),
        *("finished_by", "review_opinion", "reviewed_by", "second_opinion", "settled_at"),
    )
    asked: ClassVar = {"finish": OpinionForm, "review": OpinionForm, "review_again": OpinionForm}
    operations: ClassVar = {
        "tell": petitions.tell_petitioner,
        "finish": petitions.finish_petition,
        "review": petitions.review_petition,
        "review_again": petitions.review_petition,
        "ask_review": petitions.ask_review,
        "ask_second_review": petitions.ask_review,
    }
    argument = "petition"
    deeds = (
        Deed(
            "put-off",
            _("Put off with leave"),
            "consultation.put_petition_off",
            lambda row, by, now, data: petitions.put_petition_off(by=by, now=now, petition=row, reason=data["reason"]),
            form=WhyForm,
            is_open=lambda row: row.status == PetitionStatus.TOLD and row.extended_at is None,
            other_than=lambda row: {row.told_by_id},
        ),
    )


@admin.register(CallBack)
class CallBackAdmin(BesideAdmin):
    """Whom to call: who was not asked yet, and what those said who were."""

    view_permission = "consultation.view_callback"
    acts: ClassVar = {"consultation.call_back.opened": _("Person to be asked")}
    list_display = ("matter", "purpose", "status", "due_on", "is_solved", "satisfaction")
    list_filter = ("status", "purpose", "is_solved")
    fields = (
        *("matter", "reply", "purpose", "round", "status", "due_on", "handled_by", "asked_by", "asked_at"),
        *("is_solved", "satisfaction", "words"),
    )
    readonly_fields = ("reply",)
    asked: ClassVar = {"answer": CallBackForm, "miss": WhyForm}
    operations: ClassVar = {"answer": calling.answer_call_back, "miss": calling.miss_call_back}
    argument = "call_back"

    @admin.display(description=pgettext_lazy("work order", "answer"))
    def reply(self, row: CallBack) -> str:
        """What the person was answered, for who calls."""
        return str(row.matter.reply)

    def _asks(self, move: Move) -> bool:
        return move.name == "answer" or super()._asks(move)
