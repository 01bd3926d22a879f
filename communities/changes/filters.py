"""How a list of changes of divisions is narrowed, alike on the pages and in the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from communities.changes.lifecycle import ChangeStatus
from communities.changes.models import ChangeKind, DivisionChange, DivisionChangeQuerySet, DivisionLineage
from communities.territory.models import Division

if TYPE_CHECKING:
    from django.db.models import QuerySet


class DivisionChangeFilter(django_filters.FilterSet):
    """Kind, status, place, division concerned, period."""

    kind = django_filters.ChoiceFilter(choices=ChangeKind.choices, label=_("kind"))
    status = django_filters.ChoiceFilter(choices=ChangeStatus.choices, label=_("status"))
    within = django_filters.NumberFilter(method="lie_within", label=_("drafted at or below the division"))
    division = django_filters.NumberFilter(method="concern", label=_("concerns the division"))
    effective_from = django_filters.DateFilter("effective_on", "gte", label=_("effective from"))
    effective_until = django_filters.DateFilter("effective_on", "lt", label=_("effective before"))

    class Meta:
        model = DivisionChange
        fields: ClassVar[list[str]] = []

    def lie_within(self, rows: DivisionChangeQuerySet, name: str, value: Any) -> QuerySet[DivisionChange]:
        """Keep what was drafted at or below a division; nothing when there is none of this id."""
        del name
        place = Division.objects.filter(pk=int(value)).first()
        return rows.in_division(place) if place else rows.none()

    def concern(self, rows: QuerySet[DivisionChange], name: str, value: Any) -> QuerySet[DivisionChange]:
        """Keep the changes that lead to or from a division."""
        del name
        lines = DivisionLineage.objects.filter(change=OuterRef("pk"))
        return rows.filter(Exists(lines.filter(Q(predecessor=int(value)) | Q(successor=int(value)))))
