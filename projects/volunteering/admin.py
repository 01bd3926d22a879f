"""The volunteering room on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin
from projects.contracts.lifecycle import ContractStatus
from projects.contracts.models import Contract
from projects.evaluation.forms import places_of
from projects.volunteering import operations
from projects.volunteering.forms import ActivityForm, SheetForm
from projects.volunteering.models import ServiceHour, VolunteerActivity

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


def _enter(row: VolunteerActivity, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.enter_hours(by=by, now=now, activity=row, sheet=data["sheet"])


@admin.register(VolunteerActivity)
class ActivityAdmin(MovesAdmin):
    """Activities with their moves; the code is printed from the activity's own page."""

    view_permission = "projects.manage_activity"
    add_permission = "projects.manage_activity"
    form = ActivityForm
    list_display = ("title", "division", "organization", "starts_at", "status")
    list_select_related = ("division", "organization")
    list_filter = ("status",)
    search_fields = ("title", "place")
    ordering = ("-pk",)
    date_hierarchy = "starts_at"
    autocomplete_fields = ("organization",)
    exclude = ("code",)
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.activity.planned": _("Activity planned")}
    deeds = (Deed("hours", _("Enter an attendance sheet"), "projects.enter_hours", _enter, form=SheetForm),)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row but its code; ask only for what is entered."""
        entered = ActivityForm.Meta.fields
        return [*entered, "status", "planned_by", "opened_at", "ended_at"] if obj else entered

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts and the contracts that run there."""
        if db_field.name == "division":
            kwargs["queryset"] = places_of(request.user)
        elif db_field.name == "contract":
            running = Contract.objects.visible_to(request.user).filter(status=ContractStatus.RUNNING)
            kwargs["queryset"] = running.order_by("-pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Plan the activity."""
        return operations.plan_activity(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make every move by its operation."""
        by, now = acting_user(request), clock.now()
        if name == "open":
            return operations.open_activity(by=by, now=now, activity=row)
        if name == "end":
            return operations.end_activity(by=by, now=now, activity=row)
        return operations.cancel_activity(by=by, now=now, activity=row, reason=data["reason"])


@admin.register(ServiceHour)
class HourAdmin(MovesAdmin):
    """Records of service, verified or rejected by another person."""

    view_permission = "projects.verify_hours"
    list_display = ("activity", "volunteer", "signed_in_at", "signed_out_at", "minutes", "is_end_planned", "status")
    list_select_related = ("activity__division", "activity__organization", "volunteer")
    list_filter = ("status", "source", "is_end_planned")
    search_fields = ("activity__title",)
    ordering = ("-pk",)
    date_hierarchy = "signed_in_at"
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.service_hour.signed_in": _("Signed in"),
        "projects.service_hour.entered": _("Entered from a sheet"),
    }

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make every move by its operation."""
        by, now = acting_user(request), clock.now()
        if name == "reject":
            return operations.reject_hours(by=by, now=now, hours=row, reason=data["reason"])
        if name == "verify":
            return operations.verify_hours(by=by, now=now, hours=row)
        return operations.sign_out(by=by, now=now, activity=row.activity, volunteer=row.volunteer)
