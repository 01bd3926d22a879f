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
from consultation.topics import operations, phasing, raising
from consultation.topics.forms import (
    AcceptForm,
    AddPhaseForm,
    ChangePhaseForm,
    HideForm,
    PhasesForm,
    TopicForm,
    usual_phases,
)
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Opinion, Topic
from consultation.topics.needs import operations as needs
from consultation.topics.needs.forms import AllotForm
from consultation.topics.papers import operations as papers
from consultation.topics.papers.forms import DocumentForm
from consultation.topics.refusals import PhaseIsOver
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, Follow, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest

OPERATIONS: dict[str, Any] = {
    "accept": raising.accept_topic,
    "refuse": raising.refuse_topic,
    "announce": operations.announce_topic,
    "begin_deliberation": operations.begin_deliberation,
    "close": operations.close_topic,
    "withdraw": operations.withdraw_topic,
    "reopen": operations.reopen_topic,
}
WITH_REASON = {"close", "withdraw", "reopen", "refuse"}


def _windows(row: Topic, by: Any, now: Any, data: dict[str, Any]) -> Topic:
    form = PhasesForm()
    form.cleaned_data = data
    return operations.set_phases(by=by, now=now, topic=row, phases=form.windows())


def _phase_changed(row: Topic, by: Any, now: Any, data: dict[str, Any]) -> object:
    """Change the first phase of the kind that has not ended."""
    phase = row.phases.filter(kind=data["kind"], closes_at__gt=now).order_by("opens_at").first()
    if phase is None:
        raise PhaseIsOver
    given = {name: data[name] for name in ("opens_at", "closes_at", "reason")}
    return phasing.change_phase(by=by, now=now, phase=phase, **given)


@admin.register(Topic)
class TopicAdmin(MovesAdmin):
    """Topics from their preparation to their end."""

    view_permission = "consultation.view_topic"
    add_permission = "consultation.manage_topic"
    form = TopicForm
    list_display = (
        "title",
        "division",
        "status",
        "list_class",
        "due_at",
        "announced_at",
        "deliberated_at",
        "decided_at",
    )
    list_filter = ("status", "list_class", "pace", ("overdue_at", admin.EmptyFieldListFilter))
    list_select_related = ("division",)
    search_fields = ("title", "division__name")
    autocomplete_fields = ("division",)
    acts: ClassVar = {
        "consultation.topic.prepared": _("Topic prepared"),
        "consultation.topic.phases_set": _("Phases set"),
        "consultation.topic.phase_added": _("Phase added"),
        "consultation.topic.phase_changed": _("Phase moved"),
        "consultation.topic.raised": _("Topic raised"),
        "consultation.topic.edited": _("Topic corrected"),
        "consultation.topic.overdue": _("Topic overdue"),
        "consultation.follow.begun": _("Followed"),
        "consultation.follow.ended": _("Followed no more"),
        "consultation.allotment.made": _("Resource shared"),
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
        Deed(
            "change_phase",
            _("Move a phase or make it longer"),
            "consultation.manage_topic",
            _phase_changed,
            form=ChangePhaseForm,
            is_open=lambda row: row.status in {TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED},
        ),
        Deed(
            "publish_document",
            _("Publish a document to comment on"),
            "consultation.manage_topic",
            lambda row, by, now, data: papers.publish_document(
                by=by, now=now, topic=row, title=data["title"], text=data["text"]
            ),
            form=DocumentForm,
            is_open=lambda row: row.status not in papers.OVER,
        ),
        Deed(
            "allot",
            _("Share a resource among households"),
            "consultation.manage_topic",
            lambda row, by, now, data: needs.allot(by=by, now=now, topic=row, **data),
            form=AllotForm,
            is_open=lambda row: row.status in {TopicStatus.DELIBERATED, TopicStatus.DECIDED},
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

    def get_form(self, request: HttpRequest, obj: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Offer the matters of the viewer's places."""
        form = super().get_form(request, obj, *args, **kwargs)
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
        asked: tuple[str, ...] = ("division", "title", "text", "affected", "pace")
        if obj is None:
            return (*asked, "item", "matters", *PhasesForm.base_fields)
        asked = (*asked, "list_class", "list_item", "list_item_name", "refusal")
        times = (
            "raised_at",
            "due_at",
            "overdue_at",
            "accepted_at",
            "refused_at",
            "announced_at",
            "deliberated_at",
            "decided_at",
            "closed_at",
        )
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

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return what a step asks for."""
        return {"accept": AcceptForm}.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Any:
        """Take the step by its operation."""
        if name not in OPERATIONS:
            return super().make_move(row, name, request, data)
        given = {"reason": data.get("reason", "")} if name in WITH_REASON else {}
        if name == "accept":
            given = {"list_item": data["list_item"], "pace": data["pace"]}
        return OPERATIONS[name](by=acting_user(request), now=clock.now(), topic=row, **given)


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
