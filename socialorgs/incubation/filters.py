"""The filters of incubators and stays: the same on the pages and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.filters import DivisionFilter
from socialorgs.incubation.lifecycle import StayStatus
from socialorgs.incubation.models import ApplicantKind, IncubationStay, Incubator, IncubatorPlace, IncubatorTier


class IncubatorFilter(django_filters.FilterSet):
    """Incubators by place and tier."""

    division = DivisionFilter()
    tier = django_filters.ChoiceFilter(choices=IncubatorTier.choices, label=pgettext_lazy("incubation", "tier"))

    class Meta:
        model = Incubator
        fields: ClassVar[list[str]] = []


class PlaceFilter(django_filters.FilterSet):
    """Rooms and desks by place, incubator, and whether they can be given."""

    division = DivisionFilter(place="incubator__division")
    incubator = django_filters.NumberFilter(field_name="incubator_id", label=_("incubator"))
    is_open = django_filters.BooleanFilter(label=_("can be given"))

    class Meta:
        model = IncubatorPlace
        fields: ClassVar[list[str]] = []


class StayFilter(django_filters.FilterSet):
    """Stays by place, incubator, kind and state."""

    division = DivisionFilter(place="incubator__division")
    incubator = django_filters.NumberFilter(field_name="incubator_id", label=_("incubator"))
    kind = django_filters.ChoiceFilter(choices=ApplicantKind.choices, label=_("who applies"))
    status = django_filters.ChoiceFilter(choices=StayStatus.choices, label=_("status"))

    class Meta:
        model = IncubationStay
        fields: ClassVar[list[str]] = []
