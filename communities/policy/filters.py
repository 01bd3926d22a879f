"""The filters of the lists of documents, rule values and decision rules."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from communities.policy.lifecycle import ParameterStatus
from communities.policy.models import DecisionRule, DocumentLevel, PolicyDocument, PolicyParameter


class InForceFilter(django_filters.DateFilter):
    """Rows in force on a day."""

    def filter(self, qs: Any, value: Any) -> QuerySet[Any]:
        """Narrow by the rows' own adjective."""
        narrowed: QuerySet[Any] = qs.in_force_on(value) if value else qs
        return narrowed


class DocumentFilter(django_filters.FilterSet):
    """Documents by place, level and day."""

    division = DivisionFilter()
    level = django_filters.ChoiceFilter(choices=DocumentLevel.choices, label=_("level"))
    in_force_on = InForceFilter(label=_("in force on"))

    class Meta:
        model = PolicyDocument
        fields: ClassVar[list[str]] = []


class ParameterFilter(django_filters.FilterSet):
    """Rule values by key, place, state and day."""

    key = django_filters.CharFilter(label=_("key"))
    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=ParameterStatus.choices, label=_("status"))
    in_force_on = InForceFilter(label=_("in force on"))

    class Meta:
        model = PolicyParameter
        fields: ClassVar[list[str]] = []


class DecisionRuleFilter(django_filters.FilterSet):
    """Decision rules by key, family and day."""

    key = django_filters.CharFilter(label=_("key"))
    family = django_filters.CharFilter(label=_("family"))
    in_force_on = InForceFilter(label=_("in force on"))

    class Meta:
        model = DecisionRule
        fields: ClassVar[list[str]] = []
