"""What the list of accounts to the public can be narrowed by, on pages and in the API alike."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.charity.filters import DivisionFilter
from funds.disclosure.lifecycle import DisclosureStatus
from funds.disclosure.models import Disclosure, DisclosureKind


class DisclosureFilter(django_filters.FilterSet):
    """Accounts by place, fund, kind, state and the day by which they are owed."""

    division = DivisionFilter(label=_("division"))
    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))
    kind = django_filters.ChoiceFilter(choices=DisclosureKind, label=_("kind"))
    status = django_filters.ChoiceFilter(choices=DisclosureStatus, label=_("status"))
    due_before = django_filters.DateFilter(field_name="due_on", lookup_expr="lt", label=_("due before"))

    class Meta:
        model = Disclosure
        fields: ClassVar[list[str]] = []
