"""The filters of the lists of bank lines and matches."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.banking.models import (
    BankAllocation,
    BankAllocationQuerySet,
    BankLine,
    BankLineQuerySet,
    BankMatch,
    BankMatchQuerySet,
    LineStatus,
)


class LineFilter(django_filters.FilterSet):
    """Bank lines by charity, state, day, and who is in charge."""

    charity = django_filters.NumberFilter(field_name="charity_id", label=_("charity"))
    status = django_filters.ChoiceFilter(choices=LineStatus.choices, label=_("status"))
    booked_from = django_filters.DateFilter(field_name="booked_on", lookup_expr="gte", label=_("booked from"))
    owner = django_filters.NumberFilter(field_name="owner_id", label=_("in charge"))
    waiting = django_filters.BooleanFilter(method="only_waiting", label=_("not matched"))
    booked_to = django_filters.DateFilter(field_name="booked_on", lookup_expr="lt", label=_("booked before"))

    class Meta:
        model = BankLine
        fields: ClassVar[list[str]] = []

    def only_waiting(self, queryset: BankLineQuerySet, name: str, value: bool) -> BankLineQuerySet:  # noqa: FBT001 - django-filter's
        """Narrow by the row's own adjective."""
        del name
        return queryset.waiting() if value else queryset


class MatchFilter(django_filters.FilterSet):
    """Matches by order, and whether they wait for a person."""

    order = django_filters.NumberFilter(field_name="order_id", label=_("order"))
    journal = django_filters.NumberFilter(field_name="journal_id", label=_("journal"))
    undecided = django_filters.BooleanFilter(method="only_undecided", label=_("waiting for confirmation"))

    class Meta:
        model = BankMatch
        fields: ClassVar[list[str]] = []

    def only_undecided(self, queryset: BankMatchQuerySet, name: str, value: bool) -> BankMatchQuerySet:  # noqa: FBT001 - django-filter's
        """Narrow by the row's own adjective."""
        del name
        return queryset.undecided() if value else queryset


class PartFilter(django_filters.FilterSet):
    """Parts by line and voucher, and whether they stand."""

    line = django_filters.NumberFilter(field_name="line_id", label=_("bank line"))
    journal = django_filters.NumberFilter(field_name="journal_id", label=_("journal"))
    standing = django_filters.BooleanFilter(method="only_standing", label=_("not taken back"))

    class Meta:
        model = BankAllocation
        fields: ClassVar[list[str]] = []

    def only_standing(self, queryset: BankAllocationQuerySet, name: str, value: bool) -> BankAllocationQuerySet:  # noqa: FBT001 - django-filter's
        """Narrow by the row's own adjective."""
        del name
        return queryset.standing() if value else queryset
