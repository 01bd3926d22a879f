"""The filter of the list of appropriations."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.charity.filters import DivisionFilter
from funds.support.lifecycle import AppropriationStatus
from funds.support.models import Appropriation, FundingSource


class AppropriationFilter(django_filters.FilterSet):
    """Appropriations by place, fund, budget line, year and state."""

    division = DivisionFilter(label=_("division"))
    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))
    source = django_filters.ChoiceFilter(choices=FundingSource.choices, label=_("budget line"))
    fiscal_year = django_filters.NumberFilter(label=_("fiscal year"))
    status = django_filters.ChoiceFilter(choices=AppropriationStatus.choices, label=_("status"))

    class Meta:
        model = Appropriation
        fields: ClassVar[list[str]] = []
