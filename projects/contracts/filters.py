"""The filters of the list of contracts."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from projects.contracts.lifecycle import ContractStatus
from projects.contracts.models import Contract


class ContractFilter(django_filters.FilterSet):
    """Contracts by place, state, organization and request."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=ContractStatus.choices, label=_("status"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    request = django_filters.NumberFilter(field_name="request_id", label=_("spending request"))

    class Meta:
        model = Contract
        fields: ClassVar[list[str]] = []
