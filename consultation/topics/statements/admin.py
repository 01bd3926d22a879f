"""Statements on the desk: checked, refused with a reason, joined with one that says the same."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from consultation.topics.papers import operations as papers
from consultation.topics.papers.forms import AnswerForm
from consultation.topics.statements import operations
from consultation.topics.statements.forms import JoinForm
from consultation.topics.statements.lifecycle import StatementStatus
from consultation.topics.statements.models import Statement
from consultation.topics.statements.queries import similar_statements
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Statement)
class StatementAdmin(MovesAdmin):
    """Statements of the viewer's places; authors masked, so that what is said counts."""

    view_permission = "consultation.view_statement"
    list_display = ("text", "topic", "status", "author_masked", "proposed_at")
    list_filter = ("status",)
    search_fields = ("text", "topic__title")
    ordering = ("-id",)
    acts: ClassVar = {"consultation.statement.proposed": _("Statement proposed")}
    fields = (
        "topic",
        "text",
        "status",
        "author_masked",
        "proposed_at",
        "nearly_the_same",
        "checked_at",
        "checked_by",
        "reason",
        "same_as",
    )
    readonly_fields = fields
    deeds = (
        Deed(
            "answer",
            _("Answer officially"),
            "consultation.answer_officially",
            lambda row, by, now, data: papers.answer_officially(
                by=by, now=now, to=row, text=data["text"], office=data["office"]
            ),
            form=AnswerForm,
            is_open=lambda row: row.status == StatementStatus.SHOWN,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Statement]:
        """Statements in the viewer's places."""
        rows = Statement.objects.filter(within(request.user, division="topic__division"))
        return rows.select_related("topic__division", "author", "same_as").order_by("-pk")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    @admin.display(description=_("proposed by"))
    def author_masked(self, row: Statement) -> str:
        """The masked name."""
        return mask_name(row.author.display_name)

    @admin.display(description=_("nearly the same"))
    def nearly_the_same(self, row: Statement) -> str:
        """Statements of the topic that say nearly the same, with which it may be joined; one query."""
        found = [one for one in similar_statements(row.topic, row.text) if one.pk != row.pk]
        return format_html_join(" · ", "{}", [(one.text,) for one in found]) or "-"

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return what a step asks for."""
        return {"join": JoinForm}.get(name)

    def form_for(self, row: Any, name: str) -> Callable[..., forms.Form] | None:
        """Offer the statements of the same topic."""
        return partial(JoinForm, statement=row) if name == "join" else super().form_for(row, name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Any:
        """Take the step by its operation."""
        by, now = acting_user(request), clock.now()
        if name == "refuse":
            return operations.refuse_statement(by=by, now=now, statement=row, reason=data.get("reason", ""))
        if name == "join":
            return operations.join_statement(by=by, now=now, statement=row, other=data["other"])
        return super().make_move(row, name, request, data)
