"""The filters of rounds, applications and awards."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.filters import DivisionFilter
from projects.grants.lifecycle import ApplicationStatus, AwardStatus, GrantRoundStatus, SheetStatus
from projects.grants.models import GrantApplication, GrantAward, GrantRound, ScoreSheet
from projects.grants.policy import RoundKind


class RoundFilter(django_filters.FilterSet):
    """Rounds by place, state, kind and programme."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=GrantRoundStatus.choices, label=_("status"))
    kind = django_filters.ChoiceFilter(choices=RoundKind.choices, label=pgettext_lazy("grant round", "kind"))
    programme = django_filters.NumberFilter(field_name="programme_id", label=pgettext_lazy("grants", "programme"))

    class Meta:
        model = GrantRound
        fields: ClassVar[list[str]] = []


class ApplicationFilter(django_filters.FilterSet):
    """Applications by round, state, class and organization."""

    round = django_filters.NumberFilter(field_name="round_id", label=_("grant round"))
    status = django_filters.ChoiceFilter(choices=ApplicationStatus.choices, label=_("status"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))

    class Meta:
        model = GrantApplication
        fields: ClassVar[list[str]] = []


class SheetFilter(django_filters.FilterSet):
    """Score sheets by round and state."""

    round = django_filters.NumberFilter(field_name="application__round_id", label=_("grant round"))
    status = django_filters.ChoiceFilter(choices=SheetStatus.choices, label=_("status"))

    class Meta:
        model = ScoreSheet
        fields: ClassVar[list[str]] = []


class AwardFilter(django_filters.FilterSet):
    """Awards by round, organization and state."""

    round = django_filters.NumberFilter(field_name="round_id", label=_("grant round"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    status = django_filters.ChoiceFilter(choices=AwardStatus.choices, label=_("status"))

    class Meta:
        model = GrantAward
        fields: ClassVar[list[str]] = []
