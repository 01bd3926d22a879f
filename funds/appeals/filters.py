"""The filters of the lists of appeals and their accounts: the same on the pages and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.appeals.lifecycle import AppealKind, AppealStatus
from funds.appeals.models import Appeal, AppealReport
from funds.charity.filters import DivisionFilter


class AppealFilter(django_filters.FilterSet):
    """Appeals by place, fund, kind and state."""

    division = DivisionFilter(label=_("division"))
    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))
    kind = django_filters.ChoiceFilter(choices=AppealKind.choices, label=_("kind"))
    status = django_filters.ChoiceFilter(choices=AppealStatus.choices, label=_("status"))

    class Meta:
        model = Appeal
        fields: ClassVar[list[str]] = []


class AppealReportFilter(django_filters.FilterSet):
    """Accounts by place, appeal, the day they are owed, and whether they were shown."""

    division = DivisionFilter(label=_("division"))
    appeal = django_filters.NumberFilter(field_name="appeal_id", label=_("appeal"))
    due_before = django_filters.DateFilter(field_name="due_on", lookup_expr="lt", label=_("due before"))
    is_shown = django_filters.BooleanFilter(
        field_name="published_at", lookup_expr="isnull", exclude=True, label=_("shown")
    )

    class Meta:
        model = AppealReport
        fields: ClassVar[list[str]] = []
