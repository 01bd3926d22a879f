"""The filters of the list of purchases."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from projects.purchasing.lifecycle import PurchaseStatus
from projects.purchasing.models import Purchase
from projects.purchasing.policy import Procedure, PurchaseKind


class PurchaseFilter(django_filters.FilterSet):
    """Purchases by buyer, kind, procedure and state."""

    division = DivisionFilter(place="buyer", label=_("buyer"))
    kind = django_filters.ChoiceFilter(choices=PurchaseKind.choices, label=_("kind"))
    procedure = django_filters.ChoiceFilter(choices=Procedure.choices, label=_("procedure"))
    status = django_filters.ChoiceFilter(choices=PurchaseStatus.choices, label=_("status"))
    year = django_filters.NumberFilter(field_name="budget_line__fiscal_year", label=_("fiscal year"))
    budget_line = django_filters.NumberFilter(field_name="budget_line_id", label=_("budget line"))

    class Meta:
        model = Purchase
        fields: ClassVar[list[str]] = []
