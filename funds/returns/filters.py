"""The filters of the list of uses."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.charity.filters import DivisionFilter
from funds.returns.models import ReinvestmentUse


class UseFilter(django_filters.FilterSet):
    """Uses by place, enterprise, order and year of the profit."""

    division = DivisionFilter(label=_("division"))
    enterprise = django_filters.NumberFilter(field_name="order__enterprise_id", label=_("enterprise"))
    order = django_filters.NumberFilter(field_name="order_id", label=_("reinvestment order"))
    year = django_filters.NumberFilter(field_name="order__run__declaration__starts_on__year", label=_("year"))

    class Meta:
        model = ReinvestmentUse
        fields: ClassVar[list[str]] = []
