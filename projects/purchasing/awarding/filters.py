"""The filters of offers and awards."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from projects.purchasing.awarding.lifecycle import AwardStatus, OfferStatus
from projects.purchasing.awarding.models import PurchaseAward, PurchaseOffer


class OfferFilter(django_filters.FilterSet):
    """Offers by purchase, organization and state."""

    purchase = django_filters.NumberFilter(field_name="purchase_id", label=_("purchase of a service"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    status = django_filters.ChoiceFilter(choices=OfferStatus.choices, label=_("status"))

    class Meta:
        model = PurchaseOffer
        fields: ClassVar[list[str]] = []


class AwardFilter(django_filters.FilterSet):
    """Awards by purchase, organization, budget line and state."""

    purchase = django_filters.NumberFilter(field_name="purchase_id", label=_("purchase of a service"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    budget_line = django_filters.NumberFilter(field_name="budget_line_id", label=_("budget line"))
    status = django_filters.ChoiceFilter(choices=AwardStatus.choices, label=_("status"))

    class Meta:
        model = PurchaseAward
        fields: ClassVar[list[str]] = []
