"""The topics room on the desk: topics prepared and led, opinions hidden with a reason."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from communities.people.models import Role
from communities.people.queries import within
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, Route
from consultation.topics import operations
from consultation.topics.forms import AddPhaseForm, HideForm, PhasesForm, TopicForm, usual_phases
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Opinion, Topic
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, Follow, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

OPERATIONS: dict[str, Any] = {
    "announce": operations.announce_topic,
    "begin_deliberation": operations.begin_deliberation,
    "close": operations.close_topic,
    "withdraw": operations.withdraw_topic,
    "reopen": operations.reopen_topic,
}
WITH_REASON = {"close", "withdraw", "reopen"}


def _windows(row: Topic, by: Any, now: Any, data: dict[str, Any]) -> Topic:
    form = PhasesForm()
    form.cleaned_data = data
    return operations.set_phases(by=by, now=now, topic=row, phases=form.windows())


@admin.register(Topic)
class TopicAdmin(MovesAdmin):
    """Topics from their preparation to their end."""

    view_permission = "consultation.view_topic"
    add_permission = "consultation.manage_topic"
    form = TopicForm
    list_display = ("title", "division", "status", "announced_at", "deliberated_at", "decided_at")
    list_filter = ("status",)
    list_select_related = ("division",)
    search_fields = ("title", "division__name")
    autocomplete_fields = ("division",)
    acts: ClassVar = {
        "consultation.topic.prepared": _("Topic prepared"),
        "consultation.topic.phases_set": _("Phases set"),
        "consultation.topic.phase_added": _("Phase added"),
    }
    ordering = ("-id",)
    deeds = (
        Deed(
            "set_phases",
            _("Set the phases"),
            "consultation.manage_topic",
            _windows,
            form=PhasesForm,
            is_open=lambda row: row.status == TopicStatus.PREPARED,
        ),
        Deed(
            "add_phase",
            _("Add a phase"),
            "consultation.manage_topic",
            lambda row, by, now, data: operations.add_phase(
                by=by, now=now, topic=row, kind=data["kind"], opens_at=data["opens_at"], closes_at=data["closes_at"]
            ),
            form=AddPhaseForm,
            is_open=lambda row: row.status in {TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED},
        ),
    )

    follows = (
        Follow(
            "consultation.Matter",
            "consultation.Topic",
            _("Prepare a topic from it"),
            "consultation.manage_topic",
            waiting=lambda rows: rows.filter(status=MatterStatus.SORTED, route=Route.DELIBERATION, topics=None),
            given=lambda row: {"division": row.division_id, "matters": row.pk},
        ),
    )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's
        """Offer the matters of the viewer's places."""
        form = super().get_form(request, obj, change, **kwargs)
        if "matters" in form.base_fields:
            field = deepcopy(form.base_fields["matters"])
            staff = within(request.user, Role.COMMUNITY_STAFF, Role.STREET_OFFICER, Role.STREET_REVIEWER)
            field.queryset = Matter.objects.for_deliberation().filter(staff).order_by("-pk")
            form.base_fields["matters"] = field
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose phases that begin when the days of the notice are over."""
        return {**usual_phases(clock.today()), **super().get_changeform_initial_data(request)}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for matters and phases, list them afterwards."""
        asked = ("division", "title", "text", "affected")
        if obj is None:
            return (*asked, "matters", *PhasesForm.base_fields)
        times = ("announced_at", "deliberated_at", "decided_at", "closed_at")
        return (*asked, "status", "matter_list", "phase_list", "notice_link", "page_link", "prepared_by", *times)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return () if obj is None else self.get_fields(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    @admin.display(description=_("matters"))
    def matter_list(self, row: Topic) -> str:
        """The matters behind the topic; one query."""
        found = [(matter.get_absolute_url(), str(matter)) for matter in row.matters.order_by("pk")]
        return format_html_join(", ", '<a href="{}">{}</a>', found)

    @admin.display(description=_("phases"))
    def phase_list(self, row: Topic) -> str:
        """The phases with their times; one query."""
        lines = [
            (phase.get_kind_display(), _moment(phase.opens_at), _moment(phase.closes_at)) for phase in row.phases.all()
        ]
        return format_html_join(" · ", "{} {} – {}", lines)

    @admin.display(description=_("notice"))
    def notice_link(self, row: Topic) -> str:
        """The public notice."""
        return format_html('<a href="{}">{}</a>', row.notice.get_absolute_url(), row.notice) if row.notice else ""

    @admin.display(description=_("public page"))
    def page_link(self, row: Topic) -> str:
        """The page that residents see."""
        return format_html('<a href="{0}">{0}</a>', row.get_absolute_url())

    def create(self, form: Any, request: HttpRequest) -> Topic:
        """Prepare the topic."""
        return operations.prepare_topic(by=acting_user(request), now=clock.now(), **form.given())

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Any:
        """Take the step by its operation."""
        if name not in OPERATIONS:
            return super().make_move(row, name, request, data)
        reason = {"reason": data.get("reason", "")} if name in WITH_REASON else {}
        return OPERATIONS[name](by=acting_user(request), now=clock.now(), topic=row, **reason)


def _moment(moment: Any) -> str:
    return date_format(localtime(moment), "Y-m-d H:i")


@admin.register(Opinion)
class OpinionAdmin(StaffAdmin):
    """Opinions with their support; authors masked, so that what is said counts."""

    view_permission = "consultation.view_opinion"
    list_display = ("__str__", "topic", "author_masked", "stance", "support_count", "given_at", "hidden_at")
    list_filter = ("stance", ("hidden_at", admin.EmptyFieldListFilter))
    search_fields = ("text", "topic__title")
    acts: ClassVar = {
        "consultation.opinion.given": _("Opinion given"),
        "consultation.opinion.supported": _("Opinion supported"),
        "consultation.opinion.hidden": _("Opinion hidden"),
    }
    ordering = ("-id",)
    fields = (
        "topic",
        "author_masked",
        "stance",
        "text",
        "given_at",
        "support_count",
        "hidden_at",
        "hidden_by",
        "hidden_reason",
    )
    readonly_fields = fields
    deeds = (
        Deed(
            "hide",
            _("Hide"),
            "consultation.hide_opinion",
            lambda row, by, now, data: operations.hide_opinion(by=by, now=now, opinion=row, reason=data["reason"]),
            form=HideForm,
            is_grave=True,
            is_open=lambda row: row.hidden_at is None,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Opinion]:
        """Opinions in the viewer's places."""
        return Opinion.objects.filter(within(request.user, division="topic__division")).for_list()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    @admin.display(description=_("author"))
    def author_masked(self, row: Opinion) -> str:
        """The masked name."""
        return mask_name(row.author.display_name)

    @admin.display(description=_("support"))
    def support_count(self, row: Any) -> int:
        """How many support it."""
        return int(row.support)
