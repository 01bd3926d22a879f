"""The filters of the list of contracts."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from projects.contracts.lifecycle import ContractStatus, MilestoneStatus
from projects.contracts.models import Contract, Milestone


class ContractFilter(django_filters.FilterSet):
    """Contracts by place, state, organization and request."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=ContractStatus.choices, label=_("status"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    spending_request = django_filters.NumberFilter(field_name="request_id", label=_("spending request"))

    class Meta:
        model = Contract
        fields: ClassVar[list[str]] = []


class MilestoneFilter(django_filters.FilterSet):
    """Milestones by contract and state."""

    contract = django_filters.NumberFilter(field_name="contract_id", label=_("contract"))
    status = django_filters.ChoiceFilter(choices=MilestoneStatus.choices, label=_("status"))

    class Meta:
        model = Milestone
        fields: ClassVar[list[str]] = []
