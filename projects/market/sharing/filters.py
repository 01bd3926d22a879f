"""The filters of the lists of offers, resources, bookings and rooms."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.filters import DivisionFilter
from communities.venues.policy import PropertyClass
from projects.market.sharing.models import Merchant, MerchantOffer, OpenResource, ResourceBooking, VenueCession


class MerchantFilter(django_filters.FilterSet):
    """Shops by place."""

    division = DivisionFilter()

    class Meta:
        model = Merchant
        fields: ClassVar[list[str]] = []


class MerchantOfferFilter(django_filters.FilterSet):
    """Offers by place, shop and day."""

    division = DivisionFilter(place="merchant__division")
    merchant = django_filters.NumberFilter(field_name="merchant_id", label=pgettext_lazy("shop", "shop"))
    day = django_filters.DateFilter(field_name="day", label=_("day"))

    class Meta:
        model = MerchantOffer
        fields: ClassVar[list[str]] = []


class PlaceFilter(django_filters.FilterSet):
    """Resources by place, venue and class of premises."""

    division = DivisionFilter()
    property_class = django_filters.ChoiceFilter(
        field_name="venue__property_class",
        choices=PropertyClass.choices,
        label=pgettext_lazy("premises", "class of the premises"),
    )

    class Meta:
        model = OpenResource
        fields: ClassVar[list[str]] = ["kind", "field", "venue"]


class BookingFilter(django_filters.FilterSet):
    """Bookings by place and state."""

    division = DivisionFilter(place="resource__division")

    class Meta:
        model = ResourceBooking
        fields: ClassVar[list[str]] = ["resource", "status"]


class CessionFilter(django_filters.FilterSet):
    """Free uses of rooms by place, venue and state."""

    division = DivisionFilter(place="resource__division")
    venue = django_filters.NumberFilter(field_name="resource__venue_id", label=_("venue"))

    class Meta:
        model = VenueCession
        fields: ClassVar[list[str]] = ["resource", "organization", "status"]
