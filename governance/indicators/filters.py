"""How lists of figures are narrowed."""

from __future__ import annotations

import django_filters

from governance.indicators.models import ClaimedFigure, IndicatorValue, ValueQuerySet


class ValueFilter(django_filters.FilterSet):
    """By place, indicator and day; `latest` leaves only the newest of each."""

    division = django_filters.NumberFilter(field_name="division")
    indicator = django_filters.CharFilter(field_name="indicator")
    day = django_filters.DateFilter(field_name="day")
    latest = django_filters.BooleanFilter(method="only_latest")

    class Meta:
        model = IndicatorValue
        fields = ("division", "indicator", "day")

    def only_latest(self, rows: ValueQuerySet, _name: str, wanted: object) -> ValueQuerySet:
        """Leave the newest value of each indicator in each place."""
        return rows.newest() if wanted else rows


class ClaimFilter(django_filters.FilterSet):
    """By place, indicator and source."""

    division = django_filters.NumberFilter(field_name="division")
    indicator = django_filters.CharFilter(field_name="indicator")
    source = django_filters.CharFilter(field_name="source")

    class Meta:
        model = ClaimedFigure
        fields = ("division", "indicator", "source")
