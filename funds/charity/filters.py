"""The filters of the lists of charities, funds and donations: the same on the pages and in the API."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund, DonationStation, FundCategory, HostCharity


class DivisionFilter(django_filters.NumberFilter):
    """Rows of a division and of all places below it; nothing for a division that does not exist."""

    def filter(self, qs: Any, value: Any) -> QuerySet[Any]:
        """Narrow by the row's own adjective `in_division`."""
        narrowed: QuerySet[Any] = qs
        if value not in {None, ""}:
            division = Division.objects.filter(pk=value).first()
            narrowed = qs.in_division(division) if division else qs.none()
        return narrowed


class CharityFilter(django_filters.FilterSet):
    """Charities by name."""

    name = django_filters.CharFilter(lookup_expr="icontains", label=_("name"))

    class Meta:
        model = HostCharity
        fields: ClassVar[list[str]] = []


class FundFilter(django_filters.FilterSet):
    """Funds by place, charity, state and name."""

    division = DivisionFilter(label=_("division"))
    charity = django_filters.NumberFilter(field_name="charity_id", label=_("charity"))
    category = django_filters.ChoiceFilter(choices=FundCategory.choices, label=_("category"))
    status = django_filters.ChoiceFilter(choices=FundStatus.choices, label=_("status"))
    name = django_filters.CharFilter(lookup_expr="icontains", label=_("name"))

    class Meta:
        model = CommunityFund
        fields: ClassVar[list[str]] = []


class StationFilter(django_filters.FilterSet):
    """Donation stations by place and charity."""

    division = DivisionFilter(label=_("division"))
    charity = django_filters.NumberFilter(field_name="charity_id", label=_("charity"))

    class Meta:
        model = DonationStation
        fields: ClassVar[list[str]] = []
