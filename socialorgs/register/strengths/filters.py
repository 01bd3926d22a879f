"""The filter of the list of capabilities: the same on the page and in the API."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.filters import DivisionFilter
from communities.territory.models import Division
from socialorgs.register.strengths.lifecycle import CapabilityStatus
from socialorgs.register.strengths.models import BroughtIn, Capability, CapabilityQuerySet


class CapabilityFilter(django_filters.FilterSet):
    """Capabilities by field, by the place that they reach, by the place of the body, by state."""

    field = django_filters.CharFilter(max_length=40, label=pgettext_lazy("capability", "field"))
    reaching = django_filters.NumberFilter(method="reach", label=_("that reach this place"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    division = DivisionFilter(place="organization__division")
    status = django_filters.ChoiceFilter(choices=CapabilityStatus.choices, label=_("status"))

    class Meta:
        model = Capability
        fields: ClassVar[list[str]] = []

    def reach(self, rows: CapabilityQuerySet, name: str, value: Any) -> CapabilityQuerySet:
        """Keep what covers a place."""
        del name
        place = Division.objects.filter(pk=value).first()
        return rows.filter(area__in=place.ancestor_ids) if place else rows.none()


class BrandFilter(django_filters.FilterSet):
    """Brands by city of origin, by what they were brought in for, and by place."""

    origin_city = django_filters.CharFilter(max_length=60, label=_("city of origin"))
    word = django_filters.CharFilter(method="work_in", max_length=40, label=pgettext_lazy("capability", "field"))
    division = DivisionFilter(place="organization__division")

    class Meta:
        model = BroughtIn
        fields: ClassVar[list[str]] = []

    def work_in(self, rows: QuerySet[BroughtIn], name: str, value: str) -> QuerySet[BroughtIn]:
        """Keep what was brought in for a field."""
        del name
        return rows.filter(fields__contains=[value])
