"""The filters of the lists of bodies and seats."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import Body, BodyKind, BodyMembership, BodyQuerySet, MembershipQuerySet
from communities.people.filters import DivisionFilter


class BodyFilter(django_filters.FilterSet):
    """Bodies by place, kind and day."""

    division = DivisionFilter()
    kind = django_filters.ChoiceFilter(choices=BodyKind.choices, label=_("kind"))
    sitting_on = django_filters.DateFilter(method="filter_sitting_on", label=_("sitting on"))

    class Meta:
        model = Body
        fields: ClassVar[list[str]] = []

    def filter_sitting_on(self, rows: BodyQuerySet, name: str, value: Any) -> BodyQuerySet:
        """Bodies whose term runs on a day."""
        del name
        return rows.sitting_on(value)


class MembershipFilter(django_filters.FilterSet):
    """Seats by body, place and day."""

    body = django_filters.NumberFilter(field_name="body_id", label=_("body"))
    division = DivisionFilter(place="body__division")
    held_on = django_filters.DateFilter(method="filter_held_on", label=_("held on"))

    class Meta:
        model = BodyMembership
        fields: ClassVar[list[str]] = []

    def filter_held_on(self, rows: MembershipQuerySet, name: str, value: Any) -> MembershipQuerySet:
        """Seats that are held on a day."""
        del name
        return rows.held_on(value)
