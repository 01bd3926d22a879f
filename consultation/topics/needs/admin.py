"""Common needs on the desk: bundled from matters, made topics of."""

from __future__ import annotations

from copy import deepcopy
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from communities.people.models import Role
from communities.people.queries import within
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter
from consultation.topics.needs import operations
from consultation.topics.needs.forms import NeedForm
from consultation.topics.needs.models import CommonNeed
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, StaffAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

OFFERED = 200


@admin.register(CommonNeed)
class CommonNeedAdmin(StaffAdmin):
    """What several matters have in common, the newest first, with how many people stand behind it."""

    view_permission = "consultation.view_commonneed"
    add_permission = "consultation.bundle_needs"
    form = NeedForm
    list_display = ("title", "division", "people_count", "matter_count", "topic", "noted_at")
    list_filter = (("topic", admin.EmptyFieldListFilter),)
    search_fields = ("title", "division__name")
    autocomplete_fields = ("division",)
    ordering = ("-id",)
    acts: ClassVar = {
        "consultation.commonneed.bundled": _("Common need bundled"),
        "consultation.commonneed.made_topic": _("Topic made of the need"),
    }
    deeds = (
        Deed(
            "make_topic",
            _("Prepare a topic from it"),
            "consultation.bundle_needs",
            lambda row, by, now, _data: operations.make_topic_of(by=by, now=now, need=row),
            is_open=lambda row: row.topic_id is None,
            waiting=lambda rows: rows.filter(topic=None),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[CommonNeed]:
        """Needs of the viewer's places."""
        return CommonNeed.objects.visible_to(request.user).for_list()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    def get_form(self, request: HttpRequest, obj: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Offer the newest matters of the viewer's places that belong to no need."""
        form = super().get_form(request, obj, *args, **kwargs)
        if "matters" in form.base_fields:
            field = deepcopy(form.base_fields["matters"])
            staff = within(request.user, Role.COMMUNITY_STAFF, Role.STREET_OFFICER, Role.STREET_REVIEWER)
            free = Matter.objects.filter(staff, bundled_in=None).exclude(status=MatterStatus.CLOSED)
            newest = free.order_by("-pk").values("pk")[:OFFERED]
            field.queryset = Matter.objects.filter(pk__in=newest).order_by("-pk")
            field.label_from_instance = attrgetter("desk_name")
            form.base_fields["matters"] = field
        return form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the matters, list them afterwards."""
        if obj is None:
            return ("division", "title", "text", "matters")
        return ("division", "title", "text", "people_count", "matter_list", "topic", "noted_at", "noted_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return () if obj is None else self.get_fields(request, obj)

    @admin.display(description=_("people"))
    def people_count(self, row: Any) -> int:
        """How many people stand behind it."""
        return int(row.people)

    @admin.display(description=_("matters"))
    def matter_count(self, row: Any) -> int:
        """How many matters show it."""
        return int(row.matter_count)

    @admin.display(description=_("matters"))
    def matter_list(self, row: CommonNeed) -> str:
        """The matters; one query."""
        found = [
            (matter.get_absolute_url(), str(matter))
            for matter in Matter.objects.filter(bundled_in__need=row).order_by("pk")
        ]
        return format_html_join(", ", '<a href="{}">{}</a>', found)

    def create(self, form: Any, request: HttpRequest) -> CommonNeed:
        """Bundle the need."""
        given = {name: form.cleaned_data[name] for name in ("division", "title", "text", "matters")}
        return operations.bundle_need(by=acting_user(request), now=clock.now(), **given)
