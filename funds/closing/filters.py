"""The filter of the list of closings."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.closing.lifecycle import ClosureStatus
from funds.closing.models import FundClosure


class ClosureFilter(django_filters.FilterSet):
    """Closings by fund and step."""

    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))
    status = django_filters.ChoiceFilter(choices=ClosureStatus.choices, label=_("status"))

    class Meta:
        model = FundClosure
        fields: ClassVar[list[str]] = []
