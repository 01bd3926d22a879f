"""The filters of the lists of posts and residents, and the filter by place that every list shares."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from communities.people.models import Post, PostQuerySet, Resident, Role
from communities.territory.models import Division


class DivisionFilter(django_filters.NumberFilter):
    """Rows of a division and of all places below it; nothing for a division that does not exist.

    `place` names the column that leads to the division.
    """

    def __init__(self, *args: Any, place: str = "division", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("division"))
        super().__init__(*args, **kwargs)
        self.place = place

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow by the path of the division."""
        if value in {None, ""}:
            return qs
        path = Division.objects.filter(pk=value).values_list("path", flat=True).first()
        return qs.filter(**{f"{self.place}__path__startswith": path}) if path else qs.none()


class PostFilter(django_filters.FilterSet):
    """Posts by place, role and day."""

    division = DivisionFilter()
    role = django_filters.ChoiceFilter(choices=Role.choices, label=_("role"))
    held_on = django_filters.DateFilter(method="filter_held_on", label=_("held on"))

    class Meta:
        model = Post
        fields: ClassVar[list[str]] = []

    def filter_held_on(self, rows: PostQuerySet, name: str, value: Any) -> PostQuerySet:
        """Posts that run on a day."""
        del name
        return rows.held_on(value)


class ResidentFilter(django_filters.FilterSet):
    """Residents by place, and whether they are confirmed or have moved away."""

    division = DivisionFilter()
    confirmed = django_filters.BooleanFilter(
        field_name="confirmed_at", lookup_expr="isnull", exclude=True, label=_("confirmed")
    )
    moved_away = django_filters.BooleanFilter(
        field_name="left_on", lookup_expr="isnull", exclude=True, label=_("moved away")
    )

    class Meta:
        model = Resident
        fields: ClassVar[list[str]] = []
