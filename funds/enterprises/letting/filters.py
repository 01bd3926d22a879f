"""The filters of the lists of assets, lettings and rent: the same on the pages, on the desk and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.queries import present_day
from funds.charity.filters import DivisionFilter
from funds.enterprises.letting.lifecycle import LettingStatus
from funds.enterprises.letting.models import (
    AssetKind,
    CommunityAsset,
    Letting,
    LettingQuerySet,
    RentCharge,
    RentReceipt,
)


class AssetFilter(django_filters.FilterSet):
    """Assets by place, enterprise and kind."""

    division = DivisionFilter(label=_("division"))
    enterprise = django_filters.NumberFilter(field_name="enterprise_id", label=_("enterprise"))
    kind = django_filters.ChoiceFilter(choices=AssetKind.choices, label=_("kind"))

    class Meta:
        model = CommunityAsset
        fields: ClassVar[list[str]] = []


class LettingFilter(django_filters.FilterSet):
    """Lettings by place, enterprise, asset, state, related party and arrears."""

    division = DivisionFilter(label=_("division"))
    enterprise = django_filters.NumberFilter(field_name="enterprise_id", label=_("enterprise"))
    asset = django_filters.NumberFilter(field_name="asset_id", label=_("asset"))
    status = django_filters.ChoiceFilter(choices=LettingStatus.choices, label=_("status"))
    is_related = django_filters.BooleanFilter(label=_("related party"))
    in_arrears = django_filters.BooleanFilter(method="narrow_to_arrears", label=_("in arrears"))

    class Meta:
        model = Letting
        fields: ClassVar[list[str]] = []

    def narrow_to_arrears(self, rows: LettingQuerySet, name: str, value: bool) -> LettingQuerySet:  # noqa: FBT001 - the library's
        """Leave only lettings with rent that is late today, where that is asked for."""
        del name
        return rows.in_arrears(present_day()) if value else rows


class ChargeFilter(django_filters.FilterSet):
    """Charges by letting and enterprise."""

    letting = django_filters.NumberFilter(field_name="letting_id", label=_("letting"))
    enterprise = django_filters.NumberFilter(field_name="letting__enterprise_id", label=_("enterprise"))

    class Meta:
        model = RentCharge
        fields: ClassVar[list[str]] = []


class ReceiptFilter(django_filters.FilterSet):
    """Receipts by letting and enterprise."""

    letting = django_filters.NumberFilter(field_name="letting_id", label=_("letting"))
    enterprise = django_filters.NumberFilter(field_name="letting__enterprise_id", label=_("enterprise"))

    class Meta:
        model = RentReceipt
        fields: ClassVar[list[str]] = []
