"""The filters of the list of contracts."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from projects.contracts.lifecycle import ContractStatus, MilestoneStatus
from projects.contracts.models import Contract, ContractKind, Milestone


class ContractFilter(django_filters.FilterSet):
    """Contracts by place, state, organization and request."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=ContractStatus.choices, label=_("status"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    kind = django_filters.ChoiceFilter(choices=ContractKind.choices, label=_("kind"))
    purchase = django_filters.NumberFilter(field_name="purchase_id", label=_("award of a purchase"))
    grant = django_filters.NumberFilter(field_name="grant_id", label=_("grant award"))
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


class OfContractFilter(django_filters.FilterSet):
    """Rows that hang on a contract, by contract and state."""

    contract = django_filters.NumberFilter(field_name="contract_id", label=_("contract"))
    status = django_filters.CharFilter(field_name="status", label=_("status"))


class PostsFilter(django_filters.FilterSet):
    """Posts that were bought, by place."""

    division = DivisionFilter()
