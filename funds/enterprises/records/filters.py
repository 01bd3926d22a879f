"""The filter of the list of records: the same on the pages, on the desk and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.charity.filters import DivisionFilter
from funds.enterprises.records.models import BusinessLine, BusinessRecord, RecordKind


class RecordFilter(django_filters.FilterSet):
    """Records by place, enterprise, kind, line and month."""

    division = DivisionFilter(label=_("division"))
    enterprise = django_filters.NumberFilter(field_name="enterprise_id", label=_("enterprise"))
    kind = django_filters.ChoiceFilter(choices=RecordKind.choices, label=_("kind"))
    line = django_filters.ChoiceFilter(choices=BusinessLine.choices, label=_("business line"))
    month_from = django_filters.DateFilter(field_name="month", lookup_expr="gte", label=_("from the month"))
    month_to = django_filters.DateFilter(field_name="month", lookup_expr="lt", label=_("before the month"))

    class Meta:
        model = BusinessRecord
        fields: ClassVar[list[str]] = []
