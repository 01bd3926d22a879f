"""The filter of contracts with those who run incubators."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from socialorgs.incubation.operators.models import OperatorContract


class OperatorContractFilter(django_filters.FilterSet):
    """Contracts by incubator, operator, place and the day on which they run."""

    incubator = django_filters.NumberFilter(field_name="incubator_id", label=_("incubator"))
    operator = django_filters.NumberFilter(field_name="operator_id", label=_("run by"))
    division = DivisionFilter(place="incubator__division")
    running_on = django_filters.DateFilter(method="run_on", label=_("holds on"))

    class Meta:
        model = OperatorContract
        fields: ClassVar[list[str]] = []

    def run_on(self, rows: QuerySet[OperatorContract], name: str, value: Any) -> QuerySet[OperatorContract]:
        """Keep what runs on a day."""
        del name
        return rows.filter(starts_on__lte=value, ends_on__gt=value)
