"""The filters of supervision: the same on the pages and in the API."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from socialorgs.supervision.grading.lifecycle import AssessmentStatus
from socialorgs.supervision.grading.models import GRADES, Assessment, AssessmentQuerySet
from socialorgs.supervision.illegal.lifecycle import CaseStatus
from socialorgs.supervision.illegal.models import IllegalCase, Measure
from socialorgs.supervision.lifecycle import RectificationStatus, RepairStatus, ReportStatus
from socialorgs.supervision.models import AlertCause, CreditRepair, RectificationOrder, StandingAlert, YearReport


class YearReportFilter(django_filters.FilterSet):
    """Reports by year, state, organization and place."""

    year = django_filters.NumberFilter(label=_("year"))
    status = django_filters.ChoiceFilter(choices=ReportStatus.choices, label=_("status"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    division = DivisionFilter(place="organization__division")

    class Meta:
        model = YearReport
        fields: ClassVar[list[str]] = []


class RectificationFilter(django_filters.FilterSet):
    """Orders by state, organization and place."""

    status = django_filters.ChoiceFilter(choices=RectificationStatus.choices, label=_("status"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    division = DivisionFilter(place="organization__division")

    class Meta:
        model = RectificationOrder
        fields: ClassVar[list[str]] = []


class RepairFilter(django_filters.FilterSet):
    """Repairs by state, organization and place."""

    status = django_filters.ChoiceFilter(choices=RepairStatus.choices, label=_("status"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    division = DivisionFilter(place="organization__division")

    class Meta:
        model = CreditRepair
        fields: ClassVar[list[str]] = []


class AssessmentFilter(django_filters.FilterSet):
    """Assessments by grade, state, organization, place and the day on which they hold."""

    grade = django_filters.ChoiceFilter(choices=GRADES, label=_("grade"))
    status = django_filters.ChoiceFilter(choices=AssessmentStatus.choices, label=_("status"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    division = DivisionFilter(place="organization__division")
    holding_on = django_filters.DateFilter(method="hold_on", label=_("holds on"))

    class Meta:
        model = Assessment
        fields: ClassVar[list[str]] = []

    def hold_on(self, rows: AssessmentQuerySet, name: str, value: Any) -> AssessmentQuerySet:
        """Keep what holds on a day."""
        del name
        return rows.holding_on(value)


class AlertFilter(django_filters.FilterSet):
    """Alerts by organization, cause, place, the work that they are about, and whether somebody has looked at them."""

    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    cause = django_filters.ChoiceFilter(choices=AlertCause.choices, label=_("cause"))
    division = DivisionFilter()
    subject_key = django_filters.CharFilter(max_length=40, label=_("key"))
    noted = django_filters.BooleanFilter(
        field_name="noted_at", lookup_expr="isnull", exclude=True, label=_("looked at")
    )

    class Meta:
        model = StandingAlert
        fields: ClassVar[list[str]] = []


class IllegalCaseFilter(django_filters.FilterSet):
    """Cases by name, state, measure and place."""

    status = django_filters.ChoiceFilter(choices=CaseStatus.choices, label=_("status"))
    name = django_filters.CharFilter(lookup_expr="icontains", max_length=60, label=_("name"))
    measure = django_filters.ChoiceFilter(choices=Measure.choices, label=_("measure"))
    division = DivisionFilter()

    class Meta:
        model = IllegalCase
        fields: ClassVar[list[str]] = []
