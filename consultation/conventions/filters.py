"""The filters of the list of conventions."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from consultation.conventions.lifecycle import VersionStatus
from consultation.conventions.models import Convention, ConventionVersion
from consultation.conventions.policy import ConventionKind


class ConventionFilter(django_filters.FilterSet):
    """Conventions by place, kind, and whether a version is in force."""

    division = DivisionFilter()
    kind = django_filters.ChoiceFilter(choices=ConventionKind.choices, label=_("kind"))
    in_force = django_filters.BooleanFilter(method="filter_in_force", label=_("in force"))

    class Meta:
        model = Convention
        fields: ClassVar[list[str]] = []

    def filter_in_force(self, rows: QuerySet[Convention], name: str, value: Any) -> QuerySet[Convention]:
        """Conventions with a version in force, or without one."""
        del name
        found = Exists(ConventionVersion.objects.in_force().filter(convention=OuterRef("pk")))
        return rows.filter(found if value else ~found)


class VersionFilter(django_filters.FilterSet):
    """Versions by convention, place and state."""

    convention = django_filters.NumberFilter(field_name="convention_id", label=_("convention"))
    division = DivisionFilter(place="convention__division")
    status = django_filters.ChoiceFilter(choices=VersionStatus.choices, label=_("status"))

    class Meta:
        model = ConventionVersion
        fields: ClassVar[list[str]] = []
