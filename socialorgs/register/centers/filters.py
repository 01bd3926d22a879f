"""The filter of the list of centers: the same on the page and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters

from communities.people.filters import DivisionFilter
from socialorgs.register.centers.models import ServiceCenter


class CenterFilter(django_filters.FilterSet):
    """Centers by place."""

    division = DivisionFilter()

    class Meta:
        model = ServiceCenter
        fields: ClassVar[list[str]] = []
