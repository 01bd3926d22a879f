"""Recalls on the desk: the demand with its steps, and its signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import BodyMembership
from communities.people.queries import posts_of
from consultation.conventions.recalls import operations
from consultation.conventions.recalls.deeds import ACTS, BESIDES, FORMS
from consultation.conventions.recalls.forms import DeskDemandForm, SeatField, representative_bodies
from consultation.conventions.recalls.models import Recall, RecallSignature
from consultation.conventions.recalls.queries import seats_to_recall, signature_figures
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.http import HttpRequest


def _asked(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return what an act's own form asked for."""
    form = FORMS.get(name)
    return {key: entered for key, entered in data.items() if form is not None and key in form.base_fields}


def _deed(name: str) -> Deed:
    act, (permission, states) = ACTS[name], BESIDES[name]
    return Deed(
        name,
        act.label,
        permission,
        lambda row, by, now, data: act.run(row, by, now, _asked(name, data)),
        form=FORMS.get(name),
        is_open=lambda row: row.status in states and not (name == "by_election" and row.by_election_id),
    )


@admin.register(Recall)
class RecallAdmin(MovesAdmin):
    """Recalls with their moves: received, checked, called, voted on."""

    view_permission = "consultation.view_recall"
    add_permission = "consultation.run_recall"
    form = DeskDemandForm
    list_display = ("membership", "body", "division", "status", "asked_on", "due")
    list_filter = ("status", "demanders")
    list_select_related = ("membership__body", "body", "division")
    search_fields = ("membership__name", "body__name")
    ordering = ("-id",)
    acts: ClassVar = {
        "consultation.recall.received": _("Demand taken in"),
        "consultation.recall.signatures_entered": _("Signatures entered"),
        "consultation.recall.signatures_checked": _("Signatures checked"),
        "consultation.recall.answered": _("Answer of the member recorded"),
        "consultation.recall.by_election_planned": _("By-election planned"),
    }
    asked = (*DeskDemandForm.Meta.fields, "sheet_file")
    fields = (
        "membership",
        "body",
        "division",
        "demanders",
        "representatives",
        "grounds",
        "asked_on",
        "status",
        "entitled",
        "needed",
        "figures",
        "signed",
        "sheet",
        "check_due_on",
        "defense_due_on",
        "hearing",
        "heard_on",
        "defense",
        "vote_due_on",
        "ordered_by",
        "opens_at",
        "closes_at",
        "voter_list",
        "ballot",
        "decided_at",
        "seat_ended_on",
        "by_election_due_on",
        "by_election",
        "ended_at",
        "end_reason",
    )
    deeds = tuple(_deed(name) for name in BESIDES)

    @admin.display(description=_("to be done by"))
    def due(self, row: Recall) -> dt.date | None:
        """The day by which the next step is to be taken."""
        return row.step_due_on

    @admin.display(description=_("signatures"))
    def figures(self, row: Recall) -> str:
        """The numbers of the signatures; one query."""
        found = signature_figures(row)
        return str(
            _("%(entered)s entered: %(valid)s count, %(doubtful)s do not, %(unchecked)s unchecked")
            % {
                "entered": found.entered,
                "valid": found.valid,
                "doubtful": found.doubtful,
                "unchecked": found.unchecked,
            }
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only for what is entered."""
        return self.fields if obj else self.asked

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return self.fields if obj else ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the seats that the voters filled in the places where one works, and the representatives' meetings."""
        if db_field.name == "membership":
            seats = BodyMembership.objects.none()
            for post in posts_of(acting_user(request)):
                seats = seats | seats_to_recall(post.division, clock.today())
            kwargs["queryset"] = seats
            kwargs["form_class"] = SeatField
        if db_field.name == "representatives":
            kwargs["queryset"] = representative_bodies()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: Any, request: HttpRequest) -> Recall:
        """Take the demand in."""
        given = dict(form.cleaned_data)
        file = given.pop("sheet_file", None)
        sheet = (file.name, file.read()) if file else None
        return operations.receive_demand(by=acting_user(request), now=clock.now(), sheet=sheet, **given)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for what the moves need."""
        return FORMS.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Recall:
        """Make each move by its operation."""
        return cast("Recall", ACTS[name].run(row, acting_user(request), clock.now(), _asked(name, data)))


@admin.register(RecallSignature)
class RecallSignatureAdmin(StaffAdmin):
    """Signatures of the demands of the places in which one works."""

    view_permission = "consultation.view_recallsignature"
    list_display = ("recall", "number", "resident", "seat", "finding", "doubt")
    list_filter = ("finding",)
    list_select_related = ("recall__membership", "recall__body", "resident", "seat__body")
    search_fields = ("resident__name", "seat__name")
    ordering = ("-id",)
    fields = (
        "recall",
        "number",
        "resident",
        "seat",
        "finding",
        "doubt",
        "entered_at",
        "entered_by",
        "checked_at",
        "checked_by",
    )
    readonly_fields = fields
