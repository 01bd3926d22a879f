"""Supervision on the desk: reports of a year, orders, repairs, alerts, grades, illegal organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from communities.people.desk import OfMyPlaces
from communities.territory.desk import OutPages
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin, StaffAdmin
from socialorgs.register.forms import ReasonForm
from socialorgs.supervision import forms as asked
from socialorgs.supervision import operations
from socialorgs.supervision.grading import operations as grading
from socialorgs.supervision.grading.models import Assessment
from socialorgs.supervision.illegal import operations as illegal
from socialorgs.supervision.illegal.models import READERS, IllegalCase, IllegalTip
from socialorgs.supervision.lifecycle import RectificationStatus
from socialorgs.supervision.models import CreditRepair, RectificationOrder, StandingAlert, YearReport
from socialorgs.supervision.queries import board_of
from socialorgs.supervision.sheets import AlertResource, AssessmentResource, RectificationResource, YearReportResource

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


class ThroughOperations(MovesAdmin):
    """Rows whose moves go through operations: `runs` names them by move, `noun` how they call the row."""

    noun: ClassVar[str] = ""
    runs: ClassVar[Mapping[str, Callable[..., Model]]] = {}
    asks: ClassVar[Mapping[str, type[forms.Form]]] = {}

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for what the move needs."""
        return self.asks.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Move through the operation of the name, with what was asked for."""
        if name not in self.runs:
            return super().make_move(row, name, request, data)
        form = self.asks.get(name)
        given = {key: value for key, value in data.items() if form is not None and key in form.base_fields}
        return self.runs[name](by=acting_user(request), now=clock.now(), **{self.noun: row}, **given)


def _submit(*, by: User, now: dt.datetime, report: YearReport, **said: Any) -> YearReport:
    return operations.submit_report(by=by, now=now, report=report, said=operations.Said(**said))


@admin.register(YearReport)
class YearReportAdmin(OfMyPlaces, OutPages, ThroughOperations):
    """Reports of a year with the board: how far the year is, who is late."""

    place = "organization__division"
    view_permission = "socialorgs.read_supervision"
    acts: ClassVar = {
        "socialorgs.year_report.opened": _("Reports of a year asked for"),
        "socialorgs.year_report.reminded": _("Reminded of a report"),
    }
    change_list_template = "socialorgs/supervision/desk_reports.html"
    recorded = ("due_on", "submitted_by", "submitted_at", "opinion", "forwarded_by", "inspection")
    list_display = ("organization", "year", "status", "due_on", "reminders", "submitted_at")
    list_select_related = ("organization__division", "inspection")
    list_filter = ("status", "year")
    search_fields = ("organization__name", "organization__credit_code")
    ordering = ("-pk",)
    resource_classes = (YearReportResource,)
    noun = "report"
    runs: ClassVar = {
        "submit": _submit,
        "forward": operations.forward_report,
        "send_back": operations.send_report_back,
        "conclude": operations.conclude_report,
        "put_on_list": lambda *, report, **given: operations.list_for_miss(row=report, **given),
    }
    asks: ClassVar = {
        "submit": asked.ReportForm,
        "forward": asked.FirstOpinionForm,
        "send_back": ReasonForm,
        "conclude": asked.ConclusionForm,
        "put_on_list": asked.MissForm,
    }

    def get_urls(self) -> list[URLPattern]:
        """Add the board."""
        wrapped = self.admin_site.admin_view(self.board_view)
        return [path("board/", wrapped, name="socialorgs_yearreport_board"), *super().get_urls()]

    def board_view(self, request: HttpRequest) -> HttpResponse:
        """Show for the places of this person how far the year is, what is to be mended, who is listed and graded."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Board of supervision"),
            "sections": board_of(acting_user(request), clock.today()),
            "home": reverse("admin:socialorgs_yearreport_changelist"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "socialorgs/supervision/desk_board.html", context)


def _draft(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.draft_rectification(
        by=by,
        now=now,
        organization=row.organization,
        findings=data["findings"],
        demands=data["demands"],
        days=data["days"],
    )


@admin.register(RectificationOrder)
class RectificationAdmin(OfMyPlaces, OutPages, ThroughOperations):
    """Orders to mend something: drafted by one, issued by another."""

    place = "organization__division"
    view_permission = "socialorgs.read_supervision"
    acts: ClassVar = {
        "socialorgs.rectification.drafted": _("Rectification drafted"),
        "socialorgs.rectification.reminded": _("Reminded of a rectification"),
    }
    recorded = (
        "number",
        "due_on",
        "issued_by",
        "issued_at",
        "report",
        "reported_by",
        "reported_at",
        "decided_by",
        "decided_at",
        "remark",
    )
    list_display = ("organization", "number", "status", "due_on", "reminders", "drafted_at")
    list_select_related = ("organization__division",)
    list_filter = ("status",)
    search_fields = ("organization__name", "number")
    ordering = ("-pk",)
    resource_classes = (RectificationResource,)
    noun = "order"
    runs: ClassVar = {
        "issue": operations.issue_rectification,
        "drop": operations.drop_rectification,
        "report": operations.report_rectification,
        "send_back": operations.send_rectification_back,
        "put_on_list": lambda *, order, **given: operations.list_for_miss(row=order, **given),
    }
    asks: ClassVar = {
        "drop": ReasonForm,
        "report": asked.MendedForm,
        "send_back": asked.AgainForm,
        "put_on_list": asked.MissForm,
    }
    deeds = (
        Deed(
            "another",
            _("Draft another order"),
            "socialorgs.draft_rectification",
            _draft,
            form=asked.OrderForm,
            is_open=lambda row: row.status != RectificationStatus.DRAFTED,
        ),
        Deed(
            "print",
            _("Print the order"),
            "socialorgs.view_rectification",
            lambda *_given: None,
            is_open=lambda row: row.number is not None,
            address=lambda row: reverse("socialorgs:rectification-paper", args=[row.pk]),
        ),
    )


@admin.register(CreditRepair)
class CreditRepairAdmin(OfMyPlaces, ThroughOperations):
    """Repairs of listings that bodies have applied for."""

    place = "organization__division"
    view_permission = "socialorgs.read_supervision"
    acts: ClassVar = {"socialorgs.credit_repair.applied": _("Repair of a listing applied for")}
    recorded = (
        "applied_by",
        "applied_at",
        "decided_by",
        "decided_at",
        "remark",
    )
    list_display = ("organization", "listing", "status", "applied_at", "decided_at")
    list_select_related = ("organization__division", "listing__organization")
    list_filter = ("status",)
    search_fields = ("organization__name",)
    ordering = ("-pk",)
    noun = "repair"
    runs: ClassVar = {"approve": operations.approve_repair, "refuse": operations.refuse_repair}
    asks: ClassVar = {"refuse": ReasonForm}


def _note(row: StandingAlert, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.note_alert(by=by, now=now, alert=row, measures=data["measures"])


def _is_noted(row: StandingAlert) -> StrOrPromise | None:
    return _("Somebody has looked at this alert already.") if row.noted_at else None


@admin.register(StandingAlert)
class StandingAlertAdmin(OutPages, StaffAdmin):
    """Work that goes on while its body was listed, barred or ended: somebody says what is done about it."""

    view_permission = "socialorgs.view_alert"
    acts: ClassVar = {
        "socialorgs.alert.raised": _("Alert on running work"),
        "socialorgs.alert.noted": _("Alert looked at"),
    }
    list_display = ("organization", "cause", "subject", "division", "raised_at", "noted_at")
    fields = ("organization", "division", "cause", "said", "subject", "raised_at", "noted_by", "noted_at", "measures")
    list_select_related = ("organization", "division")
    list_filter = ("cause",)
    search_fields = ("organization__name", "subject")
    ordering = ("-pk",)
    resource_classes = (AlertResource,)
    deeds = (
        Deed(
            "note",
            _("Say what is done about it"),
            "socialorgs.note_alert",
            _note,
            form=asked.AlertForm,
            hindrance=_is_noted,
            waiting=lambda rows: rows.filter(noted_at=None),
        ),
    )


def _untold(rows: Any) -> Any:
    """Keep the assessments whose result the body was not told yet."""
    return rows.untold()


def _notified(row: Assessment, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    grading.record_notification(by=by, now=now, assessment=row, notified_on=data["notified_on"])


@admin.register(Assessment)
class AssessmentAdmin(OfMyPlaces, OutPages, ThroughOperations):
    """Assessments: scored by one, voted on as another enters it, lowered or taken back by two."""

    place = "organization__division"
    view_permission = "socialorgs.read_supervision"
    acts: ClassVar = {
        "socialorgs.assessment.applied": _("Assessment applied for"),
        "socialorgs.assessment.notified": _("Result of an assessment notified"),
    }
    recorded = (
        "score",
        "findings",
        "scored_by",
        "grade",
        "votes_for",
        "committee_size",
        "voted_on",
        "notify_by",
        "notified_on",
        "number",
        "valid_from",
        "valid_to",
        "proposed_grade",
        "questioned_by",
    )
    list_display = ("organization", "grade", "score", "status", "valid_from", "valid_to", "notify_by", "notified_on")
    list_select_related = ("organization__division",)
    list_filter = ("status", "grade")
    search_fields = ("organization__name", "number")
    ordering = ("-pk",)
    resource_classes = (AssessmentResource,)
    noun = "assessment"
    runs: ClassVar = {
        "score": grading.score_assessment,
        "grant": grading.grant_grade,
        "refuse": grading.refuse_grade,
        "question": grading.question_grade,
        "keep": grading.keep_grade,
        "downgrade": grading.downgrade,
    }
    asks: ClassVar = {
        "score": asked.ScoreForm,
        "grant": asked.VoteForm,
        "refuse": ReasonForm,
        "question": asked.QuestionForm,
        "keep": ReasonForm,
    }
    deeds = (
        Deed(
            "notified",
            _("Write down that the result was notified"),
            "socialorgs.decide_assessment",
            _notified,
            form=asked.NotifiedForm,
            is_open=lambda row: row.step_due_on is not None,
            waiting=_untold,
        ),
    )


@admin.register(IllegalCase)
class IllegalCaseAdmin(OfMyPlaces, ThroughOperations):
    """Cases of illegal organizations: whoever proposes a measure is not who decides it."""

    roles = READERS
    view_permission = "socialorgs.read_illegal_cases"
    acts: ClassVar = {"socialorgs.illegal_case.opened": _("Case of an illegal organization opened")}
    recorded = (
        "findings",
        "measure",
        "organization",
        "proposed_by",
        "decision_number",
        "decided_on",
        "decided_by",
        "remark",
        "outcome",
    )
    list_display = ("name", "division", "status", "measure", "decided_on")
    list_select_related = ("division",)
    list_filter = ("status", "measure")
    search_fields = ("name", "decision_number")
    ordering = ("-pk",)
    noun = "case"
    runs: ClassVar = {
        "propose": illegal.propose_measure,
        "send_back": illegal.send_case_back,
        "decide": illegal.decide_case,
        "dismiss": illegal.dismiss_case,
        "close": illegal.close_case,
    }
    asks: ClassVar = {
        "propose": asked.MeasureForm,
        "send_back": ReasonForm,
        "decide": asked.DecisionForm,
        "dismiss": ReasonForm,
        "close": asked.OutcomeForm,
    }


def _settle(row: IllegalTip, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    illegal.settle_tip(by=by, now=now, tip=row, answer=data["answer"])


def _reveal(row: IllegalTip, by: User, now: dt.datetime, data: dict[str, Any]) -> str:
    return illegal.reveal_tip_giver(by=by, now=now, tip=row, reason=data["reason"])


def _is_settled(row: IllegalTip) -> StrOrPromise | None:
    return _("Somebody has looked at this tip already.") if row.settled_at else None


@admin.register(IllegalTip)
class IllegalTipAdmin(StaffAdmin):
    """Tips about illegal organizations; who gave them stays closed until the district opens it with a reason."""

    view_permission = "socialorgs.read_illegal_tips"
    acts: ClassVar = {
        "socialorgs.illegal_tip.given": _("Tip about an illegal organization given"),
        "socialorgs.illegal_tip.settled": _("Tip looked at"),
        "socialorgs.illegal_tip.revealed": _("Contact of who gave a tip looked at"),
    }
    list_display = ("name", "division", "received_at", "case", "settled_at")
    list_select_related = ("division", "case")
    search_fields = ("name",)
    ordering = ("-pk",)
    fields = ("division", "name", "place", "text", "received_at", "case", "settled_by", "settled_at", "answer")
    deeds = (
        Deed(
            "settle",
            _("Open a case, or answer"),
            "socialorgs.read_illegal_tips",
            _settle,
            form=asked.SettleForm,
            hindrance=_is_settled,
            waiting=lambda rows: rows.filter(settled_at=None),
        ),
        Deed(
            "reveal",
            _("Look at the contact"),
            "socialorgs.reveal_tip_giver",
            _reveal,
            form=ReasonForm,
            is_grave=True,
            is_open=lambda row: bool(row.contact),
        ),
    )
