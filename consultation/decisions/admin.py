"""The decisions room on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot
from consultation.decisions import accepting, executing, operations
from consultation.decisions.forms import AcceptForm, DecisionForm, ExecutionForm, ReportForm
from consultation.decisions.models import Decision
from consultation.meetings.joint import CaseParty
from consultation.meetings.record import MeetingTask, Resolution
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Follow, MovesAdmin

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest


CARRIES = Q(status=BallotStatus.PUBLISHED, result__is_passed=True, decision=None, topic__isnull=False)
"""Ballots that passed and have no decision yet."""
CARRYING = Q(published_at__isnull=False, is_passed=True, item__topic__isnull=False, decision=None)
"""Resolutions that passed and have no decision yet."""


@admin.register(Decision)
class DecisionAdmin(MovesAdmin):
    """Decisions with their moves; the clock makes them final as their notices close."""

    view_permission = "consultation.view_decision"
    add_permission = "consultation.manage_decision"
    acts: ClassVar = {
        "consultation.decision.drafted": _("Decision drafted"),
        "consultation.decision.judged": _("Result judged by a resident"),
    }
    form = DecisionForm
    list_display = ("number", "topic", "division", "status", "cost_estimate", "due_on")
    list_filter = ("status",)
    list_select_related = ("division", "topic")
    search_fields = ("number", "topic__title", "division__name")
    ordering = ("-id",)
    fields = (
        "number",
        "division",
        "topic",
        "ballot",
        "resolution",
        "text",
        "cost_estimate",
        "notice",
        "responsible",
        "due_on",
        "parties_list",
        "tasks_list",
        "result_text",
        "result_notice",
        "acceptance",
        "shortfall",
        "evidence_list",
        "status",
        "final_at",
        "reported_at",
        "accepted_at",
    )

    follows = (
        Follow(
            "consultation.Ballot",
            "consultation.Decision",
            _("Draft the decision"),
            "consultation.manage_decision",
            waiting=lambda rows: rows.filter(CARRIES),
            given=lambda row: {"ballot": row.pk},
        ),
        Follow(
            "consultation.Resolution",
            "consultation.Decision",
            _("Draft the decision"),
            "consultation.manage_decision",
            waiting=lambda rows: rows.filter(CARRYING),
            given=lambda row: {"resolution": row.pk},
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only for what is entered."""
        return self.fields if obj else DecisionForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return self.fields if obj else ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    @admin.display(description=_("evidence"))
    def evidence_list(self, row: Decision) -> str:
        """The names of the files, one query."""
        return ", ".join(row.evidence.order_by("pk").values_list("name", flat=True))

    @admin.display(description=_("parties to cases"))
    def parties_list(self, row: Decision) -> str:
        """Who works on it, the leading party first; one query."""
        rows = CaseParty.objects.filter(case=row.case_id, left_at=None).order_by("-is_leading", "pk")
        return ", ".join(str(party) for party in rows) if row.case_id else "-"

    @admin.display(description=pgettext_lazy("meeting task", "tasks"))
    def tasks_list(self, row: Decision) -> str:
        """The tasks in which it is carried out, each with its page; one query."""
        if row.case_id is None:
            return "-"
        tasks = MeetingTask.objects.filter(case=row.case_id).order_by("due_on", "pk")
        found = [(task.get_absolute_url(), task.text, task.get_status_display()) for task in tasks]
        return format_html_join(" · ", '<a href="{}">{}</a> ({})', found) or "-"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the ballots and resolutions that passed and have no decision yet."""
        if db_field.name == "ballot":
            kwargs["queryset"] = Ballot.objects.visible_to(request.user).filter(CARRIES).order_by("-pk")
        if db_field.name == "resolution":
            rows = Resolution.objects.handled_by(acting_user(request)).filter(CARRYING)
            kwargs["queryset"] = rows.order_by("-pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: Any, request: HttpRequest) -> Decision:
        """Draft the decision on the topic of its ballot or resolution."""
        data = form.cleaned_data
        ballot, resolution = data["ballot"], data["resolution"]
        if (ballot is None) == (resolution is None):
            raise operations.OneGround(field="ballot")
        return operations.draft_decision(
            by=acting_user(request),
            now=clock.now(),
            topic=ballot.topic if ballot is not None else resolution.item.topic,
            ballot=ballot,
            resolution=resolution,
            text=data["text"],
            cost_estimate=data["cost_estimate"],
        )

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for what the execution and the report need."""
        forms_by_move: dict[str, type[forms.Form]] = {
            "begin_execution": ExecutionForm,
            "report_result": ReportForm,
            "accept": AcceptForm,
        }
        return forms_by_move.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Decision:
        """Make each move by its operation."""
        by, now = acting_user(request), clock.now()
        if name == "put_up":
            return operations.post_decision(by=by, now=now, today=clock.today(), decision=row)
        if name == "begin_execution":
            return executing.begin_execution(
                by=by, now=now, decision=row, **{key: data[key] for key in ("responsible", "kind", "due_on")}
            )
        if name == "report_result":
            return executing.report_result(by=by, now=now, decision=row, text=data["text"], uploads=data["uploads"])
        if name == "accept":
            return accepting.accept_result(by=by, now=now, decision=row, **data)
        if name == "return_result":
            return executing.return_result(by=by, now=now, decision=row, reason=data.get("reason", ""))
        return executing.close_decision(by=by, now=now, decision=row)
