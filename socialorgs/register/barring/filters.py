"""The filter of the bans."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from socialorgs.register.barring.lifecycle import BanStatus
from socialorgs.register.barring.models import BanGround, BanQuerySet, ParticipationBan


class BanFilter(django_filters.FilterSet):
    """Bans by ground, state, organization, place and the day on which they hold."""

    ground = django_filters.ChoiceFilter(choices=BanGround.choices, label=_("ground"))
    status = django_filters.ChoiceFilter(choices=BanStatus.choices, label=_("status"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    division = DivisionFilter(place="organization__division")
    running_on = django_filters.DateFilter(method="hold_on", label=_("holds on"))

    class Meta:
        model = ParticipationBan
        fields: ClassVar[list[str]] = []

    def hold_on(self, rows: BanQuerySet, name: str, value: Any) -> BanQuerySet:
        """Keep what holds on a day."""
        del name
        return rows.running_on(value)
