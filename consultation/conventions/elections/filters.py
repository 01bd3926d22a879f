"""The filters of the lists of elections and of candidates."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from consultation.conventions.elections.lifecycle import ElectionStatus, Standing
from consultation.conventions.elections.models import CommitteeElection, ElectionCandidate
from consultation.conventions.elections.policy import ElectionKind


class ElectionFilter(django_filters.FilterSet):
    """Elections by place, kind and state."""

    division = DivisionFilter()
    kind = django_filters.ChoiceFilter(choices=ElectionKind.choices, label=_("kind"))
    status = django_filters.ChoiceFilter(choices=ElectionStatus.choices, label=_("status"))

    class Meta:
        model = CommitteeElection
        fields: ClassVar[list[str]] = []


class CandidateFilter(django_filters.FilterSet):
    """Candidates by election, place and state."""

    election = django_filters.NumberFilter(field_name="election_id", label=_("election"))
    division = DivisionFilter(place="election__division")
    status = django_filters.ChoiceFilter(choices=Standing.choices, label=_("status"))

    class Meta:
        model = ElectionCandidate
        fields: ClassVar[list[str]] = []
