"""The filter of the lists of recalls."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from consultation.conventions.recalls.lifecycle import RecallStatus
from consultation.conventions.recalls.models import Recall


class RecallFilter(django_filters.FilterSet):
    """Recalls by place and state."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=RecallStatus.choices, label=_("status"))

    class Meta:
        model = Recall
        fields: ClassVar[list[str]] = []
