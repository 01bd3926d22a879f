"""The filters of the list of profiles."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.filters import DivisionFilter
from projects.contracts.policy import ServiceField
from projects.market.talents.lifecycle import TalentStatus
from projects.market.talents.models import TalentProfile, TalentProfileQuerySet
from projects.market.talents.policy import TalentKind


class TalentFilter(django_filters.FilterSet):
    """Profiles by place, skill, field, kind and state."""

    division = DivisionFilter(place="resident__division")
    skill = django_filters.CharFilter(method="filter_skill", label=pgettext_lazy("talent", "skill"))
    field = django_filters.ChoiceFilter(choices=ServiceField.choices, label=pgettext_lazy("market", "field"))
    kind = django_filters.ChoiceFilter(choices=TalentKind.choices, label=pgettext_lazy("talent", "known as"))
    status = django_filters.ChoiceFilter(choices=TalentStatus.choices, label=_("status"))

    class Meta:
        model = TalentProfile
        fields: ClassVar[list[str]] = []

    def filter_skill(self, rows: TalentProfileQuerySet, name: str, value: str) -> TalentProfileQuerySet:
        """Profiles that name the skill."""
        del name
        return rows.skilled_in(value.strip()) if value.strip() else rows
