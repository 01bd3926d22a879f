"""The filters of the lists of policies, runs and orders: the same on the pages and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.charity.filters import DivisionFilter
from funds.reinvestment.lifecycle import OrderStatus, PolicyStatus
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder, ReinvestmentRun, StandingDecision
from funds.reinvestment.policy import Direction, Route, RunOutcome


class PolicyFilter(django_filters.FilterSet):
    """Policies by place, enterprise and state."""

    division = DivisionFilter(label=_("division"))
    enterprise = django_filters.NumberFilter(field_name="enterprise_id", label=_("enterprise"))
    status = django_filters.ChoiceFilter(choices=PolicyStatus.choices, label=_("status"))

    class Meta:
        model = DistributionPolicy
        fields: ClassVar[list[str]] = []


class StandingDecisionFilter(django_filters.FilterSet):
    """Standing decisions by enterprise."""

    enterprise = django_filters.NumberFilter(field_name="enterprise_id", label=_("enterprise"))

    class Meta:
        model = StandingDecision
        fields: ClassVar[list[str]] = []


class RunFilter(django_filters.FilterSet):
    """Runs by place, enterprise, year and outcome."""

    division = DivisionFilter(label=_("division"))
    enterprise = django_filters.NumberFilter(field_name="enterprise_id", label=_("enterprise"))
    year = django_filters.NumberFilter(field_name="declaration__starts_on__year", label=_("year"))
    outcome = django_filters.ChoiceFilter(choices=RunOutcome.choices, label=_("outcome"))

    class Meta:
        model = ReinvestmentRun
        fields: ClassVar[list[str]] = []


class OrderFilter(django_filters.FilterSet):
    """Orders by place, enterprise, fund, way and state, or by their reference."""

    division = DivisionFilter(label=_("division"))
    enterprise = django_filters.NumberFilter(field_name="enterprise_id", label=_("enterprise"))
    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))
    status = django_filters.ChoiceFilter(choices=OrderStatus.choices, label=_("status"))
    direction = django_filters.ChoiceFilter(choices=Direction.choices, label=_("direction"))
    route = django_filters.ChoiceFilter(choices=Route.choices, label=_("route"))
    reference = django_filters.CharFilter(label=_("transfer reference"))

    class Meta:
        model = ReinvestmentOrder
        fields: ClassVar[list[str]] = []
