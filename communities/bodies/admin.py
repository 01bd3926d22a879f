"""The bodies room on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from communities.bodies import operations
from communities.bodies.forms import EndForm, SeatForm
from communities.bodies.models import Body, BodyKind, BodyMembership
from communities.bodies.queries import shortcomings
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, StaffAdmin

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise


def _seats_elsewhere(row: Body) -> StrOrPromise | None:
    return str(operations.SeatFilledAtItsFund(body=row)) if row.kind == BodyKind.FUND_COMMITTEE else None


class SeatInline(TabularInline):  # type: ignore[misc]  # unfold is untyped
    """The seats of a body."""

    model = BodyMembership
    fields = ("name", "seat", "is_chair", "valid_from", "valid_to")
    ordering = ("-is_chair", "pk")
    extra = 0
    can_delete = False
    show_change_link = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show them to whoever sees the body."""
        del obj
        return request.user.has_perm("communities.view_body")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: seats are filled by a deed."""
        return False

    has_change_permission = has_add_permission
    has_delete_permission = has_add_permission


@admin.register(Body)
class BodyAdmin(StaffAdmin):
    """Bodies with their seats; what the composition lacks is said above the row."""

    view_permission = "communities.view_body"
    add_permission = "communities.edit_body"
    acts: ClassVar = {
        "communities.body.created": _("Body set up"),
        "communities.body.member_added": _("Seat filled"),
        "communities.body.member_ended": _("Seat ended"),
        "communities.body.term_ended": _("Term ended"),
    }
    list_display = ("name", "kind", "division", "term_number", "term_from", "term_to", "rule_key")
    list_filter = ("kind",)
    list_select_related = ("division",)
    search_fields = ("name", "division__name")
    autocomplete_fields = ("division",)
    ordering = ("-id",)
    fields = ("kind", "name", "division", "rule_key", "term_number", "term_from", "term_to")
    inlines = (SeatInline,)
    deeds = (
        Deed(
            "add_member",
            _("Fill a seat"),
            "communities.edit_body",
            lambda row, by, now, data: operations.add_member(by=by, now=now, body=row, **data["member"]),
            form=SeatForm,
            hindrance=_seats_elsewhere,
        ),
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Every body is public; whoever reads any may read all."""
        del obj
        return request.user.has_perm(self.view_permission)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Show the seats of rows that exist."""
        del request
        return self.inlines if obj else ()

    def around(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Say what the composition lacks."""
        for text in shortcomings(row, clock.today()):
            messages.warning(request, text)
        return super().around(request, row)

    def create(self, form: forms.ModelForm[Body], request: HttpRequest) -> Body:
        """Set the body up."""
        return operations.create_body(by=acting_user(request), now=clock.now(), **form.cleaned_data)


@admin.register(BodyMembership)
class BodyMembershipAdmin(StaffAdmin):
    """Seats: filled from their body, ended here."""

    view_permission = "communities.view_body"
    list_display = ("name", "body", "seat", "is_chair", "valid_from", "valid_to")
    list_filter = ("seat", "is_chair")
    list_select_related = ("body",)
    search_fields = ("name", "body__name")
    ordering = ("-id",)
    fields = ("body", "name", "user", "seat", "is_chair", "valid_from", "valid_to")
    readonly_fields = fields
    deeds = (
        Deed(
            "end",
            _("End"),
            "communities.edit_body",
            lambda row, by, now, data: operations.end_membership(by=by, now=now, membership=row, **data),
            form=EndForm,
            is_open=lambda row: row.valid_to is None,
        ),
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let every reader look at it."""
        del obj
        return request.user.has_perm(self.view_permission)
