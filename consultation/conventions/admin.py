"""The conventions room on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from consultation.conventions import operations
from consultation.conventions.forms import (
    AdoptForm,
    CheckForm,
    ConventionForm,
    FileForm,
    VersionForm,
    VoteForm,
    WordingFields,
)
from consultation.conventions.lifecycle import VersionStatus
from consultation.conventions.models import Convention, ConventionVersion
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest

MANAGE = "consultation.manage_convention"


@admin.register(Convention)
class ConventionAdmin(StaffAdmin):
    """Conventions of the places; their wording stands in their versions."""

    view_permission = "consultation.view_convention"
    add_permission = MANAGE
    form = ConventionForm
    list_display = ("title", "kind", "division", "created_at")
    list_filter = ("kind",)
    list_select_related = ("division",)
    search_fields = ("title", "division__name")
    autocomplete_fields = ("division",)
    ordering = ("-id",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the first wording with the name, list the versions afterwards."""
        asked = ("division", "kind", "title")
        return (*asked, "version_list", "created_at", "created_by") if obj else (*asked, "text", "change")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return self.get_fields(request, obj) if obj else ()

    @admin.display(description=_("versions"))
    def version_list(self, row: Convention) -> str:
        """The versions with where they stand; one query."""
        rows = row.versions.order_by("-number")[: self.list_per_page]
        return ", ".join(f"v{version.number} {version.get_status_display()}" for version in rows)

    def create(self, form: Any, request: HttpRequest) -> Convention:
        """Draft the convention with its first version."""
        data = form.cleaned_data
        drafted = operations.draft_convention(by=acting_user(request), now=clock.now(), **data)
        return drafted.convention


def _vote(operation: Any) -> Any:
    def run(row: ConventionVersion, by: Any, now: Any, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, version=row, **data)

    return run


@admin.register(ConventionVersion)
class ConventionVersionAdmin(MovesAdmin):
    """Versions with their moves: drafted, checked, shown, voted on, filed."""

    view_permission = "consultation.view_conventionversion"
    add_permission = MANAGE
    form = VersionForm
    list_display = ("convention", "number", "division_name", "status", "effective_on", "filing_due_on", "filing_number")
    list_filter = ("status", "convention__kind")
    list_select_related = ("convention__division",)
    search_fields = ("convention__title", "convention__division__name")
    ordering = ("-id",)
    acts: ClassVar = {
        "consultation.convention.drafted": _("Version drafted"),
        "consultation.convention.edited": _("Draft changed"),
        "consultation.convention.put_to_vote": _("Put to the vote"),
        "consultation.convention.joined": _("Agreement joined"),
        "consultation.convention.left": _("Agreement left"),
    }
    fields = (
        "convention",
        "number",
        "text",
        "change",
        "status",
        "check_opinion",
        "checked_at",
        "checked_by",
        "notice",
        "ballot",
        "adopted_at",
        "effective_on",
        "filing_due_on",
        "filing_number",
        "filed_at",
        "repealing_ballot",
        "ended_at",
        "end_reason",
    )
    deeds = (
        Deed(
            "edit",
            _("Change the wording"),
            MANAGE,
            _vote(operations.edit_version),
            form=WordingFields,
            is_open=lambda row: row.status == VersionStatus.DRAFT,
        ),
        Deed(
            "put_to_vote",
            _("Put it to the vote"),
            MANAGE,
            _vote(operations.put_to_vote),
            form=VoteForm,
            is_open=lambda row: row.status == VersionStatus.ANNOUNCED,
        ),
        Deed(
            "put_repeal_to_vote",
            _("Put its repeal to the vote"),
            MANAGE,
            _vote(operations.put_repeal_to_vote),
            form=VoteForm,
            is_open=lambda row: row.is_in_force,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only for what is entered."""
        return self.fields if obj else VersionForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return self.fields if obj else ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    @admin.display(description=_("division"), ordering="convention__division__name")
    def division_name(self, row: ConventionVersion) -> str:
        """The place of the convention."""
        return row.division.short_name

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the conventions that the person sees."""
        if db_field.name == "convention":
            kwargs["queryset"] = Convention.objects.visible_to(request.user).order_by("-pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: Any, request: HttpRequest) -> ConventionVersion:
        """Draft the next version."""
        return operations.draft_version(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for what the moves need."""
        found: dict[str, type[forms.Form]] = {"pass_check": CheckForm, "adopt": AdoptForm, "file": FileForm}
        return found.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> ConventionVersion:
        """Make each move by its operation."""
        by, now = acting_user(request), clock.now()
        if name == "pass_check":
            return operations.pass_check(by=by, now=now, version=row, opinion=data["check_opinion"])
        if name == "announce":
            return operations.announce_version(by=by, now=now, today=clock.today(), version=row)
        if name == "adopt":
            return operations.adopt_version(by=by, now=now, version=row, effective_on=data["effective_on"])
        if name == "file":
            return operations.file_version(by=by, now=now, version=row, number=data["number"])
        ends: dict[str, Any] = {
            "return_draft": operations.return_draft,
            "order_correction": operations.order_correction,
            "repeal": operations.repeal_version,
            "drop": operations.drop_version,
        }
        ended: ConventionVersion = ends[name](by=by, now=now, version=row, reason=data.get("reason", ""))
        return ended
