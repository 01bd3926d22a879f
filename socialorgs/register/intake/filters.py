"""The filter of the sheets of the register."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from socialorgs.register.intake.lifecycle import SheetStatus
from socialorgs.register.intake.models import RegisterSheet, SheetKind


class SheetFilter(django_filters.FilterSet):
    """Sheets by place and state."""

    division = DivisionFilter()
    kind = django_filters.ChoiceFilter(choices=SheetKind.choices, label=_("what it holds"))
    status = django_filters.ChoiceFilter(choices=SheetStatus.choices, label=_("status"))

    class Meta:
        model = RegisterSheet
        fields: ClassVar[list[str]] = []
