"""Accounts to the public on the desk, by the day on which they fall due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from funds.disclosure import operations
from funds.disclosure.forms import AccountTextForm, CorrectionForm, PublishForm
from funds.disclosure.lifecycle import DisclosureStatus
from funds.disclosure.models import DisclosedFigure, Disclosure
from funds.disclosure.policy import title_of
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.money import format_yuan
from governance.staff import Deed, MovesAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


def _correct(row: Disclosure, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.correct_disclosure(by=by, disclosure=row, reason=data["reason"], now=now)


class FigureInline(TabularInline):  # type: ignore[misc]  # unfold is untyped
    """The published figures."""

    model = DisclosedFigure
    fields = ("number", "named", "figure")
    readonly_fields = ("named", "figure")
    ordering = ("number",)
    extra = 0
    hide_title = True
    can_delete = False

    @admin.display(description=gettext_lazy("amount"))
    def figure(self, row: DisclosedFigure) -> str:
        """Write the amount with thousands apart."""
        return format_yuan(row.amount)

    @admin.display(description=gettext_lazy("figure"))
    def named(self, row: DisclosedFigure) -> StrOrPromise:
        """What the figure is called, as on the page."""
        return title_of(row.name, row.label)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Show them to whoever sees the account."""
        return request.user.has_perm("funds.view_disclosure", obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: figures follow from the ledger."""
        return False

    has_change_permission = has_add_permission
    has_delete_permission = has_add_permission


@admin.register(Disclosure)
class DisclosureAdmin(MovesAdmin):
    """What funds owe the public, and what they have published."""

    view_permission = "funds.view_disclosure"
    acts: ClassVar = {
        "funds.disclosure.opened": gettext_lazy("Opened by the clock"),
        "funds.disclosure.corrected": gettext_lazy("Correction opened"),
    }
    list_display = ("__str__", "fund", "due_on", "status", "sequence", "published_at")
    list_select_related = ("fund__division", "fund__charity", "request")
    list_filter = ("status", "kind", "due_on")
    search_fields = ("fund__name", "request__title")
    ordering = ("due_on", "pk")
    inlines = (FigureInline,)
    fields = (
        *("fund", "kind", "request", "covers_from", "covers_to", "due_on", "status", "text", "version", "corrects"),
        *("correction_reason", "sequence", "head_hash", "notice", "written_by", "published_by", "published_at"),
    )
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "correct",
            gettext_lazy("Correct the account"),
            "funds.write_disclosure",
            _correct,
            form=CorrectionForm,
            is_grave=True,
            is_open=lambda row: row.status == DisclosureStatus.PUBLISHED and not hasattr(row, "corrected_by"),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Disclosure]:
        """Show those of the places, charities and committees of this person."""
        rows: Any = super().get_queryset(request)
        found: QuerySet[Disclosure] = rows.handled_by(acting_user(request))
        return found

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the words of the account, and for the contact of its notice."""
        return {"write": AccountTextForm, "publish": PublishForm}.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Write, publish and send back through the operations."""
        by, now = acting_user(request), clock.now()
        if name == "write":
            return operations.write_disclosure(by=by, disclosure=row, text=data["text"], now=now)
        if name == "publish":
            return operations.publish_disclosure(by=by, disclosure=row, contact=data.get("contact", ""), now=now)
        return operations.send_back(by=by, disclosure=row, reason=data.get("reason", ""), now=now)
