"""The filter of the list of clubs: the same on the page and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from socialorgs.register.clubs.lifecycle import ClubStatus
from socialorgs.register.clubs.models import Club, ClubKind


class ClubFilter(django_filters.FilterSet):
    """Clubs by place, kind and state."""

    division = DivisionFilter()
    kind = django_filters.ChoiceFilter(choices=ClubKind.choices, label=_("kind"))
    status = django_filters.ChoiceFilter(choices=ClubStatus.choices, label=_("status"))

    class Meta:
        model = Club
        fields: ClassVar[list[str]] = []
