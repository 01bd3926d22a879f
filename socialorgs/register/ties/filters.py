"""The filters of members of federations and of offers: the same everywhere."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from socialorgs.register.ties.models import FederationMember, OfferedResource, ResourceKind


class FederationMemberFilter(django_filters.FilterSet):
    """Memberships by federation, member and place."""

    federation = django_filters.NumberFilter(field_name="federation_id", label=_("federation"))
    member = django_filters.NumberFilter(field_name="member_id", label=_("organization"))
    division = DivisionFilter(place="federation__division")

    class Meta:
        model = FederationMember
        fields: ClassVar[list[str]] = []


class ResourceFilter(django_filters.FilterSet):
    """Offers by organization, kind and place."""

    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    kind = django_filters.ChoiceFilter(choices=ResourceKind.choices, label=_("kind"))
    division = DivisionFilter(place="organization__division")

    class Meta:
        model = OfferedResource
        fields: ClassVar[list[str]] = []
