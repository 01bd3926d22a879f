"""The filters of the list of decisions."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from consultation.decisions.lifecycle import DecisionStatus
from consultation.decisions.models import Decision


class DecisionFilter(django_filters.FilterSet):
    """Decisions by place, state and topic."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=DecisionStatus.choices, label=_("status"))
    topic = django_filters.NumberFilter(field_name="topic_id", label=_("topic"))

    class Meta:
        model = Decision
        fields: ClassVar[list[str]] = []
