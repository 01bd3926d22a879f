"""The filters of the lists of meetings, resolutions and tasks."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from communities.people.queries import present_day
from consultation.meetings.lifecycle import MeetingStatus, MeetingTaskStatus
from consultation.meetings.models import Meeting
from consultation.meetings.record import MeetingTask, MeetingTaskQuerySet, Resolution


class MeetingFilter(django_filters.FilterSet):
    """Meetings by place, body and state."""

    division = DivisionFilter()
    body = django_filters.NumberFilter(field_name="body_id", label=_("body"))
    status = django_filters.ChoiceFilter(choices=MeetingStatus.choices, label=_("status"))

    class Meta:
        model = Meeting
        fields: ClassVar[list[str]] = []


class ResolutionFilter(django_filters.FilterSet):
    """Resolutions by place, meeting, topic and whether they passed."""

    division = DivisionFilter()
    meeting = django_filters.NumberFilter(field_name="item__meeting_id", label=_("meeting"))
    topic = django_filters.NumberFilter(field_name="item__topic_id", label=_("topic"))
    is_passed = django_filters.BooleanFilter(label=_("passed"))

    class Meta:
        model = Resolution
        fields: ClassVar[list[str]] = []


class TaskFilter(django_filters.FilterSet):
    """Tasks by place, state, whose they are, and whether their day has passed."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=MeetingTaskStatus.choices, label=_("status"))
    due = django_filters.ChoiceFilter(
        method="narrow_due", choices=[("overdue", _("overdue"))], label=_("to be done by"), empty_label=_("all")
    )
    mine = django_filters.BooleanFilter(method="narrow_mine", label=_("mine"))
    meeting = django_filters.NumberFilter(field_name="meeting_id", label=_("meeting"))
    case = django_filters.NumberFilter(field_name="case_id", label=_("case of several parties"))

    class Meta:
        model = MeetingTask
        fields: ClassVar[list[str]] = []

    def narrow_due(self, rows: MeetingTaskQuerySet, name: str, value: str) -> MeetingTaskQuerySet:
        """Keep what is overdue."""
        del name
        return rows.overdue(present_day()) if value else rows

    def narrow_mine(self, rows: MeetingTaskQuerySet, name: str, value: object) -> MeetingTaskQuerySet:
        """Keep what the viewer is to do, or what others are."""
        del name
        owner: Any = self.request.user.pk if self.request is not None else None
        return rows.filter(owner=owner) if value else rows.exclude(owner=owner)
