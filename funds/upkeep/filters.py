"""The filter of the list of interest and fees."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.charity.filters import DivisionFilter
from funds.upkeep.lifecycle import UpkeepStatus
from funds.upkeep.models import UpkeepEntry, UpkeepKind


class UpkeepFilter(django_filters.FilterSet):
    """Interest and fees by place, fund, kind and state."""

    division = DivisionFilter(label=_("division"))
    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))
    kind = django_filters.ChoiceFilter(choices=UpkeepKind.choices, label=_("kind"))
    status = django_filters.ChoiceFilter(choices=UpkeepStatus.choices, label=_("status"))

    class Meta:
        model = UpkeepEntry
        fields: ClassVar[list[str]] = []
