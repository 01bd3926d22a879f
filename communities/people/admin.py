"""The people room on the desk: posts, and the register of residents with masked numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.people import operations
from communities.people.forms import EndForm, LeaveForm, PostForm, ReasonForm, ResidentForm
from communities.people.models import Post, Resident
from communities.people.queries import READERS, REGISTRARS, posts_of, visible_posts, visible_residents
from governance.accounts.masking import mask_identity, mask_phone
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, StaffAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Post)
class PostAdmin(StaffAdmin):
    """Posts: filled and ended."""

    view_permission = "communities.view_post"
    add_permission = "communities.appoint"
    acts: ClassVar = {
        "communities.post.created": _("Post filled"),
        "communities.post.ended": _("Post ended"),
    }
    form = PostForm
    list_display = ("user", "role", "division", "title", "valid_from", "valid_to")
    list_filter = ("role",)
    list_select_related = ("user", "division")
    search_fields = ("user__username", "user__display_name", "division__name")
    autocomplete_fields = ("division",)
    ordering = ("-valid_from", "-id")
    deeds = (
        Deed(
            "end",
            _("End"),
            "communities.appoint",
            lambda row, by, now, data: operations.end_post(by=by, now=now, post=row, **data),
            form=EndForm,
            is_open=lambda row: row.valid_to is None,
        ),
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Leave it out of the menu of people who see no post but their own."""
        return any(post.role in READERS for post in posts_of(request.user))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        """What the viewer's posts reach."""
        return visible_posts(request.user)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the log-in name when a post is filled, show who holds it afterwards."""
        if obj is None:
            return ("log_in_name", "role", "division", "title", "valid_from", "valid_to")
        return ("user", "role", "division", "title", "valid_from", "valid_to", "appointed_by", "appointed_at")

    def create(self, form: Any, request: HttpRequest) -> Post:
        """Fill the post."""
        data = dict(form.cleaned_data)
        return operations.create_post(by=acting_user(request), now=clock.now(), user=data.pop("log_in_name"), **data)


def _is_open(row: Resident) -> bool:
    return row.left_on is None


@admin.register(Resident)
class ResidentAdmin(StaffAdmin):
    """The register of residents: names in full for those who keep it, numbers masked until somebody gives a reason."""

    view_permission = "communities.view_resident"
    add_permission = "communities.enter_resident"
    acts: ClassVar = {
        "communities.resident.registered": _("Resident registered"),
        "communities.resident.confirmed": _("Resident confirmed"),
        "communities.resident.moved_away": _("Moving away recorded"),
        "communities.resident.revealed": _("Full number looked at"),
    }
    form = ResidentForm
    list_display = ("name", "division", "address", "registered_at", "confirmed_at", "left_on")
    list_filter = (("confirmed_at", admin.EmptyFieldListFilter), ("left_on", admin.EmptyFieldListFilter))
    list_select_related = ("division",)
    search_fields = ("name", "address")
    autocomplete_fields = ("division",)
    ordering = ("-id",)
    deeds = (
        Deed(
            "confirm",
            _("Confirm"),
            "communities.confirm_resident",
            lambda row, by, now, _data: operations.confirm_resident(by=by, now=now, resident=row),
            is_open=lambda row: _is_open(row) and row.confirmed_at is None,
            other_than=lambda row: {row.user_id, row.registered_by_id},
            waiting=lambda rows: rows.filter(confirmed_at=None, left_on=None),
        ),
        Deed(
            "move_away",
            _("Record that the person moved away"),
            "communities.move_resident_away",
            lambda row, by, now, data: operations.move_away(by=by, now=now, resident=row, on=data["on"]),
            form=LeaveForm,
            is_open=_is_open,
        ),
        Deed(
            "reveal_identity",
            _("Show the full identity number"),
            "communities.reveal_identity",
            lambda row, by, now, data: operations.reveal_identity(by=by, now=now, resident=row, **data),
            form=ReasonForm,
            is_open=lambda row: bool(row.identity_number),
        ),
        Deed(
            "reveal_phone",
            _("Show the full telephone number"),
            "communities.reveal_identity",
            lambda row, by, now, data: operations.reveal_phone(by=by, now=now, resident=row, **data),
            form=ReasonForm,
            is_open=lambda row: bool(row.user and row.user.phone),
        ),
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Leave it out of the menu of people who see nobody but themselves."""
        return any(post.role in REGISTRARS for post in posts_of(request.user))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Resident]:
        """The register that the viewer keeps."""
        return visible_residents(request.user).select_related("user", "confirmed_by", "registered_by")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Never show a number in full."""
        if obj is None:
            return ("division", "name", "identity_number", "birth_on", "address")
        return (
            "division",
            "name",
            "masked_identity",
            "masked_phone",
            "birth_on",
            "address",
            "registered_at",
            "registered_by",
            "confirmed_at",
            "confirmed_by",
            "left_on",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the masks where a row exists."""
        return () if obj is None else self.get_fields(request, obj)

    @admin.display(description=_("identity number"))
    def masked_identity(self, row: Resident) -> str:
        """The first six and last four signs."""
        return mask_identity(row.identity_number)

    @admin.display(description=_("phone"))
    def masked_phone(self, row: Resident) -> str:
        """The first three and last four digits."""
        return mask_phone(row.user.phone) if row.user else ""

    def create(self, form: Any, request: HttpRequest) -> Resident:
        """Enter a resident who has no log-in."""
        return operations.enter_resident(by=acting_user(request), now=clock.now(), **form.cleaned_data)
