"""The filter of the list of rule packs."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.packs.lifecycle import PackStatus
from funds.packs.models import FundRulePack


class RulePackFilter(django_filters.FilterSet):
    """Versions of rule packs by key and state."""

    key = django_filters.CharFilter(label=_("key"))
    status = django_filters.ChoiceFilter(choices=PackStatus.choices, label=_("status"))

    class Meta:
        model = FundRulePack
        fields: ClassVar[list[str]] = []
