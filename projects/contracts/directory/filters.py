"""The filters of the directory of projects: the same on the page, in the files and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.db.models import Q, QuerySet, TextField, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.filters import DivisionFilter
from communities.territory.models import Division
from funds.support.models import FundingSource
from projects.contracts.directory.queries import BY_STATE, BY_TYPE, OF_A_FUND, OF_THE_BUDGET, ProjectState, ProjectType
from projects.contracts.models import Contract
from projects.contracts.policy import ServiceField
from projects.grants.models import AwardSource, Programme
from projects.grants.policy import ShareKind, SourceKind
from socialorgs.register.filters import PAIR, OrganizationFilter
from socialorgs.register.models import Pairs, SocialOrganization

FIRST_YEAR, LAST_YEAR = 2000, 2100
BY_SHARE = {
    "FUND": Q(funding__kind=SourceKind.FUND),
    "FOUNDATION": Q(funding__kind=SourceKind.FOUNDATION),
    "OWN": Q(kind=ShareKind.OWN),
    "PARTNER": Q(kind=ShareKind.PARTNER),
}
SOURCES = [
    *FundingSource.choices,
    ("FUND", SourceKind.FUND.label),
    ("FOUNDATION", SourceKind.FOUNDATION.label),
    ("OWN", ShareKind.OWN.label),
    ("PARTNER", ShareKind.PARTNER.label),
]
"""Where the money of a project comes from, as one asks for it."""


class ProjectFilter(django_filters.FilterSet):
    """Projects by name or number, place, who delivers, type, field, state, year, programme and source of the money."""

    q = django_filters.CharFilter(method="are_named", max_length=60, label=_("name or number of the project"))
    place = django_filters.CharFilter(method="lie_in", max_length=60, label=_("street or community"))
    division = DivisionFilter()
    deliverer = django_filters.CharFilter(method="are_delivered_by", max_length=60, label=_("who delivers"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    project_type = django_filters.ChoiceFilter(
        choices=ProjectType.choices, method="came_from", label=pgettext_lazy("project", "kind")
    )
    field = django_filters.ChoiceFilter(choices=ServiceField.choices, label=pgettext_lazy("project", "field"))
    state = django_filters.ChoiceFilter(
        choices=ProjectState.choices, method="stand_at", label=pgettext_lazy("project", "state")
    )
    year = django_filters.NumberFilter(
        field_name="signed_on__year", min_value=FIRST_YEAR, max_value=LAST_YEAR, label=_("year of signing")
    )
    programme = django_filters.ModelChoiceFilter(
        queryset=Programme.objects.order_by("name", "pk"),
        field_name="grant__round__programme",
        label=pgettext_lazy("project", "named programme"),
    )
    source = django_filters.ChoiceFilter(choices=SOURCES, method="are_paid_by", label=_("source of the money"))

    class Meta:
        model = Contract
        fields: ClassVar[list[str]] = []

    def are_named(self, rows: QuerySet[Contract], name: str, value: str) -> QuerySet[Contract]:
        """Keep what carries the text in its title or number."""
        del name
        text = value.strip()
        found = rows.filter(Q(title__icontains=text) | Q(number__icontains=text))
        if len(text) < PAIR:
            return found
        # The index knows pairs; what has them all is then read for the text itself.
        pairs = Pairs(Value(text), Value(None, output_field=TextField()))
        return found.alias(pairs=Pairs("title", "number")).filter(pairs__contains=pairs)

    def lie_in(self, rows: QuerySet[Contract], name: str, value: str) -> QuerySet[Contract]:
        """Keep what is carried out in a place of this name, or in a place directly below one."""
        del name
        text = value.strip()
        places = Division.objects.filter(Q(name__icontains=text) | Q(parent__name__icontains=text))
        return rows.filter(division__in=places.order_by().values("pk"))

    def are_delivered_by(self, rows: QuerySet[Contract], name: str, value: str) -> QuerySet[Contract]:
        """Keep what an organization of this name or code delivers, as the directory of organizations finds it."""
        del name
        named = OrganizationFilter({"q": value}, SocialOrganization.objects.order_by()).qs
        return rows.filter(organization__in=named.values("pk"))

    def came_from(self, rows: QuerySet[Contract], name: str, value: str) -> QuerySet[Contract]:
        """Keep projects of one type."""
        del name
        return rows.filter(BY_TYPE[value])

    def stand_at(self, rows: QuerySet[Contract], name: str, value: str) -> QuerySet[Contract]:
        """Keep projects in one state."""
        del name
        return rows.filter(status__in=BY_STATE[value])

    def are_paid_by(self, rows: QuerySet[Contract], name: str, value: str) -> QuerySet[Contract]:
        """Keep projects that one source pays, or pays a part of."""
        del name
        share = BY_SHARE.get(value, Q(funding__kind=SourceKind.BUDGET_LINE, funding__budget_line=value))
        paid = Q(grant__in=AwardSource.objects.filter(share).order_by().values("award"))
        if value == "FUND":
            paid |= OF_A_FUND & ~OF_THE_BUDGET
        if value == FundingSource.FISCAL:
            paid |= OF_A_FUND & OF_THE_BUDGET
        if value in FundingSource.values:
            paid |= Q(purchase__purchase__budget_line__source=value)
        return rows.filter(paid)
