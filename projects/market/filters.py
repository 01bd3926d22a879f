"""The filters of the lists of the market."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.filters import DivisionFilter
from projects.contracts.policy import ServiceField
from projects.market.lifecycle import MatchStatus, ServiceStatus
from projects.market.models import MicroService, ServiceMatch, Settlement, Side


class MicroServiceFilter(django_filters.FilterSet):
    """Services by place, side, field, price and state."""

    division = DivisionFilter()
    side = django_filters.ChoiceFilter(choices=Side.choices, label=pgettext_lazy("market", "wanted or offered"))
    field = django_filters.ChoiceFilter(choices=ServiceField.choices, label=pgettext_lazy("market", "field"))
    settlement = django_filters.ChoiceFilter(choices=Settlement.choices, label=pgettext_lazy("market", "settled by"))
    status = django_filters.ChoiceFilter(choices=ServiceStatus.choices, label=_("status"))
    capability = django_filters.CharFilter(
        field_name="capability", label=pgettext_lazy("market", "asks a checked capability in")
    )
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))

    class Meta:
        model = MicroService
        fields: ClassVar[list[str]] = []


class ServiceMatchFilter(django_filters.FilterSet):
    """Takings by service, place and state."""

    service = django_filters.NumberFilter(field_name="service_id", label=pgettext_lazy("market", "service"))
    division = DivisionFilter(place="service__division")
    status = django_filters.ChoiceFilter(choices=MatchStatus.choices, label=_("status"))

    class Meta:
        model = ServiceMatch
        fields: ClassVar[list[str]] = []
