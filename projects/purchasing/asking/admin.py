"""Questions on purchases on the desk, to be answered in days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from governance.staff import Deed, StaffAdmin
from projects.purchasing.asking import operations
from projects.purchasing.asking.forms import AnswerForm
from projects.purchasing.asking.models import PurchaseQuestion

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

    from governance.accounts.models import User


def _answer(row: PurchaseQuestion, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.answer_question(by=by, now=now, question=row, answer=data["answer"])


@admin.register(PurchaseQuestion)
class PurchaseQuestionAdmin(StaffAdmin):
    """Questions of bidders: who asked is shown to nobody here, so that the answer is about the matter."""

    view_permission = "projects.view_purchase_file"
    list_display = ("text", "purchase", "due_on", "answered_at")
    list_filter = (("answered_at", admin.EmptyFieldListFilter),)
    list_select_related = ("purchase__buyer", "purchase__landing")
    search_fields = ("text", "purchase__number", "purchase__title")
    ordering = ("-pk",)
    fields = ("purchase", "text", "asked_at", "due_on", "answer", "answered_at", "answered_by")
    readonly_fields = fields
    acts: ClassVar = {
        "projects.purchase_question.asked": _("Question on a purchase asked"),
        "projects.purchase_question.answered": _("Question on a purchase answered"),
    }
    deeds = (
        Deed(
            "answer",
            _("Answer"),
            "projects.plan_purchase",
            _answer,
            form=AnswerForm,
            is_open=lambda row: row.answered_at is None,
            other_than=lambda row: {row.asked_by_id},
            waiting=lambda rows: rows.filter(answered_at=None),
        ),
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row who work at its buyer."""
        return request.user.has_perm(self.view_permission, obj.purchase if obj is not None else None)
