"""The filters of the lists of activities and hours."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from projects.volunteering.lifecycle import ActivityStatus, HourStatus
from projects.volunteering.models import ServiceHour, VolunteerActivity


class ActivityFilter(django_filters.FilterSet):
    """Activities by place, state, organizer and contract."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=ActivityStatus.choices, label=_("status"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organizer"))
    contract = django_filters.NumberFilter(field_name="contract_id", label=_("contract"))

    class Meta:
        model = VolunteerActivity
        fields: ClassVar[list[str]] = []


class HourFilter(django_filters.FilterSet):
    """Records of service by activity, place and state."""

    activity = django_filters.NumberFilter(field_name="activity_id", label=_("activity"))
    division = DivisionFilter(place="activity__division")
    status = django_filters.ChoiceFilter(choices=HourStatus.choices, label=_("status"))

    class Meta:
        model = ServiceHour
        fields: ClassVar[list[str]] = []
