"""The filters of the lists of meetings, resolutions and tasks."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from consultation.meetings.lifecycle import MeetingStatus
from consultation.meetings.models import Meeting
from consultation.meetings.record import Resolution


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
