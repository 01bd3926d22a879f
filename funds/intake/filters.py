"""The filters of the lists of files and their rows: the same on the pages and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.intake.lifecycle import IntakeStatus
from funds.intake.models import ColumnMapping, DonationIntake, IntakeRow, MappingKind, Verdict


class IntakeFilter(django_filters.FilterSet):
    """Files by fund and state."""

    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))
    status = django_filters.ChoiceFilter(choices=IntakeStatus.choices, label=_("status"))

    class Meta:
        model = DonationIntake
        fields: ClassVar[list[str]] = []


class IntakeRowFilter(django_filters.FilterSet):
    """Rows by file and verdict."""

    intake = django_filters.NumberFilter(field_name="intake_id", label=_("file"))
    verdict = django_filters.ChoiceFilter(choices=Verdict.choices, label=_("verdict"))

    class Meta:
        model = IntakeRow
        fields: ClassVar[list[str]] = []


class MappingFilter(django_filters.FilterSet):
    """Mappings by charity and kind of file."""

    charity = django_filters.NumberFilter(field_name="charity_id", label=_("charity"))
    kind = django_filters.ChoiceFilter(choices=MappingKind.choices, label=_("files of"))

    class Meta:
        model = ColumnMapping
        fields: ClassVar[list[str]] = []
