"""The filters of filings and confirmations: the same on the pages and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from socialorgs.register.filing.lifecycle import ConfirmationStatus, FilingStatus
from socialorgs.register.filing.models import Filing, FilingConfirmation


class FilingFilter(django_filters.FilterSet):
    """Filings by place and state."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=FilingStatus.choices, label=_("status"))

    class Meta:
        model = Filing
        fields: ClassVar[list[str]] = []


class ConfirmationFilter(django_filters.FilterSet):
    """Confirmations by place, organization, year and state."""

    division = DivisionFilter(place="organization__division")
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    year = django_filters.NumberFilter(label=_("year"))
    status = django_filters.ChoiceFilter(choices=ConfirmationStatus.choices, label=_("status"))

    class Meta:
        model = FilingConfirmation
        fields: ClassVar[list[str]] = []
