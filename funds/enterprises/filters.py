"""The filters of the lists of enterprises and declarations: the same on the pages and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.charity.filters import DivisionFilter
from funds.enterprises.lifecycle import DeclarationStatus, EnterpriseStatus
from funds.enterprises.models import CommunityEnterprise, LegalForm, PeriodKind, ProfitDeclaration


class EnterpriseFilter(django_filters.FilterSet):
    """Enterprises by name, place, legal form and state."""

    name = django_filters.CharFilter(lookup_expr="icontains", label=_("name"))
    division = DivisionFilter(label=_("division"))
    legal_form = django_filters.ChoiceFilter(choices=LegalForm.choices, label=_("legal form"))
    status = django_filters.ChoiceFilter(choices=EnterpriseStatus.choices, label=_("status"))

    class Meta:
        model = CommunityEnterprise
        fields: ClassVar[list[str]] = []


class DeclarationFilter(django_filters.FilterSet):
    """Declarations by place, enterprise, period and state."""

    division = DivisionFilter(label=_("division"))
    enterprise = django_filters.NumberFilter(field_name="enterprise_id", label=_("enterprise"))
    period_kind = django_filters.ChoiceFilter(choices=PeriodKind.choices, label=_("period"))
    year = django_filters.NumberFilter(field_name="starts_on__year", label=_("year"))
    status = django_filters.ChoiceFilter(choices=DeclarationStatus.choices, label=_("status"))

    class Meta:
        model = ProfitDeclaration
        fields: ClassVar[list[str]] = []
