"""The filters of the directory and of the credit lists: the same on the pages and in the API."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import django_filters
from django.db.models import Q, TextField, Value
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from communities.people.filters import DivisionFilter
from communities.people.queries import present_day
from communities.territory.models import Division
from socialorgs.register.filing.models import OrganizationClass
from socialorgs.register.filing.policy import SCHEMES, Scheme
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import (
    AnnualInspection,
    CreditList,
    CreditListing,
    CreditListingQuerySet,
    InspectionConclusion,
    OrganizationQuerySet,
    OrganizationType,
    Pairs,
    ServiceClass,
    SocialOrganization,
    Standing,
)
from socialorgs.register.policy import CODE_PATTERN
from socialorgs.register.strengths.models import Capability

PAIR = 2
FIRST_YEAR, LAST_YEAR = 1949, 2200
"""Between these lie the years of inspections."""
GRADES = [(str(grade), f"{grade}A") for grade in range(5, 0, -1)]


OTHER_SCHEMES = [
    (label, [(f"{scheme}:{word}", word) for word in SCHEMES[scheme].default]) for scheme, label in Scheme.choices
]
"""The words of the further schemes as they are set for the country; a place may have others, which are found too."""


class WordField(django_filters.fields.ChoiceField):
    """A word of a scheme: those of the country are offered, and that of any place is taken."""

    def valid_value(self, value: Any) -> bool:
        """Take every word."""
        return ":" in str(value)


@extend_schema_field(OpenApiTypes.STR)
class WordFilter(django_filters.ChoiceFilter):
    """Organizations by their class in a further scheme."""

    field_class = WordField


class OrganizationFilter(django_filters.FilterSet):
    """Organizations by name or code, place, type, standing, service class and state."""

    q = django_filters.CharFilter(method="are_named", max_length=60, label=_("name, credit code or filing number"))
    place = django_filters.CharFilter(method="lie_in", max_length=60, label=_("street or community"))
    division = DivisionFilter()
    organization_type = django_filters.ChoiceFilter(choices=OrganizationType.choices, label=_("type"))
    standing = django_filters.ChoiceFilter(choices=Standing.choices, label=_("registered or filed"))
    service_class = django_filters.ChoiceFilter(choices=ServiceClass.choices, label=_("service class"))
    other_class = WordFilter(choices=OTHER_SCHEMES, method="are_sorted", label=_("class in other schemes"))
    status = django_filters.ChoiceFilter(choices=OrganizationStatus.choices, label=_("status"))
    grade = django_filters.ChoiceFilter(choices=GRADES, method="are_graded", label=_("grade, at least"))
    capability = django_filters.CharFilter(method="can_do", max_length=40, label=_("can do"))
    brought_in = django_filters.ChoiceFilter(
        method="come_from_elsewhere",
        choices=[("true", _("yes")), ("false", _("no"))],
        label=_("brought in from elsewhere"),
    )

    class Meta:
        model = SocialOrganization
        fields: ClassVar[list[str]] = []

    def are_named(self, rows: OrganizationQuerySet, name: str, value: str) -> OrganizationQuerySet:
        """Keep what carries the text in its name, or has the code or number."""
        del name
        text = value.strip()
        if re.fullmatch(CODE_PATTERN, text.upper()):
            return rows.filter(credit_code=text.upper())
        found = rows.filter(Q(name__icontains=text) | Q(filing_number__icontains=text))
        if len(text) < PAIR:
            return found
        # The index knows pairs; what has them all is then read for the text itself.
        pairs = Pairs(Value(text), Value(None, output_field=TextField()))
        return found.alias(pairs=Pairs("name", "filing_number")).filter(pairs__contains=pairs)

    def are_sorted(self, rows: OrganizationQuerySet, name: str, value: str) -> OrganizationQuerySet:
        """Keep what stands in this class of a further scheme ("GUIDES:…")."""
        del name
        scheme, _colon, word = value.partition(":")
        held = OrganizationClass.objects.filter(scheme=scheme, word=word)
        return rows.filter(pk__in=held.values("organization"))

    def can_do(self, rows: OrganizationQuerySet, name: str, value: str) -> OrganizationQuerySet:
        """Keep what has a checked capability in a field of this name, at present."""
        del name
        held = Capability.objects.holding_on(present_day()).filter(field__icontains=value.strip())
        return rows.filter(pk__in=held.values("organization"))

    def come_from_elsewhere(self, rows: OrganizationQuerySet, name: str, value: str) -> OrganizationQuerySet:
        """Keep brands that were brought in, or all others."""
        del name
        return rows.filter(brought_in__isnull=value != "true")

    def are_graded(self, rows: OrganizationQuerySet, name: str, value: str) -> OrganizationQuerySet:
        """Keep what holds this grade or a higher one today."""
        del name
        held = SocialOrganization.objects.graded_on(present_day()).filter(assessments__grade__gte=value)
        return rows.filter(pk__in=held.values("pk"))

    def lie_in(self, rows: OrganizationQuerySet, name: str, value: str) -> OrganizationQuerySet:
        """Keep what belongs to a place of this name, or to a place directly below one."""
        del name
        text = value.strip()
        places = Division.objects.filter(Q(name__icontains=text) | Q(parent__name__icontains=text))
        return rows.filter(division__in=places.order_by().values("pk"))


class InspectionFilter(django_filters.FilterSet):
    """Yearly inspections by place, organization, year and conclusion."""

    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    division = DivisionFilter(place="organization__division")
    year = django_filters.NumberFilter(min_value=FIRST_YEAR, max_value=LAST_YEAR, label=_("year"))
    conclusion = django_filters.ChoiceFilter(choices=InspectionConclusion.choices, label=_("conclusion"))

    class Meta:
        model = AnnualInspection
        fields: ClassVar[list[str]] = []


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
