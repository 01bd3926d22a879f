"""The filters of lists and budget lines."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from funds.support.models import FundingSource
from projects.purchasing.catalogue.lifecycle import LineStatus, ListStatus
from projects.purchasing.catalogue.models import ListKind, PublicBudgetLine, PurchaseList


class PurchaseListFilter(django_filters.FilterSet):
    """Lists by place, kind and state."""

    division = DivisionFilter()
    kind = django_filters.ChoiceFilter(choices=ListKind.choices, label=_("kind"))
    status = django_filters.ChoiceFilter(choices=ListStatus.choices, label=_("status"))

    class Meta:
        model = PurchaseList
        fields: ClassVar[list[str]] = []


class PublicBudgetLineFilter(django_filters.FilterSet):
    """Budget lines by place, source, year and state."""

    division = DivisionFilter()
    source = django_filters.ChoiceFilter(choices=FundingSource.choices, label=_("source of the money"))
    fiscal_year = django_filters.NumberFilter(label=_("fiscal year"))
    status = django_filters.ChoiceFilter(choices=LineStatus.choices, label=_("status"))

    class Meta:
        model = PublicBudgetLine
        fields: ClassVar[list[str]] = []
