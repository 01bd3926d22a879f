"""The filters of the list of matters."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, ThreeWay


class LateFilter(django_filters.DateFilter):
    """Matters whose last day lies before a day."""

    def filter(self, qs: Any, value: Any) -> QuerySet[Any]:
        """Narrow by the rows' own adjective."""
        narrowed: QuerySet[Any] = qs.overdue(value) if value else qs
        return narrowed


class MatterFilter(django_filters.FilterSet):
    """Matters by place, class, state, and whether they are late on a day."""

    division = DivisionFilter()
    three_way = django_filters.ChoiceFilter(choices=ThreeWay.choices, label=_("whose affair"))
    status = django_filters.ChoiceFilter(choices=MatterStatus.choices, label=_("status"))
    late_on = LateFilter(label=_("late on"))

    class Meta:
        model = Matter
        fields: ClassVar[list[str]] = []
