"""The filters of the directory and of the credit lists: the same on the pages and in the API."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from communities.people.queries import present_day
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import (
    CreditList,
    CreditListing,
    CreditListingQuerySet,
    OrganizationQuerySet,
    OrganizationType,
    ServiceClass,
    SocialOrganization,
    Standing,
)

GRADES = [(str(grade), f"{grade}A") for grade in range(5, 0, -1)]


class OrganizationFilter(django_filters.FilterSet):
    """Organizations by name or code, place, type, standing, service class and state."""

    q = django_filters.CharFilter(method="are_named", max_length=60, label=_("name, credit code or filing number"))
    place = django_filters.CharFilter(method="lie_in", max_length=60, label=_("street or community"))
    division = DivisionFilter()
    organization_type = django_filters.ChoiceFilter(choices=OrganizationType.choices, label=_("type"))
    standing = django_filters.ChoiceFilter(choices=Standing.choices, label=_("registered or filed"))
    service_class = django_filters.ChoiceFilter(choices=ServiceClass.choices, label=_("service class"))
    status = django_filters.ChoiceFilter(choices=OrganizationStatus.choices, label=_("status"))
    grade = django_filters.ChoiceFilter(choices=GRADES, method="are_graded", label=_("grade, at least"))

    class Meta:
        model = SocialOrganization
        fields: ClassVar[list[str]] = []

    def are_named(self, rows: OrganizationQuerySet, name: str, value: str) -> OrganizationQuerySet:
        """Keep what carries the text in its name, or has the code or number."""
        del name
        text = value.strip()
        identified = Q(credit_code=text.upper()) | Q(filing_number__icontains=text)
        return rows.filter(Q(name__icontains=text) | identified)

    def are_graded(self, rows: OrganizationQuerySet, name: str, value: str) -> OrganizationQuerySet:
        """Keep what holds this grade or a higher one today."""
        del name
        held = SocialOrganization.objects.graded_on(present_day()).filter(assessments__grade__gte=value)
        return rows.filter(pk__in=held.values("pk"))

    def lie_in(self, rows: OrganizationQuerySet, name: str, value: str) -> OrganizationQuerySet:
        """Keep what belongs to a place of this name, or to a place directly below one."""
        del name
        text = value.strip()
        return rows.filter(Q(division__name__icontains=text) | Q(division__parent__name__icontains=text))


class ListingFilter(django_filters.FilterSet):
    """Listings by list, place, organization and the day on which they hold."""

    credit_list = django_filters.ChoiceFilter(choices=CreditList.choices, label=_("list"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    division = DivisionFilter(place="organization__division")
    running_on = django_filters.DateFilter(method="hold_on", label=_("holds on"))

    class Meta:
        model = CreditListing
        fields: ClassVar[list[str]] = []

    def hold_on(self, rows: CreditListingQuerySet, name: str, value: Any) -> CreditListingQuerySet:
        """Keep what holds on a day."""
        del name
        return rows.running_on(value)
