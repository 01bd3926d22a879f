"""How a list of divisions is narrowed, alike on the pages and in the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import CodeSystem, Division, DivisionCode, DivisionLevel, DivisionQuerySet, Tier

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet


class DivisionFilter(django_filters.FilterSet):
    """Level, tier, place, code with its list, day, name."""

    level = django_filters.MultipleChoiceFilter(choices=DivisionLevel.choices, label=_("level"))
    tier = django_filters.ChoiceFilter(choices=Tier.choices, label=pgettext_lazy("division", "tier"))
    status = django_filters.ChoiceFilter(choices=DivisionStatus.choices, label=_("status"))
    parent = django_filters.NumberFilter(field_name="parent_id", label=_("parent"))
    within = django_filters.NumberFilter(method="lie_within", label=_("at or below the division"))
    managed_by = django_filters.NumberFilter(field_name="managed_by_id", label=_("managing unit"))
    valid_on = django_filters.DateFilter(method="exist_on", label=_("valid on"))
    q = django_filters.CharFilter(method="are_named", max_length=50, label=_("name, or beginning of a code"))
    code = django_filters.CharFilter(method="have_code", max_length=12, label=_("code"))
    system = django_filters.ChoiceFilter(choices=CodeSystem.choices, method="have_code", label=_("code system"))
    edition = django_filters.NumberFilter(method="have_code", label=_("edition (year)"))

    class Meta:
        model = Division
        fields: ClassVar[list[str]] = []

    def lie_within(self, rows: QuerySet[Division], name: str, value: Any) -> QuerySet[Division]:
        """Keep the subtree of a division; nothing when there is none of this id."""
        del name
        place = Division.objects.filter(pk=int(value)).first()
        return rows.filter(path__startswith=place.path) if place else rows.none()

    def exist_on(self, rows: DivisionQuerySet, name: str, value: dt.date) -> DivisionQuerySet:
        """Keep what exists on a day."""
        del name
        return rows.valid_on(value)

    def are_named(self, rows: DivisionQuerySet, name: str, value: str) -> DivisionQuerySet:
        """Keep what carries the text in its name, or a code that begins with the digits."""
        del name
        return rows.named(value)

    def have_code(self, rows: QuerySet[Division], name: str, value: Any) -> QuerySet[Division]:
        """Keep what has a code, in a list, of an edition; asked for together they mean one code row."""
        given = self.form.cleaned_data
        wanted = {key: given[key] for key in ("code", "system", "edition") if given.get(key)}
        if name != next(iter(wanted)):
            return rows  # the first of them has narrowed already
        del value
        return rows.filter(pk__in=DivisionCode.objects.filter(**wanted).values("division"))
