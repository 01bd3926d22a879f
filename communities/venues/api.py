"""Venues in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.people.filters import DivisionFilter
from communities.venues.models import Venue, VenueQuerySet


class VenueFilter(django_filters.FilterSet):
    """Venues by place and class."""

    division = DivisionFilter()

    class Meta:
        model = Venue
        fields: ClassVar[list[str]] = ["property_class", "operating_line"]


class VenueSerializer(serializers.ModelSerializer[Venue]):
    """A venue with its class and line."""

    class Meta:
        model = Venue
        fields: ClassVar = [
            *("id", "division", "name", "address", "property_class", "operating_line", "area", "closed_on"),
        ]
        read_only_fields: ClassVar = fields


class VenueViewSet(ReadOnlyModelViewSet[Venue]):
    """Venues of a place."""

    queryset = Venue.objects.all()
    serializer_class = VenueSerializer
    filterset_class = VenueFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None}

    def get_queryset(self) -> VenueQuerySet:
        """Rows that the caller may see."""
        return Venue.objects.visible_to(self.request.user).for_list()


routes: list[tuple[str, type[ViewSetMixin]]] = [("venues", VenueViewSet)]
